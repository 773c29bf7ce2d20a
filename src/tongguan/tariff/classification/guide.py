"""Guided classification: words and answers in; the code as far as it is certain, and the question that would tell most, out.

Each candidate has a share. An answer multiplies the share of every candidate by how well its texts go with that answer. Where one branch is right
in at least nine of ten such cases the tree is cut there. The next question is the one from whose answer most is to be learnt about what is still
open. When no question helps, the answer is the longest certain code, and what is not certain is not given.

Nothing is kept between two calls: whoever asks gives all answers again, so that a page, a program and a terminal cannot disagree.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from tongguan.grammar.findings import Finding
from tongguan.tariff.classification.confidence import LEVELS, Calibration, Grounds, calibration, grounds, shares, sure
from tongguan.tariff.classification.notes import Note, deciding
from tongguan.tariff.classification.questions import SILENT, Question, Said, answer_in, questions
from tongguan.tariff.classification.result import Asked, Candidate, Choice, Classification, State, Step, Trace
from tongguan.tariff.classification.texts import Texts
from tongguan.tariff.nomenclature import Name, read_nomenclature
from tongguan.tariff.schedule import Schedule
from tongguan.tariff.search.engine import Weighed, code_asked
from tongguan.tariff.search.question import Asker
from tongguan.tariff.search.words import LONGEST_TEXT

CERTAIN = 0.9
MOST_UNITS = 120
MOST_SHOWN = 6
MOST_CODES = 100
MOST_QUESTIONS = 8
LEAST_GAIN = 0.06
"""Bits. A question from which less is to be learnt is not worth a person's time."""
READING = 0.08
"""What choosing among tariff texts counts for beside a plain question: it tells all, but asks the person to know the tariff."""
LEAST_SHARE = 0.01
LINE_WORD = 1.2
"""How much one more word of what was asked speaks for one line below a subheading, in the exponent."""

FEW_ANSWERS = 3
"""Where a question has no more answers than this, a text that excludes one of them speaks for the others."""
NAMED, SILENCE, OTHER_NAMED, EXCLUDED = 1.0, 0.6, 0.25, 0.15
"""How well a candidate goes with an answer: its text names it, says nothing, names another one, or excludes it."""
TOLD = 0.3
"""How far the words of the answers join the search, beside the words that were asked."""
BESIDE_CHOICE = 0.01
UNKNOWN, OTHER, BRANCH, NONE = "unknown", "other", "branch", "none"

GENERAL = {
    UNKNOWN: {"zh": "不知道", "en": "I do not know"},
    OTHER: {"zh": "都不是", "en": "none of these"},
    NONE: {"zh": "都不是", "en": "none of these"},
}
BRANCH_TEXT = {"zh": "下列哪一条税则文字最符合它？", "en": "Which of these tariff texts fits it best?"}


class Answer(NamedTuple):
    """An answer that is used."""

    key: str
    value: str


class _Case:
    """One good on its way: candidates, their shares and what was learnt."""

    def __init__(self, term: str, weighed: Weighed, leaves: dict[str, float]) -> None:
        self.term = term
        self.weighed = weighed
        self.leaves = leaves
        self.fits: dict[str, list[float]] = {}
        self.answers: list[Answer] = []
        self.branch = ""
        self.refused: set[str] = set()
        self.trail: list[Trace] = []
        self.findings: list[Finding] = []
        self.is_contradicted = False

    @property
    def evidence(self) -> int:
        """Answers that told something."""
        return sum(a.value not in (UNKNOWN, NONE) and a.key != BRANCH for a in self.answers)

    def first(self, level: int, within: str = "") -> tuple[str, float]:
        """The branch of a level with the greatest share."""
        mass = self.mass(level, within)
        if not mass:
            return "", 0.0
        code = min(mass, key=lambda c: (-mass[c], c))
        return code, mass[code]

    def mass(self, level: int, within: str = "") -> dict[str, float]:
        """The share of each branch of a level."""
        found: dict[str, float] = {}
        for code, share in self.leaves.items():
            if code.startswith(within):
                found[code[:level]] = found.get(code[:level], 0.0) + share
        return found

    def multiply(self, factors: dict[str, float]) -> None:
        """Learn something; what is not among the candidates keeps its share of doubt."""
        rest = max(0.0, 1.0 - sum(self.leaves.values()))
        raw = {code: share * factors.get(code, 1.0) for code, share in self.leaves.items()}
        total = sum(raw.values()) + rest * OTHER_NAMED
        if total > 0:
            self.leaves = {code: value / total for code, value in raw.items()}


