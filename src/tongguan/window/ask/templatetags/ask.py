"""{% load ask %}: findings with links to the law, and letters made of headings, sentences and tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from tongguan.assessment.letter import Block, Heading, Sentence, Table
from tongguan.grammar.findings import Finding
from tongguan.window.ask.results import law_links
from tongguan.window.look.written import days_in, reader, said_of

register = template.Library()


@register.simple_tag
def finding_said(finding: Finding) -> dict[str, Any]:
    """A finding in the reader's language with its law as links."""
    language = reader()
    text, following = said_of(finding, language)
    return {"text": text, "next": following, "laws": law_links(finding.because)}


@register.inclusion_tag("ask/_blocks.html")
def blocks(given: Iterable[Block]) -> dict[str, Any]:
    """A letter as it is written for people, in the reader's language."""
    language = reader()
    return {"blocks": [_shown(block, language) for block in given]}


def _shown(block: Block, language: str) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "text": block.text.only(language)}
    if isinstance(block, Sentence):
        text = " ".join(
            part for part in (block.symbol, block.lead, days_in(block.text.only(language), language)) if part
        )
        return {"kind": "sentence", "text": text, "tone": block.tone}
    if isinstance(block, Table):
        rows = [
            [(days_in(c.only(language), language), n in block.right) for n, c in enumerate(row)] for row in block.rows
        ]
        return {"kind": "table", "rows": rows, "heads": [c.only(language) for c in block.header]}
    return {"kind": "verbatim", "text": days_in("\n".join(block.lines()), language)}
