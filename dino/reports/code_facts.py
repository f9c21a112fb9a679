"""What the code of a run must know: its recipe, its list, and the loss to expect."""

from __future__ import annotations

import hashlib
import re

import numpy as np

from dino import cost
from dino.config import (
    ADAGRAD_EPSILON,
    EPSILON,
    GATES,
    MEAN_DECAY,
    OPTIMIZERS,
    SQUARE_DECAY,
    WEIGHT_DECAY,
)
from dino.count_teacher import FOLDS
from dino.data import MOST_HELD_OUT, Corpus
from dino.divergence import LIMIT, OVER
from dino.lists import BUNDLED, MAX_CODE_POINTS, MAX_LETTERS, MAX_SYMBOLS
from dino.locale.sentences import Refusal, Sentence, Text, prose_part, sentence
from dino.ngram import DISCOUNT
from dino.reports.facts import removed_places
from dino.reports.spreads import Spread, measured_spread
from dino.reports.template import Filling, literal
from dino.run import Run
from dino.together import Reading

ROUNDING = 1e-3  # nats per symbol: how far rounding may move the loss with the same random draws
FEWEST_SEEDS = 5
# Two runs with different draws differ by √2 standard deviations. In 95 of 100 cases the difference
# is below Student's t times that: for five seeds 2.78 · √2 = 3.93, for more of them less.
DEVIATIONS = 4
PRINTED = 12  # about how many losses a script prints while it trains


def list_file(corpus: Corpus) -> str:
    """The name of the file that has a list: one of the app's, else a name for the
    visitor's own list.
    """
    if isinstance(corpus.title, str):  # on the command line it is the file's name
        return re.split(r"[/\\]", corpus.title)[-1] + ".txt"
    titles = {bundled.title: key for key, bundled in BUNDLED.items()}
    key = getattr(corpus.source, "key", titles.get(corpus.title))  # as a page chose the list
    return BUNDLED[key].file if key in BUNDLED else "names.txt"


def list_text(corpus: Corpus) -> bytes:
    """A list as a file for its code: the cleaned names, one a line, UTF-8."""
    rows = corpus.cleaned.rows if corpus.cleaned else corpus.rows
    return "".join(f"{row}\n" for row in rows).encode()


def steps_of(run: Run) -> int:
    """The step whose weights and held-out loss the run has."""
    return run.kept_step if run.stopped else int(run.val_steps[-1])


def filling(
    run: Run,
    corpus: Corpus,
    file: str,
    spread: Spread | None,
    same_draws: bool,
    reading: Reading | None = None,
) -> Filling:
    """The flags, values and words that fill the templates for a run and its list.

    file: the list's file name; spread: how far seeds move its loss, by default as measured for the
    presets; same_draws: whether the code has the run's random draws; reading: of its network
    together with counting, if the code is to read it so. Raises Refusal for a run whose weights
    were put back while it trained.
    """
    if _was_put_back(run):
        raise Refusal(
            sentence(
                "Code repeats a run from its first update. This run diverged and continued from "
                "earlier weights. Train it again at a lower rate."
            )
        )
    tolerance, words = _verdict(run, same_draws, spread or measured_spread(run, corpus))
    flags = _recipe_flags(run) | _list_flags(corpus) | ({"verdict"} if tolerance else set())
    flags |= {"mixed"} if reading else set()
    values = {
        **_recipe_values(run),
        **(_mix_values(reading) if reading else {}),
        **_list_values(corpus),
        "file": literal(file),
        "tolerance": repr(tolerance),
        "rounding": repr(ROUNDING),
    }
    rule = OPTIMIZERS[run.config.optimizer].formula
    comments = prose_part("code", "comments")
    return Filling(flags, values, {**comments, **words, "rule": rule})


def draws_are_same(run: Run, corpus: Corpus) -> bool:
    """Whether code that draws as PyTorch's engine does has the random draws of a run.

    The kernels use their own generator for dropout. PyTorch draws part by part if an
    update has parts.
    """
    config = run.config
    if not config.drops:
        return True
    names, positions = cost.update_part_size(config, len(corpus.vocab), corpus.longest + 1)
    whole = names >= config.batch_size and positions >= corpus.longest + 1
    return whole and {name for _, name in run.engines} <= {"torch"}


