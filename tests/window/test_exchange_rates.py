"""Exchange rates for duties: loaded as they were published, used where nobody states one, shown with source and day; never made up."""

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from makers import a_draft, a_lodged_declaration, a_moment, a_post, an_actor, declared_facts
from makers_programs import Program
from typer.testing import CliRunner

from tongguan.cli import window as commands
from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import SYSTEM, NotAllowed
from tongguan.window.ask import held, questions
from tongguan.window.ask.token import token_of
from tongguan.window.declarations import answer
from tongguan.window.declarations.models import Version
from tongguan.window.journal.models import Entry
from tongguan.window.journal.verify import verify
from tongguan.window.published import rates
from tongguan.window.published.models import ExchangeRate, RateLoad
from tongguan.window.published.reading import day_that_counts

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 3, 3)
COUNTS = dt.date(2025, 2, 19)
"""The third Wednesday of February 2025."""
SOURCE = "test figures, not published"
FILE = b"currency,rate,per,published_on\nUSD,7.1696,1,2025-02-19\nJPY,4.7513,100,2025-02-19\nEUR,7.4827,,2025-02-19\n"
WINE = {
    "words": "red wine in bottles", "code": "22042100", "origin": "CL", "channel": "general_trade", "day": "2025-03-03", "price": "48600.00",
    "currency": "USD", "terms": "FOB", "freight": "2150.00", "insurance": "?",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _search_is_read():
    held.warm()


def load(content=FILE, *, actor=SYSTEM, source=SOURCE, at=None, **how):
    moment = a_moment() if at is None else a_moment(at)
    return rates.load(actor, moment, "rates.csv", content, source=source, **how)


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def refused(content, **how):
    with pytest.raises(InputRefused) as told:
        load(content, **how)
    return told.value.findings


# --- the file


def test_a_file_is_loaded_with_source_day_and_who():
    operator = an_actor(a_post("operator"))
    assert load(actor=operator) == (3, 0, 0)
    held_rates = {one.currency: one for one in rates.rates_of(COUNTS)}
    assert {code: one.rate for code, one in held_rates.items()} == {
        "EUR": Decimal("7.4827"), "JPY": Decimal("0.047513"), "USD": Decimal("7.1696"),
    }  # fmt: skip
    assert {(one.source, one.load.loaded_by) for one in held_rates.values()} == {(SOURCE, operator.name)}
    entry = Entry.objects.get(act="load_rates")
    assert (entry.actor, entry.facts["days"], entry.facts["rates"]) == (operator.name, "2025-02-19", "3")
    assert not verify().faults


def test_the_same_file_again_changes_nothing():
    load()
    assert load() == (0, 0, 3)
    assert RateLoad.objects.count() == 1


def test_everything_wrong_is_said_at_once_and_nothing_is_loaded():
    found = refused(
        b"currency,rate,per,published_on,source\n"
        b"USD,7.1696,1,2025-02-19,\n"  # no source
        b"CNY,1,1,2025-02-19,x\n"
        b"USD,seven,1,2025-02-19,x\n"
        b"USD,7.1,0,2025-02-19,x\n"
        b"USD,7.16961234,1,2025-02-19,x\n"
        b"EUR,7.4,1,2025-02-20,x\n"
        b"EUR,7.4,1,2025-03-19,x\n"
        b"EUR,7.4,1,yesterday,x\n"
        b"EUR,7.4,1,2018-05-16,x\n"
        b"HKD,0.92,1,2025-02-19,x\n"
        b"HKD,0.92,1,2025-02-19,x\n",
        source="",
    )
    assert [(f.code.removeprefix("published."), f.facts["row"]) for f in found] == [
        ("source_missing", "2"), ("currency_not_known", "3"), ("rate_unreadable", "4"), ("per_unreadable", "5"), ("rate_too_precise", "6"),
        ("day_does_not_count", "7"), ("day_to_come", "8"), ("day_unreadable", "9"), ("day_before_coverage", "10"), ("rate_twice", "12"),
    ]  # fmt: skip
    assert found[5].facts["counts"] == "2025-02-19"
    assert not ExchangeRate.objects.exists()


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"", ["heading_missing"] * 3),
        (b"a,b\n1,2\n", ["heading_missing"] * 3 + ["heading_not_known"] * 2),
        (b"currency,rate,published_on\n", ["no_rows"]),
        (b"currency,rate,published_on\nUSD,7.1\n", ["row_of_other_width"]),
        (b'currency,rate,published_on\n"USD,7.1', ["table_unreadable"]),
        (b"currency,rate,published_on,rate\n1,2,3,4\n", ["heading_not_known"] * 2),
        (b"\xff\xff\x00\x81", None),
        (b"x" * 2_000_000, ["file_too_large"]),
        (b"currency,rate,published_on\n" + b"\n".join([b"USD,7.1,2025-02-19"] * 6000), ["too_many_rows"]),
    ],
)
def test_what_is_no_table_of_rates_is_refused(content, codes):
    found = [f.code.removeprefix("published.") for f in refused(content)]
    assert codes is None or found == codes


