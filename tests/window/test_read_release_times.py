"""How long release takes: from the journal alone, counted once, published only where there are enough cases."""

import datetime as dt
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from makers_officers import AT, a_case, a_declared

from tongguan.window import clock
from tongguan.window.access.actor import SYSTEM, Moment
from tongguan.window.journal.models import record
from tongguan.window.release_times import figures as times
from tongguan.window.release_times.models import Tally


def a_released(hours, channel="general_trade", days=0):
    """A declaration that was lodged and released so many hours later, as its journal tells it."""
    declaration = a_declared(channel=channel)
    begun = AT + dt.timedelta(days=days)
    with transaction.atomic():
        record(declaration.subject, "lodge", actor=SYSTEM, at=begun, is_first=True)
        record(declaration.subject, "accept", actor=SYSTEM, at=begun + dt.timedelta(hours=hours / 2))
        record(declaration.subject, "release", actor=SYSTEM, at=begun + dt.timedelta(hours=hours))
    return declaration


def later(days=5):
    at = AT + dt.timedelta(days=days)
    return Moment(at, clock.day_of(at))


def of(stage, rows, channel="", body=""):
    return next((f for f in rows if (f.stage, f.channel, f.body) == (stage, channel, body)), None)


@pytest.mark.django_db
def test_percentiles_are_right_to_within_a_tenth():
    for hours in range(1, 21):
        a_released(hours)
    times.tally(later())
    figure = of("release", times.figures(later().day))
    assert figure.cases == 20
    for minutes, exact in zip(figure.minutes, (10 * 60, 16 * 60, 19 * 60), strict=True):
        assert exact <= minutes <= exact * 1.1 + 1


@pytest.mark.django_db
def test_tallying_again_counts_nothing_twice():
    a_released(4)
    assert times.tally(later()) == 3
    assert times.tally(later()) == 0
    assert sum(t.count for t in Tally.objects.filter(stage="release")) == 1
    a_released(6, days=1)
    times.tally(later())
    assert sum(t.count for t in Tally.objects.filter(stage="release")) == 2


@pytest.mark.django_db
def test_few_cases_are_counted_but_not_published():
    for hours in range(1, times.FEWEST):
        a_released(hours, channel="hainan")
    times.tally(later())
    assert of("release", times.figures(later().day), channel="hainan").minutes is None
    a_released(3, channel="hainan")
    times.tally(later())
    assert of("release", times.figures(later().day), channel="hainan").minutes is not None


@pytest.mark.django_db
def test_a_declaration_lodged_again_counts_from_the_last_lodging():
    declaration = a_declared()
    with transaction.atomic():
        record(declaration.subject, "lodge", actor=SYSTEM, at=AT, is_first=True)
        record(declaration.subject, "return", actor=SYSTEM, at=AT + dt.timedelta(hours=1))
        record(declaration.subject, "lodge_again", actor=SYSTEM, at=AT + dt.timedelta(hours=40))
        record(declaration.subject, "release", actor=SYSTEM, at=AT + dt.timedelta(hours=42))
    times.tally(later())
    assert Tally.objects.get(stage="release").bucket == times.bucket_of(120)


@pytest.mark.django_db
def test_a_body_is_measured_from_the_lodging_that_asked_it():
    case = a_case(body="SAMR", requested_at=AT)
    with transaction.atomic():
        record(case.subject, "grant", actor=SYSTEM, at=AT + dt.timedelta(hours=30), is_first=True)
    times.tally(later())
    tally = Tally.objects.get(stage="agency")
    assert (tally.body, tally.bucket) == ("SAMR", times.bucket_of(30 * 60))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh", "en"])
def test_anyone_reads_the_figures_and_takes_them_away(client, language):
    for hours in range(1, 7):
        a_released(hours)
    times.tally(later())
    with clock.standing_at(later().at):
        page = client.get(f"/release-times/?lang={language}")
        table = client.get("/release-times.csv?days=30").content.decode()
    html = page.content.decode()
    assert ("申报至放行" if language == "zh" else "Lodged to released") in html
    assert html.count("<table") == 1, "with one channel there is nothing to tell twice"
    assert ("小时" if language == "zh" else "hours") in html
    assert table.splitlines()[0] == "stage,channel,body,cases,p50_minutes,p80_minutes,p95_minutes"
    assert any(line.startswith("release,,,6,") for line in table.splitlines())


@pytest.mark.django_db
@pytest.mark.parametrize("days", ["0", "-1", "99999999999", "x", "", "30;DROP TABLE"])
def test_any_other_period_is_the_usual_one(client, days):
    assert client.get("/release-times/", {"days": days}).status_code == 200


@given(st.integers(0, 2_000_000))
def test_a_bucket_holds_its_minutes(minutes):
    ends = times._ends()
    place = times.bucket_of(minutes)
    assert minutes <= ends[place] or place == len(ends) - 1
    assert place == 0 or minutes > ends[place - 1]
    assert place == 0 or ends[place] <= ends[place - 1] * 1.1 + 1


@given(st.lists(st.integers(1, 500_000), min_size=times.FEWEST, max_size=60))
def test_a_percentile_is_never_below_the_share_it_names(durations):
    counted = Counter(times.bucket_of(minutes) for minutes in durations)
    for wanted, minutes in zip(times.PERCENTILES, times.percentiles(counted), strict=True):
        assert sum(d <= minutes for d in durations) * 100 >= wanted * len(durations)
