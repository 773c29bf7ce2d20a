"""Bills made for the tests, from a few words."""

import json

import pytest

from tongguan.fees.check import check
from tongguan.fees.invoice import read_invoice
from tongguan.fees.register import starter_register


@pytest.fixture
def bill(tmp_path):
    """A bill from its lines and head, read as a file would be."""

    def made(*lines, register=None, **head):
        content = {"date": "2026-03-17", "place": "CNSHA", **head, "lines": list(lines)}
        path = tmp_path / "bill.json"
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return check(read_invoice(path), register or starter_register())

    return made
