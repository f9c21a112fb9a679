"""One update of an untrained network on one name, step by step: what lesson 8 asks for and quotes.

T steps; the last one predicts the end mark. The network is First success's, or that of another
recipe. Figures are of `NAME` and seed 0, and say whether they hold with `SEEDS` seeds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

from dino.anatomy import gradient_decay, gradient_through_time
from dino.config import Config
from dino.data import Vocab, encode
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.item import Value
from dino.model import CharRNN, nll, start_network
from dino.parts import finish
from dino.presets import PRESETS
from dino.step_report import Before, NameLosses, StepReport, make_report
from dino.torch_engine import TorchEngine
from dino.unrolled import Backward, Unrolled, flow_back, unroll

NAME = "triceratops"
SEEDS = 12  # of untrained networks
THIRDS = ("first", "middle", "last")
MOST_UPDATES = 20  # on one name
FAR = 100  # letters, for what a factor leaves
# The choices of the bet on the factor for each letter: more than these; below them all it vanishes.
FACTORS = {"grows": 1.15, "near": 0.85, "shrinks": 0.3}


@dataclass(frozen=True, eq=False)
class OneName:
    """An untrained network that reads one name, and what some updates on only this name do.

    before: the strip before the first update; back: its gradient; pulls (T,): from `pulls`; after:
    the strip after the updates; report: what the last of them did
    """

    before: Unrolled
    back: Backward
    pulls: np.ndarray
    after: Unrolled
    report: StepReport


def train_on_name(config: Config, vocab: Vocab, name: str, updates: int = 1) -> OneName:
    """An untrained network of a recipe, before and after at least one update on one name.

    Raises ValueError for a letter that is not in the list.
    """
    generator = torch.Generator().manual_seed(config.seed)
    model = start_network(config, len(vocab), generator)
    before = unroll(model, vocab, name, ended=True)
    back = flow_back(model, before)
    assert back is not None  # its end mark is a target
    pulled = pulls(model, before)
    engine = TorchEngine(config, model, encode([name], vocab), generator)
    batch = torch.zeros((1, 1), dtype=torch.long)
    for _ in range(updates):
        losses = tuple(unroll(model, vocab, name, ended=True).losses.tolist())
        weights = engine.state.weights.clone()
        done = finish(engine.train(batch))
    report = make_report(
        Before((NameLosses(name, losses),), 1, weights), config, model, engine.state, done
    )
    return OneName(before, back, pulled, unroll(model, vocab, name, ended=True), report)


def pulls(model: CharRNN, unrolled: Unrolled) -> np.ndarray:
    """How much each symbol's loss contributes to the gradient of L: shares that sum to 1. (T,)

    L is the mean of the losses l_t, so its gradient g is the sum of all g_t = ∂l_t / ∂(all weights)
    / T. A share is the part of g_t along g: g_t · g / ‖g‖².
    """
    own = torch.stack([_gradient_of(model, unrolled, t) for t in range(len(unrolled.ids))])
    whole = own.sum(0)
    found: np.ndarray = (own @ whole / (whole @ whole)).numpy()
    return found


def _gradient_of(model: CharRNN, unrolled: Unrolled, t: int) -> Tensor:
    """The gradient of one symbol's loss, with respect to all weights. (P,)"""
    with torch.enable_grad():
        table, state = model.input_table(), model.initial_state(1)
        for i in unrolled.ids[: t + 1]:
            state = model.step(table[[int(i)]], state)
        loss = nll(model.logits(state[0]), torch.from_numpy(unrolled.targets[t : t + 1]))
        parts = torch.autograd.grad(loss / len(unrolled.ids), [*model.parameters()])
    return torch.cat([part.reshape(-1) for part in parts])


