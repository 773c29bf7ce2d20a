"""The answer as a letter: what stops the goods, what to do by when, what one will hear named and need not have, what we cannot say.

Sentences come from the tables and from `messages/papers.yaml`; nothing is made up here but their order.
"""

from __future__ import annotations

from collections.abc import Iterable

from tongguan.assessment.letter import clean, fold
from tongguan.assessment.papers.changes import WORDS, Change
from tongguan.assessment.papers.paper import STATUS_WORDS, Paper, Papers, question
from tongguan.grammar.citations import cite_text
from tongguan.grammar.findings import render
from tongguan.law.controls.evaluate import BANNED, CONDITIONAL, NOT_ENCODED, NOT_REQUIRED, REQUIRED
from tongguan.law.controls.tables import STAGES, Days, Words, attribute_file, bodies, declaration_fields, documents

WIDTH = 100
DAY_WORDS = {"calendar": ("日", "days"), "working": ("个工作日", "working days"), "immediate": ("当场", "at once")}


def letter(answer: Papers, language: str = "zh", width: int = WIDTH) -> str:
    """The whole letter in "zh" or "en"."""
    blocks = [[_say("papers.letter_opening", language, **_about(answer, language))], [_verdict(answer, language)]]
    blocks += [[f"! {finding.message(language)}", *_next(finding.next_step(language))] for finding in answer.findings]
    blocks += _section("papers.letter_stops", answer.of(BANNED), language)
    needed = answer.of(REQUIRED) + answer.of(CONDITIONAL)
    for stage in STAGES:
        blocks += _section(f"papers.letter_{stage}", [p for p in needed if p.stage == stage], language)
    spared = answer.of(NOT_REQUIRED)
    if spared:
        blocks.append([_say("papers.letter_not_required", language)])
        blocks += _spared(spared, language)
    gaps = answer.of(NOT_ENCODED)
    if gaps:
        blocks.append([_say("papers.letter_not_encoded", language)])
        blocks += [[_bullet(f"{paper.name(language)}{_colon(language)}{paper.why(language)}")] for paper in gaps]
    assumed = list(dict.fromkeys(name for paper in needed for name in paper.assumed))
    if assumed:
        blocks.append(
            [
                _say(
                    "papers.letter_assumed",
                    language,
                    what=_comma(language).join(_taken(one, language) for one in assumed),
                )
            ]
        )
    if answer.missing_facts:
        blocks.append([_say("papers.letter_questions", language)])
        blocks.append([_bullet(_asked(name, language)) for name in answer.missing_facts])
    blocks.append([_say("papers.letter_closing", language, day=answer.day.isoformat())])
    return _plain(blocks, width)


def letter_of_changes(
    found: list[Change], answer: Papers, second: str, language: str = "zh", width: int = WIDTH
) -> str:
    """What changed between two days, each with its day and article."""
    facts = _about(answer, language) | {"second": second}
    blocks = [[_say("papers.changes_opening" if found else "papers.changes_none", language, **facts)]]
    for change in found:
        kind = WORDS[change.kind][0 if language == "zh" else 1]
        day = f"{change.on}  " if change.on else ""
        blocks.append(
            [
                f"{day}{kind}{_colon(language)}{change.paper.name(language)}",
                f"  {_with(change.paper.why(language), _cited(change.paper, language), language)}",
            ]
        )
    return _plain(blocks, width)


# --- parts -------------------------------------------------------------------------------------------------------------------------


def _say(message: str, language: str, /, **facts: str) -> str:
    return render(message, facts, language)


def _colon(language: str) -> str:
    return "：" if language == "zh" else ": "


def _bullet(text: str) -> str:
    return f"- {text}"


def _next(text: str) -> list[str]:
    return [f"  → {text}"] if text else []


SHOWN = 60
"""What a person wrote is shown up to here."""


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _about(answer: Papers, language: str) -> dict[str, str]:
    """The facts of the opening."""
    name = answer.name_zh if language == "zh" else answer.name_en
    channel = _say(f"papers.channel_{answer.channel}", language)
    country = answer.origin_zh if language == "zh" else answer.origin_en
    origin = country or _short(answer.origin) or _say("papers.origin_not_stated", language)
    return {
        "name": _short(name or answer.commodity_code),
        "code": _short(answer.commodity_code),
        "origin": origin,
        "channel": channel,
        "day": answer.day.isoformat(),
    }


