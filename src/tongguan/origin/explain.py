"""An examination, or a search through past imports, as plain text and as data."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from tongguan.grammar.citations import cite_text
from tongguan.grammar.findings import Finding, render
from tongguan.grammar.money import yuan, yuan_grouped
from tongguan.origin.examine import Answer, Examination
from tongguan.origin.judge import Cure, Margin, Outcome, points
from tongguan.origin.missed import Missed, Search

STATUS = {
    "qualifies": ("符合", "qualifies"),
    "fails": ("不符合", "does not qualify"),
    "undecided": ("待定", "not decided"),
    "not_encoded": ("未编码", "not encoded"),
}
FROM = {
    "product_rule": ("产品特定规则", "product rule"),
    "general_rule": ("一般标准", "general rule"),
    "everywhere": ("完全获得或仅用原产材料", "wholly obtained or of originating materials"),
    "none": ("规则未收录", "no rule held"),
}


def _in(language: str, pair: tuple[str, str]) -> str:
    return pair[0] if language == "zh" else pair[1]


def cure_text(cure: Cure, language: str) -> str:
    """One thing that would make the rule met."""
    numbers = ", ".join(str(n) for n in cure.inputs)
    amount = yuan_grouped(cure.amount)
    if cure.kind == "replace":
        return (
            f"将材料 {numbers} 换成原产材料"
            if language == "zh"
            else f"replacing input {numbers} by originating material"
        )
    if cure.kind == "add_value":
        return f"增加区域内价值 {amount}" if language == "zh" else f"adding {amount} of regional labour or other value"
    return f"少用非原产材料 {amount}" if language == "zh" else f"spending {amount} less on materials from elsewhere"


def cures_text(outcome: Outcome, language: str) -> str:
    """What would make it qualify; empty when nothing would or nothing is needed."""
    cures = list(dict.fromkeys(c for m in outcome.margins if m.short > 0 for c in m.cures))
    if not cures:
        return ""
    texts = [cure_text(c, language) for c in cures]
    return (
        "任一办法即可：" + "；".join(texts) + "。"
        if language == "zh"
        else "Either would do: " + "; or ".join(texts) + "."
    )


def text_of(e: Examination, language: str) -> str:
    """The whole examination in "zh" or "en"."""
    zh = language == "zh"
    lines = [
        f"{e.product or e.code}  {e.code}  {e.country}  {e.day.isoformat()}",
    ]
    best = e.best
    if best is not None:
        lines.append(
            f"最优：{best.name_zh}，节省 {yuan_grouped(best.saving or 0)} 元"
            if zh
            else f"Best: {best.name_en}, saving CNY {yuan_grouped(best.saving or 0)}"
        )
    for answer in e.answers:
        lines += ["", *answer_lines(answer, language)]
    lines += ["", *(_lines(e.non_preferential.lines, language))]
    if e.findings:
        lines += ["", *_lines(e.findings, language)]
    return "\n".join(lines) + "\n"


def answer_lines(a: Answer, language: str) -> list[str]:
    """One agreement."""
    zh = language == "zh"
    name = a.name_zh if zh else a.name_en
    head = f"[{a.scheme}] {name}{'：' if zh else ': '}{_in(language, STATUS[a.status])}"
    if a.saving is not None and a.saving > 0:
        head += (
            f"，税率 {a.rate}，{'若符合' if a.status != 'qualifies' else ''}可节省 {yuan_grouped(a.saving)} 元（其中关税 {yuan_grouped(a.duty_saving or 0)}）"
            if zh
            else f"; rate {a.rate}, {'saves' if a.status == 'qualifies' else 'would save'} CNY {yuan_grouped(a.saving)} (duty {yuan_grouped(a.duty_saving or 0)})"
        )
    lines = [head]
    if a.rule:
        lines.append(f"  {_in(language, FROM[a.rule_from])}{'：' if zh else ': '}{a.rule}")
    lines += ["  " + t for t in _lines(a.outcome.lines, language)]
    cures = cures_text(a.outcome, language)
    if cures and a.status != "qualifies":
        lines.append("  → " + cures)
    lines += ["  ? " + t for t in _lines(a.outcome.questions, language)]
    lines += ["  " + t for t in _lines(a.achieved, language)]
    if a.rcep is not None:
        lines += ["  " + t for t in _lines((a.rcep.line,), language)]
    lines += ["  " + t for t in _lines(a.assumptions, language)]
    if a.status in ("qualifies", "undecided"):
        lines += ["  " + t for t in _lines((*a.transit_lines, *a.proof), language)]
    elif a.transit == "not_met":
        lines += ["  " + t for t in _lines(a.transit_lines, language)]
    if a.because:
        lines.append(
            f"  {'依据' if zh else 'because'}{'：' if zh else ': '}{cite_text(a.because, language)} ({a.confidence})"
        )
    return lines


def _lines(findings: Iterable[Finding], language: str) -> list[str]:
    lines: list[str] = []
    for finding in findings:
        lines.append(finding.message(language))
        step = finding.next_step(language)
        if step:
            lines.append(f"→ {step}")
    return list(dict.fromkeys(lines))


# --- data --------------------------------------------------------------------------------------------------------------------------


def _share(value: Fraction) -> dict[str, str]:
    return {"exact": f"{value.numerator}/{value.denominator}", "percent": points(value)}


def margin_json(m: Margin) -> dict[str, Any]:
    """A margin as plain text: shares as exact fractions beside the percentage shown."""
    return {
        "kind": m.kind,
        "reached": _share(m.reached),
        "asked": _share(m.asked),
        "short": _share(m.short),
        "method": m.method,
        "base": m.base,
        "cures": [
            {
                "kind": c.kind,
                "inputs": list(c.inputs),
                "amount": yuan(c.amount),
                "message_zh": cure_text(c, "zh"),
                "message_en": cure_text(c, "en"),
            }
            for c in m.cures
        ],
    }


def answer_json(a: Answer) -> dict[str, Any]:
    """One agreement as plain text."""
    return {
        "scheme": a.scheme,
        "code": a.code,
        "name_zh": a.name_zh,
        "name_en": a.name_en,
        "status": a.status,
        "rule": a.rule,
        "rule_from": a.rule_from,
        "rule_state": a.outcome.state,
        "reasons": [f.to_json() for f in a.outcome.lines],
        "questions": [f.to_json() for f in a.outcome.questions],
        "margins": [margin_json(m) for m in a.outcome.margins],
        "achieved": [f.to_json() for f in a.achieved],
        "assumptions": [f.to_json() for f in a.assumptions],
        "direct_consignment": a.transit,
        "transit": [f.to_json() for f in a.transit_lines],
        "proof": [f.to_json() for f in a.proof],
        "rate": a.rate,
        "saving": None if a.saving is None else {"amount": yuan(a.saving), "currency": "CNY"},
        "duty_saving": None if a.duty_saving is None else {"amount": yuan(a.duty_saving), "currency": "CNY"},
        "rcep_origin": None
        if a.rcep is None
        else {"country": a.rcep.country, "shares_ppm": a.rcep.shares, "reason": a.rcep.line.to_json()},
        "because": a.because,
        "because_zh": cite_text(a.because, "zh") if a.because else "",
        "because_en": cite_text(a.because, "en") if a.because else "",
        "confidence": a.confidence,
    }


def json_of(e: Examination) -> dict[str, Any]:
    """The examination as plain text, for programs."""
    return {
        "schema": "tongguan-origin/1",
        "product": e.product,
        "commodity_code": e.code,
        "country": e.country,
        "day": e.day.isoformat(),
        "best": e.best.scheme if e.best else None,
        "taxes_without_preference": None
        if e.without_preference is None
        else {"amount": yuan(e.without_preference), "currency": "CNY"},
        "agreements": [answer_json(a) for a in e.answers],
        "non_preferential": {
            "country": e.non_preferential.country,
            "rule": e.non_preferential.rule,
            "reasons": [f.to_json() for f in e.non_preferential.lines],
            "because": e.non_preferential.because,
            "confidence": e.non_preferential.confidence,
        },
        "findings": [f.to_json() for f in e.findings],
    }


# --- past imports ------------------------------------------------------------------------------------------------------------------


def _missed_state(m: Missed, language: str) -> str:
    text = render(f"missed.state_{m.state}", {"until": m.until.isoformat()}, language)
    if m.three_years_until is not None and m.state in ("open", "expired", "depends_on_declaration"):
        text += ("" if language == "zh" else " ") + render(
            "missed.or_three_years", {"until": m.three_years_until.isoformat()}, language
        )
    return text


def search_text(s: Search, language: str) -> str:
    """Missed preferences, dearest first, in "zh" or "en"."""
    zh = language == "zh"
    total, sure = yuan_grouped(s.total()), yuan_grouped(s.total("open"))
    lines = [
        f"{s.rows} 行进口，{len({m.row for m in s.missed})} 行有未用的优惠，合计 {total} 元；其中可申请退还 {sure} 元。"
        if zh
        else f"{s.rows} imports; {len({m.row for m in s.missed})} with a preference nobody used: CNY {total} in all, of which CNY {sure} can be claimed."
    ]
    for m in s.missed:
        name = m.scheme_zh if zh else m.scheme_en
        goods = m.name_zh if zh else m.name_en
        lines += ["", f"{m.id}  {m.code} {goods} {m.origin} → [{m.scheme}] {name}: {m.rate_paid} → {m.rate}"]
        lines.append(
            f"  少缴关税 {yuan_grouped(m.duty)} 元，含代征税合计 {yuan_grouped(m.in_all)} 元"
            if zh
            else f"  duty CNY {yuan_grouped(m.duty)}, with taxes on it CNY {yuan_grouped(m.in_all)}"
        )
        lines.append("  " + _missed_state(m, language))
        lines.append(
            f"  {'依据' if zh else 'because'}{'：' if zh else ': '}{cite_text(m.because, language)} ({m.confidence})"
        )
    if s.missed:
        lines += ["", render("missed.vat_deducted", {}, language)]
    if s.without_rate:
        held = ", ".join(f"{scheme} ({count})" for scheme, count in sorted(s.without_rate.items()))
        lines += [
            "",
            f"以下协定的税率未收录，未计入：{held}"
            if zh
            else f"Agreements whose rate is not held, and which are not counted: {held}",
        ]
    lines += [f"{f.path}: {f.message(language)}" for f in s.findings]
    return "\n".join(lines) + "\n"


def search_json(s: Search) -> dict[str, Any]:
    """The search as plain text, for programs."""
    return {
        "schema": "tongguan-missed-preferences/1",
        "rows": s.rows,
        "total": {"amount": yuan(s.total()), "currency": "CNY"},
        "claimable": {"amount": yuan(s.total("open")), "currency": "CNY"},
        "missed": [
            {
                "row": m.row,
                "id": m.id,
                "commodity_code": m.code,
                "origin": m.origin,
                "scheme": m.scheme,
                "scheme_zh": m.scheme_zh,
                "scheme_en": m.scheme_en,
                "rate_paid": m.rate_paid,
                "rate": m.rate,
                "duty": {"amount": yuan(m.duty), "currency": "CNY"},
                "total": {"amount": yuan(m.in_all), "currency": "CNY"},
                "claim_until": m.until.isoformat(),
                "three_years_until": m.three_years_until.isoformat() if m.three_years_until else None,
                "state": m.state,
                "message_zh": _missed_state(m, "zh"),
                "message_en": _missed_state(m, "en"),
                "because": m.because,
                "confidence": m.confidence,
            }
            for m in s.missed
        ],
        "rate_not_held": s.without_rate,
        "findings": [f.to_json() for f in s.findings],
    }