def shares_of_thirds(parts: np.ndarray) -> np.ndarray:
    """How much the steps of the first, middle and last third of a strip add together. (T,) -> (3,)

    parts (T,): the lengths of what they add to ∂L/∂W_hh. The shares sum to 1.
    """
    T = len(parts)
    sums = np.bincount(len(THIRDS) * np.arange(T) // T, weights=parts, minlength=len(THIRDS))
    shares: np.ndarray = sums / sums.sum()
    return shares


# The gradient on its way back, in a trained network


def factor_figures(model: CharRNN, vocab: Vocab) -> dict[str, Value]:
    """The figures of the panel 'factor': how the gradient of the end mark's loss after `NAME`
    changes for each letter on its way back. Empty if only the last state can change that loss.
    """
    decay = gradient_decay(end_gradient(model, vocab))
    if decay is None:
        return {}
    verdict = next((name for name, least in FACTORS.items() if decay.factor > least), "vanishes")
    return {
        "gradient_factor": decay.factor,
        "gradient_reach": decay.reach,
        "gradient_left": decay.far / decay.near,
        "gradient_hundred": decay.factor**FAR,
        "gradient_verdict": verdict,
    }


def end_gradient(model: CharRNN, vocab: Vocab) -> np.ndarray:
    """The norms of that gradient with respect to each earlier state, the last state's first. (J,)

    For an LSTM they are of the cell state.
    """
    norms = gradient_through_time(model, vocab, NAME, len(NAME))
    return norms["c" if model.cell == "lstm" else "h"]


# The figures


@cache
def example(seed: int = 0) -> OneName:
    """`NAME` with First success's network of a seed, and one update."""
    config = PRESETS["first-success"].config.replace(seed=seed)
    return train_on_name(config, dinosaurs().vocab, NAME)


def symbol_at(t: int) -> str:
    """What the network predicts at a step of `NAME`."""
    return f"{NAME}⏎"[t]


def highest(one: OneName) -> str:
    """Which symbol of `NAME` has the highest loss before any update: 'first', 'rare' (the rarest
    letter of the name in the list), 'end', or 'another'.
    """
    t = int(one.before.losses.argmax())
    counts = Counter("".join(dinosaurs().train))
    rare = min(NAME, key=lambda letter: counts[letter])
    kinds = {0: "first", NAME.index(rare): "rare", len(NAME): "end"}
    return kinds.get(t, "another")


def pulls_most(one: OneName) -> str:
    """Which symbol's loss contributes most to the gradient: 'highest' (the one with the highest
    loss), 'first', 'end', or 'another'.
    """
    t = int(one.pulls.argmax())
    kinds = {len(NAME): "end", 0: "first", int(one.before.losses.argmax()): "highest"}
    return kinds.get(t, "another")


def _share_third(one: OneName) -> str:
    """In which third of `NAME` the symbol is whose loss contributes most to the gradient."""
    return THIRDS[len(THIRDS) * int(one.pulls.argmax()) // len(one.pulls)]


def _over_seeds(found: Callable[[OneName], bool]) -> int:
    """For how many of the seeds something is true."""
    return sum(found(example(seed)) for seed in range(SEEDS))


def _middle_shares() -> list[float]:
    return [float(shares_of_thirds(example(seed).back.parts)[1]) for seed in range(SEEDS)]


def _fell(one: OneName) -> int:
    """How many symbols have a lower loss after the update."""
    return int((one.after.losses < one.before.losses).sum())


FIGURES: Mapping[str, Callable[[], Value]] = {
    "strip_steps": lambda: len(NAME) + 1,
    "step_seeds": lambda: SEEDS,
    "step_symbols": lambda: len(NAME) + 1,
    "step_highest": lambda: highest(example()),
    "step_highest_symbol": lambda: symbol_at(int(example().before.losses.argmax())),
    "step_highest_loss": lambda: float(example().before.losses.max()),
    "step_highest_places": lambda: len(
        {int(example(seed).before.losses.argmax()) for seed in range(SEEDS)}
    ),
    "step_first_loss": lambda: float(example().before.losses[0]),
    "step_mean_loss": lambda: float(example().before.losses.mean()),
    "step_third": lambda: THIRDS[int(shares_of_thirds(example().back.parts).argmax())],
    "step_zero": lambda: "nothing" if example().back.parts[0] == 0 else "something",
    "step_zeros": lambda: int((example().back.parts == 0).sum()),
    "step_middle_lowest": lambda: 100 * min(_middle_shares()),
    "step_middle_highest": lambda: 100 * max(_middle_shares()),
    "step_parts_sum": lambda: float(example().back.parts.sum()),
    "step_gradient": lambda: float(example().back.collected[0]),
    "step_pulls": lambda: pulls_most(example()),
    "step_pulls_symbol": lambda: symbol_at(int(example().pulls.argmax())),
    "step_pulls_share": lambda: 100 * float(example().pulls.max()),
    "step_pulls_highest": lambda: _over_seeds(lambda one: pulls_most(one) == "highest"),
    "step_share_third": lambda: _share_third(example()),
    "step_share_last": lambda: _over_seeds(lambda one: _share_third(one) == "last"),
    "step_far": lambda: FAR,
    "step_letters": lambda: len(NAME),
    "step_fell": lambda: _fell(example()),
    "step_fell_half": lambda: (len(NAME) + 1) // 2,
    "step_fell_all": lambda: _over_seeds(lambda one: _fell(one) == len(NAME) + 1),
    "step_loss_after": lambda: float(example().after.losses.mean()),
    "step_rate": lambda: PRESETS["first-success"].config.learning_rate,
}
