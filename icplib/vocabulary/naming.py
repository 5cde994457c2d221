"""Words by which columns of people are known: headers by kind, and usual given names."""

import tomllib
from importlib.resources import files

_DATA = tomllib.loads((files("icplib.vocabulary") / "naming.toml").read_text(encoding="utf-8"))
#: kind of name -> regular expressions of whole headers, in the order in which they are asked
HEADERS: dict[str, tuple[str, ...]] = {k: tuple(v) for k, v in _DATA["headers"].items()}
GIVEN_NAMES = frozenset(_DATA["given_names"].split())
ORDINARY = frozenset(_DATA["ordinary"].split())
