"""A visitor's session: the settings in the address, the run that belongs to it, who may steer it.

`st.session_state` holds the widgets' values, a run's token and small words; runs live in `Jobs`.
Every action on a run goes through `act`, which asks whose run it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, wraps
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException

from dino.config import OPTIMIZERS, PRESETS, SETTINGS, Config, Writing
from dino.lists import BUNDLED, Cleaned
from dino.ui import workarounds
from dino.ui.choice import OWN, Choice
from dino.ui.server import server
from dino.ui.visit import Visit, WidgetChange

if TYPE_CHECKING:  # numpy takes its time to load: the first buttons do not wait for it
    from dino.data import Corpus
    from dino.jobs import Job, Jobs, RunEntry, Study, WrittenNames

LAB, INSIDE, DATA = "dino/pages/lab.py", "dino/pages/inside.py", "dino/pages/data.py"
# What the page Inside begins with.
_INSIDE = {"tool": "name", "walk": None, "unit": 0, "reach": 0, "matrix": "W_hh"}

_TOKEN, _NOTICES, _PRESET, _LEARNING_RATE = "run", "notices", "preset", "learning_rate"
_BEGUN = "begun"  # whether the address was read
_SEEN = "seen"  # the preset, optimizer and learning rate at the last choice of any

GONE = ("The run that this page showed is no longer kept: whoever controls it has reset or erased "
        "it, or its time is over. Its settings are here, so press Train to run it again.")

LAG = 2.0  # seconds in which a browser may still send what the page has replaced

STUDIES = 24  # results of studies that a visitor's place remembers
PATIENCE = 0.12  # seconds a page waits for a study before it shows how far it is


def jobs() -> Jobs:
    """The runs of this server."""
    return server().pool


def visit() -> Visit:
    """The page whose script runs in this thread."""
    return server().visits.here()


@lru_cache(maxsize=16)
def _bundled(key: str, keep_case: bool, split_seed: int) -> Corpus:
    """A list of the app's, the same object for all visitors."""
    from dino.data import bundled

    source = Choice(key, keep_case)
    return replace(bundled(key, split_seed, keep_case), title=source.title, source=source)