def test_only_the_day_of_the_law_counts():
    assert day_that_counts(dt.date(2025, 3, 31)) == COUNTS
    assert day_that_counts(dt.date(2024, 11, 30)) == dt.date(2024, 10, 16)
    assert (
        load(b"currency,rate,published_on\nUSD,7.2,2026-02-24\n", at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC)).added == 1
    )


def test_what_is_held_is_not_overwritten_in_silence():
    load()
    other = FILE.replace(b"7.1696", b"7.1788")
    (found,) = refused(other)
    assert (found.code, found.facts["held"], found.facts["read"]) == (
        "published.rate_held_otherwise",
        "7.1696",
        "7.1788",
    )
    assert load(other, corrects=True) == (0, 1, 2)
    assert next(one.rate for one in rates.rates_of(COUNTS) if one.currency == "USD") == Decimal("7.1788")
    assert ExchangeRate.objects.filter(currency="USD").count() == 2  # what was held before is kept


def test_a_rate_for_100_units_that_was_not_said_to_be_is_noticed():
    load()
    at = dt.datetime(2025, 4, 1, tzinfo=dt.UTC)
    (found,) = refused(b"currency,rate,published_on\nJPY,4.8712,2025-03-19\n", at=at)
    assert found.code == "published.rate_far_off"
    assert load(b"currency,rate,per,published_on\nJPY,4.8712,100,2025-03-19\n", at=at).added == 1


def test_only_the_operator_loads():
    with pytest.raises(NotAllowed):
        load(actor=an_actor(a_post("importer")))


# --- asked


def test_a_rate_is_asked_only_where_none_is_held():
    assert questions.next_question(WINE, DAY) == "exchange_rate_USD"
    load()
    assert questions.next_question(WINE, DAY) == ""
    assert questions.next_question({**WINE, "day": "2025-04-01"}, DAY) == "exchange_rate_USD"  # another month
    assert questions.next_question({**WINE, "currency": "GBP"}, DAY) == "exchange_rate_GBP"  # another currency


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("zh", "1 USD = 7.1696 元，2025年2月19日 公布，来源：test figures, not published"),
        ("en", "1 USD = CNY 7.1696, published on 19 February 2025; source: test figures, not published"),
    ],
)
def test_the_answer_names_the_rate_its_day_and_its_source(language, said):
    load()
    text = text_of(Client().get(f"/ask/{token_of(WINE)}/", {"lang": language}))
    assert said in text
    stated = text_of(Client().get(f"/ask/{token_of({**WINE, 'exchange_rate_USD': '7.1696'})}/", {"lang": language}))
    assert said not in stated
    assert re.findall(r"[\d,]+\.\d\d", stated)[0] in text  # the same total


