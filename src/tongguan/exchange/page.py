"""What was read and judged of a message, in words: for the command line and for whoever asks why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from tongguan.assessment.explain import found_sentences
from tongguan.assessment.letter import Block, Heading, Sentence, Words, same, say
from tongguan.exchange import declaration
from tongguan.exchange.declaring import Heard
from tongguan.exchange.dictionary import kinds, states
from tongguan.exchange.judging import KEYS, Judged, Judgement
from tongguan.exchange.law import Tax
from tongguan.exchange.reading import Received
from tongguan.grammar.findings import Finding
from tongguan.grammar.money import yuan, yuan_grouped


def read_page(name: str, received: Received) -> list[Block]:
    """What was read, and every fault of it."""
    blocks = _opening(name, received)
    message = received.message
    for number, faults in enumerate(received.of_document, start=1):
        facts = {"number": str(number), "name": _name(message.documents[number - 1] if message else None)}
        if faults:
            blocks.append(Sentence(say("exchange_page.document_faulty", count=str(len(faults)), **facts), "error"))
        else:
            blocks.append(Sentence(say("exchange_page.document", **facts), "good"))
    return blocks + _faults(received.all_faults)


def judged_page(name: str, judged: Judged) -> list[Block]:
    """How each document was judged and what is payable, then every fault, the same fault of several documents once."""
    blocks = _opening(name, judged.received)
    for one in judged.documents:
        facts = {"number": str(one.number), "name": _name(one.document), "state": one.state or "-"}
        meaning = meaning_of(one.state)
        words = say("exchange_page.judged", meaning_zh=meaning.zh, meaning_en=meaning.en, **facts)
        blocks.append(Sentence(words, "good" if one.is_accepted else "error"))
        if one.tax is not None:
            blocks.append(Sentence(_tax(one.tax), indent=2))
    return blocks + _faults(judged.all_faults)


def declaration_page(
    name: str, received: declaration.Received, heard: Heard | None, refused: Iterable[Finding]
) -> list[Block]:
    """What was read of a declaration message, what our declaration refuses of it, and what has no place there."""
    blocks: list[Block] = [Heading(same(name), 1)]
    if received.message is None or heard is None:
        blocks.append(Sentence(say("exchange_page.unreadable"), "error"))
    else:
        blocks.append(Sentence(say("exchange_page.declaration", number=str(len(received.message.goods or ())))))
        if heard.left_out:
            zh, en = (_elements(heard.left_out, language) for language in ("zh", "en"))
            blocks.append(Sentence(say("exchange_page.no_place", elements_zh=zh, elements_en=en), "quiet"))
    return blocks + _faults([*received.faults, *refused])


def _elements(names: Iterable[str], language: str) -> str:
    """Elements in words, each with its name in the message."""
    told = []
    for name in names:
        group, _, element = name.partition(".")
        field = declaration.fields().get(group, {}).get(element)
        told.append(f"{field.called(language)} ({element})" if field else name)
    return ("，" if language == "zh" else ", ").join(told)


def _faults(found: Iterable[Finding]) -> list[Block]:
    """The faults, each with its code before its places: the code is what one searches for and asks about."""
    named: list[Finding] = []
    seen: set[tuple[str, str]] = set()
    for fault in found:
        key = (fault.code, fault.message("en"))
        path = fault.path if key in seen else f"{fault.code}  {fault.path}".rstrip()
        named.append(msgspec.structs.replace(fault, path=path))
        seen.add(key)
    return found_sentences(named)


def meaning_of(state: str) -> Words:
    """What a state means; a number below zero says that the checks were not passed, and a receipt gets no state."""
    known = states().get(state)
    if known:
        return Words(known.zh, known.en)
    return say("exchange_page.refused_state") if state else say("exchange_page.no_state")


def _opening(name: str, received: Received) -> list[Block]:
    blocks: list[Block] = [Heading(same(name), 1)]
    message = received.message
    if message is None:
        return [*blocks, Sentence(say("exchange_page.unreadable"), "error")]
    kind = kinds()[message.kind]
    facts = {"root": kind.root, "edition": message.edition, "number": str(len(message.documents))}
    return [*blocks, Sentence(say("exchange_page.message", kind_zh=kind.zh, kind_en=kind.en, **facts))]


def _name(document: Any) -> str:  # noqa: ANN401  # of any kind
    """The number a document is known by; what could not be read is left out."""
    values = [getattr(document, name, None) for name, _ in KEYS.get(type(document), (("guid", "guid"),))]
    return " ".join(value for value in values if isinstance(value, str)) or "-"


def _tax(tax: Tax) -> Words:
    sums = {
        name: sum(getattr(line, name) for line in tax.lines)
        for name in ("customs_duty", "consumption_tax", "import_vat")
    }
    return say(
        "exchange_page.tax",
        total=yuan_grouped(tax.total),
        duty=yuan_grouped(sums["customs_duty"]),
        consumption=yuan_grouped(sums["consumption_tax"]),
        vat=yuan_grouped(sums["import_vat"]),
        price=yuan_grouped(tax.price),
    )


def as_json(judged: Judged) -> dict[str, Any]:
    """The judgement for programs: amounts as text in yuan."""
    message = judged.received.message
    return {
        "kind": message.kind if message else None,
        "edition": message.edition if message else None,
        "guid": message.guid if message else None,
        "accepted": judged.is_accepted,
        "faults": [f.to_json() for f in judged.faults],
        "documents": [_document(one) for one in judged.documents],
    }


def _document(one: Judgement) -> dict[str, Any]:
    meaning = meaning_of(one.state) if one.state else Words("", "")
    return {
        "path": one.path,
        "name": _name(one.document),
        "state": one.state,
        "state_zh": meaning.zh,
        "state_en": meaning.en,
        "accepted": one.is_accepted,
        "waits_for": list(one.waits_for),
        "tax": None if one.tax is None else _tax_json(one.tax),
        "faults": [f.to_json() for f in one.faults],
    }


def _tax_json(tax: Tax) -> dict[str, Any]:
    return {
        "currency": "CNY",
        "total": yuan(tax.total),
        "price": yuan(tax.price),
        "reduced": tax.is_reduced,
        "lines": [
            {
                "value": yuan(line.value),
                "customs_duty": yuan(line.customs_duty),
                "consumption_tax": yuan(line.consumption_tax),
                "import_vat": yuan(line.import_vat),
            }
            for line in tax.lines
        ],
    }
