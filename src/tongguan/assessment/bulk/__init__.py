"""Columns in, columns out: the same rules, compiled, for millions of rows.

words.py    the input columns, and how each word is read
tables.py   a world as arrays
row.py      the shape of rows
walk.py     one row from its day to its taxes      channels.py   the same in a special channel
kernel.py   Numba, and nothing else
columns.py, results.py   tables in, tables out     run.py   chunks over threads     files.py   files in, files out
"""

from tongguan.assessment.bulk.results import SCHEMA, findings_of, why_not, why_not_text
from tongguan.assessment.bulk.run import Assessor, assess_many

__all__ = ["SCHEMA", "Assessor", "assess_many", "findings_of", "why_not", "why_not_text"]
