"""From text to words that can be compared: the same steps for tariff texts, for the lexicon and for what people type.

A word carries a role. In "spare parts for coffee machines, not electric" the head is "part", "coffee" and "machine" say for what, and
"electric" is excluded. Tariff texts exclude with "other than", "not", "excluding"; people with "not", "without", "non-".
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

LONGEST_TEXT = 2_000
"""Characters of a term that are read; what follows adds nothing to what a good is."""

IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "feet": "foot", "teeth": "tooth", "geese": "goose", "mice": "mouse", "oxen": "ox",
    "knives": "knife", "leaves": "leaf", "loaves": "loaf", "shelves": "shelf", "wolves": "wolf", "calves": "calf", "halves": "half",
    "wives": "wife", "hooves": "hoof", "scarves": "scarf", "dies": "die", "ties": "tie", "pies": "pie", "lies": "lie", "shoes": "shoe",
    "axes": "axe", "lenses": "lens", "gases": "gas", "buses": "bus", "canoes": "canoe", "toes": "toe", "hoes": "hoe", "oboes": "oboe",
    "potatoes": "potato", "tomatoes": "tomato", "mangoes": "mango", "dice": "die", "lice": "louse", "clothes": "clothes", "molasses": "molasses",
    "glasses": "glasses", "trousers": "trouser", "pants": "pants", "shorts": "shorts", "tights": "tights", "scissors": "scissor", "series": "series",
    "mens": "man", "womens": "woman", "ladies": "woman", "lady": "woman", "womans": "woman", "childrens": "child", "boys": "boy", "girls": "girl",
    "analyses": "analysis", "bases": "base", "vertices": "vertex", "matrices": "matrix", "moulds": "mold", "tyres": "tire",
    "apparatuses": "apparatus", "cookies": "cookie", "brownies": "brownie", "movies": "movie", "hoodies": "hoodie", "onesies": "onesie",
    "smoothies": "smoothie", "wellies": "welly", "stereos": "stereo", "calories": "calorie", "beanies": "beanie", "doilies": "doily",
}  # fmt: skip
"""Plurals, and a few words whose final s is no plural, by what they are looked up as."""

SPELLINGS = {
    "tyre": "tire", "aluminum": "aluminium", "fiber": "fibre", "grey": "gray", "jewelry": "jewellery", "sulfur": "sulphur", "plow": "plough",
    "pajama": "pyjama", "catalog": "catalogue", "liter": "litre", "meter": "metre", "center": "centre", "caliber": "calibre",
    "theater": "theatre", "airplane": "aeroplane", "mold": "mould", "molded": "moulded", "molding": "moulding", "armor": "armour",
    "vapor": "vapour", "color": "colour", "flavor": "flavour", "colored": "coloured", "flavored": "flavoured", "odor": "odour",
    "yogurt": "yoghurt", "whiskey": "whisky", "ketchup": "ketchup", "catsup": "ketchup", "doughnut": "donut", "cheque": "check",
    "licence": "license", "woollen": "woolen", "gelatine": "gelatin", "glycerine": "glycerin", "caffein": "caffeine", "paraffine": "paraffin",
    "analyzer": "analyser", "pulverizer": "pulveriser", "sanitizer": "sanitiser", "moisturizer": "moisturiser", "atomizer": "atomiser",
    "fertilizer": "fertiliser", "stabilizer": "stabiliser", "vaporizer": "vaporiser", "organizer": "organiser", "equalizer": "equaliser",
    "disk": "disc", "draught": "draft", "gauge": "gage", "gaging": "gauging", "cigaret": "cigarette", "omelet": "omelette", "ax": "axe",
    "hemoglobin": "haemoglobin", "anesthetic": "anaesthetic", "orthopedic": "orthopaedic", "pediatric": "paediatric", "oesophageal": "esophageal",
    "kerosine": "kerosene", "naphtha": "naphtha", "tee": "tee", "tshirt": "tshirt", "cosy": "cozy", "storey": "story", "pedlar": "peddler",
    "programme": "program", "artefact": "artifact", "cauldron": "caldron", "mustache": "moustache", "curb": "kerb",
}  # fmt: skip
"""One spelling for two."""

STOP = frozenset(
    {
        "a", "an", "the", "and", "or", "of", "for", "with", "from", "in", "into", "on", "to", "by", "at", "as", "is", "are", "be",
        "been", "being", "was", "were", "it", "its", "this", "that", "these", "those", "such", "any", "all", "each", "whether", "not",
        "nor", "but", "than", "other", "otherwise", "only", "also", "which", "who", "whose", "where", "when", "having", "has", "have",
        "had", "kind", "kinds", "type", "types", "sort", "like", "similar", "thereof", "therefor", "thereto", "therein", "whereby",
        "used", "use", "suitable", "designed", "including", "included", "includes", "specified", "elsewhere", "nec", "heading",
        "headings", "subheading", "subheadings", "chapter", "chapters", "item", "no", "nos", "note", "articles", "article", "goods",
        "product", "products", "made", "put", "up", "etc", "per", "cent", "more", "less", "exceeding", "most", "principally", "solely",
        "intended", "capable", "over", "under", "non", "without", "through", "via", "their", "they", "them", "there", "can", "could",
        "may", "will", "would", "our", "your", "you", "we", "i", "he", "she", "his", "her", "one", "two", "three", "same", "various",
        "assorted", "new",
    }
)  # fmt: skip
"""Words that say nothing about what a good is."""

PREPOSITIONS = frozenset(
    {
        "of", "for", "with", "from", "in", "on", "to", "by", "at", "made", "containing", "having", "used", "using", "without", "w",
        "suitable", "designed", "consisting", "composed", "comprising", "incorporating", "put", "against", "covered", "filled",
    }
)  # fmt: skip
EXCLUDING = re.compile(
    r"\b(?:other than|excluding|excl|except(?:ing| for)?|not including|not|neither|nor|without|no longer|free of|minus)\b(?!\s+(?:more|less|exceeding|over|under)\b)"
)
CLAUSE_END = re.compile(r"[;:()\[\]]|\.\s|,(?=\s*(?:and\s+)?(?:of|for|with|whether|including)\b)")
NOISE = re.compile(
    r"whether or not[^,;:)]*|n\.?e\.?c\.?(?: in (?:item|heading|chapter|subheading) (?:no\.? ?)?[\d.]*)?|not elsewhere (?:specified|included|classified)(?: or included)?"
    r"|(?:of|in) (?:heading|headings|subheading|subheadings|item|chapter|note) (?:no\.? ?|nos\.? ?)?[\d.]+(?:(?:,| or| and| to) [\d.]+)*"
    r"|\bno\. \d[\d.]*"
)
REQUEST = re.compile(
    r"^(?:re:?\s*)?(?:request for reconsideration of [^;]*;\s*|(?:the )?(?:tariff )?classification (?:and [a-z ]{1,40} )?of\s+|correction to [^;.]*[;.]\s*"
    r"|(?:the )?(?:product|item|article|goods|sample|merchandise)(?: description)?(?: (?:is|are|is described as)(?: an?| the)?)?\s*[:\-]?\s+)+"
)
ORIGIN = re.compile(
    r"\bfrom (?:the )?(?:an? )?(?:unknown country|unspecified country|china|[A-Z][\w’']+(?:(?:,| and| or| of| the)* [A-Z][\w’']+)*)(?=[\s.;]*$|\.)"
)
SECOND_HAND = re.compile(
    r"(?:(?<![\w ])|(?<=[;:,(] )|(?<=\bo[fr] )|(?<=\band )|(?<=\ba )|(?<=\bthe )|(?<=\bfor ))used (?=[a-z])"
    r"(?!(?:for|in|as|to|with|by|on|at|from|of|or|and|up|when|where|while|during|inside|within|under|over|between|chiefly|\w+ly|new)\b)"
    r"|\b(?:second-?\s?hand|pre-?owned|pre-?loved)\b"
)
"""Used goods, not goods used for something: said of a noun that follows, where nothing before it says by whom or how often."""
SHARE_OF_WORD = {"secondhand": 0.5}
"""That a good was used says less about what it is than the good's own name."""
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[;:,()\[\]/.!?\n]|[\u3400-\u9fff\uf900-\ufaff]+")
VOWEL = re.compile(r"[aeiouy]")


