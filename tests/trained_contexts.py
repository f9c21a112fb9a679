"""The networks of `dino/trained_contexts.py`: each cell with a memory of 1, …, 12 letters, and all.

`python -m tests.trained_contexts` continues where it stopped; `--again` starts over. All 117 take
about an hour of one core. On another machine a loss may differ in its third decimal: BLAS libraries
add in different orders.
"""

import json
import sys

from dino import trained_contexts
from dino.config import CELLS, Config
from dino.data import Corpus, load
from dino.presets import PRESETS
from dino.train import Trainer

SEEDS = (0, 1, 2)
BASE = PRESETS["first-success"].config.replace(engine="torch")


def main() -> None:
    """Train what the file does not have yet, and write it after every network."""
    corpus = load()
    found = begin(corpus)
    for cell in CELLS:
        for seed in SEEDS:
            for context in trained_contexts.CONTEXTS:
                losses = found["losses"][cell].setdefault(str(context), {})
                if str(seed) not in losses:
                    config = BASE.replace(cell=cell, context=context, seed=seed)
                    losses[str(seed)] = round(train(config, corpus), 5)
                    write(found)
                    print(cell, context, seed, losses[str(seed)], flush=True)


def begin(corpus: Corpus) -> dict:
    """What the file has already, if it is of the same recipe and names."""
    empty = {
        "list": "dinos",
        "split_seed": corpus.split_seed,
        "digest": trained_contexts.digest(corpus),
        "recipe": trained_contexts.recipe_values(BASE),
        "seeds": list(SEEDS),
        "losses": {cell: {} for cell in CELLS},
    }
    if "--again" in sys.argv or not trained_contexts.FILE.exists():
        return empty
    found = json.loads(trained_contexts.FILE.read_text(encoding="utf-8"))
    same = all(found[key] == empty[key] for key in ("digest", "recipe"))
    return {**empty, "losses": {**empty["losses"], **found["losses"]}} if same else empty


def train(config: Config, corpus: Corpus) -> float:
    """The held-out loss at the end of a run, in nats per symbol."""
    trainer = Trainer(config, corpus)
    trainer.advance()
    assert trainer.step_count == config.max_steps
    return float(trainer.history.val_losses[-1])


def write(found: dict) -> None:
    """One line for each cell and memory, so that a change can be read."""
    text = json.dumps(found, indent=1)
    trained_contexts.FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
