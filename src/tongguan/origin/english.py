"""Rules of origin in English: the UK rule sets, treaty lists (A change to a good of … from any other heading) and short forms (CTH or RVC40).

Text in, a rule of the grammar out, or NotEncoded with the words nobody could read. The reading goes from the outside in: notes, "However, …",
alternatives, bullets, and then single clauses. A clause either becomes a value of the grammar as a whole or is not read at all: nothing is skipped.
"""

from __future__ import annotations

import datetime as dt
import html
import re
import unicodedata
from functools import lru_cache

from tongguan.grammar.money import NotAnAmount
from tongguan.origin import notation
from tongguan.origin.codes import CodeRange, read_list, whole_list
from tongguan.origin.notation import ppm_of_percent
from tongguan.origin.operations import operation_at_start
from tongguan.origin.rules import (
    ALL_MATERIALS,
    Allowing,
    Change,
    Condition,
    During,
    ForGoods,
    FromMaterials,
    GeneralContent,
    Materials,
    MaxValue,
    MaxWeight,
    MinContent,
    MinOriginatingValue,
    MustOriginate,
    NoRequirement,
    NotAboveOriginating,
    Note,
    NotEncoded,
    OfOriginatingMaterials,
    Process,
    Rule,
    SetRule,
    WhollyObtained,
    all_of,
    any_of,
)


class _Unread(Exception):  # carries the words that stopped the reading
    pass


# --- one spelling ------------------------------------------------------------------------------------------------------------------

_SPELLINGS = (
    (re.compile(r"<abbr[^>]*>(.*?)</abbr>", re.IGNORECASE), r"\1"),
    (re.compile(r"<[^>]{1,80}>"), " "),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\*\*?([^*]*)\*\*?"), r"\1"),
    (re.compile(r"[‐‑‒–—]"), "-"),
    (re.compile(r"[‘’`´]"), "'"),
    (re.compile(r"[“”]"), '"'),
    (re.compile(r"\b(free|ex)[- ]on[- ]board\b", re.IGNORECASE), r"free on board"),
    (re.compile(r"\bex ?- ?work(s?)\b", re.IGNORECASE), "ex-works"),
    (re.compile(r"\bex works\b", re.IGNORECASE), "ex-works"),
    (re.compile(r"(?<=[a-z])- (?=(?:originating|finished|modified|mades?|resistance|coated|heading|up|works)\b)"), "-"),
    (re.compile(r"\bsub-heading", re.IGNORECASE), "subheading"),
    (re.compile(r"\bal ready\b"), "already"),
    (re.compile(r"\ba QVC of not less than"), "a regional value content of not less than"),
    (re.compile(r"^Manufacture of (?=materials of any)"), "Manufacture from "),
    (re.compile(r"\band ?/ ?or\b"), "and/or"),
    (re.compile(r"\bclassified within heading other\b"), "classified within a heading other"),
    (re.compile(r"(?<=[0-9]) ?(?:per cent|percent|per centum)\b"), "%"),
    (re.compile(r"[ \t\u00a0]+"), " "),
    (re.compile(r"\s*\n\s*-\s*"), "\n- "),
    (re.compile(r"\s+\n"), "\n"),
)


def normalise(text: str) -> str:
    """One spelling: no mark-up, plain hyphens and quotation marks, bullets as a line that begins with "- "."""
    text = unicodedata.normalize("NFKC", html.unescape(text)).strip()
    if "\n-" not in text.replace("\n -", "\n-"):
        head, colon, rest = text.partition(":\n")
        if colon:
            text = head + ":\n- " + re.sub(r"\n\s*\n", "\n- ", rest.strip())
    for pattern, instead in _SPELLINGS:
        text = pattern.sub(instead, text)
    return text.strip()


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@lru_cache(maxsize=50_000)
def read(text: str) -> Rule | NotEncoded:
    """A rule from its English text."""
    body = normalise(text)
    if not body:
        return NotEncoded("no_text", "")
    try:
        return _rule(body)
    except (_Unread, NotAnAmount) as stopped:
        return NotEncoded("words_not_known", _flat(str(stopped))[:120])


# --- notes, days, exceptions: what stands around the rule --------------------------------------------------------------------------

_NOTES = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        r"For (?:the )?(?:special conditions|conditions|treatment|definition|knitted or crocheted articles|products)[^.]*?,? see (?:also )?(?:the )?introductory notes? [0-9][0-9. and,]*",
        r"\((?:see|under) note [0-9][^)]*\)",
        r"\(?See (?:also )?(?:the )?(?:introductory notes? [0-9][0-9. and,]*|appendix [0-9A-Z]+(?: \([^)]*\))?|annex [0-9A-Z]+|note [0-9]+[^.]{0,60})\)?",
        r"In the case of (?:the )?products composed of materials classified within both .*? predominates by weight in the product",
        r"A 'group' is regarded as any part of the heading separated from the rest by a semicolon",
        r"The following foils shall be considered as highly transparent: (?:(?!Manufacture).)*$",
        r"Introductory note [0-9][0-9.]* (?:applies|shall apply)",
        r"(?:Any |The )?(?:usual operations|'special conditions')[^.]*introductory note [0-9.]+",
    )
)
_QUOTA = re.compile(
    r",? ?(?:- ?)?(?:in accordance with Appendix [0-9A-Z]+ of the Origin Reference Document|within the limits of the applicable annual quota"
    r"|\(under alternative list rules with annual quotas [^()]*(?:\([^()]*\))?[^()]*\))",
    re.IGNORECASE,
)
"""A rule that holds inside a yearly quota only: a condition, never a remark."""
_DAYS = re.compile(
    r"\((?:from )?(?:(?P<since>[0-9]{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8} [0-9]{4}) (?:to|until) (?P<until>[0-9]{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8} [0-9]{4})"
    r"|(?:until|to) (?P<until2>[0-9]{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8} [0-9]{4})|(?P<onwards>[0-9]{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8} [0-9]{4}) onwards)\)"
)
_OR = re.compile(
    r"(?:,|\.|;)?\s*\n?\s*\b(?:and/)?or\b:?\s*\n?(?=\s*(?:[Aa]? ?regional value content|[Cc]hange (?:to|in|of)\b|The operation of|[Mm]anufacture |Manufacture:|Production |Alloying|Electrolytic|Fusion|CTH\b|CTSH\b|CC\b|WO\b|RVC|QVC|MaxNOM|A change to|No change in|Weaving|Spinning|Knitting|Printing|Making))"
)


