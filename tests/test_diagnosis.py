"""A diagnosis: what it measures against closed forms, what it finds and says on made-up losses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from trainers import SMALL, train

from dino import trials
from dino.batches import Batches
from dino.config import CELLS, DEFAULT, OPTIMIZERS, SQUARE_DECAY, Config
from dino.count_teacher import missing_bytes
from dino.data import Corpus, encode, make_corpus
from dino.diagnosis import (
    CALMER,
    DEAD,
    FALLS,
    FASTER,
    LARGER,
    SAME,
    SMALLER,
    UNAVERAGED,
    Diagnosis,
    dead_symbols,
    diagnose,
    look_at_states,
)
from dino.diagnosis_words import figure_sentences, gap_sentences
from dino.findings import CAUSES, SIGNS, cured, findings, larger_rate, smaller_rate
from dino.jobs.measurement import Measurement
from dino.lists import clean
from dino.locale.sentences import Refusal
from dino.model import CharRNN, nll
from dino.parts import finish, last_result
from dino.run import Cure, Run
from dino.torch_engine import TorchEngine
from dino.trials import LOOKED_AT, Continuation, Losses, weights_of, widen


@pytest.fixture(autouse=True, scope="module")
def short_trials() -> Iterator[None]:
    """Trials of few updates: what is tested here does not depend on how many there are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trials, "STEPS", 20)
        yield


TINY = Config(hidden_size=6, batch_size=4, max_steps=3, average=0.0, engine="torch")


def network(config: Config, corpus: Corpus, seed: int = 0) -> CharRNN:
    generator = torch.Generator().manual_seed(seed)
    return CharRNN(config.cell, config.hidden_size, len(corpus.vocab), generator)


def continuation(config: Config, corpus: Corpus, step: int = 1) -> Continuation:
    weights = weights_of(network(config, corpus))
    return Continuation(config, corpus, weights, config.learning_rate, step)


def gradients_by_hand(config: Config, corpus: Corpus, count: int = LOOKED_AT) -> list[np.ndarray]:
    """The gradient (P,) of each batch that a continuation looks at, by autograd, name by name."""
    generator = torch.Generator().manual_seed(config.seed + 1)
    batches = Batches(len(corpus.train), config.batch_size, generator).draw(count)
    model, found = network(config, corpus), []
    for rows in batches:
        names = encode([corpus.train[row] for row in rows], corpus.vocab)
        inputs, targets = torch.from_numpy(names.inputs), torch.from_numpy(names.targets)
        loss = nll(model(inputs, config.context), targets)
        parts = torch.autograd.grad(loss, list(model.parameters()))
        found.append(torch.cat([part.reshape(-1) for part in parts]).numpy())
    return found


# ---- trials: the gradient, the moves, the updates


@pytest.mark.parametrize("clip", [0.0, 0.01, 100.0])
def test_the_gradient_is_autograds_before_it_is_clipped(clip, corpus) -> None:
    config = TINY.replace(clip_norm=clip)
    found = finish(continuation(config, corpus).look())
    norms = [np.linalg.norm(gradient) for gradient in gradients_by_hand(config, corpus)]
    assert found.norm == pytest.approx(np.mean(norms), rel=1e-5)
    assert found.error == pytest.approx(np.std(norms, ddof=1) / np.sqrt(LOOKED_AT), rel=1e-4)
    assert found.clipped == {0.0: None, 0.01: 1.0, 100.0: 0.0}[clip]


@pytest.mark.parametrize("clip", [0.0, 0.01])
def test_the_parts_of_the_gradient_are_not_clipped_either(clip, corpus) -> None:
    config = TINY.replace(clip_norm=clip)
    found = finish(continuation(config, corpus).look())
    model = network(config, corpus)
    first = model.W_xh.numel()
    both = first, first + model.W_hh.numel()
    by_hand = gradients_by_hand(config, corpus)
    inputs = max(np.linalg.norm(gradient[:first]) for gradient in by_hand)
    recurrent = max(np.linalg.norm(gradient[slice(*both)]) for gradient in by_hand)
    assert found.input == pytest.approx(inputs, rel=1e-4)
    assert found.recurrent == pytest.approx(recurrent, rel=1e-4)


