"""A test bed with known truth.

Six planted conditions, proxies that only follow them, noise, and gaps.

Own generator with the structure that `statistics.md` describes. Two truths: "shift" moves the whole
distribution of the value; "tail" lets only membership of the best fifth depend on the signal, the
order inside best and rest being noise. "null" keeps every attribute and breaks every relation with
the value.
"""

from dataclasses import dataclass

import numpy as np

from icplib.stats.groups import Attribute

BEST_SHARE = 0.20
INDUSTRIES = (
    "e-commerce",
    "fintech",
    "software",
    "health",
    "manufacturing",
    "retail",
    "media",
    "education",
)
PLANTED = {
    "industry": ("e-commerce", "fintech"),
    "employees": (200, 1500),
    "revenue": (20e6, 200e6),
    "growth": (0.30, np.inf),
    "stack": ("AWS", "Azure", "CRM"),
}
PROXIES = ("region", "business_model", "stage", "offices", "visits", "funding")
PROXY_MEMBERS = ("GCP", "Kafka", "Terraform", "on premise")
CONDITIONS = ("industry", "employees", "revenue", "growth", "cloud", "CRM")
# The methods page names its conditions, not their strengths. These are the evenly spaced ones, of
# Bayes AUC .843 as there, that come nearest to what it reports of scans by one score alone (best
# flag, normal scores; shift and tail); the score that the product searches by had no say in the
# choice.
STRENGTH = (1.07, 0.94, 0.81, 0.68, 0.55, 0.42)


@dataclass(frozen=True)
class Sample:
    """n accounts. attributes: with gaps. flag, value.

    Best and what it is cut from. signal: the true score, gap-free.
    """

    attributes: list
    flag: np.ndarray
    value: np.ndarray
    signal: np.ndarray

    @property
    def by_name(self):
        return {a.name: a for a in self.attributes}


def generate(n, seed, truth="shift", strength=STRENGTH, gaps=True, bounds=None):
    """A Sample of n accounts. truth.

    Shift, tail or null. strength: of each of the CONDITIONS, or one for all.

    bounds: other (employees, revenue) bounds than PLANTED's.
    """
    rng = np.random.default_rng(seed)
    employee_bounds, revenue_bounds = bounds or (PLANTED["employees"], PLANTED["revenue"])
    industry = rng.choice(INDUSTRIES, n, p=[0.17, 0.14, 0.15, 0.12, 0.14, 0.12, 0.09, 0.07])
    log_employees = rng.normal(np.log(420), 1.15, n)
    employees = np.round(np.exp(log_employees))
    revenue = np.exp(np.log(48e6) + 0.55 * (log_employees - np.log(420)) + rng.normal(0, 1.05, n))
    growth = np.round(rng.gamma(2.2, 0.13, n) - 0.05, 3)
    cloud = rng.choice(["AWS", "Azure", "GCP", "on premise"], n, p=[0.28, 0.20, 0.18, 0.34])
    crm = rng.random(n) < 0.42
    met = np.column_stack(
        [
            np.isin(industry, PLANTED["industry"]),
            (employees >= employee_bounds[0]) & (employees <= employee_bounds[1]),
            (revenue >= revenue_bounds[0]) & (revenue <= revenue_bounds[1]),
            growth >= PLANTED["growth"][0],
            np.isin(cloud, ["AWS", "Azure"]),
            crm,
        ]
    )
    signal = met @ np.broadcast_to(strength, len(CONDITIONS)) + 0.8 * met.all(axis=1)
    latent = signal + rng.standard_normal(n)
    if truth == "null":
        latent = rng.standard_normal(n)
    best = latent >= np.quantile(latent, 1 - BEST_SHARE)
    value = np.exp(latent) if truth != "tail" else np.where(best, 1.0, 0.0) + 0.9 * rng.random(n)

    attributes = [
        Attribute("industry", "nominal", _text(industry)),
        Attribute("employees", "numeric", employees),
        Attribute("revenue", "numeric", revenue),
        Attribute("growth", "numeric", growth),
        Attribute("stack", "set", _stack(rng, cloud, crm)),
        *_proxies(rng, industry, log_employees, revenue, growth),
        *_noise(rng, n),
    ]
    if gaps:
        attributes = [
            _with_gaps(a, rng, share, employees)
            for a, share in zip(attributes, _gap_shares(len(attributes)), strict=True)
        ]
    return Sample(attributes, best, value, signal)


def role(condition):
    """planted, proxy or noise, for each level, member or range of a condition.

    List of (item, role).
    """
    name = condition.attribute
    if name in ("employees", "revenue", "growth"):
        return [(name, "planted")]
    if name == "industry":
        return [(v, "planted" if v in PLANTED["industry"] else "noise") for v in condition.values]
    if name == "stack":
        return [
            (v, "planted" if v in PLANTED["stack"] else "proxy" if v in PROXY_MEMBERS else "noise")
            for v in condition.values
        ]
    kind = "proxy" if name in PROXIES else "noise"
    return [(v, kind) for v in condition.values] or [(name, kind)]


