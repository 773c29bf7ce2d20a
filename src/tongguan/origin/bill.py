"""The bill of materials: what a product is made of, where, and by what working. Read with every problem at once.

Amounts are whole hundredths of one currency, weights whole grams. An input may itself be made in another bill of the same file (`made_of`); such
bills form a tree, and one that contains itself is refused.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from tongguan.assessment.reading import Reader, load_document
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.money import MAX_VALUE_FEN, NotAnAmount, fen_of, milli_of, yuan_grouped
from tongguan.origin.operations import MinimalOperation, Operation, minimal_operations, operations
from tongguan.origin.rule_sets import RuleSet, from_rows, read_rule
from tongguan.origin.rules import NotEncoded
from tongguan.tariff.origins import Origins, origins

MAX_INPUTS = 5_000
UNDETERMINED = "undetermined"


class Input(msgspec.Struct, frozen=True):
    """One material. `origin` is a country, or undetermined; `described_as` are words of rules that fit it."""

    number: int
    code: str
    name: str
    origin: str
    value: int
    weight: int | None = None
    made_of: str = ""
    is_wholly_obtained: bool = False
    described_as: tuple[str, ...] = ()


class Costs(msgspec.Struct, frozen=True):
    """Cost elements besides materials; `to_port` leads from the ex-works to the FOB price. `are_known` says whether any was stated."""

    labour: int = 0
    overhead: int = 0
    profit: int = 0
    other: int = 0
    to_port: int = 0
    are_known: bool = False

    @property
    def regional(self) -> int:
        """What build-up adds to originating materials."""
        return self.labour + self.overhead + self.profit + self.other


class Product(msgspec.Struct, frozen=True):
    """A product with its inputs and its working, in one country."""

    name: str
    code: str
    country: str
    exw: int | None
    fob: int | None
    net_cost: int | None
    weight: int | None
    inputs: tuple[Input, ...]
    costs: Costs
    operations: tuple[str, ...]
    other_operations: tuple[str, ...]
    operations_are_complete: bool = False
    is_wholly_obtained: bool | None = None
    how_obtained: str = ""
    is_set: bool = False
    described_as: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()

    @property
    def price(self) -> int | None:
        """The FOB price, else the ex-works price."""
        return self.fob if self.fob is not None else self.exw


class Transit(msgspec.Struct, frozen=True):
    """A stop on the way; None where the fact is not known."""

    country: str
    days: int | None
    is_under_customs: bool | None
    is_only_handled: bool | None
    entered_trade: bool | None


class Import(msgspec.Struct, frozen=True):
    """The import into China that the preference is for. `dutiable_value` in fen."""

    declared_on: dt.date
    code: str
    dutiable_value: int | None
    quantities: dict[str, Decimal]
    value_in_usd: Decimal | None
    is_rcep_listed: bool | None = None


class Bill(msgspec.Struct, frozen=True):
    """Everything one file says."""

    product: Product
    parts: dict[str, Product]
    currency: str
    transit: tuple[Transit, ...] | None
    entry: Import
    own_rules: dict[str, RuleSet]
    findings: tuple[Finding, ...] = ()


_TOP = {
    "product",
    "inputs",
    "costs",
    "operations",
    "operations_complete",
    "parts",
    "currency",
    "transit",
    "import",
    "rules",
}
_PRODUCT = {
    "name", "commodity_code", "country", "exw", "fob", "net_cost", "weight", "wholly_obtained", "how_obtained", "set", "described_as", "confirmed",
}  # fmt: skip
_PART = _PRODUCT | {"inputs", "costs", "operations", "operations_complete"}
_INPUT = {"name", "code", "origin", "value", "weight", "made_of", "wholly_obtained", "described_as"}
_COSTS = {"labour", "overhead", "profit", "other", "to_port"}
_TRANSIT = {"country", "days", "customs_control", "only_handled", "entered_trade"}
_IMPORT = {"declared", "commodity_code", "dutiable_value", "quantities", "value_in_usd", "rcep_listed"}
HOW_OBTAINED = {"born_and_raised", "harvested", "waste", "found", "created"}


def read_bill(path: Path, lists: dict[str, RuleSet] | None = None, tables: Origins | None = None) -> Bill:
    """A bill from a YAML or JSON file. Raises InputRefused with every problem at once."""
    return bill_from(load_document(path), lists, tables)


def bill_from(content: object, lists: dict[str, RuleSet] | None = None, tables: Origins | None = None) -> Bill:
    """A bill from plain text values. Raises InputRefused with every problem at once."""
    reader = _Bills(tables or origins())
    bill = reader.bill(content, lists or {})
    if any(f.severity == "error" for f in reader.findings) or bill is None:
        raise InputRefused(reader.findings)
    return bill


class _Bills(Reader):
    def __init__(self, tables: Origins) -> None:
        super().__init__()
        self.origins = tables

    def bill(self, content: object, lists: dict[str, RuleSet]) -> Bill | None:
        top = self.mapping(content, "bill", _TOP)
        if not top:
            if content in (None, "", {}):
                self.problem("input.empty", "bill")
            return None
        own = {k: top.get(k) for k in ("inputs", "costs", "operations", "operations_complete")}
        product = self.product({**self.mapping(top.get("product"), "product", _PRODUCT), **own}, "product", "")
        parts = {
            name: self.product(self.mapping(value, f"parts.{name}", _PART), f"parts.{name}", f"parts.{name}.")
            for name, value in self.mapping(top.get("parts") or {}, "parts").items()
        }
        self.circles(product, parts)
        transit = self.transit(top.get("transit"))
        entry = self.entry(top.get("import"), product)
        rules = {**lists, **self.rules(top.get("rules"), product)}
        currency = self.text(top.get("currency"), "currency").upper() or "CNY"
        if entry is None:
            return None
        return Bill(product, parts, currency, transit, entry, rules, tuple(self.findings))

    # one product

    def product(self, p: dict[str, Any], path: str, prefix: str) -> Product:
        raw = p.get("inputs")
        if raw is not None and not isinstance(raw, list):
            self.problem("input.not_a_list", f"{prefix}inputs", read=str(raw)[:60])
            raw = []
        if len(raw or []) > MAX_INPUTS:
            self.problem("bill.too_many_inputs", f"{prefix}inputs", limit=str(MAX_INPUTS))
            raw = []
        inputs = tuple(self.input(one, f"{prefix}inputs[{n}]", n) for n, one in enumerate(raw or [], start=1))
        costs = self.costs(p.get("costs"), f"{prefix}costs")
        named, others = self.operations(p.get("operations"), f"{prefix}operations")
        product = Product(
            name=self.text(p.get("name"), f"{path}.name"),
            code=self.code(p.get("commodity_code"), f"{path}.commodity_code"),
            country=self.country(p.get("country"), f"{path}.country"),
            exw=self.money(p.get("exw"), f"{path}.exw"),
            fob=self.money(p.get("fob"), f"{path}.fob"),
            net_cost=self.money(p.get("net_cost"), f"{path}.net_cost"),
            weight=self.grams(p.get("weight"), f"{path}.weight"),
            inputs=inputs,
            costs=costs,
            operations=named,
            other_operations=others,
            operations_are_complete=bool(self.yes_no(p.get("operations_complete"), f"{prefix}operations_complete")),
            is_wholly_obtained=self.yes_no(p.get("wholly_obtained"), f"{path}.wholly_obtained"),
            how_obtained=self.choice(p.get("how_obtained"), f"{path}.how_obtained", HOW_OBTAINED, ""),
            is_set=bool(self.yes_no(p.get("set"), f"{path}.set")),
            described_as=self.words(p.get("described_as"), f"{path}.described_as"),
            confirmed=self.words(p.get("confirmed"), f"{path}.confirmed"),
        )
        self.sums(product, path, prefix)
        foreign = [i for i in inputs if i.origin != product.country and not i.made_of]
        if product.is_wholly_obtained and foreign:
            facts = {"inputs": ", ".join(str(i.number) for i in foreign), "country": product.country}
            self.findings.append(
                Finding("bill.wholly_obtained_of_others", f"{path}.wholly_obtained", facts, severity="warning")
            )
        return product

    def input(self, raw: object, path: str, number: int) -> Input:
        i = self.mapping(raw, path, _INPUT)
        value = self.money(i.get("value"), f"{path}.value")
        if value is None and i.get("value") is None and i:
            self.problem("bill.value_missing", f"{path}.value", number=str(number))
        made_of = self.text(i.get("made_of"), f"{path}.made_of")
        origin = self.text(i.get("origin"), f"{path}.origin")
        if origin.lower() in ("", "unknown", "undetermined", "不明", "未知"):
            origin = UNDETERMINED
        else:
            origin = self.country(origin, f"{path}.origin")
        return Input(
            number=number,
            code=self.code(i.get("code"), f"{path}.code"),
            name=self.text(i.get("name"), f"{path}.name"),
            origin=origin,
            value=value or 0,
            weight=self.grams(i.get("weight"), f"{path}.weight"),
            made_of=made_of,
            is_wholly_obtained=bool(self.yes_no(i.get("wholly_obtained"), f"{path}.wholly_obtained")),
            described_as=self.words(i.get("described_as"), f"{path}.described_as"),
        )

    def costs(self, value: object, path: str) -> Costs:
        if value is None:
            return Costs()
        c = self.mapping(value, path, _COSTS)
        amounts = {key: self.money(c.get(key), f"{path}.{key}") or 0 for key in _COSTS}
        return Costs(**amounts, are_known=any(key in c for key in _COSTS - {"to_port"}))

    def operations(self, value: object, path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Operations by key, those of rules and the minimal ones, and others in words."""
        known: dict[str, Operation | MinimalOperation] = {**operations(), **minimal_operations()}
        named, others = [], []
        for text in self.words(value, path):
            key = text.strip().lower().replace(" ", "_").replace("-", "_")
            by_name = next((k for k, o in known.items() if text in (o.name_zh, o.name_en)), None)
            if key in known or by_name:
                named.append(by_name or key)
            else:
                others.append(text)
        return tuple(named), tuple(others)

    def sums(self, p: Product, path: str, prefix: str) -> None:
        """The parts must make the whole."""
        if p.exw is None and p.fob is None:
            self.problem("bill.price_missing", path)
            return
        materials = sum(i.value for i in p.inputs)
        if any(
            f.path.startswith((f"{prefix}inputs", f"{prefix}costs")) and f.code.startswith("input.")
            for f in self.findings
        ):
            return
        facts = {
            "materials": yuan_grouped(materials),
            "costs": yuan_grouped(p.costs.regional),
            "to_port": yuan_grouped(p.costs.to_port),
        }
        if p.exw is not None and p.fob is not None and p.fob < p.exw:
            self.problem("bill.fob_below_exw", f"{path}.fob", exw=yuan_grouped(p.exw), fob=yuan_grouped(p.fob))
        if p.exw is not None and p.fob is not None and p.costs.to_port and p.exw + p.costs.to_port != p.fob:
            self.problem(
                "bill.port_costs_do_not_add_up",
                f"{prefix}costs.to_port",
                exw=yuan_grouped(p.exw),
                fob=yuan_grouped(p.fob),
                **facts,
            )
        if p.costs.are_known:
            price = p.exw if p.exw is not None else (p.fob or 0) - p.costs.to_port
            total = materials + p.costs.regional
            if total != price:
                difference = yuan_grouped(abs(price - total))
                self.problem(
                    "bill.values_do_not_add_up",
                    path,
                    total=yuan_grouped(total),
                    price=yuan_grouped(price),
                    difference=difference,
                    **facts,
                )
        elif materials > (p.price or 0):
            self.problem("bill.materials_above_price", path, price=yuan_grouped(p.price or 0), **facts)
        weights = [i.weight for i in p.inputs if i.weight is not None]
        if p.weight is not None and len(weights) == len(p.inputs) and weights and sum(weights) < p.weight:
            self.findings.append(
                Finding(
                    "bill.weights_below_product",
                    f"{path}.weight",
                    {"inputs": f"{sum(weights):,}", "product": f"{p.weight:,}"},
                    severity="warning",
                )
            )

    def circles(self, product: Product, parts: dict[str, Product]) -> None:
        """Bills that contain themselves, and origins that lean on each other across countries."""
        for name, one in [("", product), *parts.items()]:
            for i in one.inputs:
                if i.made_of and i.made_of not in parts:
                    self.problem(
                        "bill.part_not_known",
                        f"{'parts.' + name + '.' if name else ''}inputs[{i.number}].made_of",
                        part=i.made_of,
                        known=", ".join(parts) or "-",
                    )
                elif i.made_of:
                    self.part_matches(i, parts[i.made_of], f"{'parts.' + name + '.' if name else ''}inputs[{i.number}]")
        seen: set[frozenset[str]] = set()
        done: set[str] = set()
        for start in parts:
            if start in done:
                continue
            stack: list[tuple[str, tuple[str, ...]]] = [(start, (start,))]
            while stack:
                name, trail = stack.pop()
                done.add(name)
                for i in parts[name].inputs:
                    if i.made_of in trail:
                        circle = trail[trail.index(i.made_of) :]
                        if frozenset(circle) not in seen:
                            seen.add(frozenset(circle))
                            self.circle(circle, parts)
                    elif i.made_of in parts:
                        stack.append((i.made_of, (*trail, i.made_of)))

    def circle(self, circle: tuple[str, ...], parts: dict[str, Product]) -> None:
        countries = {parts[name].country for name in circle}
        code = "bill.circular_cumulation" if len(countries) > 1 else "bill.bill_contains_itself"
        facts = {
            "circle": " → ".join((*circle, circle[0])),
            "countries": ", ".join(sorted(c for c in countries if c)) or "-",
        }
        self.problem(code, f"parts.{circle[0]}", **facts)

    def part_matches(self, i: Input, part: Product, path: str) -> None:
        if (
            i.code
            and part.code
            and i.code[: min(len(i.code), len(part.code))] != part.code[: min(len(i.code), len(part.code))]
        ):
            self.problem("bill.part_code_differs", f"{path}.code", hs=i.code, part=part.code)
        if i.origin not in (UNDETERMINED, part.country) and part.country:
            self.problem("bill.part_origin_differs", f"{path}.origin", origin=i.origin, country=part.country)

    # the rest of the file

    def transit(self, value: object) -> tuple[Transit, ...] | None:
        if value is None:
            return None
        if isinstance(value, str) and value.strip().lower() in ("direct", "直运", "none", "no"):
            return ()
        if not isinstance(value, list):
            self.problem("input.not_a_list", "transit", read=str(value)[:60])
            return None
        stops = []
        for n, one in enumerate(value, start=1):
            t = self.mapping(one, f"transit[{n}]", _TRANSIT)
            stops.append(
                Transit(
                    self.country(t.get("country"), f"transit[{n}].country"),
                    self.count(t.get("days"), f"transit[{n}].days"),
                    self.yes_no(t.get("customs_control"), f"transit[{n}].customs_control"),
                    self.yes_no(t.get("only_handled"), f"transit[{n}].only_handled"),
                    self.yes_no(t.get("entered_trade"), f"transit[{n}].entered_trade"),
                )
            )
        return tuple(stops)

    def entry(self, value: object, product: Product) -> Import | None:
        e = self.mapping(value or {}, "import", _IMPORT)
        declared = self.date(e.get("declared"), "import.declared")
        if declared is None:
            if not e.get("declared"):
                self.problem("input.declared_missing", "import.declared")
            return None
        quantities: dict[str, Decimal] = {}
        for unit, written in self.mapping(e.get("quantities") or {}, "import.quantities").items():
            amount = self.amount(written, f"import.quantities.{unit}")
            if amount is not None:
                quantities[unit] = amount
        code = self.code(e.get("commodity_code"), "import.commodity_code") if e.get("commodity_code") else product.code
        if e.get("commodity_code") and product.code and code[:6] != product.code[:6]:
            self.problem("bill.import_code_differs", "import.commodity_code", hs=code, product=product.code)
        return Import(
            declared,
            code,
            self.money(e.get("dutiable_value"), "import.dutiable_value"),
            quantities,
            self.amount(e.get("value_in_usd"), "import.value_in_usd"),
            self.yes_no(e.get("rcep_listed"), "import.rcep_listed"),
        )

    def rules(self, value: object, product: Product) -> dict[str, RuleSet]:
        """Product rules the file brings, by agreement: one text for the product, or texts by code for its parts too."""
        found: dict[str, RuleSet] = {}
        for scheme, content in self.mapping(value or {}, "rules").items():
            path = f"rules.{scheme}"
            if scheme != "22" and scheme not in self.origins.schemes:
                self.problem("bill.scheme_not_known", path, scheme=scheme)
                continue
            texts = self.mapping(content, path) if isinstance(content, dict) else {product.code: content}
            rows = []
            for code, written in texts.items():
                text = self.text(written, path)
                rule = read_rule(text)
                if isinstance(rule, NotEncoded):
                    facts = {"words": rule.words or text[:60]}
                    self.findings.append(Finding("bill.own_rule_not_read", path, facts, severity="warning"))
                rows.append({"hs": self.code(code, path), "rule": text})
            found[scheme] = from_rows("bill", rows)
        return found

    # single values

    def money(self, value: object, path: str) -> int | None:
        amount = self.amount(value, path, Decimal(MAX_VALUE_FEN) / 100)
        if amount is None:
            return None
        try:
            return fen_of(amount)
        except NotAnAmount:
            self.problem("input.more_than_two_decimals", path, read=str(value)[:60])
            return None

    def grams(self, value: object, path: str) -> int | None:
        """Kilograms as whole grams."""
        amount = self.amount(value, path, Decimal(10**9))
        if amount is None:
            return None
        try:
            return milli_of(amount)
        except NotAnAmount:
            self.problem("bill.weight_too_fine", path, read=str(value)[:60])
            return None

    def count(self, value: object, path: str) -> int | None:
        amount = self.amount(value, path, Decimal(100_000))
        if amount is not None and amount != amount.to_integral_value():
            self.problem("input.not_an_amount", path, read=str(value)[:60])
            return None
        return None if amount is None else int(amount)

    def words(self, value: object, path: str) -> tuple[str, ...]:
        if value is None:
            return ()
        if isinstance(value, list):
            return tuple(text for n, one in enumerate(value, start=1) if (text := self.text(one, f"{path}[{n}]")))
        text = self.text(value, path)
        return (text,) if text else ()

    def country(self, value: object, path: str) -> str:
        text = self.text(value, path).upper()
        if not text:
            self.problem("bill.country_missing", path)
        elif not self.origins.is_country(text):
            self.problem("bill.country_not_known", path, read=text[:20])
        return text

    def code(self, value: object, path: str) -> str:
        """An HS code of four to ten digits in a chapter that exists."""
        text = self.text(value, path).replace(".", "").replace(" ", "")
        if not text:
            self.problem("input.code_missing", path)
        elif not (text.isascii() and text.isdigit()) or len(text) not in (4, 6, 8, 10):
            self.problem("input.code_malformed", path, read=text[:20])
            return ""
        elif not "01" <= text[:2] <= "97" or text[:2] == "77" or text[2:4] == "00":
            self.problem("bill.code_not_known", path, hs=text)
        return text
