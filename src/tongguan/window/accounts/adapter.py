"""How signing in behaves here."""

from __future__ import annotations

import base64
import hashlib
import secrets
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest

log = structlog.get_logger("tongguan.accounts")


class AccountAdapter(DefaultAccountAdapter):
    """Signing in and making an account as allauth does it, but for the name of this window: that is the one in the settings, never the one that
    whoever asks has put into the request. A letter would lead elsewhere, and every other name would buy new attempts at a password.
    """

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Letters lead to the window's own address."""
        asked = self.request.build_absolute_uri("/")
        own = {
            name: f"{settings.ADDRESS}/{value.removeprefix(asked)}"
            if isinstance(value, str) and value.startswith(asked)
            else value
            for name, value in context.items()
        }
        host = urlsplit(settings.ADDRESS).netloc
        super().send_mail(template_prefix, email, {**own, "current_site": SimpleNamespace(name=host, domain=host)})

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ANN401  # as allauth's own
        """What attempts are counted under: the address one signs in with."""
        del request
        return str(credentials.get("email", credentials.get("username", ""))).lower()


class SecondFactorAdapter(DefaultMFAAdapter):
    """The passkey or the one-time code beside the password. What one-time codes are made from is kept encrypted with the window's secret key, so that
    a copy of the database alone opens no account.
    """

    def encrypt(self, text: str) -> str:
        """For the database."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """From the database. What another secret key sealed opens as something random: no code fits it, and nobody can guess what would."""
        try:
            return _box().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            log.warning("sealed_with_another_key")
            return base64.b32encode(secrets.token_bytes(20)).decode()


def is_open(encrypted_text: str) -> bool:
    """Whether the window's secret key opens this."""
    try:
        _box().decrypt(encrypted_text.encode())
    except InvalidToken:
        return False
    return True


def _box() -> Fernet:
    key = hashlib.sha256(b"tongguan second factor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
