"""双随机: the same seed and list give the same goods and examiners, for us and for anybody who recomputes it."""

import datetime as dt
import hashlib
import json
import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import a_post
from makers_officers import NOW, a_declared, a_moment, an_actor, codes_of

from tongguan.grammar.citations import instruments
from tongguan.grammar.findings import InputRefused
from tongguan.window.access.actor import NotAllowed
from tongguan.window.accounts.models import Organisation
from tongguan.window.clearance import officers
from tongguan.window.examination import acts, lots
from tongguan.window.journal.models import Entry

ALL = dict.fromkeys(lots.GRADES, 1_000_000)
NONE = dict.fromkeys(lots.GRADES, 0)
SEEDS = st.binary(min_size=32, max_size=32).map(bytes.hex)
REFERENCES = st.text("0123456789abcdef", min_size=16, max_size=16)
LISTS = st.builds(
    lots.Listed,
    candidates=st.dictionaries(REFERENCES, st.sampled_from(lots.GRADES), max_size=30),
    rates=st.fixed_dictionaries({grade: st.integers(0, 1_000_000) for grade in lots.GRADES}),
    examiners=st.lists(st.integers(1, 99).map(str), unique=True, max_size=6),
    excluded=st.just({}),
)


def recomputed(seed, text):
    """What a sceptic would write with nothing but the published page."""
    listed, key = json.loads(text), bytes.fromhex(seed)
    drawn = []
    for reference in sorted(listed["candidates"]):
        lot = int.from_bytes(hashlib.sha256(key + f":goods:{reference}".encode()).digest(), "big")
        if lot * 1_000_000 < listed["rates"][listed["candidates"][reference]] * 2**256:
            able = [e for e in listed["examiners"] if e not in listed["excluded"].get(reference, [])]
            rank = {e: hashlib.sha256(key + f":examiner:{reference}:{e}".encode()).hexdigest() for e in able}
            drawn.append((reference, min(able, key=rank.get) if able else ""))
    return drawn


@given(SEEDS, LISTS)
@settings(deadline=None)
def test_anybody_who_recomputes_a_draw_gets_the_same(seed, listed):
    assert [(one.reference, one.examiner) for one in lots.draw(seed, listed)] == recomputed(seed, listed.text())
    assert lots.read(listed.text()) == listed
    digest = hashlib.sha256(listed.text().encode()).hexdigest()
    assert lots.commitment(seed, listed.text()) == hashlib.sha256(bytes.fromhex(seed) + digest.encode()).hexdigest()


@given(SEEDS, LISTS)
@settings(deadline=None)
def test_a_higher_share_never_draws_fewer_and_the_ends_are_none_and_all(seed, listed):
    def goods(rates):
        return {d.reference for d in lots.draw(seed, lots.Listed(listed.candidates, rates, listed.examiners, {}))}

    assert goods(NONE) == set()
    assert goods(ALL) == set(listed.candidates)
    assert goods({g: r // 2 for g, r in listed.rates.items()}) <= goods(listed.rates)


def test_the_share_drawn_is_the_share_asked_for():
    """2.5 % of 20,000: 500, with a standard deviation of about 22."""
    drawn = sum(lots.is_drawn("5a" * 32, f"{n:016x}", 25_000) for n in range(20_000))
    assert 400 < drawn < 600


def test_each_share_has_its_source_and_the_weak_ones_say_so():
    for day in (dt.date(2018, 5, 1), dt.date(2021, 11, 1), dt.date(2026, 4, 1)):
        for grade, held in acts.usual_rates(day).items():
            if held is not None:
                assert held.citation in instruments(), grade
    assert acts.usual_rates(dt.date(2026, 3, 31))["seriously_dishonest"] is None
    assert acts.usual_rates(dt.date(2026, 4, 1))["regular"].confidence == "D"


@pytest.mark.django_db
def test_the_commitment_is_in_the_journal_before_the_seed_is():
    a_post("customs_examiner")
    declaration = a_declared(state="accepted")
    senior = an_actor("customs_senior")
    draw = acts.prepare(senior, NOW, ALL, "日常抽查")
    committed = Entry.objects.get(subject=draw.subject)
    assert committed.facts["commitment"] == draw.commitment
    assert draw.seed not in json.dumps(committed.facts)
    orders = acts.carry_out(senior, a_moment(minutes=1), draw)
    assert [order.declaration for order in orders] == [declaration]
    assert Entry.objects.get(subject=draw.subject, act="draw").facts["seed"] == draw.seed
    with pytest.raises(InputRefused) as refused:
        acts.carry_out(senior, a_moment(minutes=2), draw)
    assert codes_of(refused) == ["examination.already_drawn"]


@pytest.mark.django_db
def test_a_declaration_takes_part_in_one_draw():
    a_post("customs_examiner")
    a_declared(state="accepted")
    senior = an_actor("customs_senior")
    acts.prepare(senior, NOW, NONE, "日常抽查")
    with pytest.raises(InputRefused) as refused:
        acts.prepare(senior, NOW, ALL, "再抽一次")
    assert codes_of(refused) == ["examination.nobody_listed"]


@pytest.mark.django_db
def test_goods_released_between_list_and_draw_are_not_called_back():
    a_post("customs_examiner")
    declaration = a_declared(state="reviewed", tax="paid")
    senior = an_actor("customs_senior")
    draw = acts.prepare(senior, NOW, ALL, "日常抽查")
    officers.release(senior, NOW, declaration)
    assert acts.carry_out(senior, NOW, draw) == []
    declaration.refresh_from_db()
    assert (declaration.state, declaration.examination) == ("released", "not_selected")


@pytest.mark.django_db
def test_an_examiner_with_an_interest_is_never_drawn():
    declaration = a_declared(state="accepted")
    barred, former, able = (an_actor("customs_examiner") for _ in range(3))
    acts.declare_conflict(barred, NOW, barred.person_id, declaration.importer)
    a_post(
        "importer", organisation=declaration.importer, until_on=dt.date(2020, 1, 1),
        person=a_post("customs_examiner").person.__class__.objects.get(pk=former.person_id),
    )  # fmt: skip
    senior = an_actor("customs_senior")
    draw = acts.prepare(senior, NOW, ALL, "日常抽查")
    listed = lots.read(draw.listed)
    (excluded,) = listed.excluded.values()
    assert set(excluded) == {str(barred.person_id), str(former.person_id)}
    for _ in range(20):
        assert lots.draw(secrets.token_hex(32), listed)[0].examiner not in excluded
    with pytest.raises(NotAllowed):
        acts.declare_conflict(able, NOW, barred.person_id, Organisation.objects.first())


@pytest.mark.django_db
def test_only_the_examiner_drawn_reports_and_one_with_an_interest_does_not():
    first, second = an_actor("customs_examiner"), an_actor("customs_examiner")
    declaration = a_declared(state="accepted")
    acts.order(an_actor("customs_senior"), NOW, declaration, "布控", examiner_id=first.person_id)
    with pytest.raises(InputRefused) as refused:
        officers.examine(second, NOW, declaration, "开箱查看")
    assert codes_of(refused) == ["examination.another_examiner"]
    acts.declare_conflict(first, NOW, first.person_id, declaration.importer)
    with pytest.raises(InputRefused) as refused:
        officers.examine(first, NOW, declaration, "开箱查看")
    assert codes_of(refused) == ["examination.conflict"]
