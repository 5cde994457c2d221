"""The draft profile: criteria with evidence, the ladder, several profiles, how accounts fit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib import words
from icplib.conditions import Condition, of_limit
from icplib.icp import (
    Criterion,
    IdealCustomerProfile,
    KofM,
    LadderRow,
    Profiles,
    Provenance,
)
from icplib.patterns import disqualifiers
from icplib.patterns.criteria import as_criterion, by_chance, or_none
from icplib.patterns.search import MIN_COUNTS, MIN_FULL, MIN_SEARCH, Search, is_person_trait
from icplib.patterns.wording import is_basic, is_specific
from icplib.problems import UserError, did_you_mean
from icplib.settings import Limit, Quarter, Segment, Settings
from icplib.stats.conditions import Item, count, met_of, thinned
from icplib.stats.estimate import Estimate
from icplib.stats.rules import (
    APPARENT_HALF,
    MIN_ACCOUNTS,
    MIN_SHARE,
    SWEET_SPOT,
    Ladder,
    Limits,
    Nested,
    Procedure,
    best_k_of_m,
    build_ladder,
    honest_precision,
    met_matrix,
    nested,
)
from icplib.tables import rows_of
from icplib.tables.step_02 import Noise

SHORT_RULE = 2  # conditions, below MIN_FULL best


@dataclass(frozen=True)
class Rule:
    """A rule over the customers of a Search. conditions: typed-in ones first, then drivers.

    Held_out: its nested repetition.
    """

    name: str
    conditions: tuple[Condition, ...]
    n_fixed: int
    ladder: Ladder | None
    held_out: Nested | None
    rows: np.ndarray  # bool (n,): the customers it was found among
    segment: str = ""

    @property
    def headline(self) -> list[Condition]:
        """The conditions until F0.5 stops rising, in the ladder's order; empty without one."""
        return (
            [self.conditions[j] for j in self.ladder.order[: self.ladder.n_headline]]
            if self.ladder
            else []
        )


def draft_profiles(
    search: Search,
    patterns: pd.DataFrame,
    noise: Noise,
    settings: Settings,
    quarter: Quarter,
    settings_hash: str = "",
) -> tuple[Profiles, list[Rule]]:
    """The main profile, one for each segment of the settings, and further ones that hold up.

    A further one needs another segment that holds.

    Returns the profiles and the rules behind them (the first belongs to the main profile), which
    `fit` needs.
    """
    rules = [
        find_rule(
            search, settings, "Main profile", np.ones(search.n, bool), limits_of(search, settings)
        )
    ]
    if search.is_search:
        rules += [_segment_rule(search, settings, segment) for segment in settings.segments]
        if not settings.segments:
            rules += _further_rules(search, settings, rules[0])
    profiles = tuple(
        _profile(search, rule, patterns, noise, settings, quarter, settings_hash, rule is rules[0])
        for rule in rules
    )
    headlines = [rule.headline for rule in rules]
    told = disqualifiers.added(search, headlines, profiles[0], patterns, settings)
    return Profiles(profiles=(told, *profiles[1:]), sentences=()), rules


def limits_of(search: Search, settings: Settings) -> tuple[Condition, ...]:
    """The company's own limits as conditions.

    UserError for an attribute that is not there or speaks of people.
    """
    return tuple(typed_in(limit, search, "limits") for limit in settings.limits)


def typed_in(limit: Limit, search: Search, where: str) -> Condition:
    """A condition that people write, as the statistics want it; UserError where it says nothing."""
    if limit.attribute not in search.row:
        raise UserError(
            f"'{limit.attribute}' is not an attribute that a profile can use",
            file="company.toml",
            column=where,
            remedy=did_you_mean(limit.attribute, search.row),
        )
    row = search.row[limit.attribute]
    if is_person_trait(row):
        raise UserError(
            f"'{row['label']}' is a trait of people: a profile of companies cannot use it",
            file="company.toml",
            column=where,
            remedy="Put it into a persona.",
        )
    if not limit.values and limit.low is None and limit.high is None:
        raise UserError(
            f"the limit on '{limit.attribute}' names neither 'low', 'high' nor 'in'",
            file="company.toml",
            column=where,
            remedy="A line without a number or a named level says nothing.",
        )
    return of_limit(limit.attribute, row["kind"], limit.values, limit.low, limit.high)


