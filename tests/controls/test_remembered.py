"""What a process remembers between questions never changes an answer: warm or fresh, narrowed to a code or whole, it says the same."""

import datetime as dt
import sys
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tongguan.assessment.shipment import GoodsItem, Shipment
from tongguan.assessment.world import World, shipped_world
from tongguan.dossier import border
from tongguan.grammar.parameters import LAW, LawBook, Parameter, RuleParameters
from tongguan.law.controls.evaluate import NOTHING, Goods, about, evaluate
from tongguan.law.controls.tables import attribute_file, requirements

# Few codes, days and facts, so that the same goods come again with something else changed.
CODES = (
    "22042100",
    "2204210000",
    "8479501090",
    "0202300090",
    "02023000",
    "0805210000",
    "84",
    "3102100010",
    "8525891110",
)
DAYS = (dt.date(2018, 7, 1), dt.date(2023, 8, 24), dt.date(2025, 3, 3), dt.date(2026, 2, 1))
FACTS = {name: [*a.values][:3] for name, a in attribute_file().attributes.items() if a.values}

facts = st.dictionaries(st.sampled_from(sorted(FACTS)), st.integers(0, 2), max_size=3).map(
    lambda drawn: {name: FACTS[name][place % len(FACTS[name])] for name, place in drawn.items()}
)
codes = st.one_of(st.sampled_from(CODES), st.from_regex(r"[0-9]{2,10}", fullmatch=True))
origins = st.sampled_from([None, "CL", "JP", "US", "BR", "KP"])
channels = st.sampled_from(["general_trade", "samples", "cross_border_ecommerce", "travellers", "processing_trade"])
prices = st.sampled_from([None, Decimal(4999), Decimal(5000), Decimal(5001), Decimal(48600)])
goods = st.builds(
    Goods, code=codes, day=st.sampled_from(DAYS), origin=origins, channel=channels, facts=facts, value=prices
)
items = st.builds(
    GoodsItem,
    commodity_code=st.sampled_from(CODES),
    origin=origins,
    price=prices,
    quantities=st.sampled_from([{}, {"kg": Decimal(20), "litre": Decimal(30), "piece": Decimal(1)}]),
    facts=facts,
    has_quota_certificate=st.booleans(),
)
shipments = st.builds(
    Shipment, declared_on=st.sampled_from(DAYS), arrived_on=st.sampled_from([None, *DAYS]), channel=channels,
    items=st.lists(items, min_size=1, max_size=3).map(tuple),
)  # fmt: skip


def forget():
    """Empty every bounded memory of the package; unbounded ones hold the tables as shipped."""
    places = [vars(module) for name, module in sys.modules.items() if name.split(".")[0] == "tongguan"]
    for place in [*places, vars(shipped_world().overlays)]:
        for held in list(place.values()):
            if hasattr(held, "cache_parameters") and held.cache_parameters()["maxsize"] is not None:
                held.cache_clear()


@given(goods)
def test_a_requirement_narrowed_to_a_code_says_what_the_whole_one_says(asked):
    narrowed = about(asked.code)
    for identifier, (_, whole) in requirements().items():
        _, held = narrowed.get(identifier, ("", None))
        said = evaluate(held, asked) if held is not None else NOTHING
        assert said == evaluate(whole, asked), identifier


@settings(deadline=None, max_examples=40)
@given(st.lists(shipments, min_size=2, max_size=5))
def test_what_is_remembered_is_what_a_fresh_process_would_say(asked):
    fresh = []
    for one in asked:
        forget()
        fresh.append(border(one, today=one.declared_on))
    remembered = [border(one, today=one.declared_on) for one in (*asked, *asked)]
    assert remembered == fresh + fresh


def test_another_law_is_not_answered_from_memory_of_this_one():
    wine = Shipment(
        declared_on=DAYS[2],
        items=(
            GoodsItem(
                commodity_code="22042100", origin="CL", dutiable_value=Decimal(1000), quantities={"litre": Decimal(100)}
            ),
        ),
    )
    rate = shipped_world().law.rule("consumption_tax").parameters["wine_rate"]
    values = {day: replace(value, value="0.20") for day, value in rate.content.values.items()}
    reformed = RuleParameters(
        "consumption_tax", {"wine_rate": Parameter(rate.name, replace(rate.content, values=values))}
    )
    other = World(law=LawBook(LAW, {"consumption_tax": reformed}), version="wine taxed at a fifth")
    answers = [border(wine, world) for world in (shipped_world(), other, shipped_world(), other)]
    rates = [{c.rate for c in a.assessment.items[0].applied.charges if c.kind == "consumption_tax"} for a in answers]
    assert rates == [{100_000}, {200_000}] * 2