@pytest.mark.parametrize("cell", CELLS)
def test_the_recurrent_gradient_is_exactly_zero_with_one_letter_of_memory_only(
    cell, corpus
) -> None:
    one, two, all_ = (
        finish(continuation(TINY.replace(cell=cell, context=k), corpus).look()) for k in (1, 2, 0)
    )
    assert one.recurrent == 0.0 < one.input
    assert two.recurrent > 0.0 and all_.recurrent > 0.0


def test_letters_without_a_gradient_are_those_that_no_unit_hears(corpus) -> None:
    assert finish(continuation(TINY, corpus).look()).unheard == ()
    model = network(TINY, corpus)
    with torch.no_grad():
        model.W_hy.zero_()  # so no state has an effect on the loss
    deaf = Continuation(TINY, corpus, weights_of(model), 0.1, 1)
    found = finish(deaf.look())
    data = corpus.train_arrays
    generator = torch.Generator().manual_seed(TINY.seed + 1)
    rows = Batches(len(corpus.train), TINY.batch_size, generator).draw(LOOKED_AT).reshape(-1)
    read = {letter for row in rows for letter in corpus.train[row][: data.inputs.shape[1]]}
    assert {corpus.vocab.symbols[i] for i in found.unheard} == read


def test_a_letter_that_only_ends_names_is_read_too() -> None:
    names = [f"{a}{b}{c}z" for a in "abcde" for b in "fghi" for c in "klm"]
    corpus = make_corpus(clean("\n".join(names)), "ending in z")
    model = network(TINY, corpus)
    with torch.no_grad():
        model.W_hy.zero_()
    found = finish(Continuation(TINY, corpus, weights_of(model), 0.1, 1).look())
    assert "z" in {corpus.vocab.symbols[i] for i in found.unheard}


@pytest.mark.parametrize("at_once", [1, 7, trials.STEPS, 1000])
def test_a_trial_makes_each_of_its_updates_once_however_many_a_call_makes(
    at_once, corpus, monkeypatch
) -> None:
    made, one_call = list[int](), TorchEngine.train
    monkeypatch.setattr(TorchEngine, "updates_within", lambda *_: at_once)
    continued = continuation(TINY, corpus)
    finish(continued.look())
    monkeypatch.setattr(
        TorchEngine, "train", lambda self, rows: made.append(len(rows)) or one_call(self, rows)
    )
    finish(continued.train())
    assert sum(made) == trials.STEPS and 0 < min(made) <= max(made) <= at_once


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_looking_moves_no_weight(optimizer, corpus) -> None:
    looked = continuation(TINY.replace(optimizer=optimizer), corpus)
    before = looked.state.weights.clone()
    finish(looked.look())
    assert torch.equal(looked.state.weights, before)


def test_a_recipe_that_counting_teaches_is_tried_with_its_soft_targets(corpus) -> None:
    own, lengths = replace(corpus), []
    for share in (0.0, 0.5):
        found = continuation(TINY.replace(count_teacher=share), own)
        lengths.append(finish(found.look()).norm)
        assert (missing_bytes(TINY.replace(count_teacher=0.5), own) == 0) == (share > 0)
    assert abs(lengths[0] - lengths[1]) > 0.01


@pytest.mark.parametrize("step", [1, 400])
def test_adagrads_sum_is_that_of_as_many_steps_as_the_run_made(step, corpus) -> None:
    config = TINY.replace(optimizer="adagrad", clip_norm=0.0)
    looked = continuation(config, corpus, step)
    finish(looked.look())
    squares = sum(gradient**2 for gradient in gradients_by_hand(config, corpus))
    expected = max(1.0, step / LOOKED_AT) * squares
    assert np.allclose(looked.state.optimizer_state["s"].numpy(), expected, rtol=1e-3, atol=1e-9)


