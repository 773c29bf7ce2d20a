"""Worked cases: facts and the figures somebody expects, in the schema import-domain-cases/1, run against the law as it is encoded here.

reading      the file, every problem at once
vocabulary   which facts and figures we know by name
sheet        one case: its facts, the law of its day, the figures so far
valuation, duties, taxes, channels, clocks, origins
             the named ways from facts to figures; each calls the rules of `tongguan.law`
judging      what was expected beside what came out
"""

from tongguan.assessment.worked_cases.judging import CaseResult, FigureResult, FileResult, run_case, run_file
from tongguan.assessment.worked_cases.reading import SCHEMA, CaseFile, WorkedCase, read_cases

__all__ = [
    "SCHEMA",
    "CaseFile",
    "CaseResult",
    "FigureResult",
    "FileResult",
    "WorkedCase",
    "read_cases",
    "run_case",
    "run_file",
]
