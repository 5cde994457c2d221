"""Are planted personas found, is nothing found in noise, and does a real survey of 700 people go
through the same path?
"""

import re

import numpy as np
import pandas as pd
import pytest

from icplib.example import interviews as example
from icplib.tables import artefact
from persona_bed import FAST, analyse
from survey import SURVEY, as_interviews, survey

WINDOW = FAST.model_copy(
    update={"window_quarters": 5, "agreement_resamples": 100, "permutations": 499}
)


def example_tables(seed, is_noise):
    """The example's interview plan and coders without the rest of its company.

    Canonical tables and the codebook with its truth.
    """
    rng = np.random.default_rng(seed)
    book = example.read_codebook()
    plan = pd.DataFrame(example.MARKET["interviews"], columns=["wave", "buying_role", "group"])
    plan["interview_id"] = [f"INT-{i:03d}" for i in range(1, len(plan) + 1)]
    plan["interview_date"] = [
        pd.Period(w).start_time + pd.Timedelta(days=int(rng.integers(8, 75))) for w in plan["wave"]
    ]
    plan["speaks_as"] = plan["buying_role"].where(plan["group"] != "anti", "anti")
    if is_noise:
        plan["speaks_as"] = rng.permutation(plan["speaks_as"].to_numpy())
    codings = example.draw_codings(plan, book, rng).rename(
        columns={"coder": "coder_id", "code": "code_id"}
    )
    codings = codings.assign(
        **{
            "pass": 1,
            "polarity": pd.to_numeric(codings["polarity"], errors="coerce").astype("Int8"),
            "quote_truncated": False,
            "start": np.nan,
        }
    )
    assigned = [
        (i, coder, 1, "complete")
        for n, i in enumerate(plan["interview_id"])
        for coder in (("C1", "C2") if n in example.DOUBLE_CODED else (("C1",), ("C2",))[n % 2])
    ]
    interviews = (
        artefact("05_interviews")
        .empty()
        .reindex(range(len(plan)))
        .assign(
            interview_id=plan["interview_id"],
            person_id=plan["interview_id"].str.replace("INT", "P"),
            account_id=[f"A{i}" for i in range(len(plan))],
            wave=plan["wave"],
            interview_date=plan["interview_date"],
            buying_role=plan["buying_role"],
            role=plan["buying_role"],
            icp_fit=plan["group"] == "fit",
            consent_analysis="yes",
            consent_quotes="yes",
            relationship="customer",
        )
    )
    tables = {
        "interviews": artefact("05_interviews").check(interviews),
        "topics_asked": artefact("05_topics_asked").empty(),
        "codings": codings,
        "assignments": pd.DataFrame(
            assigned, columns=["interview_id", "coder_id", "pass", "status"]
        ),
        "codebook": book.assign(
            code_path=book["code_id"], parent_id=None, is_codable=True, merged_into=None
        ),
    }
    return tables, book.set_index("code_id")


@pytest.mark.slow
def test_the_examples_personas_are_recovered_over_20_seeds():
    found = planted = claimed = false = 0
    for seed in range(20):
        tables, truth = example_tables(seed, is_noise=False)
        table = analyse(tables, WINDOW)[-1].statements
        good = table[table["confidence"].isin(["High", "Medium"])]
        for role, other in (
            ("technical_buyer", "economic_buyer"),
            ("economic_buyer", "technical_buyer"),
        ):
            mine = truth[~truth.index.str.startswith("anti_") & (truth["first_wave"] == "")]
            typical = set(mine.index[mine[role].astype(float) >= 0.8])
            planted += len(typical)
            found += len(typical & set(good.loc[good["role"] == role, "code_id"]))
            told = table[(table["role"] == role) & table["distinctive"].isin(["High", "Medium"])][
                "code_id"
            ]
            apart = [
                truth.loc[c.removesuffix("~against"), role]
                > truth.loc[c.removesuffix("~against"), other] + 0.1
                for c in told
            ]
            claimed, false = claimed + len(apart), false + apart.count(False)
    assert claimed >= 200
    assert found / planted >= 0.80, (
        f"{found} of {planted} planted typical statements at Medium or better"
    )
    assert false / claimed <= 0.10, f"{false} of {claimed} distinctive statements are false"


@pytest.mark.slow
def test_the_noise_twin_yields_no_distinctive_statement_in_nine_of_ten_seeds():
    quiet = 0
    for seed in range(40):
        tables, _ = example_tables(seed, is_noise=True)
        found = analyse(tables, WINDOW)[-1].statements
        quiet += not found["distinctive"].isin(["High", "Medium"]).any()
    assert quiet / 40 >= 0.90, f"{quiet} of 40 seeds without a distinctive statement"


@pytest.mark.slow
@pytest.mark.skipif(
    not SURVEY.is_dir(),
    reason="the Jupyter survey does not lie beside this checkout (../shared/data)",
)
def test_what_the_roles_of_a_real_survey_differ_in_and_that_it_is_little():
    """Fifteen roles explain hardly more than chance would (2.2 against 2.0 %), so there are no
    cards by role; single topics do differ.
    """
    tables = as_interviews(survey())
    _, heard, agreement, found = analyse(tables, WINDOW)
    gate = found.gate
    assert (
        gate.n_interviews > 700
        and gate.n_roles == 15
        and heard.presence.isna().to_numpy().mean() > 0.2
    )  # not answered is not asked
    by_chance = (gate.n_roles - 1) / (gate.n_interviews - 1)
    assert by_chance < gate.r2 < 1.3 * by_chance and gate.p > 0.05
    assert (
        gate.mode in ("by role, with a warning", "one shared card") and len(found.role_labels) >= 10
    )
    assert (
        set(agreement["verdict"]) == {"single coder, agreement not assessed"}
        and (found.statements["confidence"] != "High").all()
    )
    differing, of = map(
        int, re.search(r"differ on (\d+) of (\d+) at p < .05", found.topics[0]).groups()
    )
    assert of == 81 and differing > 0.05 * of  # more than chance, and nothing to build a card on
    cells = found.statements.set_index(["role", "code_id"])
    for role, code, said, asked in (
        ("scientist", "pain_development", 24, 70),
        ("developer", "motivation_persistence", 9, 67),
        ("data_scientist", "daily_habit_language", 37, 125),
    ):
        assert (
            cells.loc[(role, code), ["n_said", "n_asked"]] == [said, asked]
        ).all() and cells.loc[(role, code), "zb"] > 1.96
