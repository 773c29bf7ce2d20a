from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

REFERENCE = Path(os.environ.get("TONGGUAN_REFERENCE", Path(__file__).resolve().parents[3] / "shared"))


@pytest.fixture(scope="session")
def published():
    """The published messages and schemas of the reference."""
    folder = REFERENCE / "data" / "cn" / "messages"
    if not folder.is_dir():
        pytest.skip("the published messages are not beside the checkout (TONGGUAN_REFERENCE)")
    return folder