def _rule(body: str) -> Rule:
    notes: list[Rule] = []
    for pattern in _NOTES:
        notes += [Note(_flat(found[0])) for found in pattern.finditer(body)]
        body = pattern.sub(" ", body)
    quota = _QUOTA.search(body)
    if quota:
        return all_of([_rule(_QUOTA.sub("", body).strip()), Condition(_flat(quota[0]).strip(" ,-()")), *notes])
    days = _DAYS.search(body)
    if days:
        inner = _rule(_DAYS.sub("", body, count=1).strip())
        since, until = _day(days["since"] or days["onwards"]), _day(days["until"] or days["until2"])
        return all_of([During(since, until, inner), *notes])
    body = re.sub(r"[ .;,]+$", "", re.sub(r"(?: *\. *){2,}", ". ", body).strip())
    if not body:
        if notes:
            return all_of(notes)
        raise _Unread("")
    alternatives = [part.strip() for part in _OR.split(body) if part.strip()]
    return all_of([any_of([_with_exceptions(part) for part in alternatives]), *notes])


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    plain = re.sub(r"(?<=[0-9])(?:st|nd|rd|th)", "", text)
    for pattern in ("%d %B %Y", "%d %b %Y"):
        try:
            return dt.datetime.strptime(plain, pattern).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    raise _Unread(text)


def _with_exceptions(body: str) -> Rule:
    """The rule, then each sentence that softens or narrows it."""
    set_rule = re.fullmatch(
        r"Each item in the set (?:must|shall) satisfy the rule,? which would apply to it if it were not included in the set(?:(?:\. However|, provided that),? "
        r"non-originating articles may be incorporated,? provided(?: that)? their total value does not exceed (?P<share>[0-9.]+) ?% of (?P<base>.+?) of the set)?",
        _flat(body),
    )
    if set_rule:
        return (
            SetRule(ppm_of_percent(set_rule["share"]), _basis(set_rule["base"]))
            if set_rule["share"]
            else SetRule(0, "")
        )
    pieces = [p.strip(" .;\n") for p in _split_exceptions(body)]
    rule = _main(pieces[0])
    for piece in pieces[1:]:
        rule = _exception(rule, piece)
    return rule


_EXCEPTION_START = re.compile(
    r"(?:[.,;]\s*|\s+(?=However:))\s*(?:However|But)\b[,:]?\s*|\.\s+(?=(?:The )?[Mm]aterials of this description|[A-Z][^.]{3,80} may (?:also )?(?:not )?be used)|"
    r"\s(?=Jute fabric may be used)",
    re.IGNORECASE,
)


def _split_exceptions(body: str) -> list[str]:
    """Parts at "However, …": a bullet may hold its own exception, which stays with the bullet."""
    lines = body.split("\n- ")
    if len(lines) > 1 and not re.search(r"However:?$", lines[0]):
        early = [
            n
            for n, line in enumerate(lines[:-1])
            if n and _EXCEPTION_START.search(line) and not re.search(r"However:?$", line)
        ]
        if early:
            return [body]
    return _EXCEPTION_START.split(body)


_SHARE = r"(?P<share>[0-9]+(?:\.[0-9]+)?) ?%"
_VALUE_TAIL = rf"(?:(?:their|its|the)(?: total| combined)? value(?:,? ?taken together,?)? (?:does|do|must|may|shall) not exceed {_SHARE} of (?:the )?(?P<base>[^,]+))"


def _exception(rule: Rule, piece: str) -> Rule:
    """A rule with what a later sentence allows or forbids."""
    flat = _flat(piece.replace("\n- ", " | "))
    limited = re.fullmatch(
        rf"(?P<what>.+?),? ?may (?:also )?be (?:used|incorporated(?: into the set)?),? ?(?:provided(?: that)?|if) {_VALUE_TAIL}",
        flat,
    )
    if limited is None:
        limited = re.fullmatch(
            rf"(?P<what>.+?),? ?may (?:also )?be used up to {_SHARE} of (?:the )?(?P<base>[^,]+)", flat
        )
    if limited:
        share, base = ppm_of_percent(limited["share"]), limited["base"]
        if "weight" in base:
            raise _Unread(piece)
        return Allowing(rule, _many(limited["what"]), share, _basis(base))
    forbidden = re.fullmatch(r"(?P<what>.+?) (?:may|must|shall) not be used", flat)
    if forbidden:
        return all_of([rule, Change("any", _many(forbidden["what"]))])
    allowed = re.fullmatch(r"(?P<what>.+?) may (?:also )?be used(?P<how> (?:as|up to) .+)?", flat)
    if allowed:
        return Allowing(
            rule,
            tuple(
                Materials(
                    words=_words(m.words + (allowed["how"] or "")), codes=m.codes, same_as_product=m.same_as_product
                )
                if allowed["how"]
                else m
                for m in _many(allowed["what"])
            ),
        )
    return all_of([rule, _clause(flat)])


def _many(text: str) -> tuple[Materials, ...]:
    """Materials from one phrase or from bullets."""
    text = re.sub(r",? ?of which the denomination .*$", "", text)
    parts = [re.sub(r"^(?:and|or)\s+|,?\s*(?:and|or)?$", "", p.strip(" ,;")).strip(" ,;") for p in text.split("|")]
    found: list[Materials] = []
    for part in parts:
        if part:
            found += _materials(part)
    if not found:
        raise _Unread(text)
    return tuple(found)


# --- the main sentence -------------------------------------------------------------------------------------------------------------

