"""The window: a web application on which one files once and every agency works from the same facts.

Each folder is a noun of the trade and an app of its own, with the same file names in each: models, acts, urls, views, forms, texts.yaml, templates.
They stand on one another in this order, and imports run downwards only:

    access, journal, look, accounts      who may do what; what was done; how pages look; people, organisations and posts
    published                            what others publish and an operator loads: exchange rates, the schedule of the tariff
    declarations                         the record: facts, versions, states
    decisions, permits, examination,     four eyes and letters; each body's cases and licences; lots; money; how long things take
    charges, release_times
    lodging, clearance                   what those who declare do, what customs does
    ask, notices, desk, api              questions without an account; letters and call-backs; what waits for me; everything, for programs
    operation, demonstration             serving, worker, backup; invented firms to try it with

Nothing here calculates: figures come from `tongguan.dossier`, the shape of a declaration from `tongguan.declaration`.
"""
