"""The ruler of losses: the lesson's network before and after its updates, beside counting."""

from __future__ import annotations

from collections.abc import Mapping

from dino.charts.base import line_name
from dino.charts.loss_ruler import Loss
from dino.lessons.figures import counting_losses
from dino.lessons.item import Value
from dino.pages.learn.network import run_of
from dino.pages.learn.stage import Stage
from dino.ui.language import put, say
from dino.ui.loss_ruler import draw_losses
from dino.ui.text import show_text


def draw_ruler(stage: Stage) -> Mapping[str, Value]:
    """Draw the losses in nats, bits and perplexity."""
    losses = [Loss(put(line_name(key)), loss) for key, loss in counting_losses().items()]
    entry = run_of(stage.config)
    if entry is None:
        show_text(say("Train the network above. Its losses then appear here as well."))
    else:
        run = entry.run
        losses.append(Loss(say("untrained"), float(run.val_losses[0]), own=True))
        losses.append(Loss(say("your network"), run.val_loss, own=True))
    draw_losses(losses, stage.key("ruler"))
    return {}
