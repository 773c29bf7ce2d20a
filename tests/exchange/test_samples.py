"""The published samples of both editions: each is read whole, written again with the same content, judged, and answered with the right receipt.

The samples are examples of form. Their content is made up: numbers of persons that nobody can have, numbers used twice, totals that do not add up,
one signature under all of them. What is wrong with each is said here, so that a change of judgement is seen.
"""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from tongguan.exchange.dictionary import EDITIONS, fields, kinds
from tongguan.exchange.judging import judge
from tongguan.exchange.reading import CHINA, SIGNATURE, read
from tongguan.exchange.receipts import receipt
from tongguan.exchange.signing import check
from tongguan.exchange.writing import write

DAY = dt.date(2022, 6, 1)
AT = dt.datetime(2022, 6, 1, 9, 0, tzinfo=CHINA)
FOLDERS = {"2018": "gacc_2018_113", "202205": "gacc_202205"}
SENT = (311, 411, 511, 513, 621, 623, 625, 711)
ANSWERS = (312, 412, 512, 514, 622, 624, 626, 712)

WRONG = {
    311: {"identity_birth_date": 6, "total_is_not_price_times_quantity": 6, "guid_repeated": 5, "document_repeated": 5},
    411: {"identity_birth_date": 10, "guid_repeated": 8, "document_repeated": 8},
    511: {"not_one_parcel": 6, "guid_repeated": 5, "document_repeated": 5},
    513: {"value_not_allowed": 10, "guid_repeated": 9, "document_repeated": 9},
    621: {
        "not_one_parcel": 10, "identity_birth_date": 10, "guarantor_is_no_party": 10, "total_is_not_price_times_quantity": 20, "guid_repeated": 9,
        "document_repeated": 8,
    },
    623: {"identity_birth_date": 10, "inventory_not_found": 10, "guid_repeated": 9, "document_repeated": 8},
    625: {"inventory_not_found": 10, "guid_repeated": 9, "document_repeated": 9},
    711: {},
}  # fmt: skip
"""Errors in the samples, by kind; both editions have the same documents."""

STATES = {
    311: {"-301008": 6},
    411: {"-401009": 10},
    511: {"-504011": 6},
    513: {"-505011": 10},
    621: {"-621001": 10},
    623: {"-623001": 10},
    625: {"100": 1, "-625001": 9},
    711: {"120": 1},
}


def sample(published, edition, kind):
    return (published / "ceb" / FOLDERS[edition] / "samples" / f"CEB{kind}Message.xml").read_bytes()


def content(data):
    """The elements and texts of a message, without its signature and the spaces between."""
    root = ET.fromstring(data)  # noqa: S314  # our own bytes and those of the reference
    for signature in root.findall(f"{{{SIGNATURE}}}Signature"):
        root.remove(signature)

    def plain(element):
        return (element.tag, dict(element.attrib), (element.text or "").strip(), [plain(child) for child in element])

    return plain(root)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("kind", [*SENT, *ANSWERS])
def test_a_sample_comes_back_as_it_was_sent(published, edition, kind):
    data = sample(published, edition, kind)
    received = read(data)
    assert received.message.kind == kind
    written = write(received.message)
    assert content(written) == content(data)
    assert read(written).message.documents == received.message.documents
    assert write(read(written).message) == written


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("kind", SENT)
def test_the_edition_is_told_by_the_signature(published, edition, kind):
    assert read(sample(published, edition, kind)).message.edition == edition


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("kind", SENT)
def test_a_sample_gets_the_right_receipt(published, edition, kind):
    data = sample(published, edition, kind)
    judged = judge(read(data), DAY, looks_at_signature=False)
    errors = Counter(f.code.removeprefix("exchange.") for f in judged.all_faults if f.severity == "error")
    assert errors == WRONG[kind]
    assert Counter(one.state for one in judged.documents) == STATES[kind]
    answer = receipt(judged, AT)
    assert answer.kind == kinds()[kind].receipt
    assert [one.state for one in answer.documents] == [one.state for one in judged.documents]
    again = read(write(answer))
    assert again.all_faults == ()
    assert again.message.documents == answer.documents


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("kind", ANSWERS)
def test_a_published_receipt_is_sound(published, edition, kind):
    received = read(sample(published, edition, kind))
    # The published receipt of a withdrawal has a tab behind a number.
    expected = {"exchange.spaces_around"} if kind == 624 else set()
    assert {f.code for f in received.all_faults} == expected


