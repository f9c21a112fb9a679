"""A visitor's session: the settings in the address, the run that belongs to it, who may steer it.

`st.session_state` holds the widgets' values, a run's token and small words; runs live in `Jobs`.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException

from dino.config import OPTIMIZERS, PRESETS, SETTINGS, Config, Writing
from dino.lists import BUNDLED, Cleaned
from dino.ui.choice import OWN, Choice

if TYPE_CHECKING:  # numpy takes its time to load: the first buttons do not wait for it
    from dino.data import Corpus
    from dino.jobs import Job, Jobs, Kept, Study

LAB, INSIDE, DATA = "dino/pages/lab.py", "dino/pages/inside.py", "dino/pages/data.py"
# What the page Inside begins with.
_INSIDE = {"tool": "name", "walk": None, "unit": 0, "reach": 0, "matrix": "W_hh"}

_TOKEN, _NOTICES, _PRESET, _LEARNING_RATE = "run", "notices", "preset", "learning_rate"
_SEEN = "seen"  # the preset, optimizer and learning rate at the last choice of any

LAG = 2.0  # seconds in which a browser may still send what the page has replaced

STUDIES = 24  # results of studies that a visitor's place remembers
PATIENCE = 0.12  # seconds a page waits for a study before it shows how far it is


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The runs of this server."""
    from dino.engine import prepare_in_background
    from dino.jobs import Jobs

    return Jobs(on_loaded=prepare_in_background)


@st.cache_resource(show_spinner=False, max_entries=16)
def _bundled(key: str, keep_case: bool, split_seed: int) -> Corpus:
    """A list of the app's, the same object for all visitors."""
    from dino.data import bundled

    source = Choice(key, keep_case)
    return replace(bundled(key, split_seed, keep_case), title=source.title, source=source)


class _Put(NamedTuple):
    """That the page gave some widgets other values than the browser shows."""

    before: dict[str, Any]
    after: dict[str, Any]
    at: float


class _Seat:
    """A visitor's place while the connection lasts; leaving it starts the lease of the run."""

    def __init__(self) -> None:
        self.visitor = secrets.token_hex(8)
        self.job: Job | None = None
        self.studies: dict[tuple[Any, ...], Study] = {}
        self.lists: dict[tuple[Choice, int], Corpus] = {}  # the visitor's own, by split seed
        self.asked: set[tuple[Any, ...]] = set()  # those that the page at hand wants
        self.put: tuple[_Put, ...] = ()

    def watch(self, job: Job) -> None:
        if self.job is not job and self.job is not None:
            self.job.leave(self.visitor)
        self.job = job
        job.watch(self.visitor)

    def leave(self) -> None:
        if self.job is not None:
            self.job.leave(self.visitor)


@st.cache_resource(show_spinner=False, scope="session", on_release=_Seat.leave)
def _seat() -> _Seat:
    return _Seat()


