"""A small company whose artefacts 01 to 05 are laid down by hand, with names, e-mails, phones and
quotes planted everywhere.

The report's tests read it: no earlier step has to run for them.
"""

import numpy as np
import pandas as pd

from icplib import report
from icplib.icp import Criterion, Evidence, IdealCustomerProfile, LadderRow, Profiles, Provenance
from icplib.tables import artefacts
from icplib.tables.step_02 import Noise
from icplib.tables.step_03 import ChurnSummary
from icplib.tables.step_04 import Rule, Scorecard, Segment
from icplib.tables.step_05_cards import Card, CardField, Personas, Quote, Statement
from icplib.workbook import Workbook

SECRETS = (
    "Zyxomatic Holdings",
    "zyxomatic.example",
    "Wilhelmina Featherstonehaugh",
    "wilma@zyxomatic.example",
    "+44 20 7946 0958",
    "we hid the breach from our board",
)
TOML = """name = "Testwell"
preset = "plain"
[sources]
accounts = "accounts.csv"
deals = "deals.csv"
[[decisions]]
question = "Keep the profile?"
owner_role = "Chief Revenue Officer"
due = 2026-10-30
"""
_MADE: dict[
    tuple, dict[str, bytes]
] = {}  # scenes already made in this process: validating forty artefacts takes a second
DETECTABLE = "With 40 best customers a lift of 2 could have been seen."


def company(root, quarter="2026Q3", n=400, seed=0, win=(0.40, 0.25), fall=0.0):
    """Write settings and every artefact of `quarter` below `root` (also ICP_DATA).

    Return the workbook.

    `win` are the win rates inside and outside the ICP; `fall` is what the last quarter loses.
    """
    folder = root / "testwell"
    (folder / "raw" / quarter).mkdir(parents=True, exist_ok=True)
    (folder / "raw" / quarter / "accounts.csv").write_text("id\n1\n")
    (folder / "company.toml").write_text(TOML)
    book = Workbook("testwell", quarter)
    files = _MADE.setdefault((quarter, n, seed, win, fall), {})
    book.processed.mkdir(parents=True, exist_ok=True)
    for name, payload in files.items():
        (book.processed / name).write_bytes(payload)
    if not files:
        made = _tables(book, np.random.default_rng(seed), n, win, fall)
        for name, declared in artefacts().items():
            if name < "06":
                book.write(name, _whole(declared, made[name]) if name in made else declared.empty())
                files[declared.filename] = book.path(name).read_bytes()
    return book


def _whole(declared, content):
    """The columns that the scene leaves out are there, and unknown."""
    if declared.model:
        return content
    return content.assign(**{c.name: None for c in declared.columns if c.name not in content})


