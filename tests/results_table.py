"""The losses of README's results: networks beside counting, a committee and mixtures, over splits.

    python -m tests.results_table                      all thirteen splits, three seeds each
    python -m tests.results_table --splits 8-12        only these splits

It continues where it stopped (`data/results.json`); `--again` starts over. Each split takes about
a minute of one core on compiled kernels. All losses are nats per symbol on the held-out names.
"""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from dino.committee import committee
from dino.compiled import engine
from dino.config import Config
from dino.data import Corpus, load
from dino.difference import Difference
from dino.experiments.verdict import judge
from dino.lists import DATA
from dino.mix import ORDERS, PARTNERS
from dino.ngram import NGram
from dino.parts import finish
from dino.presets import PRESETS
from dino.together import letter_losses, mixed_losses
from dino.train import Trainer
from dino.trained_contexts import digest, recipe_values

FILE = DATA / "results.json"
SEEDS = (0, 1, 2)
CHOICE = (3, 4, 5, 6, 7)  # the splits that presets were chosen on
UNSEEN = (0, 1, 2, 8, 9, 10, 11, 12)
SPLITS = tuple(range(13))
GUESS, SIXES, RNN, LSTM = "uniform guess", "counting sixes", "best vanilla RNN", "best LSTM"
NETWORKS = {RNN: "best-rnn", LSTM: "best-lstm"}
COMMITTEE, HALF = "best LSTM, three seeds as a committee", "half best LSTM, half sixes"
MIXED = {  # each row of a mixture with sixes: how much is the network's, and whose
    HALF: (0.5, "one"),
    "0.6 best LSTM, 0.4 sixes": (0.6, "one"),
    "0.6 committee, 0.4 sixes": (0.6, "committee"),
}
ROWS = (GUESS, *(f"counting {name}" for name in ORDERS), RNN, LSTM, COMMITTEE, *MIXED)
README_ROWS = (GUESS, *(f"counting {name}" for name in PARTNERS), RNN, LSTM, COMMITTEE, HALF)

Losses = Mapping[str, Sequence[float]]  # of each row: one loss, or one for each seed


