"""An experiment as data: one or two factors and their levels, the recipe, seeds and splits.

Letters used for shapes: L levels, R rates of the ladder, S splits, K seeds.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from dino import cost
from dino.config import CELLS, SETTINGS, Config, acts, usual_rate
from dino.experiments.value_words import CHOICE_LABELS
from dino.experiments.value_words import value_words as value_words  # for what names a level
from dino.locale.sentences import ENGLISH, Refusal, Sentence, comma_list, sentence
from dino.run import is_evaluation
from dino.setting import quoted

MOST_MEMBERS = 1000
MOST_FACTORS = 2
RATE = "learning_rate"
LADDER = (1 / 9, 1 / 3, 1.0, 3.0, 9.0)  # factors on an optimizer's usual rate
# Settings that cannot be factors. Seeds and splits are repeated for every level. All members have
# one engine. With a final exam, a run has other training names than without.
NO_FACTORS = ("seed", "split_seed", "exam", "engine")


@dataclass(frozen=True)
class Factor:
    """A setting that an experiment varies, and its levels. It validates itself.

    Raises Refusal for an unknown setting, a value outside its limits, a single level, or
    a repeated one.
    """

    name: str
    levels: tuple[Any, ...]

    def __post_init__(self) -> None:
        if self.name not in SETTINGS or self.name in NO_FACTORS:
            raise _refuse_name(self.name)
        levels = tuple(_parse_level(self.name, level) for level in self.levels)
        object.__setattr__(self, "levels", levels)
        if len(set(levels)) < max(2, len(levels)):
            raise _refuse_levels(self.name, levels)

    @classmethod
    def from_text(cls, text: str) -> Factor:
        """'optimizer=SGD,Adam': a setting and its levels, by their keys or labels."""
        name, _, levels = text.partition("=")
        return cls(_setting_named(name), tuple(level.strip() for level in levels.split(",")))


def _setting_named(text: str) -> str:
    """A setting's name from its name or its English label, in any case; else the text itself."""
    wanted = text.strip().lower().replace("-", "_")
    labels = {ENGLISH.put(s.label).lower().replace(" ", "_"): name for name, s in SETTINGS.items()}
    return labels.get(wanted.replace(" ", "_"), wanted)


def _parse_level(name: str, level: Any) -> Any:
    """A level in its setting's type; a choice may be given by its label. Raises Refusal."""
    for key, label in CHOICE_LABELS.get(name, {}).items():
        if str(level).lower() == label.lower():
            return key
    return SETTINGS[name].parse(name, level)


def _refuse_name(name: str) -> Refusal:
    known = ", ".join(key for key in SETTINGS if key not in NO_FACTORS)
    return Refusal(
        sentence(
            "An experiment cannot vary {name}. Choose one of {known}.",
            known=known,
            name=quoted(name),
        )
    )


def _refuse_levels(name: str, levels: tuple[Any, ...]) -> Refusal:
    label = Sentence(SETTINGS[name].label)
    if len(levels) < 2:
        return Refusal(sentence("{setting} needs at least 2 levels to compare.", setting=label))
    twice = next(level for level in levels if levels.count(level) > 1)
    return Refusal(
        sentence(
            "Give each level of {setting} once. {level} is there more than once.",
            setting=label,
            level=quoted(SETTINGS[name].text(twice)),
        )
    )


class MemberPlace(NamedTuple):
    """The place of a member: the indices of its level, its rate, its split and its seed."""

    level: int
    rate: int
    split: int
    seed: int


class Member(NamedTuple):
    """One run of an experiment."""

    place: MemberPlace
    config: Config


@dataclass(frozen=True)
class Plan:
    """An experiment: every level with every seed on every split. It validates itself.

    config: the recipe; its seed and its split seed are the first ones
    factors: one or two. If one of two is the learning rate, each level of the other is compared at
    its best rate. So is an optimizer over its ladder. Raises Refusal with one sentence.
    """

    config: Config
    factors: tuple[Factor, ...]
    seeds: int = 3
    splits: int = 3

    def __post_init__(self) -> None:
        names = [factor.name for factor in self.factors]
        if not 1 <= len(names) <= MOST_FACTORS or len(set(names)) < len(names):
            raise Refusal(
                sentence(
                    "An experiment varies one setting or two different ones, but you gave {names}.",
                    names=quoted(", ".join(names)),
                )
            )
        for name, first, count in (
            ("seeds", self.config.seed, self.seeds),
            ("splits", self.config.split_seed, self.splits),
        ):
            _check_count(name, first, count)
        if self.count > MOST_MEMBERS:
            raise Refusal(
                sentence(
                    "An experiment may have at most {most:,} members, but this one has {count:,}. "
                    "Use fewer levels, seeds or splits.",
                    most=MOST_MEMBERS,
                    count=self.count,
                )
            )
        self._check_cells(names)

    def _check_cells(self, names: Sequence[str]) -> None:
        """Raise Refusal if a factor changes nothing in some members, which would be equal."""
        for name in names:
            for recipe, *_ in self.recipes:
                if not acts(recipe, name):
                    raise Refusal(
                        sentence(
                            "The cell must be {lstm} where {setting} is varied, not {cell}. Choose "
                            "only that cell.",
                            lstm=CELLS["lstm"],
                            setting=Sentence(SETTINGS[name].label),
                            cell=quoted(CELLS[recipe.cell]),
                        )
                    )

    @property
    def names(self) -> tuple[str, ...]:
        """The settings in which members differ, except seeds and splits."""
        names = [factor.name for factor in self.factors]
        return (*names, RATE) if self._has_ladder else tuple(names)

    @property
    def _has_ladder(self) -> bool:
        """Whether each optimizer has its own ladder."""
        names = [factor.name for factor in self.factors]
        return "optimizer" in names and RATE not in names

    @property
    def compared(self) -> tuple[Factor, ...]:
        """The factors whose levels are compared: all, except a rate beside another factor."""
        others = tuple(factor for factor in self.factors if factor.name != RATE)
        return others or self.factors

    @cached_property
    def recipes(self) -> tuple[tuple[Config, ...], ...]:
        """The recipe of each level at each of its rates, with the first seed and split. L × R"""
        names = [factor.name for factor in self.compared]
        levels = itertools.product(*(factor.levels for factor in self.compared))
        found = (self.config.replace(**dict(zip(names, level, strict=True))) for level in levels)
        return tuple(tuple(self._at_rates(config)) for config in found)

    def _at_rates(self, config: Config) -> Iterator[Config]:
        if self._has_ladder:
            yield from (config.replace(learning_rate=rate) for rate in ladder(config))
        elif len(self.compared) < len(self.factors):
            (rates,) = (factor.levels for factor in self.factors if factor.name == RATE)
            yield from (config.replace(learning_rate=rate) for rate in rates)
        else:
            yield config

    @property
    def rates(self) -> tuple[tuple[float, ...], ...]:
        """The learning rates of each level. L × R"""
        return tuple(tuple(config.learning_rate for config in level) for level in self.recipes)

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """How many levels, rates, splits and seeds: L, R, S, K."""
        recipes = self.recipes
        return len(recipes), len(recipes[0]), self.splits, self.seeds

    @property
    def count(self) -> int:
        """How many members it has."""
        found = self.seeds * self.splits
        for factor in self.factors:
            found *= len(factor.levels)
        return found * (len(LADDER) if self._has_ladder else 1)

    def members(self) -> Iterator[Member]:
        """All runs, round by round: a round has every level at every rate once.

        The splits come first, and then the next seed. So an interrupted experiment has every level
        equally often, to within one round, and has a second split early.
        """
        recipes = self.recipes
        for seed, split in itertools.product(range(self.seeds), range(self.splits)):
            changes = {
                "seed": self.config.seed + seed,
                "split_seed": self.config.split_seed + split,
            }
            for level, rates in enumerate(recipes):
                for rate, config in enumerate(rates):
                    yield Member(MemberPlace(level, rate, split, seed), config.replace(**changes))

    def losses(self, found: Mapping[MemberPlace, float]) -> np.ndarray:
        """The members' losses as `verdict.judge` takes them: (L, R, S, K), NaN for those
        without a loss.

        If the experiment is not over, it has only the seeds that are complete on every split. If
        there are none, it has the splits that are complete with the first seed.
        """
        losses: np.ndarray = np.full(self.shape, np.nan)
        done: np.ndarray = np.zeros(self.shape, bool)
        for place, loss in found.items():
            losses[place], done[place] = loss, True
        rounds = np.asarray(done.all((0, 1)))  # (S, K)
        seeds = np.asarray(rounds.all(0))
        return losses[..., seeds] if seeds.any() else losses[:, :, rounds[:, 0], :1]

    def level_sentences(self) -> list[Sentence]:
        """The name of each level that is compared: 'Adam', or 'Adam, Hidden size 64'. (L)"""
        levels = itertools.product(*(factor.levels for factor in self.compared))
        return [
            comma_list(
                [value_words(f.name, it) for f, it in zip(self.compared, level, strict=True)]
            )
            for level in levels
        ]

    def flop(self, vocab_size: int, steps: int, held_out: int) -> float:
        """About how many floating-point operations all members take together.

        steps: of the longest name and its end mark; held_out: how many names are. A measurement
        reads these and as many of the training names.
        """
        return sum(
            member_flop(config, vocab_size, steps, held_out) * self.seeds * self.splits
            for level in self.recipes
            for config in level
        )


