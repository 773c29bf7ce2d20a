"""The commands as a whole: listed without being loaded, kind about a library that is missing."""

from __future__ import annotations

import importlib
import sys

import pytest
import typer
from typer.testing import CliRunner

import tongguan
from tongguan.cli import COMMANDS, Command, app


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


def test_the_list_of_commands_loads_none_of_them(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("tongguan.cli.")]:
        monkeypatch.delitem(sys.modules, name)
    output = run("--help").output
    assert all(name in output for name in COMMANDS)
    assert not [name for name in sys.modules if name.startswith("tongguan.cli.")]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_it_is_said_to_be(name):
    module, _, attribute = COMMANDS[name].target.partition(":")
    assert callable(getattr(importlib.import_module(module), attribute))
    assert run(name, "--help").exit_code == 0


def test_the_version_is_that_of_the_package():
    assert run("--version").output == f"tongguan {tongguan.__version__}\n"


def test_no_command_shows_help_and_an_unknown_one_is_refused():
    assert "assess" in run().output
    assert run("asses").exit_code == 2


def made(monkeypatch, function):
    """A command that runs `function`."""
    module = type(sys)("tongguan_test_command")
    module.command = function
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(COMMANDS, "test", Command(f"{module.__name__}:command", ""))


def test_a_missing_library_gets_a_kind_word_and_the_command_that_installs_it(monkeypatch):
    def command() -> None:
        raise ModuleNotFoundError("No module named 'pyarrow.parquet'", name="pyarrow.parquet")

    made(monkeypatch, command)
    result = run("test")
    assert result.exit_code == 2
    assert "pyarrow" in result.output
    assert "make setup-bulk" in result.output


def test_a_missing_part_of_our_own_is_our_mistake(monkeypatch):
    def command() -> None:
        raise ModuleNotFoundError("No module named 'tongguan.nowhere'", name="tongguan.nowhere")

    made(monkeypatch, command)
    assert isinstance(run("test").exception, ModuleNotFoundError)


@pytest.mark.parametrize(
    "error",
    [tongguan.OutOfCoverage("tariff.version_not_held", version="9", held="0"), tongguan.LawDataError("x.yaml: bad")],
)
def test_what_a_person_can_act_on_is_said_in_both_languages(monkeypatch, error):
    def command() -> None:
        raise error

    made(monkeypatch, command)
    result = run("test")
    assert result.exit_code == 2
    assert any("\u4e00" <= c <= "\u9fff" for c in result.output)
    assert "→" in result.output


def test_a_status_of_a_command_is_kept(monkeypatch):
    def command() -> None:
        raise typer.Exit(1)

    made(monkeypatch, command)
    assert run("test").exit_code == 1
