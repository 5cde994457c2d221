"""One process for the notebooks of a run, which starts and imports while the inputs are looked at.

Each notebook begins in an empty namespace, with its cells counted from one. ``icp verify`` replays
each in a kernel of its own and must find the same.
"""

import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

# else jsonschema, which checks notebooks, builds a grammar of web addresses for seconds
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# what a kernel ended with is told in a sentence; asyncio would print it when it forgets the task
logging.getLogger("asyncio").setLevel(logging.CRITICAL)

#: ends a kernel's start; what cannot be imported a cell will tell
START = """
import contextlib, sys
with contextlib.suppress(Exception):
    exec(sys.argv.pop(), {})
    # what pandas takes where a kernel imports it: a terminal would cut tables to its width
    sys.modules["pandas"].set_option("display.max_columns", 20)
from ipykernel.kernelapp import IPKernelApp
IPKernelApp.launch_instance()
"""
CLEAN = "get_ipython().reset(new_session=True)"
PATIENCE = 300  # seconds until a kernel counts as dead before its first answer


class _Manager(KernelManager):
    """Talks through sockets of this user's own where the system has them.

    The kernel is asked to end without being interrupted first: the signal may meet it in the
    middle of its last answer, which it then reports on the terminal.
    """

    client_class: Any = "jupyter_client.asynchronous.AsyncKernelClient"

    def _transport_default(self) -> str:
        return "ipc" if os.name == "posix" else "tcp"

    is_stopped = False

    def shutdown_kernel(self, now: bool = False, restart: bool = False) -> Any:
        """Remember it: while a cell runs, a signal has met the notebook's client."""
        self.is_stopped = True
        return super().shutdown_kernel(now, restart)

    async def _async_interrupt_kernel(self) -> None:
        if not self.shutting_down:
            await super()._async_interrupt_kernel()

    def client(self, **options: Any) -> Any:
        """A client that ``Kernel.clean`` will close."""
        self.last = super().client(**options)
        return self.last


class Kernel:
    """A kernel that has imported what ``notebooks`` import; it ends with its ``with`` block."""

    def __init__(self, notebooks: list[Path], environment: dict[str, str]):
        imports = "\n".join(dict.fromkeys(_imports(notebooks)))
        self.folder = Path(tempfile.mkdtemp(prefix="icp-"))  # two runs never share a socket
        self.manager = _Manager(connection_file=str(self.folder / "kernel.json"))
        self.manager._kernel_spec = KernelSpec(
            argv=[sys.executable, "-P", "-c", START, "-f", "{connection_file}"]
        )
        self.manager.start_kernel(
            env={**os.environ, **environment},
            extra_arguments=["--HistoryManager.hist_file=:memory:", imports],
        )

    def __enter__(self) -> Self:
        return self

    def clean(self, folder: Path) -> KernelManager:
        """The manager of the kernel, which stands in ``folder`` and knows no name."""
        self._close()
        client = BlockingKernelClient(
            parent=self.manager, **self.manager.get_connection_info(session=True)
        )
        client.start_channels()
        try:
            client.wait_for_ready(timeout=PATIENCE)
            here = f"__import__('os').chdir({str(folder)!r})"
            client.execute_interactive(f"{here}; {CLEAN}", silent=True)
        finally:
            client.stop_channels()
        return self.manager

    @property
    def is_stopped(self) -> bool:
        """Whether it was asked to end, as the notebook's client does when a signal comes."""
        return self.manager.is_stopped

    @contextmanager
    def signals_kept(self) -> Iterator[None]:
        """What signals do is what it was before: the notebook's client takes them and forgets."""
        kept = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            if threading.current_thread() is threading.main_thread():
                for sign, action in kept.items():
                    signal.signal(sign, action)

    def _close(self) -> None:
        if last := vars(self.manager).pop("last", None):
            last.stop_channels()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()
        self.manager.shutdown_kernel(now=kind is not None)
        self.manager.cleanup_resources()
        shutil.rmtree(self.folder, ignore_errors=True)


def _imports(notebooks: list[Path]) -> list[str]:
    cells = [c for book in notebooks for c in json.loads(book.read_bytes())["cells"]]
    lines = [line.strip() for cell in cells for line in cell["source"]]
    return [line for line in lines if line.startswith(("import icplib", "from icplib"))]
