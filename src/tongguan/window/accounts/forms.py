"""Forms about people and organisations. What is right or wrong with an answer the acts say; a form only reads it and bounds its length."""

from __future__ import annotations

from typing import Any

from django import forms

from tongguan.window.access import actions
from tongguan.window.accounts.acts import FIRMS
from tongguan.window.look.forms import DayField, LookForm
from tongguan.window.look.written import reader


class FirmForm(LookForm):
    """Register a firm."""

    kind = forms.ChoiceField(
        label="accounts.kind", widget=forms.RadioSelect, choices=[(k.value, f"accounts.kind_{k.value}") for k in FIRMS]
    )
    name_zh = forms.CharField(label="accounts.name_zh", max_length=120)
    name_en = forms.CharField(
        label="accounts.name_en", max_length=200, required=False, help_text="accounts.firm_name_en_hint"
    )
    credit_code = forms.CharField(label="accounts.credit_code", max_length=30, help_text="accounts.credit_code_hint")
    customs_code = forms.CharField(label="accounts.customs_code", max_length=12, help_text="accounts.customs_code_hint")


class MendForm(FirmForm):
    """What a refused registration said; the kind of firm stays, since the posts of its people hang on it."""

    kind = None  # type: ignore[assignment]  # Django's way to leave a field of the parent out


class NameForm(LookForm):
    """What a person is called."""

    name_zh = forms.CharField(label="accounts.name_zh", max_length=60, required=False)
    name_en = forms.CharField(label="accounts.name_en", max_length=120, required=False)


class InvitationForm(LookForm):
    """Offer a post."""

    email = forms.EmailField(label="accounts.email", max_length=254, help_text="accounts.invite_email_hint")
    role = forms.ChoiceField(label="accounts.post", widget=forms.RadioSelect)

    def __init__(self, *args: Any, roles: tuple[str, ...], **kwargs: Any) -> None:  # noqa: ANN401  # as Django's own
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role, f"look.role_{role}") for role in roles]  # type: ignore[attr-defined]  # a choice field


class EntrustForm(LookForm):
    """Give a broker authority."""

    credit_code = forms.CharField(
        label="accounts.broker_credit_code", max_length=30, help_text="accounts.broker_credit_code_hint"
    )
    from_on = DayField(label="accounts.from_on")
    until_on = DayField(label="accounts.until_on", required=False, help_text="accounts.until_on_hint")


class KeyForm(LookForm):
    """Make a key."""

    name = forms.CharField(label="accounts.key_name", max_length=80, help_text="accounts.key_name_hint")
    scopes = forms.MultipleChoiceField(
        label="accounts.scopes", widget=forms.CheckboxSelectMultiple, help_text="accounts.scopes_hint"
    )
    expires_on = DayField(label="accounts.expires_on", help_text="accounts.expires_on_hint")

    def __init__(self, *args: Any, scopes: list[str], **kwargs: Any) -> None:  # noqa: ANN401  # as Django's own
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(name, scope_text(name)) for name in scopes]  # type: ignore[attr-defined]  # a choice field


def scope_text(action: str) -> str:
    """What a key may do, in the reader's words."""
    return actions()[action].en if reader() == "en" else actions()[action].zh
