"""The components and the forms: what they say, to whom, and that a real browser and an accessibility checker agree."""

import datetime as dt

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import translation
from makers import a_person, a_post
from parts_page import EveryField

from tongguan.grammar.findings import Finding
from tongguan.window.accounts.models import Person
from tongguan.window.clock import CHINA
from tongguan.window.look import written
from tongguan.window.look.paging import page_of
from tongguan.window.look.texts import say

LANGUAGES = ["zh", "en"]


@pytest.fixture
def parts(settings):
    """The window with the pages of parts_page.py before it."""
    settings.ROOT_URLCONF = "parts_page"


# --- in words


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (dt.date(2026, 3, 1), "2026年3月1日", "1 March 2026"),
        ("2018-08-01", "2018年8月1日", "1 August 2018"),
        (dt.datetime(2026, 2, 28, 17, 0, tzinfo=dt.UTC), "2026年3月1日", "1 March 2026"),  # one in the morning in China
        (None, "", ""),
    ],
)
def test_a_day_is_written_as_people_of_each_language_do(value, zh, en):
    assert (written.day(value, "zh"), written.day(value, "en")) == (zh, en)


def test_an_instant_is_written_in_the_hour_of_china():
    at = dt.datetime(2026, 2, 28, 17, 5, tzinfo=dt.UTC)
    assert written.moment(at, "zh") == "2026年3月1日 01:05"
    assert written.moment(at, "en") == "1 March 2026, 01:05"


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (0, "0 分钟", "0 minutes"),
        (1, "1 分钟", "1 minute"),
        (59, "59 分钟", "59 minutes"),
        (60, "1 小时", "1 hour"),
        (2879, "47 小时", "47 hours"),
        (2880, "2 天", "2 days"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(minutes, zh, en):
    span = dt.timedelta(minutes=minutes, seconds=59)
    assert (written.span(span, "zh"), written.span(span, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [
        (59, "59 分钟", "59 minutes"),
        (312, "5.2 小时", "5.2 hours"),
        (600, "10 小时", "10 hours"),
        (5340, "3.7 天", "3.7 days"),
    ],
)
def test_a_figure_is_told_to_a_tenth(minutes, zh, en):
    span = dt.timedelta(minutes=minutes)
    assert (written.span(span, "zh", is_fine=True), written.span(span, "en", is_fine=True)) == (zh, en)


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("by 2026-12-07, at last", "by 2026年12月7日, at last", "by 7 December 2026, at last"),
        ("应于 2026-12-07 前缴清", "应于2026年12月7日前缴清", "应于 7 December 2026 前缴清"),
        ("CTC-2026-01-011", "CTC-2026-01-011", "CTC-2026-01-011"),
        ("2026-13-40", "2026-13-40", "2026-13-40"),
    ],
)
def test_days_in_a_text_are_written_as_people_do_and_nothing_else_is_touched(text, zh, en):
    assert (written.days_in(text, "zh"), written.days_in(text, "en")) == (zh, en)


def test_the_days_of_a_finding_are_written_out_and_the_pattern_it_asks_for_stays():
    confirmed = Finding(
        "tariff.rate_last_confirmed", "", {"code": "22042100", "until": "2026-11-21", "day": "2026-11-22"}
    )
    assert "21 November 2026" in written.sentence_of(confirmed, "en")
    assert "2026年11月21日" in written.sentence_of(confirmed, "zh")
    assert "2026-03-31" in written.sentence_of(Finding("permits.day_unreadable", "valid_from"), "en")


def test_words_fall_back_on_the_other_language():
    assert written.words({"zh": "海关", "en": "Customs"}, "en") == "Customs"
    assert written.words(Person(name_zh="林", name_en=""), "en") == "林"
    assert written.words("GACC", "en") == "GACC"


# --- forms


def test_each_problem_stands_at_its_field_and_in_the_summary(parts, db):
    with translation.override("en"):
        form = EveryField(QueryDict("way=perhaps"))
        form.is_valid()
        html = str(form)
    for name in ("name", "arrived_on", "place", "sure", "reason", "way"):
        assert f'id="id_{name}_error"' in html
    assert 'aria-describedby="id_name_hint id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert "required" not in html.replace("This field is required", "")
    assert html.count("<fieldset") == html.count("<legend") == 2

    page = Client().post("/parts/?lang=en", {"way": "perhaps"}).content.decode()
    summary = page.split('class="govuk-error-summary"')[1].split("</div>")[0]
    for anchor in ("#id_name", "#id_way_0", "#id_reason", "#id_sure"):
        assert f'href="{anchor}"' in summary
        assert f'id="{anchor[1:]}"' in page


def test_a_finding_goes_to_its_field_and_else_to_the_top():
    form = EveryField(QueryDict("name=x"))
    form.add_findings([
        Finding("window.reason_missing", "reason", {"act_zh": "甲", "act_en": "A"}),
        Finding("window.reason_missing", "goods[0].nowhere", {"act_zh": "乙", "act_en": "B"}),
    ])  # fmt: skip
    assert any("甲" in str(error) for error in form.errors["reason"])
    assert any("乙" in str(error) for error in form.non_field_errors())


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_hints_and_choices_are_in_the_readers_language(language):
    with translation.override("en" if language == "en" else "zh-hans"):
        html = str(EveryField())
    for key in (
        "look.nav_organisation",
        "look.card_desk_text",
        "look.nav_ask",
        "look.yes",
        "look.choose",
        "look.optional",
    ):
        assert say(key, language) in html
        assert key not in html


