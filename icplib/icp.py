"""The Ideal Customer Profile: what a company must be to fit, and why we believe it.

A profile is company level only. A criterion speaks of one attribute; the profile holds when its
criteria hold (`all`), and `n_met` counts how many do. Unknown values are neither met nor unmet:
three-valued throughout.
"""

from typing import Literal

import pandas as pd
from pydantic import Field

from icplib.conditions import Condition, Frozen

Verdict = Literal["holds up", "lead, not proof", "too few to say"]


class Evidence(Frozen):
    """Counts and estimates behind one criterion.

    ``lift`` is among companies whose value is known.
    """

    n_known: int
    n_with: int
    n_best_with: int
    lift: float | None = None
    lift_low: float | None = None
    lift_high: float | None = None
    lift_shrunken: float | None = None
    p: float | None = None
    q: float | None = None
    role: str = ""
    churn: str = Field("", description="what those who left say about this criterion")


class Criterion(Condition):
    """One measurable line of the profile."""

    label: str
    words: str = Field(description="the line as people read it")
    ends: str = Field("", description="how far the ends of a range could lie, as people read it")
    verdict: Verdict
    origin: Literal["found", "typed in"] = "found"
    evidence: Evidence | None = None


class LadderRow(Frozen):
    """One row of the ladder: the first ``n_conditions`` criteria together, with honest precision."""  # noqa: E501

    n_conditions: int
    added: str
    n_accounts: int
    n_best: int
    precision_apparent: float
    precision: float | None = Field(
        None, description="honest: nested cross-validation, see Provenance.precision_method"
    )
    precision_low: float | None = None
    precision_high: float | None = None
    coverage: float = Field(description="share of the best that the row holds")
    lift: float | None = None
    is_headline: bool = False
    is_sweet_spot: bool = False


class KofM(Frozen):
    """'Meets at least k of m'."""

    k: int
    m: int
    n_accounts: int
    n_best: int
    precision_apparent: float
    coverage: float


class Provenance(Frozen):
    """Where the profile comes from."""

    quarter: str
    best_by: str
    best_share: float
    n_customers: int
    n_best: int
    n_attributes: int
    precision_method: str = ""
    rule_by_chance: float | None = Field(
        None, description="share of companies of this size without any pattern that get a rule"
    )
    lift_by_chance: float | None = Field(None, description="the lift that such a rule claims")
    seed: int = 0
    settings_hash: str = ""


class IdealCustomerProfile(Frozen):
    """A documented profile of the companies worth pursuing. ``status`` says how it may be used."""

    schema_version: Literal[1] = 1
    name: str
    segment: str = ""
    status: Literal["profile", "exploratory", "counts only"] = "profile"
    criteria: tuple[Criterion, ...] = ()
    n_headline: int = Field(0, description="how many criteria, in order, make the headline rule")
    ladder: tuple[LadderRow, ...] = ()
    k_of_m: KofM | None = None
    disqualifiers: tuple[Criterion, ...] = ()
    dropped: tuple[tuple[str, str], ...] = Field(
        (), description="criterion in words, reason for dropping it"
    )
    contradicted: tuple[Criterion, ...] = Field(
        (), description="criteria dropped because customers who meet them leave faster"
    )
    not_separating: tuple[str, ...] = Field(
        (), description="attributes that were looked at and do not separate"
    )
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: Provenance

    @property
    def headline(self) -> tuple[Criterion, ...]:
        """The criteria of the headline rule, in its order."""
        return self.criteria[: self.n_headline]

    def met(self, accounts: pd.DataFrame) -> pd.DataFrame:
        """One boolean column (NA = unknown) a criterion, named by its words.

        Rows as in ``accounts``.
        """
        return pd.DataFrame({c.words: c.met(accounts) for c in self.criteria}, index=accounts.index)

    def fits(self, accounts: pd.DataFrame) -> pd.Series:
        """Whether each account fits the headline rule.

        True, False, or NA where an unknown value decides.

        Without headline criteria nothing fits and nothing is refused: all NA.
        """
        out = pd.Series(pd.NA, index=accounts.index, dtype="boolean")
        for number, criterion in enumerate(self.headline):
            met = criterion.met(accounts)
            out = met if number == 0 else out & met
        return out


class Profiles(Frozen):
    """All profiles of one quarter; the first is the main one.

    A company fits when it fits any of them.
    """

    profiles: tuple[IdealCustomerProfile, ...] = ()
    sentences: tuple[str, ...] = ()

    @property
    def main(self) -> IdealCustomerProfile:
        """The profile of all customers, which stands first."""
        return self.profiles[0]

    def fits(self, accounts: pd.DataFrame) -> pd.Series:
        """Kleene OR over the profiles' headline rules; all NA when there is none."""
        out = pd.Series(pd.NA, index=accounts.index, dtype="boolean")
        for number, profile in enumerate(self.profiles):
            fit = profile.fits(accounts)
            out = fit if number == 0 else out | fit
        return out

    def which(self, accounts: pd.DataFrame) -> pd.Series:
        """Name of the first profile each account fits; missing where none."""
        names = pd.Series(None, index=accounts.index, dtype="str")
        for profile in reversed(self.profiles):
            names = names.where(~profile.fits(accounts).fillna(False).astype(bool), profile.name)
        return names
