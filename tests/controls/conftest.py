"""The reference folder where there is one, and a short way to ask."""

import datetime as dt
import os
from pathlib import Path

import pytest

from tongguan.assessment.papers import Question, papers_of
from tongguan.assessment.shipment import GoodsItem

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def reference() -> Path:
    folder = Path(os.environ.get("TONGGUAN_REFERENCE") or CHECKOUT.parent / "shared")
    if not (folder / "data" / "cn" / "controls").is_dir():
        pytest.skip("the reference tables are not here: set TONGGUAN_REFERENCE, or put `shared` beside the checkout")
    return folder


@pytest.fixture
def ask():
    def ask_about(code, day, origin=None, channel="general_trade", catalogues=None, item=None, **facts):
        goods = item or GoodsItem(code, origin=origin, facts=facts)
        return papers_of(Question(goods, dt.date.fromisoformat(day), channel), catalogues=catalogues)

    return ask_about
