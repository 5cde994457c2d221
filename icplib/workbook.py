"""The only room that knows a path.

``Workbook(company, quarter, scenario)`` reads and writes the artefacts of one run. Folders hang on
two roots: ``data/`` and ``reports/`` of the checkout, or of the current folder where the package is
installed, or what ``ICP_DATA`` and ``ICP_REPORTS`` say. ``icp refresh`` sets ``ICP_BUILD_DATA`` and
``ICP_BUILD_REPORTS`` so that a run is built aside and put in place only when it is whole.

A run in place is read-only. What a notebook writes by hand goes into a folder of the run's name
with ``.by-hand`` behind it, where later notebooks by hand read it; the next refresh removes it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path
from typing import Any

import pandas as pd

from icplib.problems import UserError, did_you_mean
from icplib.settings import SOURCES, Quarter, Settings, Source, levers, read_settings
from icplib.tables import Artefact, artefact
from icplib.tables.files import INTERNAL, handout, without_small_counts

PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = PACKAGE.parent
#: the checkout; installed from a wheel, the folder in which the command runs: never the package
ROOT = _CHECKOUT if (_CHECKOUT / "pyproject.toml").is_file() else Path.cwd()
NOTEBOOKS = (_CHECKOUT if ROOT == _CHECKOUT else PACKAGE) / "notebooks"
MANIFEST = "manifest.json"  # what makes a run whole
BY_HAND = ".by-hand"
DRAFT = "<p><strong>Draft by hand: no refresh made this page.</strong></p>"
pd.set_option("display.max_colwidth", 300)  # a notebook shows the cells of its tables whole


def data_root() -> Path:
    """Folder that holds the companies."""
    return Path(os.environ.get("ICP_DATA") or ROOT / "data").expanduser().resolve()


def reports_root() -> Path:
    """Folder that the pages go to."""
    return Path(os.environ.get("ICP_REPORTS") or ROOT / "reports").expanduser().resolve()


def companies() -> list[str]:
    """Names of all companies that have a settings file."""
    return sorted(p.parent.name for p in data_root().glob("*/company.toml"))


def folder_named(company: str) -> Path:
    """Folder of a company, there or not; UserError for a name that is not one folder's."""
    if not company or company != Path(company).name or company.startswith(".") or "\\" in company:
        raise UserError(
            f"'{company}' is not the name of a company's folder",
            remedy="Give one plain name, such as acme; where it lies is said with --data.",
        )
    return data_root() / company


def company_folder(company: str) -> Path:
    """The company's folder; UserError names the nearest company when there is none."""
    folder = folder_named(company)
    if not (folder / "company.toml").is_file():
        known = companies()
        have = (
            f"{data_root()} holds {', '.join(known) if known else 'no company yet'}, and no"
            f" '{company}'"
        )
        raise UserError(
            have,
            remedy=(
                did_you_mean(company, known)
                if known
                else "Write one with `icp init` or `icp example`."
            ),
        )
    return folder


def raw_quarters(company: str) -> list[Quarter]:
    """Quarters with raw data, oldest first."""
    return sorted(_quarter_folders(company_folder(company) / "raw"))


def newest_quarter(company: str) -> Quarter:
    """The last quarter with raw data; UserError where there is none."""
    quarters = raw_quarters(company)
    if not quarters:
        folder = company_folder(company) / "raw"
        raise UserError(
            "no quarter has raw data",
            file=folder,
            remedy=f"Put the exports into {folder / '2026Q3'} or the like.",
        )
    return quarters[-1]


def _quarter_folders(folder: Path) -> list[Quarter]:
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            quarter = Quarter(path.name)
        except UserError:
            continue  # a folder that is not named like a quarter is not one
        if not (folder / str(quarter)).is_dir():
            raise UserError(
                "the folder is not found where letters count",
                file=path,
                remedy=f"Rename it to {quarter}.",
            )
        if path.is_dir() and any(path.iterdir()):
            found.append(quarter)
    return found


#: sources of which every quarter brings new rows
DATED = ("deals", "invoices", "tickets", "engagement")


@dataclass(frozen=True)
class BoundSource:
    """A source of the settings together with the folder its files lie in."""

    name: str
    spec: Source
    folder: Path

    @property
    def path(self) -> Path | None:
        """Where its file lies; None for a source without one."""
        return self.folder / self.spec.file if self.spec.file else None


