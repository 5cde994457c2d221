"""A company with two toy notebooks, for what a run does around its steps."""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

TWO = ("01_gather_data", "02_find_patterns")
PARAMETERS = 'company = "x"  # folder\nquarter = ""  # quarter\nscenario = ""  # scenario'
START = "import os\nfrom pathlib import Path\nfolder = Path(os.environ['ICP_BUILD_DATA'])"


def book(path: Path, *cells: str, parameters: str = PARAMETERS) -> None:
    tagged = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    made = new_notebook(cells=[tagged, *[new_code_cell(c) for c in (START, *cells)]])
    made.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    nbformat.write(made, path)


def printed(executed: Path) -> str:
    return "".join(
        o.text
        for c in nbformat.read(executed, as_version=4).cells
        for o in c.get("outputs", [])
        if o.output_type == "stream"
    )


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }
