"""Lists of names from outside: bytes to text, text to clean names, and a report on what was done.

    decode(raw) -> Decoded      column(table(text), 0) -> str      clean(text) -> Cleaned

Nothing is guessed in silence: what is left out is counted and shown, and a list that cannot be
used is refused with one sentence.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from dino.config import shown
from dino.parts import Parts, last, meanwhile

DATA = Path(__file__).resolve().parent.parent / "data"

END = "\n"  # ends every name; no name holds one
MAX_BYTES, MAX_NAMES, MAX_LETTERS, MAX_SYMBOLS = 1_000_000, 50_000, 60, 200
MIN_NAMES, MIN_SYMBOLS = 20, 2
MAX_COLUMNS = 100
LIMITS = (f"at most {MAX_BYTES // 1_000_000} MB, {MAX_NAMES:,} names, {MAX_LETTERS} letters a name "
          f"and {MAX_SYMBOLS} symbols (the end mark is one); at least {MIN_NAMES} distinct names "
          f"and {MIN_SYMBOLS} different letters")
EXAMPLES = 3
LINES_AT_ONCE, LETTERS_AT_ONCE = 500, 50_000  # worked on before others may have a turn

JOINERS = "\u200c\u200d"  # invisible, yet part of how some scripts and emoji are spelt
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_RUNS_OF_JOINERS = re.compile("([\u200c\u200d])[\u200c\u200d]+")
_LOOSE_JOINERS = re.compile(  # those not between two symbols beyond ASCII
    r"(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])")


class Bundled(NamedTuple):
    """A list that comes with the app. `about` says what it is, `source` from where."""

    file: str
    title: str
    about: str
    source: str


BUNDLED = {
    "dinos": Bundled(
        "dinos.txt", "Dinosaurs", "Dinosaur genera, the list of the teaching notebook.",
        "A well-known teaching list, slips and all."),
    "us-first-names": Bundled(
        "us-first-names.txt", "US first names", "First names of people in the United States.",
        "1990 US Census, public domain."),
    "colombian-towns": Bundled(
        "colombian-towns.txt", "Colombian towns", "Towns of Colombia, with spaces, accents and ñ.",
        "GeoNames (geonames.org), CC BY 4.0."),
}


class Decoded(NamedTuple):
    """A file as text. sure: False where the bytes fit an encoding without proving it."""

    text: str
    encoding: str
    sure: bool


def decode(raw: bytes, name: str = "this file") -> Decoded:
    """Bytes as text: UTF-8, UTF-16 or UTF-32, with or without a mark; else, unsure, Latin-1.

    Raises ValueError for too many bytes, and for what is no text.
    """
    if len(raw) > MAX_BYTES:
        raise ValueError(f"A list is at most {MAX_BYTES:,} bytes; {shown(name)} has more. "
                         "Take a part of it.")
    for mark, encoding, spoken in (
            (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"), (b"\xff\xfe\0\0", "utf-32", "UTF-32"),
            (b"\0\0\xfe\xff", "utf-32", "UTF-32"), (b"\xff\xfe", "utf-16", "UTF-16"),
            (b"\xfe\xff", "utf-16", "UTF-16")):
        if raw.startswith(mark):
            try:
                return Decoded(raw.decode(encoding), spoken, True)
            except UnicodeDecodeError as error:
                raise ValueError(f"{shown(name)} begins as {spoken}, and breaks off at byte "
                                 f"{error.start:,}. Save it as UTF-8.") from None
    if b"\0" in raw:
        return Decoded(_utf_16(raw, name), "UTF-16", True)
    try:
        return Decoded(raw.decode("utf-8"), "UTF-8", True)
    except UnicodeDecodeError:
        # Windows-1252 is what browsers take for Latin-1; it leaves five bytes without a letter.
        text = raw.decode("cp1252", errors="replace").replace("\ufffd", "")
        return Decoded(text, "Latin-1 (Windows-1252)", False)


def pasted(text: str) -> str:
    """`text` as it is. Raises ValueError for too much of it."""
    if (size := len(text.encode("utf-8", "replace"))) > MAX_BYTES:
        raise ValueError(f"A list is at most {MAX_BYTES:,} bytes; what was pasted has {size:,}. "
                         "Take a part of it.")
    return text


def _utf_16(raw: bytes, name: str) -> str:
    """Text with a zero in every second byte, or nearly: UTF-16 without its mark."""
    low, high = raw[0::2].count(0), raw[1::2].count(0)
    encoding = "utf-16-le" if high > low else "utf-16-be"
    if max(low, high) >= 0.3 * (len(raw) // 2) and min(low, high) <= 0.02 * len(raw):
        try:
            text = raw.decode(encoding)
            if "\0" not in text:
                return text
        except UnicodeDecodeError:
            pass
    raise ValueError(f"A list is a text file; {shown(name)} is none (byte "
                     f"{raw.index(0):,} is zero). Save the names as plain text, UTF-8.")


def table(text: str, name: str = "this table") -> list[list[str]]:
    """The cells of a .csv, row by row; commas, semicolons, tabs or bars part them.

    Raises ValueError for what is no table.
    """
    try:
        delimiter = csv.Sniffer().sniff(text[:4000], delimiters=",;\t|").delimiter
    except csv.Error:
        delimiter = ","  # one column
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ValueError(f"{shown(name)} cannot be read as a table ({error}). Save it as .csv "
                         "with one name a row, or as plain text.") from None
    columns = max(map(len, rows), default=0)
    if columns > MAX_COLUMNS:
        raise ValueError(f"A table has at most {MAX_COLUMNS} columns; {shown(name)} has "
                         f"{columns:,}. Put one name a row.")
    return rows


def looks_like_table(text: str) -> bool:
    """Whether all of the first lines hold the same number of commas, semicolons, tabs or bars."""
    whole = text[:8000].splitlines()[: -1 if len(text) > 8000 else None]  # not one cut in two
    lines = [line for line in whole[:50] if line.strip()]
    return len(lines) > 1 and any(
        {line.count(mark) for line in lines} == {lines[0].count(mark)} != {0} for mark in ",;\t|")


def has_heading(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row of a table looks like a heading: it says 'name', or stands in words
    over a number.
    """
    if len(rows) < 2:
        return False
    over_numbers = any(_is_number(below) and not _is_number(cell)
                       for cell, below in zip(rows[0], rows[1], strict=False))
    return over_numbers or any(map(_says_name, rows[0]))


