"""How far back a cell learns to look: words whose last letter repeats the first, k letters later.

    echo_corpus(k)    train_in_parts(k) -> (share done, (Echo, …))    meaning_sentences()

A word is one of four first letters, then letters drawn from four others, then the sign 'o', then
the first letter again. The sign tells the network that the last letter comes next, so it need not
count. The letters between say nothing about the first letter. So a network that has forgotten the
first letter has an expected loss of at least ln 4 on the last one: the mean of −ln p over four
equally likely letters is lowest if each has a probability of 1/4.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch

from dino.config import CELLS, DEFAULT, Config, quoted
from dino.data import Corpus, make_corpus
from dino.difference import CLEAR
from dino.lists import clean
from dino.locale.sentences import Refusal, Sentence, sentence
from dino.model import CharRNN
from dino.parts import Parts, report_progress, until_result
from dino.train import Trainer

FIRSTS, FILLERS, SIGN = "abcd", "wxyz", "o"
FORGOTTEN = math.log(len(FIRSTS))  # nats; the lowest expected loss without the first letter
LEARNED = math.log(2)  # below it the right letter has a probability above 1/2 (geometric mean)
LEAST, MOST = 6, 48  # k: below there are too few words, above no list has names that long
LADDER = (8, 16, 24, 32, 48)
WORDS = 2000  # at most, and at most half of all possible ones: a tenth of them is held out
PART = 0.05  # seconds of training in one part, before others have a turn

# Each cell has the rate at which it learned most, of those tried. At k = 32 the vanilla RNN learned
# no list at 0.02 or 0.03, and the GRU none at 0.01 in that time. At k = 24, 32 and 48 the LSTM
# learned six of nine lists at 0.03, and three at 0.02.
RATES = {"rnn": 0.01, "gru": 0.03, "lstm": 0.03}
RECIPE = Config(hidden_size=32, batch_size=64, max_steps=1500)


class Echo(NamedTuple):
    """How well a trained network predicts the last letter of held-out words.

    loss, error: the mean of −ln p(first letter) there and its standard error over words, nats
    right: in how many words the right letter is the most likely symbol there;
    words: how many there are; forget_bias: the first b_f of an LSTM, which other cells do not have
    """

    cell: str
    k: int
    seed: int
    loss: float
    error: float
    right: int
    words: int
    forget_bias: float = DEFAULT.forget_bias

    @property
    def is_learned(self) -> bool:
        """Whether the right letter has more probability than all other symbols together.

        This is a geometric mean over words, and must hold by more than twice the standard error.
        """
        return self.loss + CLEAR * self.error < LEARNED

    @property
    def is_clear(self) -> bool:
        """Whether the loss is below that of a guess by more than twice its standard error."""
        return self.loss + CLEAR * self.error < FORGOTTEN


Progress = Iterator[tuple[float, tuple[Echo, ...]]]


def echo_words(k: int, seed: int = 0) -> list[str]:
    """Distinct words of k + 1 letters, in the order in which they were drawn.

    Raises Refusal for a k outside its limits.
    """
    if type(k) is not int or not LEAST <= k <= MOST:
        raise Refusal(
            sentence(
                "k must be a whole number from {low} to {high}, not {k}.",
                low=LEAST,
                high=MOST,
                k=quoted(k),
            )
        )
    draw, between = random.Random(seed), k - 2
    possible = len(FIRSTS) * len(FILLERS) ** between
    found: dict[str, None] = {}
    while len(found) < min(WORDS, possible // 2):
        first = draw.choice(FIRSTS)
        found["".join((first, *draw.choices(FILLERS, k=between), SIGN, first))] = None
    return list(found)


def echo_corpus(k: int, seed: int = 0) -> Corpus:
    """The list of these words, with a tenth of them held out. Raises Refusal as `echo_words`."""
    words = "\n".join(echo_words(k, seed))
    return make_corpus(clean(words), sentence("A made-up list, k = {k}", k=k))


def echo_recipe(cell: str, seed: int = 0, forget_bias: float = DEFAULT.forget_bias) -> Config:
    """The recipe of a cell. Cells differ only in their learning rate.

    forget_bias: the first b_f of an LSTM. Raises Refusal for one outside its limits.
    """
    return RECIPE.replace(cell=cell, learning_rate=RATES[cell], seed=seed, forget_bias=forget_bias)


@torch.inference_mode()
def measure_echo(model: CharRNN, corpus: Corpus, k: int, seed: int = 0) -> Echo:
    """How well a network predicts the last letter of the held-out words of `echo_corpus(k)`."""
    inputs, targets, lengths = corpus.val_arrays
    assert (lengths == k + 2).all()  # k + 1 letters and the end mark
    h = model.hidden_states(torch.from_numpy(inputs[:, : k + 1]))[:, -1]  # (N, H)
    log_p = model.logits(h).double().log_softmax(-1)  # (N, V)
    echo = torch.from_numpy(targets[:, k])  # (N,)
    losses = -log_p.gather(1, echo[:, None])[:, 0]
    right = int((log_p.argmax(1) == echo).sum())
    error = float(losses.std()) / math.sqrt(len(losses))
    return Echo(model.cell, k, seed, float(losses.mean()), error, right, len(losses))


def train_in_parts(
    k: int,
    seed: int = 0,
    cells: Sequence[str] = tuple(CELLS),
    forget_bias: float = DEFAULT.forget_bias,
) -> Progress:
    """Train a network of each cell on the same list and measure it, in parts.

    Yields the share that is done and the results so far, in the order of the cells. seed: for the
    list, the first weights and the batches. forget_bias: as in `echo_recipe`. Raises Refusal as
    that and `echo_words` do.
    """
    corpus, found = echo_corpus(k, seed), list[Echo]()
    for cell in cells:
        work = _train(echo_recipe(cell, seed, forget_bias), corpus, k)
        progress = len(found) / len(cells), tuple(found)
        found.append((yield from report_progress(work, progress)))
        yield len(found) / len(cells), tuple(found)


def _train(config: Config, corpus: Corpus, k: int) -> Parts[Echo]:
    """Train one network. Yields after each part."""
    trainer = yield from until_result(_trainer(config, corpus))
    while not trainer.done:
        trainer.advance(seconds=PART)
        yield
    found = measure_echo(trainer.eval_model, corpus, k, config.seed)
    return found._replace(forget_bias=config.forget_bias)


def _trainer(config: Config, corpus: Corpus) -> Iterator[Trainer | None]:
    """Its trainer, in parts: on the kernels if they can be compiled."""
    return Trainer.in_parts(config.replace(engine="compiled"), corpus, takes_snapshots=False)


class Watched(NamedTuple):
    """An LSTM while it learns such words.

    updates, losses: after how many updates the loss at the last letter of held-out words was how
    large, nats; echo: its measure, None until it is trained
    """

    forget_bias: float
    updates: tuple[int, ...] = ()
    losses: tuple[float, ...] = ()
    echo: Echo | None = None


def watch_in_parts(
    k: int, seed: int, biases: Sequence[float]
) -> Iterator[tuple[float, tuple[Watched, ...]]]:
    """Train an LSTM with each forget bias on the same list, side by side: the share that is done,
    and the networks so far. Raises Refusal as `echo_words` and `echo_recipe` do.
    """
    corpus = echo_corpus(k, seed)
    works = [_watch(echo_recipe("lstm", seed, bias), corpus, k) for bias in biases]
    found = [Watched(bias) for bias in biases]
    most = len(biases) * RECIPE.max_steps
    while any(it.echo is None for it in found):
        for i, work in enumerate(works):
            if found[i].echo is None:
                found[i] = next(work)
                done = sum(it.updates[-1] for it in found if it.updates) / most
                yield min(done, 0.999), tuple(found)
    yield 1.0, tuple(found)


def _watch(config: Config, corpus: Corpus, k: int) -> Iterator[Watched]:
    """Train one network, and measure it after each part that ends with a whole update."""
    found, trainer = Watched(config.forget_bias), None
    for made in _trainer(config, corpus):
        trainer = made
        yield found
    assert trainer is not None
    while not trainer.done:
        trainer.advance(seconds=PART)
        if not trainer.midway:
            loss = measure_echo(trainer.eval_model, corpus, k, config.seed).loss
            updates, losses = (*found.updates, trainer.step_count), (*found.losses, loss)
            found = found._replace(updates=updates, losses=losses)
        yield found
    measured = measure_echo(trainer.eval_model, corpus, k, config.seed)
    yield found._replace(echo=measured._replace(forget_bias=config.forget_bias))


# Words


def verdict_sentence(echo: Echo) -> Sentence:
    """What one network's loss and its error allow us to say."""
    if echo.is_learned:
        return sentence("learned")
    if echo.is_clear:
        return sentence("better than a guess, not learned")
    return sentence("not clearly better than a guess")


def meaning_sentences() -> list[Sentence]:
    """What counts as learned, and what this does not show."""
    return [
        sentence(
            "A network that has not kept the first letter can only guess among {letters} "
            "equally likely letters. In the long run, the last letter then costs it at least ln "
            "{letters} = {guess:.3f} nats. ± is the standard error over words.",
            letters=len(FIRSTS),
            guess=FORGOTTEN,
        ),
        sentence(
            "“Learned” means that the loss is below ln 2 = {bound:.3f} by more than twice "
            "its error. The right letter then has more probability than all others "
            "together (in the geometric mean).",
            bound=LEARNED,
        ),
        sentence(
            "Each network was trained for {steps:,} updates of {names} words each. With a "
            "different seed, a different rate or more updates, a network may learn a list "
            "that one of these did not.",
            steps=RECIPE.max_steps,
            names=RECIPE.batch_size,
        ),
    ]
