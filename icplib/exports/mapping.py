"""Headers -> our columns.

A preset is data: one TOML file a CRM, one table a source, each header with its grade of evidence.

Grades: A seen in a real export, B the vendor's documentation, C strings that a third party copied
from a real export, D third-party code of unknown origin, ? from memory, not verified. Every preset
can be overruled by ``columns`` in company.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from icplib.exports.money import unit_of
from icplib.problems import UserError, did_you_mean, nearest

_PREFIXES = re.compile(
    r"^(property_|[^\W\d_][\w ]{1,30}:\s+|(deal|organization|organisation|person|company)\s+-\s+)",
    re.I,
)
GRADE_WEIGHT = {"A": 1.0, "B": 1.0, "C": 0.9, "D": 0.7, "?": 0.6}


def fold(header: str) -> str:
    """A header without what differs between exports of one field.

    Case, blanks, signs, Unicode form, object prefix.
    """
    text = unicodedata.normalize("NFC", str(header)).strip()
    return re.sub(r"[^\w%]|_", "", _PREFIXES.sub("", text).casefold()) or text.casefold()


@dataclass(frozen=True)
class Preset:
    """One CRM's headers: ``sources[source][our column][header] = grade``."""

    name: str
    title: str
    note: str
    sources: Mapping[str, Mapping[str, Mapping[str, str]]]

    def columns(self, source: str) -> Mapping[str, Mapping[str, str]]:
        """Our column -> header -> what the preset says of it; prospects take the accounts' too."""
        own = self.sources.get(source, {})
        if source != "prospects":
            return own
        accounts = self.sources.get(
            "accounts", {}
        )  # prospects are accounts not yet won, some headers apart
        return {
            column: {**accounts.get(column, {}), **own.get(column, {})}
            for column in {**accounts, **own}
        }


@dataclass(frozen=True)
class Mapped:
    """Which header of the file is which of our columns.

    ``unknown`` headers stay for the caller to judge.
    """

    columns: dict[str, str]  # ours -> header
    grades: dict[
        str, str
    ]  # ours -> grade, 'set' where company.toml says so, 'own' where the header is our name
    currencies: dict[str, str]  # money header -> header that holds its currency
    unknown: tuple[str, ...]


_FILES = tomllib.loads(
    resources.files("icplib.exports").joinpath("files.toml").read_text(encoding="utf-8")
)


def presets() -> dict[str, Preset]:
    """The presets that settings may name; headers of "any" tool are asked after each of them."""
    return {name: one for name, one in _every().items() if name != "any"}


@cache
def _every() -> dict[str, Preset]:
    found = {}
    for entry in sorted(
        resources.files("icplib.exports").joinpath("presets").iterdir(), key=lambda e: e.name
    ):
        if entry.name.endswith(".toml"):
            raw = tomllib.loads(entry.read_text(encoding="utf-8"))
            name = entry.name.removesuffix(".toml")
            found[name] = Preset(name, raw.pop("title"), raw.pop("note"), raw)
    return found


def preset(name: str) -> Preset:
    """The preset of this name; UserError where there is none."""
    if name not in presets():
        raise UserError(f"there is no preset '{name}'", remedy=did_you_mean(name, presets()))
    return presets()[name]


def map_headers(
    source: str,
    headers: Iterable[str],
    preset_name: str,
    ours: Iterable[str],
    declared: Mapping[str, str] | None = None,
    *,
    file=None,
) -> Mapped:
    """Headers of one file mapped to ``ours`` (the columns that the source may have).

    ``declared`` (ours -> header, from company.toml) comes first, then the preset in its own order
    of preference, then headers that already are our names. Raises UserError for a declared column
    or header that does not exist.
    """
    headers, ours = list(headers), list(ours)
    by_fold = {fold(unit_of(h).header): h for h in reversed(headers)}
    by_fold |= {fold(h): h for h in reversed(headers)}
    columns, grades = {}, {}
    for column, header in (declared or {}).items():
        if column not in ours:
            raise UserError(
                f"'{column}' is no column of {source}", file=file, remedy=did_you_mean(column, ours)
            )
        if header == "":
            grades[column] = "set"  # declared as absent
            continue
        found = header if header in headers else by_fold.get(fold(header))
        if found is None:
            raise UserError(
                f"the header '{header}' (declared for {column}) is not in the file",
                file=file,
                remedy=did_you_mean(header, headers),
            )
        columns[column], grades[column] = found, "set"
    taken = set(columns.values())
    known, common = preset(preset_name).columns(source), _every()["any"].columns(source)
    for column in ours:
        if column in grades:
            continue
        forms = {**known.get(column, {}), **common.get(column, {}), column: "own"}
        for header, grade in forms.items():
            found = by_fold.get(fold(header))
            if found is not None and found not in taken:
                columns[column], grades[column] = found, grade
                taken.add(found)
                break
    currencies = {
        h: by_fold[fold(f"{h} Currency")] for h in headers if fold(f"{h} Currency") in by_fold
    }
    spoken_for = taken | set(currencies.values())
    return Mapped(columns, grades, currencies, tuple(h for h in headers if h not in spoken_for))


