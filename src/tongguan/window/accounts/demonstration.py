"""People in every role for a demonstration, with known passwords and one-time codes. It refuses to work where TONGGUAN_DEMONSTRATION is not set."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP as Codes  # noqa: N811  # two classes of one name
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from stdnum.cn import uscc

from tongguan.window.access import needs
from tongguan.window.access.actor import SYSTEM, Moment
from tongguan.window.access.middleware import Request
from tongguan.window.accounts.acts import appoint
from tongguan.window.accounts.bodies import bodies, ensure_bodies
from tongguan.window.accounts.models import Entrustment, Organisation, Person, Post
from tongguan.window.journal.models import record

PASSWORD = "wine-from-chile-2018"  # noqa: S105  # printed for everyone to see
PERIOD, DIGITS = 30, 6


@dataclass(frozen=True)
class Firm:
    """A firm of the demonstration. The codes are made up; their check digits are right."""

    kind: str
    name_zh: str
    name_en: str
    credit_code_17: str
    customs_code: str


@dataclass(frozen=True)
class Player:
    """A person of the demonstration: which post, in which firm or body."""

    name: str
    name_zh: str
    name_en: str
    role: str
    organisation: str

    @property
    def is_of_body(self) -> bool:
        """Whether the organisation is one of the bodies of the policy."""
        return self.organisation in bodies()


FIRMS = {
    "importer": Firm("importer", "上海海风贸易有限公司", "Shanghai Sea Breeze Trading Co., Ltd.", "91310000MA1K00DE1", "3122960D01"),
    "broker": Firm("broker", "上海平安关务有限公司", "Shanghai Ping'an Customs Brokers Co., Ltd.", "91310000MA1K00DE2", "3122980D02"),
    "ecommerce": Firm("ecommerce", "杭州远洋优选电商有限公司", "Hangzhou Ocean Choice E-commerce Co., Ltd.", "91330100MA1K00DE3", "3301960D03"),
}  # fmt: skip
PLAYERS = (
    Player("consumer", "陈晓", "Chen Xiao", "consumer", ""),
    Player("importer", "林悦", "Lin Yue", "importer", "importer"),
    Player("broker", "周平", "Zhou Ping", "broker", "broker"),
    Player("ecommerce", "吴优", "Wu You", "ecommerce", "ecommerce"),
    Player("officer", "王勤", "Wang Qin", "customs_officer", "GACC"),
    Player("examiner", "赵明", "Zhao Ming", "customs_examiner", "GACC"),
    Player("examiner2", "孙立", "Sun Li", "customs_examiner", "GACC"),
    Player("senior", "李正", "Li Zheng", "customs_senior", "GACC"),
    Player("quarantine", "钱卫", "Qian Wei", "agency_officer", "GACC"),
    Player("quarantine-senior", "沈康", "Shen Kang", "agency_senior", "GACC"),
    Player("market", "郑安", "Zheng An", "agency_officer", "SAMR"),
    Player("market-senior", "冯博", "Feng Bo", "agency_senior", "SAMR"),
    Player("trade", "何商", "He Shang", "agency_officer", "MOFCOM"),
    Player("trade-senior", "许诚", "Xu Cheng", "agency_senior", "MOFCOM"),
    Player("agriculture", "田禾", "Tian He", "agency_officer", "MARA"),
    Player("supervisor", "高远", "Gao Yuan", "supervisor", "MOFCOM"),
    Player("operator", "任维", "Ren Wei", "operator", "operator"),
)


def email_of(name: str) -> str:
    """The address by which a person of the demonstration signs in."""
    return f"{name}@demonstration.example"


def secret_of(name: str) -> str:
    """What the person's one-time codes are made from: always the same, and secret from nobody."""
    return base64.b32encode(hashlib.sha256(f"tongguan demonstration {name}".encode()).digest()[:20]).decode()


