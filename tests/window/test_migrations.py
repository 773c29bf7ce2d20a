"""A new installation gets exactly the tables that the models describe, in one step an app."""

from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

import tongguan.window

WINDOW = Path(tongguan.window.__file__).parent
WITH_TRIGGERS = {"journal": ["0001_initial", "0002_append_only"]}
"""Nothing is released, so one first migration is enough; the journal's second makes the triggers that keep it."""


@pytest.mark.django_db
def test_the_migrations_make_what_the_models_describe():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


OURS = [app for app in apps.get_app_configs() if WINDOW in Path(app.path).parents]


@pytest.mark.parametrize("app", OURS, ids=lambda app: app.label)
def test_an_app_has_one_first_migration(app):
    found = sorted(path.stem for path in Path(app.path).glob("migrations/[0-9]*.py"))
    kept = WITH_TRIGGERS.get(app.label, ["0001_initial"])
    assert found == (kept if list(app.get_models()) else [])
