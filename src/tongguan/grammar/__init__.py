"""Grammar: what every rule is written with.

Money in whole fen, dated parameters, citations, the calendar of working days and the catalogue of messages.
Nothing here knows any particular rule of law; `tongguan.law` holds the sentences.
"""