class Word(NamedTuple):
    """One word of a text. weight: how much it says about what the good is; excluded: the text says the good is not that."""

    text: str
    weight: float
    excluded: bool = False
    head: bool = False


def plain(text: str) -> str:
    """Lower case, one width, no accents, no invisible characters."""
    if text.isascii():
        kept = text if text.isprintable() else "".join(c for c in text if c.isprintable() or c in "\n\t ")
    else:
        folded = unicodedata.normalize("NFKD", text).replace("\u2019", "'").replace("\u2018", "'")
        shown = "".join(c for c in folded if not unicodedata.combining(c) and (c.isprintable() or c in "\n\t "))
        kept = unicodedata.normalize("NFC", shown)
    return kept.lower().replace("t-shirt", "tshirt").replace("t shirt", "tshirt").replace("tee shirt", "tshirt")


def _second_hand(text: str) -> str:
    """Used goods in one word."""
    return SECOND_HAND.sub(" secondhand ", text)


@cache
def singular(word: str) -> str:
    """The singular, in one spelling: tyres and tire are the same word."""
    word = word.removesuffix("'s").replace("'", "")
    word = IRREGULAR.get(word) or _without_s(word)
    return SPELLINGS.get(word, word)


def _without_s(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zzes")):
        return word[:-2]
    return word[:-1]


@cache
def stem(word: str) -> str:
    """What related words share: knitted, knitting and knit; baked and baking. Printer stays a printer."""
    base = word
    for ending in ("ings", "ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and VOWEL.search(word[: -len(ending)]):
            base = word[: -len(ending)]
            if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "lsz":
                base = base[:-1]
            break
    else:
        for ending in ("ical", "ized", "ised", "ally", "ly"):
            if word.endswith(ending) and len(word) - len(ending) >= 4:
                base = word[: -len(ending)] + ("ic" if ending == "ical" else "")
                break
    if base.endswith("ll"):
        base = base[:-1]
    if (
        base.endswith("en")
        and len(base) > 5
        and base in {"wooden", "woolen", "golden", "earthen", "waxen", "flaxen", "leathern"}
    ):
        base = base[:-2]
    return base.removesuffix("e") if len(base) > 3 else base


def bones(word: str) -> str:
    """The first letter and the consonants after it, none twice in a row: what is left of a word written short."""
    return re.sub(r"(.)\1", r"\1", word[0] + re.sub("[aeiouy]", "", word[1:]))


def han_words(run: str) -> list[str]:
    """A run of Chinese characters as overlapping pairs; a single character stands for itself."""
    return [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]


def _tokens(text: str) -> list[str]:
    return WORD.findall(text)


@lru_cache(maxsize=50_000)
def text_words(text: str) -> tuple[Word, ...]:
    """The words of a tariff text. The part before a semicolon names the good; excluded clauses are marked."""
    low = NOISE.sub(" ", _second_hand(plain(text)))
    words: list[Word] = []
    position = 0
    excluded = False
    segment = 0
    for match in re.finditer(
        rf"(?P<not>{EXCLUDING.pattern})|(?P<end>{CLAUSE_END.pattern})|[a-z0-9]+(?:'[a-z]+)?|[\u3400-\u9fff\uf900-\ufaff]+",
        low,
    ):
        token = match.group()
        if match.group("not"):
            excluded = True
        elif match.group("end"):
            excluded = False
            segment += 1
        else:
            weight = 1.0 if segment == 0 and position < 4 else 0.85
            if token[0] >= "\u3400":
                run, _, tail = token.partition("除外")
                words += [Word(w, weight) for w in han_words(run)] + [Word(w, weight) for w in han_words(tail) if tail]
                position += 1
            elif token not in STOP and not token.isdigit() and len(token) > 1:
                words.append(Word(singular(token), weight, excluded))
                position += 1
    return tuple(words)


PART = frozenset(["part", "accessory", "component", "spare", "fitting", "attachment"])


class _Segment(NamedTuple):
    words: list[str]
    excluded: bool


def question_words(term: str) -> list[Word]:
    """The words of what a person typed, each with its weight by where it stands."""
    raw = ORIGIN.sub(" ", term[:LONGEST_TEXT])
    low = _second_hand(REQUEST.sub("", plain(raw).strip()).strip())
    found: dict[tuple[str, bool], Word] = {}
    segments = [s for s in re.split(r"[,;:()\[\]/\n|]|\.\s|\s-\s|--", low) if s.strip(" .-")]
    for number, segment in enumerate(segments[:40]):
        for word in _segment_words(segment, 1.0 if number == 0 else max(0.35, 0.8 - 0.08 * number), number == 0):
            key = (word.text, word.excluded)
            if key not in found or found[key].weight < word.weight:
                found[key] = word
    return list(found.values())


def _segment_words(segment: str, base: float, first: bool) -> list[Word]:
    words: list[Word] = []
    excluded = False
    tail = False
    factor = 1.0
    for token in re.findall(rf"{EXCLUDING.pattern}|[a-z0-9]+(?:'[a-z]+)?|[\u3400-\u9fff\uf900-\ufaff]+", segment):
        if EXCLUDING.fullmatch(token):
            excluded = True
        elif token[0] >= "\u3400":
            words += [Word(w, base) for w in han_words(token)]
        elif token in PREPOSITIONS:
            if not tail:
                words = _with_head(words, base, first)
            tail = True
            factor = 0.8 if token in {"of", "made"} else 0.6
        elif token not in STOP and not token.isdigit() and len(token) > 1:
            share = SHARE_OF_WORD.get(token, factor if tail else 1.0)
            words.append(Word(singular(token), base * share, excluded))
    return words if tail else _with_head(words, base, first)


def _with_head(words: list[Word], base: float, first: bool) -> list[Word]:
    """The last word of a noun group is what the good is: a coffee machine is a machine."""
    if not words or not first or words[-1].text[0] >= "\u3400":
        return words
    last = words[-1]
    return [*words[:-1], Word(last.text, base * 1.35, last.excluded, head=True)]
