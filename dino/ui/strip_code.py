"""The strip's code: what computes each part on the way forward, on the way back, in an update."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dino import optim
from dino.config import OPTIMIZERS, Config
from dino.engines import GRADIENT_ERROR, UPDATE_ERROR
from dino.locale.sentences import Sentence, Text, join_sentences, plural_sentence, prose, sentence
from dino.source import Code, Kernel, place_of, source_of
from dino.ui.strip_lines import (
    BACKWARD_CELLS,
    BACKWARD_PARTS,
    FORWARD_CELLS,
    FORWARD_PARTS,
    PART_NAMES,
    RULES,
    Lines,
    Parts,
    StripPart,
    end_of_way,
)

FORWARD, BACKWARD, UPDATE = WAYS = "forward", "backward", "update"
WEIGHTS = "shared", "W_xh", "W_hh", "W_hy"  # the parts that an update changes
# The tests that hold the two engines equal.
GRADIENTS_AGREE = "tests/test_kernels.py · test_every_gradient_is_that_of_autograd"
UPDATES_AGREE = "tests/test_kernels.py · test_an_update_moves_each_weight_as_on_pytorch"


def parts(config: Config) -> dict[str, Parts]:
    """What computes each part of the strip, for a run with this recipe, by the ways of `WAYS`."""
    cell = config.cell
    return {
        FORWARD: _ordered({**FORWARD_PARTS, "cell": FORWARD_CELLS[cell]}),
        BACKWARD: _ordered({**BACKWARD_PARTS, **BACKWARD_CELLS[cell], "h0": end_of_way(cell)}),
        UPDATE: _update_parts(config),
    }


def _ordered(found: Parts) -> Parts:
    return {name: found[name] for name in PART_NAMES}


def _update_parts(config: Config) -> Parts:
    """What an update does to each part: one rule moves all weights, and nothing else."""
    optimizer = config.optimizer
    ours, compiled = RULES[optimizer]
    rule = Lines(optim.RULES[optimizer], (ours,))
    kernel = Kernel("dino.compiled.updates", "update_adam" if "adam" in optimizer else "update")
    found = [rule, Lines(kernel, (compiled,))]
    if optimizer == "adamw":  # it shrinks the weights first, then calls Adam
        calls = Lines(optim.adamw, ("w.mul_(1 - WEIGHT_DECAY", "adam(w, g,"))
        found = [calls, Lines(optim.adam, (ours,)), found[1]]
    moves = StripPart(join_sentences(update_sentences(config), " "), tuple(found))
    others = StripPart(prose("strip", "update.unmoved"))
    return {name: moves if name in WEIGHTS else others for name in PART_NAMES}


def rule_sentence(optimizer: str) -> Sentence:
    """An optimizer with its formula."""
    rule = OPTIMIZERS[optimizer]
    return sentence("{optimizer}: {formula}", optimizer=Sentence(rule.label), formula=rule.formula)


def update_sentences(config: Config) -> list[Sentence]:
    """What an update of a run with this recipe does to its weights."""
    found = [
        sentence("One rule moves every weight w, including those of W_hh."),
        sentence("{rule}.", rule=rule_sentence(config.optimizer)),
        plural_sentence(
            "In training, g is the gradient for {count} name.",
            "In training, g is the gradient for {count} names at once.",
            config.batch_size,
        ),
    ]
    if config.clip_norm:
        found.append(
            sentence(
                "If the norm of g is above {norm:g}, clipping first scales g down to that norm.",
                norm=config.clip_norm,
            )
        )
    if config.average:
        found.append(sentence("The network shown in the strip uses the moving average of w."))
    return found


def engine_sentence(code: Code, way: str) -> Sentence | None:
    """For lines of the compiled engine: say so, and which test holds both engines equal.

    None for other lines.
    """
    if not isinstance(code, Kernel):
        return None
    if way == UPDATE:
        return sentence(
            "Compiled engine. A test checks that it moves each weight as dino/optim.py does, "
            "within {error:.6f}: {test}.",
            error=UPDATE_ERROR,
            test=UPDATES_AGREE,
        )
    return sentence(
        "Compiled engine. In the PyTorch engine, autograd computes the gradient. A test checks "
        "that all entries of both gradients agree, within {error:.5f}: {test}.",
        error=GRADIENT_ERROR,
        test=GRADIENTS_AGREE,
    )


def sources(found: dict[str, Parts]) -> dict[str, tuple[str, ...]]:
    """The text of each function that computes a part, by its place."""
    codes = [it.code for way in found.values() for part in way.values() for it in part.lines]
    return {place_of(code): source_of(code) for code in codes}


def as_data(found: dict[str, Parts], put: Callable[[Text], str]) -> dict[str, Any]:
    """The parts as the picture takes them, by way and name. put: translates a text into the page's
    language.
    """
    return {
        way: {
            name: {
                "words": put(part.about),
                "blocks": [
                    {
                        "place": place_of(it.code),
                        "numbers": it.numbers,
                        "engine": put(engine_sentence(it.code, way) or ""),
                    }
                    for it in part.lines
                ],
            }
            for name, part in each.items()
        }
        for way, each in found.items()
    }
