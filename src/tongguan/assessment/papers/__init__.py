"""Every paper: what the border asks of these goods, of this origin, in this channel, on this day.

It stands in `assessment` and not above it, because an assessment shows the papers beside the taxes; it knows no tax.

    from tongguan.assessment.papers import Question, papers_of
    answer = papers_of(Question(GoodsItem("08106000", origin="VN"), day))
    print(letter(answer, "en"))
"""

from __future__ import annotations

from tongguan.assessment.papers.changes import Change, changes, changes_of
from tongguan.assessment.papers.ledger import Balance, Batch, Licence, WrittenOff, open_balance, write_off
from tongguan.assessment.papers.letter import letter, letter_of_changes
from tongguan.assessment.papers.paper import Paper, Papers
from tongguan.assessment.papers.resolve import Question, papers, papers_of, papers_of_shipment

__all__ = [
    "Balance",
    "Batch",
    "Change",
    "Licence",
    "Paper",
    "Papers",
    "Question",
    "WrittenOff",
    "changes",
    "changes_of",
    "letter",
    "letter_of_changes",
    "open_balance",
    "papers",
    "papers_of",
    "papers_of_shipment",
    "write_off",
]
