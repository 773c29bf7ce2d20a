"""From an access key to an actor."""

from __future__ import annotations

import secrets

from django.db.models import CharField, DateField, DateTimeField, Exists, OuterRef

from tongguan.window.access.actor import VISITOR, Actor, Moment
from tongguan.window.accounts.models import KEY_PREFIX, AccessKey, Post, digest_of
from tongguan.window.rows import Given, Lookup

LONGEST = 200
"""Characters of a key beyond which nobody needs to look: ours have 47."""


def actor_of_key(header: str | None, moment: Moment) -> Actor:
    """The actor behind an Authorization header (`Bearer tgk_…`); VISITOR when it opens nothing at this moment.

    The day of last use is written down at most once a day, so that reading stays reading.
    """
    kind, _, shown = (header or "").strip().partition(" ")
    shown = shown.strip()
    if kind.lower() != "bearer" or not shown.startswith(KEY_PREFIX) or len(shown) > LONGEST:
        return VISITOR
    key = _opened_by(shown, moment)
    if key is None:
        return VISITOR
    if key.last_used_on != moment.day:
        AccessKey.objects.filter(pk=key.pk).update(last_used_on=moment.day)
    return key.actor()


def _opened_by(shown: str, moment: Moment) -> AccessKey | None:
    """The key that this text opens at this moment, or None. It opens nothing once its maker holds the post no longer."""
    digest = digest_of(shown)
    found = _OPENED.find(digest=digest, at=moment.at, day=moment.day)
    return found[0] if found and secrets.compare_digest(found[0].digest, digest) else None


_OPENED = Lookup(
    lambda: AccessKey.objects.select_related("organisation").filter(
        Exists(
            Post.objects.held_on(Given("day", DateField())).filter(
                person=OuterRef("made_by"), organisation=OuterRef("organisation"), role=OuterRef("role")
            )
        ),
        digest=Given("digest", CharField()),
        expires_at__gt=Given("at", DateTimeField()),
        revoked_at=None,
        made_by__is_active=True,
    )
)
