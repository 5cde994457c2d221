"""Keep, watch, revise, or "the market moved": what follows from the two questions and the signs."""

import pandas as pd

from icplib import words
from icplib.pages.counts import gives_away, is_small, share_of
from icplib.report.inputs import Inputs
from icplib.report.signs.watch import SIGNS
from icplib.stats.intervals import wilson
from icplib.tables import rows_of
from icplib.tables.step_06 import Universe

KEEP, WATCH, REVISE, MARKET = "keep", "watch", "revise", "market moved"


def fired(table: pd.DataFrame, status: str = "") -> list[str]:
    """Labels of the signs that fired, all or of one status."""
    rows = table[table["is_fired"].fillna(False).astype(bool)]
    return list(rows["label"] if not status else rows.loc[rows["status"] == status, "label"])


def verdict(
    sign_table: pd.DataFrame, questions: pd.DataFrame, changes: pd.DataFrame, inputs: Inputs
) -> tuple[str, list[str]]:
    """(word, every reason in words).

    Revise only where the ICP itself failed: those who fit fell by more than the others, or a line
    changed by more than chance or was contradicted. Market moved: all fell, and that fit fell more
    is not shown. Watch: any other sign, drift, stale personas, an exploratory profile, too wide a
    market or a first report. Else keep.
    """
    revise, market = _failed(questions), _market(sign_table, questions, inputs.least)
    lines = changes[changes["is_material"].astype(bool) & (changes["area"] == "profile")]
    if len(lines):
        told = words.listed(lines["item"])
        revise.append(f"lines of the profile changed by more than chance: {told}")
    watch = _to_watch(sign_table, changes, inputs)
    word = REVISE if revise else MARKET if market else WATCH if watch else KEEP
    reasons = revise + market + watch
    return word, reasons or ["no sign fired and no line changed by more than chance"]


def _failed(questions: pd.DataFrame) -> list[str]:
    """The ICP as a whole, and the lines that failed with it."""
    failed = questions[questions["state"] == "failed"]
    gap = failed[failed["question"] == "separates"]
    if not len(gap):
        return []
    lines = failed.loc[failed["question"] == "line", "side"]
    named = f", most of all {words.listed(lines)}" if len(lines) else ""
    since = gap.iloc[0]["break_quarter"]
    return [f"companies that fit lost more of their win rate than the others since {since}{named}"]


def _market(sign_table: pd.DataFrame, questions: pd.DataFrame, least: int) -> list[str]:
    row = questions[questions["question"] == "market"].iloc[0]
    return [fallen(sign_table, least)] if row["state"] == "on" else []


def _to_watch(sign_table: pd.DataFrame, changes: pd.DataFrame, inputs: Inputs) -> list[str]:
    watch, profile = [], inputs.profile
    if profile is None or not profile.headline:
        watch.append("too little to say: no line of a profile could be established from these data")
    elif profile.status != "profile":
        watch.append(f"the profile is {profile.status}: too few best customers for more")
    on = sign_table[sign_table["is_fired"].fillna(False).astype(bool)]
    for row in rows_of(on[on["status"] == "computed"]):
        if row.sign != "conversion":
            told = lengthened(sign_table) if row.sign == "cycle" else str(row.label).lower()
            watch.append(f"{told}, more than chance since {row.break_quarter}")
    if noted := fired(sign_table, "entered"):
        watch.append(f"people noted {words.listed(label.lower() for label in noted)}")
    flags = changes[changes["is_material"].astype(bool) & (changes["area"] == "red flags")]
    if len(flags):
        watch.append(f"red flags changed by more than chance: {words.listed(flags['item'])}")
    watch += [alarm for alarm in drift_alarms(inputs) if alarm]
    cadence = getattr(inputs["05_personas"], "cadence", "")
    if cadence in ("due", "overdue"):
        watch.append(f"personas are {cadence} for a refresh")
    if inputs.previous is None:
        watch.append("this is the first report, with nothing to compare")
    if universe(inputs).is_too_wide:
        watch.append("the ICP fits too many companies to be a choice")
    return watch


