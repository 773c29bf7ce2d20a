"""Columns that Django's own do not quite give."""

from __future__ import annotations

from typing import Any

from django.db import models


class Json(models.JSONField):
    """JSON that many rows are inserted with at once.

    With PostgreSQL Django inserts many rows through arrays, and arrays of JSON are quoted value by value in Python. A field with a placeholder of its
    own is inserted by VALUES instead, which is what one statement with a few rows wants.
    """

    def get_internal_type(self) -> str:
        """As the field it is."""
        return "JSONField"

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:  # noqa: ANN401, ARG002  # Django's shape
        """The plain placeholder."""
        return "%s"
