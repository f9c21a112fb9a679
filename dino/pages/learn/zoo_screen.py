"""The failure zoo: six runs that fail, each first as a puzzle, then with its cause and its cure.

The diagnosis of a run says the cause. It is measured in turns with other work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from dino.choice import Choice
from dino.diagnosis import Diagnosis, diagnose
from dino.diagnosis_words import figure_sentences, gap_sentences
from dino.findings import Finding, cured, findings, moved_sentence
from dino.lessons.zoo_answers import KEY as KEY
from dino.lessons.zoo_answers import SKIPPED as SKIPPED
from dino.lessons.zoo_answers import answers_in
from dino.locale.sentences import mark
from dino.pages.learn.network import draw_training, is_over, run_of
from dino.trials import STEPS
from dino.ui import current_run, learner, measurements, state
from dino.ui.language import put, say
from dino.ui.run_titles import draw_run_box
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end
from dino.zoo import QUESTION, ZOO, Exhibit, choice_texts

if TYPE_CHECKING:
    from dino.jobs import RunEntry

TITLE = mark("Failure zoo")
ABOUT = mark("Six runs that fail. Find the cause of each first. Then see the answer and the cure.")
NOTHING = mark(
    "Nothing was found that holds this run back. That does not prove there is nothing. What was "
    "tried is listed below."
)
Offer = Callable[[Finding], None]


def answers() -> dict[str, str]:
    """The causes that the learner chose, by exhibit; `SKIPPED` for a skipped one."""
    return answers_in(learner.progress())


def zoo_words() -> str:
    """Say how many exhibits the learner has answered; '' for none yet."""
    done = len(answers())
    return say("{done} of {count} are done.", done=done, count=len(ZOO)) if done else ""


def draw_zoo() -> None:
    """Draw the exhibits; one of them is open."""
    st.subheader(put(TITLE), anchor=False)
    st.markdown(put(ABOUT))
    st.caption(
        say(
            "Training a run here sets the Lab's controls to its settings. A button restores your "
            "own."
        )
    )
    # numbers, because the titles tell the causes
    numbers = {key: say("Exhibit {number}", number=i) for i, key in enumerate(ZOO, 1)}
    chosen = state.EXHIBIT.get()
    if chosen not in ZOO:
        state.EXHIBIT.correct(next(iter(ZOO)))
    st.segmented_control(
        say("Exhibit"),
        list(ZOO),
        format_func=lambda key: numbers[key],
        key=state.EXHIBIT.key,
        persist_state="session",
        required=True,
        label_visibility="collapsed",
    )
    with st.container(key="exhibit"):
        _draw_exhibit(ZOO[state.EXHIBIT.get() or next(iter(ZOO))])
    _draw_own_run()


def _draw_own_run() -> None:
    """Draw the diagnosis of a visitor's own run, once they ask for it."""
    entries = [it for it in current_run.runs() if it.run.step]
    if not entries:
        return
    st.divider()
    st.markdown(f"**{say('Diagnose one of your runs')}**")
    entry = draw_run_box(say("Run"), entries, state.DIAGNOSED)
    asked = (entry.token, entry.run.step)
    if state.ASKED_DIAGNOSIS.get() != asked:
        st.button(
            say("Diagnose it"),
            key="diagnose",
            icon=":material/stethoscope:",
            on_click=_ask,
            args=(asked,),
        )
        st.caption(
            say(
                "The app tries {steps} updates from the run's present weights at three learning "
                "rates, and measures gradients, states and losses. The run itself does not change.",
                steps=STEPS,
            )
        )
        return
    config, is_ours = entry.run.config, entry.corpus.source == Choice()

    def offer(finding: Finding) -> None:
        draw_training(cured(config, [finding]), f"cure_{finding.key}", say("Run the cure"))

    draw_diagnosis(entry, offer if is_ours else None)


@run_to_end
def _ask(asked: tuple[str, int]) -> None:
    """Callback: diagnose this run at this step."""
    state.ASKED_DIAGNOSIS.set(asked)


