"""A/B tests of messages: arithmetic against reference values, level and power on simulated
accounts, and the table that people read.
"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from icplib.personas import engagement
from icplib.personas.trials import describe_tests, draw_tests, measure_tests
from icplib.settings import MessageTest, Personas
from icplib.stats import trials
from icplib.tables import artefact

TEST = MessageTest(
    name="Proof first",
    a="Newsletter",
    b="Case study",
    start=dt.date(2026, 7, 1),
    end=dt.date(2026, 9, 15),
)
AS_OF = pd.Timestamp("2026-09-30")


def sent(n_accounts=40, lift=0.0, lift_of_champions=None, seed=0, touches=6, account_sd=0.08):
    """(engagement, contacts): a month without a test, then accounts that get one content each.

    Champions may answer differently.
    """
    rng = np.random.default_rng(seed)
    arm = trials.draw_arms(np.zeros(n_accounts), seed)
    base = np.clip(0.2 + rng.normal(0, account_sd, n_accounts), 0.02, 0.9)
    rows = []
    for a in range(n_accounts):
        for role, extra in (
            ("End User", lift),
            ("Champion", lift if lift_of_champions is None else lift_of_champions),
        ):
            for i in range(2 * touches):
                in_test = i < touches
                rate = base[a] + extra * (in_test and arm[a] == "b")
                content = {"a": TEST.a, "b": TEST.b}[arm[a]] if in_test else "Newsletter"
                rows.append(
                    (
                        f"{role}{a}",
                        f"A{a:02d}",
                        role,
                        content,
                        pd.Timestamp("2026-08-01" if in_test else "2026-05-01"),
                        rng.random() < rate,
                    )
                )
    table = pd.DataFrame(
        rows, columns=["contact_id", "account_id", "buying_role", "content", "date", "is_replied"]
    ).assign(channel="Email", is_sent=True, is_opened=True, is_clicked=pd.NA)
    people = (
        table[["contact_id", "account_id", "buying_role"]]
        .drop_duplicates()
        .assign(created_date=AS_OF, seniority=None, function=None, title_generic=None)
    )
    return artefact("01_engagement").check(table), engagement.roles_of_contacts(
        artefact("01_contacts").check(people)
    )


def measured(as_of=AS_OF, test=TEST, **kwargs):
    return measure_tests(*sent(**kwargs), (test,), as_of).iloc[0]


# --- arithmetic -----------------------------------------------------------------------------------


def test_welch_is_scipys():
    a, b = [0.1, 0.3, 0.2, 0.25], [0.4, 0.2, 0.5, 0.45, 0.3]
    found, known = trials.welch(a, b), stats.ttest_ind(b, a, equal_var=False)
    assert (found.p, found.degrees) == pytest.approx((known.pvalue, known.df))
    assert (found.low, found.high) == pytest.approx(tuple(known.confidence_interval()))
    assert np.isnan(trials.welch([0.1], b).p) and np.isnan(trials.welch([0.2, 0.2], [0.2, 0.2]).p)


def test_interaction_of_two_groups_is_welch_of_their_difference_and_level_holds_for_four():
    d = [
        trials.Difference(0.10, 0, 0, 0, 0.0016, 20),
        trials.Difference(-0.05, 0, 0, 0, 0.0009, 12),
    ]
    v = 0.0016 + 0.0009
    t, df = 0.15 / v**0.5, v**2 / (0.0016**2 / 20 + 0.0009**2 / 12)
    assert trials.interaction_p(d) == pytest.approx(2 * stats.t.sf(t, df))
    assert np.isnan(trials.interaction_p(d[:1]))
    rng = np.random.default_rng(1)
    p = [
        trials.interaction_p(
            [trials.welch(rng.normal(0, 1, 8), rng.normal(0.4, 2, 8)) for _ in range(4)]
        )
        for _ in range(600)
    ]
    assert 0.02 <= np.mean(np.array(p) < 0.05) <= 0.08


def test_accounts_needed():
    assert (
        trials.accounts_needed(0.10, 0.05, 1, 0) == 683
    )  # two proportions, 80 % power, 5 % two-sided: the textbooks' value
    assert trials.accounts_needed(0.10, 0.05, 4, 0.15) == 248  # 682.9 touches x 1.45 / 4
    assert (
        trials.accounts_needed(0.10, 0.05, 4, 1) == 683
    )  # colleagues who all answer alike count as one
    assert (
        trials.intraclass(1.45, 4) == pytest.approx(0.15)
        and trials.intraclass(0.9, 4) == 0
        and trials.intraclass(2, 1) == 0
    )
    for wrong in ((0.1, 0.0), (0.97, 0.05)):
        with pytest.raises(ValueError, match="within 0 and 1"):
            trials.accounts_needed(*wrong, 4, 0.1)


def test_arms_are_even_within_strata_and_depend_on_the_seed_alone():
    strata = np.repeat(["champion", "end user", "influencer"], [21, 8, 5])
    arms = trials.draw_arms(strata, 3)
    for stratum in set(strata):
        mine = arms[strata == stratum]
        assert abs((mine == "a").sum() - (mine == "b").sum()) <= 1
    assert (arms == trials.draw_arms(strata, 3)).all() and (
        arms != trials.draw_arms(strata, 4)
    ).any()


# --- planted and null -----------------------------------------------------------------------------


def test_a_planted_lift_is_found_with_its_size_and_noise_is_not():
    row = measured(n_accounts=60, lift=0.2, seed=2)
    assert (
        row["difference_low"] < 0.2 < row["difference_high"]
        and row["p"] < 0.001
        and row["p_interaction"] > 0.05
    )
    assert (
        row["n_accounts_a"] == row["n_accounts_b"] == 30
        and row["n_touches_a"] == 360
        and "no sign that roles answer differently" in row["sentence"]
    )
    assert [
        seed for seed in range(6) if measured(n_accounts=16, seed=seed, touches=3)["p"] < 0.01
    ] == []


@pytest.mark.parametrize("accounts", [5, 10, 15])
def test_the_level_holds_with_few_accounts_that_differ(accounts):
    """800 null tests: six touches an account, rates of 20 % that differ between accounts (sd 8
    points). Pooled touches would cry wolf.
    """
    rng = np.random.default_rng(accounts)
    rates = rng.binomial(6, np.clip(rng.normal(0.2, 0.08, (800, 2, accounts)), 0.02, 0.9)) / 6
    p = np.array([trials.welch(a, b).p for a, b in rates])
    assert 0.02 <= (p < 0.05).mean() <= 0.075


def test_a_lift_of_one_role_is_an_interaction():
    row = measured(n_accounts=80, lift=-0.1, lift_of_champions=0.25, seed=3)
    assert row["p_interaction"] < 0.01 and "may answer differently" in row["sentence"]


# --- the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "as_of, status, words",
    [
        ("2026-06-30", "planned", "starts on 2026-07-01"),
        ("2026-08-31", "running", "not looked at before"),
    ],
)
def test_nothing_is_shown_before_the_last_day(as_of, status, words):
    row = measured(as_of=pd.Timestamp(as_of), lift=0.3)
    assert (
        row["status"] == status
        and words in row["sentence"]
        and np.isnan(row["difference"])
        and row["n_accounts_a"] is pd.NA
    )
    assert (
        20 < row["n_accounts_needed"] < 1000
        and f"{row['n_accounts_needed']} accounts an arm" in row["sentence"]
    )


def test_accounts_that_got_both_are_left_out_and_few_accounts_get_no_interval():
    events, contacts = sent(n_accounts=12)
    extra = events[events["date"] > "2026-07-01"].drop_duplicates("account_id").head(3)
    other = extra.assign(content=extra["content"].map({TEST.a: TEST.b, TEST.b: TEST.a}))
    row = measure_tests(pd.concat([events, other]), contacts, (TEST,), AS_OF).iloc[0]
    assert row["n_accounts_both"] == 3 and row["n_accounts_a"] + row["n_accounts_b"] == 9
    assert (
        np.isnan(row["p"])
        and np.isnan(row["difference_low"])
        and "too few accounts" in row["sentence"]
    )


def test_accounts_are_drawn_only_before_the_test_begins():
    _, contacts = sent(n_accounts=9)
    settings = Personas(tests=(TEST,))
    files = draw_tests(contacts, settings, pd.Timestamp("2026-06-30"))
    lines = files["message_test_proof_first.csv"].splitlines()
    assert (
        lines[0] == "account_id,role,content"
        and len(lines) == 10
        and all("Champion" in line for line in lines[1:])
    )  # the higher role of the two
    assert {line.rsplit(",", 1)[1] for line in lines[1:]} == {TEST.a, TEST.b}
    assert draw_tests(contacts, settings, AS_OF) == {}


def test_without_a_test_the_notebook_says_how_to_set_one_up():
    table = measure_tests(*sent(n_accounts=4), (), AS_OF)
    assert table.empty and "personas.tests" in describe_tests(table)
    assert describe_tests(pd.DataFrame([measured()])).startswith('Test "Proof first"')
    with pytest.raises(ValueError, match="ends after it starts"):
        MessageTest(name="x", a="A", b="A", start=TEST.start, end=TEST.end)