def likely_column(rows: Sequence[Sequence[str]], heading: bool = False) -> int:
    """The column that holds the names: one headed 'name', else the first that is no numbers."""
    if heading:
        for index, cell in enumerate(rows[0]):
            if _says_name(cell):
                return index
    for index in range(max(map(len, rows), default=0)):
        cells = [row[index] for row in rows[heading:][:100] if index < len(row)]
        words = [cell for cell in cells if cell.strip() and not _is_number(cell)]
        if 2 * len(words) > len(cells):
            return index
    return 0


def _says_name(cell: str) -> bool:
    return cell.strip().lower() in (
        "name", "names", "nombre", "nombres", "nom", "noms", "title", "word", "words")


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"\s*[-+]?\d+([.,]\d+)?\s*", cell))


def column(rows: Sequence[Sequence[str]], index: int, heading: bool = False) -> str:
    """One column of a table as a list, one name a line."""
    cells = (row[index] if index < len(row) else "" for row in rows[heading:])
    return END.join(re.sub(r"[\r\n]+", " ", cell) for cell in cells)


class Finding(NamedTuple):
    """What cleaning found: how often, and a few examples."""

    what: str
    count: int
    examples: tuple[str, ...] = ()


# What each finding means, in the order of the report.
FINDINGS = {
    "read": "rows read",
    "empty": "empty rows, left out",
    "long": f"names longer than {MAX_LETTERS} letters, left out",
    "controls": "control and other invisible characters, removed",
    "rare": f"names with symbols beyond the {MAX_SYMBOLS - 1} commonest, left out",
    "repeated": "rows that repeat a name, counted once",
    "lonely": "symbols that only one name has; they are kept",
    "used": "distinct names that will be used",
    "symbols": "symbols that the network will know, the end mark among them",
}


@dataclass(frozen=True, eq=False)
class Cleaned:
    """Names fit for use. rows: in their order, repeats and all; characters: of the text as read.

    report: what was found, in the order of `FINDINGS`.
    """

    rows: tuple[str, ...]
    characters: int
    report: tuple[Finding, ...]


