"""Trial rows, and the compiled kernel, for every test of this folder."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tongguan import shipped_world


@pytest.fixture(scope="session")
def world():
    return shipped_world()


@pytest.fixture(scope="session")
def trial():
    """The makers of rows in rows.py."""
    spec = importlib.util.spec_from_file_location("trial_rows", Path(__file__).with_name("rows.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def csv_of(trial, tmp_path):
    """Rows as a CSV file; `encoding` and `name` as wished."""
    import csv
    import io

    def write(rows, name="rows.csv", encoding="utf-8", columns=None):
        table = trial.columns_of(rows)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns or list(table))
        writer.writerows(zip(*table.values(), strict=True))
        path = tmp_path / name
        path.write_bytes(text.getvalue().encode(encoding))
        return path

    return write