def main() -> None:
    """Train what the file does not have yet, write it after every split, and print the table."""
    options = _options()
    engine.prepare()
    found = begin(options.again)
    for split in options.splits:
        if str(split) not in found["splits"]:
            found["splits"][str(split)] = measure(load(split_seed=split))
            write(found)
            print(f"split {split}", found["splits"][str(split)], flush=True)
    splits = {int(split): losses for split, losses in found["splits"].items()}
    print("\n".join([*table(splits), "", *readme_lines(splits)]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=_splits, default=SPLITS, help="from-to, 0-12 by default")
    parser.add_argument("--again", action="store_true", help="train all of them again")
    return parser.parse_args()


def _splits(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def begin(again: bool = False) -> dict:
    """What the file has already, if it is of the same recipes and names."""
    recipes = {row: recipe_values(PRESETS[name].config) for row, name in NETWORKS.items()}
    head = {"recipes": recipes, "seeds": list(SEEDS), "digest": digest(load())}
    if not again and FILE.exists():
        found: dict = json.loads(FILE.read_text(encoding="utf-8"))
        if all(found.get(key) == value for key, value in head.items()):
            return found
    return {**head, "splits": {}}


def write(found: dict) -> None:
    """Each row of a split in one line."""
    text = json.dumps(found, indent=1)
    text = re.sub(r"\[[^\[\]]*\]", lambda row: " ".join(row[0].split()), text)
    FILE.write_text(text + "\n", encoding="utf-8")


def measure(corpus: Corpus) -> dict[str, list[float]]:
    """The held-out losses of every row on one split: one, or one for each seed."""
    symbols = sum(len(name) + 1 for name in corpus.val)
    counted = NGram(ORDERS["sixes"], corpus.train, corpus.vocab).surprises(corpus.val)
    sums = {GUESS: [symbols * math.log(len(corpus.vocab))]}
    for name, n in ORDERS.items():
        counts = NGram(n, corpus.train, corpus.vocab)
        sums[f"counting {name}"] = [counts.name_losses(corpus.val).sum()]
    networks = {row: networks_of(PRESETS[name].config, corpus) for row, name in NETWORKS.items()}
    of = {
        "one": networks[LSTM],
        "committee": [list(map(committee, zip(*networks[LSTM], strict=True)))],
    }
    sums |= {row: [_sum(it) for it in found] for row, found in networks.items()}
    sums[COMMITTEE] = [_sum(of["committee"][0])]
    for row, (share, whose) in MIXED.items():
        sums[row] = [mixed_losses(it, counted, share).together.sum() for it in of[whose]]
    return {row: [round(float(it) / symbols, 5) for it in sums[row]] for row in ROWS}


def _sum(letters: Iterable[np.ndarray]) -> float:
    return float(sum(it.astype(np.float64).sum() for it in letters))


def networks_of(config: Config, corpus: Corpus) -> list[list[np.ndarray]]:
    """−ln p of every letter of the held-out names, by the network of each seed."""
    return [trained(config.replace(seed=seed), corpus) for seed in SEEDS]


def trained(config: Config, corpus: Corpus) -> list[np.ndarray]:
    """−ln p of every letter of the held-out names, by a network that trained to its end."""
    recipe = config.replace(split_seed=corpus.split_seed)
    trainer = Trainer(recipe, corpus, takes_snapshots=False)
    while not trainer.done:
        trainer.advance(seconds=60)
    trainer.settle()
    return finish(letter_losses(trainer.eval_model, corpus.vocab, corpus.val, config.context))


def mean(splits: Iterable[Losses], row: str) -> float:
    """The mean over seeds and splits."""
    return float(np.mean([np.mean(losses[row]) for losses in splits]))


def above_sixes(splits: Sequence[Losses], row: str) -> tuple[float, float]:
    """How much a row is above counting sixes, and the standard error of that over splits."""
    gaps = np.array([np.mean(losses[row]) - losses[SIXES][0] for losses in splits])
    return float(gaps.mean()), float(gaps.std(ddof=1) / len(gaps) ** 0.5)


def verdict(splits: Sequence[Losses], row: str) -> Difference:
    """How much lower a row is than counting sixes, by the verdict of experiments (Compare)."""
    mine = [losses[row] for losses in splits]
    sixes = [[losses[SIXES][0]] * len(losses[row]) for losses in splits]
    (compared,) = judge(np.array([mine, sixes])[:, None]).comparisons
    return compared.seen_from(0)


def readme_lines(splits: Mapping[int, Losses]) -> list[str]:
    """The table of README's results: each row's mean, and how much it is above counting sixes."""
    unseen = [splits[it] for it in UNSEEN if it in splits]
    lines = [
        "| nats per symbol | unseen: splits 0–2, 8–12 | above counting sixes | all: splits 0–12 |",
        "|---|---|---|---|",
    ]
    for row in README_ROWS:
        above, error = above_sixes(unseen, row)
        beside = "" if row == SIXES else f"{above:+.3f} ± {error:.3f}".replace("-", "−")
        means = f"{mean(unseen, row):.3f} | {beside} | {mean(splits.values(), row):.3f}"
        lines.append(f"| {row} | {means} |")
    return lines


def table(splits: Mapping[int, Losses]) -> Iterable[str]:
    """Each row's mean, and its difference to counting sixes ± the standard error over splits."""
    for called, chosen in (("unseen", UNSEEN), ("of the choice", CHOICE), ("all", SPLITS)):
        found = [splits[it] for it in chosen if it in splits]
        if len(found) < 2:
            continue
        yield f"\n{called} ({len(found)} splits, {len(SEEDS)} seeds)"
        for row in ROWS:
            above, error = above_sixes(found, row)
            yield f"{row:30} {mean(found, row):.3f}   {above:+.3f} ± {error:.3f}"
        said = verdict(found, LSTM)
        words = f"{LSTM}: {said.above(3)} to {SIXES}, clear from {said.limit:.2f} errors"
        yield f"{words}: {said.side.name.lower()}"


if __name__ == "__main__":
    main()
