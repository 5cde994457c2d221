"""Run the six notebooks in order, strictly, and put the result in place only when it is whole.

A run is built aside: artefacts in ``data/<company>/processed/<run>.unfinished``, pages in
``reports/<company>/<run>.unfinished``. When all is done a small journal says so and both folders
are renamed into place; a run that is killed while renaming is finished by the next command. A run
that fails leaves the standing report alone and a failure page beside it.
"""

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread

from icplib import manifest
from icplib.failures import leave, of_step
from icplib.kernel import Kernel
from icplib.problems import UserError, UserErrors, did_you_mean
from icplib.tables.files import INTERNAL, handout
from icplib.workbook import BY_HAND, NOTEBOOKS, PACKAGE, Workbook, data_root, reports_root, sha256

STEPS = (
    "01_gather_data",
    "02_find_patterns",
    "03_validate_against_churn",
    "04_score_prospects",
    "05_define_personas",
    "06_quarterly_report",
)
PARAMETERS = {"company", "quarter", "scenario"}
_SECRET = re.compile(r"://[^/\s]*:[^/\s]*@")


@dataclass
class Run:
    """Folders of one run and what it did so far."""

    workbook: Workbook
    artefacts: Path = field(init=False)
    pages: Path = field(init=False)
    seconds: dict[str, float] = field(default_factory=dict)
    kernel: Kernel = field(init=False)

    def __post_init__(self) -> None:
        label, company = self.workbook.label, self.workbook.company
        self.artefacts_home = data_root() / company / "processed" / label
        self.pages_home = reports_root() / company / label
        self.artefacts = self.artefacts_home.with_name(f"{label}.unfinished")
        self.pages = self.pages_home.with_name(f"{label}.unfinished")
        self.journal = self.artefacts_home.with_name(f".{label}.ready")

    @property
    def environment(self) -> dict[str, str]:
        """What a kernel is to know: the roots and the folders of this run."""
        return {
            "ICP_DATA": str(data_root()),
            "ICP_REPORTS": str(reports_root()),
            "ICP_BUILD_DATA": str(self.artefacts),
            "ICP_BUILD_REPORTS": str(self.pages),
            "PYTHONHASHSEED": "0",
            "JPY_SESSION_NAME": "",  # a refresh from a cell is no session of its own
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }

    @property
    def internal(self) -> Path:
        """What stays in the house."""
        return self.pages / INTERNAL

    @property
    def notebooks(self) -> Path:
        """The executed notebooks."""
        return self.internal / "notebooks"

    @property
    def places(self) -> list[tuple[Path, Path]]:
        """Where each folder is built, and where it goes."""
        return [(self.artefacts, self.artefacts_home), (self.pages, self.pages_home)]


@dataclass(frozen=True)
class Plan:
    """Which steps to run ('3', '03' or '03_validate_against_churn').

    ``doubts`` are sentences about the quarter that stand at the head of its pages.
    """

    start: str = ""
    stop: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[int, int]:
        """The first and the last step."""
        first = step_number(self.start) if self.start else 1
        return first, step_number(self.stop) if self.stop else len(STEPS)


WHOLE = Plan()


def refresh(
    company: str,
    quarter: str = "",
    scenario: str = "",
    plan: Plan = WHOLE,
    say: Callable[[str], None] = print,
) -> Path:
    """Run the notebooks of the plan and return the path of the stakeholder page.

    A plan that stops before the last step leaves the run unfinished: the folder of its tables is
    returned, and a plan that starts behind that step goes on from there.

    Raises UserError for what can be seen before the run (nothing is written then) and StepFailed
    when a notebook stops. Other runs are touched only when an interviewee who withdrew is still in
    them.
    """
    from icplib.withdrawal import forget

    workbook = Workbook(company, quarter, scenario)
    _ = plan.steps  # a step that is none is told first
    check_notebooks()
    with _started(workbook) as run:
        warnings, notices, heads = check_inputs(workbook, whole=True)
        for line in warnings + notices:
            say(line)
        forget(workbook, check_inputs, lambda other: _rebuild(other, say), say)
        told = replace(plan, doubts=(*plan.doubts, *heads))
        return _build(run, told, say)


