"""Rows that find no company: counted with their money, told, and a stop where they are many."""

from __future__ import annotations

import pandas as pd

from icplib import words
from icplib.exports.alike import clean_name
from icplib.exports.ledger import Ledger
from icplib.exports.rows import quoted
from icplib.gather import joins
from icplib.gather.canon import ROW_DATE
from icplib.gather.desk import Desk
from icplib.gather.staging import Staged
from icplib.problems import UserError

OTHER_NAMES = 0.5  # share of rows whose names differ, beyond which ids mean something else
FEW_LOST = 5  # fewer rows without a company stop nothing
TOLD = 0.005  # share of lost rows from which the page says so
NOBODY = {
    "no_company": "they name no company",
    "no_such_account": "no company of that id or name is known",
}
WHY = {
    "no company": "the row names no company",
    "no such account": "no account and no prospect has that id or name, or several share the name",
    "no date": "the row has no readable date",
    "after the quarter": "not visible on the as-of date",
}


def log_losses(name: str, n, ledger: Ledger) -> None:
    """Rows that are not used, each reason with its count, and the money of unknown companies."""
    orphans, late = int(n["no_such_account"]), int(n["late"])
    lost = (
        (n["no_company"], n.get("nobody_amount")),
        (orphans, n.get("orphan_amount")),
        (n["rows"] - n["seen"] - late, None),
        (late, None),
    )
    for (why, reason), (dropped, amount) in zip(WHY.items(), lost, strict=True):
        ledger.stage(name, why, int(dropped), reason, amount=amount)
    checks = (
        ("rows of no company", "no_company", "nobody_amount", "fill in the company"),
        (
            "rows of unknown companies",
            "no_such_account",
            "orphan_amount",
            "export the missing accounts as well",
        ),
    )
    for check, rows, amount, decide in checks:
        ledger.found(check, name, "account_id", n[rows], _lost(n, rows, amount), decide=decide)
        every = n["rows"] + n["no_company"] + orphans
        if name in joins.AMOUNT and n[rows] >= TOLD * every > 0:
            money = _share_of_money(n, amount)
            ledger.heads.append(
                f"{words.share(n[rows] / every, 1)} of the rows of {name}{money} are left out:"
                f" {NOBODY[rows]}."
            )
    ledger.found(
        "the export is later than the quarter",
        name,
        ROW_DATE[name],
        late,
        "rows after the quarter are left out; what they changed in fields without a date (stage,"
        " amount, size) cannot be undone",
    )


def _lost(n, rows: str, amount: str) -> str:
    """How many rows, and how much of the money, have no company."""
    every = n["rows"] + n["no_company"] + n["no_such_account"]
    return f"left out: {words.k_of_n(n[rows], every)} rows{_share_of_money(n, amount)}"


def _share_of_money(n, amount: str) -> str:
    money = sum(abs(n.get(k, 0.0)) for k in ("amount", "orphan_amount", "nobody_amount"))
    return f" and {words.share(abs(n[amount]) / money, 1)} of the money" if money else ""


def stop_at_losses(desk: Desk, name: str, n, spine) -> None:
    """Rows or money without a company, beyond what the settings allow: a join that failed.

    Deals and invoices stop; other tables stop only where nothing is left.
    """
    lost, every = n["no_company"] + n["no_such_account"], n["rows"]
    every += lost
    gone = abs(n.get("orphan_amount", 0.0)) + abs(n.get("nobody_amount", 0.0))
    money = gone + abs(n.get("amount", 0.0))
    limit = desk.settings.cleaning.max_loss
    many = lost > limit * every and lost >= FEW_LOST
    if not lost or not (
        (name in joins.AMOUNT and (many or gone > limit * money)) or (not n["rows"] and many)
    ):
        return
    s = desk.staged[name]
    headers = [s.mapped.columns[c] for c in ("account_id", "account_name") if c in s.mapped.columns]
    theirs, ours = _ids_of_both_sides(desk, name, spine)
    of_money = f" and {words.share(gone / money)} of the money" if money else ""
    nobody = (
        f", {words.number(n['no_company'])} of them with an empty cell" if n["no_company"] else ""
    )
    beside = (
        f": here {', '.join(map(repr, theirs))}, among the accounts {', '.join(map(repr, ours))}"
        if theirs
        else ""
    )
    grouped = (
        " A report that is grouped by company names it once a group: export the details only."
        if n["no_company"] > n["no_such_account"]
        else ""
    )
    raise UserError(
        f"{words.k_of_n(lost, every)} rows{of_money} find no company{nobody}{beside}",
        file=s.file,
        column=" / ".join(headers) or None,
        remedy=(
            f"Name the column that holds the accounts' ids (sources.{name}.columns.account_id ="
            f' "<header>"), export the missing accounts, or allow the loss: cleaning.max_loss ='
            f" {words.decimal(min(0.99, lost / every + 0.01), 2)}.{grouped}"
        ),
    )


def _ids_of_both_sides(desk: Desk, name: str, spine) -> tuple[list[str], list[str]]:
    """Two ids of a table that no company has, and two of companies, the nearest where one is near."""  # noqa: E501
    known = (
        desk.engine.fetched(spine.select("account_id"))["account_id"].astype("str").sort_values()
    )
    ids = desk.frames[name].select("account_id").unique()
    found = desk.engine.fetched(ids)["account_id"].dropna().astype("str")
    strange = found[~found.isin(known)].sort_values().head(2).tolist()
    near = [m for x in strange if (m := next((k for k in known if x in k or k in x), None))]
    return strange, list(dict.fromkeys([*near, *known.head(2)]))[:2]


def refuse_other_names(desk: Desk, s: Staged, out: pd.DataFrame) -> None:
    """UserError where the ids of a file are companies of other names: of another table."""
    if "account_id" not in s.mapped.columns or s.report.format.startswith("table of"):
        return
    pairs = desk.con.execute(
        f"select account_id as id, account_name as name, count(*) as n from {quoted(s.relation)}"
        " where account_id is not null and account_name is not null group by all order by all"
    ).df()
    names = out.dropna(subset=["clean_name"]).set_index("account_id")["clean_name"]
    pairs = pairs.assign(ours=pairs["id"].astype("str").map(names)).dropna(subset=["ours"])
    other = pairs[pairs["name"].map(clean_name) != pairs["ours"]]
    n, n_all = other["n"].sum(), pairs["n"].sum()
    if n <= max(FEW_LOST, OTHER_NAMES * n_all):
        return
    first = other.iloc[0]
    raise UserError(
        f"{words.k_of_n(n, n_all)} rows name another company than the account of their id, such as"
        f" {first['id']}: {first['name']!r}, among the accounts"
        f" {out.set_index('account_id').loc[first['id'], 'account_name']!r}",
        file=s.file,
        column=s.mapped.columns["account_id"],
        remedy=f"These are ids of another table. Name the column of the accounts' ids, or join by"
        f' name: under [sources.{s.name}.columns] account_id = "".',
    )
