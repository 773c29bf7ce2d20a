"""Keys and certificates made for a test and thrown away, and messages signed with them."""

from __future__ import annotations

import datetime as dt
import sys
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from exchange_makers import DAY, PLATFORM, a_desk, an_inventory, message_of

from tongguan.exchange import signing
from tongguan.exchange.judging import judge
from tongguan.exchange.reading import read
from tongguan.exchange.writing import write


@cache
def rsa_key(name):
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate_of(key, since=2024, until=2027):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(dt.datetime(since, 1, 1, tzinfo=dt.UTC)).not_valid_after(
        dt.datetime(until, 1, 1, tzinfo=dt.UTC)
    )
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@cache
def own_certificate():
    return certificate_of(rsa_key("own"))


SUITES = {"rsa-sha1": signing.RSA_SHA1, "rsa-sha256": signing.RSA_SHA256}


def a_signed_message(document=None, suite="rsa-sha256", key="own", certificate=None):
    signer = signing.RsaSigner(rsa_key(key), certificate or own_certificate(), SUITES[suite], "0001")
    return signing.sign(write(message_of(document or an_inventory())), signer)


def sm2_certificate(public):
    """A certificate of an SM2 key: that of an elliptic-curve key with curve and point exchanged, which have the same length. It is trusted by its print."""
    key = ec.generate_private_key(ec.SECP256R1())
    der = certificate_of(key)
    point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    curve, other = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a811ccf5501822d")
    assert der.count(curve) == 1
    assert der.count(point) == 1
    return der.replace(curve, other).replace(point, b"\x04" + public)


def checked(data, trusted=None, without=None):
    """A signed message read, its signature checked and judged. `trusted`: senders the own certificate may sign for; () trusts nobody."""
    keys = signing.Keys()
    if trusted != ():
        keys.trust(own_certificate(), *(trusted or (PLATFORM,)))
    received = read(data)
    hidden = {name: sys.modules.get(name) for name in sys.modules if without and name.partition(".")[0] == without}
    sys.modules.update(dict.fromkeys([*hidden, *([without] if without else [])]))
    try:
        return judge(received, DAY, a_desk(), keys=keys)
    finally:
        for name, module in hidden.items():
            sys.modules[name] = module
