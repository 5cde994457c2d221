"""Who the companies are: accounts and prospects as one list, and the churn list joined to it."""

from __future__ import annotations

import pandas as pd

from icplib import words
from icplib.exports.alike import clean_domain, clean_name
from icplib.exports.ledger import Ledger
from icplib.exports.meanings import is_former
from icplib.gather.desk import Desk
from icplib.gather.ranges import in_range
from icplib.gather.staging import Staged
from icplib.problems import UserError
from icplib.tables.step_01 import VERDICTS

FEW_REPEATS = 5  # up to it repeated rows are told, beyond it a share of them stops
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


def companies(desk: Desk) -> pd.DataFrame:
    """A row per company: ``account_id``, our columns, ``source``, raw attributes as text.

    Rows without any identity, repeated ids and rows created later are dropped, each with its line
    in the attrition; possible duplicates by domain or cleaned name are reported and never merged in
    silence.
    """
    cleaned: list[pd.DataFrame] = []
    for s in desk.of_companies:
        part = in_range(_identified(desk, s), s, desk.cut, desk.settings, desk.ledger)
        cleaned.append(_cleaned(desk, part, s, cleaned[0] if cleaned else None))
    out = pd.concat(cleaned, ignore_index=True) if len(cleaned) > 1 else cleaned[0]
    out = out.sort_values(["source", "account_id"], kind="stable", ignore_index=True)
    out["domain"] = out["domain"].map(clean_domain, na_action="ignore")
    out["clean_name"] = out["account_name"].map(clean_name, na_action="ignore")
    _report_twins(out, desk.ledger)
    return out


def _identified(desk: Desk, s: Staged) -> pd.DataFrame:
    """The staged table with an id in every row that has an identity.

    Its id, else its domain, else its cleaned name.
    """
    table = desk.con.sql(f'select * from "{s.relation}"').df()
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
        desk.ledger.found(
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
    desk: Desk, table: pd.DataFrame, s: Staged, others: pd.DataFrame | None
) -> pd.DataFrame:
    """One row per company of a staged list; ``others`` are the companies that come before it."""
    log, cleaning, source = desk.ledger, desk.settings.cleaning, s.name
    deleted = table["is_deleted"].astype("boolean").fillna(False).astype(bool)
    header = s.mapped.columns.get("is_deleted", "")
    log.stage(source, "deleted", deleted.sum(), f"{header} says so")
    table = table[~deleted]
    none = table["account_id"].isna()
    log.stage(source, "rows without identity", none.sum(), "neither id nor domain nor name")
    table = _once(desk, table[~none], s)
    if others is not None:
        table = _apart(desk, table, s, others)
    left_out = table["account_id"].isin(cleaning.drop_accounts)
    log.stage(source, "dropped by the settings", left_out.sum(), "cleaning.drop_accounts")
    merged = table["account_id"].isin(cleaning.merge_accounts)
    log.stage(
        source,
        "merged by the settings",
        (merged & ~left_out).sum(),
        "cleaning.merge_accounts: their deals and invoices move to the other id",
    )
    table = table[~left_out & ~merged]
    late = table["created_date"] >= pd.Timestamp(desk.cut)
    log.stage(source, "created after the quarter", late.sum(), "not visible on the as-of date")
    return table[~late].reset_index(drop=True)


