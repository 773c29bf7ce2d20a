"""The answer on paper: a bilingual PDF that a screen reader can read (PDF/UA-1). The template lays out; every word and figure comes as data."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import typst
from pylopdf_fonts_zh_cn import sans_path

from tongguan.assessment.explain import figure, sum_of, value_word
from tongguan.assessment.letter import clean
from tongguan.assessment.result import APPLIES, Charge, Option
from tongguan.dossier import Dossier
from tongguan.grammar.citations import cite_text
from tongguan.grammar.findings import render
from tongguan.grammar.money import yuan_grouped
from tongguan.law.controls.tables import bodies
from tongguan.window.ask import questions
from tongguan.window.ask.results import clocks_of
from tongguan.window.look import texts

TEMPLATE = Path(__file__).parent / "notice.typ"
MOST_WAYS = 8
Pair = tuple[str, str]


def pdf_of(told: Dossier, link: str) -> bytes:
    """The PDF of an answer, with the address under which it can be seen."""
    return _compiled(json.dumps(content_of(told, link), ensure_ascii=False))


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(Path(sans_path()).parent)])


def _compiled(content: str) -> bytes:
    """The template with this content. Nothing of the content is read as markup, and nothing outside the template is read at all."""
    compiler = typst.Compiler(TEMPLATE.read_bytes(), font_paths=_fonts(), ignore_system_fonts=True)
    made = compiler.compile(format="pdf", sys_inputs={"content": content}, pdf_standards=["ua-1"])
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one run of bytes")
    return made


def content_of(told: Dossier, link: str) -> dict[str, Any]:
    """Every word and figure of the notice, each word in both languages."""
    a = told.assessment
    items = [
        {
            "name": _pair(i.name_zh, i.name_en),
            "code": i.commodity_code,
            "value": _steps(told, n),
            "ways": [_way(o) for o in sorted((o for o in i.options if o.total is not None), key=lambda o: (o.status != APPLIES, o.rank or 99, o.total or 0))[:MOST_WAYS]],
        }
        for n, i in enumerate(a.items)
    ]  # fmt: skip
    return {
        "title": _say("notice_title"),
        "channel": _pair(*(render(f"papers.channel_{a.channel}", {}, one) for one in ("zh", "en"))),
        "day": a.governing_on.isoformat() if a.governing_on else "",
        "to_pay": _say("notice_to_pay"),
        "total": figure(a.total_low, a.total_high),
        "missing_head": _say("missing"),
        "missing": [_pair(f.zh, f.en) for f in questions.missing_of(a)],
        "items": items,
        "surcharges": [_charge(c) for c in a.surcharges],
        "papers_head": _say("papers_asked"),
        "papers": [_paper(p) for one in told.papers for p in one.papers if p.status in ("banned", "required", "conditional")],
        "days_head": _say("days_title"),
        "days": [(c.day.isoformat() if c.day else "", _pair(c.label_zh, c.label_en)) for c, _, _, _ in clocks_of(told)],
        "notes_head": _say("notes"),
        "notes": [_pair(f.message("zh"), f.message("en")) for f in a.all_findings],
        "rests_on": _pair(*(texts.say("ask.rests_on", one, law=a.law_version, schedule=a.schedule) for one in ("zh", "en"))),
        "not_advice": _say("not_advice"),
        "online": _say("notice_link"),
        "link": link,
    }  # fmt: skip


def _say(key: str) -> Pair:
    return _pair(texts.say(f"ask.{key}", "zh"), texts.say(f"ask.{key}", "en"))


def _pair(zh: str, en: str) -> Pair:
    return clean(zh), clean(en)


def _steps(told: Dossier, number: int) -> list[tuple[Pair, Pair]]:
    item = told.assessment.items[number]
    rows = [(_pair(s.label_zh, s.label_en), _pair(s.amount_zh, s.amount_en)) for s in item.value_steps]
    if item.dutiable_value is not None:
        called = value_word(told.assessment.governing_on)
        rows.append((_pair(called.zh, called.en), _pair(*[yuan_grouped(item.dutiable_value)] * 2)))
    return rows


def _way(option: Option) -> dict[str, Any]:
    return {
        "label": _pair(
            f"{option.label_zh} {option.rate_text} {option.condition_zh}".strip(),
            f"{option.label_en} {option.rate_text} {option.condition_en}".strip(),
        ),
        "status": _say(f"status_{option.status}"),
        "total": yuan_grouped(option.total or 0),
        "charges": [_charge(c) for c in option.charges],
        "reasons": [_pair(r.text("zh"), r.text("en")) for r in option.reasons],
    }


def _charge(charge: Charge) -> dict[str, Any]:
    made = sum_of(charge)
    return {
        "label": _pair(charge.label_zh, charge.label_en),
        "sum": _pair(made.zh, made.en),
        "amount": yuan_grouped(charge.payable),
        "because": _pair(cite_text(charge.because, "zh"), cite_text(charge.because, "en"))
        if charge.because
        else ("", ""),
        "confidence": charge.confidence,
    }


def _paper(paper: Any) -> dict[str, Any]:  # noqa: ANN401  # assessment.papers.paper.Paper
    who = [bodies()[code] for code in paper.authority]
    return {
        "name": _pair(paper.name_zh, paper.name_en),
        "status": _say(f"paper_{paper.status}"),
        "who": _pair("、".join(b.name_zh for b in who), ", ".join(b.name_en for b in who)),
    }
