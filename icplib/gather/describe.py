"""The tables of step 1 in sentences."""

from __future__ import annotations

import pandas as pd


def describe_sources(sources: pd.DataFrame) -> str:
    """What came in, what is absent, and how well the headers are known."""
    read = sources[sources["n_columns"].notna()]
    absent = sources[sources["needs"].fillna("").str.startswith("not given")]
    unverified = read.loc[read["evidence"] == "?", "source"]
    text = (
        f"{len(read)} sources were read: {int(read['n_rows'].sum()):,} lines, of which"
        f" {int(read['n_kept'].sum()):,} rows are used. "
    )
    if len(absent):
        text += (
            "Absent: "
            + "; ".join(
                f"{s} ({n.removeprefix('not given; with it: ')})"
                for s, n in zip(absent["source"], absent["needs"], strict=True)
            )
            + ". "
        )
    if len(unverified):
        text += (
            f"In {', '.join(unverified)} some headers are recognised from memory only (grade ?):"
            " see the list of columns."
        )
    return text.strip()


def describe_losses(attrition: pd.DataFrame) -> str:
    """Where most rows were lost. The sums add up by construction, and a test holds that."""
    first, last = (
        attrition.groupby("source", sort=False)["n_in"].first(),
        attrition.groupby("source", sort=False)["n_out"].last(),
    )
    lost = attrition[attrition["n_dropped"] > 0].sort_values("n_dropped", ascending=False)
    if lost.empty:
        return f"All {int(first.sum()):,} rows are used."
    worst = "; ".join(
        f"{r.n_dropped:,} of {r.source} ({r.reason})" for r in lost.head(3).itertuples()
    )
    return f"Of {int(first.sum()):,} lines {int(last.sum()):,} remain; most were lost as {worst}."


def describe_quality(quality: pd.DataFrame) -> str:
    """How many findings, and which touch most rows."""
    if quality.empty:
        return "Nothing was found wrong."
    open_ones = quality["decide_in_settings"].notna().sum()
    top = "; ".join(
        f"{r.check} in {r.source} ({r.n:,})"
        for r in quality.sort_values("n", ascending=False).head(3).itertuples()
    )
    return (
        f"{len(quality)} findings, {open_ones} of which the analyst may decide otherwise in"
        f" company.toml. Largest: {top}."
    )


def describe_churn_match(quality: pd.DataFrame) -> str:
    """The match rate of the churn list, or how churn is known otherwise."""
    for check in ("churn list matched", "churn by silence", "churn not recorded"):
        found = quality[quality["check"] == check]
        if len(found):
            row = found.iloc[0]
            return (
                f"Churn list: {row['done']}."
                if check == "churn list matched"
                else f"{int(row['n'])} customers: {row['done']}."
            )
    return "Churn: the account table says so itself."


def describe_attributes(attributes: pd.DataFrame) -> str:
    """How many attributes of which kind, and how complete they are."""
    use = attributes[attributes["use"] == "pattern"]
    if use.empty:
        return "No attribute may become a pattern: see the reasons below."
    gaps = use[use["known_share"] < 0.7].sort_values("known_share")
    text = (
        f"{len(attributes)} attributes describe the companies; {len(use)} may become patterns. Half"
        f" of them are known for at least {use['known_share'].median():.0%} of the companies."
    )
    if len(gaps):
        text += (
            " Incomplete: "
            + ", ".join(f"{r.label} ({r.known_share:.0%})" for r in gaps.head(5).itertuples())
            + "."
        )
    return text


def describe_leakage(attributes: pd.DataFrame, columns: pd.DataFrame) -> str:
    """What is kept out and why, and what became of personal data."""
    out = attributes[attributes["use"] == "kept_out"]
    reasons = out.groupby("reason")["label"].agg(list).sort_values(key=lambda s: -s.str.len())
    text = f"{len(out)} attributes are kept out of the patterns"
    text += (
        ": "
        + "; ".join(
            f"{', '.join(names[:4])}{' ...' if len(names) > 4 else ''} ({reason})"
            for reason, names in reasons.head(4).items()
        )
        + "."
        if len(out)
        else "."
    )
    n_dropped, n_hashed = (
        (columns["privacy"] == "dropped").sum(),
        (columns["privacy"] == "hashed").sum(),
    )
    return text + f" Personal data: {n_dropped} columns dropped, {n_hashed} kept as pseudonyms."


def describe_readiness(readiness: pd.DataFrame) -> str:
    """Whether the data can carry what follows."""
    short = readiness[~readiness["is_enough"].astype(bool)]
    if short.empty:
        return "The data can carry every step."
    return (
        "Not enough for everything: "
        + "; ".join(
            f"{r.needs} ({r.n_have} of {r.n_need}, step {r.step})" for r in short.itertuples()
        )
        + "."
    )


def describe_companies(accounts: pd.DataFrame, currency: str) -> str:
    """Who the companies are, and what the customers brought."""
    customers = accounts[accounts["is_customer"].astype(bool)]
    if customers.empty:
        return f"{len(accounts):,} companies, none of which has bought yet."
    text = (
        f"{len(accounts):,} companies: {len(customers):,} customers, of whom"
        f" {int(customers['is_churned'].sum()):,} have left, and {len(accounts) - len(customers):,}"
        " prospects. "
    )
    text += f"Customers brought {customers['revenue_amount'].sum() / 1e6:,.1f} M {currency}"
    profit = customers["profit_amount"]
    return text + (
        f", of which {profit.sum() / 1e6:,.1f} M profit."
        if profit.notna().any()
        else "; no cost is known, so nothing can be said about profit."
    )