class Workbook:
    """One company, one quarter, one scenario: settings, sources, artefacts, exports."""

    def __init__(self, company: str, quarter: str = "", scenario: str = ""):
        self.company, self.scenario = company, scenario
        self.folder = company_folder(company)
        self.settings: Settings = read_settings(self.folder / "company.toml", scenario)
        self.quarter = Quarter(quarter) if quarter else newest_quarter(company)

    def __repr__(self) -> str:
        return f"Workbook({self.company}, {self.label})"

    @property
    def label(self) -> str:
        """Name of the run's folders: ``2026Q3`` or ``2026Q3@by_profit``."""
        return f"{self.quarter}@{self.scenario}" if self.scenario else str(self.quarter)

    @property
    def as_of(self) -> pd.Timestamp:
        """The quarter's last day. Nothing after it is visible to any step."""
        return pd.Timestamp(self.quarter.end)

    @property
    def raw(self) -> Path:
        """Folder of the quarter's raw files; UserError when the quarter has none."""
        folder = self.folder / "raw" / str(self.quarter)
        if not folder.is_dir() or not any(folder.iterdir()):
            have = [str(q) for q in raw_quarters(self.company)]
            raise UserError(
                f"{self.quarter} has no raw data",
                file=folder,
                remedy=(
                    f"Quarters with data: {', '.join(have)}."
                    if have
                    else "Put the quarter's exports there."
                ),
            )
        return folder

    def copied(self) -> list[str]:
        """Dated exports that are byte for byte those of the quarter before, as sentences."""
        quarters = [q for q in raw_quarters(self.company) if q < self.quarter]
        if not quarters:
            return []
        before = self.raw.with_name(str(quarters[-1]))
        specs = {name: self.settings.sources.get(name) for name in DATED}
        return [
            f"The {name} are byte for byte those of {before.name}: export them again. Nothing is"
            " compared with the quarter before."
            for name, spec in specs.items()
            if spec and spec.file and _is_same_file(self.raw / spec.file, before / spec.file)
        ]

    def strays(self) -> list[str]:
        """What lies among the quarters' folders and is none of them."""
        return [
            path.name
            for path in sorted((self.folder / "raw").iterdir())
            if not path.name.startswith(".") and not (path.is_dir() and _quarter_or_none(path.name))
        ]

    @property
    def processed(self) -> Path:
        """Folder of the run's artefacts."""
        return Path(os.environ.get("ICP_BUILD_DATA") or self.folder / "processed" / self.label)

    @property
    def reports(self) -> Path:
        """Folder of the run's pages."""
        return Path(
            os.environ.get("ICP_BUILD_REPORTS") or reports_root() / self.company / self.label
        )

    @property
    def internal(self) -> Path:
        """Folder of what stays in the house: lists of accounts, notebooks, the analyst's page."""
        return self.reports / INTERNAL

    def source(self, name: str) -> BoundSource | None:
        """A source of the settings bound to its folder; None where the company has no such."""
        if name not in SOURCES:
            raise UserError(f"'{name}' is not a source", remedy=did_you_mean(name, SOURCES))
        spec = self.settings.sources.get(name)
        return BoundSource(name, spec, self.raw) if spec else None

    @property
    def is_archived(self) -> bool:
        """Whether a refresh put this run in place, so that only a refresh may write it."""
        return not os.environ.get("ICP_BUILD_DATA") and (self.processed / MANIFEST).is_file()

    def _by_hand(self, folder: Path) -> Path:
        # where no run and no report stands nothing is overwritten
        stands = any((folder / name).is_file() for name in (MANIFEST, "report.html"))
        return (
            folder.with_name(f"{folder.name}{BY_HAND}") if self.is_archived and stands else folder
        )

    def path(self, name: str) -> Path:
        """Where an artefact lies; in a notebook by hand, the one that was written by hand."""
        filename = artefact(name).filename
        draft = self._by_hand(self.processed) / filename
        return draft if is_kernel() and draft.is_file() else self.processed / filename

    def has(self, name: str) -> bool:
        """Whether an artefact is there."""
        return self.path(name).is_file()

    def read(self, name: str) -> Any:
        """The artefact: a validated DataFrame, or the validated model of a JSON artefact."""
        declared, path = artefact(name), self.path(name)
        if not path.is_file():
            raise UserError(
                f"the artefact {name} of {self.company} {self.label} does not exist",
                file=path,
                remedy=(f"Run notebook {declared.name[:2]} first, or `{self._refresh_command()}`."),
            )
        if declared.model:
            return declared.model.model_validate_json(path.read_text(encoding="utf-8"))
        return declared.check(pd.read_parquet(path))

    def write(self, name: str, content: Any) -> Any:
        """Validate ``content``, write it whole or not at all, and return it as validated."""
        declared = artefact(name)
        if declared.model:
            content = declared.model.model_validate(content)
            payload = (
                json.dumps(
                    content.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False
                )
                + "\n"
            ).encode()
        else:
            content = declared.check(content)
            payload = _parquet(declared, content)
        write_whole(self._by_hand(self.processed) / declared.filename, payload)
        return content

    def place(self, filename: str) -> Path:
        """Where a file that is handed out stands: shared, or in ``internal/`` beneath."""
        return self._by_hand(self.reports) / handout(filename).folder / filename

    def export(self, filename: str, content: str | bytes) -> None:
        """Write a file that people take away where its audience has it, whole or not at all."""
        if self.is_archived and isinstance(content, str) and filename.endswith(".html"):
            content = re.sub(r"(<body[^>]*>)", rf"\1{DRAFT}", content, count=1)
        payload = content.encode() if isinstance(content, str) else content
        if filename.endswith(".json") and handout(filename).audience == "shared":
            payload = without_small_counts(payload, self.settings.privacy.min_cell)
        write_whole(self.place(filename), payload)

    def previous(self) -> Workbook | None:
        """The newest earlier quarter whose run is complete, in the same scenario.

        None when there is none.
        """
        folder = self.folder / "processed"
        suffix = f"@{self.scenario}" if self.scenario else ""
        names = [p.name for p in folder.iterdir() if p.is_dir()] if folder.is_dir() else []
        labels = [
            name.removesuffix(suffix)
            for name in names
            if name.endswith(suffix) and "@" not in name.removesuffix(suffix)
        ]
        quarters = sorted(
            q for q in (_quarter_or_none(label) for label in labels) if q and q < self.quarter
        )
        for quarter in reversed(quarters):
            if (folder / f"{quarter}{suffix}" / artefact("01_accounts").filename).is_file():
                return _Archived(self, quarter)
        return None

    def earlier(self) -> list[Workbook]:
        """All earlier quarters with artefacts, newest first."""
        found, one = [], self.previous()
        while one is not None:
            found.append(one)
            one = one.previous()
        return found

    def levers(self, *names: str) -> pd.DataFrame:
        """The settings of these sections or keys: value, default, one line each."""
        return levers(self.settings, *names)

    def _refresh_command(self) -> str:
        scenario = f" --scenario {self.scenario}" if self.scenario else ""
        return f"icp refresh --company {self.company} --quarter {self.quarter}{scenario}"

    def settings_hash(self) -> str:
        """Hash of the settings that this run used, to see a changed definition."""
        return sha256(self.settings.model_dump_json().encode())[:16]


