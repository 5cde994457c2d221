"""Companies: one row each, with a CRM's attributes and the conditions planted in them.

A company belongs to the *core* of the market or not. In the core each planted condition is likely,
outside it is not, so that the conditions go together as they do in life while none implies another.
Everything else either follows a planted condition (a *proxy*) or has nothing to do with anything
(*noise*).
"""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd

# the words that everything is drawn from
MARKET = tomllib.loads(Path(__file__).with_name("market.toml").read_text(encoding="utf-8"))
CHOICES = MARKET["choices"]

SHIFT = pd.Timestamp(
    "2026-04-01"
)  # first day of 2026Q2: from here on the market moves away from the profile
CORE_SHARE, CORE_SHARE_AFTER_SHIFT = 0.42, 0.14

# Probability of each planted condition inside and outside the core. `is_revenue_fit` depends on
# size, see below.
CONDITIONS = {
    "is_industry_fit": (0.82, 0.22),
    "is_size_fit": (0.82, 0.28),
    "is_revenue_fit": (0.82, 0.28),
    "is_region_fit": (0.85, 0.40),
    "is_cloud_fit": (0.85, 0.40),
    "is_crm_fit": (0.85, 0.38),
    "is_growth_fit": (0.82, 0.24),
}
FIT_FROM = 5  # a company that meets this many of the seven conditions is bought from more readily

RESELLING_MODELS = ("Agency", "Reseller")  # the planted anti-persona
LEGACY = "Oracle On-Premises"  # a red flag: known before the sale, raises churn
INCOMPATIBLE, INCOMPATIBLE_SHARE = "AS/400", 0.04  # cannot be connected at all


def draw_companies(created: pd.DatetimeIndex, rng: np.random.Generator) -> pd.DataFrame:
    """One row per company for the given creation days; every value known, gaps come later."""
    n = len(created)
    core_share = np.where(pd.DatetimeIndex(created) < SHIFT, CORE_SHARE, CORE_SHARE_AFTER_SHIFT)
    frame = pd.DataFrame({"created_date": created, "is_core": rng.random(n) < core_share})
    for condition, (inside, outside) in CONDITIONS.items():
        frame[condition] = rng.random(n) < np.where(frame["is_core"], inside, outside)
    frame["n_conditions"] = frame[list(CONDITIONS)].sum(axis=1)
    frame["is_fit"] = frame["n_conditions"] >= FIT_FROM
    frame["is_all_fit"] = frame["n_conditions"] == len(CONDITIONS)

    _draw_firmographics(frame, rng)
    _draw_stack(frame, rng)
    _draw_proxies(frame, rng)
    _draw_buying_facts(frame, rng)
    _draw_noise(frame, rng)
    _name_them(frame, rng)
    is_incompatible = rng.random(n) < INCOMPATIBLE_SHARE
    frame["tech_stack"] = [
        (*stack, INCOMPATIBLE) if flag else stack
        for stack, flag in zip(frame["tech_stack"], is_incompatible, strict=True)
    ]
    return frame


def _pick(rng: np.random.Generator, shares: dict[str, float], size: int) -> np.ndarray:
    """So many levels, drawn by their shares."""
    weights = np.array(list(shares.values()))
    return rng.choice(np.array(list(shares), dtype=object), size=size, p=weights / weights.sum())


def _log_uniform(rng: np.random.Generator, low: float, high: float, size: int) -> np.ndarray:
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def _draw_firmographics(f: pd.DataFrame, rng: np.random.Generator) -> None:
    n = len(f)
    f["industry"] = np.where(
        f["is_industry_fit"],
        _pick(rng, CHOICES["industry_fit"], n),
        _pick(rng, CHOICES["industry"], n),
    )
    is_small = rng.random(n) < 0.62
    f["n_employees"] = np.where(
        f["is_size_fit"],
        _log_uniform(rng, 205, 1480, n),
        np.where(is_small, _log_uniform(rng, 12, 190, n), _log_uniform(rng, 1600, 14000, n)),
    ).round()
    # Outside 20-200 M the amount still goes with the headcount: few small firms sell for 300 M.
    goes_below = rng.random(n) < np.where(
        f["n_employees"] < 400, 0.9, np.where(f["n_employees"] > 1500, 0.08, 0.5)
    )
    f["annual_revenue"] = np.where(
        f["is_revenue_fit"],
        _log_uniform(rng, 20.5e6, 196e6, n),
        np.where(goes_below, _log_uniform(rng, 1.2e6, 19e6, n), _log_uniform(rng, 215e6, 1.6e9, n)),
    )
    f["annual_revenue"] = f["annual_revenue"].round(-5)
    f["growth_rate"] = np.where(
        f["is_growth_fit"],
        np.minimum(0.30 + rng.exponential(0.22, n), 1.6),
        np.clip(rng.normal(0.11, 0.11, n), -0.25, 0.29),
    ).round(2)
    f["region"] = np.where(f["is_region_fit"], "North America", _pick(rng, CHOICES["region"], n))
    for region, countries in MARKET["countries"].items():
        f.loc[f["region"] == region, "country"] = _pick(
            rng, countries, (f["region"] == region).sum()
        )
    f["state"] = [
        rng.choice(MARKET["states"][country]) if country in MARKET["states"] else ""
        for country in f["country"]
    ]


