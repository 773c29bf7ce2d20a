"""The goods declaration (报关单) of 2018-08-01 as data and plain Python: read it, check it, assess it, derive each agency's application from it.

declaration = read(raw)                      # every problem at once
findings = check(declaration, day)           # errors block lodging, warnings do not
shipment = to_shipment(declaration, declared_on=day)
cases = applications(declaration, papers_of_shipment(shipment))
"""

from tongguan.declaration.applying import Application, Ask, Reuse, answered, applications, questions, reuse
from tongguan.declaration.canonical import digest, facts
from tongguan.declaration.checking import check
from tongguan.declaration.checks.papers import check_papers
from tongguan.declaration.codes import CodeTable, code_table, load_code_table
from tongguan.declaration.completing import complete
from tongguan.declaration.dictionary import Field, fields, fields_of
from tongguan.declaration.reading import read
from tongguan.declaration.shape import Declaration
from tongguan.declaration.shipments import at_field, channel_of, from_shipment, to_shipment

__all__ = [
    "Application",
    "Ask",
    "CodeTable",
    "Declaration",
    "Field",
    "Reuse",
    "answered",
    "applications",
    "at_field",
    "channel_of",
    "check",
    "check_papers",
    "code_table",
    "complete",
    "digest",
    "facts",
    "fields",
    "fields_of",
    "from_shipment",
    "load_code_table",
    "questions",
    "read",
    "reuse",
    "to_shipment",
]
