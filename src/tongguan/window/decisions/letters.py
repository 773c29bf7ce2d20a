"""Decision letters: what was decided, why, on which article, what can be done against it; in both languages, kept as they were sent.

Law      administrative-review-law#20 (sixty days), administrative-litigation-law#45, #46, tariff-law-2024#66 (about tax, review comes first)
Reading  Against a customs office one asks the office one level up; against a department of the State Council the department itself (from memory).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from django.db.models import QuerySet

from tongguan.grammar.citations import cite_text
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.parameters import RuleParameters, load_parameters
from tongguan.law.controls.tables import bodies
from tongguan.window.access.actor import Actor, Moment
from tongguan.window.accounts.models import Organisation
from tongguan.window.decisions.models import Letter
from tongguan.window.declarations.models import Declaration
from tongguan.window.look.texts import say
from tongguan.window.look.written import day

Remedy = Literal["review", "tax"]
"""review: against any decision; tax: against decisions about tax, where review comes before the court."""
LANGUAGES = ("zh", "en")


@cache
def periods() -> RuleParameters:
    """The periods of the remedies, dated and cited."""
    return load_parameters(Path(__file__).parent / "parameters.yaml", "window/decisions")


def write(
    actor: Actor,
    moment: Moment,
    declaration: Declaration,
    act: str,
    *,
    subject: str = "",
    reason: str = "",
    because: str = "",
    remedy: Remedy = "review",
    body: str = "",
    facts: Mapping[str, tuple[str, str]] | None = None,
) -> Letter:
    """Write the letter of an act (texts.yaml: letter_<act>) about a declaration.

    `body`   the deciding body where it is not Customs
    `facts`  what the text fills in, by name, in Chinese and in English
    """
    said = {
        language: _text(
            declaration, act, moment, language, reason, because, remedy, body,
            {name: both[place] for name, both in (facts or {}).items()},
        )
        for place, language in enumerate(LANGUAGES)
    }  # fmt: skip
    letter = Letter(
        subject=subject or declaration.subject, declaration_id=declaration.pk, act=act, text_zh=said["zh"], text_en=said["en"],
        because=because, written_by=actor.name, written_at=moment.at,
    )  # fmt: skip
    letter.save(force_insert=True)
    return letter


def write_to_firm(
    actor: Actor, moment: Moment, firm: Organisation, act: str, *, reason: str, because: str = ""
) -> Letter:
    """Write the letter of a decision about a firm itself (texts.yaml: letter_<act>)."""
    said = {}
    for language in LANGUAGES:
        name = firm.name_zh if language == "zh" else firm.name_en or firm.name_zh
        parts = [say("decisions.letter_firm_head", language, firm=name), say(f"decisions.letter_{act}", language)]
        said[language] = _closed(parts, moment, language, reason, because, "review", "")
    letter = Letter(
        subject=firm.subject, declaration_id=0, act=act, text_zh=said["zh"], text_en=said["en"], because=because,
        written_by=actor.name, written_at=moment.at,
    )  # fmt: skip
    letter.save(force_insert=True)
    return letter


def about_firm(firm: Organisation) -> QuerySet[Letter]:
    """The letters about how a firm stands, the newest first."""
    return Letter.objects.filter(subject=firm.subject).order_by("-pk")


def readable_by(actor: Actor, declaration: Declaration) -> QuerySet[Letter]:
    """The letters about a declaration the actor may see: a body reads those about its own cases, everybody else all of them."""
    rows = Letter.objects.filter(declaration_id=declaration.pk)
    if actor.reach("see_letter") == "addressed":
        own = declaration.permit_cases.filter(body=actor.body)
        rows = rows.filter(subject__in=[case.subject for case in own])
    return rows


def _text(
    declaration: Declaration,
    act: str,
    moment: Moment,
    language: str,
    reason: str,
    because: str,
    remedy: Remedy,
    body: str,
    facts: Mapping[str, str],
) -> str:
    importer = declaration.importer
    name = importer.name_zh if language == "zh" else importer.name_en or importer.name_zh
    parts = [
        say(
            "decisions.letter_head", language, importer=name, number=declaration.number, goods=declaration.goods_summary
        ),
        say(f"decisions.letter_{act}", language, **{"body": _office(body, language), **facts}),
    ]
    return _closed(parts, moment, language, reason, because, remedy, body)


def _closed(
    parts: list[str], moment: Moment, language: str, reason: str, because: str, remedy: Remedy, body: str
) -> str:
    """What was decided, and below it why, on which article, what can be done against it, who decided and when."""
    if reason:
        parts.append(say("decisions.letter_reason", language, reason=reason))
    if because:
        parts.append(say("decisions.letter_because", language, because=cite_text(because, language)))
    parts.append(remedy_text(moment, language, remedy, is_customs=not body or body == "GACC"))
    parts.append(say("decisions.letter_foot", language, office=_office(body, language), day=day(moment.day, language)))
    return "\n\n".join(parts)


def _office(body: str, language: str) -> str:
    held = bodies().get(body)
    if held is None:
        return say("decisions.customs_office", language)
    return held.name_zh if language == "zh" else held.name_en


def remedy_text(moment: Moment, language: str, remedy: Remedy, *, is_customs: bool) -> str:
    """What can be done against a decision of this day, until when, before whom, on which article."""
    try:
        review, suit, after = (
            periods().at(name, moment.day) for name in ("review_days", "suit_months", "suit_after_review_days")
        )
    except OutOfCoverage:
        return say("decisions.letter_remedy_open", language)
    return say(
        f"decisions.letter_remedy_{remedy}",
        language,
        authority=say("decisions.customs_above" if is_customs else "decisions.same_department", language),
        review_days=review.value,
        review_because=cite_text(review.citation + ("; tariff-law-2024#66" if remedy == "tax" else ""), language),
        suit_months=suit.value,
        suit_because=cite_text(suit.citation, language),
        after_days=after.value,
        after_because=cite_text(after.citation, language),
    )
