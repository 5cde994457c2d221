"""The panel: the profile's rule as sliders and choices, and beside it what it would select.

The counts are made by the one function ``state``; widgets only say which rule is meant. Every rule
that somebody moves to is a question in the ledger, which can never hold up: it was chosen on the
customers that it is measured on.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import escape

from icplib import words
from icplib.ask import ledger
from icplib.ask.answers import Answer, is_interactive, read
from icplib.ask.question import Scene, meaning_of, scene_of
from icplib.conditions import About, Condition, as_numbers, in_words
from icplib.problems import UserError
from icplib.settings import read_settings
from icplib.stats import intervals
from icplib.stats.groups import Attribute
from icplib.stats.looks import LEAST_DRAWS, next_level, question_p, reach_of_chance
from icplib.workbook import Workbook


@dataclass(frozen=True)
class Desk:
    """What every move needs, read once."""

    book: Workbook
    scene: Scene
    accounts: pd.DataFrame
    lines: tuple[Condition, ...]
    about: dict[str, About]
    pipeline: pd.Series

    def said(self, lines: tuple[Condition, ...]) -> str:
        """The rule in words."""
        return words.listed([in_words(line, self.about[line.attribute]) for line in lines])


def desk_of(book: Workbook) -> Desk:
    """The main profile's headline as it stands; UserError where there is no rule to move."""
    lines = tuple(
        Condition(**line.model_dump(include=set(Condition.model_fields)))
        for line in read(book, "03_profile").main.headline
    )
    if not lines:
        raise UserError("the profile has no rule to move", remedy="Notebook 02 says why.")
    rows = read(book, "01_attributes").to_dict("records")
    about = {row["attribute"]: About.of(row, book.settings.currency) for row in rows}
    accounts, scene = read(book, "01_accounts"), scene_of(book, "best")
    deals = read(book, "01_deals").query("not is_closed")
    pipeline = deals.groupby("account_id")["deal_amount"].sum()
    return Desk(book, scene, accounts, lines, about, pipeline)


def meets(lines: tuple[Condition, ...], accounts: pd.DataFrame) -> np.ndarray:
    """Bool array (n,): every line is known to be met."""
    met = [line.met(accounts).fillna(False).to_numpy(bool) for line in lines]
    return np.logical_and.reduce([np.ones(len(accounts), bool), *met])


def state(desk: Desk, lines: tuple[Condition, ...]) -> Answer:
    """What a rule selects: customers, share of best, coverage, leaving, pipeline, prospects."""
    inside, everyone = meets(lines, desk.scene.customers), meets(lines, desk.accounts)
    k, n, best = int(desk.scene.flag[inside].sum()), int(inside.sum()), int(desk.scene.flag.sum())
    low, high = (float(x) for x in intervals.wilson(k, n))
    mine = desk.accounts[everyone]
    buyers = mine[mine["is_customer"].fillna(False).astype(bool)]
    waiting = mine["is_prospect"].fillna(False).astype(bool)
    worth = desk.pipeline.reindex(mine["account_id"]).sum()
    asked = [line.holds for line in ledger.read(ledger.path_of(desk.book))]
    level = next_level(asked)
    reach = reach_of_chance(n, best, len(inside), level)
    rows = [
        ("customers that meet it", words.k_of_n(n, len(inside))),
        ("of them best, on the same customers", words.k_of_n(k, n)),
        (
            "share of best",
            f"{words.share(k / n)} ({words.between(low, high, 'share')})" if n else "",
        ),
        ("best that it holds", words.k_of_n(k, best)),
        ("left", words.k_of_n(int(buyers["is_churned"].sum()), len(buyers))),
        ("open pipeline", words.money(worth, desk.book.settings.currency)),
        ("prospects that meet it", words.k_of_n(int(waiting.sum()), len(waiting))),
        ("looks so far, moves of this panel among them", words.number(len(asked))),
        ("share of best that chance shows after so many", words.share(reach) if n else ""),
        ("p that your next question needs to hold up", words.tiny(level)),
    ]
    said = words.sentence(desk.said(lines)) if lines else "No line: everyone."
    return Answer(said, pd.DataFrame(rows, columns=["the rule", "selects"]))


def move(desk: Desk, lines: tuple[Condition, ...]) -> Answer:
    """What another rule selects; the look at it is counted, once a rule."""
    if lines != desk.lines:
        _count(desk, lines)
    return state(desk, lines)


