"""Signs that it is time to refresh, the size of the market that is left, and the one recommendation
that follows.

Six signs: two are computed from deals (falling win rate, longer cycles), one from interviews
(objections nobody had raised before), three are entered by people as dated notes (competitor,
regulation, technology). A sign that cannot be computed and that nobody entered is *unknown*, never
green. Market shifts that people noted stand beside the six.

The two computed ones hold this quarter against the four before it and fire at one-sided 1 %, the
level at which statistics.md, section 5, keeps false alarms below 5 % over eight quarters; fewer
than 30 cases in the quarter are pooled with the quarter before.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from icplib.report.blocks import days, plural, quantity, sentence_list, share
from icplib.report.inputs import ENOUGH, Inputs, Windows, latest, quarter_number, window_words
from icplib.report.measures import moved_words
from icplib.report.privacy import count, gives_away, is_small, share_of, with_partner
from icplib.stats import centres
from icplib.stats.intervals import difference, wilson
from icplib.tables.step_06 import Universe

LEVEL = 0.01
SIX = {
    "conversion": "Falling win rate",
    "cycle": "Longer sales cycles",
    "objections": "New objections",
    "competitor": "Competitor moves",
    "regulation": "New rules",
    "technology": "New technology",
}
NOTED = ("competitor", "regulation", "technology", "market")
NOTE_WORDS = {
    "competitor": "competitor moves",
    "regulation": "new rules",
    "technology": "new technology",
    "market": "shifts of the market",
}


def refresh_signs(inputs: Inputs) -> pd.DataFrame:
    """`06_signs`: the six, and market shifts as a seventh row."""
    rows = [
        _conversion(inputs),
        _cycle(inputs),
        _objections(inputs),
        *[_noted(kind, inputs) for kind in NOTED],
    ]
    columns = (
        "sign",
        "label",
        "status",
        "is_fired",
        "unit",
        "window",
        "window_before",
        "now",
        "before",
        "difference",
        "low",
        "high",
        "p",
        "n_now",
        "n_before",
        "latest_date",
        "sentence",
    )
    table = pd.DataFrame(rows, columns=columns)
    table["label"] = table["sign"].map({**SIX, "market": "Market at large"})
    table["is_fired"] = table["is_fired"].astype("boolean")
    return table


def fired(table: pd.DataFrame, status: str = "") -> list[str]:
    """Labels of the signs that fired, all or of one status."""
    rows = table[table["is_fired"].fillna(False).astype(bool)]
    return list(rows["label"] if not status else rows.loc[rows["status"] == status, "label"])


def _conversion(inputs: Inputs) -> dict:
    deals, least = inputs.deals, inputs.least
    windows = latest(deals["quarter"], inputs.now)
    won = deals["is_won"].fillna(False).astype(bool)
    k, n, k0, n0 = (
        int(x)
        for x in (
            (won & windows.now).sum(),
            windows.now.sum(),
            (won & windows.before).sum(),
            windows.before.sum(),
        )
    )
    if n < ENOUGH or n0 < ENOUGH:
        return _too_few("closed deals", n, n0, windows, least)
    gap, low, high = (float(x) for x in difference(k, n, k0, n0))
    p = centres.fall_p(k, n, k0, n0)
    is_fired = p <= LEVEL
    could = centres.visible_fall(k0 / n0, n, n0, LEVEL)
    text = (
        f"{share_of(k, n, least)} closed deals were won in {windows.now_words},"
        f" {share_of(k0, n0, least)} in {windows.before_words}"
    )
    text += (
        "."
        if gives_away(k, n, least) or gives_away(k0, n0, least)
        else f": {_points(gap)} ({_points(low)} to {_points(high)})."
    )
    text += (
        " A fall beyond chance."
        if is_fired
        else " No fall beyond chance; "
        + (
            f"a fall of {could * 100:.0f} points would have been seen."
            if could
            else "no fall could have been seen with so few deals."
        )
    )
    return {
        "sign": "conversion",
        "status": "computed",
        "is_fired": is_fired,
        "unit": "share",
        "window": windows.now_words,
        "window_before": windows.before_words,
        "now": k / n,
        "before": k0 / n0,
        "difference": gap,
        "low": low,
        "high": high,
        "p": p,
        "n_now": n,
        "n_before": n0,
        "sentence": text,
    }


def _cycle(inputs: Inputs) -> dict:
    won = inputs.deals[
        inputs.deals["is_won"].fillna(False).astype(bool) & inputs.deals["cycle_days"].notna()
    ]
    windows = latest(won["quarter"], inputs.now)
    now, before = won.loc[windows.now, "cycle_days"], won.loc[windows.before, "cycle_days"]
    if len(now) < ENOUGH or len(before) < ENOUGH:
        return _too_few("won deals", len(now), len(before), windows, inputs.least)
    gap, p = centres.shift(now, before), centres.rise_p(now, before)
    is_fired = p <= LEVEL
    text = (
        f"Won deals took {days(now.median())} (median of {len(now):,}) in {windows.now_words},"
        f" {days(before.median())} (of {len(before):,}) in {windows.before_words}: {gap.value:+.0f}"
        f" days ({gap.low:+.0f} to {gap.high:+.0f}). "
        + ("Longer beyond chance." if is_fired else "Not longer beyond chance.")
    )
    return {
        "sign": "cycle",
        "status": "computed",
        "is_fired": is_fired,
        "unit": "days",
        "window": windows.now_words,
        "window_before": windows.before_words,
        "now": float(now.median()),
        "before": float(before.median()),
        "difference": gap.value,
        "low": gap.low,
        "high": gap.high,
        "p": p,
        "n_now": len(now),
        "n_before": len(before),
        "sentence": text,
    }


def _too_few(what: str, n: int, n0: int, windows: Windows, least: int) -> dict:
    text = (
        f"Too few {what} to tell: {count(n, least)} in {windows.now_words}, {count(n0, least)} in"
        f" {windows.before_words}; {ENOUGH} are needed in each."
    )
    return _unknown("conversion" if what == "closed deals" else "cycle", text, n, n0)


def _objections(inputs: Inputs) -> dict:
    """Codes of objections that no interview before this quarter holds, by the date of the
    interview.
    """
    interviews, codings, codebook = (
        inputs["05_interviews"],
        inputs["05_codings"],
        inputs["05_codebook"],
    )
    when = (
        quarter_number(interviews["interview_date"])
        if len(interviews)
        else pd.Series(dtype="Int64")
    )
    recent = set(interviews.loc[(when == inputs.now).fillna(False).astype(bool), "interview_id"])
    earlier = set(interviews.loc[(when < inputs.now).fillna(False).astype(bool), "interview_id"])
    if not recent or not earlier:
        why = (
            "No interview was held this quarter" if not recent else "These are the first interviews"
        )
        return _unknown(
            "objections",
            f"{why}, so nobody can say whether objections are new.",
            len(recent),
            len(earlier),
        )
    objections = codebook[codebook["family"] == "fear_objection"].set_index("code_id")["label"]
    said = codings[codings["code_id"].isin(objections.index)]
    new = sorted(
        set(said.loc[said["interview_id"].isin(recent), "code_id"])
        - set(said.loc[said["interview_id"].isin(earlier), "code_id"])
    )
    text = f"{plural(len(recent), 'interview')} this quarter, {len(earlier):,} before. "
    text += (
        f"Not heard before: {sentence_list(objections[code] for code in new)}."
        if new
        else "No objection that had not been heard before."
    )
    return {
        "sign": "objections",
        "status": "computed",
        "is_fired": bool(new),
        "unit": "count",
        "now": float(len(new)),
        "before": 0.0,
        "n_now": len(recent),
        "n_before": len(earlier),
        "sentence": text,
    }


def _noted(kind: str, inputs: Inputs) -> dict:
    """Notes that people entered; without any, unknown.

    Nobody looked is not the same as nothing happened.
    """
    notes = inputs["01_market_notes"]
    notes = notes[notes["kind"] == kind]
    numbers = quarter_number(notes["date"]) if len(notes) else pd.Series(dtype="Int64")
    here = int((numbers == inputs.now).sum())
    if not len(notes):
        return _unknown(
            kind,
            f"Nobody has entered a note on {NOTE_WORDS[kind]}; that is not the same as nothing"
            " having happened.",
        )
    newest = notes["date"].max()
    text = (
        f"{plural(here, 'dated note')} on {NOTE_WORDS[kind]} entered for this quarter, newest of"
        f" {newest.date()}."
        if here
        else f"No note on {NOTE_WORDS[kind]} this quarter; the newest is of {newest.date()}."
    )
    # The market at large is no sign of the six: its notes are for people to weigh.
    return {
        "sign": kind,
        "status": "entered",
        "is_fired": pd.NA if kind == "market" else here > 0,
        "unit": "count",
        "now": float(here),
        "before": float(len(notes) - here),
        "n_now": here,
        "n_before": len(notes) - here,
        "latest_date": newest,
        "sentence": text,
    }


def _unknown(sign: str, text: str, n_now: int | None = None, n_before: int | None = None) -> dict:
    return {
        "sign": sign,
        "status": "unknown",
        "is_fired": pd.NA,
        "n_now": n_now,
        "n_before": n_before,
        "sentence": text,
    }


def _points(value: float) -> str:
    return f"{value * 100:+.0f} points"


def universe(inputs: Inputs) -> Universe:
    """How many of all companies on file fit the ICP, with the warning of the settings when it is
    too many to be a choice.
    """
    fits, least = inputs.accounts["fits_icp"], inputs.least
    n_fit, n_unknown = int(fits.sum()), int(fits.isna().sum())
    known = len(fits) - n_unknown
    unknown = None if is_small(n_unknown, least) else n_unknown
    if not known:
        return Universe(
            n_unknown=unknown, sentence="Whether any company on file fits is not known."
        )
    if gives_away(n_fit, known, least):
        return Universe(
            n_unknown=unknown,
            sentence=f"Fewer than {least} companies on file fit the ICP, or all but that few do.",
        )
    low, high = (float(x) for x in wilson(n_fit, known))
    limit = inputs.settings.report.universe_warning_share
    wide = n_fit / known > limit
    # All companies are counted elsewhere in the page: where a few cannot be judged, the two counts
    # beside them would tell how many.
    said = (
        f"Of the companies on file whose fit is known, {share(n_fit / known)} meet the ICP"
        f" ({share(low)} to {share(high)}); a few more cannot be judged. "
        if unknown is None
        else (
            f"{n_fit:,} of the {known:,} companies on file whose fit is known meet the ICP"
            f" ({share(n_fit / known)}; {share(low)} to {share(high)})"
        )
        + (f"; {unknown:,} more cannot be judged. " if unknown else ". ")
    )
    said += (
        f"More than {share(limit)} fit: such an ICP hardly chooses."
        if wide
        else f"Below the warning mark of {share(limit)}."
    )
    counts = {} if unknown is None else {"n_fit": n_fit, "n_not": known - n_fit}
    return Universe(
        **counts,
        n_unknown=unknown,
        share=n_fit / known,
        low=low,
        high=high,
        is_too_wide=wide,
        sentence=said,
    )


def recommend(
    sign_table: pd.DataFrame, changes: pd.DataFrame, inputs: Inputs
) -> tuple[str, list[str]]:
    """(keep, watch or revise; every reason in words).

    Revise: no criterion stands; a line of the profile changed by more than chance; tier A fell
    short of its build-time rate (the outcome alarm); or both computed signs fired. Watch: no
    earlier report, a profile that is only exploratory, one sign or input drift, stale personas, or
    a market that fits too widely. Else keep.
    """
    revise, watch = [], []
    profile = inputs.profile
    if profile is None or not profile.headline:
        watch.append("too little to say: no line of a profile could be established from these data")
    elif profile.status != "profile":
        watch.append(f"the profile is {profile.status}: too few best customers for more")
    material = changes[changes["is_material"].astype(bool)]
    for area, words in (("profile", "lines of the profile"), ("red flags", "red flags")):
        rows = material[material["area"] == area]
        if len(rows):
            revise.append(f"{words} changed by more than chance: {sentence_list(rows['item'])}")
    computed, others = fired(sign_table, "computed"), fired(sign_table, "entered")
    hard = [label for label in computed if label in (SIX["conversion"], SIX["cycle"])]
    if len(hard) == 2:
        revise.append(
            f"{fallen(sign_table, inputs.least)}, and {lengthened(sign_table)}, both beyond chance"
        )
    told = {SIX["conversion"]: fallen, SIX["cycle"]: lambda table, _: lengthened(table)}
    watch += [
        (
            f"{told[label](sign_table, inputs.least)}, more than chance"
            if label in told
            else f"a refresh sign fired: {label.lower()}"
        )
        for label in (computed if len(hard) < 2 else [c for c in computed if c not in hard])
    ]
    if others:
        watch.append(f"people noted {sentence_list(label.lower() for label in others)}")
    outcome, drifted = drift_alarms(inputs)
    revise += [outcome] if outcome else []
    watch += [drifted] if drifted else []
    cadence = getattr(inputs["05_personas"], "cadence", "")
    if cadence in ("due", "overdue"):
        watch.append(f"personas are {cadence} for a refresh")
    if inputs.previous is None:
        watch.append("this is the first report, with nothing to compare")
    if universe(inputs).is_too_wide:
        watch.append("the ICP fits too many companies to be a choice")
    word = "revise" if revise else "watch" if watch else "keep"
    return word, revise + watch or ["no sign fired and no line changed by more than chance"]


def fallen(sign_table: pd.DataFrame, least: int) -> str:
    """'win rate fell to 28 % of 86 closed deals in 2026Q3, from 49 % of 394 in the four quarters
    before': the sign's own numbers and window.
    """
    r = sign_table.set_index("sign").loc["conversion"]
    now, before = (
        share_of(round(r[side] * r[n]), int(r[n]), least)
        for side, n in (("now", "n_now"), ("before", "n_before"))
    )
    return (
        f"win rate fell to {now} closed deals in {r['window']}, from {before} in the four quarters"
        " before"
    )


def lengthened(sign_table: pd.DataFrame) -> str:
    """'won deals took 92 days instead of 57 (medians; n = 44 in 2026Q3)'."""
    r = sign_table.set_index("sign").loc["cycle"]
    return (
        f"won deals took {days(r['now'])} instead of {r['before']:.0f} (medians; n ="
        f" {int(r['n_now']):,} in {r['window']})"
    )


def lately(sign_table: pd.DataFrame, sign: str, least: int) -> str:
    """The computed sign as a tile says it.

    'All deals: 28 % in 2026Q3 (n = 86), 49 % in 2025Q3 to 2026Q2 (n = 394). Down 21 points, more
    than chance.'
    """
    r = sign_table.set_index("sign").loc[sign]
    if r["status"] != "computed":
        return ""
    if sign == "conversion" and any(
        gives_away(round(r[side] * r[n]), r[n], least)
        for side, n in (("now", "n_now"), ("before", "n_before"))
    ):
        return ""
    now, before = (
        f"{quantity(r[side], r['unit'])} in {r[window]} (n = {int(r[n]):,})"
        for side, window, n in (("now", "window", "n_now"), ("before", "window_before", "n_before"))
    )
    if sign == "conversion":
        return (
            f"All closed deals: {now}, {before}."
            f" {moved_words(r['difference'], r['low'], r['high'], r['unit'])}."
        )
    # The shift of two medians is not their difference, so only its direction is told here.
    moved = "Longer" if r["difference"] > 0 else "Shorter"
    return (
        f"All won deals: {now}, {before}. {moved if round(r['difference']) else 'Unchanged'},"
        f" {'within' if r['low'] <= 0 <= r['high'] else 'more than'} chance."
    )


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


def trend(inputs: Inputs, n_quarters: int = 8) -> pd.DataFrame:
    """Win rate and median cycle of each recent quarter with intervals, for the picture and its
    table; small counts are unknown in it.

    `n` and `n_won` are words ('86', '<5'), since they stand in the picture as they are.
    """
    rows = []
    for number in range(inputs.now - n_quarters + 1, inputs.now + 1):
        deals = inputs.deals[(inputs.deals["quarter"] == number).fillna(False).astype(bool)]
        won = deals["is_won"].fillna(False).astype(bool)
        cycle = centres.median(deals.loc[won, "cycle_days"])
        k, n = int(won.sum()), len(deals)
        low, high = (float(x) for x in wilson(k, n)) if n else (np.nan, np.nan)
        rows.append(
            {
                "quarter": window_words(number, number),
                "k": k,
                "n": n,
                "win_rate": k / n if n else np.nan,
                "win_low": low,
                "win_high": high,
                "n_won": cycle.n,
                "cycle_days": cycle.value,
                "cycle_low": cycle.low,
                "cycle_high": cycle.high,
            }
        )
    table = pd.DataFrame(rows)
    table = table[table["n"].cumsum() > 0].reset_index(drop=True)
    return _without_small(table, inputs.least)


def _without_small(table: pd.DataFrame, least: int) -> pd.DataFrame:
    """The trend as it may be shown.

    The signs print sums over quarters, so a hidden quarter takes the next smallest along.
    """
    rates = pd.Series(
        [gives_away(k, n, least) for k, n in zip(table["k"], table["n"], strict=True)],
        index=table.index,
        dtype=bool,
    )
    rates, wins = (
        with_partner(rates, table["n"]),
        with_partner(table["n_won"].map(lambda n: is_small(n, least)).astype(bool), table["n_won"]),
    )
    few = with_partner(table["n"].map(lambda n: is_small(n, least)).astype(bool), table["n"])
    values = table.assign(
        n=["not shown" if f else f"{n:,}" for n, f in zip(table["n"], few, strict=True)],
        n_won=[
            "not shown" if f else f"{n:,}"
            for n, f in zip(table["n_won"], wins | rates, strict=True)
        ],
    )
    values.loc[rates | few, ["win_rate", "win_low", "win_high"]] = np.nan
    values.loc[wins | rates, ["cycle_days", "cycle_low", "cycle_high"]] = np.nan
    return values.drop(columns="k")


def describe_trend(rows: pd.DataFrame, value: str, name: str) -> str:
    """First against last quarter of the picture, as its alt text."""
    known = rows[rows[value].notna()]
    if not len(known):
        return f"{name}: no closed deals."
    first, last = known.iloc[0], known.iloc[-1]
    say = share if value == "win_rate" else days
    return (
        f"{name}: {say(last[value])} in {last['quarter']}, {say(first[value])} in"
        f" {first['quarter']}, highest {say(known[value].max())}, lowest {say(known[value].min())}."
    )
