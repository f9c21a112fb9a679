"""The figures of a diagnosis in sentences: what was measured of any run, good or bad.

`findings.py` says what holds the run back.
"""

from __future__ import annotations

from decimal import Decimal

from dino.diagnosis import DEAD, LARGER, SAME, SMALLER, Diagnosis
from dino.difference import Side, few_names_sentence
from dino.locale.sentences import Sentence, error_sentence, sentence
from dino.metrics import baseline_sentence
from dino.probe import SATURATED
from dino.setting import decimal_of
from dino.trials import LOOKED_AT, STEPS


def figure_sentences(diagnosis: Diagnosis) -> list[Sentence]:
    """What was measured, even if nothing holds the run back.

    That is the gradient, clipping, how far an update moves, saturation, dead letters, counting, and
    the trials. The gap has `gap_sentences`.
    """
    found = [
        _gradient_sentence(diagnosis),
        _clipped_sentence(diagnosis),
        _moves_sentence(diagnosis),
        _saturated_sentence(diagnosis),
    ]
    if not diagnosis.states.dead:
        found.append(
            sentence(
                "The network gives every symbol of the list, at least once, a probability of "
                "{share:g} times its frequency or more. No symbol is dead.",
                share=DEAD,
            )
        )
    found += [baseline_sentence(diagnosis.beside_pairs), _trials_sentence(diagnosis)]
    if not diagnosis.is_judged:
        found.append(few_names_sentence(diagnosis.names))
    return found


def _gradient_sentence(diagnosis: Diagnosis) -> Sentence:
    return sentence(
        "Before clipping, the norm of the gradient is {norm}, the mean over {batches} batches.",
        norm=error_sentence(diagnosis.gradients.norm, diagnosis.gradients.error, 2),
        batches=LOOKED_AT,
    )


def _clipped_sentence(diagnosis: Diagnosis) -> Sentence:
    run, share = diagnosis.run, diagnosis.gradients.clipped
    if share is None:
        return sentence("This recipe does not clip the gradient.")
    return sentence(
        "In {now:.0f} % of these batches, the norm exceeds {limit:g} and the gradient is "
        "clipped. During the run it was clipped in {then:.0f} % of the updates.",
        limit=run.config.clip_norm,
        now=100 * share,
        then=100 * run.clipped / run.step,
    )


def _moves_sentence(diagnosis: Diagnosis) -> Sentence:
    moves = diagnosis.moves
    return sentence(
        "One update moves the weights by {whole:f} % of their norm (W_xh by {input:f} %, "
        "W_hh by {recurrent:f} %, W_hy by {output:f} %). This is the update-to-weight "
        "ratio.",
        whole=percent_of(moves.whole),
        input=percent_of(moves.matrices["W_xh"] or 0.0),
        recurrent=percent_of(moves.matrices["W_hh"] or 0.0),
        output=percent_of(moves.matrices["W_hy"] or 0.0),
    )


def _saturated_sentence(diagnosis: Diagnosis) -> Sentence:
    fields = {"percent": 100 * diagnosis.states.saturated, "edge": SATURATED}
    if diagnosis.run.config.cell != "rnn":
        return sentence(
            "{percent:.0f} % of the hidden states on held-out names are beyond ±{edge}.", **fields
        )
    return sentence(
        "{percent:.0f} % of the hidden states on held-out names are saturated (beyond ±{edge}, "
        "where tanh passes less than {slope:.0f} % of a gradient).",
        slope=100 * (1 - SATURATED**2),
        **fields,
    )


def gap_sentences(diagnosis: Diagnosis) -> list[Sentence]:
    """The gap between held-out and training loss, and whether it is overfitting.

    How far the held-out loss is above its lowest decides that.
    """
    gap = diagnosis.gap
    fields = {"gap": gap.above()}
    if not gap.is_clear:
        return [
            sentence(
                "The gap (held-out minus training loss) is {gap}, too close to call.", **fields
            )
        ]
    found = [sentence("The gap (held-out minus training loss) is {gap}.", **fields)]
    if diagnosis.is_overfitted:
        found.append(
            sentence(
                "The held-out loss has risen while the training loss fell. That is overfitting."
            )
        )
    elif gap.side is Side.HIGHER:
        found.append(
            sentence(
                "A gap alone is not overfitting. Since its lowest point, the held-out loss has "
                "not clearly risen while the training loss fell."
            )
        )
    if not diagnosis.run.stopped:  # the curve of a run that diverged decides nothing
        found.append(_turn_sentence(diagnosis))
    return found


def _turn_sentence(diagnosis: Diagnosis) -> Sentence:
    """How far the held-out loss is above its lowest, which separates overfitting from a gap."""
    run, best = diagnosis.run, diagnosis.best
    step, lowest = run.best
    if run.val_loss <= lowest:
        return sentence("The held-out loss is now at its lowest, so it has not started to rise.")
    if best is None:  # the weights of that moment are gone
        return sentence(
            "The held-out loss was lowest at update {step:,} and is {rise:.3f} higher now.",
            step=step,
            rise=run.val_loss - lowest,
        )
    return sentence(
        "The held-out loss was lowest at update {step:,}. Since then it has changed by {rise}, "
        "compared name by name.",
        step=step,
        rise=diagnosis.held_out(diagnosis.losses, best).above(),
    )


def _trials_sentence(diagnosis: Diagnosis) -> Sentence:
    less, same, more = (diagnosis.held_out(diagnosis.trials[it]) for it in (SMALLER, SAME, LARGER))
    return sentence(
        "From the current weights, {steps} more updates change the held-out loss by {same}. At a "
        "tenth of the learning rate they change it by {less}, at ten times the rate by {more}.",
        steps=STEPS,
        same=same.above(),
        less=less.above(),
        more=more.above(),
    )


def percent_of(share: float) -> Decimal:
    """100 times a share, with at least two digits, for a field that is formatted by `f`."""
    percent = 100 * share
    return decimal_of(round(percent) if percent >= 10 else float(format(percent, ".2g")))