class Guide:
    """Classifies goods in one nomenclature as it is held in one folder."""

    def __init__(
        self, name: Name, home: Path | None = None, schedule: Schedule | None = None, used: Calibration | None = None
    ) -> None:
        self.name = name
        self.asker = Asker(name, home, schedule)
        self.used = used or calibration()
        self._schedule = schedule
        self._said: dict[tuple[str, str], Said] = {}

    @cached_property
    def nomenclature_sources(self) -> tuple[str, ...]:
        """Where the texts come from."""
        return self._read[1]

    @cached_property
    def texts(self) -> Texts:
        """The texts by code."""
        return self._read[0]

    @cached_property
    def _read(self) -> tuple[Texts, tuple[str, ...]]:
        nomenclature = read_nomenclature(self.name, self.asker.home, self._schedule)
        return Texts(nomenclature), tuple(dict.fromkeys(nomenclature.sources))

    # the whole way -------------------------------------------------------

    def classify(self, term: str, answers: Sequence[tuple[str, str]] = ()) -> Classification:
        """As far as words and answers lead. Never raises for what a person writes; what cannot be used becomes a finding."""
        asked = self.asker.ask(term, MOST_CODES)
        findings = self.asker.about() + asked.findings
        is_code = bool(code_asked(term))
        if not asked.hits:
            return self._nothing(term, findings, answers, is_code)
        if is_code:
            digits = code_asked(term)
            is_held = not asked.findings and any(unit.startswith(digits[:6]) for unit in self.asker.index.units)
            case = self._code_case(term, [digits] if is_held else [hit.code for hit in asked.hits])
        else:
            weighed = self._weigh(term[:LONGEST_TEXT], answers)
            case = _Case(term[:LONGEST_TEXT], weighed, self._leaves(shares(weighed, self.used), weighed.asked))
        case.findings += findings
        said = {} if is_code else self._said_in(case.term)
        self._trace(
            case, "classification.step_code" if is_code else "classification.step_words", {"term": case.term[:80]}
        )
        self._apply(case, answers, said)
        return self._result(case, said, is_code)

    def _nothing(
        self, term: str, findings: list[Finding], answers: Sequence[tuple[str, str]], is_code: bool
    ) -> Classification:
        """Nothing is known about it. With answers given, they alone may lead a little way."""
        words = " ".join(self._words_of_answers(answers))
        if words and re.search(r"\w", term) and not is_code:
            found = self.classify(words, answers)
            return found._replace(term=term, findings=findings + found.findings)
        return Classification(
            term[:LONGEST_TEXT],
            self.name,
            "abstains",
            "",
            0.0,
            [],
            {},
            [],
            None,
            {},
            [],
            findings,
            (),
            Grounds((), 0.0, 0, 0),
            self.used.to_json(),
        )

    def _words_of_answers(self, answers: Iterable[tuple[str, str]]) -> list[str]:
        known = questions()
        values: dict[str, set[str]] = {}
        for key, value in answers:
            values.setdefault(key, set()).add(value.strip().lower())
        usable = [(k, next(iter(v))) for k, v in values.items() if k in known and len(v) == 1]
        return [known[k].text.answers[v].en for k, v in usable if v in known[k].text.answers]

    # candidates ----------------------------------------------------------

    def _weigh(self, term: str, answers: Sequence[tuple[str, str]]) -> Weighed:
        """The units that the words speak for; those that the words and the answers together bring in join at what is left of their score."""
        plain_ones = self.asker.searcher.weigh(term, MOST_UNITS)
        words = self._words_of_answers(answers)
        if not words:
            return plain_ones
        wider = self.asker.searcher.weigh(", ".join([term[: LONGEST_TEXT // 2], *words]), MOST_UNITS)
        scores = dict(plain_ones.scores)
        for unit, score in wider.scores.items():
            scores[unit] = (1 - TOLD) * scores.get(unit, 0.0) + TOLD * score
        return plain_ones._replace(scores=scores)

    def _leaves(self, units: dict[str, float], asked: frozenset[str]) -> dict[str, float]:
        """The national lines below each unit, sharing what the unit has; where only a part is held, the unit itself."""
        leaves: dict[str, float] = {}
        for unit, share in units.items():
            for code, part in self._lines(unit, asked):
                leaves[code] = leaves.get(code, 0.0) + share * part
        return leaves

    def _lines(self, unit: str, asked: frozenset[str]) -> list[tuple[str, float]]:
        index = self.asker.index
        if not index.complete:
            return [(unit, 1.0)]
        number = self._number.get(unit)
        lines = index.lines.get(number, []) if number is not None else []
        finest = [x for x in lines if not any(y.code != x.code and y.code.startswith(x.code) for y in lines)]
        if not finest:
            return [(unit, 1.0)]
        raw = [math.exp(LINE_WORD * len(line.words & asked)) for line in finest]
        total = sum(raw)
        return [(line.code, value / total) for line, value in zip(finest, raw, strict=True)]

    @cached_property
    def _number(self) -> dict[str, int]:
        return {unit: number for number, unit in enumerate(self.asker.index.units)}

    def _code_case(self, term: str, codes: list[str]) -> _Case:
        """A code was given: the codes it stands for today, and what lies below them."""
        units = self.asker.index.units
        below: dict[str, float] = {}
        for code in codes:
            for unit in [u for u in units if u.startswith(code[:6])] or [code]:
                for leaf, _ in self._lines(unit, frozenset()):
                    if leaf.startswith(code) or code.startswith(leaf):
                        below[leaf if len(leaf) > len(code) else code] = 1.0
        share = 1.0 / (len(below) or 1)
        return _Case(term, Weighed({}, {}, 1.0, 1, frozenset()), dict.fromkeys(sorted(below), share))

    # answers -------------------------------------------------------------

    def _said_in(self, term: str) -> dict[str, str]:
        """What the words asked already answer."""
        found = {key: answer_in(question, term) for key, question in questions().items()}
        return {key: answer for key, answer in found.items() if answer}

    def said(self, question: Question, code: str) -> Said:
        """What the texts of a code say about a question."""
        key = (question.key, code)
        known = self._said.get(key)
        if known is None:
            known = self._said[key] = question.heard(code, self.texts.chain(code))
        return known

    def fit(self, said: Said, answer: str) -> float:
        """How well a candidate that says this goes with an answer."""
        if answer == OTHER:
            return OTHER_NAMED if said.named else NAMED
        if answer in said.named:
            return NAMED
        if answer in said.excluded:
            return EXCLUDED
        if said.named:
            return OTHER_NAMED
        return NAMED if said.excluded else SILENCE

    def _apply(self, case: _Case, answers: Sequence[tuple[str, str]], said: dict[str, str]) -> None:
        usable = self._usable(case, answers, said)
        for answer in usable:
            if answer.key == BRANCH:
                self._choose(case, answer.value)
            elif answer.value != UNKNOWN:
                self._learn(case, answer)
            case.answers.append(answer)

    def _usable(self, case: _Case, answers: Sequence[tuple[str, str]], said: dict[str, str]) -> list[Answer]:
        """Answers to known questions, none against another or against the words; the others become findings and stay open."""
        usable: list[Answer] = []
        against: set[str] = set()
        for key, raw in answers:
            value = raw.strip().lower()
            path = f"answer {key}"
            if key not in questions() and key != BRANCH:
                facts = {"key": key[:40], "keys": ", ".join([*questions(), BRANCH])}
                case.findings.append(Finding("classification.question_unknown", path, facts))
                continue
            if not self._is_answer(case, key, value):
                choices = [*questions()[key].text.answers, OTHER, UNKNOWN] if key != BRANCH else self._branches(case)
                facts = {"key": key, "value": value[:40], "choices": ", ".join(choices)}
                case.findings.append(Finding("classification.answer_unknown", path, facts))
                continue
            before = next((a.value for a in usable if a.key == key and not _agree(key, a.value, value)), None)
            if before is not None:
                facts = {"key": key, "first": before, "second": value}
                case.findings.append(Finding("classification.answers_contradict", path, facts))
                against.add(key)
            elif said.get(key) and value not in (said[key], UNKNOWN):
                facts = {"key": key, "said": said[key], "value": value}
                case.findings.append(Finding("classification.answer_against_words", path, facts))
                against.add(key)
            elif Answer(key, value) not in usable:
                usable.append(Answer(key, value))
        case.is_contradicted = bool(against)
        for key in against:
            said.pop(key, None)
        return [a for a in usable if a.key not in against]

    def _is_answer(self, case: _Case, key: str, value: str) -> bool:
        if key == BRANCH:
            return value in (NONE, UNKNOWN) or (
                2 <= len(value) <= 10 and value.isascii() and value.isdigit() and bool(self._below(case, value))
            )
        return value in questions()[key].text.answers or value in (OTHER, UNKNOWN)

    def _below(self, case: _Case, code: str) -> list[str]:
        """Candidates below a code; failing that, what the nomenclature has there."""
        found = [leaf for leaf in case.leaves if leaf.startswith(code)]
        if found:
            return found
        units = [u for u in self.asker.index.units if u.startswith(code[:6]) or code.startswith(u)]
        leaves = [leaf for u in units for leaf, _ in self._lines(u, case.weighed.asked)]
        return [leaf for leaf in leaves if leaf.startswith(code)]

    def _branches(self, case: _Case) -> list[str]:
        return [code for code, _ in _greatest(case.mass(4))[:MOST_SHOWN]] + [NONE, UNKNOWN]

    def _choose(self, case: _Case, value: str) -> None:
        """The person read the texts and chose one, or none."""
        if value == UNKNOWN:
            return
        if value == NONE:
            shown = [code for code, _ in _greatest(case.mass(4 if not case.branch else 6, case.branch))[:MOST_SHOWN]]
            case.refused.update(shown)
            case.multiply({leaf: BESIDE_CHOICE for leaf in case.leaves if leaf.startswith(tuple(shown))})
            self._trace(case, "classification.step_none", {})
            return
        below = self._below(case, value)
        for leaf in below:
            case.leaves.setdefault(leaf, LEAST_SHARE / len(below))
        case.multiply({leaf: 1.0 if leaf.startswith(value) else 0.0 for leaf in case.leaves})
        total = sum(case.leaves.values()) or 1.0
        case.leaves = {leaf: share / total for leaf, share in case.leaves.items() if share > 0}
        case.branch = max(case.branch, value, key=len)
        self._trace(case, "classification.step_branch", {"code": value})

    def _learn(self, case: _Case, answer: Answer) -> None:
        question = questions()[answer.key]
        factors = {code: self.fit(self.said(question, code), answer.value) for code in case.leaves}
        good = [code for code, factor in factors.items() if factor >= SILENCE]
        if not good:
            facts = {"key": answer.key, "value": answer.value}
            case.findings.append(
                Finding("classification.answer_fits_none", f"answer {answer.key}", facts, severity="warning")
            )
        else:
            partner = self._partner(case, good)
            if partner:
                facts = {"key": answer.key, "value": answer.value, "other": partner}
                case.findings.append(Finding("classification.answers_do_not_meet", f"answer {answer.key}", facts))
                case.is_contradicted = True
                return
        for code, factor in factors.items():
            case.fits.setdefault(code, []).append(factor)
        case.multiply(factors)
        case.weighed = self._after(case.weighed, factors)
        text = question.text.answers.get(answer.value)
        facts = {
            "question_zh": question.text.zh, "question_en": question.text.en,
            "answer_zh": text.zh if text else GENERAL[answer.value]["zh"], "answer_en": text.en if text else GENERAL[answer.value]["en"],
        }  # fmt: skip
        self._trace(case, "classification.step_answer", facts)

    def _after(self, weighed: Weighed, factors: dict[str, float]) -> Weighed:
        """The scores as if the answer had been among the words: what does not go with it falls behind, in the measure of the shares."""
        best: dict[str, float] = {}
        for code, factor in factors.items():
            best[code[:6]] = max(factor, best.get(code[:6], 0.0))
        lost = {unit: math.log(best.get(unit, NAMED)) / self.used.temperature for unit in weighed.scores}
        return weighed._replace(scores={unit: score + lost[unit] for unit, score in weighed.scores.items()})

    def _partner(self, case: _Case, good: list[str]) -> str:
        """The earlier answer that no candidate of the new one goes with; empty when they meet."""
        learnt = [a.key for a in case.answers if a.key != BRANCH and a.value != UNKNOWN]
        for number, key in enumerate(learnt):
            if all(number < len(case.fits.get(code, [])) and case.fits[code][number] < SILENCE for code in good):
                others = any(fits[number] >= SILENCE for fits in case.fits.values() if number < len(fits))
                if others:
                    return key
        return ""

    def _trace(self, case: _Case, code: str, facts: dict[str, str]) -> None:
        first, share = case.first(4)
        case.trail.append(Trace(code, facts, first, share))

    # how far it is certain -----------------------------------------------

    def _levels(self, case: _Case, is_code: bool, said: dict[str, str]) -> list[Step]:
        """Level by level, inside the first branch of the level above."""
        steps: list[Step] = []
        within, ceiling = case.branch[:2], 1.0
        deepest = max((len(code) for code in case.leaves), default=0)
        certain = not case.is_contradicted
        on = grounds(case.weighed, case.evidence)
        for level in (*LEVELS, *(n for n in (8, 10) if n <= deepest)):
            code, share = case.first(level, within)
            if len(code) < level or share <= 0:
                break
            chosen = case.branch[:level] == code if case.branch else False
            if is_code or chosen:
                confidence = share
            elif level <= 6:
                confidence = sure(code, share, on, self.used)
            else:
                above = sum(s for leaf, s in case.leaves.items() if leaf.startswith(within))
                confidence = ceiling * share / above if above else 0.0
            ceiling = min(ceiling, confidence)
            needed = not (is_code or chosen) and any(code.startswith(prefix) for _, prefix in self._needed(case, said))
            certain = certain and (ceiling >= CERTAIN or chosen) and not needed
            steps.append(Step(level, code, share, ceiling, chosen, certain))
            within = case.branch if len(case.branch) > level else code
            within = within[: level + 2] if len(within) > level else within
        return steps

    @staticmethod
    def _needed(case: _Case, said: dict[str, str]) -> list[tuple[str, str]]:
        """Questions without whose answer the codes below a prefix are not certain."""
        told = said.keys() | {a.key for a in case.answers if a.value != UNKNOWN}
        return [(key, prefix) for key, q in questions().items() if key not in told for prefix in q.text.needed]

    def _result(self, case: _Case, said: dict[str, str], is_code: bool) -> Classification:
        levels = self._levels(case, is_code, said)
        certain = [step for step in levels if step.is_certain]
        code = certain[-1].code if certain else ""
        confidence = certain[-1].confidence if certain else 0.0
        open_leaves = {leaf: share for leaf, share in case.leaves.items() if leaf.startswith(code)}
        whole = bool(code) and set(open_leaves) <= {code}
        asked = None if whole else self._question(case, said, code, open_leaves)
        state: State = "open" if asked else "settled" if code else "abstains"
        if state == "abstains":
            case.findings.append(Finding("classification.not_sure", "term", self._best(case), severity="warning"))
        elif state == "settled" and not whole:
            facts = {"code": code, "digits": str(len(code))}
            case.findings.append(Finding("classification.stopped_short", "term", facts, severity="note"))
        level = self._next_level(code)
        mass = _greatest(_by_level(open_leaves, level))
        candidates = [Candidate(c, s, self.texts.shown(c)) for c, s in mass[:MOST_SHOWN] if s >= LEAST_SHARE]
        if code:
            self._trace(case, "classification.step_cut", {"code": code, "confidence": f"{confidence * 100:.0f} %"})
        notes = asked.notes if asked else self._notes(case, [c.code for c in candidates])
        return Classification(
            case.term, self.name, state, code, confidence, levels, self.texts.shown(code) if code else {}, candidates, asked, notes, case.trail,
            case.findings, self.nomenclature_sources, grounds(case.weighed, case.evidence), self.used.to_json(),
        )  # fmt: skip

    def _best(self, case: _Case) -> dict[str, str]:
        first = [f"{code} ({share * 100:.0f} %)" for code, share in _greatest(case.mass(4))[:3] if share >= LEAST_SHARE]
        return {"best": ", ".join(first) or "–"}

    def _notes(self, case: _Case, codes: list[str]) -> dict[str, Note]:
        return deciding(case.term, codes) if codes else {}

    @staticmethod
    def _next_level(code: str) -> int:
        return 4 if len(code) < 4 else 6 if len(code) < 6 else 10

    # the next question ---------------------------------------------------

    def _question(self, case: _Case, said: dict[str, str], code: str, leaves: dict[str, float]) -> Asked | None:
        """The question from whose answer most is to be learnt; failing that, the texts themselves to choose from."""
        used = {a.key for a in case.answers}
        if len(case.answers) >= MOST_QUESTIONS:
            return None
        level = self._next_level(code)
        total = sum(leaves.values())
        if not total:
            return None
        even = {leaf: share / total for leaf, share in leaves.items() if share / total >= LEAST_SHARE / 10}
        best: tuple[float, str, dict[str, dict[str, float]]] | None = None
        first = max(even, key=lambda leaf: even[leaf])
        for key in dict.fromkeys(key for key, prefix in self._needed(case, said) if first.startswith(prefix)):
            gain, after = self._gain(questions()[key], even, level)
            if key not in used and after:
                return self._asked(case, key, gain, after, level, even)
        for key, question in questions().items():
            if key in used or key in said:
                continue
            gain, after = self._gain(question, even, level)
            if gain >= LEAST_GAIN and (best is None or gain > best[0]) and len(self._leaders(even, after, level)) > 1:
                best = (gain, key, after)
        branch = self._branch_question(case, code, even)
        if best is not None and (branch is None or best[0] >= branch.gain):
            return self._asked(case, best[1], best[0], best[2], level, even)
        return branch

    def _gain(
        self, question: Question, leaves: dict[str, float], level: int
    ) -> tuple[float, dict[str, dict[str, float]]]:
        """How many bits an answer is expected to tell about the branches of a level, and the shares after each answer."""
        heard = {leaf: self.said(question, leaf) for leaf in leaves}
        few = len(question.text.answers) <= FEW_ANSWERS
        live = {
            a: sum(
                leaves[leaf]
                for leaf, s in heard.items()
                if a in s.named or (few and s.excluded and a not in s.excluded)
            )
            for a in question.text.answers
        }
        chosen = [a for a, share in live.items() if share >= LEAST_SHARE]
        if not chosen or all(s == SILENT for s in heard.values()):
            return 0.0, {}
        options = [*chosen, OTHER]
        before = _by_level(leaves, level)
        fits = {leaf: [self.fit(said, a) for a in options] for leaf, said in heard.items()}
        gain = 0.0
        after: dict[str, dict[str, float]] = {}
        for number, option in enumerate(options):
            likely = sum(leaves[leaf] * f[number] / sum(f) for leaf, f in fits.items())
            raw = {leaf: leaves[leaf] * f[number] for leaf, f in fits.items()}
            total = sum(raw.values())
            if not total:
                continue
            after[option] = {leaf: value / total for leaf, value in raw.items()}
            told = _by_level(after[option], level)
            gain += likely * sum(p * math.log2(p / before[c]) for c, p in told.items() if p > 0)
        return gain, after

    @staticmethod
    def _leaders(leaves: dict[str, float], after: dict[str, dict[str, float]], level: int) -> set[str]:
        """The branches that answers lead to. A question whose every answer leads to the same one only looks clever."""
        before = _by_level(leaves, level)
        return {_towards(_by_level(told, level), before) for told in after.values()}

    def _asked(
        self,
        case: _Case,
        key: str,
        gain: float,
        after: dict[str, dict[str, float]],
        level: int,
        leaves: dict[str, float],
    ) -> Asked:
        text = questions()[key].text
        before = _by_level(leaves, level)
        choices = []
        for option, shares_after in after.items():
            mass = _by_level(shares_after, level)
            towards = _towards(mass, before) if option != OTHER else ""
            words = (
                {"zh": text.answers[option].zh, "en": text.answers[option].en} if option != OTHER else GENERAL[OTHER]
            )
            choices.append(Choice(option, words, towards, self.texts.shown(towards) if towards else {}))
        choices.append(Choice(UNKNOWN, GENERAL[UNKNOWN], "", {}))
        open_codes = [c for c, s in _greatest(before)[:MOST_SHOWN] if s >= 0.05]
        notes = deciding(case.term, open_codes, key)
        return Asked(key, text.aspect, {"zh": text.zh, "en": text.en}, choices, gain, notes)

    def _branch_question(self, case: _Case, code: str, leaves: dict[str, float]) -> Asked | None:
        """The texts of the branches still open; the person chooses by reading. It asks most of the person, so it counts for less."""
        if any(a == Answer(BRANCH, UNKNOWN) or a == Answer(BRANCH, NONE) for a in case.answers):
            return None
        level = self._next_level(code)
        while level < 10 and len(_by_level(leaves, level)) < 2:
            level += 2
        mass = [(c, s) for c, s in _greatest(_by_level(leaves, level))[:MOST_SHOWN] if s >= LEAST_SHARE]
        if len(mass) < 2 and (code or not mass):
            return None
        choices = [Choice(c, self.texts.shown(c), c, self.texts.shown(c)) for c, _ in mass]
        if len({tuple(sorted(c.text.items())) for c in choices}) < len(choices) and len(code) >= 6:
            return None  # the lines below have no words of their own here: nothing to choose by
        choices += [Choice(NONE, GENERAL[NONE], "", {}), Choice(UNKNOWN, GENERAL[UNKNOWN], "", {})]
        gain = -READING * sum(s * math.log2(s) for _, s in mass)
        return Asked(BRANCH, "form", BRANCH_TEXT, choices, gain, deciding(case.term, [c for c, _ in mass]))


def _agree(key: str, first: str, second: str) -> bool:
    """The same answer, or for branches one inside the other."""
    if key != BRANCH or {first, second} & {NONE, UNKNOWN}:
        return first == second
    return first.startswith(second) or second.startswith(first)


def _towards(after: dict[str, float], before: dict[str, float]) -> str:
    """The branch an answer speaks for: great after it, and greater than before."""
    return min(after, key=lambda c: (-after[c] * after[c] / before[c], c))


def _greatest(mass: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(mass.items(), key=lambda pair: (-pair[1], pair[0]))


def _by_level(leaves: dict[str, float], level: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for leaf, share in leaves.items():
        found[leaf[:level]] = found.get(leaf[:level], 0.0) + share
    return found
