"""How dates, times, spans and names are written in each language. Days and hours are those of China."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils.translation import get_language

from tongguan.window.clock import CHINA
from tongguan.window.look import texts

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


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


def span(value: dt.timedelta | None, language: str) -> str:
    """How long, in its largest unit rounded down: days from two days on, else hours, else minutes."""
    if value is None:
        return ""
    minutes = max(0, int(value.total_seconds()) // 60)
    for name, one, size, least in (("days", "one_day", 1440, 2880), ("hours", "one_hour", 60, 60)):
        if minutes >= least:
            count = minutes // size
            return (
                texts.say(f"look.{one}", language) if count == 1 else texts.say(f"look.{name}", language, count=count)
            )
    return (
        texts.say("look.one_minute", language) if minutes == 1 else texts.say("look.minutes", language, count=minutes)
    )


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
