"""A sheet that scores by formulas: type a company's values, or pick one of the list.

Every formula stands with its result, because previews of mails do not calculate. Texts are compared
without capitals, as spreadsheets do. It looks up the sheets "Values" (companies that can be picked)
and "Card" (segments, their words and points).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd
from xlsxwriter.utility import xl_range_abs as area
from xlsxwriter.utility import xl_rowcol_to_cell as at

from icplib import words
from icplib.conditions import LISTS, Condition
from icplib.scoring.companies import REASONS, mean_points, reason, score_companies
from icplib.scoring.salesforce import NONE_VALUE, joined, plain
from icplib.scoring.scorecard import places, without_zeros
from icplib.tables.step_04 import Rule, Scorecard
from icplib.vocabulary.judgements import FEW, OUT

PICK, POINTS, TIER, BECAUSE, FOR = 2, 3, 4, 5, 6
AGAINST, TOP = FOR + REASONS, FOR + 2 * REASONS + 2
HEADERS = ("Attribute", "Type here", "It is", "Points", "Most", "Average customer", "Reason", "")
DOWN = 2  # lines above the first row of a list
NEARLY = 1e-9  # sums of decimals are not exact in a sheet; of equal reasons the first is the better
Cell = tuple[int, int, Any, Any]  # row, column, text or formula, the formula's result


def listed_values(card: Scorecard, companies: pd.DataFrame) -> pd.DataFrame:
    """Name and id of companies, and the attributes of the card as cells hold them."""
    known = without_zeros(companies, card.never_zero)
    keys = known["account_name"].fillna("").astype(str) + " \u00b7 " + known["account_id"]
    columns = {name: [*map(_cell, known[name])] for name in card.columns if name in known}
    return pd.DataFrame({"company": [*keys]} | columns)


def _cell(value: Any) -> Any:
    if isinstance(value, LISTS):
        return "; ".join(value) or NONE_VALUE
    if isinstance(value, bool):
        return str(value).lower()
    return None if words.is_missing(value) else value


@dataclass(frozen=True)
class Live:
    """The sheet for a card; ``values`` from ``listed_values``."""

    card: Scorecard
    values: pd.DataFrame

    def cells(self, company: pd.DataFrame) -> Iterator[Cell]:
        """The whole sheet with one company picked: a table of one row of 01_accounts."""
        place = [int(p[0]) for p in places(self.card, company)]
        key = listed_values(self.card, company)["company"].iloc[0]
        keys = f"Values!{area(DOWN, 0, DOWN + len(self.values) - 1, 0)}"
        yield PICK, 0, "Company", None
        yield PICK, 1, key, None
        # a tilde would hide the letter behind it
        found = f'=IFERROR(MATCH(SUBSTITUTE({at(PICK, 1)},"~","~~"),{keys},0),0)'
        yield PICK, 2, found, 1 + [*self.values["company"]].index(key)
        yield from self._told(score_companies(self.card, company).iloc[0])
        yield from ((TOP - 1, j, header, None) for j, header in enumerate(HEADERS))
        for name in self.card.columns:
            yield from self._attribute(name, company, place)
        for i, rule in enumerate(self.card.rules):
            yield from self._rule(i, rule, place[i])
        known = without_zeros(company, self.card.never_zero)
        for i, out in zip(self._outs, self.card.knock_outs, strict=True):
            value = at(self._line(out.attribute), 2)
            is_out = bool(out.met(known).fillna(False).iloc[0])
            yield i, 0, out.words, None
            yield i, 2, f'=IF({value}="",FALSE,{met(out, value)})', is_out

    def _line(self, attribute: str) -> int:
        return TOP + self.card.columns.index(attribute)

    def _rule_line(self, i: int) -> int:
        return TOP + len(self.card.columns) + 1 + i

    @property
    def _outs(self) -> range:
        first = self._rule_line(len(self.card.rules)) + 1
        return range(first, first + len(self.card.knock_outs))

    def _told(self, told: pd.Series) -> Iterator[Cell]:
        """Points, tier and reasons."""
        value, got, most, texts, rank = (
            area(TOP, j, TOP + len(self.card.columns) - 1, j) for j in (2, 3, 4, 6, 7)
        )
        because = "&".join(f'IF({at(i, 2)},"; "&{at(i, 0)},"")' for i in self._outs)
        tier = _text(self.card.lowest)
        for t in sorted((t for t in self.card.tiers if t.from_points), key=lambda t: t.from_points):
            tier = f"IF({at(POINTS, 1)}>={t.from_points},{_text(t.name)},{tier})"
        unknown = f'SUMPRODUCT(({value}="")*{most})'
        tier = f"IF({unknown}>{self.card.most_unknown},{_text(FEW)},{tier})"
        lines = [
            ("Points", f"=SUM({got})", told["score"]),
            ("Tier", f'=IF({at(BECAUSE, 1)}<>"",{_text(OUT)},{tier})', told["tier"]),
            ("Out because", f"=MID({because or _text('')},3,9999)", told["knock_out"]),
        ]
        for name, key, nth, border in (
            ("For", "reasons_for", "LARGE", f">={0.5 - 1e-7}"),
            ("Against", "reasons_against", "SMALL", f"<={1e-7 - 0.5}"),
        ):
            reasons = told[key].split("; ") + [""] * REASONS
            for k in range(REASONS):
                value = f"{nth}({rank},{k + 1})"
                text = f'IF({value}{border},INDEX({texts},MATCH({value},{rank},0)),"")'
                lines.append(("" if k else name, f'=IFERROR({text},"")', reasons[k]))
        for i, (name, formula, result) in enumerate(lines, POINTS):
            yield i, 0, name, None
            yield i, 1, formula, result

    def _attribute(self, name: str, company: pd.DataFrame, place: list[int]) -> Iterator[Cell]:
        i = self._line(name)
        mine = [k for k, rule in enumerate(self.card.rules) if rule.attribute == name]
        rules = [self.card.rules[k] for k in mine]
        label = (rules or [k for k in self.card.knock_outs if k.attribute == name])[0].label
        value = listed_values(self.card, company).get(name, pd.Series([None])).iloc[0]
        yield i, 0, label, None
        yield i, 2, self._value(i, name), "" if value is None else value
        if not rules:
            return
        got = sum(rule.segments[place[k]].points for k, rule in zip(mine, rules, strict=True))
        mean = sum(map(mean_points, rules))
        yield i, 3, "=" + "+".join(at(self._rule_line(k), 3) for k in mine), got
        yield i, 4, self.card.stakes[name], None
        yield i, 5, mean, None
        yield i, 6, self._reason(i, mine), reason(rules, [place[k] for k in mine])
        if not rules[0].is_weak:
            late = (i - TOP) * NEARLY
            yield i, 7, f"={at(i, 3)}-{at(i, 5)}-{plain(late)}", got - mean - late

    def _value(self, i: int, name: str) -> str:
        """What is typed, else what the picked company has."""
        known, typed, pick = '""', at(i, 1), at(PICK, 2)
        is_number = any(r.kind == "number" for r in self.card.rules if r.attribute == name)
        is_number |= any(k.op == "between" for k in self.card.knock_outs if k.attribute == name)
        if name in self.values:
            j = self.values.columns.get_loc(name)
            found = f"INDEX(Values!{area(DOWN, j, DOWN + len(self.values) - 1, j)},{pick})"
            text = f'IF(ISNUMBER({found}),{found},"")' if is_number else f'{found}&""'
            known = f'IF({pick}=0,"",{text})'
        if not is_number:
            return f'=IF({typed}<>"",{typed}&"",{known})'
        is_given = f"N({typed})<>0" if name in self.card.never_zero else f"ISNUMBER({typed})"
        return f"=IF({is_given},{typed},{known})"

    def _reason(self, i: int, mine: list[int]) -> str:
        first = self.card.rules[mine[0]]
        said = at(self._rule_line(mine[0]), 6)
        members = [(k, self.card.rules[k].member) for k in mine if self.card.rules[k].member]
        if members:
            held = "&".join(
                f'IF({at(self._rule_line(k), 2)}=2,{_text(", " + m)},"")' for k, m in members
            )
            none = _text("with none of " + ", ".join(m for _, m in members))
            said = f'IF(({held})="",{none},"with "&MID({held},3,9999))'
        said = f'IF({at(i, 2)}="","not known",{said})'
        most = self.card.stakes[first.attribute]
        return f'={_text(first.label + " ")}&{said}&": "&{at(i, 3)}&" of {most} points"'

    def _rule(self, k: int, rule: Rule, place: int) -> Iterator[Cell]:
        i, value = self._rule_line(k), at(self._line(rule.attribute), 2)
        first = DOWN + sum(len(r.segments) for r in self.card.rules[:k])
        number = str(1 + rule.segments.index(rule.otherwise))
        for condition, segment in reversed(rule.branches):
            number = f"IF({met(condition, value)},{1 + rule.segments.index(segment)},{number})"
        yield i, 0, rule.label, None
        yield i, 1, rule.member, None
        yield i, 2, f'=IF({value}="",{len(rule.segments)},{number})', place + 1
        segment = rule.segments[place]
        for j, result, column in ((3, segment.points, 2), (6, segment.words, 1)):
            where = area(first, column, first + len(rule.segments) - 1, column)
            yield i, j, f"=INDEX(Card!{where},{at(i, 2)})", result


def _text(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def met(condition: Condition, cell: str) -> str:
    """The condition on a cell that is not empty."""
    if condition.op == "between":
        parts = [f"{cell}{sign}{plain(end)}" for sign, end in condition.comparisons]
        return joined("OR" if condition.negated else "AND", parts)
    if condition.op == "in":
        parts = [f"{cell}={_text(value)}" for value in condition.values]
    else:
        tidy = f'LOWER(";"&SUBSTITUTE(SUBSTITUTE({cell},"; ",";")," ;",";")&";")'
        parts = [f"ISNUMBER(FIND(LOWER({_text(f';{v};')}),{tidy}))" for v in condition.values]
    inside = joined("OR", parts)
    return f"NOT({inside})" if condition.negated else inside
