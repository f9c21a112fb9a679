"""The list of a saved run: what the file says of it, and the list itself.

A bundled list is named. For a private one the file has a fingerprint; it has its names only if
their owner asks for it.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from dino.data import Corpus, Vocab, load_bundled, make_corpus
from dino.files import MAX_BYTES
from dino.lists import (
    BUNDLED,
    END,
    JOINERS,
    MAX_LETTERS,
    MAX_NAMES,
    MAX_SYMBOLS,
    CleanNames,
    clean_in_parts,
)
from dino.locale.sentences import Refusal, Text, sentence
from dino.outside import FLAG, Fields, Rule, line, one_of, whole
from dino.parts import Parts, finish, until_result
from dino.saved.tensors import RUN, refusal_of_array

OWN = "own"  # the key of a private list in a file
NAMES_BYTES = 3 * MAX_BYTES  # UTF-8 of a list; a letter of a file may take three times its bytes
TITLE_LETTERS = 200
HASH = 64  # hexadecimal digits of SHA-256
DIGEST = Rule(
    sentence("{count} hexadecimal digits", count=HASH),
    lambda it: isinstance(it, str) and len(it) == HASH and set(it) <= set("0123456789abcdef"),
    str,
)
HIDDEN_KINDS = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs")  # Unicode's; no name contains any


def fingerprint(names: Iterable[str]) -> str:
    """SHA-256 over distinct names, sorted, one a line: equal only for equal names."""
    return _hash(sorted(set(names)))


def _hash(lines: Iterable[str]) -> str:
    return hashlib.sha256(END.join(lines).encode()).hexdigest()


def _split_hash(corpus: Corpus) -> str:
    """The same hash over the names trained on, those held out, and those of the exam,
    in their order.
    """
    return _hash([*corpus.train, "", *corpus.val, *(["", *corpus.exam] if corpus.exam else [])])


def _all_rows(corpus: Corpus) -> tuple[str, ...]:
    """A list's cleaned rows, before names were removed."""
    if corpus.cleaned is not None:
        return corpus.cleaned.rows
    return (*corpus.rows, *sorted(corpus.removed - set(corpus.rows)))


def _title(corpus: Corpus) -> str:
    """A list's title, short and printable."""
    return "".join(c for c in str(corpus.title) if c.isprintable())[:TITLE_LETTERS]


@cache
def bundled_prints() -> dict[str, tuple[str, bool]]:
    """The lists that come with the app, by fingerprint: a key, and whether case was kept."""
    return {
        fingerprint(load_bundled(key, 0, keep_case).rows): (key, keep_case)
        for keep_case in (True, False)
        for key in BUNDLED
    }


def _may_be_letter(symbol: str) -> bool:
    return symbol in (" ", *JOINERS) or unicodedata.category(symbol) not in HIDDEN_KINDS


SYMBOLS = Rule(
    sentence("the end mark, then at most {most} letters, sorted", most=MAX_SYMBOLS - 1),
    lambda it: (
        isinstance(it, str)
        and 2 <= len(it) <= MAX_SYMBOLS
        and Vocab(it).symbols == tuple(it)
        and all(map(_may_be_letter, it[1:]))
    ),
    Vocab,
)


