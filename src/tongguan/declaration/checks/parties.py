"""Who: unified social credit codes with their check digit, the owner's code, the AEO code of a consignor."""

from __future__ import annotations

import re
from functools import lru_cache

from stdnum.cn import uscc

from tongguan.declaration.shape import Declaration
from tongguan.grammar.findings import Finding

BECAUSE = "gacc-2018-60#3"
_CUSTOMS_CODE = re.compile(r"[0-9A-Z]{10}")
_AEO = re.compile(r"[A-Z]{2}[0-9A-Z]{3,18}")
CREDIT_CODE_LENGTH = 18
NONE = "NO"


def check_parties(declaration: Declaration, found: list[Finding]) -> None:
    """Codes of the parties."""
    p = declaration.parties
    _firm(p.importer_code, "parties.importer_code", found)
    _firm(p.declarant_code, "parties.declarant_code", found)
    if (
        p.owner_code
        and p.owner_code != NONE
        and len(p.owner_code) == CREDIT_CODE_LENGTH
        and not _is_person(p.owner_code)
    ):
        _firm(p.owner_code, "parties.owner_code", found)
    if p.importer_customs_code and not _CUSTOMS_CODE.fullmatch(p.importer_customs_code):
        facts = {"read": p.importer_customs_code}
        found.append(Finding("declaration.customs_code_malformed", "parties.importer_customs_code", facts, BECAUSE))
    if p.overseas_code and not _AEO.fullmatch(p.overseas_code):
        facts = {"read": p.overseas_code}
        found.append(
            Finding("declaration.aeo_code_malformed", "parties.overseas_code", facts, "gacc-2018-60#8", "warning")
        )
    for name, code in (("owner_name", "owner_code"), ("declarant_name", "declarant_code")):
        if bool(getattr(p, name)) != bool(getattr(p, code)):
            left = code if getattr(p, name) else name
            found.append(Finding("declaration.name_with_code", f"parties.{left}", {}, "gacc-2018-60#13"))


def _is_person(code: str) -> bool:
    """Whether 18 characters are an identity card: a consuming unit may be a person (gacc-2018-60#13)."""
    return code[:17].isdigit() and code[6:8] in ("19", "20") and not _is_credit_code(code)


@lru_cache(maxsize=4096)
def _is_credit_code(code: str) -> bool:
    """Whether the check digit fits; the same few firms stand in most declarations."""
    return bool(uscc.is_valid(code))


def _firm(code: str, path: str, found: list[Finding]) -> None:
    """A credit code of 18 characters with its check digit, or the customs code of a firm that has none."""
    if not code or _CUSTOMS_CODE.fullmatch(code):
        return
    facts = {"read": code}
    if len(code) != CREDIT_CODE_LENGTH:
        found.append(Finding("declaration.credit_code_length", path, {**facts, "length": str(len(code))}, BECAUSE))
    elif not _is_credit_code(code):
        found.append(Finding("declaration.credit_code_wrong", path, facts, BECAUSE))
