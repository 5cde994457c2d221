"""The attribute catalogue line by line.

What the data say of each row that a profile may speak of.
"""

import pandas as pd

from icplib import words
from icplib.tables import rows_of
from icplib.vocabulary.judgements import vague_phrases
from icplib.words import listed

#: rows of the catalogue of profile attributes that data can answer (interviews answer the others)
CATALOGUE = {
    "A1": "industry",
    "A2": "number of employees",
    "A3": "annual revenue",
    "A4": "geography",
    "A5": "pain points",
    "A6": "technology stack",
    "A7": "growth stage",
    "A8": "growth rate",
    "A9": "behavioural signals",
    "A10": "business model",
    "A11": "budget priorities",
    "A12": "technology adoption",
    "A13": "decision process and purchasing behaviour",
    "A14": "industry-specific challenges",
    "A15": "market position",
    "A16": "funding",
    "A17": "decision-maker roles in the account",
    "A19": "focus or initiative",
    "A20": "deal size and sales cycle",
    "A21": "satisfaction",
}


def sheet(attributes: pd.DataFrame, patterns: pd.DataFrame) -> pd.DataFrame:
    """02_sheet: what the data say of each row of the attribute catalogue.

    Or that it does not separate, or that it is not there.
    """
    found = patterns[patterns["is_found"]].drop_duplicates("attribute")
    by_attribute = {r.attribute: r for r in rows_of(found)}
    rows = []
    for code, name in CATALOGUE.items():
        mine = attributes[attributes["mission_row"] == code]
        if not len(mine):
            rows.append((code, name, "not in the data", ""))
        for r in rows_of(mine):
            hit = by_attribute.get(r.attribute)
            if hit is None:
                text = (
                    f"{r.label}:"
                    f" {'does not separate the best' if r.outcome == 'does not separate' else f'not searched ({r.reason})'}"  # noqa: E501
                )
                rows.append((code, name, text, ""))
                continue
            empty = vague_phrases(hit.item)
            text = hit.item + (
                f" (fewer best; lift {words.ratio(hit.lift_shrunken)})"
                if hit.direction == "down"
                else ""
            )
            rows.append(
                (
                    code,
                    name,
                    text + (f" (not specific: {listed(empty)})" if empty else ""),
                    hit.verdict,
                )
            )
    return pd.DataFrame(rows, columns=["mission_row", "name", "statement", "verdict"])
