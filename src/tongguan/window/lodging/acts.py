"""What those who declare do: draft, lodge, complete, lodge again, discard, ask to amend or withdraw, attach and remove papers.

Each act is one transaction: the record, its version, the agencies' cases and the entries of the journal are there together or not at all. What is
slow (reading, checking, assessing) is done before the transaction begins, so that writers wait for writing alone.

Law      customs-law#24 (declaring), #26 (amending and withdrawing), #11 (a broker acts on its principal's authority)
Reading  A declaration that Customs has selected for examination is neither amended nor withdrawn before the examination is done (from memory of the
         measures on amending and withdrawing declarations; the text of the order in force was not read).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from tongguan import declaration as form
from tongguan.dossier import border
from tongguan.grammar.findings import Finding, InputRefused
from tongguan.window.access.actor import Actor, Moment, NotAllowed
from tongguan.window.accounts.authority import Firms, authority_for, other_codes, suspended
from tongguan.window.accounts.models import Entrustment
from tongguan.window.charges.acts import facts_changed
from tongguan.window.declarations import answer, editing, uploads
from tongguan.window.declarations.models import PAPER_TABLES, STATE, Declaration, Draft, Kind, Paper, Request, Version
from tongguan.window.journal.models import record
from tongguan.window.permits.acts import open_cases
from tongguan.window.published.rates import assess_with_rates
from tongguan.window.published.schedule import world
from tongguan.window.rows import insert
from tongguan.window.states import SomeoneWasFirst, hold, move

Facts = Mapping[str, Any]
Purpose = Literal["lodge", "complete", "amend"]
WRITABLE = frozenset({"drafted", "returned"})
"""States in which what is written is lodged as a whole; later it takes a request."""
OPEN_TO_REQUESTS = frozenset({"lodged", "accepted", "under_review", "reviewed"})
REFERENCE = re.compile(r"[\w./-]{1,40}")
LONGEST_REASON, LONGEST_NUMBER, MOST_PAPERS = 2000, 64, 50


# --- what is ready to be lodged ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prepared:
    """Facts that were read, checked and assessed: all that a version needs, before anything is written.

    `findings`  warnings of the check; they stand in the answer and do not hinder
    """

    declared: form.Declaration
    facts: dict[str, Any]
    digest: str
    answer: answer.Answer
    applications: tuple[form.Application, ...]

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a declaration that lists and queues are cut by."""
        return {**columns_of(self.facts), "channel": form.channel_of(self.declared)[:24]}


def prepare(facts: Facts, moment: Moment, firms: Firms | None = None) -> Prepared:
    """Read, check, assess; compare the declared parties with the firms it is filed for and by. Raises InputRefused with every finding at once.

    A licence that is not there yet does not hinder lodging: lodging is what asks its body for it, and release waits for the answer.
    """
    others = other_codes(_group(facts, "parties"), firms) if firms else []
    try:
        declared = form.read(facts)
    except InputRefused:
        raise InputRefused([*editing.findings_of(facts, moment), *others]) from None
    found = (*form.check(declared, moment.day, world()), *others)
    if any(f.severity == "error" for f in found):
        raise InputRefused(list(found))
    rated = assess_with_rates(
        lambda rates: form.to_shipment(declared, declared_on=moment.day, exchange_rates=rates), world()
    )
    told = border(rated.shipment, world(), assessment=rated.assessment, today=moment.day)
    found += tuple(msgspec.structs.replace(f, path=form.at_field(f.path)) for f in rated.findings)
    found += tuple(_asked_for(f) for f in form.check_papers(declared, told.papers))
    if any(f.severity == "error" for f in found):
        raise InputRefused(list(found))
    given = answer.keep(told, rated.rates)
    given = msgspec.structs.replace(given, findings=(*found, *given.findings))
    kept = form.facts(declared)
    return Prepared(declared, kept, form.digest(kept), given, form.applications(declared, told.papers))


def _asked_for(finding: Finding) -> Finding:
    is_licence = finding.code == "declaration.document_missing"
    return msgspec.structs.replace(finding, severity="warning") if is_licence else finding


