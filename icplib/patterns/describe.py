"""The findings of step 2 in sentences, each fed by a table."""

import pandas as pd

from icplib import words
from icplib.conditions import About, support_words
from icplib.icp import Profiles, Provenance
from icplib.patterns.meanings import MEANINGS
from icplib.patterns.search import Search
from icplib.tables import rows_of
from icplib.tables.step_02 import Noise
from icplib.words import listed

FEW = 6
HIGH_Q = 0.10


def describe_best(best: pd.DataFrame, noise: Noise) -> str:
    """Who is best, by what and why.

    Which of the other meanings of best are not known and what they need.
    """
    known, unknown = int(best["value"].notna().sum()), int(best["value"].isna().sum())
    text = (
        f"{noise.n_best} of {known} customers are best: the top {words.share(noise.best_share)} by"
        f" {noise.best_by} ({noise.best_reason})."
    )
    if unknown:
        text += f" {unknown} customers are neither, because their {noise.best_by} is not known yet."
    for by, one in MEANINGS.items():
        if not best[f"value_{by}"].notna().any():
            text += f" Best by {by} needs {one.needs}."
    return text


def describe_tenure(tenure: pd.DataFrame) -> str:
    """Whether the best are simply those who came early, or late."""
    gap = tenure[tenure["what"] == "years longer"].iloc[0]
    if pd.isna(gap["low"]):
        return "Too few customers to say whether the best began earlier than the others."
    between = words.between(gap["low"], gap["high"], "number")
    text = (
        f"In the median the best have been customers {words.number(gap['estimate'])} years longer"
        f" than the others ({between})"
    )
    if gap["low"] <= 0 <= gap["high"]:
        return f"{text}: when they began says nothing about who is best."
    return (
        f"{text}: who is best goes along with when they began, so the search compares only"
        " customers who began at about the same time."
    )


def describe_overlap(overlap: pd.DataFrame) -> str:
    """How far the meanings of best agree, against what chance would make them agree."""
    pairs = overlap[overlap["what"] == "pair"]
    if not len(pairs):
        return "Only one meaning of best is known, so there is nothing to compare it with."
    said = [
        f"{r.n_best} are best by both {listed(r.by)} (chance alone:"
        f" {words.decimal(r.n_expected, 0)})"
        for r in rows_of(pairs)
    ]
    return f"Of {pairs['n'].iloc[0]} customers {listed(said)}."


def describe_cutoff(overlap: pd.DataFrame) -> str:
    """What another share of best would have found."""
    rows = overlap[(overlap["what"] == "cut-off") & overlap["n_found"].notna()]
    if not len(rows):
        return "There are too few best customers to compare cut-offs."
    counts = [f"{r.n_found} at {words.share(r.best_share)}" for r in rows_of(rows)]
    always = set.intersection(*(set(f) for f in rows["found"]))
    return (
        f"Attributes found by cut-off: {listed(counts)}. Found at every cut-off:"
        f" {listed(sorted(always)) or 'none'}."
    )


def describe_noise(noise: Noise) -> str:
    """The noise floor in words, and what could have been seen."""
    return " ".join(noise.sentences)


