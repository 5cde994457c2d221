"""People at the companies: invented contacts, and what each did with what was sent."""

import numpy as np
import pandas as pd

from icplib.example.companies import MARKET
from icplib.tables import rows_of

CONTENT = (
    "White paper",
    "Technical deep-dive",
    "Case study",
    "Outcome e-mail",
    "Case study",
    "Newsletter",
)
TOUCHES_FROM = pd.Timestamp("2025-01-01")


def draw_contacts(
    companies: pd.DataFrame, is_customer: pd.Series, rng: np.random.Generator
) -> pd.DataFrame:
    """Up to three people a customer, one a prospect.

    A technical buyer only where the company has a technical contact.
    """
    rows = []
    for company in rows_of(companies):
        roles = ["Technical Buyer"] if company.has_technical_contact else []
        n_others = 2 if rng.random() < 0.4 else 1
        roles += list(
            rng.choice(
                ["Economic Buyer", "Economic Buyer", "End User", "Procurement"],
                size=n_others,
                replace=False,
            )
        )
        if not is_customer[company.Index]:
            roles = [roles[int(rng.integers(len(roles)))]]  # at a prospect one person is known
        for role in roles:
            titles, department = MARKET["people"][role]
            first, last = (
                str(rng.choice(MARKET["first_names"])),
                str(rng.choice(MARKET["last_names"])),
            )
            rows.append(
                {
                    "company": company.Index,
                    "created_date": (
                        company.created_date + np.timedelta64(int(rng.integers(0, 20)), "D")
                    ),
                    "first_name": first,
                    "last_name": last,
                    "email": f"{first}.{last}@{company.domain}".lower(),
                    "phone": (
                        f"(202) 555-01{rng.integers(0, 100):02d}" if rng.random() < 0.4 else ""
                    ),
                    "title": str(rng.choice(titles)),
                    "department": department,
                    "buying_role": role,
                    "is_role_known": rng.random() > 0.12,
                }
            )
    return pd.DataFrame(rows)


def draw_engagement(
    contacts: pd.DataFrame,
    is_customer: pd.Series,
    last_day: pd.Timestamp,
    rng: np.random.Generator,
    is_noise: bool,
) -> pd.DataFrame:
    """Touches of the last seven quarters: sent, opened, clicked, replied.

    Opens are inflated by mail proxies and tell little.
    """
    roles = contacts["buying_role"].to_numpy()
    acts_as = rng.permutation(roles) if is_noise else roles
    rows: list[tuple] = []
    liking = np.exp(rng.normal(0, 0.35, len(contacts)))  # some people click more than others
    for number, contact in enumerate(rows_of(contacts)):
        first = max(contact.created_date, TOUCHES_FROM)
        days = max((last_day - first).days, 0)
        mean = days / 365.25 * (2.9 if is_customer[contact.company] else 1.7)
        for day in np.sort(rng.integers(0, max(days, 1), rng.poisson(mean))):
            content = CONTENT[rng.integers(len(CONTENT))]
            channel = MARKET["channels"][content][len(rows) % len(MARKET["channels"][content])]
            click = rng.random() < min(
                MARKET["click_rates"][acts_as[number]][content] * liking[number], 0.9
            )
            rows.append(
                (
                    number,
                    first + np.timedelta64(int(day), "D"),
                    channel,
                    content,
                    int(click or rng.random() < 0.45),
                    int(click),
                    int(click and rng.random() < 0.3),
                )
            )
    return pd.DataFrame(
        rows, columns=["contact", "date", "channel", "content", "opened", "clicked", "replied"]
    )