def _verdict(answer: Papers, language: str) -> str:
    """In short: may it enter, how much is needed, what takes longest."""
    needed = answer.of(REQUIRED)
    facts = {
        "needed": str(len(needed)), "depends": str(len(answer.of(CONDITIONAL))), "longest": _longest(needed + answer.of(CONDITIONAL), language),
        "stops": _comma(language).join(p.name(language) for p in answer.of(BANNED)),
        "open": _comma(language).join(p.name(language) for p in answer.open_ends),
    }  # fmt: skip
    code = {True: "papers.verdict_enters", False: "papers.verdict_stopped", None: "papers.verdict_open"}[
        answer.may_enter
    ]
    if not answer.papers:
        return _say("papers.verdict_none", language)
    parts = [_say(code, language, **facts)]
    if answer.may_enter is not False:
        parts.append(_say("papers.verdict_needed", language, **facts))
        parts += [_say("papers.verdict_depends", language, **facts)] if answer.of(CONDITIONAL) else []
        parts += [facts["longest"]] if facts["longest"] else []
    return ("" if language == "zh" else " ").join(parts)


def _comma(language: str) -> str:
    return "、" if language == "zh" else ", "


def _longest(papers: list[Paper], language: str) -> str:
    """The longest statutory time among the papers, as a sentence; empty when none has one."""
    timed = [
        (days.number, days, paper) for paper in papers for days in paper.days if not (days.before or days.deadline)
    ]
    if not timed:
        return ""
    _, days, paper = max(timed, key=lambda one: one[0])
    return _say("papers.longest", language, name=paper.name(language), time=_time(days, language))


def _time(days: Days, language: str) -> str:
    unit = DAY_WORDS[days.kind][0 if language == "zh" else 1]
    return f"{days.number}{unit}" if language == "zh" else f"{days.number} {unit}"


def _section(heading: str, papers: list[Paper], language: str) -> list[list[str]]:
    """A heading and its papers; nothing when there are none."""
    if not papers:
        return []
    return [[_say(heading, language)], *(_paper(paper, language) for paper in papers)]


def _paper(paper: Paper, language: str) -> list[str]:
    """One paper: what, who, why with its article, how long, what to prepare, where it goes, and what would spare it."""
    zh = language == "zh"
    marks = []
    if paper.document:
        marks.append(f"监管证件代码{paper.document}" if zh else f"document code {paper.document}")
    if paper.inspection:
        marks.append(f"检验检疫类别{paper.inspection}" if zh else f"inspection class {paper.inspection}")
    word = STATUS_WORDS[paper.status][0 if zh else 1]
    head = f"{paper.name(language)}" + (
        f"（{'，'.join(marks)}）" if zh and marks else f" ({', '.join(marks)})" if marks else ""
    )
    lines = [f"* {head}" + (f" [{word}]" if paper.status in (CONDITIONAL, BANNED) else "")]
    lines.append(f"  {_with(paper.why(language), _cited(paper, language), language)}")
    who = _comma(language).join(_body(code, language) for code in paper.authority)
    if who and paper.status != BANNED:
        lines.append(_say("papers.line_who", language, who=who))
    lines += [_days_line(days, language) for days in paper.days]
    if paper.prepare:
        joined = ("；" if zh else "; ").join(_prepared(words, language) for words in paper.prepare)
        lines.append(_say("papers.line_prepare", language, what=joined))
    lines += [_say("papers.line_instead", language, what=words.zh if zh else words.en) for words in paper.alternatives]
    lines += [
        _say("papers.line_exempt", language, what=e.zh if zh else e.en, because=articles(e.cites, language))
        for e in paper.perhaps_exempt
    ]
    if paper.missing:
        lines.append(
            _say(
                "papers.line_depends",
                language,
                what=_comma(language).join(_fact(name, language) for name in paper.missing),
            )
        )
    where = [declaration_fields()[f] for f in paper.fields if f != "not_declared"]
    if where and paper.status != BANNED:
        lines.append(
            _say(
                "papers.line_where",
                language,
                where=_comma(language).join(f.name_zh if zh else f.name_en for f in where),
            )
        )
    if paper.in_quantity and paper.document and paper.status != BANNED:
        lines.append(
            _say(
                "papers.line_written_off",
                language,
                document=documents()[paper.document].name_zh if zh else documents()[paper.document].name_en,
            )
        )
    return lines


