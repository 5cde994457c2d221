"""Header maps as data, and how a header finds its name."""

import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from icplib.problems import UserError, did_you_mean

_HERE = Path(__file__).parent


@cache
def preset(file: str) -> dict[str, Any]:
    """The content of ``presets/<file>.toml``."""
    return tomllib.loads((_HERE / f"{file}.toml").read_text(encoding="utf-8"))


def squeezed(text: str) -> str:
    """A header or word for comparing: no case, spaces or punctuation."""
    return "".join(c for c in unicodedata.normalize("NFC", str(text)).casefold() if c.isalnum())


def singular(text: str) -> str:
    """``squeezed`` with each word's plural ending taken off.

    'Pain Points' and 'pain point' are one.
    """
    words = "".join(
        c if c.isalnum() else " " for c in unicodedata.normalize("NFC", str(text)).casefold()
    ).split()
    return "".join(
        (
            w[:-3] + "y"
            if w.endswith("ies") and len(w) > 4
            else w[:-1]
            if w.endswith("s") and len(w) > 3
            else w
        )
        for w in words
    )


def bind(
    headers: Iterable[str],
    aliases: dict[str, list[str]],
    overrides: dict[str, str],
    file: Path | str,
) -> dict[str, list[str]]:
    """Our column -> the file's headers that carry it.

    ``overrides`` (from company.toml) come first and must exist in the file.
    """
    headers = list(headers)
    by_key = {squeezed(h): h for h in reversed(headers)}
    bound: dict[str, list[str]] = {}
    for ours, theirs in overrides.items():
        header = theirs if theirs in headers else by_key.get(squeezed(theirs))
        if header is None:
            raise UserError(
                f"there is no column '{theirs}' (asked for as {ours})",
                file=file,
                remedy=did_you_mean(theirs, headers),
            )
        bound[ours] = [header]
    taken = {h for hs in bound.values() for h in hs}
    for ours, names in aliases.items():
        if ours in overrides:
            continue
        candidates = [by_key[squeezed(n)] for n in names if squeezed(n) in by_key]
        found = [h for h in dict.fromkeys(candidates) if h not in taken]
        if found:
            bound[ours] = found
    return bound


def choose(
    headers: Iterable[str],
    tools: dict[str, dict],
    wanted: str | None,
    overrides: dict[str, str],
    file: Path | str,
) -> tuple[str, dict, dict]:
    """(key, preset, bound columns) of the tool whose needs the headers meet.

    ``wanted`` names one and then its needs must be met.
    """
    headers = list(headers)
    if wanted and wanted not in tools:
        raise UserError(
            f"'{wanted}' is no known format", file=file, remedy=did_you_mean(wanted, tools)
        )
    for key in [wanted] if wanted else tools:
        bound = bind(headers, tools[key]["columns"], overrides, file)
        missing = [need for need in tools[key]["needs"] if need not in bound]
        if not missing:
            return key, tools[key], bound
        if wanted:
            raise UserError(
                f"{tools[key]['name']} needs a column for '{missing[0]}', and none of"
                f" {', '.join(headers[:12])} is known as one",
                file=file,
                remedy=f'Say which: columns = {{ {missing[0]} = "<header>" }} in company.toml.',
            )
    raise UserError(
        f"no known format has these columns: {', '.join(headers[:12])}",
        file=file,
        remedy=(
            'Say what they are in company.toml: format = "long" and columns = { document = "...",'
            ' code = "..." }.'
        ),
    )
