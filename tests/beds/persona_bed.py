"""A company's interviews with planted personas, as canonical tables.

What the analysis is tested on.

Roles each have signature codes (said by about 70 %) beside common ones; coders miss some and see
some that are not there; colleagues of one account resemble one another. The noise twin has the same
shape and no persona.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib.icp import Profiles
from icplib.personas import agreement as ag
from icplib.personas import statements
from icplib.personas.evidence import gather_evidence, sort_interviews
from icplib.settings import Personas, Quarter

ROLES = ("economic_buyer", "technical_buyer", "end_user", "champion")
FAMILIES = ("goal", "pain", "fear_objection", "success_metric", "channel", "buying_criterion")


@dataclass(frozen=True)
class Planted:
    """What was planted, as arrays: interviews x codes said, and what each coder saw of it."""

    codes: list
    truth: dict
    role: np.ndarray
    account: np.ndarray
    seniority: np.ndarray
    seen: np.ndarray


def plant(
    n=30,
    roles=3,
    seed=0,
    planted=True,
    n_codes=40,
    signature=6,
    common=6,
    miss=0.15,
    false=0.03,
    account_sd=0.5,
    high=0.7,
    low=0.12,
    coders=2,
    per_account=2,
):
    """The study before it is written down."""
    rng = np.random.default_rng(seed)
    codes = [f"code_{i:02d}" for i in range(n_codes)]
    truth = {
        r: codes[common + i * signature : common + (i + 1) * signature]
        for i, r in enumerate(ROLES[:roles])
    }
    truth[""] = codes[:common]
    role = np.array([ROLES[i % roles] for i in range(n)])
    account = np.arange(n) // per_account
    rng.shuffle(role)
    share = np.full((n, n_codes), low)
    share[:, :common] = 0.6
    for name in ROLES[:roles] if planted else ():
        share[np.ix_(role == name, np.isin(codes, truth[name]))] = high
    shift = rng.normal(0, account_sd, (account.max() + 1, n_codes))[account]
    said = rng.random((n, n_codes)) < 1 / (1 + np.exp(-(np.log(share / (1 - share)) + shift)))
    seniority = rng.choice(["director", "vp", "manager"], n)
    seen = [
        np.where(said, rng.random(said.shape) >= miss, rng.random(said.shape) < false)
        for _ in range(coders)
    ]
    return Planted(codes, truth, role, account, seniority, np.stack(seen))


def study(n=30, roles=3, seed=0, **how):
    """(tables, truth): truth maps each role to the ids of its signature codes, and "" to the common
    ones.
    """
    planted = plant(n, roles, seed, **how)
    codes, truth, role, account = planted.codes, planted.truth, planted.role, planted.account
    coders, n_codes = len(planted.seen), len(planted.codes)
    ids = [f"INT-{i + 1:03d}" for i in range(n)]
    date = pd.Timestamp("2026-07-01") + pd.to_timedelta(np.arange(n) % 80, "D")
    interviews = pd.DataFrame(
        {
            "interview_id": ids,
            "person_id": [f"P-{i + 1:03d}" for i in range(n)],
            "account_id": [f"A{a:03d}" for a in account],
            "wave": "2026Q3",
            "interview_date": date,
            "buying_role": role,
            "role_secondary": None,
            "role_source": "crm",
            "seniority": planted.seniority,
            "function": "data",
            "title_generic": "analytics leader",
            "icp_segment": None,
            "icp_fit": True,
            "relationship": "customer",
            "guide_version": "1",
            "consent_analysis": "yes",
            "consent_quotes": "yes",
            "consent_recontact": "yes",
            "consent_date": date,
            "retain_until": pd.Timestamp("2029-01-01"),
        }
    ).astype({"icp_fit": "boolean"})
    names = [f"C{c + 1}" for c in range(coders)]
    assignments = pd.DataFrame(
        [(i, c, 1, "complete") for i in ids for c in names],
        columns=["interview_id", "coder_id", "pass", "status"],
    )
    book = pd.DataFrame(
        {
            "code_id": codes,
            "code_path": codes,
            "parent_id": None,
            "family": [FAMILIES[i % len(FAMILIES)] for i in range(n_codes)],
            "label": [f"Topic {c[-2:]}" for c in codes],
            "definition": "",
            "include": "",
            "exclude": "",
            "is_codable": True,
            "merged_into": None,
            "added_on": pd.NaT,
        }
    )
    rows = []
    for coder, seen in zip(names, planted.seen, strict=True):
        rows += [(ids[i], coder, codes[c]) for i, c in zip(*np.nonzero(seen), strict=True)]
    codings = pd.DataFrame(rows, columns=["interview_id", "coder_id", "code_id"])
    codings["coding_id"] = [f"x{i}" for i in range(len(codings))]
    codings["quote"] = [f"We talk about {c} every week in our team" for c in codings["code_id"]]
    codings = codings.assign(
        **{
            "wave": "2026Q3",
            "pass": 1,
            "unit": "segment",
            "polarity": pd.array([pd.NA] * len(codings), "Int8"),
            "quote_truncated": False,
            "start": np.nan,
        }
    )
    topics = pd.DataFrame(
        {
            "interview_id": pd.Series(dtype=str),
            "family": pd.Series(dtype=str),
            "asked": pd.Series(dtype="boolean"),
        }
    )
    return {
        "interviews": interviews,
        "assignments": assignments,
        "topics_asked": topics,
        "codebook": book,
        "codings": codings,
    }, truth


QUARTER, AS_OF = Quarter("2026Q3"), pd.Timestamp("2026-09-30")


FAST = Personas(agreement_resamples=200, permutations=199, saturation_orders=40)


NO_ACCOUNTS = pd.DataFrame({"account_id": pd.Series(dtype=str)})


def analyse(tables, settings=FAST):
    interviews = sort_interviews(tables["interviews"], NO_ACCOUNTS, Profiles(), settings, QUARTER)
    evidence = gather_evidence(tables, interviews, settings)
    counted = evidence.of(interviews.counted.index)
    agreement = ag.measure_agreement(evidence, settings.agreement_resamples, settings.seed)
    return interviews, counted, agreement, statements.study_roles(counted, agreement, settings)