class _Archived(Workbook):
    """An earlier quarter of the same company: its artefacts are read, never written."""

    is_archived = False  # nothing is written, and nobody's draft is read

    def __init__(self, of: Workbook, quarter: Quarter):
        self.company, self.scenario, self.folder, self.settings, self.quarter = (
            of.company,
            of.scenario,
            of.folder,
            of.settings,
            quarter,
        )

    @property
    def processed(self) -> Path:
        return self.folder / "processed" / self.label

    @property
    def reports(self) -> Path:
        return reports_root() / self.company / self.label

    def read(self, name: str) -> Any:
        try:
            return super().read(name)
        except (
            UserError,
            ValueError,
            TypeError,
            LookupError,
            OSError,
        ) as error:  # damaged, or of another kind
            if not self.has(name):
                raise
            raise UserError(
                f"{self.label} was made by another version of the workbook"
                f" ({str(error).splitlines()[0].rstrip('.')})",
                file=self.path(name),
                remedy=(f"Refresh that quarter again: `{self._refresh_command()}`."),
            ) from None

    def write(self, name: str, content: Any) -> Any:
        raise UserError(
            f"{self.label} is an earlier quarter", remedy="Its outputs are never touched."
        )

    def export(self, filename: str, content: str | bytes) -> None:
        raise UserError(
            f"{self.label} is an earlier quarter", remedy="Its outputs are never touched."
        )


def is_kernel() -> bool:
    """Whether this process is the kernel of a notebook."""
    return Path(sys.argv[0]).stem == "ipykernel_launcher"


def _quarter_or_none(text: str) -> Quarter | None:
    try:
        return Quarter(text)
    except UserError:
        return None


def _is_same_file(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and cmp(one, other, shallow=False)


def _parquet(declared: Artefact, table: pd.DataFrame) -> bytes:
    """Parquet bytes that depend on the table alone: no pandas metadata, no clock."""
    import io

    import pyarrow as pa
    import pyarrow.parquet as pq

    sets = {c.name for c in declared.columns if c.type == "set"} | {
        name for name in table.columns if table[name].dtype == object
    }
    arrays, fields = [], []
    for name in table.columns:
        array = (
            pa.array([None if v is None else list(v) for v in table[name]], pa.list_(pa.string()))
            if name in sets
            else pa.array(table[name], from_pandas=True)
        )
        arrays.append(array)
        fields.append(pa.field(str(name), array.type))
    buffer = io.BytesIO()
    pq.write_table(
        pa.Table.from_arrays(arrays, schema=pa.schema(fields)), buffer, compression="zstd"
    )
    return buffer.getvalue()


def write_whole(path: Path, payload: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        aside.write_bytes(payload)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def sha256(payload: bytes) -> str:
    """The hash, in hexadecimal digits."""
    return hashlib.sha256(payload).hexdigest()