_LEAD = re.compile(
    r"^(?:Manufacture|Manufacturing|Production|Made|Produced|Other operations(?: than those referred to (?:above|in column[^,]*?))?)\b:?\s*",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(
    r"^(?P<short>CC|CTH|CTSH|CTI)(?:\s*:\s*|\s+-\s+)(?:All )?(?:the )?(?:non-originating )?materials used in the production of the (?:goods?|products?) have undergone a change in tariff "
    r"classification at the [246]-digit level(?: \((?:tariff )?(?:chapter|heading|subheading)\))?",
    re.IGNORECASE,
)


def _main(body: str) -> Rule:
    body = body.strip(" .;,\n")
    bullets = body.split("\n- ")
    if len(bullets) > 1 or re.match(r"^- ?[a-d]\)", body):
        return _bulleted(bullets)
    flat = _flat(body)
    for recognise in (_abbreviated, _treaty_change, _change_in, _content, _wholly_obtained_sentence, _short_form):
        found = recognise(flat)
        if found is not None:
            return found
    lead = _LEAD.match(flat)
    if lead and lead.end() < len(flat):
        made = _made(flat[lead.end() :])
        if made is not None:
            return made
    return _clause(flat)


def _bulleted(lines: list[str]) -> Rule:
    """A head and its bullets: "Manufacture in which: - … - …", "Manufacture from: - …, or - …", "provided that: - …"."""
    head = _flat(lines[0]).strip(" .,:;")
    items = [line.strip(" .,;\n") for line in lines[1:] if line.strip(" .,;\n")]
    if not head or re.match(r"^-? ?[a-d]\)", head):
        items = ([head] if head else []) + items
        return any_of([_bullet_content(item) for item in items])
    joins = [re.search(r"[,;]?\s*\b(and|or)\b$", item) for item in items]
    plain = [re.sub(r"[,;]?\s*\b(?:and|or)\b$", "", item).strip(" ,;") for item in items]
    is_or = any(j is not None and j[1] == "or" for j in joins) and not any(
        j is not None and j[1] == "and" for j in joins
    )
    if re.search(r"of any heading,? except$", head):
        lead = _LEAD.match(head)
        opening = head[lead.end() if lead else 0 :]
        if re.fullmatch(r"from materials of any heading,? except", opening):
            return Change("any", tuple(kind for item in plain for kind in _materials(item)))
    content = re.search(r"regional value content of not less than$", head)
    if content:
        return _treaty_content(head, plain)
    if re.search(r"\bfrom$", head, re.IGNORECASE):
        found: list[Materials] = []
        for item in plain:
            found += _materials(item)
        return FromMaterials(tuple(found))
    provided = re.search(r",? ?(?:provided(?: that)?|where|in which|and)$", head)
    lead = _LEAD.match(head + " ")
    before = head[: provided.start()] if provided else head
    if lead and lead.end() >= len(before):
        parts = [_item(item) for item in plain]
        return any_of(parts) if is_or else all_of(parts)
    if provided or re.search(r"used$|product$", head):
        parts = [_main(before), *(_item(item) for item in plain)]
        return all_of(parts)
    if is_or:
        return any_of([_main(f"{head} {item}") for item in plain])
    first = _main(head)
    return all_of([first, *(_item(item) for item in plain)])


def _item(item: str) -> Rule:
    """A bullet of "Manufacture: - from … - in which …", with its own exception if it has one."""
    pieces = [p.strip(" .;\n") for p in _EXCEPTION_START.split(item)]
    text = _flat(pieces[0])
    made = _made(text) if re.match(r"(?:from|in which|where|using|by)\b", text, re.IGNORECASE) else None
    rule = made if made is not None else _clause(text)
    for piece in pieces[1:]:
        rule = _exception(rule, piece)
    return rule


_CHANGE_IN = re.compile(
    r"^(?:A )?change (?:in|of) (?:tariff )?(?P<level>chapter|heading|subheading)(?: classification)?(?: \((?:CC|CTH|CTSH)\))?(?P<tail>(?:,| or | and ).*)?$",
    re.IGNORECASE,
)


def _change_in(flat: str) -> Rule | None:
    """Change in tariff heading, except from heading 0401; or regional value content of 40 %."""
    found = _CHANGE_IN.match(flat)
    if found is None:
        return None
    rule: Rule = Change(found["level"].lower())
    tail = (found["tail"] or "").strip()
    other = re.match(r"^,? ?or (?P<what>.+)$", tail, re.IGNORECASE)
    if other:
        return any_of([rule, _main(other["what"])])
    both = re.match(r"^,? ?and (?P<what>.+)$", tail, re.IGNORECASE)
    if both:
        return all_of([rule, _main(both["what"])])
    while tail:
        rule, tail = _treaty_tail(rule, tail)
    return rule


def _abbreviated(flat: str) -> Rule | None:
    """CTH: All non-originating materials … have undergone a change …, except from …; provided that …; and Standard QVC."""
    head = _ABBREVIATION.match(flat)
    if head is None:
        return None
    level = notation.LEVELS[head["short"].upper()]
    rest = flat[head.end() :].strip(" ,")
    if not rest:
        return Change(level)
    exception = re.match(
        r"(?:and )?except (?:from )?(?:for )?(?P<what>.+?)(?=$|,? (?:provided that|and provided|however|and the value|or (?:a |the )))",
        rest,
    )
    but: tuple[Materials, ...] = ()
    if exception:
        but = _many(re.sub(r"\bnon-originating materials of", "materials of", exception["what"]))
        rest = rest[exception.end() :].strip(" ,")
    rule: Rule = Change(level, but)
    if not rest:
        return rule
    joined = re.match(r"(?:and |provided that:? |provided |in which |,)+", rest)
    if joined is None:
        raise _Unread(rest)
    tail = rest[joined.end() :]
    return all_of([rule, _content(tail) or _clause(tail)])


_TREATY = re.compile(
    r"^(?:A |For (?P<for>[^,]+), a )?change to (?P<goods>.+?) from (?:any (?P<other>other )?(?P<level>chapter|heading|subheading|good|product)s?|(?P<codes>(?:sub)?heading [^,]+|chapter [^,]+)|within (?P<within>[^,]+?))"
    r"(?P<tail>(?:, | or |; | except ).*)?$",
    re.IGNORECASE,
)


def _treaty_change(flat: str) -> Rule | None:
    """A change to a good of heading 4816 from any other heading, except from heading 4809, provided that …"""
    found = _TREATY.match(flat)
    if found is None:
        return None
    goods = found["goods"]
    if found["codes"] or found["within"] or found["level"] in ("good", "product"):
        rule: Rule = Condition(_flat(flat))
        return ForGoods(_goods_words(goods) or goods, rule)
    rule = Change(found["level"].lower())
    tail = (found["tail"] or "").strip()
    while tail:
        rule, tail = _treaty_tail(rule, tail)
    words = _goods_words(goods)
    return ForGoods(words, rule) if words else rule


def _goods_words(goods: str) -> str:
    """What narrows the goods, beyond their code: "any other good", a species, a circumstance; empty for "a good of heading 4816"."""
    plain = re.match(r"^(?:(?:a good|goods?|products?) of )?(?=(?:sub)?headings?|chapters?|tariff items?)", goods)
    rest = goods[plain.end() :] if plain else goods
    ranges, end = read_list(rest) if plain else ((), 0)
    if plain and ranges and not rest[end:].strip(" ,"):
        return ""
    return _flat(goods)


def _treaty_tail(rule: Rule, tail: str) -> tuple[Rule, str]:
    exception = re.match(
        r"^,? ?(?:or )?except (?:from )?(?P<what>.+?)(?P<rest>(?:, |; | )(?:provided|whether|and provided|or (?:a change|no change)).*)?$",
        tail,
        re.IGNORECASE,
    )
    if exception and isinstance(rule, Change):
        return Change(rule.level, rule.but + _many(exception["what"])), (exception["rest"] or "").strip()
    provided = re.match(r"^[,;]? ?(?:and )?provided,?(?: that)?:? (?P<what>.+)$", tail, re.IGNORECASE)
    if provided:
        content = _content_phrase(provided["what"])
        return all_of([rule, content if content is not None else _clause(provided["what"])]), ""
    whether = re.match(
        r"^,? ?whether or not there is also a change from any other (?:chapter|heading|subheading)(?P<rest>.*)$", tail
    )
    if whether:
        return rule, whether["rest"].strip()
    raise _Unread(tail)


# --- regional value content --------------------------------------------------------------------------------------------------------

_METHODS = {"build-up": "build_up", "build-down": "build_down", "net cost": "net_cost", "focused value": "focused"}
_BULLET_CONTENT = re.compile(
    r"^(?:[a-d]\) ?)?(?P<share>[0-9.]+) ?%(?: of (?P<base>.+?))? under the (?P<method>build-up|build-down|net cost|focused value) method"
    r"(?:,? ?taking into account only the (?:value of )?non-originating materials of (?P<focus>.+?))?(?P<tail>, provided that .+)?$",
    re.IGNORECASE,
)


def _bullet_content(item: str) -> Rule:
    text = re.sub(r"^-\s*", "", _flat(item)).strip(" .,;")
    text = re.sub(r"[,;]? or$", "", text)
    found = _BULLET_CONTENT.match(text)
    if found is None:
        raise _Unread(item)
    focus = None
    if found["focus"]:
        focus = _together(_materials(found["focus"]))
    rule: Rule = MinContent(
        ppm_of_percent(found["share"]),
        _METHODS[found["method"].lower()],
        _basis(found["base"]) if found["base"] else "",
        focus,
    )
    if found["tail"]:
        rule = all_of([rule, _clause(re.sub(r"^, provided that ", "", found["tail"]))])
    return rule


def _treaty_content(head: str, items: list[str]) -> Rule:
    inner = any_of([_bullet_content(item) for item in items])
    return _before_content(head, inner)


_NO_CHANGE = re.compile(
    r"^(?:No change in tariff classification (?:is )?required(?: for (?P<goods>.+?))?|(?P<change>A change to .+?)|(?P<other>.+?))?,? ?(?:(?:provided(?: that)?|and) )?(?:there is (?:also )?)?a regional value content of not less than$",
    re.IGNORECASE,
)
_ENDS = re.compile(r"^(?P<head>.+ a regional value content of not less than) (?P<item>[0-9.]+ ?%.+)$", re.IGNORECASE)


def _before_content(head: str, inner: Rule) -> Rule:
    found = _NO_CHANGE.match(head)
    if found is None:
        raise _Unread(head)
    if re.match(r"^(?:there is )?a regional value content", head):
        return inner
    if found["change"] or found["other"]:
        return all_of([_main(found["change"] or found["other"]), inner])
    words = _goods_words(found["goods"]) if found["goods"] else ""
    return ForGoods(words, inner) if words else inner


def _content_phrase(text: str) -> Rule | None:
    """As in: there is a regional value content of not less than 40% under the build-down method."""
    found = re.fullmatch(
        r"(?:there is |it has |the good has )?(?:also )?a regional value content of not less than (?P<item>.+)",
        text,
        re.IGNORECASE,
    )
    if found is None:
        return None
    parts = re.split(r",? or (?:[a-d]\) ?)?(?=[0-9.]+ ?%)", found["item"])
    return any_of([_bullet_content(part) for part in parts])


_CONTENTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            rf"The good has a Regional Value Content \(RVC\) as calculated under Article [0-9]+ of the Origin Reference Document of not less than {_SHARE}, whether using the build-up method or build-down method(?: \(RVC ?[0-9]+\))?",
            re.IGNORECASE,
        ),
        "either",
    ),
    (
        re.compile(
            rf"(?:Your goods|The goods?) contains? a (?:Regional|Qualifying) Value Content \((?:RVC|QVC)\) of at least {_SHARE} of the (?P<base>.+?)(?: (?:cost|price|value))? of the goods?",
            re.IGNORECASE,
        ),
        "either",
    ),
    (
        re.compile(
            rf"(?:a |the )?(?:regional|qualifying) value content(?: \((?:RVC|QVC)\))? (?:of )?(?:is |must be )?(?:not less than|at least) {_SHARE}(?: of (?:the )?(?P<base>[A-Za-z -]+?))?",
            re.IGNORECASE,
        ),
        "either",
    ),
    (re.compile(rf"(?:RVC|QVC|VA)\s*\(?{_SHARE}\)?(?: \((?P<base>FOB|EXW)\))?", re.IGNORECASE), "either"),
)