@dataclass(frozen=True, eq=False)
class SavedList:
    """The list of a saved run.

    key: of a bundled list, or '' for a private one; keep_case: whether it kept its capitals
    fingerprint: of its `names` distinct cleaned names, before some were removed
    split: a hash over the names trained on and those held out, in their order
    rows: its cleaned names, repeats included; None if they are bundled or not in the file
    removed: the `removed_count` names that were removed; None if they are not in the file
    title: of a private list; '' if its names are not in the file
    exam: how many names its final exam has; 0 if it is off
    """

    key: str
    keep_case: bool
    fingerprint: str
    split: str
    split_seed: int
    names: int
    train_names: int
    held_out: int
    removed_count: int
    vocab: Vocab
    title: Text = ""
    rows: tuple[str, ...] | None = None
    removed: tuple[str, ...] | None = None
    exam: int = 0

    @classmethod
    def of(cls, corpus: Corpus, with_names: bool) -> SavedList:
        """What a file says of a list. with_names: whether a private list's names may be in it."""
        rows = _all_rows(corpus)
        names, found = set(rows), fingerprint(rows)
        key, keep_case = bundled_prints().get(found, ("", any(row != row.lower() for row in rows)))
        removed = sorted(corpus.removed & names)
        return cls(
            key=key,
            keep_case=keep_case,
            fingerprint=found,
            split=_split_hash(corpus),
            split_seed=corpus.split_seed,
            names=len(names),
            train_names=len(corpus.train),
            held_out=len(corpus.val),
            removed_count=len(removed),
            vocab=corpus.vocab,
            title=_title(corpus) if with_names and not key else "",
            rows=rows if with_names and not key else None,
            removed=tuple(removed) if with_names or key else None,
            exam=len(corpus.exam),
        )

    @property
    def shows_names(self) -> bool:
        """Whether names of this list, written ones included, are in the file."""
        return bool(self.key) or self.rows is not None

    def header(self) -> dict[str, Any]:
        """The list's part of a file's header."""
        kept = ("keep_case", "fingerprint", "split", "split_seed", "names", "train_names")
        found = {name: getattr(self, name) for name in (*kept, "held_out", "removed_count", "exam")}
        symbols = "".join(self.vocab.symbols)
        return {**found, "key": self.key or OWN, "title": self.title, "symbols": symbols}

    def arrays(self) -> dict[str, np.ndarray]:
        """The names that are in the file, as UTF-8 text."""
        texts = {"rows": self.rows, "removed": self.removed}
        return {
            name: np.frombuffer(END.join(names).encode(), np.uint8)
            for name, names in texts.items()
            if names
        }

    @classmethod
    def read(cls, fields: Fields) -> SavedList:
        """The list of a header, without names. Raises Refusal."""
        found = cls(
            key=fields.take("key", one_of([OWN, *BUNDLED])).removeprefix(OWN),
            keep_case=fields.take("keep_case", FLAG),
            fingerprint=fields.take("fingerprint", DIGEST),
            split=fields.take("split", DIGEST),
            split_seed=fields.take("split_seed", whole(999_999)),
            names=fields.take("names", whole(MAX_NAMES, 2)),
            train_names=fields.take("train_names", whole(MAX_NAMES, 1)),
            held_out=fields.take("held_out", whole(MAX_NAMES, 1)),
            removed_count=fields.take("removed_count", whole(MAX_NAMES)),
            title=fields.take("title", line(TITLE_LETTERS)),
            vocab=fields.take("symbols", SYMBOLS),
            exam=fields.maybe("exam", whole(MAX_NAMES), 0),  # older files lack it
        )
        fields.end()
        used = found.train_names + found.held_out + found.exam
        if used != found.names - found.removed_count:
            rule = sentence("the number of names that were not removed, {count:,}", count=used)
            raise fields.refusal_of("names", found.names - found.removed_count, rule)
        return found

    def with_arrays(self, arrays: dict[str, np.ndarray]) -> SavedList:
        """The same with the names in the file, which are taken out of `arrays`."""
        rows, removed = (_read_names(name, arrays.pop(name, None)) for name in ("rows", "removed"))
        if rows is not None and (self.key or fingerprint(rows) != self.fingerprint):
            raise refusal_of_array("rows")
        if not removed and not self.removed_count and (self.key or rows):
            removed = ()
        if removed is not None and len(removed) != self.removed_count:
            raise refusal_of_array("removed")
        if removed is None and (self.key or rows):
            raise refusal_of_array("removed")
        return replace(self, rows=rows, removed=removed)

    def corpus(self, owner: str = "") -> Corpus:
        """The list itself, from the app or from the file; owner: as in `Corpus`.

        Raises Refusal if its names are not in the file.
        """
        exam = bool(self.exam)
        if self.key:
            corpus = load_bundled(self.key, self.split_seed, self.keep_case, exam)
        else:
            cleaned = finish(self.cleaned_in_parts())
            corpus = make_corpus(cleaned, self.title, self.split_seed, owner, exam=exam)
        if self.removed:
            corpus = corpus.without(self.removed)
        self.check(corpus)
        return corpus

    def cleaned_in_parts(self) -> Parts[CleanNames]:
        """The names of a private list, cleaned again, before some were removed, in parts. Raises
        Refusal if they are not in the file.
        """
        if self.rows is None:
            raise Refusal(
                sentence(
                    "A run can be trained further only on its own list, but the names of this "
                    "run's list are not in its file. Use the same list."
                )
            )
        found = clean_in_parts(END.join(self.rows), self.keep_case)
        return (yield from until_result(cleaned for _, cleaned in found))

    def check(self, corpus: Corpus) -> None:
        """Raise Refusal unless this is the list, with the same cleaning and split."""
        here = fingerprint(_all_rows(corpus))
        if here != self.fingerprint:
            raise Refusal(
                sentence(
                    "A run can be trained further only on its own list, with fingerprint "
                    "{wanted}, but this list has fingerprint {found}. Use the same list.",
                    wanted=self.fingerprint[:8],
                    found=here[:8],
                )
            )
        if _split_hash(corpus) != self.split or corpus.vocab.symbols != self.vocab.symbols:
            raise Refusal(
                sentence(
                    "A run can be trained further only with the same held-out names (validation "
                    "set), but here they differ. Use split seed {seed} and remove the same names "
                    "({count:,}).",
                    seed=self.split_seed,
                    count=self.removed_count,
                )
            )


def _read_names(name: str, array: np.ndarray | None) -> tuple[str, ...] | None:
    """Names from UTF-8 text, one a line; None if there is no array."""
    if array is None:
        return None
    try:
        names = array.tobytes().decode("utf-8").split(END)
    except UnicodeDecodeError:
        raise refusal_of_array(name) from None
    if len(names) > MAX_NAMES or not all(1 <= len(one) <= MAX_LETTERS for one in names):
        raise RUN.refusal(
            sentence(
                "A list may have at most {most:,} names of 1 to {letters} letters, but the list "
                "in this file breaks this rule.",
                most=MAX_NAMES,
                letters=MAX_LETTERS,
            )
        )
    return tuple(names)
