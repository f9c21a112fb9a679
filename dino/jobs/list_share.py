"""Visitors' own lists: short ones always have room, long ones share a part of the memory."""

from __future__ import annotations

from collections.abc import Iterable

from dino.data import ROW_BYTES, Corpus
from dino.jobs import limits
from dino.lists import MAX_NAMES
from dino.locale.sentences import Refusal, sentence

COPIES = 2  # of each letter: in its name, and in the box or file that it came from


def list_bytes(letters: int, names: int) -> int:
    """About how many bytes a long list takes while nobody trains on it; 0 for a short one."""
    return COPIES * letters + ROW_BYTES * names if letters > limits.SHORT_LIST else 0


def text_bytes(text: str) -> int:
    """The same, for a text that is not cleaned yet."""
    lines = max(text.count("\n"), text.count("\r")) + 1
    return list_bytes(len(text), min(lines, MAX_NAMES))


def held_bytes(corpora: Iterable[Corpus]) -> int:
    """The bytes of the long ones among visitors' own lists. However often a list is split, and
    whatever names are removed from it, it counts once.
    """
    own = [corpus.cleaned for corpus in corpora if corpus.owner and corpus.cleaned is not None]
    distinct = {id(cleaned): cleaned for cleaned in own}.values()
    return sum(list_bytes(cleaned.characters, len(cleaned.rows)) for cleaned in distinct)


def check_share(size: int, others: int, capacity: int) -> None:
    """Raise Refusal if a long list does not fit beside the others in their share of the memory.

    size, others: bytes; capacity: of the server. The first long list may exceed the share.
    """
    most = int(limits.LISTS_SHARE * capacity)
    if size and others and size + others > most:
        raise Refusal(
            sentence(
                "The long lists of all visitors together may take {most:.1f} MB of the server's "
                "memory, not {sum:.1f} MB. Use a list of at most {letters:,} letters, or try "
                "again later.",
                most=most / 1e6,
                sum=(size + others) / 1e6,
                letters=limits.SHORT_LIST,
            )
        )


def no_room(size: int) -> Refusal:
    """The refusal of a long list for which the server has no memory now."""
    return Refusal(
        sentence(
            "This list needs {size:.1f} MB of memory, and the server has no room for it now. Use "
            "a list of at most {letters:,} letters, or try again later.",
            size=size / 1e6,
            letters=limits.SHORT_LIST,
        )
    )