def _content(flat: str) -> Rule | None:
    for pattern, method in _CONTENTS:
        found = pattern.fullmatch(flat)
        if found:
            base = found.groupdict().get("base")
            return MinContent(ppm_of_percent(found["share"]), method, _basis(base) if base else "")
    if re.fullmatch(r"(?:the )?Standard (?:QVC|RVC)", flat, re.IGNORECASE):
        return GeneralContent()
    if re.fullmatch(r"-? ?(?:[a-d]\) ?)?[0-9.]+ ?% .*under the .+ method.*", flat, re.IGNORECASE):
        return _bullet_content(flat)
    ends = _ENDS.match(flat)
    if ends:
        parts = re.split(r",? or (?:[a-d]\) ?)?(?=[0-9.]+ ?%)", ends["item"])
        return _before_content(ends["head"], any_of([_bullet_content(part) for part in parts]))
    whether = re.fullmatch(
        r"No change in tariff classification (?:is )?required(?: for (?P<goods>.+?))?,? provided (?:that )?(?P<what>.+)",
        flat,
        re.IGNORECASE,
    )
    if whether:
        words = _goods_words(whether["goods"]) if whether["goods"] else ""
        rule = _clause(whether["what"])
        return ForGoods(words, rule) if words else rule
    return None


_MAX_SHORT = re.compile(
    rf"(?:Max(?:imum)?\.? |MaxNOM |VNM |NOM )\(?(?:VNM |NOM )?(?:of )?(?:≤ ?)?{_SHARE}\)?(?: (?:NOM|VNM))?(?: \((?P<base>EXW|FOB)\))?",
    re.IGNORECASE,
)


