"""The benchmark: every peer really learns, all losses are comparable, every row has its turn."""

import importlib.util
import io
import json
import math
import random
from contextlib import redirect_stderr

import numpy as np
import pytest
import torch
from torch.nn.functional import one_hot

from dino.bench import (
    ours,
    peers,
    peers_batched,
    peers_writing,
    processes,
    report,
    rounds,
    rows,
    worker,
)
from dino.config import Config
from dino.data import encode
from dino.model import CharRNN, nll
from dino.sample import draws, write

pytestmark = pytest.mark.xdist_group("bench")  # one process loads torch.optim
TRAININGS = {  # updates after which a peer must have learned something
    "pytorch-tutorial-128": 300,
    "numpy-one-name-25": 200,
    "makemore-rnn-64": 60,
    "makemore-gru-64": 60,
    "nn-rnn-64": 60,
    "nn-gru-64": 60,
    "nn-lstm-64": 60,
}
KERAS_ROWS = {"keras-notebook-25", "keras-fit-25", "sample-16"}
RATIO_ROWS = {*TRAININGS, *KERAS_ROWS, "sample-16-torch-loop", "learners-30"}


def hide_tensorflow(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "tensorflow" else find_spec(name)
    )


class Here:
    """A worker without a process: its tasks run in this one."""

    def __init__(self, library):
        self.tasks = worker.WorkerTasks()

    def ask(self, what, **details):
        return json.loads(json.dumps(getattr(self.tasks, what)(**json.loads(json.dumps(details)))))

    def close(self):
        pass


class Told:
    """A worker whose answers come from a function."""

    def __init__(self, answer):
        self.ask = answer


@pytest.mark.long
@pytest.mark.parametrize("row", TRAININGS)
def test_a_peer_begins_at_chance_and_learns(row, corpus):
    peer = ours.LOOPS[row](corpus)
    assert peer.run(1) == pytest.approx(math.log(27), abs=0.12)
    peer.run(TRAININGS[row])
    assert np.mean([peer.run(1) for _ in range(20)]) < math.log(27) - 0.1


@pytest.mark.filterwarnings("ignore")
def test_the_notebook_in_keras_begins_at_chance_learns_and_writes_the_same_names(corpus):
    pytest.importorskip("tensorflow")
    notebook = peers.KerasNotebook(corpus)
    kernel = notebook.cell.get_weights()[1]
    first = np.mean([notebook.run(1) for _ in range(50)])
    assert peers.KerasFit(corpus).run(1) == pytest.approx(first, abs=0.05)
    notebook.run(500)
    assert first == pytest.approx(math.log(27), abs=0.12)
    assert np.mean([notebook.run(1) for _ in range(50)]) < first - 0.01
    assert np.array_equal(notebook.cell.get_weights()[1], kernel)  # single letters do not train it
    writer = peers_writing.KerasWriter(corpus)
    assert [writer.write(draw) for draw in writer.draws] == our_names(corpus)


def test_every_training_row_has_a_peer_and_a_recipe_of_the_same_size():
    for name, row in rows.ROWS.items():
        assert name in ours.LOOPS
        if row.ours:
            assert name.endswith(f"-{row.ours.hidden_size}")
            assert row.ours.batch_size == 32 and row.ours.engine == "compiled"
            assert not row.ours.average and not row.ours.letter_dropout
        if name.startswith(("makemore", "nn")):
            assert f"-{row.ours.cell}-" in name