def test_rmsprops_mean_of_squares_is_complete(corpus) -> None:
    config = TINY.replace(optimizer="rmsprop", clip_norm=0.0)
    looked = continuation(config, corpus)
    finish(looked.look())
    ages = np.arange(LOOKED_AT)[::-1]
    shares = SQUARE_DECAY**ages / (SQUARE_DECAY**ages).sum()  # they sum to 1
    gradients = gradients_by_hand(config, corpus)
    expected = sum(share * g**2 for share, g in zip(shares, gradients, strict=True))
    assert np.allclose(looked.state.optimizer_state["s"].numpy(), expected, rtol=1e-3, atol=1e-9)


def test_an_update_of_sgd_is_as_long_as_rate_times_limit_where_it_is_clipped(corpus) -> None:
    config = TINY.replace(optimizer="sgd", learning_rate=0.01, clip_norm=0.05)
    looked = continuation(config, corpus)
    length = float(looked.state.weights.norm())
    finish(looked.look())
    moves = finish(looked.move())
    assert moves.whole == pytest.approx(0.01 * 0.05 / length, rel=1e-3)
    assert set(moves.matrices) == {"W_xh", "W_hh", "b_h", "W_hy", "b_y"}
    one_letter = continuation(config.replace(context=1), corpus)
    finish(one_letter.look())
    assert finish(one_letter.move()).matrices["W_hh"] == 0.0


@pytest.mark.parametrize("factor", [SMALLER, SAME, LARGER])
def test_a_trial_makes_the_updates_that_the_formula_makes(factor, corpus, monkeypatch) -> None:
    monkeypatch.setattr(trials, "STEPS", 3)
    config = TINY.replace(optimizer="sgd", learning_rate=0.05, clip_norm=0.0)
    trial = continuation(config, corpus)
    finish(trial.look())
    finish(trial.train(factor))
    model = network(config, corpus)
    generator = torch.Generator().manual_seed(config.seed + 1)
    batches = Batches(len(corpus.train), config.batch_size, generator)
    batches.draw(LOOKED_AT)
    for rows in batches.draw(3):
        names = encode([corpus.train[row] for row in rows], corpus.vocab)
        loss = nll(model(torch.from_numpy(names.inputs)), torch.from_numpy(names.targets))
        parts = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for p, g in zip(model.parameters(), parts, strict=True):
                p -= factor * 0.05 * g
    assert np.allclose(trial.state.weights.numpy(), weights_of(model), atol=1e-6)


def test_all_trials_begin_at_the_same_weights(corpus, monkeypatch) -> None:
    monkeypatch.setattr(trials, "STEPS", 12)
    for optimizer in OPTIMIZERS:
        trial = continuation(TINY.replace(optimizer=optimizer, average=0.9), corpus)
        finish(trial.look())
        first = finish(trial.train())
        finish(trial.train(LARGER))
        finish(trial.move())
        again = finish(trial.train())
        assert np.array_equal(first.val, again.val) and np.array_equal(first.train, again.train)


@pytest.mark.parametrize("cell", CELLS)
def test_more_units_change_nothing_at_first(cell, corpus) -> None:
    config = TINY.replace(cell=cell, forget_bias=3.0)
    model = network(config, corpus)
    wide = widen(model, config.replace(hidden_size=17))
    inputs = torch.from_numpy(corpus.val_arrays.inputs)
    with torch.no_grad():
        assert torch.allclose(wide(inputs), model(inputs), atol=1e-6)
        assert wide.hidden_states(inputs)[..., TINY.hidden_size :].abs().mean() > 0.01
    assert wide.hidden_size == 17
    if cell == "lstm":  # the old units have their b_f, the new ones that of the recipe
        assert wide.b_h[17:34].tolist() == [*model.b_h.chunk(4)[1].tolist(), *[3.0] * 11]


# ---- states and probabilities


@pytest.mark.parametrize("on", [0, 3, 6])
def test_the_saturated_share_is_that_of_units_with_a_large_bias(on, corpus) -> None:
    model = CharRNN("rnn", 6, len(corpus.vocab))
    with torch.no_grad():
        model.b_h[:on] = 10.0
    states = finish(look_at_states(model, corpus, 0))
    assert states.saturated == pytest.approx(on / 6)
    assert not states.dead  # each symbol has a probability of 1 / V


