"""The challenge: train a network that beats counting letters, hand one in, and open its exam."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dino.choice import Choice
from dino.config import DEFAULT
from dino.exam import ExamResult
from dino.jobs import RunEntry
from dino.jobs.exams import Exams, which_exam
from dino.lessons.learner_report import ChallengeEntry
from dino.locale.sentences import Sentence, Text, comma_list, mark, sentence
from dino.metrics import BASELINE_NAMES
from dino.pages.learn.challenge_settings import (
    draw_control_words,
    draw_hidden_changes,
    is_set_aside,
    set_exam,
    what_counts,
)
from dino.ui import learner, run_groups, run_titles, session, state
from dino.ui.exam_box import count_now, draw_counting, draw_losses, draw_opening
from dino.ui.language import put, say, say_number
from dino.ui.run_titles import draw_run_box
from dino.ui.server import jobs, this_visit
from dino.ui.settings_back import draw_settings_back
from dino.ui.table import draw_table
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

TITLE = mark("The challenge")
ABOUT = mark("Train networks to beat counting letters. Hand in one, and open its final exam once.")
COUNTED = ("pairs", "triples", "fours", "sixes")  # baselines to beat, the easiest first
KEY = "challenge"  # the key in addresses, and in the browser's storage


def entries() -> list[RunEntry]:
    """The visitor's runs that count: at rest, on the dinosaurs, split seed 0, with a final exam.
    The lowest held-out loss is first.
    """
    found = [entry for entry in run_groups.own_runs() if _counts(entry)]
    return sorted(found, key=lambda entry: entry.run.val_loss)


def _counts(entry: RunEntry) -> bool:
    job, corpus = jobs().find(entry.token), entry.corpus
    return (
        corpus.source == Choice()
        and bool(corpus.exam)
        and corpus.split_seed == DEFAULT.split_seed
        and not (job is not None and job.running)
        and entry.run.step > 0
        and entry.run.val_loss == entry.run.val_loss  # not NaN
    )


def beaten(entry: RunEntry) -> list[str]:
    """The baselines whose held-out loss is above a run's, by key."""
    losses = entry.baselines or {}
    return [it for it in COUNTED if it in losses and entry.run.val_loss < losses[it]]


def beaten_sentence(entry: RunEntry) -> Text:
    """Say which baselines a run's held-out loss is below."""
    found = beaten(entry)
    if not found:
        return sentence("none yet")
    names: Sentence = comma_list([Sentence(BASELINE_NAMES[it]) for it in found])
    return names


def draw_challenge() -> None:
    """Draw the rules, the visitor's entries, and the entry that is handed in."""
    st.subheader(put(TITLE), anchor=False)
    st.markdown(
        say(
            "Train networks on the dinosaurs, in the Lab or as an experiment on Compare. Reach a "
            "lower held-out loss than counting letter pairs, then triples, fours and sixes (the "
            "dashed lines of every loss chart). A final exam is set aside for this. No run learns "
            "from its names."
        )
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            say("Set a final exam aside"),
            key="challenge_exam",
            icon=":material/lock:",
            on_click=set_exam,
            disabled=is_set_aside(),
        )
        session.draw_link(session.LAB, label=say("Train in the Lab"), icon=":material/science:")
        session.draw_link(
            session.COMPARE, label=say("Plan an experiment"), icon=":material/compare_arrows:"
        )
    draw_hidden_changes()
    found = entries()
    if found:
        draw_control_words(KEY)
        _draw_entries(found)
    elif handed_entry() is None:  # else it is being trained further
        st.caption(say("You have no entry yet.") + " " + what_counts())
        draw_settings_back(KEY)
        return
    draw_hand_in(found)


def _draw_entries(found: list[RunEntry]) -> None:
    """Draw the visitor's own leaderboard."""
    titles = run_titles.titles(found)
    rows = [
        [
            str(place),
            titles[entry.token],
            say_number(entry.run.val_loss, ".3f"),
            put(beaten_sentence(entry)),
        ]
        for place, entry in enumerate(found, 1)
    ]
    draw_table(
        ["", say("run"), say("held-out loss"), say("below")],
        rows,
        "challenge_entries",
        say("Your entries, the lowest held-out loss first"),
        numeric=(0, 2),
        max_height=420,
    )
    st.caption(
        say(
            "Each entry has one split and one seed, so “below” proves nothing about other names. "
            "The Lab compares a run with each way of counting, name by name, and gives the "
            "standard error."
        )
    )


def challenge_words() -> str:
    """Say that an entry was handed in; '' for none."""
    return say("An entry was handed in.") if handed_token() else ""


def handed_token() -> str:
    """The token of the handed-in entry; '' for none. It comes from the browser's storage."""
    token = learner.progress().more.get(KEY)
    return token if isinstance(token, str) else ""


def handed_entry() -> RunEntry | None:
    """The handed-in entry, if its run is kept, even while it is trained further."""
    token = handed_token()
    return next((it for it in run_groups.own_runs() if token and it.token == token), None)