def planted_found(conditions):
    """Which of the six planted CONDITIONS a list of conditions contains."""
    found = set()
    for c in conditions:
        if c.attribute == "stack":
            found |= {"CRM"} if "CRM" in c.values else set()
            found |= {"cloud"} if {"AWS", "Azure"} & set(c.values) else set()
        elif any(kind == "planted" for _, kind in role(c)):
            found.add(c.attribute)
    return found


def _text(values):
    return np.array([str(v) for v in values], dtype=object)


def _stack(rng, cloud, crm):
    n = len(cloud)
    is_cloud = cloud != "on premise"
    members = {
        "CRM": crm,
        "Kafka": rng.random(n) < np.where(cloud == "AWS", 0.40, 0.15),
        "Terraform": rng.random(n) < np.where(is_cloud, 0.40, 0.10),
        "Slack": rng.random(n) < 0.50,
        "Jira": rng.random(n) < 0.45,
        "Zoom": rng.random(n) < 0.60,
        "Oracle": rng.random(n) < 0.20,
        "SAP": rng.random(n) < 0.15,
    }
    rows = np.empty(n, dtype=object)
    rows[:] = [
        tuple(sorted([str(c)] + [m for m, has in members.items() if has[i]]))
        for i, c in enumerate(cloud)
    ]
    return rows


def _proxies(rng, industry, log_employees, revenue, growth):
    n = len(industry)
    digital = np.isin(industry, ["e-commerce", "fintech", "software"])
    region = np.where(
        rng.random(n) < np.where(np.isin(industry, PLANTED["industry"]), 0.60, 0.35),
        "North America",
        rng.choice(["Europe", "Asia", "South America"], n, p=[0.6, 0.25, 0.15]),
    )
    model = np.where(
        rng.random(n) < 0.75,
        np.where(digital, "online", "traditional"),
        rng.choice(["online", "traditional", "mixed"], n),
    )
    stage = np.select(
        [log_employees < np.log(120), log_employees < np.log(1200)],
        ["startup", "growth"],
        "enterprise",
    )
    stage = np.where(
        rng.random(n) < 0.25, rng.choice(["startup", "growth", "enterprise"], n), stage
    )
    funding = np.where(
        rng.random(n) < 0.6,
        np.where(growth > 0.30, "series B or later", "none"),
        rng.choice(["none", "seed", "series A", "series B or later"], n),
    )
    return [
        Attribute("region", "nominal", _text(region)),
        Attribute("business_model", "nominal", _text(model)),
        Attribute("stage", "nominal", _text(stage)),
        Attribute(
            "offices",
            "numeric",
            1.0 + rng.poisson(np.exp(0.5 * (log_employees - np.log(420)) + 0.8)),
        ),
        Attribute(
            "visits",
            "numeric",
            np.round(np.exp(6 + 0.5 * np.log(revenue / 48e6) + rng.normal(0, 0.9, n))),
        ),
        Attribute("funding", "nominal", _text(funding)),
    ]


def _noise(rng, n):
    def levels(name, k):
        return Attribute(
            name, "nominal", _text(rng.choice([f"{name} {chr(65 + i)}" for i in range(k)], n))
        )

    return [
        *[levels(f"category_{i}", k) for i, k in enumerate((2, 3, 4, 5, 3, 4))],
        Attribute("founded", "numeric", np.round(rng.normal(2003, 12, n))),
        Attribute("headlines", "numeric", rng.poisson(1.5, n).astype(float)),
        Attribute("distance", "numeric", np.round(np.exp(rng.normal(6, 1, n)))),
        Attribute("rating", "numeric", np.round(rng.uniform(1, 5, n), 1)),
        Attribute("followers", "numeric", np.round(np.exp(rng.normal(7, 1.5, n)))),
        Attribute("openings", "numeric", rng.geometric(0.2, n).astype(float)),
        Attribute("debt", "numeric", rng.normal(0, 1, n)),
        Attribute("tenders", "numeric", np.where(rng.random(n) < 0.6, 0.0, rng.lognormal(9, 1, n))),
    ]


def _gap_shares(k):
    return [0.02, 0.05, 0.15, 0.12, 0.10] + [
        0.02 + 0.28 * ((7 * i) % 20) / 20 for i in range(k - 5)
    ]


def _with_gaps(attribute, rng, share, employees):
    """Values missing at random, revenue more often for small firms."""
    n = len(attribute)
    chance = np.full(n, share)
    if attribute.name == "revenue":
        chance = np.where(employees < np.median(employees), 1.6 * share, 0.4 * share)
    gone = rng.random(n) < chance
    values = attribute.values.copy()
    values[gone] = np.nan if attribute.kind == "numeric" else None
    return Attribute(attribute.name, attribute.kind, values)
