"""Small makers: a test shows only what matters to it. Add yours below; leave those of others as they are."""

import datetime as dt
from itertools import count

from django.utils import timezone

from tongguan.window.accounts.models import Organisation, Person, Post

NUMBER = count(1)
SINCE = dt.date(2018, 1, 1)

KIND_OF_ROLE = {
    "importer": "importer",
    "broker": "broker",
    "ecommerce": "ecommerce",
    "customs_officer": "body",
    "customs_examiner": "body",
    "customs_senior": "body",
    "agency_officer": "body",
    "agency_senior": "body",
    "supervisor": "body",
    "operator": "operator",
}
BODY_OF_ROLE = {"agency_officer": "SAMR", "agency_senior": "SAMR", "supervisor": "MOFCOM"}


def a_person(**facts):
    """Somebody with an account and no post: a consumer."""
    number = next(NUMBER)
    held = {
        "username": f"person{number}",
        "email": f"person{number}@example.cn",
        "name_zh": f"林{number}",
        "name_en": f"Lin {number}",
    }
    person = Person(**held | facts)
    person.set_unusable_password()
    person.save()
    return person


def an_organisation(kind="importer", **facts):
    """A firm with a name; a body with its code is made once."""
    number = next(NUMBER)
    if facts.get("body"):
        found = Organisation.objects.filter(body=facts["body"]).first()
        if found:
            return found
    held = {
        "name_zh": f"海川贸易{number}公司",
        "name_en": f"Haichuan Trading {number}",
        "created_at": timezone.now(),
        "confirmed_at": timezone.now(),
    }
    return Organisation.objects.create(kind=kind, **held | facts)


def a_post(role, organisation=None, person=None, **facts):
    """A person in a post, in an organisation of the right kind."""
    kind = KIND_OF_ROLE[role]
    if organisation is None:
        body = BODY_OF_ROLE.get(role, "GACC") if kind == "body" else ""
        organisation = an_organisation(kind, body=body) if body else an_organisation(kind)
    return Post.objects.create(
        **{"person": person or a_person(), "organisation": organisation, "role": role, "from_on": SINCE} | facts
    )


def sign_in(client, person):
    """Sign a test client in, with password and second factor done."""
    client.force_login(person)
    session = client.session
    at = timezone.now().timestamp()
    session["second_factor"] = str(person.pk)
    session["account_authentication_methods"] = [
        {"method": "password", "at": at, "email": person.email},
        {"method": "mfa", "type": "totp", "id": 0, "at": at},
    ]
    session.save()


# --- declarations -----------------------------------------------------------------------------------------------------------------

LODGING_DAY = dt.date(2025, 3, 3)
LODGING = dt.datetime(2025, 3, 3, 2, 0, tzinfo=dt.UTC)


def a_moment(at=LODGING):
    """One moment with its day in China."""
    from tongguan.window.access.actor import Moment
    from tongguan.window.clock import day_of

    return Moment(at, day_of(at))


def an_actor(post, **facts):
    """The person of a post with everything shown: second factor, confirmed firm."""
    from tongguan.window.access.actor import Actor

    held = {
        "person_id": post.person_id, "role": post.role, "organisation_id": post.organisation_id, "body": post.organisation.body,
        "has_second_factor": True, "is_confirmed": True,
    }  # fmt: skip
    return Actor(**held | facts)


def an_entrustment(principal, broker, since=SINCE, **facts):
    """Authority in force."""
    from tongguan.window.accounts.models import Entrustment

    given = dt.datetime(since.year, since.month, since.day, tzinfo=dt.UTC)
    held = {"given_by": a_person(), "given_at": given, "accepted_at": given, "from_on": since}
    return Entrustment.objects.create(principal=principal, broker=broker, **held | facts)


def goods_facts(**facts):
    """A goods item: Chilean red wine, 9,000 litres."""
    held = {
        "commodity_code": "2204210000", "name": "赤霞珠干红葡萄酒", "specification": "4|3|酿造酒|750毫升*6瓶/箱|13.5%vol", "brand_type": "0",
        "quantity": "9000", "unit": "095", "first_quantity": "9000", "first_unit": "095", "second_quantity": "13500", "second_unit": "035",
        "total_price": "48600.00", "currency": "USD", "origin": "CHL", "district": "31222", "destination": "310000", "levy_mode": "1",
        "purpose": "12", "ciq_name": "葡萄酒", "attributes": ["19"],
    }  # fmt: skip
    return {name: value for name, value in (held | facts).items() if value is not None}


def declared_facts(goods=None, **groups):
    """Facts that can be lodged: wine from Chile, FOB, by sea to Shanghai. A group given as a dictionary changes that group; None takes a field out."""
    held = {
        "header": {
            "procedure": "one_step", "customs_office": "2248", "entry_customs": "2248", "trade_mode": "0110", "levy_nature": "101",
            "contract_number": "CW-2025-7", "trade_country": "CHL", "marks": "N/M", "special_relationship": "no", "price_influenced": "no",
            "royalties_paid": "no", "formula_price": "no", "provisional_price": "no", "self_assessed": "yes",
        },
        "parties": {"importer_name": "海川贸易公司", "importer_code": "91310000MA1FL0AB1X", "overseas_name": "VINA DEL SUR SA"},
        "transport": {
            "mode": "2", "conveyance": "COSCO VALPARAISO", "voyage": "045W", "bill": "COSU6123456780", "arrived_on": "2025-03-01",
            "departure_country": "CHL", "departure_port": "CHL000", "stopover_port": "CHL000", "entry_port": "310001", "goods_place": "洋山港区仓库",
        },
        "packages": {"number": "1500", "kind": "22", "gross_weight": "14800", "net_weight": "13500"},
        "valuation": {
            "trade_terms": "3", "freight_mark": "3", "freight": "2150", "freight_currency": "USD", "insurance_mark": "1", "insurance": "0.3",
            "exchange_rates": {"USD": "7.1788"},
        },
    }  # fmt: skip
    for group, changed in groups.items():
        merged = held.get(group, {}) | changed if isinstance(changed, dict) else changed
        held[group] = {k: v for k, v in merged.items() if v is not None} if isinstance(merged, dict) else merged
    return held | {"goods": goods or [goods_facts()]}


def a_lodged_declaration(post=None, reference=None, facts=None, at=LODGING):
    """A declaration lodged by the person of a post."""
    from tongguan.window.lodging import acts

    post = post or a_post("importer")
    return acts.lodge(
        an_actor(post),
        a_moment(at),
        facts or declared_facts(),
        importer_id=post.organisation_id,
        reference=reference or f"R{next(NUMBER)}",
    )


def a_draft(post=None, reference=None, facts=None, at=LODGING):
    """A declaration being written."""
    from tongguan.window.lodging import acts

    post = post or a_post("importer")
    facts = declared_facts() if facts is None else facts
    return acts.draft(
        an_actor(post), a_moment(at), facts, importer_id=post.organisation_id, reference=reference or f"D{next(NUMBER)}"
    )