def test_a_symbol_with_a_very_low_score_is_dead(corpus) -> None:
    model = CharRNN("rnn", 2, len(corpus.vocab))
    symbol = corpus.vocab.index["s"]
    with torch.no_grad():
        model.b_y[symbol] = -30.0
    assert finish(look_at_states(model, corpus, 0)).dead == (symbol,)


def test_a_symbol_is_dead_below_a_share_of_its_frequency() -> None:
    targets = np.array([[0, 0, 1, -1], [0, 0, 1, 2]])  # frequencies 4/7, 2/7, 1/7
    limits = DEAD * np.array([4, 2, 1, 0]) / 7
    assert dead_symbols(limits * 1.01, targets) == ()
    assert dead_symbols(limits * np.array([0.99, 1.01, 0.99, 1.0]), targets) == (0, 2)
    assert dead_symbols(np.zeros(4), targets) == (0, 1, 2)  # the last one is in no name


# ---- the diagnosis of a run


@pytest.fixture(scope="module")
def short(corpus) -> Run:
    return run_of(TINY, corpus)


def run_of(config: Config, corpus: Corpus) -> Run:
    trainer = train(config, corpus)
    trainer.settle()
    return trainer.run()


@pytest.fixture(scope="module")
def diagnosis(short, corpus) -> Diagnosis:
    found = last_result(diagnose(short, corpus))[1]
    assert found is not None
    return found


def test_a_diagnosis_comes_in_parts_with_the_last_one(short, corpus) -> None:
    weights = short.weights.copy()
    shares, results = zip(*diagnose(short, corpus), strict=True)
    assert list(shares) == sorted(shares) and shares[-1] == 1.0 > shares[-2]
    assert len(shares) > 50 and results[-1] is not None and set(results[:-1]) == {None}
    assert np.array_equal(short.weights, weights)


def test_a_page_can_measure_it_in_turns_with_its_runs(short, corpus) -> None:
    measured = Measurement(diagnose(short, corpus))
    turns = 0
    while measured.work(0.0):  # one part a turn
        turns += 1
    assert turns > 50 and not measured.failed
    assert isinstance(measured.result, Diagnosis) and findings(measured.result) is not None
    refused = Measurement(diagnose(short.without_weights(), corpus))
    refused.work()
    assert refused.failed and "weights" in str(refused.refusal)


def test_what_has_no_step_or_no_weights_is_refused(short, corpus) -> None:
    empty = replace(short, losses=short.losses[:0])
    with pytest.raises(Refusal, match="at least 1 update"):
        next(diagnose(empty, corpus))
    with pytest.raises(Refusal, match="weights"):
        next(diagnose(short.without_weights(), corpus))


def test_the_losses_are_those_of_the_run(diagnosis, short) -> None:
    symbols = diagnosis.val_symbols
    assert diagnosis.losses.val.sum() / symbols.sum() == pytest.approx(short.val_loss, abs=1e-5)
    train_loss = diagnosis.losses.train.sum() / diagnosis.train_symbols.sum()
    assert train_loss == pytest.approx(short.train_eval_loss, abs=1e-5)
    gap = short.train_eval_loss - short.val_loss  # below 0: the held-out loss is higher
    assert diagnosis.gap.lower_by == pytest.approx(gap, abs=1e-5)


def test_a_list_of_few_names_is_judged_by_its_gradient_alone() -> None:
    corpus = make_corpus(clean("\n".join(f"{a}{b}rex" for a in "abcde" for b in "fghi")), "few")
    for context, expected in ((1, ["no_memory"]), (0, [])):
        run = run_of(TINY.replace(context=context, learning_rate=1e-5), corpus)
        found = last_result(diagnose(run, corpus))[1]
        assert not found.is_judged and [it.key for it in findings(found)] == expected
        assert "too few to tell" in str(figure_sentences(found)[-1])


# ---- findings, on made-up losses

NAMES, SYMBOLS = 100, np.full(100, 10)
NOISE = np.random.default_rng(0).normal(size=NAMES)


def losses(held_out: float, training: float | None = None, noise: float = 0.0) -> Losses:
    """Losses of these means, in nats per symbol, that differ from name to name.

    noise: how far each name's loss per symbol is off, about.
    """
    train_loss = held_out if training is None else training
    off = 10 * noise * (NOISE - NOISE.mean())
    return Losses(10 * train_loss + off, 10 * held_out + off)


