"""The list that the next run trains on: one of the app's or the visitor's own, with names removed.

The functions under "Questions" do not change what the visitor chose; those under "Actions" do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dino.choice import OWN, Choice, bundled_corpus
from dino.lists import BUNDLED, CleanNames
from dino.locale.sentences import Refusal, Text, sentence
from dino.ui import state
from dino.ui.notices import notify, sentences
from dino.ui.server import jobs, server, this_visit
from dino.ui.settings import config
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:  # numpy loads slowly, and the first buttons must not wait for it
    from dino.config import Config
    from dino.data import Corpus
    from dino.ui.visit import Visit


# Questions


def choice() -> Choice:
    """The list that is chosen; the dinosaurs if the key in the browser is impossible."""
    key = state.LIST.get()
    if key == OWN and state.OWN_LIST.get():
        complete = Choice(OWN, number=state.OWN_NUMBER.get())
    elif key in BUNDLED:
        complete = Choice(key, bool(state.KEEP_CASE.get()))
    else:
        complete = Choice("dinos", bool(state.KEEP_CASE.get()))
    return complete._replace(removed=state.REMOVED.get().get(complete, frozenset()))


def corpus(split_seed: int, exam: bool = False) -> Corpus:
    """The chosen list, split. exam: whether a final exam is set aside.

    Raises Refusal if the removed names leave too few for this split, or if the list is too small
    for an exam.
    """
    wanted = choice()
    if wanted.key != OWN and not wanted.removed:
        return bundled_corpus(wanted.key, wanted.keep_case, split_seed, exam)
    found = this_visit().lists.get((wanted, split_seed, exam))
    if found is None:
        found = _make(wanted, split_seed, exam)
        _keep(wanted, found)
    return found


def complete_corpus(split_seed: int, exam: bool = False) -> Corpus:
    """The same list before any names were removed."""
    wanted = choice()._replace(removed=frozenset())
    if wanted.key != OWN:
        return bundled_corpus(wanted.key, wanted.keep_case, split_seed, exam)
    found = this_visit().lists.get((wanted, split_seed, exam))
    return found if found is not None else _make(wanted, split_seed, exam)


def may_see(corpus: Corpus) -> bool:
    """Whether this browser may see a list and what a run learned from it."""
    return corpus.owner in ("", this_visit().browser)


def splitter(exam: bool = False) -> Callable[[int], Corpus]:
    """Return a function that splits the chosen list by a split seed; it may run in any thread.

    exam: whether a final exam is set aside. The function raises Refusal if the removed names leave
    too few for a split.
    """
    return partial(_split, choice(), state.OWN_LIST.get(), this_visit().browser, exam)


def _make(wanted: Choice, split_seed: int, exam: bool) -> Corpus:
    """Split the visitor's own list, or one with names removed."""
    return _split(wanted, state.OWN_LIST.get(), this_visit().browser, exam, split_seed)


def _split(wanted: Choice, own: Any, browser: str, exam: bool, split_seed: int) -> Corpus:
    """Split a list. own: the visitor's own names, a `CleanNames`, if `wanted` is their list."""
    from dino import data

    if wanted.key != OWN and not wanted.removed:
        return bundled_corpus(wanted.key, wanted.keep_case, split_seed, exam)
    if wanted.key == OWN:
        complete = data.make_corpus(own, wanted.title, split_seed, browser, exam=exam)
    else:
        complete = bundled_corpus(wanted.key, wanted.keep_case, split_seed, exam)
    rest = complete.without(wanted.removed) if wanted.removed else complete
    return replace(rest, title=wanted.title, source=wanted)


def _keep(source: Choice, corpus: Corpus) -> None:
    """Keep a list for this page. Of all pages of a browser together, only the last few are kept."""
    from dino.jobs.limits import LISTS

    mine = this_visit()
    mine.lists[source, corpus.split_seed, bool(corpus.exam)] = corpus
    mine.listed_at = time.monotonic()
    others = [
        visit
        for visit in server().visits.all()
        if visit.browser == mine.browser and visit is not mine
    ]
    pages = [*others, mine]
    for page in pages:
        while len(page.lists) > (1 if page is mine else 0) and _count(pages) > LISTS:
            oldest = list(page.lists)[0]
            page.lists.pop(oldest, None)  # that page may remove it at the same time


def _count(pages: list[Visit]) -> int:
    """Count the lists that these pages keep together."""
    return sum(len(page.lists) for page in pages)


# Actions


def choose_from_address(params: Mapping[str, str], trained_on: Corpus | None) -> None:
    """Choose the list that an address names. If it is not available, show a notice.

    trained_on: the list of the address's run. If it is the same list, remove the same names from
    it.
    """
    key, keep_case, refused = Choice.from_url(params)
    for refusal in refused:
        notify(refusal)
    _choose(key, keep_case)
    source = trained_on.source if trained_on is not None else None
    if (
        trained_on is not None
        and isinstance(source, Choice)
        and source.key == key
        and (key == OWN or source.keep_case == keep_case)
    ):
        _choose_again(trained_on, source)
    elif key == OWN and not sentences() and (newest := _newest_own()) is not None:
        choose_list_of(newest)
    elif key == OWN:
        state.LIST.set("dinos")
        if not sentences():  # else a notice about the run says it
            notify(
                sentence(
                    "The private list in this link is not on this server, or it belongs to another "
                    "browser, so the page uses the dinosaurs. You can bring your own list on the "
                    "Data page."
                )
            )