def ladder(config: Config) -> tuple[float, ...]:
    """The learning rates at which a recipe's optimizer is compared: its usual one times `LADDER`,
    within the setting's limits, to two digits.
    """
    usual, setting = usual_rate(config), SETTINGS[RATE]
    rates = (min(max(usual * times, setting.low), setting.high) for times in LADDER)
    return tuple(float(format(rate, ".1e")) for rate in rates)


def make_plan(config: Config, factors: Iterable[str], seeds: Any = 3, splits: Any = 3) -> Plan:
    """A plan from texts: 'optimizer=SGD,Adam' and the counts. Raises Refusal."""
    counts = {"seeds": _count("seeds", seeds), "splits": _count("splits", splits)}
    return Plan(config, tuple(Factor.from_text(text) for text in factors), **counts)


def _count(name: str, value: Any) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _refuse_count(name, value)
    return int(text)


def _refuse_count(name: str, value: Any) -> Refusal:
    return Refusal(
        sentence(
            "{name} must be a whole number from 1 to {most:,}, not {value}.",
            name=name,
            most=MOST_MEMBERS,
            value=quoted(value),
        )
    )


def _check_count(name: str, first: int, count: int) -> None:
    """Raise Refusal for no or too many repetitions, or if they run past the last seed."""
    most = int(SETTINGS["seed"].high)
    if not 1 <= count <= MOST_MEMBERS:
        raise _refuse_count(name, count)
    if first + count - 1 > most:
        raise Refusal(
            sentence(
                "The last of the {name} may be at most {most:,}, but {count:,} values "
                "starting at {first:,} go past that. Use fewer values.",
                name=name,
                most=most,
                count=count,
                first=first,
            )
        )


def member_flop(config: Config, vocab_size: int, steps: int, held_out: int) -> float:
    """The work of one member: three readings for an update, one for a measurement."""
    measured = 1 + sum(is_evaluation(step) for step in range(1, config.max_steps + 1))
    names = 3 * config.max_steps * config.batch_size + 2 * measured * held_out
    work = cost.flop(config.cell, config.hidden_size, vocab_size, steps, config.context)
    return names * work
