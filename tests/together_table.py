"""A network without soft targets beside counting, a committee and mixtures, over splits.

    python -m tests.together_table                     eight splits, three seeds
    python -m tests.together_table --splits 8-12       other splits

It continues where it stopped (`data/together.json`); `--again` starts over. Each split takes about
a minute of one core on compiled kernels. All losses are nats per symbol on the held-out names.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from dino.committee import committee
from dino.compiled import engine
from dino.data import Corpus, load
from dino.ngram import NGram
from dino.parts import finish
from dino.regularised_contexts import RECIPE
from dino.together import letter_losses, mixed_losses
from dino.train import Trainer
from dino.trained_contexts import digest, recipe_values

FILE = Path(__file__).parents[1] / "data" / "together.json"
SEEDS = (0, 1, 2)
COUNTED = 6
SIXES = "counting sixes"
ROWS = {  # each row: how much of the probability is the network's, and whose
    "one network": (1.0, "one"),
    "a committee of three": (1.0, "committee"),
    "half network, half sixes": (0.5, "one"),
    "0.6 network, 0.4 sixes": (0.6, "one"),
    "0.6 committee, 0.4 sixes": (0.6, "committee"),
}


def main() -> None:
    """Train what the file does not have yet, write it after every split, and print the table."""
    options = _options()
    engine.prepare()
    found = _begin(options.again)
    for split in options.splits:
        if str(split) not in found["splits"]:
            found["splits"][str(split)] = measure(load(split_seed=split))
            FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            print(f"split {split}", found["splits"][str(split)], flush=True)
    print_table({it: found["splits"][str(it)] for it in options.splits})


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=_splits, default=range(8), help="from-to, 0-7 by default")
    parser.add_argument("--again", action="store_true", help="train all of them again")
    return parser.parse_args()


def _splits(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _begin(again: bool) -> dict:
    """What the file has already, if it is of the same recipe and names."""
    head = {"recipe": recipe_values(RECIPE), "seeds": list(SEEDS), "digest": digest(load())}
    if not again and FILE.exists():
        found: dict = json.loads(FILE.read_text(encoding="utf-8"))
        if all(found[key] == value for key, value in head.items()):
            return found
    return {**head, "splits": {}}


def measure(corpus: Corpus) -> dict[str, float]:
    """The held-out loss of every row on one split; where seeds differ, their mean."""
    counted = NGram(COUNTED, corpus.train, corpus.vocab).surprises(corpus.val)
    networks = [_trained(corpus, seed) for seed in SEEDS]
    of = {"one": networks, "committee": [list(map(committee, zip(*networks, strict=True)))]}
    symbols = sum(len(name) + 1 for name in corpus.val)
    losses = {SIXES: sum(map(np.sum, counted)) / symbols}
    for row, (share, whose) in ROWS.items():
        sums = [mixed_losses(it, counted, share).together.sum() for it in of[whose]]
        losses[row] = float(np.mean(sums)) / symbols
    return {row: round(float(loss), 5) for row, loss in losses.items()}


def _trained(corpus: Corpus, seed: int) -> list[np.ndarray]:
    """−ln p of every letter of the held-out names, by a network that trained to its end."""
    config = RECIPE.replace(seed=seed, split_seed=corpus.split_seed)
    trainer = Trainer(config, corpus, takes_snapshots=False)
    while not trainer.done:
        trainer.advance(seconds=60)
    trainer.settle()
    return finish(letter_losses(trainer.eval_model, corpus.vocab, corpus.val, config.context))


def print_table(splits: dict[int, dict[str, float]]) -> None:
    """Each row's mean, and its difference to counting sixes ± the standard error over splits."""
    sixes = np.array([it[SIXES] for it in splits.values()])
    print(f"{len(splits)} splits, {len(SEEDS)} seeds each; {SIXES} {sixes.mean():.3f}")
    for row in ROWS:
        losses = np.array([it[row] for it in splits.values()])
        gaps = losses - sixes
        error = gaps.std(ddof=1) / len(gaps) ** 0.5
        print(f"{row:26} {losses.mean():.3f}   {gaps.mean():+.3f} ± {error:.3f}")


if __name__ == "__main__":
    main()
