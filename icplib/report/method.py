"""Words for readers: how it was done, what the terms mean, and what an ICP is as against a persona."""  # noqa: E501

from icplib.stats.rules import SWEET_SPOT

GLOSSARY = {
    "Ideal customer profile (ICP)": (
        "What a company must be to be worth pursuing: measurable lines about companies, never about"
        " people."
    ),
    "Buyer persona": (
        "A semi-fictional person in one buying role at companies that fit the ICP, made of what"
        " interviewees of that role said."
    ),
    "Anti-persona": (
        "Who looks like a customer and is none worth having: five criteria, from price haggling to"
        " an incompatible set-up."
    ),
    "Best customers": (
        "The top share of customers by the value that the settings name, per year, so that age"
        " alone makes nobody best."
    ),
    "Lift": (
        "Share of best customers among those with a trait, over the share among all. 1x is no"
        " difference."
    ),
    "95 % interval": (
        "Repeated on new data, intervals made this way hold the true value 19 times in 20."
    ),
    "n": "How many cases stand behind a number.",
    "Noise floor": (
        "The best lift that pure chance shows when this many attributes are searched among this"
        " many customers; the more of them have a trait, the lower."
    ),
    "holds up": "Found beyond chance with the false discovery rate controlled, and enough cases.",
    "lead, not proof": "Points that way and is worth asking about; chance can explain it.",
    "too few to say": "Too few cases for either.",
    "Red flag": "Something known before the risk began with which customers leave faster.",
    "Hazard ratio": "How many times as fast customers with a flag leave as those without.",
    "Tier": (
        "A to D: companies grouped by how many times as often as on average they become best"
        " customers."
    ),
    "Precision": (
        "Share of best customers among new companies that meet the rule, estimated on customers the"
        " rule had not seen."
    ),
    "Sweet spot": f"The last row of the ladder that at least {SWEET_SPOT} customers meet.",
    "Not shown": (
        "A small count of companies or people, left out so that nobody can be recognised, or a"
        " number that would reveal one."
    ),
}
METHOD = (
    (
        "Every number is computed from the company's own exports as they stood on the quarter's"
        " last day."
    ),
    (
        "Patterns are searched with a permutation test over all attributes and every grouping of"
        " their values; what is reported as found keeps the false discovery rate below its limit."
    ),
    "Ranges are found on the data and rounded only where the data cannot tell the difference.",
    "The precision of the ICP repeats the whole search on customers that it had not seen.",
    (
        "Churn is studied with the time that each customer was observed; customers that are still"
        " there count as such."
    ),
    "The score is judged on held-out customers and beside simpler rules.",
    "Personas count interviewees, not mentions, and print a statement only with its evidence.",
    "Every difference between two quarters says whether it is more than chance would bring.",
)
CONTRAST = (
    ("Focus", "companies to pursue", "people to convince"),
    ("Level", "strategic, broad, longer-lived", "tactical, narrow, changes more often"),
    (
        "Data",
        "firmographic, technographic, behaviour of companies",
        "roles, goals, pains, preferences, behaviour of people",
    ),
    (
        "Question",
        "Which organisations should we target?",
        "Who are we trying to engage, and what motivates them?",
    ),
    (
        "Measured by",
        "leads that fit, win rate, revenue, cycle, in against out",
        "engagement, response, retention, preferences, by persona",
    ),
    (
        "Used for",
        "account selection, budget, roadmap, account-based marketing",
        "content, conversations, campaigns, onboarding",
    ),
    (
        "Sources",
        "CRM, invoices, company databases, churn list",
        "interviews, calls, engagement, tickets",
    ),
    (
        "Review",
        "every quarter; changed when a sign or a test says so",
        "every quarter; due and overdue as the settings say",
    ),
)

#: fact, anchor, definition, filter, artefact, exports
PROVENANCE = [
    (
        "Lines of the ICP",
        "icp-evidence",
        "what best customers have in common beyond chance, and churn did not contradict",
        "customers older than the minimum tenure",
        "02_patterns, 03_profile",
        ("accounts", "deals", "invoices"),
    ),
    (
        "Precision of the ICP",
        "ladder",
        "expected share of best customers among new companies that fit",
        "customers older than the minimum tenure",
        "03_profile",
        ("accounts", "deals", "invoices"),
    ),
    (
        "Red flags",
        "red-flags",
        "attributes known before the risk that raise the rate of leaving",
        "customers that can be followed over time",
        "03_red_flags",
        ("churn", "accounts", "deals"),
    ),
    (
        "Personas",
        "people",
        "what interviewees of one buying role said",
        "interviews at companies that fit the ICP, with consent",
        "05_personas",
        ("interviews", "codings"),
    ),
    (
        "Anti-persona",
        "anti-persona",
        "one hard or two soft criteria of five",
        "companies whose data are there",
        "05_anti_personas",
        ("deals", "tickets", "churn", "codings"),
    ),
    (
        "Refresh signs",
        "signs",
        "this quarter against the four before it",
        "closed deals, interviews, dated notes",
        "06_signs",
        ("deals", "interviews", "codings", "market_notes"),
    ),
    (
        "Market",
        "deploying",
        "companies that meet the headline rule",
        "all companies on file whose deciding values are known",
        "04_scores",
        ("accounts", "prospects"),
    ),
    (
        "What changed",
        "changes",
        "this report against the one before",
        "statements of both reports",
        "06_changes",
        ("accounts", "deals", "churn", "codings"),
    ),
]
