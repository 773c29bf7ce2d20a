"""Small tables made for the tests, and the reference folder where there is one."""

import csv
import datetime as dt
import io
import os
from pathlib import Path

import pytest

from tongguan.tariff.load import load

CHECKOUT = Path(__file__).resolve().parents[2]
LOADED_AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)

MAPPING = """\
name: test
series: test
sequence: {sequence}
period: {{from: {first}, until: {last}}}
source: made for a test
confidence: V1
header: [税号, 名称, 税率]
code: {{column: 税号, digits: {digits}}}
name_zh: 名称
rates:
- {{column: 税率, kind: mfn, unit: percent, since: {first}}}
"""


@pytest.fixture(scope="session")
def reference() -> Path:
    """The tables that the reference folder holds."""
    folder = Path(os.environ.get("TONGGUAN_REFERENCE") or CHECKOUT.parent / "shared") / "data" / "cn"
    if not folder.is_dir():
        pytest.skip("the reference tables are not here: set TONGGUAN_REFERENCE, or put `shared` beside the checkout")
    return folder


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


class Maker:
    """Writes tables and mappings, and loads them."""

    def __init__(self, folder, home):
        self.folder = folder
        self.home = home
        self.made = 0

    def mapping(self, sequence=1, first="2026-01-01", last="2026-12-31", digits=8, more=""):
        self.made += 1
        path = self.folder / f"mapping{self.made}.yaml"
        path.write_text(
            MAPPING.format(sequence=sequence, first=first, last=last, digits=digits) + more, encoding="utf-8"
        )
        return path

    def table(self, rows, encoding="utf-8", header=("税号", "名称", "税率"), name=None):
        self.made += 1
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        path = self.folder / (name or f"table{self.made}.csv")
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    def load(self, table, mapping=None, accept_refused=False, dry_run=False):
        if not isinstance(table, Path):
            table = self.table(table)
        return load(self.home, table, str(mapping or self.mapping()), accept_refused, dry_run, LOADED_AT)


@pytest.fixture
def make(tmp_path, home):
    return Maker(tmp_path, home)
