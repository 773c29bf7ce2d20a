"""Worked cases of the families: goods on a day in, what each requirement of the family says out."""

from __future__ import annotations

from decimal import Decimal

from tongguan.law.channels.facts import day_of
from tongguan.law.controls.evaluate import NO_MATTER, Goods, Verdict, evaluate
from tongguan.law.controls.tables import family


def goods_of(given: dict[str, object]) -> Goods:
    """The goods a case describes."""
    stated = given.get("facts")
    value = given.get("value")
    return Goods(
        code=str(given["code"]),
        day=day_of(given),
        origin=str(given["origin"]) if "origin" in given else None,
        channel=str(given.get("channel", "general_trade")),
        facts={str(k): str(v) for k, v in stated.items()} if isinstance(stated, dict) else {},
        value=None if value is None else Decimal(str(value)),
    )


def shown(verdict: Verdict) -> str:
    """A verdict on one line: "required", "conditional: radio", "not_required, exemption"."""
    if verdict.missing:
        return f"{verdict.status}: {', '.join(verdict.missing)}"
    return verdict.status if verdict.reason in ("", "rule", "catalogue") else f"{verdict.status}, {verdict.reason}"


def family_case(name: str, given: dict[str, object]) -> dict[str, object]:
    """What every requirement of a family says that has anything to say."""
    goods = goods_of(given)
    verdicts = {requirement.id: evaluate(requirement, goods) for requirement in family(name)}
    return {key: shown(verdict) for key, verdict in verdicts.items() if verdict.status != NO_MATTER}