def _draw_stack(f: pd.DataFrame, rng: np.random.Generator) -> None:
    n = len(f)

    def has(share: float | np.ndarray) -> np.ndarray:
        return rng.random(n) < share

    aws = f["is_cloud_fit"] & has(0.5)
    salesforce = f["is_crm_fit"] & has(0.52)
    f["is_legacy"] = has(np.where(f["is_cloud_fit"], 0.17, 0.30))
    tools = {
        "AWS": aws,
        "Azure": f["is_cloud_fit"] & ~aws,
        "GCP": ~f["is_cloud_fit"] & has(0.55),
        "Salesforce": salesforce,
        "HubSpot": f["is_crm_fit"] & ~salesforce,
        "Pipedrive": ~f["is_crm_fit"] & has(0.25),
        LEGACY: f["is_legacy"],
        "Kafka": has(np.where(f["is_growth_fit"], 0.38, 0.14)),
        "Terraform": has(np.where(aws, 0.45, 0.15)),
        "Stripe": has(np.where(f["is_industry_fit"], 0.45, 0.15)),
        "Shopify": (f["industry"] == "E-commerce") & has(0.5),
        "Zendesk": has(0.35),
        "Slack": has(0.55),
        "Jira": has(0.5),
        "Tableau": has(0.3),
        "Okta": has(0.25),
    }
    names = np.array(list(tools))
    present = np.column_stack([np.asarray(flags) for flags in tools.values()])
    f["tech_stack"] = [tuple(names[row]) for row in present]


def _draw_proxies(f: pd.DataFrame, rng: np.random.Generator) -> None:
    n = len(f)
    follows = rng.random(n)
    f["sales_team"] = np.where(
        follows < 0.85,
        np.where(f["is_region_fit"], "Americas", "International"),
        _pick(rng, CHOICES["sales_team"], n),
    )
    f["funding_stage"] = np.where(
        f["is_growth_fit"] & (rng.random(n) < 0.55),
        _pick(rng, CHOICES["funding_stage_growing"], n),
        _pick(rng, CHOICES["funding_stage"], n),
    )
    level = f["funding_stage"].map(MARKET["funding"])
    f["total_funding"] = (level.to_numpy() * 1e6 * np.exp(rng.normal(0, 0.5, n))).round(-4)
    f["growth_stage"] = np.where(
        f["n_employees"] < 100,
        "Startup",
        np.where(f["n_employees"] > 1800, "Enterprise", "Growth Stage"),
    )
    f["growth_stage"] = np.where(
        rng.random(n) < 0.15,
        _pick(rng, CHOICES["growth_stage"], n),
        f["growth_stage"],
    )
    f["n_offices"] = np.maximum(
        1, (f["n_employees"] ** 0.45 / 4 * np.exp(rng.normal(0, 0.4, n))).round()
    )
    f["website_visits"] = (
        f["annual_revenue"] ** 0.6
        / 3
        * np.exp(rng.normal(0, 0.9, n))
        * np.where(f["is_industry_fit"], 1.6, 1)
    ).round(-2)
    f["technology_adoption"] = np.where(
        rng.random(n) < 0.5,
        np.where(f["is_cloud_fit"], "Early", "Late"),
        _pick(rng, CHOICES["technology_adoption"], n),
    )
    f["pain_point"] = np.where(
        rng.random(n) < np.where(f["is_core"], 0.55, 0.22),
        "Fragmented customer data",
        _pick(rng, CHOICES["pain_point"], n),
    )
    f["market_position"] = _pick(rng, CHOICES["market_position"], n)
    f["data_budget_share"] = np.clip(
        rng.normal(0.06, 0.025, n) + 0.012 * f["is_growth_fit"], 0.005, 0.2
    ).round(3)
    is_reselling = rng.random(n) < np.where(f["is_core"], 0.03, 0.14)
    usual = np.where(
        f["industry"] == "E-commerce",
        _pick(rng, CHOICES["business_model_shop"], n),
        _pick(rng, CHOICES["business_model"], n),
    )
    f["business_model"] = np.where(
        is_reselling, _pick(rng, dict(zip(RESELLING_MODELS, (3, 2), strict=True)), n), usual
    )
    f["is_reselling"] = is_reselling


