"""Customers whose reasons to leave are known.

Planted red flags, a planted score, other causes, late entry. For tests.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib.icp import Criterion, Evidence, IdealCustomerProfile, LadderRow, Profiles, Provenance
from icplib.settings import Settings
from icplib.tables import artefact

AS_OF = pd.Timestamp("2026-09-30")
RED_FLAGS = {"flag_a": 1.8, "flag_b": 1.5, "flag_c": 1.4}
N_NOISE_FLAGS = 22


@dataclass
class Bed:
    """Everything step 3 reads, and the log hazard of each customer."""

    accounts: pd.DataFrame
    attributes: pd.DataFrame
    fit: pd.DataFrame
    best: pd.DataFrame
    patterns: pd.DataFrame
    tickets: pd.DataFrame
    draft: Profiles
    settings: Settings
    log_hazard: np.ndarray


def settings(**sections) -> Settings:
    return Settings.model_validate(
        {
            "name": "Bed",
            "sources": {"accounts": "a.csv", "deals": "d.csv", "churn": "c.csv"},
            **sections,
        }
    )


def bed(
    n=400,
    seed=0,
    *,
    hazard_per_sd=0.7,
    flags=RED_FLAGS,
    criterion_hazard=1.0,
    monthly_rate=0.022,
    other_share=0.12,
    observed_from=None,
    noise=False,
    early_tickets_hazard=1.0,
) -> Bed:
    """n customers.

    Out-of-fold points act on leaving by ``hazard_per_sd``; each red flag by its hazard ratio;
    ``is_core`` (the criterion of the draft) by ``criterion_hazard``; two or more tickets in the
    first 90 days by ``early_tickets_hazard``.
    """
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=n)
    names = [*flags, *(f"noise_{i}" for i in range(N_NOISE_FLAGS))]
    has = rng.random((n, len(names))) < rng.uniform(0.15, 0.35, len(names))
    core = rng.random(n) < 0.3
    early = rng.poisson(1.0, n)
    log_hazard = (
        np.log(hazard_per_sd) * signal
        + np.log(criterion_hazard) * core
        + np.log(early_tickets_hazard) * (early >= 2)
    )
    log_hazard = (
        log_hazard + has[:, : len(flags)] @ np.log(list(flags.values())) if flags else log_hazard
    )
    if noise:
        log_hazard = np.zeros(n)
    start = AS_OF - pd.to_timedelta(rng.integers(100, 365 * 5, n), unit="D")
    left = rng.exponential(1 / (monthly_rate * np.exp(log_hazard)))
    other = rng.exponential(1 / (monthly_rate * other_share), n)
    months = np.minimum(left, other)
    leave = start + pd.to_timedelta(np.ceil(months * 30.4375).clip(max=36500).astype(int), unit="D")
    is_churned = leave <= AS_OF
    from_day = (
        pd.Series(start)
        if observed_from is None
        else pd.Series(np.maximum(start, pd.Timestamp(observed_from)))
    )
    reason = np.where(other < left, "Acquired by a competitor", "Price")
    accounts = pd.DataFrame(
        {
            "account_id": [f"a{i:05d}" for i in range(n)],
            "is_customer": True,
            "is_churned": is_churned,
            "is_prospect": False,
            "start_date": start,
            "observed_from_date": from_day.to_numpy(),
            "churn_date": pd.Series(leave).where(is_churned),
            "churn_reason": pd.Series(reason).where(is_churned),
        }
    )
    schema = artefact("01_accounts")
    for column in schema.columns:
        if column.name not in accounts:
            accounts[column.name] = pd.Series([None] * n, dtype="object")
    extra = pd.DataFrame(
        {name: np.where(has[:, i], "yes", "no") for i, name in enumerate(names)}
    ).astype("str")
    extra["segment"] = pd.Series(np.where(core, "core", "rest")).astype("str")
    extra["n_employees"] = np.exp(rng.normal(5, 1, n)).round()
    extra["late_rate"] = rng.random(n)
    extra["vague"] = rng.random(n)
    accounts = schema.check(pd.concat([accounts.astype({"is_customer": bool}), extra], axis=1))
    kinds = dict.fromkeys([*names, "segment"], ("nominal", "before_sale"))
    kinds |= {
        "n_employees": ("count", "before_sale"),
        "late_rate": ("rate", "after_sale"),
        "vague": ("rate", "unknown"),
    }
    attributes = artefact("01_attributes").check(
        pd.DataFrame(
            [
                {
                    "attribute": name,
                    "label": name.replace("_", " "),
                    "kind": kind,
                    "group": "firmographic",
                    "source": "accounts",
                    "unit": "",
                    "timing": timing,
                    "use": "pattern",
                    "reason": "",
                    "levels": None,
                    "n_accounts": n,
                    "n_known": n,
                    "known_share": 1.0,
                    "mission_row": "",
                }
                for name, (kind, timing) in kinds.items()
            ]
        )
    )
    points = pd.Series(50 + 15 * signal).clip(0, 100).round()
    tier = pd.cut(points, [-1, 38, 50, 62, 101], labels=list("DCBA")).astype("str")
    is_best = signal + core + rng.normal(size=n) > 1.2
    fit = pd.DataFrame(
        {
            "account_id": accounts["account_id"],
            "oof_points": points.to_numpy(),
            "fit_tier": tier.to_numpy(),
        }
    )
    best = pd.DataFrame({"account_id": accounts["account_id"], "is_best": is_best})
    k, n_core = int((is_best & core).sum()), int(core.sum())
    criterion = Criterion(
        attribute="segment",
        label="Segment",
        op="in",
        values=("core",),
        words="Segment: core",
        verdict="holds up",
        evidence=Evidence(n_known=n, n_with=n_core, n_best_with=k, lift=1.8),
    )
    second = Criterion(
        attribute="n_employees",
        label="Employees",
        op="between",
        low=50,
        high=2000,
        words="50-2,000 employees",
        verdict="holds up",
    )
    rows = tuple(
        LadderRow(
            n_conditions=i,
            added=c.words,
            n_accounts=n_core,
            n_best=k,
            precision_apparent=0.5,
            precision=0.4,
            coverage=0.5,
            is_headline=i == 2,
        )
        for i, c in enumerate((criterion, second), start=1)
    )
    profile = IdealCustomerProfile(
        name="Core",
        criteria=(criterion, second),
        n_headline=2,
        ladder=rows,
        provenance=Provenance(
            quarter="2026Q3",
            best_by="revenue",
            best_share=0.2,
            n_customers=n,
            n_best=int(is_best.sum()),
            n_attributes=27,
        ),
    )
    patterns = pd.DataFrame(
        [
            {
                "attribute": "flag_a",
                "label": "Flag a",
                "item": "Flag a: no",
                "direction": "up",
                "op": "in",
                "values": ("no",),
                "low": None,
                "high": None,
                "is_found": True,
                "verdict": "holds up",
            }
        ]
    )
    opened = [
        (f"t{i}-{k}", f"a{i:05d}", start[i] + pd.Timedelta(days=int(d)))
        for i in range(n)
        for k, d in enumerate(rng.integers(1, 88, early[i]))
    ]
    tickets = pd.DataFrame(opened, columns=["ticket_id", "account_id", "opened_date"]).assign(
        hours=1.0, tag="How-to"
    )
    return Bed(
        accounts,
        attributes,
        fit,
        best,
        patterns,
        tickets,
        Profiles(profiles=(profile,)),
        settings(),
        log_hazard,
    )
