"""House rules as programs: notebooks, storeys of imports, one-way data, budgets, supply."""

import ast
import re
import tokenize
import tomllib
from collections import Counter
from pathlib import Path

import nbformat
import pytest

from environment import environment
from icplib.refresh import NOTEBOOKS, PARAMETERS, STEPS
from licences import licences, names

ROOT = Path(__file__).resolve().parents[1]
STEP_ROOMS = {"gather", "patterns", "churn", "scoring", "personas", "report"}
GROUND = {
    "manifest",
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
    "manifest": LANGUAGE | {"tables", "workbook"},
}
#: the hands stand above the steps: they call these rooms' verbs by the front door, and no room but
#: the command line knows them
HANDS, HANDS_CALL = "ask", {"gather", "patterns", "churn", "scoring"}
OWN_ROOM = dict(
    zip(STEPS, ("gather", "patterns", "churn", "scoring", "personas", "report"), strict=True)
)
books = pytest.mark.parametrize("step", STEPS)
#: the notebook for hands is read like the others, and is no part of a refresh
ASK = "00_ask_your_own"
all_books = pytest.mark.parametrize("step", (ASK, *STEPS))


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


@all_books
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


@all_books
def test_parameters_are_three_commented_literals(step):
    tagged = [c for c in code(step) if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == 1
    assignments = ast.parse(tagged[0].source).body
    assert {a.targets[0].id for a in assignments} == PARAMETERS
    assert all(isinstance(a.value, ast.Constant) for a in assignments)
    assert all("#" in line for line in tagged[0].source.strip().splitlines())


@all_books
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


def test_the_notebook_for_hands_writes_no_artefact_and_calls_the_hands_alone():
    source = "\n".join(c.source for c in code(ASK))
    assert set(re.findall(r"from icplib\.(\w+)", source)) == {"ask", "workbook"}
    assert ".write(" not in source and ".export(" not in source


@all_books
def test_a_notebook_begins_with_its_levers_and_ends_with_what_to_try(step):
    first = next(c.source for c in code(step) if "book = Workbook(" in c.source)
    assert ".levers(" in first.splitlines()[-1]
    last = read(step).cells[-1]
    assert last.cell_type == "markdown" and last.source.startswith("**Try this.**")
    assert 2 <= last.source.count("\n- ") <= 3


@pytest.mark.parametrize(
    "room, path", list(room_files()), ids=lambda v: v.name if isinstance(v, Path) else v
)
def test_imports_form_storeys(room, path):
    ours = imports_of(path) - {room}
    if room in MAY_IMPORT:
        assert ours <= MAY_IMPORT[room]
    elif room in STEP_ROOMS:
        assert ours <= GROUND, "step modules meet only through artefacts"
    elif room == HANDS:
        assert ours <= GROUND | HANDS_CALL
        inner = re.search(rf"from icplib\.({'|'.join(HANDS_CALL)})[. ]", path.read_text())
        assert not inner, "hands call a step's verbs: from icplib import <step>"
    assert HANDS not in ours or room == "__main__"


def test_a_step_writes_only_its_own_number():
    for room, path in room_files():
        for number in re.findall(r"\.write\(\s*[\"'](\d\d)_", path.read_text()):
            if place(path) == "ask/trial.py":
                continue  # a run in scratch: tests/ask/test_trial.py holds that no quarter changes
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
    for room, path in room_files():
        if room == "night":
            continue  # which quarter should be there depends on the day; nothing else does
        assert not clock.search(path.read_text()), path


def test_environment_yml_is_the_lock():
    assert (ROOT / "environment.yml").read_text() == environment(), (
        "write it again with `make lock`"
    )


def test_the_lock_names_no_index():
    for path in ROOT.glob("requirements*.lock"):
        lock = path.read_text()
        assert "--index-url" not in lock and not re.search(r"\bhttps?://", lock)


# --- budgets --------------------------------------------------------------------------------------

LIBRARY = sorted((ROOT / "icplib").rglob("*.py"))
LINES_A_MODULE, LINES_A_FUNCTION, PARAMETERS_A_FUNCTION = 500, 60, 6
#: of the whole library; templates and data are counted apart: moving code there is no gain
TOKENS = 285_000
#: what is over its budget today, by name; a line goes when its work is done, none is ever added
ALLOWED = tomllib.loads((ROOT / "tests" / "beds" / "over_budget.toml").read_text())


def place(path):
    return str(path.relative_to(ROOT / "icplib"))


def functions(path):
    """Every function of a module with its name, lines and number of parameters."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            a = node.args
            given = [x.arg for x in [*a.posonlyargs, *a.args, *a.kwonlyargs]]
            n = len(given) - (given[:1] in (["self"], ["cls"])) + bool(a.vararg) + bool(a.kwarg)
            yield f"{place(path)}:{node.name}", node.end_lineno - node.lineno + 1, n


def written_numbers(path):
    """Lines on which a module writes a number itself."""
    for node in ast.walk(ast.parse(path.read_text())):
        called = getattr(node, "func", None)
        if (
            (isinstance(node, ast.FormattedValue) and node.format_spec is not None)
            or (isinstance(called, ast.Name) and called.id in ("round", "format"))
            or (isinstance(called, ast.Attribute) and called.attr in ("round", "format"))
        ):
            yield node.lineno


def held(found, budget, allowed):
    """Nothing is over the budget but what the list allows, and the list has nothing else."""
    over = {name: n for name, n in found.items() if n > budget}
    more = {name: n for name, n in over.items() if n > allowed.get(name, budget)}
    assert not more, f"over {budget}: make it shorter (tests/beds/over_budget.toml never grows)"
    done = sorted(set(allowed) - set(over))
    assert not done, f"within its budget now: strike it from tests/beds/over_budget.toml: {done}"


def test_no_module_is_longer_than_a_sitting():
    lines = {place(p): len(p.read_text().splitlines()) for p in LIBRARY}
    held(lines, LINES_A_MODULE, ALLOWED["modules"])


def test_no_function_is_longer_than_a_screen():
    lines = {name: n for p in LIBRARY for name, n, _ in functions(p)}
    held(lines, LINES_A_FUNCTION, ALLOWED["functions"])


def test_no_function_takes_more_than_six_things():
    taken = {name: n for p in LIBRARY for name, _, n in functions(p)}
    held(taken, PARAMETERS_A_FUNCTION, ALLOWED["parameters"])


def test_one_room_writes_numbers():
    found = Counter()
    for path in LIBRARY:
        room = place(path).split("/")[0].removesuffix(".py")
        if room not in ("words", "stats"):
            found[room] += len(list(written_numbers(path)))
    held(found, 0, ALLOWED["numbers"])


def n_tokens(path):
    """Tokens as Python 3.11 counts them: an f-string is one, comments and layout are none."""
    layout = {
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.COMMENT,
        tokenize.ENCODING,
        tokenize.ENDMARKER,
    }
    start = getattr(tokenize, "FSTRING_START", -1)
    n = inside = 0
    with open(path, encoding="utf-8") as text:
        for token in tokenize.generate_tokens(text.readline):
            n += token.type not in layout and not inside
            inside += (token.type == start) - (token.type == getattr(tokenize, "FSTRING_END", -1))
    return n


def test_the_library_fits_the_head(capsys):
    tokens = sum(n_tokens(p) for p in LIBRARY)
    beside = [p for p in (ROOT / "icplib").rglob("*") if p.is_file() and p.suffix in BESIDE]
    words = dict.fromkeys(BESIDE, 0)
    for path in beside:
        words[path.suffix] += len(re.findall(r"\w+|[^\w\s]", path.read_text(encoding="utf-8")))
    told = ", ".join(f"{n:,} in {kind}" for kind, n in words.items() if n)
    with capsys.disabled():
        print(f"\nicplib: {tokens:,} of {TOKENS:,} tokens; beside it {told}")
    # the debt is said, and never grows: see tests/beds/over_budget.toml
    assert tokens <= max(TOKENS, ALLOWED["tokens"]["library"])


#: templates and data of the library
BESIDE = (".j2", ".css", ".html", ".toml", ".csv", ".json", ".txt")


# --- tests mirror the library ---------------------------------------------------------------------


def home_of_test(path):
    """Where the test of one module stands."""
    parts = list(path.relative_to(ROOT / "icplib").with_suffix("").parts)
    if len(parts) == 1:
        return ROOT / "tests" / "ground" / f"test_{parts[0].strip('_')}.py"
    name = parts[-2] if parts[-1] == "__init__" else parts[-1]
    return ROOT / "tests" / Path(*parts[:-1]) / f"test_{name}.py"


def test_every_module_has_a_test_of_its_name_that_imports_it():
    without = []
    for path in LIBRARY:
        if path.read_text().strip() in ("",) or path == ROOT / "icplib" / "__init__.py":
            continue
        dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        where = home_of_test(path)
        if not where.is_file() or dotted not in modules_of(where):
            without.append(place(path))
    done = sorted(set(ALLOWED["untested"]) - set(without))
    assert not done, f"tested now: strike it from tests/beds/over_budget.toml: {done}"
    assert not set(without) - set(ALLOWED["untested"]), "write tests/<room>/test_<module>.py"


def modules_of(path):
    """Our modules that a test imports, by their full names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{a.name}" for a in node.names}
    return found


# --- habits ---------------------------------------------------------------------------------------


def test_rooms_without_types_only_become_fewer():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    loose = [m for one in settings if one.get("ignore_errors") for m in one["module"]]
    assert set(loose) <= set(ALLOWED["untyped"]["rooms"]), "the list never grows"
    assert set(ALLOWED["untyped"]["rooms"]) <= set(loose), "typed now: strike it from the list"
    outside = [m for one in settings for m in one["module"] if m.startswith("icplib")]
    assert set(outside) == set(loose)


def test_no_formatter_is_switched_off():
    for path in LIBRARY:
        assert not re.search(r"# fmt: (skip|off)|# type: ignore(?!\[)", path.read_text()), path


def test_what_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = " ".join(
        [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]
    )
    known = {re.sub(r"[-_.]+", "-", n).lower() for n in re.findall(r"[A-Za-z][\w.-]+", asked)}
    for path in LIBRARY:
        for name in foreign(path):
            package = DISTRIBUTIONS.get(name, name).replace("_", "-")
            assert package in known, f"{place(path)} imports {name}, which pyproject.toml lacks"


#: packages whose name on the index is another
DISTRIBUTIONS = {
    "ibis": "ibis-framework",
    "IPython": "ipython",
    "pptx": "python-pptx",
    "pydantic_core": "pydantic",  # the half of it that is compiled
    "python_calamine": "python-calamine",
    "sklearn": "scikit-learn",
}


def foreign(path):
    """Packages of others that one module imports."""
    import sys

    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in {n.split(".")[0] for n in names} - {"icplib", "__future__"}:
            if name not in sys.stdlib_module_names:
                yield name


# --- supply ---------------------------------------------------------------------------------------


def test_licences_are_the_locks():
    text = (ROOT / "docs" / "licences.md").read_text()
    assert text == licences(), "write it again with `make docs`"
    report = text[: text.index("## What only the tests need")].split("|---|---|")[1]
    assert not re.search(r"\b[AL]?GPL|GNU", report)


def test_each_lock_is_a_part_of_the_next():
    locks = [f"requirements{part}.lock" for part in ("", "-test", "-engines")]
    for small, large in zip(locks, locks[1:], strict=False):
        assert set(names(small)) <= set(names(large))


def test_actions_are_pinned_to_exact_versions():
    for path in (ROOT / ".github" / "workflows").glob("*.yml"):
        for use in re.findall(r"uses: (\S+)", path.read_text()):
            assert re.search(r"@v\d+\.\d+\.\d+$|@[0-9a-f]{40}$", use), use


def test_hooks_are_local():
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    assert set(re.findall(r"repo: (\S+)", text)) == {"local"} and "http" not in text