def columns_of(facts: Facts) -> dict[str, Any]:
    """The columns that lists and queues are cut by, from facts that may still be unfinished or wrong."""
    header, transport = _group(facts, "header"), _group(facts, "transport")
    goods = facts.get("goods")
    names = (
        [str(one.get("name", "")) for one in goods if isinstance(one, Mapping)]
        if isinstance(goods, list | tuple)
        else []
    )
    try:
        arrived = dt.date.fromisoformat(str(transport.get("arrived_on", "")))
    except ValueError:
        arrived = None
    return {
        "kind": Kind.ONE_STEP if header.get("procedure", "") in {"", "one_step"} else Kind.TWO_STEP,
        "channel": str(header.get("channel", ""))[:24] or "general_trade",
        "customs_office": str(header.get("customs_office", ""))[:4],
        "goods_summary": "；".join(name for name in names if name)[:160],
        "arrived_on": arrived,
    }


def _group(facts: Facts, name: str) -> Facts:
    group = facts.get(name)
    return group if isinstance(group, Mapping) else {}


def _with_procedure(facts: Facts, procedure: str) -> dict[str, Any]:
    return {**facts, "header": {**_group(facts, "header"), "procedure": procedure}}


# --- on whose authority -----------------------------------------------------------------------------------------------------------


def authority(actor: Actor, moment: Moment, importer_id: int, action: str) -> Entrustment | None:
    """The recorded authority for an act on this importer's business. Raises NotAllowed without a grant, NoAuthority without authority."""
    actor.require(action)
    return authority_for(actor, importer_id, moment.day)


def firm_of(actor: Actor) -> int:
    """The organisation the actor acts for. Raises NotAllowed for somebody without one."""
    if actor.organisation_id is None:
        raise NotAllowed("draft_declaration")
    return actor.organisation_id


def one(actor: Actor, action: str, pk: int) -> Declaration:
    """A declaration within the actor's reach. Raises NotAllowed, whether it is somebody else's or not there at all."""
    found = Declaration.objects.visible_to(actor, action).select_related("importer", "declarant").filter(pk=pk).first()
    if found is None:
        raise NotAllowed(action)
    return found


def _mine(actor: Actor, moment: Moment, declaration: Declaration, action: str) -> str:
    """Whether the actor may act on this declaration today; the authority as the journal names it."""
    if not Declaration.objects.visible_to(actor, action).filter(pk=declaration.pk).exists():
        raise NotAllowed(action)
    return _named(authority(actor, moment, declaration.importer_id, action))


def firms_of(declaration: Declaration) -> Firms:
    """In whose name a declaration is filed, and who files it."""
    return declaration.importer, declaration.declarant


def findings_of(declaration: Declaration, facts: Facts, moment: Moment) -> tuple[Finding, ...]:
    """Everything that can be said of what is being written in a declaration, each at its field."""
    others = other_codes(_group(facts, "parties"), firms_of(declaration))
    return (*editing.findings_of(facts, moment), *others)


def _named(entrustment: Entrustment | None) -> str:
    return f"entrustment:{entrustment.pk}" if entrustment else ""


# --- drafting ---------------------------------------------------------------------------------------------------------------------


def draft(actor: Actor, moment: Moment, facts: Facts, *, importer_id: int, reference: str) -> Declaration:
    """Begin a declaration. The facts may be as unfinished as they are; they are looked at when they are lodged.

    The same reference with the same facts gives the draft already made. Raises NotAllowed, InputRefused.
    """
    entrustment = authority(actor, moment, importer_id, "draft_declaration")
    _refuse(_of_reference(reference))
    facts = _plain(facts)
    digest = form.digest(dict(facts))
    earlier = _by_reference(actor, reference)
    if earlier is None:
        try:
            with transaction.atomic():
                made = _new(actor, moment, facts, importer_id, reference, entrustment)
                _write_draft(made, actor, moment, facts, digest)
                record(
                    made.subject, "draft", actor=actor, at=moment.at, state_after="drafted", is_first=True,
                    authority=_named(entrustment), facts={"reference": reference},
                )  # fmt: skip
                return made
        except IntegrityError:  # the same reference came twice at once, and the other was first
            earlier = _by_reference(actor, reference)
    same = Draft.objects.filter(declaration=earlier, declaration__importer_id=importer_id, facts_sha256=digest)
    if earlier and same.exists():
        return earlier
    raise InputRefused([_taken(reference)])


