"""The journal proves itself: whatever is altered, lost, put in or cut off behind the window's back is found, with its place."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from makers import a_draft, a_lodged_declaration, a_moment, a_post, an_actor
from makers_officers import a_moment as a_moment_in_2026
from makers_officers import an_actor as an_officer
from typer.testing import CliRunner

from tongguan.cli import app
from tongguan.window.access.actor import SYSTEM
from tongguan.window.clearance import officers
from tongguan.window.journal import verify as proof
from tongguan.window.journal.models import Anchor, Entry, Head, record
from tongguan.window.lodging import acts

pytestmark = pytest.mark.django_db
SUBJECT = "declaration:7"


def write(subject, *days, hour=12):
    """An entry a day on one chain; days of March 2026 in China."""
    for day in days:
        at = dt.datetime(2026, 3, day, hour, tzinfo=proof.clock.CHINA)
        with transaction.atomic():
            record(subject, "step", actor=SYSTEM, at=at, reason=f"day {day}")


def moment(day, hour=12, minute=0):
    from tongguan.window.access.actor import Moment

    at = dt.datetime(2026, 3, day, hour, minute, tzinfo=proof.clock.CHINA)
    return Moment(at, at.date())


def run(statement, *values):
    """Somebody with the database in hand: triggers out of the way, then the statement."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            for table in ("journal_entry", "journal_anchor"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        assert cursor.rowcount >= 1


@pytest.fixture
def journal():
    for day in (2, 3, 4, 5):
        write(SUBJECT, day)
        if day in {3, 4}:
            write("payment:1", day)
    proof.anchor_days(moment(6))
    assert proof.verify().faults == ()


def faults():
    return {(f.kind, f.subject, f.place) for f in proof.verify().faults}


def test_a_journal_nobody_touched_is_whole(journal):
    verdict = proof.verify()
    assert (verdict.entries, verdict.chains, verdict.anchors, verdict.faults) == (6, 2, 4, ())
    assert verdict.last_anchor == Anchor.objects.order_by("day").last().hash


@pytest.mark.parametrize(
    ("column", "value"),
    [("reason", "another reason"), ("actor", "person:99"), ("act", "release"), ("state_after", "released"), ("at", "2020-01-01 00:00:00+00:00"),
     ("organisation_id", 5), ("authority", "post:x"), ("facts", '{"a": "b"}')],
)  # fmt: skip
def test_an_altered_entry_is_found_whatever_was_altered(journal, column, value):
    run(f"UPDATE journal_entry SET {column} = %s WHERE subject = %s AND sequence = 2", value, SUBJECT)  # noqa: S608  # names from above
    assert ("entry_altered", SUBJECT, 2) in faults()


def test_an_entry_altered_with_its_hash_made_to_fit_breaks_what_stands_on_it(journal):
    entry = Entry.objects.get(subject=SUBJECT, sequence=2)
    entry.reason = "forged"
    run(
        "UPDATE journal_entry SET reason = 'forged', hash = %s WHERE subject = %s AND sequence = 2",
        entry.digest(),
        SUBJECT,
    )
    found = faults()
    assert ("chain_broken", SUBJECT, 3) in found
    assert ("anchor_broken", "2026-03-03", 2) in found


def test_a_whole_chain_forged_with_its_head_is_given_away_by_the_anchors(journal):
    previous = Entry.objects.get(subject=SUBJECT, sequence=1).hash
    for entry in Entry.objects.filter(subject=SUBJECT, sequence__gte=2).order_by("sequence"):
        entry.reason, entry.previous = "forged", previous
        previous = entry.digest()
        run(
            "UPDATE journal_entry SET reason = 'forged', previous = %s, hash = %s WHERE id = %s",
            entry.previous,
            previous,
            entry.pk,
        )
    run("UPDATE journal_head SET hash = %s WHERE subject = %s", previous, SUBJECT)
    assert {kind for kind, _, _ in faults()} == {"anchor_broken"}


def test_a_deleted_entry_is_found(journal):
    run("DELETE FROM journal_entry WHERE subject = %s AND sequence = 2", SUBJECT)
    assert ("entry_lost", SUBJECT, 2) in faults()


def test_a_lost_tail_is_found(journal):
    run("DELETE FROM journal_entry WHERE subject = %s AND sequence = 4", SUBJECT)
    assert ("tail_lost", SUBJECT, 3) in faults()


def test_a_lost_chain_is_found(journal):
    run("DELETE FROM journal_entry WHERE subject = %s", SUBJECT)
    assert ("chain_lost", SUBJECT, 4) in faults()


def test_a_chain_lost_with_its_head_is_given_away_by_the_anchors(journal):
    run("DELETE FROM journal_entry WHERE subject = %s", "payment:1")
    run("DELETE FROM journal_head WHERE subject = %s", "payment:1")
    assert {kind for kind, _, _ in faults()} == {"anchor_broken"}


def test_an_entry_put_in_is_found(journal):
    last = Entry.objects.filter(subject=SUBJECT).latest("sequence")
    made = Entry(subject=SUBJECT, sequence=5, at=last.at, actor="person:1", act="release", previous=last.hash)
    made.hash = made.digest()
    made.save(force_insert=True)
    assert ("tail_lost", SUBJECT, 5) in faults()


