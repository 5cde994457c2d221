"""The company's settings file (``company.toml``) as frozen models.

Every key has a documented default; an unknown key is an error that names the nearest known one. A
scenario is a named set of overrides in the same file: ``[scenarios.by_profit]`` with ``best.by =
"profit"`` stands beside the main run.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from icplib.problems import UserError, UserErrors, did_you_mean, nearest

SOURCES = (
    "accounts",
    "deals",
    "invoices",
    "churn",
    "tickets",
    "contacts",
    "engagement",
    "prospects",
    "interviews",
    "codings",
    "market_notes",
)
Kind = Literal["nominal", "set", "ordinal", "count", "amount", "rate", "date"]
Timing = Literal["before_sale", "after_sale", "unknown"]
Share = Annotated[float, Field(gt=0, lt=1)]


class Quarter:
    """A calendar quarter such as ``2026Q3``.

    Its last day is the as-of date and nothing after it is visible.
    """

    _FORM = re.compile(r"^(\d{4})Q([1-4])$")

    def __init__(self, text: str):
        match = self._FORM.match(str(text).strip().upper())
        if not match:
            raise UserError(
                f"'{text}' is not a quarter", remedy="Write it as year and quarter, such as 2026Q3."
            )
        self.year, self.number = int(match[1]), int(match[2])

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    def __repr__(self) -> str:
        return f"Quarter('{self}')"

    def __eq__(self, other) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __lt__(self, other: Quarter) -> bool:
        return (self.year, self.number) < (other.year, other.number)

    def __add__(self, quarters: int) -> Quarter:
        year, zero_based = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return Quarter(f"{year}Q{zero_based + 1}")

    @property
    def start(self) -> dt.date:
        return dt.date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> dt.date:
        """The quarter's last day: the as-of date of every step."""
        return self.first_invisible_day - dt.timedelta(days=1)

    @property
    def first_invisible_day(self) -> dt.date:
        return (self + 1).start

    def previous(self) -> Quarter:
        return self + -1

    def next(self) -> Quarter:
        return self + 1


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Model):
    """Where one of the company's tables comes from.

    A bare string in the file means ``file = "..."``.
    """

    file: str | None = Field(
        None,
        description="file name inside raw/<quarter>/ (csv, xlsx, xls, parquet, sqlite; gz or zip)",
    )
    sql: str | None = Field(
        None,
        description=(
            "one SQL statement over the files of raw/<quarter>/, each a view named like its file"
        ),
    )
    table: str | None = Field(
        None, description="table or sheet inside the file, or a table of the engine's database"
    )
    preset: str | None = Field(
        None, description="overrides the company's preset for this source; 'plain' maps nothing"
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description="our column name = header in the file"
    )
    date_order: Literal["mdy", "dmy", "ymd"] | None = Field(
        None, description="order of day and month in this file"
    )
    decimal: Literal[".", ","] | None = Field(None, description="decimal sign in this file")
    missing: tuple[str, ...] = Field(
        (), description="further words that mean 'not known' in this file"
    )
    zero_is_missing: tuple[str, ...] = Field(
        (), description="columns (our names) in which 0 means 'not known'"
    )
    drop: tuple[str, ...] = Field((), description="headers to leave out")
    format: str | None = Field(
        None, description="for codings: the tool that wrote the file, where it cannot be told"
    )
    coder: str | None = Field(
        None, description="for codings: who coded this file, where the export does not say"
    )
    coders: dict[str, str] = Field(
        default_factory=dict,
        description="for codings: file name = who coded it; file may be a pattern",
    )
    codebook: str | None = Field(None, description="for codings: the file that describes the codes")
    families: dict[str, str] = Field(
        default_factory=dict,
        description="for codings: heading (or file name) = family of statements",
    )
    final: bool = Field(
        False, description="for accounts: the table already is the account table; joins are skipped"
    )

    @model_validator(mode="after")
    def _one_origin(self):
        if not (self.file or self.sql or self.table):
            raise ValueError("a source needs 'file', 'sql' or 'table'")
        return self


