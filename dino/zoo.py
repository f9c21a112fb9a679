"""The failure zoo: six runs that fail, each as a puzzle ('this run failed: why?') with its cure.

Numbers in these texts are bounds that hold for the dinosaurs with seeds 0, 1 and 2; tests train the
exhibits and hold them. What one run shows, with its own figures, is said by `findings.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from dino.config import DEFAULT, Config
from dino.findings import CAUSES
from dino.locale.sentences import mark

QUESTION = mark("This run failed: why?")


class Exhibit(NamedTuple):
    """A recipe that fails, and what can be learned from it: texts for a page's language.

    failing, cure: recipes; cause: its key in `findings.CAUSES`; choices: four keys of causes to
    choose from, the true one among them; replies: for each wrong one, why it is wrong
    """

    key: str
    title: str
    failing: Config
    cure: Config
    cause: str
    choices: tuple[str, ...]
    seen: str
    why: str
    cure_words: str
    replies: dict[str, str]

    def reply(self, choice: str) -> str:
        """What to answer to a choice: the reason of the cause, or why a wrong one is wrong."""
        return self.why if choice == self.cause else self.replies[choice]


_SMALL_RATE = DEFAULT.replace(optimizer="sgd", learning_rate=0.0005)
_SINGLE = DEFAULT.replace(batch_size=1, average=0.0, max_steps=2000)
_SGD = _SINGLE.replace(optimizer="sgd", learning_rate=1.0)
_MOMENTUM = _SINGLE.replace(optimizer="momentum", learning_rate=0.2)
_ONE_UNIT = DEFAULT.replace(hidden_size=1)
_LONG = DEFAULT.replace(hidden_size=256, max_steps=1500)
_BATCH_AXIS = DEFAULT.replace(context=1)

_EXHIBITS = (
    Exhibit(
        key="small_rate",
        title=mark("SGD with a learning rate of 0.0005"),
        failing=_SMALL_RATE,
        cure=_SMALL_RATE.replace(learning_rate=1.0),
        cause="rate_too_small",
        choices=("too_short", "too_narrow", "rate_too_small", "no_memory"),
        seen=mark(
            "The loss falls all the time, but slowly, and ends above that of counting single "
            "letters."
        ),
        why=mark(
            "The learning rate is 0.0005; for SGD and 32 names a batch, 1 is usual. So each update "
            "moves the weights too little."
        ),
        cure_words=mark("Set the learning rate to 1."),
        replies={
            "too_short": mark(
                "You may think that it needs more steps, because its loss still falls. More steps "
                "do lower it, but they are the slow way. In fact, from its last weights, 200 "
                "updates at ten times this rate bring the loss more than five times as far down as "
                "200 at this one, because the length of an update is the learning rate times that "
                "of the gradient."
            ),
            "too_narrow": mark(
                "You may think that 64 units are too few. In fact the same 64 units end below "
                "counting letter pairs in as many steps at a learning rate of 1, because their "
                "weights then move far enough."
            ),
            "no_memory": mark(
                "You may think that the recurrent weights W_hh cannot learn. In fact their "
                "gradient is longer than that of the input weights, because the state is carried "
                "from letter to letter; like all the weights, they only move too little."
            ),
        },
    ),
    Exhibit(
        key="sgd_single",
        title=mark("SGD with a learning rate of 1, one name a batch"),
        failing=_SGD,
        cure=_SGD.replace(learning_rate=0.2),
        cause="rate_too_large",
        choices=("overfitting", "rate_too_large", "too_short", "rate_too_small"),
        seen=mark(
            "The held-out loss rises and falls by turns and ends above counting letter pairs."
        ),
        why=mark(
            "The gradient of a single name is noisier than that of a batch of 32. With a learning "
            "rate of 1, which is usual for 32, each update overshoots, and the next one has to "
            "undo that."
        ),
        cure_words=mark("Set the learning rate to 0.2, or give a batch more names."),
        replies={
            "overfitting": mark(
                "You may think that it memorises its names. In fact the loss on its training names "
                "is nearly as high as that on held-out ones, because it has learned neither; a "
                "network that memorises has a low training loss."
            ),
            "too_short": mark(
                "You may think that it needs more steps. In fact as many steps at a learning rate "
                "of 0.2 end below counting letter pairs, because their updates do not overshoot "
                "as far."
            ),
            "rate_too_small": mark(
                "You may think that it has to learn faster. In fact, from its last weights, ten "
                "times the learning rate raises the loss and a tenth of it lowers it, because the "
                "updates are too long already."
            ),
        },
    ),
    Exhibit(
        key="momentum_single",
        title=mark("Momentum with a learning rate of 0.2, one name a batch"),
        failing=_MOMENTUM,
        cure=_MOMENTUM.replace(learning_rate=0.04),
        cause="rate_too_large",
        choices=("rate_too_large", "no_memory", "too_narrow", "overfitting"),
        seen=mark(
            "The held-out loss rises and falls by turns and ends above counting single letters; "
            "more than half of the hidden states are saturated, close to −1 or 1."
        ),
        why=mark(
            "Momentum adds up the last gradients, which makes an update up to 10 times as long as "
            "SGD's. With one name a batch a learning rate of 0.2 is too large for it: the weights "
            "grow, the states come close to −1 or 1, and there tanh passes little of a gradient."
        ),
        cure_words=mark("Set the learning rate to 0.04, or give a batch more names."),
        replies={
            "no_memory": mark(
                "You may think that the recurrent weights W_hh get no gradient. In fact theirs is "
                "longer than that of the input weights, because the state is carried from letter "
                "to letter."
            ),
            "too_narrow": mark(
                "You may think that 64 units are too few. In fact the same 64 units end below "
                "counting letter pairs in as many steps at a learning rate of 0.04, because their "
                "states then are not saturated."
            ),
            "overfitting": mark(
                "You may think that it memorises its names, because its held-out loss was lower "
                "before. In fact its training loss has risen as well, because the updates destroy "
                "what was learned."
            ),
        },
    ),
    Exhibit(
        key="one_unit",
        title=mark("A single hidden unit"),
        failing=_ONE_UNIT,
        cure=_ONE_UNIT.replace(hidden_size=64),
        cause="too_narrow",
        choices=("rate_too_small", "no_memory", "too_short", "too_narrow"),
        seen=mark("The loss falls, becomes level, and stays above counting letter pairs."),
        why=mark(
            "The state is a single number. All that the network knows of the letters before has to "
            "fit into it, and all 27 scores are computed from it."
        ),
        cure_words=mark("Give it 64 units."),
        replies={
            "rate_too_small": mark(
                "You may think that it has to learn faster. In fact, from its last weights, ten "
                "times the learning rate lowers the loss by less than a tenth of what 64 units do "
                "in as many updates, because a single number has no room for more."
            ),
            "no_memory": mark(
                "You may think that the recurrent weight gets no gradient. In fact it does, "
                "because the state is carried from letter to letter; but that state is a single "
                "number."
            ),
            "too_short": mark(
                "You may think that it needs more steps. In fact 200 more lower the loss by less "
                "than a twentieth of what 64 units do in as many updates, because a single number "
                "has no room for more."
            ),
        },
    ),
    Exhibit(
        key="trained_too_long",
        title=mark("256 units, trained too long"),
        failing=_LONG,
        cure=_LONG.replace(max_steps=500),
        cause="overfitting",
        choices=("too_short", "overfitting", "rate_too_large", "too_narrow"),
        seen=mark(
            "The training loss falls to the end. The held-out loss is lowest before the middle of "
            "the run, and rises from there."
        ),
        why=mark(
            "256 units can memorise 1,372 names: what the network learns late lowers the loss of "
            "these training names and raises that of others."
        ),
        cure_words=mark("End at step 500 (early stopping)."),
        replies={
            "too_short": mark(
                "You may think that it needs more steps. In fact its held-out loss is higher after "
                "1,500 steps than after 500, because it learns its training names better and "
                "others worse."
            ),
            "rate_too_large": mark(
                "You may think that the updates are too long. In fact its training loss falls to "
                "the end, and from its last weights a tenth of the learning rate does not bring "
                "the held-out loss down, because what it has memorised stays."
            ),
            "too_narrow": mark(
                "You may think that it has too few units. In fact its training loss is less than "
                "half of its held-out loss, because it has units enough to memorise."
            ),
        },
    ),
    Exhibit(
        key="batch_axis",
        title=mark("The letters on the batch axis"),
        failing=_BATCH_AXIS,
        cure=_BATCH_AXIS.replace(context=0),
        cause="no_memory",
        choices=("too_narrow", "rate_too_small", "no_memory", "overfitting"),
        seen=mark("The loss falls, and becomes level at that of counting letter pairs."),
        why=mark(
            "Each letter is a row of the batch, and each row starts from a zero state. So the "
            "recurrent weights W_hh multiply zeros, their gradient is exactly 0, and from one "
            "letter no network learns more than letter pairs."
        ),
        cure_words=mark(
            "Put the letters on the axis of time: the state is then carried over all of them."
        ),
        replies={
            "too_narrow": mark(
                "You may think that 64 units are too few. In fact the same 64 units end more than "
                "0.3 nats lower where the state is carried from letter to letter, because they "
                "then see more than one letter."
            ),
            "rate_too_small": mark(
                "You may think that it has to learn faster. In fact, from its last weights, "
                "neither ten times the learning rate nor a tenth of it lowers the loss by as much "
                "as 0.01 nats, because it has learned what one letter tells."
            ),
            "overfitting": mark(
                "You may think that it memorises its names, because its training loss is the lower "
                "one. In fact its held-out loss is within 0.01 nats of its lowest: nothing was "
                "learned at its cost. Not every gap is overfitting: counting letter pairs has one, "
                "too, because its counts are of the training names."
            ),
        },
    ),
)

ZOO = {exhibit.key: exhibit for exhibit in _EXHIBITS}


def choice_texts(exhibit: Exhibit) -> list[tuple[str, str]]:
    """The choices of an exhibit: their keys, and what they say."""
    return [(key, CAUSES[key]) for key in exhibit.choices]
