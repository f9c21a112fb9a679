"""Saved runs as files on one's own machine: written whole or not at all, read up to a bound."""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

import numpy as np

from dino.config import SETTINGS, Config, quoted
from dino.data import Corpus
from dino.locale.sentences import Refusal, Text, sentence
from dino.model import rebuild
from dino.parts import finish
from dino.saved.saved_run import SavedRun, from_bytes, to_bytes
from dino.saved.tensors import MOST_BYTES
from dino.together import held_out_letters
from dino.train import Trainer


def check_writable(path: Path) -> None:
    """Raise Refusal if no file of this name can be written, before hours of training."""
    try:
        if path.exists() and not path.is_file():
            raise OSError(0, "not a file")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _not_written(path, error) from None


def write_file(path: Path, data: bytes) -> None:
    """Write a file. Another file of this name is replaced in one moment. Raises Refusal."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        try:
            with part.open("xb") as file:  # with the permissions that new files get here
                file.write(data)
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _not_written(path, error) from None


def _not_written(path: Path, error: OSError) -> Refusal:
    return Refusal(
        sentence(
            "A saved run needs a writable file, but {file} cannot be written ({reason}). Choose "
            "another file.",
            file=quoted(path),
            reason=error.strerror or type(error).__name__,
        )
    )


def read_file(path: Path) -> SavedRun:
    """The run in a file. Raises Refusal if it cannot be read, or is not a saved run."""
    try:
        with path.open("rb") as file:
            # One byte too many is enough to refuse a file, however large it is.
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refusal(
            sentence(
                "A saved run must be a readable file, but {file} cannot be read ({reason}). "
                "Choose another file.",
                file=quoted(path),
                reason=error.strerror or type(error).__name__,
            )
        ) from None
    return from_bytes(data)


def saved_letter_losses(path: Path, config: Config, corpus: Corpus) -> np.ndarray | None:
    """−ln p of every letter of the held-out names, by the run in a file. (T,) nats

    None if there is no such file, or if its run has no weights. Raises Refusal if it cannot be
    read, or if its run has another recipe, list or split.
    """
    if not path.exists():
        return None
    saved = read_file(path)
    saved.listed.check(corpus)
    if saved.config != config:
        raise Refusal(
            sentence(
                "A saved run must have the recipe that is asked for, but {file} has another one. "
                "Train this recipe again.",
                file=quoted(path.name),
            )
        )
    if saved.run.weights is None:
        return None
    model = rebuild(config, len(corpus.vocab), saved.run.weights)
    return finish(held_out_letters(model, corpus, config.context))


def save(trainer: Trainer, path: Path, with_names: bool) -> Text:
    """Save a run as it is now. Returns a sentence on what did not fit, '' if all did."""
    trainer.settle()
    data = to_bytes(trainer.run(), trainer.pack(), trainer.corpus, with_names=with_names)
    write_file(path, data)
    return from_bytes(data).word


def load_trainer(saved: SavedRun, corpus: Corpus | None, steps: str | None) -> Trainer:
    """The trainer of a saved run, continued from there. Raises Refusal.

    corpus: its list, as it was brought, before names are removed; None for the file's own list
    steps: how many it may make in all; None for its own limit when it was saved
    """
    if corpus is None:
        corpus = saved.corpus()
    elif saved.listed.removed:
        corpus = corpus.without(saved.listed.removed)
    trainer = saved.trainer(corpus)
    if steps is not None:
        most, made = SETTINGS["max_steps"].parse("max_steps", steps), trainer.step_count
        if most <= made:
            raise Refusal(
                sentence(
                    "The limit must be above the {made:,} updates that this saved run has "
                    "made, but it is {most:,}. Allow more updates.",
                    made=made,
                    most=most,
                )
            )
        trainer.extend(most - made)
    return trainer
