"""One setting of a recipe: its label, its limits, what it refuses, its form in a URL.

`Settings` is the common part of a recipe and a way of writing: settings that check themselves.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dino.locale.numbers import MOST_LETTERS, read_number
from dino.locale.sentences import (
    Language,
    Refusal,
    Sentence,
    Text,
    mark,
    number_sentence,
    refusal_sentence,
    sentence,
)

if TYPE_CHECKING:
    from typing import Self  # Python 3.11

NONE = mark("none")  # an empty text, in a sentence
ON, OFF = mark("on"), mark("off")  # how a page shows true and false


@dataclass(frozen=True)
class Setting:
    """The label, explanation and limits of one field of `Config`. `off` names the value 0.

    read: of a text with a form of its own, which `form` says in words: it returns the usual form,
    or raises Refusal, which begins with the setting's name.
    """

    kind: type
    label: str
    help: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    off: str = ""
    form: str = ""
    read: Callable[[object, Text], str] | None = None

    def parse(self, name: Text, value: Any) -> Any:
        """`value` (a text, say from a URL, or a number) as this setting's type, within its limits.

        name: what the source of the value calls the setting: its label on a page, its name in an
        address. Raises Refusal that names the rule, the value and what to do.
        """
        if self.read is not None:
            return self.read(value, name)
        if self.choices:
            if str(value).lower() in self.choices:
                return str(value).lower()
            raise self._refusal_of_choice(name, value)
        if self.kind is bool:
            if str(value).lower() in ("true", "false", "1", "0"):
                return str(value).lower() in ("true", "1")
            raise Refusal(
                sentence(
                    "{name} must be true or false, not {value}.", name=name, value=quoted(value)
                )
            )
        if self.kind is str:
            if isinstance(value, str) and len(value) <= self.high and "\n" not in value:
                return value
            raise self._refusal_of_line(name, value)
        if self.off and isinstance(value, str) and value.strip().lower() == self.off:
            return self.kind(0)
        return self._within(name, self._number(value), value)

    def parse_typed(self, name: Text, typed: str, language: Language) -> Any:
        """A number as a visitor types it: with the marks of the page's language, or its word for 0.

        Raises Refusal as `parse` does, and also if it could mean two numbers.
        """
        text = typed.strip()
        if self.off and text.lower() in (self.off, language.put(self.off).lower()):
            return self.kind(0)
        is_whole = self.kind is int
        return self._within(name, self._number(read_number(text, language, is_whole)), text)

    def _within(self, name: Text, number: Any, value: Any) -> Any:
        """A number within the limits; None if there is none.

        Raises Refusal that quotes `value`, from which it was read.
        """
        if number is None or not self.low <= number <= self.high:
            raise Refusal(
                sentence(
                    "{name} must be {rule}, not {value}.",
                    name=name,
                    rule=self.rule(),
                    value=quoted(value),
                )
            )
        return number

    @property
    def option(self) -> dict[str, Any]:
        """How a command line takes its value, as argparse has it; --flag without a
        value means true.
        """
        alone = {"nargs": "?", "const": "true"} if self.kind is bool else {}
        return {"metavar": "X", **alone}

    def _refusal_of_choice(self, name: Text, value: Any) -> Refusal:
        choices, shown = ", ".join(self.choices), quoted(value)
        return Refusal(
            sentence(
                "{name} must be one of {choices}, not {value}.",
                name=name,
                choices=choices,
                value=shown,
            )
        )

    def _refusal_of_line(self, name: Text, value: Any) -> Refusal:
        return Refusal(
            sentence(
                "{name} must be one line of at most {most:,} letters, not {value}.",
                name=name,
                most=int(self.high),
                value=quoted(value),
            )
        )

    def _number(self, value: Any) -> Any:
        """`value` as a finite number of this setting's kind, or None."""
        if isinstance(value, str) and (
            len(value) > MOST_LETTERS or not value.isascii() or "_" in value
        ):
            return None  # Python would also accept 1_0 and other scripts' digits
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
        if isinstance(value, bool) or not math.isfinite(number):
            return None
        if self.kind is int:
            return int(number) if number == int(number) else None
        return number

    def rule(self) -> Sentence:
        """The limits in words: 'a whole number from 1 to 512'."""
        if self.kind is bool:
            return sentence("true or false")
        if self.form:
            return Sentence(self.form)
        limits = {"low": decimal_of(self.low), "high": decimal_of(self.high)}
        if self.kind is int and self.off:
            zero = Sentence(self.off)
            return sentence(
                "a whole number from {low:,f} to {high:,f} (0: {zero})", **limits, zero=zero
            )
        if self.kind is int:
            return sentence("a whole number from {low:,f} to {high:,f}", **limits)
        if self.off:
            zero = Sentence(self.off)
            return sentence("a number from {low:,f} to {high:,f} (0: {zero})", **limits, zero=zero)
        return sentence("a number from {low:,f} to {high:,f}", **limits)

    def text(self, value: Any) -> str:
        """`value` as a URL and a label show it."""
        if self.off and value == 0:
            return self.off
        if self.kind is bool:
            return str(value).lower()
        if self.kind is str:
            return str(value)
        if self.kind is int:
            return str(value)
        digits = format(Decimal(repr(value)), "f")  # all of them, and no exponent
        return digits.rstrip("0").rstrip(".") if "." in digits else digits

    def value_sentence(self, value: Any) -> Sentence:
        """`value` as a field of a sentence: 0.0005, off, “tyr”."""
        if self.off and value == 0:
            return Sentence(self.off)
        if self.kind is bool:
            return Sentence(ON if value else OFF)
        if self.kind in (int, float):
            return number_sentence(decimal_of(value), ",f")
        return Sentence("{value}", {"value": self.text(value) or Sentence(NONE)})