def _file_or_table(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


class Best(_Model):
    """Who counts as a best customer."""

    by: Literal["revenue", "profit", "retention"] = Field(
        "revenue",
        description=(
            "revenue or profit per year, or retention; revenue is the default because every company"
            " has it"
        ),
    )
    share: Annotated[float, Field(ge=0.05, le=0.5)] = Field(
        0.20, description="the best share of customers"
    )
    min_tenure_days: int = Field(
        90, ge=0, description="customers younger than this have no yearly value yet"
    )


class Limit(_Model):
    """A limit or sweet spot that the company itself sets (capacity, licence, strategy).

    Honoured and marked as such.
    """

    attribute: str
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = Field((), alias="in")
    reason: str = ""
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Segment(Limit):
    """A market segment that gets a profile of its own."""

    name: str


class Patterns(_Model):
    """How patterns are searched and when they are believed."""

    false_discovery_rate: Share = Field(
        0.10, description="Benjamini-Hochberg level over attributes"
    )
    permutations: int = Field(999, ge=99)
    seed: int = 20260930
    ebic_gamma: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="0 is BIC; .5 or more by default, the fewer the customers"
    )
    max_conditions: int = Field(6, ge=1, le=10)
    max_profiles: int = Field(3, ge=1, le=6)
    hypotheses: tuple[str, ...] = Field(
        (), description="up to five attributes to test when there are too few for a search"
    )
    referee: bool = True


class Churn(_Model):
    """When a customer counts as lost and how churn is studied."""

    silent_quarters: int | None = Field(
        None, ge=1, description="without a churn list: no purchase for this many quarters"
    )
    observed_from: dt.date | None = Field(
        None, description="the day from which churn was recorded; earlier starts enter late"
    )
    landmark_days: int = Field(
        90, ge=0, description="attributes written after the sale are judged from this day on"
    )
    other_causes: tuple[str, ...] = Field(
        ("acquired", "out of business", "bankrupt"),
        description="reasons that are no fault of fit: censored",
    )
    rmst_months: int = Field(24, ge=1, description="horizon of the mean months kept")


class Score(_Model):
    """The scorecard."""

    max_attributes: int = Field(8, ge=1, le=20)
    seed: int = 20260930
    pdo: float | None = Field(
        None, gt=0, description="points to double the odds; adds the credit convention"
    )
    pdo_base_score: float = 600
    pdo_base_odds: float = Field(50, gt=0)
    knock_outs: tuple[Limit, ...] = Field(
        (), description="what disqualifies a company whatever its points"
    )
    knock_out_flags: tuple[str, ...] = Field(
        (), description="attributes whose red flags of churn knock out as soon as they hold up"
    )
    knock_out_hazard_ratio: float = Field(
        2,
        ge=1,
        description=(
            "a red flag knocks out by itself from this lower 95 % limit of its hazard ratio"
        ),
    )
    referee: bool = Field(True, description="gradient boosting and a random forest beside the card")
    salesforce_fields: dict[str, str] = Field(
        default_factory=dict,
        description=(
            "attribute = API name, with its type behind a colon where it is not the usual one"
        ),
    )


class Message(_Model):
    """What people write into one cell of the messaging matrix.

    ``segment`` empty means every segment.
    """

    role: str
    segment: str = ""
    answer: str = Field("", description="answer to the objection")
    call_to_action: str = ""
    owner: str = Field("", description="role, not a name")
    last_used: dt.date | None = None


class MessageTest(_Model):
    """Two messages tried on accounts at random (``content`` of the engagement export tells them
    apart), read once, on its last day.
    """

    name: str = Field(min_length=1)
    a: str = Field(description="content of the usual message")
    b: str = Field(description="content of the message that is tried")
    start: dt.date
    end: dt.date
    measure: Literal["replied", "clicked"] = Field(
        "replied", description="the one outcome that decides"
    )
    rise: float = Field(0.05, gt=0, lt=1, description="smallest rise of the rate that would matter")
    touches: int = Field(4, ge=1, description="messages that an account is to get")

    @model_validator(mode="after")
    def _in_order(self) -> MessageTest:
        if self.end <= self.start or self.a == self.b:
            raise ValueError("a test ends after it starts and compares two different contents")
        return self


