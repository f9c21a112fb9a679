"""What the page says about a network's memory: every sentence, and the losses behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dino import context
from dino.difference import ENOUGH_NAMES, few_names_sentence
from dino.locale.sentences import Sentence, Text, error_sentence, plural_sentence, prose, sentence
from dino.pages.inside.view import ONE_NETWORK


@dataclass(frozen=True, eq=False)
class MemoryLosses:
    """What was measured of a network's memory: summed losses of N names; NaN is not measured yet.

    own (N,): with the memory of training, `context` letters, 0 for all. restarted, exchanged (K,
    N): see `dino/context.py`; restarted is (1, N) if `context` is 1. symbols (N,): each name's
    number of targets. trained (K + 1, S): from `dino/trained_contexts.py` for this recipe, or None.
    share: the share of the work that is done.
    """

    own: np.ndarray
    restarted: np.ndarray
    exchanged: np.ndarray
    symbols: np.ndarray
    context: int
    trained: np.ndarray | None
    share: float

    @property
    def known(self) -> np.ndarray:
        """Which names have a first result of every experiment. (N,)"""
        sums = (self.own, *self.restarted, *self.exchanged)
        return np.isfinite(np.stack(sums)).all(axis=0)

    @property
    def names(self) -> int:
        """The number of known names."""
        return int(self.known.sum())

    @property
    def own_loss(self) -> float:
        """Its own loss in nats per symbol, over the known names."""
        return float(self.mean(self.own))

    def mean(self, sums: np.ndarray) -> np.ndarray:
        """The means of losses (…, N) over the known names. (…)"""
        known = self.known
        mean: np.ndarray = sums[..., known].sum(axis=-1) / self.symbols[known].sum()
        return mean

    def gaps(self, sums: np.ndarray) -> np.ndarray:
        """How far losses (K, N) are above its own, and the standard errors. (K, 2)"""
        known = self.known
        return context.gaps_by_memory(sums[:, known], self.own[known], self.symbols[known])


def exchange_sentence(losses: MemoryLosses) -> Sentence:
    """Say how many letters the network uses.

    It is the smallest number from which on an exchange of all earlier letters does not clearly
    raise the loss.
    """
    if losses.context == 1:  # the difference is exactly 0
        return sentence(
            "The network uses only its last letter, because it was trained to see no other."
        )
    if losses.names < ENOUGH_NAMES:
        return few_names_sentence(losses.names)
    gaps = losses.gaps(losses.exchanged)  # (K, 2)
    used = context.letters_used(gaps, losses.names)
    if used is None:
        return sentence("The network uses more than {longest} letters.", longest=len(gaps))
    if used == 1:
        return sentence("We cannot tell whether the network uses more than its last letter.")
    return sentence("The network uses about {used} letters.", used=used)


def evidence_sentences(losses: MemoryLosses) -> list[Sentence]:
    """What an exchange did to the loss, which the answer rests on; none where none is."""
    if losses.context == 1 or losses.names < ENOUGH_NAMES:
        return []
    gaps = losses.gaps(losses.exchanged)  # (K, 2)
    used = context.letters_used(gaps, losses.names)
    if used is None:
        return [
            sentence(
                "If everything before the last {longest} letters is replaced by the beginning of "
                "another name, its loss is still clearly higher ({gap} nats per symbol).",
                longest=len(gaps),
                gap=_gap(gaps[-1]),
            )
        ]
    if used == 1:
        return [
            sentence(
                "If everything before the last letter is replaced by the beginning of another "
                "name, its loss is not clearly higher ({gap} nats per symbol).",
                gap=_gap(gaps[0]),
            )
        ]
    return [
        sentence(
            "If everything before the last {used} letters is replaced by the beginning of another "
            "name, its loss is not clearly higher ({gap} nats per symbol).",
            used=used,
            gap=_gap(gaps[used - 1]),
        ),
        sentence(
            "With one letter fewer it is clearly higher ({gap_before}).",
            gap_before=_gap(gaps[used - 2]),
        ),
    ]


def _gap(gap: np.ndarray) -> Sentence:
    """A difference ± its standard error. (2,)"""
    difference, error = gap.tolist()
    return error_sentence(difference, error, 3, "+")


def one_network_texts(losses: MemoryLosses) -> list[Text]:
    """Say that another seed may use another number of letters; nothing if no number is measured."""
    is_measured = losses.context != 1 and losses.names >= ENOUGH_NAMES
    return [ONE_NETWORK] if is_measured else []


def bounded_sentences(losses: MemoryLosses) -> list[Sentence]:
    """For a bounded memory, say whether a longer one than in training improves the network.

    Also say that this does not tell what a longer memory is worth. Nothing if it had all letters.
    """
    if not losses.context:
        return []
    trained = plural_sentence(
        "It was trained with a memory of {count} letter. Its loss is {loss:.3f}.",
        "It was trained with a memory of {count} letters. Its loss is {loss:.3f}.",
        losses.context,
        loss=losses.own_loss,
    )
    longest = len(losses.exchanged)
    if losses.context >= longest:
        return [trained, sentence("This picture ends at {longest} letters.", longest=longest)]
    untrained = sentence(
        "It was never trained with a longer memory, so this does not tell you what one is worth."
    )
    if losses.context == 1 or losses.names < ENOUGH_NAMES:  # `exchange_sentence` has said so
        return [trained, untrained]
    gains = losses.gaps(losses.restarted) * [-1, 1]
    return [trained, _longer_sentence(gains, losses.context, losses.names), untrained]


def _longer_sentence(gains: np.ndarray, trained: int, names: int) -> Sentence:
    """Say what a memory longer than the `trained` letters of training does.

    gains (K, 2): by how much memories of 1 … K letters lower the loss, and the standard error.
    """
    longer = gains[trained:]
    is_clear = context.is_clearly_higher(longer, names)
    best = int(np.where(is_clear | ~is_clear.any(), longer[:, 0], -np.inf).argmax())
    gain = error_sentence(float(longer[best, 0]), float(longer[best, 1]), 3)
    if is_clear.any():
        return sentence(
            "A longer memory helps. With {letters} letters the loss is {gain} nats per symbol "
            "lower, the largest clear gain.",
            letters=trained + best + 1,
            gain=gain,
        )
    if longer[best, 0] <= context.ROUNDING:
        return sentence("A longer memory does not help.")
    return sentence(
        "It is too close to call whether a longer memory helps. At best it lowers the loss by "
        "{gain} nats per symbol.",
        gain=gain,
    )


def restart_sentence(losses: MemoryLosses) -> Sentence | None:
    """Say after how many letters the network has made up for a restart.

    None for a network that was trained with restarts, and if there are too few names to tell.
    """
    if losses.context or losses.names < ENOUGH_NAMES:
        return None
    used = context.letters_used(losses.gaps(losses.restarted), losses.names)
    if used is None:
        return sentence(
            "Restarted from a zero state {longest} letters back, the network still has a "
            "clearly higher loss. Training never showed it a restart inside a name, so this "
            "does not measure how many letters it uses.",
            longest=len(losses.restarted),
        )
    return plural_sentence(
        "Restarted from a zero state, the network needs {count} letter until its loss is no "
        "longer clearly higher. Training never showed it a restart inside a name, so this does "
        "not measure how many letters it uses.",
        "Restarted from a zero state, the network needs {count} letters until its loss is no "
        "longer clearly higher. Training never showed it a restart inside a name, so this does "
        "not measure how many letters it uses.",
        used,
    )


def legend_sentences(losses: MemoryLosses) -> list[Sentence]:
    """Say what each line is and, if anything can be clear, what clear means."""
    K, names = len(losses.exchanged), len(losses.symbols)
    clear = prose("legends", "memory.clear", limit=context.clear_limit(K, names), count=K)
    restarted = prose("legends", "memory.restarted")
    return [
        prose("legends", "memory.k"),
        prose("legends", "memory.exchanged", exchanges=context.EXCHANGES, names=names),
        *([clear] if names >= ENOUGH_NAMES and losses.context != 1 else []),
        *([restarted] if losses.context != 1 else []),  # with one letter there is no such line
        *_trained_sentences(losses),
    ]


def _trained_sentences(losses: MemoryLosses) -> list[Sentence]:
    """Say what the networks trained with k letters are, and the counting beside them."""
    if losses.trained is None:
        return [prose("legends", "memory.untrained"), _counting_sentence(losses.context)]
    few, unbounded = losses.trained[2], losses.trained[-1]
    return [
        prose("legends", "memory.trained", seeds=len(unbounded)),
        prose(
            "legends", "memory.three_and_all", few=mean_sentence(few), all=mean_sentence(unbounded)
        ),
        prose("legends", "memory.shows"),
        prose("legends", "memory.counting_compared"),
    ]


def _counting_sentence(trained: int) -> Sentence:
    """Say what the grey line is. trained: letters of memory in training, 0 for all."""
    if trained:
        return plural_sentence(
            "Grey: counting with the same number of letters (an n-gram model, in which "
            "sixes predict the sixth letter from five). It was fitted to k letters, this "
            "network to one.",
            "Grey: counting with the same number of letters (an n-gram model, in which "
            "sixes predict the sixth letter from five). It was fitted to k letters, this "
            "network to {count}.",
            trained,
        )
    return prose("legends", "memory.counting")


def mean_sentence(losses: np.ndarray) -> Sentence:
    """The mean over the seeds (S,) and the standard deviation."""
    return error_sentence(float(losses.mean()), float(losses.std(ddof=1)), 3)


def next_symbol_sentences(probs: np.ndarray, labels: Sequence[str], letters: int) -> list[Sentence]:
    """Say the most probable next symbol with the shortest and with the longest memory.

    probs (K, V): with k = 1, …, K inputs; letters: how many were read after the start.
    """
    if len(probs) == 1:
        return _with_one_input(probs[0], labels, letters)
    first, last = (
        {"symbol": labels[int(p.argmax())], "p": float(p.max())} for p in (probs[0], probs[-1])
    )
    if len(probs) > letters:
        longest = sentence("With all letters and the start it is {symbol} (p = {p:.2f}).", **last)
    else:
        longest = sentence(
            "With {count} letters it is {symbol} (p = {p:.2f}).", count=len(probs), **last
        )
    return [
        sentence("Each row sees one more letter, and dots mark letters that are cut off."),
        sentence(
            "With one letter the most probable next symbol is {symbol} (p = {p:.2f}).", **first
        ),
        longest,
    ]


def _with_one_input(probs: np.ndarray, labels: Sequence[str], letters: int) -> list[Sentence]:
    """The same for a network that sees one letter, or for the start of a name. (V,)"""
    found = {"symbol": labels[int(probs.argmax())], "p": float(probs.max())}
    if letters:
        return [
            sentence("The network sees only the last letter."),
            sentence("The most probable next symbol is {symbol} (p = {p:.2f}).", **found),
        ]
    return [
        sentence("No letter has been read yet."),
        sentence("The most probable first symbol is {symbol} (p = {p:.2f}).", **found),
    ]
