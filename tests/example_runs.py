"""Trains the example runs, which Inside and Compare show to who has none: `data/examples/`.

`python -m tests.example_runs` takes ten seconds. On another machine the losses may differ in their
third decimal: BLAS libraries add in different orders.
"""

from dino.data import load
from dino.presets import PRESETS
from dino.saved.on_disk import write_file
from dino.saved.saved_run import to_bytes
from dino.saved.shipped_runs import END, EXAMPLE_NAMES, EXAMPLES
from dino.train import Trainer


def trained(name: str) -> Trainer:
    """The preset of this name, trained to its end on PyTorch, even where the kernels are ready."""
    config = PRESETS[name].config
    trainer = Trainer(config, load(), kernels_from=config.max_steps)
    while not trainer.done:
        trainer.advance(seconds=10)
    trainer.settle()
    return trainer


def main() -> None:
    """Each with its curves, its names, and its last and best weights."""
    EXAMPLES.mkdir(exist_ok=True)
    for name in EXAMPLE_NAMES:
        trainer = trained(name)
        data = to_bytes(trainer.run().without_moments(), None, trainer.corpus)
        write_file(EXAMPLES / f"{name}{END}", data)
        print(name, len(data), trainer.run().val_loss)


if __name__ == "__main__":
    main()
