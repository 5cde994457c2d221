"""The tables that keep the gather honest: sources, columns, readiness.

And persons without their names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib import resources

import numpy as np
import pandas as pd

from icplib import interviews
from icplib.exports.ledger import Ledger
from icplib.gather.canon import FIELDS, WHAT_FOR
from icplib.gather.desk import Desk
from icplib.gather.leakage import FREE_TEXT, is_personal, words
from icplib.gather.privacy import HASHED_ANYWAY, carried, hashed
from icplib.gather.ranges import in_range
from icplib.gather.staging import file_of
from icplib.problems import UserError
from icplib.tables.step_01 import COLUMNS, MARKET_NOTES, READINESS, SOURCES
from icplib.vocabulary.attributes import KNOWN
from icplib.vocabulary.people import (
    SENIORITIES,
    declared,
    function_of,
    generic_title,
    seniority_of,
)

_TEXT = resources.files("icplib.gather").joinpath("readiness.toml").read_text(encoding="utf-8")
MINIMA = tomllib.loads(_TEXT)["minimum"]
GRADE_ORDER = ("own", "set", "A", "B", "C", "D", "?")


def source_table(desk: Desk) -> pd.DataFrame:
    """01_sources: a row per source of the settings, and per absent one what it would allow."""
    rows = []
    for name in FIELDS | dict.fromkeys(("interviews", "codings")):
        source, s = desk.wb.source(name), desk.staged.get(name)
        row = dict.fromkeys(SOURCES.names) | {"source": name}
        if s is not None:
            r = s.report
            grades = [g for g in s.mapped.grades.values() if g in GRADE_ORDER]
            row |= {
                "file": r.file,
                "preset": s.preset,
                "format": r.form,
                "n_rows": r.n_rows,
                "n_kept": desk.ledger.n_out(name),
                "sha256": r.sha256 or None,
                "n_columns": len(r.columns),
                "n_unknown_columns": len(s.mapped.unknown),
                "evidence": max(grades, key=GRADE_ORDER.index) if grades else None,
            }
        elif source is not None:
            row |= unread(source)
        elif name in WHAT_FOR:
            row |= {"needs": f"not given; with it: {WHAT_FOR[name]}", "n_rows": 0, "n_kept": 0}
        rows.append(row)
    return pd.DataFrame(rows)


def unread(source) -> dict:
    """A source that a later step reads itself: its files are named and hashed here all the same."""
    if source.spec.file is None:
        return {"file": file_of(source), "needs": "read by a later step"}
    try:
        sha = interviews.sha256_of(interviews.files_of(source))
    except UserError as problem:
        return {"file": source.spec.file, "needs": problem.sentence}
    return {"file": source.spec.file, "sha256": sha, "needs": "read by notebook 05"}


def column_table(
    desk: Desk,
    attributes: pd.DataFrame,
    dropped: dict[str, str],
    origin: dict[str, tuple[str, str]],
) -> pd.DataFrame:
    """01_columns: the audit of every raw column.

    What it became, when it is written, what happened and why.
    """
    by_origin = {value: key for key, value in origin.items()}
    described = attributes.set_index("attribute") if len(attributes) else attributes
    rows = []
    for name, s in desk.staged.items():
        ours = {h: c for c, h in s.mapped.columns.items()}
        unknown = list(s.mapped.unknown)
        sample = (
            desk.con.execute(f'select * from "raw {name}" order by all limit 200').df()
            if unknown and s.raw and name not in ("accounts", "prospects")
            else pd.DataFrame()
        )
        for header in s.report.columns:
            column = ours.get(header)
            row = {
                "source": name,
                "column": header,
                "maps_to": column,
                "grade": s.mapped.grades.get(column) if column else None,
                "timing": "unknown",
                "use": "dropped",
                "reason": None,
                "privacy": "none",
            }
            attribute = (
                by_origin.get((name, header))
                or (column if column in KNOWN else None)
                or next((a for a, (_, h) in origin.items() if h == header), None)
            )
            if name in ("accounts", "prospects") and attribute in described.index:
                a = described.loc[attribute]
                row |= {
                    "maps_to": attribute,
                    "timing": a["timing"],
                    "use": a["use"],
                    "reason": a["reason"],
                }
            elif name in ("accounts", "prospects") and attribute in dropped:
                row |= {
                    "reason": dropped[attribute],
                    "privacy": "dropped" if dropped[attribute] == "personal data" else "none",
                }
            elif column:
                personal = s.fields[column].personal
                kept = column in HASHED_ANYWAY
                row |= {
                    "use": "joins",
                    "reason": "used by the joins",
                    "privacy": "hashed" if personal and kept else "dropped" if personal else "none",
                }
                if personal and not kept:
                    row |= {"reason": "read for the joins, in no artefact"}
                if column in s.free_text:
                    row |= {"use": "dropped", "reason": "free text"}
            elif header in s.mapped.currencies.values():
                row |= {"use": "joins", "reason": "currency of the amount beside it"}
            elif header in s.spec.drop:
                row |= {"reason": "left out by the settings"}
            else:
                personal = is_personal(
                    header, sample[header] if header in sample else pd.Series(dtype="str")
                )
                row |= {
                    "reason": "no step uses it"
                    + ("; free text" if FREE_TEXT.search(words(header)) else ""),
                    "privacy": "dropped" if personal else "none",
                }
            if header in s.declared:
                row |= {
                    "privacy": s.declared[header],
                    "use": "joins" if row["use"] == "joins" else "kept_out",
                    "reason": f"{s.declared[header]} by declaration",
                    "maps_to": row["maps_to"] or carried(s).get(header),
                }
            rows.append(row)
    return COLUMNS.frame(rows)


def readiness(
    accounts: pd.DataFrame,
    deals: pd.DataFrame,
    contacts: pd.DataFrame,
    n_interviews: int | None,
    attributes: pd.DataFrame,
    settings,
) -> pd.DataFrame:
    """01_readiness: counts against the minimum of each later step.

    Below it a step says so instead of guessing.
    """
    customers = accounts["is_customer"].astype(bool)
    n_valued = int((customers & accounts["revenue_per_year_amount"].notna()).sum())
    have = {
        "n_valued": n_valued,
        "n_best": int(np.floor(settings.best.share * n_valued)),
        "share": f"{settings.best.share:.0%}",
        "n_patterns": int((attributes["use"] == "pattern").sum()),
        "n_attributes": len(attributes),
        "n_churned": int(accounts["is_churned"].sum()),
        "n_prospects": int((~customers).sum()),
        "n_interviews": n_interviews or 0,
        "n_roles": int(contacts["buying_role"].notna().sum()),
        "n_closed": int(deals["is_closed"].sum()),
    }
    return READINESS.frame([_minimum(one, have) for one in MINIMA])


def _minimum(one: dict, have: dict) -> dict:
    n, least = have[one["count"]], one["least"]
    why = (one["why"] if n else one.get("without", one["why"])).format_map(have)
    return {
        **{key: one[key] for key in ("step", "needs")},
        "n_have": n,
        "n_need": least,
        "is_enough": n >= least,
        "sentence": f"{'Enough' if n >= least else 'Too few'}: {why}.",
    }


def contact_table(contacts: pd.DataFrame, log: Ledger) -> pd.DataFrame:
    """01_contacts: pseudonyms, roles, and what the title says in general words.

    Names, mail addresses and titles stay outside.
    """
    out = contacts.copy()
    without = out["contact_id"].isna()
    out["contact_id"] = hashed(out["contact_id"].where(~without, out["email"]))
    log.found(
        "contacts without id or e-mail",
        "contacts",
        "contact_id",
        out["contact_id"].isna().sum(),
        "left out of the contact table",
    )
    out = out[out["contact_id"].notna()].drop_duplicates("contact_id")
    _place(out, log)
    return out


def _place(out: pd.DataFrame, ledger: Ledger) -> None:
    """Seniority and function in our words, as declared, else as the title says; a generic title."""
    titles = out["title"].astype("str")
    for name, as_declared, as_titled in (
        ("seniority", lambda words: declared(words, SENIORITIES), seniority_of),
        ("function", function_of, function_of),
    ):
        said = out[name].astype("str")
        read = _each(said, as_declared)
        unread = said.notna() & read.isna()
        ledger.found(
            f"{name}: words that are none of ours",
            "contacts",
            name,
            unread.sum(),
            "read from the title instead, where it says one",
        )
        out[name] = read.fillna(_each(titles, as_titled))
    places = zip(out["seniority"], out["function"], strict=True)
    out["title_generic"] = pd.Series([generic_title(*p) for p in places], out.index, "str")


def _each(texts: pd.Series, read: Callable[[str], str | None]) -> pd.Series:
    """``read`` of every text; texts repeat, so each is read once."""
    return texts.map({text: read(text) for text in texts.dropna().unique()}).astype("str")


def market_notes(desk: Desk) -> pd.DataFrame:
    """01_market_notes: dated notes up to the quarter's end, the kind in one of four words."""
    columns, log = MARKET_NOTES.names, desk.ledger
    if (s := desk.staged.get("market_notes")) is None:
        return MARKET_NOTES.empty()
    listed = ", ".join(columns)
    table = desk.con.sql(f'select {listed} from "{s.relation}" order by date, {listed}').df()
    table["date"] = pd.to_datetime(table["date"])
    table = in_range(table, s, desk.cut, desk.settings, log)
    bad = table["date"].isna() | table["note"].isna()
    log.stage(
        "market_notes", "no date or no note", bad.sum(), "a note without a date cannot be placed"
    )
    table = table[~bad]
    late = table["date"] >= pd.Timestamp(desk.cut)
    log.stage("market_notes", "after the quarter", late.sum(), "not visible on the as-of date")
    table = table[~late].copy()
    kind = table["kind"].astype("str").str.casefold().str.strip()
    known = kind.isin(["competitor", "regulation", "technology", "market"])
    log.found(
        "unknown kinds of notes",
        "market_notes",
        "kind",
        (~known).sum(),
        "read as 'market'",
        table.loc[~known, "kind"],
        "use competitor, regulation, technology or market",
    )
    table["kind"] = kind.where(known, "market")
    return table