def test_what_people_typed_is_never_markup(parts, db):
    page = Client().post("/parts/", {"name": "<script>alert(1)</script>", "reason": "</textarea><b>"}).content.decode()
    assert "<script>alert" not in page
    assert "</textarea><b>" not in page
    assert "<b>" not in page


# --- lists


@pytest.mark.django_db
@pytest.mark.parametrize("by", [("-pk",), ("pk",), ("name_zh", "pk"), ("-date_joined", "pk")])
def test_pages_by_key_hold_every_row_once_and_in_order(by, django_assert_num_queries):
    joined = dt.datetime(2026, 1, 1, 8, tzinfo=CHINA)
    for number in range(11):
        a_person(name_zh=f"王{number % 3}", date_joined=joined + dt.timedelta(minutes=number % 4))
    wanted = [person.pk for person in Person.objects.order_by(*by)]
    seen, asked, first = [], {}, []
    for _ in range(10):
        with django_assert_num_queries(1):
            page = page_of(Person.objects.all(), asked, by=by, size=4)
        seen += [person.pk for person in page.rows]
        first.append(page.is_first)
        if not page.after:
            break
        asked = {"after": page.after}
    assert seen == wanted
    assert first == [True, False, False]


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["x", "1~2", "~", "9" * 400, "1'; drop table"])
def test_a_cursor_that_cannot_be_read_gives_the_first_page(cursor):
    person = a_person()
    page = page_of(Person.objects.all(), {"after": cursor})
    assert page.rows == [person]
    assert page.is_first


# --- the frame


@pytest.mark.django_db
def test_the_other_language_keeps_the_page_and_its_questions():
    page = Client().get("/accessibility/?a=1&b=%3Cx%3E").content.decode()
    assert 'href="?a=1&amp;b=%3Cx%3E&amp;lang=en"' in page
    assert '<html class="govuk-template" lang="zh-Hans">' in page
    assert '<html class="govuk-template" lang="en">' in Client().get("/accessibility/?lang=en").content.decode()


@pytest.mark.django_db
def test_navigation_shows_only_what_the_post_may_do(client_as):
    officer = client_as("customs_officer").get("/?lang=en").content.decode()
    importer = client_as("importer").get("/?lang=en").content.decode()
    assert say("look.role_customs_officer", "en") in officer
    assert 'href="/declarations/new/"' not in officer
    assert importer.count(say("look.sign_out", "en")) == 1
    assert say("look.sign_in", "en") not in importer


@pytest.mark.django_db
def test_the_header_names_the_organisation_of_the_post():
    from makers import sign_in

    post, client = a_post("broker"), Client()
    sign_in(client, post.person)
    page = client.get("/?lang=en").content.decode()
    assert post.organisation.name_en in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_without_a_database_speaks_both_languages(parts, language):
    response = Client().get(f"/away/?lang={language}")
    assert response.status_code == 503
    for told in LANGUAGES:
        assert say("look.database_away_title", told) in response.content.decode()


# --- in a real browser


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_accessible_and_fits(new_page, parts, language, assert_accessible, assert_fits, walk_by_keyboard):
    page = new_page(language)
    page.goto("/parts/")
    page.wait_for_selector(".tg-chart canvas")
    assert_accessible(page)
    assert_fits(page)
    walk_by_keyboard(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_refused_form_leads_from_the_summary_to_the_field(new_page, parts, language, assert_accessible):
    page = new_page(language)
    page.goto("/parts/")
    page.click(".govuk-button:not(.govuk-button--secondary)")
    page.wait_for_selector("#id_name_error")
    page.wait_for_selector(".govuk-error-summary:focus")
    assert page.input_value("#id_name") == ""
    page.click('.govuk-error-summary a[href="#id_way_0"]')
    assert page.evaluate("document.activeElement.id") == "id_way_0"
    assert_accessible(page)


def test_charts_are_drawn_from_the_table_beside_them(new_page, parts):
    page = new_page()
    page.goto("/parts/")
    page.wait_for_selector(".tg-chart canvas")
    drawn = page.evaluate(
        "[...document.querySelectorAll('.tg-chart__canvas')].map(c => echarts.getInstanceByDom(c).getOption().series.map(s => s.data))"
    )
    assert drawn == [[[3, 24], [12.5, 1200]], [[1, 2, 4]]]


@pytest.mark.parametrize("address", ["/away/", "/mistake/", "/expired/", "/unreadable/", "/no-such-page/"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_for_what_went_wrong_are_accessible(new_page, parts, address, language, assert_accessible, assert_fits):
    page = new_page(language)
    answer = page.goto(address)
    assert answer.status >= 400
    assert_accessible(page)
    assert_fits(page)


def test_the_window_works_without_scripts(new_page, parts):
    page = new_page(javascript=False, width=375)
    page.goto("/parts/")
    page.click('a[hreflang="en"]')
    assert page.get_attribute("html", "lang") == "en"
    page.click(".govuk-button:not(.govuk-button--secondary)")
    assert page.locator(".govuk-error-summary a").count() >= 5
    assert page.locator(".govuk-service-navigation__list a").first.is_visible()
