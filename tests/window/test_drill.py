"""Processes killed in the middle of what they do: the short form of `make drill`, in a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest
from throwaway import a_postgres

DRILL = Path(__file__).with_name("drill.py")


def drilled(*arguments):
    return subprocess.run(
        [sys.executable, str(DRILL), "--kills", "4", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("database", ["embedded", "postgresql"])
def test_nothing_is_lost_doubled_or_half_done(database):
    if database == "embedded":
        done = drilled()
    else:
        with a_postgres() as cluster:
            done = drilled("--database", cluster.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing lost, nothing doubled, nothing half done" in done.stdout
