"""Ten journeys from question to every agency's application: a fact is asked once, and never when it is known."""

from __future__ import annotations

import copy

import pytest

from tongguan.assessment.papers.facts import attribute_file
from tongguan.assessment.papers.resolve import papers_of_shipment
from tongguan.assessment.reading import read_shipment
from tongguan.declaration import (
    answered,
    applications,
    code_table,
    facts,
    fields,
    from_shipment,
    questions,
    read,
    reuse,
    to_shipment,
)
from tongguan.grammar.citations import instruments

YES = "yes"
JOURNEYS = {
    "wine": ("2025-03-03", "22042100", "CL", {"litre": "9000", "kg": "14200"}, {"use": "food", "prepacked": YES}),
    "beef": ("2025-05-12", "02023000", "BR", {"kg": "27000"}, {"use": "food", "form": "frozen"}),
    "infant formula": (
        "2025-07-16",
        "19011010",
        "AU",
        {"kg": "14400"},
        {"food_class": "infant_formula", "use": "food"},
    ),
    "used excavator": ("2025-06-02", "84295212", "JP", {"set": "1"}, {"condition": "used"}),
    "robot with radio": (
        "2025-04-15",
        "84795010",
        "JP",
        {"set": "1"},
        {"condition": "new", "radio": YES, "micro_power": "no"},
    ),
    "durian": ("2025-08-05", "08106000", "TH", {"kg": "18000"}, {"form": "fresh", "use": "food"}),
    "medicine": ("2025-02-11", "30049090", "DE", {"kg": "800"}, {"drug": YES, "use": "medical"}),
    "cosmetics": (
        "2025-09-01",
        "33049900",
        "FR",
        {"kg": "1200", "piece": "8000"},
        {"use": "cosmetic", "cosmetic_class": "ordinary"},
    ),
    "urea under quota": ("2025-03-25", "31021000", "RU", {"tonne": "3000"}, {"in_quota": YES}),
    "car": ("2025-09-16", "87032411", "DE", {"piece": "1", "kg": "2150"}, {"condition": "new", "ccc_listed": YES}),
}


def asked_about(name):
    day, code, origin, quantities, stated = JOURNEYS[name]
    return read_shipment(
        {
            "shipment": name,
            "dates": {"declared": day},
            "trade_terms": "CIF",
            "currency": "CNY",
            "items": [
                {
                    "commodity_code": code,
                    "name": "货物",
                    "origin": origin,
                    "price": "100000",
                    "quantities": quantities,
                    "facts": stated,
                    "quota_certificate": name == "urea under quota",
                }
            ],
        }
    )


def derived(raw, day):
    declaration = read(raw)
    papers = papers_of_shipment(to_shipment(declaration, declared_on=day))
    return declaration, applications(declaration, papers)


def answer_to(path):
    """An answer of the kind the field wants."""
    name = path.rpartition(".")[2]
    if ".facts." in path:
        attribute = attribute_file().attributes.get(name)
        return next(iter(attribute.values)) if attribute is not None and attribute.values else "as told"
    field = fields()[f"{path.partition('[')[0].partition('.')[0]}.{name}"]
    if field.kind in ("code", "codes"):
        code = next(iter(code_table(field.table).codes))
        return code if field.kind == "code" else [code]
    return {"date": "2027-01-31", "quantity": "100", "number": 4, "amount": "100"}.get(field.kind, "as told")


def told(content, path=""):
    if isinstance(content, dict):
        return {leaf for k, v in content.items() for leaf in told(v, f"{path}.{k}".lstrip("."))}
    if isinstance(content, list) and content and isinstance(content[0], dict):
        return {leaf for n, v in enumerate(content) for leaf in told(v, f"{path}[{n}]")}
    return {path}


@pytest.mark.parametrize("name", JOURNEYS)
def test_no_fact_is_asked_twice_on_the_way(name):
    shipment = asked_about(name)
    raw = from_shipment(shipment)
    ever_asked = set()
    for _ in range(5):
        declaration, wanted = derived(raw, shipment.declared_on)
        known = told(facts(declaration))
        open_questions = [q.path for q in questions(wanted)]
        assert len(open_questions) == len(set(open_questions))
        assert not set(open_questions) & known, "what the question told is not asked again"
        assert not set(open_questions) & ever_asked, "what was answered is not asked again"
        ratio = reuse(declaration, wanted)
        assert ratio.twice == ()
        assert ratio.ratio == "1.00"
        ever_asked |= set(open_questions)
        if not open_questions:
            break
        for path in open_questions:
            raw = answered(raw, path, "N-1" if path.startswith("papers[") else answer_to(path))
    assert wanted, "an agency has something to decide"
    assert all(a.missing == () for a in wanted)
    assert ratio.boxes > ratio.distinct, "one fact fills several boxes"


def test_ten_journeys():
    assert len(JOURNEYS) == 10


def test_what_an_application_says_is_what_the_declaration_says(wine, day):
    declaration, wanted = derived(wine, day)
    inspection = next(a for a in wanted if a.requirement == "inspection-application")
    assert inspection.body == "GACC"
    assert inspection.fields["goods_name"] == wine["goods"][0]["name"]
    assert inspection.source["goods_name"] == "goods[0].name"
    assert inspection.fields["bill"] == wine["transport"]["bill"]
    assert inspection.fields["user"] == wine["parties"]["importer_name"], (
        "the consignee uses the goods unless another does"
    )
    registration = next(a for a in wanted if a.requirement == "food-maker-registration")
    assert registration.number == "CCHL21032201010012"
    assert {q.path: len(q.requirements) for q in questions(wanted)} == {
        "goods[0].ingredients": 4,
        "goods[0].shelf_life": 4,
    }
    for one in questions(wanted):
        assert one.zh
        assert one.en
    assert reuse(declaration, wanted).ratio == "1.00"
    for application in wanted:
        for citation in application.because.split("; "):
            assert citation.partition("#")[0] in instruments()


def test_one_application_for_several_items(wine, day):
    wine["goods"].append(copy.deepcopy(wine["goods"][0]) | {"name": "霞多丽干白葡萄酒"})
    _, wanted = derived(wine, day)
    inspection = next(a for a in wanted if a.requirement == "inspection-application")
    assert inspection.items == (1, 2)
    assert inspection.fields["goods_name[2]"] == "霞多丽干白葡萄酒"
    assert inspection.source["goods_name[2]"] == "goods[1].name"
    assert inspection.fields["bill"] == wine["transport"]["bill"]


@pytest.mark.parametrize(
    ("place", "value", "path"),
    [
        ("unit_price", "5.4", "goods[0].unit_price"),
        ("destination_country", "CHN", "goods[0].destination_country"),
    ],
)
def test_a_fact_told_twice_raises_the_flag(wine, day, place, value, path):
    wine["goods"][0][place] = value
    declaration, wanted = derived(wine, day)
    assert reuse(declaration, wanted).twice == (path,)
    assert reuse(declaration, wanted).asked == reuse(declaration, wanted).distinct + 1
    assert reuse(declaration, wanted).ratio == "1.01"
