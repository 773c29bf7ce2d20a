"""The makers of this folder, and one fixture. Tests are files, not packages, so the folder is named to the interpreter here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def round_world():
    """MFN 10 %, VAT standard."""
    from channel_makers import world_of

    return world_of()