class Personas(_Model):
    """Buyer personas: who counts, how statements are believed, what the cards show."""

    merge: dict[str, str] = Field(
        default_factory=dict, description="buying role = the role it is read with"
    )
    merge_reason: str = Field(
        "", description="why these roles are read together; needed with merge"
    )
    max_personas: int = Field(4, ge=1, le=8)
    window_quarters: int = Field(
        4, ge=1, description="interviews of this many quarters stand behind the cards"
    )
    adjudicator: str = Field(
        "", description="coder id (C1, C2 ...) whose codings are the agreed version"
    )
    names: bool = Field(True, description="neutral alliterative names; false prints the role")
    name_list: tuple[str, ...] = Field(
        (), description="neutral given names instead of the shipped list"
    )
    withdrawn: tuple[str, ...] = Field(
        (), description="person ids that withdrew: no trace after the next run"
    )
    agreement_resamples: int = Field(2000, ge=100)
    permutations: int = Field(
        1999, ge=99, description="permutations of the test whether roles matter"
    )
    gate: Share = Field(
        0.05, description="personas by role up to this p; with a warning up to gate_warning"
    )
    gate_warning: Share = 0.10
    shuffles: int = Field(
        500, ge=50, description="shuffled roles behind 'expected by chance' on each card"
    )
    distinctive_share: float = Field(
        0.5,
        ge=0,
        le=1,
        description="a distinctive statement is said by at least this share of the role",
    )
    per_family: int = Field(5, ge=1, description="statements of one family on a card")
    saturation: bool = True
    saturation_base: int = Field(4, ge=2)
    saturation_run: int = Field(2, ge=1)
    saturation_threshold: float = Field(0.05, ge=0, lt=1)
    saturation_orders: int = Field(200, ge=20)
    money_above: float = Field(
        1000, ge=0, description="amounts of money above this are taken out of quotes"
    )
    product_names: tuple[str, ...] = Field(
        (), description="code names of products to take out of quotes"
    )
    channel_codes: dict[str, str] = Field(
        default_factory=dict, description="code id = channel or content it speaks of"
    )
    messages: tuple[Message, ...] = ()
    tests: tuple[MessageTest, ...] = Field((), description="A/B tests of messages")
    due_quarters: int = Field(1, ge=1)
    overdue_quarters: int = Field(2, ge=1)
    seed: int = 20260930


class AntiPersona(_Model):
    """Thresholds of the five anti-persona criteria."""

    discount_limit: float = Field(0.25, ge=0, le=1, description="policy limit of the discount rate")
    discount_percentile: Share = 0.80
    quote_revisions: int = Field(3, ge=1)
    wont_do_tags: tuple[str, ...] = Field(
        ("feature gap", "won't do", "wont do"),
        description="ticket tags that mean 'not in the product'",
    )
    wont_do_requests: int = Field(3, ge=1)
    wont_do_days: int = Field(180, ge=1)
    expectation_reasons: tuple[str, ...] = Field(
        ("expectation", "missing feature", "capabilit"), description="churn or loss reasons of AP2"
    )
    price_reasons: tuple[str, ...] = Field(
        ("price", "budget", "discount"), description="loss reasons of AP1"
    )
    support_cost_percentile: Share = 0.90
    support_exposure_days: int = Field(
        180, ge=0, description="customers younger than this have no support ratio yet"
    )
    gross_margin: float = Field(0.80, ge=0, le=1)
    target_margin: float = Field(0.65, ge=0, le=1)
    hour_cost: float = Field(
        60, ge=0, description="cost of one support hour in the company's currency"
    )
    tech_attribute: str = Field(
        "tech_stack", description="account attribute that lists technologies"
    )
    required_tech: tuple[str, ...] = ()
    any_of_tech: tuple[str, ...] = ()
    forbidden_tech: tuple[str, ...] = ()
    model_attribute: str = Field(
        "business_model", description="account attribute that names the business model"
    )
    unserved_models: tuple[str, ...] = ()


