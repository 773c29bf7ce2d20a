"""What another channel would cost."""

from __future__ import annotations

from channel_makers import LINE, item, world_of

from tongguan.assessment.compare import compare_channels, open_channels
from tongguan.assessment.reading import read_shipment


def parcel(channel, facts=None, **more):
    goods = item("900.00", LINE, facts={"category": "1", "on_positive_list": "yes"})
    return read_shipment(
        {
            "channel": channel,
            "dates": {"declared": "2025-03-01"},
            "items": [{**goods, **more}],
            "facts": {"used_this_year": "0", "sent_from": "JP", **(facts or {})},
        }
    )


def test_a_parcel_by_the_other_channels_cheapest_first():
    answers = compare_channels(parcel("personal_articles"), world_of("0.10"))
    assert [(a.channel, a.total) for a in answers] == [("cross_border_ecommerce", "81.90"), ("general_trade", "218.70")]
    assert not any(f.code == "channels.fact_not_used" for a in answers for f in a.findings)


def test_an_order_by_the_other_channels():
    answers = compare_channels(parcel("cross_border_ecommerce"), world_of("0.10"))
    assert {a.channel: a.total for a in answers} == {"personal_articles": "117.00", "general_trade": "218.70"}


def test_trade_has_nothing_to_compare_unless_it_is_for_personal_use():
    assert compare_channels(parcel("general_trade"), world_of()) == []
    assert open_channels(parcel("general_trade", {"for_personal_use": "yes"})) == (
        "cross_border_ecommerce",
        "personal_articles",
    )


def test_without_a_code_only_the_parcel_is_left():
    shipment = parcel("personal_articles", commodity_code="")
    assert open_channels(shipment) == ()
