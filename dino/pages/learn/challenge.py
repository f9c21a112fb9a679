"""The challenge: train a network that beats counting letters, hand one in, and open its exam."""

from __future__ import annotations

import streamlit as st

from dino.config import DEFAULT
from dino.jobs import RunEntry
from dino.jobs.exams import which_exam
from dino.locale.sentences import Sentence, Text, comma_list, mark, sentence
from dino.metrics import BASELINE_NAMES
from dino.ui import learnt, run_groups, run_titles, session, settings, state
from dino.ui.choice import Choice
from dino.ui.exam_box import draw_opening
from dino.ui.language import put, say, say_number
from dino.ui.run_box import draw_run_box
from dino.ui.run_offer import settings_words
from dino.ui.server import jobs, this_visit
from dino.ui.table import draw_table
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

KEY = "challenge"
TITLE = mark("The challenge")
ABOUT = mark("Beat counting letters; hand one network in, and open its final exam, once.")
COUNTED = ("pairs", "triples", "fours", "sixes")  # baselines to beat, the easiest first


def entries() -> list[RunEntry]:
    """The visitor's own runs on the dinosaurs, split 0, with a final exam, that are at rest; the
    lowest held-out loss first.
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
        and entry.run.val_loss == entry.run.val_loss
    )


def beaten(entry: RunEntry) -> list[str]:
    """The baselines of the challenge whose held-out loss is above a run's, by their keys."""
    losses = entry.baselines or {}
    return [it for it in COUNTED if it in losses and entry.run.val_loss < losses[it]]


def beaten_sentence(entry: RunEntry) -> Text:
    """Which baselines a run's held-out loss is below."""
    found = beaten(entry)
    if not found:
        return sentence("none yet")
    names: Sentence = comma_list([Sentence(BASELINE_NAMES[it]) for it in found])
    return names


def draw_challenge() -> None:
    """Draw the rules, the visitor's entries, and the one that is handed in."""
    st.subheader(put(TITLE), anchor=False)
    st.markdown(
        say(
            "Train networks on the dinosaurs, in the Lab or as an experiment on Compare. Beat "
            "counting pairs, then triples, fours, and sixes: their held-out losses are the dashed "
            "lines of every loss chart. A final exam is set aside for this; no run learns from its "
            "names."
        )
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            say("Set a final exam aside"),
            key="challenge_exam",
            icon=":material/lock:",
            on_click=_set_exam,
            disabled=settings.config().exam,
        )
        session.draw_link(session.LAB, label=say("Train in the Lab"), icon=":material/science:")
        session.draw_link(
            session.COMPARE, label=say("Plan an experiment"), icon=":material/compare_arrows:"
        )
    found = entries()
    if not found:
        st.caption(say("You have no entry yet.") + " " + _what_counts())
        return
    _draw_entries(found)
    _draw_hand_in(found)


def _what_counts() -> str:
    """What makes a run an entry, and what the next run would be."""
    if not settings.config().exam:
        return say(
            "Set a final exam aside first, then train a run: entries are your runs on the "
            "dinosaurs with a final exam and split seed {seed}.",
            seed=DEFAULT.split_seed,
        )
    return say(
        "A final exam is set aside: train a run in the Lab. On its controls are now: {settings}.",
        settings=settings_words(),
    )


@run_to_end
def _set_exam() -> None:
    """Callback: the recipe on the controls has a final exam, and the challenge's split."""
    recipe = settings.config().replace(exam=True, split_seed=DEFAULT.split_seed)
    settings.show_recipe(recipe)


def _draw_entries(found: list[RunEntry]) -> None:
    """The visitor's own leaderboard."""
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
            "This is one split and one seed each: “below” is no proof for other names. The Lab "
            "compares a run with each way of counting name by name, with its error."
        )
    )


def _draw_hand_in(found: list[RunEntry]) -> None:
    """The choice of the one entry, and once it is handed in its exam."""
    token = learnt.progress().more.get(KEY)
    handed = next((entry for entry in found if entry.token == token), None)
    if handed is not None:
        st.markdown(f"**{say('Handed in')}**")
        show_text(run_titles.titles(found)[handed.token])
        draw_opening(handed)
        st.caption(say("Its report is in the Lab, under Take home; it tells the exam, too."))
        return
    st.markdown(f"**{say('Hand one in')}**")
    entry = draw_run_box(say("Your entry"), found, state.CHALLENGE_RUN)
    exams = jobs().kept_of(this_visit().browser).exams
    if exams.count(which_exam(entry.corpus)):
        st.caption(
            say(
                "You have opened this exam before, so it is no test any more: what it shows now is "
                "one more validation loss."
            )
        )
    st.button(
        say("Hand it in and open the exam"),
        key="hand_in",
        icon=":material/lock_open:",
        type="primary",
        disabled=entry.run.weights is None,
        on_click=_hand_in,
        args=(entry.token,),
    )
    st.caption(
        say("Only one entry is handed in. Choose it by its held-out loss: the exam comes after.")
    )


@run_to_end
def _hand_in(token: str) -> None:
    """Callback: this entry is the one, and its exam is open from now on."""
    entry = next((it for it in entries() if it.token == token), None)
    if entry is not None:
        learnt.keep(learnt.progress().with_more(KEY, token))
        jobs().open_exam(this_visit().browser, entry)
