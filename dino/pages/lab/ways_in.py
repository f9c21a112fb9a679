"""Three ways to begin, side by side on a first visit: play a game, learn with lesson 1, or train.

They disappear once the visitor has taken one or has trained anything. The browser's storage keeps
that, and the server does not know it before it has drawn a page, so `ways_in.js` also decides.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from dino.ui import current_run, learner, settings, state
from dino.ui.component import component
from dino.ui.language import language_params, say_part
from dino.ui.server import this_visit
from dino.ui.widgets import run_to_end

HERE = Path(__file__).parent
KEY = "ways_in"


def draw_ways_in() -> None:
    """Draw them, unless this visitor has begun already or the line has something to say."""
    if not _is_new() or settings.refusal() or settings.offered_rate(settings.config()) is not None:
        return
    words = say_part("components", "ways_in")
    links = {
        way: f"learn?{urlencode({'tab': part, **language_params()})}"
        for way, part in learner.ways_in().items()
    }
    here = this_visit()
    data = {"key": here.key, "erased": here.erasures, "words": words, "links": links}
    component(KEY, folder=HERE, parts=("words",), isolate_styles=False)(
        key=KEY, width="content", data=[data], on_take_change=_take
    )


def _is_new() -> bool:
    """Whether nothing is known of a visitor except their own untrained run."""
    job = current_run.current_job()
    if job is None or not current_run.may_act(job) or not current_run.is_untouched(job):
        return False
    return not current_run.has_trained() and not learner.has_begun()


@run_to_end
def _take() -> None:
    """Callback: choose a part of the Learn page. The next run of the script goes there."""
    way = state.sent_value(KEY, "take")
    part = learner.ways_in().get(way) if isinstance(way, str) else None
    if part is not None:
        state.set_all({state.LESSON.key: part, state.WANTED_PAGE.key: "learn"})