def clean(text: str, keep_case: bool = False, title: str = "this list") -> Cleaned:
    """The names in `text`, one a line: composed (NFC), in small letters unless their case is kept,
    without control characters and needless spaces.

    Raises ValueError for a list that cannot be trained on.
    """
    cleaned = last(cleaning(text, keep_case, title))[1]
    assert cleaned is not None
    return cleaned


def cleaning(
    text: str, keep_case: bool = False, title: str = "this list"
) -> Iterator[tuple[float, Cleaned | None]]:
    """The same in parts: the share that is about done, and None until all is.

    Text is worked on some lines at a time, for no rule looks beyond a line.
    """
    text = yield from meanwhile(_broken(text), (0.05, None))
    lines = text.split(END)
    if lines[-1] == "":
        lines.pop()  # a line break ends the last line and begins no other
    # Composing makes at most four code points one. It takes long for long runs of accents, and
    # what is far too long needs none.
    long = [line for line in lines if len(line) > 4 * MAX_LETTERS]
    short = [line for line in lines if len(line) <= 4 * MAX_LETTERS]
    names, removed = yield from meanwhile(_tidied_lines(short, keep_case), (0.2, None))
    empty = len(lines) - len(long) - len(names)
    long += [name for name in names if len(name) > MAX_LETTERS]
    names = [name for name in names if len(name) <= MAX_LETTERS]
    rows, rare = yield from meanwhile(_common(names), (0.5, None))
    counts = Counter(rows)
    yield 0.7, None
    lonely, symbols = yield from meanwhile(_lonely(counts), (0.8, None))
    repeated = [name for name, count in counts.items() if count > 1]
    report = (
        Finding("read", len(lines)), Finding("empty", empty),
        Finding("long", len(long), _examples(long)),
        Finding("controls", removed.total(), _examples(_described(c) for c in removed)),
        Finding("rare", len(rare), _examples(rare)),
        Finding("repeated", len(rows) - len(counts), _examples(repeated)),
        Finding("lonely", len(lonely), _examples(
            f"{'␣' if s == ' ' else s} ({name})" for s, name in lonely.items())),
        Finding("used", len(counts), _examples(counts)), Finding("symbols", symbols + 1))
    _check(len(counts), len(rows), symbols, report, title)
    yield 1.0, Cleaned(tuple(rows), len(text), report)


def _broken(text: str) -> Parts[str]:
    """`text` with one kind of line break."""
    pieces, first = [], 0
    while first < len(text):
        end = first + LETTERS_AT_ONCE
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        pieces.append(_BREAKS.sub(END, text[first:end]))
        first = end
        yield
    return "".join(pieces)


def _tidied_lines(lines: list[str], keep_case: bool) -> Parts[tuple[list[str], Counter[str]]]:
    """The names in lines, empty ones left out, and which invisible characters were removed."""
    names: list[str] = []
    removed: Counter[str] = Counter()
    for first in range(0, len(lines), LINES_AT_ONCE):
        body, found = _tidied(END.join(lines[first : first + LINES_AT_ONCE]), keep_case)
        removed.update(found)
        names += [name for line in re.sub(" {2,}", " ", body).split(END)
                  if (name := line.strip(" "))]
        yield
    order = sorted(removed, key=lambda c: (c in JOINERS, c))
    return names, Counter({c: removed[c] for c in order})


def tidy(text: str, keep_case: bool = False) -> str:
    """`text` spelt as a list's names are: composed, small letters, nothing invisible."""
    return _tidied(_BREAKS.sub(" ", text[: 4 * MAX_LETTERS]).replace(END, " "), keep_case)[0]


