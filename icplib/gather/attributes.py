"""What is known about the companies: every attribute with its kind, as values instead of text."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from importlib import resources

import numpy as np
import pandas as pd

from icplib.exports.alike import alike, join_line, under
from icplib.exports.files import quoted
from icplib.exports.ledger import SETTINGS_FILE, Ledger
from icplib.exports.money import worth
from icplib.exports.values import (
    Guess,
    band_middle,
    distinct,
    expression,
    folded,
    guess_kind,
    rates,
    read_band,
    settle,
    split_set,
    undo_excel,
)
from icplib.gather.canon import slug
from icplib.gather.desk import Desk
from icplib.gather.leakage import is_free_text, is_personal, judge, relabelled, words
from icplib.gather.privacy import RAW, hashed
from icplib.gather.ranges import attribute_range, log_outside, refuse_unknown
from icplib.gather.staging import Staged, attribute_headers, column_reading, registered
from icplib.problems import UserError, did_you_mean, nearest
from icplib.tables.step_01 import ACCOUNTS
from icplib.vocabulary.attributes import KNOWN

RESERVED = {column.name for column in ACCOUNTS.columns} | {"source", "clean_name"}
NUMERIC = ("count", "amount", "rate")
SHOWN = 8  # values that a hint names
TECHNOGRAPHIC = re.compile(
    r"tech|stack|software|cloud|platform|\bsystems?\b|\bcrm\b|\berp\b|suite|\btools?\b|integration|database|website",
    re.I,
)
BEHAVIOURAL = re.compile(
    r"visit|download|engag|newsletter|expo\b|event|webinar|touch|click|trial|source|stakeholder|decision|buying|purchas|discount|quote|cycle|pain",
    re.I,
)
_DATA = tomllib.loads(
    resources.files("icplib.gather").joinpath("derived.toml").read_text(encoding="utf-8")
)
CATALOGUE: dict[str, str] = _DATA["catalogue"]
DERIVED: dict[str, list[str]] = _DATA["derived"]


def attribute_texts(
    out: pd.DataFrame, staged: list[Staged]
) -> tuple[dict[str, pd.Series], dict[str, tuple[str, str]]]:
    """Attribute -> its cells as text over all companies, and attribute -> (source, header) it comes
    from.
    """
    texts, origin = {}, {}
    for s in staged:
        names = {h: c for c, h in s.mapped.columns.items()}
        for header in attribute_headers(s):
            name = names.get(header) or slug(header)
            name = f"{name}_attribute" if name in RESERVED else name
            cells = out[RAW + header].astype("str").where(out["source"] == s.name)
            texts[name] = texts[name].where(texts[name].notna(), cells) if name in texts else cells
            origin.setdefault(name, (s.name, header))
    return texts, origin


def read_attributes(
    desk: Desk, out: pd.DataFrame
) -> tuple[pd.DataFrame, list[dict], dict[str, str]]:
    """Attributes as typed columns, their description so far, and what was dropped before it became
    one (attribute -> reason).

    Personal columns and free text are dropped at the door unless ``privacy.keep`` or
    ``privacy.hash`` names them; then they are kept out of the patterns.
    """
    con, staged, settings, log = desk.con, desk.of_companies, desk.settings, desk.ledger
    texts, origin = attribute_texts(out, staged)
    dropped, let_in = {}, {}
    declared = {(s.name, header): how for s in staged for header, how in s.declared.items()}
    for name in list(texts):
        source, header = origin[name]
        how = declared.get((source, header))
        why = (
            "personal data"
            if is_personal(header, texts[name])
            else "free text"
            if is_free_text(header, texts[name])
            else ""
        )
        if why and not how:
            dropped[name] = why
            del texts[name]
        elif how:
            let_in[name] = f"{why or 'personal data'}, {how} by declaration"
            texts[name] = hashed(texts[name]) if how == "hashed" else texts[name]
    refuse_unknown(settings, texts)
    counts = {name: cells.value_counts().to_dict() for name, cells in texts.items()}
    files = {name: _cells_of(staged, *origin[name]) for name in texts}
    readable, decimals, unsettled = distinct.read_distinct(con, counts, files)
    for name, problem in unsettled.items():
        source, header = origin[name]
        raise problem.told(next(s.file for s in staged if s.name == source), header)
    columns, rows = {}, []
    for name, cells in texts.items():
        source, header = origin[name]
        guess = (
            Guess("nominal", "kept by declaration")
            if name in let_in
            else _kind_of(name, header, counts[name], readable[name], settings, decimals[name])
        )
        known = KNOWN.get(name)
        over = settings.attributes.get(name)
        converted = _converted(
            con,
            name,
            header,
            cells,
            guess,
            readable[name],
            out,
            staged,
            settings,
            log,
            decimals[name],
        )
        if converted is None:
            dropped[name] = "dates whose order of day and month is not declared"
            continue
        columns[name] = converted
        rows.append(
            {
                "attribute": name,
                "label": (over and over.label) or (known.label if known else words(header)),
                "kind": guess.kind,
                "group": (over and over.group) or (known.group if known else _group(header)),
                "source": f"{source}.{header}",
                "unit": (
                    known.unit
                    if known
                    else {"rate": "share", "amount": "", "count": ""}.get(guess.kind, "")
                )
                or None,
                "let_in": let_in.get(name, ""),
                "levels": _ranked(guess.order),
                "mission_row": (known.mission_row if known else _catalogue(header)) or None,
            }
        )
    _log_unheeded({row["attribute"]: row["kind"] for row in rows}, dropped, settings, log)
    return pd.DataFrame(columns, index=out.index), rows, dropped


def _log_unheeded(kinds: dict[str, str], dropped: dict[str, str], settings, log: Ledger) -> None:
    """Lines of company.toml about attributes that are not there, and joined values of one that has
    no words.
    """
    known = {*kinds, *dropped, *DERIVED, "lead_source"}
    for name, over in settings.attributes.items():
        if name not in known:
            log.found(
                "an attribute that no file has",
                SETTINGS_FILE,
                f"attributes.{name}",
                1,
                f"what is said of it changes nothing. {did_you_mean(name, known)}",
            )
        elif over.same and kinds.get(name, "nominal") not in ("nominal", "set"):
            log.found(
                "joined values that are no words",
                SETTINGS_FILE,
                f"attributes.{name}.same",
                len(over.same),
                f"it joins nothing: {name} is read as {kinds[name]}",
                over.same,
                under(name, 'kind = "nominal"'),
            )


def _ranked(order: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{rank:02d} {level}" for rank, level in enumerate(order, 1))


def _cells_of(staged: list[Staged], source: str, header: str) -> distinct.Source:
    """What is declared for the file of one column, and whether it came as numbers."""
    s = next(s for s in staged if s.name == source)
    reading = s.reading
    typed = s.types[header] != "VARCHAR"
    return distinct.Source(reading.decimal, reading.groups, reading.date_order, typed)


def _kind_of(name: str, header: str, counts: dict, readable: dict, settings, decimal: str) -> Guess:
    """The kind: as the analyst says, else as the catalogue knows it, else as the cells show it."""
    guess = guess_kind(words(header), counts, readable, decimal, name == "n_employees")
    over, known = settings.attributes.get(name), KNOWN.get(name)
    wanted = (
        over.kind
        if over and over.kind
        else known.kind
        if known and guess.kind not in ("ordinal", "set", "empty")
        else None
    )
    if over and over.order:
        wanted = "ordinal"
    if wanted in NUMERIC and guess.kind == "nominal" and not (over and over.kind):
        wanted = None  # the catalogue expects a number, the file has words
    if wanted and wanted != guess.kind:
        order = (
            tuple(over.order)
            if over and over.order
            else tuple(sorted(counts))
            if wanted == "ordinal"
            else ()
        )
        separator = (
            guess.separator or next((s for s in ";|,\n" if any(s in c for c in counts)), ";")
            if wanted == "set"
            else None
        )
        guess = Guess(
            wanted,
            "declared" if over else "well-known field",
            separator=separator,
            order=order,
            levels={v: v for v in counts},
        )
    elif over and over.order:
        guess = Guess("ordinal", "declared", order=tuple(over.order), levels=guess.levels)
    return Guess("nominal", guess.reason) if guess.kind == "empty" else guess


def _converted(
    con,
    name,
    header,
    cells,
    guess: Guess,
    readable,
    out,
    staged,
    settings,
    log: Ledger,
    decimal: str,
) -> pd.Series | None:
    """The attribute's cells as values of its kind.

    Unreadable ones become unknown and are counted.
    """
    for note in guess.notes:
        log.found(
            "Excel's damage",
            "accounts",
            header,
            int(cells.map(undo_excel, na_action="ignore").notna().sum()),
            note,
            decide=under(name, 'kind = "nominal"'),
        )
    if guess.kind in NUMERIC:
        return _numbers(name, header, cells, guess, readable, out, staged, settings, log, decimal)
    if guess.kind == "date":
        reading = staged[0].reading
        registered(con, "dates", pd.DataFrame({header: list(readable)}).astype("str"))
        try:
            settled = settle(con, "dates", header, "date", "VARCHAR", reading, file=staged[0].file)
        except UserError as problem:
            log.found(
                "undecided dates",
                "accounts",
                header,
                cells.notna().sum(),
                "the column is left out",
                [problem.what],
                'date_order = "mdy" or "dmy"',
            )
            return None
        value = expression("date", header, "VARCHAR", settled)
        days = dict(con.execute(f"select {quoted(header)}, {value} from dates").fetchall())
        return pd.to_datetime(cells.map(days))
    if guess.kind == "set":
        spelled = _spelled(
            name,
            header,
            Counter(m for c in cells.dropna() for m in split_set(c, guess.separator)),
            settings,
            log,
        )
        split = {
            c: tuple(sorted({spelled[m] for m in split_set(c, guess.separator)}))
            for c in cells.dropna().unique()
        }
        return _objects(cells, split)
    if guess.kind == "ordinal":
        levels = guess.levels or {}
        return cells.map({c: levels.get(c, c) for c in cells.dropna().unique()}).astype("str")
    return cells.map(_spelled(name, header, cells.value_counts().to_dict(), settings, log)).astype(
        "str"
    )


def _spelled(
    name: str, header: str, counts: dict[str, int], settings, log: Ledger
) -> dict[str, str]:
    """Value -> what it is read as: the most frequent spelling, or what the analyst says.

    Values that look like one another are pointed out.
    """
    spelled, over = spelling(counts), settings.attributes.get(name)
    changed = {cell: ours for cell, ours in spelled.items() if cell != ours}
    log.found(
        "spellings of one value",
        "accounts",
        header,
        sum(counts[cell] for cell in changed),
        "the most frequent spelling counts",
        [f"{a} -> {b}" for a, b in changed.items()],
    )
    said = {folded(other): ours for other, ours in over.same.items()} if over else {}
    joined = {cell: said[folded(ours)] for cell, ours in spelled.items() if folded(ours) in said}
    log.found(
        "values joined by declaration",
        "accounts",
        header,
        sum(counts[cell] for cell in joined),
        "an exported score compares letters: change them in the CRM, too",
        [f"{a} -> {b}" for a, b in joined.items()],
    )
    _log_unheard(
        name, over.same if over else {}, {ours: counts[ours] for ours in spelled.values()}, log
    )
    spelled |= joined
    total = Counter()
    for cell, ours in spelled.items():
        total[ours] += counts[cell]
    close = alike(total)
    log.found(
        "values that may be one",
        "accounts",
        header,
        sum(total[rarer] for rarer in close),
        "kept apart",
        [f"{a}, {b}" for a, b in close.items()],
        join_line(name, close),
    )
    return spelled


def _log_unheard(name: str, same: dict[str, str], counts: dict[str, int], log: Ledger) -> None:
    """Lines of ``same`` that no company's value answers to, with the values that they may have
    meant.
    """
    there = {folded(value) for value in counts}
    for other in (other for other in same if folded(other) not in there):
        close = nearest(other, counts.keys() - same.values())
        hint = (
            f"Did you mean '{close}'?"
            if close
            else (
                "There are"
                f" {', '.join(sorted(counts, key=lambda value: (-counts[value], value))[:SHOWN])}."
            )
        )
        log.found(
            "a value that no company has",
            SETTINGS_FILE,
            f"attributes.{name}.same",
            1,
            f"'{other}' joins nothing here, though it may in a list to score. {hint}",
            [other],
        )


def _numbers(
    name, header, cells, guess: Guess, readable, out, staged, settings, log: Ledger, decimal: str
) -> pd.Series:
    """Numbers; a band between them counts as its middle, named in the log.

    Unreadable words are unknown.
    """
    value, middles, unread = {}, {}, []
    scale = _scale(name, header, cells, guess, readable, staged)
    letters = name == "n_employees"
    for cell, (number, _) in readable.items():
        if number is None:
            band = (
                read_band(cell, decimal, letters)
                or ((u := undo_excel(cell)) and read_band(u, decimal))
                or None
            )
            if band:
                middles[cell] = number = band_middle(band)
            else:
                unread.append(cell)
        elif guess.kind == "rate" and ("%" in cell or scale == rates.PERCENT):
            number /= 100
        elif scale == rates.MIXED and abs(number) > rates.HIGH:
            unread.append(cell)
            number = None
        value[cell] = number
    log.found(
        "bands among numbers",
        "accounts",
        header,
        int(cells.isin(list(middles)).sum()),
        "read as the geometric middle of the band",
        [f"{c} -> {v:,.0f}" for c, v in middles.items()],
        under(name, 'kind = "ordinal"'),
    )
    log.found(
        "unreadable values",
        "accounts",
        header,
        int(cells.isin(unread).sum()),
        "read as unknown",
        sorted(unread),
        "declare decimal or missing for this source",
    )
    numbers = cells.map(value).astype("float64")
    if guess.kind == "amount":
        file = next((s.file for s in staged if header in s.types), staged[0].file)
        numbers = numbers * cells.map(worth(readable, header, settings, file)).fillna(1.0)
    if limits := attribute_range(name, header, guess.kind, settings):
        beyond = limits.outside(numbers)
        log_outside(
            log,
            "accounts",
            name,
            beyond.sum(),
            limits,
            numbers[beyond].drop_duplicates().map("{:,g}".format),
        )
        numbers = numbers.mask(beyond) if not limits.kept else numbers
    return numbers


def _scale(name, header, cells, guess: Guess, readable, staged: list[Staged]) -> str | None:
    """Whether the numbers of a rate are percent or shares; UserError where they can be both."""
    if guess.kind != "rate":
        return None
    s = next(s for s in staged if header in s.types)
    said = column_reading(s.reading, s.spec, s.report, name, header).scale
    if said:
        return said
    counts = cells.value_counts()
    numbers = [(v, "%" in c, int(counts[c])) for c, (v, _) in readable.items() if v is not None]
    scale = rates.scale_of(rates.rates_of(numbers))
    if scale is None:
        shown = sorted((c for c, (v, _) in readable.items() if v), key=lambda c: readable[c][0])
        raise rates.undecidable([shown[0], shown[-1]], header).told(s.file, header)
    return scale


def spelling(counts: dict[str, int]) -> dict[str, str]:
    """Value -> the most frequent spelling of it, case and blanks aside."""
    best: dict[str, tuple[int, str]] = {}
    for cell, n in sorted(counts.items()):
        key = folded(cell)
        if key not in best or n > best[key][0]:
            best[key] = (n, cell)
    return {cell: best[folded(cell)][1] for cell in counts}


def _objects(cells: pd.Series, values: dict) -> pd.Series:
    out = np.empty(len(cells), dtype=object)
    for i, cell in enumerate(cells):
        out[i] = values[cell] if isinstance(cell, str) else None
    return pd.Series(out, index=cells.index)


def _group(header: str) -> str:
    text = words(header)
    return (
        "technographic"
        if TECHNOGRAPHIC.search(text)
        else "behavioural"
        if BEHAVIOURAL.search(text)
        else "firmographic"
    )


def _catalogue(header: str) -> str:
    return next(
        (row for pattern, row in CATALOGUE.items() if re.search(pattern, words(header), re.I)), ""
    )


def judged(columns: pd.DataFrame, rows: list[dict], facts: pd.DataFrame, settings) -> pd.DataFrame:
    """01_attributes: every attribute with counts, timing, use and reason.

    The analyst's word comes last and counts most.

    ``columns`` holds attribute values (those of ``DERIVED`` included where there are any),
    ``facts`` what ``judge`` needs.
    """
    described = {row["attribute"]: row for row in rows}
    for name, (label, kind, unit, timing, catalogue) in DERIVED.items():
        if name in columns and name not in described:
            described[name] = {
                "attribute": name,
                "label": label,
                "kind": kind,
                "group": "behavioural",
                "source": "joins",
                "unit": unit or None,
                "levels": (),
                "mission_row": catalogue,
                "timing": timing,
            }
    preferred = sorted(
        described, key=lambda a: a not in KNOWN
    )  # a well-known field is kept, its copy is not
    copies = relabelled(columns[preferred])
    out = []
    for name, row in described.items():
        header = row["source"].split(".", 1)[-1]
        known_timing = row.get("timing") or (KNOWN[name].timing if name in KNOWN else None)
        verdict = judge(header, known_timing, columns[name], row["kind"], facts)
        timing, use, reason = verdict.timing, verdict.use, verdict.reason
        if row["source"] == "joins":
            timing = row["timing"]
            if timing != "before_sale":
                use, reason = "kept_out", "grows with the time as a customer"
            elif (
                use == "pattern" or reason == "filled for customers only"
            ):  # a prospect has not decided yet
                use, reason = "pattern", "known when the company decided"
        if name in copies and use == "pattern":
            use, reason = "kept_out", f"says the same as {described[copies[name]]['label']}"
        let_in = row.pop("let_in", "")
        if let_in:
            use, reason = "kept_out", let_in
        over = settings.attributes.get(name)
        if over and over.timing:
            timing, reason = over.timing, "declared in the settings"
        if over and over.use is not None and not let_in.startswith("free text"):
            use, reason = ("pattern" if over.use else "kept_out"), "declared in the settings"
        n_known = int(columns[name].notna().sum())
        out.append(
            row
            | {
                "timing": timing,
                "use": use,
                "reason": reason,
                "n_accounts": len(columns),
                "n_known": n_known,
                "known_share": n_known / max(1, len(columns)),
            }
        )
    from icplib.tables.step_01 import ATTRIBUTES as DECLARED

    return DECLARED.frame(out)
