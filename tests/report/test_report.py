"""The quarterly report: measures, signs, changes, checks and page one, on a scene laid down by
hand.
"""

import pandas as pd
import pytest

import report_scene as scene
from icplib import report
from icplib.problems import UserError
from icplib.report import measures as measuring
from icplib.report import signs as signing
from icplib.stats import centres
from icplib.stats.estimate import Estimate
from icplib.workbook import Workbook
from report_scene import finish


def row(table, **where):
    for name, value in where.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_measures_against_counts_by_hand(root):
    inputs, measures, *_ = finish(scene.company(root))
    assert set(measures["measure"]) == set(measuring.INTRODUCTIONS) - {"preference"}
    deals, scores = inputs["01_deals"], inputs["04_scores"].set_index("account_id")["fits_icp"]
    here = deals[deals["close_date"] > pd.Timestamp("2026-06-30")]
    inside = here[here["account_id"].map(scores).fillna(False).astype(bool)]
    won = row(measures, measure="win_rate", side="in")
    assert (won["k"], won["n"]) == (inside["is_won"].sum(), len(inside)) and won[
        "window"
    ] == "2026Q3"
    assert won["low"] < won["value"] < won["high"]
    gap = row(measures, measure="win_rate", side="difference")
    assert gap["value"] == pytest.approx(
        won["value"] - row(measures, measure="win_rate", side="out")["value"]
    )
    leads = measures[measures["measure"] == "new_leads"].set_index("side")
    assert leads.loc["in", "value"] + leads.loc["out", "value"] == pytest.approx(1)
    assert leads.loc["unknown", "k"] + leads.loc["in", "n"] == leads.loc["unknown", "n"]


def test_a_fall_fires_and_a_steady_quarter_does_not(root):
    fired = [
        signing.fired(report.refresh_signs(report.read(scene.company(root, seed=seed))), "computed")
        for seed in range(4)
    ]
    assert sum(map(bool, fired)) <= 1
    signs = report.refresh_signs(report.read(scene.company(root, seed=1, fall=0.12)))
    assert set(signing.fired(signs, "computed")) == {
        "Falling win rate",
        "Falling win rate of companies that fit",
        "Longer sales cycles",
    }


@pytest.mark.parametrize(
    "change, unit, says",
    [
        (0.012, "share", "Up 1 point"),
        (-0.07, "share", "Down 7 points"),
        (1.2, "days", "Up 1 day"),
        (0.2, "days", "Unchanged"),
        (-3, "days", "Down 3 days"),
    ],
)
def test_a_change_in_words(change, unit, says):
    said = measuring.moved_words(change, change - 5, change + 5, unit, since=" since")
    assert said.startswith(f"{says} since") and (
        says == "Unchanged" or said.endswith("within chance")
    )


def test_what_nobody_entered_is_unknown_never_quiet(root):
    signs = report.refresh_signs(report.read(scene.company(root))).set_index("sign")
    assert signs.loc["regulation", "status"] == "unknown" and pd.isna(
        signs.loc["regulation", "is_fired"]
    )
    assert signs.loc["competitor", "status"] == "entered" and signs.loc["competitor", "is_fired"]
    assert signs.loc["objections", "status"] == "unknown"


def test_few_deals_are_unknown(root):
    book = scene.company(root)
    book.write("01_deals", book.read("01_deals").head(20))
    signs = report.refresh_signs(report.read(book)).set_index("sign")
    assert (
        signs.loc["conversion", "status"] == "unknown"
        and "Too few" in signs.loc["conversion", "sentence"]
    )


def test_the_alarm_keeps_its_level():
    import numpy as np

    rng = np.random.default_rng(20260930)
    k, k0 = rng.binomial(60, 0.3, 1500), rng.binomial(240, 0.3, 1500)
    assert (
        np.mean([centres.fall_p(a, 60, b, 240) <= 0.01 for a, b in zip(k, k0, strict=True)]) < 0.02
    )
    lost = rng.binomial(60, 0.3 - centres.visible_fall(0.3, 60, 240), 500)
    assert (
        0.7
        < np.mean(
            [centres.fall_p(a, 60, b, 240) <= 0.01 for a, b in zip(lost, k0[:500], strict=True)]
        )
        < 0.95
    )


@pytest.mark.parametrize("n", [8, 25, 100])
def test_intervals_of_medians_and_shifts_cover(n):
    import numpy as np

    rng = np.random.default_rng(n)
    found = [
        (
            centres.median(rng.exponential(size=n)),
            centres.shift(rng.normal(1, 1, n), rng.normal(size=2 * n)),
        )
        for _ in range(300)
    ]
    assert np.mean([m.low <= np.log(2) <= m.high for m, _ in found]) > 0.92
    assert np.mean([s.low <= 1 <= s.high for _, s in found]) > 0.91
    assert centres.median(range(1, 21)) == Estimate(10.5, 6.0, 15.0, 20)


def test_first_report_watches_and_the_next_compares(root):
    *_, changes, facts = finish(scene.company(root, "2026Q2", seed=3))
    assert facts.word == "watch" and not len(changes)
    inputs, measures, _, changes, facts = finish(scene.company(root, "2026Q3", seed=3))
    assert facts.previous_quarter == "2026Q2" and measures["change"].notna().any()
    assert not changes["is_material"].any() or set(changes.loc[changes["is_material"], "area"]) <= {
        "measures"
    }
    assert [e.date.isoformat() for e in facts.log] == ["2026-06-30", "2026-09-30"]


