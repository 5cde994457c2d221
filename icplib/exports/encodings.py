"""Which letters the bytes of a text file make.

UTF-8 and UTF-16 are known by their form. Every other encoding is tried by what it makes of the
bytes beyond ASCII: letters of one language, or the frequent signs of one script. Text that was
encoded twice (MÃ¼ller) is mended.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from icplib.problems import UserError

HEAD = 1 << 16
CHUNK = 1 << 20
MOST_BYTES = 1 << 18  # bytes beyond ASCII that decide
SAVE = "Save it as UTF-8 (in Excel: CSV UTF-8) and hand it in again."

# letters beyond ASCII of the languages that a code page was made for
_WEST = "äöüß éèêëàâîïôùûçœæÿ áíóúñ ãõ ìò åø ð þ ý"
LANGUAGES: dict[str, tuple[str, ...]] = {
    "cp1252": (
        "äöüß",
        "éèêëàâîïôùûçœ",
        "áéíóúñüªº",
        "ãõáâàéêíóôúç",
        "àèéìòù",
        "åäöæøé",
        "ëïéèüöij",
    ),
    "cp1250": ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    "cp1251": ("абвгдежзийклмнопрстуфхцчшщъыьэюяё", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
    "cp1253": ("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋ",),
    "cp1254": ("çğıöşüiâ",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž"),
    "cp1255": ("אבגדהוזחטיכלמנסעפצקרשתךםןףץ",),
    "cp1256": ("ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأؤإئ",),
    "mac_roman": ("äöüß", "éèêëàâîïôùûçœ", "áéíóúñü", "ãõáâàéêíóôúç", "àèéìòù", "åäöæø"),
    "cp850": ("äöüß", "éèêëàâîïôùûç", "áéíóúñü", "ãõáâàéêíóôúç", "àèéìòù", "åäöæø"),
    "koi8_r": ("абвгдежзийклмнопрстуфхцчшщъыьэюяё",),
}
_OTHER = {"cp1251", "cp1253", "cp1255", "cp1256", "koi8_r"}  # code pages of other scripts
_VOWELS = {
    "cp1251": "аеёиіїоуыэюяє",
    "koi8_r": "аеёиоуыэюя",
    "cp1253": "αεηιουωάέήίόύώϊϋ",
}
UNION = 0.9  # what a mixture of languages is worth beside one language
_NEUTRAL = set("€“”„‘’‚–—…®™©°§£«»·½¼¾•¿¡´×\u00a0²³№±")
# frequent signs of a script: first bytes, second bytes
_DOUBLE: dict[str, tuple[re.Pattern, re.Pattern]] = {
    "cp932": (
        re.compile(rb"[\x82\x83\x88-\x97][\x40-\x7e\x80-\xfc]|\x81[\x40-\x9a]"),
        re.compile(rb"[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]|[\xa1-\xdf]"),
    ),
    "euc_jp": (re.compile(rb"[\xa4\xa5][\xa1-\xf6]"), re.compile(rb"[\xa1-\xfe]{2}")),
    "euc_kr": (re.compile(rb"[\xb0-\xc8][\xa1-\xfe]"), re.compile(rb"[\xa1-\xfe]{2}")),
    "gb18030": (re.compile(rb"[\xb0-\xd7\xa3][\xa1-\xfe]"), re.compile(rb"[\x81-\xfe][\x40-\xfe]")),
    "big5": (
        re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]"),
        re.compile(rb"[\xa1-\xf9][\x40-\x7e\xa1-\xfe]"),
    ),
}
_CODEC = {"euc_kr": "cp949", "big5": "cp950"}
_KANA = 0.1  # share of kana in Japanese EUC, which is Chinese otherwise
_MIN_SCORE = 0.75
_WORD = re.compile(rb"[^\x00-\x2c\x2f\x3a-\x40]+")


@dataclass(frozen=True)
class Encoded:
    """Encoding of a file, whether its text was encoded twice, and its line ends."""

    name: str
    is_twice: bool
    is_plain: bool  # UTF-8 with one kind of line end: can be read where it lies
    n_lines: int
    is_closed: bool  # the last line has an end
    note: str = ""


def survey(path: Path, plain: Path) -> Encoded:
    """What a file's bytes are; UserError where nobody can tell."""
    with plain.open("rb") as file:
        head = file.read(HEAD)
        if wide := _wide(path, head):
            return Encoded(wide, False, False, 0, True)
        if b"\x1b$B" in head or b"\x1b$@" in head:
            return Encoded("iso2022_jp", False, False, 0, True)
        file.seek(0)
        return _narrow(path, file)