def save(actor: Actor, moment: Moment, declaration: Declaration, facts: Facts) -> Draft:
    """Keep what is being written: in a draft, in a returned declaration, in a second step or an amendment. Raises NotAllowed, SomeoneWasFirst."""
    _mine(actor, moment, declaration, "draft_declaration")
    facts = _plain(facts)
    with transaction.atomic():
        hold(declaration)
        if declaration.state not in WRITABLE | OPEN_TO_REQUESTS and not declaration.waits_for_completion:
            raise SomeoneWasFirst("draft", declaration.state, STATE)
        if declaration.state == "drafted":
            Declaration.objects.filter(pk=declaration.pk).update(**columns_of(facts))
        return _write_draft(declaration, actor, moment, facts, form.digest(dict(facts)))


def discard(actor: Actor, moment: Moment, declaration: Declaration) -> None:
    """Give up a draft, with what was attached to it. Raises NotAllowed, SomeoneWasFirst."""
    named = _mine(actor, moment, declaration, "draft_declaration")
    with transaction.atomic():
        move(
            declaration, STATE, "discard", actor=actor, moment=moment, authority=named,
            also={"state_since": moment.at},
        )  # fmt: skip
        Draft.objects.filter(declaration=declaration).delete()
        for paper in declaration.papers.all():
            _drop(paper)


def writing_of(declaration: Declaration) -> Facts:
    """What is being written, and where nothing is, what was lodged last."""
    being_written = Draft.objects.filter(declaration=declaration).first()
    if being_written is not None:
        return being_written.facts  # type: ignore[no-any-return]  # JSON
    lodged = Version.objects.filter(declaration=declaration, number=declaration.version).first()
    return lodged.facts if lodged else {}


def facts_to_write(declaration: Declaration) -> dict[str, Any]:
    """What the form shows: what is being written; the second step begins with what the first one said."""
    facts = dict(writing_of(declaration))
    return _with_procedure(facts, "complete") if declaration.waits_for_completion else facts


def purpose_of(declaration: Declaration) -> Purpose:
    """What writing in a declaration leads to."""
    if declaration.waits_for_completion:
        return "complete"
    return "lodge" if declaration.state in WRITABLE else "amend"


def _plain(facts: Facts) -> Facts:
    """The facts as they can be kept: a number that came with a fraction is its own digits, as text. Nothing else changes."""
    return json.loads(json.dumps(facts, default=str))  # type: ignore[no-any-return]  # JSON


def _new(
    actor: Actor, moment: Moment, facts: Facts, importer_id: int, reference: str,
    entrustment: Entrustment | None, **more: Any,  # noqa: ANN401  # columns of the model
) -> Declaration:  # fmt: skip
    made = Declaration(
        importer_id=importer_id,
        declarant_id=firm_of(actor),
        entrustment=entrustment,
        reference=reference,
        created_at=moment.at,
        state_since=moment.at,
        **columns_of(facts),
        **more,
    )
    (made.pk,) = insert(Declaration, vars(made))
    return made


def _write_draft(declaration: Declaration, actor: Actor, moment: Moment, facts: Facts, digest: str) -> Draft:
    written, _ = Draft.objects.update_or_create(
        declaration=declaration,
        defaults={"facts": dict(facts), "facts_sha256": digest, "saved_by": actor.name, "saved_at": moment.at},
    )
    return written


def _by_reference(actor: Actor, reference: str) -> Declaration | None:
    """The declarant's declaration under this number. Most often there is none, so that only its being there is asked first."""
    rows = Declaration.objects.filter(declarant_id=actor.organisation_id, reference=reference)
    return rows.first() if rows.exists() else None


def _taken(reference: str) -> Finding:
    return Finding("lodging.reference_taken", "reference", {"reference": reference})


def _of_reference(reference: str) -> list[Finding]:
    if REFERENCE.fullmatch(reference):
        return []
    return [Finding("lodging.reference_unreadable", "reference", {"limit": "40"})]


def _refuse(found: list[Finding]) -> None:
    if found:
        raise InputRefused(found)


# --- lodging ----------------------------------------------------------------------------------------------------------------------


