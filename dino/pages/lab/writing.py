"""Writing names: the controls, the names, and the picture of the one that is picked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from weakref import ref

import streamlit as st

from dino.config import Writing
from dino.data import Corpus
from dino.jobs import RunHandle, WrittenNames
from dino.jobs.name_writing import in_effect
from dino.locale.sentences import Sentence, mark, plural_sentence, sentence
from dino.metrics import CUT, IN_EXAM, name_kind
from dino.mix import mix_of
from dino.pages.lab.draw_picture import draw_stretches
from dino.pages.lab.name_picture import draw_hidden, draw_probabilities, draw_surprise
from dino.pages.lab.parts import draw_part
from dino.pages.lab.ruler import draw_ruler
from dino.pages.lab.together import draw_together
from dino.pages.lab.writing_controls import draw_controls, value_text, write
from dino.ui import current_run, measurements, session, settings, state
from dino.ui.component import draw_styles
from dino.ui.language import put, say, say_number
from dino.ui.listening import draw_pulse, turn
from dino.ui.mix_controls import mix_words
from dino.ui.server import this_visit
from dino.ui.table import Table, draw_table_once
from dino.ui.text import in_a_line, show_text

HERE = Path(__file__).parent
_SETTINGS = Writing.settings()
OTHER_WEIGHTS = {  # by whether the names were written with the weights of the best moment
    True: mark("the weights of the best moment (now of the latest update)"),
    False: mark("the weights of the latest update (now of the best moment)"),
}
# The kinds of a name, in a word or two, as `novelty` has them.
NEW, COPIED, HELD_OUT = mark("new"), mark("copied"), mark("held out")


def draw_writing(running: bool) -> None:
    """Draw the controls for writing, the names, and the picture of the picked one.

    running: whether a run is training; when it stops, names are written automatically.
    """
    with st.container(key="writing"):
        draw_styles(HERE / "writing.css")
        draw_part("writing", _draw_writing, running)


def _draw_writing(running: bool) -> None:
    job = current_run.current_job()
    if job is None:
        return
    st.subheader(say("Write names"), anchor=False)
    draw_controls(job)
    names = measurements.written_names(job)
    if not running and not job.running and _is_due(job, names):
        write()
    drawn = turn(this_visit())  # before the names are read, because they may be finished just after
    pending = measurements.is_writing(job)
    names = measurements.written_names(job)
    with st.container():
        if refusal := state.REFUSAL.get():
            with st.container(border=True, key="refused"):
                st.text(put(refusal))  # it quotes what was typed, so never as Markdown
    session.update_address("writing")
    if names is not None:
        _draw_names_and_picture(job, names, drawn)
    elif pending:
        st.caption(say("Writing names…"))
        draw_pulse(job, "writing_pulse", drawn=drawn)
    else:
        st.caption(
            say(
                "The network can write names at any time. Choose a name to see the probabilities "
                "it was drawn from."
            )
        )
    measurements.end_unasked("writing")


def _is_due(job: RunHandle, names: WrittenNames | None) -> bool:
    """Whether a run at rest should write names without a press of Write.

    True for its first names, and after a button elsewhere chose other weights for them.
    """
    if names is None:
        return measurements.names_are_due(job)
    has_weights = job.run is not None and job.run.weights is not None
    return has_weights and names.best != state.USE_BEST.get()


def _pick(index: int) -> None:
    state.PICKED_NAME.set(index)
    state.PICKED_LETTER.set(None)


def _draw_names_and_picture(job: RunHandle, written: WrittenNames, drawn: str) -> None:
    """Draw names and pictures side by side. The probabilities are first, beside the name that is
    clicked. drawn: the page's `turn` before the drawing.
    """
    picked = min(state.PICKED_NAME.get(), len(written.traces) - 1)
    trace, corpus = written.traces[picked], job.corpus
    left, right = st.columns([5, 6], gap="medium")
    with left:
        draw_part("state_of_names", _draw_state_of_names, job.token, written)
        _draw_names(corpus, written, picked)
    with right:
        context = 0 if written.writing.carry else job.config.context
        draw_part("probabilities", draw_probabilities, corpus, written, picked, context)
    left, right = st.columns([5, 6], gap="medium")  # on a phone, everything is in one column
    with left:
        draw_stretches(corpus, written, picked)
    with right:
        draw_hidden(corpus, job.config.cell, trace)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        draw_part("surprise", draw_surprise, corpus, written, picked)
    with right:
        draw_ruler(job, written, draw_together(job, written, drawn))


def _draw_state_of_names(token: str, written: WrittenNames) -> None:
    """Say with which weights they were written, and if that is no longer what is set."""
    job = current_run.current_job()
    if job is None or job.token != token:
        st.rerun()
    if written.best:
        words = say(
            "Written with the weights of update {step:,}, the best moment.", step=written.step
        )
    else:
        words = say("Written with the weights of update {step:,}.", step=written.step)
    st.caption(words)
    if mix_of(written.writing.mix) is not None:
        st.caption(
            say(
                "Only these names are written together with counting. The live names are the "
                "network's, and so are the moments, memory, gradient and units on *Inside*."
            )
        )
    with st.container(key="writing_changes"):
        now = settings.writing_settings(), bool(state.USE_BEST.get())
        if words := changes_sentence(job, written, *now):
            show_text(words)


def changes_sentence(job: RunHandle, written: WrittenNames, now: Writing, best: bool) -> str:
    """Say what was different when the names were written; '' if nothing was.

    Also '' if the present settings were refused, because Write would not use them.
    """
    if state.REFUSAL.get():
        return ""
    then = in_effect(written.writing, job.config.context)
    now = in_effect(now, job.config.context)
    changed = [_change(name, then, now) for name in then.changes(now)]
    if written.best != best:
        changed.append(put(OTHER_WEIGHTS[written.best]))
    if changed:
        return say(
            "Written with other settings: {changes}. Press Write to use the current ones.",
            changes="; ".join(changed),
        )
    step = job.run.kept_step if job.run is not None else 0
    if not job.running and not best and written.step < step:
        return say(
            "The run is now at update {step:,}. Press Write for names from its current weights.",
            step=step,
        )
    return ""


def _change(name: str, then: Writing, now: Writing) -> str:
    """A setting with which names were written, and its value now."""
    if name == "prefix" and not then.prefix:
        return say("no first letters (now “{now}”)", now=now.prefix)
    if name == "prefix" and not now.prefix:
        return say("first letters “{then}” (now none)", then=then.prefix)
    return say(
        "{setting} {then} (now {now})",
        setting=in_a_line(put(_SETTINGS[name].label)),
        then=_text(then, name),
        now=_text(now, name),
    )


def _text(writing: Writing, name: str) -> str:
    """A setting's value in words."""
    value = getattr(writing, name)
    if isinstance(value, bool):
        return say("on") if value else say("off")
    if name == "prefix":
        return say("“{text}”", text=value)
    if name == "mix":
        return mix_words(value)
    return value_text(name, value)


