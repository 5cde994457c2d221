"""What is over its budget now, as tests/beds/over_budget.toml lists it.

For rooms that moved, never to let them grow. ``python tools/budgets.py`` prints it.
"""

import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "beds"), str(ROOT / "tools")]

import test_house as house  # noqa: E402

HEAD = """# What is over a budget of tests/test_house.py today.
# A line goes when its work is done; none is added.
"""


def over_budget() -> str:
    """The text of the list, with what it allows now or less."""
    lines = {house.place(p): len(p.read_text().splitlines()) for p in house.LIBRARY}
    long = {name: n for p in house.LIBRARY for name, n, _ in house.functions(p)}
    wide = {name: n for p in house.LIBRARY for name, _, n in house.functions(p)}
    numbers: Counter[str] = Counter()
    for path in house.LIBRARY:
        room = house.place(path).split("/")[0].removesuffix(".py")
        if room not in ("words", "stats"):
            numbers[room] += len(list(house.written_numbers(path)))
    text = HEAD
    for title, found, budget in (
        ("modules", lines, house.LINES_A_MODULE),
        ("functions", long, house.LINES_A_FUNCTION),
        ("parameters", wide, house.PARAMETERS_A_FUNCTION),
        ("numbers", numbers, 0),
    ):
        rows = "".join(f'"{k}" = {n}\n' for k, n in sorted(found.items()) if n > budget)
        text += f"\n[{title}]\n{rows}"
    return text


if __name__ == "__main__":
    print(over_budget(), end="")