def lodge(actor: Actor, moment: Moment, facts: Facts, *, importer_id: int, reference: str) -> Declaration:
    """Lodge in one act, without a draft: the way of programs and spreadsheets.

    Idempotent by declarant and reference: the same facts again give the declaration already lodged, other facts are refused. A draft kept under
    this reference is not touched. Raises NotAllowed, InputRefused.
    """
    entrustment = authority(actor, moment, importer_id, "lodge_declaration")
    _refuse(_of_reference(reference))
    firms: Firms = (entrustment.principal if entrustment else actor, actor)
    try:
        _refuse(suspended(firms))
        ready = prepare(facts, moment, firms)
        with transaction.atomic():
            made = _new(
                actor, moment, ready.facts, importer_id, reference, entrustment, state="lodged", lodged_at=moment.at
            )
            write_version(made, 1, actor, moment, ready)
            record(
                made.subject, "lodge", actor=actor, at=moment.at, state_after="lodged", is_first=True,
                authority=_named(entrustment), facts=_entry_facts(1, ready),
            )  # fmt: skip
            open_cases(made, ready.applications, actor, moment)
            return made
    except (InputRefused, IntegrityError):
        # The database knows that a reference is taken; asking it first would cost every lodging a query.
        earlier = _by_reference(actor, reference)
        if earlier is None:
            raise
        return _same_or_refused(earlier, facts, importer_id)


def _same_or_refused(earlier: Declaration, facts: Facts, importer_id: int) -> Declaration:
    """The declaration already lodged under this reference, when it says the same for the same importer."""
    digest = form.digest(form.facts(form.read(facts)))
    if earlier.importer_id == importer_id and Version.objects.filter(declaration=earlier, facts_sha256=digest).exists():
        return earlier
    raise InputRefused([_taken(earlier.reference)])


def lodge_draft(actor: Actor, moment: Moment, declaration: Declaration, expected: str) -> Declaration:
    """Lodge what was drafted, or mended after a return. `expected` is the digest of the facts as they were reviewed (`Prepared.digest`).

    Lodging the same facts twice gives the same declaration. Raises NotAllowed, InputRefused, SomeoneWasFirst.
    """
    named = _mine(actor, moment, declaration, "lodge_declaration")
    if declaration.state not in WRITABLE:
        return _already(declaration, expected)
    is_first = declaration.state == "drafted"
    _refuse(suspended(firms_of(declaration)) if is_first else [])
    ready, digest = _reviewed(declaration, moment, expected)
    number = 1 if is_first else declaration.version + 1
    also = {
        **ready.columns, "version": number, "state_since": moment.at, "lodged_at": declaration.lodged_at or moment.at,
    }  # fmt: skip
    with transaction.atomic():
        move(
            declaration, STATE, "lodge" if is_first else "lodge_again", actor=actor, moment=moment, authority=named,
            facts=_entry_facts(number, ready), also=also,
        )  # fmt: skip
        _take_draft(declaration, digest)
        write_version(declaration, number, actor, moment, ready)
        open_cases(declaration, ready.applications, actor, moment)
    return declaration


def complete(actor: Actor, moment: Moment, declaration: Declaration, expected: str) -> Declaration:
    """Lodge the second step of a two-step declaration: the complete facts. Raises NotAllowed, InputRefused, SomeoneWasFirst."""
    named = _mine(actor, moment, declaration, "lodge_declaration")
    if not declaration.waits_for_completion:
        return _already(declaration, expected)
    ready, digest = _reviewed(declaration, moment, expected)
    number = declaration.version + 1
    changed = {**ready.columns, "version": number, "completed_at": moment.at}
    with transaction.atomic():
        rows = Declaration.objects.filter(pk=declaration.pk, version=declaration.version, completed_at=None)
        if not rows.exclude(state__in=["withdrawn", "referred"]).update(**changed):
            raise SomeoneWasFirst("complete", declaration.state, STATE)
        for name, value in changed.items():
            setattr(declaration, name, value)
        _take_draft(declaration, digest)
        write_version(declaration, number, actor, moment, ready)
        _note(declaration, "complete", actor, moment, authority=named, facts=_entry_facts(number, ready))
        open_cases(declaration, ready.applications, actor, moment)
        facts_changed(actor, moment, declaration)
    return declaration


