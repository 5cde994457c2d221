"""Step 4 from artefacts to files.

Refusals, reasons, knock-outs, trust, drift, and scoring a new list.
"""

from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest

from icplib import scoring
from icplib.problems import UserError
from icplib.scoring import handover, salesforce
from icplib.scoring.knock_outs import apart_from_points, too_many_out
from icplib.scoring.scorecard import points, red_flags_carried
from icplib.scoring.sql import Table, scorecard_sql
from icplib.scoring.trust import _referee_sentence
from icplib.settings import Settings
from icplib.tables import artefact, files
from icplib.tables.step_04 import KnockOut, Rule, Scorecard
from icplib.workbook import Workbook
from salesforce_evaluator import evaluate
from scorecards import scorecard, segment

TOML = """
name = "Made up"
preset = "salesforce"
[sources]
accounts = "Accounts.csv"
deals = "Deals.csv"
[score]
referee = false
[[score.knock_outs]]
attribute = "industry"
in = ["gambling"]
reason = "policy"
[[limits]]
attribute = "n_employees"
low = 20
"""
KINDS = {
    "industry": "nominal",
    "n_employees": "count",
    "tech_stack": "set",
    "growth_rate": "rate",
    "annual_revenue_amount": "amount",
    "luck": "nominal",
}