@pytest.mark.long
def test_makemore_and_the_usual_loop_have_the_same_loss_at_the_same_weights(corpus):
    makemore = peers_batched.Makemore(corpus, "rnn")
    usual = peers_batched.UsualLoop(corpus, "rnn")
    both, H = makemore.net.cell.both, 64
    layer = usual.net.recurrent
    with torch.no_grad():
        layer.weight_ih_l0.copy_(both.weight[:, :H] @ makemore.net.embedding.weight.T)
        layer.weight_hh_l0.copy_(both.weight[:, H:])
        layer.bias_ih_l0.copy_(both.bias)
        layer.bias_hh_l0.zero_()
        usual.net.head.load_state_dict(makemore.net.head.state_dict())
    rows = range(40)
    inputs, targets = map(
        torch.stack, zip(*(peers_batched.MakemoreNames(corpus)[row] for row in rows), strict=True)
    )
    theirs = peers_batched.cross_entropy(makemore.net(inputs), targets)
    batch, goals = peers_batched.pad_batch([peers_batched.UsualNames(corpus)[row] for row in rows])
    assert peers_batched.cross_entropy(usual.net(batch), goals).item() == pytest.approx(
        theirs.item(), abs=1e-6
    )
    assert targets.shape[1] == 27 and goals.shape[1] < 27  # one length for all, or each batch's
    assert (targets >= 0).sum() == (goals >= 0).sum() == corpus.train_arrays.lengths[:40].sum()


@pytest.mark.long
def test_held_out_is_the_mean_over_all_held_out_targets(corpus):
    peer, total = peers_batched.Makemore(corpus, "gru"), 0.0
    with torch.no_grad():
        for name in corpus.val:
            ids, goals = (torch.tensor([part]) for part in peers.shift_by_one(name, corpus.vocab))
            total += peers_batched.cross_entropy(peer.net(ids), goals).item() * goals.numel()
    assert peer.held_out_loss() == pytest.approx(total / corpus.val_arrays.lengths.sum(), abs=1e-5)


def test_the_numpy_loop_has_the_loss_and_gradients_of_autograd(corpus):
    peer = peers.OneNameNumpy(corpus)
    model = CharRNN("rnn", 25, 27, torch.Generator().manual_seed(0))
    W_xh, W_hh, b_h, W_hy, b_y = model.parameters()
    columns = [W_xh.T, W_hh.T, W_hy.T, b_h[:, None], b_y[:, None]]
    for w, column in zip(peer.weights, columns, strict=True):
        w[:] = column.detach().numpy()
    inputs, targets, _ = map(torch.from_numpy, encode(["diplodocus"], corpus.vocab))
    loss = nll(model(inputs), targets, "sum")
    loss.backward()
    found, gradients = peer.compute_loss_and_gradients(
        *peers.shift_by_one("diplodocus", corpus.vocab)
    )
    assert found == pytest.approx(loss.item(), abs=1e-4)
    expected = [W_xh.grad.T, W_hh.grad.T, W_hy.grad.T, b_h.grad[:, None], b_y.grad[:, None]]
    for mine, grad in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(mine, grad, rtol=0, atol=1e-5)


@pytest.mark.long
def test_the_usual_batches_are_one_hot_and_padded(corpus):
    inputs, targets = next(peers_batched.UsualLoop(corpus, "lstm").batches)
    real = targets >= 0
    assert inputs.shape == (*targets.shape, 27) and len(inputs) == 32
    shifted = torch.cat([torch.zeros(32, 1, dtype=torch.int64), targets[:, :-1]], dim=1)
    assert torch.equal(inputs[real], one_hot(shifted[real], 27).float())


def our_names(corpus):
    return [
        trace.name
        for trace in write(
            peers_writing.train_writing_network(corpus), corpus.vocab, draws(peers_writing.NAMES, 0)
        )
    ]


@pytest.mark.long
def test_all_writers_write_the_same_names(corpus):
    loop, our_writer = peers_writing.PrefixWriter(corpus), ours.OurWriter(corpus)
    our_writer.update()
    names = our_names(corpus)
    assert len(set(names)) > 12
    assert [trace.name for trace in our_writer.traces] == names
    assert [loop.write(draw) for draw in loop.draws] == names


def test_evaluation_is_timed_apart_from_training_and_the_engine_is_held_to(corpus):
    training = ours.OurTraining(Config(hidden_size=4, max_steps=5, engine="torch"), corpus)
    spent, evaluation, loss = worker.time_updates(training, 3)
    assert spent > 0 and evaluation > 0 and loss == training.trainer.history.losses[-1]
    assert training.evaluation_seconds == evaluation
    training.run(7)  # past its budget, which grows
    assert training.trainer.step_count == 10
    training.trainer.history.engines.append((10, "compiled"))
    with pytest.raises(ValueError, match="it ran on compiled"):
        training.run(1)


