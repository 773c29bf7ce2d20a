"""A reform: the law as shipped with numbers changed in a file, so that a ministry sees what a change does before it is made.

```yaml
reform: undo the cuts of 2018-07-01
note: What would 2018 have brought without them?
parameters:                       # by rule, as in law/<rule>/parameters.yaml; laid over the shipped values
  channels/cross_border_ecommerce:
    single_limit: {"2019-01-01": "8000.00"}
tariff:
  - undo: {on: 2018-07-01, kinds: [mfn, provisional]}        # the rates of the day before go on
  - set: {codes: ["8703", "2204"], kind: mfn, from: 2018-07-01, ad_valorem: "0.10"}
  - scale: {codes: ["33"], kind: mfn, from: 2026-01-01, by: "0.5"}
```

Every change is checked before any row is computed; all problems are reported at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import msgspec

from tongguan.assessment.reading import Reader, load_document
from tongguan.assessment.world import World
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import InputRefused
from tongguan.grammar.money import half_up, specific_fraction
from tongguan.grammar.parameters import DatedValue, LawBook, Parameter, RuleParameters
from tongguan.tariff.schedule import FOREVER, Line, Rate, Schedule

RATE_KINDS = ("mfn", "provisional", "conventional", "general", "in_quota", "in_quota_provisional")
SOURCE = "REFORM"


class Reform(NamedTuple):
    """A reform read from a file: its name, its note and the world it makes of the shipped one."""

    name: str
    note: str
    world: World
    changed_lines: int
    changed_parameters: tuple[str, ...]


class _Reformed(Schedule):
    """A schedule with other rates, which knows of its lines what the one it was made of knows."""

    def __init__(self, lines: Iterable[Line], rates: Iterable[Rate], label: str, base: Schedule) -> None:
        super().__init__(lines, rates, label)
        self.base = base

    def encodes_consumption_tax(self, code: str) -> bool:
        """As the schedule it was made of."""
        return self.base.encodes_consumption_tax(code)


def read_reform(path: Path, base: World) -> Reform:
    """The world a reform file describes. Raises InputRefused with every problem of the file."""
    reader = Reader()
    content = reader.mapping(load_document(path), "reform", {"reform", "note", "parameters", "tariff"})
    overlay = _parameters(reader, content.get("parameters") or {}, base)
    rates = {code: list(rates) for code, rates in base.schedule.rates.items()}
    changed: set[str] = set()
    for number, change in enumerate(_list(reader, content.get("tariff") or [], "tariff"), start=1):
        where = f"tariff[{number}]"
        steps = reader.mapping(change, where, {"undo", "set", "scale"})
        if len(steps) != 1:
            reader.problem("reform.one_change_each", where)
            continue
        ((verb, detail),) = steps.items()
        changed |= _CHANGES[verb](reader, detail, f"{where}.{verb}", rates)
    if not overlay and not changed and not reader.findings:
        reader.problem("reform.changes_nothing", "reform")
    if reader.findings:
        raise InputRefused(reader.findings)
    name = reader.text(content.get("reform"), "reform") or path.stem
    lines: Iterable[Line] = (line for editions in base.schedule.lines.values() for line in editions)
    schedule = _Reformed(
        lines, (r for held in rates.values() for r in held), f"{base.schedule.label} + {name}", base.schedule
    )
    law = LawBook(base.law.folder, overlay) if overlay else base.law
    world = World(law, schedule, base.origins, base.overlays, f"{base.version} + {name}")
    names = tuple(f"{rule}/{p}" for rule, parameters in overlay.items() for p in parameters.parameters)
    return Reform(name, reader.text(content.get("note"), "note"), world, len(changed), names)


def _list(reader: Reader, value: object, path: str) -> list[object]:
    if isinstance(value, list):
        return value
    reader.problem("input.not_a_list", path, read=str(value)[:60])
    return []


def _parameters(reader: Reader, content: object, base: World) -> dict[str, RuleParameters]:
    """Changed parameters by rule: values by day, laid over the shipped ones of the same parameter."""
    overlay: dict[str, RuleParameters] = {}
    for rule, values in reader.mapping(content, "parameters").items():
        if rule not in base.law.rules():
            reader.problem("reform.rule_not_known", f"parameters.{rule}", rule=rule)
            continue
        shipped = base.law.rule(rule).parameters
        changed: dict[str, Parameter] = {}
        for name, days in reader.mapping(values, f"parameters.{rule}").items():
            where = f"parameters.{rule}.{name}"
            if name not in shipped:
                reader.problem("reform.parameter_not_known", where, parameter=name, known=", ".join(sorted(shipped)))
                continue
            dated = dict(shipped[name].content.values)
            for day_text, value in reader.mapping(days, where).items():
                day = reader.date(day_text, where)
                if day is not None:
                    dated[day] = DatedValue(value=reader.text(value, where), cites="reform", confidence="D")
            content_now = msgspec.structs.replace(shipped[name].content, values=dated)
            candidate = Parameter(shipped[name].name, content_now)
            _check_values(reader, candidate, shipped[name], where)
            changed[name] = candidate
        overlay[rule] = RuleParameters(rule, changed)
    return overlay


def _check_values(reader: Reader, candidate: Parameter, shipped: Parameter, where: str) -> None:
    """A changed number must be readable the way the shipped one is."""
    for day in candidate.days:
        try:
            value = candidate.at(day)
        except OutOfCoverage:
            continue
        sample = next((v.value for v in shipped.content.values.values() if v.value is not None), "0")
        try:
            Fraction(sample)
        except ValueError:
            continue
        try:
            if Fraction(value.value) < 0:
                reader.problem("input.negative_amount", where, read=value.value)
        except ValueError:
            reader.problem("input.not_an_amount", where, read=value.value)


def _codes(reader: Reader, value: object, path: str, rates: dict[str, list[Rate]]) -> list[str]:
    """Held codes under the prefixes named."""
    found: list[str] = []
    for prefix in _list(reader, value, path):
        text = reader.text(prefix, path)
        under = [code for code in rates if code.startswith(text)] if text.isdigit() else []
        if not under:
            reader.problem("reform.no_line_under", path, code=text)
        found += under
    return sorted(set(found))


def _undo(reader: Reader, detail: object, path: str, rates: dict[str, list[Rate]]) -> set[str]:
    """Changes of one day undone: where a rate began that day, the rate of the day before goes on in its place."""
    content = reader.mapping(detail, path, {"on", "kinds", "codes"})
    day = reader.date(content.get("on"), f"{path}.on")
    kinds = [
        reader.choice(k, f"{path}.kinds", RATE_KINDS, "mfn")
        for k in _list(reader, content.get("kinds") or ["mfn"], f"{path}.kinds")
    ]
    codes = _codes(reader, content["codes"], f"{path}.codes", rates) if "codes" in content else sorted(rates)
    if day is None:
        reader.problem("input.declared_missing", f"{path}.on")
        return set()
    eve = day - dt.timedelta(days=1)
    changed = set()
    for code in codes:
        held = rates[code]
        for kind in kinds:
            before = [r for r in held if r.kind == kind and not r.scheme and r.since <= eve <= r.until]
            after = [r for r in held if r.kind == kind and not r.scheme and r.since == day]
            ended = [r for r in before if r.until == eve]
            if not after and not ended:
                continue
            until = after[0].until if after else FOREVER
            held = [r for r in held if r not in after]
            held = [_reformed(r._replace(until=until)) if r in ended else r for r in held]
            changed.add(code)
        rates[code] = held
    if not changed:
        reader.problem("reform.nothing_changed_that_day", f"{path}.on", day=day.isoformat())
    return changed


def _set(reader: Reader, detail: object, path: str, rates: dict[str, list[Rate]]) -> set[str]:
    """One rate for the codes named, from a day on."""
    content = reader.mapping(
        detail, path, {"codes", "kind", "from", "until", "ad_valorem", "specific", "per_unit", "scheme"}
    )
    codes = _codes(reader, content.get("codes") or [], f"{path}.codes", rates)
    since, kind = (
        reader.date(content.get("from"), f"{path}.from"),
        reader.choice(content.get("kind"), f"{path}.kind", RATE_KINDS, "mfn"),
    )
    until = reader.date(content.get("until"), f"{path}.until") or FOREVER
    share = reader.amount(content.get("ad_valorem"), f"{path}.ad_valorem")
    amount = reader.amount(content.get("specific"), f"{path}.specific")
    scheme, per_unit = (
        reader.text(content.get("scheme"), f"{path}.scheme"),
        reader.text(content.get("per_unit"), f"{path}.per_unit"),
    )
    if since is None or (share is None and amount is None) or (amount is not None and not per_unit):
        reader.problem("reform.rate_incomplete", path)
        return set()
    num, den = specific_fraction(amount) if amount is not None else (0, 1)
    for code in codes:
        rate = Rate(
            code, kind, scheme, since, until, int((share or 0) * 1_000_000), num, den, "" if amount is None else str(amount), per_unit, "",
            until, SOURCE, "D", "changed by the reform",
        )  # fmt: skip
        rates[code] = [*_cut(rates[code], kind, scheme, since, until), rate]
    return set(codes)


def _scale(reader: Reader, detail: object, path: str, rates: dict[str, list[Rate]]) -> set[str]:
    """Ad valorem rates of the codes named multiplied by a share, from a day on; half up to a millionth."""
    content = reader.mapping(detail, path, {"codes", "kind", "from", "by"})
    codes = _codes(reader, content.get("codes") or [], f"{path}.codes", rates)
    since, kind = (
        reader.date(content.get("from"), f"{path}.from"),
        reader.choice(content.get("kind"), f"{path}.kind", RATE_KINDS, "mfn"),
    )
    by = reader.amount(content.get("by"), f"{path}.by")
    if since is None or by is None:
        reader.problem("reform.rate_incomplete", path)
        return set()
    share = Fraction(by)
    changed = set()
    for code in codes:
        scaled = []
        for rate in rates[code]:
            if rate.kind == kind and not rate.scheme and rate.until >= since and rate.rate:
                new = half_up(rate.rate * share.numerator, share.denominator)
                if rate.since < since:
                    scaled.append(rate._replace(until=since - dt.timedelta(days=1)))
                scaled.append(_reformed(rate._replace(since=max(rate.since, since), rate=new)))
                changed.add(code)
            else:
                scaled.append(rate)
        rates[code] = scaled
    return changed


_CHANGES = {"undo": _undo, "set": _set, "scale": _scale}


def _reformed(rate: Rate) -> Rate:
    return rate._replace(source=SOURCE, confidence="D", note="changed by the reform")


def _cut(rates: list[Rate], kind: str, scheme: str, since: dt.date, until: dt.date) -> list[Rate]:
    """Rates of one kind with a span taken out of them."""
    one = dt.timedelta(days=1)
    left = []
    for rate in rates:
        if rate.kind != kind or rate.scheme != scheme or rate.until < since or rate.since > until:
            left.append(rate)
            continue
        if rate.since < since:
            left.append(rate._replace(until=since - one))
        if rate.until > until:
            left.append(rate._replace(since=until + one))
    return left


__all__ = ["Reform", "read_reform"]