def _newest_own() -> Corpus | None:
    """The list of this browser's own that any of its other pages used last, as the one before a
    reload; None if this page has one.
    """
    mine = this_visit()
    found = [
        (visit.listed_at, place, corpus)
        for visit in server().visits.all()
        if visit.browser == mine.browser and visit is not mine
        for place, ((source, _, _), corpus) in enumerate(list(visit.lists.items()))
        if source.key == OWN
    ]
    if not found or state.OWN_LIST.get():
        return None
    return max(found, key=lambda it: it[:2])[2]


def choose_list_of(corpus: Corpus) -> None:
    """Choose the list that a run was trained on."""
    source = corpus.source
    if isinstance(source, Choice):
        _choose(source.key, source.keep_case)
        _choose_again(corpus, source)


def choose_dinosaurs() -> None:
    """Choose the list that the lessons use, with all its names."""
    _choose(Choice().key, Choice().keep_case)
    _set_removed(Choice(), frozenset())


def choose_before(names: Choice) -> None:
    """Choose a list that was chosen earlier in this session, with the same names removed."""
    _choose(names.key, names.keep_case)
    _set_removed(names, names.removed)


def dinosaurs_splitter(exam: bool = False) -> Callable[[int], Corpus]:
    """Like `splitter`, but for the dinosaurs, whichever list is chosen."""
    return partial(_split, Choice(), None, this_visit().browser, exam)


def _choose(key: str, keep_case: bool) -> None:
    """Set the two boxes that choose a list."""
    state.set_all({state.LIST.key: key, state.KEEP_CASE.key: keep_case})


def _choose_again(corpus: Corpus, source: Choice) -> None:
    """Choose the list of a run, and restore what a reload has lost of it."""
    if source.key == OWN:
        state.OWN_LIST.set(corpus.cleaned)
        state.OWN_NUMBER.set(source.number)
    _set_removed(source, source.removed)
    _keep(source, corpus)


def mend_choice() -> None:
    """If the browser holds an impossible list, choose the dinosaurs."""
    key = choice().key
    if state.LIST.get() != key:
        state.LIST.set(key)


def make_splittable(wanted: Config) -> Config:
    """Make the recipe fit the chosen list, with a notice for each change. Return the recipe.

    If the list is too small for a final exam, turn the exam off. If too few names are left to
    split, put all names back.
    """
    if wanted.exam:
        wanted = _turn_off_exam_if_too_few(wanted)
    _put_back_if_too_few(wanted)
    return wanted


def _turn_off_exam_if_too_few(wanted: Config) -> Config:
    refused = exam_refusal()
    if not refused:
        return wanted
    notify(refused)
    state.set_all({"exam": False})
    return wanted.replace(exam=False)


def exam_refusal() -> Text:
    """Say why the chosen list is too small for a final exam; '' if it is large enough."""
    from dino.split import EXAM_FROM

    own = state.OWN_LIST.get()
    if choice().key != OWN or len(names := set(own.rows)) >= EXAM_FROM:
        return ""
    return sentence(
        "The exam is off: a final exam (test set) needs a list of at least {least} distinct names, "
        "but this one has {names:,}. Use a longer list to turn it on.",
        least=EXAM_FROM,
        names=len(names),
    )


def _put_back_if_too_few(recipe: Config) -> None:
    wanted = choice()
    if not wanted.removed:
        return
    try:
        corpus(recipe.split_seed, recipe.exam)
    except Refusal as refusal:
        notify(sentence("{refusal} All names are back.", refusal=refusal.sentence))
        _set_removed(wanted, frozenset())


def use_own_list(cleaned: CleanNames) -> None:
    """Choose a list that the visitor brought."""
    this_visit().in_hand = 0  # it counts as a list in use now
    state.OWN_LIST.set(cleaned)
    state.OWN_NUMBER.set(next_number())
    state.LIST.set(OWN)


def next_number() -> int:
    """The number of the next list that the visitor brings; their kept runs may have used later
    ones.
    """
    sources = [entry.corpus.source for entry in jobs().runs_of(this_visit().browser)]
    numbers = [source.number for source in sources if isinstance(source, Choice)]
    return max(state.OWN_NUMBER.get(), *numbers, 0) + 1


@run_to_end
def remove_names(names: frozenset[str]) -> None:
    """Callback: remove names from the chosen list. If too few would be left, only show a notice."""
    wanted, recipe = choice(), config()
    try:
        complete_corpus(recipe.split_seed, recipe.exam).without(wanted.removed | names)
    except Refusal as refusal:
        notify(refusal.sentence)
        return
    _set_removed(wanted, wanted.removed | names)


@run_to_end
def put_back_names(names: frozenset[str]) -> None:
    """Callback: put removed names back."""
    wanted = choice()
    _set_removed(wanted, wanted.removed - names)


def _set_removed(source: Choice, names: frozenset[str]) -> None:
    """Note which names of a list are removed."""
    complete = source._replace(removed=frozenset())
    state.REMOVED.set({**state.REMOVED.get(), complete: names})