def _once(desk: Desk, table: pd.DataFrame, s: Staged) -> pd.DataFrame:
    """One row of every id: the fullest, the first by its values among equally full ones.

    Many rows that share an id and say different things of it stop a run.
    """
    again = table["account_id"].duplicated(keep=False)
    if not again.any():
        return table
    texts = table[again].astype("str").fillna("")
    gaps = (texts == "").sum(axis=1)
    by_values = texts.assign(_gaps=gaps).sort_values(["_gaps", *texts.columns], kind="stable")
    extra = by_values.index[by_values["account_id"].duplicated()]
    distinct = texts.drop_duplicates()
    differ = int(distinct["account_id"].duplicated().sum())
    shown = table.loc[extra, "account_id"].drop_duplicates().sort_values().head(2).tolist()
    header = s.mapped.columns.get("account_id", "account_id")
    limit = desk.settings.cleaning.max_repeats * len(table)
    if differ > max(FEW_REPEATS, limit) and desk.settings.sources[s.name].repeated != "once":
        raise UserError(
            f"{words.k_of_n(len(extra), len(table))} rows repeat an id and say other things of it"
            f" (such as {', '.join(shown)})",
            file=s.file,
            column=header,
            remedy=(
                "Export one row a company, name another column as account_id, or write"
                f' sources.{s.name}.repeated = "once": one row of each id counts.'
            ),
        )
    desk.ledger.found(
        "repeated account id", s.name, header, len(extra), "one row of each id counts", shown
    )
    desk.ledger.stage(
        s.name, "repeated ids", len(extra), "an id stands in several rows: one of them counts"
    )
    return table.drop(index=extra)


def _apart(desk: Desk, table: pd.DataFrame, s: Staged, others: pd.DataFrame) -> pd.DataFrame:
    """Prospects that are no accounts by id, unless name or domain say otherwise.

    Ids of two tables are numbered apart: where both differ, the same number is another company, and
    gets an id of its own.
    """
    first = others.set_index("account_id")
    same = table["account_id"].isin(first.index)
    agrees, told = pd.Series(False, table.index), pd.Series(False, table.index)
    for column, cleaned in (("account_name", clean_name), ("domain", clean_domain)):
        ours = table[column].map(cleaned, na_action="ignore")
        theirs = table["account_id"].map(first[column]).map(cleaned, na_action="ignore")
        told |= ours.notna() & theirs.notna()
        agrees |= ours.notna() & (ours == theirs)
    also, another = same & (agrees | ~told), same & ~agrees & told
    desk.ledger.stage(
        s.name, "already among the accounts", also.sum(), "the account's own row counts"
    )
    desk.ledger.found(
        "same number, another company",
        s.name,
        s.mapped.columns.get("account_id", "account_id"),
        another.sum(),
        "ids of two tables are counted apart: neither name nor domain agrees, so these are"
        " companies of their own",
        table.loc[another, "account_id"],
    )
    renamed = f"{s.name} " + table["account_id"]
    return table.assign(account_id=table["account_id"].mask(another, renamed))[~also]


def _report_twins(out: pd.DataFrame, log: Ledger) -> None:
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
    """Cleaned name -> account id, for names that are one company's alone.

    The name of an account is the account's, whatever prospects are called.
    """
    known = out[out["clean_name"].notna() & (out["clean_name"] != "")]
    of_accounts = known["source"] == "accounts"
    apart = known[of_accounts | ~known["clean_name"].isin(known.loc[of_accounts, "clean_name"])]
    unique = apart[~apart["clean_name"].duplicated(keep=False)]
    return dict(zip(unique["clean_name"], unique["account_id"], strict=True))


