"""`python -m dino lessons`: reads all lessons, and says what is wrong in each."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from dino.lessons.reading import HERE, read_lesson
from dino.locale.sentences import Refusal
from dino.share.learn_facts import TestKey


def add_options(lessons: argparse.ArgumentParser) -> None:
    """What `lessons` takes: nothing."""
    lessons.set_defaults(command=_run)


def _run(args: argparse.Namespace) -> int:
    files = sorted(HERE.glob("*/*.toml"))
    found = [(path, list(mistakes_in(path))) for path in files]
    for path, mistakes in found:
        for mistake in mistakes:
            print(f"{path.parent.name}/{path.name}: {mistake}")
    wrong = sum(bool(mistakes) for _, mistakes in found)
    print(f"{len(files)} lesson files read, {wrong} with mistakes.")
    return 1 if wrong else 0


def mistakes_in(path: Path) -> Iterator[str]:
    """What is wrong in a lesson's file, each in one sentence."""
    from dino.lessons.checking import mistakes
    from dino.lessons.concept_test import FOLDER, read_test

    try:
        is_test = path.parent == FOLDER
        yield from map(str, mistakes(read_test(path) if is_test else read_lesson(path)))
    except Refusal as refusal:
        yield str(refusal).removeprefix(f"{path.name}: ")


def test_key() -> TestKey:
    """The concept test's questions, choices and right answers, for `check`."""
    from dino.lessons.handed_in import key_of

    return key_of("en")
