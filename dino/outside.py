"""Input from outside: JSON and TOML within bounds, and the fields in it, taken one by one.

    note = Fields(read_json(text, RUN), RUN)
    steps = note.take("steps", whole(1_000_000))

A stranger may have made it, with any size, depth and types. A refusal is one sentence that names
the rule, the value and the cure.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from dino.config import SETTINGS, Config, quoted
from dino.locale.sentences import Refusal, Sentence, Text, comma_list, join_sentences, sentence
from dino.setting import decimal_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")
S_co = TypeVar("S_co", covariant=True)

MOST_DEPTH = 8  # of JSON; what the app writes needs 6
MOST_DOTS = 100  # in a line of TOML: its reader takes quadratic time for a key of many parts
MOST_DIGITS = 1_000  # of a whole number; Python needs long to read one with a million digits
_SIGNS = re.compile(r'\\.|["\[\]{}]', re.DOTALL)  # an escape may hide a quotation mark


class Document(NamedTuple):
    """A kind of text from outside.

    title: how a sentence about it begins; most: how many characters it may have; cure: what helps
    shorten, add, drop: what helps if it is too long, lacks a field or has an unknown one
    has_nan: whether NaN may occur; a rule must still refuse it in a field
    labels: other names of fields in sentences, for example of 'exam.loss'
    """

    title: Text
    most: int
    cure: Text = ""
    shorten: Text = ""
    add: Text = ""
    drop: Text = ""
    has_nan: bool = False
    labels: Mapping[str, Text] = {}

    def refusal(self, reason: Text, cure: Text = "") -> Refusal:
        """The refusal to read it. reason: a sentence with the rule and the value."""
        return Refusal(join_sentences([it for it in (reason, cure or self.cure) if it], " "))

    def refusal_of(self, name: Text, value: Any, rule: Text) -> Refusal:
        """The refusal of a field that does not follow its rule."""
        shown = quoted(value)
        return self.refusal(
            sentence("{name} must be {rule}, not {value}.", name=name, rule=rule, value=shown)
        )

    def check_length(self, text: str | bytes) -> None:
        """Raise Refusal for a text that is too long."""
        if len(text) > self.most:
            raise self.refusal(
                sentence(
                    "{title} may have at most {most:,} characters, but this one has {size:,}.",
                    title=self.title,
                    most=self.most,
                    size=len(text),
                ),
                self.shorten,
            )


# ---- texts


def read_json(text: Any, document: Document) -> Any:
    """JSON as plain values. Raises Refusal if it is nested deep, a key is repeated, or a number
    is not finite.
    """
    try:
        if not isinstance(text, str | bytes):
            raise ValueError(type(text))
        document.check_length(text)
        text = text if isinstance(text, str) else text.decode("utf-8")
        if _json_depth(text) > MOST_DEPTH:
            raise ValueError(MOST_DEPTH)
        return json.loads(
            text,
            object_pairs_hook=_distinct,
            parse_int=_whole,
            parse_float=float if document.has_nan else _finite,
            parse_constant=float if document.has_nan else _finite,
        )
    except Refusal:
        raise
    except (ValueError, RecursionError):
        raise document.refusal(
            sentence(
                "{title} must be JSON without repeated keys, at most {most} levels deep, with "
                "finite numbers, but this one is not.",
                title=document.title,
                most=MOST_DEPTH,
            )
        ) from None


def read_toml(text: str, document: Document) -> dict[str, Any]:
    """The table in a TOML file. Raises Refusal."""
    document.check_length(text)
    dots, line = max((it.count("."), -number) for number, it in enumerate(text.split("\n"), 1))
    if dots > MOST_DOTS:
        raise Refusal(
            sentence(
                "A line may have at most {most} dots, but line {line} has {dots}. Split the line.",
                **{"most": MOST_DOTS, "line": -line, "dots": dots},
            )
        )
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise Refusal(
            sentence("Its lists and tables are nested too deeply. Use fewer levels of nesting.")
        ) from None
    except ValueError as error:
        raise Refusal(str(error)) from None  # the error names the line and the column


def _json_depth(text: str) -> int:
    """How deep lists and objects are nested, found before anything reads them."""
    depth = deepest = 0
    in_string = False
    for match in _SIGNS.finditer(text):
        sign = match[0]
        if sign == '"':
            in_string = not in_string
        elif not in_string and len(sign) == 1:
            depth += 1 if sign in "[{" else -1
            deepest = max(deepest, depth)
    return deepest


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError(pairs)
    return table


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(digits)
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(digits)
    return number


def whole_letters(text: str) -> str:
    """The text with ? for each half of a letter (a lone surrogate), which no file can hold."""
    return text.encode("utf-8", "replace").decode()


# ---- rules


@dataclass(frozen=True)
class Rule(Generic[S_co]):
    """A rule for a field: in words, as a test of any value, and as the value that a reader gets."""

    words: Text
    fits: Callable[[Any], bool]
    value: Callable[[Any], S_co]


def whole(high: int, low: int = 0) -> Rule[int]:
    """A whole number within limits."""
    limits = {"low": decimal_of(low), "high": decimal_of(high)}
    words = sentence("a whole number from {low:,f} to {high:,f}", **limits)
    return Rule(words, lambda it: type(it) is int and low <= it <= high, int)


def real(low: float = 0.0, high: float = 1e12) -> Rule[float]:
    """A finite number within limits."""
    limits = {"low": decimal_of(low), "high": decimal_of(high)}
    words = sentence("a number from {low:,f} to {high:,f}", **limits)
    return Rule(words, lambda it: type(it) in (int, float) and low <= it <= high, float)


def line(most: int) -> Rule[str]:
    """A text of one line with at most this many letters, all printable."""
    words = sentence("one line of at most {most:,} letters", most=most)
    return Rule(words, lambda it: isinstance(it, str) and len(it) <= most and it.isprintable(), str)


def one_of(choices: Iterable[str]) -> Rule[str]:
    """One of these words."""
    known = list(choices)
    words = sentence("one of {choices}", choices=comma_list(known))
    return Rule(words, lambda it: isinstance(it, str) and it in known, str)


def or_none(rule: Rule[T]) -> Rule[T | None]:
    """A value of this rule, or null."""
    return Rule(
        rule.words,
        lambda it: it is None or rule.fits(it),
        lambda it: None if it is None else rule.value(it),
    )


def row_of(*rules: Rule[Any]) -> Rule[Any]:
    """A list with one item for each rule, as a tuple."""
    return Rule(
        sentence("a row of ({rules})", rules=join_sentences([it.words for it in rules], "; ")),
        lambda it: (
            isinstance(it, list)
            and len(it) == len(rules)
            and all(rule.fits(each) for rule, each in zip(rules, it, strict=True))
        ),
        lambda it: tuple(rule.value(each) for rule, each in zip(rules, it, strict=True)),
    )


def list_of(rule: Rule[T], most: int) -> Rule[list[T]]:
    """A list of at most this many values of a rule."""
    return Rule(
        sentence("a list of at most {most:,} elements, each {rule}", most=most, rule=rule.words),
        lambda it: isinstance(it, list) and len(it) <= most and all(map(rule.fits, it)),
        lambda it: [rule.value(each) for each in it],
    )


ANY = Rule[Any](sentence("any value"), lambda _: True, lambda it: it)  # checked elsewhere
TEXT = Rule(sentence("a text"), lambda it: isinstance(it, str), whole_letters)
FLAG = Rule(sentence("true or false"), lambda it: isinstance(it, bool), bool)
TABLE = Rule[dict[str, Any]](sentence("a table"), lambda it: isinstance(it, dict), dict)


# ---- fields


class Fields:
    """The fields of an object, taken one by one.

    place: the path to it, 'list', or words for a sentence: 'step 3'
    known: the fields that it may have; by default, those that were asked for before `end`
    """

    def __init__(
        self, table: Any, document: Document, place: Text = "", known: Sequence[str] = ()
    ) -> None:
        """Raises Refusal for anything but an object, and for an unknown field."""
        if not TABLE.fits(table):
            raise document.refusal_of(place or document.title, table, TABLE.words)
        self._table, self.document, self.place = table, document, place
        self._known = dict.fromkeys(known)
        if known:
            self.end()

    def __contains__(self, key: str) -> bool:
        self._known[key] = None
        return key in self._table

    def name(self, key: str) -> Text:
        """A field's name in a sentence: 'list.names', 'In step 3 text'."""
        if isinstance(self.place, Sentence):
            return sentence("In {place}, {key}", place=self.place, key=key)
        path = f"{self.place}.{key}" if self.place else key
        return self.document.labels.get(path, path)

    def take(self, key: str, rule: Rule[T]) -> T:
        """A field. Raises Refusal if it is missing or does not follow its rule."""
        if key not in self:
            missing = sentence("{name} is missing.", name=self.name(key))
            raise self.document.refusal(missing, self.document.add)
        value = self._table[key]
        if not rule.fits(value):
            raise self.refusal_of(key, value, rule.words)
        return rule.value(value)

    def maybe(self, key: str, rule: Rule[T], default: T) -> T:
        """A field, or `default` if it is missing."""
        return self.take(key, rule) if key in self else default

    def fields(self, key: str, place: Text = "") -> Fields:
        """The fields of an object inside this one."""
        return Fields(self.take(key, TABLE), self.document, place or self.name(key))

    def tables(
        self, key: str, most: int, place: Text = "", known: Sequence[str] = ()
    ) -> list[Fields]:
        """The fields of each object in a list of at most this many. place: of each object."""
        return [
            Fields(it, self.document, place or self.name(key), known)
            for it in self.take(key, list_of(TABLE, most))
        ]

    def optional(self, key: str, read: Callable[[Fields], T], older: bool = False) -> T | None:
        """What `read` makes of an object inside this one; None for null.

        older: whether a file of an older version may lack it
        """
        rule = or_none(TABLE)
        table = self.maybe(key, rule, None) if older else self.take(key, rule)
        return None if table is None else read(Fields(table, self.document, self.name(key)))

    def refusal_of(self, key: str, value: Any, rule: Text) -> Refusal:
        """The refusal of a field that does not follow its rule."""
        return self.document.refusal_of(self.name(key), value, rule)

    def end(self) -> None:
        """Raise Refusal if there is a field that nothing asked for."""
        for key in self._table:
            if key not in self._known:
                raise self.document.refusal(
                    sentence(
                        "In {place}, {key} is not an allowed name (allowed: {known}).",
                        place=self.place or sentence("the file"),
                        key=quoted(key),
                        known=", ".join(self._known),
                    ),
                    self.document.drop,
                )


def read_recipe(fields: Fields) -> Config:
    """A recipe. A setting that an older version did not have gets its default."""
    values = {}
    for name, setting in SETTINGS.items():
        if name not in fields:
            continue
        value = fields.take(name, ANY)
        if type(value) not in ((int, float) if setting.kind is float else (setting.kind,)):
            raise fields.refusal_of(name, value, setting.rule())
        values[name] = setting.parse(fields.name(name), value)
    fields.end()
    return Config(**values)
