"""The answer: one paper, and all papers of one item."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from tongguan.assessment.letter import clean
from tongguan.grammar.citations import WEAK, cite_text
from tongguan.grammar.findings import Finding
from tongguan.law.controls.evaluate import BANNED, CONDITIONAL, NOT_ENCODED, NOT_REQUIRED, REQUIRED
from tongguan.law.controls.tables import Days, Exemption, Words, attribute_file, bodies, declaration_fields, documents

STATUSES = (BANNED, REQUIRED, CONDITIONAL, NOT_ENCODED, NOT_REQUIRED)
"""In the order they are told: what stops the goods, what is needed, what turns on a fact, what we do not know, what is not needed."""

STATUS_WORDS = {
    REQUIRED: ("需要", "required"),
    CONDITIONAL: ("视情况", "depends"),
    NOT_REQUIRED: ("不需要", "not required"),
    BANNED: ("禁止", "banned"),
    NOT_ENCODED: ("未收录", "not encoded"),
}


DECISIVE = frozenset({"line-not-held", "ecommerce-positive-list"})
"""Gaps that leave open whether the goods may enter at all."""


class Paper(msgspec.Struct, frozen=True):
    """One thing the border asks, or does not ask, of an item.

    status         required; conditional (see `missing`); not_required, with why; banned; not_encoded
    reason         rule, exemption, channel, condition, dropped, asked, catalogue, access, claim or list: what decided it
    why, because   the words and the article
    perhaps_exempt exemptions that a fact nobody stated would open
    """

    id: str
    family: str
    status: str
    name_zh: str
    name_en: str
    why_zh: str
    why_en: str
    because: str
    confidence: str
    reason: str = "rule"
    document: str = ""
    inspection: str = ""
    authority: tuple[str, ...] = ()
    stage: str = "arrival"
    fields: tuple[str, ...] = ()
    days: tuple[Days, ...] = ()
    prepare: tuple[Words, ...] = ()
    alternatives: tuple[Words, ...] = ()
    perhaps_exempt: tuple[Exemption, ...] = ()
    missing: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    in_quantity: bool = False

    def name(self, language: str) -> str:
        """What it is called in "zh" or "en"."""
        return self.name_zh if language == "zh" else self.name_en

    def why(self, language: str) -> str:
        """Why it is asked, or not asked."""
        return self.why_zh if language == "zh" else self.why_en

    @property
    def is_unsure(self) -> bool:
        """Whether it rests on memory alone."""
        return self.confidence in WEAK

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "id": self.id,
            "family": self.family,
            "status": self.status,
            "reason": self.reason,
            "name_zh": self.name_zh,
            "name_en": self.name_en,
            "document": self.document,
            "document_zh": documents()[self.document].name_zh if self.document else "",
            "document_en": documents()[self.document].name_en if self.document else "",
            "inspection_class": self.inspection,
            "authority": [
                {"code": code, "name_zh": bodies()[code].name_zh, "name_en": bodies()[code].name_en}
                for code in self.authority
            ],
            "stage": self.stage,
            "why_zh": clean(self.why_zh),
            "why_en": clean(self.why_en),
            "because": self.because,
            "because_zh": cite_text(self.because, "zh") if self.because else "",
            "because_en": cite_text(self.because, "en") if self.because else "",
            "in_force_from": self.since.isoformat() if self.since else None,
            "in_force_until": self.until.isoformat() if self.until else None,
            "statutory_days": [_days_json(days) for days in self.days],
            "prepare": [_words_json(words) for words in self.prepare],
            "declaration_fields": [
                {
                    "id": name,
                    "name_zh": declaration_fields()[name].name_zh,
                    "name_en": declaration_fields()[name].name_en,
                }
                for name in self.fields
            ],
            "alternatives": [_words_json(words) for words in self.alternatives],
            "would_be_exempt": [{"id": e.id, "zh": e.zh, "en": e.en, "because": e.cites} for e in self.perhaps_exempt],
            "missing_facts": [_question_json(name) for name in self.missing],
            "assumed_facts": list(self.assumed),
            "written_off_by_quantity": self.in_quantity,
            "confidence": self.confidence,
        }


def question(name: str, language: str) -> str:
    """The question behind a missing fact."""
    attribute = attribute_file().attributes.get(name)
    if attribute is not None:
        return attribute.question_zh if language == "zh" else attribute.question_en
    plain = {
        "origin": ("原产于哪个国家或地区？", "Of which country or region are the goods?"),
        "commodity_code": ("完整的八位或十位税号是什么？", "What is the full code of eight or ten digits?"),
        "price": ("成交价格是多少？", "What is the price?"),
        "keeps_remark": ("商品是否符合清单备注？", "Do the goods keep the remark of the list?"),
        "supervision_mode": ("监管方式是1210、1239还是9610？", "Is the supervision mode 1210, 1239 or 9610?"),
        "on_positive_list": (
            "这一税号是否在跨境电商零售进口商品清单上？",
            "Is the line on the list of e-commerce retail imports?",
        ),
        "quantity_this_year": ("本年内该消费者已购多少？", "How much has this buyer had this year?"),
    }
    zh, en = plain.get(name, (name, name))
    return zh if language == "zh" else en


def _question_json(name: str) -> dict[str, Any]:
    attribute = attribute_file().attributes.get(name)
    values = {value: words.en for value, words in attribute.values.items()} if attribute else {}
    return {"fact": name, "question_zh": question(name, "zh"), "question_en": question(name, "en"), "values": values}


def _days_json(days: Days) -> dict[str, Any]:
    return {
        "number": days.number,
        "kind": days.kind,
        "counts": "before the event"
        if days.before
        else "for the importer"
        if days.deadline
        else "from the application",
        "for_zh": days.zh,
        "for_en": days.en,
        "because": days.cites,
        "confidence": days.confidence,
    }


def _words_json(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en, "because": words.cites}


class Papers(msgspec.Struct, frozen=True):
    """Everything the border asks of one item."""

    commodity_code: str
    name_zh: str
    name_en: str
    origin: str
    channel: str
    day: dt.date
    papers: tuple[Paper, ...]
    findings: tuple[Finding, ...] = ()
    origin_zh: str = ""
    origin_en: str = ""

    def of(self, status: str) -> list[Paper]:
        """The papers of one status."""
        return [paper for paper in self.papers if paper.status == status]

    def get(self, identifier: str) -> Paper | None:
        """A paper by its identifier."""
        return next((paper for paper in self.papers if paper.id == identifier), None)

    @property
    def open_ends(self) -> list[Paper]:
        """What could still stop the goods: access, bans and lists that turn on a fact or are not encoded."""
        undecided = [p for p in self.papers if p.status in (CONDITIONAL, NOT_ENCODED)]
        return [p for p in undecided if p.family == "quarantine_access" or p.id.endswith("-ban") or p.id in DECISIVE]

    @property
    def may_enter(self) -> bool | None:
        """False when something bans the goods, None when a fact decides it or it is not encoded, else True."""
        if self.of(BANNED):
            return False
        return None if self.open_ends or not self.papers else True

    @property
    def missing_facts(self) -> tuple[str, ...]:
        """Facts that would settle something, each once."""
        return tuple(dict.fromkeys(name for paper in self.papers for name in paper.missing))

    def to_json(self) -> dict[str, Any]:
        """As plain text."""
        return {
            "commodity_code": self.commodity_code,
            "name_zh": clean(self.name_zh),
            "name_en": clean(self.name_en),
            "origin": self.origin,
            "channel": self.channel,
            "day": self.day.isoformat(),
            "may_enter": self.may_enter,
            "papers": [paper.to_json() for paper in self.papers],
            "missing_facts": [_question_json(name) for name in self.missing_facts],
            "findings": [finding.to_json() for finding in self.findings],
        }
