"""Every fault of the table happens, once said in each language; and several faults of one document are told together."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from exchange_makers import (
    AT,
    BUYER_ID,
    DAY,
    GUID,
    INVENTORY_NO,
    KIND_OF,
    PLATFORM,
    D,
    a_desk,
    a_payment,
    a_return,
    a_status,
    a_waybill,
    a_withdrawal,
    an_arrival,
    an_inventory,
    an_inventory_line,
    an_order,
    an_order_line,
    changed,
    codes,
    judged,
    message_of,
)  # fmt: skip
from signing_makers import a_signed_message, checked

from tongguan.assessment.world import shipped_world
from tongguan.declaration import read as read_facts
from tongguan.exchange import declaration, signing
from tongguan.exchange.declaring import Sending
from tongguan.exchange.declaring import message_of as message_of_declaration
from tongguan.exchange.desk import DeskInMemory
from tongguan.exchange.dictionary import kinds
from tongguan.exchange.judging import digest, faults, judge
from tongguan.exchange.parsing import MAX_ELEMENTS
from tongguan.exchange.reading import read
from tongguan.exchange.shape import Extension
from tongguan.exchange.writing import write
from tongguan.grammar.citations import cite_text
from tongguan.grammar.findings import catalogue
from tongguan.grammar.strict_yaml import load_text
from tongguan.law.channels.cross_border_ecommerce import positive_list

ORDER = write(message_of(an_order()))
WINE = load_text((Path(__file__).parents[2] / "examples" / "declarations" / "wine-from-chile.yaml").read_bytes())
DECLARATION = declaration.write(
    message_of_declaration(read_facts(WINE), Sending(own_no="1", firm_name="某报关行", sent_at=AT)).message
)
TWO_IN_ORDER = "\t\t\t<ceb:orderType>I</ceb:orderType>\n\t\t\t<ceb:orderNo>DD-1</ceb:orderNo>"


def raw(old, new, data=ORDER, count=1):
    """A message with some of its bytes changed, judged."""
    old, new = (x.encode() if isinstance(x, str) else x for x in (old, new))
    assert old in data
    return judge(read(data.replace(old, new, count)), DAY)


def declared(old, new):
    """A declaration message with some of its bytes changed, read."""
    assert old in DECLARATION
    return SimpleNamespace(all_faults=declaration.read(DECLARATION.replace(old, new, 1)).faults)


def field(element, value, document=an_order):
    """A document of the makers with the text of one element changed in the message."""
    data = write(message_of(document()))
    pattern = re.compile(f"(<ceb:{element}>)[^<]*(</ceb:{element}>)".encode())
    assert pattern.search(data), element
    return judge(read(pattern.sub(lambda m: m[1] + value.encode() + m[2], data, count=1)), DAY)


def without(element, document=an_order):
    data = write(message_of(document()))
    return judge(read(re.sub(f"\t*<ceb:{element}>[^<]*</ceb:{element}>\n".encode(), b"", data, count=1)), DAY)


def bytes_(data):
    return judge(read(data), DAY)


def with_a_line_for(modes, ask):
    """Ask while every line of the list may enter by these modes only: none of the lines we hold has such a remark."""
    held = positive_list.lines()[0]
    line = changed(held, remark_kind="mode", modes=modes, remark_zh="仅限网购直邮", remark_en="direct purchase only")
    with mock.patch.object(positive_list, "line_of", return_value=line):
        return ask()


SUGAR = an_inventory_line(1, "20.00", commodity_code="1701991090", first_quantity=D("2.5"))
NO_KILOGRAMS = changed(SUGAR, first_unit="122", first_quantity=D(1))


def used(fen):
    desk = a_desk()
    desk.used[BUYER_ID, DAY.year] = fen
    return desk


def known_before(document):
    desk = a_desk()
    desk.contents[document.guid] = digest(changed(document, note="另一内容"))
    return desk


def waybill_used(day):
    desk = a_desk()
    desk.waybill_uses["1101180326", "YD-1"] = (GUID.format(500), day)
    return desk


CASES = {
    "part_not_encoded": lambda: declared(b"</DecSign>", b"</DecSign><DecRisk/>"),
    "too_many_entries": lambda: declared(b"</DecLicenseDocus>", b"<LicenseDocu/>" * 7 + b"</DecLicenseDocus>"),
    "not_digits": lambda: declared(b"<CustomMaster>2248", b"<CustomMaster>22-48"),
    "too_short": lambda: declared(b"<CopName>", b"<CopCode>1</CopCode><CopName>"),
    "empty": lambda: bytes_(b" \n"),
    "too_large": lambda: bytes_(b"<a>" + b" " * (16 * 1024 * 1024)),
    "not_utf8": lambda: bytes_(ORDER.replace("某平台".encode(), b"\xff\xff")),
    "gb18030_labelled_utf8": lambda: bytes_(ORDER.decode().encode("gb18030")),
    "not_utf8_declared": lambda: raw('encoding="UTF-8"', 'encoding="GB18030"'),
    "document_type": lambda: raw("<ceb:CEB311Message", "<!DOCTYPE x><ceb:CEB311Message"),
    "too_many_elements": lambda: bytes_(b"<a>" + b"<b/>" * (MAX_ELEMENTS + 1) + b"</a>"),
    "too_deep": lambda: judged(an_order(), extension=Extension(name="n", version="1", content="<a>" * 40 + "</a>" * 40)),
    "cut_short": lambda: bytes_(ORDER[: len(ORDER) // 2]),
    "not_xml": lambda: raw("<ceb:goodsValue>", "<ceb:goodsValue"),
    "kind_unknown": lambda: raw("CEB311Message", "CEB999Message", count=2),
    "namespace_unknown": lambda: raw("http://www.chinaport.gov.cn/ceb", "http://www.chinaport.gov.cn/dec"),
    "version_unknown": lambda: raw('version="1.0">', 'version="9.9">'),
    "message_guid": lambda: raw(f'guid="{GUID.format(99)}"', 'guid="1"'),
    "no_document": lambda: judged(an_order(), documents=()),
    "too_many_documents": lambda: judged(*(an_order(order_no=f"DD-{n}", guid=GUID.format(n)) for n in range(101))),
    "no_line": lambda: judged(changed(an_order(), lines=())),
    "too_many_lines": lambda: judged(an_order(lines=tuple(an_order_line(n) for n in range(1, 101)))),
    "element_missing": lambda: without("buyerName"),
    "element_unknown": lambda: raw("<ceb:freight>10</ceb:freight>", "<ceb:fright>10</ceb:fright>"),
    "element_repeated": lambda: raw("<ceb:freight>10</ceb:freight>", "<ceb:freight>10</ceb:freight>" * 2),
    "element_out_of_order": lambda: raw(TWO_IN_ORDER, "\n".join(reversed(TWO_IN_ORDER.split("\n")))),
    "element_in_field": lambda: field("itemName", "<b>奶粉</b>"),
    "stray_text": lambda: raw("<ceb:freight>", "奶粉<ceb:freight>"),
    "signature_missing": lambda: bytes_(write(message_of(an_inventory()))),
    "signature_incomplete": lambda: checked(a_signed_message().replace(b"DigestValue>", b"DigestWorth>")),
    "signature_algorithm": lambda: checked(a_signed_message().replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-md5")),
    "signature_not_over_the_message": lambda: checked(a_signed_message().replace(b'URI=""', b'URI="#a"')),
    "signature_not_base64": lambda: checked(a_signed_message().replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>!")),
    "signature_not_checked": lambda: checked(a_signed_message(), without="cryptography"),
    "signature_wrong": lambda: checked(a_signed_message(key="other")),
    "content_changed_after_signing": lambda: checked(a_signed_message().replace(b"QD-1", b"QD-2")),
    "certificate_unreadable": lambda: checked(a_signed_message(certificate=b"no certificate")),
    "certificate_not_valid_then": lambda: checked(a_signed_message(changed(an_inventory(), reported_at=AT.replace(year=2015)))),
    "signer_not_known": lambda: checked(a_signed_message(), trusted=()),
    "signer_is_not_the_sender": lambda: checked(a_signed_message(), trusted=("9999999999",)),
    "signature_by_sha1": lambda: checked(a_signed_message(suite="rsa-sha1")),
    "field_empty": lambda: field("buyerName", ""),
    "too_long": lambda: field("orderNo", "9" * 61),
    "wrong_length": lambda: field("currency", "1420"),
    "not_an_amount": lambda: field("freight", "1e3"),
    "negative_amount": lambda: field("freight", "-10"),
    "too_many_digits": lambda: field("freight", "1.000001"),
    "not_a_whole_number": lambda: field("gnum", "1.0"),
    "not_a_day": lambda: field("appTime", "20250230103000"),
    "hidden_character": lambda: field("buyerName", "李\u200b小宝"),
    "full_width": lambda: field("orderNo", "ＤＤ-1"),
    "look_alike": lambda: field("orderNo", "DD-\u0406"),
    "spaces_around": lambda: field("orderNo", "DD-1 "),
    "value_not_allowed": lambda: field("appType", "9"),
    "currency_not_yuan": lambda: field("currency", "502"),
    "mode_not_of_this_channel": lambda: field("tradeMode", "0110", an_inventory),
    "not_an_identity_card": lambda: field("buyerIdType", "2"),
    "not_one_parcel": lambda: field("packNo", "2", a_waybill),
    "not_a_country": lambda: field("country", "日本国"),
    "code_not_in_table": lambda: field("trafMode", "~", an_inventory),
    "identity_characters": lambda: field("buyerIdNumber", "１１" + BUYER_ID[2:]),
    "identity_length": lambda: field("buyerIdNumber", "110101900307451"),
    "identity_small_x": lambda: field("buyerIdNumber", "11010519491231002x"),
    "identity_birth_date": lambda: field("buyerIdNumber", "110101199013074517"),
    "identity_check_character": lambda: field("buyerIdNumber", BUYER_ID[:-2] + str((int(BUYER_ID[-2]) + 1) % 10) + BUYER_ID[-1]),
    "guid_repeated": lambda: judged(an_order(), an_order(order_no="DD-2")),
    "guid_of_another": lambda: judged(an_order(), desk=known_before(an_order())),
    "document_repeated": lambda: judged(an_order(), an_order(guid=GUID.format(50))),
    "paid_is_not_the_sum": lambda: judged(an_order(paid=D("272.76"))),
    "goods_value_is_not_the_sum": lambda: judged(an_order(goods_value=D(250), paid=D("282.75"))),
    "total_is_not_price_times_quantity": lambda: judged(an_order((an_order_line(1, price=D("149.99")),))),
    "quantity_is_zero": lambda: judged(an_order((an_order_line(1, "0", quantity=D(0)),))),
    "lines_not_in_sequence": lambda: judged(an_order((an_order_line(1), an_order_line(3)))),
    "line_returned_twice": lambda: judged(a_return(a_return().lines * 2)),
    "bonded_field_missing": lambda: judged(an_inventory(account_book=None)),
    "bonded_goods_come_from_china": lambda: judged(an_inventory(country="609")),
    "direct_field_missing": lambda: judged(an_inventory(supervision_mode="9610", country="609")),
    "guarantor_is_no_party": lambda: judged(an_inventory(guarantor_code="3301980XY2")),
    "net_weight_above_gross": lambda: judged(an_inventory(net_weight=D("2.4"))),
    "commodity_code_not_digits": lambda: field("gcode", "19011010AB", an_inventory),
    "second_unit_and_quantity": lambda: judged(an_inventory((an_inventory_line(second_unit="007"),))),
    "order_not_here": lambda: judged(an_inventory(order_no="DD-9")),
    "payment_not_here": lambda: judged(an_inventory(order_no="DD-9")),
    "waybill_not_here": lambda: judged(an_inventory(waybill_no="YD-9")),
    "seller_of_another": lambda: judged(an_inventory(seller_code=PLATFORM)),
    "buyer_differs_from_order": lambda: judged(an_inventory(buyer_name="王方")),
    "number_of_lines_differs": lambda: judged(an_inventory((an_inventory_line(),))),
    "line_differs_from_order": lambda: judged(an_inventory((an_inventory_line(1), an_inventory_line(2, "80.00")))),
    "buyer_is_not_the_payer": lambda: judged(an_inventory(), desk=a_desk(payment=a_payment(payer_name="王方"))),
    "payment_is_not_what_the_order_says": lambda: judged(an_inventory(), desk=a_desk(payment=a_payment(paid=D(1)))),
    "payment_firm_differs": lambda: judged(an_inventory(), desk=a_desk(payment=a_payment(payment_firm_code=PLATFORM))),
    "payment_number_differs": lambda: judged(an_inventory(), desk=a_desk(payment=a_payment(payment_no="ZF-2"))),
    "waybill_of_another_order": lambda: judged(an_inventory(), desk=a_desk(waybill=a_waybill(order_no="DD-2"))),
    "consignee_differs": lambda: judged(an_inventory(), desk=a_desk(waybill=a_waybill(consignee="王方"))),
    "waybill_used_again": lambda: judged(an_inventory(), desk=waybill_used(dt.date(2024, 9, 3))),
    "inventory_not_found": lambda: judged(a_withdrawal(inventory_no="330120250000000002")),
    "not_the_inventory_of_this_order": lambda: judged(a_withdrawal(order_no="DD-2")),
    "withdrawn_after_release": lambda: judged(a_withdrawal(), desk=a_desk(state="800")),
    "returned_line_not_in_inventory": lambda: judged(a_return((changed(a_return().lines[0], number=3),))),
    "more_returned_than_declared": lambda: judged(a_return((changed(a_return().lines[0], quantity=D(2)),))),
    "over_the_single_limit": lambda: judged(an_inventory((an_inventory_line(1, "2500.00"), an_inventory_line(2, "2490.01")))),
    "over_the_yearly_limit": lambda: judged(an_inventory(), desk=used(25_750_01)),
    "list_mode": lambda: with_a_line_for("9610", lambda: judged(an_inventory())),
    "list_quantity": lambda: judged(an_inventory((SUGAR,))),
    "list_quantity_missing": lambda: judged(an_inventory((NO_KILOGRAMS,))),
    "returned_too_late": lambda: judged(a_return(), desk=a_desk(released_on=dt.date(2025, 1, 31))),
    "list_not_encoded": lambda: judged(an_inventory((an_inventory_line(commodity_code="8541401000"),))),
    "list_remark_to_keep": lambda: judged(an_inventory((an_inventory_line(commodity_code="3215190090"),))),
    "year_not_known": lambda: judged(an_inventory(), desk=DeskInMemory(otherwise=None)),
    "law_not_encoded": lambda: judged(an_inventory(), day=dt.date(2016, 4, 1)),
    "tax_not_told": lambda: judged(an_inventory((an_inventory_line(commodity_code="8541401000"),))),
    "tax_withheld_differs": lambda: judged(an_inventory(), desk=a_desk(order=an_order(tax=D("20.00"), paid=D("270.00")))),
}  # fmt: skip


def test_every_fault_of_the_table_has_a_case():
    assert set(CASES) == {code.removeprefix("exchange.") for code in faults()}


@pytest.mark.parametrize("code", CASES)
def test_the_fault_happens_and_is_said(code):
    found = CASES[code]()
    faults_found = [f for f in found.all_faults if f.code == f"exchange.{code}"]
    assert faults_found, [f.code for f in found.all_faults]
    for one in faults_found:
        for language in ("zh", "en"):
            said = one.message(language) + one.next_step(language)
            assert one.next_step(language)
            assert "{" not in said.replace("{http", ""), said
        assert not one.because or cite_text(one.because, "en")
        assert one.path or faults()[one.code].stage == "message"
    severity = {one.severity for one in faults_found}
    stage = faults()[f"exchange.{code}"].stage
    if stage == "wait":
        assert severity == {"warning"}
    elif stage == "note":
        assert severity <= {"note", "warning"}
    else:
        assert severity == {"error"}


def test_every_text_of_a_fault_is_in_the_table_and_every_kind_answers_with_a_number():
    assert {c for c in catalogue() if c.startswith("exchange.")} == set(faults())
    for kind in kinds().values():
        assert (kind.receipt is None) == (kind.refused == "")
    for code, fault in faults().items():
        for number, state in fault.state.items():
            assert kinds()[number].receipt, code
            assert state.startswith(f"-{str(number)[:1]}") or number == 711


@pytest.mark.parametrize(
    "maker", [an_order, a_payment, a_waybill, a_status, an_inventory, a_withdrawal, a_return, an_arrival]
)
def test_a_sound_document_has_no_fault(maker):
    found = judged(maker())
    assert codes(found) == []
    assert found.documents[0].state == "120"
    assert found.is_accepted


def test_faults_of_all_stages_are_told_together():
    spoiled = an_order(buyer_id="110101199003074510", paid=D(1), lines=(an_order_line(2),))
    found = field("freight", "abc", lambda: spoiled)
    assert {"not_an_amount", "identity_check_character", "lines_not_in_sequence"} <= set(codes(found))
    assert "paid_is_not_the_sum" not in codes(found)  # the sum cannot be told while the freight cannot be read


def test_a_saved_document_is_answered_as_saved():
    assert judged(an_inventory(submission="1")).documents[0].state == "1"


def test_what_waits_is_being_declared_and_names_what_it_waits_for():
    found = judged(an_inventory(order_no="DD-9", waybill_no="YD-9"))
    assert found.documents[0].waits_for == (311, 411, 511)
    assert found.documents[0].state == "2"
    assert found.documents[0].is_accepted


def test_a_mismatch_is_returned_by_customs_and_a_broken_document_by_the_port_system():
    assert judged(an_inventory(buyer_name="王方")).documents[0].state == "100"
    assert judged(an_inventory(net_weight=D(9))).documents[0].state == "-621001"
    assert judged(an_inventory(buyer_name="王方", net_weight=D(9))).documents[0].state == "-621001"
    assert judged(an_order(paid=D(1))).documents[0].state == "-301008"


@pytest.mark.parametrize(
    ("second", "code"),
    [("2490.00", None), ("2490.01", "over_the_single_limit")],
    ids=["exactly the limit, freight included", "a fen above"],
)
def test_the_single_limit_to_the_fen(second, code):
    lines = (an_inventory_line(1, "2500.00"), an_inventory_line(2, second))
    order = an_order((an_order_line(1, "2500.00"), an_order_line(2, second)))
    found = codes(judged(an_inventory(lines), desk=a_desk(order=order)), "error")
    assert ("over_the_single_limit" in found) == (code is not None)


@pytest.mark.parametrize(("spent", "is_over"), [(25_750_00, False), (25_750_01, True)])
def test_the_yearly_limit_to_the_fen(spent, is_over):
    assert ("over_the_yearly_limit" in codes(judged(an_inventory(), desk=used(spent)))) == is_over


def test_the_limits_are_those_of_the_day():
    lines = (an_inventory_line(1, "1500.00"), an_inventory_line(2, "600.00"))
    assert "over_the_single_limit" in codes(judged(an_inventory(lines), day=dt.date(2018, 12, 31)))
    assert "over_the_single_limit" not in codes(judged(an_inventory(lines), day=dt.date(2019, 1, 1)))


@pytest.mark.parametrize(("used_on", "is_fault"), [(dt.date(2024, 9, 3), True), (dt.date(2024, 9, 2), False)])
def test_a_waybill_number_is_free_again_after_six_months(used_on, is_fault):
    assert ("waybill_used_again" in codes(judged(an_inventory(), desk=waybill_used(used_on)))) == is_fault


def test_the_same_inventory_again_is_no_second_use_of_its_waybill():
    desk = a_desk()
    desk.waybill_uses["1101180326", "YD-1"] = (an_inventory().guid, DAY)
    desk.contents[an_inventory().guid] = digest(read(write(message_of(an_inventory()))).message.documents[0])
    assert codes(judged(an_inventory(), desk=desk)) == []


@pytest.mark.parametrize(("released_on", "is_late"), [(dt.date(2025, 2, 1), False), (dt.date(2025, 1, 31), True)])
def test_the_last_day_to_apply_for_a_return(released_on, is_late):
    assert ("returned_too_late" in codes(judged(a_return(), desk=a_desk(released_on=released_on)))) == is_late


def test_paths_are_what_xml_tools_take():
    found = field("buyerIdNumber", "1")
    assert found.all_faults[0].path == "CEB311Message/Order[1]/OrderHead/buyerIdNumber"
    found = judged(an_inventory((an_inventory_line(1), an_inventory_line(2, "80.00"))))
    assert "CEB621Message/Inventory[1]/InventoryList[2]/totalPrice" in {f.path for f in found.all_faults}


def test_an_identity_number_is_never_shown_whole():
    for code in ("identity_check_character", "identity_length", "identity_birth_date", "identity_characters"):
        for one in CASES[code]().all_faults:
            assert not re.search(r"[0-9]{8}", "".join(one.facts.values())), one


def test_no_kind_of_the_makers_is_forgotten():
    assert set(KIND_OF.values()) == {k.kind for k in kinds().values() if k.receipt}
    assert INVENTORY_NO in a_desk().inventories
    assert shipped_world()


@pytest.mark.parametrize(("edition", "is_fault"), [("2018", False), ("202205", True)])
def test_the_editions_differ_in_the_length_of_an_article_number(edition, is_fault):
    """The schema of 2018 takes thirty characters of an inventory's article number, that of 2022 twenty."""
    line = an_inventory_line(1, item_no="S" * 25)
    data = a_signed_message(an_inventory((line,)))
    if edition == "202205":
        data = data.replace(signing.RSA_SHA256.method.encode(), signing.SM2.method.encode())
    received = read(data)
    assert received.message.edition == edition
    assert ([f.code for f in received.all_faults] == ["exchange.too_long"]) == is_fault
