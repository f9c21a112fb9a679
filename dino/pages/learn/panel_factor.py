"""A lesson's trained network: by what its gradient is multiplied on its way back."""

from __future__ import annotations

from collections.abc import Mapping

from dino.charts.reach import gradient as draw_gradient
from dino.lessons.figures_step import NAME, end_gradient, factor_figures
from dino.lessons.item import Value
from dino.locale.sentences import Sentence, sentence
from dino.model import rebuild
from dino.pages.learn.network import draw_run, run_of
from dino.pages.learn.stage import Stage
from dino.ui.language import put, say
from dino.ui.plot import plot
from dino.ui.text import show_text


def draw_factor(stage: Stage) -> Mapping[str, Value]:
    """Train the lesson's recipe; then draw the gradient of the end mark's loss by letters."""
    found = dict(draw_run(stage))
    entry = run_of(stage.config)
    if entry is None or entry.run.step < entry.run.max_steps:
        return found
    vocab, run = entry.corpus.vocab, entry.run
    model = rebuild(run.config, len(vocab), run.weights)
    figures = factor_figures(model, vocab)
    if figures:
        words = put(factor_sentence(figures))
        lines = {say("your network"): end_gradient(model, vocab)}
        plot(draw_gradient(lines, "h", put), stage.key("factor"), words)
        show_text(words)
    return found | figures


def factor_sentence(figures: Mapping[str, Value]) -> Sentence:
    """Say what the picture shows from its one end to the other."""
    return sentence(
        "The loss is that of ⏎ after “{name}”. Going back {reach:.0f} letters, the size of its "
        "gradient is multiplied by {left:.2f}: by {factor:.2f} for each letter (geometric mean).",
        name=NAME,
        reach=figures["gradient_reach"],
        left=figures["gradient_left"],
        factor=figures["gradient_factor"],
    )