def _spared(papers: list[Paper], language: str) -> list[list[str]]:
    """Not required because…, with the article; what is spared for one reason stands together."""
    by_reason: dict[tuple[str, str], list[Paper]] = {}
    for paper in papers:
        by_reason.setdefault((paper.why(language), paper.because), []).append(paper)
    return [
        [
            _say(
                "papers.line_not_required",
                language,
                name=_comma(language).join(p.name(language) for p in together),
                why=together[0].why(language),
                because=_cited(together[0], language),
            )
        ]
        for together in by_reason.values()
    ]


def _with(text: str, cited: str, language: str) -> str:
    """A sentence and its article behind it."""
    return f"{text}{'' if language == 'zh' else ' '}{cited}"


def articles(citation: str, language: str) -> str:
    """Citations for reading, the articles of one act together: “…, art. 10, 11”."""
    acts: dict[str, list[str]] = {}
    for one in citation.split("; "):
        act, _, article = one.partition("#")
        acts.setdefault(act, [])
        if article:
            acts[act].append(article)
    shown = []
    for act, numbers in acts.items():
        name = cite_text(act, language)
        if language == "zh":
            shown.append(name + "、".join(f"第{number}条" for number in numbers))
        else:
            shown.append(name + (f", art. {', '.join(numbers)}" if numbers else ""))
    return ("；" if language == "zh" else "; ").join(shown)


def _cited(paper: Paper, language: str) -> str:
    """The article in brackets, and a word when it rests on memory."""
    text = articles(paper.because, language) if paper.because else ""
    unsure = _say("papers.from_memory", language) if paper.is_unsure else ""
    inside = ("；" if language == "zh" else "; ").join(part for part in (text, unsure) if part)
    return (f"（{inside}）" if language == "zh" else f"({inside})") if inside else ""


def _days_line(days: Days, language: str) -> str:
    zh = language == "zh"
    what = days.zh if zh else days.en
    code = "papers.line_days_before" if days.before else "papers.line_days"
    note = (
        _say("papers.from_memory", language)
        if days.confidence in ("M", "M?")
        else articles(days.cites, language)
        if days.cites
        else ""
    )
    return _say(code, language, time=_time(days, language), what=what, note=note)


def _fact(name: str, language: str) -> str:
    attribute = attribute_file().attributes.get(name)
    if attribute is None:
        return {
            "origin": ("原产地", "origin"),
            "commodity_code": ("完整税号", "the full code"),
            "price": ("价格", "price"),
        }.get(name, (name, name))[0 if language == "zh" else 1]
    return attribute.zh if language == "zh" else attribute.en


def _taken(assumed: str, language: str) -> str:
    """A fact taken as usual: use food."""
    name, _, value = assumed.partition("=")
    words = attribute_file().attributes[name].values.get(value)
    shown = (words.zh if language == "zh" else words.en) if words else value
    return f"{_fact(name, language)}{_colon(language)}{shown}"


def _asked(name: str, language: str) -> str:
    """A question with the name and values to write."""
    attribute = attribute_file().attributes.get(name)
    values = " | ".join(attribute.values) if attribute and attribute.values else ""
    return f"{question(name, language)}" + (f"  [{name}: {values}]" if values else f"  [{name}]")


def _prepared(words: Words, language: str) -> str:
    """One thing to prepare, with its article where it has one of its own."""
    zh = language == "zh"
    if not words.cites:
        return words.zh if zh else words.en
    article = articles(words.cites, language)
    return f"{words.zh}（{article}）" if zh else f"{words.en} ({article})"


def _body(code: str, language: str) -> str:
    body = bodies()[code]
    return body.name_zh if language == "zh" else body.name_en


def _plain(blocks: Iterable[list[str]], width: int) -> str:
    """Folded plain text; what came from outside is made safe to show."""
    written = []
    for block in blocks:
        lines: list[str] = []
        for line in block:
            text = clean(line)
            indent = len(text) - len(text.lstrip())
            hang = " " * (indent + (2 if text.lstrip().startswith(("* ", "- ", "! ", "→")) else 0))
            first, *rest = fold(text.strip(), width - len(hang)) or [""]
            lines.append(" " * indent + first)
            lines += [hang + more for more in rest]
        written.append("\n".join(lines))
    return "\n\n".join(written) + "\n"