def _was_put_back(run: Run) -> bool:
    """Whether the run diverged before the step whose weights it has."""
    losses = run.losses[: steps_of(run) // run.stretch].astype(np.float64)
    over = max(1, OVER // run.stretch)
    if len(losses) < over:
        return not bool(np.isfinite(losses).all())
    means = np.convolve(losses, np.ones(over) / over, "valid")
    return not bool((means <= LIMIT * run.val_losses[0]).all())


def _recipe_flags(run: Run) -> frozenset[str]:
    config = run.config
    used = {
        "one_rate": len(_rates(run)) == 1,
        "clip": config.clip_norm,
        "average": config.average,
        "letters": config.letter_dropout,
        "units": config.hidden_dropout,
        "weights": config.weight_drop,
        "taught": config.count_teacher,
        "shuffled": config.shuffle,
        "context": config.context,
    }
    return frozenset({config.cell, config.optimizer, *(flag for flag in used if used[flag])})


def _recipe_values(run: Run) -> dict[str, str]:
    config, rates, steps = run.config, _rates(run), steps_of(run)
    names = ["clip_norm", "average", "letter_dropout", "hidden_dropout", "weight_drop"]
    names += ["count_teacher", "context", "forget_bias", "seed"]
    parts = ["h", "c"] if config.cell == "lstm" else ["h"]  # of the state
    return {
        **{name: repr(getattr(config, name)) for name in names},
        "hidden": repr(config.hidden_size),
        "batch": repr(config.batch_size),
        "steps": repr(steps),
        "rate": repr(config.learning_rate),
        "rates": repr(rates),
        "eta": "LEARNING_RATE" if len(rates) == 1 else "rate",
        "expected": repr(round(run.val_loss, 6)),
        "every": repr(max(1, steps // PRINTED)),
        "blocks": repr(GATES[config.cell]),
        "state": ", ".join(parts),
        "state_is": " = ".join(parts) + " =",
        "mean_decay": repr(MEAN_DECAY),
        "square_decay": repr(SQUARE_DECAY),
        "epsilon": repr(EPSILON),
        "adagrad_epsilon": repr(ADAGRAD_EPSILON),
        "weight_decay": repr(WEIGHT_DECAY),
        "folds": repr(FOLDS),
        "discount": repr(DISCOUNT),
    }


def _mix_values(reading: Reading) -> dict[str, str]:
    return {
        "counted": repr(reading.mix.n),
        "share": repr(reading.mix.share),
        "expected_together": repr(round(reading.below.loss, 6)),
    }


def _rates(run: Run) -> dict[int, float]:
    """The step from which on each learning rate held, up to the step whose weights the run has."""
    steps = steps_of(run)
    return {step: rate for step, rate in run.learning_rates if step < steps or step == 0}


def _list_flags(corpus: Corpus) -> frozenset[str]:
    found = (
        {finding.what: finding.count for finding in corpus.cleaned.report} if corpus.cleaned else {}
    )
    used = {
        "lower": not corpus.vocab.has_capitals,
        "invisible": found.get("controls"),
        "long": found.get("long"),
        "rare": found.get("rare"),
        "removed": corpus.removed,
        "private": corpus.owner,
        "exam": corpus.exam,
    }
    return frozenset(flag for flag in used if used[flag])


def _list_values(corpus: Corpus) -> dict[str, str]:
    names = "\n".join([*corpus.train, *corpus.val, *corpus.exam])
    return {
        "removed": "{" + ", ".join(map(literal, sorted(corpus.removed))) + "}",
        "removed_places": "{" + ", ".join(map(repr, removed_places(corpus))) + "}",
        "split_seed": repr(corpus.split_seed),
        "code_points": repr(MAX_CODE_POINTS),
        "letters_limit": repr(MAX_LETTERS),
        "symbols_limit": repr(MAX_SYMBOLS - 1),
        "most_held_out": repr(MOST_HELD_OUT),
        "fingerprint": literal(hashlib.sha256(names.encode()).hexdigest()),
    }


def _verdict(
    run: Run, same_draws: bool, spread: Spread | None
) -> tuple[float | None, dict[str, Text]]:
    """How far the code's loss may be from the run's, None if that is unknown, and a sentence on it.

    The kernels round differently from PyTorch. At a high rate training enlarges the difference: SGD
    at 1.0 moved First success by 0.008 in 1,200 steps; its own recipe moved it by less than 1e-6.
    """
    known = spread if spread is not None and spread.seeds >= FEWEST_SEEDS else None
    if same_draws and {name for _, name in run.engines} <= {"torch"}:
        return ROUNDING, _words_of_same_draws()
    if known is None:
        return None, _words_of_no_verdict(same_draws)
    words = _words_of_rounding(known) if same_draws else _words_of_others(known)
    return max(ROUNDING, DEVIATIONS * known.deviation), words


def _words_of_same_draws() -> dict[str, Text]:
    return {
        "tolerance": sentence("The random draws are those of the run. Only rounding may differ."),
        "not_met": sentence(
            "The loss is not as expected. Another processor or version of PyTorch rounds "
            "differently, and training may enlarge the difference."
        ),
    }


def _words_of_no_verdict(same_draws: bool) -> dict[str, Text]:
    why = (
        sentence(
            "The random draws are those of the run, but its engine rounds differently, and "
            "training may enlarge the difference."
        )
        if same_draws
        else sentence("The random draws differ from those of the run, as with another seed.")
    )
    words = sentence(
        "{why} The effect of the seed on this recipe's loss was not measured, so this code cannot "
        "judge the difference. To measure it, run this code with at least {seeds} other values of "
        "SEED. If the difference is more than {times} standard deviations of those losses, the "
        "two losses do not agree.",
        why=why,
        seeds=FEWEST_SEEDS,
        times=DEVIATIONS,
    )
    return {"no_verdict": words}


def _words_of_others(spread: Spread) -> dict[str, Text]:
    return _words_of_spread(
        spread, sentence("The random draws differ from those of the run, as with another seed.")
    )


def _words_of_rounding(spread: Spread) -> dict[str, Text]:
    return _words_of_spread(
        spread,
        sentence(
            "The random draws are those of the run, but its engine rounds differently. At a high "
            "learning rate, that changes a loss as much as another seed does."
        ),
    )


def _words_of_spread(spread: Spread, why: Sentence) -> dict[str, Text]:
    return {
        "tolerance": sentence(
            "{why} Over {seeds} seeds, the losses of this recipe have a standard deviation of "
            "{deviation:.4f}. In 95 of 100 cases two of them differ by less than {times} times "
            "that.",
            why=why,
            seeds=spread.seeds,
            deviation=spread.deviation,
            times=DEVIATIONS,
        ),
        "not_met": sentence(
            "The loss is not as expected. In 95 of 100 cases, another seed would change it by "
            "less than this difference."
        ),
    }
