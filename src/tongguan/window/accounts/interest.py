"""Who may not act for the State on a firm's business: whoever holds a post at the firm, or held one.

Law      customs-law#81 (officers stand aside where they or those near to them have an interest, when violations are investigated and handled)
Reading  1. The article speaks of violations. The window asks the same of every act by which an officer decides, examines, fixes or repays tax, takes
            security, agrees as a body or looks on as the second person: no text read asks less, and a later investigation may follow from any of them.
         2. A post that has ended counts on, as it does when examiners are drawn by lot. Kinship is not known here; an examiner declares it (`examination`).
"""

from __future__ import annotations

from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access.actor import Actor
from tongguan.window.accounts.models import Organisation, Post


def interest_findings(actor: Actor, *firms: int) -> list[Finding]:
    """What stands against this person acting on the business of these firms; nothing for whoever never worked there."""
    if actor.person_id is None:
        return []
    held = Post.objects.filter(person_id=actor.person_id, organisation_id__in=firms).values("organisation_id")
    firm = Organisation.objects.filter(pk__in=held).first()
    if firm is None:
        return []
    facts = {"firm_zh": firm.name_zh, "firm_en": firm.name_en or firm.name_zh}
    return [Finding("window.interest", "", facts, "customs-law#81")]


def stand_aside(actor: Actor, *firms: int) -> None:
    """Go on only without an interest in these firms. Raises InputRefused."""
    found = interest_findings(actor, *firms)
    if found:
        raise InputRefused(found)