def _short_form(flat: str) -> Rule | None:
    most = _MAX_SHORT.fullmatch(flat)
    if most:
        return MaxValue(ppm_of_percent(most["share"]), (most["base"] or "").upper())
    if not re.match(r"^\(?(?:WO|PE|CC|CTH|CTSH|CTI|RVC|QVC|VA|BD|BU|CR|SP|MAXNOM)\b", flat):
        return None
    found = notation.read(flat)
    return None if isinstance(found, NotEncoded) else found


# --- wholly obtained ---------------------------------------------------------------------------------------------------------------


def _wholly_obtained_sentence(flat: str) -> Rule | None:
    if re.fullmatch(
        r"(?:All )?(?:the )?goods?(?: of (?:chapter|heading)s? [^a-z]+)? (?:is|are|shall be|must be|should be) wholly obtained(?: or produced)?",
        flat,
        re.IGNORECASE,
    ):
        return WhollyObtained()
    if re.fullmatch(r"Wholly obtained(?: or produced)?(?: \(WO\))?|WO", flat, re.IGNORECASE):
        return WhollyObtained()
    if re.fullmatch(r"Produced (?:entirely|exclusively|solely) from originating materials", flat, re.IGNORECASE):
        return OfOriginatingMaterials()
    if re.fullmatch(r"(?:No (?:specific )?(?:rule|requirement)s?|None)", flat, re.IGNORECASE):
        return NoRequirement()
    return None


# --- made from … -------------------------------------------------------------------------------------------------------------------

_ANY_HEADING = re.compile(
    r"^(?:non-originating )?(?:materials|products) (?:of|from|classified (?:in|within)) any (?P<level>heading|subheading|chapter)",
    re.IGNORECASE,
)
_OWN = r"(?:from )?(?:that|those|(?:the )?materials)(?: of the same (?:heading|subheading|chapter))? (?:of|as) the (?:product|good)s?"


def _made(text: str) -> Rule | None:
    """What follows "Manufacture": from …, in which …, by …"""
    text = text.strip(" ,.:")
    head = re.match(r"(?P<word>from|in which|where|using|by)\b:? ?(?P<rest>.+)$", text, re.IGNORECASE)
    if head is None:
        return None
    word, rest = head["word"].lower(), head["rest"]
    if word in ("in which", "where"):
        return _clause(rest)
    if word == "by":
        return _operations(rest)
    if word == "using":
        using = re.fullmatch(r"materials not classified (?:in|within) (?P<codes>.+)", rest)
        if using and (ranges := whole_list(using["codes"])):
            return Change("any", (Materials(codes=ranges),))
        raise _Unread(text)
    rest, conditions = _conditions(rest)
    if _ANY_HEADING.match(rest):
        return all_of([_any_heading(rest), *conditions])
    not_of = re.fullmatch(r"materials not classified (?:in|within) (?P<codes>.+)", rest)
    if not_of and (ranges := whole_list(not_of["codes"])):
        return all_of([Change("any", (Materials(codes=ranges),)), *conditions])
    return all_of([FromMaterials(tuple(_materials(rest))), *conditions])


_CONDITION = re.compile(r",? (?:and )?(?=(?:provided(?: that)?|in which|where)\b)", re.IGNORECASE)


def _conditions(text: str) -> tuple[str, list[Rule]]:
    """The text before "provided that …", and what follows as rules."""
    first = _CONDITION.search(text)
    if first is None:
        return text, []
    tail = re.sub(
        r"^(?:provided that|provided|in which|where)\b:? ?", "", text[first.end() :].strip(), flags=re.IGNORECASE
    )
    before = text[: first.start()].strip(" ,")
    own = re.fullmatch(_VALUE_TAIL, tail)
    if own:
        rules: list[Rule] = [
            MaxValue(
                ppm_of_percent(own["share"]), _basis(own["base"]), _together(_materials(re.sub(r"^from ", "", before)))
            )
        ]
        return before, rules
    return before, [_clause(tail)]


