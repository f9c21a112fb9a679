"""Taught by counting: soft targets from sixes, counted on the other nine tenths of the names."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from dino import cost, count_teacher
from dino.compiled.engine import CompiledEngine
from dino.config import CELLS, Config
from dino.count_teacher import (
    FOLDS,
    MOST_BYTES,
    Teacher,
    deal,
    missing_bytes,
    table_bytes,
    teacher_in_parts,
)
from dino.data import Corpus, Vocab, encode, load
from dino.engines import GRADIENT_ERROR
from dino.jobs.memory_budget import MemoryBudget
from dino.locale.sentences import ENGLISH, Refusal
from dino.model import CharRNN, flatten
from dino.ngram import NGram
from dino.parts import finish
from dino.saved.saved_run import from_bytes, to_bytes
from dino.torch_engine import TorchEngine
from dino.train import Trainer
from dino.training_state import TrainingState
from tests.trainers import train

SHARE = 0.4
TAUGHT = Config(hidden_size=8, batch_size=16, max_steps=20, count_teacher=SHARE)
ENGINES = ["torch", "compiled"]


def small_list(*train: str, val: tuple[str, ...] = ()) -> Corpus:
    rows = (*train, *val)
    return Corpus("small", rows, sum(map(len, rows)), 0, train, val, Vocab("".join(rows)))


def teacher_of(corpus: Corpus) -> Teacher:
    found = finish(teacher_in_parts(TAUGHT, corpus))
    assert found is not None
    return found


def soft_targets(corpus: Corpus, place: int) -> np.ndarray:
    """The soft targets of one training name: (letters + 1, V)."""
    teacher, name = teacher_of(corpus), corpus.train[place]
    return teacher.table[teacher.rows[place, : len(name) + 1]]


@pytest.fixture(scope="module")
def teacher(corpus: Corpus) -> Iterator[Teacher]:
    """That of the dinosaurs, alive while these tests run."""
    yield teacher_of(corpus)


# ---- the soft targets


def test_the_soft_targets_are_those_of_a_case_made_by_hand():
    """Two names are two folds, so each is taught by the other. 'aa' is counted for 'ab'.

    Letters by their kinds of contexts: a after the start and after a, the end after a. D is 0.8.
    """
    corpus = small_list("aa", "ab")
    assert corpus.vocab.symbols == ("\n", "a", "b")
    rest = 0.8 * 2 / 3 / 3  # what two discounts of 3 leave, for each of 3 symbols
    letters = np.array([0.2 / 3, 1.2 / 3, 0]) + rest
    after_a = np.array([0.2, 0.2, 0]) / 2 + 0.8 * letters
    wanted = [
        np.array([0, 0.2, 0]) + 0.8 * letters,  # at the start, only a
        np.array([0, 0.2, 0]) + 0.8 * after_a,  # after the start and a, only a
        letters,  # nothing was seen after b
    ]
    assert soft_targets(corpus, 1) == pytest.approx(np.array(wanted), abs=1e-7)


def test_each_name_is_taught_by_the_nine_folds_that_it_is_not_in(corpus, teacher):
    folds = deal(corpus.train, corpus.split_seed)
    assert np.ptp(np.bincount(folds, minlength=FOLDS)) <= 1
    for fold in range(FOLDS):
        others = [name for name, its in zip(corpus.train, folds, strict=True) if its != fold]
        counted = NGram(6, others, corpus.vocab)
        for place in np.flatnonzero(folds == fold)[:3]:
            name = corpus.train[place]
            wanted = [counted.next_probs(name[:t]) for t in range(len(name) + 1)]
            found = teacher.table[teacher.rows[place, : len(name) + 1]]
            assert np.abs(found - np.array(wanted)).max() < 1e-6
    assert np.abs(teacher.table[1:].sum(axis=1) - 1).max() < 1e-6


def test_padding_has_no_soft_target(corpus, teacher):
    real = corpus.train_arrays.targets >= 0
    assert not teacher.table[0].any()
    assert (teacher.rows[~real] == 0).all() and (teacher.rows[real] > 0).all()
    assert np.array_equal(np.unique(teacher.rows), np.arange(len(teacher.table)))


def test_the_split_seed_draws_the_folds_whatever_the_order_of_the_names(corpus):
    names = list(corpus.train)
    one, back = deal(names, 3), deal(names[::-1], 3)
    assert np.array_equal(one, back[::-1]) and not np.array_equal(one, deal(names, 4))


def test_held_out_names_and_those_of_the_exam_are_in_no_count(corpus):
    with_exam = load(exam=True)
    assert with_exam.exam and with_exam.val
    other = replace(with_exam, val=("zzzq",) * 9, exam=("qqqz",) * 9)
    one, found = teacher_of(with_exam), teacher_of(other)
    assert np.array_equal(one.table, found.table) and np.array_equal(one.rows, found.rows)
    less = with_exam.without(with_exam.train[:1])  # a training name is
    assert not np.array_equal(teacher_of(less).table[:99], one.table[:99])


# ---- the table


def test_its_size_is_known_before_it_is_made(corpus, teacher):
    for its in (corpus, small_list("aa", "ab"), small_list("é")):
        assert table_bytes(TAUGHT, its) == teacher_of(its).nbytes
    assert teacher.nbytes < 2_000_000 and table_bytes(Config(), corpus) == 0
    assert teacher.table.dtype == np.float32 and teacher.rows.dtype == np.int32


def test_it_is_made_in_parts_and_all_runs_of_a_list_share_it(corpus):
    own, config = replace(corpus), TAUGHT.replace(engine="torch")
    assert sum(1 for _ in teacher_in_parts(TAUGHT, own)) > 10 * FOLDS
    one, plain = Trainer(config, own), Trainer(config.replace(count_teacher=0), own)
    assert sum(1 for _ in teacher_in_parts(TAUGHT.replace(count_teacher=0.9), own)) == 0
    other = Trainer(config.replace(seed=2), own)
    assert teacher_of(own) is teacher_of(own)
    del one
    assert missing_bytes(TAUGHT, own) == 0  # the other still has it
    del other
    assert missing_bytes(TAUGHT, own) == table_bytes(TAUGHT, own)  # freed with its last run
    assert plain.step() > 0


def test_runs_that_begin_together_make_one_table(monkeypatch, corpus):
    own, counted, build = replace(corpus), [], NGram.in_parts

    def count_one(n: int, *of: Any) -> Any:
        counted.append(n)
        return build(n, *of)

    monkeypatch.setattr(NGram, "in_parts", count_one)
    runs = [teacher_in_parts(TAUGHT, own) for _ in range(5)]
    for _ in range(3):
        for run in runs:
            next(run)
    first = finish(runs[0])
    assert all(finish(run) is first for run in runs[1:]) and len(counted) == FOLDS
    first, runs[:] = None, []
    assert missing_bytes(TAUGHT, own) > 0


def test_a_table_that_could_not_be_made_is_begun_again(monkeypatch, corpus):
    def without_memory(*_: Any) -> Any:
        yield
        raise MemoryError

    own = replace(corpus)
    with monkeypatch.context() as patched:
        patched.setattr(NGram, "in_parts", without_memory)
        one, other = teacher_in_parts(TAUGHT, own), teacher_in_parts(TAUGHT, own)
        next(one), next(other)
        for run in (one, other):
            with pytest.raises(MemoryError):
                finish(run)
    assert teacher_of(own).nbytes == table_bytes(TAUGHT, own)


def budget() -> MemoryBudget:
    return MemoryBudget(2_000_000_000, 1, lambda: 0, lambda: [])


def job(corpus: Corpus, config: Config = TAUGHT) -> Any:
    sizes = {"nbytes": 0, "size": 0, "moments_size": 0}
    return SimpleNamespace(corpus=corpus, asked_for=config, loaded=True, **sizes)


def test_the_memory_of_a_server_counts_it_once_for_each_list(corpus):
    jobs, plain = [job(corpus), job(corpus)], job(corpus, Config())
    size = budget().counted_bytes([plain, *jobs]) - budget().counted_bytes([plain])
    assert size == table_bytes(TAUGHT, corpus) > 0


def needed(config: Config, corpus: Corpus) -> int:
    """The fewest free bytes with which a run that is not loaded fits."""
    waiting = job(corpus, config)
    waiting.loaded = False
    return bisect_left(range(10**9), True, key=lambda free: budget().fits(waiting, free))


def test_a_run_waits_for_room_for_it_unless_another_has_it(corpus, teacher):
    without, own = TAUGHT.replace(count_teacher=0), replace(corpus)
    scores = needed(TAUGHT, corpus) - needed(without, corpus)  # the dinosaurs' is there
    assert scores < 1_000_000
    more = needed(TAUGHT, own) - needed(without, own)
    assert more - scores == table_bytes(TAUGHT, own) > 1_000_000


WORDS = (
    "Taught by counting needs a table of soft targets of at most 32 MB, not {size} MB. Set it to "
    "0, or choose a shorter list."
)


def test_a_list_that_is_too_long_is_refused_in_one_sentence(monkeypatch, corpus):
    size = table_bytes(TAUGHT, corpus)
    monkeypatch.setattr(count_teacher, "MOST_BYTES", size)
    assert not budget().refusal(job(corpus))
    monkeypatch.setattr(count_teacher, "MOST_BYTES", size - 1)
    with pytest.raises(Refusal, match="at most 1 MB, not 1.4 MB. Set it to 0"):
        Trainer(TAUGHT, corpus)
    assert "not 1.4 MB" in ENGLISH.put(budget().refusal(job(corpus)))
    assert not budget().refusal(job(corpus, Config()))


def test_what_it_says_of_32_megabytes(monkeypatch, corpus):
    assert MOST_BYTES == 32_000_000
    monkeypatch.setattr(count_teacher, "table_bytes", lambda *_: 45_000_000)
    with pytest.raises(Refusal) as refused:
        count_teacher.check(TAUGHT, corpus)
    assert str(refused.value) == WORDS.format(size="45.0")


def test_a_list_with_too_many_symbols_to_count_is_refused(corpus):
    many = small_list(*(chr(0x4E00 + place) for place in range(1500)))
    with pytest.raises(Refusal, match="With 1,501 symbols, 6 letters at a time are too many"):
        count_teacher.check(TAUGHT, many)
    count_teacher.check(Config(), many)
    assert "too many to count" in ENGLISH.put(budget().refusal(job(many)))


# ---- training


def by_hand(model: CharRNN, corpus: Corpus, teacher: Teacher, rows: range) -> torch.Tensor:
    """−(1 − α) ln p(letter) − α Σ q ln p, a mean over all targets; name by name, so unpadded."""
    total, count = torch.zeros(()), 0
    for row in rows:
        inputs, targets, _ = encode([corpus.train[row]], corpus.vocab)
        soft = teacher.table[teacher.rows[row, : targets.size]]
        target = SHARE * soft + (1 - SHARE) * np.eye(len(corpus.vocab))[targets[0]]
        log_p = model(torch.from_numpy(inputs))[0].log_softmax(-1)
        total = total - (torch.from_numpy(target) * log_p).sum()
        count += targets.size
    return total / count


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("name", ENGINES)
def test_the_gradient_is_that_of_the_soft_targets(name, cell, corpus, teacher, kernels):
    rows = range(40)
    config = TAUGHT.replace(cell=cell, learning_rate=1e-5, clip_norm=0, average=0, optimizer="sgd")
    model = CharRNN(cell, 8, 27, torch.Generator().manual_seed(1))
    wanted = torch.autograd.grad(by_hand(model, corpus, teacher, rows), list(model.parameters()))
    made: Any = TorchEngine(config, model, corpus.train_arrays, torch.Generator(), teacher)
    state: TrainingState = made.state
    if name == "compiled":
        made = CompiledEngine(config, 27, state, corpus.train_arrays, teacher)
    with torch.no_grad():
        inputs, targets, lengths = (torch.from_numpy(x[:40]) for x in corpus.train_arrays)
        log_p = model(inputs).log_softmax(-1)
        letters = log_p.gather(2, targets.clamp(min=0)[..., None])[..., 0]
        plain = -letters[targets >= 0].sum() / lengths.sum()
    updates = finish(made.train(torch.arange(40)[None]))
    found = torch.cat([it.reshape(-1) for it in wanted])
    assert (state.gradient - found).abs().max() < GRADIENT_ERROR
    assert updates.losses[0] == pytest.approx(plain.item(), abs=1e-5)  # −ln p of the letters


def test_an_update_in_parts_has_the_same_gradient(monkeypatch, corpus, teacher):
    gradients, parts = [], []
    config, steps = TAUGHT.replace(cell="gru", context=2), corpus.train_arrays.inputs.shape[1]
    work = 3 * cost.flop("gru", 8, 27, steps, 2)
    for names in (99, 3, 0.2):
        monkeypatch.setattr(cost, "PART_FLOP", names * work)
        model = CharRNN("gru", 8, 27, torch.Generator().manual_seed(1))
        made = TorchEngine(config, model, corpus.train_arrays, torch.Generator(), teacher)
        parts.append(sum(1 for _ in made.train(torch.arange(7)[None])))
        gradients.append(made.state.gradient.clone())
    assert parts[0] < parts[1] < parts[2]
    assert (gradients[0] - gradients[1]).abs().max() < GRADIENT_ERROR
    assert (gradients[0] - gradients[2]).abs().max() < GRADIENT_ERROR


@pytest.mark.parametrize("engine", ENGINES)
def test_without_it_a_run_has_no_teacher_and_with_it_another_course(engine, corpus, kernels):
    own = replace(corpus)
    plain = train(TAUGHT.replace(engine=engine, count_teacher=0), own)
    assert missing_bytes(TAUGHT, own) > 0  # nothing was counted for it
    one, other = plain.run(), train(TAUGHT.replace(engine=engine), own).run()
    assert one.losses[0] == other.losses[0] and (one.losses[1:] != other.losses[1:]).all()
    assert np.array_equal(one.symbols, other.symbols)  # the batches are the same


def test_a_share_of_zero_leaves_the_kernels_arithmetic_bit_for_bit(corpus, teacher, kernels):
    config, found = TAUGHT.replace(count_teacher=0, cell="lstm"), []
    for its in (None, teacher):
        model = CharRNN("lstm", 8, 27, torch.Generator().manual_seed(1))
        state = TorchEngine(config, model, corpus.train_arrays, torch.Generator()).state
        made = CompiledEngine(config, 27, state, corpus.train_arrays, its)
        updates = finish(made.train(torch.arange(80).view(5, 16)))
        found.append((state.weights, torch.tensor(updates.losses), state.average))
    assert all(torch.equal(one, other) for one, other in zip(*found, strict=True))


def test_both_engines_train_alike(corpus, kernels):
    one, other = (train(TAUGHT.replace(engine=it, cell="lstm"), corpus).history for it in ENGINES)
    assert one.engines != other.engines
    assert np.abs(np.subtract(one.losses, other.losses)).max() < 1e-4
    assert np.abs(np.subtract(one.val_losses, other.val_losses)).max() < 1e-4


@pytest.mark.parametrize("engine", ENGINES)
def test_a_saved_run_that_is_trained_on_is_bit_equal(engine, corpus, kernels):
    whole = train(TAUGHT.replace(engine=engine), corpus)
    half = Trainer(whole.config, corpus)
    half.advance(7)
    half.settle()
    saved = from_bytes(to_bytes(half.run(), half.pack(), corpus))
    again = saved.trainer(replace(corpus))  # its soft targets are counted again
    assert again.config.count_teacher == SHARE and again.step_count == 7
    again.advance()
    assert np.array_equal(again.run().losses, whole.run().losses)
    assert torch.equal(flatten(again.model), flatten(whole.model))


@pytest.mark.parametrize("value", [-0.1, 0.91, "x", None, True])
def test_a_share_beyond_its_limits_is_refused(value):
    with pytest.raises(Refusal, match=r"^count_teacher must be a number from 0 to 0.9 \(0: off\)"):
        Config(count_teacher=value)
