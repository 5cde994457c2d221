"""Neutral alliterative persona names, such as Analytics Alex; none repeats a name of the CRM.

The shipped names are used for all genders; a local colleague should read them before they go round.
They-pronouns throughout. Names and faces move readers' judgement (Salminen et al. 2023), so there
is no age, no gender and no picture.
"""

import hashlib

import pandas as pd

from icplib.interviews.canonical import Codings
from icplib.names import Names, known_names
from icplib.personas.statements import Group
from icplib.vocabulary.people import GIVEN_NAMES, NAME_WORDS, role_label
from icplib.workbook import Workbook


def name_groups(
    groups: list[Group], given_names: tuple[str, ...], taken: Names, are_used: bool = True
) -> dict[str, str]:
    """A name for each group, the same one in every quarter.

    It is a word for the role and a given name with the same initial.

    A hash of the persona's id picks among the words. A given name that occurs in the CRM, as a
    person or as the first word of a company, is refused; when every choice is refused, and where
    names are off, the role is the name.
    """
    by_initial = {name[0].upper(): name for name in given_names or GIVEN_NAMES}
    names: dict[str, str] = {}
    for group in groups:
        words = NAME_WORDS.get(group.role, (role_label(group.role),))
        start = int(_hashed(group.persona_id), 16) % len(words)
        found = [
            f"{word} {given}"
            for word in words[start:] + words[:start]
            if (given := by_initial.get(word[0].upper())) and not taken.has_word(given)
        ]
        unused = [
            name
            for name in found
            if name.split()[-1] not in {n.split()[-1] for n in names.values()}
        ]
        names[group.role] = unused[0] if are_used and unused else role_label(group.role)
    return names


def _hashed(word: str) -> str:
    return hashlib.sha256(word.casefold().encode()).hexdigest()


def crm_names(workbook: Workbook, sources: Codings) -> tuple[Names, str]:
    """The names no quote may hold, and a sentence on where they come from.

    Contacts' names are in no artefact; they are read from the raw exports for as long as the check
    lasts, and only those of which a word was said or could name a persona.
    """
    said = pd.concat([sources.codings["quote"], sources.codings["memo"]])
    texts = [*said.dropna(), *sources.import_report["detail"].dropna(), *GIVEN_NAMES]
    names = known_names(workbook, [*texts, *workbook.settings.personas.name_list])
    return (
        names,
        "Quotes are checked against every company, person, product and web domain on file.",
    )
