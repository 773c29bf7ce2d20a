"""Prove the origin (原产地): a bill of materials in, every agreement tested at once.

rules            the grammar of rules: what a product rule can say
codes, notation  codes and ranges of codes; a rule in one short line, "CTH except 0301-0304 or RVC40"
english, chinese texts of rules into the grammar; what they cannot read they say
rule_sets        lists of rules, by line; coverage counts what was read
bill             the bill of materials: read, checked, every problem at once
agreements       what each agreement says besides its list: content, tolerance, cumulation, sets, transport, proof
judge            one rule on one bill: yes, no or not decided, with the margin
examine          every agreement on one product, with the saving
non_preferential origin for trade remedies, MFN treatment and statistics
missed           past imports, and the preferences nobody claimed
"""
