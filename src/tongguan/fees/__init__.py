"""Pay no unlisted fee: the register of charges at the border, published lists, and the check of an invoice against both.

A package of its own, above `assessment` and beside `origin`. It is not law: most of what it holds are prices that ports and agents publish, which somebody
loads like a tariff table and which no rule computes. Nor is it assessment: a port's bill can be judged without any goods, and knows containers and days
instead of codes and origins. Only `landed` knows an Assessment, to put value, taxes and charges together.

    register    what may be charged, by day, place, container and condition: the starter register, and lists that were loaded
    lists       load a published list: declared mapping, sequence, overlaps; all or nothing
    invoice     a bill in CSV, Excel, JSON or YAML, read strictly
    check       each line judged, with its article
    complaint   what to write, and to whom
    estimate    the charges a shipment has to expect from the register
    landed      value, taxes and charges together

Nothing is charged from silence: a charge with no row on a day is not held, which is neither free nor unlawful.
"""
