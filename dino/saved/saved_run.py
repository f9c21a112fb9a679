"""A saved run: all of a run in one file, to look at and to train on, bit for bit.

    to_bytes(run, packed, corpus, with_names=False) -> bytes      from_bytes(data) -> SavedRun

A file is read as if a stranger had made it: each part of it is compared with what the recipe
implies. Nothing in it is ever executed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dino.compiled import engine as compiled
from dino.config import Config
from dino.data import Corpus, Vocab
from dino.locale.sentences import Refusal, Sentence, Text, comma_list, plural_sentence, sentence
from dino.packing import PackedTrainer
from dino.run import Run
from dino.saved import run_reader, run_writer
from dino.saved.run_note import LeftOut
from dino.saved.saved_list import SavedList
from dino.saved.tensors import MOST_BYTES
from dino.train import Trainer


@dataclass(frozen=True, eq=False)
class SavedRun:
    """A run from a file.

    packed: what is needed to train on, None if the file lacks it; listed: what it says of its list
    versions: of dino, torch and numpy, which wrote it
    """

    run: Run
    packed: PackedTrainer | None
    listed: SavedList
    left_out: LeftOut
    versions: Mapping[str, str]

    @property
    def config(self) -> Config:
        """Its recipe."""
        return self.run.config

    @property
    def vocab(self) -> Vocab:
        """Its vocabulary."""
        return self.listed.vocab

    @property
    def word(self) -> Text:
        """What did not fit into the file, in a sentence; '' if all did."""
        words: list[Sentence] = []
        if self.left_out.moments:
            words.append(
                plural_sentence(
                    "the weights of {count:,} moment",
                    "the weights of {count:,} moments",
                    self.left_out.moments,
                )
            )
        if self.left_out.good:
            words.append(
                sentence(
                    "the earlier good weights, to which the run would return after a divergence"
                )
            )
        if self.left_out.training:
            words.append(sentence("the data needed to train further"))
        if not words:
            return ""
        return sentence(
            "To stay within {most} MB, the file leaves out {what}.",
            most=MOST_BYTES // 1_000_000,
            what=comma_list(words),
        )

    def corpus(self, owner: str = "") -> Corpus:
        """Its list, bundled or from the file; owner: the browser that a private list is for.

        Raises Refusal if the names of a private list are not in the file.
        """
        return self.listed.corpus(owner)

    def check_training(self, corpus: Corpus) -> None:
        """Raise Refusal unless it can train on here, with this list."""
        self.listed.check(corpus)
        if self.packed is None:
            raise Refusal(
                sentence(
                    "To train a run further, its file must have the full state of the training, "
                    "but this one has only what is needed to look at it. Train its recipe from "
                    "the start."
                )
            )
        steps, config = corpus.train_arrays.inputs.shape[1], self.config
        if self.packed.kernels_random_state is None:
            return
        if not (compiled.is_available() and compiled.covers(config, steps, len(self.vocab))):
            raise Refusal(
                sentence(
                    "A run keeps its engine, but the compiled engine cannot run this recipe here. "
                    "Train the recipe from the start."
                )
            )

    def trainer(self, corpus: Corpus) -> Trainer:
        """A trainer that trains on as if the run had never been saved. Raises Refusal."""
        self.check_training(corpus)
        trainer = Trainer(self.config, corpus, packed=self.packed)
        trainer.restore_moments(self.run)
        return trainer


def to_bytes(
    run: Run, packed: PackedTrainer | None, corpus: Corpus, *, with_names: bool = False
) -> bytes:
    """The file of a run, at most 24 MB.

    run, packed: of the same moment, from a settled trainer or from a kept entry; without `packed`
    the file can be looked at, but not trained on. with_names: whether the names of a private list,
    and those that the run wrote, are in it; without them it trains on only where the list is.
    Raises Refusal for a run that is too long, or midway, or whose weights are not finite.
    """
    return run_writer.to_bytes(run, packed, SavedList.of(corpus, with_names))


def from_bytes(data: bytes) -> SavedRun:
    """The run in a file. Raises Refusal, with one sentence, for any other bytes."""
    found = run_reader.read_run(data)
    return SavedRun(found.run, found.packed, found.listed, found.left_out, found.versions)
