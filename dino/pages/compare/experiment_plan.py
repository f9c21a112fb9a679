"""A new experiment: what it varies, what stays the same, how long it takes, the start."""

from __future__ import annotations

import weakref
from typing import Any

import streamlit as st

from dino.config import LESSONS_ONLY, SETTINGS
from dino.data import Corpus
from dino.experiments.command import sweep_command
from dino.experiments.estimate import (
    ASK,
    MOST,
    at_load,
    duration_sentence,
    extremes,
    measure_members,
    plan_seconds,
)
from dino.experiments.member import on_one_engine
from dino.experiments.plan import MOST_MEMBERS, NO_FACTORS, Factor, Plan
from dino.experiments.value_words import CHOICE_LABELS
from dino.experiments.words import (
    exam_sentence,
    fixed_sentence,
    ladder_sentences,
    members_sentence,
    no_verdict_sentences,
)
from dino.jobs import limits
from dino.lists import BUNDLED
from dino.locale.sentences import Refusal, Sentence, Text, mark, refusal_sentence, sentence
from dino.pages.compare.experiment_bet import bet_on, draw_bet
from dino.pages.compare.list_changes import called
from dino.setting import Setting
from dino.ui import chosen_list, measurements, settings, state
from dino.ui.bring_up import bring_up
from dino.ui.language import language, put, say
from dino.ui.number_box import draw_number, draw_refusals
from dino.ui.server import jobs, this_visit
from dino.ui.text import show_text, typed_levels
from dino.ui.typed_numbers import NumberBox
from dino.ui.widgets import run_to_end

FACTORS = [name for name in SETTINGS if name not in (*NO_FACTORS, *LESSONS_ONLY)]
COUNTS = tuple(
    NumberBox(value, Setting(int, label, "", low=1, high=MOST_MEMBERS))
    for value, label in ((state.SEEDS, mark("Seeds")), (state.SPLITS, mark("Splits")))
)
LONGEST = 300  # characters of a list of levels that are read


def draw_plan() -> None:
    """Draw everything that a new experiment needs. Nothing is trained before Start."""
    found = _draw_factors()
    if isinstance(found, Plan):
        _draw_rest(found)
    elif found:
        show_text(put(found))


def _draw_factors() -> Plan | Text:
    """Draw the controls. Return the plan, or why there is none; '' while nothing is chosen."""
    state.set_first(state.FACTOR, state.SECOND_FACTOR, state.SEEDS, state.SPLITS)
    with st.container(horizontal=True):
        _draw_factor(state.FACTOR, say("Vary"), FACTORS)
        first = state.FACTOR.get()
        if first in FACTORS:
            others = [name for name in FACTORS if name != first]
            _draw_factor(state.SECOND_FACTOR, say("and (optional)"), others)
    if first not in FACTORS:
        return ""
    second = state.SECOND_FACTOR.get()
    names = [first, *([second] if second in FACTORS and second != first else [])]
    with st.container(horizontal=True):
        for name in names:
            _draw_levels(name)
    with st.container(horizontal=True):
        for box in COUNTS:
            draw_number(box, says=False, width=160)
    draw_refusals(*COUNTS)
    config = settings.config().replace(exam=_draw_exam())
    try:
        factors = tuple(Factor(name, _levels(name)) for name in names)
        plan = Plan(config, factors, _count(state.SEEDS), _count(state.SPLITS))
        return on_one_engine(plan, chosen_list.corpus(plan.config.split_seed, plan.config.exam))
    except Refusal as refusal:
        return refusal_sentence(refusal)


def _draw_exam() -> bool:
    """Draw the switch of the final exam and return its position. It is on if the list is long
    enough.
    """
    label = say("Set a final exam aside")
    if refused := chosen_list.exam_refusal():
        # A switch of its own, which is off. The other one keeps its position for a longer list.
        st.toggle(label, key="no_exam", disabled=True)
        st.caption(put(refused))
        return False
    state.set_first(state.EXPERIMENT_EXAM)
    wanted = st.toggle(label, key=state.EXPERIMENT_EXAM.key, persist_state="session")
    st.caption(
        say(
            "The lowest of many held-out losses tends to be low partly by luck. No "
            "held-out loss of their split includes the names of the exam (test set), so "
            "this luck does not lower the loss on the exam. Turn the exam off only to "
            "compare members with earlier runs without an exam, which learned from more "
            "names."
        )
    )
    return bool(wanted)


