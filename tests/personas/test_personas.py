"""Evidence, labels, statements and groups.

What the methods page says, on tables with planted personas.
"""

import numpy as np
import pandas as pd
import pytest

from icplib.icp import Profiles
from icplib.personas import agreement as ag
from icplib.personas import changes, labels, statements
from icplib.personas import saturation as sat
from icplib.personas.evidence import AGAINST, _refuse_expired, gather_evidence, sort_interviews
from icplib.problems import UserError
from icplib.tables import artefact
from persona_bed import AS_OF, FAST, NO_ACCOUNTS, QUARTER, analyse, study


@pytest.fixture(scope="module")
def planted():
    tables, truth = study(seed=1, miss=0.04, false=0.01)
    return tables, truth, *analyse(tables)


# --- labels ---------------------------------------------------------------------------------------


def test_the_evidence_sentence_is_fixed():
    row = {
        "n_said": 5,
        "n_asked": 6,
        "n_accounts": 4,
        "n_rest_said": 1,
        "n_rest_asked": 9,
        "confidence": "High",
        "drops_to": "Medium",
        "drops_without": "INT-012",
    }
    assert (
        statements.evidence_sentence(row)
        == "5 of 6 asked (4 accounts), 1 of 9 in other roles; High; drops to Medium without INT-012"
    )


# --- evidence -------------------------------------------------------------------------------------


def test_majority_ties_partial_coders_and_topics_not_asked():
    tables, _ = study(n=6, seed=3)
    codes = tables["codebook"]["code_id"]
    ids = tables["interviews"]["interview_id"]
    tables["codings"] = pd.DataFrame(
        [
            (ids[0], "C1", codes[0], 1, pd.NA),
            (ids[1], "C1", codes[1], 1, -1),
            (ids[2], "C2", codes[2], 1, pd.NA),
        ],
        columns=["interview_id", "coder_id", "code_id", "pass", "polarity"],
    )
    tables["assignments"].loc[
        (tables["assignments"]["interview_id"] == ids[2])
        & (tables["assignments"]["coder_id"] == "C1"),
        "status",
    ] = "partial"
    family = tables["codebook"]["family"][5]
    tables["topics_asked"] = pd.DataFrame(
        {"interview_id": [ids[3]], "family": [family], "asked": pd.array([False], "boolean")}
    )
    interviews = sort_interviews(tables["interviews"], NO_ACCOUNTS, Profiles(), FAST, QUARTER)
    heard = gather_evidence(tables, interviews, FAST)
    assert (
        heard.presence.loc[ids[0], codes[0]] == 1 and heard.disputed.loc[ids[0], codes[0]]
    )  # one of two: present, disputed
    assert (
        heard.presence.loc[ids[2], codes[2]] == 1 and not heard.disputed.loc[ids[2], codes[2]]
    )  # the partial coder says nothing
    assert (
        heard.presence.loc[ids[1], codes[1] + AGAINST] == 1
        and heard.presence.loc[ids[1], codes[1]] == 0
    )
    assert (
        heard.presence.loc[ids[3], heard.items.index[heard.items["family"] == family]].isna().all()
    )


def test_the_adjudicator_decides_and_lifts_the_cap():
    tables, _ = study(n=12, seed=4, coders=3)
    settings = FAST.model_copy(update={"adjudicator": "C3"})
    interviews = sort_interviews(tables["interviews"], NO_ACCOUNTS, Profiles(), settings, QUARTER)
    heard = gather_evidence(tables, interviews, settings)
    agreed = tables["codings"][tables["codings"]["coder_id"] == "C3"]
    assert heard.presence.to_numpy().sum() == len(
        agreed.drop_duplicates(["interview_id", "code_id"])
    )
    assert heard.coders == ("C1", "C2") and heard.is_adjudicated


def test_only_fitting_recent_latest_interviews_count_and_the_rest_is_listed():
    tables, _ = study(n=12, seed=5)
    t = tables["interviews"]
    t.loc[0, "icp_fit"] = False
    t.loc[1, "icp_fit"] = pd.NA
    t.loc[2, ["wave", "interview_date"]] = ["2024Q1", pd.Timestamp("2024-02-01")]
    t.loc[4, "person_id"] = t.loc[3, "person_id"]
    t.loc[3, "interview_date"] = pd.Timestamp("2026-07-01")
    t.loc[4, "interview_date"] = pd.Timestamp("2026-08-01")
    found = sort_interviews(t, NO_ACCOUNTS, Profiles(), FAST, QUARTER)
    reasons = found.excluded.set_index("interview_id")["reason"]
    assert reasons.to_dict() == {
        "INT-001": "the account does not fit the ICP",
        "INT-002": "not known whether the account fits the ICP",
        "INT-003": "older than 4 quarters",
        "INT-004": "a later interview of the same person counts",
    }
    assert len(found.counted) == 8