def _count(desk: Desk, lines: tuple[Condition, ...]) -> None:
    inside, scene, book = meets(lines, desk.scene.customers), desk.scene, desk.book
    asked = Attribute("asked", "nominal", np.where(inside, "yes", "no").astype(object))
    p, _ = question_p(asked, scene.scores, scene.design, book.settings.patterns.seed, LEAST_DRAWS)
    if not np.isnan(p):
        about = f"{scene.about}; {meaning_of(book, scene)}"
        look = ledger.Line(str(book.quarter), about, desk.said(lines), len(inside), p, 0.0, False)
        ledger.price(book, look, may_hold=False)


def add_scenario(book: Workbook, name: str, lines: tuple[Condition, ...]) -> str:
    """Write the rule into company.toml as limits of a new scenario; what was written.

    UserError for a name that is taken or none; the file is as before then.
    """
    path = book.folder / "company.toml"
    before = path.read_text(encoding="utf-8-sig")
    if not name.isidentifier() or name in book.settings.scenarios:
        raise UserError(f"'{name}' is no new name of a scenario", remedy="Give another.")
    limits = []
    for line in lines:
        levels = f"in = {json.dumps(line.values, ensure_ascii=False)}"
        parts = [levels] if line.values else [f"{side} = {end}" for side, end in _ends(line)]
        told = ", ".join([f'attribute = "{line.attribute}"', *parts, 'reason = "set by hand"'])
        limits.append(f"  {{ {told} }},")
    block = "\n".join([f"[scenarios.{name}]", "limits = [", *limits, "]", ""])
    path.write_text(f"{before.rstrip()}\n\n{block}", encoding="utf-8")
    try:
        read_settings(path, name)
    except UserError:
        path.write_text(before, encoding="utf-8")
        raise
    return block


def _ends(line: Condition) -> list[tuple[str, float]]:
    both = (("low", line.low), ("high", line.high))
    return [(side, end) for side, end in both if end is not None]


def panel(book: Workbook) -> Any:
    """The rule to move by hand in JupyterLab; elsewhere what it selects as it stands."""
    desk = desk_of(book)
    return _widgets(desk) if is_interactive() else state(desk, desk.lines)


def _widgets(desk: Desk) -> Any:
    import ipywidgets

    box = {"indent": False, "layout": {"width": "2em"}}
    moved = [(ipywidgets.Checkbox(True, **box), _control(desk, x), x) for x in desk.lines]
    shown, block, name = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.Text("by_hand")
    button = ipywidgets.Button(description="Write scenario", layout={"width": "auto"})

    def rule() -> tuple[Condition, ...]:
        return tuple(_moved(line, control) for on, control, line in moved if on.value)

    def draw(_: Any = None) -> None:
        shown.value = move(desk, rule())._repr_mimebundle_()["text/html"]

    def write(_: Any) -> None:
        try:
            said = add_scenario(desk.book, name.value, rule())
        except UserError as error:
            said = error.sentence
        block.value = f"<pre>{escape(said)}</pre>"

    for on, control, _ in moved:
        on.observe(draw, "value")
        control.observe(draw, "value")
    button.on_click(write)
    draw()
    rows = [ipywidgets.HBox([on, control]) for on, control, _ in moved]
    parts = [*rows, ipywidgets.HBox([name, button]), block]
    left = ipywidgets.VBox(parts, layout={"flex": "none"})
    return ipywidgets.HBox([left, shown])


def _control(desk: Desk, line: Condition) -> Any:
    """A slider over the values that customers have, or a choice of their levels."""
    import ipywidgets

    label, cells = desk.about[line.attribute].label, desk.scene.customers[line.attribute].dropna()
    look: Any = {"description": label, "style": {"description_width": "11em"}}
    look["layout"] = {"width": "30em"}
    if line.op != "between":
        levels = sorted({str(x) for x in cells.explode()})
        chosen = [value for value in line.values if value in levels]
        return ipywidgets.SelectMultiple(options=levels, value=chosen, rows=4, **look)
    ticks = np.unique(np.quantile(as_numbers(cells), np.linspace(0, 1, 101), method="nearest"))
    ends = [tick for _, tick in _ends(line)]
    options = sorted({*ticks.tolist(), *ends})
    low, high = (None if abs(end) == np.inf else end for end in line.span)
    at = (options[0] if low is None else low, options[-1] if high is None else high)
    named = [(desk.about[line.attribute].number(tick), tick) for tick in options]
    look["continuous_update"] = False  # a look is where the slider is let go
    return ipywidgets.SelectionRangeSlider(options=named, value=at, **look)


def _moved(line: Condition, control: Any) -> Condition:
    """The line as its control says; an end at the edge of what customers have is open."""
    if line.op != "between":
        return line.model_copy(update={"values": tuple(control.value)})
    edges = (control.options[0][1], control.options[-1][1])
    low, high = (
        None if end == edge else end for end, edge in zip(control.value, edges, strict=True)
    )
    return line.model_copy(update={"low": low, "high": high})
