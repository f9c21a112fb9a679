"""The strongest weights of a unit are those of the model's matrices."""

from dataclasses import replace

import numpy as np
import pytest

from dino.config import CELLS, Config
from dino.model import rebuild
from dino.train import Trainer
from dino.unit_weights import nearest_moment, strongest_weights

SMALL = Config(engine="torch", hidden_size=7, batch_size=8, max_steps=24, average=0.9)
BLOCK = {"rnn": 0, "gru": 2, "lstm": 2}  # of the candidate, in torch's order


@pytest.fixture(scope="module", params=CELLS)
def run(request, corpus):
    trainer = Trainer(SMALL.replace(cell=request.param), corpus)
    trainer.advance()
    return trainer.run()


def matrices(run, weights):
    """W_xh and W_hh of the candidate (of the cell, where it has no gates), and W_hy."""
    model, H, block = rebuild(run.config, 27, weights), SMALL.hidden_size, BLOCK[run.config.cell]
    parts = slice(block * H, (block + 1) * H)
    with_grad = model.W_xh[:, parts], model.W_hh[:, parts], model.W_hy
    return [matrix.detach().numpy() for matrix in with_grad]


@pytest.mark.parametrize("step", [0, 3, 24])
def test_they_are_the_largest_of_the_models_matrices(run, step):
    weights = next(moment.weights for moment in run.moments if moment.step == step)
    W_xh, W_hh, W_hy = matrices(run, weights)
    for unit in range(SMALL.hidden_size):
        found = strongest_weights(run, 27, step, unit)
        assert (found.step, found.unit) == (step, unit)
        assert found.candidate == {"rnn": "", "gru": "n", "lstm": "g"}[run.config.cell]
        ends = {"reads": W_xh[:, unit], "from": W_hh[:, unit], "to": W_hy[unit]}
        for end, place, weight in found.strongest:
            assert weight == ends[end][place]
        sizes = [abs(it.weight) for it in found.strongest]
        every = np.sort(np.abs(np.concatenate(list(ends.values()))))[::-1]
        assert sizes == every[:20].tolist() and len({it[:2] for it in found.strongest}) == 20


def test_where_a_moment_has_no_weights_the_nearest_with_weights_takes_its_place(run):
    assert strongest_weights(run, 27, 23, 0).step == 24
    assert strongest_weights(run, 27, 5, 0).step == 6  # the later of 4 and 6
    bare = run.without_moments()
    kept = {bare.kept_step, bare.best_moment.step}
    assert strongest_weights(bare, 27, 0, 0).step == min(kept)
    gone = run.without_weights()
    assert nearest_moment(gone, 3) is None
    with pytest.raises(ValueError, match="discarded"):
        strongest_weights(gone, 27, 3, 0)


@pytest.mark.parametrize("unit", [-1, 7, 10**9])
def test_a_unit_that_is_not_there_is_refused(run, unit):
    with pytest.raises(ValueError, match=f"numbered 0 to 6, so there is no unit −?{abs(unit)}\\."):
        strongest_weights(run, 27, 3, unit)


def test_no_model_is_built_for_it(run, monkeypatch):
    """A page asks while a visitor points at a unit, so nothing is copied or multiplied."""
    monkeypatch.setattr("dino.model.CharRNN.__init__", None)
    assert len(strongest_weights(replace(run), 27, 24, 1, most=5).strongest) == 5