def test_kept_too_long_and_merged_without_a_reason_are_errors():
    tables, _ = study(n=6, seed=6)
    expired = tables["interviews"].copy()
    expired.loc[2, "retain_until"] = pd.Timestamp("2026-01-01")
    with pytest.raises(UserError, match="INT-003 had to be deleted by 2026-01-01"):
        _refuse_expired(expired, AS_OF)
    with pytest.raises(UserError, match="without a reason"):
        sort_interviews(
            tables["interviews"],
            NO_ACCOUNTS,
            Profiles(),
            FAST.model_copy(update={"merge": {"champion": "end_user"}}),
            QUARTER,
        )


# --- agreement and saturation ---------------------------------------------------------------------


def test_agreement_rows_verdicts_and_caps(planted):
    tables, _, _, _, agreement, _ = planted
    codes = agreement[agreement["scope"] == "code"]
    assert len(codes) == 40 and set(codes["verdict"]) <= {
        "reliable",
        "tentative",
        "unreliable",
        "not settled",
        "too rare to judge",
    }
    assert (codes.loc[codes["verdict"] == "reliable", "alpha_low"] >= 0.8).all()
    assert (codes.loc[codes["verdict"] == "unreliable", "alpha_high"] < 0.667).all()
    assert (codes.loc[codes["verdict"] == "unreliable", "cap"] == "Low").all()
    whole = agreement.loc[agreement["scope"] == "all", "cap"].item()
    unsettled = codes[codes["verdict"] == "not settled"]
    families = agreement[agreement["scope"] == "family"].set_index("family")
    for row in unsettled.itertuples():
        family = families.loc[row.family]
        is_settled = family["verdict"] in ag.SETTLED
        assert row.cap == (family["cap"] if is_settled else whole)
    total = agreement[agreement["scope"] == "all"].iloc[0]
    assert total["alpha_low"] < total["alpha"] < total["alpha_high"] and total["alpha_median"] > 0.6
    assert total["agreement_low"] < total["agreement_rate"] < total["agreement_high"] <= 1


def test_one_coder_is_said_and_caps():
    tables, _ = study(n=20, seed=7, coders=1, miss=0, false=0)
    _, _, agreement, found = analyse(tables)
    assert set(agreement["verdict"]) == {"single coder, agreement not assessed"}
    assert "One coder only" in ag.describe_agreement(agreement)
    assert "High" not in set(found.statements["confidence"]) and "Medium" in set(
        found.statements["confidence"]
    )


def test_disagreements_name_interviews_and_coders(planted):
    tables, _, _, counted, agreement, _ = planted
    worst = agreement.assign(
        alpha=agreement["alpha"].where(agreement["code_id"] != "code_01", 0.5),
        verdict=agreement["verdict"].where(agreement["code_id"] != "code_01", "unreliable"),
    )
    listed = ag.list_disagreements(counted, worst, tables["codings"])
    mine = listed[listed["code_id"] == "code_01"]
    assert (
        len(mine)
        == worst.set_index("code_id").loc["code_01", ["n_first_only", "n_second_only"]].sum()
    )
    assert (
        set(mine["coders_yes"]) <= {"C1", "C2"} and (mine["coders_yes"] != mine["coders_no"]).all()
    )


def test_a_coder_who_codes_twice_is_compared_with_themself():
    tables, _ = study(n=10, seed=8, coders=1)
    again = tables["assignments"].assign(**{"pass": 2}).head(4)
    second = tables["codings"][
        tables["codings"]["interview_id"].isin(again["interview_id"])
    ].assign(**{"pass": 2})
    tables["assignments"] = pd.concat([tables["assignments"], again])
    tables["codings"] = pd.concat([tables["codings"], second])
    _, _, agreement, _ = analyse(tables)
    twice = agreement[agreement["between"] == "passes"].iloc[0]
    assert (
        twice["n_interviews"] == 4 and twice["alpha"] == 1.0 and twice["label"] == "C1 coding twice"
    )


