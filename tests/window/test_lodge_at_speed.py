"""What a lodging costs the database, and the rows and lookups whose SQL is put together once."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField
from django.test.utils import CaptureQueriesContext
from makers import LODGING, a_lodged_declaration, a_post, an_organisation
from makers_programs import Program

from tongguan.window import clock
from tongguan.window.accounts.models import AccessKey
from tongguan.window.api import examples
from tongguan.window.declarations.models import Declaration, Version
from tongguan.window.journal.models import Entry, Head
from tongguan.window.journal.verify import verify
from tongguan.window.notices.models import Event
from tongguan.window.permits.models import Case
from tongguan.window.rows import Given, Lookup, insert

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_the_day_of_lodging():
    with clock.standing_at(LODGING):
        yield


def lodge(program, reference, lines=1):
    line = examples.DECLARATION["goods"][0] | {"quantity": "150", "first_quantity": "150", "second_quantity": "225"}
    declared = examples.DECLARATION | {"goods": [line] * lines}
    return program.do("/declarations", {"reference": reference, "declaration": declared}, 201)


def verbs(queries):
    return sorted(q["sql"].split()[0] for q in queries if q["sql"].split()[0] in {"SELECT", "INSERT", "UPDATE"})


@pytest.mark.parametrize("lines", [1, 5])
def test_a_lodging_through_the_interface_costs_few_statements_whatever_its_length(lines):
    program = Program("importer")
    lodge(program, "warm", lines)
    with CaptureQueriesContext(connection) as queries:
        lodge(program, "counted", lines)
    said = verbs(queries)
    assert said.count("INSERT") == 6, "declaration, version, entry, end of its chain, event, cases"
    assert said.count("SELECT") <= 4, "the key, the promises of the bodies, the rates of exchange of a day or two"
    assert "UPDATE" not in said


def test_what_is_written_so_is_what_is_read():
    made = a_lodged_declaration(a_post("importer"))
    version, entry = made.versions.get(), Entry.objects.get(subject=made.subject)
    assert version.facts["goods"][0]["commodity_code"]
    assert version.answer["items"][0]["charges"]
    assert (made.tax, made.examination, made.completed_at) == ("open", "not_selected", None)
    assert made.created_at == made.lodged_at == version.made_at == entry.at
    assert Head.objects.get(subject=made.subject).hash == entry.digest()
    assert {case.level for case in Case.objects.filter(declaration=made)} == {0}
    assert list(Event.objects.values_list("declaration_id", "fanned_out_at")) == [(made.pk, None)]
    assert not verify().faults


def test_rows_get_their_numbers_in_order_and_what_is_not_said_is_as_the_model_has_it():
    subjects = [f"declaration:{n}" for n in range(3)]
    numbers = insert(Event, *({"declaration_id": 7, "subject": s, "name": "lodged", "at": LODGING} for s in subjects))
    assert [Event.objects.get(pk=number).subject for number in numbers] == subjects
    assert Event.objects.filter(fanned_out_at=None, at=LODGING).count() == 3
    assert insert(Head, {"subject": "x:1", "sequence": 1, "hash": "0" * 64}) == []


def test_a_row_the_database_refuses_is_refused_as_ever():
    made = a_lodged_declaration(a_post("importer"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Declaration, vars(made))
    assert Declaration.objects.count() == Version.objects.count() == 1


def test_a_lookup_answers_as_the_query_it_was_made_of():
    firms = [an_organisation() for _ in range(2)]
    keys = [Program("importer", post=a_post("importer", organisation=firm)).key for firm in firms]
    by_digest = Lookup(
        lambda: AccessKey.objects.select_related("organisation").filter(digest=Given("digest", CharField()))
    )
    for key in [*keys, *keys]:
        (found,) = by_digest.find(digest=key.digest)
        with CaptureQueriesContext(connection) as queries:
            assert (found, found.organisation, found.scopes, found.expires_at) == (
                key, key.organisation, key.scopes, key.expires_at,
            )  # fmt: skip
        assert not queries.captured_queries
    assert by_digest.find(digest="0" * 64) == []