def describe_patterns(patterns: pd.DataFrame, noise: Noise) -> str:
    """What was found, driver by driver, with counts, lift and interval."""
    if noise.state in ("counts only", "exploratory"):
        return _without_search(patterns, noise)
    found = patterns[patterns["is_found"] & (patterns["direction"] == "up")]
    if not len(found):
        return " ".join(
            ["No attribute separates best customers beyond chance.", *noise.sentences[1:2]]
        )
    drivers = found[found["role"] == "driver"]
    said = [
        f"{r.item} ({r.n_best_with} of {r.n_best_known} best against {r.n_with} of {r.n_known}"
        f" customers; lift {words.ratio(r.lift_shrunken)}, {_number(r.lift_low)} to"
        f" {_number(r.lift_high)}; {r.verdict})"
        for r in rows_of(drivers)
    ]
    beside = found[found["role"] == "follower"]
    followers = [
        f"{r.item} follows {r.follows}" for r in rows_of(beside[beside["follows"].notna()])
    ]
    alone = [r.item for r in rows_of(beside[beside["follows"].isna()])]
    shown = [r.item for r in rows_of(found[found["role"] == "tested"])]
    text = (
        f"{_count(len(drivers), 'driver')} beyond chance (false discovery rate"
        f" {words.share(noise.false_discovery_rate)}): {'; '.join(said)}."
    )
    if followers:
        text += (
            f" {_count(len(followers), 'follower')}, which add too little once their driver is"
            f" known: {'; '.join(followers)}."
        )
    if alone:
        text += (
            " Separate by themselves, but add too little to be told once the drivers are known:"
            f" {'; '.join(alone)}."
        )
    if shown:
        text += f" Found, but too often unknown for a rule: {'; '.join(shown)}."
    return text


def _without_search(patterns: pd.DataFrame, noise: Noise) -> str:
    """Counts: all that so few customers allow."""
    text = f"{noise.n_best} best customers are too few for a search. "
    said = [
        f"{r.item} ({r.n_best_with} of {r.n_best_known})"
        for r in (
            rows_of(
                patterns.sort_values("best_share_with", ascending=False, kind="stable").head(FEW)
            )
        )
    ]
    return (
        f"{text}Most frequent among the best, as counts and not as patterns: {'; '.join(said)}."
        if said
        else text.strip()
    )


def describe_disqualifiers(patterns: pd.DataFrame, noise: Noise) -> str:
    """What the best have less often."""
    if noise.state in ("counts only", "exploratory"):
        return "Too few customers to search for disqualifiers."
    rows = patterns[patterns["role"] == "disqualifier"]
    if not len(rows):
        return "Nothing tells customers who are not best beyond chance."
    said = [
        f"{r.item} ({r.n_best_with} best of {r.n_with}; lift {words.ratio(r.lift_shrunken)},"
        f" {words.decimal(r.lift_low)} to {words.decimal(r.lift_high)}; {r.verdict})"
        for r in rows_of(rows)
    ]
    return (
        f"{_count(len(rows), 'trait')} the best have less often: {'; '.join(said)}. Those that"
        " disqualify are chosen with the profile."
    )


def describe_range(patterns: pd.DataFrame, search: Search, currency: str) -> str:
    """Every found range with the support of both ends."""
    rows = patterns[
        patterns["is_found"] & (patterns["op"] == "between") & (patterns["direction"] == "up")
    ]
    if not len(rows):
        return "No range of a number was found."
    said = []
    for r in rows_of(rows):
        item = next(i for i in search.raised if i.attribute == r.attribute)
        support = support_words(item.condition, About.of(search.row[r.attribute], currency))
        said.append(f"{r.item}" + (f" ({support})" if support else ""))
    return f"{'; '.join(said)}. The ends are as certain as their support says, no more."


def describe_ladder(profiles: Profiles) -> str:
    """The headline rule of the main profile with honest precision, and the sweet spot."""
    main = profiles.main
    headline = next((row for row in main.ladder if row.is_headline), None)
    if headline is None:
        return " ".join(main.refusals) or "There is no rule."
    base = main.provenance.n_best / main.provenance.n_customers
    text = (
        f"Headline: {listed([c.words for c in main.headline])}. {headline.n_accounts} customers"
        f" meet it, {headline.n_best} of them best"
    )
    if headline.precision is not None:
        text += (
            f"; on customers it has not seen it would be right in {words.share(headline.precision)}"
            f" ({words.share(headline.precision_low)} to {words.share(headline.precision_high)};"
            f" base rate {words.share(base)}; {main.provenance.precision_method}), a lift of"
            f" {words.ratio(headline.lift)}, and it covers {words.share(headline.coverage)} of the"
            " best"
        )
    sweet = next((row for row in main.ladder if row.is_sweet_spot), None)
    text += "."
    if sweet and sweet.n_conditions > headline.n_conditions:
        honest = (
            f", honest precision {words.share(sweet.precision)} ({words.share(sweet.precision_low)}"
            f" to {words.share(sweet.precision_high)})"
            if sweet.precision is not None
            else ""
        )
        text += (
            f" Sweet spot: the first {sweet.n_conditions} conditions, {sweet.n_accounts}"
            f" customers{honest}."
        )
    if main.k_of_m and main.k_of_m.n_accounts > headline.n_accounts:
        k = main.k_of_m
        text += (
            f" Looser: at least {k.k} of {k.m} conditions, {k.n_accounts} customers, {k.n_best}"
            f" best ({words.share(k.coverage)} of the best)."
        )
    by_chance = [_by_chance(main.provenance)] if main.provenance.rule_by_chance else []
    return " ".join([text, *by_chance, *main.warnings, *main.refusals])


