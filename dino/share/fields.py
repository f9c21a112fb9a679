"""The fields of a JSON object from outside, each with its type and limits; none is unknown."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from dino.config import quoted
from dino.locale.sentences import Refusal, Text, comma_list, sentence
from dino.setting import decimal_of
from dino.share.tensors import refusal

NO_NUMBERS = {"nan": math.nan, "inf": math.inf}  # how the header writes them; JSON has neither


class Fields:
    """An object of the header, whose fields are taken one by one. where: what leads to it."""

    def __init__(self, found: Any, where: str = "") -> None:
        """Raises Refusal for anything but an object."""
        if not isinstance(found, dict):
            raise refusal_of(where or "header", found, sentence("an object with fields"))
        self._left, self.where = dict(found), where

    def name(self, key: str) -> str:
        """A field's name in a sentence: 'list.names'."""
        return f"{self.where}.{key}" if self.where else key

    def has(self, key: str) -> bool:
        """Whether there is a field of this name."""
        return key in self._left

    def take(self, key: str) -> Any:
        """A field of any type, as it is. Raises Refusal where it is missing."""
        if key not in self._left:
            raise refusal(
                sentence("A saved run has a field {name}; this file has not.", name=self.name(key))
            )
        return self._left.pop(key)

    def end(self) -> None:
        """Raises Refusal for a field that nothing took."""
        for key in self._left:
            raise refusal(
                sentence(
                    "A saved run has no field {name}; this file has.", name=quoted(self.name(key))
                )
            )

    def integer(self, key: str, high: int, low: int = 0) -> int:
        """A whole number within limits."""
        return integer(self.take(key), self.name(key), high, low)

    def number(self, key: str, low: float = 0.0, high: float = 1e12) -> float:
        """A number within limits."""
        return number(self.take(key), self.name(key), low, high)

    def loss(self, key: str) -> float:
        """A loss, which may be no finite number where a run diverged."""
        value = self._left.get(key)
        if isinstance(value, str) and value in NO_NUMBERS:
            self.take(key)
            return NO_NUMBERS[value]
        return self.number(key)

    def flag(self, key: str) -> bool:
        """True or false."""
        found = self.take(key)
        if not isinstance(found, bool):
            raise refusal_of(self.name(key), found, sentence("true or false"))
        return found

    def line(self, key: str, most: int) -> str:
        """A printable text of at most this many letters."""
        return line(self.take(key), self.name(key), most)

    def choice(self, key: str, choices: Iterable[str]) -> str:
        """One of some words."""
        return choice(self.take(key), self.name(key), choices)

    def items(self, key: str, most: int) -> list[Any]:
        """A list of at most this many items."""
        found = self.take(key)
        if not isinstance(found, list) or len(found) > most:
            rule = sentence("a list of at most {most:,} items", most=most)
            raise refusal_of(self.name(key), found, rule)
        return found

    def is_none(self, key: str) -> bool:
        """Whether a field is null; it is taken then."""
        if self._left.get(key, 0) is None:
            self.take(key)
            return True
        return False

    def fields(self, key: str) -> Fields:
        """The fields of an object in this one."""
        return Fields(self.take(key), self.name(key))


def number_in_header(number: float | None) -> float | str | None:
    """A number as the header writes it."""
    if number is None or math.isfinite(number):
        return None if number is None else float(number)
    return "nan" if math.isnan(number) else "inf"


def integer(found: Any, name: str, high: int, low: int = 0) -> int:
    """A whole number within limits."""
    if type(found) is not int or not low <= found <= high:
        limits = {"low": decimal_of(low), "high": decimal_of(high)}
        rule = sentence("a whole number from {low:,f} to {high:,f}", **limits)
        raise refusal_of(name, found, rule)
    return found


def number(found: Any, name: str, low: float = 0.0, high: float = 1e12) -> float:
    """A finite number within limits."""
    if type(found) not in (int, float) or not low <= found <= high:
        limits = {"low": decimal_of(low), "high": decimal_of(high)}
        raise refusal_of(name, found, sentence("a number from {low:,f} to {high:,f}", **limits))
    return float(found)


def line(found: Any, name: str, most: int) -> str:
    """A text of one line, of at most this many letters, all of them printable."""
    if not isinstance(found, str) or len(found) > most or not found.isprintable():
        rule = sentence("one line of at most {most:,} letters", most=most)
        raise refusal_of(name, found, rule)
    return found


def choice(found: Any, name: str, choices: Iterable[str]) -> str:
    """One of some words."""
    known = list(choices)
    if not isinstance(found, str) or found not in known:
        raise refusal_of(name, found, sentence("one of {choices}", choices=comma_list(known)))
    return found


def refusal_of(name: str, found: Any, rule: Text) -> Refusal:
    """A field that is not as its rule says."""
    return refusal(
        sentence("{name} is {rule}; {value} is not.", name=name, rule=rule, value=quoted(found))
    )
