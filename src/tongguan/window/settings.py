"""Settings of the window, from the environment. `tongguan serve` sets what a person passes on the command line.

TONGGUAN_HOME          folder of the embedded database, uploads and the secret key; ./.tongguan when not set
TONGGUAN_DATABASE      postgresql://user:password@host:port/name; the embedded database when not set
TONGGUAN_ADDRESS       the public address, for example https://window.example.org; http://127.0.0.1:8000 when not set
TONGGUAN_SCHEDULE      folder (or file) of the schedule loaded with `tongguan tariff load`; TONGGUAN_HOME when not set
TONGGUAN_SCHEDULE_VERSION  which loaded version answers; the newest when not set, 0 for the schedule shipped
TONGGUAN_DEMONSTRATION 1 shows the demonstration's logins and one-time codes on a page; never on real data
TONGGUAN_METRICS_KEY   whoever sends it (Authorization: Bearer …) reads /metrics; 20 characters at least. Nobody does when not set
TONGGUAN_METRICS_FROM  networks that read /metrics without it, for example 127.0.0.1,::1,10.2.0.0/16; none when not set. A proxy on an allowed
                       address lets nobody in: what it passes on carries X-Forwarded-For and is not from there
TONGGUAN_MAIL          smtp://user:password@host:port; letters go to the folder `mail` of TONGGUAN_HOME when not set
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

HERE = Path(__file__).parent
HOME = Path(os.environ.get("TONGGUAN_HOME") or ".tongguan").resolve()
ADDRESS = os.environ.get("TONGGUAN_ADDRESS", "http://127.0.0.1:8000")
DEMONSTRATION = os.environ.get("TONGGUAN_DEMONSTRATION") == "1"
IS_SECURE = urlsplit(ADDRESS).scheme == "https"
SCHEDULE = Path(os.environ.get("TONGGUAN_SCHEDULE") or HOME)
SCHEDULE = SCHEDULE.parent if SCHEDULE.is_file() else SCHEDULE
_version = os.environ.get("TONGGUAN_SCHEDULE_VERSION", "")
SCHEDULE_VERSION = int(_version) if _version else None


def _secret_key() -> str:
    """Made once, kept beside the database, readable by its owner alone. The environment may hold it instead."""
    given = os.environ.get("TONGGUAN_SECRET_KEY")
    if given:
        return given
    path = HOME / "secret-key"
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        fresh = HOME / f".secret-key-{secrets.token_hex(8)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            path.hardlink_to(fresh)  # of two processes that start at once, one key wins and both read it
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text(encoding="ascii").strip()


def _database(url: str) -> dict[str, Any]:
    """Django's dictionary for one database address. Raises ValueError for an address of another kind."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "window.sqlite3",
            # Opening and closing the file for each request costs more than most requests: the last one to close it moves the whole log over.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                # A writer announces itself at once and waits its turn; what was acknowledged survives a power cut.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("TONGGUAN_DATABASE: only postgresql:// addresses are known")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # Only what asks for it is prepared (`tongguan.window.rows`), not whatever happens to come several times.
        "OPTIONS": {"connect_timeout": 5, "prepare_threshold": 1_000_000_000},
    }


SECRET_KEY = _secret_key()
DATABASES = {"default": _database(os.environ.get("TONGGUAN_DATABASE", ""))}
DEBUG = False
ALLOWED_HOSTS = [urlsplit(ADDRESS).hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [ADDRESS]
ROOT_URLCONF = "tongguan.window.urls"
WSGI_APPLICATION = "tongguan.window.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "csp",
    "tongguan.window.accounts",  # before allauth: its templates stand in front of theirs
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "tongguan.window.access",
    "tongguan.window.journal",
    "tongguan.window.decisions",
    "tongguan.window.look",
    "tongguan.window.published",
    "tongguan.window.ask",
    "tongguan.window.declarations",
    "tongguan.window.permits",
    "tongguan.window.examination",
    "tongguan.window.charges",
    "tongguan.window.lodging",
    "tongguan.window.clearance",
    "tongguan.window.notices",
    "tongguan.window.release_times",
    "tongguan.window.desk",
    "tongguan.window.api",
    "tongguan.window.operation",
]

MIDDLEWARE = [
    "tongguan.window.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tongguan.window.middleware.ContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tongguan.window.middleware.LanguageOfAddress",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tongguan.window.middleware.TextOnly",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tongguan.window.middleware.DatabaseAway",
    "tongguan.window.access.middleware.DenyUnlessGranted",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "look" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tongguan.window.look.context.page",
                "tongguan.window.published.context.page",
            ],
            "builtins": ["tongguan.window.look.templatetags.look"],
        },
    }
]
FORM_RENDERER = "tongguan.window.look.forms.LookRenderer"

# --- two languages: page texts in each app's texts.yaml, the libraries' own texts from their translations ---------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = IS_SECURE

# --- people -----------------------------------------------------------------------------------------------------------------------

ACTOR_OF_REQUEST = "tongguan.window.accounts.posts.actor_of_session"
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "tongguan.window.accounts.adapter.AccountAdapter"
MFA_ADAPTER = "tongguan.window.accounts.adapter.SecondFactorAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_DISPLAY = str
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
"""Without proof of the address, signing up would tell whether an address is known, and an invitation could be taken by anyone."""
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{urlsplit(ADDRESS).hostname}] "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 3
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Tongguan 通关"
MFA_TOTP_TOLERANCE = 1
"""One step of half a minute either way, for clocks that are a little off (RFC 6238, 5.2). A code works once all the same."""
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = urlsplit(ADDRESS).hostname in {"127.0.0.1", "localhost"}
USERSESSIONS_TRACK_ACTIVITY = False

# --- secure by default ------------------------------------------------------------------------------------------------------------

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = IS_SECURE
SESSION_COOKIE_AGE = 8 * 60 * 60
CSRF_COOKIE_SECURE = IS_SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tongguan.window.views.refused_form"
SECURE_SSL_REDIRECT = IS_SECURE
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
"""Asked from beside the server, without the proxy that speaks https."""
SECURE_HSTS_SECONDS = 31_536_000 if IS_SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_SECURE else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
MEDIA_ROOT = HOME / "papers"

# --- files, mail, log -------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = True

_mail = urlsplit(os.environ.get("TONGGUAN_MAIL", ""))
if _mail.hostname:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST, EMAIL_PORT = _mail.hostname, _mail.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS = True
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME / "mail"
DEFAULT_FROM_EMAIL = f"window@{urlsplit(ADDRESS).hostname}"

METRICS_KEY = os.environ.get("TONGGUAN_METRICS_KEY", "")
if METRICS_KEY and len(METRICS_KEY) < 20:
    raise ValueError("TONGGUAN_METRICS_KEY: 20 characters at least")
METRICS_FROM = tuple(
    ipaddress.ip_network(one.strip()) for one in os.environ.get("TONGGUAN_METRICS_FROM", "").split(",") if one.strip()
)

CACHES = {
    # Counts of sign-in attempts and one-time codes already used: every process on this machine has to see the same ones.
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": HOME / "attempts",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
INTERFACE_RATE_VISITOR = 120
INTERFACE_RATE_KEY = 60_000
"""Requests a minute to the interface, for an address without a key and for a key, in each process."""
LOGGING_CONFIG = None
"""`tongguan.window.logs.configure` sets structured logs when a server or a command starts."""
