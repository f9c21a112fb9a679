"""The page's run as files to keep: a report, code that trains it again, tables, a saved run.

Each file is made when the visitor asks for it, from the run at that time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from dino.jobs import RunHandle
from dino.locale.sentences import Language, Refusal, Text, prose, refusal_sentence, sentence
from dino.mix import Mix, mix_beside, mix_of
from dino.parts import finish
from dino.ui import chosen_list, current_run, measurements, settings, state
from dino.ui.failures import safe_part
from dino.ui.language import language, put, say
from dino.ui.mix_controls import mix_words
from dino.ui.report_words import TypedWords, browser_zone, draw_words, today
from dino.ui.server import jobs
from dino.ui.widgets import draw_lazy_box

if TYPE_CHECKING:  # PyTorch takes a second to load; draw the page first
    from dino.exam import ExamResult
    from dino.reports.facts import Words
    from dino.run import Run
    from dino.together import BelowEach, Reading


MOST_SECONDS = 20.0  # the most that a download waits for the state that training needs


class File(NamedTuple):
    """A file to keep: its button's label, the end of its name, its type, and why one wants it.

    make: returns its bytes or its text; may raise Refusal.
    """

    label: Text
    end: str
    mime: str
    about: Text
    make: Callable[[Wish], bytes | str]


class Wish(NamedTuple):
    """What goes into the files, and from whose run.

    words: the visitor's own, for the report. with_names: whether the report and the saved run may
    hold names of a private list and those that its run wrote. is_owner: whether the visitor owns
    the run. zone: the browser's time zone. mix: what the network is read together with, also for
    `written`, if it is.
    """

    job: RunHandle
    language: Language
    words: Words
    with_names: bool
    written: tuple[str, ...] = ()
    is_owner: bool = True
    zone: str = ""
    mix: Mix | None = None


def draw_take_home() -> None:
    """Draw the box with the files of the page's run, if it has trained."""
    job = current_run.current_job()
    if job is None or job.run is None or not job.trained:
        return
    if not chosen_list.may_see(job.corpus):
        return  # a visitor who watches a run on another's private list may not take it
    draw_lazy_box(
        say("Take this run home"), state.TAKE_HOME, ":material/download:", lambda: _draw_files(job)
    )


@st.fragment
@safe_part
def _draw_files(job: RunHandle) -> None:
    """Draw the choices for the files, and a button for each file."""
    typed = draw_words("report")
    wish = _draw_wish(job, typed)
    if typed is None or wish is None:
        return
    from dino.reports.notebook import keras_refusal

    refused = keras_refusal(_run(job).config)
    with st.container(key="take_home_files", horizontal=True, gap="small"):
        for file in FILES:
            if refused and file.make is _keras_notebook:
                continue
            st.download_button(
                put(file.label),
                partial(_contents_now, file, wish, typed),
                file_name=name_of(file, job),
                mime=file.mime,
                help=put(file.about),
                key=f"take{file.end}",
                on_click="ignore",
            )
    if refused:
        st.caption(put(refused))
    st.caption(
        say(
            "The script and the notebooks read the list of names from their own folder. `python "
            "-m dino check` trains the recipe of a report again and says which of its figures "
            "hold. `python -m dino train --load` continues a saved run."
        )
    )


def _draw_wish(job: RunHandle, typed: TypedWords | None) -> Wish | None:
    """Draw the choices for the files. Return None while the visitor's own words are refused."""
    with_names = bool(job.corpus.owner) and st.checkbox(
        say("Include names of my own list in the report and the saved run"), key="report_names"
    )
    if job.corpus.owner:
        st.caption(
            say(
                "Without the tick, neither the report nor the saved run contains names. The saved "
                "run still has the network's weights, and a network can write names that it has "
                "memorised. *List of names* and *Names (.csv)* always contain names."
            )
        )
    if typed is None:
        return None
    mix, written = _reading(job)
    how = with_names, written, current_run.may_act(job), browser_zone(), mix
    return Wish(job, language(), typed.words, *how)


def _reading(job: RunHandle) -> tuple[Mix | None, tuple[str, ...]]:
    """What the network is read together with, and the names that it wrote so. Say what that
    changes in the files.
    """
    found = measurements.written_names(job)
    mix = mix_of((found.writing if found else settings.writing_settings()).mix)
    written = tuple(trace.name for trace in found.traces) if found else ()
    if mix is None:
        return None, written
    if _run(job).weights is None:
        st.caption(
            say(
                "The weights of this run were discarded, so the files leave out counting and the "
                "names that were written together with it."
            )
        )
        return None, ()
    st.caption(
        say(
            "The report, the script and the notebooks also read the network together with "
            "counting ({mix}), as *Write names* does. They contain no counts. The other files "
            "are the network's.",
            mix=mix_words(mix.text),
        )
    )
    return mix, written


def name_of(file: File, job: RunHandle) -> str:
    """The name of a file. The list has the name that the script and the notebooks expect."""
    from dino.reports.code_facts import list_file

    return f"dino-run-{job.number}{file.end}" if file.end else list_file(job.corpus)