def _by_chance(origin: Provenance) -> str:
    """How often a company of this size without any pattern gets a rule all the same."""
    often = words.number(100 * (origin.rule_by_chance or 0))
    return (
        "Of 100 companies of about this size in which nothing is true,"
        f" about {often} get a rule all the same, and it claims"
        f" {words.ratio(origin.lift_by_chance)} the base rate, by selection alone."
    )


def describe_profiles(profiles: Profiles) -> str:
    """How many profiles, and what the further ones say."""
    if len(profiles.profiles) == 1:
        return "One profile: no other segment holds up outside it with enough customers of its own."
    said = [
        f"{p.name}: {listed([c.words for c in p.headline]) or 'no rule'}" for p in profiles.profiles
    ]
    return f"{len(said)} profiles. {'. '.join(said)}."


def describe_attributes(attributes: pd.DataFrame) -> str:
    """What was searched, what was not and why; where being unknown has a lift of its own."""
    searched = attributes[attributes["outcome"] != "not searched"]
    text = f"{len(searched)} of {len(attributes)} attributes were searched."
    if not len(searched):
        return f"None of the {len(attributes)} attributes was searched."
    kept = attributes[attributes["outcome"] == "not searched"]
    if len(kept):
        text += (
            " Not searched:"
            f" {'; '.join(f'{r.label} ({r.reason})' for r in rows_of(kept.head(FEW)))}{'; ...' if len(kept) > FEW else ''}."  # noqa: E501
        )
    telling = attributes[attributes["unknown_q"] <= HIGH_Q]
    for r in rows_of(telling):
        text += (
            f" Warning: whether {r.label} is known tells by itself (unknown:"
            f" {words.ratio(r.unknown_lift)} the share of best)."
        )
    return text


def describe_leaks(attributes: pd.DataFrame) -> str:
    """The leak screen."""
    red, amber = (attributes[attributes["leak"] == colour] for colour in ("red", "amber"))
    if not len(red) and not len(amber):
        return (
            "No attribute alone ranks the best suspiciously well (95 % lower bound of its AUC above"
            " .70)."
        )
    said = [
        f"{r.label} (AUC {words.coefficient(r.leak_auc)}, at least {words.coefficient(r.leak_low)};"
        f" {r.leak})"
        for r in rows_of(pd.concat([red, amber]))
    ]
    return (
        f"Too good to be known beforehand? {'; '.join(said)}. Red ones are kept out until the"
        " settings let them in."
    )


def describe_sheet(sheet: pd.DataFrame) -> str:
    """The sheet as a table in markdown."""
    rows = [
        f"| {r.name} | {r.statement.replace('|', '/')} | {r.verdict} |"
        for r in rows_of(sheet.astype(object).where(sheet.notna(), ""))
    ]
    return "\n".join(["| about | what the data say | verdict |", "|---|---|---|", *rows])


def _number(x: float | None) -> str:
    return "no limit" if x is None or x != x or x == float("inf") else words.decimal(x)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
