"""Step 3 on customers whose reasons to leave are known, on their noise twin, and on too few of
them.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from churn_bed import AS_OF, RED_FLAGS, bed, settings
from icplib import churn
from icplib.charts import churn as charts
from icplib.charts import theme
from icplib.churn.curves import hazard_of
from icplib.churn.red_flags import not_tested, preset_cut
from icplib.icp import Profiles
from icplib.settings import Churn
from icplib.tables import artefact


def run(b):
    """Every table of step 3, validated by its schema, as the notebook makes them."""
    out = {"03_observed": churn.observe(b.accounts, b.settings.churn, AS_OF)}
    summary = churn.summarise(out["03_observed"], b.settings)
    seen = churn.seen_with_fit(out["03_observed"], b.fit)
    out["03_survival"] = churn.survival(seen, summary)
    out["03_rmst"] = churn.restricted_means(seen, summary, 24)
    out["03_cox"] = churn.hazard_ratios(seen, b.accounts, b.draft, summary)
    out["03_incidence"] = churn.incidence(seen, summary)
    out["03_red_flags"] = churn.red_flags(
        seen, b.accounts, b.attributes, b.tickets, summary, landmark_days=90, level=0.10
    )
    out["03_common"] = churn.common_traits(
        out["03_observed"], b.accounts, b.best, b.patterns, b.draft
    )
    out["03_cohorts"] = churn.cohorts(out["03_observed"], b.accounts, b.best, b.draft)
    out["03_influence"] = churn.influence(seen, b.accounts, b.best, b.draft, summary)
    out = {name: artefact(name).check(table) for name, table in out.items()}
    out["03_profile"] = churn.final_profile(
        b.draft, out["03_cox"], summary, b.accounts, b.best, level=0.10
    )
    out["03_churn"] = churn.conclude(
        summary,
        attributes=b.attributes,
        survival=out["03_survival"],
        means=out["03_rmst"],
        hazards=out["03_cox"],
        flags=out["03_red_flags"],
        common=out["03_common"],
        cohorts=out["03_cohorts"],
        profiles=out["03_profile"],
    )
    return out


@pytest.fixture(scope="module")
def planted():
    return bed(n=1200, seed=3)


@pytest.fixture(scope="module")
def tables(planted):
    return run(planted)


# --- who is followed ------------------------------------------------------------------------------


def customers(*rows):
    columns = [
        "account_id",
        "is_customer",
        "is_churned",
        "start_date",
        "observed_from_date",
        "churn_date",
        "churn_reason",
    ]
    table = pd.DataFrame(rows, columns=columns)
    for name in ("start_date", "observed_from_date", "churn_date"):
        table[name] = pd.to_datetime(table[name])
    return table


def test_observation_by_hand():
    got = churn.observe(
        customers(
            ("still", True, False, "2025-09-30", "2025-09-30", None, None),
            ("left", True, True, "2025-09-30", "2025-09-30", "2026-03-31", "Price"),
            ("bought", True, True, "2025-09-30", "2025-09-30", "2026-03-31", "was ACQUIRED by X"),
            (
                "requirements",
                True,
                True,
                "2025-09-30",
                "2025-09-30",
                "2026-03-31",
                "unacquired taste",
            ),
            ("late", True, False, "2020-09-30", "2025-09-30", None, None),
            ("unseen", True, True, "2020-09-30", "2025-09-30", "2024-01-01", "Price"),
            ("undated", True, True, "2020-09-30", "2020-09-30", None, "Price"),
            ("unknown", True, False, None, None, None, None),
            ("today", True, False, "2026-09-30", "2026-09-30", None, None),
            ("later", True, True, "2025-09-30", "2025-09-30", "2026-12-31", "Price"),
            ("prospect", False, False, None, None, None, None),
        ),
        Churn(),
        AS_OF,
    ).set_index("account_id")
    assert "prospect" not in got.index
    assert got["cause"].drop("later").to_dict() == {
        "still": 0,
        "left": 1,
        "bought": 2,
        "requirements": 1,
        "late": 0,
        "unseen": 1,
        "undated": 1,
        "unknown": 0,
        "today": 0,
    }
    assert got.index[got["is_observed"]].tolist() == [
        "still",
        "left",
        "bought",
        "requirements",
        "late",
        "later",
    ]
    assert got.loc["still", "time_months"] == pytest.approx(365 / 365.25 * 12)
    assert got.loc["late", "entry_months"] == pytest.approx(60, abs=0.05) and got.loc[
        "late", "time_months"
    ] == pytest.approx(72, abs=0.05)
    assert got.loc["later", "time_months"] == got.loc["still", "time_months"]
    assert (
        got.loc["unseen", "reason"] == "left before losses were recorded"
        and got.loc["undated", "reason"] == "left on an unknown day"
    )


def test_a_loss_after_the_as_of_date_is_not_seen():
    got = churn.observe(
        customers(("later", True, True, "2025-09-30", "2025-09-30", "2026-12-31", "Price")),
        Churn(),
        AS_OF,
    )
    assert got["cause"].item() == 0


def test_survivors_only_is_warned_about():
    b = bed(n=300, seed=1)
    survivors = b.accounts[~b.accounts["is_churned"]]
    summary = churn.summarise(churn.observe(survivors, b.settings.churn, AS_OF), b.settings)
    assert summary.level == "counts" and any("active customers only" in w for w in summary.warnings)
    # Losses before 2025 deleted without a word: the record must look suspicious.
    cut = b.accounts[
        ~(b.accounts["is_churned"] & (b.accounts["churn_date"] < "2025-01-01")).astype(bool)
    ]
    summary = churn.summarise(churn.observe(cut, b.settings.churn, AS_OF), b.settings)
    assert any("churn.observed_from" in w for w in summary.warnings)
    whole = churn.summarise(churn.observe(b.accounts, b.settings.churn, AS_OF), b.settings)
    assert not any("churn.observed_from" in w for w in whole.warnings)


def test_a_curve_that_begins_with_a_handful_is_warned_about():
    rows = [
        (
            f"a{i}",
            True,
            i < 40,
            "2020-01-01",
            f"{2021 + i % 4}-01-01",
            "2025-06-01" if i < 40 else None,
            "Price",
        )
        for i in range(80)
    ]
    rows.append(("early", True, True, "2020-01-01", "2020-02-01", "2020-03-01", "Price"))
    summary = churn.summarise(churn.observe(customers(*rows), Churn(), AS_OF), settings())
    assert any("fewer than 5 customers were under observation" in w for w in summary.warnings)
    whole = bed(n=300, seed=1)
    assert not any(
        "fewer than 5" in w
        for w in churn.summarise(churn.observe(whole.accounts, Churn(), AS_OF), settings()).warnings
    )


def test_delayed_entry_gives_survival_back():
    """Those who left before the record began are gone; entering the others late restores S(12)."""
    truth = churn.summarise(
        churn.observe(bed(4000, 5).accounts, Churn(), AS_OF), settings()
    ).kept_12_share
    late = bed(4000, 5, observed_from="2025-03-31")
    corrected = churn.summarise(churn.observe(late.accounts, Churn(), AS_OF), settings())
    naive = late.accounts.assign(observed_from_date=late.accounts["start_date"])
    naive = naive[~(naive["is_churned"] & (naive["churn_date"] <= "2025-03-31")).astype(bool)]
    fooled = churn.summarise(churn.observe(naive, Churn(), AS_OF), settings()).kept_12_share
    assert corrected.n_late > 0
    assert abs(corrected.kept_12_share - truth) < 0.02 < fooled - truth


# --- what is found --------------------------------------------------------------------------------


def test_planted_score_and_flags_are_found(tables):
    score = tables["03_cox"].iloc[0]
    assert (
        score["hr_high"] < 1
        and score["hr_low"] < 0.7 ** (10 / 15) < score["hr_high"]
        and 0.5 < score["concordance"] < 0.8
    )
    found = set(tables["03_red_flags"].query("is_found")["attribute"])
    assert set(RED_FLAGS) <= found and len(found) <= len(RED_FLAGS) + 2
    means = tables["03_rmst"].set_index("tier")
    assert means.loc["A", "difference_low"] > 0 and means.loc["A", "versus"] == "D"
    flag = tables["03_red_flags"].iloc[0]
    assert flag["churned_share_exposed"] == flag["n_events"] / flag["n_exposed"]
    left = flag["n_events"] + flag["n_unexposed_events"]
    assert (
        flag["share_of_churned"] == flag["n_events"] / left
        and flag["difference_low"] <= flag["difference"] <= flag["difference_high"]
    )


def test_noise_yields_at_most_a_chance_find():
    finds = []
    for seed in range(12):
        b = bed(n=300, seed=seed, noise=True)
        observed = churn.observe(b.accounts, b.settings.churn, AS_OF)
        seen, summary = churn.seen_with_fit(observed, b.fit), churn.summarise(observed, b.settings)
        flags = churn.red_flags(
            seen, b.accounts, b.attributes, b.tickets, summary, landmark_days=90, level=0.10
        )
        finds.append(flags["is_found"].any())
    assert sum(finds) <= 3  # nominal 10 %: P(more than 3 of 12) < .03


def test_a_flag_that_adds_nothing_beside_a_stronger_one_goes_along_with_it(planted):
    b, rng = planted, np.random.default_rng(7)
    twin = b.accounts["flag_a"].where(rng.random(len(b.accounts)) < 0.9, "no").rename("twin")
    accounts = pd.concat([b.accounts, twin], axis=1)
    about = b.attributes[b.attributes["attribute"] == "flag_a"].assign(
        attribute="twin", label="twin"
    )
    observed = churn.observe(accounts, b.settings.churn, AS_OF)
    seen, summary = churn.seen_with_fit(observed, b.fit), churn.summarise(observed, b.settings)
    flags = churn.red_flags(
        seen,
        accounts,
        pd.concat([b.attributes, about]),
        b.tickets,
        summary,
        landmark_days=90,
        level=0.10,
    ).set_index("flag")
    assert flags.loc["twin: yes", "is_found"] and flags.loc["twin: yes", "follows"] == "flag a: yes"
    assert flags.drop("twin: yes")["follows"].isna().all()
    assert (
        "Along with flag a: yes, adding nothing beside it: twin: yes."
        in churn.describe_red_flags(flags.reset_index(), summary)
    )


def test_only_what_was_known_before_is_asked(planted, tables):
    asked = set(tables["03_red_flags"]["attribute"])
    assert "late_rate" not in asked and "vague" not in asked
    assert dict(not_tested(planted.attributes)).keys() == {"late rate", "vague"}
    assert {label for label, _ in tables["03_churn"].not_tested} == {"late rate", "vague"}


def test_a_landmark_sees_early_support_and_is_not_fooled_by_long_stays():
    b = bed(n=1200, seed=8, early_tickets_hazard=2.2)
    flags = run(b)["03_red_flags"].set_index("flag")
    early = flags[flags["timing"] == "counted up to day 90"]
    assert early.loc["Tickets by day 90: 2 or more", "verdict"] == "holds up"
    # Tickets at random over the whole stay: the longer the stay the more of them, and yet no flag
    # and no protection.
    rng = np.random.default_rng(1)
    fair = bed(n=1200, seed=8)
    seen = churn.observe(fair.accounts, fair.settings.churn, AS_OF)
    n = rng.poisson(seen["time_months"] / 3)
    spread = pd.DataFrame(
        {
            "account_id": seen["account_id"].repeat(n),
            "start": seen["start_date"].repeat(n),
            "stay": seen["time_months"].repeat(n),
        }
    )
    spread["opened_date"] = spread["start"] + pd.to_timedelta(
        (rng.random(len(spread)) * spread["stay"] * 30.4375).astype(int), unit="D"
    )
    fair.tickets = spread[["account_id", "opened_date"]].assign(hours=1.0, ticket_id="t", tag="x")
    late = run(fair)["03_red_flags"].query("timing != 'before the sale'")
    assert len(late) and not late["is_found"].any()


def test_thin_cells_use_firth():
    rng = np.random.default_rng(2)
    time, entry, exposed = rng.exponential(20, 60) + 1, np.zeros(60), np.arange(60) < 8
    left = (np.arange(60) < 4) | (np.arange(60) >= 40)
    fit, method = hazard_of(exposed, time, left, entry)
    assert method == "Firth Cox" and np.isfinite(fit.high[0])
    wide, _ = hazard_of(exposed, time, left, entry, level=0.999)
    assert wide.low[0] < fit.low[0] and wide.high[0] > fit.high[0]


def test_a_region_in_four_spellings_is_one_flag():
    b = bed(n=900, seed=5, flags={"flag_a": 2.2})
    region = b.accounts["flag_a"].map({"yes": "South", "no": "North"})
    rng = np.random.default_rng(5)
    city = np.where(rng.random(len(region)) < 0.6, "Porto", "Faro")
    spellings = {
        "region": region,
        "country": region.map({"South": "Portugal", "North": "Norway"}),
        "city": pd.Series(np.where(region == "South", city, "Oslo"), region.index),
    }
    about = b.attributes[b.attributes["attribute"] == "flag_a"]
    b.accounts = b.accounts.assign(**{k: v.astype("str") for k, v in spellings.items()})
    said = [about.assign(attribute=name, label=name) for name in spellings]
    b.attributes = pd.concat([b.attributes, *said])
    found = run(b)["03_red_flags"].query("is_found")
    mine = found[found["attribute"].isin(["flag_a", *spellings])]
    assert len(mine) >= 4 and mine["follows"].isna().sum() == 1


def test_found_ratios_pay_for_having_been_selected(tables):
    flags = tables["03_red_flags"]
    found = flags[flags["is_found"]]
    assert (found["hazard_ratio"] < found["hazard_ratio_raw"]).all()
    assert ((found["hr_low"] < found["hazard_ratio"]) & found["hr_low"].gt(0)).all()
    assert (found["n_events"] >= 3).all() and (flags["n_exposed"] >= 8).all()


def test_what_hardly_a_prospect_has_was_not_known_before_signing(planted):
    b = planted
    prospects = b.accounts.head(40).assign(
        account_id=[f"p{i}" for i in range(40)], is_customer=False, is_prospect=True, flag_a=None
    )
    seen = churn.seen_with_fit(churn.observe(b.accounts, b.settings.churn, AS_OF), b.fit)
    flags = churn.red_flags(
        seen,
        pd.concat([b.accounts, prospects]),
        b.attributes,
        b.tickets,
        churn.summarise(seen, b.settings),
        landmark_days=90,
        level=0.10,
    ).set_index("attribute")
    assert not flags.loc["flag_a", "is_before_sale"] and flags.loc["flag_b", "is_before_sale"]
    assert flags.loc["flag_a", "timing"].startswith("at the sale")


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.integers(0, 5), st.floats(0, 1e6)), min_size=12, max_size=80),
    st.booleans(),
)
def test_a_preset_cut_leaves_a_minority(values, is_high):
    values = np.array(values, dtype=float)
    cut = preset_cut(values, is_high)
    if cut is not None:
        n = (values >= cut).sum() if is_high else (values < cut).sum()
        assert 0 < n <= len(values) / 2


def test_preset_cuts_by_hand():
    assert preset_cut(np.arange(0, 101.0), True) in (75, 80) and preset_cut(
        np.arange(0, 101.0), False
    ) in (25, 30)
    many_zeros = np.r_[np.zeros(80), np.linspace(0.05, 0.3, 20)]
    assert preset_cut(many_zeros, True) == 0.05 and preset_cut(many_zeros, False) is None
    assert preset_cut(np.ones(20), True) is None
    assert preset_cut(np.r_[np.zeros(60), np.ones(40)], True) == 1  # yes/no written as numbers


# --- the profile ----------------------------------------------------------------------------------


def test_a_contradicted_criterion_is_dropped_with_its_reason():
    b = bed(n=800, seed=4, criterion_hazard=2.2)
    out = run(b)
    profile = out["03_profile"].main
    assert [c.words for c in profile.criteria] == ["50-2,000 employees"] and profile.n_headline == 1
    assert [c.words for c in profile.contradicted] == ["Segment: core"]
    words, reason = profile.dropped[0]
    row = out["03_cox"].query("term == 'Segment: core'").iloc[0]
    assert words == "Segment: core" and f"{row['hazard_ratio']:.2f} times" in reason
    assert (
        [r.added for r in profile.ladder] == ["50-2,000 employees"]
        and profile.ladder[0].precision is None
        and profile.ladder[0].is_headline
    )
    met = b.draft.main.criteria[1].met(b.accounts)
    assert (
        profile.ladder[0].n_accounts == met.sum()
        and profile.ladder[0].n_best == (met & b.best["is_best"]).sum()
    )
    assert "contradict 1 of" in out["03_churn"].sentences[-1]
    typed = b.draft.main.criteria[0].model_copy(update={"origin": "typed in"})
    b.draft = Profiles(
        profiles=(b.draft.main.model_copy(update={"criteria": (typed, b.draft.main.criteria[1])}),)
    )
    kept = run(b)["03_profile"].main
    assert len(kept.criteria) == 2 and any("set by the company" in w for w in kept.warnings)


def test_a_criterion_that_holds_carries_its_evidence(tables, planted):
    profile = tables["03_profile"].main
    assert (
        profile.criteria[0].evidence.churn.startswith("customers who meet it leave at")
        and not profile.dropped
    )
    assert profile.ladder == planted.draft.main.ladder


def test_retention_is_labelled_as_the_same_outcome():
    b = bed(n=400, seed=6)
    b.settings = settings(best={"by": "retention"})
    out = run(b)
    label = "same outcome, not independent evidence"
    assert (
        out["03_churn"].is_same_outcome
        and label in " ".join(out["03_churn"].sentences)
        and label in out["03_profile"].sentences[-1]
    )
    assert label in churn.describe_survival(out["03_survival"], out["03_churn"])
    assert label not in " ".join(run(bed(n=400, seed=6))["03_churn"].sentences)


# --- refusals and absences ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_left", "level", "n_curves", "n_models"),
    [(9, "counts", 0, 0), (10, "curves", 5, 0), (29, "curves", 5, 0), (30, "full", 5, 1)],
)
def test_refusals_by_number_of_losses(n_left, level, n_curves, n_models):
    b = bed(n=400, seed=7, other_share=0.0001)
    left = np.flatnonzero(b.accounts["is_churned"])[n_left:]
    b.accounts.loc[left, "is_churned"] = False
    out = run(b)
    assert out["03_churn"].level == level and out["03_churn"].n_left == n_left
    assert out["03_survival"]["tier"].nunique() == n_curves
    assert (out["03_cox"]["model"] == "score").sum() == n_models
    if level == "curves":
        assert out["03_red_flags"]["p"].isna().all() and set(out["03_red_flags"]["verdict"]) <= {
            "too few to say"
        }
    if level != "full":
        assert (
            str(n_left) in out["03_churn"].refusals[0]
            and "not tested" in out["03_profile"].sentences[-1]
        )


def test_without_any_record_of_losses_everything_is_empty_and_says_what_it_needs():
    b = bed(n=100, seed=1)
    b.accounts[["is_churned"]] = False
    b.settings = settings().model_copy(
        update={"sources": {k: v for k, v in settings().sources.items() if k != "churn"}}
    )
    out = run(b)
    assert not out["03_churn"].available and "churn list" in out["03_churn"].needs
    for name in ("03_survival", "03_rmst", "03_cox", "03_incidence", "03_red_flags"):
        assert not len(out[name])
    assert churn.describe_red_flags(out["03_red_flags"], out["03_churn"]) == out["03_churn"].needs
    assert [c.words for c in out["03_profile"].main.criteria] == [
        c.words for c in b.draft.main.criteria
    ]


def test_no_profile_no_tiers_no_customers():
    b = bed(n=200, seed=1)
    b.draft, b.fit = (
        Profiles(),
        b.fit.assign(oof_points=np.nan, fit_tier=pd.Series(None, index=b.fit.index, dtype="str")),
    )
    out = run(b)
    assert (
        set(out["03_survival"]["tier"]) == {"all"}
        and not len(out["03_cox"])
        and not len(out["03_cohorts"])
    )
    assert out["03_churn"].stability is None and out["03_profile"] == Profiles(
        sentences=out["03_profile"].sentences
    )
    b.accounts = b.accounts.iloc[:0]
    assert not run(b)["03_churn"].available


# --- doubts ---------------------------------------------------------------------------------------


def test_common_traits_are_named(tables, planted):
    common = tables["03_common"].set_index("item")
    assert (
        common.loc["50-2,000 employees", "is_common"]
        and not common.loc["Segment: core", "is_common"]
    )
    core = planted.accounts["segment"] == "core"
    assert common.loc["Segment: core", "n_best_with"] == (core & planted.best["is_best"]).sum()
    assert (
        common.loc["Segment: core", "n_left_with"]
        == (core & (tables["03_observed"]["cause"] == 1)).sum()
    )
    assert "50-2,000 employees" in churn.describe_common(tables["03_common"], tables["03_churn"])


def test_cohorts_are_equal_in_size_and_under_300_nothing_is_said(tables):
    assert (
        tables["03_cohorts"]["n"].tolist() == [300] * 4
        and tables["03_churn"].stability.verdict == "no change seen"
    )
    assert (tables["03_cohorts"]["lift_low"] <= tables["03_cohorts"]["lift"]).all()
    few = run(bed(n=200, seed=1))["03_churn"].stability
    assert few.verdict == "too few to tell" and few.n == 200


def test_influence_is_what_leaving_one_out_gives(tables, planted):
    row = tables["03_influence"].query("measure == 'precision'").iloc[0]
    b = bed(n=1200, seed=3)
    keep = b.accounts["account_id"] != row["account_id"]
    fits = b.draft.fits(b.accounts[keep]).to_numpy(bool)
    assert row["value_without"] == pytest.approx(
        b.best.loc[keep, "is_best"].to_numpy(bool)[fits].mean()
    )
    assert (tables["03_influence"].groupby("measure").size() == 20).all()


def test_words_carry_the_numbers_of_the_tables(tables):
    summary, flags = tables["03_churn"], tables["03_red_flags"]
    first = flags.iloc[0]
    assert f"{first['n_events']} of {first['n_exposed']} left" in churn.describe_red_flags(
        flags, summary
    )
    assert f"{summary.n_left} of them left" in churn.describe_observed(summary)
    assert f"{len(flags)} contrasts" in churn.describe_red_flags(flags, summary)
    assert len(set(summary.sentences)) == len(summary.sentences) and all(
        s and "nan" not in s for s in summary.sentences
    )


def test_the_same_input_gives_the_same_tables(tables):
    again = run(bed(n=1200, seed=3))
    for name, table in tables.items():
        if isinstance(table, pd.DataFrame):
            pd.testing.assert_frame_equal(table, again[name])
        else:
            assert table == again[name]


def test_charts_draw_what_is_there_and_nothing_where_nothing_is(tables):
    drawn = {
        "03_survival": charts.survival_by_fit,
        "03_incidence": charts.incidence_by_cause,
        "03_red_flags": charts.red_flag_forest,
        "03_cox": charts.criteria_forest,
        "03_cohorts": charts.cohort_lifts,
        "03_common": charts.shared_traits,
    }
    for name, draw in drawn.items():
        full = theme.show(draw(tables[name]), alt=f"{name} drawn.").svg
        assert (
            full == theme.show(draw(tables[name]), alt=f"{name} drawn.").svg
            and "nothing to draw" not in full
        )
        assert "nothing to draw" in theme.show(draw(artefact(name).empty()), alt="Nothing.").svg
    curve = theme.show(charts.survival_by_fit(tables["03_survival"]), alt="x").svg
    at_start = tables["03_survival"].query("time_months == 0 and tier == 'A'")["n_at_risk"].item()
    assert f">{at_start}</text>" in curve and "tier A" in curve


@pytest.mark.slow
def test_targets_of_the_methods_page_hold():
    """Targets 8 on fresh seeds: size, coverage, S(12) under late entry, false red flags."""
    from benchmarks import truth_churn

    seeds = range(77_000, 77_060)
    planted_rows = pd.DataFrame([truth_churn.planted(300, s) for s in seeds])
    assert 0.90 <= planted_rows["covered_wald"].mean() <= 0.98  # 240 intervals, se .014
    assert planted_rows["flag_false"].mean() <= 0.10 + 2 * planted_rows[
        "flag_false"
    ].std() / np.sqrt(len(seeds))
    null = pd.DataFrame([truth_churn.nothing(300, s) for s in seeds])
    assert (
        null["size_score"].mean() <= 0.05 + 2 * 0.028
        and null["any_flag"].mean() <= 0.10 + 2 * 0.039
    )
    bias = pd.DataFrame([truth_churn.late(1000, s) for s in seeds])
    assert abs(bias["late_entry_bias"].mean()) < 0.01 < bias["deleted_bias"].mean()