def _rebuild(workbook: Workbook, say: Callable[[str], None]) -> None:
    with _started(workbook) as run:
        _build(run, WHOLE, say)


@contextlib.contextmanager
def _started(workbook: Workbook) -> Iterator[Run]:
    """A run whose kernel starts already."""
    run = Run(workbook)
    with Kernel([NOTEBOOKS / f"{step}.ipynb" for step in STEPS], run.environment) as run.kernel:
        yield run


def _build(run: Run, plan: Plan, say: Callable[[str], None]) -> Path:
    """One run of the plan's steps, built aside and, where it is whole, put in place.

    Returns the path of its stakeholder page, or the folder of the tables of a run that is not
    whole.
    """
    first, last = plan.steps
    with _locked(run):
        finish_interrupted(run)
        inputs = fingerprint(run.workbook)
        _prepare(run, first, inputs)
        Thread(target=_import_pages, daemon=True).start()
        with _environment(run):
            for number, step in enumerate(STEPS, 1):
                if first <= number <= last:
                    with _told(run, step):
                        _execute(run, step, say)
            if last < len(STEPS):
                return run.artefacts
            with _told(run, STEPS[-1]):
                _export_pages(run, plan.doubts)
                manifest.write(run.workbook, run.artefacts, run.pages, inputs, run.seconds)
        _put_in_place(run)
    return run.pages_home / "report.html"


@contextlib.contextmanager
def _told(run: Run, step: str) -> Iterator[None]:
    """Whatever ends the step is told as its failure, and leaves a page that says so."""
    try:
        yield
    except (Exception, KeyboardInterrupt) as error:
        made = run.notebooks / f"{step}.ipynb"
        told = KeyboardInterrupt() if run.kernel.is_stopped else error
        failed = of_step(step, told, made if made.is_file() else NOTEBOOKS / made.name)
        leave(failed, run.pages_home, run.workbook.label)
        raise failed from error


def step_number(text: str) -> int:
    """1 to 6 from '3', '03' or '03_validate_against_churn'."""
    for number, step in enumerate(STEPS, 1):
        if text in (str(number), f"0{number}", step):
            return number
    raise UserError(f"there is no step '{text}'", remedy=did_you_mean(text, STEPS))


def check_notebooks() -> None:
    """Every notebook has exactly the parameters it is run with; papermill alone would only warn."""
    for step in STEPS:
        path = NOTEBOOKS / f"{step}.ipynb"
        if not path.is_file():
            raise UserError("the notebook is missing", file=path, remedy="Restore it from git.")
        found: set[str] = set()
        for cell in json.loads(path.read_bytes())["cells"]:
            if "parameters" in cell["metadata"].get("tags", []):
                found |= set(re.findall(r"^(\w+)\s*=", "".join(cell["source"]), flags=re.M))
        if found != PARAMETERS:
            raise UserError(
                f"its parameters are {', '.join(sorted(found)) or 'none'}",
                file=path,
                remedy=(
                    "The cell tagged 'parameters' must set exactly"
                    f" {', '.join(sorted(PARAMETERS))}."
                ),
            )