def procedure_of(
    search: Search,
    settings: Settings,
    fixed: Sequence[Condition] = (),
    n_best: int | None = None,
    n: int | None = None,
) -> Procedure:
    """How rules are found here; shorter ones with fewer than 40 best."""
    is_full = (search.n_best_units if n_best is None else n_best) >= MIN_FULL
    n = search.n if n is None else n
    return Procedure(
        q_level=search.choice.q_level,
        gamma=search.gamma,
        permutations=search.choice.permutations,
        fixed=tuple(fixed),
        unsnapped=search.unsnapped,
        seed=search.choice.seed,
        max_conditions=(
            settings.patterns.max_conditions
            if is_full
            else min(SHORT_RULE, settings.patterns.max_conditions)
        ),
        min_accounts=max(SWEET_SPOT if is_full else MIN_ACCOUNTS, MIN_SHARE * n),
    )


def find_rule(
    search: Search,
    settings: Settings,
    name: str,
    rows: np.ndarray,
    fixed: Sequence[Condition] = (),
    segment: str = "",
) -> Rule:
    """The rule among some of the customers, and its nested repetition.

    Without a search: the typed-in conditions alone.
    """
    attributes = [a.take(rows) for a in search.for_rules]
    by_name = {i.attribute.name: i.attribute.take(rows) for i in search.inputs}
    flag, value, design = search.flag[rows], search.value[rows], search.design.take(rows)
    n_best = design.units_in(flag)
    enough = n_best >= MIN_SEARCH and design.units_in(~flag) >= MIN_COUNTS
    if not search.is_search or not enough or not attributes:
        if not fixed:
            return Rule(name, (), 0, None, None, rows, segment)
        met, known = met_matrix(list(fixed), by_name)
        ladder = build_ladder(met, known, flag, Limits(0, 0, len(fixed)), design)
        return Rule(name, tuple(fixed), len(fixed), ladder, None, rows, segment)
    known = {a.name for a in attributes}
    attributes += [by_name[c.attribute] for c in fixed if c.attribute not in known]
    procedure = procedure_of(search, settings, fixed, n_best, design.n_units)
    if rows.all():
        conditions, ladder = procedure.state(
            search.scan_for_rules(), attributes, flag, value, design
        )
    else:
        conditions, ladder = procedure(attributes, flag, value, design)
    if not conditions or not ladder.order:
        return Rule(name, tuple(conditions), len(fixed), None, None, rows, segment)
    held_out = nested(attributes, flag, value, procedure, design)
    return Rule(name, tuple(conditions), len(fixed), ladder, held_out, rows, segment)


def _segment_rule(search: Search, settings: Settings, segment: Segment) -> Rule:
    """The rule inside a segment that the settings name."""
    condition = typed_in(segment, search, f"segments.{segment.name}")
    met, _ = met_of(
        condition,
        next(i.attribute for i in search.inputs if i.attribute.name == segment.attribute),
    )
    return find_rule(
        search, settings, segment.name, met, (condition, *limits_of(search, settings)), segment.name
    )


def _further_rules(search: Search, settings: Settings, main: Rule) -> list[Rule]:
    """Covering: what else holds among the customers outside the rules so far.

    A further profile has to be another segment (it contradicts every earlier rule in some
    attribute: other levels, or a range apart), and its honest precision has to lie above the base
    rate with its whole interval.
    """
    rules, fixed = [main], limits_of(search, settings)
    rows = np.ones(search.n, bool)
    by_name = {i.attribute.name: i.attribute for i in search.inputs}
    while len(rules) < settings.patterns.max_profiles and rules[-1].headline:
        met, _ = met_matrix(rules[-1].headline, by_name)
        rows = rows & ~met.all(axis=1)
        flag, value = search.flag[rows], search.value[rows]
        design = search.design.take(rows)
        n_best = design.units_in(flag)
        if n_best < MIN_SEARCH or design.units_in(~flag) < MIN_COUNTS:
            break
        attributes = [a.take(rows) for a in search.for_rules]
        procedure = procedure_of(search, settings, fixed, n_best, design.n_units)
        conditions, ladder = procedure(attributes, flag, value, design)
        headline = (
            [conditions[j] for j in ladder.order[: ladder.n_headline]]
            if conditions and ladder.order
            else []
        )
        if not headline or not all(contradicts(headline, rule.headline) for rule in rules):
            break
        rule = find_rule(search, settings, f"Profile {len(rules) + 1}", rows, fixed)
        if not _headline_precision(rule, search).low > search.flag.mean():
            break
        rules.append(rule)
    return rules[1:]


