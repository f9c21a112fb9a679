"""Which settings a link shows: all, a few for beginners, those of a lesson, or all but some.

A hidden setting begins with its value in the link, and a line tells this value. A setting of
`LESSONS_ONLY` is shown only if a lesson's link lists it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from dino.config import LESSONS_ONLY, SETTINGS, quoted, told
from dino.locale.sentences import Sentence, sentence
from dino.ui import settings, state
from dino.ui.language import put, say
from dino.ui.text import in_a_line, setting_text
from dino.ui.widgets import run_to_end

LEVEL, HIDE, SHOW = "level", "hide", "show"
LEVELS = ("simple", "lesson", "all")
SIMPLE = ("cell", "hidden_size", "max_steps", "optimizer", "learning_rate")
OTHERS = ("preset", "list")  # boxes of the Lab that are not settings of the recipe
NAMES = (*SETTINGS, *OTHERS)
USUAL = tuple(name for name in NAMES if name not in LESSONS_ONLY)  # shown without a lesson
MOST = 400  # characters of a list of names


def read_address(said: Mapping[str, str]) -> list[Sentence]:
    """Read which settings an address shows. Return a sentence for each value that was refused."""
    refused: list[Sentence] = []
    level = said.get(LEVEL, "all")
    hidden, shown = (_names_in(said, name, refused) for name in (HIDE, SHOW))
    if level not in LEVELS:
        refused.append(
            sentence(
                "level must be one of {levels}, not {level}. The page shows all settings.",
                levels=", ".join(LEVELS),
                level=quoted(level),
            )
        )
        level = "all"
    if level == "lesson" and not shown:
        refused.append(
            sentence(
                "level=lesson shows only the settings listed by show, such as "
                "show=cell,hidden_size, but this link lists none. The page shows all settings."
            )
        )
        level = "all"
    state.LEVEL.set(level)
    state.HIDDEN.set(hidden)
    state.SHOWN.set(shown if level == "lesson" else ())
    return refused


def _names_in(said: Mapping[str, str], parameter: str, refused: list[Sentence]) -> tuple[str, ...]:
    """The settings and boxes that a parameter lists; for the first unknown name, a sentence is
    added.
    """
    listed = [it.strip() for it in said.get(parameter, "")[:MOST].split(",") if it.strip()]
    unknown = [name for name in listed if name not in NAMES]
    if unknown:
        refused.append(
            sentence(
                "{parameter} lists settings by name, such as batch_size,seed, but {name} is not a "
                "setting. The page uses the others.",
                parameter=parameter,
                name=quoted(unknown[0]),
            )
        )
    return tuple(name for name in NAMES if name in listed)


def is_shown(name: str) -> bool:
    """Whether a setting, the box of presets or the box of lists is shown."""
    return name in _shown()


def _shown() -> Collection[str]:
    held = state.get_all({it.key: it.first for it in (state.LEVEL, state.HIDDEN, state.SHOWN)})
    of_level = {"simple": SIMPLE, "lesson": held[state.SHOWN.key]}
    found, hidden = of_level.get(held[state.LEVEL.key], USUAL), held[state.HIDDEN.key]
    return [name for name in found if name not in hidden] if hidden else found


def _hides_any() -> bool:
    """Whether `show_all` would show more."""
    return not set(USUAL) <= set(_shown())


def to_url() -> dict[str, str]:
    """Write the same into an address; nothing if all are shown."""
    level = state.LEVEL.get()
    lists = {HIDE: ",".join(state.HIDDEN.get()), SHOW: ",".join(state.SHOWN.get())}
    said = {LEVEL: level} if level != "all" else {}
    return said | {name: names for name, names in lists.items() if names}


def hidden_words() -> str:
    """Which settings are hidden, and their values; '' if none is.

    A setting of `LESSONS_ONLY` is told only if it is not the default.
    """
    config, shown = settings.config(), _shown()
    hidden = [
        f"{in_a_line(put(SETTINGS[name].label))} {setting_text(name, getattr(config, name))}"
        for name in told(config)
        if name not in shown
    ]
    if not hidden and set(OTHERS) <= set(shown):
        return ""
    if not _hides_any():  # a setting that has a control only in lessons
        return say(
            "This recipe has a setting without a control here: {settings}.",
            settings="; ".join(hidden),
        )
    if not hidden:
        return say("This link hides a box in the sidebar.")
    return say("This link hides these settings: {settings}.", settings="; ".join(hidden))


def way_out() -> tuple[str, str, Callable[[], None]]:
    """The button beside these words: its label, its key and its callback."""
    if _hides_any():
        return say("Show all settings"), "show_all_settings", show_all
    return say("Shuffle again"), "shuffle_again", partial(settings.put_back, "shuffle")


@run_to_end
def show_all() -> None:
    """Callback: show all settings from now on."""
    state.LEVEL.set("all")
    state.HIDDEN.set(())
    state.SHOWN.set(())
