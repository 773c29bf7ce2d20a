from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path

import pytest

from tongguan.grammar.strict_yaml import load_text

EXAMPLES = Path(__file__).parents[2] / "examples" / "declarations"
DAY = dt.date(2025, 3, 3)
WINE = load_text((EXAMPLES / "wine-from-chile.yaml").read_bytes())


@pytest.fixture
def wine():
    """A complete declaration of wine, to be spoiled."""
    return copy.deepcopy(WINE)


@pytest.fixture
def day():
    return DAY
