"""The search: which attributes may be searched at all, and what the scans up and down find in them."""  # noqa: E501

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import ndtr

from icplib import words
from icplib.settings import Settings
from icplib.stats import leak, power
from icplib.stats.conditions import Item, found_items, thinned
from icplib.stats.design import Design
from icplib.stats.drivers import finer_than
from icplib.stats.groups import Attribute, Coded, code
from icplib.stats.rules import drivers_among, met_matrix, n_tested_items
from icplib.stats.scan import (
    Choice,
    Scan,
    benjamini_hochberg,
    hybrid_score,
    normal_scores,
    scan_both,
    unknown_z,
)

MIN_COUNTS = 10  # fewer best (or others): counts only
MIN_SEARCH = 20  # fewer best: only hypotheses named beforehand
MIN_FULL = 40  # fewer best: short rules, no probabilities
MIN_PROSPECTS = 20  # from here on what is known of prospects can be told
SHOWN_BELOW, SEARCHED_BELOW = (
    0.60,
    0.30,
)  # shares unknown: up to .30 all, up to .60 shown but not in the rule, above kept out
PERSON = (
    "age",
    "gender",
    "sex",
    "income",
    "marital status",
    "ethnicity",
    "religion",
    "job title",
    "seniority",
    "personality",
)


@dataclass(frozen=True)
class Input:
    """One attribute of 01_attributes before the search. state: searched, shown only, kept out.

    Screen: its leak screen.
    """

    row: dict
    attribute: Attribute
    coded: Coded
    state: str
    reason: str
    screen: leak.Screen


@dataclass(frozen=True)
class Search:
    """Everything the search used and found.

    rows: positions in 02_best of the n customers with a known value (of a large table: of a
    stratified sample of them); flag, value: arrays (n,). design: who is related to whom, who sold.
    state: counts only, exploratory, search, full search. up, down: the scans (None when nothing was
    scanned). items: found upwards and downwards. drivers: positions in `raised` in the order they
    entered; follows: other positions -> a driver's position, or -1 where it goes along with none of
    them; refining: those that only say another found attribute in finer steps; refining_down: the
    same among `lowered`.
    """

    rows: np.ndarray
    flag: np.ndarray
    value: np.ndarray
    inputs: tuple[Input, ...]
    state: str
    design: Design
    choice: Choice
    gamma: float | None
    up: Scan = None  # type: ignore[assignment]  # the state says whether anything was scanned
    down: Scan = None  # type: ignore[assignment]
    raised: tuple[Item, ...] = ()
    lowered: tuple[Item, ...] = ()
    drivers: tuple[int, ...] = ()
    follows: dict[int, int] = field(default_factory=dict)
    refining: frozenset = frozenset()
    refining_down: frozenset = frozenset()

    @property
    def n(self) -> int:
        """How many customers are searched."""
        return len(self.flag)

    @property
    def n_best(self) -> int:
        """How many of them are best."""
        return int(self.flag.sum())

    @property
    def n_units(self) -> int:
        """Independent company groups behind n."""
        return self.design.n_units

    @property
    def n_best_units(self) -> int:
        """How many unrelated units hold a best customer."""
        return self.design.units_in(self.flag)

    @property
    def is_search(self) -> bool:
        """Whether there are enough customers to search at all."""
        return self.state in ("search", "full search")

    @property
    def label(self) -> dict[str, str]:
        """Attribute -> its label."""
        return {i.attribute.name: i.row["label"] for i in self.inputs}

    @property
    def row(self) -> dict[str, dict]:
        """Attribute -> its row of the catalogue."""
        return {i.attribute.name: i.row for i in self.inputs}

    @property
    def coded(self) -> list[Coded]:
        """What was scanned."""
        return [i.coded for i in self.inputs if i.state != "kept out"]

    @property
    def for_rules(self) -> list[Attribute]:
        """Attributes that a rule may use."""
        return [i.attribute for i in self.inputs if i.state == "searched"]

    @property
    def unsnapped(self) -> tuple[str, ...]:
        """Names of the dates, whose ends are not rounded."""
        return tuple(i.attribute.name for i in self.inputs if i.row["kind"] == "date")

    @cached_property
    def chance_maxima(self) -> tuple[np.ndarray, np.ndarray]:
        """What chance alone shows: sizes and lifts of `power.chance_maxima`."""
        return power.chance_maxima(self.up, seed=self.choice.seed)

    def scan_for_rules(self) -> Scan:
        """The scan of what raises the odds, with the attributes a rule may use only."""
        allowed = {a.name for a in self.for_rules}
        return replace(
            self.up, attributes=tuple(a for a in self.up.attributes if a.name in allowed)
        )