def test_an_entry_put_in_under_an_earlier_day_breaks_the_anchors(journal):
    made = Entry(
        id=-1 if connection.vendor == "sqlite" else 0,
        subject="payment:9",
        sequence=1,
        at=moment(2).at,
        actor="person:1",
        act="pay",
        previous="0" * 64,
    )
    made.hash = made.digest()
    made.save(force_insert=True)
    Head(subject="payment:9", sequence=1, hash=made.hash).save(force_insert=True)
    assert ("anchor_broken", "2026-03-02", 1) in faults()


@pytest.mark.parametrize("change", ["hash = 'f'", "count = count + 1", "previous = 'f'"])
def test_a_changed_anchor_is_found(journal, change):
    run(f"UPDATE journal_anchor SET {change} WHERE day = %s", "2026-03-03")  # noqa: S608  # words from above
    assert ("anchor_broken", "2026-03-03") in {(kind, subject) for kind, subject, _ in faults()}


def test_a_deleted_anchor_is_found(journal):
    run("DELETE FROM journal_anchor WHERE day = %s", "2026-03-03")
    assert {kind for kind, _, _ in faults()} == {"anchor_broken"}


def test_many_faults_are_told_up_to_a_bound(journal):
    run("UPDATE journal_entry SET reason = 'x'")
    assert len(proof.verify(most_faults=3).faults) == 3


@pytest.mark.parametrize("statement", ["UPDATE journal_entry SET reason = 'x'", "DELETE FROM journal_entry"])
def test_the_database_itself_refuses_to_change_what_is_written(journal, statement):
    before = list(Entry.objects.order_by("id").values())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(Entry.objects.order_by("id").values()) == before


def test_an_act_without_a_transaction_is_not_recorded(transactional_db):
    with pytest.raises(transaction.TransactionManagementError):
        record("declaration:1", "lodge", actor=SYSTEM, at=moment(2).at)


# --- anchors ---


def test_each_day_has_its_anchor_also_a_day_without_entries():
    write(SUBJECT, 2, 5)
    assert proof.anchor_days(moment(6)) == 4
    assert [(a.day.day, a.count) for a in Anchor.objects.order_by("day")] == [(2, 1), (3, 0), (4, 0), (5, 1)]
    assert proof.verify().faults == ()


def test_a_day_is_a_day_in_china():
    for hour, minute in ((23, 59), (0, 1)):
        at = dt.datetime(2026, 3, 2 if hour else 3, hour, minute, tzinfo=proof.clock.CHINA).astimezone(dt.UTC)
        with transaction.atomic():
            record(SUBJECT, "step", actor=SYSTEM, at=at)
    proof.anchor_days(moment(4))
    assert [(a.day.day, a.count) for a in Anchor.objects.order_by("day")] == [(2, 1), (3, 1)]


def test_a_day_is_anchored_only_when_nothing_more_can_be_written_for_it():
    write(SUBJECT, 2)
    assert proof.anchor_days(moment(3, 0, 5)) == 0
    assert proof.anchor_days(moment(3, 0, 11)) == 1


def test_an_entry_that_comes_late_lies_in_the_next_anchor():
    write(SUBJECT, 2)
    proof.anchor_days(moment(3))
    write("payment:1", 2, hour=23)
    write("payment:1", 3)
    proof.anchor_days(moment(4))
    assert [(a.day.day, a.count) for a in Anchor.objects.order_by("day")] == [(2, 1), (3, 2)]
    assert proof.verify().faults == ()


def test_anchoring_twice_anchors_once(journal):
    before = list(Anchor.objects.order_by("day").values())
    assert proof.anchor_days(moment(6)) == 0
    assert list(Anchor.objects.order_by("day").values()) == before


# --- what acts write ---


def test_every_act_on_a_declaration_is_told_in_its_chain():
    made = a_lodged_declaration()
    officer = an_officer("customs_officer", body="GACC")
    officers.accept(officer, a_moment_in_2026(), made)
    officers.begin_review(officer, a_moment_in_2026(minutes=1), made)
    told = (
        Entry.objects.filter(subject=made.subject)
        .order_by("sequence")
        .values_list("act", "state_before", "state_after")
    )
    assert list(told) == [
        ("lodge", "", "lodged"),
        ("accept", "lodged", "accepted"),
        ("begin_review", "accepted", "under_review"),
    ]
    assert proof.verify().faults == ()


def test_no_personal_data_is_in_the_chain():
    post = a_post("importer")
    draft = a_draft(post)
    acts.lodge_draft(an_actor(post), a_moment(), draft, acts.prepare(acts.facts_to_write(draft), a_moment()).digest)
    said = str(list(Entry.objects.values()))
    assert post.person.email not in said
    assert post.person.name_zh not in said


# --- the command ---


def test_the_command_says_whole_and_names_the_last_anchor(journal, monkeypatch):
    monkeypatch.setattr("django.setup", lambda *_, **__: None)
    done = CliRunner().invoke(app, ["journal", "verify"])
    assert done.exit_code == 0
    assert proof.verify().last_anchor in done.output


def test_a_published_anchor_that_is_not_there_is_a_fault(journal, monkeypatch):
    monkeypatch.setattr("django.setup", lambda *_, **__: None)
    known = Anchor.objects.get(day="2026-03-03").hash
    assert CliRunner().invoke(app, ["journal", "verify", "--anchor", known]).exit_code == 0
    done = CliRunner().invoke(app, ["journal", "verify", "--anchor", "0" * 64])
    assert done.exit_code != 0


def test_migrations_keep_what_is_written(journal):
    before = Entry.objects.count()
    call_command("migrate", verbosity=0)
    assert Entry.objects.count() == before
