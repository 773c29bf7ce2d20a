"""The assessment: a shipment in, every lawful option with its charges, reasons and findings out.

`pipeline.py` is the one place that puts the sentences of the law in order; `assess.py` answers for one shipment; `bulk/` answers for
millions of rows with the same rules.
"""
