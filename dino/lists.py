"""Lists of names: the bundled ones, and text to clean names with a report of what was done.

    clean(text) -> CleanNames      normalize("  TyRan") -> " tyran"

Nothing is changed silently. What is left out is counted and shown. A list that cannot be used is
refused with one sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dino import places
from dino.files import MAX_BYTES
from dino.locale.sentences import Refusal, Sentence, Text, comma_list, sentence
from dino.parts import Parts, last_result, report_progress

DATA = places.root() / "data"
END = "\n"  # ends every name; no name contains it
MAX_NAMES, MAX_LETTERS, MAX_SYMBOLS = 50_000, 60, 200
MIN_NAMES, MIN_SYMBOLS = 20, 2
LIMITS = sentence(
    "A list may have at most {megabytes} MB, {most:,} names, {longest} letters per name and "
    "{symbols} symbols, including the end mark. It needs at least {least} distinct names and "
    "{letters} different letters.",
    megabytes=MAX_BYTES // 1_000_000,
    most=MAX_NAMES,
    longest=MAX_LETTERS,
    symbols=MAX_SYMBOLS,
    least=MIN_NAMES,
    letters=MIN_SYMBOLS,
)
THIS_LIST = sentence("this list")
EXAMPLES, LONGEST_EXAMPLE = 3, 30  # of each finding; letters of an example
# Composing (NFC) joins at most four code points, so a longer line is too long in any case.
MAX_CODE_POINTS = 4 * MAX_LETTERS
LINES_PER_PART, LETTERS_PER_PART = 500, 50_000  # in one part, before others have a turn

JOINERS = "\u200c\u200d"  # invisible, but some scripts and emoji are spelt with them
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_RUNS_OF_JOINERS = re.compile("([\u200c\u200d])[\u200c\u200d]+")
_LOOSE_JOINERS = re.compile(  # those that are not between two symbols beyond ASCII
    r"(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
)


class BundledList(NamedTuple):
    """A list that comes with the app. `about` says what it is, `source` where it comes from.

    credit: whether its licence demands that the source be named wherever the list is shown.
    """

    file: str
    title: Sentence
    about: Sentence
    source: Sentence
    credit: bool = False


BUNDLED = {
    "dinos": BundledList(
        "dinos.txt",
        sentence("Dinosaurs"),
        sentence("Dinosaur genera, the list of the teaching notebook."),
        sentence("Source: a well-known teaching list, with its mistakes."),
    ),
    "us-first-names": BundledList(
        "us-first-names.txt",
        sentence("US first names"),
        sentence("First names of people in the United States."),
        sentence("Source: 1990 US Census, public domain."),
    ),
    "colombian-towns": BundledList(
        "colombian-towns.txt",
        sentence("Colombian towns"),
        sentence("Towns of Colombia, with spaces, accents and ñ."),
        sentence("Source: GeoNames (geonames.org), CC BY 4.0."),
        credit=True,
    ),
}


@dataclass(frozen=True)
class CleaningNote:
    """One finding of the cleaning: how often it occurred, and a few examples."""

    what: str
    count: int
    examples: tuple[str, ...] = ()


# What each finding means, in the order of the report.
FINDINGS = {
    "read": sentence("rows read"),
    "empty": sentence("empty rows, left out"),
    "long": sentence("names longer than {most} letters, left out", most=MAX_LETTERS),
    "controls": sentence("control and other invisible characters, removed"),
    "rare": sentence(
        "names with symbols beyond the {most} most frequent ones, left out", most=MAX_SYMBOLS - 1
    ),
    "repeated": sentence("rows that repeat a name; each name counts once"),
    "lonely": sentence("symbols that occur in only one name, kept"),
    "used": sentence("distinct names that will be used"),
    "symbols": sentence("symbols the network will know (its vocabulary), including the end mark"),
}


@dataclass(frozen=True, eq=False)
class CleanNames:
    """Names that can be used. rows: in their order, repeats included; characters: of the text read.

    report: what was found, in the order of `FINDINGS`.
    """

    rows: tuple[str, ...]
    characters: int
    report: tuple[CleaningNote, ...]


def clean(text: str, keep_case: bool = False, title: Text = THIS_LIST) -> CleanNames:
    """The names in `text`, one a line, in lower case unless case is kept.

    They are composed (NFC), without control characters and needless spaces. title: what a refusal
    calls the list. Raises Refusal for a list that cannot be trained on.
    """
    cleaned = last_result(clean_in_parts(text, keep_case, title))[1]
    assert cleaned is not None
    return cleaned


def clean_in_parts(
    text: str, keep_case: bool = False, title: Text = THIS_LIST
) -> Iterator[tuple[float, CleanNames | None]]:
    """`clean` in parts: yields the share done so far, with None until the last part.

    Text is processed a few lines at a time, because no rule spans lines.
    """
    text = yield from report_progress(_unify_breaks(text), (0.05, None))
    lines = text.split(END)
    if lines[-1] == "":
        lines.pop()  # a line break at the end begins no new line
    # Composing a long run of accents takes quadratic time, so lines that are too long are left out.
    long = [line for line in lines if len(line) > MAX_CODE_POINTS]
    short = [line for line in lines if len(line) <= MAX_CODE_POINTS]
    names, removed = yield from report_progress(_normalize_lines(short, keep_case), (0.2, None))
    empty = len(lines) - len(long) - len(names)
    long += [name for name in names if len(name) > MAX_LETTERS]
    names = [name for name in names if len(name) <= MAX_LETTERS]
    rows, rare = yield from report_progress(_part_rare(names), (0.5, None))
    counts = Counter(rows)
    yield 0.7, None
    lonely, symbols = yield from report_progress(_find_lonely(counts), (0.8, None))
    repeated = [name for name, count in counts.items() if count > 1]
    with_name = [f"{'␣' if s == ' ' else s} ({name})" for s, name in lonely.items()]
    report = (
        CleaningNote("read", len(lines)),
        CleaningNote("empty", empty),
        CleaningNote("long", len(long), _examples(long)),
        CleaningNote("controls", removed.total(), _examples(map(_describe, removed))),
        CleaningNote("rare", len(rare), _examples(rare)),
        CleaningNote("repeated", len(rows) - len(counts), _examples(repeated)),
        CleaningNote("lonely", len(lonely), _examples(with_name)),
        CleaningNote("used", len(counts), _examples(counts)),
        CleaningNote("symbols", symbols + 1),
    )
    _check({finding.what: finding.count for finding in report}, len(rows), title)
    yield 1.0, CleanNames(tuple(rows), len(text), report)


def _unify_breaks(text: str) -> Parts[str]:
    """`text` with `END` for every kind of line break."""
    pieces, first = [], 0
    while first < len(text):
        end = first + LETTERS_PER_PART
        if text[end - 1 : end + 1] == "\r\n":
            end += 1
        pieces.append(_BREAKS.sub(END, text[first:end]))
        first = end
        yield
    return "".join(pieces)


def _normalize_lines(lines: list[str], keep_case: bool) -> Parts[tuple[list[str], Counter[str]]]:
    """The names in lines, without empty ones, and the invisible characters that were removed."""
    names: list[str] = []
    removed: Counter[str] = Counter()
    for first in range(0, len(lines), LINES_PER_PART):
        text = END.join(lines[first : first + LINES_PER_PART])
        text, found = _normalize(text, keep_case)
        removed.update(found)
        for line in re.sub(" {2,}", " ", text).split(END):
            name = line.strip(" ")
            if name:
                names.append(name)
        yield
    order = sorted(removed, key=lambda c: (c in JOINERS, c))
    return names, Counter({c: removed[c] for c in order})


def normalize(text: str, keep_case: bool = False) -> str:
    """`text` spelt as a list's names are: composed, in lower case, nothing invisible."""
    one_line = _BREAKS.sub(" ", text[:MAX_CODE_POINTS]).replace(END, " ")
    return _normalize(one_line, keep_case)[0]