def made(like: Diagnosis, less=0.0, same=0.0, more=0.0, wide=None, pairs=2.5, average=0.99, **how):
    """A diagnosis of losses of 2, and of trials that change them by so much."""
    noise = how.pop("noise", 0.0)
    changed = {SMALLER: (less, noise), SAME: (same, -noise), LARGER: (more, noise)}
    run = replace(like.run, config=like.run.config.replace(average=average, hidden_size=8))
    return replace(
        like,
        run=run,
        losses=losses(2.0, how.pop("training", 2.0)),
        best=how.pop("best", None),
        trials={factor: losses(2.0 + by, None, off) for factor, (by, off) in changed.items()},
        wide=None if wide is None else losses(2.0 + wide, None, noise),
        pairs=10 * np.full(NAMES, pairs),
        train_symbols=SYMBOLS,
        val_symbols=SYMBOLS,
        states=like.states._replace(dead=how.pop("dead", ())),
        gradients=like.gradients._replace(**how),
    )


def keys(diagnosis: Diagnosis) -> list[str]:
    return [it.key for it in findings(diagnosis)]


def test_a_run_that_no_trial_improves_has_no_findings(diagnosis) -> None:
    assert keys(made(diagnosis)) == []
    assert keys(made(diagnosis, less=0.2, same=0.1, more=1.0)) == []


MORE, LESS = 1.02, 0.98  # times a limit


def test_a_rate_is_too_small_where_ten_times_of_it_brings_both_losses_down(diagnosis) -> None:
    assert keys(made(diagnosis, more=-FASTER * MORE)) == ["rate_too_small"]
    assert keys(made(diagnosis, more=-FASTER * LESS)) == []
    assert keys(made(diagnosis, same=-0.02, more=-0.02 - FASTER * LESS)) == []
    assert keys(made(diagnosis, more=-FASTER * MORE, noise=1.0)) == []  # within chance
    one = made(diagnosis, more=-0.2)
    memorising = replace(one, trials={**one.trials, LARGER: losses(1.8, 2.1)})
    assert keys(memorising) == []


def test_a_rate_is_too_large_where_a_tenth_of_it_lowers_the_loss(diagnosis) -> None:
    assert keys(made(diagnosis, less=-CALMER * MORE)) == ["rate_too_large"]
    assert keys(made(diagnosis, less=-CALMER * LESS)) == []
    assert keys(made(diagnosis, less=-0.1, same=-0.1)) == ["too_short"]
    assert keys(made(diagnosis, less=-0.1, same=0.0, noise=1.0)) == []
    limit = CALMER * UNAVERAGED
    assert keys(made(diagnosis, less=-limit * LESS, average=0.0)) == []
    assert keys(made(diagnosis, less=-limit * MORE, average=0.0)) == ["rate_too_large"]


def test_a_run_was_too_short_where_the_same_rate_still_lowers_the_loss(diagnosis) -> None:
    assert keys(made(diagnosis, same=-FALLS * MORE)) == ["too_short"]
    assert keys(made(diagnosis, same=-FALLS * LESS)) == []
    assert keys(made(diagnosis, same=-0.1, noise=1.0)) == []
    assert keys(made(diagnosis, same=-FALLS * MORE, average=0.0)) == []
    assert keys(made(diagnosis, same=-0.1, more=-0.3)) == ["rate_too_small"]


def test_units_are_asked_for_where_the_loss_is_level_above_pairs(diagnosis) -> None:
    assert made(diagnosis, pairs=1.9).asks_for_units
    assert not made(diagnosis, pairs=2.1).asks_for_units
    assert not made(diagnosis, pairs=1.9, same=-0.1).asks_for_units
    assert not made(diagnosis, pairs=1.9, recurrent=0.0).asks_for_units
    assert keys(made(diagnosis, pairs=1.9, wide=-0.3)) == ["too_narrow"]
    assert keys(made(diagnosis, pairs=1.9, wide=-0.01)) == []
    assert keys(made(diagnosis, pairs=1.9, wide=-0.3, more=-0.1)) == ["too_narrow"]
    assert keys(made(diagnosis, pairs=1.9, wide=-0.1, more=-0.3)) == ["rate_too_small"]


