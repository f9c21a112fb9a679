"""The recipe of a run (`Config`): its settings, their limits and choices, its form in a URL.

A setting is declared once, in `Config`. The controls, the URL, the command line and saved files
all read that declaration.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import Self  # Python 3.11


class Optimizer(NamedTuple):
    """An optimizer's name on the page, its learning rate, and its update in one line.

    learning_rate: the usual one at a batch of `USUAL_BATCH` names. plain: whether a step is as long
    as the gradient makes it; the other rules divide by the gradient's own size.
    """

    label: str
    learning_rate: float
    formula: str
    plain: bool = False


CELLS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
GATES = {"rnn": 1, "gru": 3, "lstm": 4}  # how many vectors a cell computes from its inputs

USUAL_BATCH = 32  # names; what the optimizers' learning rates are for
# g is the gradient, w the weights, η the learning rate. `dino/optim.py` runs these formulas.
OPTIMIZERS = {
    "sgd": Optimizer("SGD", 1.0, "w ← w − η·g", plain=True),
    "momentum": Optimizer("SGD + momentum", 0.2, "v ← 0.9·v + g;  w ← w − η·v", plain=True),
    "rmsprop": Optimizer("RMSprop", 0.005, "s ← 0.99·s + 0.01·g²;  w ← w − η·g/(√s + ε)"),
    "adagrad": Optimizer("Adagrad", 0.1, "s ← s + g²;  w ← w − η·g/(√s + ε)"),
    "adam": Optimizer(
        "Adam", 0.01, "m ← 0.9·m + 0.1·g;  s ← 0.99·s + 0.01·g²;  w ← w − η·m̂/(√ŝ + ε)"
    ),
    "adamw": Optimizer("AdamW", 0.01, "w ← w − 0.01·η·w, then Adam's step"),
}


ENGINES = {"auto": "the fastest available", "torch": "PyTorch", "compiled": "compiled"}
PACES = {"watch": "Watch", "full": "Full speed"}


@dataclass(frozen=True)
class Setting:
    """The label, explanation and limits of one field of `Config`. `off` names the value 0."""

    kind: type
    label: str
    help: str
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    off: str = ""

    def parse(self, name: str, value: Any) -> Any:
        """`value` (a text, say from a URL, or a number) as this setting's type, within its limits.

        Raises ValueError that names the rule, the value and what to do.
        """
        if self.choices:
            if str(value).lower() in self.choices:
                return str(value).lower()
            raise ValueError(f"{name} is one of {', '.join(self.choices)}; {quoted(value)} is not.")
        if self.kind is bool:
            if str(value).lower() in ("true", "false", "1", "0"):
                return str(value).lower() in ("true", "1")
            raise ValueError(f"{name} is true or false; {quoted(value)} is not.")
        if self.kind is str:
            if isinstance(value, str) and len(value) <= self.high and "\n" not in value:
                return value
            raise ValueError(
                f"{name} is one line of at most {self.high:g} letters; {quoted(value)} is not."
            )
        if self.off and isinstance(value, str) and value.strip().lower() == self.off:
            return self.kind(0)
        number = self._number(value)
        if number is None or not self.low <= number <= self.high:
            raise ValueError(f"{name} is {self.rule()}; {quoted(value)} is not.")
        return number

    def _number(self, value: Any) -> Any:
        """`value` as a finite number of this setting's kind, or None."""
        if isinstance(value, str) and (not value.isascii() or "_" in value):
            return None  # Python would accept 1_0 and other scripts' digits
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
        if isinstance(value, bool) or not math.isfinite(number):
            return None
        if self.kind is int:
            return int(number) if number == int(number) else None
        return number

    def rule(self) -> str:
        """The limits in words: 'a whole number from 1 to 512'."""
        noun = "a whole number" if self.kind is int else "a number"
        zero = f" (0: {self.off})" if self.off else ""
        return f"{noun} from {number_text(self.low)} to {number_text(self.high)}{zero}"

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
        digits = f"{Decimal(repr(value)):f}"  # all of them, and no exponent
        return digits.rstrip("0").rstrip(".") if "." in digits else digits


def number_text(number: float) -> str:
    """A number without exponent, with thousands separators: 0.00001, 999,999."""
    whole, _, fraction = f"{number:,.10f}".partition(".")
    return f"{whole}.{fraction.rstrip('0')}".rstrip(".")


def quoted(value: Any) -> str:
    """A value from outside as an error message quotes it: printable and short."""
    text = "".join(c if c.isprintable() else "·" for c in str(value))
    return f"“{text[:30]}…” ({len(text)} characters)" if len(text) > 40 else f"“{text}”"


def _setting(default: Any, label: str, help: str, **limits: Any) -> Any:
    setting = Setting(type(default), label, help, **limits)
    return dataclasses.field(default=default, metadata={"setting": setting})


@dataclass(frozen=True)
class _Settings:
    """What `Config` and `Writing` share: settings that check themselves and live in a URL."""

    @classmethod
    def settings(cls) -> dict[str, Setting]:
        """The label, explanation and limits of each field, in order."""
        return {f.name: f.metadata["setting"] for f in dataclasses.fields(cls)}

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
        settings, default = self.settings(), type(self)()
        return {name: settings[name].text(getattr(self, name)) for name in self.changes(default)}

    @classmethod
    def from_url(cls, params: Mapping[str, str]) -> tuple[Self, list[str]]:
        """The settings in URL parameters, and a sentence for each value that was refused.

        Other parameters are ignored: other code reads them.
        """
        values, refusals = {}, []
        for name, setting in cls.settings().items():
            if name in params:
                try:
                    values[name] = setting.parse(name, params[name])
                except ValueError as error:
                    kept = setting.text(getattr(cls(), name)) or "none"
                    refusals.append(f"{error} The page uses {kept}.")
        return cls(**values), refusals


@dataclass(frozen=True, kw_only=True)
class Config(_Settings):
    """A recipe: everything that determines a run except the list of names. Validates itself.

    Raises ValueError with one sentence that names the rule, the value and what to do.
    """

    cell: str = _setting(
        "rnn",
        "Cell",
        "What computes the next hidden state from the last one and a letter.",
        choices=tuple(CELLS),
    )
    hidden_size: int = _setting(
        64,
        "Hidden size",
        "How many units the hidden state has; an LSTM has as many again in its cell state.",
        low=1,
        high=512,
    )
    optimizer: str = _setting(
        "adam",
        "Optimizer",
        "The rule that turns a gradient into a change of the weights.",
        choices=tuple(OPTIMIZERS),
    )
    learning_rate: float = _setting(
        0.005,
        "Learning rate",
        "The factor that scales each step; it may change while the run trains.",
        low=1e-5,
        high=10.0,
    )
    batch_size: int = _setting(
        32,
        "Batch size",
        "Names in a step; its loss is the mean over their symbols.",
        low=1,
        high=512,
    )
    max_steps: int = _setting(
        1200,
        "Steps",
        "How many updates the run may make. It can be trained further afterwards.",
        low=1,
        high=100_000,
    )
    clip_norm: float = _setting(
        1.0,
        "Clip gradient at norm",
        "A gradient longer than this is shortened to this length before the step.",
        low=0.0,
        high=100.0,
        off="off",
    )
    average: float = _setting(
        0.99,
        "Average the weights",
        "Evaluate and write with a moving average of the weights; this is its decay, smaller "
        "in the first steps.",
        low=0.0,
        high=0.9999,
        off="off",
    )
    letter_dropout: float = _setting(
        0.0,
        "Letter dropout",
        "Share of input letters blanked at random while training.",
        low=0.0,
        high=0.9,
        off="off",
    )
    hidden_dropout: float = _setting(
        0.0,
        "Hidden dropout",
        "Share of hidden units silenced before the output while training.",
        low=0.0,
        high=0.9,
        off="off",
    )
    context: int = _setting(
        0,
        "Memory reaches back",
        "How many of the last letters a prediction may see; 1, only the last, is the notebook"
        " as written.",
        low=0,
        high=60,
        off="all",
    )
    seed: int = _setting(
        0,
        "Seed",
        "Sets the first weights, the batches and the random draws: same seed on the same "
        "engine, same run.",
        low=0,
        high=999_999,
    )
    split_seed: int = _setting(
        0, "Split seed", "Sets the held-out names: a tenth, at most 1,000.", low=0, high=999_999
    )
    engine: str = _setting(
        "auto",
        "Engine",
        "What does the arithmetic: PyTorch, or the same formulas compiled.",
        choices=tuple(ENGINES),
    )


@dataclass(frozen=True, kw_only=True)
class Writing(_Settings):
    """How names are written. Validates itself, as `Config` does."""

    count: int = _setting(10, "How many", "Names to write at once.", low=1, high=100)
    temperature: float = _setting(
        1.0,
        "Temperature",
        "The scores are divided by it before softmax: below 1 safer letters, above 1 wilder ones.",
        low=0.05,
        high=5.0,
    )
    greedy: bool = _setting(
        False, "Greedy", "Always take the likeliest letter. That is one name, so one is written."
    )
    top_k: int = _setting(
        0, "Only the top", "Draw among this many likeliest symbols.", low=0, high=200, off="all"
    )
    prefix: str = _setting("", "First letters", "What every name begins with.", high=50)
    longest: int = _setting(50, "Longest length", "Names are cut here.", low=1, high=50)
    carry: bool = _setting(
        False,
        "Carry the state on",
        "Write as the notebook does: the state goes from letter to "
        "letter, though it was trained from a zero state each time.",
    )
    draw: int = _setting(
        0,
        "Draws",
        "The seed of the random numbers that write: the same seed, the same names.",
        low=0,
        high=999_999,
    )


SETTINGS = Config.settings()
DEFAULT = Config()


def usual_rate(config: Config) -> float:
    """The learning rate that is usual for a recipe's optimizer and batch, to one digit.

    Fewer names in a batch make a noisier gradient: its error is as 1/√batch (Krizhevsky 2014). So
    SGD and momentum go less far then, by the root of the batch over `USUAL_BATCH`. They do not go
    further at larger ones: what ends a run there is the surface's curvature, not the noise. The
    other rules divide by the gradient's size, noise and all. Clipping changes neither:
    `tests/test_usual_rates.py` trains every preset at these rates.
    """
    optimizer = OPTIMIZERS[config.optimizer]
    share = min(1.0, math.sqrt(config.batch_size / USUAL_BATCH)) if optimizer.plain else 1.0
    return float(f"{optimizer.learning_rate * share:.0e}")