def test_a_range_that_left_its_support_is_material_and_one_inside_is_not(root):
    finish(scene.company(root, "2026Q2"))
    for high, material in ((1400.0, False), (900.0, True)):
        book = scene.company(root, "2026Q3")
        profiles = scene.profiles(book, high=high)
        line = profiles.main.criteria[1].model_copy(
            update={"high_support": (high - 100, high + 100)}
        )
        main = profiles.main.model_copy(
            update={"criteria": (profiles.main.criteria[0], line), "n_headline": 2}
        )
        book.write("03_profile", profiles.model_copy(update={"profiles": (main,)}))
        before = Workbook("testwell", "2026Q2")
        old = before.read("03_profile")
        before.write(
            "03_profile",
            old.model_copy(update={"profiles": (old.main.model_copy(update={"n_headline": 2}),)}),
        )
        *_, changes, facts = finish(book)
        moved = changes[(changes["area"] == "profile") & (changes["item"] == "Employees")].iloc[0]
        assert bool(moved["is_material"]) is material and moved["kind"] == (
            "changed" if material else "within uncertainty"
        )
        assert (facts.word == "revise") is material
        if material:
            assert "Employees" in facts.headline


def test_a_changed_definition_is_told(root):
    finish(scene.company(root, "2026Q2"))
    book = scene.company(root, "2026Q3")
    toml = book.folder / "company.toml"
    toml.write_text(toml.read_text() + "\n[best]\nshare = 0.3\n")
    _, measures, _, changes, _ = finish(Workbook("testwell", "2026Q3"))
    assert "best customers" in set(changes.loc[changes["area"] == "definition", "item"])
    assert row(measures, measure="win_rate", side="in")["is_definition_changed"]


def test_the_previous_quarter_is_not_touched(root):
    old = scene.company(root, "2026Q2")
    finish(old)
    before = {p.name: p.read_bytes() for p in old.processed.iterdir()}
    finish(scene.company(root, "2026Q3"))
    assert {p.name: p.read_bytes() for p in old.processed.iterdir()} == before


def test_a_quarter_of_another_version_says_how_to_mend_it(root):
    old = scene.company(root, "2026Q2")
    finish(old)
    path = old.path("04_tiers")
    pd.read_parquet(path).drop(columns="best_rate").to_parquet(path)
    with pytest.raises(
        UserError, match="2026Q2 was made by another version.*Refresh that quarter again"
    ):
        finish(scene.company(root, "2026Q3"))


@pytest.mark.parametrize(
    "words",
    [
        "mid-sized companies undergoing digital transformation",
        "technology companies",
        "mid-market",
        "need better efficiency",
        "cloud solutions",
        "growing business",
        "mid-sized tech companies with focus on digital transformation",
        "focused on revenue growth",
    ],
)
def test_the_articles_own_vague_examples_are_flagged(words):
    assert report.vague(words)


@pytest.mark.parametrize(
    "words",
    [
        "SaaS businesses focused on HR software",
        "100-250 employees",
        "$20M-$50M annual revenue",
        "facing 25 %+ annual customer churn",
        "using Salesforce CRM and HubSpot",
        "Series B funded with 100 % YoY growth rate",
        "Industry: E-commerce or Fintech",
    ],
)
def test_the_articles_specific_examples_are_not(words):
    assert not report.vague(words)


def test_mistakes_are_found_where_they_are_made(root):
    book = scene.company(root)
    checks = report.mistakes(report.read(book)).set_index("check")["result"]
    assert (
        list(checks.index) == [f"M{i}" for i in range(1, 14)]
        and checks["M2"] == checks["M6"] == checks["M9"] == "fine"
    )
    profiles = book.read("03_profile")
    size = profiles.main.criteria[1].model_copy(
        update={
            "words": "mid-sized firms whose age is right",
            "origin": "typed in",
            "evidence": None,
        }
    )
    main = profiles.main.model_copy(update={"criteria": (size,), "n_headline": 1})
    book.write("03_profile", profiles.model_copy(update={"profiles": (main,)}))
    personas = book.read("05_personas")
    book.write(
        "05_personas",
        personas.model_copy(update={"cards": personas.cards * 3, "cadence": "overdue"}),
    )
    book.write(
        "05_messaging", book.read("05_messaging").assign(pain="the same", promise="the same")
    )
    checks = report.mistakes(report.read(book)).set_index("check")["result"]
    assert {name for name, result in checks.items() if result == "look at"} >= {
        "M1",
        "M5",
        "M6",
        "M7",
        "M8",
        "M9",
        "M12",
    }
    book.write("05_personas", personas.model_copy(update={"cards": ()}))
    checks = report.mistakes(report.read(book)).set_index("check")["result"]
    assert checks["M2"] == checks["M13"] == "look at" and checks["M3"] == "cannot tell"


def test_the_market_warning(root):
    book = scene.company(root)
    inputs = report.read(book)
    assert not signing.universe(inputs).is_too_wide
    book.write("04_scores", book.read("04_scores").assign(fits_icp=True))
    assert "hardly chooses" in signing.universe(report.read(book)).sentence
