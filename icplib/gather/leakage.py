"""Which columns may be used: no personal data, nothing written only after a sale.

The latter knows the sale's outcome.

Two kinds of evidence: names that CRMs fill after a deal, and tests on the data (filled for
customers only, dated after the purchase, separating leavers nearly perfectly, revenue under another
name, an id, free text, a relabelling of another column).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icplib.names import is_people

PERSONAL = re.compile(
    r"\b(first|last|middle|given|family|full|sur|contact|person|primary contact|billing"
    r" contact|sender|recipient|agent|rep|user|author|reporter|requester) ?name\b|\be"
    r" ?mail|\b(phone|mobile|fax|telephone)\b|salutation"
    r"|birth|\bstreet\b|\baddress( ?line)?\b|\baddress ?\d|linked"
    r" ?in|\bowner\b|\bmanager\b|(created|modified|assigned|closed) (by|to)\b|\bip address|photo"
    r" ?url|\bcsm\b"
    r"|\bgender\b|\bage\b|\bcoordinat|latitude|longitude|geocode",
    re.I,
)
FREE_TEXT = re.compile(
    r"\b(description|notes?|comments?|next steps?|remarks?|summary|transcript)\b", re.I
)
AFTER_SALE = re.compile(
    r"customer success|\bcsm\b|account manager|last"
    r" (activity|modified|viewed|referenced|contact|touch|login|order|purchase|invoice)|first"
    r" (order|purchase|invoice)"
    r"|\bhealth\b|\bnps\b|\bcsat\b|satisf|renewal|licen[cs]es?\b|\bseats?\b|contract|\bmrr\b|churn|cancel|\bstage"
    r" ?name\b|deal stage|lifecycle|onboard|go.?live|\busage\b|\blogins?\b"
    r"|active users|support"
    r" (tier|plan|level)|\bsla\b|upsell|expansion|payment|invoice|overdue|lifetime"
    r" value|\b(clv|ltv)\b|total (spend|orders?|purchases?)"
    r"|customer since|order (frequency|month|count)|\b(won|lost|open|closed) deals\b|system"
    r" modstamp|\bis deleted\b|clean status|customer priority|^active\b",
    re.I,
)
IDENTIFIER = re.compile(
    r"(^|[\s_])(id|ids|key|uuid|guid|number|no|code|postal|zip)$|alternate"
    r" key|^(sic|naics|duns)|record ?id|jigsaw|d-u-n-s",
    re.I,
)
OUR_SIDE = re.compile(
    r"\b(sales|selling|vertriebs?|verkaufs?|verkoop) ?-?(team|rep\w*|person|territor\w+|office"
    r"|region|regio|group|unit|executive|gebiet|gebied|gruppe|innendienst|bezirk)\b"
    r"|\baccount (team|rep\w*|executive)\b|\bterritor(y|ies|io|ium)\b"
    r"|([eé]quipe|equipo|squadra|team) (commercial\w*|d[ei] vent[ae]s?|de vendas|vendite)"
    r"|zesp[oó][lł] sprzeda[zż]y|secteur commercial",
    re.I,
)


@dataclass(frozen=True)
class Verdict:
    """When a column is written, whether it may become a pattern, and why."""

    timing: str
    use: str
    reason: str


def words(header: str) -> str:
    """A header as words, so that 'LastActivityDate' and 'last_activity_date' read alike."""
    return re.sub(r"[_\W]+", " ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", str(header))).strip()


def is_personal(header: str, values: pd.Series) -> bool:
    """A column of names, addresses or numbers of people.

    By its header, or because most cells are e-mail addresses or phones.
    """
    if PERSONAL.search(words(header)) or is_people(header, values):
        return True
    some = values.dropna().astype("str").head(200)
    return (
        len(some) > 3
        and some.str.fullmatch(
            r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}|\+?\(?\d{2,4}\)?[\s/.-]\d{3}[\s.-]?\d{3,4}[\d\s.-]*"
        ).mean()
        > 0.5
    )


def is_free_text(header: str, values: pd.Series) -> bool:
    """Sentences rather than values."""
    some = values.dropna().astype("str").head(500)
    if len(some) < 3:
        return False
    long = some.str.len().mean() > 60 or some.str.split().str.len().mean() > 9
    return bool(some.nunique() > 0.5 * len(some) and (long or FREE_TEXT.search(words(header))))


def judge(
    header: str, known_timing: str | None, values: pd.Series, kind: str, facts: pd.DataFrame
) -> Verdict:
    """Timing and use of one attribute.

    ``facts`` has is_customer, is_churned, first_purchase_date and revenue_amount, row by row.

    A declared or well-known column is still tested: a firmographic field that separates leavers
    perfectly is no longer one.
    """
    name, known = words(header), values.notna()
    n_known, n_distinct = (
        int(known.sum()),
        values[known].map(_hashable).nunique() if known.any() else 0,
    )
    if n_known == 0:
        return Verdict(known_timing or "unknown", "kept_out", "empty")
    if n_distinct == 1:
        return Verdict(known_timing or "unknown", "kept_out", "the same value everywhere")
    if known_timing is None and AFTER_SALE.search(name):
        return Verdict(
            "after_sale", "kept_out", "by its name a field that is filled after the sale"
        )
    if known_timing is None and OUR_SIDE.search(name):
        return Verdict(
            "unknown", "kept_out", "says who of us looks after the company, and not what it is"
        )
    if known_timing is None and IDENTIFIER.search(name) and n_distinct > max(20, 0.3 * n_known):
        return Verdict("unknown", "kept_out", "an id or a code")
    if kind in ("nominal",) and n_distinct > 0.5 * n_known and n_known >= 20:
        return Verdict(
            known_timing or "unknown", "kept_out", "nearly every company has a value of its own"
        )
    if proof := _proof_of_leakage(values, known, kind, facts):
        return Verdict("after_sale", "kept_out", proof)
    if n_known < max(5, 0.02 * len(values)):
        return Verdict(
            known_timing or "unknown",
            "kept_out",
            f"known for {n_known} of {len(values)} companies only",
        )
    if known_timing:
        return Verdict(
            known_timing, "pattern", "well-known field" if known_timing == "before_sale" else ""
        )
    prospects = ~facts["is_customer"]
    if prospects.sum() >= 20 and known[prospects].mean() >= 0.5 * known[~prospects].mean():
        return Verdict("before_sale", "pattern", "filled for prospects as for customers")
    return Verdict(
        "unknown", "pattern", "nothing speaks against it, but when it is filled is not known"
    )


def _proof_of_leakage(values: pd.Series, known: pd.Series, kind: str, facts: pd.DataFrame) -> str:
    from icplib.stats.leak import screen, screen_groups  # here, because scipy is slow to import

    customer, churned = facts["is_customer"].to_numpy(bool), facts["is_churned"].to_numpy(bool)
    has = known.to_numpy(bool)
    if (
        (~customer).sum() >= 20
        and customer.sum() >= 20
        and has[customer].mean() > 0.2
        and has[~customer].mean() < 0.05 * has[customer].mean()
    ):
        return "filled for customers only"
    left, stayed = customer & churned, customer & ~churned
    enough = left.sum() >= 10 and stayed.sum() >= 10
    if enough and (told := screen(has[customer].astype(float), churned[customer])).is_red:
        return _too_well("filled or empty", told)
    if kind == "date":
        bought = facts["first_purchase_date"].notna().to_numpy() & has
        after = (values > facts["first_purchase_date"]).to_numpy(bool)[bought]
        if bought.sum() >= 20 and after.mean() > 0.5:
            return f"dated after the first purchase for {after.mean():.0%} of customers"
        return ""
    if kind in ("count", "amount", "rate"):
        numbers = pd.to_numeric(values)
        known_of_both = min((left & has).sum(), (stayed & has).sum()) >= 10
        if (
            known_of_both
            and (told := screen(numbers[customer].to_numpy("float64"), churned[customer])).is_red
        ):
            return _too_well("its number", told)
        both = has & customer & facts["revenue_amount"].notna().to_numpy()
        if (
            both.sum() >= 30
            and abs(numbers[both].rank().corr(facts.loc[both, "revenue_amount"].rank())) > 0.97
        ):
            return "revenue under another name"
    elif enough and kind in ("nominal", "ordinal"):
        shown = pd.DataFrame(
            {"v": values[has & customer].astype("str"), "left": churned[has & customer]}
        )
        counts = shown.groupby(["v", "left"]).size().unstack(fill_value=0)
        of_level = counts.reindex(columns=[True], fill_value=0)[True]
        if (
            counts.shape[1] == 2
            and (
                told := screen_groups(
                    of_level.to_numpy(),
                    counts.sum(axis=1).to_numpy(),
                    int(shown["left"].sum()),
                    len(shown),
                )
            ).is_red
        ):
            return _too_well("one of its words", told)
        purity = counts.max(axis=1).sum() / max(1, len(shown))
        if len(counts) <= len(shown) / 5 and purity > 0.98 and shown["left"].mean() < 0.9:
            return "separates churned from kept customers nearly perfectly"
    return ""


def _too_well(what: str, told) -> str:
    """The reason in words, with the area under the ROC curve and its lower bound.

    Hanley and McNeil 1982.
    """
    return (
        f"{what} separates churned from kept customers too well to have been known before (AUC"
        f" {told.auc:.2f}, at least {max(0.0, told.low):.2f}, n {told.n:,})"
    )


def relabelled(table: pd.DataFrame) -> dict[str, str]:
    """Column -> earlier column of which it is a relabelling.

    Equal values stand exactly where the other has equal values.
    """
    seen: dict[bytes, str] = {}
    found = {}
    for name in table.columns:
        codes, levels = pd.factorize(table[name].map(_hashable, na_action="ignore"))
        if not 2 <= len(levels) <= 0.5 * max(1, (codes >= 0).sum()):
            continue
        key = np.ascontiguousarray(codes).tobytes()
        if key in seen:
            found[name] = seen[key]
        else:
            seen[key] = name
    return found


def _hashable(value):
    return tuple(value) if isinstance(value, (list, np.ndarray)) else value
