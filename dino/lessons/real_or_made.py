"""The game Real or made: ten names, each held out or written by a network, by the toss of a coin.

A fair coin decides each name independently. So blind guesses, made in any way, are each right with
probability 1/2, and the number of right guesses is binomial.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import comb
from typing import NamedTuple

import numpy as np

from dino.data import Corpus
from dino.lessons.progress import Progress
from dino.locale.sentences import Refusal, Sentence, Text, sentence
from dino.metrics import novelty

KEY = "real-or-made"
CARDS = 10
RARE = 0.05  # of games by chance alone, the usual level of a test
MOST_GAMES = 500  # games whose score a browser keeps


class Card(NamedTuple):
    """A name of the game, and whether it is a real one, which the network has never seen."""

    name: str
    is_real: bool


class GameScore(NamedTuple):
    """All games: how many guesses were right, of how many; and how that compares with chance."""

    right: int
    guesses: int
    words: Text = ""


def made_names(written: Iterable[tuple[str, bool]], corpus: Corpus) -> list[str]:
    """From pairs (name, whether it ended): the names that ended and are in no list, each once."""
    names = (name for name, ended in written if ended and name)
    return list(dict.fromkeys(it for it in names if novelty(it, corpus) == "new"))


def deal(corpus: Corpus, made: Sequence[str], game: int) -> tuple[Card, ...]:
    """The names of a game, counted from 0: the same for the same network and number.

    made: what the network wrote, from `made_names`. Raises Refusal if there are too few.
    """
    if len(made) < CARDS or len(corpus.val) < CARDS:
        raise Refusal(
            sentence(
                "The game needs {count} names that the network made up. This network wrote "
                "{made}. Train a different one.",
                count=CARDS,
                made=len(made),
            )
        )
    generator = np.random.default_rng(game)
    coins = generator.random(CARDS) < 0.5
    real = generator.choice(np.array(corpus.val, object), CARDS, replace=False)
    own = generator.choice(np.array(made, object), CARDS, replace=False)
    pairs = zip(coins.tolist(), real.tolist(), own.tolist(), strict=True)
    return tuple(Card(one if is_real else other, is_real) for is_real, one, other in pairs)


def score_of(cards: Sequence[Card], guesses: Sequence[bool]) -> int:
    """How many guesses are right. guesses: whether each name is called real."""
    return sum(card.is_real == guess for card, guess in zip(cards, guesses, strict=True))


def chance_of_at_least(score: int, count: int) -> float:
    """The probability that blind guesses get `score` or more of `count` right.

    The upper tail of the binomial distribution at p = 1/2: Σ C(n, i) / 2ⁿ for i from score to n.
    """
    tail = sum(comb(count, i) for i in range(max(0, score), count + 1))
    return float(tail / 2**count)


def rare_score(count: int, share: float = RARE) -> int:
    """The lowest score that blind guesses reach in at most this share of games.

    It is count + 1 if even a full score is more frequent than that.
    """
    score, tail = count + 1, 0
    while score and (tail + comb(count, score - 1)) / 2**count <= share:
        score -= 1
        tail += comb(count, score)
    return score


def chance_sentence(score: int, count: int) -> Sentence:
    """A score beside what blind guesses reach. score: out of `count` names."""
    return sentence(
        "You got {score} of {count} right. Blind guessing gets {mean:g} right on average. "
        "In {percent:.1f} % of games it gets as many right as you or more.",
        score=score,
        count=count,
        mean=count / 2,
        percent=100 * chance_of_at_least(score, count),
    )


def rare_sentence(score: int, count: int) -> Sentence:
    """Whether blind guesses rarely reach such a score."""
    values = {
        "score": rare_score(count),
        "percent": 100 * chance_of_at_least(rare_score(count), count),
        "limit": 100 * RARE,
    }
    if score >= rare_score(count):
        return sentence(
            "Chance reaches {score} or more in only {percent:.1f} % of games, below the limit of "
            "{limit:g} %. It seldom does as well as you.",
            **values,
        )
    return sentence(
        "Your score could well be chance. You would need at least {score}, which chance "
        "reaches in only {percent:.1f} % of games, below the limit of {limit:g} %.",
        **values,
    )


def games_in(progress: Progress) -> tuple[int, int]:
    """All games that a browser kept: how many guesses were right, of how many.

    Anything that a page would not write counts as no game.
    """
    kept = progress.more.get(KEY)
    if not isinstance(kept, list) or [type(it) for it in kept] != [int, int]:
        return 0, 0
    right, count = kept
    is_one = 0 <= right <= count <= CARDS * MOST_GAMES and count % CARDS == 0
    return (right, count) if is_one else (0, 0)


def are_full(progress: Progress) -> bool:
    """Whether as many games are kept as possible, so that another one would not count."""
    return games_in(progress)[1] >= CARDS * MOST_GAMES


def with_game(progress: Progress, score: int, count: int) -> Progress:
    """The same progress with one more game; unchanged if there are `MOST_GAMES` already."""
    right, guesses = games_in(progress)
    if guesses + count > CARDS * MOST_GAMES:
        return progress
    return progress.with_more(KEY, [right + score, guesses + count])


def game_score(progress: Progress) -> GameScore | None:
    """All games beside chance, for a report; None if there are none."""
    right, count = games_in(progress)
    if not count:
        return None
    words = sentence(
        "{right} of {count} guesses were right. Blind guessing gets {mean:g} right on "
        "average, and as many or more in {percent:.1f} % of cases.",
        right=right,
        count=count,
        mean=count / 2,
        percent=100 * chance_of_at_least(right, count),
    )
    return GameScore(right, count, words)


def all_games_sentence(right: int, count: int) -> Sentence:
    """All games together, beside chance."""
    return sentence(
        "In all your games you got {right} of {count} right. Blind guessing gets {rare} or "
        "more right in {percent:.1f} % of cases.",
        right=right,
        count=count,
        rare=rare_score(count),
        percent=100 * chance_of_at_least(rare_score(count), count),
    )
