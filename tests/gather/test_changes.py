"""What a quarter's files lack or bring beside those of the quarter before is told, and counted."""

import shutil

from gather_company import SMALL, TOML, company
from icplib.gather import gather, look
from icplib.gather.changes import FEWER
from icplib.workbook import Workbook

DEALS = "deal_id,account_id,created_date,close_date,stage,deal_amount\n"
FIRST = DEALS + "".join(
    f"D{i},00{1 + i % 4},2026-01-10,2026-03-20,{'Won' if i % 2 else 'Lost'},{100 + i}\n"
    for i in range(12)
)
TOGETHER = TOML + 'deals = "deals.csv"\n'


def test_fewer_rows_columns_gone_and_new_words_are_told(tmp_path, monkeypatch):
    files = SMALL | {"deals.csv": FIRST}
    before = company(tmp_path, monkeypatch, files, TOGETHER, "2026Q2")
    found = gather(before)
    for name in ("accounts", "sources", "columns", "readings"):
        before.write(f"01_{name}", getattr(found, name))
    lost = (
        "12.5\u00a0% of the rows of invoices and 15.0\u00a0% of the money are left out: no company"
    )
    heads = look(before).heads
    assert heads[1].startswith(lost) and not any("2026Q" in head for head in heads)
    now = before.raw.with_name("2026Q3")
    shutil.copytree(before.raw, now)
    fewer = "\n".join(FIRST.splitlines()[:5]).replace("Won", "Sold")
    (now / "deals.csv").write_text(fewer + "\n")
    accounts = SMALL["accounts.csv"].replace("Health Score", "Score of health")
    (now / "accounts.csv").write_text("\n".join(x.strip() for x in accounts.strip().splitlines()))
    told = look(Workbook("small", "2026Q3"))
    assert not told.problems
    notices = "\n".join(told.notices)
    assert "fewer rows than last quarter, 8" in notices and FEWER < 8 / 12
    assert "columns gone since last quarter, 1 in Health Score" in notices
    assert (
        "new words since last quarter, 2 in stage" in notices and "'Sold' is read as won" in notices
    )
    assert [head for head in told.heads if "2026Q2" in head] == [
        "The accounts lack 1 column that they had in 2026Q2.",
        "The deals have 67\u00a0% fewer rows than in 2026Q2.",
        "The deals use 1 word for a stage, status, type or currency that they did not use in"
        " 2026Q2.",
    ]
