"""Forms in the look of the design system: every field with its label, hint and errors bound to it, all problems at once at the top.

A form of the window is a `LookForm`. Templates show it with `{% error_summary form %}` at the top of the page and `{{ form.name.as_field_group }}`
(or `{{ form }}`) inside the <form>. Labels and hints are keys of texts: `forms.CharField(label="declarations.reference")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any, ClassVar, TypeVar

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.http import QueryDict
from django.utils.text import capfirst

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.look import texts
from tongguan.window.look.written import reader, sentence_of

KINDS: tuple[tuple[type[forms.Widget], str, str], ...] = (
    (forms.CheckboxSelectMultiple, "checkboxes", "govuk-checkboxes__input"),
    (forms.RadioSelect, "radios", "govuk-radios__input"),
    (forms.CheckboxInput, "checkbox", "govuk-checkboxes__input"),
    (forms.Select, "select", "govuk-select"),
    (forms.Textarea, "textarea", "govuk-textarea"),
    (forms.FileInput, "file", "govuk-file-upload"),
    (forms.HiddenInput, "hidden", ""),
    (forms.widgets.Input, "input", "govuk-input"),
)
"""Which shape of the design system a widget takes, and the class of its control; the first that fits."""
ERROR_CLASSES = {"select": "govuk-select--error", "textarea": "govuk-textarea--error", "input": "govuk-input--error"}
GROUPS = frozenset({"radios", "checkboxes"})


def _text(said: object) -> str:
    """A label or a hint: a key of texts in the reader's language, anything else as it is."""
    text = str(said)
    return texts.say(text, reader()) if text in texts.texts() else text


class LookField(BoundField):
    """A field on a page, with what its template asks."""

    @property
    def kind(self) -> str:
        """Which shape of the design system it takes."""
        return next((kind for widget, kind, _ in KINDS if isinstance(self.field.widget, widget)), "input")

    @property
    def control_class(self) -> str:
        """The classes of the control itself."""
        own = next((name for widget, _, name in KINDS if isinstance(self.field.widget, widget)), "govuk-input")
        return f"{own} {ERROR_CLASSES.get(self.kind, '')}".strip() if self.errors else own

    @property
    def label_text(self) -> str:
        """The label in the reader's language."""
        return _text(self.label)

    @property
    def hint(self) -> str:
        """The hint in the reader's language."""
        return _text(self.help_text) if self.help_text else ""

    @property
    def is_group(self) -> bool:
        """Several controls under one question: a fieldset with a legend."""
        return self.kind in GROUPS

    @property
    def anchor(self) -> str:
        """Where the error summary leads: the control, or the first of a group."""
        return f"{self.auto_id}_0" if self.is_group else self.auto_id

    @property
    def described_by(self) -> str:
        """The ids of what describes the field: its hint, then its errors."""
        held = [f"{self.auto_id}_hint"] if self.hint else []
        return " ".join([*held, f"{self.auto_id}_error"] if self.errors else held)

    @property
    def control(self) -> str:
        """The widget with the class of the design system and its descriptions."""
        attrs: dict[str, Any] = {"class": f"{self.control_class} {self.field.widget.attrs.get('class', '')}".strip()}
        if self.described_by:
            attrs["aria-describedby"] = self.described_by
        if self.errors:
            attrs["aria-invalid"] = "true"
        return self.as_widget(self._translated() if self.kind == "select" else None, attrs=attrs)

    def _translated(self) -> forms.Widget:
        """The choices of a list in the reader's language; groups of choices too."""
        widget: forms.Select = copy(self.field.widget)
        widget.choices = [
            (value, [(inner, capfirst(_text(label))) for inner, label in held])
            if isinstance(held, list | tuple)
            else (value, capfirst(_text(held)))
            for value, held in widget.choices
        ]
        return widget

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        """Ours names the hint and the errors itself; the browser's own bubbles stay away, they speak in the browser's language."""
        built = super().build_widget_attrs(attrs, widget)
        built.pop("required", None)
        return built


class LookRenderer(TemplatesSetting):
    """Django's forms with our field template."""

    form_template_name = "look/form.html"
    field_template_name = "look/field.html"
    bound_field_class = LookField


class DayField(forms.DateField):
    """A day, typed as 2026-03-01 or chosen from the browser's calendar."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "govuk-input--width-10"})

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  # Django's own options
        options.setdefault("input_formats", ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"])
        super().__init__(**options)


class NumberField(forms.CharField):
    """A number as people type it; the engine reads it as text and says what is wrong with it. No arrows that change it by accident."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "govuk-input--width-10", "autocomplete": "off"})

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  # Django's own options
        options.setdefault("max_length", 30)
        super().__init__(**options)


class LookForm(forms.Form):
    """A form of the window. `fields_of_paths` says which field a finding's path belongs to, where the names differ."""

    fields_of_paths: ClassVar[dict[str, str]] = {}

    def add_findings(self, findings: Iterable[Finding]) -> None:
        """Each finding at its field, or at the top of the form where it has none. All of them at once."""
        language = reader()
        for finding in findings:
            name = self.fields_of_paths.get(finding.path, finding.path)
            self.add_error(name if name in self.fields else None, sentence_of(finding, language))

    def carries_out(self, act: Callable[[dict[str, Any]], object]) -> bool:
        """Whether all fields are right and the act was done with them; what the act refuses then stands at its fields."""
        if not self.is_valid():
            return False
        try:
            act(self.cleaned_data)
        except InputRefused as refused:
            self.add_findings(refused.findings)
            return False
        return True


Form = TypeVar("Form", bound=LookForm)


def from_address(kind: type[Form], told: QueryDict) -> tuple[Form, int]:
    """The form of a page that is asked by its address, and the status of the page: not bound where the address tells no field, 422 where one is wrong."""
    form = kind(told) if set(kind.base_fields) & set(told) else kind()
    return form, 422 if form.is_bound and not form.is_valid() else 200
