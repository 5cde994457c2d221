"""Twenty-four coded interviews: who was asked, and which codes two coders put to what was said.

`codebook.csv` beside this module holds the codes, how often each role says them (the planted personas) and how often
a coder overlooks them. A code with `first_wave` does not exist before that wave: the new objection of the market shift.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

FALSE_CODING_RATE = 0.02
# (wave, role, group): "fit" companies meet every planted condition, "outside" ones few, "anti" are agencies and resellers lost again.
PLAN = (
    ("2025Q3", "technical_buyer", "fit"), ("2025Q3", "economic_buyer", "fit"), ("2025Q3", "technical_buyer", "fit"),
    ("2025Q3", "economic_buyer", "fit"), ("2025Q3", "technical_buyer", "fit"), ("2025Q3", "economic_buyer", "fit"),
    ("2025Q3", "procurement", "anti"), ("2025Q3", "end_user", "fit"), ("2025Q3", "technical_buyer", "fit"), ("2025Q3", "economic_buyer", "fit"),
    ("2025Q4", "technical_buyer", "fit"), ("2025Q4", "economic_buyer", "fit"), ("2025Q4", "economic_buyer", "anti"), ("2025Q4", "technical_buyer", "fit"),
    ("2026Q1", "economic_buyer", "fit"), ("2026Q1", "technical_buyer", "fit"), ("2026Q1", "procurement", "anti"), ("2026Q1", "economic_buyer", "fit"),
    ("2026Q2", "technical_buyer", "fit"), ("2026Q2", "economic_buyer", "fit"), ("2026Q2", "end_user", "fit"),
    ("2026Q3", "economic_buyer", "fit"), ("2026Q3", "technical_buyer", "fit"), ("2026Q3", "technical_buyer", "outside"),
)
DOUBLE_CODED = (0, 1, 2, 3, 6, 8, 10, 11, 15, 18)
SENIORITY = {"technical_buyer": ("vp", "director", "c_level"), "economic_buyer": ("c_level", "vp"), "end_user": ("ic",), "procurement": ("manager",)}
TITLES = {"technical_buyer": "analytics leader", "economic_buyer": "revenue leader", "end_user": "analyst", "procurement": "purchasing lead"}
FUNCTIONS = {"technical_buyer": "data", "economic_buyer": "marketing", "end_user": "operations", "procurement": "procurement"}


def read_codebook() -> pd.DataFrame:
    return pd.read_csv(Path(__file__).with_name("codebook.csv"), keep_default_na=False)


def draw_interviews(companies: pd.DataFrame, customers: pd.DataFrame, rng: np.random.Generator, is_noise: bool) -> pd.DataFrame:
    """One row an interview. `customers`: index company, columns start_date, end_date (leaving or last day), is_churned."""
    pools = {"fit": _clear_cases(companies, customers), "outside": list(companies.index[(companies["n_conditions"] <= 2) & companies.index.isin(customers.index)]),
             "anti": _anti_cases(companies, customers)}
    rows = []
    for number, (wave, role, group) in enumerate(PLAN, start=1):
        first = pd.Period(wave).start_time
        day = first + np.timedelta64(int(rng.integers(8, 75)), "D")
        company = _next_company(pools[group], customers, first, reuse=group == "fit" and number % 3 == 0)
        left = bool(customers.at[company, "is_churned"] and customers.at[company, "end_date"] < day)
        rows.append({"interview_id": f"INT-{number:03d}", "person_id": f"P-{number:03d}", "company": company, "wave": wave, "interview_date": day,
                     "buying_role": role, "role_source": "crm" if rng.random() < 0.6 else "self_declared", "seniority": str(rng.choice(SENIORITY[role])),
                     "function": FUNCTIONS[role], "title_generic": TITLES[role], "icp_segment": companies.at[company, "industry"] if group == "fit" else "",
                     "icp_fit": "yes" if group == "fit" else "no", "relationship": "churned" if left else "customer", "guide_version": "v1",
                     "consent_analysis": "yes", "consent_quotes": "no" if number in (5, 12) else "unknown" if number == 16 else "yes",
                     "consent_recontact": "yes" if rng.random() < 0.7 else "no", "consent_date": day, "retain_until": pd.Timestamp("2029-12-31"),
                     "group": group, "speaks_as": role if group != "anti" else "others"})
    frame = pd.DataFrame(rows)
    frame.loc[frame["speaks_as"].isin(["end_user", "procurement"]), "speaks_as"] = "others"
    if is_noise:
        frame["speaks_as"] = rng.permutation(frame["speaks_as"].to_numpy())
    return frame


def _clear_cases(companies: pd.DataFrame, customers: pd.DataFrame) -> list:
    """Long-standing customers that meet every condition well inside its limits, so that any fair estimate of the profile holds them."""
    c = companies.loc[customers.index]
    clear = (c["is_all_fit"] & c["n_employees"].between(260, 1150) & c["annual_revenue"].between(26e6, 150e6) & (c["growth_rate"] >= 0.33) & ~c["is_reselling"])
    good = c[clear].assign(start=customers["start_date"], liked=(c["pain_point"] == "Fragmented customer data").astype(int) + (c["growth_stage"] == "Growth Stage"))
    return list(good.sort_values(["liked", "start"], ascending=[False, True]).index)


def _anti_cases(companies: pd.DataFrame, customers: pd.DataFrame) -> list:
    c = companies.loc[customers.index]
    found = c[c["is_reselling"] & (c["n_conditions"] <= 3)].assign(churned=customers["is_churned"], end=customers["end_date"])
    return list(found.sort_values(["churned", "end"], ascending=[False, True]).index)


def _next_company(pool: list, customers: pd.DataFrame, day, reuse: bool):
    """The next company in the pool that was a customer before `day`; now and then a second person of a company already asked."""
    for company in pool:
        if customers.at[company, "start_date"] < day - np.timedelta64(90, "D"):
            if not reuse:
                pool.remove(company)
                pool.append(company)
            return company
    raise ValueError("Too few customers for the interview plan: draw more customers.")


def draw_codings(interviews: pd.DataFrame, codebook: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Long table, one row a coding: interview, coder, code, polarity, quote, day; the first 2025Q3 wave hears every old objection."""
    rows = []
    for number, interview in enumerate(interviews.itertuples()):
        coders = ("C1", "C2") if number in DOUBLE_CODED else (("C1",), ("C2",))[number % 2]
        chance = codebook[interview.speaks_as].to_numpy(float)
        said = (rng.random(len(codebook)) < chance) & (codebook["first_wave"] <= interview.wave).to_numpy()
        for coder in coders:
            heard = np.where(said, rng.random(len(codebook)) > codebook["miss"].to_numpy(float),
                             (rng.random(len(codebook)) < FALSE_CODING_RATE) & (codebook["first_wave"] <= interview.wave).to_numpy())
            for code in codebook[heard].itertuples():
                quote = (code.quote_1, code.quote_2)[int(rng.integers(2))] if rng.random() < 0.8 else ""
                rows.append({"interview_id": interview.interview_id, "coder": coder, "code": code.code_id,
                             "polarity": {"channel": -1 if code.code_id == "cold_calls" else 1}.get(code.family, ""), "quote": quote,
                             "coded_at": interview.interview_date + np.timedelta64(int(rng.integers(2, 9)), "D"), "wave": interview.wave})
    return pd.DataFrame(rows)
