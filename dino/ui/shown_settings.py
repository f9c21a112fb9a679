"""Which settings a link shows: all of them, a few to begin with, or all but some.

What is not shown begins at the value that the link gives it, and a line tells its value.
"""

from __future__ import annotations

from collections.abc import Mapping

from dino.config import SETTINGS, quoted
from dino.locale.sentences import Sentence, sentence
from dino.ui import settings, state
from dino.ui.language import put, say
from dino.ui.text import in_a_line, setting_text
from dino.ui.widgets import run_to_end

LEVEL, HIDE = "level", "hide"
LEVELS = ("simple", "all")
SIMPLE = ("cell", "hidden_size", "max_steps", "optimizer", "learning_rate")
OTHERS = ("preset", "list")  # the Lab's boxes that are no setting of the recipe
NAMES = (*SETTINGS, *OTHERS)
MOST = 400  # characters of a list of names


def read_address(said: Mapping[str, str]) -> list[Sentence]:
    """Take what an address says of it; a sentence for each value that was refused."""
    refused = []
    level, named = said.get(LEVEL, "all"), said.get(HIDE, "")
    if level not in LEVELS:
        refused.append(
            sentence(
                "level is one of {levels}; {level} is not. The page shows all settings.",
                levels=", ".join(LEVELS),
                level=quoted(level),
            )
        )
        level = "all"
    hidden = [name.strip() for name in named[:MOST].split(",") if name.strip()]
    for name in hidden:
        if name not in NAMES:
            refused.append(
                sentence(
                    "hide lists settings by name, such as batch_size,seed; {name} is none. "
                    "The page shows all others.",
                    name=quoted(name),
                )
            )
            break
    state.LEVEL.set(level)
    state.HIDDEN.set(tuple(name for name in NAMES if name in hidden))
    return refused


def is_shown(name: str) -> bool:
    """Whether a setting, the box of presets or that of lists is shown."""
    if name in state.HIDDEN.get():
        return False
    return state.LEVEL.get() != "simple" or name in SIMPLE


def to_url() -> dict[str, str]:
    """The same for an address; nothing where all are shown."""
    level, hidden = state.LEVEL.get(), ",".join(state.HIDDEN.get())
    return {**({LEVEL: level} if level != "all" else {}), **({HIDE: hidden} if hidden else {})}


def hidden_words() -> str:
    """Which settings are not shown, and their values; '' where all are."""
    config = settings.config()
    hidden = [
        f"{in_a_line(put(setting.label))} {setting_text(name, getattr(config, name))}"
        for name, setting in SETTINGS.items()
        if not is_shown(name)
    ]
    if not hidden and all(map(is_shown, OTHERS)):
        return ""
    if not hidden:
        return say("This link hides a box of the sidebar.")
    return say("This link hides settings. They are: {settings}.", settings="; ".join(hidden))


@run_to_end
def show_all() -> None:
    """Callback: show all settings from now on."""
    state.LEVEL.set("all")
    state.HIDDEN.set(())
