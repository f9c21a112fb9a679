"""What holds a run back, in sentences: what is seen, with its error, the reason, and the cure.

`findings(diagnosis)` is empty if nothing is found to hold the run back. The sentences are in the
table `findings`, except those with a singular and a plural.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dino.config import MEAN_DECAY, OPTIMIZERS, SETTINGS, USUAL_BATCH, Config, usual_rate
from dino.diagnosis import DEAD, LARGER, SAME, SMALLER, WIDE, Diagnosis
from dino.diagnosis_words import percent_of
from dino.locale.sentences import Sentence, Text, comma_list, plural_sentence, prose
from dino.metrics import baseline_sentence
from dino.run import Run
from dino.setting import decimal_of
from dino.trials import LOOKED_AT, STEPS

# The keys of the causes that a diagnosis can tell apart; the sign is a symptom of one of them.
_CAUSES = "rate_too_small rate_too_large too_short no_memory too_narrow overfitting".split()
CAUSES = {key: prose("findings", f"causes.{key}") for key in _CAUSES}
SIGNS = {"dead_letters": prose("findings", "signs.dead_letters")}


class Finding(NamedTuple):
    """A cause that holds a run back, or a sign of one.

    key: one of `CAUSES` or `SIGNS`; title: its sentence there
    seen: what was measured, with its error; why: the reason; cure_words: what to change
    changes: the settings to change and their new values; empty for a sign,
    because its cause has the cure
    """

    key: str
    title: Text
    seen: tuple[Text, ...]
    why: tuple[Text, ...]
    cure_words: Text
    changes: dict[str, Any]

    @property
    def is_cause(self) -> bool:
        """Whether it is a cause, not a sign of one."""
        return self.key in CAUSES


def findings(diagnosis: Diagnosis) -> list[Finding]:
    """What holds a run back. Causes come first, in the order in which to cure them."""
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
    """A recipe with the changes of some findings: of a single one, or of several at once."""
    for finding in found:
        config = config.replace(**finding.changes)
    return config


# ---- the causes


def _no_memory(diagnosis: Diagnosis) -> Finding:
    seen = prose("findings", "no_memory.seen", batches=LOOKED_AT, input=diagnosis.gradients.input)
    why = prose("findings", "no_memory.why")
    cure = prose("findings", "no_memory.cure")
    return Finding("no_memory", CAUSES["no_memory"], (seen,), (why,), cure, {"context": 0})


def _rate_too_small(diagnosis: Diagnosis) -> Finding:
    run = diagnosis.run
    fast = diagnosis.held_out(diagnosis.trials[LARGER], diagnosis.trials[SAME])
    seen = prose(
        "findings",
        "rate_too_small.seen",
        steps=STEPS,
        difference=fast.size(),
        rate=decimal_of(run.learning_rate),
    )
    share = percent_of(diagnosis.moves.whole)
    update = prose("findings", "rate_too_small.update", share=share)
    rate = larger_rate(run.config, run.learning_rate)
    return _rate_finding("rate_too_small", (seen,), (update, moved_sentence(run)), rate)


def moved_sentence(run: Run) -> Sentence:
    """How far a run's weights are from their first values."""
    return plural_sentence(
        "In {count} update, the weights have moved by {moved:f} % of their initial norm.",
        "In {count:,} updates, the weights have moved by {moved:f} % of their initial norm.",
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
            prose(
                "findings",
                "rate_too_large.seen",
                steps=STEPS,
                difference=calm.size(),
                rate=decimal_of(run.learning_rate),
                same=diagnosis.held_out(diagnosis.trials[SAME]).above(),
            )
        )
    rate = smaller_rate(run.config, run.learning_rate)
    if run.cure is not None:  # it diverged
        words = prose(
            "findings",
            "rate_too_large.cure_of_divergence",
            rate=decimal_of(run.cure.learning_rate),
            norm=run.cure.clip_norm,
        )
        changes = {"learning_rate": run.cure.learning_rate, "clip_norm": run.cure.clip_norm}
        found = Finding("rate_too_large", CAUSES["rate_too_large"], (), (), words, changes)
    else:
        found = _rate_finding("rate_too_large", (), (), rate)
    return found._replace(seen=tuple(seen), why=tuple(_why_too_far(run.config)))


