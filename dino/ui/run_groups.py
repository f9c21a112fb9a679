"""The runs of a browser, in groups within which their losses may be compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dino.choice import Choice
from dino.locale.sentences import Sentence, sentence
from dino.ui import chosen_list
from dino.ui.language import say_plural
from dino.ui.server import jobs, this_visit

if TYPE_CHECKING:
    from dino.data import Corpus
    from dino.jobs import RunEntry


def are_comparable(one: Corpus, other: Corpus) -> bool:
    """Whether losses on two lists may be compared: they have the same list, cleaning, split and
    exam.
    """
    sets = [(corpus.train, corpus.val, corpus.exam) for corpus in (one, other)]
    return one is other or sets[0] == sets[1]


def groups_of(entries: Sequence[RunEntry], first: Corpus) -> list[list[RunEntry]]:
    """Group the runs whose losses may be compared. The runs on the `first` list come first."""
    groups: list[tuple[Corpus, list[RunEntry]]] = [(first, [])]
    for entry in entries:
        for corpus, members in groups:
            if are_comparable(corpus, entry.corpus):
                members.append(entry)
                break
        else:
            groups.append((entry.corpus, [entry]))
    return [members for _, members in groups]


def room_sentence(lightened: int, discarded: int) -> str:
    """Say which data of this browser's runs was discarded for lack of memory."""
    words = []
    if lightened:
        words.append(
            say_plural(
                "The weights of {count} run were discarded to save memory. Its figures, curve and "
                "names are still here.",
                "The weights of {count:,} runs were discarded to save memory. Their figures, "
                "curves and names are still here.",
                lightened,
            )
        )
    if discarded:
        words.append(
            say_plural(
                "{count} older run was discarded to save memory.",
                "{count:,} older runs were discarded to save memory.",
                discarded,
            )
        )
    return " ".join(words)


def own_runs() -> list[RunEntry]:
    """All runs of this browser, newest first, including those without weights."""
    found = jobs().runs_of(this_visit().browser)
    return [entry for entry in found if chosen_list.may_see(entry.corpus)]


def predecessors(group: Sequence[RunEntry]) -> Iterator[tuple[str, RunEntry]]:
    """Yield the token of each run but the first in a group, with the run before it."""
    in_order = sorted(group, key=lambda entry: entry.number)
    for earlier, entry in zip(in_order, in_order[1:], strict=False):
        yield entry.token, earlier


def why_apart(corpus: Corpus, other: Corpus) -> Sentence:
    """Why losses on a list are not compared with those on another.

    Says the first difference: list, cleaning, split, final exam, removed names.
    """
    one, two = corpus.source, other.source
    if not isinstance(one, Choice) or not isinstance(two, Choice):
        return _apart_sentence(corpus)
    if (one.key, one.number) != (two.key, two.number):
        return sentence(
            "These runs learned from another list, so their losses are not compared with those "
            "above."
        )
    if one.keep_case != two.keep_case:
        return sentence(
            "These runs learned from the same list with its capitals treated differently. Their "
            "losses are measured over other symbols, so they are not compared with those above."
        )
    if corpus.split_seed != other.split_seed:
        return sentence(
            "These runs hold out other names of the same list (split seed {seed}), so their losses "
            "are not compared with those above.",
            seed=corpus.split_seed,
        )
    if bool(corpus.exam) != bool(other.exam):
        return _exam_sentence(bool(corpus.exam))
    if one.removed != two.removed:
        return sentence(
            "These runs learned from the same list and split, but with other names removed. They "
            "are compared with those above only on the names that all of them hold out."
        )
    return _apart_sentence(corpus)


def _exam_sentence(with_exam: bool) -> Sentence:
    if with_exam:
        return sentence(
            "These runs set a final exam (test set) aside, so they learned from fewer names. They "
            "are not compared with those above."
        )
    return sentence(
        "These runs have no final exam (test set), so they learned from more names. They are not "
        "compared with those above."
    )


def _apart_sentence(corpus: Corpus) -> Sentence:
    return sentence(
        "These runs learned from other names, “{list}”, so their losses are not compared with "
        "those above.",
        list=corpus.title,
    )


def group_title(corpus: Corpus) -> Sentence:
    """What the runs of a group share: their list, its split, and the numbers of names."""
    if corpus.exam:
        return sentence(
            "{list} · split seed {seed} · {train:,} names trained on, {val:,} held out, {exam:,} "
            "in the final exam",
            list=corpus.title,
            seed=corpus.split_seed,
            train=len(corpus.train),
            val=len(corpus.val),
            exam=len(corpus.exam),
        )
    return sentence(
        "{list} · split seed {seed} · {train:,} names trained on, {val:,} held out",
        list=corpus.title,
        seed=corpus.split_seed,
        train=len(corpus.train),
        val=len(corpus.val),
    )