def test_without_a_rate_the_answer_stays_open():
    text = text_of(Client().get(f"/ask/{token_of({**WINE, 'exchange_rate_USD': '?'})}/", {"lang": "en"}))
    assert "No total can be given yet" in text


def test_a_rate_that_is_typed_counts_and_its_difference_is_said():
    load()
    text = text_of(Client().get(f"/ask/{token_of({**WINE, 'exchange_rate_USD': '7.3'})}/", {"lang": "en"}))
    assert re.search(r"The rate stated for USD is 7\.3; the one published on .{10,20} for duties is 7\.1696", text)
    assert "48600 USD × 7.3" in text


def test_the_question_says_which_rate_is_held():
    load()
    text = text_of(Client().get(reverse("question", args=[token_of(WINE), "exchange_rate_USD"]), {"lang": "en"}))
    assert "7.1696, published on 19 February 2025, is held" in text


def test_a_price_test_in_dollars_finds_its_rate():
    beer = {
        "code": "22030000", "origin": "US", "channel": "general_trade", "day": "2025-03-03", "price": "60000", "currency": "CNY", "terms": "CIF",
        "quantity_in_tonne": "20", "quantity_in_litre": "20000", "quantity_in_kg": "20000",
    }  # fmt: skip
    assert questions.next_question(beer, DAY) == "exchange_rate_USD"
    load()
    assert questions.next_question(beer, DAY) == ""
    assert "1 USD = CNY 7.1696" in text_of(Client().get(f"/ask/{token_of(beer)}/", {"lang": "en"}))
    in_yuan = {**beer, "code": "22042100"}  # nothing of it is in dollars: no rate is named
    assert "1 USD = CNY" not in text_of(Client().get(f"/ask/{token_of(in_yuan)}/", {"lang": "en"}))


def test_a_day_whose_holidays_are_not_announced_is_answered_all_the_same():
    later = {**WINE, "day": "2027-03-03"}
    assert Client().get(reverse("question", args=[token_of(later), "exchange_rate_USD"])).status_code == 200
    assert Client().get("/exchange-rates/", {"as_of": "2027-03-03"}).status_code == 200


# --- declared


def without_rates(**groups):
    facts = declared_facts(**groups)
    facts["valuation"] = {name: value for name, value in facts["valuation"].items() if name != "exchange_rates"}
    return facts


def test_a_declaration_without_a_rate_takes_the_published_one_and_keeps_it():
    load()
    made = a_lodged_declaration(facts=without_rates())
    kept = answer.read(Version.objects.get(declaration=made).answer)
    assert kept.total
    assert [(one.currency, one.rate, one.published_on, one.source) for one in kept.rates] == [
        ("USD", Decimal("7.1696"), COUNTS, SOURCE)
    ]
    load(FILE.replace(b"7.1696", b"7.1788"), corrects=True)
    assert answer.read(Version.objects.get(declaration=made).answer) == kept  # what was answered then stays


def test_a_declaration_without_a_rate_that_is_not_held_is_lodged_without_a_figure():
    made = a_lodged_declaration(facts=without_rates())
    kept = answer.read(Version.objects.get(declaration=made).answer)
    assert kept.total is None
    assert any(f.code == "valuation.exchange_rate_missing" for f in kept.findings)


def test_a_rate_declared_otherwise_than_published_is_said():
    load()
    made = a_lodged_declaration()
    kept = answer.read(Version.objects.get(declaration=made).answer)
    assert kept.rates == ()
    (found,) = [f for f in kept.findings if f.code == "published.rate_stated_otherwise"]
    assert (found.severity, found.path, found.facts["read"]) == ("warning", "valuation.exchange_rates.USD", "7.1788")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_review_and_the_version_show_the_rate_with_its_source(client_as, monkeypatch, language):
    from makers import LODGING

    from tongguan.window import clock

    monkeypatch.setattr(clock, "now", lambda: LODGING)
    load()
    importer = client_as("importer")
    made = a_draft(post=importer.post_held, facts=without_rates())
    said = {"zh": "2025年2月19日 公布，来源：" + SOURCE, "en": f"published on 19 February 2025; source: {SOURCE}"}[
        language
    ]
    assert said in text_of(importer.get(f"/declarations/{made.pk}/review/", {"lang": language}))
    lodged = a_lodged_declaration(post=importer.post_held, facts=without_rates())
    assert said in text_of(importer.get(f"/declarations/{lodged.pk}/versions/1/", {"lang": language}))


