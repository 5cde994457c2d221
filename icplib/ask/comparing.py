"""``compare``: two runs beside each other, lines, tiers, and who moved."""

from typing import Any

import pandas as pd

from icplib import words
from icplib.ask.answers import Answer, read
from icplib.ask.trial import Trial
from icplib.icp import Criterion
from icplib.problems import UserError
from icplib.settings import read_settings
from icplib.workbook import Workbook


def compare(
    book: Workbook, other: Workbook | None = None, scenario: str = "", quarter: str = ""
) -> Answer:
    """This run beside another: a scenario, another quarter, or a workbook ``with_settings``.

    A scenario whose run does not exist is computed in memory. Columns: what (line, tier, account),
    name, here, there.
    """
    if other is None and not scenario and not quarter:
        raise UserError(
            "there is nothing to compare with",
            remedy='Such as compare(book, scenario="by_profit") or quarter="2026Q2".',
        )
    there = other or _other(book, scenario, quarter)
    lines, moved = _lines(book, there), _moved(book, there)
    tiers = _tiers(book, there)
    kept = sum(lines["here"].ne("") & lines["there"].ne(""))
    gone, new = (lines.loc[lines[side].eq(""), "name"] for side in ("there", "here"))
    said = [
        f"{book.label} and {there.label} share {words.plural(kept, 'line')} of the profile",
        f"only {book.label}: {words.listed(gone)}" if len(gone) else "",
        f"only {there.label}: {words.listed(new)}" if len(new) else "",
        f"{words.plural(len(moved), 'account')} changed tier",
    ]
    table = pd.concat([lines, tiers, moved], ignore_index=True)
    return Answer(words.sentence("; ".join(part for part in said if part)), table)


def _other(book: Workbook, scenario: str, quarter: str) -> Workbook:
    there = Workbook(book.company, quarter or str(book.quarter), scenario)
    if there.has("04_scores") or quarter:
        return there
    settings = read_settings(book.folder / "company.toml", scenario)
    return Trial(book, settings, scenario, {})


def _lines(book: Workbook, there: Workbook) -> pd.DataFrame:
    """Criteria of all profiles: the verdict here and there, empty where it is no line."""
    both = [
        {_same(c): c for p in read(one, "03_profile").profiles for c in p.criteria}
        for one in (book, there)
    ]
    rows = [
        ("line", line.words, *(str(side[key].verdict) if key in side else "" for side in both))
        for key, line in (both[1] | both[0]).items()
    ]
    return pd.DataFrame(rows, columns=["what", "name", "here", "there"])


def _same(line: Criterion) -> tuple[Any, ...]:
    """What makes two lines one: the order of levels does not matter."""
    return line.attribute, line.op, frozenset(line.values), line.span, line.negated


def _tiers(book: Workbook, there: Workbook) -> pd.DataFrame:
    counts = [_standing(one)["tier"].value_counts() for one in (book, there)]
    rows = [
        ("tier", name, *(words.number(c.get(name, 0)) for c in counts))
        for name in sorted(set(counts[0].index) | set(counts[1].index))
    ]
    return pd.DataFrame(rows, columns=["what", "name", "here", "there"])


def _moved(book: Workbook, there: Workbook) -> pd.DataFrame:
    """Accounts of both runs whose tier differs, those that moved most points first."""
    names = read(book, "01_accounts").set_index("account_id")["account_name"]
    here, there_ = (_standing(one) for one in (book, there))
    table = here.join(there_, how="inner", lsuffix="_here", rsuffix="_there")
    table = table[table["tier_here"].ne(table["tier_there"])]
    far = (table["score_here"] - table["score_there"]).abs()
    table = table.loc[far.sort_values(ascending=False, kind="stable").index]
    sides = {
        side: [
            f"{tier}, {words.plural(score, 'point')}"
            for tier, score in zip(table[f"tier_{side}"], table[f"score_{side}"], strict=True)
        ]
        for side in ("here", "there")
    }
    return pd.DataFrame({"what": "account", "name": names.reindex(table.index).to_numpy(), **sides})


def _standing(book: Workbook) -> pd.DataFrame:
    """Tier and points of every account; "not scored" where the data carry no score."""
    scores = read(book, "04_scores").set_index("account_id")
    tier = scores["tier"].astype(object).where(scores["tier"].notna(), "not scored")
    return pd.DataFrame({"tier": tier, "score": scores["score"].astype("float64")})
