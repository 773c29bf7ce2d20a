"""Makers for the channels: a world of one tariff line with round rates, and short ways to ask."""

from __future__ import annotations

import re

from tongguan.assessment.assess import assess
from tongguan.assessment.reading import read_shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.tariff.schedule import Schedule, read_lines, read_rates

LINE = "99990010"
"""A line of the test's own schedule."""
UNFILLED = re.compile(r"\{[a-z_]+\}")
"""A fact a text asks for and did not get."""


def world_of(mfn: str = "0.10", vat_class: str = "standard", ct_class: str = "", code: str = LINE) -> World:
    """The shipped law with one line of one MFN rate. The law is real, the line is not."""
    line = {"code": code, "since": "2018-01-01", "until": "", "unit": "kg", "second_unit": "", "vat_class": vat_class, "ct_class": ct_class,
            "name_zh": "测试商品", "name_en": "Test goods", "policy_topic": "", "source": "test", "confidence": "V1"}  # fmt: skip
    rates = [
        {"code": code, "kind": kind, "scheme": "", "since": "2018-01-01", "until": "", "ad_valorem": rate, "specific": "", "per_unit": "", "formula": "",
         "verified_until": "2026-12-31", "source": "test", "confidence": "V1", "note": ""}
        for kind, rate in (("mfn", mfn), ("general", "0.50"))
    ]  # fmt: skip
    shipped = shipped_world()
    return World(
        shipped.law, Schedule(read_lines([line]), read_rates(rates), "test"), shipped.origins, shipped.overlays, "test"
    )


def item(price: str, code: str = LINE, origin: str | None = "JP", **more: object) -> dict:
    """One goods item in yuan."""
    return {"commodity_code": code, "price": price, **({"origin": origin} if origin else {}), **more}


def ask(
    channel: str,
    declared: str,
    items: list[dict],
    facts: dict | None = None,
    world: World | None = None,
    **more: object,
):
    """The assessment of a shipment in a channel."""
    dates = {"declared": declared, **more.pop("dates", {})}
    content = {
        "shipment": "test",
        "channel": channel,
        "dates": dates,
        "currency": "CNY",
        "items": items,
        "facts": facts or {},
        **more,
    }
    return assess(read_shipment(content), world)


def charges_of(answer) -> dict[str, str]:
    """What is payable of each kind, in yuan, over the options that apply."""
    sums: dict[str, int] = {}
    for one in answer.items:
        for charge in one.applied.charges:
            sums[charge.kind] = sums.get(charge.kind, 0) + charge.payable
    return {kind: f"{fen // 100}.{fen % 100:02d}" for kind, fen in sums.items()}


def codes(answer) -> set[str]:
    """The codes of all findings."""
    return {f.code for f in answer.all_findings}


def check_sums(answer) -> None:
    """Every charge recomputes, every total adds up, every range is a range, every text exists."""
    from tongguan.grammar.findings import catalogue

    for one in answer.items:
        assert one.low is None or one.high is None or one.low <= one.high
        for option in one.options:
            assert option.total is None or option.total == sum(c.payable for c in option.charges)
            for charge in option.charges:
                assert charge.recompute() == charge.amount, charge
                assert charge.payable in (0, charge.amount)
                assert charge.payable == charge.amount or charge.waived_because
            for reason in option.reasons:
                assert reason.code in catalogue(), reason.code
                assert not UNFILLED.search(reason.text("zh") + reason.text("en")), reason
    for charge in answer.surcharges:
        assert charge.recompute() == charge.amount
    for finding in answer.all_findings:
        assert finding.code in catalogue(), finding.code
        texts = [finding.message(x) + finding.next_step(x) for x in ("zh", "en")]
        assert not UNFILLED.search("".join(texts)), finding
    answer.to_json()