def world(n, n_prospects, seed, noise=False):
    """Accounts with a planted relation (or none), their catalogue, and who is best."""
    rng = np.random.default_rng(seed)
    total = n + n_prospects
    table = artefact("01_accounts").empty().reindex(range(total))
    table["account_id"] = [f"c{i:04d}" for i in range(total)]
    table["family_id"] = table["account_id"]
    table["account_name"] = [
        f"=Company {i}" if i % 50 == 0 else f"Company {i}" for i in range(total)
    ]
    table["domain"] = [f"c{i}.example" for i in range(total)]
    table["is_customer"] = np.arange(total) < n
    table["is_prospect"] = ~table["is_customer"].astype(bool)
    table["is_churned"] = False
    table["created_date"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(
        rng.integers(0, 630, total), "D"
    )
    table["start_date"] = table["created_date"].where(table["is_customer"])
    table["n_touches"], table["n_clicks"], table["n_replies"] = (
        rng.integers(0, 3, total),
        rng.integers(0, 2, total),
        0,
    )
    table["industry"] = pd.Series(
        rng.choice(["fintech", "retail", "media", "gambling"], total, p=[0.3, 0.35, 0.3, 0.05]),
        dtype="str",
    )
    table["n_employees"] = np.round(np.exp(rng.normal(5.3, 1.2, total)))
    table["growth_rate"] = rng.normal(0.2, 0.2, total).round(3)
    table["annual_revenue_amount"] = np.exp(rng.normal(16, 1, total)).round()
    stack = np.empty(total, dtype=object)
    stack[:] = [tuple(t for t in ("AWS", "CRM") if rng.random() < 0.4) for _ in range(total)]
    table["tech_stack"] = stack
    table["luck"] = pd.Series(rng.choice(list("abc"), total), dtype="str")
    signal = (
        1.0 * (table["industry"] == "fintech")
        + table["n_employees"].between(200, 1500)
        + table["tech_stack"].map(lambda s: "AWS" in s)
    )
    table.loc[rng.random(total) < 0.1, "n_employees"] = np.nan
    value = (0 if noise else 1.3) * signal.to_numpy(float) + rng.normal(0, 1, total)
    catalogue = pd.DataFrame(
        [
            {
                "attribute": a,
                "label": a.replace("_", " "),
                "kind": k,
                "group": "firmographic",
                "source": "accounts." + a,
                "unit": None,
                "timing": "before_sale",
                "use": "pattern",
                "reason": "",
                "levels": (),
                "n_accounts": total,
                "n_known": total,
                "known_share": 1.0,
                "mission_row": {"n_employees": "A2"}.get(a, ""),
            }
            for a, k in KINDS.items()
        ]
    )
    customers = table[table["is_customer"].astype(bool)]
    best = artefact("02_best").empty().reindex(range(n))
    best["account_id"], best["value"], best["best_by"] = (
        customers["account_id"].to_numpy(),
        value[:n],
        "revenue",
    )
    best["is_best"] = value[:n] >= np.quantile(value[:n], 0.8)
    screened = artefact("02_attributes").empty().reindex(range(len(KINDS)))
    for name, values in {
        "attribute": list(KINDS),
        "label": list(KINDS),
        "state": "searched",
        "outcome": "separates",
        "is_found": True,
        "is_disqualifier": False,
    }.items():
        screened[name] = values
    return table, catalogue, best, screened


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A workbook of a company made up for this test, with the artefacts of steps 1 to 3 that step 4
    reads.
    """
    monkeypatch.setenv("ICP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ICP_REPORTS", str(tmp_path / "reports"))
    (tmp_path / "data" / "made").mkdir(parents=True)
    (tmp_path / "data" / "made" / "company.toml").write_text(TOML)

    def made(quarter="2026Q3", n=300, n_prospects=120, seed=1, noise=False):
        wb = Workbook("made", quarter)
        for name, content in zip(
            ("01_accounts", "01_attributes", "02_best", "02_attributes"),
            world(n, n_prospects, seed, noise),
            strict=True,
        ):
            wb.write(name, content)
        for name in ("03_red_flags", "01_deals", "01_verdicts"):
            wb.write(name, artefact(name).empty())
        headers = ["account_id", *wb.read("01_attributes")["attribute"]]
        about = {"source": "accounts", "timing": "before_sale", "use": "pattern", "privacy": "none"}
        rows = ({**about, "column": name, "maps_to": name} for name in headers)
        wb.write("01_columns", artefact("01_columns").frame(rows))
        return wb

    return made


def step_4(wb):
    """What notebook 04 does, without its pictures."""
    accounts, catalogue, best = wb.read("01_accounts"), wb.read("01_attributes"), wb.read("02_best")
    flags = wb.read("03_red_flags")
    profiles = wb.read("03_profile") if wb.has("03_profile") else None
    screened = wb.read("02_attributes")
    sample = scoring.build_sample(accounts, catalogue, best, screened, profiles, flags)
    trial = scoring.build_card(wb, sample, catalogue, flags, profiles)
    card = wb.write("04_scorecard", trial.card)
    scores = wb.write(
        "04_scores",
        scoring.score_table(
            card, accounts, pd.Series(pd.NA, index=accounts.index, dtype="boolean")
        ),
    )
    tiers = wb.write("04_tiers", scoring.tier_table(trial, scores))
    trust = wb.write("04_trust", scoring.trust_table(trial, wb, accounts, catalogue))
    bins = wb.write("04_calibration", scoring.calibration_table(trial))
    past = wb.write("04_backtest", scoring.backtest_table(wb, accounts, best))
    drift = wb.write("04_drift", scoring.drift_table(wb, accounts, best))
    movers = wb.write("04_movers", scoring.movers_table(wb, card, scores, accounts))
    verdicts = wb.write("04_verdicts", scoring.verdicts_table(wb, scores, accounts))
    wb.write("04_trial", scoring.trial_table(wb, scores, accounts))
    files = scoring.export_files(wb, card, scores, accounts)
    said = [
        scoring.describe_card(card),
        scoring.describe_tiers(tiers, card),
        scoring.describe_trust(trust, card),
        scoring.describe_backtest(past),
        scoring.describe_drift(drift),
        scoring.describe_calibration(bins, card),
        scoring.describe_exports(files, card),
        scoring.describe_grid(scoring.engagement_grid(scores)),
        scoring.describe_knock_outs(scores, card),
        scoring.describe_movers(movers),
    ]
    assert all(said)
    return {
        "card": card,
        "trial": trial,
        "scores": scores,
        "tiers": tiers,
        "trust": trust,
        "bins": bins,
        "past": past,
        "drift": drift,
        "movers": movers,
        "verdicts": verdicts,
        "files": files,
        "accounts": accounts,
        "said": said,
    }


def test_a_planted_relation_becomes_a_card_with_reasons(book):
    made = step_4(book())
    card, scores = made["card"], made["scores"]
    assert (
        card.available
        and {"industry", "n_employees", "tech_stack"} <= set(card.attributes)
        and len(card.attributes) <= 8
    )
    assert (
        list(points(card, made["accounts"])) == list(scores["score"])
        and scores["score"].between(0, 100).all()
    )
    top = scores.sort_values("score").iloc[-1]
    assert (
        "industry fintech" in top["reasons_for"]
        and top["tier"] == "A"
        and top["reasons_for"].count(" points") <= 3
    )
    assert (
        (scores["score_low"] <= scores["score"]) & (scores["score"] <= scores["score_high"])
    ).all()
    unknown = scores[made["accounts"]["n_employees"].isna().to_numpy()]
    assert (unknown["unknown"].str.contains("n employees")).all() and (
        unknown["score_high"] > unknown["score_low"]
    ).all()
    known = scores[scores["unknown"] == ""]
    assert len(known) and (known["score_high"] == known["score_low"]).all()
    tier, flag = made["trial"].held_out_tiers()
    in_tier = np.isin(tier, list("ABCD"))
    assert len(tier) == 300 and set(tier[~in_tier]) <= {"out", "not enough known"}
    assert made["tiers"]["n"].sum() == in_tier.sum() > 250
    assert made["tiers"]["n_best"].sum() == flag[in_tier].sum()


def test_knock_outs_stand_apart_from_points(book):
    made = step_4(book())
    scores, accounts = made["scores"], made["accounts"]
    assert (
        scores.loc[(accounts["industry"] == "gambling").to_numpy(), "knock_out"].str.contains(
            "gambling"
        )
    ).all()
    small = (accounts["n_employees"] < 20).fillna(False).to_numpy(bool)
    assert (
        small.any() and scores.loc[small, "knock_out"].str.contains("n employees: below 20").all()
    )
    unknown = (
        accounts["n_employees"].isna().to_numpy() & (accounts["industry"] != "gambling").to_numpy()
    )
    assert (scores.loc[unknown, "knock_out"] == "").all()
    listed = scoring.prospects(scores, accounts)
    out = (listed["knock_out"] != "").to_numpy()
    assert not out[: (~out).sum()].any() and listed["score"][~out].is_monotonic_decreasing


def red_flags(*rows):
    flags = artefact("03_red_flags").empty().reindex(range(len(rows))).astype({"values": object})
    for i, row in enumerate(rows):
        for name, value in (
            {
                "label": "label",
                "verdict": "holds up",
                "negated": False,
                "is_found": True,
                "is_before_sale": True,
            }
            | row
        ).items():
            flags.at[i, name] = value
    return flags


FLAGS = (
    {
        "flag": "deep discount",
        "attribute": "growth_rate",
        "op": "between",
        "low": 0.3,
        "high": 0.5,
        "hr_low": 2.1,
    },
    {
        "flag": "no CRM",
        "attribute": "tech_stack",
        "op": "contains",
        "values": ("CRM",),
        "negated": True,
        "hr_low": 1.2,
    },
    {
        "flag": "neither AWS nor CRM",
        "attribute": "tech_stack",
        "op": "contains",
        "negated": True,
        "values": ("AWS", "CRM"),
        "hr_low": 1.3,
    },
    {
        "flag": "either",
        "attribute": "tech_stack",
        "op": "contains",
        "values": ("AWS",),
        "hr_low": 3,
        "follows": "deep discount",
    },
    {
        "flag": "media",
        "attribute": "industry",
        "op": "in",
        "values": ("media",),
        "hr_low": 4,
        "verdict": "lead, not proof",
    },
    {
        "flag": "late tickets",
        "attribute": "luck",
        "op": "in",
        "values": ("a",),
        "hr_low": 4,
        "is_before_sale": False,
    },
)


def test_grave_or_named_red_flags_knock_out_and_the_others_are_reasons_to_ask():
    accounts, catalogue, *_ = world(20, 80, 0)
    prospects = accounts[accounts["is_prospect"].astype(bool)]

    def apart(**score):
        score = {"knock_outs": [{"attribute": "tech_stack", "in": ["AWS"]}]} | score
        settings = Settings(
            name="Made up", sources={"accounts": "Accounts.csv", "deals": "Deals.csv"}, score=score
        )
        return apart_from_points(settings, catalogue, red_flags(*FLAGS), prospects, None)

    told = apart()
    assert [k.words for k in told["knock_outs"]] == [
        "tech stack: AWS",
        "red flag: deep discount",
    ]
    assert [k.words for k in told["red_flags"]] == ["neither AWS nor CRM", "no CRM"] and told[
        "n_prospects"
    ] == 80
    assert (
        told["knock_outs"][0].n_prospects
        == prospects["tech_stack"].map(lambda s: "AWS" in s).sum()
        > 0
    )
    card = scorecard([], told["knock_outs"]).model_copy(update={"red_flags": told["red_flags"]})
    carried = red_flags_carried(card, prospects)
    assert (
        set(carried) == {"", "neither AWS nor CRM", "no CRM"}
        and [k.words for k in apart(knock_out_flags=("tech_stack",))["red_flags"]] == []
    )
    assert [k.words for k in apart(knock_out_flags=("tech_stack",))["knock_outs"]][
        1
    ] == "red flag: either"
    assert (
        len(apart(knock_out_hazard_ratio=1)["knock_outs"]) == 4
        and "more than 50\xa0%"
        in too_many_out(apart(knock_out_hazard_ratio=1)["knock_outs"], prospects)[0]
    )
    assert too_many_out(told["knock_outs"][1:], prospects) == []
    with pytest.raises(UserError, match="tech_stak"):
        apart(knock_out_flags=("tech_stak",))


def test_thirty_five_customers_get_no_score_and_no_failure(book):
    made = step_4(book(n=35, n_prospects=20))
    assert (
        not made["card"].available
        and "20 best customers" in made["card"].needs
        and made["card"].verdict == "withheld"
    )
    assert made["scores"]["score"].isna().all() and len(made["scores"]) == 55
    assert list(made["files"]) == ["scorecard.json"] and made["tiers"].empty and made["trust"].empty
    with pytest.raises(UserError, match="no score"):
        scoring.score_file(Workbook("made", "2026Q3"), "anything.csv")


def test_noise_gets_no_score(book):
    withheld = [step_4(book(seed=seed, noise=True))["card"] for seed in (3, 4)]
    assert not any(card.available for card in withheld)
    assert {card.verdict for card in withheld} <= {"withheld", "not better than chance"}
    assert all("chance" in card.needs for card in withheld)


def test_trust_names_every_rival_the_optimism_and_what_the_limit_costs(book, tmp_path):
    (tmp_path / "data" / "made" / "company.toml").write_text(
        TOML.replace("referee = false", "max_attributes = 1")
    )
    book("2026Q2", n=240, n_prospects=180)
    step_4(Workbook("made", "2026Q2"))
    made = step_4(book("2026Q3"))
    auc = made["trust"][made["trust"]["what"] == "auc"].set_index("measure")
    assert set(auc.index) == {
        "the card",
        "everyone",
        "size-only rule",
        "last quarter's score",
        "naive match count",
        "a card of up to 20 attributes",
        "gradient boosting (referee)",
        "random forest (referee)",
    }
    card, longer = auc.loc["the card"], auc.loc["a card of up to 20 attributes"]
    assert longer["value"] > card["value"] + 0.01
    assert longer["sentence"].startswith(
        f"The limit of attributes, 1, costs {longer['value'] - card['value']:.2f} AUC."
    )
    assert "max_attributes = 20 under [score] in company.toml" in longer["sentence"]
    assert card["low"] < card["value"] < card["high"] and card["optimism"] == pytest.approx(
        card["apparent"] - card["value"]
    )
    assert auc.loc["everyone", "value"] == 0.5
    past = made["past"]
    assert (
        set(past["built_quarter"]) == {"2026Q2"}
        and past.loc[(past["outcome"] == "won") & (past["tier"] == "all"), "n_events"].iloc[0] == 60
    )
    assert {"score", "outcome", "revisit"} <= set(made["drift"]["watch"]) and made["drift"][
        "sentence"
    ].notna().all()


def test_a_referee_blames_the_limit_before_it_blames_additivity():
    longer = SimpleNamespace(most=20, held_out=SimpleNamespace(auc=0.79))
    trial = SimpleNamespace(held_out=SimpleNamespace(auc=0.74), rival=longer)

    def judged(auc, low):
        return _referee_sentence(
            "random forest",
            SimpleNamespace(auc=auc, auc_low=low),
            trial,
        )

    said = [judged(0.76, 0.7), judged(0.80, 0.7)]
    assert said[0] is None and judged(0.80, 0.48) is None  # no advice from what chance can explain
    assert (
        said[1]
        == "Random forest ranks better by 0.06 AUC: it may use every attribute, and a card of up to"
        " 20 comes within 0.03 of it."
    )


def handed_out(wb):
    """Bytes of all that step 4 wrote."""
    files = [p for p in wb.reports.rglob("*") if p.is_file()]
    return {p.name: p.read_bytes() for p in [*files, *wb.processed.glob("04_*")]}


def test_same_input_gives_the_same_bytes(book, tmp_path):
    wb = book()
    step_4(wb)
    first = handed_out(wb)
    step_4(wb)
    assert handed_out(wb) == first
    told = Scorecard.model_validate_json((wb.reports / "scorecard.json").read_text())
    card = wb.read("04_scorecard")  # the shared file keeps the points and no small count
    assert [r.most for r in told.rules] == [r.most for r in card.rules]
    assert told.attributes == card.attributes and told.n_customers == card.n_customers


def test_files_for_spreadsheets_run_no_formula(book):
    wb = book()
    step_4(wb)
    listed = pd.read_csv(wb.internal / "prospects.csv", keep_default_na=False)
    assert (
        not listed.map(lambda c: isinstance(c, str) and c.startswith(files.DANGEROUS)).any().any()
    )
    assert listed["account_name"].str.startswith("'=").any()
    content = openpyxl.load_workbook(wb.internal / "prospects.xlsx")
    for sheet in (one for one in content if one.title != "Score one"):
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        assert sheet["A1"].value.startswith("Made up, 2026Q3, card version ")
    assert content["Prospects"]["A2"].value == "Company" and content["Prospects"].max_row == 122
    assert content.properties.created.date().isoformat() == "2026-09-30"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1"])
def test_dangerous_cells_are_disarmed(cell):
    assert files.disarmed(cell) == "'" + cell
    assert (
        handover.csv_text(pd.DataFrame({cell: [cell, None, "a,b"], "n": [-1, 2, 3]})).count(
            "'" + cell[0]
        )
        == 2
    )


def test_a_new_list_keeps_its_rows_and_columns(book, tmp_path):
    wb = book()
    card = step_4(wb)["card"]
    (tmp_path / "list.csv").write_text(
        'Company,Industry,Employees,Tech Stack,score,Revenue Growth Rate\nZeta,FINTECH,"1,200",AWS;'
        " CRM; Cobol,mine,30%\nAlpha,retail,12,,mine,\nBeta,unheard"
        " of,200-400,CRM,mine,n/a\n=Gamma,,many,AWS,mine,10%\n",
        encoding="utf-8",
    )
    told = scoring.score_file(wb, tmp_path / "list.csv", tmp_path / "out.csv")
    out = pd.read_csv(tmp_path / "out.csv")
    assert (
        list(out["Company"]) == ["Zeta", "Alpha", "Beta", "'=Gamma"]
        and list(out["score"]) == ["mine"] * 4
    )
    frame = pd.DataFrame(
        {
            "industry": pd.Series(["fintech", "retail", "unheard of", None], dtype="str"),
            "n_employees": [1200, 12, np.sqrt(200 * 400), np.nan],
            "tech_stack": [("AWS", "CRM", "Cobol"), None, ("CRM",), ("AWS",)],
            "growth_rate": [0.3, np.nan, np.nan, 0.1],
        }
    )
    assert list(out["icp_score"]) == list(points(card, frame))
    assert told.n_rows == 4 and told.states["out"] == 1 and sum(told.tiers.values()) <= 3
    assert (
        "Revenue Growth Rate" in told.unused_columns
        and told.unreadable["Employees"] == 1
        and told.unseen_levels
        == {
            "Industry": {"unheard of": 1},
            "Tech Stack": {"Cobol": 1},
        }
    )
    assert (
        "'Industry': 1 cells hold a value that no customer had when the card was built: unheard of"
        " (1)." in told.sentences
    )
    label = {r.attribute: r.label.upper() for r in card.rules}
    ours = {
        "Industry": "industry",
        "Employees": "n_employees",
        "Tech Stack": "tech_stack",
        "Revenue Growth Rate": "growth_rate",
    }
    named = (tmp_path / "list.csv").read_text(encoding="utf-8")
    for header, attribute in ours.items():
        named = named.replace(header, label.get(attribute, header), 1)
    (tmp_path / "named.csv").write_text(
        named, encoding="utf-8"
    )  # the card's own words for its columns serve, too
    scoring.score_file(wb, tmp_path / "named.csv", tmp_path / "named_out.csv")
    assert list(pd.read_csv(tmp_path / "named_out.csv")["icp_score"]) == list(out["icp_score"])
    scoring.score_file(wb, tmp_path / "list.csv", tmp_path / "out.parquet")
    assert list(pd.read_parquet(tmp_path / "out.parquet")["icp_score"]) == list(out["icp_score"])
    toml = tmp_path / "data" / "made" / "company.toml"
    (tmp_path / "same.csv").write_text(
        (tmp_path / "list.csv").read_text(encoding="utf-8").replace("FINTECH", "Fin-Tech"),
        encoding="utf-8",
    )
    told = scoring.score_file(wb, tmp_path / "same.csv", tmp_path / "same_out.csv")
    assert told.joins == {
        "Industry": 'under [attributes.industry]: same = { "Fin-Tech" = "fintech" }'
    } and any(told.joins["Industry"] in s for s in told.sentences)
    toml.write_text(f"{TOML}[attributes.industry]\n{told.joins['Industry'].split(': ', 1)[1]}\n")
    scoring.score_file(Workbook("made", "2026Q3"), tmp_path / "same.csv", tmp_path / "same_out.csv")
    assert list(pd.read_csv(tmp_path / "same_out.csv")["icp_score"]) == list(out["icp_score"])


def test_a_list_in_chunks_is_the_list_at_once(book, tmp_path, monkeypatch):
    wb = book()
    step_4(wb)
    accounts = wb.read("01_accounts")
    accounts.assign(tech_stack=accounts["tech_stack"].map(";".join)).to_csv(
        tmp_path / "all.csv", index=False
    )
    scoring.score_file(wb, tmp_path / "all.csv", tmp_path / "whole.csv")
    monkeypatch.setattr("icplib.scoring.stream.CHUNK", 64)
    scoring.score_file(wb, tmp_path / "all.csv", tmp_path / "parts.csv")
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "parts.csv").read_bytes()


def test_lists_that_cannot_be_scored_say_why(book, tmp_path):
    wb = book()
    step_4(wb)
    (tmp_path / "other.csv").write_text("Colour,Taste\nred,sweet\nblue,sour\n")
    with pytest.raises(UserError, match="none of the card's attributes"):
        scoring.score_file(wb, tmp_path / "other.csv", tmp_path / "out.csv")
    with pytest.raises(UserError, match="no such file"):
        scoring.score_file(wb, tmp_path / "absent.csv", tmp_path / "out.csv")
    with pytest.raises(UserError, match="overwrite"):
        scoring.score_file(wb, tmp_path / "other.csv", tmp_path / "other.csv")
    with pytest.raises(UserError, match="cannot write"):
        scoring.score_file(wb, tmp_path / "other.csv", tmp_path / "out.docx")
    assert not (tmp_path / "out.csv").exists()


def long_rule(name, n_levels):
    levels = [
        segment("levels", i % 40, values=(f"{name} level number {i:03d}",)) for i in range(n_levels)
    ]
    return Rule(
        attribute=name,
        label=name,
        kind="level",
        segments=(*levels, segment("other", 1), segment("unknown", 2)),
    )


def test_a_long_formula_is_split_and_an_impossible_one_refused():
    fits = salesforce.build(scorecard([long_rule("a", 20)]))
    assert (
        [f.name for f in fits.formulas] == ["ICP_Score__c", "ICP_Unknown_Points__c", "ICP_Tier__c"]
        and not fits.refusal
        and fits.formulas[0].fits
    )
    split = salesforce.build(scorecard([long_rule(n, 60) for n in "abc"]))
    assert [f.name for f in split.formulas][:2] == ["ICP_Points_1__c", "ICP_Points_2__c"] and all(
        f.fits for f in split.formulas
    )
    text = salesforce.formula_text(scorecard([long_rule(n, 60) for n in "abc"]))
    assert (
        "Helper fields do not shrink it" in text
        and "Treat blank fields as blanks" in text
        and "of 3,900 characters" in text
        and "of 4,000 bytes" in text
    )
    assert (
        "compiled size is estimated"
        in salesforce.build(scorecard([long_rule(n, 100) for n in "abcdef"])).refusal
    )
    assert "one attribute alone" in salesforce.build(scorecard([long_rule("a", 150)])).refusal
    assert "No formula" in salesforce.formula_text(scorecard([long_rule("a", 150)]))


def test_field_names_and_types_can_be_declared():
    rule = long_rule("industry", 2)
    card = scorecard(
        [rule],
        [
            KnockOut(
                attribute="n_employees", label="", op="between", low=5, words="", origin="limit"
            )
        ],
    )
    assert salesforce.fields_of(card) == {
        "industry": ("Industry", "picklist"),
        "n_employees": ("NumberOfEmployees", "number"),
    }
    assert salesforce.fields_of(card, {"industry": "Sector__c:text"})["industry"] == (
        "Sector__c",
        "text",
    )
    assert (
        "ISBLANK(Sector__c)"
        in salesforce.build(card, {"industry": "Sector__c:text"}).formulas[0].text
    )


@pytest.mark.parametrize("field", ["number", "multipicklist", "checkbox"])
def test_a_type_that_cannot_carry_its_rule_is_refused(field):
    card = scorecard([long_rule("industry", 2)])
    with pytest.raises(UserError, match=f"industry.*{field}"):
        salesforce.fields_of(card, {"industry": f"Sector__c:{field}"})


def test_a_misspelt_type_of_field_is_an_error():
    with pytest.raises(ValueError, match="'piklist' of industry is no type"):
        Settings(
            name="x",
            sources={"accounts": "a.csv", "deals": "d.csv"},
            score={"salesforce_fields": {"industry": "Sector__c:piklist"}},
        )


def test_a_checkbox_is_read_as_yes_or_no():
    levels = [segment("levels", 7, values=("true",)), segment("levels", 2, values=("false",))]
    rule = Rule(
        attribute="is_listed",
        label="Listed",
        kind="level",
        segments=(*levels, segment("other", 1), segment("unknown", 0)),
    )
    made = salesforce.build(scorecard([rule]), {"is_listed": "Listed__c:checkbox"})
    got = [evaluate(made.formulas[0].text, {"Listed__c": value}) for value in (True, False)]
    assert got == [7, 2]


def test_a_new_exporter_is_one_function(book, monkeypatch):
    monkeypatch.setattr(handover, "EXPORTERS", dict(handover.EXPORTERS))
    handover.exporter("scorecard_dummy.txt")(lambda bundle: bundle.card.quarter)
    wb = book()
    made = step_4(wb)
    assert (wb.reports / "scorecard_dummy.txt").read_text() == str(wb.quarter)
    assert "`scorecard_dummy.txt`: have the CRM administrator" in scoring.describe_exports(
        handover.export_files(wb, made["card"], made["scores"], made["accounts"]), made["card"]
    )


def test_unknown_is_no_argument_and_states_have_shares(book):
    made = step_4(book())
    for rule in made["card"].rules:
        known = rule.segments[:-1]
        mean = np.average([s.points for s in known], weights=[max(s.n, 1e-9) for s in known])
        assert rule.unknown.points <= mean
    scores = made["scores"]
    half = made["accounts"].assign(industry=None, tech_stack=None, n_employees=np.nan)
    few = scoring.score_companies(made["card"], half)
    few = few[few["tier"] == "not enough known"]
    assert (
        len(few)
        and (few["fill_first"].str.count(";") <= 1).all()
        and (few["fill_first"] != "").all()
    )
    out = scores["knock_out"].fillna("") != ""
    assert (scores.loc[out, "tier"] == "out").all() and not (
        scores.loc[~out, "tier"] == "out"
    ).any()
    shares = scoring.state_shares(scores["state"])
    assert shares["n"].sum() == len(scores) and shares["share"].sum() == pytest.approx(1)
    assert (scores.loc[scores["is_customer"], "state"] == "already a customer").all()


def test_sql_of_a_table_with_another_name():
    card = scorecard([long_rule("order", 1)])
    statement = scorecard_sql(card, "duckdb", Table("crm.companies", ("id", "name of firm")))
    assert "crm.companies" in statement and '"order"' in statement and '"name of firm"' in statement
