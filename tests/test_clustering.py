"""Whether vowels cluster: a permutation test, its parts, and how often chance passes it."""

import tracemalloc
from itertools import combinations

import numpy as np
import pytest
import torch

from dino import anatomy
from dino.clustering import DRAWS, clustering, clustering_in_parts, vowels_of
from dino.data import make_corpus
from dino.lists import MAX_SYMBOLS, clean
from dino.model import CharRNN


def test_vowels_are_found_with_their_accents():
    vocab = make_corpus(clean("\n".join(f"bógÖtá{'x' * i}" for i in range(20))), "towns").vocab
    assert [vocab.symbols[i] for i in vowels_of(vocab)] == ["á", "ó", "ö"]


def test_clustering_counts_the_random_groups_that_are_as_near():
    """Of the six pairs among 0, 0, 1, 2 one is as near as the first, three as the second."""
    vectors = np.array([[0.0], [0.0], [1.0], [2.0]])
    found = clustering(vectors, [0, 1], range(4), draws=20_000)
    assert found.ratio == 0 and found.as_near == pytest.approx(1 / 6, abs=0.01)
    found = clustering(vectors, [2, 3], range(4), draws=20_000)
    assert found.ratio == pytest.approx(6 / 7) and found.as_near == pytest.approx(4 / 6, abs=0.01)
    found = clustering(vectors, range(4), range(4))
    assert found.ratio == pytest.approx(1) and found.as_near == 1 and not found.is_clear


def test_letters_that_are_all_the_same_do_not_cluster():
    found = clustering(np.ones((26, 8)), range(5), range(26))
    assert found.ratio == 1 and found.as_near == 1 and not found.is_clear


def test_five_letters_apart_from_the_others_cluster():
    random = np.random.default_rng(1)
    vectors = random.normal(size=(26, 8))
    vectors[:5] = 3 + 0.1 * vectors[:5]
    assert clustering(vectors, range(5), range(26)).is_clear


def mean_distance(vectors, group):
    """The mean over all pairs of a group, pair by pair."""
    return np.mean([np.linalg.norm(vectors[i] - vectors[j]) for i, j in combinations(group, 2)])


def test_the_result_is_that_of_the_same_groups_pair_by_pair():
    random = np.random.default_rng(3)
    vectors, group, among = random.normal(size=(12, 4)).astype(np.float32), [1, 4, 7], range(1, 12)
    own = mean_distance(vectors, group)
    draws = np.random.default_rng(0).permuted(np.tile(among, (300, 1)), axis=1)[:, :3]
    near = sum(mean_distance(vectors, draw) <= own * (1 + 1e-9) for draw in draws)
    found = clustering(vectors, group, among, draws=300)
    assert found.as_near == (1 + near) / 301
    assert found.ratio == pytest.approx(own / mean_distance(vectors, among))


def test_it_comes_in_parts_that_change_nothing(monkeypatch):
    vectors = np.random.default_rng(4).normal(size=(30, 5))
    whole = clustering(vectors, range(5), range(30))
    monkeypatch.setattr("dino.clustering.DRAWS_PER_PART", 7)
    monkeypatch.setattr("dino.clustering.NUMBERS_PER_PART", 300)
    shares, results = zip(*clustering_in_parts(vectors, range(5), range(30)), strict=True)
    assert list(shares) == sorted(shares) and shares[-1] == 1 and shares[-2] < 1
    assert len(shares) > DRAWS / 7 + 10
    assert not any(results[:-1]) and results[-1] == whole


def test_the_largest_list_takes_little_memory_in_parts_that_leave_others_their_turn():
    """200 symbols, of which 120 are vowels: with all pairs of all draws at once it took 119 MB."""
    vectors = np.random.default_rng(5).normal(size=(MAX_SYMBOLS, 64)).astype(np.float32)
    tracemalloc.start()
    parts = list(clustering_in_parts(vectors, range(1, 121), range(1, MAX_SYMBOLS)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(parts) >= 8 and most < 8e6


@pytest.mark.long
def test_letters_named_at_random_cluster_in_one_of_twenty_cases(trained, corpus):
    """The claim is calibrated: for one trained network, and for 20 untrained ones together."""
    random = np.random.default_rng(0)
    vectors = anatomy.output_vectors(trained.eval_model)
    places, _ = anatomy.letter_map([vectors])
    letters = np.arange(1, len(corpus.vocab))
    for pictured in (vectors, places[0]):  # in all dimensions, and on the map
        cases = [
            clustering(pictured, random.permutation(letters)[:5], letters).is_clear
            for _ in range(2000)
        ]
        assert 0.035 <= np.mean(cases) <= 0.065
    cases = []
    for seed in range(20):
        model = CharRNN("rnn", 64, len(corpus.vocab), torch.Generator().manual_seed(seed))
        vectors = anatomy.output_vectors(model)
        cases += [
            clustering(vectors, random.permutation(letters)[:5], letters).is_clear
            for _ in range(100)
        ]
    assert 0.035 <= np.mean(cases) <= 0.065
