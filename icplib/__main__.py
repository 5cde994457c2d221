"""The command line: ``icp`` is the same as ``python -m icplib``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from icplib.problems import UserError, UserErrors

LONG_LIST = 100_000  # companies from which a bar shows that the scoring goes on
app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Find your Ideal Customer Profile and buyer personas, and refresh them every quarter.",
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
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Folder that holds the companies.", show_default="data/ of the project"
    ),
]
Reports = Annotated[
    Path | None,
    typer.Option(
        "--reports", help="Folder the pages go to.", show_default="reports/ of the project"
    ),
]


def _roots(data: Path | None, reports: Path | None = None) -> None:
    if data is not None:
        os.environ["ICP_DATA"] = str(data.expanduser().resolve())
    if reports is not None:
        os.environ["ICP_REPORTS"] = str(reports.expanduser().resolve())


@app.command()
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
    data: Data = None,
    reports: Reports = None,
) -> None:
    """Run the six notebooks in order and put report.html and analyst.html in place.

    Exit code 3: the report stands, but the interviews could not be used.
    """
    from icplib.refresh import refresh as run
    from icplib.workbook import Workbook

    _roots(data, reports)
    page = run(company, quarter, scenario, start, lambda line: out.print(line, markup=False), stop)
    out.print(str(page), markup=False)
    if not stop and (problem := Workbook(company, quarter, scenario).read("05_personas").problem):
        err.print(f"The report has no personas. {problem}", markup=False)
        sys.exit(3)


@app.command()
def check(
    company: Company = "example", quarter: Quarter = "", scenario: Scenario = "", data: Data = None
) -> None:
    """Read settings and inputs and list every problem at once, without running anything."""
    from icplib import interviews
    from icplib.refresh import check_inputs, check_notebooks
    from icplib.workbook import Workbook

    _roots(data)
    workbook = Workbook(company, quarter, scenario)
    check_notebooks()
    warnings, notices = check_inputs(workbook, whole=True)
    problems, told = interviews.look(workbook)
    for line in [*warnings, *notices, *told]:
        out.print(line, markup=False)
    if problems:  # they cost the personas and nothing else
        raise UserErrors(problems)
    out.print(
        f"{company} {workbook.label}: settings and {len(workbook.settings.sources)} sources are in"
        " order.",
        markup=False,
    )


@app.command()
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
    data: Data = None,
) -> None:
    """Write the made-up example company DataInsight: settings and five quarters of raw exports."""
    from icplib.example import QUARTERS, refuse_other, write_example
    from icplib.settings import Quarter as Parsed
    from icplib.workbook import folder_named

    _roots(data)
    quarters = [str(Parsed(q)) for q in quarter] if quarter else list(QUARTERS)
    folder = folder_named(company)
    refuse_other(folder)
    write_example(folder, quarters=quarters, customers=customers, seed=seed, noise=noise)
    out.print(f"{folder}: {', '.join(quarters)}", markup=False)


@app.command()
def init(
    company: Annotated[
        str, typer.Argument(help="Name of the folder to make under the data folder.")
    ],
    files: Annotated[list[Path], typer.Argument(help="Exports to look at.")],
    quarter: Annotated[
        str, typer.Option(help="Quarter the exports belong to, such as 2026Q3.")
    ] = "",
    data: Data = None,
) -> None:
    """Look at exports, recognise the CRM, and write a commented company.toml."""
    from icplib.gather.init import init as start

    _roots(data)
    for line in start(company, files, quarter):
        out.print(line, markup=False)


@app.command()
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
    data: Data = None,
) -> None:
    """Score a new list of companies with the quarter's scorecard."""
    from rich.progress import BarColumn, Progress, TextColumn

    from icplib.scoring import score_file
    from icplib.workbook import Workbook

    _roots(data)
    target = output or file.with_name(f"{file.name.split('.')[0]}_scored.csv")
    with Progress(TextColumn("{task.completed:,} companies"), BarColumn(), console=out) as bar:
        task = bar.add_task("score", total=None, visible=False)

        def tick(done: int) -> None:
            bar.update(task, completed=done, visible=done >= LONG_LIST)

        told = score_file(Workbook(company, quarter, scenario), file, target, tick)
    for line in told.sentences:
        out.print(line, markup=False)


@app.command()
def verify(
    company: Company = "example",
    quarter: Quarter = "",
    scenario: Scenario = "",
    data: Data = None,
    reports: Reports = None,
) -> None:
    """Replay an archived quarter's notebooks against its archived inputs and say whether every
    output is identical.
    """
    from icplib.verify import verify as replay

    _roots(data, reports)
    differences = replay(company, quarter, scenario)
    for line in differences:
        err.print(line, markup=False)
    if differences:
        raise typer.Exit(1)
    out.print("identical", markup=False)


def main() -> None:
    """Console script: people's mistakes end in one sentence and exit code 2, a stopped notebook in
    one line and 1.
    """
    from icplib.refresh import StepFailed

    try:
        app()
    except UserErrors as error:
        for problem in error.problems:
            err.print(problem.sentence, markup=False)
        sys.exit(2)
    except UserError as error:
        err.print(error.sentence, markup=False)
        sys.exit(2)
    except StepFailed as error:
        err.print(str(error), markup=False)
        sys.exit(2 if error.by_user else 1)


if __name__ == "__main__":
    main()
