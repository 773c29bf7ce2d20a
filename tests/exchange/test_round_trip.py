"""Any message that the dictionary allows is read as it was written, and written the same again."""

from __future__ import annotations

import datetime as dt
import typing

import msgspec
import pytest
from exchange_makers import ONE_OF_EACH, message_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongguan.exchange.dictionary import EDITIONS, fields, kinds, words
from tongguan.exchange.reading import CHINA, line_shape, read
from tongguan.exchange.shape import Extension, Message, Subscription, Transfer
from tongguan.exchange.writing import write

PLAIN = st.characters(codec="ascii", min_codepoint=33, max_codepoint=126)
WRITTEN = st.one_of(PLAIN, st.sampled_from("　 ，。《》éμ元李\u3007\U00020000"))
MOMENT = st.integers(-600_000_000, 4_000_000_000).map(lambda seconds: dt.datetime.fromtimestamp(seconds, CHINA))


def text_of(field, letters):
    most = min(field.most if field.most is not None else 40, 40) if field.least != field.most else field.most
    least = field.least or 0
    made = st.text(letters, min_size=least, max_size=max(most, least))
    return made.filter(str.isprintable) if letters is not PLAIN else made


def value_of(field):
    if field.values:
        made = st.sampled_from(field.values)
        return made.map(int) if field.kind == "whole" else made
    if field.table == "countries":
        made = st.from_regex(r"\A([0-9]{3}|[A-Z]{3})\Z")
    elif field.table == "transport_modes":
        made = st.sampled_from("0123456")
    else:
        made = {
            "text": lambda: text_of(field, WRITTEN),
            "code": lambda: text_of(field, PLAIN),
            "identity": lambda: text_of(field, PLAIN),
            "amount": lambda: st.decimals(0, 10**13, places=5, allow_nan=False, allow_infinity=False).map(abs),
            "whole": lambda: st.integers(0, 10**field.most - 1),
            "day": lambda: MOMENT.map(lambda d: d.date()),
            "moment": lambda: MOMENT,
            "stamp": lambda: st.builds(lambda d, ms: d.replace(microsecond=ms * 1000), MOMENT, st.integers(0, 999)),
        }[field.kind]()
    return made


def group_of(group, edition, model, **more):
    known = {}
    for field in fields(edition)[group].values():
        made = value_of(field)
        if not field.required:
            made = st.one_of(st.none(), made)
            # what is sent empty is "" for text and nothing for the rest; both come back
        known[field.name] = made
    return st.builds(model, **known, **more)


@st.composite
def messages(draw, number):
    kind = kinds()[number]
    edition = "2018"
    more = {}
    if kind.lines:
        line = group_of(kind.lines, edition, line_shape(kind.shape))
        more["lines"] = st.lists(line, min_size=1, max_size=3).map(tuple)
    document = group_of(kind.head or kind.document, edition, kind.shape, **more)
    sender = kind.receipt is not None
    return Message(
        kind=number,
        edition=edition,
        guid=draw(st.text("0123456789ABCDEF-", min_size=36, max_size=36)),
        version="1.0",
        documents=tuple(draw(st.lists(document, min_size=1, max_size=min(kind.most or 3, 3)))),
        transfer=draw(group_of("BaseTransfer", edition, Transfer)) if sender else None,
        subscriptions=tuple(draw(st.lists(group_of("BaseSubscribe", edition, Subscription), max_size=2)))
        if sender
        else (),
    )


@pytest.mark.parametrize("number", list(kinds()))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_written_and_read_again(number, data):
    message = data.draw(messages(number))
    written = write(message)
    received = read(written)
    assert {f.code for f in received.all_faults} <= {"exchange.signature_missing"}
    assert received.message == message
    assert write(received.message) == written


@pytest.mark.parametrize("maker", ONE_OF_EACH)
def test_what_was_sent_empty_stays_empty_and_what_was_not_sent_stays_away(maker):
    for note in (None, "", "备注"):
        document = maker()
        if hasattr(document, "note"):
            document = msgspec.structs.replace(document, note=note)
            assert read(write(message_of(document))).message.documents[0].note == note


def test_an_extension_is_kept():
    own = Extension(name="own", version="2", content='<ns0:a xmlns:ns0="urn:own">1 &lt; 2</ns0:a>')
    message = message_of(ONE_OF_EACH[0](), extension=own)
    assert read(write(message)).message == message


@pytest.mark.parametrize("edition", EDITIONS)
def test_models_and_tables_have_the_same_fields(edition):
    python = {
        "text": str, "code": str, "identity": str, "amount": "Decimal", "whole": int, "day": dt.date, "moment": dt.datetime, "stamp": dt.datetime,
    }  # fmt: skip
    groups = {"BaseTransfer": Transfer, "BaseSubscribe": Subscription}
    for kind in kinds().values():
        groups[kind.head or kind.document] = kind.shape
        if kind.lines:
            groups[kind.lines] = line_shape(kind.shape)
    assert set(groups) == set(fields(edition))
    for group, model in groups.items():
        hints = typing.get_type_hints(model)
        hints.pop("lines", None)
        known = {f.name: f for f in fields(edition)[group].values()}
        assert list(hints) == list(known), group
        for name, field in known.items():
            options = typing.get_args(hints[name]) or (hints[name],)
            expected = python[field.kind]
            assert options[0] is expected or options[0].__name__ == expected, (group, name)
            assert (type(None) in options) == (not field.required), (group, name)
    assert {f.element for group in fields(edition).values() for f in group.values()} == set(words())
