"""The one entry of the challenge that is handed in: asked once more, then its exam is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from dino.exam import Opened
from dino.jobs import RunEntry
from dino.jobs.exams import Exams, Opening, which_exam
from dino.share.learn_facts import HandedIn
from dino.ui import learnt, run_groups, run_titles, state
from dino.ui.exam_box import count_now, draw_counting, draw_losses, draw_opening
from dino.ui.language import say
from dino.ui.run_box import draw_run_box
from dino.ui.server import jobs, this_visit
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

KEY = "challenge"  # in addresses, and in what a browser keeps


def handed_token() -> str:
    """The token of the entry that was handed in; '' for none. A browser sent it."""
    token = learnt.progress().more.get(KEY)
    return token if isinstance(token, str) else ""


def handed_entry() -> RunEntry | None:
    """The entry that was handed in, where its run is still kept; also while it trains further."""
    token = handed_token()
    return next((it for it in run_groups.own_runs() if token and it.token == token), None)


def handed_in() -> Callable[[], HandedIn | None]:
    """The entry that was handed in, for a report; without a title where its run is gone. What is
    given counts for the exam when it is called, in a thread of a download's own.
    """
    entry = handed_entry()
    if entry is None:
        nothing = HandedIn("") if handed_token() else None
        return lambda: nothing
    opening = _exams().of_run(entry.token)
    shown = None if opening is None else _exams().opened_exam(opening.token, opening.step)
    found = HandedIn(run_titles.titles([entry])[entry.token], shown)
    if opening is None or shown is None or opening.step != entry.run.kept_step:
        return lambda: found
    return lambda: replace(found, counting=count_now(entry))


def _exams() -> Exams:
    return jobs().kept_of(this_visit().browser).exams


def draw_hand_in(found: list[RunEntry]) -> None:
    """The choice of the one entry, and once it is handed in its exam. found: the entries"""
    entry = handed_entry()
    if entry is not None:
        _draw_handed(entry)
        return
    st.markdown(f"**{say('Hand one in')}**")
    if handed_token():
        st.caption(
            say(
                "You have handed in an entry before, whose run is no longer kept. You have seen "
                "what that exam showed, so for another entry it is no test any more."
            )
        )
    if not state.CHALLENGE_CHOSEN.get() and state.CHALLENGE_RUN.get() != found[0].token:
        state.CHALLENGE_RUN.set(found[0].token)  # the best one, until the learner chooses another
    chosen = draw_run_box(say("Your entry"), found, state.CHALLENGE_RUN, on_change=_choose)
    if _exams().count(which_exam(chosen.corpus)):
        st.caption(
            say(
                "You have opened this exam before, so it is no test any more: what it shows now is "
                "one more validation loss."
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
        say("Only one entry is handed in. Choose it by its held-out loss: the exam comes after.")
    )


def _draw_question(entry: RunEntry) -> None:
    """Whether it is to be handed in, since that cannot be undone."""
    with st.container(border=True, key="hand_in_question"):
        st.markdown(
            say(
                "Hand in this entry? Its final exam opens at once. That cannot be undone: no other "
                "entry can be handed in after it, because you would choose it by what the exam has "
                "shown."
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
    """The entry that was handed in, and its exam, with the weights that it had then."""
    st.markdown(f"**{say('Handed in')}**")
    show_text(run_titles.titles([entry])[entry.token])
    opening = _exams().of_run(entry.token)
    if opening is None or opening.step == entry.run.kept_step:
        draw_opening(entry)
        if opening is not None:
            draw_counting(entry)
    else:
        _draw_trained_further(opening)
    st.caption(say("Its report is in the Lab, under Take this run home; it tells the exam, too."))


def _draw_trained_further(opening: Opening) -> None:
    """What the exam showed of a run that has other weights by now."""
    st.caption(
        say(
            "You trained this run further after you handed it in. What the exam showed is of its "
            "weights after step {step:,}.",
            step=opening.step,
        )
    )
    if opening.losses is not None:
        draw_losses(Opened(opening.losses, opening.number, _exams().count(opening.exam)))


@run_to_end
def _choose() -> None:
    """Callback: the learner chose an entry."""
    state.CHALLENGE_CHOSEN.set(True)


@run_to_end
def _ask(token: str) -> None:
    """Callback: ask once more about this entry; about none with ''."""
    state.CHALLENGE_ASKED.set(token)


@run_to_end
def _hand_in(token: str) -> None:
    """Callback: this entry is the one, and its exam is open from now on."""
    entry = next((it for it in run_groups.own_runs() if it.token == token), None)
    if entry is None or state.CHALLENGE_ASKED.get() != token or handed_entry() is not None:
        return
    browser = this_visit().browser
    learnt.keep_with(learnt.progress().with_more(KEY, token), state.CHALLENGE_ASKED, "")
    jobs().open_exam(browser, entry)
