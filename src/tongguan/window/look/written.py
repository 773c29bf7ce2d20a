"""How dates, times, spans and names are written in each language. Days and hours are those of China."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import msgspec
from django.utils.translation import get_language

from tongguan.grammar.findings import Finding
from tongguan.window.clock import CHINA
from tongguan.window.look import texts

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ISO_DAY = re.compile(r"(?<![0-9A-Za-z_-])\d{4}-\d{2}-\d{2}(?![0-9A-Za-z_-])", re.ASCII)
_SPACE_BESIDE_DAY = re.compile(
    r"(?<=[\u4e00-\u9fff]) (?=\d{4}年)|(?<=月\d日) (?=[\u4e00-\u9fff])|(?<=月\d\d日) (?=[\u4e00-\u9fff])"
)
"""Around digits Chinese sentences have a space; around a day that is written out they need none."""


def reader() -> str:
    """The reader's language, "zh" or "en"."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def day(value: dt.date | dt.datetime | str | None, language: str) -> str:
    """2026年3月1日, 1 March 2026. Text in ISO form is read; nothing gives nothing. Raises ValueError for other text."""
    if not value:
        return ""
    if isinstance(value, str):
        value = dt.date.fromisoformat(value)
    if isinstance(value, dt.datetime):
        value = value.astimezone(CHINA).date()
    if language == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: dt.datetime | None, language: str) -> str:
    """2026年3月1日 09:30, 1 March 2026, 09:30; the hour of China."""
    if value is None:
        return ""
    here = value.astimezone(CHINA)
    return f"{day(here, language)}{' ' if language == 'zh' else ', '}{here:%H:%M}"


def span(value: dt.timedelta | None, language: str, *, is_fine: bool = False) -> str:
    """How long, in its largest unit: days from two days on, else hours, else minutes. Rounded down to a whole one; `is_fine` to a tenth."""
    if value is None:
        return ""
    minutes = max(0, int(value.total_seconds()) // 60)
    name, one, size = (
        ("days", "one_day", 1440)
        if minutes >= 2 * 1440
        else ("hours", "one_hour", 60)
        if minutes >= 60
        else ("minutes", "one_minute", 1)
    )
    count, tenths = divmod(minutes * 10 // size, 10)
    if is_fine and tenths:
        return texts.say(f"look.{name}", language, count=f"{count}.{tenths}")
    return texts.say(f"look.{one}", language) if count == 1 else texts.say(f"look.{name}", language, count=count)


def days_in(text: str, language: str) -> str:
    """A text with the days in it written as people do: 2026-03-01 → 2026年3月1日, 1 March 2026. What is no day stays as it is."""

    def written(found: re.Match[str]) -> str:
        try:
            return day(found[0], language)
        except ValueError:
            return found[0]

    return _close(_ISO_DAY.sub(written, text), language)


def _close(text: str, language: str) -> str:
    return _SPACE_BESIDE_DAY.sub("", text) if language == "zh" else text


def said_of(finding: Finding, language: str) -> tuple[str, str]:
    """What a finding says and what to do next, its days as people write them. A day that the text itself gives as a pattern stays one."""
    facts = {name: days_in(fact, language) for name, fact in finding.facts.items()}
    told = msgspec.structs.replace(finding, facts=facts)
    return _close(told.message(language), language), _close(told.next_step(language), language)


def sentence_of(finding: Finding, language: str) -> str:
    """A finding in one line: what, and what next."""
    return ("" if language == "zh" else " ").join(part for part in said_of(finding, language) if part)


def words(value: object, language: str) -> str:
    """The words of a thing that has them in both languages: `zh`/`en`, `name_zh`/`name_en`, `label_zh`/`label_en`.

    Where one language is missing the other stands in; a thing without such names is written as it is.
    """
    if value is None:
        return ""
    other = "zh" if language == "en" else "en"
    for prefix in ("", "name_", "label_", "title_"):
        for wanted in (language, other):
            name = f"{prefix}{wanted}"
            held = value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
            if isinstance(held, str) and held:
                return held
    return str(value)
