"""Training: bit for bit repeatable, honest about its loss, and safe when it goes wrong."""

import math
import re

import numpy as np
import pytest
import torch

from dino.config import OPTIMIZERS, PRESETS, Config
from dino.data import encode, load
from dino.model import GATES, nll
from dino.train import Diverged, Trainer, clip, evaluate, rebuild

SMALL = Config(hidden_size=12, batch_size=8, max_steps=40)
BUSY = SMALL.replace(letter_dropout=0.2, hidden_dropout=0.3, average=0.95)
WILD = SMALL.replace(optimizer="momentum", learning_rate=10.0, clip_norm=0, average=0,
                     max_steps=2000)


def train(config, corpus):
    trainer = Trainer(config, corpus)
    while not trainer.done:
        trainer.advance(1)
    return trainer


# Repeatable

@pytest.mark.parametrize("cell", GATES)
def test_the_same_recipe_twice_gives_the_same_bits(cell, corpus, same_losses):
    config = BUSY.replace(cell=cell)
    one = train(config, corpus)
    torch.rand(3)  # the global generator has no say
    other = train(config, corpus)
    same_losses(one.losses, other.losses)
    same_losses(one.val_losses, other.val_losses)
    assert torch.equal(one.weights, other.weights) and torch.equal(one.average, other.average)
    assert [s.names for s in one.snapshots] == [s.names for s in other.snapshots]


def test_another_seed_gives_another_run(corpus):
    assert train(SMALL, corpus).losses != train(SMALL.replace(seed=1), corpus).losses


def test_two_trainers_stepped_in_turn_give_what_each_gives_alone(corpus, same_losses):
    configs = [BUSY, BUSY.replace(cell="gru", seed=3)]
    together = [Trainer(config, corpus) for config in configs]
    while not together[0].done:
        for trainer in together:
            trainer.step()
    for trainer, config in zip(together, configs, strict=True):
        same_losses(trainer.losses, train(config, corpus).losses)


@pytest.mark.parametrize("cell", GATES)
def test_training_further_is_the_same_as_having_trained_longer(cell, corpus, same_losses):
    config = BUSY.replace(cell=cell)
    further = train(config, corpus)
    further.extend()
    while not further.done:
        further.step()
    at_once = train(config.replace(max_steps=80), corpus)
    assert further.step_count == 80
    same_losses(further.losses, at_once.losses)
    assert torch.equal(further.weights, at_once.weights)
    assert torch.equal(further.average, at_once.average)


def test_what_was_looked_at_does_not_change_what_comes(corpus, same_losses):
    looked_at = Trainer(BUSY, corpus)
    while not looked_at.done:
        looked_at.step()
        looked_at.evaluate(1)
        looked_at.measure()
        looked_at.run()
    same_losses(looked_at.losses, train(BUSY, corpus).losses)


# Batches

@pytest.mark.parametrize("batch_size", [1, 32, 500])
def test_an_epoch_holds_every_name_once(batch_size, corpus):
    trainer = Trainer(SMALL.replace(batch_size=batch_size), corpus)
    N = len(corpus.train)
    rows = trainer._next_batches(math.ceil(2 * N / batch_size)).flatten()
    first, second = rows[:N], rows[N:2 * N]
    assert first.sort().values.tolist() == list(range(N))
    assert second.sort().values.tolist() == list(range(N))
    assert not torch.equal(first, second)
    assert first.tolist() != list(range(N))


