"""A sentence as a template and its fields, which a page puts into the language of its visitor.

Workers, cached objects and errors outlive a page and serve several: they hold a `Sentence`.
`str(sentence)` is English, the language of the source and of the command line. A template is in the
code, and the catalogues (gettext) have it in other languages; or it is prose, which is in a table
for each language, `dino/locale/en/zoo.toml`, read when one of its texts is first shown.
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
from typing import Any, TypeAlias

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CATALOGUES = Path(__file__).parent
DOMAIN = "dino"
SOURCE = "en"  # the language of the source
FINEST = 6  # decimals; what is computed in single precision (float32) has no more
NUMBERS = (int, float, Decimal, Real)  # the types of numbers, the quickest to check first
MINUS = "\u2212"  # of a negative number, as figures and formulas have it
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"  # between thousands in Spanish (Real Academia Española)
FOUR_DIGITS = re.compile(r"(?<![\d,])(\d),(\d{3})(?![\d,])")  # which it does not part


@dataclass(frozen=True)
class Sentence:
    """A template with named fields, `"Its loss is {loss:.2f}."`; a field may be a sentence, too.

    many, count: for a template that depends on a number, its plural form and that number; table:
    for prose, which table has it, where `template` is its key there
    """

    template: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    many: str = ""
    count: int = 1
    table: str = ""

    def __str__(self) -> str:
        """In English."""
        return ENGLISH.put(self)

    def __hash__(self) -> int:
        """The same for equal sentences, whose fields may be in another order."""
        parts = (self.template, self.many, self.count, self.table)
        return hash((parts, frozenset(self.fields.items())))


Text: TypeAlias = "Sentence | str"  # what a page shows; a str is the same in every language


def sentence(template: str, /, **fields: Any) -> Sentence:
    """A sentence that is put into words where it is shown."""
    return Sentence(template, fields)


def plural_sentence(one: str, many: str, count: int, /, **fields: Any) -> Sentence:
    """The same with a form for one and one for many; `count` is a field of both."""
    return Sentence(one, {"count": count, **fields}, many, count)


def prose(table: str, key: str, /, **fields: Any) -> Sentence:
    """A text of a table, `prose("zoo", "one_unit.title")`, with its fields."""
    return Sentence(key, fields, table=table)


def prose_part(table: str, part: str) -> dict[str, Sentence]:
    """All texts of a part of a table, by their keys in it, in its order. Their fields stay as they
    are, for a browser to fill in.
    """
    found = {}
    for key, template in read_table(table, SOURCE).items():
        if key.startswith(f"{part}."):
            fields = {name: f"{{{name}}}" for _, name, _, _ in Formatter().parse(template) if name}
            found[key.removeprefix(f"{part}.")] = prose(table, key, **fields)
    return found


@cache
def read_table(name: str, code: str) -> dict[str, str]:
    """The texts of a table in a language, by part and key: "one_unit.title"; none without a file.

    code: of the language, as in `lang=`
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
    """A number alone, with the decimal mark of the page's language; spec: as in an f-string."""
    return Sentence(f"{{value:{spec}}}", {"value": value})


def digits_beside(error: float, digits: int) -> int:
    """How many decimals a number and its error get: as many as asked for, and more where an error
    that is not 0 would look like 0.
    """
    while digits < FINEST and error and not round(error, digits):
        digits += 1
    return digits


def error_sentence(value: float, error: float, digits: int, sign: str = "") -> Sentence:
    """A number ± its error, both with the same decimals: `digits_beside`; sign: '+' shows it."""
    spec = f".{digits_beside(error, digits)}f"
    template = f"{{value:{sign}{spec}}} ± {{error:{spec}}}"
    return Sentence(template, {"value": value, "error": error})


def comma_list(items: Sequence[Any]) -> Sentence:
    """Words with commas between them; at least one."""
    return join_sentences(items, ", ")


def join_sentences(items: Sequence[Any], between: str) -> Sentence:
    """Words with a sign between them that all languages write alike; at least one."""
    names = [f"item{i}" for i in range(len(items))]
    template = between.join(f"{{{name}}}" for name in names)
    return Sentence(template, dict(zip(names, items, strict=True)))


def number_list(numbers: Sequence[float], spec: str = ",") -> Sentence:
    """Numbers with commas between them; semicolons where some are not whole and a comma is the
    decimal mark. One at least. spec: as in an f-string.
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
    """The text itself. It marks a text without fields for the catalogues, to be shown later."""
    return text


class Refusal(ValueError):
    """Something from outside is refused. `sentence` says the rule, the value and the cure."""

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


def refusal_sentence(error: ValueError) -> Text:
    """What an error says, to be put into words where it is shown."""
    return error.sentence if isinstance(error, Refusal) else str(error)


class Language:
    """A language: its catalogue, and how it writes numbers.

    code: as in `lang=` and in the browser's list; title: its name in itself; comma: whether it has
    a decimal comma
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
        return template.format_map(_Fields(self, text.fields))

    def _from_table(self, table: str, key: str) -> str:
        own = read_table(table, self.code)
        return own[key] if key in own else read_table(table, SOURCE)[key]

    def format_field(self, value: Any, format_spec: str) -> str:
        """A field in this language: a sentence in words, a number with its decimal mark."""
        if isinstance(value, Sentence):
            return self.put(value)
        words = format(value, format_spec)
        is_number = isinstance(value, NUMBERS) and not isinstance(value, bool)
        return self.number(words).replace("-", MINUS, words[:1] == "-") if is_number else words

    @property
    def separators(self) -> str:
        """Its decimal mark, and the mark between thousands; as Plotly takes them."""
        return f",{THIN_SPACE}" if self._comma else ".,"

    def number(self, english: str) -> str:
        """A number as English writes it, 1,234.5, with the marks of this language."""
        if not self._comma:
            return english
        words = FOUR_DIGITS.sub(r"\1\2", english)
        return words.replace(",", THIN_SPACE).replace(".", ",")


class _Fields:
    """The fields of a sentence, as `str.format_map` takes them, which needs half the time of
    `string.Formatter`: a page has hundreds of sentences, a picture of probabilities 400.
    """

    def __init__(self, language: Language, fields: Mapping[str, Any]) -> None:
        self._language, self._fields = language, fields

    def __getitem__(self, name: str) -> _Field:
        return _Field(self._language, self._fields[name])


class _Field:
    """A field that writes itself in a language."""

    def __init__(self, language: Language, value: Any) -> None:
        self._language, self._value = language, value

    def __format__(self, format_spec: str) -> str:
        return self._language.format_field(self._value, format_spec)


ENGLISH = Language(SOURCE, "English")


@cache
def languages() -> dict[str, Language]:
    """All languages, by code: English, and those that have a catalogue."""
    found = {"es": Language("es", "Español", comma=True)}
    here = {code for code in found if gettext.find(DOMAIN, CATALOGUES, [code])}
    return {"en": ENGLISH, **{code: found[code] for code in sorted(here)}}


def find_language(codes: Sequence[str | None]) -> Language:
    """The language of the first of these codes that has one, 'es-CO' like 'es'; else English."""
    found = languages()
    bases = ((code or "").replace("_", "-").partition("-")[0].lower() for code in codes)
    return next((found[base] for base in bases if base in found), ENGLISH)
