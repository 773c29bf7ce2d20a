"""Lodging: once, whole or not at all, on somebody's authority, and told in the journal."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makers import (
    LODGING,
    a_draft,
    a_lodged_declaration,
    a_moment,
    a_post,
    an_actor,
    an_entrustment,
    declared_facts,
    goods_facts,
)
from makers_officers import at_once

from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import NotAllowed
from tongguan.window.declarations import answer
from tongguan.window.declarations.models import Declaration, Draft, Version
from tongguan.window.journal.models import Entry, Head
from tongguan.window.lodging import acts
from tongguan.window.permits.models import Case
from tongguan.window.states import SomeoneWasFirst

pytestmark = pytest.mark.django_db


def codes_of(refused):
    return {finding.code for finding in refused.value.findings}


def lodge(post, reference="R-1", facts=None, importer=None, actor=None):
    return acts.lodge(
        actor or an_actor(post), a_moment(), facts or declared_facts(),
        importer_id=(importer or post.organisation).pk, reference=reference,
    )  # fmt: skip


def counts():
    return [model.objects.count() for model in (Declaration, Version, Draft, Entry, Head, Case)]


def test_what_was_lodged_is_kept_with_the_answer_given_to_it():
    made = lodge(a_post("importer"))
    version = made.versions.get()
    kept = answer.read(version.answer)
    assert (made.state, made.lodged_at, made.customs_office) == ("lodged", LODGING, "2248")
    assert made.goods_summary == "赤霞珠干红葡萄酒"
    assert version.facts["goods"][0]["origin"] == "CHL"
    assert version.total_fen == kept.total == sum(c.payable for item in kept.items for c in item.charged())
    assert all(charge.recompute() == charge.amount for item in kept.items for charge in item.charged())
    assert {charge.kind for charge in kept.items[0].charged()} == {"customs_duty", "consumption_tax", "import_vat"}


def test_lodging_and_its_entry_are_one_act():
    post = a_post("importer")
    made = lodge(post)
    entry = Entry.objects.get(subject=made.subject)
    assert (entry.act, entry.state_after, entry.sequence) == ("lodge", "lodged", 1)
    assert entry.actor == f"person:{post.person_id}"
    assert entry.facts == {"version": "1", "facts_sha256": made.versions.get().facts_sha256}
    assert Head.objects.get(subject=made.subject).hash == entry.hash == entry.digest()


def test_each_body_concerned_has_its_case_from_the_same_facts():
    made = lodge(a_post("importer"))
    cases = list(made.permit_cases.all())
    assert cases
    assert {case.state for case in cases} == {"requested"}


def test_few_statements_whatever_the_number_of_goods_items(django_assert_max_num_queries):
    post = a_post("importer")
    lodge(post, "warm")
    goods = [goods_facts(quantity="1500", first_quantity="1500", second_quantity="2250") for _ in range(6)]
    with django_assert_max_num_queries(10):
        lodge(post, "many", declared_facts(goods))


def test_the_same_reference_with_the_same_facts_is_the_same_declaration():
    post = a_post("importer")
    first = lodge(post)
    before = counts()
    again = lodge(post, facts=declared_facts(header={"self_assessed": "是"}))
    assert again.pk == first.pk
    assert counts() == before


def test_the_same_reference_with_other_facts_is_refused():
    post = a_post("importer")
    lodge(post)
    before = counts()
    with pytest.raises(InputRefused) as refused:
        lodge(post, facts=declared_facts(transport={"bill": "OTHER1"}))
    assert codes_of(refused) == {"lodging.reference_taken"}
    assert counts() == before


def test_two_declarants_may_use_the_same_reference():
    assert lodge(a_post("importer")).pk != lodge(a_post("importer")).pk


def test_all_findings_come_at_once_and_nothing_is_kept():
    before = counts()
    with pytest.raises(InputRefused) as refused:
        lodge(
            a_post("importer"),
            facts=declared_facts(
                [goods_facts(origin="Chile!", total_price="12.3.4", unit=None)], transport={"arrived_on": "yesterday"}
            ),
        )
    paths = {finding.path for finding in refused.value.findings}
    assert {"goods[0].total_price", "transport.arrived_on"} <= paths
    assert counts() == before


def test_missing_boxes_are_all_named():
    with pytest.raises(InputRefused) as refused:
        lodge(a_post("importer"), facts={"goods": [{}]})
    paths = {finding.path for finding in refused.value.findings}
    assert {
        "header.customs_office",
        "transport.mode",
        "goods[0].origin",
        "goods[0].name",
        "parties.importer_name",
    } <= paths


@pytest.mark.parametrize("reference", ["", " ", "a" * 41, "a\nb", "<script>", "../etc"])
def test_a_reference_is_short_and_plain(reference):
    if reference == "../etc":
        assert lodge(a_post("importer"), reference).reference == reference  # a name in a row is no path to anything
        return
    with pytest.raises(InputRefused) as refused:
        lodge(a_post("importer"), reference)
    assert codes_of(refused) == {"lodging.reference_unreadable"}


def test_a_missing_licence_is_asked_for_by_lodging():
    """Wine needs papers nobody attached: their bodies are asked, and release waits for them; lodging does not."""
    kept = answer.read(lodge(a_post("importer")).versions.get().answer)
    assert {paper.status for paper in kept.papers} & {"required", "conditional"}


# --- on whose authority ---


def test_a_broker_needs_authority_in_force_on_the_day():
    importer, broker = a_post("importer"), a_post("broker")
    with pytest.raises(InputRefused):
        lodge(broker, importer=importer.organisation)
    entrustment = an_entrustment(importer.organisation, broker.organisation)
    made = lodge(broker, importer=importer.organisation)
    assert (made.importer, made.declarant, made.entrustment) == (
        importer.organisation,
        broker.organisation,
        entrustment,
    )
    assert Entry.objects.get(subject=made.subject).authority == f"entrustment:{entrustment.pk}"


def test_authority_that_ended_yesterday_is_none():
    importer, broker = a_post("importer"), a_post("broker")
    an_entrustment(importer.organisation, broker.organisation, until_on=a_moment().day.replace(day=2))
    with pytest.raises(InputRefused):
        lodge(broker, importer=importer.organisation)


def test_an_importer_lodges_for_itself_alone():
    with pytest.raises(InputRefused):
        lodge(a_post("importer"), importer=a_post("importer").organisation)


@pytest.mark.parametrize("role", ["customs_officer", "agency_officer", "supervisor", "operator"])
def test_those_who_work_declarations_do_not_lodge_them(role):
    with pytest.raises(NotAllowed):
        lodge(a_post(role))


def test_a_password_alone_does_not_lodge():
    post = a_post("importer")
    with pytest.raises(NotAllowed):
        lodge(post, actor=an_actor(post, has_second_factor=False))


# --- from a draft ---


def ready(declaration):
    return acts.prepare(acts.facts_to_write(declaration), a_moment()).digest


def test_a_draft_is_lodged_as_it_was_reviewed():
    post = a_post("importer")
    draft = a_draft(post)
    acts.lodge_draft(an_actor(post), a_moment(), draft, ready(draft))
    draft.refresh_from_db()
    assert (draft.state, draft.version) == ("lodged", 1)
    assert not Draft.objects.filter(declaration=draft).exists()
    assert [e.act for e in Entry.objects.filter(subject=draft.subject).order_by("sequence")] == ["draft", "lodge"]


def test_a_draft_changed_after_the_review_is_not_lodged():
    post = a_post("importer")
    draft = a_draft(post)
    reviewed = ready(draft)
    acts.save(an_actor(post), a_moment(), draft, declared_facts(transport={"bill": "CHANGED"}))
    with pytest.raises(InputRefused) as refused:
        acts.lodge_draft(an_actor(post), a_moment(), draft, reviewed)
    assert codes_of(refused) == {"lodging.draft_changed"}
    draft.refresh_from_db()
    assert draft.state == "drafted"


def test_lodging_a_draft_twice_lodges_it_once():
    post = a_post("importer")
    draft = a_draft(post)
    reviewed = ready(draft)
    stale = Declaration.objects.get(pk=draft.pk)
    acts.lodge_draft(an_actor(post), a_moment(), draft, reviewed)
    before = counts()
    assert acts.lodge_draft(an_actor(post), a_moment(), draft, reviewed).pk == draft.pk
    with pytest.raises(InputRefused):
        acts.lodge_draft(an_actor(post), a_moment(), stale, reviewed)
    assert counts() == before


def test_a_returned_declaration_is_lodged_again_as_a_new_version():
    post = a_post("importer")
    made = lodge(post)
    Declaration.objects.filter(pk=made.pk).update(state="returned")
    made.refresh_from_db()
    acts.save(an_actor(post), a_moment(), made, declared_facts(transport={"bill": "MENDED"}))
    acts.lodge_draft(an_actor(post), a_moment(), made, ready(made))
    assert (made.state, made.version) == ("lodged", 2)
    assert [v.facts["transport"]["bill"] for v in made.versions.order_by("number")] == ["COSU6123456780", "MENDED"]


# --- two steps ---


def summary():
    return declared_facts(
        [goods_facts(specification=None, district=None, levy_mode=None, destination=None)],
        header={"procedure": "summary"},
    )


def test_the_summary_is_completed_later_and_nothing_is_asked_twice():
    post = a_post("importer")
    made = lodge(post, facts=summary())
    assert made.kind == "two_step"
    assert made.waits_for_completion
    carried = acts.facts_to_write(made)
    assert carried["goods"][0]["name"] == "赤霞珠干红葡萄酒"
    whole = {**carried, "goods": [carried["goods"][0] | goods_facts()]}
    acts.save(an_actor(post), a_moment(), made, whole)
    acts.complete(an_actor(post), a_moment(), made, ready(made))
    made.refresh_from_db()
    assert (made.version, made.waits_for_completion) == (2, False)
    assert Entry.objects.filter(subject=made.subject).latest("sequence").act == "complete"


def test_completing_twice_completes_once():
    post = a_post("importer")
    made = lodge(post, facts=summary())
    acts.save(an_actor(post), a_moment(), made, declared_facts(header={"procedure": "complete"}))
    reviewed, stale = ready(made), Declaration.objects.get(pk=made.pk)
    acts.complete(an_actor(post), a_moment(), made, reviewed)
    with pytest.raises(InputRefused):
        acts.complete(an_actor(post), a_moment(), stale, reviewed)
    assert made.versions.count() == 2


def test_a_declaration_in_one_step_has_nothing_to_complete():
    post = a_post("importer")
    made = lodge(post)
    with pytest.raises(SomeoneWasFirst):
        acts.complete(an_actor(post), a_moment(), made, "0" * 64)


def test_the_fourteen_days_of_the_second_step_are_told():
    kept = answer.read(lodge(a_post("importer"), facts=summary()).versions.get().answer)
    clock = kept.clock("two_step")
    assert clock is not None
    assert clock.last.isoformat() == "2025-03-15"


# --- nothing half done ---


@pytest.mark.parametrize("where", ["open_cases", "record", "write_version"])
def test_a_failure_in_the_middle_leaves_nothing(monkeypatch, where):
    def fail(*_, **__):
        raise RuntimeError(where)

    post = a_post("importer")
    before = counts()
    monkeypatch.setattr(acts, where, fail)
    with pytest.raises(RuntimeError):
        lodge(post)
    assert counts() == before
    monkeypatch.undo()
    assert lodge(post).state == "lodged"


@pytest.mark.parametrize("where", ["open_cases", "write_version", "_take_draft"])
def test_a_failure_in_the_middle_of_lodging_a_draft_leaves_the_draft(monkeypatch, where):
    def fail(*_, **__):
        raise RuntimeError(where)

    post = a_post("importer")
    draft = a_draft(post)
    reviewed, before = ready(draft), counts()
    monkeypatch.setattr(acts, where, fail)
    with pytest.raises(RuntimeError):
        acts.lodge_draft(an_actor(post), a_moment(), draft, reviewed)
    assert counts() == before
    assert Declaration.objects.get(pk=draft.pk).state == "drafted"


TEXTS = st.one_of(
    st.none(), st.text(max_size=12), st.integers(), st.booleans(), st.lists(st.text(max_size=3), max_size=2)
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["header.customs_office", "header.trade_mode", "transport.mode", "transport.arrived_on", "packages.gross_weight",
                         "valuation.freight", "goods.commodity_code", "goods.quantity", "goods.origin", "goods.total_price", "goods.preferences"]),
        st.one_of(TEXTS, st.sampled_from(["USA", "0", "999999999999999999", "2025-02-30", "72", "0110", "2203000000", "-1", "1e3"])),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_whatever_the_facts_they_are_lodged_whole_or_not_at_all(changes, db):
    facts = declared_facts()
    for path, value in changes:
        group, name = path.split(".")
        holder = facts["goods"][0] if group == "goods" else facts[group]
        holder[name] = value
    post = a_post("importer")
    before = counts()
    try:
        made = lodge(post, facts=facts)
    except InputRefused:
        assert counts() == before
        return
    assert made.versions.count() == 1
    assert Entry.objects.filter(subject=made.subject, act="lodge").count() == 1
    assert Head.objects.get(subject=made.subject).sequence == 1
    assert made.versions.get().answer is not None


def test_the_same_reference_from_many_at_once_makes_one_declaration(tmp_path):
    post = a_post("importer")
    made, kept = at_once([lambda: lodge(post).pk] * 4, lambda: counts()[:2], tmp_path)
    assert len(set(made)) == 1
    assert isinstance(made[0], int)
    assert kept == [1, 1]


def test_a_draft_lodged_by_two_at_once_is_lodged_once(tmp_path):
    post = a_post("importer")
    draft = a_draft(post)
    reviewed = ready(draft)

    def act():
        return acts.lodge_draft(an_actor(post), a_moment(), Declaration.objects.get(pk=draft.pk), reviewed).pk

    def then():
        return [entry.act for entry in Entry.objects.filter(subject=draft.subject).order_by("sequence")]

    outcomes, kept = at_once([act] * 3, then, tmp_path)
    assert draft.pk in outcomes
    assert all(one == draft.pk or isinstance(one, InputRefused) for one in outcomes)
    assert kept == ["draft", "lodge"]


def test_makers_lodge_what_they_say():
    assert a_lodged_declaration().state == "lodged"