def _tables(book, rng, n, win, fall):
    end = book.as_of
    ids = [f"a{i:04d}" for i in range(n)]
    fits = rng.random(n) < 0.3
    created = end - pd.to_timedelta(rng.integers(0, 900, n), unit="D")
    is_customer = rng.random(n) < 0.6
    start = created + pd.Timedelta(days=30)
    is_customer &= start <= end - pd.Timedelta(days=120)
    churned = is_customer & (rng.random(n) < 0.2)
    accounts = pd.DataFrame(
        {
            "account_id": ids,
            "family_id": ids,
            "account_name": [SECRETS[0]] + [f"Company Number {i}" for i in range(1, n)],
            "domain": SECRETS[1],
            "is_customer": is_customer,
            "is_churned": churned,
            "is_prospect": ~is_customer,
            "created_date": created,
            "start_date": np.where(is_customer, start, np.datetime64("NaT")),
            "churn_date": np.where(churned, end - pd.Timedelta(days=60), np.datetime64("NaT")),
            "tenure_days": np.where(is_customer, (end - start).days, np.nan),
            "churn_reason": SECRETS[5],
            "revenue_per_year_amount": np.where(
                is_customer, np.exp(rng.normal(10, 0.5, n) + 0.5 * fits), np.nan
            ),
            "industry": np.where(fits, "Fintech", "Retail"),
            "n_employees": rng.integers(10, 5000, n).astype(float),
        }
    )
    deals = pd.DataFrame(
        {
            "deal_id": [f"d{i}" for i in range(4 * n)],
            "account_id": rng.choice(ids, 4 * n),
            "is_closed": True,
            "close_date": end - pd.to_timedelta(rng.integers(0, 700, 4 * n), unit="D"),
            "lost_reason": SECRETS[5],
        }
    )
    inside = deals["account_id"].map(dict(zip(ids, fits, strict=True)))
    late = deals["close_date"] > end - pd.Timedelta(days=91)
    deals["is_won"] = rng.random(len(deals)) < np.where(inside, win[0], win[1]) - fall * late
    deals["cycle_days"] = rng.gamma(4, 20, len(deals)) + 40 * late * (fall > 0)
    deals["created_date"] = deals["close_date"] - pd.to_timedelta(deals["cycle_days"], unit="D")
    contacts = pd.DataFrame(
        {
            "contact_id": [f"c{i}" for i in range(n)],
            "account_id": ids,
            "buying_role": np.where(np.arange(n) % 2, "technical_buyer", "economic_buyer"),
            "title_generic": SECRETS[2],
        }
    )
    picked = rng.integers(0, n, 3000)
    engagement = contacts.iloc[picked][["contact_id", "account_id", "buying_role"]].assign(
        date=end - pd.to_timedelta(rng.integers(0, 300, 3000), unit="D"),
        channel="email",
        content=SECRETS[4],
        is_sent=True,
        is_clicked=rng.random(3000) < 0.2,
        is_replied=rng.random(3000) < 0.1,
    )
    scores = pd.DataFrame(
        {
            "account_id": ids,
            "score": np.where(fits, 70, 30),
            "tier": np.where(fits, "A", "C"),
            "reasons_for": SECRETS[0],
            "is_customer": is_customer,
            "is_prospect": ~is_customer,
            "fits_icp": pd.array(fits, dtype="boolean"),
        }
    )
    scores.loc[:20, "fits_icp"] = pd.NA
    sources = pd.DataFrame(
        {
            "source": ["accounts", "deals", "churn", "interviews", "codings"],
            "file": ["accounts.csv", "deals.csv", "churn.csv", "talks.csv", "codes.csv"],
            "n_rows": 9,
            "n_kept": 9,
            "sha256": ["ab" * 32, "cd" * 32, "ef" * 32, "01" * 32, "23" * 32],
        }
    )
    columns = pd.DataFrame(
        {
            "source": ["accounts"] * 2,
            "column": ["Name", "Email " + SECRETS[3]],
            "timing": "unknown",
            "use": "dropped",
            "privacy": ["none", "dropped"],
        }
    )
    attributes = pd.DataFrame(
        {
            "attribute": ["industry", "n_employees", "renewal"],
            "label": ["Industry", "Employees", "Renewal"],
            "kind": ["nominal", "count", "date"],
            "group": "firmographic",
            "timing": "unknown",
            "use": ["pattern", "pattern", "kept_out"],
            "n_accounts": n,
            "n_known": n,
        }
    )
    notes = pd.DataFrame(
        {
            "date": [end - pd.Timedelta(days=5)],
            "kind": ["competitor"],
            "note": [f"call {SECRETS[2]} on {SECRETS[4]}"],
            "source": [SECRETS[3]],
        }
    )
    return {
        "01_accounts": accounts,
        "01_deals": deals,
        "01_contacts": contacts,
        "01_engagement": engagement,
        "01_market_notes": notes,
        "01_sources": sources,
        "01_columns": columns,
        "01_attributes": attributes,
        "02_fit": pd.DataFrame({"account_id": ids, "fits_held_out": scores["fits_icp"]}),
        "02_noise": noise(),
        "02_profile": profiles(book),
        "03_profile": profiles(book),
        "03_churn": churn(),
        "03_red_flags": flags(),
        "04_scores": scores,
        "04_scorecard": card(book),
        "04_tiers": tiers(),
        "04_sales": sales(),
        "05_personas": personas(),
        "05_interviews": interviews(end),
        "05_messaging": pd.DataFrame(
            {
                "segment": "all",
                "persona_id": ["p1", "p2"],
                "persona": ["Technical Tess", "Economic Erin"],
                "has_evidence": True,
                "pain": ["manual reports", "no view of value"],
                "promise": ["one source", "retention"],
            }
        ),
    }


def noise():
    return Noise(
        state="full search",
        best_by="revenue",
        best_share=0.2,
        best_reason="every company has it",
        n=200,
        n_best=40,
        n_attributes=3,
        false_discovery_rate=0.1,
        noise_floor_lift=1.8,
        sentences=("With 200 customers and 3 attributes pure chance shows 1.8x.", DETECTABLE),
    )


