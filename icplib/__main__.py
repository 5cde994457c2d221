"""The command line: ``icp`` is the same as ``python -m icplib``."""

from __future__ import annotations

import functools
import inspect
import os
import platform
import signal
import sys
import traceback
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from icplib.problems import UserError, UserErrors, plain

LONG_LIST = 100_000  # companies from which a bar shows that the scoring goes on
_DEBUG: list[bool] = []  # whether the command that runs shows the whole of an error
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
out, err = (
    Console(highlight=False, soft_wrap=True),
    Console(stderr=True, highlight=False, soft_wrap=True),
)

Company = Annotated[str, typer.Option(help="Folder of the company under the data folder.")]
Quarter = Annotated[
    str, typer.Option(help="Such as 2026Q3; the newest quarter with raw data when left out.")
]
Scenario = Annotated[
    str, typer.Option(help="A named set of overrides, \\[scenarios.NAME] in company.toml.")
]


def placed(command: Callable[..., None]) -> Callable[..., None]:
    """The command with ``--data`` and ``--reports``, where companies and pages lie."""

    @functools.wraps(command)
    def run(*, data: Path | None, reports: Path | None, debug: bool, **asked: Any) -> None:
        _DEBUG[:] = [debug]
        for name, folder in (("ICP_DATA", data), ("ICP_REPORTS", reports)):
            if folder is not None:
                os.environ[name] = str(folder.expanduser().resolve())
        command(**asked)

    options = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                Path | None,
                typer.Option(
                    f"--{name}",
                    help=f"Folder that holds the {what}.",
                    show_default=f"{name}/ of the project, or of the current folder",
                ),
            ],
        )
        for name, what in (("data", "companies"), ("reports", "pages"))
    ]
    traced = typer.Option("--debug", help="Show where in the program an error arose.")
    options.append(
        options[0].replace(name="debug", default=False, annotation=Annotated[bool, traced])
    )
    own = inspect.signature(command, eval_str=True)
    run.__signature__ = own.replace(parameters=[*own.parameters.values(), *options])  # type: ignore[attr-defined]
    return run


def _say(line: object, console: Console = out) -> None:
    console.print(plain(line), markup=False)


def _version(asked: bool) -> None:
    if asked:
        _say(f"icp {metadata.version('icplib')}, Python {platform.python_version()}")
        raise typer.Exit()