def _normalize(text: str, keep_case: bool) -> tuple[str, Counter[str]]:
    """`text` composed, with plain spaces; its invisible characters are removed and counted."""
    text = unicodedata.normalize("NFC", text if keep_case else text.lower())
    characters = set(text)
    spaces = {c for c in characters if unicodedata.category(c) == "Zs" or c == "\t"}
    unseen = {c for c in characters - spaces if _is_unseen(c)}
    removed = Counter({c: text.count(c) for c in sorted(unseen)})
    text = text.translate({ord(c): " " for c in spaces} | {ord(c): None for c in unseen})
    if any(c in characters for c in JOINERS):
        joined = _LOOSE_JOINERS.sub("", _RUNS_OF_JOINERS.sub(r"\1", text))
        removed.update({JOINERS[1]: len(text) - len(joined)})
        text = joined
    if removed:  # characters that a removed one separated may compose now
        text = unicodedata.normalize("NFC", text)
    return text, +removed  # drops those that were removed 0 times


def _is_unseen(c: str) -> bool:
    """Whether a character is removed: control, format, surrogate, private or unassigned."""
    if c == END or c in JOINERS:
        return False
    kind = unicodedata.category(c)
    return kind in ("Cc", "Cf", "Cs", "Co") or (kind == "Cn" and _is_noncharacter(c))


