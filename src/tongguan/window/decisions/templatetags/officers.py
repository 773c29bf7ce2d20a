"""Template words of the officers' pages, beside those of the look: {% load officers %}."""

from __future__ import annotations

from django import template

from tongguan.grammar.citations import cite_text
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import quantity_text
from tongguan.window.look import written

register = template.Library()


@register.filter
def quantity(milli: int) -> str:
    """Thousandths as a quantity: 1200500 is 1200.5."""
    return quantity_text(milli)


@register.filter
def told(finding: Finding) -> str:
    """A finding in one line: what, what next, on which article."""
    language = written.reader()
    because = f" ({cite_text(finding.because, language)})" if finding.because else ""
    return f"{written.sentence_of(finding, language)}{because}"
