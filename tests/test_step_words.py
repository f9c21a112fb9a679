"""What a page says of a single step: the report's own numbers, in words and as JSON takes them."""

from __future__ import annotations

import json
import math

import pytest

from dino.data import Vocab
from dino.live.step_values import DARKEST, batch_sentences, gradient_sentences, report_frame
from dino.locale.sentences import Language, Sentence
from dino.step_report import Move, NameLosses, StepReport

VOCAB = Vocab("ab c")
LOSSES = ["1.00", "2.00", "3.00", "0.25"]  # in words, of the first name below


def said(sentences: list[Sentence]) -> str:
    """Sentences in English, one after the other."""
    return " ".join(map(str, sentences))


def report(**changes: object) -> StepReport:
    """A report on two names, with some of it changed."""
    usual = {
        "step": 1200,
        "names": (NameLosses("a b", (1.0, 2.0, 3.0, 0.25)), NameLosses("c", (5.5, 0.0))),
        "batch_size": 2,
        "loss": 1.958,
        "gradient_norm": 2.345,
        "clip_norm": 1.0,
        "clipped": True,
        "moved": (Move("W_xh", 0.02, 4.0), Move("W_hh", 0.0, 2.0), Move("b_h", 0.001, 0.0)),
        "with_dropout": False,
        "learning_rate": 0.005,
    }
    return StepReport(**(usual | changes))


def test_every_letter_stands_beside_its_loss_and_the_end_mark_has_one_too() -> None:
    frame = json.loads(json.dumps(report_frame(report(), VOCAB), allow_nan=False))
    assert frame["names"] == [
        [
            ["a", "␣", "b", "⏎"],
            [1.0, 2.0, 3.0, 0.25],
            ["1.0", "2.0", "3.0", "0.2"],
            [f"−ln p({a}) = {loss}" for a, loss in zip("a␣b⏎", LOSSES, strict=True)],
        ],
        [["c", "⏎"], [5.5, 0.0], ["5.5", "0.0"], ["−ln p(c) = 5.50", "−ln p(⏎) = 0.00"]],
    ]
    assert frame["title"] == "What update 1,200 did"
    nothing = math.log(len(VOCAB))
    assert frame["scale"] == pytest.approx([nothing, DARKEST * nothing], abs=0.005)
    assert f"A uniform guess has {nothing:.2f}." in frame["scale_words"]


def test_a_report_has_the_decimal_mark_of_its_language() -> None:
    commas = Language("xx", "without a catalogue", comma=True)
    frame = report_frame(report(), VOCAB, commas.put)
    assert frame["moved"][0][1:4] == ["0,02", "4", "0,5 %"]
    assert frame["names"][1][2:] == [["5,5", "0,0"], ["−ln p(c) = 5,50", "−ln p(⏎) = 0,00"]]


def test_a_matrix_that_moved_has_its_length_and_the_share_of_it() -> None:
    rows = report_frame(report(), VOCAB)["moved"]
    assert [row[:4] for row in rows] == [
        ["W_xh", "0.02", "4", "0.5 %"],
        ["W_hh", "0", "2", "0 %"],
        ["b_h", "0.001", "0", "from zero"],
    ]
    assert [row[4] for row in rows] == [0.02, 0.0, 0.001]


@pytest.mark.parametrize(
    "share, words", [(1e-9, "< 0.001 %"), (0.01234, "1.2 %"), (0.9, "90 %"), (12.0, "1,200 %")]
)
def test_a_share_is_read_without_an_exponent(share: float, words: str) -> None:
    moved = (Move("W_xh", share, 1.0),)
    assert report_frame(report(moved=moved), VOCAB)["moved"][0][3] == words


@pytest.mark.parametrize(
    "changes, words",
    [
        ({}, "had a norm of 2.35, more than 1, so it was clipped to 1."),
        (
            {"gradient_norm": 0.5, "clipped": False},
            "had a norm of 0.5, not more than 1, so it was not clipped.",
        ),
        ({"clip_norm": 0.0, "clipped": False}, "had a norm of 2.35. This recipe does not clip it."),
    ],
)
def test_the_gradient_is_said_to_be_clipped_or_not(changes: dict[str, object], words: str) -> None:
    found = said(gradient_sentences(report(**changes)))
    assert found == f"The gradient {words} Learning rate 0.005."


def test_the_gradient_of_soft_targets_is_told() -> None:
    found = said(gradient_sentences(report(count_teacher=0.4)))
    assert found.endswith(
        "It is the gradient with soft targets (Taught by counting 0.4). Learning rate 0.005."
    )
    assert "soft" not in said(gradient_sentences(report()))


def test_the_batch_says_what_its_loss_is_the_mean_of() -> None:
    assert said(batch_sentences(report())) == (
        "The batch: 2 names. Its training loss was 1.958 nats per symbol, the mean over its 6 "
        "symbols."
    )
    assert "40 names, 2 of them below. " in said(batch_sentences(report(batch_size=40)))
    assert "the mean over" not in said(batch_sentences(report(batch_size=40)))
    assert "measured without dropout" in said(batch_sentences(report(with_dropout=True)))
    one = report(batch_size=1, names=(NameLosses("c", (5.5, 0.0)),))
    assert said(batch_sentences(one)).startswith("The batch: 1 name. ")