def test_a_gradient_of_exactly_zero_is_no_memory_and_a_tiny_one_is_not(diagnosis) -> None:
    assert keys(made(diagnosis, recurrent=0.0)) == ["no_memory"]
    assert keys(made(diagnosis, recurrent=1e-30)) == []
    assert keys(made(diagnosis, recurrent=0.0, input=0.0)) == []  # nothing learns at all


def curve(like: Diagnosis, held_out: list[float], training: list[float], **how) -> Diagnosis:
    """A diagnosis of a run with these losses every 50 steps, the present one the last."""
    steps = 50 * np.arange(len(held_out))
    run = replace(
        like.run,
        losses=np.ones(steps[-1]),
        symbols=np.ones(steps[-1], int),
        val_steps=steps,
        val_losses=np.array(held_out),
        train_eval_losses=np.array(training),
        names_seen=10_000,
        kept_best=None,
    )
    found = made(replace(like, run=run), **how)
    best = int(np.argmin(held_out))
    return replace(
        found,
        losses=losses(held_out[-1], training[-1]),
        best=losses(held_out[best], training[best]),
        trials={factor: losses(held_out[-1]) for factor in found.trials},
    )


RISES = [2.5, 2.0, 1.9, 2.0, 2.1, 2.2, 2.3, 2.4]
FALLS_ON = [2.5, 1.9, 1.7, 1.5, 1.3, 1.1, 0.9, 0.7]


def test_overfitting_is_a_rise_of_the_held_out_loss_and_not_a_gap(diagnosis) -> None:
    risen = curve(diagnosis, RISES, FALLS_ON)
    assert keys(risen) == ["overfitting"]
    found = findings(risen)[0]
    assert found.changes == {"max_steps": 100}
    assert "is now 0.50 ± 0.00 higher" in str(found.seen[0]) and "update 100" in str(found.seen[0])
    assert "That is overfitting." in str(gap_sentences(risen)[1])
    level = curve(diagnosis, [2.5, 2.2, 2.1, 2.05, 2.02, 2.01, 2.0, 2.0], FALLS_ON)
    assert keys(level) == []
    words = [str(it) for it in gap_sentences(level)]
    assert words[0] == "The gap (held-out minus training loss) is +1.30 ± 0.00."
    assert words[1].startswith("A gap alone is not overfitting")
    assert "it has changed by +0.50" in str(gap_sentences(risen)[-1])
    assert "lowest at update 100" in str(gap_sentences(risen)[-1])
    assert "it has not started to rise" in words[2] and len(words) == 3
    stopped = replace(risen, run=replace(risen.run, stopped="It diverged."))
    assert not any("lowest" in str(it) for it in gap_sentences(stopped)[2:])
    now = curve(diagnosis, [2.5, 2.2, 2.1, 2.0], FALLS_ON[:4])
    now = replace(now, best=None)
    assert "it has not started to rise" in str(gap_sentences(now)[-1])
    gone = str(gap_sentences(replace(risen, best=None))[-1])
    assert "lowest at update 100 and is 0.500 higher now" in gone
    both = curve(diagnosis, RISES, RISES)
    assert keys(both) == []
    assert "too close to call" in str(gap_sentences(both)[0])


def test_dead_letters_are_a_sign_without_a_cure(diagnosis) -> None:
    (found,) = findings(made(diagnosis, dead=(1, 3)))
    assert found.key in SIGNS and not found.is_cause and not found.changes
    assert str(found.seen[0]).endswith("their frequency: a, c.")
    (found,) = findings(made(diagnosis, unheard=(2,)))
    assert found.key in SIGNS and str(found.seen[0]).endswith("got no gradient: b.")


def test_a_diverged_run_has_too_large_a_rate_and_the_cure_that_it_was_told(diagnosis) -> None:
    like = made(diagnosis)
    run = replace(like.run, stopped="It diverged.", cure=Cure(0.01, 1.0))
    (found,) = findings(replace(like, run=run))
    assert found.key == "rate_too_large" and found.seen == ("It diverged.",)
    assert found.changes == {"learning_rate": 0.01, "clip_norm": 1.0}