def whole(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback that is done though another click waits.

    Streamlit then breaks it off where it next reads or sets the session's state, and goes on
    without it. Such a callback is begun again, so it must bear that.
    """
    @wraps(callback)
    def done(*args: Any) -> None:
        seat = _seat()
        before = seat.put
        try:
            callback(*args)
        except RerunException:
            begun = [it for it in seat.put if it not in before]
            seat.put = before  # as if it had not begun
            callback(*args)
            seat.put = (*begun, *seat.put)
            raise  # now the other

    return done


def put(**values: Any) -> None:
    """Give widgets other values than the browser shows; `settle` holds them against its echo."""
    state, seat = st.session_state, _seat()
    before = {name: state.get(name) for name in values}
    if before != values:
        seat.put = (*seat.put, _Put(before, values, time.monotonic()))[-3:]
    state.update(values)


def settle(*names: str, hold: bool = True) -> None:
    """Undo that a browser sent once more what these widgets showed before the page `put` values.

    It sends the values of all widgets with every message, also those that it is about to be told
    anew, and Streamlit takes them for a visitor's choice. They cannot be told apart, so this is for
    what a visitor seldom chooses again at once. hold: else only note what the visitor chose.
    """
    state, seat, now = st.session_state, _seat(), time.monotonic()
    latest = [it for it in seat.put if now - it.at < LAG]
    values = {name: value for it in latest for name, value in it.after.items()}
    for it in latest if hold else ():
        if it.before.keys() <= set(names) and all(
                state.get(name) == value for name, value in it.before.items()):
            state.update({name: values[name] for name in it.before})
    seat.put = tuple(it for it in latest if not it.before.keys() <= set(names) or all(
        state.get(name) == values[name] for name in it.before))  # over once the visitor chose


def start() -> bool:
    """Read the address once a session: settings and run; refused values become notices.

    Whether this is a visitor who has just come, and has no run yet.
    """
    state = st.session_state
    if _NOTICES in state:
        return False
    params = st.query_params.to_dict()
    config, refused = Config.from_url(params)
    writing, refused_too = Writing.from_url(params)
    state[_NOTICES] = refused + refused_too
    _show(config)
    state.update(writing.as_dict())
    token = state[_TOKEN] = params.get(_TOKEN, "")
    found = current()
    if found is None and token:
        state[_NOTICES].append(
            "The run in this address learned from a list of its owner's own, which only their "
            "browser shows; its settings are here, so press Train to run them on the dinosaurs."
            if jobs().find(token) else
            "The run in this address is no longer kept; its settings are, so press Train to run "
            "it again.")
    _start_list(params, found)
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
    _seat().lists[source, corpus.split_seed] = corpus


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
    wanted, kept = choice(), _seat().lists
    if wanted.key != OWN and not wanted.removed:
        return _bundled(wanted.key, wanted.keep_case, split_seed)
    if (wanted, split_seed) not in kept:
        while len(kept) > 3:
            kept.pop(next(iter(kept)))
        try:
            kept[wanted, split_seed] = _make(wanted, split_seed)
        except ValueError as error:  # what was removed leaves too little of this split
            notify(f"{error} All names are back.")
            _removed(wanted, frozenset())
            return corpus(split_seed)
    return kept[wanted, split_seed]


def whole_corpus(split_seed: int) -> Corpus:
    """The same list before any names were removed."""
    wanted = choice()._replace(removed=frozenset())
    if wanted.key != OWN:
        return _bundled(wanted.key, wanted.keep_case, split_seed)
    found = _seat().lists.get((wanted, split_seed))
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
    """What tells this browser from others, also after a reload; a list of one's own belongs to it.

    Streamlit gives every browser a secret of its own against forged requests. It is masked anew
    for every page; where it cannot be read, a reload is another browser.
    """
    _, *parts = str(st.context.cookies.get("_streamlit_xsrf", "")).split("|")
    try:
        mask, masked = (bytes.fromhex(part) for part in parts[:2])
        secret = bytes(byte ^ mask[i % 4] for i, byte in enumerate(masked))
    except (ValueError, IndexError):
        return _seat().visitor
    return hashlib.sha256(secret).hexdigest()


def visible(corpus: Corpus) -> bool:
    """Whether this browser may see a list, and what was learned from it."""
    return corpus.owner in ("", browser())


def prepare() -> None:
    """What the page Inside begins with, a list that there is, and settings that fit each other.

    The widgets' own values outlive the pages that show them: each has persist_state="session".
    """
    choice()
    settle(*SETTINGS)
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
    values, refusals = {}, []
    for name, setting in kind.settings().items():
        try:
            values[name] = setting.parse(name, st.session_state.get(name, getattr(kind(), name)))
        except ValueError as error:
            refusals.append(f"{error} The page uses {setting.text(getattr(kind(), name))}.")
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
        job.set_learning_rate(wanted.learning_rate)


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
    settings are wanted. None, with a notice, if there is no room.
    """
    found = current()
    if found and untouched(found) and may_act(found) and (
            found.config != wanted or found.corpus.source != choice()):
        found = replace_by(wanted)
    elif found is None:
        found = replace_by(wanted)
    if found:
        _seat().watch(found)
    return found


def arrived() -> bool:
    """Whether a new visitor's browser asks for its first redraw, so that what was sent is there."""
    drawn, st.session_state["drawn"] = st.session_state.get("drawn", False), True
    return drawn


def begin(job: Job) -> None:
    """Have a new run's network built: last, for loading PyTorch would hold up a page."""
    if job.run is None:
        jobs().enqueue(job)


def untouched(job: Job) -> bool:
    """Whether nothing would be lost with it."""
    return not job.running and (job.run is None or job.run.step == 0) and not job.failed


def replace_by(wanted: Config) -> Job | None:
    """A new untrained run for this session in place of the one it had."""
    from dino.jobs import Full

    old, visitor = current(), _seat().visitor
    try:
        mine = old if old and old.may_act(visitor) else None
        new = jobs().create(
            wanted, corpus(wanted.split_seed), visitor, build=False, after=mine)
    except Full as error:
        notify(str(error))
        return old
    st.session_state[_TOKEN] = new.token
    return new


def runs() -> list[Kept]:
    """The runs that this visitor may look into: the present one first, then the latest."""
    job = current()
    if job is None:
        return []
    now = job.kept()
    earlier = [kept for kept in reversed(job.shelf) if visible(kept.corpus)]
    return [*([now] if now else []), *earlier]


def study(key: tuple[Any, ...], parts: Callable[[], Iterator[tuple[float, Any]]]) -> Study:
    """A study of this visitor's, begun if it is new; what takes long goes on beside the page."""
    from dino.jobs import Study

    studies = _seat().studies
    if key not in studies:
        while len(studies) >= STUDIES:
            studies.pop(next(iter(studies))).stop()
        studies[key] = Study(parts())
        studies[key].work(PATIENCE)
    found = studies[key]
    _seat().asked.add(key)
    if not found.done:
        jobs().enqueue(found)
    return found


def studying() -> bool:
    """Whether a study that the page asked for is still at work; at the end of a page's run.

    Unfinished ones that it did not ask for any more are given up.
    """
    seat = _seat()
    for key, unfinished in [it for it in seat.studies.items() if not it[1].done]:
        if key not in seat.asked:
            unfinished.stop()
            del seat.studies[key]
    seat.asked.clear()
    return any(not study.done for study in seat.studies.values())


def watch(job: Job) -> None:
    """Note that this visitor looks at the run."""
    _seat().watch(job)


def may_act(job: Job) -> bool:
    """Whether this visitor may steer the run."""
    return job.may_act(_seat().visitor)


def take(job: Job) -> bool:
    """Make it this visitor's run, where that is allowed; whether it is."""
    if not may_act(job):
        return False
    job.owner = _seat().visitor
    return True


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