def _reviewed(declaration: Declaration, moment: Moment, expected: str) -> tuple[Prepared, str]:
    """What is ready, and the digest of the draft it was read from. Raises InputRefused where it is not what was reviewed."""
    written = Draft.objects.filter(declaration=declaration).first()
    ready = prepare(facts_to_write(declaration), moment, firms_of(declaration))
    _refuse([] if ready.digest == expected else [Finding("lodging.draft_changed")])
    return ready, written.facts_sha256 if written else ""


def _take_draft(declaration: Declaration, digest: str) -> None:
    """Away with the draft, unless somebody went on writing in the meantime."""
    Draft.objects.filter(declaration=declaration, facts_sha256=digest).delete()
    _refuse([Finding("lodging.draft_changed")] if Draft.objects.filter(declaration=declaration).exists() else [])


def _already(declaration: Declaration, expected: str) -> Declaration:
    """Done already: the same words are the same act; other words came too late."""
    if Version.objects.filter(declaration=declaration, facts_sha256=expected).exists():
        return declaration
    raise SomeoneWasFirst("lodge", declaration.state, STATE)


def write_version(
    declaration: Declaration, number: int, actor: Actor, moment: Moment, ready: Prepared, reason: str = ""
) -> None:
    """Keep what was declared and what was answered, beside what was there before. `reason` is that of a granted amendment."""
    row = {
        "declaration_id": declaration.pk, "number": number, "facts": ready.facts, "facts_sha256": ready.digest, "answer": ready.answer,
        "total_fen": ready.answer.total, "made_by": actor.name, "made_at": moment.at, "reason": reason,
    }  # fmt: skip
    insert(Version, row)


def _entry_facts(number: int, ready: Prepared) -> dict[str, str]:
    """What the journal says of a version: enough to prove which facts were lodged, no personal data."""
    return {"version": str(number), "facts_sha256": ready.digest}


def _note(
    declaration: Declaration, act: str, actor: Actor, moment: Moment, *, reason: str = "",
    facts: dict[str, str] | None = None, authority: str = "",
) -> None:  # fmt: skip
    """An entry about an act that moves no state."""
    record(
        declaration.subject, act, actor=actor, at=moment.at, state_before=declaration.state,
        state_after=declaration.state, reason=reason, facts=facts, authority=authority,
    )  # fmt: skip


# --- asking to amend or withdraw --------------------------------------------------------------------------------------------------


def ask_amendment(actor: Actor, moment: Moment, declaration: Declaration, facts: Facts, reason: str) -> Request:
    """Ask Customs to put these facts in the place of those lodged. Raises NotAllowed, InputRefused."""
    named = _mine(actor, moment, declaration, "request_amendment")
    found = _against_request(declaration, reason)
    try:
        ready = prepare(facts, moment, firms_of(declaration))
        if Version.objects.filter(
            declaration=declaration, number=declaration.version, facts_sha256=ready.digest
        ).exists():
            found.append(Finding("request.nothing_changed", "facts"))
    except InputRefused as refused:
        raise InputRefused([*found, *refused.findings]) from None
    _refuse(found)
    return _ask(actor, moment, declaration, "amend", reason, ready.facts, named)


def ask_withdrawal(actor: Actor, moment: Moment, declaration: Declaration, reason: str) -> Request:
    """Ask Customs to take the declaration back. Raises NotAllowed, InputRefused."""
    named = _mine(actor, moment, declaration, "request_withdrawal")
    return _ask(actor, moment, declaration, "withdraw", reason, None, named)


def _against_request(declaration: Declaration, reason: str) -> list[Finding]:
    """All that stands against a request, at once."""
    found = []
    if not reason.strip():
        found.append(Finding("request.reason_missing", "reason"))
    elif len(reason) > LONGEST_REASON:
        found.append(Finding("input.text_too_long", "reason", {"limit": str(LONGEST_REASON)}))
    if declaration.state == "suspended":
        found.append(Finding("request.suspended", ""))
    elif declaration.state not in OPEN_TO_REQUESTS:
        state = STATE.states[declaration.state]
        found.append(Finding("request.state_too_late", "", {"state_zh": state.zh, "state_en": state.en}))
    if declaration.examination == "selected":
        found.append(Finding("request.under_examination", "", because="customs-law#26"))
    if declaration.requests.filter(decision="").exists():
        found.append(Finding("request.one_is_open", ""))
    return found