def search(
    accounts: pd.DataFrame,
    attributes: pd.DataFrame,
    best: pd.DataFrame,
    settings: Settings,
    deals: pd.DataFrame | None = None,
) -> Search:
    """Search the customers of 02_best for what the best have in common.

    The state follows from the counts of independent companies (see README). deals: 01_deals, for
    whom a customer was won by. Above `design.LARGE` customers a stratified sample is searched.
    """
    known = np.flatnonzero(best["value"].notna())
    everyone = accounts.set_index("account_id")
    mine = everyone.loc[best["account_id"].iloc[known]]
    flag = best["is_best"].iloc[known].to_numpy(bool)
    choice = settings.patterns
    design = design_of(mine, deals)
    chosen = design.sample(flag, choice.seed)
    known, mine, flag = known[chosen], mine.iloc[chosen], flag[chosen]
    value = best["value"].iloc[known].to_numpy(float)
    design = replace(design.take(chosen), worth=normal_scores(value))
    described = attributes.astype(object).where(attributes.notna(), None).to_dict("records")
    prospects = accounts[accounts["is_prospect"].fillna(False).astype(bool)]
    inputs = tuple(
        _input(row, mine[row["attribute"]], prospects[row["attribute"]], flag, value, settings)
        for row in described
        if row["use"] == "pattern"
    )
    out = Search(
        known,
        flag,
        value,
        inputs,
        state_of(flag, design),
        design,
        Choice(choice.permutations, choice.false_discovery_rate, choice.seed),
        choice.ebic_gamma,
    )
    return _searched(out) if out.is_search and out.coded else out


def _searched(out: Search) -> Search:
    up, down = scan_both(out.coded, out.flag, out.value, out.choice, out.design)
    by_name = {i.attribute.name: i.attribute for i in out.inputs}
    raised, lowered = (
        tuple(
            thinned(item, by_name[item.attribute], out.design)
            for item in found_items(scan, out.flag, out.value, out.unsnapped)
        )
        for scan in (up, down)
    )
    drivers, follows, refining = _drivers(out, raised, up)
    return replace(
        out,
        up=up,
        down=down,
        raised=raised,
        lowered=lowered,
        drivers=drivers,
        follows=follows,
        refining=refining,
        refining_down=_refining(out, lowered, down),
    )


def design_of(customers: pd.DataFrame, deals: pd.DataFrame | None = None) -> Design:
    """Company groups, start dates, and who (or what channel) won each customer.

    customers: rows of 01_accounts by account_id.
    """
    unit = customers["family_id"].fillna(customers.index.to_series())
    seller = customers["owner"]
    if deals is not None and len(deals):
        won = deals[deals["is_won"] & deals["owner"].notna()].sort_values(["close_date", "deal_id"])
        first = won.drop_duplicates("account_id").set_index("account_id")["owner"]
        seller = first.reindex(customers.index).fillna(seller)
    rivals = {"seller": seller}
    if "lead_source" in customers:
        rivals["channel"] = customers["lead_source"]
    codes = {name: pd.factorize(who, sort=True)[0] for name, who in rivals.items()}
    return replace(Design.of(unit, customers["start_date"]), rivals=codes)


def state_of(flag: np.ndarray, design: Design) -> str:
    """What so many independent best and others allow (the table of refusals)."""
    n_best, n_others = design.units_in(flag), design.units_in(~flag)
    if min(n_best, n_others) < MIN_COUNTS:
        return "counts only"
    return (
        "exploratory" if n_best < MIN_SEARCH else "search" if n_best < MIN_FULL else "full search"
    )


def as_attribute(row: dict, values: pd.Series) -> Attribute:
    """A column of 01_accounts as the statistics want it; dates as days since 1970."""
    kind, name = row["kind"], row["attribute"]
    if kind in ("count", "amount", "rate"):
        return Attribute(
            name, "numeric", pd.to_numeric(values).to_numpy("float64", na_value=np.nan)
        )
    if kind == "date":
        return Attribute(
            name,
            "numeric",
            ((values - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)).to_numpy(
                "float64", na_value=np.nan
            ),
        )
    if kind == "set":
        return Attribute(name, "set", values.to_numpy(object))
    if not isinstance(values.dtype, pd.StringDtype):
        values = values.map(str, na_action="ignore")
    levels = tuple(
        level.split(" ", 1)[1] for level in (row["levels"] if row["levels"] is not None else ())
    )
    return (
        Attribute(name, "ordinal", values, levels)
        if kind == "ordinal" and levels
        else Attribute(name, "nominal", values)
    )