def _wide(path: Path, head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" not in head:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < 0.2 * len(head) / 2:
        raise UserError(
            "this is not a text file",
            file=path,
            remedy="Name a CSV, Excel, Parquet or SQLite file.",
        )
    return "utf-16-le" if odd > even else "utf-16-be"


def _narrow(path: Path, file: BinaryIO) -> Encoded:
    decoder, is_utf8 = codecs.getincrementaldecoder("utf-8")(), True
    n_crlf = n_lf = n_cr = 0
    last, beyond = b"", bytearray()
    while chunk := file.read(CHUNK):
        if is_utf8:
            is_utf8 = _decodes(decoder, chunk)
        if len(beyond) < MOST_BYTES and not chunk.isascii():
            beyond += b" ".join(x for x in _WORD.findall(chunk) if not x.isascii()) + b" "
        pair = last[-1:].strip(b"\n") + chunk
        n_crlf += pair.count(b"\r\n")
        n_lf += chunk.count(b"\n")
        n_cr += chunk.count(b"\r")
        last = chunk
    is_utf8 = is_utf8 and _decodes(decoder, b"", True)
    kinds = (n_crlf > 0) + (n_lf > n_crlf) + (n_cr > n_crlf)
    words = bytes(beyond[:MOST_BYTES])
    if is_utf8:
        twice = twice_encoded(words.decode("utf-8", "ignore"))
        note = f"encoded twice: '{twice[0]}' is read as '{twice[1]}'" if twice else ""
        if gone := re.search(r"\S*\ufffd\S*", words.decode("utf-8", "ignore")):
            note = f"letters are lost for good: '{gone[0][:40]}'; export it again as UTF-8"
        plain = not twice and kinds <= 1 and n_cr == n_crlf
        return Encoded("utf-8", bool(twice), plain, max(n_lf, n_cr), last[-1:] in b"\r\n", note)
    name, note = _named(path, words)
    return Encoded(name, False, False, max(n_lf, n_cr), last[-1:] in b"\r\n", note)


def _decodes(decoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _named(path: Path, words: bytes) -> tuple[str, str]:
    """The encoding under which the words are words, and a note with one of them."""
    n_wide = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", words))
    n_beyond = sum(byte >= 0x80 for byte in words)
    if n_wide and 2.5 * n_wide > 0.8 * n_beyond:
        return "utf-8", "some bytes are no UTF-8 and are read as Windows-1252"
    scores = {name: _single(words, name) for name in LANGUAGES}
    scores |= {name: _double(words, name) for name in _DOUBLE}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < _MIN_SCORE:
        shown = words.split(b" ")[0].decode("cp1252", "replace")[:40]
        raise UserError(
            "the encoding of the file cannot be told: as Windows-1252 its letters would be"
            f" {shown!r}",
            file=path,
            remedy=SAVE,
        )
    codec = _CODEC.get(best, best)
    shown = words.decode(codec, "replace").split(" ")[0][:40]
    return codec, "" if codec == "cp1252" else f"read in the encoding {codec}: '{shown}'"


def _single(words: bytes, name: str) -> float:
    """Share of the letters beyond ASCII that one language has."""
    text = words.decode(name, "_icp_latin1")
    signs = [
        b.lower()[0]
        for a, b, c in zip(" " + text, text, text[1:] + " ", strict=False)
        if _is_sign(a, b, c)
    ]
    if not signs:
        return 1.0 if name == "cp1252" else 0.0
    own = [sum(s in language for s in signs) / len(signs) for language in LANGUAGES[name]]
    every = "".join(LANGUAGES[name]) + (_WEST if name in ("cp1252", "mac_roman", "cp850") else "")
    mixed = UNION * sum(s in every for s in signs) / len(signs)
    # among equals the code page of Windows for the west
    usual = 1 if name == "cp1252" else 0.99
    if name in _VOWELS and sum(s in _VOWELS[name] for s in signs) < 0.3 * len(signs):
        usual *= 0.9  # Hebrew letters are Cyrillic ones by their bytes, but make no syllables
    return max(*own, mixed) * usual * _in_case(text) * (_one_script(text) if name in _OTHER else 1)


def _is_sign(before: str, sign: str, behind: str) -> bool:
    """Whether a sign has to be a letter: beyond ASCII, and no punctuation outside of a word."""
    if sign <= "\x7f":
        return False
    if sign in "’´·" or not (sign in _NEUTRAL or "\x80" <= sign <= "\x9f"):
        return sign not in "’´·"
    return before.isalpha() and behind.isalpha()


def _in_case(text: str) -> float:
    """Letters behind a small one are small: mAhler and οΒέΕΣ are no words."""
    turned = sum(
        a.islower() and b.isupper() and (a > "\x7f" or b > "\x7f") for a, b in pairwise(text)
    )
    beyond = sum(sign > "\x7f" for sign in text)
    return 1 - min(0.5, turned / max(1, beyond))


def _one_script(text: str) -> float:
    """Share of the words with other letters that have none of the Latin script."""
    words = [word for word in re.split(r"[\W\d_]+", text) if not word.isascii()]
    return sum(not re.search("[A-Za-z]", word) for word in words) / max(1, len(words))


def _double(words: bytes, name: str) -> float:
    """Share of the signs of two bytes that are frequent in their script."""
    frequent, pair = _DOUBLE[name]
    try:
        words.decode(_CODEC.get(name, name))
    except UnicodeDecodeError as error:
        if error.start < len(words) - 4:
            return 0.0
    beyond = re.findall(rb"[\x80-\xff][\x00-\xff]?", words)
    n_pairs = sum(map(len, pair.findall(words)))
    n_frequent = sum(map(len, frequent.findall(words)))
    if not n_pairs or len(beyond) * 2 < 0.5 * n_pairs:
        return 0.0
    score = n_frequent / n_pairs
    kana = len(re.findall(rb"[\xa4\xa5][\xa1-\xf6]", words)) * 2 / n_pairs
    if name == "euc_jp":
        return 0.98 if kana > _KANA and score else 0.0
    if name == "big5":
        n_low = len(re.findall(rb"[\xa4-\xf9][\x40-\x7e]", words)) * 2
        return 0.97 * score if n_low > 0.1 * n_pairs else 0.0
    if name == "gb18030":
        return 0.0 if kana > _KANA else 0.96 * score
    if name == "euc_kr":
        return score if score > 0.93 else 0.0
    return 0.97 * score


_RUN = re.compile(r"[\u0080-\uffff]{2,}")
READ_AS = ("cp1252", "cp1250", "cp1251")  # what UTF-8 was taken for
_FIRST = set("ÃÂâÅÄÐÑÎÏåäçèéêëæìíãðØÙĂĹĐŃÎРСГ")


def _once(run: re.Match) -> str:
    text = run[0]
    if text[0] not in _FIRST:
        return text
    for code in READ_AS:
        try:
            return b"".join(_byte(sign, code) for sign in text).decode("utf-8")
        except (UnicodeDecodeError, UnicodeEncodeError):
            continue
    return text


def _byte(sign: str, code: str) -> bytes:
    try:
        return sign.encode(code)
    except UnicodeEncodeError:
        return sign.encode("latin-1")


def mended(text: str) -> str:
    """Text without what a second encoding made of it."""
    return _RUN.sub(_once, text)


def twice_encoded(text: str) -> tuple[str, str] | None:
    """A word of a text that was encoded twice, and what it was; None where most words were not."""
    words = [word for word in text.split() if not word.isascii()]
    found = [(word[:40], once[:40]) for word in words if (once := mended(word)) != word]
    return found[0] if len(found) >= max(2, 0.5 * len(words)) else None


def decoded(plain: Path, encoded: Encoded) -> Iterator[str]:
    """The text of a file in pieces, with one kind of line end."""
    errors = {"cp1252": "_icp_latin1", "utf-8": "_icp_cp1252"}.get(encoded.name, "replace")
    with plain.open("r", encoding=encoded.name, errors=errors, newline=None) as source:
        while chunk := source.read(CHUNK):
            chunk += source.readline()  # a word is never cut in two
            yield mended(chunk) if encoded.is_twice else chunk


def _latin1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


def _cp1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.start + 1].decode("cp1252", "replace"), error.start + 1


codecs.register_error("_icp_latin1", _latin1)
codecs.register_error("_icp_cp1252", _cp1252)