def match_churn(desk: Desk, out: pd.DataFrame) -> pd.DataFrame:
    """The churn list with ``account_id``.

    Matched by id, then by domain, then by name, letter for letter or cleaned. One row per company,
    the last date.

    Rows without a match and rows after the quarter are dropped and logged; the match rate is a row
    of the quality table.
    """
    s, log = desk.staged["churn"], desk.ledger
    read = desk.con.sql(f'select * from "{s.relation}" order by all').df()
    table = in_range(read, s, desk.cut, desk.settings, log)
    table["account_id"], n = _matched(table, out, desk.settings.cleaning.merge_accounts)
    lost = table["account_id"].isna()
    log.found(
        "churn list matched",
        s.name,
        "",
        len(table),
        f"{(~lost).sum()} of {len(table)} rows matched ({(~lost).mean():.0%}): "
        + ", ".join(f"{k} by {how}" for how, k in n.items()),
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
    table = _those_who_left(desk, table[~lost], s)
    by = ["account_id", "churn_date"]
    table = table.sort_values(by, kind="stable", na_position="first")
    again = table["account_id"].duplicated(keep="last")
    log.stage(s.name, "listed again", again.sum(), "the last date counts")
    table = table[~again]
    late = table["churn_date"] >= pd.Timestamp(desk.cut)
    log.stage(s.name, "after the quarter", late.sum(), "not visible on the as-of date")
    return table.loc[~late, [*by, "churn_reason"]].reset_index(drop=True)


def _those_who_left(desk: Desk, table: pd.DataFrame, s: Staged) -> pd.DataFrame:
    """Rows of companies that have left: by the flag, by the status, else all that have a date.

    Where the file has no dates, or a flag or a status says so, the day may be unknown.
    """
    log, has = desk.ledger, s.mapped.columns
    told = pd.Series(False, table.index)
    flagged = "is_churned" in has and s.mapped.grades.get("status") != "set"
    if flagged:
        told = table["is_churned"].astype("boolean").fillna(False).astype(bool)
    elif "status" in has:
        told = table["status"].astype("str").map(is_former, na_action="ignore").eq(True)
    if told.any() or flagged:
        kept = (~told).sum()
        log.stage(s.name, "not left", kept, "its flag or status says that it is a customer still")
        table = table[told]
    elif "churn_date" in has:
        undated = table["churn_date"].isna()
        log.stage(s.name, "no date", undated.sum(), "the day of the loss is not known")
        table = table[~undated]
    undated = table["churn_date"].isna()
    done = "counted as left, on an unknown day: in shares of those who left, in no time until then"
    names = table.loc[undated, "account_name"].dropna()
    log.found("left on an unknown day", s.name, "churn_date", undated.sum(), done, names)
    return table


def match_verdicts(desk: Desk, out: pd.DataFrame) -> pd.DataFrame:
    """01_verdicts: rows of companies that are known, with a verdict that can be read."""
    if (s := desk.staged.get("verdicts")) is None:
        return VERDICTS.empty()
    table = desk.con.sql(f'select * from "{s.relation}" order by all').df()
    table["account_id"], _ = _matched(table, out, desk.settings.cleaning.merge_accounts)
    said = table["verdict"].str.strip().str.casefold().str[:3]
    verdict = said.map({"acc": "accepted", "yes": "accepted", "ref": "refused", "rej": "refused"})
    late = (table["given_date"] >= pd.Timestamp(desk.cut)).fillna(False)
    for stage, lost, reason in (
        ("no verdict yet", table["verdict"].isna(), "the account was only listed"),
        ("no such account", table["account_id"].isna(), "neither id nor domain nor name is known"),
        ("neither accepted nor refused", verdict.isna(), "write accepted or refused"),
        ("after the quarter", late, "not visible on the as-of date"),
    ):
        lost = lost.reindex(table.index)
        desk.ledger.stage(s.name, stage, int(lost.sum()), reason)
        table = table[~lost]
    return table.assign(verdict=verdict)[VERDICTS.names].reset_index(drop=True)


def _matched(
    table: pd.DataFrame, out: pd.DataFrame, merged: dict[str, str]
) -> tuple[pd.Series, dict[str, int]]:
    """Account ids of the rows of a churn list, and how many were found in which way."""
    only = lambda column: out[out[column].notna() & ~out[column].duplicated(keep=False)]  # noqa: E731
    by = lambda column: dict(zip(only(column)[column], only(column)["account_id"], strict=True))  # noqa: E731
    ids = table["account_id"].astype("str").replace(merged)
    ids = ids.where(ids.isin(out["account_id"]))
    n = {"id": int(ids.notna().sum())}
    ways = (
        ("domain", "domain", clean_domain, by("domain")),
        ("name", "account_name", str, by("account_name")),
        ("name", "account_name", clean_name, name_index(out)),
    )
    for how, column, cleaned, index in ways:
        cells = table[column].astype("str").map(cleaned, na_action="ignore")
        before = ids.notna().sum()
        ids = ids.fillna(cells.map(index).astype("str"))
        n[how] = n.get(how, 0) + int(ids.notna().sum() - before)
    return ids, n
