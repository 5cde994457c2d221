"""House rules as programs: notebook shape, storeys of imports, one-way data, lists that must agree."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from environment import environment
from icplib.refresh import NOTEBOOKS, PARAMETERS, STEPS

ROOT = Path(__file__).resolve().parents[1]
STEP_ROOMS = {"gather", "patterns", "churn", "scoring", "personas", "report"}
GROUND = {
    "problems",
    "words",
    "vocabulary",
    "names",
    "conditions",
    "settings",
    "tables",
    "icp",
    "workbook",
    "exports",
    "interviews",
    "stats",
    "charts",
    "pages",
}
#: words that every room may use
LANGUAGE = {"problems", "words", "vocabulary"}
#: what each room of the ground floor may import of ours
MAY_IMPORT = {
    "problems": set(),
    "words": set(),
    "vocabulary": set(),
    "stats": {"conditions"},
    "names": LANGUAGE | {"exports"},  # it reads the raw files of a run
    "conditions": LANGUAGE,
    "settings": LANGUAGE | {"conditions"},
    "icp": LANGUAGE | {"conditions"},
    "tables": LANGUAGE | {"icp", "settings", "conditions"},
    "exports": LANGUAGE | {"settings", "tables"},
    "interviews": LANGUAGE | {"settings", "tables", "exports"},
    "charts": LANGUAGE | {"tables"},
    "pages": LANGUAGE | {"tables", "names", "charts"},
    "workbook": LANGUAGE | {"settings", "tables", "icp"},
}
OWN_ROOM = dict(
    zip(STEPS, ("gather", "patterns", "churn", "scoring", "personas", "report"), strict=True)
)
books = pytest.mark.parametrize("step", STEPS)


def read(step):
    return nbformat.read(NOTEBOOKS / f"{step}.ipynb", as_version=4)


def code(step):
    return [cell for cell in read(step).cells if cell.cell_type == "code"]


def imports_of(path):
    """Rooms of ours that one file imports."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [f"{node.module}.{a.name}" for a in node.names]
                if node.module == "icplib"
                else [node.module]
            )
        rooms |= {name.split(".")[1] for name in names if name.startswith("icplib.")}
    return rooms


def room_files():
    for path in sorted((ROOT / "icplib").rglob("*.py")):
        parts = path.relative_to(ROOT / "icplib").with_suffix("").parts
        yield parts[0], path


@books
def test_a_notebook_reads_like_an_essay(step):
    cells, run = read(step).cells, code(step)
    assert cells[0].cell_type == "markdown" and cells[0].source.startswith("# ")
    assert (
        sum(
            line.startswith("# ")
            for c in cells
            if c.cell_type == "markdown"
            for line in c.source.splitlines()
        )
        == 1
    )
    assert 8 <= len(run) <= 24
    lines = sorted(len([ln for ln in c.source.splitlines() if ln.strip()]) for c in run)
    assert lines[len(lines) // 2] <= 3 and max(lines) <= 10
    for cell in run:
        tree = ast.parse(cell.source)
        assert not any(
            isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.Lambda)) for n in ast.walk(tree)
        ), cell.source


@books
def test_parameters_are_three_commented_literals(step):
    tagged = [c for c in code(step) if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == 1
    assignments = ast.parse(tagged[0].source).body
    assert {a.targets[0].id for a in assignments} == PARAMETERS
    assert all(isinstance(a.value, ast.Constant) for a in assignments)
    assert all("#" in line for line in tagged[0].source.strip().splitlines())


@books
def test_committed_without_outputs_but_with_a_kernel(step):
    book = read(step)
    assert book.metadata.kernelspec.name == "python3"
    assert all(not c.outputs and c.execution_count is None for c in code(step))


@books
def test_data_goes_down_the_stairs(step):
    own = int(step[:2])
    source = "\n".join(c.source for c in code(step))
    for name in re.findall(r"\.write\(\s*[\"'](\d\d)_", source):
        assert int(name) == own
    for name in re.findall(r"\.read\(\s*[\"'](\d\d)_", source):
        assert int(name) <= own


@books
def test_a_notebook_imports_only_its_own_step(step):
    rooms = set(
        re.findall(
            r"(?:from|import) icplib(?:\.| import )(\w+)", "\n".join(c.source for c in code(step))
        )
    )
    assert rooms <= {"workbook", "tables", "charts", OWN_ROOM[step]}


@pytest.mark.parametrize(
    "room, path", list(room_files()), ids=lambda v: v.name if isinstance(v, Path) else v
)
def test_imports_form_storeys(room, path):
    ours = imports_of(path) - {room}
    if room in MAY_IMPORT:
        assert ours <= MAY_IMPORT[room]
    elif room in STEP_ROOMS:
        assert ours <= GROUND, "step modules meet only through artefacts"


def test_a_step_writes_only_its_own_number():
    for room, path in room_files():
        for number in re.findall(r"\.write\(\s*[\"'](\d\d)_", path.read_text()):
            assert room in STEP_ROOMS and STEPS[int(number) - 1] in {
                s for s, r in OWN_ROOM.items() if r == room
            }, path


def test_nothing_but_the_example_knows_its_truth():
    for room, path in room_files():
        if room != "example" and room != "__main__":
            assert "truth/" not in path.read_text() and "icplib.example" not in path.read_text(), (
                path
            )


def test_no_clock_inside_an_analysis():
    clock = re.compile(
        r"\b(date\.today|datetime\.now|datetime\.utcnow|Timestamp\.now|Timestamp\.today|time\.time\(\))"
    )
    for _room, path in room_files():
        assert not clock.search(path.read_text()), path


def test_environment_yml_is_the_lock():
    assert (ROOT / "environment.yml").read_text() == environment(), (
        "write it again with `make lock`"
    )


def test_the_lock_names_no_index():
    lock = (ROOT / "requirements.lock").read_text()
    assert "--index-url" not in lock and not re.search(r"\bhttps?://", lock)
