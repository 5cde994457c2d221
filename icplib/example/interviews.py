"""Twenty-four coded interviews: who was asked, and which codes two coders put to what was said.

`codebook.csv` beside this module holds the codes, how often each role says them (the planted
personas) and how often a coder overlooks them. A code with `first_wave` does not exist before that
wave: the new objection of the market shift.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from icplib.example.companies import MARKET
from icplib.problems import UserError
from icplib.tables import rows_of

FALSE_CODING_RATE = 0.01
POOL = 14  # companies to choose from in each group
DOUBLE_CODED = (0, 1, 2, 3, 4, 5, 8, 9, 10, 11)


def read_codebook() -> pd.DataFrame:
    """The codebook of the interviews, one row a code, as text."""
    return pd.read_csv(Path(__file__).with_name("codebook.csv"), keep_default_na=False)


def draw_interviews(
    companies: pd.DataFrame, customers: pd.DataFrame, rng: np.random.Generator, is_noise: bool
) -> pd.DataFrame:
    """One row an interview.

    `customers`: index company, columns start_date, end_date (leaving or last day), is_churned.
    """
    pools = {
        "fit": _clear_cases(companies, customers),
        "outside": _outside_cases(companies, customers),
        "anti": _anti_cases(companies, customers),
    }
    rows = []
    for number, (wave, role, group) in enumerate(MARKET["interviews"], start=1):
        first = pd.Period(wave).start_time
        day = first + np.timedelta64(int(rng.integers(8, 75)), "D")
        company = _next_company(
            pools[group], customers, first, reuse=group == "fit" and number % 3 == 0
        )
        left = bool(customers.at[company, "is_churned"] and customers.at[company, "end_date"] < day)  # type: ignore[operator]
        rows.append(
            {
                "interview_id": f"INT-{number:03d}",
                "person_id": f"P-{number:03d}",
                "company": company,
                "wave": wave,
                "interview_date": day,
                "buying_role": role,
                "role_source": "crm" if rng.random() < 0.6 else "self_declared",
                "seniority": str(rng.choice(MARKET["seniority"][role])),
                "function": MARKET["functions"][role],
                "title_generic": MARKET["titles"][role],
                "icp_segment": (
                    companies.at[company, "industry"] if companies.at[company, "is_fit"] else ""
                ),
                "icp_fit": "yes" if companies.at[company, "is_fit"] else "no",
                "relationship": "churned" if left else "customer",
                "guide_version": "v1",
                "consent_analysis": "yes",
                "consent_quotes": (
                    "no" if number in (5, 12) else "unknown" if number == 16 else "yes"
                ),
                "consent_recontact": "yes" if rng.random() < 0.7 else "no",
                "consent_date": day,
                "retain_until": pd.Timestamp("2029-12-31"),
                "group": group,
                "speaks_as": role if group != "anti" else "anti",
            }
        )
    frame = pd.DataFrame(rows)
    if is_noise:
        frame["speaks_as"] = rng.permutation(frame["speaks_as"].to_numpy())
    return frame


def _clear_cases(companies: pd.DataFrame, customers: pd.DataFrame) -> list:
    """Long-standing customers well inside every condition.

    Any fair estimate of the profile holds them.
    """
    c = companies.loc[customers.index]
    clear = (
        c["is_all_fit"]
        & c["n_employees"].between(260, 1150)
        & c["annual_revenue"].between(26e6, 150e6)
        & (c["growth_rate"] >= 0.33)
        & ~c["is_reselling"]
    )
    liked = (c["pain_point"] == "Fragmented customer data").astype(int) + (
        c["growth_stage"] == "Growth Stage"
    )
    return _in_order(
        c.assign(clear=clear, liked=liked, start=customers["start_date"]),
        ["clear", "n_conditions", "liked", "start"],
        [False, False, False, True],
    )


def _anti_cases(companies: pd.DataFrame, customers: pd.DataFrame) -> list:
    """Agencies and resellers that meet few conditions, those who left first."""
    c = companies.loc[customers.index]
    few = c.assign(
        few=c["n_conditions"] <= 3, churned=customers["is_churned"], end=customers["end_date"]
    )
    return _in_order(few, ["is_reselling", "few", "churned", "end"], [False, False, False, True])


def _outside_cases(companies: pd.DataFrame, customers: pd.DataFrame) -> list:
    c = companies.loc[customers.index].assign(start=customers["start_date"])
    return _in_order(c, ["is_reselling", "n_conditions", "start"], [True, True, True])


def _in_order(table: pd.DataFrame, by: list, ascending: list) -> list:
    return list(table.sort_values(by, ascending=ascending, kind="stable").index[:POOL])


def _next_company(pool: list, customers: pd.DataFrame, day: pd.Timestamp, reuse: bool) -> str:
    """The next company in the pool that was a customer before `day`.

    Now and then a second person of a company already asked.
    """
    for company in pool:
        if customers.at[company, "start_date"] < day - np.timedelta64(90, "D"):  # type: ignore[operator]
            if not reuse:
                pool.remove(company)
                pool.append(company)
            return company
    raise UserError(
        f"nobody was a customer long enough to be interviewed in the quarter of {day:%Y-%m-%d}",
        remedy="Draw more customers.",
    )


def draw_codings(
    interviews: pd.DataFrame, codebook: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Long table, one row a coding: interview, coder, code, polarity, quote, day."""
    said = _said(interviews["speaks_as"], codebook, rng)
    rows = []
    for number, interview in enumerate(rows_of(interviews)):
        coders = ("C1", "C2") if number in DOUBLE_CODED else (("C1",), ("C2",))[number % 2]
        exists = (codebook["first_wave"] <= interview.wave).to_numpy()
        for coder in coders:
            heard = exists & np.where(
                said[number],
                rng.random(len(codebook)) > codebook["miss"],
                rng.random(len(codebook)) < FALSE_CODING_RATE,
            )
            for code in rows_of(codebook[heard]):
                quote = (
                    (code.quote_1, code.quote_2)[int(rng.integers(2))] if rng.random() < 0.8 else ""
                )
                rows.append(
                    {
                        "interview_id": interview.interview_id,
                        "coder": coder,
                        "code": code.code_id,
                        "polarity": (
                            {"channel": -1 if code.code_id == "cold_calls" else 1}.get(
                                code.family, ""
                            )
                        ),
                        "quote": quote,
                        "coded_at": (
                            interview.interview_date + np.timedelta64(int(rng.integers(2, 9)), "D")
                        ),
                        "wave": interview.wave,
                    }
                )
    return pd.DataFrame(rows)


def _said(speaks_as: pd.Series, codebook: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Bool (interviews, codes): who really said what.

    Within a role a code of prevalence p is said by every (1/p)-th person, from a random start, so
    that a planted statement is carried by its role in every wave and not by luck.
    """
    said = np.zeros((len(speaks_as), len(codebook)), dtype=bool)
    for role in speaks_as.unique():
        prevalence, rows = codebook[role].to_numpy(float), np.flatnonzero(speaks_as == role)
        turns = np.floor(np.arange(len(rows) + 1)[:, None] * prevalence + rng.random(len(codebook)))
        said[rows] = np.diff(turns, axis=0) > 0
    return said
