"""Who the companies are: accounts and prospects as one list with one row each, and the churn list
joined to it.
"""

from __future__ import annotations

import pandas as pd

from icplib.gather.canon import clean_domain, clean_name
from icplib.gather.log import Log
from icplib.gather.ranges import in_range
from icplib.gather.staging import Staged
from icplib.problems import UserError

FREE_MAIL = {
    "gmail.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "gmx.de",
    "web.de",
    "icloud.com",
    "aol.com",
}


def companies(
    con, accounts: Staged, prospects: Staged | None, cut, settings, log: Log
) -> pd.DataFrame:
    """One row per company with a unique ``account_id``, our account columns, ``source``, and the
    raw attribute columns as text.

    ``cut`` is the first day after the quarter. Rows without any identity, repeated ids and rows
    created later are dropped, each with its line in the attrition; possible duplicates by domain or
    cleaned name are reported and never merged in silence.
    """
    parts = [
        in_range(_identified(con, s, log), s, cut, settings, log)
        for s in (accounts, prospects)
        if s is not None
    ]
    for part, s in zip(parts, (accounts, prospects), strict=False):
        if part.empty and s is accounts:
            raise UserError(
                "the file has no rows", file=s.file, remedy="Export the accounts again."
            )
    cleaned = []
    for number, part in enumerate(parts):
        name = part["source"].iloc[0] if len(part) else ("accounts", "prospects")[number]
        cleaned.append(
            _cleaned(
                part, name, cut, settings, log, taken=cleaned[0]["account_id"] if number else None
            )
        )
    out = pd.concat(cleaned, ignore_index=True) if len(cleaned) > 1 else cleaned[0]
    out["domain"] = out["domain"].map(clean_domain, na_action="ignore")
    out["clean_name"] = out["account_name"].map(clean_name, na_action="ignore")
    _report_twins(out, log)
    return out


def _identified(con, s: Staged, log: Log) -> pd.DataFrame:
    """The staged table with an id in every row that has an identity.

    Its id, else its domain, else its cleaned name.
    """
    table = con.sql(f'select * from "{s.relation}" order by _row').df().drop(columns="_row")
    for column in table.columns[
        table.columns.isin(
            (
                "account_id",
                "account_name",
                "domain",
                "owner",
                "account_type",
                "lifecycle",
                "parent_id",
            )
        )
    ]:
        table[column] = table[column].astype("str")
    table["source"] = s.name
    without = table["account_id"].isna()
    if without.any():
        by_name = table["account_name"].map(clean_name, na_action="ignore").astype("str")
        substitute = (
            table["domain"].map(clean_domain, na_action="ignore").astype("str").fillna(by_name)
        )
        prefix = "" if "account_id" not in s.mapped.columns else "no id: "
        table.loc[without, "account_id"] = (prefix + substitute[without]).astype("str")
        done = (
            "identified by domain or cleaned name"
            if "account_id" in s.mapped.columns
            else "the file has no id column: domain or cleaned name serves as id"
        )
        log.found(
            "accounts without id",
            s.name,
            "account_id",
            without.sum(),
            done,
            table.loc[without, "account_name"].dropna(),
            "export the id column",
        )
    return table


def _cleaned(
    table: pd.DataFrame, source: str, cut, settings, log: Log, taken: pd.Series | None
) -> pd.DataFrame:
    none = table["account_id"].isna()
    log.stage(source, "rows without identity", none.sum(), "neither id nor domain nor name")
    table = table[~none]
    again = table["account_id"].duplicated()
    log.found(
        "repeated account id",
        source,
        "account_id",
        again.sum(),
        "the first row counts",
        table.loc[again, "account_id"],
    )
    log.stage(source, "repeated ids", again.sum(), "an id stands in several rows: the first counts")
    table = table[~again]
    if taken is not None:
        also = table["account_id"].isin(taken)
        log.stage(source, "already among the accounts", also.sum(), "the account's own row counts")
        table = table[~also]
    left_out = table["account_id"].isin(settings.cleaning.drop_accounts)
    log.stage(source, "dropped by the settings", left_out.sum(), "cleaning.drop_accounts")
    merged = table["account_id"].isin(settings.cleaning.merge_accounts)
    log.stage(
        source,
        "merged by the settings",
        (merged & ~left_out).sum(),
        "cleaning.merge_accounts: their deals and invoices move to the other id",
    )
    table = table[~left_out & ~merged]
    late = table["created_date"] >= pd.Timestamp(cut)
    log.stage(source, "created after the quarter", late.sum(), "not visible on the as-of date")
    return table[~late].reset_index(drop=True)


