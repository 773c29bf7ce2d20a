"""Everything the window keeps, in one file; and back again, proved by the journal.

A backup is a tar file: `manifest.json` (what is inside, with SHA-256 of each part), the database as its own tools write it, and the papers. The
secret key is not inside, so that a stolen backup opens no account: what one-time codes and recovery codes are made from is sealed with it, and the
secrets of call-backs are derived from it. The manifest carries a probe sealed with the key, by which a restore tells whether it has the same one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils.crypto import salted_hmac

import tongguan
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access.actor import SYSTEM, Moment
from tongguan.window.accounts.adapter import is_open
from tongguan.window.journal.models import record
from tongguan.window.notices.models import CallBack

FORMAT = "tongguan-backup-1"
SEALED = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
"""Second factors whose secrets are kept sealed with the secret key."""


def backup(file: Path) -> None:
    """Write a backup while the window goes on working. The file appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        database = Path(folder) / "database"
        _dump(database)
        parts = {"database": database}
        papers = Path(settings.MEDIA_ROOT)
        parts |= {f"papers/{p.relative_to(papers)}": p for p in sorted(papers.rglob("*")) if p.is_file()}
        nonce = secrets.token_hex(16)
        manifest = {
            "format": FORMAT,
            "probe": {"nonce": nonce, "seal": _seal(nonce)},
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


def restore(file: Path) -> list[Finding]:
    """Put a backup into an empty window. Answers what will not open, since this window has another secret key than the one it was made under.

    Raises InputRefused, with everything found, when the window is not empty or the file is not whole.
    """
    if connection.introspection.table_names():
        raise InputRefused([Finding("operation.not_empty", "", {})])
    with tempfile.TemporaryDirectory() as folder:
        inside = Path(folder)
        parts, is_same_key = _unpacked(file, inside)
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
    return [] if is_same_key else [will_not_open()]


def _seal(nonce: str) -> str:
    """What only this secret key makes of a nonce; it tells nothing of the key."""
    return salted_hmac("tongguan.backup-probe", nonce, algorithm="sha256").hexdigest()


def will_not_open() -> Finding:
    """What in this window was made under another secret key, and how to bring that key over."""
    sealed = Authenticator.objects.filter(type__in=SEALED)
    facts = {
        "people": str(sealed.values("user").distinct().count()),
        "call_backs": str(CallBack.objects.filter(disabled_at=None).count()),
        "file": str(settings.HOME / "secret-key"),
    }
    return Finding("operation.other_key", "secret-key", facts, severity="warning")


def forget_sealed(moment: Moment) -> int:
    """For when the old secret key is lost for good: take away the one-time codes and recovery codes that this key does not open, so that their people
    can sign in with their password and set them up again. Answers how many people. Passkeys are not sealed and stay; call-backs get their secret anew.
    """
    closed = [one for one in Authenticator.objects.filter(type__in=SEALED).order_by("user_id") if not _opens(one)]
    people = sorted({one.user_id for one in closed})
    with transaction.atomic():
        Authenticator.objects.filter(pk__in=[one.pk for one in closed]).delete()
        for person in people:
            record(f"person:{person}", "forget_second_factor", actor=SYSTEM, at=moment.at, reason="secret key lost")
    return len(people)


def _opens(one: Authenticator) -> bool:
    """Whether this window's secret key opens what the one-time or recovery codes are made from."""
    sealed = one.data.get("secret") or one.data.get("seed") or ""
    return is_open(str(sealed))


def _unpacked(file: Path, folder: Path) -> tuple[dict[str, str], bool]:
    """Unpack into a folder; the parts with their digests, and whether it was made under this secret key. Raises InputRefused for what is no backup of this kind of database."""
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data")
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        named, vendor, parts = manifest["format"], manifest["vendor"], manifest["parts"]
        probe = {} if named != FORMAT else manifest["probe"]
        is_same_key = hmac.compare_digest(_seal(str(probe.get("nonce"))), str(probe.get("seal")))
    except (tarfile.TarError, OSError, ValueError, LookupError, TypeError, AttributeError, EOFError):
        raise InputRefused([Finding("operation.no_backup", "", {"file": file.name})]) from None
    if named != FORMAT or vendor != connection.vendor or "database" not in parts:
        raise InputRefused([Finding("operation.other_backup", "", {"vendor": str(vendor)})])
    return {str(name): str(digest) for name, digest in parts.items()}, is_same_key


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