def test_every_row_has_its_turn_in_every_round_and_the_order_changes(monkeypatch):
    hide_tensorflow(monkeypatch)
    turns = []

    def run_duel(workers, row, turn, rng, first):
        turns.append(row)
        if row == "nn-gru-64" and len(turns) > 20:
            raise processes.Broken("The torch process broke off: it ended.")
        seconds = {"peer": len(turns), "ours": 1.0}
        return {
            side: {"seconds": seconds[side], "names": 1, "evaluation_seconds": 0.5}
            for side in seconds
        }

    monkeypatch.setattr(rounds, "run_duel", run_duel)
    found = rounds.compare({}, rows.Budget(rounds=4), rounds.missing_rows())
    expected = {name for name, row in rows.ROWS.items() if row.library != "keras"}
    orders = [turns[:8], turns[8:16], turns[16:24]]
    assert all(set(order) == expected and len(order) == 8 for order in orders)
    assert orders[0] != orders[1] != orders[2]
    assert len(turns) == 24 + 2 * 7  # the broken row is skipped from the third round on
    assert set(found["ratios"]) == expected - {"nn-gru-64"}
    assert found["skipped"]["nn-gru-64"].endswith("it ended.")
    assert found["skipped"]["sample-16"] == "TensorFlow is not installed"
    least = min(found["ratios"][row]["min"] for row in found["ratios"])
    assert least > 8  # the warm-up round does not count
    assert found["names_per_cpu_second"]["nn-rnn-64"]["ours"] == 1
    assert found["names_per_cpu_second"]["nn-rnn-64"]["ours_with_looking"] == 0.6667


def test_a_duel_asks_both_sides_and_warms_up_first():
    asked = []

    def answer(what, loop, seconds, config=None):
        asked.append(loop)
        times = asked.count(loop)
        return {
            "seconds": 9.0 if times == 1 else 0.01 if times == 2 else seconds,
            "names": 32 if times < 3 else 640,
            "evaluation_seconds": 0,
        }

    workers = dict.fromkeys(("torch", "dino"), Told(answer))
    found = rounds.run_duel(workers, "nn-rnn-64", 0.1, random.Random(0), first=True)
    assert {side: each["names"] for side, each in found.items()} == {"peer": 640, "ours": 640}
    assert sorted(asked) == 3 * ["nn-rnn-64"] + 3 * ["ours nn-rnn-64"]  # compiles, is slow, knows
    rounds.run_duel(workers, "nn-rnn-64", 0.1, random.Random(0))
    assert len(asked) == 8


def test_learners_are_measured_again_while_others_have_the_cores():
    cores = iter([0.5, 0.97, 1.0, 1.7, 1.2])

    def answer(what, count, seconds, steps):
        return {"cores": next(cores)}

    found = [
        rounds.measure_undisturbed(Told(answer), count, rows.QUICK)["cores"] for count in (1, 30)
    ]
    assert found == [0.97, 1.7]


def test_a_peer_that_does_not_get_there_is_a_lower_bound():
    def reach(what, seed, most, rate=None):
        steps = {None: 100, 5e-4: most, 5e-3: 400, 2e-3: 900, 1e-2: 300}[rate]
        reached = steps < most
        return {"seconds": min(steps, most) / 100, "steps": min(steps, most), "reached": reached}

    told = Told(reach)
    found = rounds.measure_times_to_target({"dino": told, "makemore": told}, rows.Budget(seeds=2))
    assert found["ours"] == {"median": 1, "min": 1, "max": 1, "steps": 100, "capped": 0}
    assert found["makemore-tuned"]["rate"] == 1e-2
    assert found["makemore-shipped"]["capped"] == 2
    assert found["ratios"]["makemore-shipped"]["median"] == 100
    assert found["ratios"]["makemore-tuned"]["median"] == 3
    assert "or more: 2 did not get there" in "\n".join(report.target_lines(found))


