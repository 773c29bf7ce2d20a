"""Past imports, and the preferences nobody claimed: line, agreement, money left on the table, and whether it can still be had.

Every row goes through the assessment with its own day, line, origin and value; an agreement counts where its rate is held and lower. Whether the goods
would have qualified is not known from a table of imports: each row says what to prove. What the shipped schedule has no rate for is counted, never
taken for nothing.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import msgspec

from tongguan.assessment.assess import assess
from tongguan.assessment.reading import MAX_FILE_BYTES, Reader, decode
from tongguan.assessment.result import APPLIES, NEEDS_EVIDENCE, NOT_ENCODED, OPEN, Option
from tongguan.assessment.shipment import GoodsItem, Preference, Shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.grammar.citations import instruments, weakest
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.law.origin.refund_claim import rule as refund
from tongguan.law.surcharges.refund_interest.rule import claim_until

MAX_ROWS = 200_000
COLUMNS = {"id", "declared_on", "paid_on", "commodity_code", "origin", "value", "claimed", "declared_eligible", "name"}
UNITS = {"kg", "litre", "piece", "pair", "metre", "square_metre", "cubic_metre", "set", "head", "tonne", "gram"}
CLAIM_YEARS = "surcharges/refund_interest/overpaid_claim_years"


class Missed(msgspec.Struct, frozen=True):
    """One import and one agreement that would have cost less."""

    row: int
    id: str
    code: str
    name_zh: str
    name_en: str
    origin: str
    scheme: str
    scheme_zh: str
    scheme_en: str
    rate_paid: str
    rate: str
    duty: int
    in_all: int
    until: dt.date
    three_years_until: dt.date | None
    state: str
    because: str
    confidence: str


class Search(msgspec.Struct, frozen=True):
    """The whole table: what was missed, what could not be said, and the sums by state."""

    rows: int
    missed: tuple[Missed, ...]
    findings: tuple[Finding, ...]
    without_rate: dict[str, int]

    def total(self, state: str = "") -> int:
        """Money left on the table in fen: the best agreement of each row, of one state or of all."""
        best: dict[int, int] = {}
        for m in self.missed:
            if not state or m.state == state:
                best[m.row] = max(best.get(m.row, 0), m.in_all)
        return sum(best.values())


def read_table(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV of past imports. Raises InputRefused."""
    raw = path.read_bytes()
    if len(raw) > MAX_FILE_BYTES:
        raise InputRefused([Finding("input.file_too_large", path.name, {"limit": str(MAX_FILE_BYTES)})])
    rows = list(csv.DictReader(io.StringIO(decode(raw, path.name).lstrip("\ufeff"))))
    if not rows:
        raise InputRefused([Finding("missed.no_rows", path.name)])
    missing = {"declared_on", "commodity_code", "origin", "value"} - set(rows[0])
    if missing:
        raise InputRefused(
            [
                Finding(
                    "missed.columns_missing",
                    path.name,
                    {"columns": ", ".join(sorted(missing)), "known": ", ".join(sorted(COLUMNS | UNITS))},
                )
            ]
        )
    if len(rows) > MAX_ROWS:
        raise InputRefused([Finding("missed.too_many_rows", path.name, {"limit": str(MAX_ROWS)})])
    return rows


def search(rows: list[dict[str, str]], on: dt.date | None = None, world: World | None = None) -> Search:
    """Missed preferences of every row; `on` is the day a claim would be made, or None to name only the last day."""
    world = world or shipped_world()
    found: list[Missed] = []
    findings: list[Finding] = []
    without: Counter[str] = Counter()
    for number, row in enumerate(rows, start=1):
        reader = Reader()
        read = _row(reader, row, number)
        if reader.findings or read is None:
            findings += reader.findings
            continue
        shipment, paid, declared = read
        try:
            found += _missed(shipment, paid, declared, row, number, on, world, without, findings)
        except OutOfCoverage as error:
            findings.append(Finding(error.code, f"rows[{number}]", error.facts, severity="warning"))
    found.sort(key=lambda m: (-m.in_all, m.row, m.scheme))
    return Search(len(rows), tuple(found), tuple(findings), dict(without))


