"""The refresh itself, on two toy notebooks.

Strict, whole or not at all, resumable, one at a time.
"""

import json
from contextlib import nullcontext
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock
from nbformat.v4 import new_code_cell, new_notebook, new_output

from icplib import manifest
from icplib import refresh as house
from icplib.failures import StepFailed
from icplib.problems import UserError
from icplib.workbook import Workbook
from toy_company import PARAMETERS, TWO, book, everything


def test_a_run_is_put_in_place_whole_and_says_what_each_step_wrote(toy, monkeypatch):
    said, signals = [], []

    async def signalled(self, number):
        signals.append(number)

    monkeypatch.setattr("jupyter_client.AsyncKernelManager._async_signal_kernel", signalled)
    monkeypatch.setattr(
        house,
        "check_inputs",
        lambda workbook, whole=False: (
            ["a.csv: the same file as in 2026Q2"],
            ["accounts: footer lines"],
            (),
        ),
    )
    path = house.refresh("acme", say=said.append)
    assert not signals, "a kernel that ends by itself is not interrupted"
    assert (
        path == toy / "reports" / "acme" / "2026Q3" / "report.html" and path.read_text() == "one\n"
    )
    assert [line.split()[0] for line in said] == ["a.csv:", "accounts:", *TWO]
    assert said[2].endswith("1 file: 01_a.json")
    manifest = json.loads((path.parent / "internal" / "manifest.json").read_text())
    assert manifest["inputs"]["raw"].keys() == {"a.csv"} and set(manifest["seconds"]) == set(TWO)
    assert not list((toy / "data" / "acme" / "processed").glob("*unfinished"))


def test_running_twice_gives_the_same_bytes(toy):
    home = house.refresh("acme", say=lambda line: None).parent
    first = everything(home)
    house.refresh("acme", say=lambda line: None)
    second = everything(home)
    del first["internal/manifest.json"], second["internal/manifest.json"]  # it holds the seconds
    assert first == second


def test_what_was_changed_since_the_refresh_is_named_and_nobody_trusts_it(toy):
    page = house.refresh("acme", say=lambda line: None)
    book = Workbook("acme", "2026Q3")
    assert manifest.changed(book) == []
    made = book.processed / "01_a.json"
    made.write_text("other")
    page.write_text("other")
    (book.raw / "new.csv").write_text("x")
    told = manifest.changed(book)
    assert [line.split(" was ")[0] for line in told] == [
        "new.csv is new since the refresh",
        "01_a.json",
        "report.html",
    ]
    (book.raw / "new.csv").unlink()
    with pytest.raises(UserError, match="not the one that the refresh made"):
        house.refresh("acme", plan=house.Plan(start="2"), say=lambda line: None)


def test_a_damaged_manifest_of_an_earlier_quarter_costs_the_comparison_alone(toy):
    house.refresh("acme", say=lambda line: None)
    book = Workbook("acme", "2026Q3")
    (book.processed / "manifest.json").write_text("{")
    assert manifest.read(book.processed) is None
    with pytest.raises(UserError, match="no readable manifest"):
        manifest.changed(book)


def test_a_parameter_that_is_not_known_stops_before_anything_is_written(toy):
    book(
        toy / "notebooks" / "02_find_patterns.ipynb",
        parameters=PARAMETERS + "\nextra = 1  # too many",
    )
    with pytest.raises(UserError, match="exactly company, quarter, scenario"):
        house.refresh("acme")
    assert not (toy / "reports").exists() and not (toy / "data" / "acme" / "processed").exists()


def test_a_failed_run_names_step_cell_and_cause_and_leaves_the_standing_report(toy):
    path = house.refresh("acme", say=lambda line: None)
    before = everything(toy / "data" / "acme" / "processed" / "2026Q3")
    book(toy / "notebooks" / "02_find_patterns.ipynb", "raise ValueError('no such luck')")
    with pytest.raises(StepFailed) as caught:
        house.refresh("acme", say=lambda line: None)
    failed = caught.value
    assert (failed.step, failed.by_user) == (
        "02_find_patterns",
        False,
    ) and "ValueError: no such luck" in str(failed)
    assert failed.file.is_file() and "no such luck" in failed.file.read_text()
    assert path.read_text() == "one\n"
    assert "no such luck" in (path.parent / "FAILED.html").read_text()
    assert everything(toy / "data" / "acme" / "processed" / "2026Q3") == before
    book(toy / "notebooks" / "02_find_patterns.ipynb", "print('mended')")
    assert house.refresh("acme", say=lambda line: None).read_text() == "mended\n"
    assert not (path.parent / "FAILED.html").exists()


