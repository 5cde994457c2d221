"""What is known about the companies: every attribute with its kind, as values instead of text."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Any

import pandas as pd

from icplib.exports.alike import under
from icplib.exports.ledger import SETTINGS_FILE, Ledger, Unread
from icplib.exports.values import Guess, is_list
from icplib.gather.attribute_values import kind_of, log_list_left_out, read_columns, values_of
from icplib.gather.canon import slug
from icplib.gather.desk import Desk
from icplib.gather.leakage import is_free_text, is_personal, judge, relabelled, words
from icplib.gather.privacy import RAW, hashed
from icplib.gather.ranges import refuse_unknown
from icplib.gather.staging import Staged, attribute_headers
from icplib.problems import did_you_mean
from icplib.tables.step_01 import ACCOUNTS
from icplib.vocabulary.attributes import KNOWN
from icplib.vocabulary.cells import MAGNITUDES
from icplib.words import number

RESERVED = {column.name for column in ACCOUNTS.columns} | {"source", "clean_name"}
MANY_PEOPLE, POOREST = 20, 1000  # a company this large has more revenue for each of them
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
    """Attribute -> its cells as text over all companies; attribute -> its (source, header)."""
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
    """Attributes as typed columns, their description so far, and attribute -> why it was dropped.

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
        why = _kept_out(name, header, texts[name], settings)
        if why == "free text" and not how:
            log_list_left_out(name, header, texts[name], log)
        if why and not how:
            dropped[name] = why
            del texts[name]
        elif how:
            let_in[name] = f"{why or 'personal data'}, {how} by declaration"
            texts[name] = hashed(texts[name]) if how == "hashed" else texts[name]
    refuse_unknown(settings, texts)
    sources = {s.name: s for s in staged}
    own = read_columns(con, texts, {name: (sources[o], h) for name, (o, h) in origin.items()})
    columns, rows = {}, []
    for name, column in own.items():
        source, header = origin[name]
        guess = (
            Guess("nominal", "kept by declaration") if name in let_in else kind_of(column, settings)
        )
        converted = values_of(con, column, guess, out, settings, log)
        if converted is None:
            dropped[name] = "dates whose order of day and month is not declared"
            continue
        columns[name] = converted
        if guess.kind not in ("count", "amount", "rate"):
            log.read_column(source, header, f"{name}: {guess.kind}", converted.count(), Unread())
        said = {"source": f"{source}.{header}", "let_in": let_in.get(name, "")}
        rows.append(_described(name, header, guess, settings.attributes.get(name)) | said)
    _log_unheeded({row["attribute"]: row["kind"] for row in rows}, dropped, settings, log)
    found = pd.DataFrame(columns, index=out.index)
    _log_implausible(found, settings.currency, log)
    return found, rows, dropped


def _described(name: str, header: str, guess: Guess, over: Any) -> dict:
    """What an attribute is called and how it is compared: as declared, as known, as it looks."""
    known = KNOWN.get(name)
    unit = known.unit if known else "share" if guess.kind == "rate" else None
    return {
        "attribute": name,
        "label": (over and over.label) or (known.label if known else words(header)),
        "kind": guess.kind,
        "group": (over and over.group) or (known.group if known else _group(header)),
        "unit": unit or None,
        "levels": _ranked(guess.order),
        "mission_row": (known.mission_row if known else _catalogue(header)) or None,
    }


def _log_implausible(columns: pd.DataFrame, currency: str, log: Ledger) -> None:
    """Companies whose people and revenue cannot both be true: a scale is missing."""
    poorest = POOREST * 10 ** MAGNITUDES.get(currency, 0)
    if not {"n_employees", "annual_revenue_amount"} <= set(columns):
        return
    staff, revenue = (
        pd.to_numeric(columns[c], errors="coerce") for c in ("n_employees", "annual_revenue_amount")
    )
    poor = columns[(staff >= MANY_PEOPLE) & (revenue > 0) & (revenue < poorest * staff)]
    shown = zip(poor["annual_revenue_amount"], poor["n_employees"], strict=True)
    log.found(
        "size and revenue cannot both be true",
        "accounts",
        "annual_revenue_amount",
        len(poor),
        f"kept: less than {number(poorest)} {currency} a year for each employee",
        [f"{number(money)} with {number(n)} employees" for money, n in shown],
        'sources.accounts.thousands = ["annual_revenue_amount"], or millions',
    )


def _kept_out(name: str, header: str, cells: pd.Series, settings) -> str:
    """Why a column is dropped at the door, if it is.

    A list is no free text, however long its cells.
    """
    if is_personal(header, cells):
        return "personal data"
    over, known = settings.attributes.get(name), KNOWN.get(name)
    listed = (over and over.kind == "set") or (known and known.kind == "set")
    if listed or not is_free_text(header, cells) or is_list(list(cells.dropna().unique())):
        return ""
    return "free text"


def _log_unheeded(kinds: dict[str, str], dropped: dict[str, str], settings, log: Ledger) -> None:
    """Lines of company.toml on attributes that are not there, joins of one without words."""
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