class Privacy(_Model):
    """Personal data at the door and what may leave the building."""

    keep: tuple[str, ...] = Field(
        (),
        description=(
            "personal columns ('source.Header') kept as they are, beside the rows of their source"
        ),
    )
    hash: tuple[str, ...] = Field(
        (),
        description=(
            "personal columns kept as a hash, keyed by the environment variable ICP_HASH_KEY"
        ),
    )
    min_cell: int = Field(
        5, ge=1, description="counts below this are suppressed in the stakeholder page"
    )
    public_names: tuple[str, ...] = Field(
        (),
        description=(
            "names and words from the raw data that may stand in the stakeholder page all the same"
        ),
    )


class AttributeSettings(_Model):
    """What the analyst knows better about one attribute."""

    kind: Kind | None = None
    label: str | None = None
    group: Literal["firmographic", "technographic", "behavioural"] | None = None
    timing: Timing | None = None
    use: bool | None = Field(
        None, description="false keeps it out of the patterns, true lets it in against the audit"
    )
    order: tuple[str, ...] = Field(
        (), description="levels of an ordinal attribute from low to high"
    )
    same: dict[str, str] = Field(
        default_factory=dict,
        description=(
            "another spelling = the value that it stands for, in exports and in lists to score"
        ),
    )


class Cleaning(_Model):
    """What the analyst decides about suggestions in the quality table."""

    merge_accounts: dict[str, str] = Field(
        default_factory=dict, description="account id = id of the account it is merged into"
    )
    drop_accounts: tuple[str, ...] = ()
    keep_contradictions: bool = False
    ranges: dict[str, tuple[float | dt.date, float | dt.date]] = Field(
        default_factory=dict,
        description=(
            "'source.column' (our name) = [lowest, highest] possible value; beyond it a value is"
            " read as unknown"
        ),
    )


class Decision(_Model):
    """A decision the report asks for."""

    question: str
    owner_role: str = ""
    due: dt.date | None = None


class Report(_Model):
    """What page one compares and asks."""

    lead_window_quarters: int = Field(
        4,
        ge=1,
        description=(
            "quarters of new leads that the page pools; deals are pooled when one quarter has"
            " too few"
        ),
    )
    universe_warning_share: Share = Field(
        0.40, description="warn when more of the universe fits than this"
    )


class Settings(_Model):
    """One company: sources, definitions, limits, privacy.

    ``read_settings`` is the way to get one.
    """

    name: str = Field(description="the company's name as the report prints it")
    product: str = Field("", description="what is sold, in a few words")
    preset: str = Field(
        "plain", description="salesforce, hubspot, pipedrive, zoho, fivetran or plain"
    )
    currency: str = Field("USD", pattern="^[A-Z]{3}$")
    rates: dict[str, float] = Field(
        default_factory=dict, description="currency = its worth in the company's currency"
    )
    date_order: Literal["mdy", "dmy", "ymd"] | None = Field(
        None, description="order of day and month in all files"
    )
    decimal: Literal[".", ","] = "."
    engine: Literal["duckdb", "polars", "spark", "postgres"] = "duckdb"
    engine_address: str = Field(
        "", description="NAME of the environment variable that holds the address; never the address"
    )
    memory_limit: str = Field(
        "4GB", description="what the embedded engine may use before it spills to disk"
    )
    sources: dict[str, Annotated[Source, BeforeValidator(_file_or_table)]]
    best: Best = Best()
    patterns: Patterns = Patterns()
    churn: Churn = Churn()
    score: Score = Score()
    personas: Personas = Personas()
    anti: AntiPersona = AntiPersona()
    privacy: Privacy = Privacy()
    cleaning: Cleaning = Cleaning()
    report: Report = Report()
    limits: tuple[Limit, ...] = ()
    segments: tuple[Segment, ...] = ()
    attributes: dict[str, AttributeSettings] = Field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    scenarios: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _obligatory_sources(self):
        unknown = [name for name in self.sources if name not in SOURCES]
        if unknown:
            raise ValueError(f"unknown source '{unknown[0]}'. {did_you_mean(unknown[0], SOURCES)}")
        if "accounts" not in self.sources:
            raise ValueError(
                "the source 'accounts' is missing: add accounts = \"<file>\" under [sources]"
            )
        if not {"deals", "invoices"} & set(self.sources) and not self.sources["accounts"].final:
            raise ValueError(
                "one of the sources 'deals' and 'invoices' is needed: add it under [sources]"
            )
        return self


