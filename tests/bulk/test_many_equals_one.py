"""Many equals one, to the fen: every amount of every row beside the single path, general trade and every channel.

Bulk work may refuse what the single path answers with a range, or what it does not do (each for a reason named here); it never gives another amount.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tongguan import InputRefused, assess, read_shipment
from tongguan.assessment.bulk import assess_many

MAY_REFUSE = {
    "bulk.consignment_incomplete",  # another row of the consignment has no figure
    "bulk.quantity_missing",  # the single path's range happens to have no width
    "bulk.measure_not_held",  # as above, where the measure's highest rate changes nothing
    "bulk.not_in_bulk",
    "bulk.fact_missing",  # a fact that happens to make no difference
    "bulk.line_not_in_force",  # a code given for an article that needs none
    "bulk.exchange_rate_missing",
    "bulk.claim_outside_scheme",  # the single path answers without the claim, and says so as an error
}
NOTHING_TO_PAY = {"temporary_admission", "border_trade"}
"""Channels in which the single path names facts that are missing although they change nothing."""


def compared(rows, world, trial):
    answers = assess_many(trial.columns_of(rows), world).to_pylist()
    assert len(answers) == len(rows)
    seen = Counter()
    wrong = []
    for group in trial.consignments(rows):
        channel = rows[group[0]].get("channel", "general_trade")
        try:
            answer = assess(read_shipment(trial.shipment_of([rows[i] for i in group])), world)
        except InputRefused as refused:
            wrong += [(rows[i], refused) for i in group if answers[i]["outcome"] == "ok"]
            continue
        if not answer.items:  # the channel is not encoded on that day
            wrong += [(rows[i], answers[i]) for i in group if answers[i]["outcome"] == "ok"]
            continue
        has_errors = any(f.severity == "error" for f in answer.all_findings)
        for i, item in zip(group, answer.items, strict=True):
            mine = answers[i]
            is_figure = item.low is not None and item.low == item.high and item.applied is not None
            if mine["outcome"] != "ok":
                seen["refused"] += 1
                if is_figure and not item.missing_facts and not has_errors and mine["outcome"] not in MAY_REFUSE:
                    wrong.append((rows[i], mine["outcome"], item.low))
                continue
            if not is_figure or (item.missing_facts and channel not in NOTHING_TO_PAY):
                if channel in NOTHING_TO_PAY and item.low == item.high == int(mine["total"] * 100):
                    continue
                wrong.append((rows[i], str(mine["total"]), item.low, item.high, item.missing_facts))
                continue
            theirs = trial.figures_of(item, answer.surcharges)
            ours = {name: int(mine[name] * 100) for name in theirs}
            if ours != theirs:
                wrong.append((rows[i], ours, theirs))
            seen[channel] += 1
    return seen, wrong


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_general_trade_equals_the_single_path(seed, world, trial):
    rows = trial.some_rows(world, 3000, seed)
    seen, wrong = compared(rows, world, trial)
    assert wrong[:3] == []
    assert seen["general_trade"] > 1500


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_channel_equals_the_single_path(seed, world, trial):
    rows = trial.channel_rows(world, 3000, seed)
    seen, wrong = compared(rows, world, trial)
    assert wrong[:3] == []
    from tongguan.assessment.bulk import codes

    assert [c for c in codes.CHANNELS[1:] if seen[c] < 50] == []


def test_rate_scheme_and_the_better_option_are_those_of_the_single_path(world, trial):
    rows = trial.some_rows(world, 2000, 9)
    answers = assess_many(trial.columns_of(rows), world).to_pylist()
    checked = 0
    for group in trial.consignments(rows):
        if any(answers[i]["outcome"] != "ok" for i in group):
            continue
        answer = assess(read_shipment(trial.shipment_of([rows[i] for i in group])), world)
        for i, item in zip(group, answer.items, strict=True):
            applied = item.applied
            assert (answers[i]["rate_kind"], answers[i]["scheme"]) == (applied.rate_kind, applied.scheme), rows[i]
            better = [
                o.total
                for o in item.options
                if o.status == "needs_evidence" and o.total is not None and o.total < applied.total
            ]
            mine = answers[i]["better_total"]
            assert (None if mine is None else int(mine * 100)) == min(better, default=None), rows[i]
            if mine is not None:
                assert int(answers[i]["saving"] * 100) == applied.total - min(better)
            checked += 1
    assert checked > 800


def test_threads_and_order_change_nothing(world, trial):
    rows = trial.some_rows(world, 3000, 5)
    table = trial.columns_of(rows)
    once = assess_many(table, world, threads=1)
    assert once.equals(assess_many(table, world, threads=2))
    groups = trial.consignments(rows)[::-1]
    turned = [rows[i] for group in groups for i in group]
    back = assess_many(trial.columns_of(turned), world, threads=1).to_pylist()
    place = [i for group in groups for i in group]
    listed = once.to_pylist()
    assert [listed[i] for i in place] == back


def wide(records):
    """The same records with fields of 64 bits, which is what the compiled code computes with."""
    import numpy as np

    return records.astype([(name, np.int64) for name in records.dtype.names]).view(np.recarray)


def test_the_walk_runs_uncompiled_and_gives_the_same(world, trial):
    """The functions are plain Python; Numba compiles them as they stand."""
    import numpy as np

    from tongguan.assessment.bulk import kernel
    from tongguan.assessment.bulk.row import Columns, Results, new_results, new_row
    from tongguan.assessment.bulk.run import Assessor, Batch, names_of, table_of

    rows = trial.some_rows(world, 150, 6) + trial.channel_rows(world, 150, 6)
    table = table_of(trial.columns_of(rows))
    assessor = Assessor(world, names=names_of(table.column_names))
    columns = assessor.columns(Batch(table, None, 1))
    fast, slow = new_results(len(rows)), new_results(len(rows))
    tables = assessor.compiled.tables
    kernel.assess_rows(tables, columns, fast, new_row())
    records = tables._replace(
        **{name: wide(getattr(tables, name)) for name in ("epochs", "entries", "scheme", "overlays")}
    )
    with np.errstate(over="raise"):
        kernel.assess_rows.py_func(records, Columns(*columns), Results(*slow), new_row())
    for name in Results._fields:
        assert (getattr(fast, name) == getattr(slow, name)).all(), name
