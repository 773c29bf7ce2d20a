"""Columns that Django's own do not quite give."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import models


class Json(models.JSONField):
    """JSON that is written and read whole and kept as text: nobody asks the database what stands in it.

    A database's own type for JSON takes it apart on its way in; for all that a lodging keeps, that costs as much as the rest of its insertion.
    """

    def get_internal_type(self) -> str:
        """As text, for the database."""
        return "TextField"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> str | None:  # noqa: ANN401, ARG002  # Django's shape
        """What is kept: JSON without blanks."""
        return None if value is None else msgspec.json.encode(value).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:  # noqa: ANN401, ARG002  # Django's shape
        """What was kept."""
        return None if value is None else msgspec.json.decode(value)
