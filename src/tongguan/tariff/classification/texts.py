"""The texts of a nomenclature by code: to show them, and to hear what they say, the narrowest first."""

from __future__ import annotations

from tongguan.tariff.nomenclature import Nomenclature

LONGEST_SHOWN = 200


class Texts:
    """Texts of the codes themselves and of other tables of the same edition."""

    def __init__(self, nomenclature: Nomenclature) -> None:
        self._own: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self._borrowed: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for held, texts in ((self._own, nomenclature.texts), (self._borrowed, nomenclature.borrowed)):
            for text in texts:
                if text.path:
                    held.setdefault(text.code, []).append((text.language, text.path))
        self._chains: dict[str, tuple[str, ...]] = {}

    def _of(self, code: str) -> list[tuple[str, tuple[str, ...]]]:
        return self._own.get(code, []) + self._borrowed.get(code, [])

    def chain(self, code: str) -> tuple[str, ...]:
        """Everything said about a code, from its own words to those of its chapter, each once."""
        known = self._chains.get(code)
        if known is None:
            found: list[str] = []
            for length in dict.fromkeys((len(code), 8, 6, 4, 2)):
                if length > len(code):
                    continue
                paths = [path for _, path in self._of(code[:length])]
                found += [path[-1] for path in paths]
                if length > 6:
                    found += [step for path in paths for step in reversed(path[1:-1])]
            known = self._chains[code] = tuple(dict.fromkeys(text for text in found if text))
        return known

    def shown(self, code: str) -> dict[str, str]:
        """The words of a code in the languages held; of the nearest code above it where it has none of its own."""
        for length in range(len(code), 1, -1):
            found: dict[str, str] = {}
            for language, path in self._of(code[:length]):
                words = path[-1] if length <= 6 else " > ".join(step for step in path[1:] or path if step)
                if words and language not in found:
                    found[language] = words[:LONGEST_SHOWN]
            if found:
                return found
        return {}