def _contents_now(file: File, wish: Wish, typed: TypedWords) -> bytes | str:
    return contents(file, wish._replace(words=typed.newest_words()))


def contents(file: File, wish: Wish) -> bytes | str:
    """The bytes of a file. Raises Refusal in the visitor's language; the page says it below the
    button.
    """
    try:
        return file.make(wish)
    except Refusal as refusal:
        raise Refusal(wish.language.put(refusal_sentence(refusal))) from None


def _read_together(wish: Wish, run: Run) -> Reading | None:
    """What the held-out names show of the network together with counting, if it is read so.

    run: as the file has it. Raises Refusal if its weights are newer than its held-out loss.
    """
    if wish.mix is None or run.weights is None:
        return None
    from dino.reports.code_facts import steps_of
    from dino.together import Reading

    if steps_of(run) != run.kept_step:
        raise Refusal(
            sentence(
                "This run is training. Pause it before you take it home together with counting."
            )
        )
    return Reading(wish.mix, _below_each(wish, run, wish.mix, wish.job.corpus.val))


def _with_exam(
    wish: Wish, run: Run, reading: Reading | None, opened: ExamResult | None
) -> Reading | None:
    """Also what the final exam shows of it, if it was opened with this mixture."""
    if reading is None or opened is None or mix_beside(opened.mix) != reading.mix:
        return reading
    return reading._replace(exam=_below_each(wish, run, reading.mix, wish.job.corpus.exam))


def _below_each(wish: Wish, run: Run, mix: Mix, names: Sequence[str]) -> BelowEach:
    from dino.jobs.together import mixed_losses_of
    from dino.together import below_each

    corpus = wish.job.corpus
    work = mixed_losses_of(run.config, run.weights, corpus, names, mix, jobs().counts)
    return below_each(finish(work), names)


def _report(wish: Wish) -> bytes:
    from dino.reports.run_report import make_report

    job, run = wish.job, _run(wish.job)
    counted, opened = job.baseline_name_losses or {}, job.opened_exam
    return make_report(
        run,
        job.corpus,
        counted,
        wish.words,
        wish.language,
        wish.written,
        wish.with_names,
        opened,
        today(wish.zone),
        _with_exam(wish, run, _read_together(wish, run), opened),
    )


def _script(wish: Wish) -> str:
    from dino.reports.script import script

    run = _run(wish.job)
    reading = _read_together(wish, run)
    return script(run, wish.job.corpus, language=wish.language, reading=reading)


def _notebook(wish: Wish) -> bytes:
    from dino.reports.notebook import notebook

    run = _run(wish.job)
    reading = _read_together(wish, run)
    return notebook(run, wish.job.corpus, language=wish.language, reading=reading)


def _keras_notebook(wish: Wish) -> bytes:
    from dino.reports.notebook import keras_notebook

    run = _run(wish.job)
    reading = _read_together(wish, run)
    return keras_notebook(run, wish.job.corpus, language=wish.language, reading=reading)


def _list(wish: Wish) -> bytes:
    from dino.reports.code_facts import list_text

    return list_text(wish.job.corpus)


def _curve(wish: Wish) -> bytes:
    from dino.reports.tables import curve

    return curve(_run(wish.job), wish.job.corpus)


def _names(wish: Wish) -> bytes:
    from dino.reports.tables import names

    return names(_run(wish.job), wish.job.corpus)


def _saved(wish: Wish) -> bytes:
    from dino.saved.saved_run import to_bytes

    job = wish.job
    if job.running:
        raise Refusal(sentence("This run is training. Pause it before you save it."))
    until = time.monotonic() + MOST_SECONDS
    while (entry := job.early_entry()) is None or entry.packed is None:
        if not (job.can_continue and wish.is_owner):
            break  # a file without it can be looked at, but not trained further
        if time.monotonic() > until:
            raise Refusal(sentence("The server was too busy to save this run. Try again."))
        job.put_away()
        time.sleep(0.05)  # this is the download's own thread
    assert entry is not None
    return to_bytes(entry.run, entry.packed, entry.corpus, with_names=wish.with_names)


def _run(job: RunHandle) -> Run:
    run = job.run  # once: the next look may find a newer one
    assert run is not None
    return run


def _file(key: str, end: str, mime: str, make: Callable[[Wish], bytes | str]) -> File:
    label, about = prose("take_home", f"{key}.label"), prose("take_home", f"{key}.about")
    return File(label, end, mime, about, make)


NOTEBOOK = "application/x-ipynb+json"
FILES = (
    _file("report", "-report.html", "text/html", _report),
    _file("script", ".py", "text/x-python", _script),
    _file("notebook", ".ipynb", NOTEBOOK, _notebook),
    _file("keras", "-keras.ipynb", NOTEBOOK, _keras_notebook),
    _file("list_of_names", "", "text/plain", _list),
    _file("curve", "-curve.csv", "text/csv", _curve),
    _file("names", "-names.csv", "text/csv", _names),
    _file("saved_run", ".safetensors", "application/octet-stream", _saved),
)