def check_inputs(
    workbook: Workbook, whole: bool = False, listed: bool = False
) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Every problem of the inputs at once, as UserErrors; else warnings, notices, heads of pages.

    Readings of all columns come first when ``listed``.
    """
    from icplib import gather

    _ = workbook.raw  # a quarter without data is told first
    if "by" in workbook.settings.best.model_fields_set:  # the default is known to be one
        from icplib.patterns.meanings import chosen_meaning

        chosen_meaning(workbook.settings)
    looked = gather.look(workbook, whole)
    if looked.problems:
        raise looked.problems[0] if len(looked.problems) == 1 else UserErrors(looked.problems)
    notices = [*(looked.readings if listed else ()), *looked.notices]
    return looked.warnings, notices, looked.heads


def fingerprint(workbook: Workbook) -> dict:
    """Hashes of all that a run depends on.

    Raw files, settings, code, and the quarters it looks back on.
    """
    raw = {
        str(p.relative_to(workbook.raw)): sha256(p.read_bytes())
        for p in sorted(workbook.raw.rglob("*"))
        if p.is_file()
    }
    code = b"".join(
        p.read_bytes()
        for p in sorted(PACKAGE.rglob("*"))
        if p.suffix in (".py", ".toml", ".j2", ".css", ".js")
    )
    books = b"".join(manifest.sources(NOTEBOOKS / f"{step}.ipynb") for step in STEPS)
    earlier = {}
    for past in workbook.earlier():
        kept = manifest.read(past.processed) or {}
        earlier[str(past.quarter)] = kept.get("tables_sha256", "by hand")
    return {
        "raw": raw,
        "settings": workbook.settings_hash(),
        "code": sha256(code)[:16],
        "notebooks": sha256(books)[:16],
        "earlier": earlier,
    }


def standing_inputs(workbook: Workbook) -> dict | None:
    """The hashes that the standing report was made from; None where there is none."""
    return (manifest.read(workbook.processed) or {}).get("inputs")


def _prepare(run: Run, first: int, inputs: dict) -> None:
    """Empty building folders; when resuming, what earlier steps made of the very same inputs."""
    source = None
    if first > 1:
        source = _resumable(run, first, inputs)
    kept: list[tuple[Path, Path]] = []
    if source:
        artefacts, pages = source
        kept = [
            (p, run.artefacts / p.name)
            for p in artefacts.iterdir()
            if p.name[:2].isdigit() and int(p.name[:2]) < first
        ]
        books = pages / INTERNAL / "notebooks"
        kept += [(p, run.notebooks / p.name) for p in books.iterdir() if int(p.name[:2]) < first]
        kept += [
            (p, run.pages / p.relative_to(pages))
            for folder in (pages, pages / INTERNAL)
            for p in folder.iterdir()
            if p.is_file() and handout(p.name).step < first
        ]
    payloads = [(new, old.read_bytes()) for old, new in kept]
    for folder in (run.artefacts, run.pages):
        shutil.rmtree(folder, ignore_errors=True)
    run.artefacts.mkdir(parents=True)
    run.notebooks.mkdir(parents=True)
    (run.artefacts / "inputs.json").write_text(json.dumps(inputs, indent=1) + "\n")
    for new, payload in payloads:
        new.write_bytes(payload)


def _resumable(run: Run, first: int, inputs: dict) -> tuple[Path, Path]:
    """Folders of an unfinished or finished run whose inputs are these.

    UserError says what differs.
    """
    changed: list[str] = []
    for artefacts, pages in ((run.artefacts, run.pages), (run.artefacts_home, run.pages_home)):
        before = manifest.read(artefacts, "inputs.json")
        if before is None:
            continue
        changed = [part for part in inputs if before.get(part) != inputs[part]]
        have = {p.name[:2] for p in (pages / INTERNAL / "notebooks").glob("0*.ipynb")}
        if not changed and all(f"0{n}" in have for n in range(1, first)):
            made = [
                p.name for p in artefacts.iterdir() if p.name[:1] == "0" and p.name[1] < str(first)
            ]
            manifest.refuse_changed(artefacts, made, manifest.MADE)
            return artefacts, pages
    why = (
        f"these changed since: {', '.join(changed)}"
        if changed
        else "the steps before it have not been run"
    )
    raise UserError(
        f"cannot start from step {first}: {why}", remedy="Run the whole refresh, without --from."
    )


def _execute(run: Run, step: str, say: Callable[[str], None]) -> None:
    import papermill

    book = run.workbook
    parameters = {"company": book.company, "quarter": str(book.quarter), "scenario": book.scenario}
    if any(_SECRET.search(value) for value in parameters.values()):
        raise UserError(
            "a parameter looks like an address with a password",
            remedy="Name an environment variable in company.toml instead.",
        )
    out = run.notebooks / f"{step}.ipynb"
    began, before = time.perf_counter(), _written(run)
    with run.kernel.signals_kept():
        papermill.execute_notebook(
            NOTEBOOKS / f"{step}.ipynb",
            out,
            parameters,
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            request_save_on_cell_execute=False,
            km=run.kernel.clean(run.pages),
        )
    _forget_the_clock(out)
    manifest.record_step(run.artefacts)
    run.seconds[step] = round(time.perf_counter() - began, 2)
    say(f"{step:<26} {run.seconds[step]:6.1f} s   {_counted(sorted(_written(run) - before))}")


def _counted(names: list[str]) -> str:
    """Say "19 files: 01_accounts, 01_attributes, 01_attrition ..."."""
    return (
        f"{len(names)} file{'' if len(names) == 1 else 's'}:"
        f" {', '.join(names[:3])}{' ...' if len(names) > 3 else ''}"
        if names
        else "no file"
    )


def _written(run: Run) -> set[str]:
    files = [
        p
        for folder in (run.artefacts, run.pages, run.internal)
        for p in folder.iterdir()
        if p.is_file() and p.name not in ("inputs.json", manifest.MADE)
    ]
    return {p.stem if p.suffix == ".parquet" else p.name for p in files}


def _forget_the_clock(path: Path) -> None:
    """An executed notebook keeps its parameters and outputs.

    Times, paths and machine names are taken out.
    """
    import nbformat

    book = nbformat.read(path, as_version=4)
    kept = book.metadata.get("papermill", {}).get("parameters", {})
    book.metadata = nbformat.from_dict(
        {
            "kernelspec": book.metadata.get("kernelspec", {}),
            "language_info": {"name": "python"},
            "papermill": {"parameters": kept},
        }
    )
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"  # papermill draws a random id for the cell it injects
        cell.metadata = nbformat.from_dict(
            {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
        )
    nbformat.write(book, path)


def _import_pages() -> None:
    """What the pages need is imported while the first notebook computes."""
    import nbconvert  # noqa: F401

    import icplib.report.analyst  # noqa: F401


def _export_pages(run: Run, doubts: tuple[str, ...]) -> None:
    from functools import partial

    from icplib.names import known_names
    from icplib.report import analyst, page

    executed = [run.notebooks / f"{step}.ipynb" for step in STEPS]
    page.export(run.workbook, run.pages, partial(known_names, run.workbook), doubts)
    analyst.export_analyst(executed, run.internal / "analyst.html", doubts)


def _put_in_place(run: Run) -> None:
    """From the journal on the new run counts.

    What is interrupted after it is finished by the next command.
    """
    run.journal.write_text("whole\n")
    finish_interrupted(run)


def finish_interrupted(run: Run) -> None:
    """Rename a run that was whole when something stopped it.

    Without a journal nothing is touched.
    """
    if not run.journal.exists():
        return
    for built, home in run.places:
        if built.is_dir():
            old = home.with_name(f".{home.name}.old")
            shutil.rmtree(old, ignore_errors=True)
            if home.is_dir():
                home.rename(old)
            built.rename(home)
            shutil.rmtree(home.with_name(f"{home.name}{BY_HAND}"), ignore_errors=True)
            shutil.rmtree(old, ignore_errors=True)
    run.journal.unlink()


@contextlib.contextmanager
def _locked(run: Run) -> Iterator[None]:
    """One refresh of a run at a time; the lock dies with its process."""
    from filelock import FileLock, Timeout

    run.artefacts_home.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(run.artefacts_home.with_name(f".{run.workbook.label}.lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            f"another refresh of {run.workbook.company} {run.workbook.label} is running",
            remedy="Wait for it to end, then run this again.",
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _environment(run: Run) -> Iterator[None]:
    """The pages are made with what the kernel knows."""
    before = {name: os.environ.get(name) for name in run.environment}
    os.environ.update(run.environment)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