def _any_heading(text: str) -> Rule:
    head = _ANY_HEADING.match(text)
    if head is None:
        raise _Unread(text)
    own = head["level"].lower()
    rest = text[head.end() :].strip(" ,")
    if not rest:
        return Change("any")
    including = re.fullmatch(
        r"including (?:other )?(?:materials (?:of|from)|that of|those of)? ?(?P<what>.+)", rest, re.IGNORECASE
    )
    if including:
        what = including["what"]
        if whole_list(what) or re.search(
            r"^(?:the (?:product|good)|a different 'group' in this heading|the same heading as the product)$", what
        ):
            return Change("any")
        raise _Unread(rest)
    exception = re.match(r"(?:except|other than|excluding)(?: for| from)?:? (?P<what>.+)$", rest, re.IGNORECASE)
    if exception is None:
        raise _Unread(rest)
    what = exception["what"]
    same = re.match(_OWN, what, re.IGNORECASE) or re.match(r"that of the (?:product|good)", what)
    if same:
        more = re.sub(
            r"^,? ?(?:(?:and|or)(?: (?:from |those |that |materials )?(?:of|from))? ?|, ?(?:of )?)",
            "",
            what[same.end() :],
        ).strip(" ,")
        return Change(own, _many(more) if more else ())
    return Change("any", _many(re.sub(r"^(?:that|those|materials) of ", "", what)))


# --- materials ---------------------------------------------------------------------------------------------------------------------

_FILLER = re.compile(r"^(?:(?:all|any|each|the|other|of|from|non-originating|individual|total)\s+)+", re.IGNORECASE)
_SAME = re.compile(
    r"^(?:(?P<words>.*?) )?(?:(?:classified |falling )?(?:of|within|in|under) )?the same (?P<level>heading|subheading|chapter|group|description)(?: as (?:that of )?the (?:product|good)s?)?$",
    re.IGNORECASE,
)
_STOP_WORDS = re.compile(
    r"\b(?:provided|exceed|however|may be used|must|unless|value|does not|manufacture)\b|%",
    re.IGNORECASE,
)
_OF_OPERATIONS = re.compile(r"\b(?:accompanied by|combined with|followed in|alloying)\b", re.IGNORECASE)
"""Words of operations that a description of a material never holds."""
_MEASURE = re.compile(
    r"\b(?:sub)?headings? [0-9.]+|\bchapters? [0-9]+|[0-9]+(?:\.[0-9]+)? ?(?:cm|mm|m|kg|g|decitex|micron|ml|litres?|l|dpi|V|kW|kVA|cc|°C)\b|\bgroup [0-9]|ASTM\S*",
    re.IGNORECASE,
)


def _words(text: str) -> str:
    """A description that names no share and no condition; anything else is not read."""
    text = _flat(text).strip(" ,.;")
    if (
        not text
        or _STOP_WORDS.search(text)
        or _OF_OPERATIONS.search(text)
        or re.search(r"[0-9]", _MEASURE.sub("", text))
        or len(text) > 240
    ):
        raise _Unread(text)
    return text


def _materials(text: str) -> list[Materials]:
    """One or several kinds of materials: "heading 0203, heading 0206 or bones of heading 0506", "waste and scrap of heading 7802"."""
    text = _flat(text).strip(" ,.;")
    text = re.sub(r"(?: which are)? (?:already )?used$|, used$", "", text)
    stripped = _FILLER.sub("", text).strip()
    if stripped.lower() in ("materials", "materials used", "products", "articles", ""):
        return [ALL_MATERIALS]
    same = _SAME.match(stripped)
    if same and not re.search(r"[0-9]", same["words"] or ""):
        words = _FILLER.sub("", same["words"] or "").strip()
        level = same["level"].lower()
        if level in ("group", "description"):
            return [Materials(words=text)]
        return [
            Materials(
                same_as_product=level,
                words="" if words.lower() in ("", "materials", "products", "materials classified") else _words(words),
            )
        ]
    if re.fullmatch(r"materials of this description|these materials", stripped, re.IGNORECASE):
        return [Materials(words=stripped)]
    but: tuple[CodeRange, ...] = ()
    but_words = ""
    exception = re.match(
        r"^(?P<head>.+?),? (?:except(?: for| from)?|other than|excluding|not including) (?P<but>.+)$",
        stripped,
        re.IGNORECASE,
    )
    if exception:
        stripped = exception["head"].strip(" ,")
        ranges = whole_list(re.sub(r"^(?:those|that|materials) of ", "", exception["but"]))
        if ranges:
            but = ranges
        else:
            taken, end = _leading_words(exception["but"])
            but, but_words = taken, end
    return [_without(m, but, but_words) for m in _coded(stripped)] if exception else _coded(stripped)


def _leading_words(text: str) -> tuple[tuple[CodeRange, ...], str]:
    found = re.match(r"^(?P<words>.+?) of (?=(?:sub)?heading|chapter)(?P<codes>.+)$", text)
    if found and (ranges := whole_list(found["codes"])):
        return ranges, _words(found["words"])
    return (), _words(text)


def _without(materials: Materials, but: tuple[CodeRange, ...], but_words: str) -> Materials:
    """The same materials with something taken out."""
    return Materials(materials.codes, materials.same_as_product, materials.words, but, but_words)


_CODES_AHEAD = re.compile(r"(?=\b(?:sub)?headings? (?:nos?\.? )?[0-9]|\bchapters? [0-9])", re.IGNORECASE)


def _coded(text: str) -> list[Materials]:
    found: list[Materials] = []
    rest = text
    while rest:
        ahead = _CODES_AHEAD.search(rest)
        if ahead is None:
            if re.match(r"^materials of any heading$", rest):
                found.append(ALL_MATERIALS)
            else:
                found.append(Materials(words=_words(rest)))
            return found
        words = rest[: ahead.start()].strip()
        words = re.sub(
            r"(?:(?:,? ?classified)?,? ?(?:of|within|in|from|under|falling (?:in|within|under)))$", "", words
        ).strip(" ,")
        words = _FILLER.sub("", words + " ").strip()
        ranges, end = read_list(rest, ahead.start())
        if not ranges:
            raise _Unread(rest)
        plain = words.lower() in ("", "materials", "products", "goods", "materials classified", "those", "that")
        found.append(Materials(codes=ranges, words="" if plain else _words(words)))
        rest = rest[end:].strip()
        if rest in ("used", ")", "respectively"):
            return found
        joined = re.match(r"^(?:,|and|or|as well as|\)|,? and/or)+\s*(?:of |from )?", rest)
        if rest and (joined is None or not joined[0]):
            tail = _words(re.sub(r"^,", "", rest))
            last = found.pop()
            found.append(Materials(codes=last.codes, words=f"{last.words}, {tail}" if last.words else tail))
            return found
        rest = rest[joined.end() :].strip() if joined else ""
    return found