def _why_too_far(config: Config) -> Iterator[Sentence]:
    yield prose("findings", "rate_too_large.why")
    if OPTIMIZERS[config.optimizer].plain and config.batch_size < USUAL_BATCH:
        yield plural_sentence(
            "The gradient of a batch of {count} name is noisier than that of {usual}. The "
            "updates of this optimizer are proportional to the gradient and the learning "
            "rate.",
            "The gradient of a batch of {count} names is noisier than that of {usual}. The "
            "updates of this optimizer are proportional to the gradient and the learning "
            "rate.",
            config.batch_size,
            usual=USUAL_BATCH,
        )
    if config.optimizer == "momentum":
        yield prose("findings", "rate_too_large.momentum", times=round(1 / (1 - MEAN_DECAY)))


def _rate_finding(key: str, seen: tuple[Text, ...], why: tuple[Text, ...], rate: float) -> Finding:
    words = prose("findings", "rate.cure", rate=decimal_of(rate))
    return Finding(key, CAUSES[key], seen, why, words, {"learning_rate": rate})


def larger_rate(config: Config, rate: float) -> float:
    """A learning rate to try if `rate` is too small.

    It is the usual one if that is at least three times as large, else ten times `rate`. It is at
    most the largest rate that a recipe may have.
    """
    usual = usual_rate(config)
    return min(usual if usual >= 3 * rate else _one_digit(10 * rate), _limits()[1])


def smaller_rate(config: Config, rate: float) -> float:
    """A learning rate to try if `rate` is too large: the usual one if that is a third of it or
    less, else a tenth of it.
    """
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
    seen = prose(
        "findings",
        "overfitting.seen",
        step=turned.best_step,
        difference=diagnosis.held_out(best).size(),
        fell=diagnosis.training(best).size(),
    )
    why = prose("findings", "overfitting.why")
    cure = prose("findings", "overfitting.cure", step=turned.best_step)
    changes = {"max_steps": turned.best_step}
    return Finding("overfitting", CAUSES["overfitting"], (seen,), (why,), cure, changes)


def _too_short(diagnosis: Diagnosis) -> Finding:
    run = diagnosis.run
    seen = prose(
        "findings",
        "too_short.seen",
        steps=STEPS,
        difference=diagnosis.held_out(diagnosis.trials[SAME]).size(),
    )
    why = plural_sentence(
        "It ended after {count} update, while its loss was still falling.",
        "It ended after {count:,} updates, while its loss was still falling.",
        run.step,
    )
    steps = min(2 * run.step, int(SETTINGS["max_steps"].high))
    cure = prose("findings", "too_short.cure", steps=steps)
    changes = {"max_steps": steps}
    return Finding("too_short", CAUSES["too_short"], (seen,), (why,), cure, changes)


def _too_narrow(diagnosis: Diagnosis) -> Finding:
    wide = diagnosis.wide
    assert wide is not None
    units = diagnosis.run.config.hidden_size
    seen = (
        baseline_sentence(diagnosis.beside_pairs),
        prose(
            "findings",
            "too_narrow.seen",
            wide=WIDE,
            steps=STEPS,
            difference=diagnosis.held_out(wide, diagnosis.trials[SAME]).size(),
        ),
    )
    why = plural_sentence(
        "Its state has {count} number. All that it knows of earlier letters must fit into it, and "
        "the scores (logits) of all {symbols} symbols are computed from it.",
        "Its state has {count} numbers. All that it knows of earlier letters must fit into them, "
        "and the scores (logits) of all {symbols} symbols are computed from them.",
        units,
        symbols=len(diagnosis.labels),
    )
    cure = prose("findings", "too_narrow.cure", wide=WIDE)
    changes = {"hidden_size": WIDE}
    return Finding("too_narrow", CAUSES["too_narrow"], seen, (why,), cure, changes)


def _dead_letters(diagnosis: Diagnosis) -> Finding:
    seen = []
    if dead := diagnosis.states.dead:
        seen.append(
            prose(
                "findings",
                "dead_letters.never_predicted",
                share=DEAD,
                letters=comma_list([diagnosis.labels[i] for i in dead]),
            )
        )
    if unheard := diagnosis.gradients.unheard:
        seen.append(
            prose(
                "findings",
                "dead_letters.unheard",
                batches=LOOKED_AT,
                letters=comma_list([diagnosis.labels[i] for i in unheard]),
            )
        )
    why = prose("findings", "dead_letters.why")
    cure = prose("findings", "dead_letters.cure")
    return Finding("dead_letters", SIGNS["dead_letters"], tuple(seen), (why,), cure, {})
