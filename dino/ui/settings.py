"""The settings on the controls: the recipe, the presets, and how names are written.

Each is a widget whose key is the field of `Config` or `Writing`. A browser's bounds can be
sidestepped, so what a widget holds is checked again wherever it is read.
"""

from __future__ import annotations

from typing import Any

from dino.config import OPTIMIZERS, SETTINGS, Config, Writing
from dino.presets import PRESETS
from dino.ui import state
from dino.ui.notices import notify
from dino.ui.widgets import run_to_end, set_widgets, undo_stale_echo


def config() -> Config:
    """The recipe on the controls; the default for each value that `Config` refuses."""
    return Config(**_accepted(Config)[0])


def pace() -> str:
    """How fast a run is to train: as the visitor chose, or else what fits the recipe."""
    is_first = config() == PRESETS["first-success"].config
    return state.PACE.get() or ("watch" if is_first else "full")


def writing() -> Writing:
    """The settings for writing names, checked likewise."""
    return Writing(**_accepted(Writing)[0])


def _accepted(kind: type[Config] | type[Writing]) -> tuple[dict[str, Any], list[str]]:
    """The settings of a kind, and a sentence for each value that was refused."""
    default = kind().as_dict()
    values, refusals = state.get_all(default), []
    for name, setting in kind.settings().items():
        try:
            values[name] = setting.parse(name, values[name])
        except ValueError as error:
            values[name] = default[name]
            refusals.append(f"{error} The page uses {setting.text(default[name])}.")
    return values, refusals


def mend_settings() -> None:
    """Put on the controls what they hold or, with a notice, the default for what was refused.

    Streamlit drops a callback where another click waits, so what the callbacks of preset and
    optimizer do is done here, too; it does nothing where it is done already.
    """
    undo_stale_echo(*SETTINGS)
    for kind in (Config, Writing):
        values, refusals = _accepted(kind)
        for sentence in refusals:
            notify(sentence)
        state.set_all(values)
    last = state.SELECTION.get()
    if last is not None and preset() != last.preset:
        choose_preset()
    choose_rate()


def show_recipe(recipe: Config) -> None:
    """Put a recipe on the controls."""
    set_widgets(**recipe.as_dict())
    nearest = nearest_preset(recipe)
    state.PRESET.set(nearest)
    state.SELECTION.set(state.Selection(nearest, recipe.optimizer, recipe.learning_rate))


def show_writing(wanted: Writing) -> None:
    """Put settings for writing names on the controls."""
    state.set_all(wanted.as_dict())


def nearest_preset(recipe: Config) -> str:
    """The preset that differs in the fewest settings."""
    return min(PRESETS, key=lambda name: len(PRESETS[name].config.changes(recipe)))


def preset() -> str:
    """The preset that was chosen last."""
    return state.PRESET.get()


@run_to_end
def choose_preset() -> None:
    """Callback: put the chosen preset on the controls."""
    show_recipe(PRESETS[preset()].config)


@run_to_end
def put_back(name: str) -> None:
    """Callback: give a setting its preset's value again."""
    value = getattr(PRESETS[preset()].config, name)
    set_widgets(**{name: value})


def choose_rate() -> None:
    """Callback of optimizer and learning rate: an optimizer comes with its own sane rate.

    A browser that lags behind a preset sends both at once: then the rate is the one it sent.
    """
    last, optimizer = state.SELECTION.get(), state.OPTIMIZER.get()
    if last is None:
        return
    if optimizer != last.optimizer and state.LEARNING_RATE.get() == last.learning_rate:
        state.LEARNING_RATE.set(OPTIMIZERS[optimizer].learning_rate)
    rate = state.LEARNING_RATE.get()
    state.SELECTION.set(state.Selection(last.preset, optimizer, rate))
