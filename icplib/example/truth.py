"""What was planted, as a plain dictionary: for tests alone."""

from icplib.example import history
from icplib.example.companies import MARKET, RESELLING_MODELS
from icplib.example.exports import sfid
from icplib.example.world import World

AFTER_SALE = ("health", "manager", "renewal", "activity", "nps")  # know the outcome


def planted_truth(world: World, noise: bool) -> dict:
    """Conditions, proxies, noise, red flags, personas, shift and account lists of `world`.

    JSON-able.
    """
    best = world.customers["yearly_revenue"].rank(ascending=False, method="first") <= 0.2 * len(
        world.customers
    )
    codes, roles = world.codebook, ("technical_buyer", "economic_buyer")
    ordinary = codes[~codes["family"].str.startswith("anti_") & (codes["first_wave"] == "")]
    return {
        "seed": world.seed,
        "is_noise": noise,
        "n_customers": len(world.customers),
        "n_churned": len(world.churn),
        "n_prospects": len(world.companies) - len(world.customers),
        "conditions": {
            "industry": ["E-commerce", "Fintech"],
            "n_employees": [200, 1500],
            "annual_revenue_amount": [20e6, 200e6],
            "region": ["North America"],
            "tech_stack_cloud": ["AWS", "Azure"],
            "tech_stack_crm": ["Salesforce", "HubSpot"],
            "growth_rate": [0.30, None],
        },
        "proxies": MARKET["proxies"],
        "noise": [*MARKET["noise_levels"], *MARKET["noise_numbers"]],
        "leaks": [MARKET["after_sale_labels"][name] for name in AFTER_SALE],
        "red_flags": history.HAZARD_RATIOS,
        "long_cycle_days": history.LONG_CYCLE_DAYS,
        "other_causes": list(history.OTHER_CAUSES),
        "anti_persona": {
            "business_model": list(RESELLING_MODELS),
            "soft": ["discount", "quote revisions", "support cost"],
        },
        "shift_quarter": "2026Q2",
        "new_objection": "answers_cannot_be_audited",
        "typical": {
            role: sorted(ordinary.loc[ordinary[role].astype(float) >= 0.7, "code_id"])
            for role in roles
        },
        "distinctive": {
            role: sorted(
                ordinary.loc[
                    (ordinary[role].astype(float) >= 0.8) & (ordinary[other].astype(float) <= 0.15),
                    "code_id",
                ]
            )
            for role, other in (roles, roles[::-1])
        },
        "interviews_outside": [
            f"INT-{n:03d}"
            for n, (_, _, group) in enumerate(MARKET["interviews"], 1)
            if group != "fit"
        ],
        "best_by_revenue": sorted(sfid("001", best.index[best])),
        "churned": sorted(sfid("001", world.churn["company"])),
        "all_conditions": sorted(sfid("001", world.companies.index[world.companies["is_all_fit"]])),
    }