def whole(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback that is done though another click waits.

    Streamlit then breaks it off where it next reads or sets the session's state, and goes on
    without it. Such a callback is begun again, so it must bear that.
    """
    @wraps(callback)
    def done(*args: Any) -> None:
        seat = visit()
        before = seat.changes
        try:
            callback(*args)
        except RerunException:
            begun = [it for it in seat.changes if it not in before]
            seat.changes = before  # as if it had not begun
            callback(*args)
            seat.changes = (*begun, *seat.changes)
            raise  # now the other

    return done


def put(**values: Any) -> None:
    """Give widgets other values than the browser shows; `settle` holds them against its echo."""
    state, seat = st.session_state, visit()
    before = {name: state.get(name) for name in values}
    if before != values:
        seat.changes = (*seat.changes, WidgetChange(before, values, time.monotonic()))[-3:]
    state.update(values)


def settle(*names: str, hold: bool = True) -> None:
    """Undo that a browser sent once more what these widgets showed before the page `put` values.

    It sends the values of all widgets with every message, also those that it is about to be told
    anew, and Streamlit takes them for a visitor's choice. They cannot be told apart, so this is for
    what a visitor seldom chooses again at once. hold: else only note what the visitor chose.
    """
    state, seat, now = st.session_state, visit(), time.monotonic()
    latest = [it for it in seat.changes if now - it.at < LAG]
    values = {name: value for it in latest for name, value in it.after.items()}
    for it in latest if hold else ():
        if it.before.keys() <= set(names) and all(
                state.get(name) == value for name, value in it.before.items()):
            state.update({name: values[name] for name in it.before})
    seat.changes = tuple(it for it in latest if not it.before.keys() <= set(names) or all(
        state.get(name) == values[name] for name in it.before))  # over once the visitor chose


def start(page: str) -> bool:
    """Read the address once a session: settings and run; refused values become notices.

    page: which one this is; what the browser is sent of the run depends on it.

    Whether this is a visitor who has just come, and has no run yet.
    """
    state, here = st.session_state, visit()
    here.page = page
    if here.erased:  # by this page, or by another one of this browser
        _clear_state()
    if state.get(_BEGUN):
        for sentence in workarounds.collect_notes():
            notify(sentence)
        return False
    if here.erased:
        st.query_params.clear()
    params = st.query_params.to_dict()
    config, refused = Config.from_url(params)
    writing, refused_too = Writing.from_url(params)
    state[_NOTICES] = refused + refused_too
    if here.erased:
        notify("Your runs, your lists and this browser's identity were erased.")
    _show(config)
    state.update(writing.as_dict())
    token = state[_TOKEN] = params.get(_TOKEN, "")
    found = current()
    if found is None and token:
        state[_NOTICES].append(
            "The run in this address learned from a list of its owner's own, which only their "
            "browser shows; its settings are here, so press Train to run them on the dinosaurs."
            if jobs().find(str(token)) else
            "The run in this address is no longer kept; its settings are, so press Train to run "
            "it again.")
        state[_TOKEN] = ""  # this was said
    _start_list(params, found)
    state[_BEGUN], here.erased = True, False  # last: a script that is broken off begins again
    return found is None


def _start_list(params: dict[str, str], job: Job | None) -> None:
    """The list that the address names; where it names that of the run, with what was removed."""
    state = st.session_state
    key, case, refused = Choice.from_url(params)
    state[_NOTICES] += refused
    state.update(list=key, keep_case=case)
    source = job.corpus.source if job else None
    if isinstance(source, Choice) and source.key == key and (
            key == OWN or source.keep_case == case):
        _adopt(job.corpus, source)
    elif key == OWN:
        state["list"] = "dinos"
        if not state[_NOTICES]:  # else it was said of the run
            state[_NOTICES].append(
                "The list in this address was its owner's own and is not kept here; the page uses "
                "the dinosaurs. Bring a list of your own on the page Data.")


def _adopt(corpus: Corpus, source: Choice) -> None:
    """Take a run's list for the one chosen, after a reload."""
    state = st.session_state
    if source.key == OWN:
        state.update(own=corpus.cleaned, own_number=source.number)
    _removed(source, source.removed)
    _keep_list(source, corpus)


def choice() -> Choice:
    """The list that the next run learns from. What a browser sends is checked again."""
    state = st.session_state
    key = state.get("list")
    if key not in BUNDLED and not (key == OWN and state.get("own")):
        key = state["list"] = "dinos"
    whole = Choice(key, bool(state.get("keep_case")) and key != OWN,
                   number=state.get("own_number", 0) if key == OWN else 0)
    return whole._replace(removed=state.get("removed", {}).get(whole, frozenset()))


def corpus(split_seed: int) -> Corpus:
    """The list that the next run learns from, split."""
    wanted, kept = choice(), visit().lists
    if wanted.key != OWN and not wanted.removed:
        return _bundled(wanted.key, wanted.keep_case, split_seed)
    found = kept.get((wanted, split_seed))
    if found is None:
        try:
            found = _make(wanted, split_seed)
            _keep_list(wanted, found)
        except ValueError as error:  # what was removed leaves too little of this split
            notify(f"{error} All names are back.")
            _removed(wanted, frozenset())
            return corpus(split_seed)
    return found


def _keep_list(source: Choice, corpus: Corpus) -> None:
    """Keep a list for this page; of all pages of a browser together, only the last few."""
    from dino.jobs.limits import LISTS

    mine = visit()
    mine.lists[source, corpus.split_seed] = corpus
    others = [it for it in server().visits.all() if it.browser == mine.browser and it is not mine]
    for it in (*others, mine):
        while it.lists and sum(len(each.lists) for each in (*others, mine)) > LISTS:
            if it is mine and len(it.lists) == 1:
                break
            it.lists.pop(list(it.lists)[0], None)  # its own page may be at it, too


def whole_corpus(split_seed: int) -> Corpus:
    """The same list before any names were removed."""
    wanted = choice()._replace(removed=frozenset())
    if wanted.key != OWN:
        return _bundled(wanted.key, wanted.keep_case, split_seed)
    found = visit().lists.get((wanted, split_seed))
    return found if found else _make(wanted, split_seed)


def _make(wanted: Choice, split_seed: int) -> Corpus:
    """The visitor's own list, or one with names removed, split."""
    from dino import data

    if wanted.key == OWN:
        whole = data.corpus(st.session_state["own"], wanted.title, split_seed, owner=browser())
    else:
        whole = _bundled(wanted.key, wanted.keep_case, split_seed)
    rest = whole.without(wanted.removed) if wanted.removed else whole
    return replace(rest, title=wanted.title, source=wanted)


def use_own(cleaned: Cleaned) -> None:
    """Make a list of the visitor's own the one that the next run learns from."""
    state = st.session_state
    state.update(own=cleaned, own_number=state.get("own_number", 0) + 1, list=OWN)


@whole
def remove(names: frozenset[str]) -> None:
    """Take names out of the list at hand; a notice, and all as it was, if too few were left."""
    wanted = choice()
    try:
        whole_corpus(config().split_seed).without(wanted.removed | names)
    except ValueError as error:
        notify(str(error))
        return
    _removed(wanted, wanted.removed | names)


@whole
def put_back(names: frozenset[str]) -> None:
    """Take back that names were removed."""
    wanted = choice()
    _removed(wanted, wanted.removed - names)


def _removed(of: Choice, names: frozenset[str]) -> None:
    kept = {**st.session_state.get("removed", {}), of._replace(removed=frozenset()): names}
    st.session_state["removed"] = kept


def browser() -> str:
    """What tells this browser from others, also after a reload; runs and lists belong to it."""
    return visit().browser


def visible(corpus: Corpus) -> bool:
    """Whether this browser may see a list, and what was learned from it."""
    return corpus.owner in ("", browser())


def prepare() -> None:
    """What the page Inside begins with, a list that there is, and settings that fit each other.

    The widgets' own values outlive the pages that show them: each has persist_state="session".
    """
    choice()
    settle(*SETTINGS)
    st.session_state.update(config().as_dict() | writing().as_dict())  # what was refused is gone
    # Streamlit drops a callback in the midst where another click is waiting, so what two of them
    # do is made sure of here: both do nothing where all is done.
    if preset() != st.session_state[_SEEN][0]:
        choose_preset()
    choose_rate()
    _steer(config())
    for name, value in _INSIDE.items():
        st.session_state.setdefault(name, value)


def _show(config: Config) -> None:
    put(**config.as_dict())
    st.session_state[_PRESET] = nearest_preset(config)
    st.session_state[_SEEN] = preset(), config.optimizer, config.learning_rate


def nearest_preset(config: Config) -> str:
    """The preset that differs in the fewest settings."""
    return min(PRESETS, key=lambda name: len(PRESETS[name].config.changes(config)))


def config() -> Config:
    """The recipe on the controls. A browser's bounds can be sidestepped; `Config` checks again."""
    return _checked(Config)


def writing() -> Writing:
    """The settings for writing names, checked likewise."""
    return _checked(Writing)


def _checked(kind: type[Any]) -> Any:
    values, refusals, default = {}, [], kind().as_dict()
    for name, setting in kind.settings().items():
        try:
            values[name] = setting.parse(name, st.session_state.get(name, default[name]))
        except ValueError as error:
            refusals.append(f"{error} The page uses {setting.text(default[name])}.")
    for sentence in refusals:
        notify(sentence)
    return kind(**values)


def preset() -> str:
    """The preset that was chosen last."""
    return st.session_state[_PRESET]


@whole
def choose_preset() -> None:
    """Callback: put the chosen preset on the controls."""
    _show(PRESETS[preset()].config)


def choose_rate() -> None:
    """Callback of optimizer and learning rate: an optimizer comes with its own sane rate.

    A browser that lags behind a preset sends both at once: then the rate is the one it sent.
    """
    state = st.session_state
    (chosen, optimizer, rate), now = state[_SEEN], state["optimizer"]
    if now != optimizer and state[_LEARNING_RATE] == rate:
        state[_LEARNING_RATE] = OPTIMIZERS[now].learning_rate
    state[_SEEN] = chosen, now, state[_LEARNING_RATE]


def _steer(wanted: Config) -> None:
    """Give the run at work another learning rate, the one setting that a run may change.

    Only while all other settings on the controls are its own: else they spell the next run.
    """
    job = current()
    if (job and job.learning_rate != wanted.learning_rate and not changes(job, wanted)
            and may_act(job)):
        act(lambda job: job.set_learning_rate(wanted.learning_rate))


def changes(job: Job, wanted: Config) -> list[str]:
    """The settings, 'names' among them, in which a recipe differs from a run's; not the rate."""
    found = [name for name in job.config.changes(wanted) if name != _LEARNING_RATE]
    return ["names", *found] if job.corpus.source != choice() else found


def current() -> Job | None:
    """The run of this session, if it is still kept and this browser may see it."""
    token = st.session_state.get(_TOKEN)
    found = jobs().find(token) if token else None
    return found if found is not None and visible(found.corpus) else None


def job(wanted: Config) -> Job | None:
    """This session's run; a new untrained one if there is none, or it is untouched and other
    settings are wanted.
    """
    found = current()
    if found and untouched(found) and may_act(found) and (
            found.config != wanted or found.corpus.source != choice()):
        found = replace_by(wanted)
    elif found is None:
        if st.session_state.get(_TOKEN):
            notify(GONE)
        found = replace_by(wanted)
    if found:
        visit().watch(found)
    return found


def begin(job: Job) -> None:
    """Have a new run's network built: last, for loading PyTorch would hold up a page."""
    if job.run is None:
        jobs().enqueue(job)


def untouched(job: Job) -> bool:
    """Whether nothing would be lost with it."""
    return not job.trained and not job.failed


def replace_by(wanted: Config) -> Job | None:
    """A new untrained run for this page in place of the one it had."""
    old, here = current(), visit()
    mine = old if old and may_act(old) else None
    new = jobs().create(wanted, corpus(wanted.split_seed), here.browser, here.id, build=False,
                        after=mine)
    here.watch(new)
    st.session_state[_TOKEN] = new.token
    return new


def runs() -> list[RunEntry]:
    """The runs that this visitor may look into: the present one first, then the latest."""
    job = current()
    if job is None:
        return []
    now = job.entry()
    earlier = [entry for entry in reversed(job.shelf.entries) if visible(entry.corpus)]
    return [*([now] if now else []), *(earlier if may_act(job) else [])]


def study(
    key: tuple[Any, ...], parts: Callable[[], Iterator[tuple[float, Any]]],
    patience: float = PATIENCE,
) -> Study:
    """A study of this visitor's, begun if it is new; what takes long goes on beside the page."""
    from dino.jobs import Study

    studies = visit().studies
    if key not in studies:
        while len(studies) >= STUDIES:
            studies.pop(next(iter(studies))).stop()
        studies[key] = Study(parts())
        studies[key].work(patience)
    found = studies[key]
    visit().asked.add(key)
    if not found.done:
        jobs().enqueue(found)
    return found


def end_studies() -> bool:
    """At the end of a page's run: give up the unfinished studies that it did not ask for any more.

    Whether one that it asked for is still at work.
    """
    here = visit()
    for key, unfinished in [it for it in here.studies.items() if not it[1].done]:
        if key not in here.asked:
            unfinished.stop()
            del here.studies[key]
    here.asked.clear()
    return any(not study.done for study in here.studies.values())


def watch(job: Job) -> None:
    """Note that this page shows the run."""
    visit().watch(job)


def may_act(job: Job) -> bool:
    """Whether this browser may steer the run: it is its own."""
    return job.may_act(browser())


def act(action: Callable[[Job], object]) -> bool:
    """The one gate: do something to this page's run, if this browser owns it. Whether it did."""
    job = current()
    if job is None:
        return False
    if not may_act(job):
        notify("Only the browser that began this run may change it. Press Reset to start yours.")
        return False
    action(job)
    return True


def write(job: Job, writing: Writing) -> None:
    """Write names for this visitor, with the run's weights of this moment.

    Raises ValueError for first letters that this list does not have, or too many of them.
    """
    from dino.jobs import Study, write_names

    run = job.run
    if run is None:
        return
    found = Study(write_names(run, job.corpus, writing))
    found.work(PATIENCE)
    if found.refusal:
        raise ValueError(found.refusal)
    here = visit()
    if here.written is not None:
        here.written[1].stop()
    here.written = (job.token, found)
    here.studies["written",] = found  # the last ones only: each holds every probability
    if not found.done:
        jobs().enqueue(found)


def written(job: Job) -> WrittenNames | None:
    """The names that this visitor had written by this run, if they are."""
    here = visit()
    if here.written is None or here.written[0] != job.token or not here.written[1].done:
        return None
    return here.written[1].result


def still_writing(job: Job) -> bool:
    """Whether names that this visitor asked for are still being written."""
    here = visit()
    return here.written is not None and here.written[0] == job.token and not here.written[1].done


def names_are_due(job: Job) -> bool:
    """Whether a run has come to a rest, and no names of it were written yet; asked for once."""
    state = st.session_state
    if (job.running or job.run is None or not job.run.step or state.get("names_asked") == job.token
            or (visit().written or ("",))[0] == job.token):
        return False
    state["names_asked"] = job.token
    return True


@whole
def erase() -> None:
    """Callback: end all runs of this browser, its lists and its identity, at once.

    What its pages hold besides is cleared where each begins again.
    """
    old = browser()
    jobs().erase(old)
    server().visits.erase(old)


def is_erased() -> bool:
    """Whether all was erased since the page was drawn: it begins again then."""
    return visit().erased


def _clear_state() -> None:
    for name in list(st.session_state):
        if name != "visit":
            del st.session_state[name]


def finish() -> None:
    """At the end of a page: show what was refused while its parts were drawn."""
    notes = workarounds.collect_notes()
    for sentence in notes:
        notify(sentence)
    if notes:
        st.rerun()


def notify(sentence: str) -> None:
    """Show a sentence at the top until it is dismissed."""
    if sentence not in st.session_state.setdefault(_NOTICES, []):
        st.session_state[_NOTICES].append(sentence)


def notices() -> list[str]:
    """The sentences to show."""
    return st.session_state[_NOTICES]


def dismiss() -> None:
    """Callback: they have been read."""
    st.session_state[_NOTICES] = []


def to_address(recipe: Config, names: Writing) -> None:
    """Keep the address up to date, so that a reload or a link finds the same settings and run."""
    wanted = address(recipe, names)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def address(recipe: Config, names: Writing) -> dict[str, str]:
    """What the address says of settings, list and run."""
    wanted = {**recipe.to_url(), **names.to_url(), **choice().to_url()}
    if st.session_state.get(_TOKEN):
        wanted[_TOKEN] = st.session_state[_TOKEN]
    return wanted