def test_a_batch_larger_than_the_list_is_filled_up_evenly(tmp_path):
    path = tmp_path / "few.txt"
    path.write_text("\n".join("abcdefghij"[i % 10] * (i // 10 + 1) for i in range(25)))
    corpus = load(path)
    trainer = Trainer(SMALL.replace(batch_size=512), corpus)
    counts = trainer._next_batches(1)[0].bincount(minlength=len(corpus.train))
    assert counts.sum() == 512
    assert counts.max() - counts.min() <= 1


# The loss

def by_hand(model, names, vocab, context=0):
    """−ln p of every real target of `names`, name by name, so that nothing is padded."""
    losses = []
    for name in names:
        encoded = encode([name], vocab)
        with torch.no_grad():
            p = model(torch.from_numpy(encoded.inputs), context)[0].double().log_softmax(-1)
        losses.append(-p[torch.arange(len(p)), torch.from_numpy(encoded.targets[0])].numpy())
    return losses


@pytest.mark.parametrize("context", [0, 1, 3])
def test_the_training_loss_is_the_mean_over_all_real_targets_of_the_batch(context, corpus):
    trainer = Trainer(SMALL.replace(context=context), corpus)
    rows = torch.tensor([5, 700, 12, 1300, 44])
    losses = by_hand(trainer.model, [corpus.train[i] for i in rows], corpus.vocab, context)
    pooled, of_names = np.concatenate(losses).mean(), np.mean([x.mean() for x in losses])
    assert abs(pooled - of_names) > 1e-4  # so the two can be told apart
    assert trainer.step(rows) == pytest.approx(pooled, abs=1e-5)
    assert trainer.symbols == [sum(map(len, losses))]


@pytest.mark.parametrize("context", [0, 1])
def test_the_held_out_loss_is_the_mean_over_all_symbols_not_over_names(context, corpus):
    trainer = train(SMALL.replace(context=context), corpus)
    losses = by_hand(trainer.judged, corpus.val, corpus.vocab, context)
    pooled, of_names = np.concatenate(losses).mean(), np.mean([x.mean() for x in losses])
    assert abs(pooled - of_names) > 1e-4
    assert trainer.evaluate() == pytest.approx(pooled, abs=1e-5)


def test_the_size_of_the_parts_does_not_change_the_held_out_loss(corpus):
    trainer = Trainer(SMALL, corpus)
    inputs, targets, _ = map(torch.from_numpy, corpus.train_arrays)  # more than one part
    losses = np.concatenate(by_hand(trainer.model, corpus.train, corpus.vocab))
    assert evaluate(trainer.model, inputs, targets) == pytest.approx(losses.mean(), abs=1e-5)


def test_a_batch_in_parts_gives_the_same_gradient(corpus, monkeypatch):
    config = SMALL.replace(batch_size=64, clip_norm=0, average=0)
    whole = Trainer(config, corpus)
    loss = whole.step()
    monkeypatch.setattr("dino.cost.PART_NUMBERS", 7 * 12 * 27)
    parts = Trainer(config, corpus)
    assert len(parts._parts(torch.arange(64))) > 5
    assert parts.step() == pytest.approx(loss, abs=1e-6)
    torch.testing.assert_close(parts.gradient, whole.gradient, rtol=0, atol=1e-6)
    assert whole.gradient.abs().max() > 1e-3


def test_the_gradient_is_that_of_the_loss_that_is_reported(corpus):
    trainer = Trainer(SMALL.replace(clip_norm=0, average=0), corpus)
    rows = torch.tensor([3, 300, 900])
    model = rebuild(trainer.config, len(corpus.vocab), trainer.weights.numpy())
    inputs, targets, _ = (torch.from_numpy(a)[rows] for a in corpus.train_arrays)
    nll(model(inputs), targets).backward()
    trainer.step(rows)
    expected = torch.cat([p.grad.reshape(-1) for p in model.parameters()])
    torch.testing.assert_close(trainer.gradient, expected, rtol=0, atol=1e-6)


# Clipping, averaging, dropout

@pytest.mark.parametrize("length", [0.1, 0.5, 1.0, 30.0])
def test_clipping_bounds_the_norm_and_keeps_the_direction(length):
    direction = torch.randn(200, generator=torch.Generator().manual_seed(0))
    direction /= direction.norm()
    gradient = direction * length
    assert clip(gradient, 0.5) == (length > 0.5)
    assert gradient.norm() == pytest.approx(min(length, 0.5), rel=1e-5)
    torch.testing.assert_close(gradient / gradient.norm(), direction)


def test_a_step_is_no_longer_than_the_clipped_gradient_times_the_rate(corpus):
    trainer = Trainer(SMALL.replace(optimizer="sgd", learning_rate=1.0, clip_norm=0.01), corpus)
    for _ in range(5):
        before = trainer.weights.clone()
        trainer.step()
        assert (trainer.weights - before).norm() == pytest.approx(0.01, rel=1e-3)
    assert trainer.clipped == trainer.run().clipped == 5


def test_clipping_that_is_off_shortens_nothing(corpus):
    assert train(SMALL.replace(clip_norm=0), corpus).clipped == 0


def test_the_network_that_judges_is_the_average(corpus):
    trainer = train(SMALL.replace(average=0.99), corpus)
    flat = torch.cat([p.detach().reshape(-1) for p in trainer.judged.parameters()])
    assert torch.equal(flat, trainer.average)
    assert not torch.equal(flat, trainer.weights)
    with torch.no_grad():
        trainer.average.zero_()  # one memory, not a copy
    assert not any(p.any() for p in trainer.judged.parameters())
    assert trainer.evaluate() == pytest.approx(math.log(27), abs=1e-5)
    assert trainer.model.W_hh.any()


def test_without_an_average_the_network_itself_judges(corpus):
    trainer = train(SMALL.replace(average=0), corpus)
    assert trainer.judged is trainer.model
    assert torch.equal(trainer.average, trainer.weights)


def test_the_average_lies_between_the_weights_it_is_of(corpus):
    trainer = Trainer(SMALL.replace(average=0.9), corpus)
    low, high = trainer.weights.clone(), trainer.weights.clone()
    while not trainer.done:
        trainer.step()
        low, high = torch.minimum(low, trainer.weights), torch.maximum(high, trainer.weights)
        assert (trainer.average >= low - 1e-6).all()
        assert (trainer.average <= high + 1e-6).all()


def test_averaging_does_not_touch_the_training(corpus, same_losses):
    same_losses(train(SMALL.replace(average=0), corpus).losses,
                train(SMALL.replace(average=0.99), corpus).losses)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_dropout_has_expectation_one_and_drops_its_share(share, corpus):
    factors = Trainer(SMALL, corpus)._dropout(share, (400, 500))
    dropped = factors == 0
    assert dropped.float().mean() == pytest.approx(share, abs=0.005)
    assert factors.mean() == pytest.approx(1, abs=0.02)
    assert factors[~dropped].unique().numpy() == pytest.approx([1 / (1 - share)])


@pytest.mark.parametrize("kind", ["letter_dropout", "hidden_dropout"])
def test_dropout_changes_training_and_never_the_held_out_loss(kind, corpus):
    plain, dropped = Trainer(SMALL, corpus), Trainer(SMALL.replace(**{kind: 0.5}), corpus)
    assert dropped.evaluate() == dropped.evaluate() == plain.evaluate()
    rows = torch.arange(64)
    assert dropped.step(rows) != plain.step(rows)


def test_the_mean_loss_under_little_hidden_dropout_is_near_the_loss_without(corpus):
    # The output layer is linear, so factors of expectation one leave the mean logits as they are.
    config = SMALL.replace(optimizer="sgd", learning_rate=1e-5, average=0)
    plain, dropped = Trainer(config, corpus), Trainer(config.replace(hidden_dropout=0.1), corpus)
    rows = torch.arange(256)
    losses = [dropped.step(rows) for _ in range(30)]
    assert np.mean(losses) == pytest.approx(plain.step(rows), abs=0.02)


# The learning rate

def test_a_new_rate_keeps_the_weights_and_notes_the_moment(corpus, same_losses):
    trainer, unchanged = Trainer(SMALL, corpus), train(SMALL, corpus)
    for _ in range(7):
        trainer.step()
    weights = trainer.weights.clone()
    trainer.learning_rate = 0.1
    assert torch.equal(trainer.weights, weights)
    assert trainer.step_count == 7
    assert trainer.run().learning_rates == ((0, 0.005), (7, 0.1))
    trainer.step(), trainer.step()
    same_losses(trainer.losses[:8], unchanged.losses[:8])  # the loss is taken before the update
    assert trainer.losses[8] != unchanged.losses[8]


def test_only_the_last_of_several_rates_at_one_moment_counts(corpus):
    trainer = Trainer(SMALL, corpus)
    trainer.learning_rate = 0.1
    trainer.learning_rate = 0.2
    assert trainer.learning_rates == [(0, 0.2)]
    trainer.step()
    trainer.learning_rate = 0.2
    assert trainer.learning_rates == [(0, 0.2)]


@pytest.mark.parametrize("rate", [float("nan"), 0, -1, 1e400, "🦕"])
def test_a_nonsense_rate_is_refused_and_the_old_one_stays(rate, corpus):
    trainer = Trainer(SMALL, corpus)
    with pytest.raises(ValueError, match="learning_rate is a number from 0.00001 to 10"):
        trainer.learning_rate = rate
    assert trainer.learning_rate == 0.005


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_learns_at_its_own_rate(optimizer, corpus):
    rate = OPTIMIZERS[optimizer].learning_rate
    config = Config(hidden_size=32, optimizer=optimizer, learning_rate=rate, max_steps=200)
    trainer = train(config, corpus)
    assert not trainer.stopped
    assert trainer.val_losses[-1] < 2.4  # letters alone reach 2.81


# Divergence

def judged_is_finite_and_reported(trainer, corpus):
    run = trainer.run()
    assert np.isfinite(run.weights).all() and torch.isfinite(trainer.weights).all()
    model = rebuild(run.config, len(corpus.vocab), run.weights)
    inputs, targets, _ = map(torch.from_numpy, corpus.val_arrays)
    loss = evaluate(model, inputs, targets, run.config.context)
    assert math.isfinite(loss)
    assert run.val_loss == pytest.approx(loss, rel=1e-6)  # float32; it may have grown large
    assert run.best[1] == np.nanmin(run.val_losses)
    return run


@pytest.mark.parametrize("cell", ["rnn", "gru"])  # the LSTM's gates bear even this recipe
def test_a_diverging_run_stops_with_a_sentence_and_its_last_good_weights(cell, corpus):
    trainer = train(WILD.replace(cell=cell), corpus)
    run = judged_is_finite_and_reported(trainer, corpus)
    assert trainer.done and trainer.step_count < WILD.max_steps
    assert run.val_loss <= 2 * run.val_losses[0]
    assert run.stopped.isprintable() and run.stopped.endswith(".") and len(run.stopped) < 250
    rose = re.search(r"rose to ([\d.]+)", run.stopped)
    assert rose is None or float(rose[1]) == pytest.approx(np.mean(run.losses[-20:]), abs=0.06)
    for part in (f"Stopped at step {run.step:,}", "Try a learning rate of", "clip the gradient"):
        assert part in run.stopped


@pytest.mark.parametrize("average", [0.0, 0.99])
def test_no_number_in_the_weights_puts_back_those_of_the_last_measurement(average, corpus):
    trainer = Trainer(SMALL.replace(average=average), corpus)
    for _ in range(10):
        trainer.step()
    weights, judged = trainer.weights.clone(), trainer.average.clone()
    trainer.step()  # after this step and the next nothing is measured
    with torch.no_grad():
        trainer.model.W_hh[0, 0] = math.nan
    with pytest.raises(Diverged, match="no number any more"):
        trainer.step()
    assert torch.equal(trainer.weights, weights)
    assert torch.equal(trainer.average, judged)
    assert "The weights of step 10 were kept, and the held-out loss is theirs." in trainer.stopped
    judged_is_finite_and_reported(trainer, corpus)


def test_no_number_found_by_the_measurement_stops_as_well(corpus):
    # W_xh of a letter that the batch does not have: the training loss sees nothing of it
    trainer = Trainer(SMALL.replace(average=0), corpus)
    with torch.no_grad():
        trainer.model.W_xh[corpus.vocab.index["z"]] = math.nan
    rows = torch.tensor([i for i, name in enumerate(corpus.train) if "z" not in name][:8])
    with pytest.raises(Diverged, match="no number any more"):
        trainer.step(rows)
    judged_is_finite_and_reported(trainer, corpus)


def test_a_diverged_run_goes_on_at_a_lower_rate(corpus):
    trainer = train(WILD, corpus)
    stopped_at, good = trainer.step_count, trainer.val_losses[-1]
    trainer.learning_rate = 0.01
    trainer.extend(50)
    while not trainer.done:
        trainer.advance(1)
    assert not trainer.stopped
    assert trainer.step_count == stopped_at + 50
    assert trainer.val_losses[-1] < good


def test_the_last_good_moment_is_still_good_after_a_second_divergence(corpus):
    trainer = train(WILD, corpus)
    weights, memory = trainer.weights.clone(), trainer.memory["v"].clone()
    trainer.extend()
    trainer.step()  # at the same rate, and nothing is measured here
    trainer.weights.fill_(math.nan)
    trainer.advance(1)
    assert trainer.stopped
    assert torch.equal(trainer.weights, weights)
    assert torch.equal(trainer.memory["v"], memory)
    trainer.learning_rate = 0.01
    trainer.extend(50)
    while not trainer.done:
        trainer.advance(1)
    assert not trainer.stopped


def test_where_memory_is_bounded_a_diverged_run_tells_both_losses_of_the_kept_weights(corpus):
    trainer = train(WILD.replace(context=1, batch_size=1), corpus)
    assert trainer.stopped
    run = judged_is_finite_and_reported(trainer, corpus)
    assert run.carried_loss == pytest.approx(trainer.evaluate(context=0), abs=1e-6)


def test_a_sound_run_is_not_stopped(corpus):
    assert not train(SMALL.replace(learning_rate=0.05, max_steps=300), corpus).stopped


# What is shown

@pytest.mark.parametrize("max_steps", [1, 10, 33, 101])
def test_the_end_of_a_run_is_measured(max_steps, corpus):
    trainer = train(SMALL.replace(max_steps=max_steps), corpus)
    assert trainer.run().val_steps[-1] == max_steps
    assert trainer.run().val_loss == pytest.approx(trainer.evaluate(), abs=1e-7)


def test_a_moment_is_measured_once(corpus):
    trainer = Trainer(SMALL, corpus)
    for _ in range(11):
        trainer.step()
    assert trainer.val_steps[-1] == 10
    trainer.measure(), trainer.measure()
    assert trainer.val_steps[-2:] == [10, 11]
    assert trainer.val_losses[-1] == trainer.evaluate()


def test_the_untrained_network_comes_first(corpus):
    trainer = Trainer(SMALL, corpus)
    run = trainer.run()
    assert run.step == 0 and run.names_seen == 0
    assert [s.step for s in run.snapshots] == [0]
    assert run.snapshots[0].names
    assert run.val_loss == pytest.approx(math.log(27), abs=0.3)


def test_a_snapshot_judges_and_writes_as_the_run_did_then(corpus):
    run = train(BUSY, corpus).run()
    inputs, targets, _ = map(torch.from_numpy, corpus.val_arrays)
    assert [s.step for s in run.snapshots] == [0, 1, 2, 3, 4, 6, 7, 10, 13, 18, 24, 32]
    for snapshot in run.snapshots:
        model = rebuild(run.config, 27, snapshot.weights)
        assert evaluate(model, inputs, targets) == pytest.approx(snapshot.val_loss, abs=1e-6)


def test_what_was_shown_once_does_not_change_any_more(corpus):
    trainer = Trainer(SMALL, corpus)
    for _ in range(10):
        trainer.step()
    run = trainer.run()
    kept = (run.weights.copy(), run.losses.copy(), run.snapshots[-1].weights.copy())
    for _ in range(10):
        trainer.step()
    now = (run.weights, run.losses, run.snapshots[-1].weights)
    assert all(np.array_equal(a, b) for a, b in zip(kept, now, strict=True))
    assert run.step == 10


def test_how_far_the_weights_moved_is_a_share_of_their_first_length(corpus):
    trainer = Trainer(SMALL, corpus)
    W_hh = trainer.model.W_hh.detach()
    start, W_hh_start = trainer.weights.clone(), W_hh.clone()
    assert trainer.run().moved == trainer.run().recurrent_moved == 0
    trainer.step()
    run, change = trainer.run(), trainer.weights - start
    assert run.moved == pytest.approx(float(change.norm() / start.norm()))
    assert run.recurrent_moved == float((W_hh - W_hh_start).abs().max()) > 0


@pytest.mark.parametrize("cell", GATES)
def test_at_a_context_of_one_no_recurrent_weight_moves_and_carrying_is_judged_too(cell, corpus):
    trainer = train(SMALL.replace(cell=cell, context=1), corpus)
    run = trainer.run()
    assert run.recurrent_moved == 0 < run.moved
    assert run.val_loss == pytest.approx(trainer.evaluate(context=1))
    assert run.carried_loss == pytest.approx(trainer.evaluate(context=0))
    assert run.carried_loss != run.val_loss
    assert train(SMALL.replace(cell=cell), corpus).run().carried_loss is None


def test_names_seen_are_counted(corpus):
    run = train(SMALL, corpus).run()
    assert run.names_seen == SMALL.max_steps * SMALL.batch_size
    assert run.step == SMALL.max_steps
    assert run.names_per_second == pytest.approx(run.names_seen / run.seconds)


# The presets keep their promises

def last_val_loss(preset, corpus, **changes):
    config = PRESETS[preset].config.replace(**changes)
    return train(config, load(split_seed=config.split_seed)).run().val_loss


def test_first_success_reaches_1_75(corpus):
    assert last_val_loss("first-success", corpus) <= 1.75


@pytest.mark.parametrize("preset, promise", [("best-rnn", 1.70), ("best-lstm", 1.60)])
def test_the_best_recipes_keep_their_promise_over_three_splits(preset, promise, corpus):
    losses = [last_val_loss(preset, corpus, split_seed=s) for s in (0, 1, 2)]
    assert np.mean(losses) <= promise


def test_the_notebook_as_written_learns_nearly_nothing_and_W_hh_nothing_at_all(corpus):
    config = PRESETS["notebook-as-written"].config
    trainer = Trainer(config, corpus)
    start = trainer.model.W_hh.detach().clone()
    while not trainer.done:
        trainer.step()
    assert 3.1 <= trainer.run().val_loss <= 3.28
    assert torch.equal(trainer.model.W_hh, start)
    assert not torch.equal(trainer.model.W_xh, Trainer(config, corpus).model.W_xh)


def test_the_notebook_through_time_does_teach_W_hh(corpus):
    config = PRESETS["notebook-through-time"].config.replace(max_steps=20)
    trainer = train(config, corpus)
    assert not torch.equal(trainer.model.W_hh, Trainer(config, corpus).model.W_hh)


# In slices

HEAVY = Config(cell="lstm", hidden_size=96, batch_size=48, max_steps=12, average=0.95,
               letter_dropout=0.1, hidden_dropout=0.2, engine="torch")


@pytest.fixture
def small_parts(monkeypatch):
    """Parts so small that ordinary recipes have many."""
    monkeypatch.setattr("dino.cost.PART_NUMBERS", 7 * 4 * 96 * 27)
    monkeypatch.setattr("dino.cost.LOOK_NAMES", 40)


def same_run(one, other):
    """Every number of two trainers' runs is the same, but the seconds."""
    a, b = one.run(), other.run()
    for name in ("weights", "losses", "symbols", "val_steps", "val_losses"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    for name in ("names_seen", "clipped", "engines", "learning_rates", "stopped", "kept_step",
                 "moved", "carried_loss"):
        assert getattr(a, name) == getattr(b, name), name
    assert [s.names for s in a.snapshots] == [s.names for s in b.snapshots]
    assert torch.equal(one.weights, other.weights)


@pytest.mark.parametrize("context", [0, 4])
def test_a_run_cut_into_the_smallest_slices_is_the_same_run(context, corpus, small_parts):
    config = HEAVY.replace(context=context)
    whole, *_, sliced = Trainer(config, corpus), *Trainer.in_parts(config, corpus)
    whole.advance()
    made, midway = 0, 0
    while not sliced.done:
        made += sliced.advance(seconds=1e-9)
        midway += sliced.midway
    assert made == whole.step_count == 12 and midway > 40
    same_run(whole, sliced)


def test_midway_a_run_shows_the_state_after_the_last_completed_update(corpus, small_parts):
    trainer, seen = Trainer(HEAVY, corpus), {}
    while not trainer.done:
        trainer.advance(seconds=1e-9)
        run = trainer.run()
        weights, names = seen.setdefault(run.step, (run.weights, run.names_seen))
        assert np.array_equal(weights, run.weights) and run.names_seen == names == 48 * run.step
    assert len(seen) == 13


def test_settling_ends_the_update_at_hand_and_measures(corpus, small_parts):
    trainer = Trainer(HEAVY, corpus)
    trainer.advance(10)
    assert trainer.advance(1, 1e-9) == 0 and trainer.midway
    calls = 1
    while not trainer.settle(0):
        calls += 1
    assert calls > 5 and not trainer.midway and trainer.settle()
    assert trainer.step_count == trainer.val_steps[-1] == 11
    assert trainer.val_losses[-1] == trainer.evaluate()


def test_one_step_ends_what_was_midway_first(corpus, small_parts):
    one, other = Trainer(HEAVY, corpus), Trainer(HEAVY, corpus)
    one.advance(1, 1e-9)
    one.step()
    other.advance(2)
    same_run(one, other)


def test_a_bounded_memory_too_large_for_one_name_is_parted_by_positions(corpus, monkeypatch):
    config = HEAVY.replace(context=5, letter_dropout=0, hidden_dropout=0, average=0)
    whole = Trainer(config, corpus)
    loss = whole.step(torch.arange(6))
    monkeypatch.setattr("dino.cost.PART_NUMBERS", 10 * (5 * 4 * 96 + 14))
    monkeypatch.setattr("dino.cost.LOOK_NUMBERS", 10 * 5 * 4 * 96)
    parts = Trainer(config, corpus)
    assert parts._part == (1, 10)
    assert parts.step(torch.arange(6)) == pytest.approx(loss, abs=1e-6)
    torch.testing.assert_close(parts.gradient, whole.gradient, rtol=0, atol=1e-6)
    assert parts.evaluate() == pytest.approx(whole.evaluate(), abs=1e-4)


def test_updates_after_a_divergence_do_not_count(corpus):
    trainer = train(WILD, corpus)
    assert trainer.stopped and trainer.names_seen == 8 * trainer.step_count


# Packed

@pytest.mark.parametrize("change", [{}, {"optimizer": "sgd", "average": 0, "context": 2}])
def test_a_packed_trainer_goes_on_bit_for_bit(change, corpus):
    config = BUSY.replace(engine="torch", **change)
    packed, straight = Trainer(config, corpus), train(config, corpus)
    packed.advance(17)
    packed.learning_rate = config.learning_rate  # nothing new
    box = packed.pack()
    again = Trainer(config, corpus, packed=box)
    assert again.run().step == 17 and again.midway is False
    assert all(s.weights is None for s in again.run().snapshots)
    again.advance()
    same_run(straight, again)
    once_more = Trainer(config, corpus, packed=box)  # what is packed does not change
    once_more.advance()
    same_run(straight, once_more)
    assert 4 * len(again.weights) < box.nbytes < 10 * again.weights.nbytes + 60_000


def test_a_packed_trainer_still_has_its_last_good_weights(corpus):
    config = SMALL.replace(engine="torch")
    one = Trainer(config, corpus)
    one.advance(10)
    good = one.average.clone()
    one.advance(1)
    again = Trainer(config, corpus, packed=one.pack())
    again.weights.fill_(math.nan)
    again.advance(1)
    assert again.stopped and torch.equal(again.average, good)
    assert Trainer(config, corpus, packed=again.pack()).run().stopped == again.stopped


def test_midway_nothing_is_packed(corpus, small_parts):
    trainer = Trainer(HEAVY, corpus)
    trainer.advance(1, 1e-9)
    with pytest.raises(ValueError, match="settle|Settle"):
        trainer.pack()