def contradicts(headline: Sequence[Condition], other: Sequence[Condition]) -> bool:
    """Two rules that no company can meet both.

    Disjoint levels of one category, or ranges that do not meet.
    """
    for a in headline:
        for b in other:
            if a.attribute != b.attribute or a.op != b.op:
                continue
            if a.op == "in" and not set(a.values) & set(b.values):
                return True
            if a.op == "between" and (a.span[0] > b.span[1] or b.span[0] > a.span[1]):
                return True
    return False


def _headline_precision(rule: Rule, search: Search) -> Estimate:
    if rule.held_out is None or not rule.ladder or not rule.ladder.n_headline:
        return Estimate()
    return _row_precision(rule, rule.ladder.n_headline - 1, search)


def _row_precision(rule: Rule, row: int, search: Search) -> Estimate:
    """Honest precision of one row of a ladder, its interval by independent companies."""
    ladder, held_out, design = rule.ladder, rule.held_out, search.design.take(rule.rows)
    if not ladder or not held_out:
        return Estimate()
    is_headline = row + 1 == ladder.n_headline
    held = held_out.precision(0 if is_headline else min(row + 1, len(held_out.selected) - 1))
    by_name = {i.attribute.name: i.attribute.take(rule.rows) for i in search.inputs}
    met, _ = met_matrix([rule.conditions[j] for j in ladder.order[: row + 1]], by_name)
    units = design.units_in(met.all(axis=1))
    n = int(rule.rows.sum())
    return honest_precision(ladder.n_best[row], ladder.n_accounts[row], held, n, units)


def _profile(
    search: Search,
    rule: Rule,
    patterns: pd.DataFrame,
    noise: Noise,
    settings: Settings,
    quarter: Quarter,
    settings_hash: str,
    is_main: bool,
) -> IdealCustomerProfile:
    n, n_best = int(rule.rows.sum()), int(search.flag[rule.rows].sum())
    order = list(rule.ladder.order) if rule.ladder else []
    order += [j for j in range(len(rule.conditions)) if j not in order]
    criteria = tuple(_criterion(search, rule, j, patterns, settings) for j in order)
    found = patterns[patterns["is_found"]] if is_main else patterns.iloc[:0]
    followers = found[(found["role"] == "follower") & (found["direction"] == "up")]
    return IdealCustomerProfile(
        name=rule.name,
        segment=rule.segment,
        status=(
            "counts only"
            if search.state == "counts only"
            else "profile"
            if search.is_search
            else "exploratory"
        ),
        criteria=criteria,
        n_headline=rule.ladder.n_headline if rule.ladder else 0,
        ladder=_ladder_rows(search, rule, criteria),
        k_of_m=_k_of_m(search, rule) if rule.ladder else None,
        dropped=tuple((r.item, _why_dropped(r.follows)) for r in rows_of(followers)),
        not_separating=_not_separating(search) if is_main else (),
        refusals=_refusals(search, rule, noise, n, n_best),
        warnings=_warnings(search, rule, criteria),
        provenance=Provenance(
            quarter=str(quarter),
            best_by=settings.best.by,
            best_share=settings.best.share,
            n_customers=n,
            n_best=n_best,
            n_attributes=noise.n_attributes,
            precision_method=_precision_method(rule, n),
            **(by_chance(n) if rule.headline else {}),
            seed=search.choice.seed,
            settings_hash=settings_hash,
        ),
    )


def _why_dropped(follows: object) -> str:
    if isinstance(follows, str):
        return f"follows {follows}: adds too little once that is known"
    return "separates by itself, but adds too little to be told once the other criteria are known"


def _criterion(
    search: Search, rule: Rule, j: int, patterns: pd.DataFrame, settings: Settings
) -> Criterion:
    condition = rule.conditions[j]
    item = _item(search, condition, rule.rows)
    return as_criterion(search, item, patterns, settings, "up", j < rule.n_fixed)


def _item(search: Search, condition: Condition, rows: np.ndarray) -> Item:
    attribute = next(i.attribute for i in search.inputs if i.attribute.name == condition.attribute)
    mine = attribute.take(rows)
    return thinned(count(condition, mine, search.flag[rows]), mine, search.design.take(rows))


