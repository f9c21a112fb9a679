"""Training: bit for bit repeatable, in slices of any size, and honest about what it shows."""

import math

import numpy as np
import pytest
import torch
from sampling import one_in
from trainers import BUSY, HEAVY, SMALL, losses_by_hand, same_run, train

from dino import cost
from dino.config import OPTIMIZERS, Config
from dino.data import load, make_corpus
from dino.evaluation import evaluate
from dino.lists import clean
from dino.live.loss_words import explain_measuring
from dino.model import GATES, rebuild
from dino.presets import PRESETS
from dino.recorder import train_sample
from dino.run import is_snapshot
from dino.sample import draws, write
from dino.train import Trainer

# Repeatable


@pytest.mark.parametrize("cell", GATES)
def test_the_same_recipe_twice_gives_the_same_bits(cell, corpus, same_losses):
    config = BUSY.replace(cell=cell)
    one = train(config, corpus)
    torch.rand(3)  # the global generator has no say
    other = train(config, corpus)
    same_losses(one.history.losses, other.history.losses)
    same_losses(one.history.val_losses, other.history.val_losses)
    assert torch.equal(one.state.weights, other.state.weights) and torch.equal(
        one.state.average, other.state.average
    )
    assert [s.names for s in one.history.snapshots] == [s.names for s in other.history.snapshots]


def test_another_seed_gives_another_run(corpus):
    assert (
        train(SMALL, corpus).history.losses != train(SMALL.replace(seed=1), corpus).history.losses
    )


def test_two_trainers_stepped_in_turn_give_what_each_gives_alone(corpus, same_losses):
    configs = [BUSY, BUSY.replace(cell="gru", seed=3)]
    together = [Trainer(config, corpus) for config in configs]
    while not together[0].done:
        for trainer in together:
            trainer.step()
    for trainer, config in zip(together, configs, strict=True):
        same_losses(trainer.history.losses, train(config, corpus).history.losses)


@pytest.mark.parametrize("cell", GATES)
def test_training_further_is_the_same_as_having_trained_longer(cell, corpus, same_losses):
    config = BUSY.replace(cell=cell)
    further = train(config, corpus)
    further.extend()
    while not further.done:
        further.step()
    at_once = train(config.replace(max_steps=80), corpus)
    assert further.step_count == 80
    same_losses(further.history.losses, at_once.history.losses)
    assert torch.equal(further.state.weights, at_once.state.weights)
    assert torch.equal(further.state.average, at_once.state.average)


def test_evaluating_does_not_change_what_comes(corpus, same_losses):
    evaluated = Trainer(BUSY, corpus)
    while not evaluated.done:
        evaluated.step()
        evaluated.evaluate(1)
        evaluated.settle()
        evaluated.run()
    same_losses(evaluated.history.losses, train(BUSY, corpus).history.losses)


