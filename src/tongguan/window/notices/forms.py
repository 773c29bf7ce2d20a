"""Forms about notifications. What is right or wrong with an answer the acts say."""

from __future__ import annotations

from typing import Any

from django import forms

from tongguan.window.look.forms import LookForm
from tongguan.window.notices.models import MAILS
from tongguan.window.notices.outbox import names


class MailForm(LookForm):
    """Which declarations to send mail about."""

    about = forms.ChoiceField(
        label="notices.about", widget=forms.RadioSelect, choices=[(name, f"notices.about_{name}") for name in MAILS]
    )


class CallBackForm(LookForm):
    """Add a call-back."""

    url = forms.CharField(
        label="notices.address", max_length=500, help_text="notices.address_hint",
        widget=forms.TextInput(attrs={"type": "url", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    events = forms.MultipleChoiceField(
        label="notices.events", widget=forms.CheckboxSelectMultiple, help_text="notices.events_hint", required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # as Django's own
        super().__init__(*args, **kwargs)
        self.fields["events"].choices = [(name, f"notices.event_{name}") for name in names()]  # type: ignore[attr-defined]  # a choice field
