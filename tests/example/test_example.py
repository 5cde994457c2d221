"""The example company: what is committed is what the generator writes, what was planted is there,
and the twin has none of it.
"""

import csv
import inspect
import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from icplib.__main__ import example as example_command
from icplib.example import QUARTERS, SEED, draw_world, write_example
from icplib.example import companies as market
from icplib.example.history import HAZARD_RATIOS, LONG_CYCLE_DAYS, OTHER_CAUSES
from icplib.problems import UserError
from icplib.stats.agreement import presence_agreement
from icplib.stats.cox import cox
from icplib.stats.groups import Attribute
from icplib.stats.scan import scan_both
from machine import ROOT

COMMITTED = ROOT / "data" / "example"
TRUTH = ROOT / "tests" / "beds" / "truth" / "example.json"
FOOTER_LINES = 3


def read(quarter: str, name: str, folder: Path = COMMITTED) -> pd.DataFrame:
    """One raw file as text, report footer dropped."""
    with (folder / "raw" / quarter / name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    table = [row for row in rows[1:] if len(row) == len(rows[0])]
    return pd.DataFrame(table, columns=rows[0])


def days(cells) -> pd.Series:
    return pd.to_datetime(pd.Series(cells).replace("", None).dropna(), format="%m/%d/%Y")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The example written anew."""
    folder = tmp_path_factory.mktemp("example")
    world = write_example(folder, truth_path=folder / "truth.json")
    return folder, world


@pytest.fixture(scope="module")
def world(written):
    return written[1]


@pytest.fixture(scope="module")
def twin():
    return draw_world(400, 600, seed=3, noise=True)


def test_writing_it_again_gives_what_is_committed(written):
    folder, _ = written
    names = sorted(
        p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and p.name != "truth.json"
    )
    committed = sorted(
        p.relative_to(COMMITTED) for p in [*COMMITTED.glob("raw/*/*"), COMMITTED / "company.toml"]
    )
    assert names == committed
    different = [
        str(name)
        for name in names
        if (folder / name).read_bytes() != (COMMITTED / name).read_bytes()
    ]
    assert not different, "run `icp example` and commit what it writes"
    assert (folder / "truth.json").read_text() == TRUTH.read_text()


def test_it_is_as_large_as_promised(world):
    truth = json.loads(TRUTH.read_text())
    assert (truth["n_customers"], truth["n_churned"], truth["n_prospects"]) == (400, 120, 600)
    assert len(world.interviews) == 24
    assert sum(path.stat().st_size for path in COMMITTED.glob("raw/*/*")) < 6.5e6
    main = [
        line
        for line in (COMMITTED / "company.toml").read_text().split("[sources]")[0].splitlines()
        if not line.startswith("#")
    ]
    assert len([line for line in main if line.strip()]) <= 10


@pytest.mark.parametrize("quarter", QUARTERS)
def test_no_quarter_knows_what_came_later(quarter):
    last = pd.Period(quarter).end_time
    past = {
        "Accounts.csv": ("Created Date", "Last Activity"),
        "Prospects.csv": ("Created Date",),
        "Opportunities.csv": ("Created Date",),
        "Invoices.csv": ("Invoice Date",),
        "Churn.csv": ("Churn Date",),
        "Cases.csv": ("Opened Date",),
        "Contacts.csv": ("Created Date",),
        "Engagement.csv": ("Activity Date",),
        "Market_Notes.csv": ("Date",),
        "Interviews.csv": ("interview_date",),
        "Codings.csv": ("coded_at",),
    }
    for name, columns in past.items():
        for column in columns:
            assert days(read(quarter, name)[column]).max() <= last, (name, column)
    deals = read(quarter, "Opportunities.csv")
    assert days(deals.loc[deals["Closed"] == "1", "Close Date"]).max() <= last
    assert set(deals.loc[deals["Closed"] == "0", "Won"]) == {"0"}
    assert set(read(quarter, "Interviews.csv")["wave"]) <= {q for q in QUARTERS if q <= quarter}


def test_later_quarters_only_add():
    for earlier, later in pairwise(QUARTERS):
        for name, key in (
            ("Invoices.csv", "Invoice Number"),
            ("Cases.csv", "Case Number"),
            ("Codings.csv", None),
            ("Market_Notes.csv", None),
        ):
            old, new = read(earlier, name), read(later, name)
            assert len(new) >= len(old)
            if key:
                pd.testing.assert_frame_equal(new.set_index(key).loc[old[key]], old.set_index(key))


def attributes_of(world, rows) -> list[Attribute]:
    known = world.known.loc[rows]
    numbers = [
        "n_employees",
        "annual_revenue",
        "growth_rate",
        "total_funding",
        "n_offices",
        "website_visits",
        *market.MARKET["noise_numbers"],
    ]
    levels = [
        "industry",
        "region",
        "sales_team",
        "funding_stage",
        "business_model",
        "decision_process",
        *market.MARKET["noise_levels"],
    ]
    out = [
        Attribute(name, "numeric", pd.to_numeric(known[name]).to_numpy(float)) for name in numbers
    ]
    out += [
        Attribute(name, "nominal", known[name].where(known[name].notna(), None).to_numpy(object))
        for name in levels
    ]
    stack = np.empty(len(known), object)
    stack[:] = [value if isinstance(value, tuple) else None for value in known["tech_stack"]]
    return [*out, Attribute("tech_stack", "set", stack)]


def found_in(world):
    value = world.customers["yearly_revenue"].to_numpy()
    is_best = pd.Series(value).rank(pct=True).to_numpy() > 0.8
    up, _ = scan_both(attributes_of(world, world.customers.index), is_best, value)
    return {a.name: a for a in up.found}


def test_the_planted_conditions_can_be_found(world):
    found = found_in(world)
    assert {
        "industry",
        "n_employees",
        "annual_revenue",
        "growth_rate",
        "region",
        "tech_stack",
    } <= set(found)
    assert len(set(found) & {*market.MARKET["noise_levels"], *market.MARKET["noise_numbers"]}) <= 1
    members = {
        found["tech_stack"].coded.labels[s]
        for s, p in zip(
            found["tech_stack"].coded.start, found["tech_stack"].p_of_group, strict=True
        )
        if p <= found["tech_stack"].item_level
    }
    assert members & {"AWS", "Azure"} and members & {"Salesforce", "HubSpot"}
    best = np.argmax(found["n_employees"].z)
    labels, scanned = found["n_employees"].coded.labels, found["n_employees"].coded
    assert (
        120 <= labels[scanned.start[best]][0] <= 330
        and 1000 <= labels[scanned.stop[best] - 1][1] <= 2200
    )


def test_money_in_the_invoices_is_the_planted_value(world):
    invoiced = world.invoices.groupby("company")["amount"].sum()
    years = (world.customers["end_date"] - world.customers["start_date"]).dt.days / 365.25
    old = years > 0.25
    ratio = (invoiced / years / world.customers["yearly_revenue"])[old]
    assert ratio.between(0.85, 1.15).all()
    margin = 1 - world.invoices.groupby("company")["cost"].sum() / invoiced
    assert margin[old].median() == pytest.approx(0.62, abs=0.06)
    legacy = world.companies.loc[margin.index, "is_legacy"]
    assert (
        margin[~legacy].median() - margin[legacy].median() > 0.25
    )  # what makes profit differ from revenue


def hazard_ratios(world):
    """Cox with all red flags and the number of conditions met; other causes censored."""
    c, companies = world.customers, world.companies.loc[world.customers.index]
    reason = world.churn.set_index("company")["reason"].reindex(c.index)
    event = (reason.notna() & ~reason.isin(OTHER_CAUSES)).to_numpy()
    flags = [
        companies["is_deep_discount"],
        ~companies["has_technical_contact"],
        companies["is_legacy"],
        c["cycle_days"] > LONG_CYCLE_DAYS,
        companies["n_conditions"],
    ]
    return cox(
        (c["end_date"] - c["start_date"]).dt.days.clip(lower=1),
        event,
        np.column_stack(flags).astype(float),
    )


def test_red_flags_raise_churn_as_planted(world):
    fit = hazard_ratios(world)
    planted = np.array(
        [
            HAZARD_RATIOS[f]
            for f in ("is_deep_discount", "is_single_threaded", "is_legacy", "is_long_cycle")
        ]
    )
    assert (fit.hazard_ratio_low[:4] > 1).all()
    assert ((fit.hazard_ratio_low[:4] < planted) & (planted < fit.hazard_ratio_high[:4])).all()
    assert fit.hazard_ratio_high[4] < 1  # each condition met makes leaving less likely
    assert {*OTHER_CAUSES} <= set(world.churn["reason"])
    assert (
        world.churn["churn_date"]
        > world.customers.loc[world.churn["company"], "start_date"].to_numpy()
    ).all()


def quarterly(world) -> pd.DataFrame:
    rows = []
    for quarter in QUARTERS:
        period = pd.Period(quarter)
        new = world.companies[
            world.companies["created_date"].between(period.start_time, period.end_time)
        ]
        closed = world.deals[world.deals["close_date"].between(period.start_time, period.end_time)]
        fit = closed[world.companies.loc[closed["company"], "is_fit"].to_numpy()]
        first = fit[fit["type"] == "New Business"]
        rows.append(
            (
                new["is_fit"].mean(),
                fit["is_won"].mean(),
                (first["close_date"] - first["created_date"]).dt.days.median(),
            )
        )
    return pd.DataFrame(rows, index=QUARTERS, columns=["fit_share", "win_rate", "cycle_days"])


def test_the_market_shifts_in_2026q2_and_not_before(world):
    table = quarterly(world)
    before, after = table.loc[:"2026Q1"], table.loc["2026Q2":]
    assert after["fit_share"].max() < 0.6 * before["fit_share"].min()
    assert after["win_rate"].max() < 0.6 * before["win_rate"].min()
    assert after["cycle_days"].min() > 1.25 * before["cycle_days"].max()
    for quarter in QUARTERS:
        kinds = set(read(quarter, "Market_Notes.csv")["Kind"])
        assert ({"competitor", "regulation", "technology"} <= kinds) == (quarter >= "2026Q2")


def test_one_new_objection_appears_with_the_shift(world):
    codes = world.codings.merge(
        world.codebook[["code_id", "family"]], left_on="code", right_on="code_id"
    )
    objections = codes[codes["family"] == "fear_objection"]
    first = objections.groupby("code")["wave"].min()
    assert first["answers_cannot_be_audited"] == "2026Q2"
    assert set(first.drop("answers_cannot_be_audited")) == {"2025Q3"}
    assert "answers_cannot_be_audited" not in set(read("2026Q1", "Codebook.csv")["code_id"])


def test_interviews_carry_the_two_personas(world):
    truth = json.loads(TRUTH.read_text())
    fit = world.interviews[world.interviews["icp_fit"] == "yes"]
    assert fit["buying_role"].value_counts()[["technical_buyer", "economic_buyer"]].min() >= 7
    assert (world.interviews["buying_role"] == "end_user").sum() == 2 and 3 <= (
        world.interviews["icp_fit"] == "no"
    ).sum() <= 4
    said = world.codings.drop_duplicates(["interview_id", "code"]).merge(
        fit[["interview_id", "buying_role"]]
    )
    for role in ("technical_buyer", "economic_buyer"):
        n = (fit["buying_role"] == role).sum()
        share = said[said["buying_role"] == role].groupby("code")["interview_id"].nunique() / n
        rest = said[said["buying_role"] != role].groupby("code")["interview_id"].nunique() / (
            len(fit) - n
        )
        assert (share.reindex(truth["typical"][role]) >= 0.5).all()
        assert (
            share.reindex(truth["distinctive"][role])
            - rest.reindex(truth["distinctive"][role]).fillna(0)
            > 0.3
        ).all()
    assert {
        "prove_roi_of_data",
        "weeks_pulling_reports",
        "technical_deep_dives",
        "white_papers",
        "accuracy",
        "integration_capability",
        "support_quality",
    } <= set(truth["typical"]["technical_buyer"])
    assert {
        "improve_retention_ltv",
        "cannot_segment_or_predict_churn",
        "case_studies",
        "outcome_metrics",
        "speed_to_insight",
        "ease_of_use",
        "proven_roi",
    } <= set(truth["typical"]["economic_buyer"])


def test_two_coders_agree_as_people_do(world):
    coders = world.codings.groupby("interview_id")["coder"].nunique()
    both = coders.index[coders == 2]
    assert 8 <= len(both) <= 10
    codes = world.codebook["code_id"]
    present = world.codings.assign(heard=1).pivot_table(
        index=["interview_id", "code"], columns="coder", values="heard"
    )
    present = present.reindex(pd.MultiIndex.from_product([both, codes])).fillna(0)
    seen = present.to_numpy().T.reshape(2, len(both), len(codes))
    (found,) = presence_agreement(seen, [range(len(codes))], n_resamples=10)
    assert 0.75 < found.alpha.value < 0.92


def click_rates(world) -> pd.DataFrame:
    touches = world.engagement.assign(
        role=world.contacts.loc[world.engagement["contact"], "buying_role"].to_numpy()
    )
    return touches.pivot_table(index="role", columns="content", values="clicked")


def test_roles_respond_to_different_content(world):
    rates = click_rates(world)
    for content in ("White paper", "Technical deep-dive"):
        assert rates.at["Technical Buyer", content] > 3 * rates.at["Economic Buyer", content]
    for content in ("Case study", "Outcome e-mail"):
        assert rates.at["Economic Buyer", content] > 2 * rates.at["Technical Buyer", content]


def test_agencies_and_resellers_are_the_anti_persona(world):
    c = world.companies.loc[world.customers.index]
    hours = world.tickets.groupby("company")["hours"].sum().reindex(c.index).fillna(0)
    revenue = world.invoices.groupby("company")["amount"].sum().reindex(c.index)
    old = revenue > 0
    support = (hours / revenue)[old]
    assert support[c["is_reselling"][old]].median() > 4 * support[~c["is_reselling"][old]].median()
    assert (
        c.loc[c["is_reselling"], "is_deep_discount"].mean()
        > 2 * c.loc[~c["is_reselling"], "is_deep_discount"].mean()
    )
    anti = world.interviews[world.interviews["group"] == "anti"]["interview_id"]
    codes = world.codings[world.codings["code"].str.startswith("anti_")]
    per_interview = (
        codes.groupby("interview_id")["code"]
        .nunique()
        .reindex(world.interviews["interview_id"])
        .fillna(0)
    )
    assert per_interview[anti].min() >= 2 and per_interview.drop(anti).mean() < 0.6


def test_files_are_as_messy_as_real_ones():
    quarter = QUARTERS[-1]
    for name in ("Accounts.csv", "Prospects.csv", "Opportunities.csv", "Cases.csv", "Contacts.csv"):
        lines = (COMMITTED / "raw" / quarter / name).read_text(encoding="utf-8-sig").splitlines()
        assert (
            lines[-FOOTER_LINES].startswith('"Grand Totals (')
            and "Copyright (c) 2000-2026" in lines[-1]
        )
    accounts, prospects, deals, churn = (
        read(quarter, n)
        for n in ("Accounts.csv", "Prospects.csv", "Opportunities.csv", "Churn.csv")
    )
    both = pd.concat([accounts, prospects])
    assert (
        both["Employees"].str.contains(",").any()
        and both["Employees"].str.contains("-").any()
        and (both["Employees"] == "").any()
    )
    assert (
        both["Annual Revenue"].str.endswith("M").any()
        and both["Annual Revenue"].str.startswith("$").any()
    )
    assert (
        both["Industry"].str.isupper().any()
        and both["Bank"].isin(["None", "-", "unknown", "#N/A"]).any()
    )
    assert (
        accounts["Website"].duplicated().sum() >= 2
        and not accounts["Account ID"].duplicated().any()
    )
    assert set(accounts["Account ID"]) & set(prospects["Account ID"]), (
        "somebody bought and is still listed as a prospect"
    )
    assert not deals["Account ID"].isin(both["Account ID"]).all(), "orphan deals"
    assert (days(deals["Close Date"]) < days(deals["Created Date"])).any()
    assert days(churn["Churn Date"]).min().year < 1950
    assert 5 < (~churn["Account Name"].isin(accounts["Account Name"])).sum() < len(churn)
    assert (days(accounts["Created Date"]).dt.day > 12).any()
    gaps = (both[list(accounts.columns[6:-6])] == "").mean()
    assert gaps.max() > 0.2 and (gaps > 0.02).sum() > 15


def test_what_is_written_after_the_sale_knows_the_outcome(world):
    accounts = read(QUARTERS[-1], "Accounts.csv")
    truth = json.loads(TRUTH.read_text())
    best = accounts["Account ID"].isin(truth["best_by_revenue"])
    health = pd.to_numeric(accounts["Health Score"])
    assert health[best].median() - health[~best].median() > 20
    assert not set(truth["leaks"]) & set(read(QUARTERS[-1], "Prospects.csv").columns)


def test_interviews_name_nobody(world):
    """Names stand only where the privacy gate has to find them.

    No quote and no interview holds one.
    """
    names = {
        word.lower() for column in ("first_name", "last_name") for word in world.contacts[column]
    }
    names |= {
        word.lower().strip(".") for name in world.companies["name"] for word in name.split()[:1]
    }
    names |= {word.lower() for name in world.companies["owner"] for word in name.split()}
    quotes = " ".join(world.codings["quote"].unique())
    assert not names & set(re.findall(r"\w+", quotes.lower()))
    told = (COMMITTED / "raw" / QUARTERS[-1] / "Interviews.csv").read_text().lower()
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", told)]
    assert (
        world.contacts["email"].str.endswith(".example").all()
        and world.companies["domain"].str.endswith(".example").all()
    )
    assert set(world.interviews["consent_quotes"]) == {"yes", "no", "unknown"}


def test_the_twin_keeps_its_columns_and_loses_their_meaning(world, twin):
    def rank(w):
        return w.companies.loc[w.customers.index, "n_conditions"].corr(
            np.log(w.customers["yearly_revenue"])
        )

    assert rank(world) > 0.4 and abs(rank(twin)) < 0.15
    assert not {
        "industry",
        "n_employees",
        "annual_revenue",
        "growth_rate",
        "region",
        "tech_stack",
    } & set(found_in(twin))
    fit = hazard_ratios(twin)
    assert ((fit.hazard_ratio_low < 1) & (fit.hazard_ratio_high > 1)).sum() >= 4
    rates = click_rates(twin)
    assert (
        rates.max().max() < 0.25
        and (rates.loc["Technical Buyer"] - rates.loc["Economic Buyer"]).abs().max() < 0.06
    )
    assert len(twin.churn) == len(world.churn) and len(twin.customers) == len(world.customers)
    for name in ("industry", "region", "growth_stage"):
        shares = [w.companies[name].value_counts(normalize=True) for w in (world, twin)]
        assert (shares[0] - shares[1]).abs().max() < 0.06
    assert np.log(world.customers["yearly_revenue"]).mean() == pytest.approx(
        np.log(twin.customers["yearly_revenue"]).mean(), abs=0.35
    )


def test_interviews_of_the_twin_do_not_differ_by_role(twin):
    said = twin.codings.drop_duplicates(["interview_id", "code"]).merge(
        twin.interviews[["interview_id", "buying_role"]]
    )
    n = twin.interviews["buying_role"].value_counts()
    share = said.groupby(["code", "buying_role"])["interview_id"].nunique().unstack(fill_value=0)
    gap = (
        share["technical_buyer"] / n["technical_buyer"]
        - share["economic_buyer"] / n["economic_buyer"]
    ).abs()
    assert (
        gap.loc[
            ["prove_roi_of_data", "improve_retention_ltv", "technical_deep_dives", "case_studies"]
        ].max()
        < 0.6
    )


def test_the_command_writes_what_is_committed():
    asked = inspect.signature(example_command).parameters
    assert (asked["seed"].default, asked["customers"].default) == (SEED, 400)


def test_small_and_other_examples(tmp_path):
    other = write_example(tmp_path / "other", quarters=("2026Q3",), customers=60, seed=5)
    assert (len(other.customers), len(other.churn), len(other.companies)) == (60, 18, 150)
    assert [p.name for p in (tmp_path / "other" / "raw").iterdir()] == ["2026Q3"]
    with pytest.raises(UserError, match="no quarter 2020Q1"):
        write_example(tmp_path / "none", quarters=("2020Q1",))
    assert not (tmp_path / "none").exists()