def _tidied(text: str, keep_case: bool) -> tuple[str, Counter[str]]:
    """`text` composed, its invisible characters removed and counted, its spaces plain."""
    text = unicodedata.normalize("NFC", text if keep_case else text.lower())
    kinds = {c: unicodedata.category(c) for c in set(text)}
    spaces = {c for c, kind in kinds.items() if kind == "Zs" or c == "\t"}
    unseen = {c for c, kind in kinds.items() if c not in spaces and c not in JOINERS + END and (
        kind in ("Cc", "Cf", "Cs", "Co") or (kind == "Cn" and _no_character(c)))}
    removed = Counter({c: text.count(c) for c in sorted(unseen)})
    text = text.translate({ord(c): " " for c in spaces} | {ord(c): None for c in unseen})
    if any(c in kinds for c in JOINERS):
        tied = _LOOSE_JOINERS.sub("", _RUNS_OF_JOINERS.sub(r"\1", text))
        removed.update({JOINERS[1]: len(text) - len(tied)})
        text = tied
    if len(unseen) or len(removed):  # what stood apart may compose now
        text = unicodedata.normalize("NFC", text)
    return text, +removed


def _no_character(c: str) -> bool:
    """Whether Unicode promises that it will never be one."""
    return ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF


def _described(c: str) -> str:
    """An invisible character in words."""
    return f"U+{ord(c):04X} {unicodedata.name(c, 'control').lower()}"


def _common(names: list[str]) -> Parts[tuple[list[str], list[str]]]:
    """The names of the commonest symbols alone, as many as a network may know; and the others."""
    counts: Counter[str] = Counter()
    for first in range(0, len(names), LINES_AT_ONCE):
        counts.update("".join(names[first : first + LINES_AT_ONCE]))
        yield
    if len(counts) < MAX_SYMBOLS:  # the end mark is one too
        return names, []
    kept = {s for s, _ in sorted(counts.items(), key=lambda it: (-it[1], it[0]))[: MAX_SYMBOLS - 1]}
    parted: tuple[list[str], list[str]] = [], []
    for place, name in enumerate(names):
        parted[not kept.issuperset(name)].append(name)
        if place % LINES_AT_ONCE == 0:
            yield
    return parted


def _lonely(names: Iterable[str]) -> Parts[tuple[dict[str, str], int]]:
    """Symbols that occur in one name only, with that name; and how many symbols there are."""
    first: dict[str, str] = {}
    often: set[str] = set()
    for place, name in enumerate(names):
        for symbol in set(name):
            if symbol in first:
                often.add(symbol)
            else:
                first[symbol] = name
        if place % LINES_AT_ONCE == 0:
            yield
    return {s: first[s] for s in sorted(first) if s not in often}, len(first)


def _examples(words: Iterable[str]) -> tuple[str, ...]:
    """The first few, cut short."""
    few = [word for word, _ in zip(words, range(EXAMPLES), strict=False)]
    return tuple(word if len(word) <= 30 else f"{word[:29]}…" for word in few)


def _check(
    distinct: int, rows: int, letters: int, report: Sequence[Finding], title: str
) -> None:
    found = {finding.what: finding.count for finding in report}
    left_out = ", ".join(f"{found[what]:,} {word}" for what, word in (
        ("empty", "empty"), ("long", "too long"), ("rare", "with rare symbols"),
        ("repeated", "repeated")) if found[what])
    after = f" ({found['read']:,} rows: {left_out})" if left_out else ""
    cure = "Add more, one name a line."
    if distinct + found["rare"] >= MIN_NAMES:  # what was left out for its symbols would have done
        cure = (f"A network here knows at most {MAX_SYMBOLS} symbols, the commonest of a list: "
                "bring names that share theirs.")
    rules = [
        (distinct < MIN_NAMES, f"at least {MIN_NAMES} distinct names", f"{distinct}{after}", cure),
        (rows > MAX_NAMES, f"at most {MAX_NAMES:,} names", f"{rows:,}", "Take a part of it."),
        (letters < MIN_SYMBOLS, f"at least {MIN_SYMBOLS} different letters", f"{letters}",
         "Add other names."),
    ]
    for broken, rule, value, cure in rules:
        if broken:
            raise ValueError(f"A list needs {rule}; {title} has {value}. {cure}")


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as .csv, UTF-8 with a mark, for that is how a spreadsheet knows it.

    A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV
    injection); numbers stay numbers.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in (columns, *rows):
        writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    # Full-width forms count as well: a spreadsheet reads ＝ as =.
    first = unicodedata.normalize("NFKC", cell.lstrip(" ")[:1])
    return f"'{cell}" if first[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%") else cell
