"""The letter: sums that come to their amounts, nothing said twice, and columns that stand straight whatever the script."""

from __future__ import annotations

import io
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from rich.console import Console

from tongguan import assess, read_shipments
from tongguan.assessment.explain import letter, sum_of
from tongguan.assessment.letter import Table, Words, cells, fold, plain_text
from tongguan.cli.render import show_on

EXAMPLES = sorted(
    p for p in (Path(__file__).parent.parent / "examples").glob("*.yaml") if "declared:" in p.read_text("utf-8")
)


def answers():
    for path in EXAMPLES:
        for name, shipment in read_shipments(path):
            yield pytest.param(assess(shipment), id=f"{path.stem}: {name}")


ANSWERS = list(answers())


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_sum_shown_comes_to_its_amount(answer):
    for item in answer.items:
        for option in item.options:
            for charge in option.charges:
                text = sum_of(charge).en
                if not text or "lower of" in text:
                    continue
                plain = re.sub(r"[a-z²³]+ ", "", text.replace(",", "").replace("CNY ", ""))
                python = re.sub(
                    r"([0-9.]+)%", r"(D('\1')/100)", plain.replace("×", "*").replace("÷", "/").replace("−", "-")
                )
                python = re.sub(r"(?<![\w'.])([0-9]+\.?[0-9]*)(?![\w'.])", r"D('\1')", python)
                value = eval(python, {"D": Decimal})  # noqa: S307  # our own sum
                assert value.quantize(Decimal("0.01"), ROUND_HALF_UP) == Decimal(charge.amount) / 100, text


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_no_line_is_wider_than_the_page(answer, language):
    assert max(cells(line) for line in plain_text(letter(answer), language, 100).splitlines()) <= 100


@pytest.mark.parametrize("answer", ANSWERS)
def test_figures_stand_under_each_other(answer):
    for block in letter(answer):
        if isinstance(block, Table) and len(block.rows) > 1:
            (column,) = block.right
            lines = plain_text([block], "both").splitlines()
            ends = {cells(line[: line.index(row[column].en) + len(row[column].en)]) for row in block.rows for line in lines
                    if row[column].en and re.search(rf"(?<![\d,.]){re.escape(row[column].en)}(?![\d,.])", line)}  # fmt: skip
            assert ends


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_letter_fits_a_terminal(width):
    answer = ANSWERS[0].values[0]
    stream = io.StringIO()
    show_on(Console(file=stream, width=width, force_terminal=True, color_system=None), letter(answer), "both")
    assert max(cells(line) for line in stream.getvalue().splitlines()) <= width


def test_what_both_languages_share_is_said_once():
    assert Words("货价 48600 USD × 7.1", "price 48600 USD × 7.1").inline("both") == "货价 price 48600 USD × 7.1"
    assert (
        Words("1. 2204 酒 · 原产地 智利", "1. 2204 酒 · origin Chile").inline("both")
        == "1. 2204 酒 · 原产地 智利 origin Chile"
    )
    assert Words("100", "100").inline("both") == "100"


def test_text_folds_at_the_width_of_its_characters():
    assert fold("计税价格，按货价加运费", 10) == ["计税价格，", "按货价加运", "费"]
    assert fold("price plus freight", 10) == ["price plus", "freight"]
    assert all(cells(line) <= 8 for line in fold("x" * 30, 8))
    assert fold("", 10) == [""]


def test_only_the_languages_there_are():
    with pytest.raises(ValueError, match="choose one of zh, en, both"):
        ANSWERS[0].values[0].explain("fr")
