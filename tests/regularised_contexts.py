"""The networks of `dino/regularised_contexts.py`: its recipe with a memory of 3 letters, of 5, and
of all.

`python -m tests.regularised_contexts` continues where it stopped; `--again` starts over. All 15
take about half an hour of one core. On another machine a loss may differ in its third decimal: BLAS
libraries add in different orders.
"""

import json
import re
import sys

from dino import regularised_contexts as measured
from dino.config import Config
from dino.data import Corpus, load
from dino.ngram import ORDERS, NGram
from dino.probe import name_losses
from dino.train import Trainer
from dino.trained_contexts import digest, recipe_values

SEEDS = (0, 1, 2, 3, 4)
BASE = measured.RECIPE.replace(engine="torch")
EVERY = 100  # updates between two points of a curve


def main() -> None:
    """Train what the file does not have yet, and write it after every network."""
    corpus = load()
    found = begin(corpus)
    for seed in SEEDS:
        for context in measured.CONTEXTS:
            runs = found["runs"].setdefault(str(context), {})
            if str(seed) not in runs:
                runs[str(seed)] = train(BASE.replace(context=context, seed=seed), corpus)
                write(found)
                print(context, seed, runs[str(seed)]["loss"], flush=True)


def begin(corpus: Corpus) -> dict:
    """What the file has already, if it is of the same recipe and names."""
    empty = {
        "list": "dinos",
        "split_seed": corpus.split_seed,
        "digest": digest(corpus),
        "cell": BASE.cell,
        "recipe": recipe_values(BASE),
        "seeds": list(SEEDS),
        "counting": {name: count(name, corpus) for name in measured.COUNTING},
        "steps": list(range(0, BASE.max_steps + 1, EVERY)),
        "runs": {},
    }
    if "--again" in sys.argv or not measured.FILE.exists():
        return empty
    found = json.loads(measured.FILE.read_text(encoding="utf-8"))
    same = all(found[key] == empty[key] for key in ("digest", "cell", "steps"))
    same = same and recipe_values(Config(**found["recipe"])) == empty["recipe"]
    return {**empty, "runs": found["runs"]} if same else empty


def count(baseline: str, corpus: Corpus) -> list[float]:
    """The loss of a baseline, summed over each held-out name. Nats."""
    model = NGram(ORDERS[baseline], corpus.train, corpus.vocab)
    return rounded(model.name_losses(corpus.val))


def train(config: Config, corpus: Corpus) -> dict:
    """What is measured of one network: its losses at the end, their course, and each name's."""
    trainer = Trainer(config, corpus, takes_snapshots=False)
    curve = [float(trainer.history.val_losses[-1])]
    while not trainer.done:
        trainer.advance(EVERY)
        curve.append(trainer.evaluate())
    assert trainer.step_count == config.max_steps
    return {
        "loss": round(float(trainer.history.val_losses[-1]), 5),
        "train_loss": round(float(trainer.history.train_eval_losses[-1]), 5),
        "curve": rounded(curve),
        "names": rounded(name_losses(trainer.eval_model, corpus.val_arrays, config.context)),
    }


def rounded(numbers) -> list[float]:
    """Four decimals of each."""
    return [round(float(number), 4) for number in numbers]


def write(found: dict) -> None:
    """Each row of numbers in one line, so that a change can be read."""
    text = json.dumps(found, indent=1)
    text = re.sub(r"\[[^\[\]]*\]", lambda row: " ".join(row[0].split()), text)
    measured.FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
