"""Files from outside: bytes to text, text to a table, and a table to .csv.

    decode(raw) -> DecodedText      column_text(parse_table(text), 0) -> one name a line

Reading a file never runs code from it. A file that is not text, or not a table, is refused with
one sentence (`Refusal`).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from dino.config import quoted
from dino.locale.sentences import Refusal, Sentence, Text, sentence

MAX_BYTES = 1_000_000
MAX_COLUMNS = 100
DELIMITERS = ",;\t|"
PARTING = {"commas": ",，、،", "semicolons": ";；؛"}  # what separates the names in a line
NUMBER_ENDS = ".):\t"  # what may follow a line's number, before the name
THIS_FILE = sentence("this file")
THIS_TABLE = sentence("this table")
QUOTES = {('"', '"'), ("'", "'"), ("“", "”"), ("«", "»")}
NAME_HEADINGS = ("name", "names", "nombre", "nombres", "nom", "noms", "title", "word", "words")
MARKS = (  # byte order marks; UTF-32 comes first, because its mark begins with that of UTF-16
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
    (b"\xff\xfe\0\0", "utf-32", "UTF-32"),
    (b"\0\0\xfe\xff", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


class DecodedText(NamedTuple):
    """A file as text. encoding: its name in the field; sure: False if it is a guess."""

    text: str
    encoding: str
    sure: bool


class LineNames(NamedTuple):
    """Names from one line, and what separated them: 'commas' or 'semicolons'."""

    names: tuple[str, ...]
    marks: str


def decode(raw: bytes, name: Text = THIS_FILE) -> DecodedText:
    """Bytes as text: UTF-8, UTF-16 or UTF-32, with or without a mark; else Latin-1, as a guess.

    name: a str is a file's name from outside, and is quoted. Raises Refusal for more than
    `MAX_BYTES`, and for bytes that are not text.
    """
    if len(raw) > MAX_BYTES:
        raise Refusal(
            sentence(
                "A list may have at most {most:,} bytes, but {file} has more. Use a part of it.",
                most=MAX_BYTES,
                file=_named(name),
            )
        )
    for mark, codec, encoding in MARKS:
        if raw.startswith(mark):
            return DecodedText(_decode_marked(raw, codec, encoding, name), encoding, True)
    # UTF-8 text has no zero bytes; in UTF-16, every Latin letter has one.
    if b"\0" in raw:
        return DecodedText(_decode_utf_16(raw, name), "UTF-16", True)
    try:
        return DecodedText(raw.decode("utf-8"), "UTF-8", True)
    except UnicodeDecodeError:
        # Browsers read Latin-1 as Windows-1252, in which five bytes have no letter.
        text = raw.decode("cp1252", errors="replace").replace("\ufffd", "")
        return DecodedText(text, "Latin-1 (Windows-1252)", False)


def _named(name: Text) -> Text:
    """A file's name, quoted; or the words that we use for it."""
    return name if isinstance(name, Sentence) else quoted(name)


def _decode_marked(raw: bytes, codec: str, encoding: str, name: Text) -> str:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError as error:
        raise Refusal(
            sentence(
                "A list must be a text file, but {file} starts as {encoding} and is invalid at "
                "byte {byte:,}. Save it as UTF-8.",
                file=_named(name),
                encoding=encoding,
                byte=error.start,
            )
        ) from None


def _decode_utf_16(raw: bytes, name: Text) -> str:
    """Bytes without a mark as UTF-16, recognised by zeros: of the first (or of the second) bytes of
    the pairs, at least 30 % are zero; of the others, almost none.
    """
    first, second = raw[0::2].count(0), raw[1::2].count(0)
    codec = "utf-16-le" if second > first else "utf-16-be"
    pairs = len(raw) // 2
    if max(first, second) >= 0.3 * pairs and min(first, second) <= 0.02 * len(raw):
        try:
            text = raw.decode(codec)
            if "\0" not in text:
                return text
        except UnicodeDecodeError:
            pass
    raise Refusal(
        sentence(
            "A list must be a text file, but {file} is not (byte {byte:,} is zero). Save the "
            "names as plain text in UTF-8.",
            file=_named(name),
            byte=raw.index(0),
        )
    )


def check_pasted(text: str) -> str:
    """Return a pasted text as it is. Raises Refusal for more than `MAX_BYTES`."""
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise Refusal(
            sentence(
                "A list may have at most {most:,} bytes, but the pasted text has {size:,}. Use a "
                "part of it.",
                most=MAX_BYTES,
                size=size,
            )
        )
    return text


def parse_table(text: str, name: Text = THIS_TABLE) -> list[list[str]]:
    """The cells of a .csv, row by row, separated by commas, semicolons, tabs or bars.

    Raises Refusal for text that is not a table.
    """
    try:
        rows = _rows(text, _delimiter(text))
    except csv.Error as error:
        raise Refusal(
            sentence(
                "A table cell may have at most {most:,} characters, and line breaks only within "
                "quotation marks, but {file} breaks this rule ({reason}). Save it as .csv with "
                "one name per row, or as plain text.",
                most=csv.field_size_limit(),
                file=_named(name),
                reason=str(error),
            )
        ) from None
    columns = max(map(len, rows), default=0)
    if columns > MAX_COLUMNS:
        raise Refusal(
            sentence(
                "A table may have at most {most} columns, but {file} has {columns:,}. Put one "
                "name in each row.",
                most=MAX_COLUMNS,
                file=_named(name),
                columns=columns,
            )
        )
    return rows


def _rows(text: str, delimiter: str, strict: bool = False) -> list[list[str]]:
    """Raises csv.Error; if `strict`, also for a letter after a closing quotation mark."""
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict))


