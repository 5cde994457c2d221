"""A small company written by hand, for step 1."""

import textwrap

from icplib.workbook import Workbook

SMALL = {
    "accounts.csv": (
        """
        account_id,account_name,domain,industry,n_employees,Cloud tools,Health Score,Contact e-mail,account_type
        001,Acme Inc.,acme.com,Retail,10-50,AWS;GCP,9,a@acme.com,customer
        002,Beta GmbH,www.beta.de,retail,120,AWS,4,b@beta.de,customer
        003,Gamma Ltd,https://gamma.io/x,Bank,"1,200",AWS;GCP,7,c@gamma.io,customer
        003,Gamma Ltd,gamma.io,Bank,1200,GCP,7,,customer
        004,Acme,acme.com,Retail,40,GCP,,,customer
        005,Delta,delta.com,Bank,unknown,,,,prospect
    """  # noqa: E501
    ),
    "invoices.csv": (
        """
        account_id,invoice_date,revenue_amount,cost_amount
        001,2025-01-10,"$1,000.00",400
        001,2026-06-01,500,100
        002,2025-03-01,200,
        003,2026-09-30,50,10
        003,2026-10-01,9999,1
        777,2025-01-01,300,5
        ,2025-01-01,1,1
        002,,80,
    """
    ),
    "churn.csv": (
        """
        account_name,churn_date,churn_reason
        BETA,2026-02-01,price
        Nobody AG,2025-02-01,price
        delta,2025-02-01,price
    """
    ),
}


TOML = (
    'name = "small"\n[sources]\naccounts = "accounts.csv"\ninvoices = "invoices.csv"\nchurn ='
    ' "churn.csv"\n'
)


def with_losses(toml):
    """Settings under which a row of a handful may be lost without a stop."""
    if "max_loss" in toml:
        return toml
    if "[cleaning]\n" in toml:
        return toml.replace("[cleaning]\n", "[cleaning]\nmax_loss = 0.9\n")
    return f"cleaning.max_loss = 0.9\n{toml}"


def company(tmp_path, monkeypatch, files=SMALL, toml=TOML, quarter="2026Q3"):
    folder = tmp_path / "small" / "raw" / quarter
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).write_text(textwrap.dedent(text).lstrip())
    (tmp_path / "small" / "company.toml").write_text(with_losses(toml))
    monkeypatch.setenv("ICP_DATA", str(tmp_path))
    return Workbook("small", quarter)


def quality(found, check):
    rows = found.quality[found.quality["check"] == check]
    assert len(rows) == 1, found.quality["check"].tolist()
    return rows.iloc[0]