@pytest.mark.long
def test_a_process_answers_refuses_in_words_and_is_missed_when_it_ends():
    process = processes.WorkerProcess("numpy")
    try:
        found = process.ask("run_loop", loop="numpy-one-name-25", seconds=0.01)
        assert found["names"] == 1 and found["seconds"] > 0 and found["evaluation_seconds"] == 0
        assert found["loss"] == pytest.approx(math.log(27), abs=0.01)
        assert process.ask("run_loop", loop="numpy-one-name-25", seconds=0.05)["names"] > 3
        with pytest.raises(processes.Broken, match="numpy process broke off: KeyError, 'no such"):
            process.ask("run_loop", loop="no such row", seconds=0.01)
        assert process.ask("run_loop", loop="numpy-one-name-25", seconds=0.01)["names"] > 0
        process.process.kill()
        process.process.wait()
        with pytest.raises(processes.Broken, match="numpy process broke off: it ended"):
            process.ask("run_loop", loop="numpy-one-name-25", seconds=0.01)
    finally:
        process.close()


@pytest.fixture(scope="module")
def found():
    """The result of a benchmark of a few seconds, in this process and on PyTorch; its stderr."""
    torch_rows = {
        name: row._replace(ours=row.ours and row.ours.replace(engine="torch"))
        for name, row in rows.ROWS.items()
    }
    budget = rows.Budget(
        rounds=2,
        turn=0.001,
        peak_rounds=1,
        seeds=2,
        most_steps=10,
        learner_rounds=1,
        learner_seconds=0.3,
        learner_steps=1,
        starts=2,
    )
    changes = {
        "WorkerProcess": Here,
        "ENGINE": "torch",
        "PRODUCTS": (64,),
        "STARTS": {"python": "pass"},
        "ROWS": torch_rows,
        "QUICK": budget,
    }
    with pytest.MonkeyPatch.context() as patch, redirect_stderr(io.StringIO()) as told:
        hide_tensorflow(patch)
        for name, value in changes.items():
            patch.setattr(rounds, name, value)
        for module in (worker, rows):
            patch.setattr(module, "ENGINE", "torch")
        return rounds.run(quick=True), told.getvalue()


@pytest.mark.long
def test_the_result_is_one_object_with_all_that_was_promised(found):
    result, told = found
    assert "bench: round 2 of 2\n" in told
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert set(result["skipped"]) == KERAS_ROWS
    assert set(result["ratios"]) == RATIO_ROWS - KERAS_ROWS
    for ratio in result["ratios"].values():
        assert 0 < ratio["min"] <= ratio["median"] <= ratio["max"]
    assert list(result["peak_share"]) == ["25", "64", "128", "256", "512"]
    assert all(share > 0 for share in result["peak_share"].values())
    times = result["time_to_1.70"]
    assert times["makemore-shipped"]["capped"] == 2 and times["ours"]["steps"] == 10
    assert set(times["ratios"]) == {"makemore-shipped", "makemore-tuned"}
    assert list(result["learners"]) == ["1", "8", "30"]
    assert result["learners"]["1"]["unfairness"] == 0 < result["learners"]["30"]["cores"]
    assert all(it["script_ms"] > 0 for it in result["learners"].values())
    assert result["import_seconds"]["python"]["median"] > 0
    assert {
        "cpu",
        "cores",
        "python",
        "torch",
        "numpy",
        "numba",
        "load_before",
        "load_after",
        "other_load",
    } <= set(result["machine"])


@pytest.mark.long
def test_the_table_says_every_row_and_why_one_is_missing(found):
    lines = report.format_table(found[0]).splitlines()
    for row in RATIO_ROWS:
        assert sum(line.strip().startswith(f"{row} ") for line in lines) == 1
    assert sum("skipped: TensorFlow is not installed" in line for line in lines) == len(KERAS_ROWS)
    assert max(map(len, lines[:-1])) <= 100


def test_without_numba_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(rounds.engine, "is_available", lambda: False)
    with pytest.raises(ValueError, match="install numba and scipy"):
        rounds.run(quick=True)