def entry_for_report() -> Callable[[], ChallengeEntry | None]:
    """Return a function that gives the handed-in entry, without a title if the run is gone. It
    measures counting on the exam, so call it in a download's own thread.
    """
    entry = handed_entry()
    if entry is None:
        nothing = ChallengeEntry("") if handed_token() else None
        return lambda: nothing
    opening = _exams().of_run(entry.token)
    shown = None if opening is None else _exams().opened_exam(opening.token, opening.step)
    found = ChallengeEntry(run_titles.titles([entry])[entry.token], shown)
    if opening is None or shown is None or opening.step != entry.run.kept_step:
        return lambda: found
    return lambda: replace(found, counting=count_now(entry))


def _exams() -> Exams:
    return jobs().kept_of(this_visit().browser).exams


def draw_hand_in(found: list[RunEntry]) -> None:
    """Draw the choice of the one entry; once it is handed in, draw its exam. found: the entries."""
    entry = handed_entry()
    if entry is not None:
        _draw_handed(entry)
        return
    st.markdown(f"**{say('Hand one in')}**")
    if handed_token():
        st.caption(
            say(
                "You handed in an entry before, and its run is no longer kept. You saw the exam's "
                "result, so it is no fair test of another entry."
            )
        )
    if not state.CHALLENGE_CHOSEN.get() and state.CHALLENGE_RUN.get() != found[0].token:
        state.CHALLENGE_RUN.set(found[0].token)  # the best one, until the learner chooses another
    chosen = draw_run_box(say("Your entry"), found, state.CHALLENGE_RUN, on_change=_note_choice)
    if _exams().count(which_exam(chosen.corpus)):
        st.caption(
            say(
                "You opened this exam before, so it is no longer a test. What it shows now is one "
                "more validation loss."
            )
        )
    if state.CHALLENGE_ASKED.get() == chosen.token:
        _draw_question(chosen)
        return
    st.button(
        say("Hand it in and open the exam"),
        key="hand_in",
        icon=":material/lock_open:",
        type="primary",
        disabled=chosen.run.weights is None,
        on_click=_ask,
        args=(chosen.token,),
    )
    st.caption(
        say("You can hand in only one entry. Choose it by its held-out loss before the exam.")
    )


def _draw_question(entry: RunEntry) -> None:
    """Ask whether to hand it in, because that cannot be undone."""
    with st.container(border=True, key="hand_in_question"):
        st.markdown(
            say(
                "Hand in this entry? Its final exam opens at once, and you cannot undo that. You "
                "cannot hand in another entry later, because you would choose it by what the exam "
                "showed."
            )
        )
        show_text(run_titles.titles([entry])[entry.token])
        show_text(say("Its held-out loss is {loss:.3f}.", loss=entry.run.val_loss))
        with st.container(horizontal=True):
            st.button(
                say("Yes, hand it in"),
                key="hand_in_sure",
                icon=":material/lock_open:",
                type="primary",
                on_click=_hand_in,
                args=(entry.token,),
            )
            st.button(say("Not yet"), key="hand_in_not_yet", on_click=_ask, args=("",))


def _draw_handed(entry: RunEntry) -> None:
    """Draw the handed-in entry, and its exam with the weights that it had then."""
    st.markdown(f"**{say('Handed in')}**")
    show_text(run_titles.titles([entry])[entry.token])
    opening = _exams().of_run(entry.token)
    if opening is None or opening.step == entry.run.kept_step:
        draw_opening(entry)
        if opening is not None:
            draw_counting(entry)
    else:  # the run has other weights now
        st.caption(
            say(
                "You trained this run further after you handed it in. The exam used its weights "
                "after update {step:,}.",
                step=opening.step,
            )
        )
        if opening.losses is not None:
            draw_losses(ExamResult(opening.losses, opening.number, _exams().count(opening.exam)))
    with st.container(horizontal=True, vertical_alignment="center", key="challenge_handed"):
        st.caption(
            say("Its report is in the Lab, under Take this run home. It includes the exam."),
            width="content",
        )
        session.draw_link(session.LAB, label=say("Open the Lab"), icon=":material/science:")


@run_to_end
def _note_choice() -> None:
    """Callback: the learner chose an entry."""
    state.CHALLENGE_CHOSEN.set(True)


@run_to_end
def _ask(token: str) -> None:
    """Callback: ask about handing in this entry; '' stops asking."""
    state.CHALLENGE_ASKED.set(token)


@run_to_end
def _hand_in(token: str) -> None:
    """Callback: hand this entry in, and open its exam."""
    entry = next((it for it in run_groups.own_runs() if it.token == token), None)
    if entry is None or state.CHALLENGE_ASKED.get() != token or handed_entry() is not None:
        return
    browser = this_visit().browser
    learner.keep_with(learner.progress().with_more(KEY, token), state.CHALLENGE_ASKED, "")
    jobs().open_exam(browser, entry)