def _ask(
    actor: Actor, moment: Moment, declaration: Declaration, kind: str, reason: str, facts: Facts | None, named: str
) -> Request:
    with transaction.atomic():
        hold(declaration)  # of two requests at once the second finds the first, and so does a release
        _refuse(_against_request(declaration, reason))
        asked = Request(
            declaration=declaration, kind=kind, reason=reason.strip(), facts=facts,
            asked_by=actor.name, asked_at=moment.at,
        )  # fmt: skip
        asked.save(force_insert=True)
        if kind == "amend":
            Draft.objects.filter(declaration=declaration).delete()
        _note(declaration, f"ask_{kind}", actor, moment, reason=reason.strip(), authority=named)
    return asked


# --- papers -----------------------------------------------------------------------------------------------------------------------


def attach(
    actor: Actor,
    moment: Moment,
    declaration: Declaration,
    *,
    document: str,
    number: str,
    name: str,
    content: bytes | None,
) -> Paper:
    """Attach a file as one of the papers. The same file for the same paper again gives the one already there. Raises NotAllowed, InputRefused."""
    named = _mine(actor, moment, declaration, "attach_paper")
    found = _of_paper(declaration, document, number)
    if content is None:
        raise InputRefused([*found, Finding("upload.file_missing", "file")])
    try:
        upload = uploads.accept(name, content)
    except InputRefused as refused:
        raise InputRefused([*found, *refused.findings]) from None
    _refuse(found)
    digest = hashlib.sha256(content).hexdigest()
    same = declaration.papers.filter(document=document, number=number, sha256=digest).first()
    if same is not None:
        return same
    paper = Paper(
        declaration=declaration, document=document, number=number, name=upload.name, kind=upload.kind,
        size=len(content), sha256=digest, added_by=actor.name, added_at=moment.at,
    )  # fmt: skip
    paper.file.save("", ContentFile(content), save=False)  # the file first: a row never names a file that is not there
    try:
        with transaction.atomic():
            hold(declaration)
            paper.save(force_insert=True)
            told = {"paper": str(paper.pk), "document": document, "sha256": digest}
            _note(declaration, "attach", actor, moment, facts=told, authority=named)
    except BaseException:
        paper.file.storage.delete(str(paper.file.name))
        raise
    return paper


def remove(actor: Actor, moment: Moment, paper: Paper) -> None:
    """Take a paper away again, while the declaration is being written. What was lodged stays. Raises NotAllowed, SomeoneWasFirst."""
    declaration = paper.declaration
    named = _mine(actor, moment, declaration, "attach_paper")
    if declaration.state not in WRITABLE or (declaration.lodged_at and paper.added_at <= declaration.lodged_at):
        raise SomeoneWasFirst("remove", declaration.state, STATE)
    with transaction.atomic():
        hold(declaration)
        told = {"paper": str(paper.pk), "document": paper.document, "sha256": paper.sha256}
        _note(declaration, "remove", actor, moment, facts=told, authority=named)
        _drop(paper)


def _drop(paper: Paper) -> None:
    name, storage = str(paper.file.name), paper.file.storage
    paper.delete()
    transaction.on_commit(lambda: storage.delete(name))


def _of_paper(declaration: Declaration, document: str, number: str) -> list[Finding]:
    found = []
    if not any(document in form.code_table(table).codes for table in PAPER_TABLES):
        found.append(Finding("upload.document_not_known", "document", {"read": document[:20]}))
    if len(number) > LONGEST_NUMBER or not number.isprintable():
        found.append(Finding("upload.number_unreadable", "number", {"limit": str(LONGEST_NUMBER)}))
    if declaration.state in {"withdrawn", "referred", "cleared"}:
        state = STATE.states[declaration.state]
        found.append(Finding("upload.too_late", "", {"state_zh": state.zh, "state_en": state.en}))
    if declaration.papers.count() >= MOST_PAPERS:
        found.append(Finding("upload.too_many", "file", {"limit": str(MOST_PAPERS)}))
    return found
