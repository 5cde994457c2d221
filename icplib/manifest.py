"""What a run read and made, by hash: written when it is whole, compared by whoever trusts it."""

import datetime as dt
import json
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Any

from icplib.problems import UserError
from icplib.tables import artefact
from icplib.tables.files import INTERNAL
from icplib.words import day
from icplib.workbook import MANIFEST, Workbook, sha256

NAME = MANIFEST
MADE = "made.json"  # hashes of the artefacts of the steps done so far
BANNER = re.compile(rb'<p class="stale">.*?</p>', re.S)  # on a page that is not the newest
PACKAGES = (
    "duckdb",
    "narwhals",
    "numpy",
    "pandas",
    "papermill",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "statsmodels",
)


def hashes(folder: Path) -> dict[str, str]:
    """Hash of every artefact in ``folder``."""
    found = sorted(p for p in folder.iterdir() if p.name[:2].isdigit())
    return {p.name: sha256(p.read_bytes()) for p in found}


def sources(notebook: Path) -> bytes:
    """What a notebook's cells say; outputs that somebody saved in it change nothing."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return json.dumps([[c["cell_type"], "".join(c["source"])] for c in cells]).encode()


def record_step(artefacts: Path) -> None:
    """Keep the hashes of what stands in ``artefacts`` after a step."""
    _write(artefacts / MADE, hashes(artefacts))


def write(
    workbook: Workbook, artefacts: Path, pages: Path, inputs: dict, seconds: dict[str, float]
) -> None:
    """The manifest of a whole run, beside its artefacts and among its internal files."""
    import pyarrow.parquet as pq

    made = hashes(artefacts)
    tables = [artefacts / name for name in made if name.endswith(".parquet")]
    content = {
        "company": workbook.company,
        "name": workbook.settings.name,
        "card_version": _card_version(artefacts),
        "quarter": str(workbook.quarter),
        "scenario": workbook.scenario,
        "as_of": str(workbook.quarter.end),
        "inputs": inputs,
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "seconds": seconds,
        "rows": {p.stem: pq.read_metadata(p).num_rows for p in tables},
        "artefacts": made,
        "files": {name: _hash(path) for name, path in _handed_out(pages).items()},
        "tables_sha256": sha256(json.dumps(made, sort_keys=True).encode())[:16],
    }
    for folder in (artefacts, pages / INTERNAL):
        _write(folder / NAME, content)


def _card_version(artefacts: Path) -> str | None:
    """The version that step 4's files say of their card."""
    declared = artefact("04_scorecard")
    path = artefacts / declared.filename
    return declared.model.model_validate_json(path.read_text()).version if path.is_file() else None


def read(folder: Path, name: str = NAME) -> dict[str, Any] | None:
    """The manifest (or another record) in ``folder``; None where there is none or it is damaged."""
    try:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def changed(workbook: Workbook) -> list[str]:
    """Files that are not what the run read or made: raw files, artefacts, pages and exports.

    One sentence each; raises UserError where the run has no readable manifest.
    """
    kept = read(workbook.processed)
    if kept is None:
        raise UserError(
            "the run has no readable manifest, so nothing can be compared",
            file=workbook.processed / NAME,
            remedy=f"Run `icp refresh --company {workbook.company} --quarter {workbook.quarter}`.",
        )
    raw, pages = workbook.raw, workbook.reports
    parts = (
        (kept["inputs"]["raw"], {str(p.relative_to(raw)): p for p in _files(raw)}),
        (kept["artefacts"], {p.name: p for p in workbook.processed.iterdir() if _is_made(p)}),
        (kept.get("files", {}), _handed_out(pages)),
    )
    return [line for before, now in parts for line in _differences(before, now)]


def refuse_changed(artefacts: Path, names: list[str], record: str = NAME) -> None:
    """UserError where an artefact is not the one that the run made; no record, no objection."""
    kept = read(artefacts, record)
    if kept is None:
        return
    made = kept.get("artefacts", kept)
    for name in names:
        path = artefacts / name
        if path.is_file() and sha256(path.read_bytes()) != made.get(name):
            raise UserError(
                "this artefact is not the one that the refresh made",
                file=path,
                remedy="Run the whole refresh again; work by hand belongs into a scenario.",
            )


def _differences(before: dict[str, str], now: dict[str, Path]) -> list[str]:
    lines = [f"{name} is gone" for name in sorted(before.keys() - now.keys())]
    lines += [f"{name} is new since the refresh" for name in sorted(now.keys() - before.keys())]
    for name in sorted(before.keys() & now.keys()):
        if _hash(now[name]) != before[name]:
            when = dt.datetime.fromtimestamp(now[name].stat().st_mtime)
            lines.append(f"{name} was changed since the refresh, on {day(when)}")
    return lines


def _handed_out(pages: Path) -> dict[str, Path]:
    """Pages and exports by their path in the report folder; notebooks are replayed instead."""
    files = [*_files(pages, deep=False), *_files(pages / INTERNAL, deep=False)]
    found = {p.relative_to(pages).as_posix(): p for p in files}
    return {name: p for name, p in found.items() if p.name not in (NAME, "FAILED.html")}


def _files(folder: Path, deep: bool = True) -> list[Path]:
    found = folder.rglob("*") if deep else folder.glob("*")
    return sorted(p for p in found if p.is_file())


def _hash(path: Path) -> str:
    """The hash of what the run made: a later run that failed may have marked the page."""
    content = path.read_bytes()
    return sha256(without_banner(content) if path.name == "report.html" else content)


def without_banner(page: bytes) -> bytes:
    """A page's bytes as its run made them."""
    return BANNER.sub(b"", page, count=1)


def _is_made(path: Path) -> bool:
    return path.name[:2].isdigit()


def _write(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
