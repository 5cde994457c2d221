"""Page one as views: the headline follows from the two questions, the rest from counts."""

import pandas as pd

from draft_bed import draft, questions, whole
from icplib.icp import Profiles
from icplib.report import front


def test_all_fell_is_said_with_its_month_and_without_counts():
    one = front.page_one(draft(t06_questions=questions()), "market moved")
    assert one.headline.startswith("Since April we win ") and len(one.headline.split()) <= 25
    assert one.detail.startswith("Fit: 7 of 30 deals won, before 60 of 100. Others: 36 of 127")
    assert "cannot be told from 30 deals" in one.detail


def test_where_no_profile_stands_none_is_kept_when_the_market_moves():
    bare = {"t03_profile": Profiles(profiles=()), "t06_questions": questions()}
    one = front.page_one(draft(**bare), "market moved")
    assert one.label == "No profile yet: the market moved" and "fit" not in one.headline
    assert "none separates beyond chance" in one.detail and "luck" not in one.sure


def test_quarters_are_pooled_until_nobody_is_alone():
    rows = [
        {"quarter": q, "side": side, "k": k, "n": n, "is_whole": True, "is_broken": q >= "2026Q2"}
        for q, fit, others in (
            ("2025Q4", (12, 30), (40, 90)),
            ("2026Q1", (14, 30), (40, 90)),
            ("2026Q2", (2, 13), (17, 64)),
            ("2026Q3", (5, 17), (19, 63)),
        )
        for side, (k, n) in (("fit", fit), ("others", others))
    ]
    table = whole("06_quarters", pd.DataFrame(rows))
    one = front.page_one(draft(t06_questions=questions(), t06_quarters=table), "market moved")
    labels = [p.label for p in one.hero.periods if p.side == "fit"]
    assert labels == ["2025Q4", "2026Q1", "2026Q2\N{EN DASH}Q3"]
    last = one.hero.periods[-2]
    assert (last.n, round(last.estimate * last.n)) == (30, 7) and last.is_broken


def test_after_a_break_the_side_that_is_large_enough_is_shown_alone():
    rows = [
        {"quarter": q, "side": side, "k": k, "n": n, "is_whole": True, "is_broken": q >= "2026Q2"}
        for q, fit, others in (
            ("2025Q4", (12, 30), (40, 90)),
            ("2026Q1", (14, 30), (40, 90)),
            ("2026Q2", (2, 13), (17, 64)),
        )
        for side, (k, n) in (("fit", fit), ("others", others))
    ]
    table = whole("06_quarters", pd.DataFrame(rows))
    one = front.page_one(draft(t06_questions=questions(), t06_quarters=table), "market moved")
    last = one.hero.periods[-1]
    assert (last.label, last.side, last.n) == ("2026Q2", "others", 64)
    assert one.hero.periods[-2].label == "2026Q1" and "2026Q2" in one.hero.title


def test_what_the_numbers_beside_a_bar_say_follows_from_them():
    want = front.page_one(draft(), "watch").panels[0]
    assert want.bars[0].text == "28 of 80 are best customers"
    assert want.bars[0].value / want.bars[0].mark == (28 / 80) / (40 / 200)


def test_tiers_never_add_up_to_a_hidden_one():
    tiers = whole(
        "04_tiers",
        pd.DataFrame(
            {
                "tier": ["A", "D"],
                "n": 50,
                "n_best": [20, 6],
                "best_rate": [0.4, 0.12],
                "n_prospects": [3, 90],
            }
        ),
    )
    sell = front.page_one(draft(t04_tiers=tiers), "watch").panels[-1]
    assert "fewer than 5" in sell.bars[0].text and "93" not in sell.note


def test_how_sure_we_are_names_the_record_the_beliefs_and_the_seller():
    claimed = {"kind": "line", "claimed_quarter": "2026Q1", "promise": 0.8}
    states = ("held", "held", "did not hold", "too early")
    record = [claimed | {"statement": f"{i}", "state": s} for i, s in enumerate(states)]
    sold = {"item": "Region: EU", "rival": "seller", "verdict": "most of this is one seller"}
    believed = {"who": "CFO", "item": "x", "direction": "more", "sentence": "x"}
    beliefs = [
        believed | {"number": i, "verdict": v}
        for i, v in enumerate(("confirmed", "too few to say"))
    ]
    tables = {
        "t06_record": whole("06_record", pd.DataFrame(record)),
        "t02_sellers": whole("02_sellers", pd.DataFrame([sold | {"sentence": "x"}])),
        "t02_beliefs": whole("02_beliefs", pd.DataFrame(beliefs)),
    }
    said = front.page_one(draft(**tables), "watch").sure
    assert "Of 3 earlier findings that could be tested on what came since, 2 held (80" in said
    assert "Of 2 beliefs on trial the data confirm 1 and contradict 0." in said
    assert "May be one seller's or channel's doing: Region: EU." in said
    assert "trial" not in front.page_one(draft(), "watch").sure