def code_of(name: str, seconds: int) -> str:
    """The one-time code at a moment in seconds since 1970 (RFC 6238)."""
    key = base64.b32decode(secret_of(name))
    return Codes(key, DIGITS, SHA1(), PERIOD).generate(seconds).decode()  # noqa: S303  # the algorithm the standard names


def _require() -> None:
    if not settings.DEMONSTRATION:
        raise ImproperlyConfigured("people with known passwords are made only where TONGGUAN_DEMONSTRATION is 1")


def people(moment: Moment) -> dict[str, Person]:
    """Everyone of the demonstration, by name; made where they are not there yet. Raises ImproperlyConfigured on a real window."""
    _require()
    ensure_bodies()
    with transaction.atomic():
        firms = {name: _firm(firm, moment) for name, firm in FIRMS.items()}
        made = {player.name: _person(player, firms, moment) for player in PLAYERS}
        _authority(firms, made, moment)
    return made


def _firm(firm: Firm, moment: Moment) -> Organisation:
    credit_code = firm.credit_code_17 + uscc.calc_check_digit(firm.credit_code_17)
    found, is_new = Organisation.objects.get_or_create(
        credit_code=credit_code,
        defaults={
            "kind": firm.kind,
            "name_zh": firm.name_zh,
            "name_en": firm.name_en,
            "customs_code": firm.customs_code,
            "created_at": moment.at,
            "confirmed_at": moment.at,
        },
    )
    if is_new:
        record(found.subject, "found", actor=SYSTEM, at=moment.at, is_first=True)
    return found


@cache
def _hashed() -> str:
    """The one password of everybody here, hashed once: hashing is slow by design."""
    return make_password(PASSWORD)


def _person(player: Player, firms: dict[str, Organisation], moment: Moment) -> Person:
    email = email_of(player.name)
    person = Person.objects.filter(email=email).first()
    if person is None:
        person = Person(username=player.name, email=email, name_zh=player.name_zh, name_en=player.name_en)
        person.password = _hashed()
        person.save()
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
        TOTP.activate(person, secret_of(player.name))
    organisation = _organisation(player, firms)
    if organisation and not Post.objects.filter(person=person, organisation=organisation).exists():
        appoint(SYSTEM, moment, organisation, person, player.role)
    return person


def _organisation(player: Player, firms: dict[str, Organisation]) -> Organisation | None:
    if not player.organisation:
        return None
    if player.organisation in firms:
        return firms[player.organisation]
    if player.organisation == "operator":
        return Organisation.objects.get(kind="operator")
    return Organisation.objects.get(body=player.organisation)


def _authority(firms: dict[str, Organisation], made: dict[str, Person], moment: Moment) -> None:
    for name in ("importer", "ecommerce"):
        given, is_new = Entrustment.objects.get_or_create(
            principal=firms[name],
            broker=firms["broker"],
            revoked_on=None,
            defaults={
                "from_on": moment.day,
                "accepted_at": moment.at,
                "given_by": made[name],
                "given_at": moment.at,
            },
        )
        if is_new:
            record(given.subject, "give", actor=SYSTEM, at=moment.at, is_first=True)
            record(given.subject, "accept", actor=SYSTEM, at=moment.at)


@needs("sign_in")
@never_cache
@require_GET
def logins(request: Request) -> HttpResponse:
    """Who can be signed in as, with the one-time code of this half minute. Not there on a real window."""
    if not settings.DEMONSTRATION:
        raise Http404
    seconds = int(request.moment.at.timestamp())
    there = set(
        Authenticator.objects.filter(user__email__endswith="@demonstration.example").values_list(
            "user__email", flat=True
        )
    )
    rows = [
        {"player": player, "email": email_of(player.name), "code": code_of(player.name, seconds)}
        for player in PLAYERS
        if email_of(player.name) in there
    ]
    return render(
        request, "accounts/demonstration.html", {"rows": rows, "password": PASSWORD, "left": PERIOD - seconds % PERIOD}
    )
