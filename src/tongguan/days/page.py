"""A timeline as a readable answer: papers, what can begin early, deadlines, rights, and what nobody knows."""

from __future__ import annotations

from tongguan.assessment.explain import refused_sentences
from tongguan.assessment.letter import Block, Heading, Sentence, Table, Words, same, say
from tongguan.days.clocks import Clock
from tongguan.days.timeline import Timeline
from tongguan.grammar.citations import WEAK, cite_text, instruments
from tongguan.grammar.money import yuan_grouped

PARTS = (
    ("papers", ("paper",)),
    ("before", ("before",)),
    ("deadlines", ("deadline", "duration")),
    ("rights", ("right",)),
)


class _Sources:
    """The instruments cited, numbered in the order they are first used."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def of(self, citations: str) -> Words:
        """A citation such as [1 §20; 3]."""
        articles: dict[int, list[str]] = {}
        for one in citations.split("; "):
            key, _, article = one.partition("#")
            if key in instruments():
                listed = articles.setdefault(self.numbers.setdefault(key, len(self.numbers) + 1), [])
                if article and f"§{article}" not in listed:
                    listed.append(f"§{article}")
        return (
            same("[" + "; ".join(f"{n} {', '.join(a)}".rstrip() for n, a in articles.items()) + "]")
            if articles
            else same("")
        )

    def blocks(self) -> list[Block]:
        """The list of them."""
        if not self.numbers:
            return []
        lines = [
            Sentence(Words(cite_text(k, "zh"), cite_text(k, "en")), "quiet", f"[{n}]", is_short=True)
            for k, n in self.numbers.items()
        ]
        return [Heading(say("letter.legal_basis"), 3), *lines]


def page(t: Timeline) -> list[Block]:
    """The timeline as headings, tables and sentences in both languages."""
    sources = _Sources()
    title = same(t.name) if t.name else say("days.page.unnamed")
    blocks: list[Block] = [Heading(say("days.page.title", name_zh=title.zh, name_en=title.en), 1)]
    blocks.append(
        Sentence(
            say("days.page.counted", today=t.today.isoformat()) if t.today else say("days.page.not_counted"),
            "quiet",
            is_short=True,
        )
    )
    if t.critical:
        names = [next(c for c in t.clocks if c.id == one) for one in t.critical]
        path = Words(" → ".join(_on(c, "zh") for c in names), " → ".join(_on(c, "en") for c in names))
        blocks.append(Sentence(_led(say("days.page.critical"), path), "total"))
    if t.earliest_lodging is not None:
        blocks.append(Sentence(say("days.page.earliest", day=t.earliest_lodging.isoformat())))
    for name, kinds in PARTS:
        clocks = [c for c in t.clocks if c.kind in kinds and not (c.is_unknown and c.kind == "duration")]
        if clocks:
            blocks += [Heading(say(f"days.page.{name}"), 2), Table(tuple(_row(c, sources) for c in clocks))]
    if t.options:
        blocks.append(Heading(say("days.page.options"), 2))
        for option in t.options:
            blocks.append(
                Sentence(Words(f"{option.item}. {option.label_zh}", f"{option.item}. {option.label_en}"), is_short=True)
            )
            blocks.append(Table(tuple(_row(c, sources) for c in option.clocks)))
    unknown = [c for c in t.unknown if c.kind == "duration"]
    if unknown:
        blocks.append(Heading(say("days.page.unknown"), 2))
        blocks += [Sentence(_led(Words(c.label_zh, c.label_en), Words(c.note_zh, c.note_en)), "quiet") for c in unknown]
    return [*blocks, *sources.blocks(), *refused_sentences(t.findings)]


def _led(lead: Words, text: Words) -> Words:
    return Words(f"{lead.zh}：{text.zh}", f"{lead.en}: {text.en}")


def _on(c: Clock, language: str) -> str:
    label = c.label_zh if language == "zh" else c.label_en
    return f"{label} {c.day.isoformat()}" if c.day else label


def _row(c: Clock, sources: _Sources) -> tuple[Words, ...]:
    lead = f"{c.item}. " if c.item else ""
    label = Words(f"{lead}{c.label_zh}", f"{lead}{c.label_en}")
    return label, _when(c), _more(c, sources)


def _when(c: Clock) -> Words:
    """The day that matters, or the fact that would give it."""
    if c.kind == "duration" and c.earliest is not None:
        return say("days.page.from", day=c.earliest.isoformat())
    if c.last_safe is not None and c.kind in {"paper", "deadline"}:
        return say("days.page.last_safe", day=c.last_safe.isoformat())
    if c.kind == "paper" and c.last is not None:
        return say("days.page.last_safe", day=c.last.isoformat())
    if c.last is not None:
        return say("days.page.until", day=c.last.isoformat())
    return say("days.page.waits", fact=", ".join(c.waits_for)) if c.waits_for else same("?")


def _more(c: Clock, sources: _Sources) -> Words:
    """How long, how much room, what a day costs, how sure, and the article."""
    parts = [Words(c.days_zh, c.days_en)] if c.days_zh else []
    if c.is_unknown and c.kind == "paper":
        parts.append(say("days.duration.unknown"))
    if c.is_conditional:
        parts.append(say("days.page.conditional"))
    if c.slack is not None and c.kind in {"paper", "deadline"}:
        parts.append(
            say("days.page.slack", days=str(c.slack)) if c.slack >= 0 else say("days.page.late", days=str(-c.slack))
        )
    if c.per_day:
        parts.append(say("days.page.per_day", amount=yuan_grouped(c.per_day)))
    if c.note_zh:
        parts.append(Words(c.note_zh, c.note_en))
    if c.because:
        parts.append(sources.of(c.because))
    if c.confidence in WEAK:
        parts.append(same(c.confidence))
    return Words(
        "；".join(p.zh.rstrip("。") for p in parts if p.zh), "; ".join(p.en.rstrip(".") for p in parts if p.en)
    )
