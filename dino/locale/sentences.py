"""A sentence as a template and its fields; a page translates it into its visitor's language.

Workers, cached objects and errors outlive a page and serve several visitors, so they hold a
`Sentence`, not a text. `str(sentence)` is English, the language of the source and of the command
line. A template is in the code, and its translations are in the catalogues (gettext). Longer texts,
"prose", are in a table per language, such as `dino/locale/en/zoo.toml`, which is read when one of
its texts is first shown.
"""

from __future__ import annotations

import gettext
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from numbers import Real
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any, TypeAlias

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CATALOGUES = Path(__file__).parent
DOMAIN = "dino"
SOURCE = "en"  # the language of the source
FINEST = 6  # decimals; float32 has no more
NUMBERS = (int, float, Decimal, Real)  # the types of numbers, the fastest to check first
MINUS = "\u2212"  # as in figures and formulas
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"  # between thousands in Spanish (Real Academia Española)
FOUR_DIGITS = re.compile(r"(?<![\d,])(\d),(\d{3})(?![\d,])")  # no space in Spanish


@dataclass(frozen=True)
class Sentence:
    """A template with named fields, `"Its loss is {loss:.2f}."`; a field may also be a sentence.

    many, count: if the template depends on a number, its plural form and this number. table: for
    prose, the table that holds it; `template` is then its key there.
    """

    template: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    many: str = ""
    count: int = 1
    table: str = ""

    def __str__(self) -> str:
        """The sentence in English."""
        return ENGLISH.put(self)

    def __hash__(self) -> int:
        """Equal for equal sentences, even if their fields are in another order."""
        parts = (self.template, self.many, self.count, self.table)
        return hash((parts, frozenset(self.fields.items())))


Text: TypeAlias = "Sentence | str"  # what a page shows; a str has no fields


def sentence(template: str, /, **fields: Any) -> Sentence:
    """A sentence that is translated where it is shown."""
    return Sentence(template, fields)


def plural_sentence(one: str, many: str, count: int, /, **fields: Any) -> Sentence:
    """Like `sentence`, with one form for one and one for many; `count` is a field of both."""
    return Sentence(one, {"count": count, **fields}, many, count)


def prose(table: str, key: str, /, **fields: Any) -> Sentence:
    """A text of a table with its fields: `prose("zoo", "one_unit.title")`."""
    return Sentence(key, fields, table=table)


@cache
def prose_part(table: str, part: str) -> Mapping[str, Sentence]:
    """All texts of a part of a table, by their keys in it, in its order.

    Their fields are not filled in, because a browser does that.
    """
    found = {}
    for key, template in read_table(table, SOURCE).items():
        if key.startswith(f"{part}."):
            fields = {name: f"{{{name}}}" for _, name, _, _ in Formatter().parse(template) if name}
            found[key.removeprefix(f"{part}.")] = prose(table, key, **fields)
    return MappingProxyType(found)


@cache
def read_table(name: str, code: str) -> dict[str, str]:
    """The texts of a table in a language, by part and key: "one_unit.title"; empty without a file.

    code: of the language, as in `lang=`.
    """
    path = CATALOGUES / code / f"{name}.toml"
    if not path.exists():
        return {}
    return dict(_flat(tomllib.loads(path.read_text(encoding="utf-8"))))


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield before + key, value
        else:
            yield from _flat(value, f"{before}{key}.")


def number_sentence(value: float | Decimal, spec: str = ",") -> Sentence:
    """A single number, with the decimal mark of the page's language. spec: as in an f-string."""
    return Sentence(f"{{value:{spec}}}", {"value": value})


def digits_beside(error: float, digits: int) -> int:
    """How many decimals a number and its error get: at least `digits`.

    More if an error other than 0 would be rounded to 0.
    """
    while digits < FINEST and error and not round(error, digits):
        digits += 1
    return digits


def error_sentence(value: float, error: float, digits: int, sign: str = "") -> Sentence:
    """A number ± its error with the same decimals, from `digits_beside`. sign: '+' also shows a
    plus.
    """
    spec = f".{digits_beside(error, digits)}f"
    template = f"{{value:{sign}{spec}}} ± {{error:{spec}}}"
    return Sentence(template, {"value": value, "error": error})


def comma_list(items: Sequence[Any]) -> Sentence:
    """Join texts, at least one, by commas."""
    return join_sentences(items, ", ")


