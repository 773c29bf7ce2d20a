"""Papers that follow from what is claimed: a preference, an exclusion, a line of the e-commerce list."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from tongguan.assessment.papers.facts import NO_WORDS, YES_WORDS
from tongguan.assessment.papers.paper import Paper
from tongguan.assessment.shipment import GoodsItem, Preference
from tongguan.assessment.world import World
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import render
from tongguan.grammar.money import milli_of
from tongguan.law.channels.cross_border_ecommerce import positive_list
from tongguan.law.controls.countermeasure_exclusion.rule import DUTY_DUE, EXCLUDED, exclusion
from tongguan.law.controls.evaluate import BANNED, CONDITIONAL, NOT_ENCODED, NOT_REQUIRED, REQUIRED, Goods
from tongguan.law.controls.origin_papers.rule import NEEDED, OPEN, WAIVED, proof
from tongguan.law.controls.tables import Requirement, requirements

CENTS = 100


def _paper(frame: Requirement, family: str, status: str, code: str, facts: dict[str, str], **more: object) -> Paper:
    """A paper whose words come from the catalogue of messages."""
    period = frame.periods[-1]
    given: dict[str, object] = {
        "id": frame.id, "family": family, "status": status, "name_zh": frame.name_zh, "name_en": frame.name_en, "why_zh": render(code, facts, "zh"),
        "why_en": render(code, facts, "en"), "because": period.cites, "confidence": period.confidence, "reason": "claim", "document": frame.document,
        "authority": tuple(frame.authority), "stage": frame.stage, "fields": tuple(frame.fields), "days": tuple(frame.days),
        "prepare": tuple(frame.prepare) if status == REQUIRED else (), "in_quantity": frame.in_quantity, "since": period.since,
    }  # fmt: skip
    return Paper(**{**given, **more})  # type: ignore[arg-type]  # the fields of Paper, by name


def origin_papers(item: GoodsItem, goods: Goods, exchange_rates: dict[str, Decimal], world: World) -> list[Paper]:
    """A proof for each preference claimed; when none is claimed, why none is needed."""
    _, frame = requirements()["origin-proof"]
    if not item.preferences:
        return [_not_claimed()]
    return [_claim(frame, claim, item, goods, exchange_rates, world) for claim in item.preferences]


@cache
def _not_claimed() -> Paper:
    """Why no proof of origin is needed where no preference is claimed."""
    _, frame = requirements()["origin-proof"]
    return _paper(frame, "origin_papers", NOT_REQUIRED, "papers.origin_not_claimed", {}, reason="asked")


def _claim(
    frame: Requirement,
    claim: Preference,
    item: GoodsItem,
    goods: Goods,
    exchange_rates: dict[str, Decimal],
    world: World,
) -> Paper:
    scheme = world.origins.schemes.get(claim.scheme)
    identifier = f"origin-proof:{claim.scheme}"
    if scheme is None or not scheme.since <= goods.day <= scheme.until:
        facts = {"scheme": claim.scheme[:40], "day": goods.day.isoformat()}
        return _paper(frame, "origin_papers", NOT_ENCODED, "papers.origin_scheme_not_held", facts, id=identifier)
    value = _in_currency(item, scheme.waiver_currency, exchange_rates)
    limit = scheme.waiver_amount
    result = proof(True, limit is not None, value is not None, int((value or 0) * CENTS), int((limit or 0) * CENTS))
    facts = {
        "scheme_zh": scheme.name_zh, "scheme_en": scheme.name_en, "limit": f"{limit} {scheme.waiver_currency}" if limit else "-",
        "proofs_zh": "、".join(PROOFS[p][0] for p in scheme.proofs), "proofs_en": " or ".join(PROOFS[p][1] for p in scheme.proofs),
    }  # fmt: skip
    status, code = {
        NEEDED: (REQUIRED, "papers.origin_proof_needed"),
        WAIVED: (NOT_REQUIRED, "papers.origin_proof_waived"),
        OPEN: (CONDITIONAL, "papers.origin_proof_open"),
    }[result]
    more: dict[str, object] = {
        "id": identifier,
        "because": f"{scheme.cites}; gacc-order-181",
        "confidence": scheme.confidence,
    }
    if result == OPEN:
        more["missing"] = ("price",)
    names = {"name_zh": f"{frame.name_zh}：{scheme.name_zh}", "name_en": f"{frame.name_en}: {scheme.name_en}"}
    return _paper(frame, "origin_papers", status, code, facts, **more, **names)


PROOFS = {
    "certificate": ("原产地证书", "a certificate of origin"),
    "declaration": ("原产地声明", "a declaration of origin"),
    "approved_exporter_declaration": ("经核准出口商的原产地声明", "an approved exporter's declaration"),
}


def _in_currency(item: GoodsItem, currency: str, exchange_rates: dict[str, Decimal]) -> Decimal | None:
    """The item's price in another currency, by the rates of the shipment; None when a rate is missing."""
    if item.price is None or not currency:
        return None
    if item.currency == currency:
        return item.price
    rates = {**exchange_rates, "CNY": Decimal(1)}
    own, other = rates.get(item.currency), rates.get(currency)
    return None if own is None or not other else item.price * own / other