def test_saturation_by_role_and_switched_off(planted):
    _, _, _, counted, _, _ = planted
    table, curve = sat.measure_saturation(counted, FAST)
    assert list(table["role"]) == ["all", "economic_buyer", "technical_buyer", "end_user"]
    assert curve[curve["role"] == "all"]["dated"].is_monotonic_increasing
    few = counted.of(counted.interviews.index[:5])
    assert "cannot be assessed" in sat.measure_saturation(few, FAST)[0]["sentence"].iloc[0]
    off, none = sat.measure_saturation(counted, FAST.model_copy(update={"saturation": False}))
    assert off.empty and none.empty and "switched off" in sat.describe_saturation(off)


# --- statements -----------------------------------------------------------------------------------


def test_planted_roles_pass_the_gate_and_their_signatures_stand_out(planted):
    _, truth, _, _, _, found = planted
    assert found.gate.mode == "by role" and found.gate.p <= 0.05
    assert [g.role for g in found.groups] == ["economic_buyer", "technical_buyer", "end_user"]
    claimed = found.statements[found.statements["distinctive"].isin(["High", "Medium"])]
    right = [
        code in truth[role] for role, code in zip(claimed["role"], claimed["code_id"], strict=True)
    ]
    assert len(right) >= 9 and np.mean(right) >= 0.9
    assert all(value < 3 for value in found.expected.values())


def test_caps_hold_everywhere(planted):
    _, _, _, counted, agreement, found = planted
    rank = statements.RANK
    table = found.statements[found.statements["confidence"] != ""]
    assert all(
        rank[c] <= rank[cap] for c, cap in zip(table["confidence"], table["cap"], strict=True)
    )
    caps = agreement[agreement["scope"] == "code"].set_index("code_id")["cap"]
    assert all(
        rank[c] <= rank[caps[code]]
        for c, code in zip(table["confidence"], table["code_id"], strict=True)
    )
    assert (table["n_said"] >= 2).all()
    assert (table[table["n_accounts"] < 2]["confidence"] != "High").all()


def test_what_a_statement_hangs_on_is_true(planted):
    _, _, _, counted, _, found = planted
    hanging = found.statements[
        found.statements["drops_without"].notna() & (found.statements["drops_without"] != "")
    ]
    assert len(hanging)
    for row in hanging.head(10).itertuples():
        assert row.drops_without in row.interview_ids
        assert (
            statements.RANK[row.drops_to if row.drops_to != "none" else ""]
            < statements.RANK[row.confidence]
        )
        left = labels.capped(labels.typical_label(row.n_said - 1, row.n_asked - 1), row.cap)
        assert (
            statements.RANK[left] <= statements.RANK[row.drops_to if row.drops_to != "none" else ""]
        )


def test_roles_with_too_few_are_named_and_four_interviews_make_an_early_card():
    tables, _ = study(n=16, roles=2, seed=9, miss=0.02, false=0.0)
    roles = tables["interviews"]["buying_role"]
    tables["interviews"].loc[roles.index[:2], "buying_role"] = "procurement"
    tables["interviews"].loc[roles.index[2:6], "buying_role"] = "champion"
    _, counted, _, found = analyse(tables)
    assert {g.role: g.status for g in found.groups}.get("champion", "early") == "early"
    assert any("Procurement" in g.missing for g in found.short)
    if found.gate.mode.startswith("by role"):
        assert "High" not in set(
            found.statements.loc[found.statements["role"] == "champion", "confidence"]
        )


@pytest.mark.parametrize(
    "column, value, words",
    [
        ("icp_fit", [True] * 4 + [False] * 8, "5 are needed"),
        ("account_id", "A1", "one account"),
        ("buying_role", [None] * 6 + ["end_user"] * 6, "no buying role"),
        ("consent_analysis", "unknown", "consent"),
    ],
)
def test_refusals(column, value, words):
    tables, _ = study(n=12, seed=10)
    tables["interviews"][column] = value
    *_, found = analyse(tables)
    assert found.statements.empty and any(words in reason for reason in found.refusals), (
        found.refusals
    )


def test_a_codebook_without_families_is_refused():
    tables, _ = study(n=12, seed=10)
    tables["codebook"]["family"] = "other"
    assert "mapped to a family" in analyse(tables)[-1].refusals[0]


