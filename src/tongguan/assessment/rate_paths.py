"""The bases of taxation an item could have: without preference, inside a quota, under each agreement or arrangement of its origin.

For each the rule of choice (`law/duty_rate/selection`) says which rate it leads to; what must still be shown for it is named.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from tongguan.assessment.charging import duty_under
from tongguan.assessment.result import Reason
from tongguan.assessment.shipment import GoodsItem, Preference
from tongguan.assessment.terms import TARIFF_LAW_FROM, Known, Path, choice_article, quota_article
from tongguan.assessment.world import World
from tongguan.grammar.citations import weakest
from tongguan.grammar.findings import Finding
from tongguan.law.duty_rate.selection import rule as selection
from tongguan.law.origin.proof_validity.rule import has_expired, last_day
from tongguan.tariff.origins import MFN_YES, Membership, Scheme
from tongguan.tariff.proofs import validity
from tongguan.tariff.schedule import Rate

PROOFS = {
    "certificate": ("原产地证书", "a certificate of origin"),
    "declaration": ("原产地声明", "a declaration of origin"),
    "approved_exporter_declaration": ("经核准出口商原产地声明", "a declaration of origin by an approved exporter"),
}


class Bases(NamedTuple):
    """Bases open to an item, those another article displaces, and schemes whose rate we do not hold."""

    paths: list[Path]
    displaced: list[Path]
    not_held: list[tuple[Scheme, Membership]]


class Rates(NamedTuple):
    """The rates of a line with the duty each gives, and the goods' entitlement: −1 where a rate does not exist or is not open to them."""

    by_kind: dict[str, tuple[Rate, int]]
    mfn: int
    provisional: int
    general: int

    @classmethod
    def of(cls, k: Known, by_kind: dict[str, tuple[Rate, int]]) -> Rates:
        """The rates with what the origin is entitled to (tariff-law-2024#12)."""
        duty = {kind: amount for kind, (_, amount) in by_kind.items()}
        provisional = duty.get("provisional", -1)
        if k.mfn == MFN_YES:
            # goods with MFN treatment take the provisional rate whatever the MFN rate is (#13 para. 1), so it need not be held
            return cls(by_kind, duty.get("mfn", provisional), provisional, -1)
        return cls(by_kind, -1, provisional, duty.get("general", -1))


def rates_by_kind(k: Known, world: World, findings: list[Finding]) -> dict[str, tuple[Rate, int]]:
    """The duty under each rate of the line that depends on no scheme. A sliding rate stands under "sliding"."""
    found: dict[str, tuple[Rate, int]] = {}
    for rate in world.schedule.rates_on(k.line.code, k.day):
        if rate.scheme:
            continue
        kind = "sliding" if rate.form == "sliding" else rate.kind
        if kind in found:
            findings.append(
                Finding("tariff.rates_overlap", f"{k.path}.commodity_code", {"code": k.line.code, "kind": kind})
            )
        found[kind] = (rate, duty_under(k, rate, world))
    return found


def bases_of(k: Known, world: World, findings: list[Finding]) -> Bases:
    """Every basis of an item whose origin is known."""
    rates = Rates.of(k, rates_by_kind(k, world, findings))
    bases = Bases([], [], [])
    _without_preference(k, rates, bases)
    bases.paths.extend(_inside_quota(k, rates))
    _with_preference(k, rates, bases, world)
    return bases


def _without_preference(k: Known, rates: Rates, bases: Bases) -> None:
    """tariff-law-2024#12 para. 1 and 4, #13 para. 1 and 4."""
    article = choice_article(k.day)
    kind = selection.KIND_NAMES[selection.select_rate(rates.mfn, rates.provisional, -1, -1, rates.general, -1, -1)]
    if kind == "no_rate":
        return
    rate, amount = rates.by_kind[kind]
    why = Reason(f"duty_rate.{kind}_applies", article, {"rate": rate.text()})
    bases.paths.append(Path("without_preference", kind, rate, amount, None, (), (why,), rate.confidence))
    if kind == "provisional" and "mfn" in rates.by_kind:
        bases.displaced.append(_displaced("mfn", rates, "duty_rate.displaced_by_provisional", article))
    if kind == "general" and "provisional" in rates.by_kind:
        bases.displaced.append(_displaced("provisional", rates, "duty_rate.provisional_not_for_general", article))