def profiles(book, low=200.0, high=1500.0):
    seen = Evidence(
        n_known=200,
        n_with=80,
        n_best_with=28,
        lift=1.75,
        lift_low=1.3,
        lift_high=2.3,
        lift_shrunken=1.7,
    )
    few = Evidence(n_known=200, n_with=9, n_best_with=3, lift=1.7, lift_low=0.6, lift_high=3.0)
    lines = (
        Criterion(
            attribute="industry",
            label="Industry",
            op="in",
            values=("Fintech",),
            words="Industry: Fintech",
            verdict="holds up",
            evidence=seen,
        ),
        Criterion(
            attribute="n_employees",
            label="Employees",
            op="between",
            low=low,
            high=high,
            low_support=(150.0, 300.0),
            high_support=(1200.0, 2500.0),
            words=f"Employees: {low:,.0f} to {high:,.0f}",
            verdict="lead, not proof",
            evidence=few,
        ),
    )
    ladder = (
        LadderRow(
            n_conditions=1,
            added="Industry: Fintech",
            n_accounts=80,
            n_best=28,
            precision_apparent=0.35,
            precision=0.33,
            precision_low=0.2,
            precision_high=0.45,
            coverage=0.7,
            lift=1.7,
            is_headline=True,
        ),
    )
    origin = Provenance(
        quarter=str(book.quarter),
        best_by="revenue",
        best_share=0.2,
        n_customers=200,
        n_best=40,
        n_attributes=3,
    )
    return Profiles(
        profiles=(
            IdealCustomerProfile(
                name="Main profile", criteria=lines, n_headline=1, ladder=ladder, provenance=origin
            ),
        )
    )


def churn():
    return ChurnSummary(available=True, level="full", n_customers=200, n_observed=200, n_left=40)


def flags():
    return pd.DataFrame(
        {
            "flag": ["First discount 25 % or more", "Sales team: East"],
            "attribute": ["discount", "team"],
            "op": ["between", "in"],
            "values": [None, ("East",)],
            "low": [25.0, None],
            "negated": False,
            "is_before_sale": True,
            "n_known": 200,
            "n_exposed": [60, 4],
            "n_events": [24, 3],
            "n_unexposed": [140, 196],
            "n_unexposed_events": [16, 37],
            "churned_share_exposed": [0.4, 0.75],
            "churned_share_unexposed": [0.11, 0.19],
            "hazard_ratio": [3.1, 2.0],
            "hazard_ratio_raw": [3.3, 2.4],
            "hr_low": [1.7, 0.9],
            "hr_high": [5.6, 6.0],
            "verdict": ["holds up", "too few to say"],
            "is_found": [True, False],
            "n_current": [20, 1],
        }
    )


def card(book):
    rule = Rule(
        attribute="industry",
        label="Industry",
        kind="level",
        segments=(Segment(kind="levels", words="Fintech", points=60, values=("Fintech",)),),
    )
    return Scorecard(
        company="Testwell",
        quarter=str(book.quarter),
        best_by="revenue",
        n_customers=200,
        n_best=40,
        rules=(rule,),
        auc=0.7,
        auc_low=0.62,
        auc_high=0.78,
    )


def tiers():
    return pd.DataFrame(
        {
            "tier": ["A", "C"],
            "from_points": [60, 0],
            "n": [80, 120],
            "n_best": [28, 12],
            "best_rate": [0.35, 0.1],
            "low": [0.25, 0.06],
            "high": [0.46, 0.17],
            "lift": [1.75, 0.5],
            "n_customers": [80, 120],
            "n_prospects": [50, 110],
        }
    )


def sales():
    """Counts of 04_sales, some of them small."""
    rows = [
        ("open", "fit", "", 12, 60, 120_000.0),
        ("open", "others", "", 46, 60, 300_000.0),
        ("open", "not known", "", 2, 60, 9_000.0),
        ("open before", "fit", "", 20, 70, 100_000.0),
        ("open before", "others", "", 40, 70, 200_000.0),
        ("open before", "not known", "", 10, 70, 50_000.0),
        ("lost", "all", "Price", 20, 43, None),
        ("lost", "all", "Timing", 20, 43, None),
        ("lost", "all", "Other", 3, 43, None),
        ("leads by channel", "all", "Partner", 9, 30, None),
        ("leads by channel", "all", "Web", 3, 40, None),
        ("leads by channel", "all", "Referral", 8, 50, None),
        ("won by tier", "all", "A", 20, 50, None),
        ("at risk", "all", "First discount 25 % or more", 20, 160, 250_000.0),
        ("at risk", "all", "three or more", 6, 160, 90_000.0),
        ("gains", "all", "50", 50, 160, None),
    ]
    table = pd.DataFrame(rows, columns=["topic", "side", "group", "k", "n", "amount"])
    table["estimate"] = table["k"] / table["n"]
    return table.assign(
        low=table["estimate"] * 0.7, high=table["estimate"] * 1.3, p=1.0, window="2026Q3"
    )


