"""What the project's own files promise: locked requirements, no download address, settings that agree."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
LOCKED = sorted(REQUIREMENTS.glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pinned(path: Path) -> dict[str, str]:
    """Name and version of each requirement that a file pins."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s\\]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in pins}


@pytest.mark.parametrize("path", sorted(REQUIREMENTS.iterdir()), ids=lambda path: path.name)
def test_requirements_name_no_download_address(path):
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text, re.MULTILINE)


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_each_locked_requirement_has_an_exact_version_and_a_hash(path):
    text = re.sub(r"\s*\\\n\s*", " ", path.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"\S+==\S+ --hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("path", LOCKED, ids=lambda path: path.name)
def test_each_lock_holds_what_was_asked_for(path):
    asked = pinned(path.with_suffix(".in"))
    assert asked
    assert asked.items() <= pinned(path).items(), "run `make lock`"


@pytest.mark.parametrize(
    ("smaller", "larger"), [("core", "bulk"), ("bulk", "test"), ("test", "dev"), ("bulk", "bench")]
)
def test_a_larger_set_keeps_the_versions_of_the_smaller(smaller, larger):
    assert pinned(REQUIREMENTS / f"{smaller}.txt").items() <= pinned(REQUIREMENTS / f"{larger}.txt").items()


@pytest.mark.parametrize(
    ("lock", "declared"),
    [
        ("core.txt", PROJECT["dependencies"]),
        ("bulk.txt", PROJECT["optional-dependencies"]["bulk"] + PROJECT["optional-dependencies"]["tables"]),
    ],
)
def test_declared_dependencies_agree_with_the_locked_ones(lock, declared):
    locked = pinned(REQUIREMENTS / lock)
    for requirement in map(Requirement, declared):
        assert Version(locked[canonicalize_name(requirement.name)]) in requirement.specifier, requirement


def test_each_lint_exception_says_why():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lint = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.flake8-tidy-imports]")]
    for line in lint.splitlines():
        if re.match(r'\s+"[A-Z]+[0-9]*",', line):
            assert re.search(r"#\s+\S+", line), line


def test_decisions_are_numbered_without_gap_or_repeat():
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [record.name[:5] for record in records] == [f"{n:04}-" for n in range(1, len(records) + 1)]


def test_each_decision_has_its_four_parts():
    for record in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        text = record.read_text(encoding="utf-8")
        for part in ("## Context", "## Decision", "## Consequences", "## Alternatives"):
            assert f"\n{part}\n" in text, f"{record.name} has no {part!r}"


FRAGMENT = re.compile(
    r"Kind: (law|interface|repair|internal)\n"
    r"In force: (at once|from \d{4}-\d{2}-\d{2})\n"
    r"Rules: \S.*\n"
    r"\n"
    r"\S",
)


def test_each_change_fragment_states_kind_date_and_rules():
    for fragment in sorted((ROOT / "changelog.d").glob("*.md")):
        if fragment.name != "README.md":
            assert FRAGMENT.match(fragment.read_text(encoding="utf-8")), f"{fragment.name}: see changelog.d/README.md"
