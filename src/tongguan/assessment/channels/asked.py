"""What a channel asks: the shipment, its days, and the facts the channel's rules turn on.

Facts are text, as people write them. One that is left out (or "unknown", 未知) is None here; the channel then answers with a range and names it.
One that cannot be read is a finding and counts as left out. One that no rule asked for is named too, since it is usually a slip of the pen.
"""

from __future__ import annotations

import datetime as dt
import difflib
import unicodedata
from collections.abc import Iterable

from tongguan.assessment.governing import Dates
from tongguan.assessment.shipment import Shipment
from tongguan.assessment.world import World
from tongguan.grammar.errors import OutOfCoverage
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import NotAnAmount, fen_of, milli_of, ppm_of
from tongguan.grammar.parameters import InForce

UNKNOWN_WORDS = frozenset({"", "unknown", "不知道", "未知"})
YES = frozenset({"yes", "true", "y", "1", "是"})
NO = frozenset({"no", "false", "n", "0", "否"})

MOST = 10**15
"""Numbers above this are no facts; a slip, and a risk of overflow."""

COMMON_FACTS = frozenset(
    {
        "situation", "formalities_on", "arrived_inland_on", "breach_on", "discovered_on", "released_on", "preferential_origin", "declared_origin",
        "for_personal_use", "duty_relief_certificate", "measure_origins_excluded", "country_quota_certificate", "governing_time",
        "first_declared_on", "summary_declared_on", "declaration_period_from", "released_on_security", "consolidated_payment",
        "payment_deferred", "paid_or_released_on",
    }
)  # fmt: skip
"""Facts every channel may carry; they are read elsewhere or stand there for comparison."""

RETAIL_FACTS = (
    "used_this_year", "items_in_order", "supervision_mode", "sent_from", "single_indivisible", "beyond_personal_use",
)  # fmt: skip
RETAIL_ITEM_FACTS = (
    "category", "vat_3_percent_medicine", "anti_cancer", "on_positive_list", "keeps_remark", "quantity_this_year",
)  # fmt: skip
"""What an order and a parcel may both carry, so that one can be compared with the other (`assessment/compare.py`)."""

_EXPECTED = {
    "yes_no": ("“是”或“否”", "yes or no"),
    "amount": ("金额，例如 1200.00", "an amount such as 1200.00"),
    "ratio": ("比例，例如 0.30", "a ratio such as 0.30"),
    "quantity": ("数量，例如 1.5", "a quantity such as 1.5"),
    "whole": ("整数", "a whole number"),
    "day": ("日期，例如 2025-03-01", "a day such as 2025-03-01"),
}


def add_once(findings: list[Finding], one: Finding) -> None:
    """Add a finding unless it is there already: several cases of one item ask the same question."""
    if one not in findings:
        findings.append(one)


