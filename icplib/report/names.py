"""No name leaves the building: the values of a page against what `icplib.names` knows.

A page's own words are templates and trusted; only what entered them is asked.
"""

from collections.abc import Callable, Iterable

from icplib.names import KINDS, Names, looks_like
from icplib.names.patterns import ON_PAGES
from icplib.problems import UserError
from icplib.words import listed

#: the names that could stand in some texts, as `names.known_names` of a run fetches them
Known = Callable[[Iterable[str]], Names]
SHOWN = 60  # characters of the value that holds a name


def findings(values: Iterable[str], known: Known) -> list[str]:
    """What the values would give away, each as a phrase that says what and where."""
    texts = list(dict.fromkeys(values))
    names, found = known(texts), []
    for text in texts:
        where = f'in "{text[:SHOWN]}"'
        for kind, one in looks_like(text, ON_PAGES):
            article = "an" if kind[0] in "eI" else "a"
            found.append(f"something like {article} {kind} ({one[:3]}...) {where}")
        found += [f"{KINDS[kind]} ({name}) {where}" for kind, name in names.in_text(text)]
    return list(dict.fromkeys(found))


def gate(values: Iterable[str], known: Known) -> None:
    """Stop a page that would give somebody away; all culprits are told at once."""
    found = findings(values, known)
    if found:
        raise UserError(
            f"the stakeholder page would show {listed(found)}",
            remedy=(
                "Look for it in the exports or in the free text of the settings; a word that is no"
                " secret goes into public_names under [privacy] in company.toml. Nothing was"
                " written."
            ),
        )