def _draw_buying_facts(f: pd.DataFrame, rng: np.random.Generator) -> None:
    """What the seller knows of the first deal before it is signed.

    Four of these facts are the planted red flags.
    """
    n = len(f)
    f["has_technical_contact"] = rng.random(n) < 0.74
    f["n_stakeholders"] = np.where(
        f["has_technical_contact"], 2 + rng.poisson(1.6, n), 1 + rng.poisson(0.7, n)
    )
    f["decision_process"] = _pick(rng, CHOICES["decision_process"], n)
    is_deep = rng.random(n) < np.where(f["is_reselling"], 0.62, 0.17)
    f["first_discount_rate"] = np.where(
        is_deep, rng.uniform(0.26, 0.40, n), np.clip(rng.normal(0.11, 0.07, n), 0, 0.24)
    ).round(2)
    f["is_deep_discount"] = f["first_discount_rate"] > 0.25
    f["n_quote_revisions"] = np.where(
        f["is_reselling"], 3 + rng.poisson(1.4, n), 1 + rng.poisson(0.6, n)
    )
    f["lead_source"] = _pick(rng, CHOICES["lead_source"], n)
    f["owner"] = _pick(rng, CHOICES["owner"], n)


def _draw_noise(f: pd.DataFrame, rng: np.random.Generator) -> None:
    n = len(f)
    for name, levels in MARKET["noise_levels"].items():
        f[name] = _pick(rng, dict(zip(levels, np.linspace(1.6, 1, len(levels)), strict=True)), n)
    f["year_founded"] = 2021 - np.minimum(rng.exponential(14, n), 90).round()
    f["social_followers"] = np.exp(rng.normal(8.2, 1.3, n)).round(-1)
    f["employer_rating"] = np.clip(rng.normal(3.7, 0.5, n), 1, 5).round(1)
    f["board_size"] = 3 + rng.poisson(3, n)
    f["job_openings"] = rng.negative_binomial(2, 0.12, n)


def _name_them(f: pd.DataFrame, rng: np.random.Generator) -> None:
    """Invented names, unique even without legal form, and a domain under reserved `.example`."""
    prefixes = [stem + ending for stem in MARKET["stems"] for ending in MARKET["endings"]]
    names, domains = [], []
    order = rng.permutation(max(len(f), 6 * len(prefixes)))[: len(f)]
    for number, industry, country in zip(order, f["industry"], f["country"], strict=True):
        words = MARKET["business_words"][industry]
        rounds, place = divmod(int(number), len(words) * len(prefixes))
        stem = f"{prefixes[place % len(prefixes)]} {words[place // len(prefixes)]}" + (
            f" {rounds + 1}" if rounds else ""
        )
        names.append(f"{stem} {rng.choice(MARKET['legal_forms'].get(country, ('Ltd.',)))}")
        domains.append(stem.lower().replace(" ", "-") + ".example")
    f["name"], f["domain"] = names, domains


def with_gaps(companies: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A copy with cells left empty, some at random and some because of what they would have said."""  # noqa: E501
    gappy = companies.astype(dict.fromkeys((*MARKET["gaps"], "annual_revenue"), object))
    for name, share in MARKET["gaps"].items():
        gappy.loc[rng.random(len(gappy)) < share, name] = None
    chance = np.where(companies["n_employees"] < 100, 0.30, 0.08)
    gappy.loc[rng.random(len(gappy)) < chance, "annual_revenue"] = None
    return gappy
