"""The demonstration: shipments at every stage, made through the acts themselves, once."""

import datetime as dt
import re
from html import unescape

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count
from django.test import Client
from makers import sign_in

from tongguan.window import clock
from tongguan.window.accounts.models import Person
from tongguan.window.charges.ledger import unbalanced
from tongguan.window.declarations.models import STATE, Declaration
from tongguan.window.demonstration import seed
from tongguan.window.journal.models import Entry
from tongguan.window.journal.verify import verify
from tongguan.window.lodging.examples import facts_of, shipments
from tongguan.window.notices.models import CallBack
from tongguan.window.permits.models import Case, LicenceUse
from tongguan.window.release_times.figures import figures

pytestmark = pytest.mark.django_db
PUBLIC = ("/ask", "/schedule", "/papers", "/origin", "/fees", "/law", "/api", "/static", "/release-times")
NOW = dt.datetime(2026, 3, 20, 3, 0, tzinfo=dt.UTC)


def refused_links(person):
    """Links on the pages of a person that lead to a refusal, each kind of page looked at once."""
    client = Client()
    sign_in(client, person)
    waiting, seen, found = ["/desk/"], set(), []
    while waiting:
        here = waiting.pop(0)
        html = client.get(here).content.decode()
        for address in re.findall(r'<a [^>]*href="(/[^"#]*)', html):
            path = unescape(address)
            kind = re.sub(r"\d+", "0", path.partition("?")[0])
            if kind in seen or kind.startswith(PUBLIC):
                continue
            seen.add(kind)
            answer = client.get(path)
            if answer.status_code in {403, 404, 500}:
                found.append((here, path, answer.status_code))
            elif "text/html" in answer["Content-Type"]:
                waiting.append(path)
    assert len(seen) > 8, f"{person.username} saw no more than {sorted(seen)}"
    return found


def test_a_real_window_is_not_filled():
    with pytest.raises(ImproperlyConfigured):
        seed.fill(NOW)
    assert not Declaration.objects.exists()


@pytest.mark.one_transaction
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

    assert CallBack.objects.get().organisation == Person.objects.get(username="importer").posts.get().organisation
    with clock.standing_at(NOW):
        for name in ("importer", "broker", "officer", "examiner", "market", "supervisor", "operator", "consumer"):
            assert refused_links(Person.objects.get(username=name)) == []

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