def decimal_of(number: float) -> Decimal:
    """A number as a sentence's field: formatted by `,f`, it has no exponent."""
    return Decimal(repr(number)).normalize()


def number_text(number: float) -> str:
    """A number without exponent, with thousands separators: 0.00001, 999,999."""
    whole, _, fraction = format(number, ",.10f").partition(".")
    return f"{whole}.{fraction.rstrip('0')}".rstrip(".")


def quoted(value: Any) -> str:
    """A value from outside as an error message quotes it: printable and short."""
    text = "".join(c if c.isprintable() else "·" for c in str(value)[:41])
    return f"“{text[:30]}…”" if len(text) > 40 else f"“{text}”"


def setting(default: Any, label: str, help: str, **limits: Any) -> Any:
    """A field of `Settings`: its default, and the arguments of its `Setting`."""
    declared = Setting(type(default), label, help, **limits)
    return dataclasses.field(default=default, metadata={"setting": declared})


@dataclass(frozen=True)
class Settings:
    """The base of `Config` and `Writing`: settings that check themselves and live in a URL."""

    @classmethod
    @cache
    def settings(cls) -> Mapping[str, Setting]:
        """The label, explanation and limits of each field, in order."""
        return MappingProxyType({f.name: f.metadata["setting"] for f in dataclasses.fields(cls)})

    @classmethod
    @cache
    def default(cls) -> Self:
        """All settings at their defaults."""
        return cls()

    def __post_init__(self) -> None:
        for name, setting in self.settings().items():
            object.__setattr__(self, name, setting.parse(name, getattr(self, name)))

    def replace(self, **changes: Any) -> Self:
        """A copy with some settings changed."""
        return dataclasses.replace(self, **changes)

    def as_dict(self) -> dict[str, Any]:
        """The settings as plain values, in their order."""
        return {name: getattr(self, name) for name in self.settings()}

    def changes(self, other: Self) -> list[str]:
        """The names of the settings in which `other` differs, in their order."""
        return [name for name in self.settings() if getattr(self, name) != getattr(other, name)]

    def to_url(self) -> dict[str, str]:
        """The settings that differ from the defaults, as URL parameters."""
        settings, default = self.settings(), self.default()
        return {name: settings[name].text(getattr(self, name)) for name in self.changes(default)}

    @classmethod
    def from_url(cls, params: Mapping[str, str]) -> tuple[Self, list[Text]]:
        """The settings in URL parameters, and a sentence for each value that was refused.

        Other parameters are ignored, because other code reads them.
        """
        default, values, refusals = cls(), {}, []
        for name, setting in cls.settings().items():
            if name in params:
                try:
                    values[name] = setting.parse(_in_address(name, setting), params[name])
                except ValueError as error:
                    refusals.append(replaced_value(error, setting, getattr(default, name)))
        return cls(**values), refusals


def _in_address(name: str, setting: Setting) -> Text:
    """What a sentence calls a setting in an address."""
    return sentence("{setting} ({name} in the address)", setting=Sentence(setting.label), name=name)


def replaced_value(error: ValueError, setting: Setting, kept: Any) -> Text:
    """Why a value was refused, and which value a page uses instead."""
    if kept == "":
        return sentence("{refusal} The page uses none.", refusal=refusal_sentence(error))
    return sentence(
        "{refusal} The page uses {value}.",
        refusal=refusal_sentence(error),
        value=setting.value_sentence(kept),
    )