def join_sentences(items: Sequence[Any], between: str) -> Sentence:
    """Join texts, at least one, by a sign that all languages use alike."""
    names = [f"item{i}" for i in range(len(items))]
    template = between.join(f"{{{name}}}" for name in names)
    return Sentence(template, dict(zip(names, items, strict=True)))


def number_list(numbers: Sequence[float], spec: str = ",") -> Sentence:
    """Join numbers, at least one, by commas.

    If some are not whole numbers and the language has a decimal comma, by semicolons. spec: as in
    an f-string.
    """
    shown = [number_sentence(number, spec) for number in numbers]
    if all(isinstance(number, int) for number in numbers):
        return comma_list(shown)
    *first, last = shown
    found = last
    for number in reversed(first):
        found = sentence("{number}, {numbers}", number=number, numbers=found)
    return found


def mark(text: str) -> str:
    """Return the text. The call marks a text without fields for the catalogues."""
    return text


class Refusal(ValueError):
    """Something from outside is refused. `sentence` says the rule, the value and the cure."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


def refusal_sentence(error: ValueError) -> Text:
    """What an error says, ready to be translated where it is shown."""
    return error.sentence if isinstance(error, Refusal) else str(error)


class Language:
    """A language: its catalogue, and how it writes numbers.

    code: as in `lang=` and in the browser's list; title: its own name; comma: whether its decimal
    mark is a comma.
    """

    def __init__(self, code: str, title: str, comma: bool = False) -> None:
        self.code, self.title, self._comma = code, title, comma
        self._catalogue = gettext.translation(DOMAIN, CATALOGUES, [code], fallback=True)

    def put(self, text: Text) -> str:
        """A sentence in this language. A str is looked up as a text without fields."""
        if isinstance(text, str):
            return self._catalogue.gettext(text) if text else ""
        if text.many:
            template = self._catalogue.ngettext(text.template, text.many, text.count)
        elif text.table:
            template = self._from_table(text.table, text.template)
        else:
            template = self._catalogue.gettext(text.template)
        if not text.fields and "{" not in template and "}" not in template:
            return template  # most of a page's sentences
        return template.format_map(_Fields(self, text.fields))

    def _from_table(self, table: str, key: str) -> str:
        own = read_table(table, self.code)
        return own[key] if key in own else read_table(table, SOURCE)[key]

    def format_field(self, value: Any, format_spec: str) -> str:
        """A field in this language: a sentence is translated, a number gets its decimal mark."""
        if isinstance(value, Sentence):
            return self.put(value)
        words = format(value, format_spec)
        is_number = isinstance(value, NUMBERS) and not isinstance(value, bool)
        return self.number(words).replace("-", MINUS, words[:1] == "-") if is_number else words

    @property
    def separators(self) -> str:
        """The decimal mark and the mark between thousands, in the form that Plotly takes."""
        return f",{THIN_SPACE}" if self._comma else ".,"

    def number(self, english: str) -> str:
        """Rewrite a number from its English form, 1,234.5, with the marks of this language."""
        if not self._comma:
            return english
        words = FOUR_DIGITS.sub(r"\1\2", english)
        return words.replace(",", THIN_SPACE).replace(".", ",")


class _Fields:
    """The fields of a sentence for `str.format_map`, which takes half the time of
    `string.Formatter`.

    A page has hundreds of sentences, and a picture of probabilities has 400.
    """

    def __init__(self, language: Language, fields: Mapping[str, Any]) -> None:
        self._language, self._fields = language, fields

    def __getitem__(self, name: str) -> _Field:
        return _Field(self._language, self._fields[name])


class _Field:
    """A field that formats itself in a language."""

    def __init__(self, language: Language, value: Any) -> None:
        self._language, self._value = language, value

    def __format__(self, format_spec: str) -> str:
        return self._language.format_field(self._value, format_spec)


ENGLISH = Language(SOURCE, "English")


@cache
def languages() -> dict[str, Language]:
    """All languages by code: English, and those with a catalogue."""
    found = {"es": Language("es", "Español", comma=True)}
    here = {code for code in found if gettext.find(DOMAIN, CATALOGUES, [code])}
    return {"en": ENGLISH, **{code: found[code] for code in sorted(here)}}


def find_language(codes: Sequence[str | None]) -> Language:
    """The language of the first known code; else English. 'es-CO' counts as 'es'."""
    found = languages()
    bases = ((code or "").replace("_", "-").partition("-")[0].lower() for code in codes)
    return next((found[base] for base in bases if base in found), ENGLISH)
