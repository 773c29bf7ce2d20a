"""{% load published %}: {% rests_on answer %} says which law and which schedule an answer was made from."""

from __future__ import annotations

from django import template

from tongguan.window.look.written import reader
from tongguan.window.published.schedule import Made
from tongguan.window.published.schedule import rests_on as said

register = template.Library()


@register.simple_tag
def rests_on(answer: Made) -> str:
    """In the reader's language."""
    return said(answer, reader())
