"""What the curves of several runs show, in sentences that are true of any runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dino.charts.compare import WINDOW
from dino.locale.sentences import Sentence, comma_list, sentence
from dino.ui.seeds import optimizer_sentences, seed_sentences

if TYPE_CHECKING:
    from dino.jobs import RunEntry


def best_sentences(entries: Sequence[RunEntry], titles: Mapping[str, str]) -> list[Sentence]:
    """Which of these runs has the lowest held-out loss and when, and what that does not decide.

    entries: runs whose losses may be compared; titles: what each is called, by its token.
    """
    known = [entry for entry in entries if math.isfinite(entry.run.best[1])]
    if not known:
        return [sentence("None of these runs has a held-out loss that is a number.")]
    if len(known) == 1:
        return [_single_sentence(known[0], titles[known[0].token])]
    lowest = min(_shown(entry) for entry in known)
    first = [entry for entry in known if _shown(entry) == lowest]
    others = sorted(_shown(entry) for entry in known if _shown(entry) > lowest)
    return [
        _lowest_sentence([titles[entry.token] for entry in first], first, len(known)),
        *_others_sentence(others),
        *(seed_sentences(known) or _one_run_sentence(known)),
        *optimizer_sentences(known),
    ]


def _shown(entry: RunEntry) -> float:
    """The lowest held-out loss of a run as the page shows it."""
    return round(entry.run.best[1], 3)


def _single_sentence(entry: RunEntry, title: str) -> Sentence:
    run = entry.run
    step, loss = run.best
    if step == run.step:
        return sentence(
            "{run} has its lowest held-out loss after its last step, {step:,}: {loss:.3f}.",
            run=title,
            step=step,
            loss=loss,
        )
    if run.stopped or not math.isfinite(run.val_loss):
        return sentence(
            "{run} has its lowest held-out loss at step {step:,}: {loss:.3f}.",
            run=title,
            step=step,
            loss=loss,
        )
    return sentence(
        "{run} has its lowest held-out loss at step {step:,}: {loss:.3f}. After step {last:,} it "
        "is {now:.3f}.",
        run=title,
        step=step,
        loss=loss,
        last=run.step,
        now=run.val_loss,
    )


def _lowest_sentence(titles: Sequence[str], first: Sequence[RunEntry], count: int) -> Sentence:
    """titles: of the runs that share the lowest loss, as it is shown; count: of all runs."""
    step, loss = first[0].run.best
    if len(first) == 1:
        return sentence(
            "Of these {count} runs, {run} has the lowest held-out loss: {loss:.3f} at step "
            "{step:,}.",
            count=count,
            run=titles[0],
            loss=loss,
            step=step,
        )
    return sentence(
        "Of these {count} runs, {runs} have the same lowest held-out loss to three decimals: "
        "{loss:.3f}.",
        count=count,
        runs=comma_list(list(titles)),
        loss=loss,
    )


def _others_sentence(losses: Sequence[float]) -> list[Sentence]:
    """The lowest losses of the other runs, in order."""
    if not losses:
        return []
    if len(losses) == 1:
        return [sentence("The lowest one of the other run is {loss:.3f}.", loss=losses[0])]
    return [
        sentence(
            "The lowest ones of the others are from {low:.3f} to {high:.3f}.",
            low=losses[0],
            high=losses[-1],
        )
    ]


def _one_run_sentence(entries: Sequence[RunEntry]) -> list[Sentence]:
    """What single runs do not decide, where their recipes differ in more than the seed."""
    recipes = {entry.run.config.replace(seed=0, engine="auto") for entry in entries}
    schedules = {entry.run.learning_rates for entry in entries}
    if len(recipes) < 2 and len(schedules) < 2:
        return []
    return [
        sentence(
            "One run of each does not decide which recipe is better: another seed or split changes "
            "its loss, too."
        )
    ]


def axis_sentences(by: str, log_x: bool, smoothed: bool, with_train: bool) -> list[Sentence]:
    """How the curves are drawn: what each line is, and what is estimated, left out or averaged."""
    found = [sentence("Solid: held-out loss (validation set).")]
    if with_train:
        found = [
            sentence(
                "Solid: held-out loss (validation set). Dotted: training loss, each point a mean "
                "over the steps since the one before."
            )
        ]
    if by == "seconds":
        found.append(
            sentence(
                "Seconds are estimated: of a run only its whole training time is known, and it is "
                "spread evenly over its steps."
            )
        )
    if log_x:
        found.append(
            sentence(
                "A logarithmic axis has no 0, so the untrained networks at its start are not drawn."
            )
        )
    if smoothed:
        found.append(
            sentence(
                "Each point of a smoothed line is the mean of up to {window} neighbouring points; "
                "the pale line behind it is as measured.",
                window=WINDOW,
            )
        )
    return found
