"""Opens a visitor's saved run: a worker reads the file, then it is a run of their browser.

begin_upload(file)      begin_prepared(name)      continue_reading() -> how far
open_what_was_read()    close_nameless()

If the file lacks the names of a private list and the browser does not have them either, the visitor
can only look at the run.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dino.choice import OWN, Choice
from dino.locale.sentences import Refusal, Sentence, Text, sentence
from dino.parts import Parts, report_progress
from dino.setting import quoted
from dino.ui import chosen_list, current_run, measurements, run_groups, settings, state, workarounds
from dino.ui.server import jobs, this_visit
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:  # they take a second to load; draw the page first
    from dino.data import Corpus
    from dino.jobs import Measurement, RunEntry
    from dino.saved.list_search import BrowserLists
    from dino.saved.nameless_run import NamelessRun
    from dino.saved.saved_run import SavedRun

RUN_FILE = "run_file"  # names a prepared run in an address
PART = 0.01  # seconds of a worker's turn
# One file is read at a time, because reading takes several times its size in memory.
_turn = threading.Lock()


class OpenedRun(NamedTuple):
    """A run from a file, without a number so far, and sentences on what it lacks."""

    entry: RunEntry
    words: tuple[Text, ...]


# Reading


def begin_upload(file: Any) -> None:
    """Begin to read a file from the visitor's machine. The server then drops the upload."""
    # A list, so that the bytes are freed as soon as they are read.
    data = [file.getvalue()]
    _begin(f"upload {file.file_id}", file.name, lambda: _from_bytes(data.pop()))
    workarounds.forget_upload(file.file_id)


def begin_prepared(name: str) -> None:
    """Begin to read a run that comes with this server."""
    _begin(f"prepared {name} {time.monotonic()}", name, lambda: _prepared(name))


def begin_from_address(said: Mapping[str, str]) -> None:
    """Begin to read the prepared run that an address names, if it names one.

    Raises Refusal if there is none of that name.
    """
    if RUN_FILE in said:
        from dino.saved import shipped_runs

        shipped_runs.check_name(said[RUN_FILE])
        state.OPEN_BOX.set(True)
        begin_prepared(said[RUN_FILE])


def _begin(key: str, name: str, read: Callable[[], SavedRun]) -> None:
    stop_opening()
    state.FILE_REFUSAL.set("")
    state.FILE_OPENED.set(())
    this_visit().nameless = None
    state.READING.set(key)
    state.READING_FILE.set(_file_name(name))
    browser_lists, title = _lists(), title_of(name)
    measurements.measure((key,), lambda: _read(read, title, browser_lists), patience=PART)


def title_of(name: str) -> str:
    """The title of a run from a file of this name; at most `limits.TITLE_LETTERS` characters."""
    from dino.jobs.kept_runs import checked_title
    from dino.jobs.limits import TITLE_LETTERS

    stem = name.replace("\\", "/").rpartition("/")[2].removesuffix(".safetensors")
    try:
        return checked_title(stem[:TITLE_LETTERS])
    except Refusal:  # normalizing may make the title longer
        return ""


def _file_name(name: str) -> str:
    """A file's name in one short line, as a sentence quotes it."""
    return quoted(name.replace("\\", "/").rpartition("/")[2])


def continue_reading() -> Measurement | None:
    """Have a worker read on in this visitor's file. Return its measurement; None if nothing is
    read.
    """
    key = state.READING.get()
    if not key or (key,) not in this_visit().measurements:
        return None
    return measurements.measure((key,), lambda: iter(()))


def stop_opening() -> None:
    """Stop reading, and keep nothing of it."""
    found = this_visit().measurements.pop((state.READING.get(),), None)
    if found is not None:
        found.stop()
    state.READING.set("")


def _from_bytes(data: bytes) -> SavedRun:
    from dino.saved.saved_run import from_bytes

    return from_bytes(data)


def _prepared(name: str) -> SavedRun:
    from dino.saved import shipped_runs

    return shipped_runs.read_shipped_run(name)


