"""What holds a run back, in sentences: what is seen, with its error, the reason, and the cure.

`findings(diagnosis)` is empty for a run in which nothing is found to hold it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dino.config import MEAN_DECAY, OPTIMIZERS, SETTINGS, USUAL_BATCH, Config, usual_rate
from dino.diagnosis import DEAD, LARGER, SAME, SMALLER, WIDE, Diagnosis
from dino.diagnosis_words import percent_of
from dino.locale.sentences import Sentence, Text, comma_list, mark, plural_sentence, sentence
from dino.metrics import baseline_sentence
from dino.run import Run
from dino.setting import decimal_of
from dino.trials import LOOKED_AT, STEPS

# The causes that a diagnosis tells apart, by their keys, and the sign that is no cause by itself.
CAUSES = {
    "rate_too_small": mark("The learning rate is too small."),
    "rate_too_large": mark("The learning rate is too large."),
    "too_short": mark("The run was too short."),
    "no_memory": mark("The network has no memory: W_hh never learns."),
    "too_narrow": mark("The network has too few units."),
    "overfitting": mark("The network memorises its training names (overfitting)."),
}
SIGNS = {"dead_letters": mark("Some letters are dead.")}


class Finding(NamedTuple):
    """Something that holds a run back, or the sign of it.

    key: one of `CAUSES` or `SIGNS`; title: its sentence there; seen: what was measured, with its
    error; why: the reason; cure_words: what to change; changes: the settings to change, and their
    new values, empty for a sign, whose cause has the cure
    """

    key: str
    title: str
    seen: tuple[Text, ...]
    why: tuple[Text, ...]
    cure_words: Text
    changes: dict[str, Any]

    @property
    def is_cause(self) -> bool:
        """Whether it is a cause, not a sign of one."""
        return self.key in CAUSES


def findings(diagnosis: Diagnosis) -> list[Finding]:
    """What holds a run back; the causes first, in the order in which to cure them."""
    found = []
    if diagnosis.has_no_memory:
        found.append(_no_memory(diagnosis))
    if diagnosis.is_too_slow:
        found.append(_rate_too_small(diagnosis))
    if diagnosis.is_too_fast:
        found.append(_rate_too_large(diagnosis))
    if diagnosis.is_overfitted:
        found.append(_overfitting(diagnosis))
    elif diagnosis.still_falls and not (diagnosis.is_too_slow or diagnosis.is_too_fast):
        found.append(_too_short(diagnosis))
    if diagnosis.is_too_narrow:
        found.append(_too_narrow(diagnosis))
    if diagnosis.states.dead or diagnosis.gradients.unheard:
        found.append(_dead_letters(diagnosis))
    return found


def cured(config: Config, found: Iterable[Finding]) -> Config:
    """A recipe with the changes of some findings: of one, or of all of them at once."""
    for finding in found:
        config = config.replace(**finding.changes)
    return config


# ---- the causes


def _no_memory(diagnosis: Diagnosis) -> Finding:
    seen = sentence(
        "The gradient of the recurrent weights W_hh is exactly 0 in each of {batches} batches; "
        "that of the input weights W_xh is up to {input:.2g} long.",
        batches=LOOKED_AT,
        input=diagnosis.gradients.input,
    )
    why = sentence(
        "The letters are on the batch axis, not on the axis of time: every prediction starts from "
        "a zero state, so W_hh multiplies zeros. From one letter no network can learn more than "
        "letter pairs."
    )
    cure = sentence("Let the memory reach back over all letters.")
    return Finding("no_memory", CAUSES["no_memory"], (seen,), (why,), cure, {"context": 0})


def _rate_too_small(diagnosis: Diagnosis) -> Finding:
    run = diagnosis.run
    fast = diagnosis.held_out(diagnosis.trials[LARGER], diagnosis.trials[SAME])
    seen = sentence(
        "From the present weights, {steps} updates at a ten times larger learning rate bring the "
        "held-out loss {difference} lower than as many at the present one, {rate:f}.",
        steps=STEPS,
        difference=fast.size(),
        rate=decimal_of(run.learning_rate),
    )
    share = percent_of(diagnosis.moves.whole)
    update = sentence("One update moves the weights by {share:f} % of their length.", share=share)
    rate = larger_rate(run.config, run.learning_rate)
    return _rate_finding("rate_too_small", (seen,), (update, moved_sentence(run)), rate)


def moved_sentence(run: Run) -> Sentence:
    """How far the weights of a run are from where they began."""
    return plural_sentence(
        "After {count} step its weights are {moved:f} % of their length from where they began.",
        "After {count:,} steps its weights are {moved:f} % of their length from where they began.",
        run.step,
        moved=percent_of(run.moved),
    )


def _rate_too_large(diagnosis: Diagnosis) -> Finding:
    run, seen = diagnosis.run, []
    if run.stopped:
        seen.append(run.stopped)
    else:
        calm = diagnosis.held_out(diagnosis.trials[SMALLER])
        seen.append(
            sentence(
                "From the present weights, {steps} updates at a tenth of the learning rate lower "
                "the held-out loss by {difference}; as many at the present one, {rate:f}, change "
                "it by {same}.",
                steps=STEPS,
                difference=calm.size(),
                rate=decimal_of(run.learning_rate),
                same=diagnosis.held_out(diagnosis.trials[SAME]).above(),
            )
        )
    rate = smaller_rate(run.config, run.learning_rate)
    if run.cure is not None:  # it diverged
        words = sentence(
            "Set the learning rate to {rate:f}, and clip the gradient at norm {norm:g}.",
            rate=decimal_of(run.cure.learning_rate),
            norm=run.cure.clip_norm,
        )
        changes = {"learning_rate": run.cure.learning_rate, "clip_norm": run.cure.clip_norm}
        found = Finding("rate_too_large", CAUSES["rate_too_large"], (), (), words, changes)
    else:
        found = _rate_finding("rate_too_large", (), (), rate)
    return found._replace(seen=tuple(seen), why=tuple(_why_too_far(run.config)))


def _why_too_far(config: Config) -> Iterator[Sentence]:
    yield sentence(
        "The updates are too long: each one overshoots what the gradient at its start shows, and "
        "the next one has to undo that."
    )
    if OPTIMIZERS[config.optimizer].plain and config.batch_size < USUAL_BATCH:
        yield plural_sentence(
            "The gradient of a batch of {count} name is noisier than that of {usual}, and this "
            "optimizer's update is as long as the gradient and the rate make it.",
            "The gradient of a batch of {count} names is noisier than that of {usual}, and this "
            "optimizer's update is as long as the gradient and the rate make it.",
            config.batch_size,
            usual=USUAL_BATCH,
        )
    if config.optimizer == "momentum":
        yield sentence(
            "Momentum adds up the last gradients: where they agree, an update is up to {times:g} "
            "times as long as without it.",
            times=round(1 / (1 - MEAN_DECAY)),
        )


def _rate_finding(key: str, seen: tuple[Text, ...], why: tuple[Text, ...], rate: float) -> Finding:
    words = sentence("Set the learning rate to {rate:f}.", rate=decimal_of(rate))
    return Finding(key, CAUSES[key], seen, why, words, {"learning_rate": rate})


def larger_rate(config: Config, rate: float) -> float:
    """A learning rate to try where `rate` is too small: the usual one if it is three times as large
    or more, else ten times `rate`; at most the largest that a recipe may have.
    """
    usual = usual_rate(config)
    return min(usual if usual >= 3 * rate else _one_digit(10 * rate), _limits()[1])


def smaller_rate(config: Config, rate: float) -> float:
    """The same where `rate` is too large: the usual one if it is a third or less, else a tenth."""
    usual = usual_rate(config)
    return max(usual if usual <= rate / 3 else _one_digit(rate / 10), _limits()[0])


def _limits() -> tuple[float, float]:
    rate = SETTINGS["learning_rate"]
    return float(rate.low), float(rate.high)


def _one_digit(rate: float) -> float:
    return float(format(rate, ".0e"))


def _overfitting(diagnosis: Diagnosis) -> Finding:
    turned, best = diagnosis.overfitting, diagnosis.best
    assert turned is not None and best is not None
    seen = sentence(
        "The held-out loss was lowest at step {step:,} and is {difference} higher now, while the "
        "training loss, measured in the same way, fell by {fell}.",
        step=turned.best_step,
        difference=diagnosis.held_out(best).size(),
        fell=diagnosis.training(best).size(),
    )
    why = sentence(
        "What it learned after that step lowers the loss of its training names and raises that of "
        "others: it memorises."
    )
    cure = sentence("Let it make {step:,} steps (early stopping).", step=turned.best_step)
    changes = {"max_steps": turned.best_step}
    return Finding("overfitting", CAUSES["overfitting"], (seen,), (why,), cure, changes)


def _too_short(diagnosis: Diagnosis) -> Finding:
    run = diagnosis.run
    seen = sentence(
        "It still learned: {steps} more updates at the present learning rate lower the held-out "
        "loss by {difference}.",
        steps=STEPS,
        difference=diagnosis.held_out(diagnosis.trials[SAME]).size(),
    )
    why = plural_sentence(
        "It ended after {count} step, before its loss was level.",
        "It ended after {count:,} steps, before its loss was level.",
        run.step,
    )
    steps = min(2 * run.step, int(SETTINGS["max_steps"].high))
    cure = sentence("Train it further, or let it make {steps:,} steps.", steps=steps)
    changes = {"max_steps": steps}
    return Finding("too_short", CAUSES["too_short"], (seen,), (why,), cure, changes)


def _too_narrow(diagnosis: Diagnosis) -> Finding:
    wide = diagnosis.wide
    assert wide is not None
    units = diagnosis.run.config.hidden_size
    seen = (
        baseline_sentence(diagnosis.beside_pairs),
        sentence(
            "With {wide} units, of which the new ones change nothing at first, {steps} updates "
            "bring the held-out loss {difference} lower than without them.",
            wide=WIDE,
            steps=STEPS,
            difference=diagnosis.held_out(wide, diagnosis.trials[SAME]).size(),
        ),
    )
    why = plural_sentence(
        "Its state is {count} number: all that it knows of the letters before has to fit into it, "
        "and the scores of all {symbols} symbols are computed from it.",
        "Its state is {count} numbers: all that it knows of the letters before has to fit into "
        "them, and the scores of all {symbols} symbols are computed from them.",
        units,
        symbols=len(diagnosis.labels),
    )
    cure = sentence("Give it {wide} units.", wide=WIDE)
    changes = {"hidden_size": WIDE}
    return Finding("too_narrow", CAUSES["too_narrow"], seen, (why,), cure, changes)


def _dead_letters(diagnosis: Diagnosis) -> Finding:
    seen = []
    if dead := diagnosis.states.dead:
        seen.append(
            sentence(
                "On the held-out names, and on as many training names, the network gives these "
                "symbols nowhere a probability of even {share:g} times their frequency: {letters}.",
                share=DEAD,
                letters=comma_list([diagnosis.labels[i] for i in dead]),
            )
        )
    if unheard := diagnosis.gradients.unheard:
        seen.append(
            sentence(
                "{batches} batches have these letters as inputs, and their weights got no "
                "gradient: {letters}.",
                batches=LOOKED_AT,
                letters=comma_list([diagnosis.labels[i] for i in unheard]),
            )
        )
    why = sentence(
        "A symbol that is hardly ever predicted is hardly ever written, and what gets no gradient "
        "is not learned."
    )
    cure = sentence("This is a sign, not a cause: what else is found has the cure.")
    return Finding("dead_letters", SIGNS["dead_letters"], tuple(seen), (why,), cure, {})
