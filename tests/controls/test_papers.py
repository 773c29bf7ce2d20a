"""Goods in, papers out: tricky goods, boundaries of dates, bad input."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongguan.assessment.papers import Question, changes, letter, papers, papers_of, papers_of_shipment
from tongguan.assessment.papers.paper import STATUSES
from tongguan.assessment.shipment import CHANNELS, GoodsItem, Preference, Shipment
from tongguan.law.controls.tables import attribute_file


def status(answer, identifier):
    paper = answer.get(identifier)
    return paper.status if paper else ""


# --- tricky goods -----------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "origin", "facts", "day", "enters"),
    [
        ("08106000", "TH", {}, "2018-07-01", True),
        ("08106000", "VN", {}, "2022-07-26", False),
        ("08106000", "VN", {}, "2022-07-27", True),
        ("08106000", "MY", {}, "2024-06-23", False),
        ("08106000", "MY", {}, "2024-06-24", True),
        ("08106000", "BR", {}, "2025-03-01", None),
        ("08119090", "MY", {"species": "durian", "form": "frozen"}, "2019-05-29", False),
        ("08119090", "MY", {"species": "durian", "form": "frozen"}, "2019-05-30", True),
        ("08119090", "VN", {"species": "durian", "form": "frozen"}, "2025-03-01", None),
        ("02023000", "BR", {}, "2023-03-22", False),
        ("02023000", "BR", {}, "2023-03-23", True),
        ("03036700", "JP", {"catch_area": "not_listed"}, "2023-08-24", False),
        ("22083000", "GB", {}, "2026-07-01", True),
        ("42022100", "FR", {"endangered": "appendix_1", "purpose": "commercial"}, "2025-03-01", False),
        ("90221200", "DE", {"condition": "used"}, "2025-03-01", False),
        ("90221200", "DE", {"condition": "new"}, "2025-03-01", True),
        ("39159000", "US", {"waste": "yes"}, "2021-01-01", False),
        ("24041200", "GB", {"nicotine": "other"}, "2022-05-01", False),
        ("24041200", "GB", {"nicotine": "tobacco"}, "2022-05-01", True),
        ("87032341", "JP", {"condition": "used"}, "2025-03-01", False),
    ],
)
def test_may_it_enter(ask, code, origin, facts, day, enters):
    assert ask(code, day, origin, **facts).may_enter is enters


def test_a_used_excavator_has_its_four_papers(ask):
    answer = ask("84295212", "2026-07-01", "JP", condition="used")
    needed = {p.id for p in answer.of("required")}
    assert needed == {
        "used-machinery-preshipment",
        "used-machinery-arrival",
        "non-road-emissions",
        "automatic-licence-machinery",
    }
    spared = answer.get("used-key-machinery-licence")
    assert spared.status == "not_required"
    assert "goods-regulations#21" in spared.because


def test_infant_formula_two_roads(ask):
    trade = ask("19011010", "2026-06-01", "NZ")
    assert status(trade, "infant-formula-recipe") == "required"
    assert trade.get("food-maker-registration").because.startswith("food-safety-law#96; gacc-order-280")
    before = ask("19011010", "2026-05-31", "NZ")
    assert "gacc-order-248" in before.get("food-maker-registration").because
    shop = ask("19011010", "2026-06-01", "NZ", "cross_border_ecommerce")
    for identifier in ("infant-formula-recipe", "food-maker-registration", "food-trader-filing"):
        assert status(shop, identifier) == "not_required"
        assert shop.get(identifier).because == "shangcaifa-2018-486"
    assert status(shop, "ecommerce-positive-list") == "required"
    assert shop.may_enter


def test_a_line_the_positive_list_does_not_hold_leaves_the_waiver_open(ask):
    answer = ask("22042100", "2025-03-01", "AU", "cross_border_ecommerce")
    assert answer.may_enter is None
    paper = answer.get("food-maker-registration")
    assert paper.status == "conditional"
    assert paper.missing == ("on_positive_list",)
    stated = ask("22042100", "2025-03-01", "AU", "cross_border_ecommerce", on_positive_list="yes")
    assert status(stated, "food-maker-registration") == "not_required"


def test_a_remark_that_is_not_kept_closes_the_channel_and_general_trade_is_told(ask):
    answer = ask("32151900", "2025-03-01", "JP", "cross_border_ecommerce", keeps_remark="no")
    assert status(answer, "ecommerce-positive-list") == "banned"
    assert [f.code for f in answer.findings] == ["papers.listing_refused"]
    kept = ask("32151900", "2025-03-01", "JP", "cross_border_ecommerce", keeps_remark="yes")
    assert status(kept, "ecommerce-positive-list") == "required"
    unsaid = ask("32151900", "2025-03-01", "JP", "cross_border_ecommerce")
    assert unsaid.get("ecommerce-positive-list").missing == ("keeps_remark",)


@pytest.mark.parametrize(("kilos", "expected"), [("0.5", "required"), ("0.501", "banned")])
def test_a_weight_remark_counts_the_year(kilos, expected):
    item = GoodsItem("17019910", origin="TH", quantities={"kg": Decimal(kilos)}, facts={"quantity_this_year": "1.5"})
    answer = papers_of(Question(item, dt.date(2025, 3, 1), "cross_border_ecommerce"))
    assert answer.get("ecommerce-positive-list").status == expected


def test_a_robot_with_a_radio_module(ask):
    answer = ask("84795010", "2026-07-01", "DE", radio="yes", micro_power="no", condition="new")
    assert {p.id for p in answer.of("required")} == {"radio-type-approval"}
    assert status(answer, "ccc-certificate") == "not_required"
    unsaid = ask("84795010", "2026-07-01", "DE", condition="new")
    assert set(unsaid.get("radio-type-approval").missing) == {"radio", "micro_power"}


def test_soya_asks_whether_it_is_modified(ask):
    answer = ask("12019010", "2025-03-01", "BR")
    assert answer.get("gmo-safety-certificate").missing == ("gmo",)
    assert answer.get("automatic-licence").document == "7"


def test_pet_food_is_no_food(ask):
    answer = ask("23091090", "2025-03-01", "PL")
    assert status(answer, "feed-registration") == "required"
    assert answer.get("food-trader-filing") is None
    assert status(answer, "quarantine-access:pet_food") == "required"


def test_a_bluetongue_ban_is_open_for_meat_and_sure_for_live_cattle(ask):
    assert status(ask("02023000", "2024-01-01", "NL"), "disease-ban:d_ruminants") == "conditional"
    assert status(ask("01022900", "2024-01-01", "NL"), "disease-ban:d_ruminants") == "banned"
    assert ask("01022900", "2023-10-22", "NL").get("disease-ban:d_ruminants") is None


def test_articles_for_own_use_are_not_goods_of_trade(ask):
    answer = ask("33049900", "2025-03-01", "FR", "travellers", cosmetic_class="ordinary")
    assert answer.may_enter
    assert answer.get("ordinary-cosmetics-filing").because == "customs-law#46"
    assert not answer.of("required")
    meat = ask("02023000", "2025-03-01", "BR", "personal_articles")
    assert status(meat, "carried-or-posted-ban") == "banned"


def test_a_preference_needs_its_proof_and_small_values_none():
    claim = Preference("02", "certificate")
    day = dt.date(2025, 3, 1)
    small = GoodsItem("08106000", Decimal(200), "USD", "TH", preferences=(claim,))
    large = GoodsItem("08106000", Decimal("200.01"), "USD", "TH", preferences=(claim,))
    assert papers_of(Question(small, day)).get("origin-proof:02").status == "not_required"
    assert papers_of(Question(large, day)).get("origin-proof:02").status == "required"
    yuan = GoodsItem("08106000", Decimal(1000), "CNY", "TH", preferences=(claim,))
    assert papers_of(Question(yuan, day)).get("origin-proof:02").missing == ("price",)
    told = papers_of(Question(yuan, day, exchange_rates={"USD": Decimal("7.1")}))
    assert told.get("origin-proof:02").status == "not_required"
    unknown = GoodsItem("08106000", origin="TH", preferences=(Preference("99"),))
    assert papers_of(Question(unknown, day)).get("origin-proof:99").status == "not_encoded"


def test_letter_zero_only_under_an_exclusion():
    day = dt.date(2025, 6, 1)
    plain = GoodsItem("84295212", origin="US", facts={"condition": "new"})
    assert papers_of(Question(plain, day)).get("countermeasure-exclusion").status == "not_required"
    granted = GoodsItem("84295212", origin="US", facts={"condition": "new"}, has_exclusion=True)
    assert papers_of(Question(granted, day)).get("countermeasure-exclusion").status == "required"
    german = GoodsItem("84295212", origin="DE", facts={"condition": "new"})
    assert papers_of(Question(german, day)).get("countermeasure-exclusion") is None


def test_a_quota_certificate_on_the_item_is_a_fact():
    item = GoodsItem("10019900", origin="AU", has_quota_certificate=True)
    answer = papers_of(Question(item, dt.date(2025, 3, 1)))
    assert answer.get("grain-cotton-quota-certificate").status == "required"


def test_a_shipment_asks_for_each_item():
    shipment = Shipment(dt.date(2025, 3, 1), (GoodsItem("22083000", origin="GB"), GoodsItem("84795010", origin="DE")))
    answers = papers_of_shipment(shipment)
    assert [a.commodity_code for a in answers] == ["22083000", "84795010"]
    assert isinstance(papers(Question(shipment.items[0], shipment.declared_on)), list)


# --- what changed -----------------------------------------------------------


def changed(code, origin, first, second):
    return {c.id: c for c in changes(code, origin, dt.date.fromisoformat(first), dt.date.fromisoformat(second))}


def test_the_clearance_form_was_dropped_on_the_first_of_june_2018():
    found = changed("08106000", "TH", "2018-05-31", "2018-06-01")
    assert found["entry-clearance-form"].kind == "dropped"
    assert found["entry-clearance-form"].on == dt.date(2018, 6, 1)
    assert found["inspection-application"].kind == "added"
    assert not changed("08106000", "TH", "2018-05-30", "2018-05-31")


def test_order_248_gave_way_to_order_280():
    found = changed("22083000", "GB", "2026-05-31", "2026-06-01")
    assert {(c.id, c.kind, c.on) for c in found.values()} == {
        ("food-maker-registration", "new_basis", dt.date(2026, 6, 1))
    }
    assert changed("22083000", "GB", "2021-12-31", "2022-01-01")["food-maker-registration"].kind == "added"


def test_label_filing_and_importer_filings_were_dropped():
    assert changed("22083000", "GB", "2019-09-30", "2019-10-01")["food-label-filing"].kind == "dropped"
    assert changed("02023000", "AU", "2021-12-31", "2022-01-01")["meat-importer-filing"].kind == "dropped"
    assert changed("33049900", "FR", "2021-12-31", "2022-01-01")["cosmetics-importer-filing"].kind == "dropped"


def test_permits_ended_in_june_2024():
    found = changed("24012010", "BR", "2024-06-27", "2024-06-28")
    assert found["quarantine-permit"].kind == "dropped"
    assert found["quarantine-permit"].on == dt.date(2024, 6, 28)


def test_wastes_step_by_step():
    assert changed("39159000", "US", "2018-12-30", "2018-12-31")["waste-kinds-banned-early"].kind == "banned"
    assert changed("47071000", "US", "2020-12-31", "2021-01-01")["solid-waste-ban"].kind == "banned"


def test_access_opens_and_closes():
    assert changed("08106000", "VN", "2022-07-26", "2022-07-27")["quarantine-access:durian"].kind == "opened"
    assert changed("03036700", "JP", "2023-08-23", "2023-08-24")["quarantine-access:aquatic"].kind == "banned"
    assert changed("02032900", "BE", "2024-01-11", "2024-01-12")["disease-ban:d_pigs"].kind == "opened"


def test_lithium_batteries_came_under_certification():
    found = changed("85076000", "KR", "2024-07-31", "2024-08-01")
    assert found["ccc-certificate"].kind == "added"
    assert found["ccc-certificate"].on == dt.date(2024, 8, 1)


def test_the_order_of_the_days_does_not_matter():
    one = changed("22083000", "GB", "2018-01-01", "2026-06-01")
    other = changed("22083000", "GB", "2026-06-01", "2018-01-01")
    assert {(c.id, c.kind) for c in one.values()} == {(c.id, c.kind) for c in other.values()}
    assert not changed("22083000", "GB", "2025-01-01", "2025-01-01")


def told(code, origin, first, second):
    found = changes(code, origin, dt.date.fromisoformat(first), dt.date.fromisoformat(second))
    return [(c.on.isoformat() if c.on else None, c.kind, c.id) for c in found]


def test_what_happened_in_between_is_told_too():
    maker = [c for c in told("22083000", "GB", "2018-01-01", "2026-07-01") if c[2] == "food-maker-registration"]
    assert maker == [
        ("2022-01-01", "added", "food-maker-registration"),
        ("2026-06-01", "new_basis", "food-maker-registration"),
    ]
    beef = [c[:2] for c in told("02023000", "BR", "2023-01-01", "2023-12-31") if c[2].startswith("quarantine-access")]
    assert beef == [("2023-02-23", "banned"), ("2023-03-23", "opened")]


def test_a_ban_that_another_takes_over_is_not_told_as_lifted():
    waste = told("39159000", "US", "2018-12-30", "2021-01-01")
    assert ("2021-01-01", "other_ban", "waste-kinds-banned-early") in waste
    assert ("2021-01-01", "banned", "solid-waste-ban") in waste
    assert "opened" not in {kind for _, kind, _ in waste}


# --- bad input --------------------------------------------------------------


@pytest.mark.parametrize("code", ["", "durian", "0810.6000", "０８１０", "8" * 10_000 + "x", "-1", "08106000\n"])
def test_a_code_that_is_none_is_a_finding(code):
    answer = papers_of(Question(GoodsItem(code, origin="TH"), dt.date(2025, 3, 1)))
    assert not answer.papers
    assert [f.code for f in answer.findings] == ["papers.code_unreadable"]
    assert letter(answer, "zh")
    assert letter(answer, "en")


def test_everything_wrong_is_told_at_once():
    answer = papers_of(Question(GoodsItem("x", origin="QQ"), dt.date(1999, 1, 1), "by_balloon"))
    assert {f.code for f in answer.findings} == {
        "papers.code_unreadable",
        "papers.channel_unknown",
        "papers.before_coverage",
    }


def test_an_origin_nobody_knows(ask):
    answer = ask("08106000", "2025-03-01", "QQ")
    assert "papers.origin_unknown" in {f.code for f in answer.findings}
    assert answer.get("quarantine-access:durian").missing == ("origin",)


def test_a_short_code_says_what_is_sure(ask):
    answer = ask("0810", "2025-03-01", "VN")
    assert answer.findings[0].code == "papers.code_too_short"
    assert answer.get("quarantine-access").missing == ("commodity_code",)
    assert answer.may_enter is None
    assert status(answer, "quarantine-permit") == "required"


def test_a_retired_code_is_told(ask):
    answer = ask("04031000", "2025-03-01", "NZ")
    assert "tariff.line_retired" in {f.code for f in answer.findings}


def test_a_code_we_do_not_hold_is_not_encoded(ask):
    answer = ask("71189000", "2025-03-01", "CH")
    assert answer.may_enter is None
    assert status(answer, "line-not-held") == "not_encoded"


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("84295212", {"condition": "new", "waste": "yes"}),
        ("72044900", {"waste": "yes", "recycled_standard": "yes"}),
        ("84795010", {"radio": "no", "micro_power": "yes"}),
        ("85171300", {"radio": "no", "telecom_terminal": "yes"}),
        ("90181100", {"device": "no", "device_class": "2"}),
        ("30049090", {"drug": "no", "narcotic": "yes"}),
        ("21069090", {"use": "feed", "food_class": "health_food"}),
        ("08106000", {"form": "frozen"}),
        ("08119090", {"form": "fresh"}),
    ],
)
def test_contradictory_attributes_are_findings(ask, code, facts):
    answer = ask(code, "2025-03-01", "DE", **facts)
    assert "papers.facts_contradict" in {f.code for f in answer.findings}


def test_a_value_outside_the_list_counts_as_not_stated(ask):
    answer = ask("84295212", "2025-03-01", "DE", condition="shiny")
    assert [f.code for f in answer.findings] == ["papers.fact_not_in_list"]
    assert answer.get("used-machinery-preshipment").status == "conditional"


def test_a_misspelt_attribute_is_asked_about(ask):
    answer = ask("84295212", "2025-03-01", "DE", conditon="used")
    assert [(f.code, f.facts["nearest"]) for f in answer.findings] == [("papers.fact_name_near", "condition")]


@pytest.mark.parametrize("word", ["是", "Yes", " true ", "Y"])
def test_yes_in_the_words_of_people(ask, word):
    assert status(ask("12019010", "2025-03-01", "BR", gmo=word), "gmo-safety-certificate") == "required"


def test_facts_of_other_parts_pass_in_silence(ask):
    assert not ask("22083000", "2025-03-01", "GB", category="3", preferential_origin="GB").findings


def test_hostile_text_cannot_move_the_cursor():
    item = GoodsItem("22083000", origin="GB", name="\x1b[2Jwhisky\u202e", facts={"species": "\x1b]0;x\x07"})
    text = letter(papers_of(Question(item, dt.date(2025, 3, 1))), "en")
    assert "\x1b" not in text
    assert "\u202e" not in text


# --- properties -------------------------------------------------------------

ATTRIBUTES = attribute_file().attributes
FACTS = st.dictionaries(
    st.sampled_from(sorted(ATTRIBUTES)), st.text(st.characters(exclude_characters="{}"), max_size=8), max_size=3
) | st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(sorted(a.values)) for name, a in ATTRIBUTES.items() if a.values}
)
CODES = st.sampled_from(
    ["08106000", "02023000", "84295212", "19011010", "72044900", "42022100", "30049090", "0810", "99", "85171300"]
)


@settings(max_examples=150, deadline=None)
@given(
    code=CODES | st.text("0123456789", min_size=2, max_size=10),
    day=st.dates(dt.date(2018, 1, 1), dt.date(2027, 12, 31)),
    origin=st.sampled_from([None, "VN", "BR", "JP", "US", "KP", "undetermined", "QQ"]),
    channel=st.sampled_from(CHANNELS),
    facts=FACTS,
)
def test_any_question_has_an_answer_in_both_languages(code, day, origin, channel, facts):
    answer = papers_of(Question(GoodsItem(code, origin=origin, facts=facts), day, channel))
    identifiers = [p.id for p in answer.papers]
    assert len(identifiers) == len(set(identifiers))
    for paper in answer.papers:
        assert paper.status in STATUSES
        assert paper.because
        assert bool(paper.missing) or paper.status != "conditional" or paper.family == "quarantine_access", paper.id
        assert "{" not in paper.why_zh + paper.why_en, paper.id
    assert answer.to_json()["commodity_code"] == code
    for language in ("zh", "en"):
        assert "{" not in letter(answer, language)


@settings(max_examples=60, deadline=None)
@given(facts=FACTS, code=CODES, day=st.dates(dt.date(2018, 1, 1), dt.date(2026, 12, 31)))
def test_stating_more_never_leaves_more_open_about_one_paper(facts, code, day):
    bare = papers_of(Question(GoodsItem(code, origin="BR"), day))
    known = {
        name: value for name, value in facts.items() if ATTRIBUTES[name].values and value in ATTRIBUTES[name].values
    }
    told = papers_of(Question(GoodsItem(code, origin="BR", facts=known), day))
    for paper in told.of("conditional"):
        before = bare.get(paper.id)
        assert before is None or before.status != "required" or set(paper.missing).isdisjoint(known), paper.id