def _lists() -> BrowserLists:
    from dino.saved.list_search import BrowserLists

    here = this_visit()
    of_runs = (entry.corpus for entry in run_groups.own_runs())
    split = tuple(dict.fromkeys([*here.lists.values(), *of_runs]))
    own = [
        (corpus.cleaned, corpus.source)
        for corpus in split
        if corpus.owner and corpus.cleaned is not None and isinstance(corpus.source, Choice)
    ]
    chosen = chosen_list.choice()
    if chosen.key == OWN:
        own.insert(0, (state.OWN_LIST.get(), chosen))
    return BrowserLists(here.browser, split, tuple(own), chosen_list.next_number())


def _read(
    read: Callable[[], SavedRun], title: str, lists: BrowserLists
) -> Iterator[tuple[float, OpenedRun | NamelessRun | None]]:
    """Read the run of a file, ready for the pool; without its list, only what one can look at.

    Raises Refusal if the run was never trained.
    """
    from dino.saved.list_search import find_list

    # Wait in short turns, so that the worker can do other work.
    while not _turn.acquire(timeout=PART):
        yield 0.0, None
    try:
        saved = read()
    finally:
        _turn.release()
    if not saved.run.step:
        raise Refusal(
            sentence(
                "This saved run was never trained, so it cannot be opened. Train its recipe from "
                "the start."
            )
        )
    corpus = yield from report_progress(find_list(saved, lists), (0.4, None))
    if corpus is None:
        yield 1.0, (yield from report_progress(_look_at(saved, title), (0.7, None)))
    else:
        yield from _ready(saved, title, corpus, lists.owner)


def _look_at(saved: SavedRun, title: str) -> Parts[NamelessRun]:
    from dino.saved.nameless_run import look_at

    return look_at(saved, title)


def _ready(
    saved: SavedRun, title: str, corpus: Corpus, owner: str
) -> Iterator[tuple[float, OpenedRun | None]]:
    """Prepare the run of a file for the pool. corpus: its list. owner: its browser."""
    from dino.recorder import with_trace

    yield from report_progress(corpus.encode_in_parts(), (0.7, None))
    run = yield from report_progress(with_trace(saved.run, corpus.vocab), (0.7, None))
    words = [saved.word] if saved.word else []
    packed = saved.packed
    try:
        saved.check_training(corpus)
    except Refusal as refusal:
        packed = None
        words.append(refusal.sentence)
    count = jobs().baselines.count
    while (baselines := count(corpus, time.monotonic() + PART)) is None:
        yield 0.8, None
    from dino.jobs import RunEntry

    token = secrets.token_urlsafe(12)
    entry = RunEntry(0, token, run, corpus, baselines, packed, owner, title=title)
    yield 1.0, OpenedRun(entry, tuple(words))


# Opening


def open_what_was_read() -> None:
    """Show the run that was read, and put its recipe and its list on the controls.

    If it cannot be opened, show why. If its list is missing, show what one can look at. Call this
    before any widget is drawn.
    """
    found = continue_reading()
    if found is None:
        state.READING.set("")
    elif found.done:
        state.FILE_REFUSAL.set(_open(found))
        stop_opening()  # last: if the script is stopped before this, the next one opens the run


def _open(found: Measurement) -> Text:
    """Open the run. Return why it was not opened; '' if it was."""
    if found.refusal:
        file = state.READING_FILE.get()
        return sentence("{file} was not opened. {reason}", file=file, reason=found.refusal)
    if found.result is None:
        return sentence("This file could not be read because of an error. Open it again.")
    opened: OpenedRun | NamelessRun = found.result
    if not isinstance(opened, OpenedRun):
        this_visit().nameless = opened
        return ""
    try:
        job = jobs().adopt(opened.entry, this_visit().id)
    except Refusal as refusal:
        return refusal.sentence
    current_run.show_token(job.token)
    settings.show_recipe(job.config.replace(learning_rate=job.learning_rate))
    chosen_list.choose_list_of(job.corpus)
    first = _what_is_open(job.number, str(job.title))
    state.FILE_OPENED.set((first, *opened.words, *([job.message] if job.message else [])))
    job.message = ""
    return ""


@run_to_end
def close_nameless() -> None:
    """Callback: close the run that one can only look at."""
    this_visit().nameless = None


def _what_is_open(number: int, title: str) -> Sentence:
    if not title:
        return sentence("Run {number} was opened from a file.", number=number)
    return sentence("Run {number} was opened from the file “{file}”.", number=number, file=title)