def demand(mapped: Mapped, column: str, source: str, file) -> str:
    """The header of an obligatory column.

    UserError with the nearest header when the file has none.
    """
    if column in mapped.columns:
        return mapped.columns[column]
    by_words = {words(h): h for h in mapped.unknown}
    close = by_words.get(nearest(words(column), by_words) or "")
    remedy = (
        f'Under [sources] in company.toml write {source} = {{ file = "{Path(file).name}", columns ='
        f' {{ {column} = "{close or "<header>"}" }} }}.'
    )
    have = ", ".join([*mapped.columns.values(), *mapped.unknown][:12])
    raise UserError(
        f"no column is recognised as {column}; the file has {have}",
        file=file,
        column=column,
        remedy=remedy,
    )


@dataclass(frozen=True)
class Recognised:
    """What a file most likely is.

    Which CRM's export of which source, and how sure that is (0..1).
    """

    preset: str
    source: str
    confidence: float
    n_known: int
    n_headers: int
    runner_up: str

    @property
    def sentence(self) -> str:
        """The guess in words, with the runner-up where it is near."""
        doubt = f"; next best: {self.runner_up}" if self.runner_up else ""
        return (
            f"{self.source} from {presets()[self.preset].title}: {self.n_known} of {self.n_headers}"
            f" headers known, {self.confidence:.0%} sure{doubt}"
        )


def recognise(headers: Iterable[str], file_name: str = "") -> Recognised | None:
    """The preset and source that explain most headers, weighted by evidence.

    None when nothing fits.

    Confidence is the margin over the best other source or CRM that would read the file differently,
    times the share of headers explained that the source's own obligatory columns support.
    """
    headers = list(headers)
    folds = {fold(h) for h in headers}
    exact = {h.strip() for h in headers}
    said = {
        source
        for source, names in _FILES["named"].items()
        if any(word in fold(file_name) for word in names)
    }
    graded = []
    for name, one in presets().items():
        for source in one.sources:
            hits, n_known = 0.0, 0
            for forms in one.columns(source).values():
                found = [(h, g) for h, g in forms.items() if fold(h) in folds]
                if found:
                    n_known += 1
                    hits += max(
                        GRADE_WEIGHT.get(g, 0.5) * (1.0 if h in exact else 0.85) for h, g in found
                    )
            needs = [
                forms
                for column, forms in one.columns(source).items()
                if column in _FILES["keys"].get(source, ())
            ]
            complete = (
                sum(any(fold(h) in folds for h in forms) for forms in needs) / len(needs)
                if needs
                else 0.5
            )
            named = 1.5 if source in said else 0.0
            if source == "prospects" and "accounts" in said and source not in said:
                continue  # a file that is named like customers is none of leads
            graded.append(
                (
                    hits * (0.4 + 0.6 * complete) + named * (n_known > 0),
                    n_known,
                    complete,
                    name,
                    source,
                )
            )
    graded.sort(key=lambda g: (-g[0], g[3], g[4]))
    if not graded or graded[0][1] < 2:
        return None
    score, n_known, complete, name, source = graded[0]
    companies = ("accounts", "prospects")  # one CRM reads them alike
    rivals = [
        g
        for g in graded[1:]
        if g[0] > 0 and not (g[3] == name and source in companies and g[4] in companies)
    ]
    runner = rivals[0] if rivals else None
    margin = (score - runner[0]) / score if runner else 1.0
    confidence = min(
        0.99, (0.5 + 0.5 * min(1.0, 3 * margin)) * (0.5 + 0.5 * complete) * min(1.0, n_known / 4)
    )
    other = f"{runner[4]} from {presets()[runner[3]].title}" if runner else ""
    return Recognised(name, source, round(confidence, 2), n_known, len(headers), other)


def words(header: str) -> str:
    """A header as lower-case words, to compare by likeness."""
    return re.sub(r"[_\W]+", " ", header).casefold().strip()


def suggest(header: str, ours: Iterable[str]) -> str | None:
    """One of our columns that an unknown header may be, by likeness of the words.

    None when nothing is near.
    """
    by_words = {
        c.removesuffix("_amount")
        .removesuffix("_date")
        .replace("_", " ")
        .removeprefix("n ")
        .strip(): c
        for c in ours
    }
    close = nearest(words(header), by_words)
    return by_words[close] if close else None
