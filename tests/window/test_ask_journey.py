"""Wine from Chile in a real browser, from words to the whole answer, in both languages, on any screen, with or without scripts."""

import os
import re
from pathlib import Path

import pytest

from tongguan.window.ask import held

pytestmark = pytest.mark.django_db

SHOTS = os.environ.get("TONGGUAN_SCREENSHOTS")
WORDS = {"zh": "瓶装红葡萄酒", "en": "red wine in bottles"}
GO_ON = {"zh": "继续", "en": "Continue"}
DO_NOT_KNOW = {"zh": "不知道", "en": "I do not know"}


@pytest.fixture(scope="module", autouse=True)
def _search_is_read():
    """A server reads its search before visitors come."""
    held.warm()


def look_at(page, name):
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def where(page):
    return page.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]


def until_answer(page, language, check=None):
    """Answer as a buyer of Chilean wine would; gives the questions that were asked, in order."""
    asked = []
    page.goto("/ask/")
    while "answer" not in asked:
        name = where(page)
        if page.locator("form button.govuk-button").count() == 0 or page.locator("#answers").count():
            break
        asked.append(name)
        if check:
            check(page, name)
        if name == "goods":
            page.fill("[name=words]", WORDS[language])
        elif name == "code":
            page.check("[value='22042100']")
        elif name == "origin":
            page.select_option("[name=origin]", "CL")
        elif name == "channel":
            page.check("[value=general_trade]")
        elif name == "day":
            page.fill("[name=day]", "2025-03-03")
        elif name == "price":
            page.fill("[name=price]", "48600.00")
            page.select_option("[name=currency]", "USD")
            page.select_option("[name=terms]", "FOB")
        elif name == "carriage":
            page.fill("[name=freight]", "2150.00")
        elif name == "exchange_rate_USD":
            page.fill("[name=fact]", "7.1788")
        elif name == "guided":
            page.click(f"button:has-text('{DO_NOT_KNOW[language]}')")
            continue
        else:
            pytest.fail(f"asked for {name}, which this case does not need")
        page.click(f"form button:has-text('{GO_ON[language]}') >> nth=0")
        assert len(asked) < 15, asked
    return asked


@pytest.mark.parametrize("language", ["zh", "en"])
def test_wine_from_words_to_the_whole_answer(new_page, assert_accessible, assert_fits, language):
    page = new_page(language=language)

    def check(page, name):
        assert_accessible(page)
        assert_fits(page)
        look_at(page, f"ask-{name}-{language}")

    asked = until_answer(page, language, check)
    assert [q for q in asked if q != "guided"] == [
        "goods", "code", "origin", "channel", "day", "price", "carriage", "exchange_rate_USD",
    ]  # fmt: skip
    look_at(page, f"answer-{language}")
    assert "157,616.56" in page.locator("h1").inner_text()
    text = page.locator("main").inner_text()
    for shown in ("51,158.39", "46,286.16", "60,172.01", "365,417.07", "64,232.19", "523,033.63", "416,575.46 × 10%"):
        assert shown in text
    assert page.locator("a[href='/law/instruments/tariff-law-2024/']").count() > 0
    assert page.locator("a[href='/law/import_vat/']").count() == 2  # of what applies, and of the way with a proof
    page.locator(".tg-chart canvas").nth(1).wait_for()
    assert page.locator(".tg-chart canvas").count() == 2
    assert_accessible(page)
    assert_fits(page)
    page.set_viewport_size({"width": 375, "height": 800})
    look_at(page, f"answer-phone-{language}")


def test_it_works_without_scripts_and_back_leads_back(new_page):
    page = new_page(language="en", javascript=False)
    asked = until_answer(page, "en")
    assert "157,616.56" in page.locator("h1").inner_text()
    for name in reversed([q for q in asked if q != "guided"]):
        page.go_back()
        assert where(page) == name
    # and the page's own link back, from the middle
    for _ in range(6):
        page.go_forward()
    assert where(page) == "carriage"
    page.click(".govuk-back-link")
    assert where(page) == "price"
    assert page.input_value("[name=price]") == "48600.00"
    page.click(".govuk-back-link")
    assert where(page) == "day"
    assert page.input_value("[name=day]") == "2025-03-03"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_may_know_nothing_at_any_step(new_page, language):
    page = new_page(language=language)
    page.goto("/ask/")
    asked = []
    while not page.locator("#answers").count():
        asked.append(where(page))
        assert len(asked) < 20, asked
        page.click(f"button:has-text('{DO_NOT_KNOW[language]}')")
        if asked[-1] == "goods":
            break
    assert asked[0] == "goods"
    page.goto("/ask/")
    page.fill("[name=words]", WORDS[language])
    page.click(f"button:has-text('{GO_ON[language]}')")
    asked = []
    while not page.locator("#answers").count():
        asked.append(where(page))
        assert len(asked) < 20, asked
        page.click(f"button:has-text('{DO_NOT_KNOW[language]}')")
    assert {"code", "origin", "channel", "day", "price"} <= set(asked)
    assert "carriage" not in asked  # nothing was said of a price that freight could be added to
    # the codes it may be stand in the place of the code, and no tax is guessed
    assert "22" in page.locator("main table").first.inner_text()


def test_mistakes_stand_at_their_fields(new_page, assert_accessible):
    page = new_page(language="en")
    page.goto("/ask/-/price/")
    page.fill("[name=price]", "1,5x")
    page.click("button:has-text('Continue')")
    assert page.locator("#id_price_error, .govuk-error-message").count()
    assert "1,5x" in page.locator(".govuk-error-summary").inner_text()
    assert_accessible(page)
    look_at(page, "ask-price-wrong-en")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "address",
    [
        "/schedule/", "/schedule/?q=wine", "/schedule/2204/", "/schedule/22042100/?as_of=2025-03-03", "/schedule/99999999/", "/papers/",
        "/papers/?code=22042100&origin=CL&as_of=2025-03-03", "/origin/", "/fees/", "/fees/check/", "/law/", "/law/import_vat/",
        "/law/instruments/tariff-law-2024/",
    ],
)  # fmt: skip
def test_each_public_page_is_for_everyone(new_page, assert_accessible, assert_fits, address, language):
    page = new_page(language=language)
    page.goto(address)
    look_at(page, re.sub(r"[^a-z0-9]+", "-", f"page{address}") + f"-{language}")
    assert_accessible(page)
    assert_fits(page)
