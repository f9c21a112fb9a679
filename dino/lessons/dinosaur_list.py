"""The list that the lessons are about."""

from __future__ import annotations

from functools import cache

from dino.data import Corpus, load_bundled


@cache
def dinosaurs() -> Corpus:
    """The dinosaurs, with the split of seed 0."""
    return load_bundled("dinos")
