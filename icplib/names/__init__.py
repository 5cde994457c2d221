"""What must not leave the house: people, companies, their addresses, numbers and keys.

| module | knows |
|---|---|
| `headers` | which columns of an export hold names, by header and by content |
| `patterns` | what looks like an address, a number or a handle of a person |
| `known` | `Names`: finds them in a text, takes them out of a quote |
| `raw` | the names of a run's raw files, read for as long as a text is held against them |
"""

from icplib.names.headers import is_people, kind_of
from icplib.names.known import KINDS, Names
from icplib.names.patterns import PATTERNS, looks_like
from icplib.names.raw import known_names