@pytest.mark.parametrize("name", ["CEB312", "CEB512", "CEB622", "CEB624", "CEB626", "CEB816_tax"])
def test_receipts_and_a_tax_bill_as_they_are_sent_today(published, name):
    data = (published / "ceb" / f"receipt_{name}.xml").read_bytes()
    received = read(data)
    assert received.all_faults == ()
    assert content(write(received.message)) == content(data)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_one_signature_under_all_samples_is_not_taken(published, edition):
    data = sample(published, edition, 621)
    found = {f.code for f in check(read(data)) if f.severity == "error"}
    assert found
    assert found <= {
        "exchange.content_changed_after_signing", "exchange.signature_wrong", "exchange.signature_not_checked", "exchange.certificate_unreadable",
    }  # fmt: skip
    states = {one.state for one in judge(read(data), DAY).documents}
    assert states <= {"-621028", "-621029"}


SCHEMA = "{http://www.w3.org/2001/XMLSchema}"
SCHEMAS = {"2018": "进口业务节点报文.xsd", "202205": "海关跨境进口业务节点报文定义202205.xsd"}
NOT_IN_THE_SCHEMA = {("TaxHeadRd", "orderNo"), ("TaxHeadRd", "logisticsNo")}


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_dictionary_says_what_the_schema_says(published, edition):
    tree = ET.parse(published / "ceb" / FOLDERS[edition] / "xsd" / SCHEMAS[edition])  # noqa: S314  # of the reference
    groups = {e.get("name"): e for e in tree.getroot().findall(f"{SCHEMA}element")}
    for group, known in fields(edition).items():
        elements = groups[group].findall(f"{SCHEMA}complexType/{SCHEMA}sequence/{SCHEMA}element")
        ours = [f for f in known.values() if (group, f.element) not in NOT_IN_THE_SCHEMA]
        assert [f.element for f in ours] == [e.get("name") for e in elements], group
        for field, element in zip(ours, elements, strict=True):
            where = f"{group}/{field.element}"
            assert field.required == (element.get("minOccurs", "1") == "1"), where
            facets = {
                facet.tag.removeprefix(SCHEMA): facet.get("value")
                for facet in element.iterfind(f"{SCHEMA}simpleType/{SCHEMA}restriction/*")
            }
            if field.kind == "amount":
                assert facets == {"fractionDigits": "5", "totalDigits": "19"}, where
            elif field.kind != "whole":
                assert str(field.most or "") == facets.get("length", facets.get("maxLength", "")), where
                assert str(field.least) == facets.get("length", facets.get("minLength", "0")), where


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_schema_limits_are_ours(published, edition):
    tree = ET.parse(published / "ceb" / FOLDERS[edition] / "xsd" / SCHEMAS[edition])  # noqa: S314  # of the reference
    roots = {e.get("name"): e for e in tree.getroot().findall(f"{SCHEMA}element")}
    for kind in kinds().values():
        children = roots[kind.root].findall(f"{SCHEMA}complexType/{SCHEMA}sequence/{SCHEMA}element")
        most = {(c.get("name") or c.get("ref").partition(":")[2]): c.get("maxOccurs", "1") for c in children}
        assert most[kind.document] == str(kind.most or "unbounded"), kind.kind
        signature = next((c for c in children if c.get("ref") == "ds:Signature"), None)
        assert (kind.signed == "always") == (signature is not None and signature.get("minOccurs", "1") == "1"), (
            kind.kind
        )


def test_the_name_of_a_kind_is_its_number():
    assert {k.root for k in kinds().values()} == {f"CEB{n}Message" for n in (*SENT, *ANSWERS, 816, 900)}
