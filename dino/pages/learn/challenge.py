"""The challenge: train a network that beats counting letters, hand one in, and open its exam."""

from __future__ import annotations

import streamlit as st

from dino.config import DEFAULT
from dino.jobs import RunEntry
from dino.locale.sentences import Sentence, Text, comma_list, mark, sentence
from dino.metrics import BASELINE_NAMES
from dino.pages.learn.handing_in import KEY as KEY
from dino.pages.learn.handing_in import draw_hand_in, handed_entry
from dino.presets import PRESETS
from dino.ui import run_groups, run_titles, session, settings, state
from dino.ui.choice import Choice
from dino.ui.language import put, say, say_number
from dino.ui.run_offer import settings_words
from dino.ui.server import jobs
from dino.ui.settings_back import draw_settings_back, hidden_changes, put_settings_back
from dino.ui.table import draw_table
from dino.ui.widgets import run_to_end

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
            disabled=_is_set_aside(),
        )
        session.draw_link(session.LAB, label=say("Train in the Lab"), icon=":material/science:")
        session.draw_link(
            session.COMPARE, label=say("Plan an experiment"), icon=":material/compare_arrows:"
        )
    _draw_hidden_changes()
    found = entries()
    if found:
        _draw_control_words()
        _draw_entries(found)
    elif handed_entry() is None:  # else it trains further
        st.caption(say("You have no entry yet.") + " " + _what_counts())
        draw_settings_back(KEY)
        return
    draw_hand_in(found)


def _draw_hidden_changes() -> None:
    """Which settings under More settings differ from the preset, and the way back: they are not
    visible from here, and may hold a network back.
    """
    names = hidden_changes()
    if not names:
        return
    chosen = PRESETS[settings.preset()]
    words = settings.change_words(settings.config().replace(**names), settings.config())
    with st.container(horizontal=True, vertical_alignment="center", key="challenge_hidden"):
        st.markdown(
            say(
                "The next run differs from the preset {preset} under More settings in the Lab: "
                "{changes}.",
                preset=put(chosen.label),
                changes="; ".join(words),
            )
        )
        st.button(
            say("Reset this to the preset"),
            icon=":material/undo:",
            key="challenge_as_preset",
            type="tertiary",
            on_click=_set_as_preset,
        )


@run_to_end
def _set_as_preset() -> None:
    """Callback: what is under More settings is as in the preset."""
    state.set_all(hidden_changes())


def _draw_control_words() -> None:
    """Where the next run would be no entry, that it would not; the way back to one's settings."""
    if not _is_set_aside():
        st.caption(
            say(
                "On the controls of the Lab there is no final exam now, so the next run would be "
                "no entry: a run that you open, a preset, a lesson and the zoo bring their own "
                "settings. The entries below stay entries."
            )
        )
    draw_settings_back(KEY)


def _is_set_aside() -> bool:
    """Whether the next run would be an entry, as far as its exam and split go."""
    recipe = settings.config()
    return recipe.exam and recipe.split_seed == DEFAULT.split_seed


def _what_counts() -> str:
    """What makes a run an entry, and what the next run would be."""
    if not _is_set_aside():
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
    """Callback: the recipe on the controls has a final exam, and the challenge's split; what the
    zoo or a lesson has put there is put back.
    """
    put_settings_back()
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