def exclusion_papers(item: GoodsItem, goods: Goods, world: World) -> list[Paper]:
    """Letter 0: filled in under an exclusion; otherwise only told where an additional duty stands."""
    _, frame = requirements()["countermeasure-exclusion"]
    rows = (
        world.overlays.on(goods.code, goods.origin, goods.day, item.exporter, world.origins)
        if goods.origin in world.origins.countries
        else []
    )
    measures = {row.measure: world.overlays.measures[row.measure] for row in rows}
    retaliatory = [m for m in measures.values() if m.kind not in ("anti_dumping", "countervailing", "safeguard")]
    result = exclusion(bool(retaliatory), item.has_exclusion)
    facts = {
        "measures_zh": "；".join(m.name_zh for m in retaliatory),
        "measures_en": "; ".join(m.name_en for m in retaliatory),
    }
    if result == EXCLUDED:
        return [_paper(frame, "countermeasure_exclusion", REQUIRED, "papers.exclusion_granted", facts)]
    if result == DUTY_DUE:
        return [
            _paper(
                frame, "countermeasure_exclusion", NOT_REQUIRED, "papers.exclusion_not_needed", facts, reason="asked"
            )
        ]
    return []


def listing_paper(item: GoodsItem, goods: Goods, shipment_facts: dict[str, str]) -> Paper | None:
    """Whether an e-commerce line is on the positive list and keeps its remark; the waiver of first-import papers rests on it."""
    if goods.channel != "cross_border_ecommerce":
        return None
    base: dict[str, object] = {
        "id": "ecommerce-positive-list", "family": "channel_waivers", "name_zh": "跨境电商零售进口商品清单及备注",
        "name_en": "List of e-commerce retail imports and its remarks", "authority": ("MOF", "MOFCOM", "GACC"), "stage": "contract",
        "fields": ("not_declared",), "reason": "list",
    }  # fmt: skip
    try:
        line = positive_list.line_of(goods.code, goods.day)
    except OutOfCoverage as outside:
        return _by_statement(base, item, goods, outside)
    kind = positive_list.REMARK_KINDS[line.remark_kind]
    facts = {
        "line": line.code, "remark_zh": line.remark_zh, "remark_en": line.remark_en, "modes": line.modes,
        "mode": shipment_facts.get("supervision_mode", "") or "?", "limit": f"{line.limit_quantity} {line.unit}", "total": "",
    }  # fmt: skip
    kept = item.facts.get("keeps_remark", "").strip().lower()
    quantity, so_far = item.quantities.get(line.unit), item.facts.get("quantity_this_year", "").strip()
    missing = _missing(kind, kept, bool(line.modes), facts["mode"], quantity is not None, bool(so_far))
    if missing:
        return _listed(base, CONDITIONAL, "papers.listing_open", facts, line.cites, line.confidence, missing=missing)
    stated = positive_list.KEPT if kept in YES_WORDS else positive_list.NOT_KEPT
    now, before = _milli(str(quantity or 0)), _milli(so_far or "0")
    outcome = positive_list.check(line, facts["mode"], stated, now, before)
    if outcome == positive_list.LISTED:
        return _listed(base, REQUIRED, "papers.listing_kept", facts, line.cites, line.confidence)
    facts["total"] = f"{Decimal(now + before) / 1000} {line.unit}"
    refusal = {
        positive_list.REFUSED_REMARK: "channels.ecommerce_remark_not_kept",
        positive_list.REFUSED_MODE: "channels.ecommerce_mode_not_allowed",
        positive_list.REFUSED_WEIGHT: "channels.ecommerce_yearly_weight_exceeded",
    }[outcome]
    return _listed(base, BANNED, refusal, facts, line.cites, line.confidence)


def _by_statement(base: dict[str, object], item: GoodsItem, goods: Goods, outside: OutOfCoverage) -> Paper:
    """A line we do not hold: listed or not by what the declarant says, else not encoded."""
    stated = item.facts.get("on_positive_list", "").strip().lower()
    facts = {"line": goods.code[:8]}
    if stated in YES_WORDS:
        return _listed(base, REQUIRED, "papers.listing_stated", facts, "shangcaifa-2018-486", "V2")
    if stated in NO_WORDS:
        return _listed(base, BANNED, "papers.listing_denied", facts, "shangcaifa-2018-486", "V2")
    return _listed(
        base, NOT_ENCODED, outside.code, dict(outside.facts), "shangcaifa-2018-486", "V2", missing=("on_positive_list",)
    )


def _milli(text: str) -> int:
    try:
        return milli_of(text)
    except ValueError:
        return 0


def _missing(kind: int, kept: str, has_modes: bool, mode: str, has_quantity: bool, has_so_far: bool) -> tuple[str, ...]:
    """Facts the remark of a line turns on and nobody stated."""
    if kind == positive_list.REMARK_OF_GOODS and not kept:
        return ("keeps_remark",)
    if has_modes and mode == "?":
        return ("supervision_mode",)
    if kind == positive_list.REMARK_OF_QUANTITY and not (has_quantity and has_so_far):
        return ("quantity_this_year",)
    return ()


def _listed(
    base: dict[str, object], status: str, code: str, facts: dict[str, str], cites: str, confidence: str, **more: object
) -> Paper:
    words: dict[str, object] = {
        "status": status, "why_zh": render(code, facts, "zh"), "why_en": render(code, facts, "en"), "because": cites, "confidence": confidence,
    }  # fmt: skip
    return Paper(**{**base, **words, **more})  # type: ignore[arg-type]  # the fields of Paper, by name
