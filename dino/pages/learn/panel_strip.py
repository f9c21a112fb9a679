"""The strip in a lesson: the cell unrolled over a name, which plays what the lesson is about."""

from __future__ import annotations

from collections.abc import Mapping

from dino.lessons.figures import dinosaurs
from dino.lessons.lesson import Value
from dino.pages.learn.network import Network, draw_network
from dino.pages.learn.stage import Stage
from dino.pages.learn.typed_name import draw_name_box
from dino.ui.language import say

NAME = "triceratops"


def draw_unrolled(stage: Stage) -> Mapping[str, Value]:
    """Draw it over a name that the learner may change. It gives no figures.

    Its options: network, 'untrained' or 'trained'; name, the one that is read at first.
    """
    options = stage.step.options
    network = _untrained(stage) if options.get("network") == "untrained" else draw_network(stage)
    if network is None:
        return {}
    from dino.ui.strip import Walk, draw_strip

    first = options.get("name", NAME)
    first = first if set(first) <= set(network.vocab.index) else ""
    name = draw_name_box(stage, network.vocab, say("The name that is read"), first)
    key, model, config = network.key, network.model, network.config
    walk = Walk(key, model, config, network.vocab, name, True, config.context)
    draw_strip(walk, stage.key("strip"))
    return {}


def _untrained(stage: Stage) -> Network:
    from dino.lessons.chips import untrained

    config = stage.config
    return Network(untrained(config), dinosaurs().vocab, (f"{config}", 0), config)