def test_each_finding_has_its_reason_and_a_recipe_that_changes_what_it_says(diagnosis) -> None:
    ways = [
        made(diagnosis, more=-0.2),
        made(diagnosis, less=-0.2),
        made(diagnosis, same=-0.2),
        made(diagnosis, recurrent=0.0),
        made(diagnosis, pairs=1.9, wide=-0.3),
        curve(diagnosis, RISES, FALLS_ON),
    ]
    seen = set()
    for way in ways:
        (found,) = findings(way)
        config = way.run.config.replace(context=1)
        assert found.is_cause and found.title == CAUSES[found.key]
        assert config.changes(cured(config, [found])) == list(found.changes)
        for words in (*found.seen, *found.why, found.cure_words):
            assert str(words).endswith(".")
        seen.add(found.key)
    assert seen == set(CAUSES)


def test_all_cures_at_once_change_all_that_was_found(diagnosis) -> None:
    found = findings(made(diagnosis, more=-0.2, recurrent=0.0))
    assert [it.key for it in found] == ["no_memory", "rate_too_small"]
    config = DEFAULT.replace(context=1, learning_rate=1e-4)
    both = cured(config, found)
    assert config.changes(both) == ["learning_rate", "context"]
    assert cured(config, []) == config


def test_a_rate_to_try_is_the_usual_one_or_ten_times_away() -> None:
    sgd = Config(optimizer="sgd")
    assert larger_rate(sgd, 0.0005) == 1.0 and smaller_rate(sgd, 5.0) == 1.0
    assert larger_rate(sgd, 0.9) == 9.0 and larger_rate(sgd, 3.0) == 10.0
    assert smaller_rate(sgd, 0.5) == 0.05 and smaller_rate(sgd, 1e-5) == 1e-5
    assert smaller_rate(sgd.replace(batch_size=1), 1.0) == 0.2
    assert larger_rate(Config(), 0.0005) == 0.01


# ---- the figures in words


def test_the_figures_are_said_of_any_run(diagnosis) -> None:
    words = " ".join(map(str, figure_sentences(diagnosis)))
    for part in (
        "the gradient is ",
        "clipped",
        "One update moves",
        "saturated",
        "No symbol is dead",
    ):
        assert part in words
    assert "letter pairs" in words and "200 more updates" in words
    assert "The gap (" not in words and "The gap (" in str(
        gap_sentences(diagnosis)[0]
    )  # has its own box
    run = replace(diagnosis.run, config=diagnosis.run.config.replace(clip_norm=0.0))
    gradients = diagnosis.gradients._replace(clipped=None)
    unclipped = replace(diagnosis, run=run, gradients=gradients)
    assert "does not clip" in " ".join(map(str, figure_sentences(unclipped)))
    gated = replace(diagnosis, run=replace(run, config=run.config.replace(cell="lstm")))
    assert "tanh passes" not in " ".join(map(str, figure_sentences(gated)))


def test_more_and_less_than_pairs_and_what_is_between_are_told_apart(diagnosis) -> None:
    for pairs, word in ((2.2, "lower than that"), (1.8, "higher than that")):
        words = " ".join(map(str, figure_sentences(made(diagnosis, pairs=pairs))))
        assert f"0.20 ± 0.00 {word} of counting letter pairs" in words
    unsure = replace(made(diagnosis), pairs=20 + 10 * NOISE)
    assert "too close to call" in " ".join(map(str, figure_sentences(unsure)))


@pytest.mark.parametrize("cell", CELLS)
def test_a_run_of_each_cell_and_with_dropout_has_a_diagnosis(cell, corpus) -> None:
    config = SMALL.replace(
        cell=cell, hidden_dropout=0.2, letter_dropout=0.1, weight_drop=0.2, engine="torch"
    )
    found = last_result(diagnose(run_of(config, corpus), corpus))[1]
    assert found.gradients.recurrent > 0 and found.moves.whole > 0
    assert figure_sentences(found)