def personas():
    def one(number, name, role):
        line = Statement(
            code_id="silos",
            text="Data sits in silos",
            label="High",
            n_said=8,
            n_asked=9,
            n_accounts=8,
            n_rest_said=1,
            n_rest_asked=9,
            sentence="8 of 9 asked; drops to Medium without INT-012",
        )
        rare = line.model_copy(
            update={"code_id": "rare", "text": "Fears migration", "n_said": 3, "label": "Low"}
        )
        return Card(
            persona_id=number,
            name=name,
            role=role,
            role_label=role.replace("_", " "),
            roles=(role,),
            status="full",
            status_words="Full card.",
            n_interviews=9,
            n_accounts=8,
            fields=(CardField(family="pain", heading="Pains", statements=(line, rare)),),
            n_distinctive=2,
            n_distinctive_expected=0.4,
            n_match_half=7,
            n_match_half_rest=1,
            last_date="2026-08-01",
            quotes=(
                Quote(
                    code_id="silos",
                    text="Every report takes us two weeks.",
                    interview="INT-012",
                    person="a director in fintech",
                ),
            ),
        )

    return Personas(
        available=True,
        n_interviews=18,
        n_accounts=16,
        n_excluded=2,
        cards=(
            one("p1", "Technical Tess", "technical_buyer"),
            one("p2", "Economic Erin", "economic_buyer"),
        ),
        cadence="fresh",
    )


def interviews(end):
    return pd.DataFrame(
        {
            "interview_id": [f"INT-{i:03d}" for i in range(18)],
            "person_id": [f"P-{i}" for i in range(18)],
            "account_id": "a0000",
            "interview_date": end - pd.Timedelta(days=150),
            "buying_role": "technical_buyer",
            "title_generic": SECRETS[2],
            "consent_quotes": "no",
        }
    )


def tiny(root, quarter="2026Q3", n=7, seed=0):
    """The same company with a handful of customers.

    Every count that an earlier step can put into words or tables is below five.
    """
    book = company(root, quarter, n=n, seed=seed)
    write = {
        "02_noise": (
            noise().model_copy(
                update={
                    "n": n,
                    "n_best": 1,
                    "state": "counts only",
                    "sentences": (
                        (
                            f"1 best of {n} customers allow counts only; lifts, a rule and a score"
                            " need at least 10 best and 10 others."
                        ),
                        f"With your {n} customers, 1 of them best.",
                    ),
                }
            )
        ),
        "03_churn": (
            churn().model_copy(
                update={
                    "n_customers": n,
                    "n_left": 3,
                    "refusals": (f"3 of {n} customers left; a curve needs 10.",),
                    "warnings": (
                        f"2 of {n} customers cannot be followed over time: no start.",
                        "4 customers lack a date.",
                    ),
                }
            )
        ),
        "03_profile": _tiny_profiles(book, n),
        "04_scorecard": (
            card(book).model_copy(
                update={
                    "n_customers": n,
                    "n_best": 1,
                    "warnings": (
                        (
                            "Industry: not knowing it gives 7 points (2 of 6 unknown are best, 20%"
                            " of all)."
                        ),
                    ),
                }
            )
        ),
        "05_personas": _tiny_personas(),
        "03_red_flags": (
            flags().assign(
                n_known=n,
                n_exposed=[4, 2],
                n_events=[2, 1],
                n_unexposed=[3, 5],
                n_unexposed_events=[1, 2],
                n_current=[2, 1],
            )
        ),
        "04_tiers": pd.DataFrame(
            {
                "tier": list("ABCD"),
                "from_points": [80, 60, 40, 0],
                "n": [2, 1, 8, 30],
                "n_best": [1, 1, 3, 6],
                "best_rate": [0.5, 1.0, 0.375, 0.2],
                "low": 0.1,
                "high": 0.9,
                "lift": 2.0,
                "n_customers": [2, 1, 8, 30],
                "n_prospects": [3, 12, 20, 90],
                "chance": "20 % or more",
            }
        ),
        "04_drift": pd.DataFrame(
            {
                "watch": ["score", "outcome"],
                "population": "customers",
                "name": ["score", "tier A"],
                "n_build": [n - 3, 2],
                "n_now": [3, 1],
                "psi": [None, None],
                "is_alarm": pd.array([pd.NA, False], dtype="boolean"),
                "sentence": [
                    f"New customers (3) cannot be held against the {n - 3} before.",
                    "Tier A of 2026Q2: 1 of 2 customers since are best, 0.5 were expected.",
                ],
            }
        ),
        "05_anti_personas": pd.DataFrame(
            {
                "criterion": ["AP1", "anti-persona"],
                "label": ["Strict budget", "Anti-persona"],
                "kind": ["soft", "either"],
                "n_accounts": n,
                "n_missing": 1,
                "n_base": n,
                "n_flagged": [2, 5],
                "win_rate": [0.5, 0.4],
                "win_rate_rest": 0.5,
                "churned_share": [0.5, 0.2],
                "churned_share_rest": 0.25,
                "sentence": "2 of 6",
            }
        ),
        "05_messaging": (
            book.read("05_messaging").assign(
                note=["manual reports: 3 of 3", "too few"], proof="said by 2 of 7 interviewees"
            )
        ),
        "01_sources": (
            book.read("01_sources").assign(n_rows=[n, 20, 3, 3, 9], n_kept=[n - 2, 18, 3, 3, 9])
        ),
        "01_readiness": pd.DataFrame(
            {
                "step": "02",
                "needs": ["best customers", "interviews"],
                "n_have": [1, 3],
                "n_need": [20, 5],
                "is_enough": False,
                "sentence": "x",
            }
        ),
        "01_deals": book.read("01_deals").head(9),
    }
    for name, content in write.items():
        book.write(name, _whole(artefacts()[name], content))
    return book


