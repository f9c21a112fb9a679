"""The batches that a seed draws, in lessons."""

from __future__ import annotations

from collections.abc import Mapping

from dino.lessons.figures_sample import SEED, SIZE, drawn
from dino.lessons.lesson import Value
from dino.locale.sentences import mark
from dino.pages.learn.stage import Stage
from dino.setting import Setting
from dino.ui import state
from dino.ui.language import say, say_number
from dino.ui.number_box import draw_number, draw_refusals
from dino.ui.table import draw_table
from dino.ui.typed_numbers import NumberBox

SHOWN = 3  # batches
SEED_SETTING = Setting(int, mark("Seed of the generator"), "", low=0, high=9999)


def draw_batches(stage: Stage) -> Mapping[str, Value]:
    """A box for a seed, and the first batches that it draws from the training names."""
    box = NumberBox(state.Value(stage.key("seed"), SEED), SEED_SETTING)
    seed = draw_number(box, says=False, width=220)
    draw_refusals(box)
    rows = [[say_number(number), *names] for number, names in enumerate(drawn(seed, SHOWN), 1)]
    heads = [say("name {number}", number=number) for number in range(1, SIZE + 1)]
    draw_table(
        [say("batch"), *heads],
        rows,
        stage.key("batches"),
        say("The first batches that this seed draws"),
        names=range(1, SIZE + 1),
    )
    return {}
