"""Trial worlds and rows, the same for every benchmark: a schedule of 8,500 lines with about ten alternatives each, and rows of every channel."""

from __future__ import annotations

import datetime as dt
import importlib.util
import random
import time
from functools import cache
from pathlib import Path

import numpy as np

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk.row import ALWAYS, COLUMN_DEFAULTS, COLUMN_TYPES, Columns
from tongguan.assessment.bulk.tables import PROOF_NAMES, UNIT_CODES, UNIT_NAMES, compile_world, line_key
from tongguan.assessment.world import World, shipped_world
from tongguan.tariff.schedule import FOREVER, Line, Rate, Schedule

LINES = 8_500
FIRST, LAST = dt.date(2018, 7, 1), dt.date(2026, 11, 20)
ORIGINS = (
    "US",
    "JP",
    "KR",
    "DE",
    "AU",
    "VN",
    "TH",
    "MY",
    "ID",
    "CL",
    "NZ",
    "FR",
    "IT",
    "GB",
    "BR",
    "CA",
    "CH",
    "SG",
    "PE",
    "ET",
    "BD",
    "HK",
    "RU",
    "IN",
)
MIX = {
    "general_trade": 0.62, "cross_border_ecommerce": 0.20, "personal_articles": 0.05, "travellers": 0.02, "border_trade": 0.02, "exhibition": 0.01,
    "hainan": 0.01, "offshore_duty_free": 0.02, "processing_trade": 0.02, "temporary_admission": 0.01, "duty_relief": 0.01, "repair_abroad": 0.005,
    "processing_abroad": 0.005,
}  # fmt: skip
"""Shares of the channels; orders of e-commerce are the many small ones."""


def quickest(work, times: int = 3) -> float:
    """Seconds of the quickest of some runs."""
    best = float("inf")
    for _ in range(times):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best