def _row(reader: Reader, row: dict[str, str], number: int) -> tuple[Shipment, dt.date, bool | None] | None:
    path = f"rows[{number}]"
    declared_on = reader.date(row.get("declared_on"), f"{path}.declared_on")
    if declared_on is None and not row.get("declared_on"):
        reader.problem("input.declared_missing", f"{path}.declared_on")
    paid_on = reader.date(row.get("paid_on") or None, f"{path}.paid_on") or declared_on
    code = reader.text(row.get("commodity_code"), f"{path}.commodity_code").replace(".", "")
    if not (code.isascii() and code.isdigit()):
        reader.problem("input.code_malformed", f"{path}.commodity_code", read=code[:20])
    value = reader.amount(row.get("value"), f"{path}.value")
    if value is None and not reader.findings:
        reader.problem("missed.value_missing", f"{path}.value")
    quantities = {u: q for u in UNITS if row.get(u) and (q := reader.amount(row[u], f"{path}.{u}")) is not None}
    claimed = reader.text(row.get("claimed"), f"{path}.claimed")
    declared = reader.yes_no(row.get("declared_eligible"), f"{path}.declared_eligible")
    if reader.findings or declared_on is None or paid_on is None:
        return None
    item = GoodsItem(
        commodity_code=code, price=value, currency="CNY", origin=reader.text(row.get("origin"), f"{path}.origin").upper() or None,
        name=reader.text(row.get("name"), f"{path}.name"), quantities=quantities,
        preferences=(Preference(claimed, proof="certificate"),) if claimed else (),
    )  # fmt: skip
    return Shipment(declared_on=declared_on, items=(item,)), paid_on, declared


def _duty(option: Option) -> int:
    return sum(c.payable for c in option.charges if c.kind == "customs_duty")


def _missed(
    shipment: Shipment,
    paid: dt.date,
    declared: bool | None,
    row: dict[str, str],
    number: int,
    on: dt.date | None,
    world: World,
    without: Counter[str],
    findings: list[Finding],
) -> list[Missed]:
    item = assess(shipment, world).items[0]
    findings += [msgspec.structs.replace(f, path=f"rows[{number}]") for f in item.findings if f.severity == "error"]
    applied = next((o for o in item.options if o.status == APPLIES), None)
    for option in item.options:
        if option.status == NOT_ENCODED and option.scheme:
            without[option.scheme] += 1
    if applied is None or applied.total is None:
        return []
    years = world.at(CLAIM_YEARS, paid)
    until = claim_until(paid.toordinal(), years.whole())
    under_the_new_law = world.at(CLAIM_YEARS, max(paid, instruments()["tariff-law-2024"].in_force_from or paid))
    later = claim_until(paid.toordinal(), under_the_new_law.whole())
    flag = -1 if declared is None else int(declared)
    state = refund.STATES[refund.claim_state(until, on.toordinal() if on else paid.toordinal(), flag)]
    found = []
    for option in item.options:
        if (
            not option.scheme
            or option.status not in (NEEDS_EVIDENCE, OPEN)
            or option.total is None
            or option.total >= applied.total
        ):
            continue
        scheme = world.origins.schemes[option.scheme]
        found.append(
            Missed(
                row=number, id=str(row.get("id") or number), code=item.commodity_code, name_zh=item.name_zh, name_en=item.name_en, origin=item.origin,
                scheme=option.scheme, scheme_zh=scheme.name_zh, scheme_en=scheme.name_en, rate_paid=applied.rate_text, rate=option.rate_text,
                duty=max(0, _duty(applied) - _duty(option)), in_all=applied.total - option.total, until=dt.date.fromordinal(until),
                three_years_until=dt.date.fromordinal(later) if later != until else None, state=state,
                because=f"{years.citation}; gacc-order-181", confidence=weakest([option.confidence, years.confidence]),
            )
        )  # fmt: skip
    return found


def as_csv(result: Search) -> str:
    """The missed preferences as a table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "id",
            "commodity_code",
            "origin",
            "scheme",
            "agreement",
            "rate_paid",
            "rate",
            "duty_cny",
            "total_cny",
            "claim_until",
            "state",
        ]
    )
    for m in result.missed:
        writer.writerow(
            [
                m.id,
                m.code,
                m.origin,
                m.scheme,
                m.scheme_en,
                m.rate_paid,
                m.rate,
                _yuan(m.duty),
                _yuan(m.in_all),
                m.until.isoformat(),
                m.state,
            ]
        )
    return out.getvalue()


def _yuan(fen: int) -> str:
    return f"{Decimal(fen) / 100:.2f}"