def is_person_trait(row: dict) -> bool:
    """Traits of people have no place in a profile of companies (they belong to personas)."""
    words = f" {row['attribute']} {row['label']} ".lower().replace("_", " ")
    return any(f" {trait} " in words for trait in PERSON)


def _input(
    row: dict,
    customers: pd.Series,
    prospects: pd.Series,
    flag: np.ndarray,
    value: np.ndarray,
    settings: Settings,
) -> Input:
    attribute = as_attribute(row, customers)
    coded = code(attribute)
    screen = _screen(attribute, coded, flag)
    over = settings.attributes.get(row["attribute"])
    allowed = over is not None and over.use is True
    unknown = 1 - coded.n_known / max(len(flag), 1)
    state, reason = "searched", ""
    if is_person_trait(row):
        state, reason = "kept out", "a trait of people, not of companies: it belongs to a persona"
    elif coded.refused:
        state, reason = "kept out", coded.refused
    elif unknown > SHOWN_BELOW:
        state, reason = (
            "kept out",
            f"{words.share(unknown)} unknown: only whether it is known could be used",
        )
    elif screen.is_red and not allowed:
        state, reason = (
            "kept out",
            (
                "gives the answer away: alone it ranks the best with AUC"
                f" {words.coefficient(screen.auc)} (attributes.{attribute.name}.use = true lets"
                " it in)"
            ),
        )
    elif (
        attribute.kind == "numeric" and leak.is_function_of(attribute.values, value) and not allowed
    ):
        state, reason = "kept out", "is the value itself in other units (Spearman above .95)"
    elif unknown > SEARCHED_BELOW:
        state, reason = "shown only", f"{words.share(unknown)} unknown: shown, but not in the rule"
    elif len(prospects) >= MIN_PROSPECTS and prospects.isna().mean() > SHOWN_BELOW:
        state, reason = (
            "shown only",
            "hardly known of prospects: a rule on it could not choose among them",
        )
    return Input(row, attribute, coded, state, reason, screen)


def _screen(attribute: Attribute, coded: Coded, flag: np.ndarray) -> leak.Screen:
    """The worse of two: the attribute's values, and whether they are known at all."""
    known = coded.known
    n, n_best = coded.n_known, int(flag[known].sum())
    if attribute.kind == "numeric":
        value = leak.screen(attribute.values, flag)
    else:
        value = leak.screen_groups(coded.cell_sums(flag), coded.n_in_cell, n_best, n)
    missing = leak.screen(known.astype(float), flag)
    return max(value, missing, key=lambda s: -np.inf if np.isnan(s.low) else s.low)


def _drivers(
    search: Search, raised: Sequence[Item], up: Scan
) -> tuple[tuple[int, ...], dict[int, int], frozenset[int]]:
    """Drivers among the raised items a rule may use, and whom the others follow.

    As positions in raised.
    """
    allowed = {a.name for a in search.for_rules}
    mine = [i for i, item in enumerate(raised) if item.attribute in allowed]
    if not mine:
        return (), {}, frozenset()
    by_name = {i.attribute.name: i.attribute for i in search.inputs}
    found = drivers_among(
        [raised[i] for i in mine],
        met_matrix([raised[i].condition for i in mine], by_name),
        hybrid_score(search.flag, search.value),
        up,
        search.gamma,
        search.design,
    )
    follows = {mine[j]: mine[d] if d >= 0 else -1 for j, d in found.follows.items()}
    return tuple(mine[j] for j in found.order), follows, frozenset(mine[j] for j in found.refining)


def _refining(search: Search, items: Sequence[Item], scanned: Scan) -> frozenset:
    """Positions of items that only say another of them in finer steps."""
    met, _ = met_matrix(
        [i.condition for i in items], {i.attribute.name: i.attribute for i in search.inputs}
    )
    score, coded = (
        hybrid_score(search.flag, search.value),
        {a.name: a.coded for a in scanned.attributes},
    )
    return frozenset(
        finer_than(
            met, score, [i.attribute for i in items], coded, n_tested_items(scanned), search.gamma
        )
    )


def unknown_q(search: Search) -> np.ndarray:
    """Adjusted two-sided p of being unknown, one an input of the search (normal approximation.

    NaN where too few).
    """
    z = np.array([unknown_z(search.flag, i.coded.known) for i in search.inputs])
    return benjamini_hochberg(2 * ndtr(-np.abs(z)))
