"""Checks of a page in a real browser."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = os.environ.get("TONGGUAN_CHROMIUM") or shutil.which("chromium")
PHONE = 375
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


def missing(what):
    """Skip, saying what is not here; where it is required (continuous integration), fail."""
    if os.environ.get("TONGGUAN_BROWSER_REQUIRED"):
        pytest.fail(what)
    pytest.skip(what)


class Checks:
    """What a page must stand."""

    def assert_accessible(self, page):
        """No violation of WCAG 2.2 A or AA; one h1; a title; a language."""
        if not AXE.exists():
            missing("axe-core is not in node_modules: `make test` puts it there where npm is")
        if page.evaluate("typeof window.axe") == "undefined":
            page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", WCAG
        )
        told = [
            f"{violation['id']}: {violation['help']}\n    {node['html'][:200]}\n    {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
        assert not told, f"{page.url}\n" + "\n".join(told)
        assert page.locator("h1").count() == 1, f"{page.url} has {page.locator('h1').count()} h1"
        assert page.title().strip()

    def assert_fits(self, page):
        """No sideways scrolling on a phone, nor at 200 % zoom of a window 1280 pixels wide (which is 640 pixels of page)."""
        before = page.viewport_size
        for width in (PHONE, 640):
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate(
                """() => {
                    const most = document.documentElement.clientWidth;
                    if (document.documentElement.scrollWidth <= most) return [];
                    return [...document.body.querySelectorAll('*')]
                        .filter(e => e.getBoundingClientRect().right > most + 1 && !e.closest('.tg-scroll, .govuk-visually-hidden'))
                        .slice(0, 5).map(e => e.outerHTML.slice(0, 160));
                }"""
            )
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert over <= 0, f"{page.url} is {over} pixels too wide at {width}: {wide}"
        page.set_viewport_size(before)

    def walk_by_keyboard(self, page, most=200):
        """Tab through the page. Each thing that can be used is reached and looks different while it has the focus."""
        expected = page.evaluate(
            """() => {
                const usable = e => e.tabIndex >= 0 && !e.disabled && e.getClientRects().length > 0
                    && getComputedStyle(e).visibility !== 'hidden' && e.type !== 'hidden';
                const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter(usable);
                // of the radios of one name, the keyboard reaches one
                return all.filter((e, i) => e.type !== 'radio' || all.findIndex(o => o.type === 'radio' && o.name === e.name) === i).length;
            }"""
        )
        page.evaluate("document.activeElement && document.activeElement.blur()")
        reached = []
        for _ in range(min(expected, most)):
            page.keyboard.press("Tab")
            got = page.evaluate(
                """() => {
                    const e = document.activeElement;
                    if (!e || e === document.body) return null;
                    const look = () => { const s = getComputedStyle(e); const l = e.labels && e.labels[0] ? getComputedStyle(e.labels[0], '::before') : {};
                        return [s.outlineStyle, s.outlineWidth, s.outlineColor, s.boxShadow, s.backgroundColor, s.borderColor, l.boxShadow, l.borderColor].join('|'); };
                    const focused = look(); e.blur(); const plain = look(); e.focus();
                    return {name: (e.innerText || e.name || e.id || e.tagName).trim().slice(0, 60), shows: focused !== plain};
                }"""
            )
            if got is None:
                break
            assert got["shows"], f"{page.url}: no sign of focus on {got['name']}"
            reached.append(got["name"])
        assert len(reached) >= min(expected, most), f"{page.url}: {len(reached)} of {expected} reached: {reached}"
        return reached
