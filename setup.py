"""The wheel takes the notebooks along, which a checkout keeps at its top."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent


class WithNotebooks(build_py):
    """Build the library, then copy the notebooks into the package."""

    def run(self) -> None:
        """Run the usual build and add `icplib/notebooks`."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "icplib" / "notebooks"
            target.mkdir(parents=True, exist_ok=True)
            for book in (HERE / "notebooks").glob("*.ipynb"):
                shutil.copyfile(book, target / book.name)


setup(cmdclass={"build_py": WithNotebooks})