# --- pages, commands, programs


def test_an_operator_loads_on_a_page_and_is_told_what_is_wrong(client_as):
    operator = client_as("operator")
    page = "/exchange-rates/load/"
    wrong = operator.post(page, {"file": SimpleUploadedFile("r.csv", b"currency,rate\nUSD,1\n"), "source": "x"})
    assert wrong.status_code == 422
    assert "published_on" in text_of(wrong)
    right = operator.post(
        f"{page}?lang=en",
        {"file": SimpleUploadedFile("r.csv", FILE.replace(b"2025-02-19", b"2026-10-21")), "source": SOURCE},
    )
    assert right.status_code == 302
    told = text_of(operator.get(page, {"lang": "en"}))
    assert right["Location"] == page
    assert "3 rates are new, 0 corrected, 0 were held already." in told
    assert operator.person.name_en in told
    assert SOURCE in text_of(Client().get("/exchange-rates/", {"as_of": "2026-11-05", "lang": "en"}))


def test_what_is_not_held_is_said_to_be_not_held():
    text = text_of(Client().get("/exchange-rates/", {"as_of": "2025-03-03", "lang": "en"}))
    assert "go by the rates published on 19 February 2025" in text
    assert "No rates of that day are held." in text
    assert Client().get("/exchange-rates/", {"as_of": "soon"}).status_code == 422


def test_the_command_loads_and_shows(tmp_path, monkeypatch):
    monkeypatch.setattr(commands, "_prepare", lambda *_: None)
    file = tmp_path / "rates.csv"
    file.write_bytes(FILE.replace(b"2025-02-19", b"2026-10-21"))
    run = CliRunner().invoke
    loaded = run(commands.app, ["rates", "load", str(file), "--source", SOURCE])
    assert loaded.exit_code == 0, loaded.output
    assert "3 new, 0 corrected, 0 held already" in loaded.output
    shown = run(commands.app, ["rates", "show", "2026-11-05"])
    assert f"USD  7.1696  {SOURCE}" in shown.output
    assert "not held" in run(commands.app, ["rates", "show", "2025-03-03"]).output


def test_programs_see_the_rates_and_which_one_was_used():
    load()
    program = Program("importer")
    told = program.send("get", "/exchange-rates?day=2025-03-03").json()
    assert told["published_on"] == "2025-02-19"
    assert {"currency": "USD", "rate": "7.1696", "published_on": "2025-02-19", "source": SOURCE} in told["rates"]
    shipment = {
        "dates": {"declared": "2025-03-03"},
        "items": [{"commodity_code": "22042100", "origin": "CL", "price": "100", "currency": "USD"}],
    }
    assessed = program.send("post", "/assessments", {"shipment": shipment}).json()
    assert assessed["total"] is not None
    assert [one["currency"] for one in assessed["exchange_rates"]] == ["USD"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_are_for_everyone(
    new_page, signed_in_page, assert_accessible, assert_fits, walk_by_keyboard, language
):
    load(FILE.replace(b"2025-02-19", b"2026-10-21"), at=dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
    visitor = new_page(language=language)
    visitor.goto("/exchange-rates/?as_of=2026-11-05")
    assert visitor.locator("table tbody tr").count() == 3
    operator = signed_in_page("operator", language=language)
    operator.goto("/exchange-rates/load/")
    for page in (visitor, operator):
        assert_accessible(page)
        walk_by_keyboard(page)
        assert_fits(page)