@cache
def trial_world() -> World:
    """The shipped law, origins and measures over a made-up schedule: MFN on four dates, provisional, general, and eight agreements with two steps each."""
    rng = random.Random(7)
    shipped = shipped_world()
    real = sorted(shipped.schedule.lines)
    codes = set(real)
    while len(codes) < LINES:
        codes.add(
            f"{rng.choice([c for c in range(1, 98) if c != 77]):02d}{rng.randrange(10_000):04d}{rng.randrange(100):02d}"
        )
    schemes = [s for s in shipped.origins.schemes.values() if s.covers == "listed_lines"]
    lines: list[Line] = []
    rates: list[Rate] = []
    changes = [dt.date(2018, 1, 1), dt.date(2018, 11, 1), dt.date(2020, 1, 1), dt.date(2023, 1, 1)]
    for code in sorted(codes):
        held = shipped.schedule.lines.get(code)
        ct = held[0].ct_class if held else ""
        vat = held[0].vat_class if held and held[0].vat_class else "standard"
        lines.append(Line(code, changes[0], FOREVER, "kg", "", vat, ct, "试", "trial", "", "TRIAL", "D"))
        mfn = rng.randrange(0, 30) * 10_000

        def add(kind, scheme, since, until, ppm, num=0, den=1, unit=""):
            rates.append(Rate(code, kind, scheme, since, until, ppm, num, den, "", unit, "", FOREVER, "TRIAL", "D", ""))  # noqa: B023

        ends = [d - dt.timedelta(days=1) for d in changes[1:]] + [FOREVER]
        is_specific = rng.random() < 0.02
        for since, until in zip(changes, ends, strict=True):
            if is_specific:
                add("mfn", "", since, until, mfn // 2, rng.randrange(1, 50), 100, "kg")
            else:
                add("mfn", "", since, until, mfn)
            mfn = max(0, mfn - rng.randrange(0, 3) * 10_000)
        add("general", "", changes[0], FOREVER, 300_000 + rng.randrange(0, 50) * 10_000)
        if rng.random() < 0.12:
            add("provisional", "", dt.date(2019, 1, 1), FOREVER, max(0, mfn - 20_000))
        if rng.random() < 0.005:
            add("in_quota", "", changes[0], FOREVER, 10_000)
        for scheme in rng.sample(schemes, 8):
            add(
                "conventional" if scheme.kind != "special" else "special_preferential",
                scheme.scheme,
                changes[0],
                dt.date(2021, 12, 31),
                mfn // 2,
            )
            add(
                "conventional" if scheme.kind != "special" else "special_preferential",
                scheme.scheme,
                dt.date(2022, 1, 1),
                FOREVER,
                0,
            )
    return World(shipped.law, Schedule(lines, rates, "trial"), shipped.origins, shipped.overlays, "trial")


@cache
def compiled():
    """The trial world as arrays."""
    return compile_world(trial_world())


def trial_columns(rows: int, seed: int = 1, *, channels: dict[str, float] | None = None) -> Columns:
    """Rows of every channel as whole numbers, some in consignments, most with all their facts."""
    rng = np.random.default_rng(seed)
    world = compiled()
    out = {name: np.full(rows, COLUMN_DEFAULTS.get(name, 0), dtype=kind) for name, kind in COLUMN_TYPES.items()}
    mix = channels or MIX
    channel = rng.choice([k.CHANNELS.index(c) for c in mix], rows, p=np.array(list(mix.values())) / sum(mix.values()))
    out["channel"][:] = channel
    keys = np.array([line_key(code) for code in sorted(world.world.schedule.lines)])
    out["code"][:] = keys[rng.integers(0, len(keys), rows)]
    days = rng.integers(FIRST.toordinal(), LAST.toordinal() + 1, rows)
    out["declared"][:] = days
    place = np.array([world.countries[c] for c in ORIGINS])
    out["country"][:] = place[rng.integers(0, len(place), rows)]
    out["price"][:] = (10 ** rng.uniform(2, 7, rows)).astype(np.int64) * 100
    foreign = rng.random(rows) < 0.6
    out["rate"][:] = np.where(foreign, 7_123_400, 1_000_000)
    out["usd_rate"][:] = 7_123_400
    fob = rng.random(rows) < 0.4
    out["terms"][:] = np.where(fob, 6, 0)
    out["freight"][:] = np.where(fob, out["price"] // 20 // 100 * 100, -1)
    for name, unit in (("", "kg"), ("_2", "litre"), ("_3", "piece")):
        out[f"quantity{name}"][:] = rng.integers(1_000_000, 10**9, rows)
        out[f"unit{name}"][:] = UNIT_CODES[unit]
    by_country = np.zeros((len(world.countries),), dtype=np.int64)
    for iso2, number in world.countries.items():
        mine = [s.scheme for s, _ in world.world.origins.schemes_of(iso2, LAST)]
        by_country[number] = world.claim_numbers[mine[0]] if mine else 0
    claimed = rng.random(rows) < 0.4
    claim = by_country[out["country"]]
    out["claim"][:] = np.where(claimed & _stands(world, claim, out["country"], days), claim, 0)
    out["proof"][:] = np.where(out["claim"] > 0, 1, 0)
    flags = np.full(rows, k.DIRECT, dtype=np.int64)
    for flag in (
        k.COUNTRY_QUOTA_EXHAUSTED,
        k.ON_POSITIVE_LIST,
        k.SINGLE_INDIVISIBLE,
        k.RESIDENT,
        k.EXCLUDED_PART,
        k.ENTITLED,
        k.ON_TAXABLE_LIST,
        k.LISTED,
        k.REPORTED,
    ):
        flags |= flag << k.STATED
    flags |= (
        k.ON_POSITIVE_LIST | k.RESIDENT | k.ENTITLED | k.REPORTED | k.HAS_CERTIFICATE | (k.HAS_CERTIFICATE << k.STATED)
    )
    out["flags"][:] = flags
    small = np.isin(channel, [k.ECOMMERCE, k.PERSONAL_ARTICLES, k.TRAVELLERS, k.OFFSHORE, k.BORDER_TRADE])
    out["price"][small] = (10 ** rng.uniform(3.5, 6.5, int(small.sum()))).astype(np.int64) * 100 // 100
    out["price"][small] = out["price"][small] // 100 * 100
    out["rate"][small] = 1_000_000
    out["terms"][small] = 0
    out["freight"][small] = -1
    out["items"][:] = 1
    out["used"][:] = 0
    out["category"][:] = rng.integers(1, 4, rows)
    out["sent_from"][:] = k.ELSEWHERE
    out["age"][:] = 30
    out["port"][:] = k.OTHER_PORTS
    out["months"][:] = rng.integers(1, 60, rows)
    out["started"][:] = np.where(np.isin(channel, [k.PROCESSING_TRADE]), days - 200, 0)
    out["relieved"][:] = k.RELIEVES_DUTY
    out["limit"][channel == k.EXHIBITION] = 10**9
    out["limit"][channel == k.HAINAN] = 300_000
    out["fee"][:] = 50_000
    late = np.isin(channel, [k.HAINAN])
    out["declared"][late] = rng.integers(dt.date(2025, 12, 18).toordinal(), LAST.toordinal(), int(late.sum()))
    back = np.isin(channel, [k.REPAIR_ABROAD, k.PROCESSING_ABROAD])
    out["ended"][back] = out["declared"][back]
    # a quarter of ordinary rows belong to the consignment of the row before, of the same day
    joins = (rng.random(rows) < 0.25) & (channel == k.GENERAL_TRADE)
    joins[0] = False
    joins[1:] &= channel[:-1] == k.GENERAL_TRADE
    out["first"][:] = ~joins
    head = np.maximum.accumulate(np.where(joins, 0, np.arange(rows)))
    for name in ("declared", "rate", "terms"):
        out[name][:] = out[name][head]
    out["freight"][:] = np.where(out["terms"] == 0, -1, np.maximum(out["freight"], 0))
    alone = _stands(world, out["claim"].astype(np.int64), out["country"], out["declared"])
    out["claim"][:] = np.where(alone, out["claim"], 0)
    out["proof"][:] = np.where(out["claim"] > 0, 1, 0)
    return Columns(**{name: _given(name, np.ascontiguousarray(out[name])) for name in Columns._fields})


def _given(name: str, column):
    """The column, or one element for all rows where none says anything in it."""
    is_blank = name not in ALWAYS and bool((column == COLUMN_DEFAULTS.get(name, 0)).all())
    return column[:1] if is_blank else column


def _stands(world, claim, country, days):
    """Whether a claim's scheme is open to the origin on the day."""
    tables = world.tables
    from tongguan.assessment.bulk.tables import DAY_ORIGIN, FIRST_DAY, ORIGIN_SCHEMES

    place = tables.days[np.asarray(days, dtype=np.int64) - FIRST_DAY, DAY_ORIGIN]
    return (tables.claims[claim] & tables.origin[place, country, ORIGIN_SCHEMES]) != 0


def texts_of(columns: Columns, i: int) -> dict[str, str]:
    """A row of whole numbers as the text a person would have written."""
    world = compiled()
    countries = {number: iso2 for iso2, number in world.countries.items()}
    claims = {number: word for word, number in world.claim_numbers.items()}
    c = {name: int(column[i if len(column) > 1 else 0]) for name, column in columns._asdict().items()}
    channel = k.CHANNELS[c["channel"]]
    row = {
        "channel": channel, "commodity_code": f"{c['code'] // 1000:08d}", "origin": countries[c["country"]],
        "declared_on": dt.date.fromordinal(c["declared"]).isoformat(), "price": f"{c['price'] // 10_000}.{c['price'] % 10_000:04d}",
        "currency": "CNY" if c["rate"] == 1_000_000 else "USD", "usd_rate": "7.1234", "trade_terms": "FOB" if c["terms"] else "CIF",
        "category": str(c["category"]), "items_in_order": "1", "used_so_far": "0", "sent_from": "US", "age": "30", "port": "other",
        "months": str(c["months"]), "relieved_taxes": "customs_duty", "fee": "500.00", "exhibitor_amount_usd": "10000000.00", "value_added": "0.3",
    }  # fmt: skip
    if row["currency"] == "USD":
        row["exchange_rate"] = "7.1234"
    if c["freight"] >= 0:
        row["freight"] = f"{c['freight'] // 10_000}.{c['freight'] % 10_000:04d}"
    for suffix in ("", "_2", "_3"):
        row[f"quantity{suffix}"] = f"{c[f'quantity{suffix}'] // 10**6}.{c[f'quantity{suffix}'] % 10**6:06d}"
        row[f"unit{suffix}"] = UNIT_NAMES[c[f"unit{suffix}"]]
    if c["claim"]:
        row["preference"], row["proof"] = claims[c["claim"]], PROOF_NAMES[0]
    for place, name in enumerate(k.FLAG_COLUMNS):
        if c["flags"] >> place >> k.STATED & 1:
            row[name] = "yes" if c["flags"] >> place & 1 else "no"
    if c["started"]:
        row["imported_on"] = dt.date.fromordinal(c["started"]).isoformat()
    if c["ended"]:
        row["last_day"] = dt.date.fromordinal(c["ended"]).isoformat()
    return row


@cache
def single_path():
    """The makers that tests/bulk uses, which turn rows of text into shipments for the single path."""
    path = Path(__file__).parent.parent / "tests" / "bulk" / "rows.py"
    spec = importlib.util.spec_from_file_location("trial_rows", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mismatches(columns: Columns, results, sample: int, seed: int = 3) -> tuple[int, int, int]:
    """Of a sample of consignments: rows compared, rows with an amount unlike the single path's, rows refused."""
    from tongguan import InputRefused, assess, read_shipment

    makers = single_path()
    rng = np.random.default_rng(seed)
    heads = np.nonzero(columns.first)[0]
    ends = np.append(heads[1:], len(columns.first))
    compared = wrong = refused = 0
    for place in rng.choice(len(heads), min(sample, len(heads)), replace=False):
        span = range(int(heads[place]), int(ends[place]))
        if any(results.findings[i] for i in span):
            refused += len(span)
            continue
        rows = [texts_of(columns, i) for i in span]
        try:
            answer = assess(read_shipment(makers.shipment_of(rows)), trial_world())
            items = list(zip(span, answer.items, strict=True))
        except (InputRefused, ValueError):
            wrong += len(span)
            continue
        for i, item in items:
            compared += 1
            try:
                theirs = makers.figures_of(item, answer.surcharges)
            except StopIteration:
                wrong += 1
                continue
            ours = {
                "total": int(results.total[i]),
                **{name: int(results.charges[i, n]) for n, name in enumerate(k.CHARGES)},
            }
            wrong += ours != theirs
    return compared, wrong, refused
