"""From an access key to an actor."""

from __future__ import annotations

from tongguan.window.access.actor import VISITOR, Actor, Moment
from tongguan.window.accounts.models import KEY_PREFIX, AccessKey

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
    key = AccessKey.objects.opened_by(shown, moment.at)
    if key is None:
        return VISITOR
    if key.last_used_on != moment.day:
        AccessKey.objects.filter(pk=key.pk).update(last_used_on=moment.day)
    return key.actor()
