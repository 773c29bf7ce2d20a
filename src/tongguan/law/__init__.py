"""The sentences of the law: one folder per rule.

Each folder holds `rule.py` (scalar functions on whole numbers), `parameters.yaml` (dated numbers with unit, citation and confidence) and
`cases.yaml` (examples a lawyer can read). Rules know nothing of files, clocks, requests or each other's order;
`tongguan.assessment.pipeline` puts them in order.
"""