def test_a_users_mistake_inside_a_notebook_is_told_as_such(toy):
    mistake = (
        "from icplib.problems import UserError\nraise UserError('no dates', file='d.csv',"
        " column='Close Date', remedy='Add them.')"
    )
    book(toy / "notebooks" / "01_gather_data.ipynb", mistake)
    with pytest.raises(StepFailed) as caught:
        house.refresh("acme", say=lambda line: None)
    assert caught.value.by_user and "d.csv, column 'Close Date': no dates. Add them" in str(
        caught.value
    )
    assert (toy / "reports" / "acme" / "2026Q3" / "FAILED.html").is_file()
    assert not (toy / "reports" / "acme" / "2026Q3" / "report.html").exists()


def test_resuming_takes_over_the_earlier_steps_only_when_nothing_changed(toy):
    good = (toy / "notebooks" / "02_find_patterns.ipynb").read_bytes()
    (toy / "data" / "acme" / "company.toml").open("a").write("# a comment changes no setting\n")
    house.refresh("acme", say=lambda line: None)
    said = []
    assert house.refresh("acme", plan=house.Plan(start="2"), say=said.append).read_text() == "one\n"
    assert [line.split()[0] for line in said] == [TWO[1]]
    (toy / "data" / "acme" / "raw" / "2026Q3" / "a.csv").write_text("Account ID\n2\n")
    with pytest.raises(UserError, match="these changed since: raw"):
        house.refresh("acme", plan=house.Plan(start="2"), say=lambda line: None)
    assert (toy / "notebooks" / "02_find_patterns.ipynb").read_bytes() == good
    with pytest.raises(UserError, match="there is no step '9'"):
        house.refresh("acme", plan=house.Plan(start="9"))


def test_a_run_stops_after_a_step_and_goes_on_from_there(toy):
    quiet = lambda line: None  # noqa: E731
    folder = house.refresh("acme", plan=house.Plan(stop="1"), say=quiet)
    assert folder.name == "2026Q3.unfinished" and (folder / "01_a.json").is_file()
    assert not (toy / "reports" / "acme" / "2026Q3").exists()
    assert house.refresh("acme", plan=house.Plan(start="2"), say=quiet).read_text() == "one\n"


def test_two_at_once_is_refused(toy):
    home = toy / "data" / "acme" / "processed"
    home.mkdir(parents=True)
    with (
        FileLock(home / ".2026Q3.lock"),
        pytest.raises(UserError, match="another refresh of acme 2026Q3 is running"),
    ):
        house.refresh("acme", say=lambda line: None)


def test_what_a_step_wrote_is_told_in_one_line():
    assert (
        house._counted([f"01_{letter}" for letter in "abcdefg"]) == "7 files: 01_a, 01_b, 01_c ..."
        and house._counted([]) == "no file"
    )


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_killed_while_being_put_in_place_it_is_finished_by_the_next_command(
    toy, monkeypatch, after
):
    def written(run, step, say):
        """A step without a kernel: here only what happens after the last one counts."""
        cell = new_code_cell("print()", outputs=[new_output("stream", text=said)])
        nbformat.write(new_notebook(cells=[cell]), run.notebooks / f"{step}.ipynb")
        (run.artefacts / f"{step[:2]}_a.json").write_text(said)

    monkeypatch.setattr(house, "_execute", written)
    monkeypatch.setattr(house, "Kernel", lambda *_: nullcontext())
    said = "first\n"
    house.refresh("acme", say=lambda line: None)
    said = "second\n"
    renames, real = [], Path.rename

    def killed(self, target):
        if len(renames) == after:
            raise KeyboardInterrupt
        renames.append(self)
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            house.refresh("acme", say=lambda line: None)
    run = house.Run(Workbook("acme"))
    house.finish_interrupted(run)
    assert (run.pages_home / "report.html").read_text() == "second\n"
    assert json.loads((run.artefacts_home / "manifest.json").read_text()) == json.loads(
        (run.pages_home / "internal" / "manifest.json").read_text()
    )
    assert not run.journal.exists()
