"""The input columns of bulk work: what each is called, how it is written, and how it is turned into whole numbers.

`SPECS` is the list people see: `tongguan bulk --template` prints it and `docs` of the command point here. One row is one goods item. Every column
may be left out but a code, a day and a value; what is left out is not known, and a row that needs it is refused with a finding that names it.

    shipment                 rows that follow each other with the same text are one consignment (small amounts are waived for it as a whole)
    channel                  general_trade (taken unless said) and the other channels of `codes.CHANNELS`
    commodity_code           8 digits, or 10; 13 are read as their first 8, as the single path does
    origin                   two letters; preferential_origin where it differs
    declared_on, arrived_on  2025-03-03, 20250303, 2025/3/3, 2025年3月3日
    trade_terms              EXW … DDP; CIF unless said. foreign_inland, freight, insurance in the currency of the price;
                             an insurance left out is 3 per mille of price and freight, a freight left out is refused where the terms leave it open
    price, currency, exchange_rate    exchange_rate in CNY for one unit, at most six decimals; not needed for CNY
    usd_rate                 CNY for one dollar where the law turns on dollars (beer, small consignments without proof); read from exchange_rate for USD
    quantity, unit           and quantity_2, unit_2, quantity_3, unit_3: kg, litre, piece, …
    preference, proof        an agreement (08, 22-JP, LDC-100) and what is shown: certificate, declaration, approved_exporter_declaration
    used_so_far              CNY used this year (e-commerce, offshore) or today (border trade), or US dollars sold before (exhibition)
Yes-or-no columns are those of `codes.FLAG_COLUMNS`. Facts of channels carry the names `assessment/channels` asks for.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from tongguan.assessment.bulk import codes as k
from tongguan.assessment.bulk import tables as t
from tongguan.assessment.bulk.tables import Compiled, line_key
from tongguan.assessment.dutiable import trade_terms_by_name
from tongguan.assessment.names import channel_named, country_named, loose, proof_named, scheme_named, unit_named
from tongguan.grammar.money import NotAnAmount, decimal_of
from tongguan.law.governing_date.rule import SITUATIONS

UNKNOWN_WORDS = frozenset({"", "unknown", "不知道", "未知", "null", "~"})
YES = frozenset({"yes", "true", "1", "是", "y"})
NO = frozenset({"no", "false", "0", "否", "n"})
PATTERNS = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日")


class Spec(NamedTuple):
    """An input column: its name, how it is written (`kind`), the field of `row.Columns` it fills, and its name in Chinese.

    Columns of different channels may fill one field; `channels` are those whose rows this one is read for, all of them when none is named.
    """

    name: str
    kind: str
    field: str
    label_zh: str
    channels: tuple[int, ...] = ()


E4, FEN, MICRO, MILLI, WHOLE, DAY, WORD, FLAG = "e4", "fen", "micro", "milli", "whole", "day", "word", "flag"
DECIMALS = {E4: 4, FEN: 2, MICRO: 6, MILLI: 3, WHOLE: 0}

SPECS: tuple[Spec, ...] = (
    Spec("shipment", WORD, "first", "票号"),
    Spec("channel", WORD, "channel", "进口渠道"),
    Spec("commodity_code", WORD, "code", "商品编号"),
    Spec("origin", WORD, "country", "原产国"),
    Spec("preferential_origin", WORD, "preferential", "优惠原产国"),
    Spec("declared_on", DAY, "declared", "申报日期"),
    Spec("arrived_on", DAY, "arrived", "进境日期"),
    Spec("formalities_on", DAY, "formalities", "办理纳税手续日期"),
    Spec("situation", WORD, "situation", "情形"),
    Spec("trade_terms", WORD, "terms", "成交方式"),
    Spec("price", E4, "price", "总价"),
    Spec("currency", WORD, "", "币制"),
    Spec("exchange_rate", MICRO, "rate", "汇率"),
    Spec("foreign_inland", E4, "inland", "境外内陆运费"),
    Spec("freight", E4, "freight", "运费"),
    Spec("freight_exchange_rate", MICRO, "freight_rate", "运费汇率"),
    Spec("insurance", E4, "insurance", "保险费"),
    Spec("insurance_exchange_rate", MICRO, "insurance_rate", "保险费汇率"),
    Spec("additions", E4, "additions", "计入项目"),
    Spec("deductions", E4, "deductions", "扣除项目"),
    Spec("dutiable_value", FEN, "value", "计税价格"),
    Spec("usd_rate", MICRO, "usd_rate", "美元汇率"),
    Spec("quantity", MICRO, "quantity", "数量"),
    Spec("unit", WORD, "unit", "单位"),
    Spec("quantity_2", MICRO, "quantity_2", "第二数量"),
    Spec("unit_2", WORD, "unit_2", "第二单位"),
    Spec("quantity_3", MICRO, "quantity_3", "第三数量"),
    Spec("unit_3", WORD, "unit_3", "第三单位"),
    Spec("vat_class", WORD, "vat_class", "增值税类别"),
    Spec("drug_list", WORD, "vat_class", "药品清单"),
    Spec("preference", WORD, "claim", "享受优惠"),
    Spec("proof", WORD, "proof", "原产地证明"),
    Spec("exporter", WORD, "exporter", "出口商"),
    *(Spec(name, FLAG, "flags", zh) for name, zh in zip(k.FLAG_COLUMNS, k.FLAG_LABELS, strict=True)),
    Spec("category", WORD, "category", "物品税目类别"),
    Spec("months", WHOLE, "months", "月数"),
    Spec("imported_on", DAY, "started", "料件进口日期", (k.PROCESSING_TRADE,)),
    Spec("released_on", DAY, "started", "放行日期", (k.TEMPORARY_ADMISSION, k.DUTY_RELIEF)),
    Spec("sold_on", DAY, "started", "销售日期", (k.EXHIBITION,)),
    Spec("tax_bill_on", DAY, "ended", "税款缴款书日期", (k.PROCESSING_TRADE,)),
    Spec("disposed_on", DAY, "ended", "处置日期", (k.DUTY_RELIEF,)),
    Spec("left_on", DAY, "ended", "复运出境日期", (k.TEMPORARY_ADMISSION,)),
    Spec("last_day", DAY, "ended", "复运进境期限", (k.REPAIR_ABROAD, k.PROCESSING_ABROAD)),
    Spec("items_in_order", WHOLE, "items", "订单件数"),
    Spec("line", WORD, "choice", "一线或二线", (k.HAINAN,)),
    Spec("kind", WORD, "choice", "减免税货物种类", (k.DUTY_RELIEF,)),
    Spec("used_so_far", FEN, "used", "已用额度"),
    Spec("exhibitor_amount_usd", FEN, "limit", "展商限额（美元）", (k.EXHIBITION,)),
    Spec("value_added", MICRO, "limit", "加工增值比例", (k.HAINAN,)),
    Spec("kg_so_far", MILLI, "limit", "当日已互市数量（千克）", (k.BORDER_TRADE,)),
    Spec("relieved_taxes", WORD, "relieved", "免征税种"),
    Spec("sent_from", WORD, "sent_from", "寄自或来自"),
    Spec("port", WORD, "port", "进境口岸"),
    Spec("age", WHOLE, "age", "年龄"),
    Spec("fee", FEN, "fee", "境外修理或加工费"),
    Spec("parts", FEN, "parts", "境外料件费"),
    Spec("return_freight", FEN, "return_freight", "复运进境运费"),
    Spec("return_insurance", FEN, "return_insurance", "复运进境保险费"),
)
BY_NAME = {spec.name: spec for spec in SPECS}
OTHER_LABELS = {
    "税号": "commodity_code", "商品编码": "commodity_code", "税则号列": "commodity_code", "HS编码": "commodity_code", "HS code": "commodity_code",
    "原产地": "origin", "原产国(地区)": "origin", "country of origin": "origin", "申报日": "declared_on", "进口日期": "arrived_on",
    "货价": "price", "发票金额": "price", "成交总价": "price", "币种": "currency", "计征汇率": "exchange_rate", "完税价格": "dutiable_value",
    "法定数量": "quantity", "第一法定数量": "quantity", "法定单位": "unit", "法定计量单位": "unit", "第一法定单位": "unit", "计量单位": "unit",
    "第二法定数量": "quantity_2", "第二法定单位": "unit_2", "第二法定计量单位": "unit_2", "渠道": "channel",
    "协定": "preference", "优惠贸易协定": "preference", "优惠贸易协定代码": "preference", "agreement": "preference",
    "证明": "proof", "原产地证明类型": "proof", "proof of origin": "proof",
}  # fmt: skip
"""Columns as other systems and the declaration form call them."""
BY_LABEL = {loose(name): column for name, column in OTHER_LABELS.items()} | {loose(s.label_zh): s.name for s in SPECS}
"""Our columns by every name but their own; what writers differ in (width, case, spaces, dashes, brackets) does not count."""


def column_named(text: str) -> str | None:
    """Our name of a column, or None for one we do not know."""
    word = plain(text)
    if word in BY_NAME:
        return word
    return word.lower() if word.lower() in BY_NAME else BY_LABEL.get(loose(word)) or _BY_LOOSE_NAME.get(loose(word))


_BY_LOOSE_NAME = {loose(name): name for name in BY_NAME}


def plain(text: str) -> str:
    """Text as people mean it: full-width characters as plain ones, without space around."""
    return unicodedata.normalize("NFKC", text).strip()


# --- one word at a time: each answers with a code and what is wrong, 0 for nothing ---------------------------------------------------

Answer = tuple[int, int]


def code_of(text: str) -> Answer:
    """A commodity code as its key."""
    digits = plain(text).replace(".", "").replace(" ", "")
    if not digits:
        return -1, 0
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (2, 4, 6, 8, 10, 13):
        return -1, k.CODE_MALFORMED
    if len(digits) < 8:
        return -1, k.CODE_TOO_SHORT
    return line_key(digits if len(digits) < 13 else digits[:8]), 0


def country_of(compiled: Compiled) -> Callable[[str], Answer]:
    """Countries by their two letters or their name in either language."""

    def read(text: str) -> Answer:
        word = plain(text)
        if word.lower() in UNKNOWN_WORDS:
            return -1, 0
        if word.lower() == "undetermined":
            return -1, k.ORIGIN_UNDETERMINED
        place = compiled.countries.get(country_named(word, compiled.world.origins))
        return (-1, k.COUNTRY_NOT_KNOWN) if place is None else (place, 0)

    return read


def one_of(
    words: dict[str, int],
    otherwise: int,
    finding: int = k.NOT_IN_LIST,
    named: Callable[[str], str] = str,
) -> Callable[[str], Answer]:
    """One of a closed list; `otherwise` where nothing is written. `named` turns what people call it into our word."""

    def read(text: str) -> Answer:
        word = plain(text)
        if word.lower() in UNKNOWN_WORDS:
            return otherwise, 0
        found = words.get(word)
        if found is None:
            word = named(word)
            found = words.get(word.lower(), words.get(word.upper()))
        return (otherwise, finding) if found is None else (found, 0)

    return read


def unit_of(text: str) -> Answer:
    """A unit by its name in either language."""
    if plain(text).lower() in UNKNOWN_WORDS:
        return 0, 0
    name = unit_named(text)
    return (t.UNIT_CODES[name], 0) if name else (0, k.UNIT_NOT_KNOWN)


def proof_of(text: str) -> Answer:
    """The proof shown, as a bit; one that no agreement names is still a proof, of a kind that fits only where any does."""
    word = proof_named(plain(text))
    if not word:
        return 0, 0
    if word in t.PROOF_NAMES:
        return 1 << t.PROOF_NAMES.index(word), 0
    return t.OTHER_PROOF, 0


def relieved_of(text: str) -> Answer:
    """The taxes a relief certificate names, as bits."""
    words = plain(text).replace(",", " ").replace("、", " ").replace(";", " ").split()
    if not words:
        return -1, 0
    bits = 0
    for word in words:
        if word not in k.RELIEVED_TAXES:
            return -1, k.NOT_IN_LIST
        bits |= k.RELIEVED_TAXES[word]
    return bits, 0


def sent_from_of(text: str) -> Answer:
    """Hong Kong or Macao, Taiwan, or elsewhere."""
    word = plain(text).upper()
    if word.lower() in UNKNOWN_WORDS:
        return k.PLACE_UNKNOWN, 0
    return (k.NEAR if word in ("HK", "MO") else k.NEAR_TAIWAN if word == "TW" else k.ELSEWHERE), 0


def day_of(text: str) -> Answer:
    """A day as its ordinal; 0 where nothing is written."""
    word = plain(text)
    if word.lower() in UNKNOWN_WORDS:
        return 0, 0
    word = word.removesuffix(" 00:00:00").removesuffix("T00:00:00")
    for pattern in PATTERNS:
        try:
            return dt.datetime.strptime(word, pattern).toordinal(), 0  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    return 0, k.NOT_A_DATE


def flag_of(text: str) -> Answer:
    """1 for yes, 0 for no, −1 for not said."""
    word = plain(text).lower()
    if word in YES:
        return 1, 0
    if word in NO:
        return 0, 0
    return (-1, 0) if word in UNKNOWN_WORDS else (-1, k.NOT_YES_OR_NO)


def number_of(text: str, decimals: int) -> Answer:
    """An amount, rate or quantity as a whole number of its smallest part; −1 where nothing is written. The exact and slow way."""
    word = plain(text)
    if word.lower() in UNKNOWN_WORDS:
        return -1, 0
    try:
        amount = decimal_of(word)
    except NotAnAmount:
        return -1, k.NOT_AN_AMOUNT
    if amount < 0:
        return -1, k.NEGATIVE_AMOUNT
    scaled = amount * Decimal(10) ** decimals
    if scaled != scaled.to_integral_value():
        return -1, k.TOO_PRECISE
    if scaled >= 9 * 10**18:
        return -1, k.AMOUNT_TOO_LARGE
    return int(scaled), 0


def terms_of() -> dict[str, int]:
    """The legs each term of delivery leaves to the buyer: 1 inland, 2 freight, 4 insurance."""
    bits = {"foreign_inland": 1, "freight": 2, "insurance": 4}
    return {name: sum(bits[leg] for leg in getattr(term, "add", ())) for name, term in trade_terms_by_name().items()}


def readers(compiled: Compiled) -> dict[str, Callable[[str], Answer]]:
    """How each column of words is read."""
    exporters = compiled.exporters
    return {
        "channel": one_of({name: place for place, name in enumerate(k.CHANNELS)}, k.GENERAL_TRADE, named=channel_named),
        "commodity_code": code_of,
        "origin": country_of(compiled),
        "preferential_origin": country_of(compiled),
        "situation": one_of(SITUATIONS, 0),
        "trade_terms": one_of(terms_of(), 0),
        "unit": unit_of,
        "unit_2": unit_of,
        "unit_3": unit_of,
        "vat_class": one_of({name: place for place, name in enumerate(t.VAT_NAMES)}, -1),
        "drug_list": one_of(t.DRUG_VAT, -1),
        "preference": one_of(
            compiled.claim_numbers, 0, k.SCHEME_NOT_KNOWN, lambda text: scheme_named(text, compiled.world.origins)
        ),
        "proof": proof_of,
        "exporter": lambda text: (exporters.get(plain(text).casefold(), -1 if plain(text) else 0), 0),
        "category": one_of(k.CATEGORIES, -1),
        "line": one_of(k.CHOICES, 0),
        "kind": one_of(k.CHOICES, 0),
        "relieved_taxes": relieved_of,
        "sent_from": sent_from_of,
        "port": one_of(k.PORTS, 0),
    }
