"""Licences are written off by quantity, never ticked."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongguan.assessment.papers import Batch, Licence, open_balance, write_off

DAY = dt.date(2025, 3, 1)


def licence(**other):
    plain = {
        "number": "25-AB-1", "document": "7", "unit": "kg", "quantity": Decimal(1000), "valid_from": dt.date(2025, 1, 1),
        "valid_until": dt.date(2025, 6, 30), "batches": 6,
    }  # fmt: skip
    return Licence(**{**plain, **other})


def batch(quantity, **other):
    return Batch(**{"quantity": Decimal(quantity), "unit": "kg", "day": DAY, **other})


def codes(result):
    return {f.code for f in result.findings}


def test_batch_by_batch_until_nothing_is_left():
    balance = open_balance(licence())
    for quantity, left in (("600", "400"), ("399.999", "0.001"), ("0.001", "0")):
        result = write_off(balance, batch(quantity))
        assert result.is_covered
        assert result.balance.remaining == Decimal(left)
        balance = result.balance
    assert len(balance.used) == 3
    assert not write_off(balance, batch("0.001")).is_covered


def test_what_is_not_covered_is_not_written_off_at_all():
    result = write_off(open_balance(licence()), batch("1000.001"))
    assert not result.is_covered
    assert result.balance.remaining == 1000
    assert codes(result) == {"papers.licence_exceeded"}
    assert result.findings[0].facts["short"] == "0.001"


def test_bulk_goods_may_exceed_with_the_last_batch():
    result = write_off(open_balance(licence(is_bulk=True)), batch("1050"))
    assert result.is_covered
    assert codes(result) == {"papers.licence_overage"}
    assert result.balance.remaining == 0
    assert not write_off(open_balance(licence(is_bulk=True)), batch("1050.001")).is_covered
    assert not write_off(open_balance(licence(is_listed_bulk=True)), batch("1030.001")).is_covered


def test_every_obstacle_is_told_at_once():
    strict = licence(codes=("0202",), origin="BR", batches=0)
    wrong = batch("5", unit="piece", day=dt.date(2025, 7, 1), code="0203", origin="AR")
    assert codes(write_off(open_balance(strict), wrong)) == {
        "papers.licence_not_valid", "papers.licence_unit_differs", "papers.licence_other_goods", "papers.licence_other_origin",
        "papers.licence_used_up",
    }  # fmt: skip


@pytest.mark.parametrize("day", [dt.date(2025, 1, 1), dt.date(2025, 6, 30)])
def test_first_and_last_day_count(day):
    assert write_off(open_balance(licence()), batch("1", day=day)).is_covered


@pytest.mark.parametrize("quantity", ["0", "-1", "0.0005", "1.2345"])
def test_a_quantity_that_cannot_be_written_off(quantity):
    result = write_off(open_balance(licence()), batch(quantity))
    assert not result.is_covered
    assert "papers.batch_without_quantity" in codes(result)


def test_messages_speak_both_languages():
    for result in (
        write_off(open_balance(licence()), batch("2000")),
        write_off(open_balance(licence(batches=0)), batch("1")),
    ):
        for finding in result.findings:
            assert "{" not in finding.message("zh") + finding.message("en") + finding.next_step(
                "zh"
            ) + finding.next_step("en")


@given(st.lists(st.integers(1, 2_000_000), max_size=12))
def test_what_was_used_and_what_is_left_make_the_whole(thousandths):
    balance = open_balance(licence(batches=99))
    for one in thousandths:
        balance = write_off(balance, batch(Decimal(one) / 1000)).balance
    assert balance.remaining + sum(b.quantity for b in balance.used) == 1000
    assert balance.remaining >= 0
