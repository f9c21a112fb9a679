"""What decides how names are written, in two lines: the controls, and the settings that are on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import streamlit as st

from dino.config import Writing
from dino.jobs import RunHandle
from dino.jobs.name_writing import in_effect
from dino.locale.sentences import mark, refusal_sentence
from dino.pages.lab.parts import TEMPERATURE, draw_part, end_part
from dino.ui import current_run, measurements, session, settings, state
from dino.ui.language import language, put, say, say_number, say_plural
from dino.ui.mix_controls import draw_mix, mix_words
from dino.ui.number_box import draw_number, draw_refusals
from dino.ui.typed_numbers import NumberBox
from dino.ui.widgets import run_to_end

_SETTINGS = Writing.settings()
_FIRST = Writing()
# Set under 'More' and under 'Together with counting'
MORE = ("greedy", "top_k", "longest", "draw", "carry", "mix")
WEIGHTS = {False: mark("Latest update"), True: mark("Best moment")}


def draw_controls(job: RunHandle) -> None:
    """Draw the controls.

    A change writes the names again at once. Only the temperature does not: the pictures show its
    effect on the present names.
    """
    greedy = settings.writing_settings().greedy
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            say("First letters"),
            key="prefix",
            persist_state="session",
            max_chars=50,
            width=150,
            on_change=write,
            help=put(_SETTINGS["prefix"].help),
        )
        with st.container(width=190):
            draw_part(TEMPERATURE, _draw_temperature, greedy)
        _draw_how_many(greedy)
        with st.popover(say("More"), icon=":material/tune:"), session.whole_part("more"):
            _draw_more(job, greedy)
        _draw_buttons(job, greedy)
    draw_refusals(_box("count"))
    with st.container(horizontal=True, vertical_alignment="center", key="writing_on", gap="small"):
        _draw_weights(job)
        draw_mix(_write_at_once)
        _draw_what_is_on(job)


def _draw_temperature(greedy: bool) -> None:
    st.slider(
        say("Temperature: no effect") if greedy else say("Temperature"),
        0.05,
        5.0,
        step=0.05,
        format="localized" if language().separators[0] == "," else None,
        key="temperature",
        persist_state="session",
        disabled=greedy,
        help=put(_SETTINGS["temperature"].help),
    )
    end_part(TEMPERATURE)


def _draw_how_many(greedy: bool) -> None:
    draw_number(
        _box("count"),
        say("How many: one") if greedy else say("How many"),
        help=put(_SETTINGS["count"].help),
        disabled=greedy,
        says=False,
        width=140,
    )


def _box(name: str) -> NumberBox:
    """The box of a numeric setting; a change of it writes at once."""
    value = state.Value(name, getattr(_FIRST, name))
    return NumberBox(value, _SETTINGS[name], on_change=_write_at_once)


def _draw_buttons(job: RunHandle, greedy: bool) -> None:
    cannot = bool(job.refusal) or (job.run is not None and job.run.weights is None)
    st.button(
        say("Write"),
        type="primary" if job.trained else "secondary",  # before training, Train is the main button
        icon=":material/edit:",
        key="write",
        on_click=write,
        disabled=cannot,
    )
    st.button(
        say("New random draws"),
        icon=":material/casino:",
        key="new_draws",
        on_click=_change_draws,
        disabled=cannot or greedy,
        help=say("Greedy decoding draws nothing.")
        if greedy
        else say("Write again with different random numbers."),
    )


def _draw_more(job: RunHandle, greedy: bool) -> None:
    _draw_more_of("greedy", "toggle")
    _draw_more_of("top_k", "number", disabled=greedy)
    _draw_more_of("longest", "number")
    _draw_more_of("draw", "number", disabled=greedy)
    _draw_more_of("carry", "toggle", disabled=not job.config.context)


def _draw_more_of(name: str, kind: str, disabled: bool = False) -> None:
    """Draw one of the settings under 'More'; a change of it writes at once."""
    setting = _SETTINGS[name]
    label = put(setting.label)
    help = " ".join((put(setting.help), *([_why_off(name)] if disabled else [])))
    if kind == "toggle":
        st.toggle(
            label,
            key=name,
            persist_state="session",
            help=help,
            disabled=disabled,
            on_change=_write_at_once,
        )
        return
    if setting.off:
        label = say("{setting} (0: {off})", setting=label, off=put(setting.off))
    draw_number(_box(name), label, help=help, disabled=disabled)


def _why_off(name: str) -> str:
    """Why a setting under 'More' cannot be used now."""
    if name == "carry":
        return say(
            "This run's memory has no limit, so its state is carried through the whole name anyway."
        )
    return say("Greedy decoding draws nothing.")


def _draw_weights(job: RunHandle) -> None:
    """Draw the choice of weights: the latest, or those with the lowest held-out loss."""
    state.set_first(state.USE_BEST)
    run = job.run
    best, latest = (run.best_moment.step, run.kept_step) if run is not None else (0, 0)
    st.markdown(say("Weights of"), width="content")
    st.segmented_control(
        say("Weights of"),
        list(WEIGHTS),
        format_func=lambda best: put(WEIGHTS[best]),
        key=state.USE_BEST.key,
        persist_state="session",
        required=True,
        label_visibility="collapsed",
        on_change=_write_at_once,
        width="content",
        help=say(
            "The best moment is the update with the lowest held-out loss so far. It is chosen by "
            "that loss, so on new names the loss would tend to be a little higher."
        ),
    )
    if best == latest:
        words = say("the latest is the best so far")
    else:
        words = say("best so far: update {step:,}", step=best)
    st.caption(words, width="content")


def _draw_what_is_on(job: RunHandle) -> None:
    """Draw each setting of `MORE` that is on, with a button that turns it off."""
    first, now = _FIRST, in_effect(settings.writing_settings(), job.config.context)
    for name in first.changes(now):
        if name not in MORE:
            continue
        words = _words_on(name, getattr(now, name))
        st.button(
            words,
            icon=":material/close:",
            icon_position="right",
            type="tertiary",
            key=f"off_{name}",
            on_click=_put_back,
            args=(name,),
            help=say("This setting is on: {setting}. Press to turn it off.", setting=words),
        )


def _words_on(name: str, value: Any) -> str:
    """A setting of `MORE` that is on, in a few words."""
    if name == "greedy":
        return say("greedy")
    if name == "carry":
        return say("the state is carried on")
    if name == "mix":
        return mix_words(value)
    if name == "top_k":
        return say("only the top {count}", count=value)
    if name == "longest":
        return say_plural("at most {count} letter", "at most {count} letters", value)
    return say("writing seed {seed}", seed=value)


def value_text(name: str, value: float) -> str:
    """A number among the writing settings, in the page's language; or what its 0 means."""
    setting = _SETTINGS[name]
    if setting.off and not value:
        return put(setting.off)
    return say_number(Decimal(setting.text(value)), "f")


@run_to_end
def _put_back(name: str) -> None:
    """Callback: set a setting back to its default."""
    state.set_all({name: getattr(_FIRST, name)})
    _write_at_once()


@run_to_end
def _write_at_once() -> None:
    """Callback of a setting: if there are names, write them again at once."""
    job = current_run.current_job()
    if job is not None and (measurements.written_names(job) or measurements.is_writing(job)):
        write()


@run_to_end
def write() -> None:
    """Callback: write with the present weights, or with those of the best moment."""
    job = current_run.current_job()
    if job is None:
        return
    try:
        measurements.write_names(job, settings.writing_settings(), bool(state.USE_BEST.get()))
    except ValueError as error:
        state.REFUSAL.set(refusal_sentence(error))
        return
    state.PICKED_NAME.set(0)
    state.PICKED_LETTER.set(None)
    state.REFUSAL.set("")


@run_to_end
def _change_draws() -> None:
    """Callback: write with the same settings and other random numbers."""
    state.DRAW.set((int(state.DRAW.get()) + 1) % 1_000_000)
    write()
