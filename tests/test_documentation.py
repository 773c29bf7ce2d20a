"""The documentation is true: every console block is run, every file it links to exists, the README's Python works."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tongguan.assessment import reading
from tongguan.assessment.reading import read_shipment
from tongguan.grammar.strict_yaml import load_text

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^]]*\]\(([^)#:]+)(?:#[^)]*)?\)")


def console_blocks() -> list[tuple[str, str, tuple[str, ...]]]:
    """(page, command, lines that must be printed) of every console block."""
    blocks = []
    for page in PAGES:
        for text in BLOCK.findall(page.read_text(encoding="utf-8")):
            command, *shown = text.strip().splitlines()
            assert command.startswith("$ "), f"{page.name}: a console block begins with $"
            blocks.append((page.name, command[2:], tuple(shown)))
    return blocks


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("page", "command", "shown"), console_blocks())
def test_what_the_pages_show_is_what_is_printed(
    page: str, command: str, shown: tuple[str, ...], tmp_path: Path
) -> None:
    words = shlex.split(command)
    assert words[0] == "tongguan"
    ran = subprocess.run(  # our own command, from our own pages
        [sys.executable, "-m", "tongguan", *words[1:]],
        cwd=ROOT,
        env={**os.environ, "TONGGUAN_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stderr
    printed = squeezed(ran.stdout + ran.stderr)
    for line in shown:
        assert squeezed(line) in printed, f"{page}: {line!r} is not printed by {command!r}"


def test_the_generated_pages_are_what_the_rules_and_figures_say() -> None:
    ran = subprocess.run(
        [sys.executable, "scripts/write_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_path_of_the_readme_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in re.findall(r"`((?:src|tests|docs|examples)/[^`]+)`", text):
        assert (ROOT / path).exists(), f"README names {path}"


def test_the_python_of_the_readme_runs() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("25555.55\n")


def test_the_shipment_of_the_readme_is_read(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (content,) = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    file = tmp_path / "my-shipment.yaml"
    file.write_text(content, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "tongguan", "assess", str(file), "--lang", "both"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_public_interface_is_what_is_listed() -> None:
    import tongguan

    assert sorted(tongguan.__all__) == list(tongguan.__all__)
    for name in tongguan.__all__:
        assert getattr(tongguan, name) is not None


def shipment_keys() -> dict[str, dict[str, dict[str, Any]]]:
    content: dict[str, dict[str, dict[str, Any]]] = load_text((ROOT / "docs" / "shipment-keys.yaml").read_bytes())
    return content


def test_the_page_on_the_shipment_file_names_every_key_the_reader_knows() -> None:
    documented = shipment_keys()
    known = {
        "shipment": reading._SHIPMENT_KEYS,
        "dates": reading._DATE_KEYS,
        "item": reading._ITEM_KEYS,
        "preference": reading._PREFERENCE_KEYS,
        "cost": {"amount", "currency"},
    }
    assert {section: set(keys) for section, keys in documented.items()} == known
    for section, keys in documented.items():
        for name, key in keys.items():
            assert set(key) == {"en", "zh", "unit", "example"}, (section, name)
            assert all(key[part] for part in ("en", "zh", "unit")), (section, name)


@pytest.mark.parametrize("section", ["shipment", "dates", "item", "preference", "cost"])
def test_every_example_on_the_shipment_page_is_read(section: str) -> None:
    examples = {name: key["example"] for name, key in shipment_keys()[section].items()}
    dates = {"declared": "2025-03-03"}
    if section == "shipment":
        content = examples
    elif section == "dates":
        content = {"dates": examples, "items": [{"commodity_code": "22042100"}]}
    elif section == "item":
        content = {"dates": dates, "items": [examples]}
    elif section == "preference":
        content = {"dates": dates, "items": [{"commodity_code": "22042100", "preferences": [examples]}]}
    else:
        content = {"dates": dates, "freight": examples, "items": [{"commodity_code": "22042100"}]}
    assert read_shipment(content).items