@app.callback()
def icp(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Find your Ideal Customer Profile and buyer personas, and refresh them every quarter."""


@app.command()
@placed
def refresh(
    company: Company = "example",
    quarter: Quarter = "",
    scenario: Scenario = "",
    start: Annotated[
        str,
        typer.Option("--from", help="Resume at this step (1-6), where the inputs are unchanged."),
    ] = "",
    stop: Annotated[
        str, typer.Option("--to", help="Stop after this step (1-6); --from goes on from there.")
    ] = "",
    scheduled: Annotated[
        bool,
        typer.Option(
            "--scheduled",
            help="For cron: the message goes to stdout and message.md, steps to stderr; exit code 3"
            " and nothing run where the quarter is not the right one or its files are old.",
        ),
    ] = False,
) -> None:
    """Run the six notebooks in order and put report.html and analyst.html in place.

    Exit code 3: with --scheduled, nothing ran, since the quarter is not the right one or its files
    are old. Exit code 4: the report stands, but the interviews could not be used.
    """
    from icplib import night
    from icplib.refresh import Plan
    from icplib.refresh import refresh as run
    from icplib.workbook import Workbook

    console = err if scheduled else out

    def look() -> tuple[str, ...]:
        book = Workbook(company, quarter, scenario)
        for note in night.notes(book):
            _say(note, console)
        return tuple(night.doubts(book, night.today(), bool(quarter)))

    def go(doubts: tuple[str, ...] = ()) -> tuple[Path, str]:
        shown = tuple(d for d in doubts if not d.startswith("raw/"))  # no file name leaves
        plan = Plan(start, stop, shown)
        page = run(company, quarter, scenario, plan, lambda line: _say(line, console))
        why = "" if stop else Workbook(company, quarter, scenario).read("05_personas").problem
        return page, f"The report has no personas. {why}" if why else ""

    if scheduled:
        code, lines = night.scheduled(company, look, go)
        for line in lines:
            _say(line)
        raise typer.Exit(code)
    doubts = look()
    for doubt in doubts:
        _say(doubt)
    page, problem = go(doubts)
    _say(page)
    if problem:
        _say(problem, err)
        raise typer.Exit(night.NO_PERSONAS)


@app.command()
@placed
def check(company: Company = "example", quarter: Quarter = "", scenario: Scenario = "") -> None:
    """Read settings and inputs and list every problem at once, without running anything."""
    from icplib import interviews, night
    from icplib.failures import unwritable
    from icplib.refresh import Run, check_inputs, check_notebooks
    from icplib.workbook import Workbook

    workbook = Workbook(company, quarter, scenario)
    check_notebooks()
    warnings, notices, _ = check_inputs(workbook, whole=True, listed=True)
    problems, told = interviews.look(workbook)
    problems = [*problems, *(x for _, home in Run(workbook).places for x in unwritable(home))]
    for line in [*night.notes(workbook), *warnings, *notices, *told]:
        _say(line)
    if problems:  # they cost the personas and nothing else
        raise UserErrors(problems)
    _say(
        f"{company} {workbook.label}: settings and {len(workbook.settings.sources)} sources are in"
        " order."
    )


@app.command()
@placed
def example(
    quarter: Annotated[
        list[str] | None,
        typer.Option(help="A quarter to write; repeat for several. All five when left out."),
    ] = None,
    customers: Annotated[int, typer.Option(min=20, help="How many customers.")] = 400,
    seed: Annotated[
        int, typer.Option(help="Another seed gives another company with the same truth.")
    ] = 20261005,
    noise: Annotated[
        bool,
        typer.Option("--noise", help="Write the twin in which every planted relation is broken."),
    ] = False,
    company: Annotated[str, typer.Option(help="Name of the folder to write.")] = "example",
) -> None:
    """Write the made-up example company DataInsight: settings and five quarters of raw exports."""
    from icplib.example import QUARTERS, refuse_other, write_example
    from icplib.settings import Quarter as Parsed
    from icplib.workbook import folder_named

    quarters = [str(Parsed(q)) for q in quarter] if quarter else list(QUARTERS)
    folder = folder_named(company)
    refuse_other(folder)
    write_example(folder, quarters=tuple(quarters), customers=customers, seed=seed, noise=noise)
    _say(f"{folder}: {', '.join(quarters)}")


@app.command()
@placed
def lab() -> None:
    """Open the notebooks in JupyterLab."""
    from icplib.lab import open_lab

    raise typer.Exit(open_lab())


@app.command()
@placed
def init(
    company: Annotated[
        str, typer.Argument(help="Name of the folder to make under the data folder.")
    ],
    files: Annotated[list[Path], typer.Argument(help="Exports to look at.")],
    add_quarter: Annotated[
        str,
        typer.Option(
            help="Put the exports of a further quarter, such as 2026Q4, under the names"
            " that the company has already, and say which headers are gone or new."
        ),
    ] = "",
    quarter: Annotated[
        str, typer.Option(help="Quarter the exports belong to, such as 2026Q3.")
    ] = "",
    sheet: Annotated[
        str, typer.Option(help="The sheet of the workbooks; without it every sheet is looked at.")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing, even at a terminal.")
    ] = False,
) -> None:
    """Look at exports, recognise the CRM, and write a commented company.toml.

    At a terminal it asks for quarter, currency, stages that nobody knows and the list of churn.
    """
    from icplib import night
    from icplib.gather.add_quarter import add_quarter as more
    from icplib.gather.init import init as start

    def ask(question: str, default: str) -> str:
        return str(typer.prompt(question, default=default, show_default=bool(default), err=True))

    asks = None if yes or add_quarter or not sys.stdin.isatty() else ask
    if asks and not quarter:
        last = night.quarter_of(night.today()).previous()
        quarter = asks("Quarter that the exports belong to?", str(last))
    told = (
        more(company, files, add_quarter)
        if add_quarter
        else start(company, files, quarter, sheet, asks)
    )
    for line in told:
        _say(line)


@app.command()
@placed
def score(
    file: Annotated[
        Path, typer.Argument(help="A list of companies in any format the presets know.")
    ],
    company: Company = "example",
    quarter: Quarter = "",
    scenario: Scenario = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to write; beside the list when left out."),
    ] = None,
    sheet: Annotated[
        str, typer.Option(help="The sheet of a workbook; without it the one that is recognised.")
    ] = "",
) -> None:
    """Score a new list of companies with the quarter's scorecard."""
    from rich.progress import BarColumn, Progress, TextColumn

    from icplib.scoring import score_file
    from icplib.workbook import Workbook

    target = output or file.with_name(f"{file.name.split('.')[0]}_scored.csv")
    with Progress(TextColumn("{task.completed:,} companies"), BarColumn(), console=out) as bar:
        task = bar.add_task("score", total=None, visible=False)

        def tick(done: int) -> None:
            bar.update(task, completed=done, visible=done >= LONG_LIST)

        told = score_file(Workbook(company, quarter, scenario), file, target, tick, sheet)
    for line in told.sentences:
        _say(line)


@app.command()
@placed
def explain(
    name: Annotated[str, typer.Argument(help="The account's name, or a part of it.")],
    company: Company = "example",
    quarter: Quarter = "",
    scenario: Scenario = "",
) -> None:
    """One account whole: lines it meets, points, deals, people, flags, and what would change it."""
    from icplib.ask import explain as explained
    from icplib.workbook import Workbook

    _say(explained(Workbook(company, quarter, scenario), name))


@app.command()
@placed
def verify(
    company: Company = "example",
    quarter: Quarter = "",
    scenario: Scenario = "",
) -> None:
    """Replay an archived quarter's notebooks and say whether every output is identical."""
    from icplib.verify import verify as replay

    differences = replay(company, quarter, scenario)
    for line in differences:
        _say(line, err)
    if differences:
        raise typer.Exit(1)
    _say("identical")


def main() -> None:
    """Console script: mistakes end in a sentence and code 2, all that breaks in one and code 1."""
    from icplib.failures import StepFailed, sentence_of

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except (Exception, KeyboardInterrupt) as error:
        if any(_DEBUG):
            traceback.print_exception(error)
        is_users, lines = isinstance(error, UserError), [str(error)]
        if isinstance(error, UserErrors):
            lines = [problem.sentence for problem in error.problems]
        elif not isinstance(error, (UserError, StepFailed)):
            lines = [sentence_of(error)]
        for line in lines:
            _say(line, err)
        sys.exit(2 if is_users or getattr(error, "by_user", False) else 1)


if __name__ == "__main__":
    main()
