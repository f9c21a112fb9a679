"""Which list a saved run needs: one that the browser has, one of the app's, or one
that is not here.

    find_list(saved, BrowserLists(owner, split, own, number)) -> Corpus or None, in parts
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from dino.choice import OWN, Choice, bundled_corpus
from dino.data import Corpus, make_corpus
from dino.lists import CleanNames
from dino.locale.sentences import Refusal
from dino.parts import Parts
from dino.saved.saved_list import fingerprint

if TYPE_CHECKING:  # PyTorch takes a second to load: a page has its lists before
    from dino.saved.saved_run import SavedRun


class BrowserLists(NamedTuple):
    """The lists that a browser, `owner`, has.

    split: the lists of its runs and pages; own: the visitor's own ones, each with the names that
    are removed from it now; number: of the next list that it brings
    """

    owner: str
    split: tuple[Corpus, ...]
    own: tuple[tuple[CleanNames, Choice], ...]
    number: int


def find_list(saved: SavedRun, lists: BrowserLists) -> Parts[Corpus | None]:
    """The list of a saved run; if other runs use it too, the same object.

    None if its names are not in the file and the visitor has not brought them. Raises Refusal if
    the list is here, but with another split.
    """
    listed = saved.listed
    for corpus in lists.split:
        if corpus.split_seed == listed.split_seed and len(corpus.train) == listed.train_names:
            try:
                listed.check(corpus)
                return corpus
            except Refusal:
                yield
    brought = yield from _complete_list(saved, lists)
    if brought is None:
        return None
    complete, choice = brought
    if listed.removed is not None:
        choice = choice._replace(removed=frozenset(listed.removed))
    found = complete.without(choice.removed) if choice.removed else complete
    yield
    listed.check(found)
    return replace(found, title=choice.title, source=choice) if found is not complete else found


def _complete_list(saved: SavedRun, lists: BrowserLists) -> Parts[tuple[Corpus, Choice] | None]:
    """The list before names were removed, with the run's split; None if it is not here."""
    listed = saved.listed
    seed, exam = listed.split_seed, bool(listed.exam)
    if listed.key:
        choice = Choice(listed.key, listed.keep_case)
        return bundled_corpus(listed.key, listed.keep_case, seed, exam), choice
    cleaned, choice = yield from _own_list(saved, lists.own)
    if cleaned is None and listed.rows is None:
        return None
    if cleaned is None:
        choice = Choice(OWN, number=lists.number)
        cleaned = yield from listed.cleaned_in_parts()
    complete = choice._replace(removed=frozenset())
    return make_corpus(cleaned, complete.title, seed, lists.owner, complete, exam), choice


def _own_list(
    saved: SavedRun, own: Sequence[tuple[CleanNames, Choice]]
) -> Parts[tuple[CleanNames | None, Choice]]:
    """The one of the visitor's own lists that has these names; None if there is none."""
    for cleaned, choice in own:
        if fingerprint(cleaned.rows) == saved.listed.fingerprint:
            return cleaned, choice
        yield
    return None, Choice(OWN)
