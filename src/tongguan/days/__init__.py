"""Days: every clock of a shipment, from the first paper to the last day to ask for money back.

    from tongguan.days import timeline
    answer = timeline(shipment, assessment, today=dt.date(2026, 3, 2))

It stands above `assessment`, because it puts together what that and the rules of time know: the papers of an item, the proof of origin of an option, the
periods of law. It computes no tax and no period of its own.

    clocks      one clock, and counting back over working days
    papers      the papers of a shipment as clocks
    timeline    all clocks of a shipment and of each option, the critical path, what is too late
    page        the same as a readable answer
"""

from __future__ import annotations

from tongguan.days.clocks import Clock
from tongguan.days.timeline import OptionDays, Timeline, timeline

__all__ = ["Clock", "OptionDays", "Timeline", "timeline"]
