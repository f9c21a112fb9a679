"""The preset Best LSTM and the recipe for long lists, on parts and the whole of the US first names.

    python -m tests.long_lists            what `data/long_lists.json` does not have yet
    python -m tests.long_lists --again    all of it
    python -m tests.long_lists --list FILE
                                          both recipes on another list, printed and not written

The split seed draws a part, splits it and is the seed of the training. All losses are nats per
symbol on the held-out names.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import numpy as np

from dino.compiled import engine
from dino.config import Config
from dino.data import Corpus, load, load_bundled, make_corpus
from dino.lists import clean
from dino.long_lists import FILE, LONG, SHORT, measured_in, recipes, recipes_values
from dino.ngram import NGram
from dino.parts import finish
from dino.together import letter_losses, mixed_losses
from dino.train import Trainer
from dino.trained_contexts import digest

LIST = "us-first-names"
LENGTHS = (2000, 3000, 0)  # names in a part; 0 is the whole list
SPLITS = range(1, 4)  # split 0 of the whole list chose the recipe
COUNTED, SHARE = 6, 0.5
SIXES, MIXED = "counting sixes", "half {}, half sixes"
RECIPES = (SHORT, LONG)
READERS = (SIXES, SHORT, LONG, MIXED.format(SHORT), MIXED.format(LONG))


def main() -> None:
    """Train what the file does not have yet, write it after every split, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--again", action="store_true", help="train all of them again")
    parser.add_argument("--list", type=Path, help="a text file of names to measure instead")
    options = parser.parse_args()
    engine.prepare()
    if options.list:
        print(json.dumps(measure(load(options.list)), indent=1))
        return
    found = _begin(options.again)
    for split in SPLITS:
        for length in LENGTHS:
            _add(found, length, split)
    print_table(found)


def _begin(again: bool) -> dict:
    """What the file has already of these names, without the losses of a recipe that changed."""
    head = {"list": LIST, "digest": digest(load_bundled(LIST)), "splits": [*SPLITS]}
    head |= {"recipes": recipes_values(), "lengths": []}
    if again or not FILE.exists():
        return head
    found: dict = json.loads(FILE.read_text(encoding="utf-8"))
    if found["digest"] == head["digest"] and found["splits"] == head["splits"]:
        head["lengths"] = found["lengths"]
    changed = [it for it in RECIPES if found["recipes"].get(it) != head["recipes"][it]]
    for row in head["lengths"]:
        for name in changed:
            row["losses"][name], row["losses"][MIXED.format(name)] = [], []
    return head


def _add(found: dict, length: int, split: int) -> None:
    """Train what the file does not have of one part, and write the file."""
    corpus = part(length, split)
    trained_on = len(corpus.train)
    row = next((it for it in found["lengths"] if it["names"] == trained_on), None)
    if row is None:
        row = {"names": trained_on, "losses": {reader: [] for reader in READERS}}
        found["lengths"].append(row)
    known = [it for it in READERS if len(row["losses"][it]) > SPLITS.index(split)]
    for reader, loss in measure(corpus, [it for it in RECIPES if it not in known]).items():
        if reader not in known:
            row["losses"][reader].append(loss)
            print(f"{trained_on} split {split} {reader} {loss:.4f}", flush=True)
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def part(length: int, split_seed: int) -> Corpus:
    """A part of the list, drawn by the split seed, or the whole list if `length` is 0."""
    names = sorted(set(load_bundled(LIST).names))
    random.Random(split_seed).shuffle(names)
    return make_corpus(clean("\n".join(names[: length or None])), LIST, split_seed)


def measure(corpus: Corpus, names: Sequence[str] = RECIPES) -> dict[str, float]:
    """The held-out loss of counting, and of these recipes, alone and half with counting."""
    counted = NGram(COUNTED, corpus.train, corpus.vocab).surprises(corpus.val)
    symbols = sum(len(name) + 1 for name in corpus.val)
    found = {SIXES: sum(map(np.sum, counted))}
    configs = recipes(
        len(corpus.train), Config(seed=corpus.split_seed, split_seed=corpus.split_seed)
    )
    for name in names:
        losses = mixed_losses(_trained(configs[name], corpus), counted, SHARE)
        found[name], found[MIXED.format(name)] = losses.network.sum(), losses.together.sum()
    return {reader: round(float(loss) / symbols, 5) for reader, loss in found.items()}


def _trained(config: Config, corpus: Corpus) -> list[np.ndarray]:
    """−ln p of every letter of the held-out names, by a network that trained to its end."""
    trainer = Trainer(config, corpus, takes_snapshots=False)
    while not trainer.done:
        trainer.advance(seconds=60)
    trainer.settle()
    return finish(letter_losses(trainer.eval_model, corpus.vocab, corpus.val, config.context))


def print_table(found: dict) -> None:
    """Each reader's mean, and how far the recipe for long lists is below the others."""
    for it in measured_in(found):
        print(f"{it.names:,} names to train on, {len(SPLITS)} splits")
        for reader in READERS:
            print(f"  {reader:24} {mean(it.losses[reader]):.3f}")
        for reader, other in ((LONG, SHORT), (LONG, SIXES), (MIXED.format(LONG), SIXES)):
            below = it.below(reader, other)
            print(f"  {reader} below {other}: {below.lower_by:+.4f} ± {below.error:.4f}")


if __name__ == "__main__":
    main()
