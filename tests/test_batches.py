"""Batches: every name once in each round, in random order or sorted."""

import math

import pytest
import torch

from dino.batches import Batches, sorted_rows


def make_batches(names, size):
    return Batches(names, size, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("batch_size", [1, 32, 500])
def test_an_epoch_holds_every_name_once(batch_size, corpus):
    N = len(corpus.train)
    rows = make_batches(N, batch_size).draw(math.ceil(2 * N / batch_size)).flatten()
    first, second = rows[:N], rows[N : 2 * N]
    assert first.sort().values.tolist() == list(range(N))
    assert second.sort().values.tolist() == list(range(N))
    assert not torch.equal(first, second)
    assert first.tolist() != list(range(N))


def test_a_batch_larger_than_the_list_is_filled_up_evenly():
    counts = make_batches(23, 512).draw(1)[0].bincount(minlength=23)
    assert counts.sum() == 512
    assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize("counts", [(1, 1, 1, 1), (3, 1), (4,)])
def test_batches_are_the_same_however_many_are_drawn_at_once(counts):
    batches = make_batches(23, 10)
    drawn = torch.cat([batches.draw(count) for count in counts])
    assert torch.equal(drawn, make_batches(23, 10).draw(4))
    assert len(batches.rest) == 6


def test_random_batches_are_the_rounds_that_the_generator_draws_one_after_another():
    """So that every run from before there was another order is the same, bit for bit."""
    generator = torch.Generator().manual_seed(0)
    rounds = torch.cat([torch.randperm(23, generator=generator) for _ in range(3)])
    batches = make_batches(23, 10)
    assert torch.equal(batches.draw(6).flatten(), rounds[:60])
    assert torch.equal(batches.generator.get_state(), generator.get_state())


@pytest.mark.parametrize("counts", [(6,), (1, 2, 3)])
@pytest.mark.parametrize("size", [1, 2, 5, 12])
def test_sorted_batches_are_the_sorted_names_again_and_again_and_draw_nothing(size, counts):
    names = ["ursa", "ab", "zed", "ñu", "b"]
    batches = Batches(5, size, torch.Generator().manual_seed(0), sorted_rows(names))
    before = batches.generator.get_state()
    rows = torch.cat([batches.draw(count) for count in counts])
    wanted = [sorted(names)[i % 5] for i in range(6 * size)]
    assert [names[row] for row in rows.flatten()] == wanted and rows.shape == (6, size)
    assert torch.equal(batches.generator.get_state(), before)