def _draw_names(corpus: Corpus, written: WrittenNames, picked: int) -> None:
    kinds = [name_kind(trace, corpus) for trace in written.traces]
    draw_table_once(
        "written",
        (ref(written), picked),
        lambda: _names_table(written, kinds, picked),
        on_row=_pick,
    )
    st.caption(" ".join(put(words) for words in names_sentences(kinds, written.writing)))


def _names_table(written: WrittenNames, kinds: Sequence[str], picked: int) -> Table:
    """The names with their kinds, and the real name next to each."""
    rows = [
        [
            trace.name + ("" if trace.finished else "…") or say("(empty)"),
            put(kind),
            near if distance else say("itself"),
            say_number(distance),
        ]
        for trace, kind, (near, distance) in zip(
            written.traces, kinds, written.nearest, strict=True
        )
    ]
    return Table(
        [say("name"), say("kind"), say("nearest real name"), say("distance")],
        rows,
        say("Names written. Choose one to see how it was written"),
        numeric=(3,),
        names=(0, 2),
        fluid=True,
        max_height=430,
        selected=picked,
    )


def names_sentences(kinds: list[str], writing: Writing) -> list[Sentence]:
    """Say what the written names are, by their kinds, and what the table shows."""
    found = [_kind_sentence(kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)]
    if writing.greedy and writing.count > 1:
        found.append(
            sentence(
                "Greedy decoding leaves nothing to chance, so there is one name, not {count:,}.",
                count=writing.count,
            )
        )
    found.append(
        sentence(
            "The distance (edit distance) counts the letters to insert, delete or replace to reach "
            "the nearest real name."
        )
    )
    found.append(sentence("Choose a name to see how it was written."))
    return found


def _kind_sentence(kind: str, count: int) -> Sentence:
    """Say how many of the names are of a kind, and what that means."""
    if kind == NEW:
        return plural_sentence(
            "{count} is new and not in the list.", "{count} are new and not in the list.", count
        )
    if kind == COPIED:
        return plural_sentence(
            "{count} is a copy of a training name.", "{count} are copies of training names.", count
        )
    if kind == HELD_OUT:
        return plural_sentence(
            "{count} is a real held-out name (validation set), never used for training.",
            "{count} are real held-out names (validation set), never used for training.",
            count,
        )
    if kind == IN_EXAM:
        return plural_sentence(
            "{count} is a real name of the final exam (test set), never used for training.",
            "{count} are real names of the final exam (test set), never used for training.",
            count,
        )
    if kind == CUT:
        return plural_sentence(
            "{count} is cut off because it did not end within the maximum length.",
            "{count} are cut off because they did not end within the maximum length.",
            count,
        )
    return plural_sentence(
        "{count} is empty because it ended at once.",
        "{count} are empty because they ended at once.",
        count,
    )
