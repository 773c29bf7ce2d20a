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
from tongguan.assessment.papers.paper import Paper
from tongguan.assessment.result import APPLIES, Charge, ItemAssessment, Option
from tongguan.dossier import Dossier
from tongguan.grammar.citations import cite_text
from tongguan.grammar.findings import render
from tongguan.grammar.money import yuan_grouped
from tongguan.law.controls.tables import bodies
from tongguan.origin.examine import Answer
from tongguan.origin.explain import STATUS, cures_text
from tongguan.window.ask import questions
from tongguan.window.ask.goods import place_of
from tongguan.window.ask.results import Told, clocks_of
from tongguan.window.look import texts
from tongguan.window.look.written import day as written_day
from tongguan.window.look.written import days_in, said_of
from tongguan.window.published.rates import RateUsed
from tongguan.window.published.schedule import rests_on

TEMPLATE = Path(__file__).parent / "notice.typ"
MOST_WAYS = 8
Pair = tuple[str, str]


def pdf_of(told: Told, link: str) -> bytes:
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


def content_of(said: Told, link: str) -> dict[str, Any]:
    """Every word and figure of the notice, each word in both languages."""
    told = said.dossier
    a = told.assessment
    is_several = len(a.items) > 1
    items = [
        {
            "name": _numbered(i.number if is_several else 0, _pair(i.name_zh, i.name_en)),
            "total": _total(i) if is_several else "",
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
        "missing": [_numbered(place_of(f.name)[0] if is_several else 0, _pair(f.zh, f.en)) for f in questions.missing_of(a)],
        "items": items,
        "goods_head": _say("goods_together") if is_several else None,
        "to_pay_short": _say("to_pay_short"),
        "surcharges": [_charge(c) for c in a.surcharges],
        "papers_head": _say("papers_asked"),
        "papers": [
            _paper(p, number if is_several else 0)
            for number, one in enumerate(told.papers, start=1)
            for p in one.papers
            if p.status in ("banned", "required", "conditional")
        ],
        "origins_head": _say("origins_tested"),
        "origins": [
            _tested(a, one.number if is_several else 0) for one in told.origins if one.examination for a in one.examination.answers
        ],
        "days_head": _say("days_title"),
        "days": [(c.day.isoformat() if c.day else "", _pair(c.label_zh, c.label_en)) for c, _, _, _ in clocks_of(told)],
        "notes_head": _say("notes"),
        "notes": [_pair(*(said_of(f, one)[0] for one in ("zh", "en"))) for f in (*said.findings, *a.all_findings)],
        "rates": [_rate(one) for one in said.rates],
        "rests_on": _pair(*(rests_on(a, one) for one in ("zh", "en"))),
        "not_advice": _say("not_advice"),
        "online": _say("notice_link"),
        "link": link,
    }  # fmt: skip


def _say(key: str) -> Pair:
    return _pair(texts.say(f"ask.{key}", "zh"), texts.say(f"ask.{key}", "en"))


def _pair(zh: str, en: str) -> Pair:
    return clean(zh), clean(en)


def _numbered(number: int, pair: Pair) -> Pair:
    """With the number of the good in front, where there are several."""
    return (f"{number}. {pair[0]}", f"{number}. {pair[1]}") if number else pair


def _total(item: ItemAssessment) -> str:
    return "" if item.low is None else figure(item.low, item.high)


def _rate(rate: RateUsed) -> Pair:
    """A published exchange rate, with the day and the source it is from."""
    return _pair(
        *(
            texts.say(
                "published.used", one, currency=rate.currency, rate=rate.rate, day=written_day(rate.published_on, one), source=rate.source
            )
            for one in ("zh", "en")
        )
    )  # fmt: skip


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
        "reasons": [_pair(*(days_in(r.text(one), one) for one in ("zh", "en"))) for r in option.reasons],
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


def _tested(a: Answer, number: int) -> dict[str, Any]:
    """What the materials show under one agreement, and what would cure it."""
    cures = _pair(*("" if a.status == "qualifies" else cures_text(a.outcome, one) for one in ("zh", "en")))
    return {"name": _numbered(number, _pair(a.name_zh, a.name_en)), "status": _pair(*STATUS[a.status]), "cures": cures}


def _paper(paper: Paper, number: int) -> dict[str, Any]:
    who = [bodies()[code] for code in paper.authority]
    return {
        "name": _numbered(number, _pair(paper.name_zh, paper.name_en)),
        "status": _say(f"paper_{paper.status}"),
        "who": _pair("、".join(b.name_zh for b in who), ", ".join(b.name_en for b in who)),
    }