def _draw_exhibit(exhibit: Exhibit) -> None:
    entry = draw_training(exhibit.failing, f"zoo_{exhibit.key}_failing", say("Run it"))
    _draw_puzzle(exhibit)
    choice = answers().get(exhibit.key)
    if choice is None:
        return
    with st.container(border=True):
        st.markdown(f"**{put(exhibit.title)}**")
        if choice == exhibit.cause:
            st.markdown(f"**{say('Right.')}**")
        elif choice != SKIPPED:
            st.markdown(put(exhibit.reply(choice)))
        if choice != exhibit.cause:
            cause = put(dict(choice_texts(exhibit))[exhibit.cause])
            st.markdown(f"**{say('The cause: {cause}', cause=cause)}**")
        for head, text in (
            (say("What you see"), exhibit.seen),
            (say("Why"), exhibit.why),
            (say("The cure"), exhibit.cure_words),
        ):
            st.markdown(f"**{head}.** {put(text)}")
            if text == exhibit.why and entry is not None and exhibit.cause == "rate_too_small":
                st.markdown(put(moved_sentence(entry.run)))
    draw_training(exhibit.cure, f"zoo_{exhibit.key}_cure", say("Run the cure"))
    if entry is not None and is_over(entry.run):
        st.markdown(f"**{say('The diagnosis of the run that failed')}**")
        draw_diagnosis(entry)


def _draw_puzzle(exhibit: Exhibit) -> None:
    """Draw the question, with its choices until one is taken."""
    choice, box = answers().get(exhibit.key), state.cause_of(exhibit.key)
    texts = {key: put(text) for key, text in choice_texts(exhibit)}
    if choice in texts:
        box.correct(choice)
    with st.container(border=True):
        st.radio(
            put(QUESTION),
            list(texts),
            index=None,
            format_func=lambda key: texts.get(key, ""),
            key=box.key,
            disabled=choice is not None or not has_run(exhibit),
            persist_state="session",
        )
        if choice == SKIPPED:
            st.caption(say("You skipped this."))
        if choice is not None:
            return
        if not has_run(exhibit):
            st.caption(say("Run it first and look at its curves. Answer when it has finished."))
        with st.container(horizontal=True):
            st.button(
                say("This is the cause"),
                key=f"zoo_{exhibit.key}_place",
                type="primary",
                disabled=not has_run(exhibit),
                on_click=_place,
                args=(exhibit.key,),
            )
            st.button(
                say("Skip this"),
                key=f"zoo_{exhibit.key}_skip",
                type="tertiary",
                on_click=_keep,
                args=(exhibit.key, SKIPPED),
            )
    if state.LEARN_REFUSAL.get()[0] == KEY:
        show_text(put(state.LEARN_REFUSAL.get()[1]))


def has_run(exhibit: Exhibit) -> bool:
    """Whether the failing run has finished, so that there is something to judge."""
    entry = run_of(exhibit.failing)
    return entry is not None and is_over(entry.run)


@run_to_end
def _place(key: str) -> None:
    """Callback: take the chosen cause."""
    if not has_run(ZOO[key]):
        return
    choice = state.cause_of(key).get()
    if choice not in ZOO[key].choices:
        state.LEARN_REFUSAL.set((KEY, mark("Choose one of the answers first.")))
        return
    _keep(key, choice)


@run_to_end
def _keep(key: str, choice: str) -> None:
    """Callback: keep the answer to an exhibit."""
    state.LEARN_REFUSAL.set((KEY, ""))
    learner.keep(learner.progress().with_more(KEY, {**answers(), key: choice}))


def draw_diagnosis(entry: RunEntry, offer: Offer | None = None) -> list[Finding] | None:
    """Draw what holds a run back, once it is known, and return it.

    offer: draws what a page offers with a finding that has a cure.
    """
    run, corpus = entry.run, entry.corpus
    key = ("diagnosis", entry.token, run.step)
    found = measurements.measure(key, lambda: diagnose(run, corpus))
    if found.refusal:
        show_text(put(found.refusal))
        return None
    if found.failed:
        show_text(say("This could not be measured."))
        return None
    if not found.done:
        st.progress(found.share, say("Trying other learning rates from its present weights…"))
        return None
    diagnosis: Diagnosis = found.result
    causes = findings(diagnosis)
    if not causes:
        show_text(put(NOTHING))
    for cause in causes:
        _draw_finding(cause, offer)
    with st.container(border=True):
        show_text("\n".join(put(line) for line in gap_sentences(diagnosis)))
    show_text("\n".join(put(line) for line in figure_sentences(diagnosis)))
    return causes


def _draw_finding(finding: Finding, offer: Offer | None) -> None:
    """Draw one finding: its title, what was seen, why, and the cure."""
    with st.container(border=True):
        show_text(put(finding.title))
        lines = [*finding.seen, *finding.why, finding.cure_words]
        show_text("\n".join(put(line) for line in lines))
        if offer is not None and finding.changes:
            offer(finding)
