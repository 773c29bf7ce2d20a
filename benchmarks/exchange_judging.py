"""Inventories of cross-border e-commerce read, validated and judged a second on one core, against their order, payment and waybill, with limits and tax.

Each inventory has two lines on average, one in twenty has a fault; the three other documents of each lie on the desk. Seconds of the processor are what
counts, since the machine is shared; seconds of the clock are said beside them. Signatures are checked apart, as they cost the same for a message of one
inventory and of a hundred. Limit: 3,000 inventories a second and core.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
import time
from collections import Counter
from decimal import Decimal

LIMIT = 3_000
DAY = dt.date(2025, 3, 3)
PARTIES = {
    "platform_code": "1105910159",
    "platform_name": "某平台",
    "seller_code": "3301968AB1",
    "seller_name": "某电商",
}
CARRIER = {"carrier_code": "1101180326", "carrier_name": "某物流"}
GOODS = (
    ("1901101000", "婴儿配方奶粉", "122", "0.9", 15),
    ("9619001100", "婴儿纸尿裤", "125", "1.1", 9),
    ("3304990099", "面霜", "142", "0.05", 32),
    ("3303000010", "香水", "142", "0.05", 48),
    ("3305100090", "洗发水", "142", "0.5", 6),
    ("3401300000", "洁面乳", "142", "0.12", 8),
)
"""Code, name, unit sold, kilograms of one, price of one in tens of yuan."""


def _trial(number: int, r: random.Random):
    """One inventory and the three documents it belongs to."""
    from tongguan.exchange.identity import check_character
    from tongguan.exchange.reading import CHINA
    from tongguan.exchange.shape import Inventory, InventoryLine, Order, OrderLine, Payment, Waybill

    at = dt.datetime(2025, 3, 3, 10, 30, number % 60, tzinfo=CHINA)
    seventeen = f"330106{r.randint(1950, 2004)}{r.randint(1, 12):02d}{r.randint(1, 28):02d}{r.randint(0, 999):03d}"
    buyer, name, yuan = seventeen + check_character(seventeen), f"买家{number}", {"currency": "142"}
    said = {"action": "1", "reported_at": at, "submission": "2"}
    chosen = [(*r.choice(GOODS), r.choice((1, 1, 1, 2, 3))) for _ in range(r.choice((1, 1, 2, 2, 3, 3)))]
    total = [Decimal(10 * price * pieces) for *_, price, pieces in chosen]
    freight, address, order_no, waybill_no = (
        Decimal(10),
        "浙江省杭州市西湖区某街道某路100号1单元101室",
        f"DD{number:012d}",
        f"YD{number:012d}",
    )
    person = {"buyer_name": name, "buyer_telephone": "13800000000", "buyer_id_type": "1", "buyer_id": buyer}
    consignee = {"consignee": name, "consignee_telephone": "13800000000", "consignee_address": address}
    lines = [
        {"number": n, "item_no": f"SKU-{code}", "item_name": what, "specification": f"{what}|某牌|{kilograms}千克", "unit": unit, "country": "609",
         "quantity": Decimal(pieces), "price": Decimal(10 * price), "total": total[n - 1], **yuan}
        for n, (code, what, unit, kilograms, price, pieces) in enumerate(chosen, start=1)
    ]  # fmt: skip
    declared = [
        InventoryLine(
            **line, commodity_code=code, name=what, record_item=f"LH{code}", first_quantity=Decimal(kilograms) * pieces, first_unit="035",
            second_quantity=Decimal(pieces), second_unit="011",
        )
        for line, (code, what, _, kilograms, _, pieces) in zip(lines, chosen, strict=True)
    ]  # fmt: skip
    paid = sum(total) + freight
    order = Order(
        guid=f"{number:032d}-ORD", **said, order_type="I", order_no=order_no, **PARTIES, goods_value=sum(total), freight=freight, discount=Decimal(0),
        tax=Decimal(0), paid=paid, **yuan, buyer_account=f"u{number}", **person, payment_no=f"ZF{number}", **consignee,
        lines=tuple(OrderLine(**line) for line in lines),
    )  # fmt: skip
    payment = Payment(
        guid=f"{number:032d}-PAY", **said, payment_firm_code="1101110323", payment_firm_name="某支付", payment_no=f"ZF{number}", order_no=order_no,
        platform_code=PARTIES["platform_code"], platform_name="某平台", payer_id_type="1", payer_id=buyer, payer_name=name, paid=paid, **yuan, paid_at=at,
    )  # fmt: skip
    waybill = Waybill(
        guid=f"{number:032d}-WAY", **said, **CARRIER, waybill_no=waybill_no, order_no=order_no, freight=freight, insurance=Decimal(0), **yuan,
        weight=Decimal("2.3"), packages=1, **consignee,
    )  # fmt: skip
    inventory = Inventory(
        guid=f"{number:032d}-INV", **said, order_no=order_no, **PARTIES, waybill_no=waybill_no, **CARRIER, own_no=f"QD{number}",
        guarantor_code=PARTIES["seller_code"], account_book="T3301W000001", direction="I", declared_on=DAY, customs_office="2924",
        entry_customs="2924", **(person | ({"buyer_name": "别人"} if number % 20 == 0 else {})), consignee_address=address,
        declarant_code="3301980XY2", declarant_name="某报关", warehouse_code="3301660001", warehouse_name="某仓储", supervision_mode="1210",
        transport_mode="4", country="142", freight=freight, insurance=Decimal(0), **yuan, packages=1, gross_weight=Decimal("9.3"),
        net_weight=Decimal("8.8"), lines=tuple(declared),
    )  # fmt: skip
    return inventory, (order, payment, waybill)


def _messages(inventories, size: int) -> list[bytes]:
    from tongguan.exchange.shape import Message, Transfer
    from tongguan.exchange.writing import write

    transfer = Transfer(
        sender_code="1105910159", sender_name="某平台", exchange_mode="DXP", exchange_id="DXPENT0000000001"
    )
    return [
        write(Message(kind=621, edition="2018", guid=f"{n:036d}", version="1.0", documents=tuple(inventories[n : n + size]), transfer=transfer))
        for n in range(0, len(inventories), size)
    ]  # fmt: skip


def _judge_all(messages, desk, world) -> Counter:
    from tongguan.exchange.judging import judge
    from tongguan.exchange.reading import read

    codes: Counter = Counter()
    for data in messages:
        received = read(data)
        for one in judge(received, DAY, desk, world, looks_at_signature=False).documents:
            codes["all"] += 1
            codes.update({f.code for f in one.faults if f.severity == "error"})
            codes["taxed"] += one.tax is not None
    return codes


def _measured(work, times: int = 5) -> tuple[float, float]:
    """Seconds of the processor and of the clock of the quickest of some runs."""
    best = (float("inf"), float("inf"))
    for _ in range(times):
        processor, clock = time.process_time(), time.perf_counter()
        work()
        best = min(best, (time.process_time() - processor, time.perf_counter() - clock))
    return best


def run(number: int = 2_000) -> list[str]:
    from msgspec import structs

    from tongguan.assessment.world import shipped_world
    from tongguan.exchange import law
    from tongguan.exchange.desk import DeskInMemory
    from tongguan.exchange.dictionary import kinds
    from tongguan.exchange.place import Place

    place = Place.of(kinds()[621], 1)
    r = random.Random(621)
    desk, world, inventories = DeskInMemory(), shipped_world(), []
    for n in range(number):
        inventory, (order, payment, waybill) = _trial(n, r)
        inventories.append(inventory)
        # The seller withholds what is payable, and the buyer pays it.
        tax = law.assess(inventory, place, DAY, desk, world)[0].total
        order = structs.replace(order, tax=Decimal(tax) / 100, paid=order.paid + Decimal(tax) / 100)
        payment = structs.replace(payment, paid=order.paid)
        desk.orders[order.platform_code, order.order_no] = order
        desk.payments[payment.platform_code, payment.order_no] = payment
        desk.waybills[waybill.carrier_code, waybill.waybill_no] = waybill
    lines = []
    met = True
    for size in (100, 1):
        messages = _messages(inventories, size)
        codes = _judge_all(messages, desk, world)
        assert codes["all"] == number
        # nothing but the fault put in: the buyer is neither the one of the order nor the payer
        assert set(codes) <= {"all", "taxed", "exchange.buyer_differs_from_order", "exchange.buyer_is_not_the_payer"}, (
            codes
        )
        assert codes["exchange.buyer_differs_from_order"] == -(-number // 20)
        assert codes["taxed"] == number - codes["exchange.buyer_differs_from_order"]
        processor, clock = _measured(lambda messages=messages: _judge_all(messages, desk, world))
        rate = number / processor
        met = met and rate >= LIMIT
        size_kb = sum(map(len, messages)) / number / 1000
        lines.append(
            f"{size:3d} a message, {size_kb:.1f} kB each: {rate:,.0f} inventories/s of processor time ({number / clock:,.0f}/s by the clock), limit {LIMIT:,}"
        )
    lines.append(_signatures(_messages(inventories[:1], 1)[0]))
    lines.append("met" if met else "MISSED")
    for line in lines:
        print(" ", line)
    return lines


def _signatures(data: bytes) -> str:
    """What checking a signature adds to each message."""
    try:
        from cryptography.hazmat.primitives.asymmetric import rsa

        from tongguan.exchange.reading import read
        from tongguan.exchange.signing import RsaSigner, check, sign
    except ImportError:
        return "signatures not measured: cryptography is not installed"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signed = sign(data, RsaSigner(key, _certificate(key)))
    received = read(signed)
    assert [f.code for f in check(received)] == ["exchange.signer_not_known"]
    processor, _ = _measured(lambda: [check(received) for _ in range(200)], 3)
    return f"checking an RSA signature of a message of one inventory adds {processor / 200 * 1e6:,.0f} microseconds"


def _certificate(key) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    name = x509.Name([])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(dt.datetime(2024, 1, 1, tzinfo=dt.UTC)).not_valid_after(
        dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    )
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


if __name__ == "__main__":
    sys.exit(0 if run()[-1] == "met" else 1)