# --- single clauses ----------------------------------------------------------------------------------------------------------------


def _basis(text: str) -> str:
    """EXW, FOB, either, or empty for "the value of the good"."""
    plain = text.lower()
    exw, fob = "ex-works" in plain or "exw" in plain, "free on board" in plain or "fob" in plain
    if exw and fob:
        return "either"
    if exw:
        return "EXW"
    if fob:
        return "FOB"
    if re.search(
        r"\b(?:value|price|transaction value|cost) of the (?:good|product|set)|adjusted value|transaction value|customs value",
        plain,
    ):
        return ""
    raise _Unread(text)


_NOT_EXCEED = r"(?:does|do|must|may|should|shall|can|could|cannot|is|are) ?(?:not)? (?:to )?exceed"
_BASE = r"(?P<base>(?:either )?the [A-Za-z() -]+?|ex-works[A-Za-z() -]*|free on board[A-Za-z() -]*|FOB|EXW)"
_MAX_VALUE = re.compile(
    rf"^(?:within the above limit,? )?(?:where )?(?:the )?(?P<kind>total |individual |combined |customs |maximum )?value of (?P<what>.+?),? {_NOT_EXCEED} {_SHARE} (?:of )?{_BASE}(?: or (?P<share2>[0-9.]+) ?% of (?P<base2>the [A-Za-z() -]+))?$",
    re.IGNORECASE,
)
_UP_TO_VALUE = re.compile(
    rf"^(?:where,? )?(?:within the above limit,? )?(?:the )?(?:value of )?(?:all )?(?:the )?(?P<what>materials .+?)(?: used)? (?:are|is) only used up to a value of {_SHARE} of {_BASE}$",
    re.IGNORECASE,
)
_MAX_NOM = re.compile(
    rf"^A maximum of {_SHARE} of {_BASE} is made up of non-originating (?:parts|materials)(?: \(MAXNOM\))?$",
    re.IGNORECASE,
)
_MAX_NOM_2 = re.compile(
    rf"^(?:The )?max(?:imum value of non-originating materials )?\(?(?:MaxNOM)?\)? ?(?:cannot exceed|of|:)? ?{_SHARE} ?(?:of )?\(?{_BASE}\)?$",
    re.IGNORECASE,
)
_MAX_WEIGHT = re.compile(
    rf"^(?:the )?(?P<kind>total |individual |combined |total combined )?(?P<measure>weight|volume) of (?P<what>.+?) {_NOT_EXCEED} {_SHARE} (?:of|by) (?:the )?(?:total )?(?:weight|volume)(?: of the (?:final )?(?:product|good)s?)?$",
    re.IGNORECASE,
)
_WEIGHT_OF_GROUP = re.compile(
    rf"^(?:the )?(?:total )?weight of (?P<what>.+?) (?:does|do|must|may) not exceed {_SHARE} of the (?:total )?weight of (?P<whole>(?:all )?(?:the )?materials of .+?)(?: used)?$",
    re.IGNORECASE,
)
_MIN_VALUE = re.compile(
    rf"^the value of (?:all )?(?:the )?originating (?P<what>.+?)(?: used)? exceeds {_SHARE} of {_BASE}$", re.IGNORECASE
)
_NOT_ABOVE = re.compile(
    r"^(?:where )?the (?:total )?value of (?:all )?(?:the )?non-originating materials(?: used)? (?:does|do|must|may) not exceed the value of (?:all )?(?:the )?originating materials(?: used)?$",
    re.IGNORECASE,
)
_CLASSED = re.compile(
    r"^(?:where )?(?:all )?(?:the )?(?:non-originating )?materials used (?:are|is) classified (?:within|in) (?:a|any) (?P<level>heading|subheading|chapter),? other than (?P<what>.+)$",
    re.IGNORECASE,
)
_OBTAINED = re.compile(
    r"^(?:all |any )?(?:of )?(?P<what>.+?)(?:,? used)?(?:,? in the production)?,? (?:is|are|must be|shall be|should be|be|must already be|have to be) wholly obtained(?: or produced)?(?: in (?:the|a) (?:country or territory|Part(?:y|ies)).*)?$",
    re.IGNORECASE,
)
_ORIGINATING = re.compile(
    r"^(?:all |any )?(?P<what>.+?)(?: used)?,? (?:is|are|must be|must already be|shall be|be|must)(?: already)?(?: be)? originating(?: and (?P<class>are classified .+))?$",
    re.IGNORECASE,
)
_LEAST_WEIGHT = re.compile(
    r"^(?:in which )?(?:at least|not less than) (?P<share>[0-9.]+) ?% (?:by|of the) (?:dry )?weight of (?:the )?(?P<what>.+?)(?: used)? (?:is|are|must be|shall be|must already be)(?: already)? (?:originating|wholly obtained)$",
    re.IGNORECASE,
)


def _clause(flat: str) -> Rule:
    """One clause, or several joined by "and"; not read as a whole means not read."""
    flat = _flat(flat).strip(" .,;")
    for recognise in (_figures, _classed, _obtained, _operations_or_none):
        found = recognise(flat)
        if found is not None:
            return found
    for joint in re.finditer(
        r",? (?:and|, and) (?:where |in which |that )?(?=(?:the |all |any |within |its |their |at least|from |in which)\b)|,? and (?=Standard)|(?:,|;) (?=(?:the value|all the|the weight|where|in which|provided)\b)",
        flat,
    ):
        try:
            before = _main(flat[: joint.start()])
            after = re.sub(r"^(?:where|in which|provided(?: that)?)\b:? ", "", flat[joint.end() :])
            return all_of([before, _content(after) or _clause(after)])
        except (_Unread, NotAnAmount):
            continue
    raise _Unread(flat)


