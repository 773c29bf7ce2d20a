"""Quarantine access and disease bans as papers."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from tongguan.assessment.papers.paper import Paper
from tongguan.grammar.findings import render
from tongguan.law.controls.channel_waivers.rule import PERSONAL
from tongguan.law.controls.evaluate import BANNED, CONDITIONAL, NOT_ENCODED, REQUIRED, Goods
from tongguan.law.controls.quarantine_access import rule
from tongguan.law.controls.tables import Requirement, requirements

STATUS = {
    rule.NOT_ENCODED: NOT_ENCODED,
    rule.NOT_YET: BANNED,
    rule.PROTOCOL: CONDITIONAL,
    rule.REGION_OPEN: CONDITIONAL,
    rule.ALLOWED: REQUIRED,
    rule.SUSPENDED: BANNED,
    rule.BANNED: BANNED,
    rule.REGION_BANNED: CONDITIONAL,
}
CODES = {
    rule.NOT_ENCODED: "papers.access_not_encoded",
    rule.NOT_YET: "papers.access_not_yet",
    rule.PROTOCOL: "papers.access_protocol",
    rule.REGION_OPEN: "papers.access_regions",
    rule.ALLOWED: "papers.access_allowed",
    rule.SUSPENDED: "papers.access_suspended",
    rule.BANNED: "papers.access_banned",
    rule.REGION_BANNED: "papers.access_perhaps_banned",
}


LINE_DIGITS = 8


class Names(NamedTuple):
    """A country in both languages."""

    zh: str
    en: str


def access_papers(goods: Goods, country: Names) -> list[Paper]:
    """One paper for each product of the matrix the goods belong to, and one for each disease ban that reaches them."""
    if goods.channel in PERSONAL:
        # what persons carry or post has a list of its own
        return []
    found = []
    for product in rule.concerned(goods.code, goods.facts):
        answer = rule.access(product, goods.code, goods.origin, goods.day, goods.facts)
        if answer.outcome == rule.CLOSED:
            continue
        _, frame = requirements()["disease-ban" if product.is_disease else "quarantine-access"]
        found.append(_paper(frame, answer, goods.day, country, is_only_origin=goods.origin is None))
    if len(goods.code) < LINE_DIGITS and rule.reached_by_longer(goods.code):
        found = [p for p in found if p.status != NOT_ENCODED] or [_of_heading(country)]
    settled = [p for p in found if p.status != NOT_ENCODED]
    # several products may share a code (frozen fruit): what is not the goods' own product is not a second gap
    return settled or found[:1]


def _of_heading(country: Names) -> Paper:
    """Access of a heading: it is decided line by line."""
    _, frame = requirements()["quarantine-access"]
    return Paper(
        id=frame.id, family="quarantine_access", status=CONDITIONAL, name_zh=frame.name_zh, name_en=frame.name_en,
        why_zh=render("papers.access_code_short", {"country": country.zh}, "zh"), why_en=render("papers.access_code_short", {"country": country.en}, "en"),
        because=frame.periods[-1].cites, confidence="V1", reason="access", inspection=frame.inspection, authority=tuple(frame.authority),
        stage=frame.stage, fields=tuple(frame.fields), missing=("commodity_code",),
    )  # fmt: skip


def _paper(frame: Requirement, answer: rule.Access, day: dt.date, country: Names, is_only_origin: bool) -> Paper:
    """The frame's words around what the matrix says."""
    pair, product = answer.pair, answer.product
    facts = {
        "product_zh": product.name_zh, "product_en": product.name_en, "country_zh": country.zh, "country_en": country.en, "day": day.isoformat(),
        "since_zh": "", "since_en": "", "remark_zh": "", "remark_en": "", "regions": "",
    }  # fmt: skip
    if pair is not None:
        facts |= {
            "since_zh": _since(pair, "zh"),
            "since_en": _since(pair, "en"),
            "remark_zh": pair.zh,
            "remark_en": (" " + pair.en) if pair.en else "",
        }
        facts["regions"] = ", ".join(region.removeprefix("not ") for region in pair.regions)
    code = "papers.access_origin_missing" if is_only_origin else CODES[answer.outcome]
    status = CONDITIONAL if is_only_origin else STATUS[answer.outcome]
    if status == REQUIRED and answer.missing:
        status = CONDITIONAL
    return Paper(
        id=f"{frame.id}:{product.product}",
        family="quarantine_access",
        status=status,
        name_zh=f"{frame.name_zh}：{country.zh}{product.name_zh}"
        if country.zh
        else f"{frame.name_zh}：{product.name_zh}",
        name_en=f"{frame.name_en}: {product.name_en}" + (f" of {country.en}" if country.en else ""),
        why_zh=render(code, facts, "zh"),
        why_en=_sentence(render(code, facts, "en")),
        because=pair.cites if pair is not None else frame.periods[-1].cites,
        confidence=pair.confidence if pair is not None else "V1",
        reason="access",
        inspection=frame.inspection,
        authority=tuple(frame.authority),
        stage=frame.stage,
        fields=tuple(frame.fields),
        prepare=tuple(frame.prepare) if status in (REQUIRED, CONDITIONAL) and not product.is_disease else (),
        missing=answer.missing,
        since=pair.since if pair is not None and pair.since > rule.LONG_AGO else None,
        until=pair.until if pair is not None and pair.until < rule.FOREVER else None,
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _since(pair: rule.Pair, language: str) -> str:
    """Since when, as surely as it is known."""
    if pair.since_is == "unknown":
        return (
            "（在本系统起算日之前已准入，据记录）"
            if language == "zh"
            else " (open before our coverage begins, as far as recorded)"
        )
    if pair.since_is == "at_latest":
        return f"（不晚于{pair.since}）" if language == "zh" else f" (not later than {pair.since})"
    return f"（自{pair.since}）" if language == "zh" else f" (since {pair.since})"
