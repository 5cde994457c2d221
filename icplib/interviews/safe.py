"""Files from elsewhere, opened as if a stranger had sent them.

Everything is read in memory with a cap on what may come out; nothing is ever extracted to disk,
because raw transcripts would stay there. What does not look right is refused with one sentence.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element, ParseError

from icplib.problems import UserError

MB = 1024 * 1024
MAX_XML = 100 * MB  # one project file; a project of a thousand interviews has about 20 MB
MAX_TEXT = 20 * MB  # one transcript
MAX_TOTAL = 400 * MB  # all that is read from one archive
MAX_DATABASE = 500 * MB
MAX_MEMBERS = 20_000
MAX_RATIO = 300  # plain text shrinks 3 to 10 times, very regular XML up to about 100 times
MAX_DEPTH = 200  # nested XML elements
MAX_SQL_STEPS = 200_000_000  # virtual machine instructions; a view that never ends stops here

AGAIN = "Export it again from the program it comes from."


def sha256_of(path: Path) -> str:
    """Fingerprint of a file, read in pieces. UserError when there is no such file."""
    if not path.is_file():
        raise UserError(
            "there is no such file", file=path, remedy="Check its name in company.toml."
        )
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(MB):
            digest.update(piece)
    return digest.hexdigest()


class Archive:
    """The members of a zip file, read one at a time and only in memory.

    Names are compared without regard to case, because ``Sources/`` and ``sources/`` both occur in
    the field. Raises UserError for a damaged archive, for names that point outside it, for
    encryption and for what unpacks to too much.
    """

    def __init__(self, path: Path):
        self.path, self._left = path, MAX_TOTAL
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise UserError(
                f"the archive is damaged or cut off ({_short(error)})", file=path, remedy=AGAIN
            ) from None
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS:
            raise self._refused(f"the archive has {len(members)} members, more than {MAX_MEMBERS}")
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            self._check_name(member.filename)
            if member.filename.casefold() in self._members:
                raise self._refused("the archive names the same member twice")
            self._members[member.filename.casefold()] = member

    def _refused(self, what: str) -> UserError:
        return UserError(
            what, file=self.path, remedy="It was refused; ask its sender for a fresh export."
        )

    def _check_name(self, name: str) -> None:
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if (
            not name
            or name.startswith(("/", "\\"))
            or ".." in parts
            or (parts and parts[0][1:2] == ":")
            or "\x00" in name
        ):
            raise self._refused("a member's name points outside the archive")

    @property
    def names(self) -> list[str]:
        """Names as written, folders left out."""
        return [m.filename for m in self._members.values() if not m.is_dir()]

    def has(self, name: str) -> bool:
        """Whether a member of this name is there, in any case."""
        return name.casefold() in self._members

    def read(self, name: str, cap: int) -> bytes:
        """The member's content.

        The cap counts real bytes: the size that the archive declares may be a lie.
        """
        member = self._members[name.casefold()]
        if member.flag_bits & 0x1:
            raise UserError(
                "the archive is protected by a password",
                file=self.path,
                remedy="Export it without one.",
            )
        allowed = min(cap, self._left)
        try:
            with self._zip.open(member) as stream:
                content = stream.read(allowed + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise UserError(
                f"the archive is damaged or cut off ({_short(error)})", file=self.path, remedy=AGAIN
            ) from None
        if len(content) > allowed:
            raise self._refused(f"a member unpacks to more than {allowed // MB} MB")
        if len(content) > MB and len(content) > MAX_RATIO * max(member.compress_size, 1):
            raise self._refused(f"a member unpacks to more than {MAX_RATIO} times its size")
        self._left -= len(content)
        return content

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_file(path: Path, cap: int) -> bytes:
    """A whole file of at most ``cap`` bytes."""
    if not path.is_file():
        raise UserError(
            "there is no such file", file=path, remedy="Check its name in company.toml."
        )
    if path.stat().st_size > cap:
        raise UserError(
            f"the file is larger than {cap // MB} MB",
            file=path,
            remedy="It was refused; export less at a time.",
        )
    return path.read_bytes()


def parse_xml(content: bytes, file: Path) -> Element:
    """The root element.

    Entities and document types are refused, so is nesting beyond ``MAX_DEPTH``.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(content.lstrip(b"\xef\xbb\xbf \t\r\n"), forbid_dtd=True)
    except DefusedXmlException:
        raise UserError(
            "the XML declares a document type or entities, which no export needs",
            file=file,
            remedy="It was refused; ask its sender for a fresh export.",
        ) from None
    except (ParseError, ValueError, LookupError) as error:
        raise UserError(
            f"the XML is damaged or cut off ({_short(error)})", file=file, remedy=AGAIN
        ) from None
    _check_depth(root, file)
    return root


def _check_depth(root: Element, file: Path) -> None:
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise UserError(
                f"the XML is nested deeper than {MAX_DEPTH} levels", file=file, remedy=AGAIN
            )
        level = [child for element in level for child in element]


def decode_text(content: bytes, file: Path) -> str:
    """Text of a transcript: UTF-8, with or without a byte order mark.

    Positions never count the mark.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"a transcript is not UTF-8 (byte {error.start})", file=file, remedy=AGAIN
        ) from None


@contextmanager
def open_database(path: Path) -> Iterator[sqlite3.Connection]:
    """A SQLite file as a connection to a copy in memory; only reading is allowed.

    The copy leaves no journal beside the original. An authorizer permits SELECT on tables and
    nothing else, views are not followed by the readers, and a statement that runs too long is
    stopped.
    """
    if (
        path.with_name(path.name + "-wal").is_file()
        and path.with_name(path.name + "-wal").stat().st_size
    ):
        raise UserError(
            "the database is still open in another program",
            file=path,
            remedy="Close that program and try again.",
        )
    content = bytearray(read_file(path, MAX_DATABASE))
    if content[:16] != b"SQLite format 3\x00":
        raise UserError("this is not a SQLite database", file=path, remedy=AGAIN)
    content[18:20] = (
        b"\x01\x01"  # a copy in memory cannot use a write-ahead log; the log was empty, see above
    )
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(content))
        connection.set_authorizer(_read_only)
        connection.set_progress_handler(_stop_after(MAX_SQL_STEPS), 1_000_000)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connection
    except sqlite3.DatabaseError as error:
        raise UserError(
            f"the database is damaged or cut off ({_short(error)})", file=path, remedy=AGAIN
        ) from None
    finally:
        connection.close()


def _read_only(action: int, *_: object) -> int:
    allowed = (
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_PRAGMA,
    )
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


def _stop_after(steps: int) -> Callable[[], int]:
    left = [steps // 1_000_000]

    def tick() -> int:
        left[0] -= 1
        return int(left[0] < 0)

    return tick


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:80]
