"""The whole history of the example company, drawn once from a seed.

Exports then show it as of a quarter's last day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from icplib.example import companies as market
from icplib.example import history, interviews, people
from icplib.problems import UserError

FIRST_DAY, LAST_DAY = pd.Timestamp("2021-07-01"), pd.Timestamp("2026-09-30")
CHURNED_SHARE = 0.30  # of all who ever bought, by the last day
SURPLUS = 1.5  # leads simulated for each one kept; two in five of them buy


@dataclass(frozen=True)
class World:
    """Tables share the index of `companies`.

    `known` is `companies` with gaps, as the CRM has it.
    """

    companies: pd.DataFrame
    known: pd.DataFrame
    deals: pd.DataFrame
    customers: (
        pd.DataFrame
    )  # index company: start_date, end_date, is_churned, yearly_revenue, cycle_days
    churn: pd.DataFrame
    tickets: pd.DataFrame
    invoices: pd.DataFrame
    contacts: pd.DataFrame
    engagement: pd.DataFrame
    interviews: pd.DataFrame
    codings: pd.DataFrame
    codebook: pd.DataFrame
    seed: int


@dataclass(frozen=True)
class Trade:
    """What happened between the market and the company, before people are drawn."""

    leads: pd.DataFrame
    deals: pd.DataFrame
    customers: pd.DataFrame
    churn: pd.DataFrame
    tickets: pd.DataFrame
    invoices: pd.DataFrame


Rows = TypeVar("Rows", pd.DataFrame, pd.Series)
Stream = Callable[[int], np.random.Generator]


def draw_world(customers: int, prospects: int, seed: int, noise: bool) -> World:
    """Draw a history with exactly so many customers and prospects on the last day.

    `noise` shuffles every cause.
    """
    rng = streams(seed)
    trade = draw_trade(customers, prospects, rng, noise)
    leads = trade.leads
    is_customer = pd.Series(leads.index.isin(trade.customers.index), leads.index)
    contacts = people.draw_contacts(leads, is_customer, rng(11))
    asked = interviews.draw_interviews(leads, trade.customers, rng(13), noise)
    codebook = interviews.read_codebook()
    return World(
        companies=leads,
        known=market.with_gaps(leads, rng(14)),
        deals=trade.deals,
        customers=trade.customers,
        churn=trade.churn,
        tickets=trade.tickets,
        invoices=trade.invoices,
        contacts=contacts,
        engagement=people.draw_engagement(contacts, is_customer, LAST_DAY, rng(12), noise),
        interviews=asked,
        codings=interviews.draw_codings(asked, codebook, rng(15)),
        codebook=codebook,
        seed=seed,
    )


def streams(seed: int) -> Stream:
    """One stream of random numbers a part: a change in one leaves the others alone."""
    return lambda part: np.random.default_rng([seed, part])


def draw_trade(customers: int, prospects: int, rng: Stream, noise: bool) -> Trade:
    """Leads, deals, and what those who bought paid, asked and did in the end."""
    n = int(SURPLUS * max(customers / 0.4, prospects / 0.6)) + 40
    leads = market.draw_companies(history.draw_created_days(n, rng(0), FIRST_DAY, LAST_DAY), rng(1))
    cause = _shuffled(leads, rng(2)) if noise else leads
    deals = history.draw_first_deals(leads, cause, rng(3))
    ids = _keep(deals, n, customers, prospects, rng(4))
    leads, cause = leads.loc[ids], cause.loc[ids]
    deals = deals[deals["company"].isin(ids) & (deals["created_date"] <= LAST_DAY)]

    won = deals[deals["is_won"] & (deals["close_date"] <= LAST_DAY)].set_index("company")
    start, cycle_days = won["close_date"], (won["close_date"] - won["created_date"]).dt.days
    why = cause.loc[start.index]
    values = history.draw_values(why, rng(5))
    # the cycle is an outcome and a cause: in the twin those who leave leave for another's
    blamed = _shuffled(cycle_days, rng(16)) if noise else cycle_days
    churn = history.draw_churn(
        why, start, blamed, LAST_DAY, round(CHURNED_SHARE * customers), rng(6)
    )
    end = pd.Series(LAST_DAY, index=start.index, dtype=start.dtype)
    end.loc[churn["company"]] = churn["churn_date"].to_numpy()
    tickets = history.draw_tickets(start, end, values, why, rng(7))
    invoices = history.draw_invoices(start, end, values, tickets, LAST_DAY, rng(8))
    expansions = history.draw_expansions(start, end, why, rng(9))
    deals = (
        pd.concat([deals, expansions], ignore_index=True)
        .sort_values(["created_date", "company"], kind="stable")
        .reset_index(drop=True)
    )
    deals["amount"] = _deal_amounts(deals, values["yearly_revenue"], rng(10))
    bought = pd.DataFrame(
        {
            "start_date": start,
            "end_date": end,
            "is_churned": start.index.isin(churn["company"]),
            "yearly_revenue": values["yearly_revenue"],
            "cycle_days": cycle_days,
        }
    )
    return Trade(leads, deals, bought, churn, tickets, invoices)


def _shuffled(leads: Rows, rng: np.random.Generator) -> Rows:
    return leads.iloc[rng.permutation(len(leads))].set_axis(leads.index)


def _keep(
    deals: pd.DataFrame, n: int, customers: int, prospects: int, rng: np.random.Generator
) -> np.ndarray:
    """Leads to keep: a random sample of those won and not won by the last day, alike always."""
    won = deals.loc[deals["is_won"] & (deals["close_date"] <= LAST_DAY), "company"].unique()
    rest = np.setdiff1d(np.arange(n), won)
    if len(won) < customers or len(rest) < prospects:
        raise UserError(
            f"the market did not yield {customers} customers and {prospects} prospects",
            remedy="Try another seed or more of both.",
        )
    return np.sort(
        np.concatenate(
            [rng.choice(won, customers, replace=False), rng.choice(rest, prospects, replace=False)]
        )
    )


def _deal_amounts(
    deals: pd.DataFrame, yearly_revenue: pd.Series, rng: np.random.Generator
) -> np.ndarray:
    """First deals amount to about a year's revenue after discount, expansions to a fifth.

    For prospects a guess.
    """
    guess = np.exp(rng.normal(np.log(yearly_revenue.median()), 1.0, len(deals)))
    year = deals["company"].map(yearly_revenue).fillna(pd.Series(guess, deals.index))
    share = np.where(deals["type"] == "Expansion", 0.2, 1.0) * np.exp(
        rng.normal(0, 0.25, len(deals))
    )
    return np.maximum((year * share * (1 - deals["discount_rate"])).to_numpy(), 900).round(-1)
