"""Code tables of the declaration: those held, and official ones that take their place once loaded.

A table held whole refuses a code it does not know; in the others such a code can only be warned about.
"""

from __future__ import annotations

import csv
import io
import os
import unicodedata
from functools import cache
from pathlib import Path

import msgspec

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.law.controls.tables import documents, requirements
from tongguan.tariff.origins import origins
from tongguan.tariff.schedule import TABLES, read_csv

FOLDER = TABLES / "declaration"
MAX_TABLE_BYTES = 4 * 1024 * 1024
LOADED = "code_tables"
"""Folder below $TONGGUAN_HOME for the official tables people load."""


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a table is called, and whether the one shipped is whole."""

    zh: str
    en: str
    is_whole: bool = False


class Code(msgspec.Struct, frozen=True):
    """A code with its names, and what else our table knows of it."""

    code: str
    zh: str
    en: str
    more: dict[str, str] = {}


class CodeTable(msgspec.Struct, frozen=True):
    """One table by code. `replaced` leads from codes of before 2018-08-01 to those of today."""

    name: str
    about: About
    codes: dict[str, Code]
    replaced: dict[str, str] = {}

    @property
    def is_whole(self) -> bool:
        """Whether a code that is not in it is wrong."""
        return self.about.is_whole


@cache
def abouts() -> dict[str, About]:
    """Every table there is, by name."""
    return read_yaml(FOLDER / "tables.yaml", dict[str, About])


def home() -> Path:
    """The folder for what people load: $TONGGUAN_HOME, else .tongguan where the command runs."""
    return Path(os.environ.get("TONGGUAN_HOME") or ".tongguan")


@cache
def code_table(name: str) -> CodeTable:
    """A table as loaded, else as shipped; read once a process. Raises KeyError for a table that does not exist."""
    about = abouts()[name]
    codes = _shipped(name)
    loaded = home() / LOADED / f"{name}.csv"
    if loaded.exists():
        own = codes
        codes = {
            r["code"]: Code(
                r["code"],
                r["name_zh"],
                r["name_en"] or (own[r["code"]].en if r["code"] in own else r["name_zh"]),
                own[r["code"]].more if r["code"] in own else {},
            )
            for r in read_csv(loaded)
        }
        about = msgspec.structs.replace(about, is_whole=True)
    return CodeTable(name, about, codes, _replaced().get(name, {}))


def _shipped(name: str) -> dict[str, Code]:
    if name == "documents":
        return {d.code: Code(d.code, d.name_zh, d.name_en) for d in documents().values()}
    if name == "requirements":
        return {r.id: Code(r.id, r.name_zh, r.name_en) for _, r in requirements().values()}
    if name == "currencies":
        return _named(read_csv(TABLES / "currencies.csv"), "code")
    if name == "agreements":
        schemes = origins().schemes.values()
        official = {s.code: Code(s.code, s.name_zh, s.name_en, {"code": s.code}) for s in schemes if s.code}
        return {**official, **{s.scheme: Code(s.scheme, s.name_zh, s.name_en, {"code": s.code}) for s in schemes}}
    codes = _named(read_csv(FOLDER / f"{name}.csv"), "code")
    if name == "countries":
        return {**_named(read_csv(TABLES / "countries.csv"), "iso3", ("iso2",)), **codes}
    return codes


def _named(rows: list[dict[str, str]], key: str, more: tuple[str, ...] = ()) -> dict[str, Code]:
    plain = {"code", "name_zh", "name_en", "source", "confidence", "iso3"}
    return {
        r[key]: Code(
            r[key],
            r["name_zh"],
            r["name_en"],
            {k: v for k, v in r.items() if (k in more if more else k not in plain)},
        )
        for r in rows
    }


@cache
def _replaced() -> dict[str, dict[str, str]]:
    replaced: dict[str, dict[str, str]] = {}
    for r in read_csv(FOLDER / "legacy_codes.csv"):
        replaced.setdefault(r["table"], {})[r["old"]] = r["new"]
    return replaced


@cache
def iso3_of() -> dict[str, str]:
    """The three letters of a country by its two."""
    return {r["iso2"]: r["iso3"] for r in read_csv(TABLES / "countries.csv")}


@cache
def iso2_of() -> dict[str, str]:
    """The two letters of a country by its three."""
    return {r["iso3"]: r["iso2"] for r in read_csv(TABLES / "countries.csv")}


_CODE_HEADS = ("code", "代码", "编码")
_ZH_HEADS = ("name_zh", "name_cn", "name", "名称", "中文名称")
_EN_HEADS = ("name_en", "英文名称")


def load_code_table(path: Path, name: str) -> CodeTable:
    """Put an official table (CSV with a column of codes and one of names) in the place of ours. Raises InputRefused.

    The file is read whole before anything is kept. From then on a code that is not in it is refused.
    """
    if name not in abouts():
        raise InputRefused([Finding("declaration.table_unknown", name, {"name": name, "known": ", ".join(abouts())})])
    rows = _official_rows(path, name)
    folder = home() / LOADED
    folder.mkdir(parents=True, exist_ok=True)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("code", "name_zh", "name_en"))
    writer.writerows(rows)
    new = folder / f"{name}.csv.new"
    new.write_text(out.getvalue(), "utf-8")
    new.replace(folder / f"{name}.csv")
    code_table.cache_clear()
    return code_table(name)


def _official_rows(path: Path, name: str) -> list[tuple[str, str, str]]:
    def refuse(why_zh: str, why_en: str) -> InputRefused:
        return InputRefused([Finding("declaration.table_unreadable", name, {"why_zh": why_zh, "why_en": why_en})])

    try:
        content = path.read_bytes() if path.stat().st_size <= MAX_TABLE_BYTES else None
    except OSError as error:
        raise refuse("文件打不开", "the file cannot be opened") from error
    if content is None:
        raise refuse("文件过大", "the file is too large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise refuse("编码既不是UTF-8也不是GB18030", "it is neither UTF-8 nor GB 18030") from error
    table = list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))
    heads = [h for h in (table[0] if table else {}) if h]
    code, zh = (next((h for h in heads if h.strip().lower() in known), "") for known in (_CODE_HEADS, _ZH_HEADS))
    en = next((h for h in heads if h.strip().lower() in _EN_HEADS), "")
    if not code or not zh:
        raise refuse("没有代码和名称两列", "it has no columns of codes and names")
    rows: dict[str, tuple[str, str, str]] = {}
    for row in table:
        key = unicodedata.normalize("NFKC", row[code] or "").strip()
        if key:
            rows[key] = (key, (row[zh] or "").strip(), (row[en] or "").strip() if en else "")
    if not rows:
        raise refuse("表中没有代码", "it holds no codes")
    return list(rows.values())
