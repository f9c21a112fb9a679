"""How the time to read a text grows with its length: a search for its worst texts, and a bound.

A reader holds Python's lock, so a text from outside that takes more than linear time stops all.
Texts are a beginning, a unit that is repeated, and an end, each of a few tokens. The slowest short
ones are made four times as long again and again: linear time grows fourfold with them.
"""

from __future__ import annotations

import gc
import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

TIMES = 4
GROWTH = 6.0  # that `TIMES` as many letters may take, as a multiple
FLOOR = 0.04  # seconds of the processor that are no delay, however they grow
SURE = 1.0  # seconds that are measured once
LATER = 10  # times as long when they are compared again
PAIRS = 5  # times that what seems to grow too fast is measured again
KEPT = 6  # texts that are made longer, of all that were tried


class Shape(NamedTuple):
    """A text of any length."""

    begin: str
    unit: str
    end: str

    def text(self, letters: int) -> str:
        """It with about this many letters."""
        left = max(0, letters - len(self.begin) - len(self.end))
        return self.begin + self.unit * (left // len(self.unit)) + self.end


class Reader(NamedTuple):
    """What reads a text from outside.

    most: letters of the longest that it may get; tokens: of what its texts are made; frame: what
    stands before and after each text, where it would not be looked at otherwise
    """

    read: Callable[[str], object]
    most: int
    tokens: Sequence[str]
    frame: tuple[str, str] = ("", "")


class Grown(NamedTuple):
    """A text whose reading grows too fast: how long it is, and the processor's seconds."""

    shape: Shape
    letters: int
    seconds: float
    before: float  # for a fourth of it


def seconds(read: Callable[[str], object], text: str) -> float:
    """Of this thread's processor time, to read a text or refuse it; without Python's collector,
    which looks through all of the process now and then.
    """
    was_on = gc.isenabled()
    gc.disable()
    began = time.thread_time()
    try:
        read(text)
    except Exception:  # a refusal, of whatever kind, is an answer
        pass
    finally:
        took = time.thread_time() - began
        if was_on:
            gc.enable()
    return took


def grows(reader: Reader, tries: int, seed: int = 0, first: int = 120) -> Grown | None:
    """The first text found whose reading grows faster than linear; None where none does."""
    begin, end = reader.frame

    def read(text: str) -> object:
        return reader.read(begin + text + end)

    tried = _tried(read, reader.tokens, tries, min(first, reader.most), random.Random(seed))
    return _first_grown(read, tried, first, reader.most) or _first_grown(
        read, _again(read, tried, LATER * first), LATER * first, reader.most
    )


def _first_grown(
    read: Callable[[str], object], tried: dict[Shape, float], first: int, most: int
) -> Grown | None:
    """Of the slowest texts of this many letters; their units all differ."""
    ranked = sorted(tried, key=tried.__getitem__)
    distinct = {shape.unit: shape for shape in ranked}  # the slowest of each
    for shape in sorted(distinct.values(), key=tried.__getitem__)[-KEPT:]:
        found = _made_longer(read, shape, first, most)
        if found is not None:
            return found
    return None


def _again(
    read: Callable[[str], object], tried: dict[Shape, float], letters: int
) -> dict[Shape, float]:
    """The same texts when they are longer: what grows is seen only then, where each letter costs
    something.
    """
    return {shape: seconds(read, shape.text(letters)) for shape in tried}


def _made_longer(
    read: Callable[[str], object], shape: Shape, first: int, most: int
) -> Grown | None:
    letters, before = first, seconds(read, shape.text(first))
    while letters * TIMES <= most:
        letters *= TIMES
        now = seconds(read, shape.text(letters))
        if _is_too_much(now, before):
            pairs = [(before, now)]
            if now < SURE:  # the machine may have been busy with something else
                pairs = [_pair(read, shape, letters) for _ in range(PAIRS)]
            if all(_is_too_much(second, first) for first, second in pairs):
                return Grown(shape, letters, now, before)
        before = now
    return None


def _pair(read: Callable[[str], object], shape: Shape, letters: int) -> tuple[float, float]:
    """A fourth of the text and the whole, one at once after the other: a processor that is shared
    is for a while twice as fast as before, which the ones measured together then share.
    """
    fourth = seconds(read, shape.text(letters // TIMES))
    return fourth, seconds(read, shape.text(letters))


def _is_too_much(now: float, before: float) -> bool:
    return now > max(FLOOR, GROWTH * before)


def _tried(
    read: Callable[[str], object],
    tokens: Sequence[str],
    tries: int,
    letters: int,
    rng: random.Random,
) -> dict[Shape, float]:
    """Texts of this many letters, and how long each took."""
    found: dict[Shape, float] = {}

    def note(shape: Shape) -> None:
        if shape not in found:
            found[shape] = min(seconds(read, shape.text(letters)) for _ in range(2))

    for shape in itertools.islice(_simple(tokens, rng), tries // 2):
        note(shape)
    for _ in range(tries // 2):
        best = sorted(found, key=found.__getitem__)[-2 * KEPT :]
        note(_changed(rng.choice(best), tokens, rng))
    return found


def _simple(tokens: Sequence[str], rng: random.Random) -> Iterator[Shape]:
    """Each token repeated, each pair, and then what chance gives."""
    odd = rng.choice(tokens)
    pairs = ["".join(pair) for pair in itertools.product(tokens, repeat=2)]
    rng.shuffle(pairs)
    for unit in tokens:
        yield Shape("", unit, "")
        yield Shape("", unit, odd)
    for number in itertools.count():
        unit = pairs[number] if number % 2 and number < len(pairs) else _some(tokens, rng, 1, 4)
        yield Shape(_some(tokens, rng, 0, 5), unit, _some(tokens, rng, 0, 2))


def _changed(shape: Shape, tokens: Sequence[str], rng: random.Random) -> Shape:
    part = rng.randrange(3)
    least, most = ((0, 5), (1, 4), (0, 2))[part]
    return shape._replace(**{Shape._fields[part]: _some(tokens, rng, least, most)})


def _some(tokens: Sequence[str], rng: random.Random, least: int, most: int) -> str:
    return "".join(rng.choices(tokens, k=rng.randint(least, most)))
