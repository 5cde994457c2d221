"""What ``icp init`` asks where somebody sits at a terminal; elsewhere nothing is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from icplib import words
from icplib.exports.mapping import Recognised, map_headers
from icplib.exports.meanings import stage_meaning
from icplib.gather.canon import FIELDS
from icplib.vocabulary.cells import CURRENCIES

if TYPE_CHECKING:
    from icplib.gather.init import Looked

Ask = Callable[[str, str], str]  # a question and its default -> the answer
MOST_STAGES = 30


def ask_lines(by_source: dict[str, Looked], ask: Ask) -> list[str]:
    """Currency and unknown stages as lines for the head of company.toml."""
    lines = []
    code = ask("Currency of the company's amounts (ISO code)?", "USD").strip().upper()
    if code in CURRENCIES:
        lines.append(f'currency = "{code}"')
    said: dict[str, list[str]] = {"won": [], "lost": [], "open": []}
    for stage, n in _unknown_stages(by_source.get("deals")):
        answer = ask(f"Stage {stage!r} ({words.plural(n, 'deal')}): won, lost or open?", "open")
        said[answer if answer in said else "open"].append(stage)
    return lines + [
        f"{what}_stages = {json.dumps(stages, ensure_ascii=False)}"
        for what, stages in said.items()
        if stages
    ]


def _unknown_stages(deals: Looked | None) -> list[tuple[str, int]]:
    columns = deals.mapped.columns if deals and deals.mapped else {}
    if deals is None or "stage" not in columns or "is_won" in columns:
        return []
    counts = deals.table[columns["stage"]].value_counts()
    unknown = [(stage, int(n)) for stage, n in counts.items() if stage_meaning(stage) is None]
    return unknown[:MOST_STAGES]


def ask_churn(by_source: dict[str, Looked], looked: list[Looked], ask: Ask) -> dict[str, Looked]:
    """The file of those who left among those that were not recognised, as source ``churn``."""
    left = {one.name: one for one in looked if not (one.mapped or one.part or one.problem)}
    if "churn" in by_source or not left:
        return by_source
    name = ask(f"Which file lists customers who left? ({', '.join(left)}; empty for none)", "")
    if name.strip() not in left:
        return by_source
    one = left[name.strip()]
    mapped = map_headers("churn", one.table.columns, "words", FIELDS["churn"])
    n = len(mapped.columns)
    found = Recognised("words", "churn", 1.0, n, len(one.table.columns), "")
    return by_source | {"churn": replace(one, recognised=found, mapped=mapped)}
