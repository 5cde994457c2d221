"""Names that are known, found in texts and taken out of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from icplib.names.patterns import PATTERNS, without_amounts
from icplib.vocabulary.legal import without_accents, without_legal_form

KINDS = {
    "account": "the name of an account",
    "person": "the name of a person",
    "product": "the name of a product",
    "domain": "the web domain of an account",
    "mail": "an e-mail address",
    "phone": "a telephone number",
    "key": "the key of an account or a contact",
}
MASKS = {"account": "[company]", "domain": "[company]", "product": "[product]"}
WORD = re.compile(r"[^\W_]+")
POSSESSIVE = re.compile(r"['’]s\b")
SHORTEST = 3  # letters of a single word that is a name by itself
KEY_DIGITS = 7  # a shorter run of digits is a number like any other
PHONE_DIGITS = 9  # the last digits of a phone, whatever stands before them


def folded(word: str) -> str:
    """A word without case and accents, as names are compared."""
    return without_accents(word)


def words_of(text: str) -> list[str]:
    """The words of a text, folded."""
    return [folded(word) for word in WORD.findall(text)]


@dataclass(frozen=True)
class _Known:
    kind: str
    name: str
    written: tuple[str, ...] | None  # as it must be written; None: in any case
    is_part: bool  # one word of a person's name: it counts in what people said, nowhere else


class Names:
    """Names by kind (a key of `KINDS`), in any spelling of case and accents.

    Companies are known without their legal form, too. A single word counts where it is written
    with a capital; where all words of a name are ``common`` (levels and labels that the company's
    data share, what `privacy.public_names` allows) only the whole name as it is written counts, and
    a single common word never.
    """

    def __init__(self, common: Iterable[str] = (), **by_kind: Iterable[str]):
        self.common = frozenset(word for text in common for word in words_of(str(text)))
        phones = (re.sub(r"\D", "", str(p)) for p in by_kind.pop("phone", ()))
        self._by_kind = {kind: tuple(all_of) for kind, all_of in by_kind.items()}
        self.phones = {p[-PHONE_DIGITS:] for p in phones if len(p) >= KEY_DIGITS}
        self._index: dict[tuple[str, ...], list[_Known]] = {}
        for kind, all_of in self._by_kind.items():
            for name in sorted({" ".join(str(n).split()) for n in all_of if _given(n)}):
                self._add(kind, name)
        self._sizes = sorted({len(key) for key in self._index})

    def _add(self, kind: str, name: str) -> None:
        core = without_legal_form(name) if kind == "account" else name
        is_common = all(word in self.common for word in words_of(core))
        for spelling in sorted({name, core}):
            self._put(_Known(kind, name, None, False), WORD.findall(spelling), is_common)
        parts = WORD.findall(name) if kind == "person" else []
        for part in parts if len(parts) > 1 else ():
            self._put(_Known(kind, name, None, True), [part], is_common=False)

    def _put(self, known: _Known, words: list[str], is_common: bool) -> None:
        plain = tuple(map(folded, words))
        if not words or (len(words) == 1 and self._is_no_name(plain[0])):
            return
        is_single = len(words) == 1 and known.kind in ("account", "person", "product")
        written = tuple(words) if is_common or is_single else None
        self._index.setdefault(plain, []).append(replace(known, written=written))

    def _is_no_name(self, word: str) -> bool:
        if word.isdigit():
            return len(word) < KEY_DIGITS
        return len(word) < SHORTEST or word in self.common

    def but(self, common: Iterable[str]) -> Names:
        """The same names, where these words, too, are no names by themselves."""
        return Names([*self.common, *common], phone=self.phones, **self._by_kind)

    def in_text(self, text: str, said: bool = False) -> Iterator[tuple[str, str]]:
        """(kind, name) of every name in ``text``.

        ``said``: the text is what a person said; single words of people's names count, too.
        """
        for _, _, known in self._places(text, said):
            yield known.kind, known.name
        if self.phones:
            for run in re.findall(r"\+?\d[\d ().-]{6,20}\d", text):
                if re.sub(r"\D", "", run)[-PHONE_DIGITS:] in self.phones:
                    yield "phone", run

    def _places(self, text: str, said: bool) -> Iterator[tuple[int, int, _Known]]:
        """Where names stand: first letter, end, name; longer names come first."""
        found = list(WORD.finditer(text))
        words = [match[0] for match in found]
        plain = [folded(word) for word in words]
        for size in reversed(self._sizes):
            for i in range(len(words) - size + 1):
                for known in self._index.get(tuple(plain[i : i + size]), ()):
                    if self._counts(known, words[i : i + size], said):
                        yield found[i].start(), found[i + size - 1].end(), known
                        break

    def _counts(self, known: _Known, words: list[str], said: bool) -> bool:
        if known.is_part and not said:
            return False
        if known.written is None:
            return True
        if known.written == tuple(words):
            return True
        if len(words) > 1 or folded(words[0]) in self.common:
            return False
        return words[0][:1].isupper() or (said and known.kind != "person")

    def redacted(self, text: str, money_above: float = 1000) -> str:
        """What a person said, with names as [company], [person], [product], [e-mail] and so on.

        Amounts of money above ``money_above`` become [amount].
        """
        for word, pattern in PATTERNS.items():
            text = pattern.sub(f"[{word}]", text)
        taken: list[tuple[int, int, str]] = []
        for start, end, known in self._places(text, said=True):
            if all(end <= a or start >= b for a, b, _ in taken):
                if known.name.endswith(".") and text[end : end + 1] == ".":
                    end += 1  # the full stop of Corp.
                behind = POSSESSIVE.match(text, end)
                end = behind.end() if behind else end
                taken.append((start, end, MASKS.get(known.kind, f"[{known.kind}]")))
        for start, end, mask in sorted(taken, reverse=True):
            text = f"{text[:start]}{mask}{text[end:]}"
        return without_amounts(text, money_above)

    def left_in(self, quote: str) -> str:
        """What kind of thing is still in a redacted quote ("" when nothing is); never the thing."""
        for kind, pattern in PATTERNS.items():
            if pattern.search(quote):
                return f"something like {'an' if kind[0] in 'eI' else 'a'} {kind}"
        return next((KINDS[kind] for kind, _ in self.in_text(quote, said=True)), "")

    def has_word(self, word: str) -> bool:
        """Whether one word is the first of a known name, or a part of a person's."""
        plain = folded(word)
        return any(key[0] == plain for key in self._index)


def _given(value: object) -> bool:
    return value is not None and value == value and str(value).strip() != ""
