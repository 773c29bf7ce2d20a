"""Writes the generated pages of docs/ again. `make docs`; with `--check` nothing is written and status 1 says that a page is behind.

coverage.md         the rules, what was measured (docs/measured/*.yaml, from benchmarks/), and what the tables of papers, fees and origin lack
shipment-file.md    every key of a shipment file: meanings from docs/shipment-keys.yaml, lists from the code that reads them
message-faults.md   every fault of a message, from tables/exchange/faults.yaml and messages/exchange.yaml
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tongguan.assessment.channels.asked import FACT_LABELS
from tongguan.assessment.dutiable import adjustments, trade_terms_by_name
from tongguan.assessment.quantities import OTHER_NAMES, UNITS
from tongguan.assessment.rate_paths import PROOFS
from tongguan.assessment.scenarios import DRUG_LISTS, NO_CONSUMPTION_TAX, VAT_CLASSES
from tongguan.assessment.shipment import ALLOCATIONS, CHANNELS, VALUATION_METHODS
from tongguan.cli.law import markdown, rule_folders, summary_of
from tongguan.exchange.judging import faults
from tongguan.fees.register import starter_register
from tongguan.grammar.citations import WEAK
from tongguan.grammar.findings import catalogue
from tongguan.grammar.strict_yaml import load_text
from tongguan.law.consumption_tax.rule import tax_classes
from tongguan.law.controls.tables import attribute_file, requirements
from tongguan.origin.agreements import agreements
from tongguan.tariff.origins import origins
from tongguan.tariff.schedule import TABLES, read_csv

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
MEASURED = DOCS / "measured"
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def table(head: Iterable[str], rows: Iterable[Iterable[object]], right: int = 0) -> list[str]:
    """A table in Markdown; the last `right` columns hold figures."""
    names = list(head)
    marks = ["---"] * (len(names) - right) + ["---:"] * right
    lines = [f"| {' | '.join(names)} |", f"| {' | '.join(marks)} |"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return lines


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def measured(name: str) -> dict[str, Any]:
    """A file of figures, as benchmarks/ recorded it; empty where nothing was recorded."""
    path = MEASURED / f"{name}.yaml"
    return load_text(path.read_bytes()) or {} if path.exists() else {}


def _made_by(content: dict[str, Any]) -> list[str]:
    return [f"Measured on {content['date']} with `{content['command']}`.", ""]


# --- coverage.md ---------------------------------------------------------------------------------------------------------------------


def coverage() -> str:
    """The page of rules, figures and gaps."""
    text = markdown(summary_of(rule) for rule in rule_folders())
    text = text.replace(
        "Written by `tongguan law coverage --markdown` from the rules themselves; please do not edit it by hand.",
        "Written by `make docs` from the rules, the tables and the recorded figures; please do not edit it by hand. The part on rules is what\n"
        "`tongguan law coverage --markdown` prints.",
    )
    parts = [search(), classification(), origin_rules(), papers(), fees(), origin(), speed()]
    return text + "".join("\n" + "\n".join(part) + "\n" for part in parts if part)


def _accuracy(
    title: str, name: str, words: list[str], columns: list[object], label: Callable[[object], str]
) -> list[str]:
    content = measured(name)
    if not content:
        return []
    rows = defaultdict(dict)
    for f in content["figures"]:
        share = f"{f['right_percent']} % ({f['low']}–{f['high']})" if f["right_percent"] else "–"
        is_shown_with_n = str(f["at"]) == "certain"
        rows[f["set"], f["half"], f["level"]][str(f["at"])] = f"{share} of {f['n']}" if is_shown_with_n else share
        if not is_shown_with_n:
            rows[f["set"], f["half"], f["level"]]["n"] = f["n"]
    body = [
        (which, half, held.get("n", ""), level, *(held.get(str(c), "–") for c in columns))
        for (which, half, level), held in sorted(
            rows.items(), key=lambda r: (r[0][0], r[0][1] != "all", r[0][1], int(r[0][2]))
        )
    ]
    head = ["Set", "Half", "Cases", "Digits", *(label(c) for c in columns)]
    return [f"## {title}", "", *_made_by(content), *words, "", *table(head, body, 2 + len(columns))]


def search() -> list[str]:
    """How often the search is right."""
    words = [
        "The right code of so many digits among the first answers, in per cent, with the 95 % interval (Wilson). Each set is cut in two by a hash: the",
        "seen half may be looked at while working on the search and its word lists, the unseen half is only counted, so trust that one. Shares of the US",
        "and advance rulings rest on few cases. The sets are British and American; there is no such set in Chinese, so nothing was measured there.",
    ]
    return _accuracy(
        "Finding the code: search", "search", words, [1, 3, 10], lambda at: f"first {at}" if at != 1 else "first"
    )


def classification() -> list[str]:
    """How often guided classification is right."""
    words = [
        "*First*: the leading branch has the right digits. *Called certain*: of the codes called certain at that many digits, how many were right.",
        "Where a code is not certain the answer stops at fewer digits, or gives none. In the pass with the oracle, questions are answered by a fixed",
        "keyword search in the applicant's own words.",
    ]
    return _accuracy(
        "Finding the code: guided classification", "classification", words, [1, "certain"],
        lambda at: "first" if at == 1 else "called certain, right",
    )  # fmt: skip


def origin_rules() -> list[str]:
    """How many product rules are read."""
    content = measured("origin_rules")
    if not content:
        return []
    rows = [
        (
            f["list"],
            f["rules"],
            f["by_figures"],
            f["with_facts"],
            f["notes"],
            f["not_encoded"],
            f"{f['parsed_percent']} %",
            f["no_text"],
        )
        for f in content["figures"]
    ]
    head = ["List", "Rules", "by figures", "with facts", "notes", "not encoded", "parsed", "no text"]
    return [
        "## Product rules of origin that are read",
        "",
        *_made_by(content),
        "*By figures*: decided by codes, origins, values and weights alone. *With facts*: names an operation or describes materials in words, and asks the",
        "bill to confirm it. *Not encoded*: not read, and never passed. *No text*: rows without a rule, which do not count. Aim: 95 % in each list.",
        "",
        *table(head, rows, 7),
    ]


def papers() -> list[str]:
    """What the tables of papers hold and lack."""
    held: dict[str, list[Any]] = defaultdict(list)
    for family, requirement in requirements().values():
        held[family].append(requirement)
    rows = [
        (f"`{family}`", len(found), sum(any(p.confidence in WEAK for p in r.periods) for r in found))
        for family, found in sorted(held.items())
    ]
    access = read_csv(TABLES / "controls" / "access.csv")
    states = Counter(r["state"] for r in access)
    products = {r["product"] for r in access}
    return [
        "## Papers: what is held and what is not encoded",
        "",
        *table(["Family", "Requirements", "with a weak mark"], rows, 2),
        "",
        f"Quarantine access: {len(access)} pairs of product and country for {len(products)} products and diseases:",
        f"{', '.join(f'{state} {count}' for state, count in states.most_common())}.",
        "A pair that is not held is not encoded, which is neither leave nor refusal. See [loading published lists](published-lists.md).",
        "",
        "Not encoded: the whole catalogues of automatic licences, of inspection and of compulsory certification, of which only lines and groups are held",
        "(an answer is complete when the year's catalogue was loaded); the forms themselves; what provinces add; fees of certificates.",
    ]


def fees() -> list[str]:
    """What the charge register holds and lacks."""
    register = starter_register()
    without = Counter(t.effect for t in register.terms if not t.cap)
    rows = [
        (kind, len(found), sum(bool(t.cap) for t in found), sum(not t.is_firm for t in found))
        for kind, found in sorted(_by_kind(register.terms, {c.id: c.kind for c in register.charges.values()}).items())
    ]
    return [
        "## Fees: what is held and what is not encoded",
        "",
        *table(["Kind of charge", "Rows", "with a figure", "to be checked before claiming"], rows, 3),
        "",
        f"Rows without a figure: {', '.join(f'{effect} {count}' for effect, count in without.most_common())}.",
        "Not encoded: prices of the market, which are in each firm's published list and come in with `tongguan fees load`; charges of single ports; what",
        "quarantine treatment costs.",
    ]


def _by_kind(terms: Iterable[Any], kinds: dict[str, str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for term in terms:
        found[kinds[term.charge]].append(term)
    return found


def origin() -> list[str]:
    """What is held of each agreement."""
    own_rules = Counter(row["scheme"] for row in read_csv(TABLES / "origin" / "product_rules.csv"))
    rows = []
    for scheme in origins().schemes.values():
        known = agreements().get(scheme.scheme)
        general = known is not None and "general_rule" in known.values
        rows.append(
            (
                f"`{scheme.scheme}`", scheme.name_en, len(known.values) if known else 0, "yes" if general else "no",
                own_rules[scheme.scheme] or "–", scheme.confidence,
            )
        )  # fmt: skip
    head = ["Code", "Agreement", "Parameters", "General rule", "Product rules shipped", "How sure"]
    return [
        "## Origin: what is held of each agreement",
        "",
        *table(head, sorted(rows)),
        "",
        "Product rules are shipped for lines of the starter schedule only, from the annexes of four agreements; elsewhere the agreement stays *not encoded*",
        "for the line until its rule is given (`rules` in the bill, or `--rules`). The annex of GACC order 122 on non-preferential origin is not held.",
    ]


def speed() -> list[str]:
    """Speed and memory, as last recorded."""
    figures = measured("speed").get("figures") or {}
    if not figures:
        return []
    lines = [
        "## Speed and memory",
        "",
        "Recorded with `python -m benchmarks --record`. Read the lines of one benchmark against each other; the machine was shared.",
    ]
    for name, one in figures.items():
        lines += ["", f"**{name}** ({one['date']}; {one['machine']})", "", *(f"- {line}" for line in one["lines"])]
    return lines


# --- shipment-file.md ----------------------------------------------------------------------------------------------------------------

WORDS = {
    "channel": CHANNELS,
    "trade_terms": tuple(trade_terms_by_name()),
    "allocation": ALLOCATIONS,
    "valuation_method": VALUATION_METHODS,
    "vat_class": VAT_CLASSES,
    "consumption_tax_class": (NO_CONSUMPTION_TAX, *tax_classes()),
    "drug_list": tuple(DRUG_LISTS),
    "proof": tuple(PROOFS),
}
SECTIONS = {
    "shipment": "The shipment 整票",
    "dates": "`dates` 日期",
    "item": "Each of `items` 每项商品",
    "preference": "Each of `preferences` 每项优惠主张",
    "cost": "An amount with a currency of its own 另注币种的金额",
}
KINDS = {
    "yes_no": "yes, no", "fen": "CNY", "ppm": "ratio, such as 0.30", "milli": "quantity", "whole": "whole number", "day": "day",
    "choice": "a word", "text": "text",
}  # fmt: skip


def shipment_file() -> str:
    """The page on the shipment file."""
    keys = load_text((DOCS / "shipment-keys.yaml").read_bytes())
    lines = [
        "# The shipment file 货物文件",
        "",
        "Written by `make docs` from `docs/shipment-keys.yaml` and from the code that reads the file; please do not edit it by hand.",
        "",
        "What `tongguan assess`, `papers FILE` and `days` read: YAML or JSON, in UTF-8, UTF-16 or GB18030. A file holds one shipment, a list of them, or",
        "`shipments:` with a list. Amounts and codes stand in quotation marks, so that no digit is lost. What you do not know you leave out, or write as",
        "`unknown`: the answer is then a range or *at least*, and names the fact. A key nobody knows is refused with the nearest one.",
        "",
        "货物文件用 YAML 或 JSON 书写。金额和编码加引号，以免丢失数字。不知道的就不写，或写 unknown：答案会给出范围并指出所缺的事实。不认识的键会被退回，并提示最接近的一个。",
        "",
        "```console",
        "$ tongguan assess examples/wine-from-chile.yaml --lang en",
        "Dutiable value                                         365,417.07",
        "```",
    ]
    for section, title in SECTIONS.items():
        rows = [
            (f"`{name}`", key["en"], key["zh"], key["unit"], f"`{_flow(key['example'])}`")
            for name, key in keys[section].items()
        ]
        lines += ["", f"## {title}", "", *table(["Key", "Meaning", "含义", "Unit or values", "Example"], rows)]
    lines += ["", "## Words 取值", ""]
    lines += table(
        ["Key", "Values"], ((f"`{name}`", ", ".join(f"`{w}`" for w in words)) for name, words in WORDS.items())
    )
    others = defaultdict(list)
    for other, unit in OTHER_NAMES.items():
        others[unit].append(other)
    lines += [
        "",
        "Units of `quantities` 计量单位: "
        + "; ".join(f"`{u}`" + (f" ({', '.join(others[u])})" if others[u] else "") for u in sorted(UNITS))
        + ".",
    ]
    lines += ["", "## `additions` and `deductions` 计入和不计入项目", ""]
    lines += table(
        ["Name", "What", "内容", "Effect"],
        ((f"`{n}`", a.label_en, a.label_zh, a.effect) for n, a in adjustments().items()),
    )
    lines += [
        "",
        "## `facts` for papers 单证所需的事实",
        "",
        "Write them under `facts` of the item they are true of.",
        "",
    ]
    lines += table(
        ["Name", "Question", "问题", "Values"],
        (
            (f"`{n}`", a.question_en, a.question_zh, ", ".join(f"`{v}`" for v in a.values) or "text")
            for n, a in attribute_file().attributes.items()
        ),
    )
    lines += [
        "",
        "## `facts` for channels 渠道所需的事实",
        "",
        "What the code of each channel reads, of the shipment or of an item.",
        "",
    ]
    lines += table(["Channel file", "Name", "What", "内容", "Unit"], _channel_facts())
    lines += ["", "## `facts` for fees and days 收费和时限所需的事实", ""]
    lines += table(
        ["Name", "What", "内容", "Unit"],
        [
            ("`port`", "port of entry by UN/LOCODE, such as CNSHA", "进境口岸（UN/LOCODE）", "code"),
            ("`containers_20`, `containers_40`, `containers_45`", "containers by size", "各尺寸箱量", "whole number"),
            ("`cargo`", "general, or dangerous_or_reefer", "普通货物，或危险品、冷藏货物", "a word"),
            (
                "`contract_on`, `shipped_on`, `released_on`, `sold_on`",
                "days from which clocks run",
                "各时限的起算日",
                "day",
            ),
            (
                "`papers_held`",
                "papers in hand, by the names `tongguan papers --json` gives, with ; between",
                "已有的单证，用分号隔开",
                "text",
            ),
        ],
    )
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:  # noqa: ANN401  # an example of any shape
    """A value as YAML writes it in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    text = str(value)
    is_plain = text.replace("_", "a").replace(" ", "a").isalpha() or _DAY.fullmatch(text)
    return text if is_plain else f'"{text}"'


