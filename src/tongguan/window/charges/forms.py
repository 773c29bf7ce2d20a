"""What is asked about money: amounts as people type them, in yuan."""

from __future__ import annotations

from django import forms

from tongguan.grammar.findings import Finding
from tongguan.grammar.money import MAX_VALUE_FEN, NotAnAmount, fen_of
from tongguan.window.look.forms import DayField, LookForm, NumberField

KINDS_OF_SECURITY = ("deposit", "bank_letter", "general")
GROUNDS = ("overpaid", "sent_back")


class AmountForm(LookForm):
    """A form with an amount in yuan."""

    amount = NumberField(label="charges.amount", help_text="charges.amount_hint")

    def clean_amount(self) -> int:
        """Whole fen, above nothing and within bounds."""
        try:
            fen = fen_of(self.cleaned_data["amount"].replace(",", "").strip())
        except NotAnAmount:
            fen = 0
        if not 0 < fen <= MAX_VALUE_FEN:
            self.add_findings([Finding("charges.amount_not_positive", "amount")])
        return fen


class PaymentForm(AmountForm):
    """A payment as the payer tells of it."""

    paid_on = DayField(label="charges.paid_on")
    reference = forms.CharField(label="charges.bank_reference", max_length=64)


class ConfirmForm(LookForm):
    """That the money a payer told of is there, with the day the bank names."""

    prefix = "confirm"
    paid_on = DayField(label="charges.day_of_bank", help_text="charges.day_of_bank_hint")


class StrikeForm(LookForm):
    """Why what was told of a payment is struck."""

    prefix = "strike"
    reason = forms.CharField(label="charges.strike_reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class SecurityForm(AmountForm):
    """A security as it is offered."""

    kind = forms.ChoiceField(
        label="charges.kind_of_security", choices=[(kind, f"charges.security_{kind}") for kind in KINDS_OF_SECURITY]
    )
    reference = forms.CharField(label="charges.security_reference", max_length=64)
    from_on = DayField(label="charges.from_on")
    until_on = DayField(label="charges.until_on", required=False)


class RefundForm(AmountForm):
    """A request for repayment."""

    ground = forms.ChoiceField(
        label="charges.ground", choices=[(ground, f"charges.ground_{ground}") for ground in GROUNDS]
    )
    reason = forms.CharField(label="charges.reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class DecisionForm(LookForm):
    """An officer's decision on repayment."""

    decision = forms.ChoiceField(
        label="charges.decision",
        choices=[("grant", "charges.grant"), ("refuse", "charges.refuse")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="charges.reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class ShortfallForm(AmountForm):
    """What was levied short."""

    ground = forms.ChoiceField(
        label="charges.ground",
        choices=[
            (ground, f"charges.ground_{ground}") for ground in ("no_fault", "breach", "supervised_breach", "smuggling")
        ],
    )
    reason = forms.CharField(label="charges.reason", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))


class StatementForm(LookForm):
    """A bank's file."""

    file = forms.FileField(label="charges.statement", help_text="charges.statement_hint", max_length=120)
