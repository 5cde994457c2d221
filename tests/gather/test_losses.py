"""Ids of another table are found out by the names beside them."""

import pytest

from gather_company import company
from icplib.gather import look
from icplib.gather.losses import OTHER_NAMES

NAMES = ["Abrelund", "Bostwega", "Carrunto", "Delvisk", "Emmarotz", "Fenquilo", "Gorvatne"]
TOML = 'name = "small"\n[sources]\naccounts = "a.csv"\ndeals = "d.csv"\n'
HEAD = "deal_id,account_id,account_name,created_date,close_date,stage,deal_amount\n"


def looked(tmp_path, monkeypatch, shift):
    deals = "".join(
        f"D{i},{(i + shift) % 7},{NAMES[i % 7]} GmbH,2025-01-{10 + i},2025-04-20,"
        f"{'Won' if i % 2 else 'Lost'},100\n"
        for i in range(14)
    )
    accounts = "account_id,account_name\n" + "".join(f"{i},{n}\n" for i, n in enumerate(NAMES))
    return look(company(tmp_path, monkeypatch, {"a.csv": accounts, "d.csv": HEAD + deals}, TOML))


@pytest.mark.parametrize("shift", [0, 3])
def test_the_same_number_with_another_name_is_another_companys(tmp_path, monkeypatch, shift):
    assert 0 < OTHER_NAMES < 1
    problems = [p.sentence for p in looked(tmp_path, monkeypatch, shift).problems]
    assert bool(problems) == bool(shift)
    if shift:
        assert "14 of 14 rows name another company" in problems[0] and "'Abrelund'" in problems[0]
