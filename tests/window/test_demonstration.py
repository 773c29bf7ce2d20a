"""The demonstration: shipments at every stage, made through the acts themselves, once."""

import datetime as dt

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count

from tongguan.window import clock
from tongguan.window.charges.ledger import unbalanced
from tongguan.window.declarations.models import STATE, Declaration
from tongguan.window.demonstration import seed
from tongguan.window.demonstration.shipments import facts_of, shipments
from tongguan.window.journal.models import Entry
from tongguan.window.journal.verify import verify
from tongguan.window.permits.models import Case, LicenceUse
from tongguan.window.release_times.figures import figures

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 20, 3, 0, tzinfo=dt.UTC)


def test_a_real_window_is_not_filled():
    with pytest.raises(ImproperlyConfigured):
        seed.fill(NOW)
    assert not Declaration.objects.exists()


def test_the_demonstration(settings):
    settings.DEMONSTRATION = True
    assert seed.fill(NOW) >= 60
    there = dict(Declaration.objects.values_list("state").annotate(n=Count("pk")))
    assert set(there) >= set(STATE.states) - {"referred"}, "a shipment at every stage"
    assert set(Declaration.objects.values_list("tax", flat=True)) >= {"open", "determined", "secured", "paid"}
    assert set(Declaration.objects.values_list("examination", flat=True)) >= {"not_selected", "selected", "examined"}
    assert set(Case.objects.values_list("state", flat=True)) >= {"requested", "under_review", "questioned", "granted"}
    assert LicenceUse.objects.exclude(written_off_at=None).exists()
    assert Entry.objects.filter(act="draw").exists()

    times = list(Entry.objects.order_by("id").values_list("at", flat=True))
    assert times == sorted(times), "the journal reads as it would have been written"
    assert times[-1] <= NOW
    assert verify().faults == ()
    assert unbalanced() == []
    released = next(f for f in figures(clock.day_of(NOW)) if (f.stage, f.channel) == ("release", ""))
    assert released.minutes is not None

    before = (Declaration.objects.count(), Entry.objects.count())
    assert seed.fill(NOW + dt.timedelta(hours=1)) == 0
    assert (Declaration.objects.count(), Entry.objects.count()) == before


@pytest.mark.parametrize("kind", sorted(shipments().goods))
def test_its_goods_have_one_figure_and_nothing_wrong(kind):
    from tongguan.window.access.actor import Moment
    from tongguan.window.lodging import acts

    day = clock.day_of(NOW)
    ready = acts.prepare(facts_of(kind, 1, day, importer_code="91310000MA1K00DE1H"), Moment(NOW, day))
    assert ready.answer.total is not None
    assert not [f for f in ready.answer.findings if f.severity == "error"]