def _delimiter(text: str) -> str:
    """What separates the cells: the one of `DELIMITERS` on which most of the first rows agree.

    It is a comma for one column. (`csv.Sniffer` takes hours for 500 quotation marks.)
    """
    sample = _first_lines(text)
    return max(DELIMITERS, key=lambda it: (_agreement(sample, it, True), _agreement(sample, it)))


def _agreement(sample: str, delimiter: str, strict: bool = False) -> float:
    """The share of rows that have the most frequent number of cells; 0 if that number is one."""
    try:
        widths = Counter(len(row) for row in _rows(sample, delimiter, strict) if row)
    except csv.Error:
        return 0.0
    width, rows = max(widths.items(), key=lambda it: (it[1], it[0]), default=(1, 0))
    return rows / widths.total() if width > 1 else 0.0


def _first_lines(text: str) -> str:
    """The lines at a text's beginning that are complete."""
    beginning = text[:4000]
    return beginning if len(text) <= 4000 else beginning.rpartition("\n")[0] or beginning


def looks_like_table(text: str) -> bool:
    """Whether all of the first lines have the same number of commas, semicolons, tabs or bars."""
    beginning = text[:8000].splitlines()
    if len(text) > 8000:
        beginning.pop()  # this line may be cut
    lines = [line for line in beginning[:50] if line.strip()]
    if len(lines) < 2:
        return False
    for delimiter in DELIMITERS:
        counts = {line.count(delimiter) for line in lines}
        if len(counts) == 1 and counts != {0}:
            return True
    return False


def parted_names(text: str) -> LineNames | None:
    """The names of a line in which commas or semicolons of any script separate them.

    None for text without such a line, or with fewer than three names a line on average.
    """
    lines = sum(1 for line in text.splitlines() if line.strip())
    marks = max(PARTING, key=lambda marks: _count(text, PARTING[marks]))
    found = _count(text, PARTING[marks])
    if not found or (lines > 1 and found < 2 * lines) or looks_like_table(text):
        return None
    parts = re.split(f"[{PARTING[marks]}\r\n]", text)
    names = tuple(name for part in parts if (name := _unquoted(part)))
    return LineNames(names, marks) if len(names) > 1 else None


def without_numbers(text: str) -> str | None:
    """The names of numbered lines, one a line: 1. 2. 3., each number with a point, bracket, colon
    or tab after it. None if the numbers do not count up, or for fewer than three lines.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for mark in NUMBER_ENDS if len(lines) > 2 else "":
        names = [*_names_behind_numbers(lines, mark)]
        if len(names) == len(lines):
            return "\n".join(names)
    return None


def _names_behind_numbers(lines: Sequence[str], mark: str) -> Iterator[str]:
    """The names of numbered lines, up to the first line whose number does not follow."""
    next_number = None
    for line in lines:
        number, _, name = line.partition(mark)
        if not (_is_index(number) and name.strip() and int(number) == (next_number or int(number))):
            return
        next_number = int(number) + 1
        yield name.strip()


def _is_index(text: str) -> bool:
    """Whether it is the number of a line: digits, not above the largest length of a list."""
    return text.isascii() and text.isdigit() and len(text) <= len(str(MAX_BYTES))


def _count(text: str, marks: str) -> int:
    return sum(map(text.count, marks))


def _unquoted(text: str) -> str:
    """Without surrounding spaces, and without quotation marks around the rest."""
    text = text.strip()
    return text[1:-1].strip() if (text[:1], text[-1:]) in QUOTES and len(text) > 1 else text


def has_heading(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row of a table looks like a heading.

    It does if a cell says 'name', or if a cell that is not a number is above one that is.
    """
    if len(rows) < 2:
        return False
    above_a_number = any(
        _is_number(below) and not _is_number(cell)
        for cell, below in zip(rows[0], rows[1], strict=False)
    )
    return above_a_number or any(map(_says_name, rows[0]))


def likely_column(rows: Sequence[Sequence[str]], heading: bool = False) -> int:
    """The column with the names: one headed 'name', else the first that is mostly words."""
    if heading:
        for index, cell in enumerate(rows[0]):
            if _says_name(cell):
                return index
    sample = _without_heading(rows, heading)[:100]
    for index in range(max(map(len, rows), default=0)):
        cells = [row[index] for row in sample if index < len(row)]
        words = [cell for cell in cells if cell.strip() and not _is_number(cell)]
        if 2 * len(words) > len(cells):
            return index
    return 0


def column_text(rows: Sequence[Sequence[str]], index: int, heading: bool = False) -> str:
    """One column of a table as a list, one name a line."""
    cells = [row[index] if index < len(row) else "" for row in _without_heading(rows, heading)]
    return "\n".join(re.sub(r"[\r\n]+", " ", cell) for cell in cells)


def _without_heading(rows: Sequence[Sequence[str]], heading: bool) -> Sequence[Sequence[str]]:
    return rows[1:] if heading else rows


def _says_name(cell: str) -> bool:
    return cell.strip().lower() in NAME_HEADINGS


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"\s*[-+]?\d+([.,]\d+)?\s*", cell))


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as .csv, UTF-8 with a byte order mark, so that a spreadsheet recognises it.

    A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV
    injection); numbers stay numbers.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for row in (columns, *rows):
        writer.writerow([_disarm(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def _disarm(cell: str) -> str:
    """The text, with an apostrophe in front if it begins like a formula."""
    # NFKC, because a spreadsheet reads the full-width ＝ as =.
    start = unicodedata.normalize("NFKC", cell.lstrip(" ")[:1])[:1]
    return f"'{cell}" if start in FORMULA_STARTS else cell
