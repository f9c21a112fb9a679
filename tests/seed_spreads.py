"""Trains every preset with eight seeds and writes their losses for `dino/seed_losses.py`.

`python -m tests.seed_spreads` trains what the file does not have yet, a few minutes of one core for
each preset. The losses of a preset whose recipe changed are trained again.
"""

import json

from dino import trained_contexts
from dino.config import Config
from dino.data import Corpus, load
from dino.presets import PRESETS
from dino.seed_losses import FILE, seedless_recipe
from dino.train import Trainer

SEEDS = range(8)


def main() -> None:
    """Train what is missing, and write the file."""
    corpus = load()
    kept = known(corpus)
    rows = []
    for name, preset in PRESETS.items():
        recipe = seedless_recipe(preset.config)
        losses = next((row["losses"] for row in kept if row["recipe"] == recipe), None)
        if losses is None:
            losses = [train(preset.config.replace(seed=seed), corpus) for seed in SEEDS]
        rows.append({"preset": name, "recipe": recipe, "losses": losses})
        print(name, losses, flush=True)
    found = {
        "list": "dinos",
        "digest": trained_contexts.digest(corpus),
        "seeds": [*SEEDS],
        "spreads": rows,
    }
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def known(corpus: Corpus) -> list[dict]:
    """What the file has of the same names and seeds."""
    if not FILE.exists():
        return []
    found = json.loads(FILE.read_text(encoding="utf-8"))
    same = found["digest"] == trained_contexts.digest(corpus) and found["seeds"] == [*SEEDS]
    return found["spreads"] if same else []


def train(config: Config, corpus: Corpus) -> float:
    """The held-out loss at the end of a run, in nats per symbol."""
    trainer = Trainer(config, corpus, kernels_from=0)  # from the first step, where they cover it
    trainer.advance()
    assert trainer.step_count == config.max_steps
    return round(float(trainer.history.val_losses[-1]), 4)


if __name__ == "__main__":
    main()
