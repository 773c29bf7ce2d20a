"""Everything the window keeps, in one file; and back again, proved by the journal.

A backup is a tar file: `manifest.json` (what is inside, with SHA-256 of each part), the database as its own tools write it, and the papers. The
secret key is not inside: sessions end with a restore, and nothing kept is encrypted with it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

import tongguan
from tongguan.grammar.findings import Finding, InputRefused

FORMAT = "tongguan-backup-1"


def backup(file: Path) -> None:
    """Write a backup while the window goes on working. The file appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        database = Path(folder) / "database"
        _dump(database)
        parts = {"database": database}
        papers = Path(settings.MEDIA_ROOT)
        parts |= {f"papers/{p.relative_to(papers)}": p for p in sorted(papers.rglob("*")) if p.is_file()}
        manifest = {
            "format": FORMAT,
            "version": tongguan.__version__,
            "vendor": connection.vendor,
            "parts": {name: _sha256(path) for name, path in parts.items()},
        }
        whole = Path(folder) / "backup.tar"
        with tarfile.open(whole, "w") as tar:
            written = Path(folder) / "manifest.json"
            written.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
            tar.add(written, "manifest.json")
            for name, path in parts.items():
                tar.add(path, name)
        whole.replace(file)


def restore(file: Path) -> None:
    """Put a backup into an empty window. Raises InputRefused, with everything found, when the window is not empty or the file is not whole."""
    if connection.introspection.table_names():
        raise InputRefused([Finding("operation.not_empty", "", {})])
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder)
        parts = _unpacked(file, inside)
        found = [
            Finding("operation.backup_damaged", name, {"part": name})
            for name, digest in sorted(parts.items())
            if not (inside / name).is_file() or _sha256(inside / name) != digest
        ]
        there = {path.relative_to(inside).as_posix() for path in inside.rglob("*") if path.is_file()}
        found += [
            Finding("operation.backup_damaged", name, {"part": name})
            for name in sorted(there - parts.keys() - {"manifest.json"})
        ]
        if found:
            raise InputRefused(found)
        _load(inside / "database")
        if (inside / "papers").exists():
            shutil.copytree(inside / "papers", settings.MEDIA_ROOT, dirs_exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)


def _unpacked(file: Path, folder: Path) -> dict[str, str]:
    """Unpack into a folder; the parts with their digests. Raises InputRefused for what is no backup of this kind of database."""
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data")
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        named, vendor, parts = manifest["format"], manifest["vendor"], manifest["parts"]
    except (tarfile.TarError, OSError, ValueError, LookupError, TypeError, EOFError):
        raise InputRefused([Finding("operation.no_backup", "", {"file": file.name})]) from None
    if named != FORMAT or vendor != connection.vendor or "database" not in parts:
        raise InputRefused([Finding("operation.other_backup", "", {"vendor": str(vendor)})])
    return {str(name): str(digest) for name, digest in parts.items()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _dump(target: Path) -> None:
    """The database in one consistent state, taken while others write."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with sqlite3.connect(target) as copy:
            connection.connection.backup(copy)
        copy.close()
        return
    subprocess.run(["pg_dump", "--format=custom", f"--file={target}", *_address()], check=True, env=_environment())  # noqa: S603, S607


def _load(source: Path) -> None:
    if connection.vendor == "sqlite":
        connection.close()
        Path(settings.DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
        with sqlite3.connect(source) as kept, sqlite3.connect(settings.DATABASES["default"]["NAME"]) as fresh:
            kept.backup(fresh)
        kept.close()
        fresh.close()
        return
    subprocess.run(  # noqa: S603
        ["pg_restore", "--exit-on-error", "--no-owner", *_address(), str(source)],  # noqa: S607
        check=True,
        env=_environment(),
    )


def _address() -> list[str]:
    held = settings.DATABASES["default"]
    asked = [f"--dbname={held['NAME']}"]
    for option, name in (("--host", "HOST"), ("--port", "PORT"), ("--username", "USER")):
        if held.get(name):
            asked.append(f"{option}={held[name]}")
    return asked


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PGPASSWORD": str(settings.DATABASES["default"].get("PASSWORD") or "")}
