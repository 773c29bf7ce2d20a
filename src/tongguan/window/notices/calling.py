"""One signed call to an address somebody else named: to the wide world alone, over https, quickly, without following anywhere.

A call-back's address comes from outside, and this machine stands inside: what it can reach must not become reachable through it. Every address a name
leads to is looked at, the call goes to the very address that was looked at, redirects are not followed, and the answer is bounded in time and size.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from tongguan.grammar.findings import Finding, InputRefused

SECONDS_A_STEP = 5
SECONDS_IN_ALL = 10
MOST_READ = 300
LONGEST_URL = 500
SIGNATURE = "Tongguan-Signature"
EVENT_ID = "Tongguan-Event-Id"
NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Told:
    """How a call went: the status of the answer, None where there was none, and the beginning of what was said."""

    status: int | None
    text: str

    @property
    def has_arrived(self) -> bool:
        """Whether the receiver says it has it."""
        return self.status is not None and 200 <= self.status < 300


def sign(secret: str, seconds: int, body: bytes) -> str:
    """The signature header: HMAC-SHA256 over `seconds.body`, so that neither can be changed and an old call cannot be sent again later."""
    said = str(seconds).encode() + b"." + body
    return f"t={seconds},v1={hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()}"


# --- where to ---------------------------------------------------------------------------------------------------------------------


def _may_be_called(address: str) -> bool:
    """Whether an address lies in the wide world; on a demonstration this very machine is allowed too."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            found = found.ipv4_mapped
        elif found.sixtofour or found.teredo or found in NAT64:
            return False
    if settings.DEMONSTRATION and found.is_loopback:
        return True
    is_site_local = isinstance(found, ipaddress.IPv6Address) and found.is_site_local  # fec0::/10 counts as global
    return found.is_global and not found.is_multicast and not found.is_reserved and not is_site_local


def _split(url: str) -> SplitResult | None:
    """The parts of an address of the kind we call; None for any other."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    is_kind = parts.scheme == "https" or (settings.DEMONSTRATION and parts.scheme == "http")
    if not is_kind or not parts.hostname or parts.username is not None or parts.password is not None or port == 0:
        return None
    return parts


def addresses_of(url: str) -> tuple[SplitResult, list[str]]:
    """The parts of an address and where it leads. Raises InputRefused where it may not be called, with the reason."""
    parts = _split(url)
    if parts is None:
        raise InputRefused([Finding("notices.address_not_https", "url")])
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise InputRefused([Finding("notices.address_unknown", "url", {"host": host[:100]})]) from None
    addresses = sorted({str(one[4][0]) for one in found})
    if not addresses or not all(_may_be_called(one) for one in addresses):
        raise InputRefused([Finding("notices.address_inside", "url", {"host": host[:100]})])
    if parts.scheme == "http" and not all(ipaddress.ip_address(one.partition("%")[0]).is_loopback for one in addresses):
        raise InputRefused([Finding("notices.address_not_https", "url")])
    return parts, addresses


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


# --- calling ----------------------------------------------------------------------------------------------------------------------


def call(url: str, body: bytes, headers: dict[str, str]) -> Told:
    """POST the body, once. Never raises: what went wrong is what is told."""
    try:
        parts, addresses = addresses_of(url)
        return _post(parts, addresses[0], body, headers)
    except InputRefused as refused:
        return Told(None, refused.findings[0].code)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Told(None, type(error).__name__)


def _post(parts: SplitResult, address: str, body: bytes, headers: dict[str, str]) -> Told:
    port, host = _port(parts), parts.hostname or ""
    lines = [socket.create_connection((address, port), timeout=SECONDS_A_STEP)]
    end = threading.Timer(SECONDS_IN_ALL, lambda: _hang_up(lines[-1]))
    end.daemon = True
    end.start()
    try:
        if parts.scheme == "https":
            context = ssl.create_default_context()
            lines.append(context.wrap_socket(lines[0], server_hostname=host, do_handshake_on_connect=False))
            lines[-1].do_handshake()  # type: ignore[attr-defined]  # the one that was wrapped
        connection = http.client.HTTPConnection(host, port, timeout=SECONDS_A_STEP)
        connection.sock = lines[-1]  # the address that was looked at, not one looked up again
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body=body, headers=headers)
        answer = connection.getresponse()
        said = answer.read(MOST_READ).decode("utf-8", "replace")
        return Told(answer.status, "".join(letter if letter.isprintable() else " " for letter in said)[:MOST_READ])
    finally:
        end.cancel()
        lines[-1].close()


def _hang_up(line: socket.socket) -> None:
    """Time is over, however slowly the other side goes on talking."""
    with contextlib.suppress(OSError):  # it may have ended by itself
        line.shutdown(socket.SHUT_RDWR)
