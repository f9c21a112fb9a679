"""The final exam: set aside without touching what is held out, and read only where it is opened."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from reports import TINY, counted, facts_in, trained
from trainers import losses_by_hand, same_run, train

from dino.config import Config
from dino.data import Corpus, encode, load, load_bundled, make_corpus
from dino.difference import Difference
from dino.evaluation import evaluate, exam_loss
from dino.exam import (
    ExamLosses,
    ExamResult,
    count_in_parts,
    counting_sentences,
    exam_sentences,
    loss_rows,
    measure_in_parts,
)
from dino.jobs import limits
from dino.jobs.exams import Exams, which_exam
from dino.lists import clean
from dino.locale.sentences import Refusal
from dino.metrics import BesideBaseline, loss_difference, novelty
from dino.name_measures import measure_names
from dino.ngram import ORDERS, NGram, baselines
from dino.parts import last_result
from dino.probe import name_losses
from dino.reports.facts import Words
from dino.reports.run_report import make_report
from dino.saved.saved_list import SavedList
from dino.saved.saved_run import from_bytes, to_bytes
from dino.split import EXAM_FROM, split, take_exam
from dino.train import Trainer

WITH_EXAM = TINY.replace(exam=True)


@pytest.fixture(scope="module")
def examined() -> Corpus:
    return load(exam=True)


# ---- the split


@given(st.integers(EXAM_FROM, 400), st.integers(0, 9))
def test_the_exam_is_of_the_training_names_and_the_held_out_ones_stay(
    names: int, seed: int
) -> None:
    train, held_out = split([f"name{i}" for i in range(names)], seed)
    rest, exam = take_exam(train, held_out)
    assert len(exam) == len(held_out) and not {*exam} & {*held_out}
    assert [*exam, *rest] == train  # in the order of the same shuffle


@pytest.mark.parametrize("seed", [0, 1, 7])
@pytest.mark.parametrize("key", ["dinos", "colombian-towns", "us-first-names"])
def test_a_list_is_the_same_but_for_its_training_names(key: str, seed: int) -> None:
    plain, with_exam = load_bundled(key, seed), load_bundled(key, seed, exam=True)
    assert with_exam.val == plain.val and with_exam.names == plain.names and not plain.exam
    assert with_exam.vocab.symbols == plain.vocab.symbols and with_exam.rows == plain.rows
    assert {*with_exam.train} | with_exam.exam_set == plain.train_set
    assert not with_exam.train_set & with_exam.exam_set
    assert {*with_exam.open_names} == {*plain.names} - with_exam.exam_set


def test_a_list_that_is_too_small_is_refused_in_one_sentence() -> None:
    cleaned = clean("\n".join(f"{a}{b}" for a in "abcdefgh" for b in "aeiou"))
    assert not make_corpus(cleaned, "mine").exam
    with pytest.raises(Refusal) as refused:
        make_corpus(cleaned, "mine", exam=True)
    text = str(refused.value)
    assert "100 distinct names" in text and "40" in text and "Turn the exam off" in text
    assert make_corpus(clean("\n".join(f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst")), "")


def test_names_are_removed_after_the_split(examined) -> None:
    gone = {examined.exam[0], examined.val[0], examined.train[0]}
    rest = examined.without(gone)
    assert rest.exam == examined.exam[1:] and rest.val == examined.val[1:]
    assert which_exam(rest) == which_exam(examined) == which_exam(load(exam=True))
    assert which_exam(load(split_seed=1, exam=True)) != which_exam(examined)
    with pytest.raises(Refusal, match="at least one name"):
        examined.without(examined.exam)


# ---- what reads it, and what does not


def with_other_exam(corpus: Corpus) -> Corpus:
    """The same list with other names in the exam, of letters that it has."""
    return replace(corpus, exam=tuple(name[::-1] + "aaa" for name in corpus.exam))


@pytest.mark.parametrize("engine", ["torch", "compiled"])
def test_training_counting_and_choosing_never_read_the_exam(engine, examined, kernels) -> None:
    other, config = with_other_exam(examined), WITH_EXAM.replace(engine=engine)
    same_run(train(config, examined), train(config, other))
    assert baselines(examined) == baselines(other)
    counts = NGram(3, examined.train, examined.vocab).name_losses(examined.val)
    assert np.array_equal(counts, NGram(3, other.train, other.vocab).name_losses(other.val))


def test_off_it_changes_nothing(corpus) -> None:
    assert Config() == Config(exam=False) and Config().to_url() == {}
    assert load(exam=False).train == corpus.train == load().train


@pytest.mark.parametrize("context", [0, 2])
def test_its_loss_is_the_validation_loss_of_its_names(context, examined) -> None:
    trainer = train(WITH_EXAM.replace(context=context, average=0.9), examined)
    found = exam_loss(trainer.eval_model, examined, context)
    inputs, targets, _ = map(torch.from_numpy, encode(examined.exam, examined.vocab))
    assert found == evaluate(trainer.eval_model, inputs, targets, context)
    by_hand = losses_by_hand(trainer.eval_model, examined.exam, examined.vocab, context)
    assert found == pytest.approx(np.concatenate(by_hand).mean(), abs=1e-5)
    swapped = replace(examined, val=examined.exam, exam=examined.val)
    held_out = train(WITH_EXAM.replace(context=context, average=0.9), swapped).evaluate()
    assert found == pytest.approx(held_out, abs=1e-6)  # held out, these names have the same loss
    share, losses = last_result(measure_in_parts(trainer.eval_model, examined, context))
    assert share == 1 and losses is not None
    assert losses.exam == pytest.approx(found, abs=1e-5)
    assert losses.held_out == pytest.approx(trainer.evaluate(), abs=1e-5)
    assert (losses.names, losses.held_out_names) == (len(examined.exam), len(examined.val))


def test_the_errors_are_over_names(examined) -> None:
    model = train(WITH_EXAM, examined).eval_model
    losses = last_result(measure_in_parts(model, examined))[1]
    data = encode(examined.exam, examined.vocab)
    sums = name_losses(model, data)
    gaps, N = sums - losses.exam * data.lengths, len(sums)
    error = math.sqrt((gaps**2).sum() * N / (N - 1)) / data.lengths.sum()
    assert losses.exam_error == pytest.approx(error)
    error = pytest.approx(math.hypot(losses.exam_error, losses.held_out_error))
    assert losses.difference[:2] == (losses.held_out - losses.exam, error)


def test_beside_counting_both_are_measured_on_the_exams_names(examined) -> None:
    """Counted on the training names alone; each difference is paired, name by name."""
    model = train(WITH_EXAM, examined).eval_model
    share, found = last_result(count_in_parts(model, examined))
    assert share == 1 and found is not None and {it.baseline for it in found} == set(ORDERS)
    own = [losses.sum() for losses in losses_by_hand(model, examined.exam, examined.vocab)]
    symbols = np.array([len(name) + 1 for name in examined.exam])
    for it in found:
        counted = NGram(ORDERS[it.baseline], examined.train, examined.vocab)
        losses = counted.name_losses(examined.exam)
        assert it.level == pytest.approx(counted.loss(examined.exam))
        expected = loss_difference(losses, np.array(own), symbols)
        assert it.difference[:2] == pytest.approx(expected, abs=1e-5)
    swapped = replace(examined, val=examined.exam, exam=examined.val)
    levels = baselines(swapped)  # as in every loss chart, were these names held out
    assert {it.baseline: it.level for it in found} == pytest.approx(
        {name: levels[name] for name in ORDERS}
    )


def test_what_is_said_beside_counting_is_true() -> None:
    lower_by = {"pairs": 0.50, "triples": 0.20, "fours": 0.03, "sixes": -0.10}
    rows = tuple(
        BesideBaseline(name, 2.0, Difference(by, 0.02, 10, enough=1))
        for name, by in lower_by.items()
    )
    lower, close, higher = map(str, counting_sentences(rows))
    assert "is lower" in lower and "pairs" in lower and "triples" in lower
    assert "fours" not in lower and "sixes" not in lower
    assert "Too close" in close and "fours" in close and "triples" not in close
    assert "is higher" in higher and "sixes" in higher and "fours" not in higher
    assert len(counting_sentences(rows[:2])) == 1 and counting_sentences(()) == []


def test_without_an_exam_there_is_nothing_to_measure(corpus) -> None:
    for measured in (measure_in_parts, count_in_parts):
        with pytest.raises(Refusal, match="no final exam"):
            next(measured(train(TINY, corpus).eval_model, corpus))


def test_its_names_are_in_the_list_but_were_not_trained_on(examined) -> None:
    exam, seen, held_out = examined.exam[0], examined.train[0], examined.val[0]
    kinds = [novelty(name, examined) for name in (exam, seen, held_out, "zzzzzz")]
    assert kinds == ["in the exam", "copied", "held out", "new"]
    found = measure_names([(exam, True), (seen, True), (held_out, True), ("zzz", True)], examined)
    assert found.new.share == found.copied.share == found.held_out.share == 0.25


# ---- how often it was opened


def test_an_opening_counts_once_for_the_same_weights_and_by_exam() -> None:
    exams = Exams()
    for token, step in (("a", 10), ("a", 10), ("b", 10), ("a", 20)):
        exams.open("one", token, step)
    exams.open("two", "c", 5)
    assert (exams.count("one"), exams.count("two"), exams.count("three")) == (3, 1, 0)
    assert exams.opened_exam("a", 10) is None  # not measured yet
    losses = ExamLosses(1.6, 0.03, 1.5, 0.04, 152, 152)
    first = exams.find("a", 10)
    assert first is not None and first.number == 1 and exams.find("a", 30) is None
    exams.note(first, losses)
    assert (
        exams.opened_exam("a", 10) == ExamResult(losses, 1, 3)
        and exams.opened_exam("b", 10) is None
    )


def test_old_openings_are_forgotten_but_count() -> None:
    exams, many = Exams(), limits.OPENINGS + 5
    for i in range(many):
        exams.open("one", f"t{i}", 1)
    assert exams.find("t0", 1) is None and exams.count("one") == many
    newest = exams.find(f"t{many - 1}", 1)
    assert newest is not None and newest.number == many


@given(
    st.floats(0.5, 4),
    st.floats(0.001, 1),
    st.floats(0.5, 4),
    st.floats(0.001, 1),
    st.integers(1, 9),
)
def test_what_is_said_of_an_opening_is_true(exam, one, held_out, two, number) -> None:
    losses = ExamLosses(exam, one, held_out, two, 152, 152)
    text = " ".join(map(str, exam_sentences(ExamResult(losses, number, number))))
    assert ("within twice" in text) == (abs(exam - held_out) <= 2 * math.hypot(one, two))
    assert ("is higher by more" in text) == (exam - held_out > 2 * math.hypot(one, two))
    assert ("also a validation loss" in text) == (number > 1)
    found = exam_sentences(ExamResult(losses, number, number))
    before = [it.count for it in found if "number" in it.fields]
    assert before == ([number - 1] if number > 1 else [])
    unseen = "no held-out loss includes the exam's names"
    assert (unseen in text) == (number == 1)  # later choices may follow from what it showed
    assert ("exam once in this visit." in text) == (number == 1) and (
        f"{number} times" in text
    ) == (number > 1)
    title = str(loss_rows(ExamResult(losses, number, number))[1][0])
    assert ("test loss" in title) == (number == 1) != ("validation" in title)


# ---- what leaves the app


def test_a_saved_run_keeps_its_exam_and_trains_on(examined) -> None:
    whole, broken = (Trainer(WITH_EXAM, examined) for _ in range(2))
    whole.advance()
    broken.advance(5)
    broken.settle()
    raw = to_bytes(broken.run(), broken.pack(), examined)
    found = from_bytes(raw)
    again = found.trainer(found.corpus())
    assert again.corpus.exam == examined.exam and again.config.exam
    again.advance()
    assert torch.equal(whole.state.weights, again.state.weights)
    with pytest.raises(Refusal):
        found.listed.check(load())  # the same list without an exam


def test_a_file_from_before_there_were_exams_has_none(corpus) -> None:
    from dino.outside import Fields
    from dino.saved.tensors import RUN

    header = SavedList.of(corpus, with_names=False).header()
    assert header.pop("exam") == 0
    assert SavedList.read(Fields(header, RUN)).exam == 0


def test_the_report_says_what_was_opened_and_how_often(examined) -> None:
    run = trained(WITH_EXAM, examined)
    closed = make_report(run, examined, counted(examined), Words())
    assert facts_in(closed)["exam"] is None and b"was not opened" in closed
    losses = ExamLosses(1.61, 0.03, 1.5, 0.04, 152, 152)
    opened = make_report(
        run, examined, counted(examined), Words(), exam=ExamResult(losses, number=2, times=3)
    )
    assert facts_in(opened)["exam"] == {"loss": 1.61, "number": 2, "times": 3}
    for words in ("opened this exam 3 times", "now also a validation loss", "1.610 ± 0.030"):
        assert words in opened.decode()


def check(tmp_path: Any, raw: bytes) -> Any:
    from dino.grader.report_check import Lists, check_report

    path = tmp_path / "report.html"
    path.write_bytes(raw)
    return check_report(path, Lists(), 5, lambda step, steps: None)


@pytest.mark.parametrize("off_by", [0.0, 0.1])
def test_a_report_with_an_exam_is_trained_again_and_a_forged_loss_is_found(
    off_by, examined, tmp_path
) -> None:
    run = trained(WITH_EXAM, examined)
    model = train(WITH_EXAM, examined).eval_model
    losses = last_result(measure_in_parts(model, examined))[1]
    told = losses._replace(exam=losses.exam + off_by)
    raw = make_report(run, examined, counted(examined), Words(), exam=ExamResult(told, 1, 1))
    row = check(tmp_path, raw)
    failed = [item for item, it in row.findings.items() if it.grade.value != "holds"]
    assert failed == (["exam_loss"] if off_by else [])