def _figures(flat: str) -> Rule | None:
    if _NOT_ABOVE.match(flat):
        return NotAboveOriginating()
    found = _MAX_NOM.match(flat) or _MAX_NOM_2.match(flat)
    if found:
        return MaxValue(ppm_of_percent(found["share"]), _basis(found["base"]))
    found = _WEIGHT_OF_GROUP.match(flat)
    if found:
        return MaxWeight(
            ppm_of_percent(found["share"]),
            _together(_materials(re.sub(r" used$", "", found["what"]))),
            whole=_together(_materials(found["whole"])),
        )
    found = _MIN_VALUE.match(flat)
    if found:
        return MinOriginatingValue(
            ppm_of_percent(found["share"]), _basis(found["base"]), _together(_materials(found["what"]))
        )
    found = _MAX_WEIGHT.match(flat)
    if found:
        singly = bool(found["kind"]) and found["kind"].lower().startswith("individual")
        kinds = _materials(found["what"])
        rules = [
            MaxWeight(ppm_of_percent(found["share"]), kind, singly, found["measure"].lower() == "volume")
            for kind in kinds
        ]
        return rules[0] if len(rules) == 1 else MaxWeight(rules[0].ppm, _together(kinds), singly, rules[0].volume)
    found = _LEAST_WEIGHT.match(flat)
    if found:
        return MustOriginate(_together(_materials(found["what"])), ppm_of_percent(found["share"]))
    found = _MAX_VALUE.match(flat) or _UP_TO_VALUE.match(flat)
    if found is None:
        return None
    parts = found.groupdict()
    kind = (parts.get("kind") or "").lower().strip()
    what = re.sub(r" used$", "", found["what"].strip())
    of = _together(_materials(what))
    singly = kind == "individual"
    first = MaxValue(ppm_of_percent(found["share"]), _basis(found["base"]), of, singly)
    if parts.get("share2"):
        return any_of([first, MaxValue(ppm_of_percent(parts["share2"]), _basis(parts["base2"]), of, singly)])
    return first


def _together(kinds: list[Materials]) -> Materials:
    """Several kinds as one group, where one limit holds for all of them together."""
    if len(kinds) == 1:
        return kinds[0]
    words = (
        "; ".join(kind.text() for kind in kinds) if any(kind.words or kind.same_as_product for kind in kinds) else ""
    )
    return Materials(codes=tuple(r for kind in kinds for r in kind.codes) if not words else (), words=words)


def _classed(flat: str) -> Rule | None:
    found = _CLASSED.match(flat)
    if found is None:
        return None
    what, conditions = _conditions(found["what"])
    if re.fullmatch(r"(?:that|those) of the (?:product|good)s?", what, re.IGNORECASE):
        return all_of([Change(found["level"].lower()), *conditions])
    own = re.match(r"that of the (?:product|good)s?,? (?:and|or) ", what, re.IGNORECASE)
    if own:
        return all_of([Change(found["level"].lower(), _many(what[own.end() :])), *conditions])
    ranges = whole_list(what)
    if ranges is None:
        raise _Unread(what)
    return all_of([Change("any", (Materials(codes=ranges),)), *conditions])


def _obtained(flat: str) -> Rule | None:
    arrack = re.match(
        r"^(?P<first>.+ wholly obtained) or,? if all the other materials used are already originating, (?P<what>\w+) may be used up to a limit of (?P<share>[0-9.]+) ?% by volume$",
        flat,
    )
    if arrack:
        first = _obtained(arrack["first"])
        if first is None:
            return None
        other = all_of(
            [
                MustOriginate(Materials(but_words=arrack["what"])),
                MaxWeight(ppm_of_percent(arrack["share"]), Materials(words=arrack["what"]), volume=True),
            ]
        )
        return any_of([first, other])
    for pattern, make in ((_OBTAINED, _wholly), (_ORIGINATING, _must)):
        found = pattern.match(flat)
        if found is None:
            continue
        if _STOP_WORDS.search(found["what"]):
            return None
        try:
            kinds = _materials(found["what"])
        except _Unread:
            continue
        rules = [make(kind) for kind in kinds]
        if found.groupdict().get("class"):
            more = _classed("all the materials used " + found["class"])
            if more is None:
                raise _Unread(flat)
            rules.append(more)
        return all_of(rules)
    return None


def _wholly(kind: Materials) -> Rule:
    return WhollyObtained(of=kind)


def _must(kind: Materials) -> Rule:
    return MustOriginate(kind)


# --- operations --------------------------------------------------------------------------------------------------------------------

_TOGETHER = re.compile(
    r",? (?:(?:each |in each case )?(?:accompanied by|combined with|preceded by|followed by)|in addition to|together with|and also) ",
    re.IGNORECASE,
)


def _operations_or_none(flat: str) -> Rule | None:
    if operation_at_start(flat) is None:
        return None
    return _operations(flat)


def _operations(flat: str) -> Rule:
    """Operations named in words, with a condition on figures behind them if there is one."""
    if re.match(r"the operation of diffusion\b", flat, re.IGNORECASE):
        return Process("diffusion", flat)
    text, conditions = _conditions(flat)
    undergone = re.fullmatch(r"(?P<what>.+?) (?:is|are|must be) undergone", text)
    if undergone:
        text = undergone["what"]
    if _STOP_WORDS.search(text) and not re.match(r"^at least|^printing", text, re.IGNORECASE):
        raise _Unread(text)
    parts = [_alternatives(part) for part in _TOGETHER.split(text)]
    return all_of([*parts, *conditions])


def _alternatives(text: str) -> Rule:
    text = re.sub(r"^(?:with|either) ", "", text.strip(" ,"))
    outside = re.sub(r"\([^)]*\)", lambda m: "_" * len(m[0]), text)
    pieces, start = [], 0
    for joint in re.finditer(r",? (?:and/or|or(?: (?:with|by|of))?) |, ", outside):
        pieces.append(text[start : joint.start()])
        start = joint.end()
    pieces.append(text[start:])
    keys = [operation_at_start(piece.strip()) for piece in pieces]
    if len(pieces) > 1 and all(keys) and not re.match(r"at least", text, re.IGNORECASE):
        return any_of([Process(str(key), piece.strip()) for key, piece in zip(keys, pieces, strict=True)])
    key = operation_at_start(text)
    return Process(key, text) if key is not None else Condition(_words(text))