def test_a_round_of_batches_has_every_target_of_the_list_once(tmp_path):
    path = tmp_path / "few.txt"
    path.write_text("\n".join("abcdefghij"[i % 10] * (i // 10 + 1) for i in range(25)))
    corpus = load(path)
    N, targets = len(corpus.train), sum(len(name) + 1 for name in corpus.train)
    trainer = Trainer(SMALL.replace(batch_size=N, max_steps=2), corpus)
    trainer.advance()
    assert trainer.history.symbols == [targets, targets]
    filled = Trainer(SMALL.replace(batch_size=512), corpus)
    filled.step()
    rounds = 512 // N
    assert rounds * targets <= filled.history.symbols[0] < (rounds + 1) * targets


# The learning rate


def test_a_new_rate_keeps_the_weights_and_notes_the_moment(corpus, same_losses):
    trainer, unchanged = Trainer(SMALL, corpus), train(SMALL, corpus)
    for _ in range(7):
        trainer.step()
    weights = trainer.state.weights.clone()
    trainer.learning_rate = 0.1
    assert torch.equal(trainer.state.weights, weights)
    assert trainer.step_count == 7
    assert trainer.run().learning_rates == ((0, 0.005), (7, 0.1))
    trainer.step(), trainer.step()
    same_losses(
        trainer.history.losses[:8], unchanged.history.losses[:8]
    )  # the loss is taken before the update
    assert trainer.history.losses[8] != unchanged.history.losses[8]


def test_only_the_last_of_several_rates_at_one_moment_counts(corpus):
    trainer = Trainer(SMALL, corpus)
    trainer.learning_rate = 0.1
    trainer.learning_rate = 0.2
    assert trainer.history.learning_rates == [(0, 0.2)]
    trainer.step()
    trainer.learning_rate = 0.2
    assert trainer.history.learning_rates == [(0, 0.2)]


def test_a_rate_set_midway_is_that_of_the_update_that_has_begun(corpus, small_parts):
    config = HEAVY.replace(max_steps=3)
    midway, before = Trainer(config, corpus), Trainer(config, corpus)
    midway.advance(1, 1e-9)
    assert midway.midway
    for trainer in (midway, before):
        trainer.learning_rate = 0.1
        trainer.advance()
    same_run(midway, before)
    assert midway.run().learning_rates == ((0, 0.1),)


@pytest.mark.parametrize("rate", [float("nan"), 0, -1, 1e400, "🦕"])
def test_a_nonsense_rate_is_refused_and_the_old_one_stays(rate, corpus):
    trainer = Trainer(SMALL, corpus)
    with pytest.raises(ValueError, match="learning_rate must be a number from 0.00001 to 10"):
        trainer.learning_rate = rate
    assert trainer.learning_rate == 0.005


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_learns_at_its_own_rate(optimizer, corpus):
    rate = OPTIMIZERS[optimizer].learning_rate
    config = Config(hidden_size=32, optimizer=optimizer, learning_rate=rate, max_steps=200)
    trainer = train(config, corpus)
    assert not trainer.stopped
    assert trainer.history.val_losses[-1] < 2.4  # letters alone reach 2.81


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
    assert trainer.history.val_steps[-1] == 10
    trainer.settle(), trainer.settle()
    assert trainer.history.val_steps[-2:] == [10, 11]
    assert trainer.history.val_losses[-1] == trainer.evaluate()


def test_the_untrained_network_comes_first(corpus):
    trainer = Trainer(SMALL, corpus)
    run = trainer.run()
    assert run.step == 0 and run.names_seen == 0
    assert [s.step for s in run.snapshots] == [0]
    assert run.snapshots[0].names
    assert run.val_loss == pytest.approx(math.log(27), abs=0.3)


def test_a_snapshot_is_evaluated_and_writes_as_the_run_did_then(corpus):
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
    start, W_hh_start = trainer.state.weights.clone(), W_hh.clone()
    assert trainer.run().moved == trainer.run().recurrent_moved == 0
    trainer.step()
    run, change = trainer.run(), trainer.state.weights - start
    assert run.moved == pytest.approx(float(change.norm() / start.norm()))
    assert run.recurrent_moved == float((W_hh - W_hh_start).abs().max()) > 0


@pytest.mark.parametrize("cell", GATES)
def test_at_a_context_of_one_no_recurrent_weight_moves_and_carrying_is_evaluated_too(cell, corpus):
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


# The training loss, measured as the held-out loss is


@pytest.mark.parametrize("context", [0, 2])
def test_a_training_loss_is_measured_as_the_held_out_loss_is(context, corpus):
    trainer = train(BUSY.replace(context=context), corpus)
    names = corpus.train[: len(corpus.val)]
    losses = losses_by_hand(trainer.eval_model, names, corpus.vocab, context)
    run = trainer.run()
    assert run.train_eval_loss == pytest.approx(np.concatenate(losses).mean(), abs=1e-5)
    assert len(run.train_eval_losses) == len(run.val_losses) == len(run.val_steps)
    # dropout and the raw weights make the loss of the batches another one
    assert abs(run.train_loss - run.train_eval_loss) > 0.01


@pytest.mark.parametrize("early", [{"max_steps": 10}, {"letter_dropout": 0.5, "max_steps": 150}])
def test_held_out_may_be_below_training_early_and_with_dropout(early, corpus):
    """As the page says of the chart's lines."""
    run = train(Config(hidden_size=32, learning_rate=0.02, average=0.0, **early), corpus).run()
    assert run.val_loss < run.train_loss - 0.05
    assert any("can be below “training”" in str(fact) for fact in explain_measuring())


def test_its_names_are_a_random_sample_of_those_trained_on_that_takes_no_memory(corpus):
    sample, whole = train_sample(corpus), corpus.train_arrays
    assert len(sample.lengths) == len(corpus.val)
    assert all(np.shares_memory(a, b) for a, b in zip(sample, whole, strict=True))
    assert not {*corpus.train[: len(corpus.val)]} & {*corpus.val}
    first = [name[0] for name in corpus.train[: len(corpus.val)]]
    assert len({*first}) > 15  # not the first of the alphabet
    lengths = whole.lengths
    error = lengths.std() / math.sqrt(len(corpus.val))
    assert abs(sample.lengths.mean() - lengths.mean()) < 3 * error


def test_a_list_whose_training_names_were_taken_out_is_measured_on_those_that_are_left(corpus):
    few = corpus.without(corpus.train[20:])
    assert len(train_sample(few).lengths) == 20 < len(few.val)
    assert math.isfinite(Trainer(SMALL, few).run().train_eval_loss)


def test_at_rest_each_held_out_name_has_its_loss_and_the_next_step_drops_them(corpus):
    trainer = Trainer(SMALL, corpus)
    trainer.advance(7)
    assert trainer.run().val_name_losses is None
    trainer.settle()
    run, symbols = trainer.run(), corpus.val_arrays.lengths
    by_hand = losses_by_hand(trainer.eval_model, corpus.val, corpus.vocab)
    assert run.val_name_losses == pytest.approx([x.sum() for x in by_hand], rel=1e-5)
    assert run.val_name_losses.sum() / symbols.sum() == pytest.approx(run.val_loss, abs=1e-5)
    again = Trainer(SMALL, corpus, packed=trainer.pack())
    assert np.array_equal(again.run().val_name_losses, run.val_name_losses)
    trainer.step()
    assert trainer.run().val_name_losses is None


# The newest names


def check_newest(trainer):
    """The newest names are those that the network writes now, from the draws of all moments."""
    run = trainer.run()
    newest = run.named_moments[-1]
    assert newest.step == run.kept_step and newest.val_loss == run.val_loss
    traces = write(trainer.eval_model, trainer.corpus.vocab, draws(4, trainer.config.seed))
    assert newest.names == tuple(t.name + ("" if t.finished else "…") for t in traces)
    assert run.moments[-1].names == newest.names
    assert all(is_snapshot(s.step) for s in run.snapshots)


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_at_rest_the_newest_names_are_of_the_last_step(average, corpus):
    trainer = Trainer(SMALL.replace(average=average), corpus)
    for steps in (1, 7, 3, 40):  # at a snapshot, between two, and at the end
        trainer.advance(steps)
        trainer.settle()
        check_newest(trainer)
    trainer.extend(9)
    trainer.advance()
    trainer.settle()
    check_newest(trainer)
    again = Trainer(trainer.config, corpus, packed=trainer.pack())
    assert again.run().latest is trainer.run().latest


def test_of_a_diverged_run_the_newest_names_are_of_the_weights_that_came_back(corpus):
    wild = SMALL.replace(optimizer="momentum", learning_rate=10.0, clip_norm=0.0, average=0.0)
    trainer = train(wild, corpus)
    trainer.settle()
    assert trainer.stopped and trainer.run().kept_step < trainer.step_count
    check_newest(trainer)


def test_names_written_while_it_trains_have_no_effect_on_it(corpus, monkeypatch):
    busy = BUSY.replace(max_steps=90)
    monkeypatch.setattr("dino.recorder.NAMES_EVERY", math.inf)
    straight = train(busy, corpus)
    assert straight.run().latest is None
    monkeypatch.setattr("dino.recorder.NAMES_EVERY", 0.0)
    other, newest = Trainer(busy, corpus), {0}
    while not other.done:
        other.advance(1)
        newest.add(other.run().named_moments[-1].step)
    assert newest > {s.step for s in other.run().snapshots} and 85 in newest
    same_run(straight, other)


# The best moment


# Clearly overfitting: a large network on few names
GREEDY = Config(hidden_size=48, batch_size=16, max_steps=150, learning_rate=0.05, average=0.0)


@pytest.fixture(scope="module")
def few():
    """A list so short that a network soon knows it by heart."""
    names = load().names[::12]
    return make_corpus(clean("\n".join(names)), "few")


def check_best(run, corpus):
    """The best moment's weights have the lowest of all held-out losses."""
    best = run.best_moment
    assert (best.step, best.val_loss) == run.best
    model = rebuild(run.config, len(corpus.vocab), best.weights)
    inputs, targets, _ = map(torch.from_numpy, corpus.val_arrays)
    assert evaluate(model, inputs, targets) == pytest.approx(best.val_loss, abs=1e-5)
    steps = [moment.step for moment in run.moments]
    assert best.step in steps and steps == sorted({*steps})
    return best


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_the_weights_of_the_lowest_held_out_loss_are_kept_with_their_names(average, few):
    trainer = Trainer(GREEDY.replace(average=average), few)
    trainer.bound_snapshots(0)  # what other moments may keep has no say
    while not trainer.done:
        trainer.advance(7)
        check_best(trainer.run(), few)
    trainer.settle()
    best = check_best(trainer.run(), few)
    assert 0 < best.step < trainer.step_count
    model = rebuild(GREEDY, len(few.vocab), best.weights)
    traces = write(model, few.vocab, draws(4, GREEDY.seed))
    assert best.names == tuple(t.name + ("" if t.finished else "…") for t in traces)


def test_a_best_moment_that_is_a_snapshot_shares_its_weights(corpus):
    run = train(SMALL, corpus).run()  # it ends at step 40, the last snapshot is of step 32
    assert run.best_moment.step == 40 and not run.best_moment.names
    trainer = train(SMALL.replace(max_steps=32), corpus)
    assert trainer.run().best_moment is trainer.run().snapshots[-1]


def test_the_best_moment_outlives_packing_and_counts_in_its_bytes(few):
    trainer = Trainer(GREEDY, few)
    trainer.advance()
    without = trainer.history.nbytes
    assert trainer.history.best not in trainer.history.snapshots
    trainer.history.best, best = None, trainer.history.best
    assert without - trainer.history.nbytes == best.weights.nbytes
    lighter = trainer.pack().nbytes
    trainer.history.best = best
    packed = trainer.pack()
    assert packed.nbytes - lighter == best.weights.nbytes
    again = Trainer(GREEDY, few, packed=packed)
    assert check_best(again.run(), few).step == best.step
    again.extend(20)
    again.advance()
    check_best(again.run(), few)


def test_resting_has_no_effect_on_what_comes(few, same_losses):
    rested, straight = Trainer(GREEDY, few), train(GREEDY, few)
    while not rested.done:
        rested.advance(10)
        rested.settle()
        assert rested.run().best_moment.names
    same_losses(rested.history.losses, straight.history.losses)
    assert torch.equal(rested.state.weights, straight.state.weights)


# The presets keep their promises


def last_val_loss(preset, corpus, **changes):
    config = PRESETS[preset].config.replace(**changes)
    return train(config, load(split_seed=config.split_seed)).run().val_loss


def test_first_success_reaches_1_75(corpus):
    assert last_val_loss("first-success", corpus) <= 1.75


@pytest.mark.parametrize(
    "preset, promise", [("best-rnn", 1.70), pytest.param("best-lstm", 1.57, marks=pytest.mark.long)]
)
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


@pytest.fixture
def small_parts(monkeypatch):
    """Parts so small that ordinary recipes have many."""
    monkeypatch.setattr("dino.cost.PART_NUMBERS", 7 * 4 * 96 * 27)
    monkeypatch.setattr("dino.cost.EVALUATION_NAMES", 40)


@pytest.mark.long
@pytest.mark.parametrize("context", one_in(2, [4, 0]))
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


@pytest.mark.parametrize("engine", ["torch", "compiled"])
def test_as_many_updates_are_made_as_were_asked_for_or_are_left(engine, corpus, kernels):
    trainer = Trainer(SMALL.replace(engine=engine, max_steps=150), corpus)
    for steps in (103, 3, 1, 7, 20):  # from 100 on a call of the kernels makes several
        before = trainer.step_count
        assert trainer.advance(steps) == steps == trainer.step_count - before
    assert trainer.advance(99) == 150 - 134 and trainer.done
    assert trainer.advance() == 0


@pytest.mark.parametrize("max_steps", [0, 9, 12])  # 10 is a moment, 9 and 12 are none
def test_without_snapshots_a_run_is_the_same_apart_from_them(max_steps, corpus):
    config = HEAVY.replace(max_steps=max(1, max_steps))
    usual, bare = Trainer(config, corpus), Trainer(config, corpus, takes_snapshots=False)
    for trainer in (usual, bare):
        trainer.advance(max_steps)
        assert trainer.settle()
    assert len(usual.run().snapshots) > 0 and bare.run().snapshots == ()
    assert np.array_equal(usual.run().weights, bare.run().weights)
    assert np.array_equal(usual.run().losses, bare.run().losses)
    assert np.array_equal(usual.run().val_losses, bare.run().val_losses)
    assert bare.run().best_moment.names == usual.run().best_moment.names != ()
    packed = bare.pack()
    again = Trainer(config, corpus, packed=packed, takes_snapshots=False)
    assert again.run().snapshots == () and again.step_count == max_steps


def test_midway_a_run_shows_the_state_after_the_last_completed_update(corpus, small_parts):
    trainer, seen = Trainer(HEAVY, corpus), {}
    while not trainer.done:
        trainer.advance(seconds=1e-9)
        run = trainer.run()
        weights, names = seen.setdefault(run.step, (run.weights, run.names_seen))
        assert np.array_equal(weights, run.weights) and run.names_seen == names == 48 * run.step
    assert len(seen) == 13


def test_settling_ends_the_update_that_has_begun_and_measures(corpus, small_parts):
    trainer = Trainer(HEAVY, corpus)
    trainer.advance(10)
    assert trainer.advance(1, 1e-9) == 0 and trainer.midway
    calls = 1
    while not trainer.settle(0):
        calls += 1
    assert calls > 5 and not trainer.midway and trainer.settle()
    assert trainer.step_count == trainer.history.val_steps[-1] == 11
    assert trainer.history.val_losses[-1] == trainer.evaluate()


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
    monkeypatch.setattr("dino.cost.EVALUATION_NUMBERS", 10 * 5 * 4 * 96)
    parts = Trainer(config, corpus)
    T = corpus.train_arrays.inputs.shape[1]
    assert cost.update_part_size(config, len(corpus.vocab), T) == (1, 10)
    assert parts.step(torch.arange(6)) == pytest.approx(loss, abs=1e-6)
    torch.testing.assert_close(parts.state.gradient, whole.state.gradient, rtol=0, atol=1e-6)
    assert parts.evaluate() == pytest.approx(whole.evaluate(), abs=1e-4)


# Packed


@pytest.mark.parametrize("change", [{}, {"optimizer": "sgd", "average": 0, "context": 2}])
def test_a_packed_trainer_continues_bit_for_bit(change, corpus):
    config = BUSY.replace(engine="torch", **change)
    packed, straight = Trainer(config, corpus), train(config, corpus)
    packed.advance(17)
    packed.learning_rate = config.learning_rate  # the same rate, so nothing is noted
    box = packed.pack()
    again = Trainer(config, corpus, packed=box)
    assert again.run().step == 17 and again.midway is False
    assert all(s.weights is None for s in again.run().snapshots)
    again.advance()
    same_run(straight, again)
    once_more = Trainer(config, corpus, packed=box)  # what is packed does not change
    once_more.advance()
    same_run(straight, once_more)
    assert 4 * len(again.state.weights) < box.nbytes < 10 * again.state.weights.nbytes + 60_000


def test_a_packed_trainer_still_has_its_last_good_weights(corpus):
    config = SMALL.replace(engine="torch")
    one = Trainer(config, corpus)
    one.advance(10)
    good = one.state.average.clone()
    one.advance(1)
    again = Trainer(config, corpus, packed=one.pack())
    again.state.weights.fill_(math.nan)
    again.advance(1)
    assert again.stopped and torch.equal(again.state.average, good)
    assert Trainer(config, corpus, packed=again.pack()).run().stopped == again.stopped


def test_midway_nothing_is_packed(corpus, small_parts):
    trainer = Trainer(HEAVY, corpus)
    trainer.advance(1, 1e-9)
    with pytest.raises(ValueError, match="settle|Settle"):
        trainer.pack()
