"""The life of a record: a table of transitions in the law's words, moved by one conditional update, written into the journal.

Each app that has such records keeps `transitions.yaml` beside its models. A transition names the act, the states it leads from and to, the action of
`access/actions.yaml` it needs, the article behind it, and whether a reason or a second pair of eyes is needed. The database refuses unknown states.

Who waits for whom
  Of two acts on the same record the second waits until the first is done. Two acts that need two records each would wait for each other for ever if one
  took them the other way round, so all take them in `HELD_IN_ORDER`, several of a kind by number (`hold`, or the update of `move`). Whoever writes into
  the journal's chain of a record holds the record first, and whoever acts on what is owed for a declaration holds the declaration. PostgreSQL would break
  such a circle by failing one of the two; the embedded database lets one writer in at a time and knows no circles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import msgspec
from django.db import models, transaction

from tongguan.grammar.errors import LawDataError
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.window.access import actions
from tongguan.window.access.actor import Actor, Moment
from tongguan.window.journal.models import Entry, record

HELD_IN_ORDER = (
    "examination.Draw",
    "declarations.Declaration",
    "declarations.Request",
    "decisions.Proposal",
    "examination.Order",
    "permits.Case",
    "permits.Licence",
    "charges.Determination",
    "charges.Refund",
    "charges.Security",
)
"""First the declaration, then what belongs to it or is drawn on for it. tests/window/test_order_of_rows.py sees to it."""


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a state is called, in the law's words, and what it means to those who wait."""

    zh: str
    en: str
    means_zh: str = ""
    means_en: str = ""
    is_final: bool = False


class Transition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One act that moves a record. `from_states` is empty for the act that makes it."""

    zh: str
    en: str
    from_states: tuple[str, ...]
    to: str
    action: str
    because: str = ""
    needs_reason: bool = False
    four_eyes: bool = False


class Life(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The states and transitions of one kind of record."""

    states: dict[str, State]
    transitions: dict[str, Transition]


@cache
def lives(path: Path) -> dict[str, Life]:
    """Tables of transitions by name, read once. Raises LawDataError where one names a state or an action that is not there."""
    held = read_yaml(path, dict[str, Life])
    for name, table in held.items():
        for act, step in table.transitions.items():
            for state in (*step.from_states, step.to):
                if state not in table.states:
                    raise LawDataError(f"{path}: {name}.{act} names the state {state!r}, which is not in the table")
            if step.action not in actions():
                raise LawDataError(f"{path}: {name}.{act} needs {step.action!r}, which is no action")
    return held


class Record(Protocol):
    """What a record must have to be moved."""

    pk: Any

    @property
    def subject(self) -> str:
        """How the journal names it, for example declaration:17."""
        ...


class SomeoneWasFirst(InputRefused):
    """The record is not, or no longer, in a state from which this act leads on: most often somebody else decided in the meantime.

    `step`  the act, where it stands in another table than the state
    """

    def __init__(self, act: str, state: str, table: Life | None = None, step: Transition | None = None) -> None:
        known, now = (table.transitions.get(act), table.states.get(state)) if table else (None, None)
        step = step or known
        facts = {
            "act_zh": step.zh if step else act,
            "act_en": step.en if step else act,
            "state_zh": now.zh if now else state,
            "state_en": now.en if now else state,
        }
        resume = table.transitions.get("resume") if table else None
        is_held = resume is not None and state in resume.from_states and state != getattr(step, "to", "")
        super().__init__([Finding("window.resume_first" if is_held else "window.someone_was_first", "", facts)])


class Confirmed(Protocol):
    """A decision that one person proposed and another confirmed (`decisions.models.Proposal`)."""

    subject: str
    act: str
    outcome: str

    @property
    def proposed_by_id(self) -> int: ...  # the person who proposed
    @property
    def decided_by_id(self) -> int | None: ...  # the person who confirmed


Guard = Callable[[Any], list[Finding]]
"""What stands against the act, as findings; none when the way is free."""


def hold(kept: models.Model) -> None:
    """Read a row as it stands now and keep it from other acts until the transaction ends. In the caller's transaction, in `HELD_IN_ORDER`.

    Rows that merely name it do not wait for it: the database looks after foreign keys when a transaction ends, and nobody may wait then.
    """
    rows = type(kept)._default_manager.select_for_update(no_key=True)  # noqa: SLF001  # Django's documented name
    kept.refresh_from_db(from_queryset=rows)


def move(
    kept: models.Model,
    table: Life,
    act: str,
    *,
    actor: Actor,
    moment: Moment,
    field: str = "state",
    reason: str = "",
    facts: dict[str, str] | None = None,
    authority: str = "",
    also: Mapping[str, Any] | None = None,
    where: Mapping[str, Any] | None = None,
    guards: tuple[Guard, ...] = (),
    confirmed: Confirmed | None = None,
) -> Entry:
    """Take one step: check the state and what stands against it, move the row if nobody was faster, write the entry.

    The caller has already found the record within the actor's reach (`visible_to`). `also` are columns that change in the same update,
    `where` what else must still hold at that instant, `confirmed` the confirmed proposal that a step of four eyes rests on.

    Raises NotAllowed, InputRefused with every finding at once, SomeoneWasFirst.
    """
    step = table.transitions[act]
    actor.require(step.action)
    before = getattr(kept, field)
    subject: str = kept.subject  # type: ignore[attr-defined]  # every moved model names itself
    found: list[Finding] = []
    if step.needs_reason and not reason.strip():
        found.append(Finding("window.reason_missing", "reason", {"act_zh": step.zh, "act_en": step.en}, step.because))
    if step.four_eyes and not _by_two_people(confirmed, subject, act):
        found.append(Finding("window.second_person_missing", "", {"act_zh": step.zh, "act_en": step.en}))
    if before not in step.from_states:
        raise SomeoneWasFirst(act, before, table)
    for guard in guards:
        found += guard(kept)
    if found:
        raise InputRefused(found)
    changed = {field: step.to, **(also or {})}
    rows = type(kept)._default_manager  # noqa: SLF001  # Django's documented name
    with transaction.atomic():
        if not rows.filter(**{"pk": kept.pk, field: before, **(where or {})}).update(**changed):
            raise SomeoneWasFirst(act, rows.values_list(field, flat=True).get(pk=kept.pk), table)
        for name, value in changed.items():
            setattr(kept, name, value)
        return record(
            subject,
            act,
            actor=actor,
            at=moment.at,
            state_before=before,
            state_after=step.to,
            reason=reason.strip(),
            facts=facts,
            authority=authority,
        )


def _by_two_people(confirmed: Confirmed | None, subject: str, act: str) -> bool:
    """Whether two different people stand behind this very act on this very record."""
    return (
        confirmed is not None
        and (confirmed.subject, confirmed.act, confirmed.outcome) == (subject, act, "confirmed")
        and confirmed.decided_by_id not in {None, confirmed.proposed_by_id}
    )
