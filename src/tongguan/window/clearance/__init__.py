"""Customs' work on a declaration: acceptance, review, examination, release, clearance."""