def _displaced(kind: str, rates: Rates, code: str, article: str) -> Path:
    rate, amount = rates.by_kind[kind]
    return Path(kind, kind, rate, amount, None, (), (Reason(code, article, {"rate": rate.text()}),), rate.confidence)


def _inside_quota(k: Known, rates: Rates) -> list[Path]:
    """In-quota rates and the cotton sliding duty, which need a certificate (tariff-law-2024#14).

    Reading: the article does not ask for the origin, so goods of any origin may be inside the quota; the sliding duty is a provisional rate and
    so not for general-rate goods (#13 para. 4).
    """
    paths = []
    if "in_quota" in rates.by_kind or "in_quota_provisional" in rates.by_kind:
        is_provisional = "in_quota_provisional" in rates.by_kind
        kind = "in_quota_provisional" if is_provisional else "in_quota"
        article = quota_article(k.day, is_provisional=is_provisional)
        needs = (
            () if k.item.has_quota_certificate else (Reason("duty_rate.needs_quota_certificate", quota_article(k.day)),)
        )
        rate, amount = rates.by_kind[kind]
        why = Reason(f"duty_rate.{kind}_applies", article, {"rate": rate.text()})
        paths.append(Path("quota", kind, rate, amount, None, needs, (why,), rate.confidence))
    if "sliding" in rates.by_kind and k.mfn == MFN_YES:
        article = choice_article(k.day)
        needs = () if k.item.has_sliding_duty_certificate else (Reason("duty_rate.needs_sliding_certificate", article),)
        rate, amount = rates.by_kind["sliding"]
        paths.append(
            Path(
                "sliding_duty_quota",
                "sliding",
                rate,
                amount,
                None,
                needs,
                (Reason("duty_rate.sliding_applies", article),),
                rate.confidence,
            )
        )
    return paths


def _with_preference(k: Known, rates: Rates, bases: Bases, world: World) -> None:
    """Every agreement or arrangement the preferential origin belongs to."""
    has_quota = "in_quota" in rates.by_kind or "in_quota_provisional" in rates.by_kind
    on_day = world.schedule.rates_on(k.line.code, k.day)
    for scheme, membership in world.origins.schemes_of(k.preferential_origin, k.day):
        held = [r for r in on_day if r.scheme == scheme.scheme]
        if not held and scheme.covers == "listed_lines":
            bases.not_held.append((scheme, membership))
        elif not held:
            kind = "in_quota" if has_quota and scheme.covers == "all_lines_quota_inside_only" else "special"
            held = [_all_lines_rate(k, scheme, kind)]
        bases.paths.extend(_scheme_path(k, scheme, membership, rate, rates, world) for rate in held)


def _all_lines_rate(k: Known, scheme: Scheme, kind: str) -> Rate:
    """The rate of an arrangement that reaches every line, as if it stood in the schedule."""
    return Rate(
        k.line.code, kind, scheme.scheme, scheme.since, scheme.until, scheme.all_lines_rate or 0, 0, 1, "", "", "", scheme.until, scheme.source,
        scheme.confidence, scheme.note,
    )  # fmt: skip


def _scheme_path(k: Known, scheme: Scheme, membership: Membership, rate: Rate, rates: Rates, world: World) -> Path:
    """One agreement or arrangement: which rate it leads to, and the proof it needs. A rate bound to a quota needs the quota's certificate too."""
    is_special = scheme.kind == "special"
    own = "special_preferential" if is_special else "conventional"
    amount = duty_under(k, rate, world)
    needs = list(_proof_needed(k, scheme))
    basis = f"scheme:{scheme.scheme}"
    article = choice_article(k.day)
    if rate.kind == "in_quota":
        basis += "" if is_special else ":quota"
        article = quota_article(k.day)
        needs += _quota_certificate_needed(k, scheme)
        reduced = rates.by_kind.get("in_quota_provisional") or rates.by_kind.get("in_quota")
        chosen = selection.select_rate(-1, -1, -1, amount, -1, reduced[1] if reduced else amount + 1, -1)
        kind = own if chosen == selection.SPECIAL_PREFERENTIAL else reduced[0].kind if reduced else own
    else:
        conventional, special = (-1, amount) if is_special else (amount, -1)
        kind = selection.KIND_NAMES[
            selection.select_rate(rates.mfn, rates.provisional, conventional, special, -1, -1, -1)
        ]
    name = {"scheme_zh": scheme.name_zh, "scheme_en": scheme.name_en, "rate": rate.text()}
    confidence = weakest([rate.confidence, membership.confidence, scheme.confidence])
    if kind == own:
        why = Reason(f"duty_rate.{own}_applies", f"{article}; {scheme.cites}", name)
        return Path(basis, kind, rate, amount, scheme, tuple(needs), (why,), confidence)
    instead, duty = rates.by_kind[kind]
    is_reading = kind == "mfn" and (is_special or k.day < TARIFF_LAW_FROM)
    code = f"duty_rate.{kind}_below_{own}" + ("_by_reading" if is_reading else "")
    why = Reason(code, article, {**name, "lower": instead.text()})
    return Path(basis, kind, instead, duty, scheme, tuple(needs), (why,), weakest([confidence, instead.confidence]))