def fallen(sign_table: pd.DataFrame, least: int) -> str:
    """'win rate of all deals fell to 28 % of 86 ... since 2026Q2, from 49 % ... before'."""
    r = sign_table.set_index("sign").loc["conversion"].to_dict()
    now, before = (
        share_of(round(r[side] * r[n]), int(r[n]), least)
        for side, n in (("now", "n_now"), ("before", "n_before"))
    )
    return (
        f"win rate fell to {now} closed deals since {r['break_quarter']}, from {before} in"
        f" {r['window_before']}"
    )


def lengthened(sign_table: pd.DataFrame) -> str:
    """'won deals took 92 days instead of 57 (medians; n = 44 in 2026Q3)'."""
    r = sign_table.set_index("sign").loc["cycle"].to_dict()
    return (
        f"won deals took {words.days(r['now'])} instead of {words.number(round(r['before']))}"
        f" (medians; n = {words.number(int(r['n_now']))} in {r['window']})"
    )


def unknown(sign_table: pd.DataFrame) -> list[str]:
    """Labels of the signs that nobody can tell; the market at large is no sign of its own."""
    rows = sign_table[(sign_table["status"] == "unknown") & (sign_table["sign"] != "market")]
    return [label for label in rows["label"] if label in {s.label for s in SIGNS.values()}]


def drift_alarms(inputs: Inputs) -> tuple[str, str]:
    """The outcome alarm and the input alarm of `04_drift` in words, empty where quiet."""
    drift = inputs["04_drift"]
    alarmed = drift[drift["is_alarm"].fillna(False).astype(bool)]
    has = set(alarmed["watch"])
    return (
        (
            "tier A brought fewer good customers than its build-time rate allows"
            if "outcome" in has
            else ""
        ),
        (
            "the companies coming in differ from those the score was built on"
            if has & {"score", "attribute"}
            else ""
        ),
    )


def universe(inputs: Inputs) -> Universe:
    """How many of all companies on file fit the ICP, and whether it is too many to be a choice."""
    fits, least = inputs.accounts["fits_icp"], inputs.least
    n_fit, n_unknown = int(fits.sum()), int(fits.isna().sum())
    known = len(fits) - n_unknown
    few_unknown = None if is_small(n_unknown, least) else n_unknown
    if not known:
        return Universe(
            n_unknown=few_unknown, sentence="Whether any company on file fits is not known."
        )
    if gives_away(n_fit, known, least):
        return Universe(
            n_unknown=few_unknown,
            sentence=f"Fewer than {least} companies on file fit the ICP, or all but that few do.",
        )
    low, high = (float(x) for x in wilson(n_fit, known))
    limit = inputs.settings.report.universe_warning_share
    wide = n_fit / known > limit
    # All companies are counted elsewhere in the page: where a few cannot be judged, the two counts
    # beside them would tell how many.
    interval = words.between(low, high, "share")
    part = words.share(n_fit / known)
    said = (
        f"Of the companies on file whose fit is known, {part} meet the ICP ({interval}); a few more"
        " cannot be judged. "
        if few_unknown is None
        else (
            f"{words.number(n_fit)} of the {words.number(known)} companies on file whose fit is"
            f" known meet the ICP ({part}; {interval})"
        )
        + (f"; {words.number(few_unknown)} more cannot be judged. " if few_unknown else ". ")
    )
    said += (
        f"More than {words.share(limit)} fit: such an ICP hardly chooses."
        if wide
        else f"Below the warning mark of {words.share(limit)}."
    )
    counts = {} if few_unknown is None else {"n_fit": n_fit, "n_not": known - n_fit}
    return Universe(
        **counts,
        n_unknown=few_unknown,
        share=n_fit / known,
        low=low,
        high=high,
        is_too_wide=wide,
        sentence=said,
    )
