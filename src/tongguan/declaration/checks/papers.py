"""Papers: those attached make sense; those the border asks for are attached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tongguan.assessment.papers.paper import Paper, Papers
from tongguan.declaration.checks.needed import SUMMARY, missing_at
from tongguan.declaration.shape import Declaration, Goods
from tongguan.declaration.shipments import papers_of_item
from tongguan.grammar.findings import Finding
from tongguan.law.controls.evaluate import BANNED, REQUIRED

LICENCES = frozenset({"1", "2"})
"""Documents whose number goes into the box for the licence; one declaration holds one (gacc-2018-60#16)."""
INSPECTION, PROOF_OF_ORIGIN = "A", "Y"
INSPECTION_BOXES = {"inspection_name": "ciq_name", "goods_attributes": "attributes", "use": "purpose"}
"""Places of the resolver and the boxes that are the inspection application since declaration and application were merged."""
ON_THE_FORM = frozenset({"licence_number", "supporting_documents", "product_qualification"})
"""Places of the resolver that hold the number of a paper."""


def check_attached(declaration: Declaration, day: dt.date, found: list[Finding]) -> None:
    """The papers attached, each by itself and together."""
    items = len(declaration.goods)
    licences: dict[str, str] = {}
    for n, paper in enumerate(declaration.papers):
        path = f"papers[{n}]"
        if not (paper.document or paper.attached or paper.qualification or paper.requirement):
            found.append(Finding("declaration.paper_of_what", path, {}, "gacc-2018-60#31"))
        if not paper.number and not paper.attached:
            found.append(missing_at("papers", "number", f"{path}.number"))
        unknown = [str(item) for item in paper.goods if not 1 <= item <= items]
        if unknown:
            facts = {"read": ", ".join(unknown), "last": str(items)}
            found.append(Finding("declaration.no_such_item", f"{path}.goods", facts, "gacc-2018-67"))
        if paper.valid_until is not None and paper.valid_until < day:
            facts = {"number": paper.number or "-", "until": paper.valid_until.isoformat()}
            found.append(Finding("declaration.paper_expired", f"{path}.valid_until", facts, "customs-law#24"))
        if paper.document in LICENCES and paper.number:
            licences.setdefault(paper.number, path)
    if len(licences) > 1:
        facts = {"numbers": ", ".join(licences)}
        path = list(licences.values())[1]
        found.append(Finding("declaration.one_licence", f"{path}.number", facts, "gacc-2018-60#16"))
    proofs = {(c.agreement, c.number) for g in declaration.goods for c in g.preferences if c.number}
    if len(proofs) > 1:
        facts = {"numbers": ", ".join(sorted(number for _, number in proofs))}
        found.append(Finding("declaration.one_proof", "goods", facts, "gacc-2018-60#31", "warning"))


def check_papers(declaration: Declaration, papers: Sequence[Papers]) -> tuple[Finding, ...]:
    """What the border asks of each item and the declaration does not hold, with the article. `papers` as an assessment gives them, one an item.

    A supervision document that is missing is an error: the declaration cannot be accepted without it (customs-law#24). A qualification that only
    goes into a box of the form is a warning, since its number may follow until release. In the summary of a declaration in two steps, goods under
    licence or inspection also need their containers told item by item (gacc-2019-127, from memory).
    """
    found: list[Finding] = []
    for n, (goods, asked) in enumerate(zip(declaration.goods, papers, strict=False)):
        for paper in asked.papers:
            if paper.status == BANNED:
                facts = {
                    "name_zh": paper.name_zh,
                    "name_en": paper.name_en,
                    "why_zh": paper.why_zh,
                    "why_en": paper.why_en,
                }
                found.append(Finding("declaration.banned", f"goods[{n}].commodity_code", facts, paper.because))
            elif paper.status == REQUIRED:
                _required(declaration, goods, n, paper, found)
    if declaration.header.procedure == SUMMARY and any(p.of(REQUIRED) for p in papers):
        for n, container in enumerate(declaration.containers):
            if not container.goods:
                found.append(missing_at("containers", "goods", f"containers[{n}].goods"))
    return tuple(found)


def _required(declaration: Declaration, goods: Goods, n: int, paper: Paper, found: list[Finding]) -> None:
    if paper.document == INSPECTION:
        for place, box in INSPECTION_BOXES.items():
            if place in paper.fields and not getattr(goods, box):
                found.append(missing_at("goods", box, f"goods[{n}].{box}"))
        return
    if not ON_THE_FORM & set(paper.fields) or is_attached(declaration, goods, n + 1, paper):
        return
    facts = {"name_zh": paper.name_zh, "name_en": paper.name_en, "item": str(n + 1), "document": paper.document or "-"}
    found.append(
        Finding("declaration.document_missing", f"goods[{n}].commodity_code", facts, paper.because)
        if paper.document
        else Finding("declaration.qualification_missing", f"goods[{n}].commodity_code", facts, paper.because, "warning")
    )


def is_attached(declaration: Declaration, goods: Goods, number: int, paper: Paper) -> bool:
    """Whether an attached paper, or a claim with its proof, answers what is asked of an item."""
    if paper.document == PROOF_OF_ORIGIN and any(claim.number for claim in goods.preferences):
        return True
    return any(
        held.requirement == paper.id or (held.document and held.document == paper.document)
        for held in papers_of_item(declaration, number)
        if held.number
    )
