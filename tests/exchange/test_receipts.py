"""Receipts: the official state, every fault with its code and cure, the same bytes for the same answer."""

from __future__ import annotations

import datetime as dt

import pytest
from exchange_makers import (
    AT,
    INVENTORY_NO,
    ONE_OF_EACH,
    D,
    a_desk,
    a_return,
    a_withdrawal,
    an_inventory,
    an_order,
    changed,
    codes,
    judged,
    message_of,
)  # fmt: skip

from tongguan.exchange.desk import DeskInMemory
from tongguan.exchange.dictionary import kinds, states
from tongguan.exchange.judging import judge
from tongguan.exchange.reading import read
from tongguan.exchange.receipts import MAX_INFO, info_of, receipt
from tongguan.exchange.writing import write

OFFICIAL = ("1", "2", "3", "4", "100", "120", "300", "399", "500", "800", "899")


def answered(*documents, **more):
    return receipt(judged(*documents, **more), AT)


@pytest.mark.parametrize("maker", ONE_OF_EACH)
def test_each_kind_gets_its_own_receipt(maker):
    answer = answered(maker())
    kind = kinds()[message_of(maker()).kind]
    assert answer.kind == kind.receipt
    assert answer.documents[0].state == "120"
    assert answer.documents[0].info == "[Code:120;Desc:海关入库 stored by Customs]"
    again = read(write(answer))
    assert again.all_faults == ()
    assert again.message.documents == answer.documents


def test_the_same_judgement_gives_the_same_bytes():
    assert write(answered(an_inventory())) == write(answered(an_inventory()))
    assert write(answered(an_inventory())) != write(answered(an_inventory(net_weight=D(9))))


def test_a_receipt_names_every_fault_with_its_cure():
    found = judged(an_inventory(net_weight=D(9), guarantor_code="X"))
    info = receipt(found, AT).documents[0].info
    for fault in found.documents[0].faults:
        assert f"[Code:{fault.code};Path:{fault.path};" in info
        assert fault.next_step("zh") in info


def test_what_does_not_fit_is_counted():
    lines = tuple(changed(an_order().lines[0], number=n, quantity=D(0), total=D(0)) for n in range(2, 80))
    found = judged(an_order(lines))
    info = receipt(found, AT).documents[0].info
    assert len(info) <= MAX_INFO
    told = info.count("[Code:")
    errors = [f for f in found.documents[0].faults if f.severity != "note"]
    assert info.endswith(f"[+{len(errors) - told}]")
    assert info_of([], MAX_INFO) == ""


def test_faults_of_the_message_count_against_every_document():
    data = write(message_of(an_order(), an_order(order_no="DD-2", guid="9" * 36), version="9.9"))
    found = judge(read(data), AT.date(), a_desk())
    assert [one.state for one in found.documents] == ["-301008", "-301008"]
    for one in receipt(found, AT).documents:
        assert "exchange.version_unknown" in one.info


def test_the_port_system_gives_a_number_and_keeps_the_one_it_gave():
    assert answered(an_inventory()).documents[0].pre_no == "B20250303000000001"
    assert answered(an_inventory(pre_no="B20250303000000777")).documents[0].pre_no == "B20250303000000777"
    found = judged(an_inventory())
    assert receipt(found, AT, lambda one: f"T{one.number:017d}").documents[0].pre_no == "T00000000000000001"


def test_all_official_states_are_known():
    assert set(OFFICIAL) <= set(states())
    for state in states().values():
        assert state.zh
        assert state.en
        for number in state.kinds:
            assert kinds()[number].receipt is None
    assert states()["899"].final
    assert not states()["800"].final


def test_a_receipt_is_not_answered():
    answer = answered(an_order())
    found = judge(read(write(answer)), AT.date())
    assert codes(found) == []
    assert found.documents[0].state == ""


@pytest.mark.parametrize("receipts_first", [True, False])
def test_an_inventory_and_its_receipts_make_a_withdrawal_possible(receipts_first):
    desk = DeskInMemory()
    answers = [
        message_of_receipts(state, AT + dt.timedelta(hours=hours)) for hours, state in enumerate(("120", "399", "800"))
    ]  # fmt: skip
    messages = [message_of(an_inventory()), *reversed(answers)]
    for message in reversed(messages) if receipts_first else messages:
        desk.put(message)
    assert codes(judged(a_return(), desk=desk)) == []
    assert desk.inventory(INVENTORY_NO).released_on == AT.date()
    assert codes(judged(a_withdrawal(), desk=desk)) == ["withdrawn_after_release"]


def message_of_receipts(state, at):
    """The receipt that Customs sends in a state."""
    answer = receipt(judged(an_inventory()), at)
    return changed(
        answer, documents=tuple(changed(d, inventory_no=INVENTORY_NO, state=state) for d in answer.documents)
    )