def read_settings(path: Path, scenario: str = "") -> Settings:
    """Settings of one company from ``path``, with the overrides of ``scenario`` applied.

    Raises UserErrors that lists every problem at once: file, key, what was expected, the nearest
    known key.
    """
    if not path.is_file():
        raise UserError(
            "there is no settings file",
            file=path,
            remedy="Write one with `icp init` or see the README.",
        )
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise UserError(
            "this file is not saved as UTF-8 text",
            file=path,
            remedy="Save it again with the encoding UTF-8.",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, str(error)) from None
    scenarios = raw.get("scenarios", {})
    if scenario:
        if scenario not in scenarios:
            raise UserError(
                f"there is no scenario '{scenario}'",
                file=path,
                remedy=(
                    did_you_mean(scenario, scenarios)
                    if scenarios
                    else f"Add [scenarios.{scenario}] with what it overrides."
                ),
            )
        raw = _merged(raw, scenarios[scenario])
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise UserErrors([_explain(path, e) for e in error.errors()]) from None


#: how the reader puts it, and what its writer can do about it
_TOML_FAULTS = {
    "Invalid value": (
        "text stands in double quotes, lists in square brackets, true and false in small letters"
    ),
    "Illegal character": "a quotation mark is not closed on this line",
    "Unterminated string": "a quotation mark is not closed",
    "Expected ']'": (
        "a section heading such as [sources] stands alone on its line, with both brackets"
    ),
    "Expected '='": "a line reads name = value",
    "Expected newline": "one setting a line, with nothing behind it but a # comment",
    "Cannot overwrite": "the same setting is given twice",
    "Cannot declare": "the same section is given twice",
    "Unclosed": "a bracket or brace is not closed",
}


def _unreadable(path: Path, fault: str) -> UserError:
    """A settings file that is no TOML, in plain words with the number of the line."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    number = int(match[1]) if (match := re.search(r"at line (\d+)", fault)) else len(lines)
    said = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    why = next(
        (words for start, words in _TOML_FAULTS.items() if fault.startswith(start)),
        "a line reads name = value",
    )
    return UserError(
        f"line {number} cannot be read: {said}" if said else "the file ends too early",
        file=path,
        remedy=f"{why[0].upper()}{why[1:]}.",
    )


def _merged(base: dict, over: dict) -> dict:
    both = dict(base)
    for key, value in over.items():
        both[key] = (
            _merged(both[key], value)
            if isinstance(value, dict) and isinstance(both.get(key), dict)
            else value
        )
    return both


def _explain(path: Path, error: dict) -> UserError:
    where = [str(part) for part in error["loc"]]
    key = ".".join(where)
    if error["type"] == "extra_forbidden":
        known = _keys_at(where[:-1])
        return UserError(
            f"unknown key '{key}'",
            file=path,
            remedy=did_you_mean(where[-1], known) if known else "Remove it.",
        )
    if error["type"] == "missing":
        return UserError(
            f"the key '{key}' is missing",
            file=path,
            remedy="Add it; the README lists the obligatory ones.",
        )
    message = error["msg"].removeprefix("Value error, ")
    given = (
        ""
        if isinstance(error.get("input"), (dict, list, BaseModel))
        else f", not {error.get('input')!r}"
    )
    return UserError(f"{key + ': ' if key else ''}{message}{given}", file=path)


def _keys_at(path: list[str]) -> list[str]:
    """Names of the keys that the model at ``path`` knows, to suggest the nearest."""
    model: Any = Settings
    for part in path:
        if part.isdigit() or not (isinstance(model, type) and issubclass(model, BaseModel)):
            continue
        field = model.model_fields.get(part)
        model = _model_inside(field.annotation) if field else model
    return (
        list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []
    )


def _model_inside(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_inside(inner)
        if found is not None:
            return found
    return None


__all__ = [
    "SOURCES",
    "Quarter",
    "Settings",
    "Source",
    "Limit",
    "Segment",
    "read_settings",
    "nearest",
]