def _ladder_rows(
    search: Search, rule: Rule, criteria: Sequence[Criterion]
) -> tuple[LadderRow, ...]:
    if not rule.ladder:
        return ()
    base = float(search.flag[rule.rows].mean())
    total, ladder, rows = int(search.flag[rule.rows].sum()), rule.ladder, []
    for i, (accounts, best) in enumerate(zip(ladder.n_accounts, ladder.n_best, strict=True)):
        is_headline = i + 1 == ladder.n_headline
        precision = low = high = np.nan
        if rule.held_out is not None and accounts:
            found = _row_precision(rule, i, search)
            precision, low, high = found.estimate, found.low, found.high
        rows.append(
            LadderRow(
                n_conditions=i + 1,
                added=criteria[i].words,
                n_accounts=accounts,
                n_best=best,
                precision_apparent=best / accounts if accounts else 0.0,
                precision=or_none(precision),
                precision_low=or_none(low),
                precision_high=or_none(high),
                coverage=best / total if total else 0.0,
                lift=or_none(precision / base) if base else None,
                is_headline=is_headline,
                is_sweet_spot=i + 1 == ladder.n_sweet_spot,
            )
        )
    return tuple(rows)


def _k_of_m(search: Search, rule: Rule) -> KofM:
    by_name = {i.attribute.name: i.attribute.take(rule.rows) for i in search.inputs}
    met, _ = met_matrix(list(rule.conditions), by_name)
    flag = search.flag[rule.rows]
    k, n_accounts, n_best = best_k_of_m(met, flag)
    return KofM(
        k=k,
        m=met.shape[1],
        n_accounts=n_accounts,
        n_best=n_best,
        precision_apparent=n_best / max(n_accounts, 1),
        coverage=n_best / max(flag.sum(), 1),
    )


def _precision_method(rule: Rule, n: int) -> str:
    if rule.held_out is None:
        return ""
    weight = n / (n + APPARENT_HALF)
    return (
        f"{words.share(1 - weight)} of {rule.held_out.n_folds} folds that repeat the whole"
        f" discovery and {words.share(weight)} of the same data"
    )


def _not_separating(search: Search) -> tuple[str, ...]:
    if not search.up:
        return ()
    said = {i.attribute for i in (*search.raised, *search.lowered)}
    return tuple(search.label[a.name] for a in search.up.attributes if a.name not in said)


def _refusals(search: Search, rule: Rule, noise: Noise, n: int, n_best: int) -> tuple[str, ...]:
    out = []
    if search.state == "counts only":
        out.append(
            f"{n_best} best and {n - n_best} other customers: counts only; no lift, no rule and no"
            " score below 10 of either."
        )
    elif search.state == "exploratory":
        out.append(
            f"{n_best} best customers: exploratory; beliefs and hypotheses named beforehand are"
            " tested, nothing is searched, no score."
        )
    elif n_best < MIN_SEARCH or n - n_best < MIN_COUNTS:
        out.append(
            f"{rule.name}: {n_best} best and {n - n_best} others are too few for a search of its"
            " own."
        )
    elif n_best < MIN_FULL:
        out.append(
            f"{n_best} best customers: rules of at most two conditions, tiers without"
            " probabilities."
        )
    if search.is_search and rule.rows.all() and not search.raised:
        seen = [
            f"{words.ratio(d.lift)}"
            for d in noise.detectable
            if d.lift is not None and d.share == 0.2
        ]
        out.append(
            "No attribute separates best customers beyond chance"
            + (
                f"; the detectable lift was {seen[0]} for a trait that a fifth of customers have."
                if seen
                else "; no lift could have been detected."
            )
        )
    elif search.is_search and rule.conditions and not rule.ladder:
        out.append("The found conditions together hold too few customers for a rule.")
    return tuple(out)


def _warnings(search: Search, rule: Rule, criteria: Sequence[Criterion]) -> tuple[str, ...]:
    out = []
    if is_basic([search.row[c.attribute] for c in criteria]):
        out.append(
            "The profile rests on size and revenue alone: technology in use, growth and behaviour"
            " are missing."
        )
    out += [
        f"Not specific: '{c.words}' names neither a number nor a level."
        for c in criteria
        if not is_specific(c)
    ]
    found = _headline_precision(rule, search)
    precision, low = found.estimate, found.low
    base = float(search.flag[rule.rows].mean()) if rule.rows.any() else np.nan
    if rule.held_out is not None and not low > base:
        got = (
            "no fold selected anybody"
            if np.isnan(precision)
            else (
                f"honest precision {words.share(precision)} from {words.share(low)}, base rate"
                f" {words.share(base)}"
            )
        )
        out.append(f"The headline rule is not shown to beat the base rate ({got}).")
    if rule.held_out is not None and rule.held_out.n_refused:
        out.append(
            f"In {rule.held_out.n_refused} of {rule.held_out.n_folds} folds nothing was found: the"
            " rule hangs on few customers."
        )
    return tuple(out)
