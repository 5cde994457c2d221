"""environment.yml from pyproject.toml and the lock.

``python tools/environment.py > environment.yml``.
"""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "3.12"
HEAD = f"""# The same packages for conda users; `make lock` writes this file from the lock.
name: icp
channels:
  - conda-forge
dependencies:
  - python={PYTHON}
  - pip
  - pip:
"""


def locked(python: str = PYTHON, lock: str = "requirements.lock") -> dict[str, str]:
    """Name and version of every package of a lock on one Python."""
    versions = {}
    for line in (ROOT / lock).read_text().splitlines():
        match = re.match(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.*?))?(?: \\)?$", line)
        if match and (
            not match[3]
            or Requirement(f"x ; {match[3]}").marker.evaluate(
                {"python_full_version": f"{python}.9", "python_version": python}
            )
        ):
            versions[canonicalize_name(match[1])] = match[2]
    return versions


def wanted() -> list[str]:
    """Names of all direct dependencies: what icplib needs, and JupyterLab."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = project["dependencies"] + project["optional-dependencies"]["lab"]
    return sorted({canonicalize_name(Requirement(line).name) for line in lines})


def environment() -> str:
    """The text of environment.yml."""
    versions = locked()
    return HEAD + "".join(f"      - {name}=={versions[name]}\n" for name in wanted())


if __name__ == "__main__":
    print(environment(), end="")
