"""Processes killed in the middle of moving annual amounts: the short form of the drill, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
from ledger_makers import a_database, a_server

DRILL = Path(__file__).parents[1] / "window" / "ledger_drill.py"


def drilled(*arguments):
    command = [sys.executable, str(DRILL), "--kills", "4", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("database", ["embedded", "postgresql"])
def test_nothing_is_lost_doubled_or_over_spent(database):
    if database == "embedded":
        done = drilled()
    else:
        with a_server() as server, a_database(server, "drill") as url:
            done = drilled("--database", url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing lost, nothing doubled, nothing over-spent" in done.stdout