def _quota_certificate_needed(k: Known, scheme: Scheme) -> list[Reason]:
    """The certificate for a rate that lives inside a quota: of the national quota for special rates, of the country quota for agreements."""
    if scheme.kind == "special":
        return (
            [] if k.item.has_quota_certificate else [Reason("duty_rate.needs_quota_certificate", quota_article(k.day))]
        )
    if k.says("country_quota_certificate"):
        return []
    facts = {"scheme_zh": scheme.name_zh, "scheme_en": scheme.name_en}
    return [Reason("duty_rate.needs_country_quota_certificate", f"{quota_article(k.day)}; {scheme.cites}", facts)]


# --- proof of origin -----------------------------------------------------------------------------------------------------------------


def proof_article(day: dt.date) -> str:
    """Where entitlement to agreement and special rates is written."""
    return "tariff-law-2024#12" if day >= TARIFF_LAW_FROM else "duty-regulations-2003#10"


def _proof_needed(k: Known, scheme: Scheme) -> tuple[Reason, ...]:
    """What is still to be shown for a preference; empty when the declared proof is enough."""
    because = f"{proof_article(k.day)}; {scheme.cites}"
    facts = {
        "scheme_zh": scheme.name_zh,
        "scheme_en": scheme.name_en,
        "proofs_zh": "、".join(PROOFS.get(p, (p, p))[0] for p in scheme.proofs) or "原产地证明",
        "proofs_en": " or ".join(PROOFS.get(p, (p, p))[1] for p in scheme.proofs) or "a proof of origin",
    }
    claim = claimed(k.item, scheme)
    if claim is None:
        return (Reason("origin.proof_would_open", because, facts),)
    if not claim.direct_consignment:
        return (Reason("origin.not_direct", because, facts),)
    if not claim.proof and not _proof_waived(k, scheme):
        return (Reason("origin.proof_missing", because, facts),)
    if claim.proof and scheme.proofs and claim.proof not in scheme.proofs:
        return (Reason("origin.proof_of_wrong_kind", because, {**facts, "shown": claim.proof}),)
    return _proof_expired(k, scheme, claim, facts)


def _proof_expired(k: Known, scheme: Scheme, claim: Preference, facts: dict[str, str]) -> tuple[Reason, ...]:
    """That the proof shown no longer held when it was submitted; nothing where its day or the agreement's period is not known."""
    declared = k.declared_on or k.day
    holds = validity(scheme.scheme, declared)
    if not claim.proof or claim.issued_on is None or holds is None:
        return ()
    if not has_expired(claim.issued_on.toordinal(), holds.months, declared.toordinal()):
        return ()
    days = {
        "issued": claim.issued_on.isoformat(),
        "until": dt.date.fromordinal(last_day(claim.issued_on.toordinal(), holds.months)).isoformat(),
        "months": str(holds.months),
        "declared": declared.isoformat(),
    }
    return (Reason("origin.proof_expired", holds.cites, {**facts, **days}),)


def claimed(item: GoodsItem, scheme: Scheme) -> Preference | None:
    """The claim to a scheme, by its own name or by the code of its agreement (22 means whichever RCEP schedule fits)."""
    return next((p for p in item.preferences if p.scheme in (scheme.scheme, scheme.code) and p.scheme), None)


def _proof_waived(k: Known, scheme: Scheme) -> bool:
    """Whether the consignment is small enough to need no proof of origin; False when the rate of the waiver's currency is not known.

    Reading: the amount is tested on the value of the goods item in hand.
    """
    if scheme.waiver_amount is None:
        return False
    limit = int(scheme.waiver_amount * 100)
    if scheme.waiver_currency == "CNY":
        return k.value <= limit
    if scheme.waiver_currency == "USD" and k.usd_rate_e4:
        return k.value * 10_000 <= limit * k.usd_rate_e4
    return False