def _draw_factor(varied: state.Value[str | None], label: str, options: list[str]) -> None:
    if varied.get() not in options:
        varied.correct(None)
    st.selectbox(
        label,
        options,
        index=None,
        format_func=lambda name: put(SETTINGS[name].label),
        key=varied.key,
        placeholder=say("Choose a setting"),
        persist_state="session",
    )


def _draw_levels(name: str) -> None:
    """Draw the levels of a factor: some of its choices, or numbers in a line."""
    value, setting = state.levels_of(name), SETTINGS[name]
    label = say("Levels of {setting}", setting=put(setting.label))
    if value.get() is None:
        value.set(first_levels(name))
    if setting.choices:
        labels = CHOICE_LABELS[name]
        st.multiselect(
            label,
            list(setting.choices),
            format_func=lambda key: put(labels[key]),
            key=f"levels_{name}",
            placeholder=say("Choose at least two"),
            persist_state="session",
        )
    else:
        help = say("At least two numbers, separated by spaces.")
        st.text_input(label, key=value.key, help=help, max_chars=LONGEST, persist_state="session")


def first_levels(name: str) -> Any:
    """The first levels of a factor: all choices, or the recipe's value and another."""
    setting, value = SETTINGS[name], settings.value_of(name)
    if setting.choices:
        return list(setting.choices)
    wanted = [2 * value, value / 2, setting.high / 2, setting.low]
    other = next(
        it for it in wanted if it != value and setting.low <= it <= setting.high and it == it
    )
    if setting.kind is int:
        other = int(other)
    return typed_levels(name, sorted((value, other)))


def _levels(name: str) -> tuple[Any, ...]:
    """The levels on the page. Raises Refusal for a number that could mean two."""
    value, setting = state.levels_of(name).get(), SETTINGS[name]
    if setting.choices:
        return tuple(value) if isinstance(value, list | tuple) else ()
    texts = str(value or "")[:LONGEST].replace(";", " ").split()
    return tuple(_level(name, text.rstrip(",") or text) for text in texts)


def _level(name: str, text: str) -> Any:
    setting = SETTINGS[name]
    return setting.parse_typed(Sentence(setting.label), text, language())


def _count(value: state.Value[int | None]) -> int:
    """A number of seeds or splits; 0 if the box is empty, which a plan refuses."""
    found = value.get()
    return found if isinstance(found, int) else 0


def _draw_rest(plan: Plan) -> None:
    """Draw what a plan is, how long it takes, the bet, and the button that starts it."""
    corpus = chosen_list.corpus(plan.config.split_seed, plan.config.exam)
    show_text(put(fixed_sentence(plan, corpus.title)))
    st.caption(say("These are the settings of the Lab. To train with others, change them there."))
    show_text(put(exam_sentence(plan)))
    if plan.shape[1] > 1 and len(plan.names) > len(plan.factors):
        st.caption(" ".join(put(it) for it in ladder_sentences(plan)))
    seconds = _seconds(plan, corpus)
    show_text(_size_words(plan, seconds))
    for line in no_verdict_sentences(plan):
        show_text(put(line))
    with st.container():  # a fixed place, so the bet's boxes stay when the time is known
        if seconds is not None and seconds > ASK:
            _draw_long(plan, seconds, corpus)
    draw_bet(plan)
    _say_what_goes()
    why = _why_not(plan, seconds)
    st.button(
        say("Start the experiment"),
        type="primary",
        icon=":material/play_arrow:",
        key="start_experiment",
        disabled=bool(why),
        on_click=_start,
        args=(plan,),
    )
    refused = state.EXPERIMENT_REFUSAL.get()
    for text in (why, refused):
        if text:
            show_text(put(text))