def _channel_facts() -> Iterator[tuple[str, ...]]:
    folder = ROOT / "src" / "tongguan" / "assessment" / "channels"
    for path in sorted(folder.glob("*.py")):
        kinds: dict[str, str] = {}
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in KINDS
                and ast.unparse(node.func.value).endswith(("facts", "f"))
                and node.args
                and isinstance(node.args[0], ast.Constant)
                and isinstance(node.args[0].value, str)
            ):
                kinds[node.args[0].value] = KINDS[node.func.attr]
        for name, kind in sorted(kinds.items()):
            zh, en = FACT_LABELS.get(name, ("", name.replace("_", " ")))
            yield path.stem, f"`{name}`", en, zh, kind


# --- message-faults.md ---------------------------------------------------------------------------------------------------------------

STAGES = {
    "message": "The message cannot be read, or is not built as the schema says",
    "signature": "Signature",
    "field": "One field",
    "document": "Fields of one document together",
    "match": "Against the other documents",
    "law": "Limits, list and time",
    "wait": "What a document waits for (no fault)",
    "note": "Worth knowing",
}


def message_faults() -> str:
    """Every fault by its stage: code, cause and cure in both languages, and the official number where it has one of its own."""
    lines = [
        "# Faults of messages",
        "",
        "Written by `make docs` from `tables/exchange/faults.yaml` and `messages/exchange.yaml`. What the stages mean for the official state of the",
        "answer stands in [messages.md](messages.md). Words in braces are filled with what was read.",
    ]
    texts = catalogue()
    for stage, title in STAGES.items():
        rows = []
        for code, fault in faults().items():
            if fault.stage == stage:
                text = texts[code]
                numbers = ", ".join(f"{kind}: {state}" for kind, state in sorted(fault.state.items()))
                rows.append((f"`{code}`", text.zh, text.next_zh, text.en, text.next_en, numbers))
        lines += ["", f"## {title}", "", *table(("Code", "原因", "怎么办", "Cause", "Cure", "Official number"), rows)]
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "coverage.md": coverage,
    "shipment-file.md": shipment_file,
    "message-faults.md": message_faults,
}


def main() -> int:
    """Write, or compare."""
    behind = []
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not path.exists() or path.read_text("utf-8") != text:
            behind.append(name)
            if "--check" not in sys.argv[1:]:
                path.write_text(text, "utf-8")
                print(f"docs/{name} written")
    if behind and "--check" in sys.argv[1:]:
        print(f"Behind the rules: {', '.join(behind)}. Run `make docs`.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