def _tiny_profiles(book, n):
    made = profiles(book)
    small = Evidence(n_known=n, n_with=4, n_best_with=1, lift=1.7, lift_low=0.6, lift_high=3.0)
    nearly = Evidence(n_known=40, n_with=38, n_best_with=5, lift=1.1, lift_low=0.6, lift_high=3.0)
    lines = tuple(line.model_copy(update={"evidence": small}) for line in made.main.criteria)
    lines += (
        lines[0].model_copy(
            update={
                "attribute": "country",
                "words": "Country: France",
                "origin": "typed in",
                "evidence": small,
            }
        ),
        lines[0].model_copy(
            update={"attribute": "region", "words": "Region: Europe", "evidence": nearly}
        ),
    )
    ladder = (made.main.ladder[0].model_copy(update={"n_accounts": 4, "n_best": 1}),)
    origin = made.main.provenance.model_copy(update={"n_customers": n, "n_best": 1})
    said = {
        "refusals": (f"1 best of {n} customers is too few for a rule.",),
        "warnings": ("Only 3 customers meet the line.",),
    }
    return made.model_copy(
        update={
            "profiles": (
                made.main.model_copy(
                    update={"criteria": lines, "ladder": ladder, "provenance": origin, **said}
                ),
            )
        }
    )


def _tiny_personas():
    made = personas()
    cards = tuple(
        c.model_copy(
            update={
                "n_interviews": 3,
                "n_accounts": 2,
                "status_words": "A card of 3 interviews.",
                "authority": "known as a contact in 2 of 9 won deals (22%, 6% to 55%)",
                "messages": ("Manual reports; 2 of 3",),
            }
        )
        for c in made.cards
    )
    return made.model_copy(
        update={
            "cards": cards,
            "n_interviews": 3,
            "n_accounts": 2,
            "n_excluded": 1,
            "advice": ("Only 2 of 3 interviews were coded twice; 4 are asked for.",),
            "not_enough": (
                "End user: 2 interviews, 2 accounts; a card needs 3 interviews at 2 accounts.",
            ),
        }
    )


def finish(book):
    """What notebook 06 does with a workbook."""
    inputs = report.read(book)
    questions = book.write("06_questions", report.two_questions(inputs))
    book.write("06_quarters", report.quarters(inputs, questions))
    signs = book.write("06_signs", report.refresh_signs(inputs))
    book.write("06_record", report.record(inputs))
    measures = book.write("06_measures", report.success_measures(inputs))
    changes = book.write("06_changes", report.compare(inputs, measures))
    book.write("06_checks", report.mistakes(inputs))
    book.write("06_provenance", report.provenance_rows(inputs))
    facts = book.write("06_report", report.facts(inputs))
    return inputs, measures, signs, changes, facts