def _say_what_goes() -> None:
    """Say which experiment this one replaces, if any. A deleted one is not mentioned."""
    pool, browser = jobs(), this_visit().browser
    gone = pool.next_to_go(browser)
    if gone in pool.experiments_of(browser):
        show_text(
            say(
                "The server keeps at most {most} experiments of each browser. If you start this "
                "one, it deletes the oldest finished one: {experiment}.",
                most=limits.EXPERIMENTS,
                experiment=put(called(gone)),
            )
        )


def _seconds(plan: Plan, corpus: Corpus) -> float | None:
    """The seconds at the server's present load; None while they are measured."""
    pool = jobs()
    # A weak reference, because the visit keeps the key longer than it needs the list.
    key = ("member_seconds", extremes(plan, corpus), weakref.ref(corpus))
    found = measurements.measure(
        key, lambda: measure_members(pool.build, plan, corpus), patience=0.0
    )
    if not found.done or not found.result:
        return None
    alone = plan_seconds(plan, corpus, found.result)
    return at_load(alone, pool.workers.wanted, pool.count_running())


def _size_words(plan: Plan, seconds: float | None) -> str:
    """Say how many members a plan has, and how long they take."""
    members = put(members_sentence(plan))
    if seconds is None:
        return say("{members}. Measuring how long they take…", members=members)
    return say(
        "{members}. At the server's present load they take about {time}.",
        members=members,
        time=put(duration_sentence(seconds)),
    )


def _draw_long(plan: Plan, seconds: float, corpus: Corpus) -> None:
    """If a plan takes long, ask again; if too long, refuse. Both show the command for one's own
    machine.
    """
    if seconds > MOST:
        show_text(
            say(
                "An experiment may take at most {most} here, but this one takes longer. Use fewer "
                "levels, seeds or splits, or train it on your own machine with this command:",
                most=put(duration_sentence(MOST)),
            )
        )
    else:
        show_text(
            say(
                "That is a long time. Your own machine may be faster. This command trains "
                "the same members there:"
            )
        )
    choice = chosen_list.choice()
    is_bundled = choice.key in BUNDLED and not choice.removed
    names = ("" if choice.key == "dinos" else choice.key) if is_bundled else say("FILE")
    keep_case = any(name != name.lower() for name in corpus.names)
    st.code(sweep_command(plan, names, keep_case), None, wrap_lines=True)
    if not is_bundled:
        st.caption(say("FILE is a text file with the names of your list, one per line."))
    if choice.removed:
        st.caption(
            say("If the file lacks the names that you removed here, it is split differently.")
        )
    if seconds <= MOST and state.AGREED_TO_WAIT.get() != plan:
        st.button(say("Train it here anyway"), key="agree_to_wait", on_click=_agree, args=(plan,))


def _why_not(plan: Plan, seconds: float | None) -> Text:
    """Why it cannot start now; '' if it can."""
    if bet_on(plan) is None:
        return sentence("Place a bet first, or skip it.")
    if seconds is None:
        return sentence("The app is still measuring how long it takes.")
    if seconds > MOST:
        return sentence("It takes too long here.")
    if seconds > ASK and state.AGREED_TO_WAIT.get() != plan:
        return sentence("Choose first where to train it.")
    return ""


@run_to_end
def _agree(plan: Plan) -> None:
    """Callback: train a long experiment here."""
    state.AGREED_TO_WAIT.set(plan)


@run_to_end
def _start(plan: Plan) -> None:
    """Callback: start, unless something speaks against it now.

    The button may have been drawn when the server was less busy.
    """
    state.EXPERIMENT_REFUSAL.set("")
    placed = bet_on(plan)
    try:
        seconds = _seconds(plan, chosen_list.corpus(plan.config.split_seed, plan.config.exam))
        if placed is None or _why_not(plan, seconds):
            return  # the page says why
        experiment = jobs().begin_experiment(
            plan, chosen_list.splitter(plan.config.exam), this_visit().browser, placed[1]
        )
    except Refusal as refusal:
        state.EXPERIMENT_REFUSAL.set(refusal.sentence)
        return
    state.BET.set(None)
    state.NEW_EXPERIMENT.set(False)
    state.EXPERIMENT.set(experiment.token)
    bring_up("experiments")
