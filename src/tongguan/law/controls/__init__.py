"""What the border asks besides money: licences, registrations, certificates, inspection, access, labels and bans.

One folder for each family, with the law in the docstring of its `rule.py` and cases a lawyer can read beside it. What is asked, of which goods, since
when and by which article stands in `tables/controls/<family>.yaml`; `evaluate` reads one such requirement against the facts. A fact that nobody
stated is neither yes nor no: the answer is then conditional and names it.
"""
