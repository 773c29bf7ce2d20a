"""What pages load: built from locked parts, served from the package, naming nobody else's address, crown or letters."""

import filecmp
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from browser import ROOT, missing
from django.core.management import call_command
from django.test.utils import override_settings

from tongguan.window import settings as as_served

STATIC = ROOT / "src" / "tongguan" / "window" / "look" / "static" / "look"
BUILT = STATIC / "built"
CSS = (BUILT / "window.css").read_text(encoding="utf-8")
LOCK = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("word", ["GDS Transport", "crown", "crest", "url(", "@import", "@font-face"])
def test_the_stylesheet_names_no(word):
    assert word.lower() not in CSS.lower()


def test_the_stylesheet_begins_with_a_rule_that_is_read():
    """A byte order mark in the middle of a file would make browsers drop the rule behind it."""
    assert "\ufeff" not in CSS
    assert ":root{--govuk-breakpoint-mobile" in CSS


def test_the_stylesheet_holds_the_components_that_pages_use():
    for name in ("generic-header", "language-navigation", "summary-list", "task-list", "error-summary", "file-upload"):
        assert f".govuk-{name}" in CSS
    assert not re.search(r"\.govuk-(header|footer)[^a-z]", CSS)


def test_our_scripts_load_nothing_from_elsewhere():
    for path in (STATIC / "window.js", STATIC / "chart.js"):
        text = path.read_text(encoding="utf-8")
        assert "://" not in text
        assert "eval" not in text
        assert "innerHTML" not in text


def test_no_built_file_points_at_a_map_that_is_not_there():
    for path in BUILT.rglob("*.*"):
        assert "sourceMappingURL" not in path.read_text(encoding="utf-8"), path


def test_each_built_file_has_its_licence_told():
    told = (STATIC / "LICENCES.txt").read_text(encoding="utf-8")
    for path in BUILT.glob("*.*"):
        assert f"built/{path.name}" in told
    for name in ("echarts", "govuk-frontend"):
        assert LOCK["packages"][f"node_modules/{name}"]["version"] in told


def test_the_lock_names_no_host_and_pins_each_file():
    for name, held in LOCK["packages"].items():
        assert "resolved" not in held, name
        assert "funding" not in held, name
        assert not name or held["integrity"].startswith("sha512-"), name
    assert "://" not in json.dumps(LOCK)


def test_what_is_asked_for_is_exact_and_locked():
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert asked == {name: LOCK["packages"][f"node_modules/{name}"]["version"] for name in asked}


def test_files_built_again_come_out_the_same(tmp_path):
    node = shutil.which("node")
    if not node or not (ROOT / "node_modules" / "sass").exists():
        missing("node_modules is not there: `make test` makes it where npm is")
    subprocess.run([node, "scripts/make-assets.mjs", tmp_path], cwd=ROOT, check=True, capture_output=True)
    names = sorted(str(path.relative_to(BUILT)) for path in BUILT.rglob("*") if path.is_file())
    assert names == sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    for name in names:
        assert filecmp.cmp(BUILT / name, tmp_path / name, shallow=False), f"{name}: run `make assets`"


def test_files_are_collected_under_names_that_change_with_them(tmp_path):
    """As `tongguan serve` does it when it starts; a file that another one names and that is not there would fail here."""
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=as_served.STORAGES):
        call_command("collectstatic", interactive=False, verbosity=0)
    manifest = json.loads((tmp_path / "staticfiles.json").read_text(encoding="utf-8"))["paths"]
    for name in (
        "look/built/window.css",
        "look/window.js",
        "look/built/govuk-frontend.min.js",
        "django_htmx/htmx-2.min.js",
    ):
        hashed = tmp_path / manifest[name]
        assert hashed.name != Path(name).name
        assert hashed.exists()
        assert Path(f"{hashed}.br").exists()
