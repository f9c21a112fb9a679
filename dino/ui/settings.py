"""The settings on the controls: the recipe, the presets, and how names are written.

Each is a widget whose key is the field of `Config` or `Writing`. A browser can sidestep its
widgets' bounds, and some values are typed, so every value is checked again when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from dino.config import SETTINGS, Config, Writing, usual_rate
from dino.locale.sentences import Sentence, Text
from dino.presets import PRESETS
from dino.setting import Setting, decimal_of, replaced_value
from dino.ui import state
from dino.ui.language import language, put, say
from dino.ui.notices import notify
from dino.ui.server import this_visit
from dino.ui.text import in_a_line, setting_text
from dino.ui.widgets import run_to_end

# How far from the usual rate is far. Measured on the four presets of vanilla RNNs, seed 0: about a
# tenth of the usual rate ends 0.06 to 0.4 nats above the best one, a thirtieth 0.2 to 0.7. Three
# times the usual rate costs SGD and momentum 0.7 at a batch of 32, and Adagrad can diverge.
FAR_BELOW, FAR_ABOVE = 10, 3
MOST_CHOSEN = 100  # rates of one optimizer that a session remembers

_Kind = TypeVar("_Kind", Config, Writing)
_FIRST, _FIRST_WRITING = Config(), Writing()


# An invisible end for the label of each stop of a box. Without it a typed text can equal the label
# of the chosen stop, and Streamlit's box then appends the next key: 12 and then 8 would be 8.
MARK = "\u2060"


def config() -> Config:
    """The recipe on the controls. In place of a value that `Config` refuses, it has the one before
    it.
    """
    last = state.SELECTION.get()
    return _accepted(_FIRST if last is None else last.recipe)[0]


def value_of(name: str) -> Any:
    """One setting of `config()`, without reading the others."""
    last = state.SELECTION.get()
    before = getattr(_FIRST if last is None else last.recipe, name)
    try:
        return _parse(SETTINGS[name], state.get_all({name: before})[name])
    except ValueError:
        return before


def pace() -> str:
    """How fast a run should train.

    The visitor's choice, here or on another page of this browser; else the pace that fits the
    preset, which other settings do not change.
    """
    return state.PACE.get() or state.FITTING_PACE.get()


def writing_settings() -> Writing:
    """The settings for writing names. In place of a value that `Writing` refuses, it has the
    default.
    """
    return _accepted(_FIRST_WRITING)[0]


def _accepted(otherwise: _Kind) -> tuple[_Kind, list[Text]]:
    """The settings of a kind, and a sentence for each value that was refused.

    otherwise: holds the values that replace refused ones.
    """
    held: dict[str, Any] = state.get_all(otherwise.as_dict())
    # A page reads them twenty times. Of two equal values, only that of one type may be accepted.
    source = held, [*map(type, held.values())], otherwise, language().code
    kind = type(otherwise).__name__
    found: tuple[_Kind, list[Text]] = this_visit().make_once(
        kind, source, lambda: _parsed(otherwise, held)
    )
    return found[0], [*found[1]]


def _parsed(otherwise: _Kind, held: Mapping[str, Any]) -> tuple[_Kind, list[Text]]:
    default, values, refusals = otherwise.as_dict(), dict(held), list[Text]()
    for name, setting in otherwise.settings().items():
        try:
            values[name] = _parse(setting, values[name])
        except ValueError as error:
            values[name] = default[name]
            refusals.append(replaced_value(error, setting, default[name]))
    return type(otherwise)(**values), refusals


def _parse(setting: Setting, value: Any) -> Any:
    """Parse a control's value. A typed text is in the page's language.

    Raises ValueError if it is refused.
    """
    name = Sentence(setting.label)
    if isinstance(value, str) and setting.kind in (int, float):
        return setting.parse_typed(name, value.replace(MARK, ""), language())
    return setting.parse(name, value)


def stop_label(name: str, value: float) -> str:
    """The label of a stop of a setting's box, in the page's language."""
    setting = SETTINGS[name]
    text = setting.text(value)
    return (put(text) if text == setting.off else language().number(text)) + MARK


def mend_settings() -> None:
    """Correct the controls: a sentence says what replaces each refused value.

    Streamlit drops a callback if another click waits. So this repeats what the callbacks of preset
    and optimizer do; if they have done it, it changes nothing.
    """
    last = state.SELECTION.get()
    recipe, refusals = _accepted(_FIRST if last is None else last.recipe)
    if refusals:  # said beside the controls, because a notice would move them
        state.REFUSED_SETTING.set((_one_after_another(refusals), _of_what(recipe)))
    written, refusals = _accepted(_FIRST_WRITING)
    for sentence in refusals:
        notify(sentence)
    state.correct_all({**recipe.as_dict(), **written.as_dict()})
    if last is not None and preset() != last.preset:
        choose_preset()
    choose_rate()


def _one_after_another(sentences: list[Text]) -> Sentence:
    """Join complete sentences."""
    named = {f"sentence{i}": sentence for i, sentence in enumerate(sentences)}
    return Sentence(" ".join(f"{{{name}}}" for name in named), named)


def refusal() -> str:
    """Why the last value was refused; '' once a setting, the list or the page has changed."""
    sentence, what = state.REFUSED_SETTING.get()
    return put(sentence) if what == _of_what(config()) else ""


def _of_what(recipe: Config) -> tuple[Config, str]:
    """What a refusal is about: the recipe that stays, and the list."""
    return recipe, state.LIST.get()


def change_words(before: Config, after: Config) -> list[str]:
    """Each setting in which two recipes differ, with both values: hidden size 64 → 128."""
    return [
        say(
            "{setting} {before} → {after}",
            setting=in_a_line(put(SETTINGS[name].label)),
            before=setting_text(name, getattr(before, name)),
            after=setting_text(name, getattr(after, name)),
        )
        for name in before.changes(after)
    ]


def show_recipe(recipe: Config) -> None:
    """Put a recipe on the controls. Its learning rate counts as chosen by the visitor."""
    nearest = nearest_preset(recipe)
    state.set_all({**recipe.as_dict(), state.PRESET.key: nearest})
    _note_shown(recipe, nearest)


def _note_shown(recipe: Config, nearest: str) -> None:
    if recipe == PRESETS[nearest].config:
        state.FITTING_PACE.set("watch" if nearest == "first-success" else "full")
    _note_choice(recipe)
    state.SELECTION.set(state.Selection(nearest, recipe))


def show_pace(pace: str) -> None:
    """After a reload, show the pace of the page's run, unless the recipe is a preset, which has
    its own.
    """
    if config() not in [preset.config for preset in PRESETS.values()]:
        state.FITTING_PACE.set(pace)


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
    """Callback: put the chosen preset on the controls. Drop the rates that were chosen for other
    recipes.

    Only what differs is set: a value that a page sets replaces what the visitor has chosen since.
    """
    state.CHOSEN_RATES.set({})
    state.LAB_BEFORE.set(None)  # this replaces everything that the Learn page had put there
    recipe = PRESETS[preset()].config
    state.correct_all(recipe.as_dict())
    _note_shown(recipe, preset())


@run_to_end
def put_back(name: str) -> None:
    """Callback: set a setting back to its preset's value."""
    state.correct_all({name: getattr(PRESETS[preset()].config, name)})
    choose_rate()


