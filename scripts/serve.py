"""The window with its demonstration, on this machine: address and logins printed, until Ctrl-C.

Called by `make serve` and at the end of `make demo`; arguments are passed on to `tongguan serve`. Where nobody is looking (no terminal), or with
DEMO_SECONDS set, it asks whether the window is ready, says so, and stops by itself: exit status 1 when it was not.

    TONGGUAN_HOME  folder of the embedded database and of the log; .tongguan when not set
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

PATIENCE = 600
"""Seconds in which a slow machine has filled the demonstration."""


def is_ready(told: str) -> bool:
    """Whether the window that printed this answers that work can be taken."""
    address = re.search(r"http://\S+", told)
    try:
        return bool(address) and urllib.request.urlopen(f"{address[0]}/readyz", timeout=5).status == HTTPStatus.OK  # noqa: S310  # our own
    except (urllib.error.URLError, OSError):
        return False


def main() -> int:
    home = Path(os.environ.setdefault("TONGGUAN_HOME", ".tongguan"))
    home.mkdir(parents=True, exist_ok=True)
    log = home / "serve.log"
    command = [sys.executable, "-m", "tongguan", "serve", "--demonstration", *sys.argv[1:]]
    seconds = os.environ.get("DEMO_SECONDS", "" if sys.stdout.isatty() else "1")
    with log.open("a", encoding="utf-8") as errors:
        if not seconds:
            print(f"按 Ctrl-C 停止 Press Ctrl-C to stop. 日志 Log: {log}", flush=True)
            os.dup2(errors.fileno(), 2)
            os.execv(command[0], command)  # noqa: S606  # this process becomes the server, so that Ctrl-C reaches it
        out = home / "serve.out"
        with out.open("w", encoding="utf-8") as told:
            server = subprocess.Popen(command, stdout=told, stderr=errors)  # noqa: S603  # our own command
    try:
        ends = time.monotonic() + PATIENCE
        while server.poll() is None and not is_ready(out.read_text(encoding="utf-8")) and time.monotonic() < ends:
            time.sleep(0.5)
        if server.poll() is not None or not is_ready(out.read_text(encoding="utf-8")):
            print(f"The window did not become ready; see {log}", file=sys.stderr)
            return 1
        print(out.read_text(encoding="utf-8") + "/readyz: ready", flush=True)
        time.sleep(float(seconds))
    finally:
        server.terminate()
        server.wait(timeout=60)
    return 0


if __name__ == "__main__":
    sys.exit(main())