def _is_noncharacter(c: str) -> bool:
    """Whether Unicode guarantees that this will never be a character."""
    return ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF


def _describe(c: str) -> str:
    """An invisible character in words."""
    return f"U+{ord(c):04X} {unicodedata.name(c, 'control').lower()}"


def _part_rare(names: list[str]) -> Parts[tuple[list[str], list[str]]]:
    """Split names into those that have only the most frequent symbols, as many as a network may
    have, and the others.
    """
    counts: Counter[str] = Counter()
    for first in range(0, len(names), LINES_PER_PART):
        counts.update("".join(names[first : first + LINES_PER_PART]))
        yield
    if len(counts) < MAX_SYMBOLS:  # the end mark is a symbol too
        return names, []
    by_frequency = sorted(counts, key=lambda symbol: (-counts[symbol], symbol))
    known = set(by_frequency[: MAX_SYMBOLS - 1])
    common: list[str] = []
    rare: list[str] = []
    for place, name in enumerate(names):
        if known.issuperset(name):
            common.append(name)
        else:
            rare.append(name)
        if place % LINES_PER_PART == 0:
            yield
    return common, rare


def _find_lonely(names: Iterable[str]) -> Parts[tuple[dict[str, str], int]]:
    """Symbols that occur in one name only, each with that name; and how many symbols there are."""
    first: dict[str, str] = {}
    often: set[str] = set()
    for place, name in enumerate(names):
        for symbol in set(name):
            if symbol in first:
                often.add(symbol)
            else:
                first[symbol] = name
        if place % LINES_PER_PART == 0:
            yield
    return {s: first[s] for s in sorted(first) if s not in often}, len(first)


def _examples(words: Iterable[str]) -> tuple[str, ...]:
    """The first few words, shortened."""
    few = [word for word, _ in zip(words, range(EXAMPLES), strict=False)]
    return tuple(
        word if len(word) <= LONGEST_EXAMPLE else f"{word[: LONGEST_EXAMPLE - 1]}…" for word in few
    )


def _check(counts: Mapping[str, int], rows: int, title: Text) -> None:
    """Raise Refusal for too few or too many names (rows: with repeats), or too few letters."""
    letters = counts["symbols"] - 1
    if counts["used"] < MIN_NAMES:
        raise Refusal(_too_few(counts, title))
    if rows > MAX_NAMES:
        raise Refusal(
            sentence(
                "A list may have at most {most:,} names, but {list} has {names:,}. Use fewer.",
                most=MAX_NAMES,
                list=title,
                names=rows,
            )
        )
    if letters < MIN_SYMBOLS:
        raise Refusal(
            sentence(
                "A list needs at least {least} different letters, but {list} has {letters}. Add "
                "other names.",
                least=MIN_SYMBOLS,
                list=title,
                letters=letters,
            )
        )


def _too_few(counts: Mapping[str, int], title: Text) -> Sentence:
    """Why a list has too few names: how many rows were left out, and the cure."""
    cure = sentence("Add more, one name per line.")
    if counts["used"] + counts["rare"] >= MIN_NAMES:  # with those left out there would be enough
        cure = sentence(
            "A network knows at most {most} symbols, the most frequent ones of its list. Use "
            "names that share more letters.",
            most=MAX_SYMBOLS,
        )
    fields = {"least": MIN_NAMES, "list": title, "names": counts["used"], "cure": cure}
    if counts["used"] == counts["read"]:
        return sentence(
            "A list needs at least {least} distinct names, but {list} has {names}. {cure}", **fields
        )
    return sentence(
        "A list needs at least {least} distinct names, but {list} has {names} (rows: {rows:,}; of "
        "these, {left_out}). {cure}",
        rows=counts["read"],
        left_out=_left_out(counts),
        **fields,
    )


def _left_out(counts: Mapping[str, int]) -> Sentence:
    """Why rows do not count, and how many for each reason."""
    reasons = {
        "empty": sentence("empty: {count:,}", count=counts["empty"]),
        "long": sentence("too long: {count:,}", count=counts["long"]),
        "rare": sentence("with rare symbols: {count:,}", count=counts["rare"]),
        "repeated": sentence("repeated: {count:,}", count=counts["repeated"]),
    }
    return comma_list([words for reason, words in reasons.items() if counts[reason]])