def choose_rate() -> None:
    """Callback of optimizer and learning rate: a new optimizer gets the rate that was last chosen
    for it.

    If no rate was ever chosen for it, the present rate stays and the usual one is offered. If both
    are new, the new rate stays.
    """
    last, now = state.SELECTION.get(), config()
    if last is None:
        return
    if now.learning_rate != last.recipe.learning_rate:
        _note_choice(now)
    elif now.optimizer != last.recipe.optimizer:
        own = state.CHOSEN_RATES.get().get(now.optimizer)
        if own and own[-1] != now.learning_rate:
            state.LEARNING_RATE.set(own[-1])
    state.SELECTION.set(state.Selection(last.preset, config()))


@run_to_end
def use_rate(rate: float) -> None:
    """Callback: the visitor chose this learning rate, which may be the present one."""
    state.LEARNING_RATE.correct(rate)
    _note_choice(config())
    choose_rate()


def _note_choice(recipe: Config) -> None:
    """Note that the visitor wants this recipe's learning rate for its optimizer."""
    chosen, rate = state.CHOSEN_RATES.get(), recipe.learning_rate
    others = tuple(it for it in chosen.get(recipe.optimizer, ()) if it != rate)
    state.CHOSEN_RATES.set({**chosen, recipe.optimizer: (*others, rate)[-MOST_CHOSEN:]})


def offered_rate(recipe: Config) -> float | None:
    """The usual rate, if the recipe has another one that the visitor did not choose; else None."""
    usual = usual_rate(recipe)
    chosen = state.CHOSEN_RATES.get().get(recipe.optimizer, ())
    return None if recipe.learning_rate in (usual, *chosen) else usual


def rate_side(recipe: Config) -> int:
    """Is a rate that the visitor did not choose far from usual? -1 if far below, 1 if far above,
    else 0.
    """
    return 0 if offered_rate(recipe) is None else side_of_usual(recipe)


def side_of_usual(recipe: Config) -> int:
    """The same for any rate, chosen or not."""
    usual, rate = usual_rate(recipe), recipe.learning_rate
    if usual / FAR_BELOW < rate < usual * FAR_ABOVE:
        return 0
    return -1 if rate < usual else 1


def rate_doubt(recipe: Config) -> str:
    """'far below its usual rate (1)' if that is true and the visitor did not choose the rate; else
    ''.
    """
    side, usual = rate_side(recipe), decimal_of(usual_rate(recipe))
    if side < 0:
        return say("far below its usual rate ({rate:f})", rate=usual)
    return say("far above its usual rate ({rate:f})", rate=usual) if side else ""