def _report_twins(out: pd.DataFrame, log: Log) -> None:
    """Companies that may be one: same domain, or same cleaned name.

    A line each that can be pasted into company.toml.
    """
    for column, check in (("domain", "same domain"), ("clean_name", "same name but for spelling")):
        known = out[out[column].notna() & ~out[column].isin(FREE_MAIL) & (out[column] != "")]
        groups = (
            known[known[column].duplicated(keep=False)]
            .groupby(column, sort=True)["account_id"]
            .agg(list)
        )
        shown = [f"{key}: {', '.join(ids[:3])}" for key, ids in list(groups.items())[:3]]
        merge = ", ".join(f'"{other}" = "{ids[0]}"' for ids in groups.iloc[:3] for other in ids[1:])
        log.found(
            f"possible duplicates: {check}",
            "accounts",
            column if column == "domain" else "account_name",
            sum(len(g) - 1 for g in groups),
            "kept apart",
            shown,
            f"under [cleaning]: merge_accounts = {{ {merge} }}",
        )


def name_index(out: pd.DataFrame) -> dict[str, str]:
    """Cleaned name -> account id, for names that are one company's alone."""
    known = out[out["clean_name"].notna() & (out["clean_name"] != "")]
    unique = known[~known["clean_name"].duplicated(keep=False)]
    return dict(zip(unique["clean_name"], unique["account_id"], strict=True))


def match_churn(con, s: Staged, out: pd.DataFrame, cut, settings, log: Log) -> pd.DataFrame:
    """The churn list with ``account_id``.

    Matched by id, then by domain, then by name, letter for letter or cleaned. One row per company,
    the last date.

    Rows without a match and rows after the quarter are dropped and logged; the match rate is a row
    of the quality table.
    """
    table = in_range(
        con.sql(f'select * from "{s.relation}" order by _row').df(), s, cut, settings, log
    )
    known, domains = (
        set(out["account_id"]),
        out[out["domain"].notna() & ~out["domain"].duplicated(keep=False)],
    )
    by_domain, by_name = (
        dict(zip(domains["domain"], domains["account_id"], strict=True)),
        name_index(out),
    )
    ids = table["account_id"].astype("str").replace(settings.cleaning.merge_accounts)
    ids = ids.where(ids.isin(known))
    n_id = ids.notna().sum()
    ids = ids.fillna(
        table["domain"]
        .astype("str")
        .map(clean_domain, na_action="ignore")
        .map(by_domain)
        .astype("str")
    )
    n_domain = ids.notna().sum() - n_id
    exact = out[out["account_name"].notna() & ~out["account_name"].duplicated(keep=False)]
    ids = ids.fillna(
        table["account_name"]
        .astype("str")
        .map(dict(zip(exact["account_name"], exact["account_id"], strict=True)))
        .astype("str")
    )
    ids = ids.fillna(
        table["account_name"]
        .astype("str")
        .map(clean_name, na_action="ignore")
        .map(by_name)
        .astype("str")
    )
    n_name = ids.notna().sum() - n_id - n_domain
    table["account_id"] = ids
    lost = table["account_id"].isna()
    (
        log.found(
            "churn list matched",
            s.name,
            "",
            len(table),
            f"{(~lost).sum()} of {len(table)} rows matched ({(~lost).mean():.0%}): {n_id} by id,"
            f" {n_domain} by domain, {n_name} by name",
        )
        if len(table)
        else None
    )
    label = table["account_name"].fillna(table["domain"]).fillna("a row without name")
    log.found(
        "churned but unknown",
        s.name,
        "",
        lost.sum(),
        "left out",
        label[lost],
        "add the account, or mend the name in the churn list",
    )
    log.stage(
        s.name,
        "no such account",
        lost.sum(),
        "neither id nor domain nor name is known, or several companies share the name",
    )
    table = table[~lost]
    undated = table["churn_date"].isna()
    log.stage(s.name, "no date", undated.sum(), "the day of the loss is not known")
    table = table[~undated]
    late = table["churn_date"] >= pd.Timestamp(cut)
    log.stage(s.name, "after the quarter", late.sum(), "not visible on the as-of date")
    table = table[~late].sort_values(["account_id", "churn_date"], kind="stable")
    again = table["account_id"].duplicated(keep="last")
    log.stage(s.name, "listed again", again.sum(), "the last date counts")
    return table.loc[~again, ["account_id", "churn_date", "churn_reason"]].reset_index(drop=True)