class Facts:
    """The facts of a shipment or an item, read one by one."""

    def __init__(self, given: dict[str, str], path: str, findings: list[Finding]) -> None:
        self.given = given
        self.path = path
        self.findings = findings
        self.known: set[str] = set()

    def accept(self, *names: str) -> None:
        """Names that belong to the channel, read or not in this case."""
        self.known.update(names)

    def text(self, name: str) -> str:
        """The fact as text; empty when it is not known."""
        self.known.add(name)
        text = unicodedata.normalize("NFKC", str(self.given.get(name, ""))).strip()
        return "" if text.lower() in UNKNOWN_WORDS else text

    def yes_no(self, name: str) -> bool | None:
        """Yes, no, or not known."""
        text = self.text(name).lower()
        if text in YES:
            return True
        if text in NO:
            return False
        self._unreadable(name, text, "yes_no")
        return None

    def fen(self, name: str) -> int | None:
        """An amount in fen."""
        return self._number(name, "amount")

    def ppm(self, name: str) -> int | None:
        """A ratio in millionths."""
        return self._number(name, "ratio")

    def milli(self, name: str) -> int | None:
        """A quantity in thousandths of its unit."""
        return self._number(name, "quantity")

    def _number(self, name: str, kind: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        read = {"amount": fen_of, "ratio": ppm_of, "quantity": milli_of}[kind]
        try:
            number = read(text)
        except NotAnAmount:
            number = -1
        if 0 <= number <= MOST:
            return number
        self._unreadable(name, text, kind)
        return None

    def whole(self, name: str) -> int | None:
        """A whole number that is not negative."""
        text = self.text(name)
        if text and text.isascii() and text.isdigit() and len(text) <= 9:
            return int(text)
        self._unreadable(name, text, "whole")
        return None

    def day(self, name: str) -> dt.date | None:
        """A day."""
        text = self.text(name)
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            self._unreadable(name, text, "day")
            return None

    def choice(self, name: str, known: Iterable[str]) -> str:
        """One of a closed list; empty when it is not known."""
        text = self.text(name)
        allowed = [k for k in known if k]
        if text and text not in allowed:
            near = difflib.get_close_matches(text, allowed, 1)
            facts = {"name": name, "read": text[:60], "known": ", ".join(allowed), "nearest": near[0] if near else "-"}
            add_once(self.findings, Finding("channels.fact_not_in_list", f"{self.path}.{name}", facts))
            return ""
        return text

    def _unreadable(self, name: str, text: str, kind: str) -> None:
        if text:
            zh, en = _EXPECTED[kind]
            facts = {"name": name, "read": text[:60], "expected_zh": zh, "expected_en": en}
            add_once(self.findings, Finding("channels.fact_unreadable", f"{self.path}.{name}", facts))

    def name_unread(self) -> None:
        """A warning for each fact nobody asked for."""
        for name in self.given:
            if name not in self.known and name not in COMMON_FACTS:
                near = difflib.get_close_matches(name, sorted(self.known), 1)
                facts = {"name": name, "nearest": near[0] if near else "-"}
                self.findings.append(
                    Finding("channels.fact_not_used", f"{self.path}.{name}", facts, severity="warning")
                )


class Question:
    """Everything a channel's assessment is made from."""

    def __init__(self, shipment: Shipment, dates: Dates, findings: list[Finding], world: World) -> None:
        self.shipment = shipment
        self.dates = dates
        self.findings = findings
        self.world = world
        self.facts = Facts(shipment.facts, "facts", findings)
        self.item_facts = [
            Facts(item.facts, f"items[{n}].facts", findings) for n, item in enumerate(shipment.items, start=1)
        ]
        self.decided: dict[str, str] = {}

    def accept_retail_facts(self) -> None:
        """Take the facts of orders and parcels as known, asked for or not."""
        self.facts.accept(*RETAIL_FACTS)
        for facts in self.item_facts:
            facts.accept(*RETAIL_ITEM_FACTS)

    @property
    def day(self) -> dt.date:
        """The governing day."""
        return self.dates.governing_on

    def at(self, name: str, day: dt.date | None = None) -> InForce:
        """A parameter as of the governing day, or another. Raises OutOfCoverage."""
        return self.world.at(name, day or self.day)

    def held(self, name: str, day: dt.date | None = None) -> InForce | None:
        """The same, or None when it is not encoded."""
        try:
            return self.at(name, day)
        except OutOfCoverage:
            return None

    def find(self, code: str, path: str, because: str = "", severity: str = "warning", **facts: str) -> None:
        """Add a finding, once."""
        add_once(self.findings, Finding(code, path, facts, because, severity))  # type: ignore[arg-type]

    def missing_fact(self, name: str, path: str = "facts") -> str:
        """Say that a fact is not known; returns its place, for `missing_facts`."""
        place = f"{path}.{name}"
        if not any(f.code == "channels.fact_missing" and f.path == place for f in self.findings):
            zh, en = FACT_LABELS.get(name, (name, name.replace("_", " ")))
            self.find("channels.fact_missing", place, name=name, label_zh=zh, label_en=en)
        return place


FACT_LABELS = {
    "used_this_year": ("本年已使用的额度", "what has been used of the year's amount"),
    "items_in_order": ("订单中的商品件数", "how many pieces the order holds"),
    "on_positive_list": ("商品是否在正面清单内", "whether the goods are on the positive list"),
    "keeps_remark": ("商品是否符合清单备注", "whether the goods keep the remark of the list"),
    "quantity_this_year": ("本年已购数量", "the quantity bought earlier in the year"),
    "supervision_mode": ("监管方式代码", "the supervision mode"),
    "sent_from": ("邮包寄出地", "where the parcel was sent from"),
    "category": ("进境物品税目类别（1、2、3 或 medicine）", "the category of articles: 1, 2, 3 or medicine"),
    "single_indivisible": ("是否仅一件且不可分割", "whether the parcel holds one indivisible article"),
    "resident": ("旅客是否为居民旅客", "whether the traveller is a resident"),
    "from": ("旅客自何地进境", "where the traveller comes from"),
    "port": ("进境口岸", "the port of entry"),
    "age": ("年龄", "age"),
    "frequent": ("是否短期内多次来往", "whether the traveller crosses often within a short time"),
    "entitled": ("是否为享惠主体", "whether the importer is entitled to zero tariff"),
    "on_taxable_list": ("商品是否在进口征税商品目录内", "whether the goods are on the list of taxable imports"),
    "encouraged_industry": ("是否为鼓励类产业企业生产", "whether a firm of an encouraged industry made the goods"),
    "imported_material": ("是否含进口料件", "whether imported materials went into the goods"),
    "value_added": ("加工增值比例", "the share of value added"),
    "so_far_today": ("本人当日已互市的金额", "the value the person has exchanged earlier that day"),
    "excluded_part": ("商品是否属于不予免税部分", "whether the goods belong to the part that is not exempt"),
    "exhibitor_amount_usd": ("展商享受优惠的销售限额（美元）", "the exhibitor's amount in US dollars"),
    "sold_before_usd": ("展商此前已销售的金额（美元）", "what the exhibitor has sold before, in US dollars"),
    "imported_on": ("料件首次进口之日", "the day the materials were first imported"),
    "listed": ("是否属于可暂不缴税的用途", "whether the purpose is one of those free for the time being"),
    "months": ("计征税款的月数", "the months of stay that are taxed"),
    "relieved_taxes": ("征免税证明所列的免征税种", "which taxes the relief certificate relieves"),
    "released_on": ("放行之日", "the day of release"),
    "reported_at_export": ("出境时是否已向海关报明", "whether the goods were reported as such at export"),
    "last_day": ("海关规定的复运进境期限", "the last day Customs set for the return"),
    "ground": ("退运原因", "why the goods come back"),
    "exported_on": ("出口放行之日", "the day of release for export"),
    "unaltered": ("是否原状", "whether the goods are unaltered"),
    "first_released_on": ("原货物放行之日", "the day the first goods were released"),
    "first_goods": ("原货物的处置", "what became of the first goods"),
    "same_line": ("是否与原货物税号相同", "whether the replacement is of the same tariff line"),
    "no_commercial_value": ("是否无商业价值", "whether the goods have no commercial value"),
    "disposition": ("保税货物的处置", "what becomes of the bonded goods"),
    "force_majeure": ("是否因不可抗力", "whether it was force majeure"),
    "departs_on": ("离境日期", "the day of departure"),
    "by": ("离境方式", "how the traveller leaves"),
    "first_value": ("原货物的计税价格", "the dutiable value of the first goods"),
}  # fmt: skip
"""Names of facts in both languages, for the findings that ask for them."""
