"""Signatures of messages: an XML signature inside the message, by RSA or by the national algorithms SM2 and SM3.

Law      ceb-202205#6: enveloped signature, canonical form C14N 1.0, sm2-sm3 (first choice) or rsa-sha1, the certificate with it.
Safety   Names of algorithms are compared with a list before anything is computed; the reference is the whole message and nothing else; the digest and
         the signature are both checked, over bytes made by the parser that read the message. A check that cannot be made is a fault, never a pass.
Keys     A signature proves nothing about a stranger: `Keys` says which certificate may sign for which sender. Key devices are not known here: whoever
         has one writes a `Signer` of four lines.
Reading  rsa-sha1 is what the specification calls the general algorithm, so it is read, with a note that SHA-1 is weak; rsa-sha256 is read as well.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from tongguan.exchange.canonical_xml import canonical
from tongguan.exchange.dictionary import kinds
from tongguan.exchange.reading import CHINA, SIGNATURE, SM2_SM3, Received
from tongguan.grammar.findings import Finding

C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
BECAUSE = "ceb-202205#6"


class Suite(NamedTuple):
    """A signature algorithm with its digest, by their names in a message. `hash_name` is empty where the national library has it."""

    name: str
    method: str
    digest_method: str
    hash_name: str


RSA_SHA1 = Suite(
    "rsa-sha1", "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1", "sha1"
)
RSA_SHA256 = Suite("rsa-sha256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256", "sha256")  # fmt: skip
SM2 = Suite("sm2-sm3", SM2_SM3, "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3", "")
SUITES = {suite.method: suite for suite in (RSA_SHA1, RSA_SHA256, SM2)}


# --- signing ---------------------------------------------------------------------------------------------------------------------------


class Signer(Protocol):
    """Who signs: a device, a service, or a key in a test."""

    suite: Suite
    certificate: bytes
    key_name: str

    def sign(self, data: bytes) -> bytes:
        """The signature over data."""


class RsaSigner:
    """Signs with an RSA key of the `cryptography` library."""

    def __init__(self, key: Any, certificate: bytes, suite: Suite = RSA_SHA256, key_name: str = "") -> None:  # noqa: ANN401  # a private key of that library
        self.key, self.certificate, self.suite, self.key_name = key, certificate, suite, key_name

    def sign(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric import padding

        signature: bytes = self.key.sign(data, padding.PKCS1v15(), _hash_of(self.suite))
        return signature


class Sm2Signer:
    """Signs with an SM2 key of 32 bytes; the public key has 64."""

    suite = SM2

    def __init__(self, private: bytes, public: bytes, certificate: bytes, key_name: str = "") -> None:
        self.private, self.public, self.certificate, self.key_name = private, public, certificate, key_name

    def sign(self, data: bytes) -> bytes:
        import gmssl_pyx

        signature: bytes = gmssl_pyx.sm2_sign(self.private, self.public, data)
        return signature


def sign(data: bytes, signer: Signer) -> bytes:
    """A message with its signature as the last child of the root. It must not be signed yet. Raises ValueError."""
    parts = canonical(data)
    if parts.signed_info:
        raise ValueError("the message is signed already")
    suite = signer.suite
    digest = base64.b64encode(_digest(suite, parts.document)).decode("ascii")

    def signature(value: str) -> bytes:
        return (
            f'<ds:Signature xmlns:ds="{SIGNATURE}"><ds:SignedInfo>'
            f'<ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
            f'<ds:SignatureMethod Algorithm="{suite.method}"></ds:SignatureMethod>'
            f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"></ds:Transform></ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{suite.digest_method}"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>'
            f"</ds:SignedInfo><ds:SignatureValue>{value}</ds:SignatureValue><ds:KeyInfo><ds:KeyName>{signer.key_name}</ds:KeyName>"
            f"<ds:X509Data><ds:X509Certificate>{base64.b64encode(signer.certificate).decode('ascii')}</ds:X509Certificate></ds:X509Data>"
            "</ds:KeyInfo></ds:Signature>"
        ).encode()

    at = data.rindex(b"</")
    signed_info = canonical(data[:at] + signature("") + data[at:]).signed_info
    value = base64.b64encode(signer.sign(signed_info)).decode("ascii")
    return data[:at] + signature(value) + data[at:]


# --- checking --------------------------------------------------------------------------------------------------------------------------


class Keys:
    """Certificates that may sign, each for the senders it names; an empty set of senders means any."""

    def __init__(self) -> None:
        self._senders: dict[str, frozenset[str]] = {}

    def __len__(self) -> int:
        return len(self._senders)

    def trust(self, certificate: bytes, *senders: str) -> None:
        """Trust a certificate (DER)."""
        self._senders[hashlib.sha256(certificate).hexdigest()] = frozenset(senders)

    def senders_of(self, certificate: bytes) -> frozenset[str] | None:
        """For whom a certificate may sign; None where it is not known."""
        return self._senders.get(hashlib.sha256(certificate).hexdigest())

    @classmethod
    def from_folder(cls, folder: Path) -> Keys:
        """Certificates (.pem, .crt, .cer or .der) of a folder; the name of a file is the code of the sender. Raises ValueError."""
        keys = cls()
        for path in sorted(folder.iterdir()):
            if path.suffix in (".pem", ".crt", ".cer", ".der"):
                keys.trust(_der(path.read_bytes()), path.stem)
        return keys


_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def _der(content: bytes) -> bytes:
    pem = _PEM.search(content)
    return base64.b64decode(pem[1]) if pem else content


def check(received: Received, keys: Keys | None = None) -> list[Finding]:
    """What is wrong with the signature of a message; nothing where it has none and needs none. Without `keys` every signer is a stranger."""
    message = received.message
    if message is None or message.signature is None:
        return []
    path = f"{kinds()[message.kind].root}/Signature"
    signed = message.signature
    suite = SUITES.get(signed.method)
    if suite is None or suite.digest_method != signed.digest_method:
        facts = {
            "read": signed.method or "-",
            "digest": signed.digest_method or "-",
            "known": ", ".join(s.name for s in SUITES.values()),
        }
        return [Finding("exchange.signature_algorithm", path, facts, BECAUSE)]
    is_whole = signed.references == 1 and signed.uri == "" and signed.transforms in ((ENVELOPED,), (ENVELOPED, C14N))
    if signed.canonicalization != C14N or not is_whole:
        return [Finding("exchange.signature_not_over_the_message", path, {}, BECAUSE)]
    try:
        certificate = base64.b64decode(signed.certificate, validate=True)
        value = base64.b64decode(signed.value, validate=True)
        digest = base64.b64decode(signed.digest, validate=True)
    except binascii.Error:
        return [Finding("exchange.signature_not_base64", path, {}, BECAUSE)]
    try:
        return _checked(suite, certificate, value, digest, received, keys, path)
    except ImportError as missing:
        return [
            Finding(
                "exchange.signature_not_checked", path, {"library": missing.name or "", "suite": suite.name}, BECAUSE
            )
        ]


def _checked(suite: Suite, certificate: bytes, value: bytes, digest: bytes, received: Received, keys: Keys | None, path: str
) -> list[Finding]:  # fmt: skip
    found: list[Finding] = []
    parts = canonical(received.data)
    if _digest(suite, parts.document) != digest:
        found.append(Finding("exchange.content_changed_after_signing", path, {}, BECAUSE))
    try:
        parsed = _Certificate(certificate)
    except ValueError:
        return [*found, Finding("exchange.certificate_unreadable", path, {}, BECAUSE)]
    if not parsed.verifies(suite, value, parts.signed_info):
        found.append(Finding("exchange.signature_wrong", path, {"suite": suite.name}, BECAUSE))
    message = received.message
    transfer = message.transfer if message else None
    reported = next((getattr(d, "reported_at", None) for d in (message.documents if message else ())), None)
    if isinstance(reported, dt.datetime) and not parsed.since <= reported <= parsed.until:
        facts = {
            "since": f"{parsed.since.astimezone(CHINA):%Y-%m-%d}",
            "until": f"{parsed.until.astimezone(CHINA):%Y-%m-%d}",
        }
        found.append(Finding("exchange.certificate_not_valid_then", path, facts, BECAUSE))
    senders = keys.senders_of(certificate) if keys is not None else None
    if senders is None:
        found.append(Finding("exchange.signer_not_known", path, {}, BECAUSE, "warning" if keys is None else "error"))
    elif senders and transfer is not None and transfer.sender_code not in senders:
        facts = {"sender": transfer.sender_code, "senders": ", ".join(sorted(senders))}
        found.append(Finding("exchange.signer_is_not_the_sender", path, facts, BECAUSE))
    if suite == RSA_SHA1:
        found.append(Finding("exchange.signature_by_sha1", path, {}, BECAUSE, "note"))
    return found


class _Certificate:
    """A certificate, as far as signatures need it. Raises ValueError."""

    def __init__(self, der: bytes) -> None:
        from cryptography import x509

        self.parsed = x509.load_der_x509_certificate(der)
        self.since, self.until = self.parsed.not_valid_before_utc, self.parsed.not_valid_after_utc

    def verifies(self, suite: Suite, value: bytes, data: bytes) -> bool:
        """Whether a value is this key's signature over data."""
        if suite == SM2:
            return self._verifies_sm2(value, data)
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric import padding
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

        try:
            key = self.parsed.public_key()
            if not isinstance(key, RSAPublicKey):
                return False
            key.verify(value, data, padding.PKCS1v15(), _hash_of(suite))
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True

    def _verifies_sm2(self, value: bytes, data: bytes) -> bool:
        import gmssl_pyx

        key = _SM2_KEY.findall(self.parsed.tbs_certificate_bytes)
        if len(key) != 1:
            return False
        try:
            return bool(gmssl_pyx.sm2_verify(key[0], data, value))
        except (gmssl_pyx.GmsslInnerError, gmssl_pyx.InvalidValueError):
            return False


_SM2_KEY = re.compile(rb"\x06\x08\x2a\x81\x1c\xcf\x55\x01\x82\x2d\x03\x42\x00\x04(.{64})", re.DOTALL)
"""The curve sm2p256v1 (1.2.156.10197.1.301) and an uncompressed point: the X.509 library gives no SM2 key."""


def _digest(suite: Suite, data: bytes) -> bytes:
    if suite == SM2:
        import gmssl_pyx

        found: bytes = gmssl_pyx.sm3_hash(data)
        return found
    return hashlib.new(suite.hash_name, data, usedforsecurity=False).digest()


def _hash_of(suite: Suite) -> Any:  # noqa: ANN401  # a hash of the library
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA1() if suite == RSA_SHA1 else hashes.SHA256()  # noqa: S303  # the algorithm the specification names
