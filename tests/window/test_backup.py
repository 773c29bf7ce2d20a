"""A backup is proved by restoring it: into a window of its own, through the commands a keeper types."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from throwaway import a_postgres

FILL = """
import os, sys
sys.path.insert(0, os.environ["MAKERS"])
import django; django.setup()
from makers import a_lodged_declaration, a_draft, an_actor, a_post, a_moment
from tongguan.window.lodging import acts
post = a_post("importer")
made = a_lodged_declaration(post)
a_draft(post)
acts.attach(an_actor(post), a_moment(), made, document="00000001", number="INV-1", name="发票.pdf", content=b"%PDF-1.4\\n1 0 obj\\n<<>>\\nendobj\\ntrailer\\n<<>>\\n%%EOF\\n")
"""
TELL = """
import json, django; django.setup()
from django.conf import settings
from tongguan.window.declarations.models import Declaration, Paper, Version
from tongguan.window.journal.models import Entry
paper = Paper.objects.get()
print(json.dumps({
    "declarations": list(Declaration.objects.order_by("id").values_list("reference", "state")),
    "facts": list(Version.objects.values_list("facts_sha256", flat=True)),
    "entries": list(Entry.objects.order_by("id").values_list("subject", "sequence", "hash")),
    "paper": [paper.sha256, paper.file.open().read().decode()],
}))
"""


class Kept:
    """A window in a folder, kept by commands in processes of their own."""

    def __init__(self, home, database=""):
        self.home = home
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("TONGGUAN_")} | {
            "TONGGUAN_HOME": str(home), "TONGGUAN_DATABASE": database, "DJANGO_SETTINGS_MODULE": "tongguan.window.settings",
            "MAKERS": str(Path(__file__).parent), "PYTHONUTF8": "1",
        }  # fmt: skip

    def command(self, *words):
        return subprocess.run(
            [sys.executable, "-m", "tongguan", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def python(self, text):
        done = subprocess.run(
            [sys.executable, "-c", text], env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def tells(self):
        return json.loads(self.python(TELL).splitlines()[-1])


def filled(home, database=""):
    window = Kept(home, database)
    assert window.command("window", "migrate").returncode == 0
    window.python(FILL)
    return window


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def backup(window, tmp_path_factory):
    file = tmp_path_factory.mktemp("kept") / "window.tar"
    done = window.command("window", "backup", str(file))
    assert done.returncode == 0, done.stderr
    return file


def test_what_was_kept_is_there_again_and_its_journal_is_whole(window, backup, tmp_path):
    second = Kept(tmp_path)
    done = second.command("window", "restore", str(backup))
    assert done.returncode == 0, done.stderr
    assert "verified" in done.stdout
    assert second.tells() == window.tells()
    assert second.command("journal", "verify").returncode == 0


def test_the_secret_key_is_not_in_a_backup(window, backup):
    window.python("import django; django.setup()")
    secret = (window.home / "secret-key").read_bytes()
    assert secret not in backup.read_bytes()
    with tarfile.open(backup) as tar:
        assert not any("secret" in name for name in tar.getnames())


SEALED = """
import os, sys
sys.path.insert(0, os.environ["MAKERS"])
import django; django.setup()
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from makers import a_person, a_post, a_moment, an_actor
from tongguan.window.notices.models import CallBack, new_nonce
person = a_person(email="sealed@example.cn")
TOTP.activate(person, "JBSWY3DPEHPK3PXP")
RecoveryCodes.activate(person)
firm = a_post("importer").organisation
CallBack.objects.create(organisation=firm, url="https://example.cn/told", nonce=new_nonce(), made_by="person:1", made_at=a_moment().at)
"""
OPENS = """
import django; django.setup()
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, hotp_value, format_hotp_value
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from tongguan.window.journal.models import Entry
import json, time
held = {one.type: one for one in Authenticator.objects.filter(user__email="sealed@example.cn")}
right = format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", int(time.time()) // 30))
told = {"held": sorted(held), "entries": list(Entry.objects.filter(act="forget_second_factor").values_list("actor", flat=True))}
if "totp" in held:
    told["right"] = TOTP(held["totp"]).validate_code(right)
    told["empty"] = TOTP(held["totp"]).validate_code(format_hotp_value(hotp_value("", int(time.time()) // 30)))
    told["recovery"] = len(RecoveryCodes(held["recovery_codes"]).get_unused_codes())
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A window with one-time codes, recovery codes and a call-back, and its backup."""
    window = Kept(tmp_path_factory.mktemp("sealed"))
    assert window.command("window", "migrate").returncode == 0
    window.python(SEALED)
    file = tmp_path_factory.mktemp("sealed-kept") / "window.tar"
    assert window.command("window", "backup", str(file)).returncode == 0
    return window, file


def opened(window):
    return json.loads(window.python(OPENS).splitlines()[-1])


def test_under_another_key_a_restore_names_what_will_not_open_and_how_to_bring_the_key_over(sealed, tmp_path):
    first, file = sealed
    second = Kept(tmp_path)
    done = second.command("window", "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert "verified" in done.stdout
    for words in (
        "1 人的一次性验证码和恢复代码", "1 个通知回调", "请在任何人登录之前",
        "one-time codes and recovery codes of 1 people", "1 call-backs", "Before anybody signs in", str(tmp_path / "secret-key"),
    ):  # fmt: skip
        assert words in done.stderr, words
    assert (opened(second)["right"], opened(second)["empty"]) == (False, False)  # refused, and nothing breaks
    # The key is brought over, as told: everything opens again.
    (tmp_path / "secret-key").write_bytes((first.home / "secret-key").read_bytes())
    assert opened(second)["right"] is True


def test_under_the_same_key_a_restore_warns_of_nothing(sealed, tmp_path):
    first, file = sealed
    (tmp_path / "secret-key").write_bytes((first.home / "secret-key").read_bytes())
    second = Kept(tmp_path)
    done = second.command("window", "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert "secret-key" not in done.stderr
    assert opened(second)["right"] is True


def test_when_the_key_is_lost_for_good_what_it_sealed_is_forgotten_and_stands_in_the_journal(sealed, tmp_path):
    _, file = sealed
    second = Kept(tmp_path)
    assert second.command("window", "restore", str(file)).returncode == 0
    done = second.command("window", "forget-sealed")
    assert (done.returncode, done.stdout.startswith("1 people")) == (0, True), done.stderr
    assert opened(second) == {"held": [], "entries": ["system"]}
    assert second.command("journal", "verify").returncode == 0
    assert second.command("window", "forget-sealed").stdout.startswith("0 people")


def test_what_still_opens_is_not_forgotten(sealed):
    first, _ = sealed
    assert first.command("window", "forget-sealed").stdout.startswith("0 people")
    assert opened(first)["right"] is True


def test_a_window_that_is_not_empty_is_not_overwritten(window, backup):
    before = window.tells()
    done = window.command("window", "restore", str(backup))
    assert done.returncode != 0
    assert "not empty" in done.stderr + done.stdout
    assert window.tells() == before


def changed(backup, target, change):
    """The same tar with some of its parts changed."""
    folder = target.parent / "parts"
    with tarfile.open(backup) as tar:
        tar.extractall(folder, filter="data")
    change(folder)
    with tarfile.open(target, "w") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                tar.add(path, str(path.relative_to(folder)))
    shutil.rmtree(folder)
    return target


def test_every_damaged_part_is_named_and_nothing_is_restored(backup, tmp_path):
    def damage(folder):
        for path in folder.rglob("*"):
            if path.is_file() and path.name != "manifest.json":
                path.write_bytes(path.read_bytes()[:-1] + b"!")

    (tmp_path / "home").mkdir()
    done = Kept(tmp_path / "home").command("window", "restore", str(changed(backup, tmp_path / "damaged.tar", damage)))
    assert done.returncode != 0
    told = done.stderr + done.stdout
    assert "database" in told
    assert "papers/" in told
    assert not (tmp_path / "home" / "papers").exists()
    assert Kept(tmp_path / "home").command("window", "restore", str(backup)).returncode == 0


def test_a_part_that_the_list_does_not_name_is_refused(backup, tmp_path):
    def add(folder):
        (folder / "papers").mkdir(exist_ok=True)
        (folder / "papers" / "extra").write_text("not ours")

    (tmp_path / "home").mkdir()
    done = Kept(tmp_path / "home").command("window", "restore", str(changed(backup, tmp_path / "more.tar", add)))
    assert done.returncode != 0
    assert "papers/extra" in done.stderr + done.stdout


@pytest.mark.parametrize("kind", ["text", "empty", "other", "cut"])
def test_what_is_no_backup_of_ours_is_refused_in_words(backup, tmp_path, kind):
    file = tmp_path / "given"
    if kind == "other":
        changed(
            backup,
            file,
            lambda folder: (folder / "manifest.json").write_text(
                '{"format": "something", "vendor": "oracle", "parts": {}}'
            ),
        )
    else:
        file.write_bytes({"text": b"hello", "empty": b"", "cut": backup.read_bytes()[:3000]}[kind])
    (tmp_path / "home").mkdir()
    done = Kept(tmp_path / "home").command("window", "restore", str(file))
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    assert done.stderr.strip() or done.stdout.strip()


def test_the_same_through_postgresql(tmp_path):
    with a_postgres() as cluster:
        (tmp_path / "first").mkdir()
        (tmp_path / "second").mkdir()
        first = filled(tmp_path / "first", cluster.url)
        done = first.command("window", "backup", str(tmp_path / "kept.tar"))
        assert done.returncode == 0, done.stderr
        cluster._run("createdb", "-h", "127.0.0.1", "-p", str(cluster.port), "-U", "window", "again")
        second = Kept(tmp_path / "second", cluster.url.removesuffix("window") + "again")
        done = second.command("window", "restore", str(tmp_path / "kept.tar"))
        assert done.returncode == 0, done.stderr
        assert second.tells() == first.tells()
        assert Kept(tmp_path / "third").command("window", "restore", str(tmp_path / "kept.tar")).returncode != 0
