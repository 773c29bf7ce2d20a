"""What several commands read from the command line in the same way."""

from __future__ import annotations

import datetime as dt

from tongguan.grammar.findings import InputRefused


def day_of(text: str | None, option: str) -> dt.date | None:
    """A day given to an option, written in any of the ways a shipment may write it; None when it is left out. Raises InputRefused."""
    from tongguan.assessment.reading import Reader

    reader = Reader()
    day = reader.date(text, option)
    if reader.findings:
        raise InputRefused(reader.findings)
    return day