def test_nothing_at_all_is_a_sentence_and_empty_tables():
    tables = {
        name: artefact(f"05_{name}").empty()
        for name in ("interviews", "assignments", "topics_asked", "codebook", "codings")
    }
    interviews, counted, agreement, found = analyse(tables)
    assert interviews.excluded.empty and agreement.empty and found.statements.empty
    assert "need" in found.refusals[0]
    table, curve = sat.measure_saturation(counted, FAST)
    assert table.empty and curve.empty
    assert changes.compare(found.statements, None, counted, tables["codebook"], QUARTER).empty


def test_alike_roles_share_one_card():
    tables, _ = study(n=24, seed=11, planted=False)
    *_, found = analyse(tables)
    assert found.gate.mode == "one shared card"
    assert [g.status for g in found.groups] == ["shared"] and set(
        found.statements["distinctive"]
    ) == {""}
    assert {"economic_buyer", "end_user"} <= set(
        found.statements["role"]
    )  # counts by role are still listed
    assert found.other_split and "to ask about" in found.other_split[0]


def test_merging_needs_a_reason_and_is_followed():
    tables, _ = study(seed=1, miss=0.04, false=0.01)
    merged = FAST.model_copy(
        update={"merge": {"end_user": "technical_buyer"}, "merge_reason": "the same people"}
    )
    *_, found = analyse(tables, merged)
    assert [g.role for g in found.groups] == ["economic_buyer", "technical_buyer"]


# --- quarter to quarter ---------------------------------------------------------------------------


def test_cards_are_compared_statement_by_statement(planted):
    tables, _, _, counted, _, found = planted
    now = found.statements
    before = now.copy()
    printed = now.index[now["is_on_card"]]
    before.loc[printed[0], ["is_on_card", "confidence"]] = [False, ""]
    before.loc[printed[1], "confidence"] = (
        "Medium" if now.loc[printed[1], "confidence"] != "Medium" else "Low"
    )
    before.loc[printed[1], ["n_said", "n_asked"]] = [
        now.loc[printed[1], "n_said"] * 2,
        now.loc[printed[1], "n_asked"] * 2,
    ]
    table = changes.compare(now, before, counted, tables["codebook"], QUARTER)
    cards = table[table["kind"] == "card"].set_index(["role", "code_id"])
    place = [tuple(now.loc[i, ["role", "code_id"]]) for i in printed[:2]]
    assert cards.loc[place[0], "change"] == "added"
    assert cards.loc[place[1], "change"] == "relabelled" and cards.loc[place[1], "is_by_n_alone"]
    assert (cards["change"] == "unchanged").sum() == len(printed) - 2


def test_prevalence_shifts_between_waves():
    tables, _ = study(n=40, roles=2, seed=13, miss=0, false=0, coders=1, account_sd=0)
    ids = tables["interviews"]["interview_id"]
    tables["interviews"]["wave"] = np.where(np.arange(40) < 20, "2026Q2", "2026Q3")
    tables["interviews"].loc[:19, "interview_date"] = pd.Timestamp("2026-05-05")
    code = tables["codebook"]["code_id"].iloc[-1]
    others = tables["codings"][tables["codings"]["code_id"] != code]
    late = others.drop_duplicates("interview_id").assign(code_id=code)
    tables["codings"] = pd.concat([others, late[late["interview_id"].isin(ids[20:])]])
    interviews, counted, _, found = analyse(tables)
    table = changes.compare(found.statements, None, counted, tables["codebook"], QUARTER)
    mine = table[table["code_id"] == code]
    assert (
        set(mine["change"]) == {"shift"}
        and (mine["p_up"] > 0.99).all()
        and (mine["p_holm"] < 0.05).all()
    )
    assert (table[table["code_id"] != code]["change"] != "shift").mean() > 0.95
    assert "smallest rises" in changes.describe_changes(table, False)


def test_two_interviews_a_wave_show_nothing_and_say_so():
    tables, _ = study(n=8, roles=2, seed=14, coders=1, miss=0)
    tables["interviews"]["wave"] = ["2026Q2"] * 4 + ["2026Q3"] * 4
    _, counted, _, found = analyse(tables)
    table = changes.compare(found.statements, None, counted, tables["codebook"], QUARTER)
    assert set(table["change"]) <= {"too few to see", "watch", "new code", "no evidence of change"}
    assert "none at all" in changes.describe_changes(table, False) or table.empty
