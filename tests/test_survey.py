"""The list as a lesson: counts against counting by hand, suspects by the rules that are stated."""

import math
import random
from collections import Counter

import numpy as np
import pytest

from dino import survey
from dino.data import END, Vocab, encode, load_bundled
from dino.ngram import NGram


def last(parts):
    *_, (share, result) = parts
    assert share == 1
    return result


@pytest.fixture(scope="module")
def found(corpus):
    return last(survey.find_suspects(corpus.names, corpus.vocab))


def test_every_symbol_is_counted_where_it_stands(corpus):
    names, vocab = corpus.names, corpus.vocab
    by_hand = Counter("".join(name + END for name in names))
    assert survey.letter_counts(names, vocab).tolist() == [by_hand[s] for s in vocab.symbols]
    firsts = survey.first_letter_counts(names, vocab)
    assert firsts.sum() == len(names) and firsts[0] == 0
    assert firsts[vocab.index["s"]] == sum(name.startswith("s") for name in names)


def test_pairs_add_up_to_the_letters_both_ways(corpus):
    names, vocab = corpus.names, corpus.vocab
    counts = survey.pair_counts(names, vocab)
    assert counts.shape == (28, 27)
    assert (counts.sum(0) == survey.letter_counts(names, vocab)).all()
    assert (counts[-1] == survey.first_letter_counts(names, vocab)).all()
    assert counts[0].sum() == 0  # nothing follows an end mark
    q, u = vocab.encode("qu")
    # 'q' and 'u' never overlap with themselves, so str.count finds every pair
    assert counts[q, u] == sum(name.count("qu") for name in names)


def test_lengths_count_every_name_once(corpus):
    counts = survey.length_counts(corpus.names)
    assert counts.sum() == 1524 and len(counts) == 27
    assert counts[3] == sum(len(name) == 3 for name in corpus.names)


def test_repeats_are_the_twelve_of_the_list(corpus):
    found = survey.repeats(corpus.rows)
    assert found[0] == ("skeleton", 3)
    assert len(found) == 11 and sum(n - 1 for _, n in found) == 12


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rows_split_as_they_stand_put_repeats_on_both_sides(seed, corpus):
    both = survey.names_on_both_sides(corpus.rows, seed)
    assert set(both) <= {name for name, _ in survey.repeats(corpus.rows)}
    assert survey.names_on_both_sides(corpus.names, seed) == []


def test_a_name_that_stands_often_almost_surely_lands_on_both_sides():
    rows = ["rex"] * 50 + [f"name{chr(97 + i)}" for i in range(20)]
    assert survey.names_on_both_sides(rows, 0) == ["rex"]


def test_one_hot_rows_hold_a_one_at_the_letter_and_none_at_the_start(corpus):
    data = encode(["rex"], corpus.vocab)
    hot = survey.one_hot(data.inputs[0], 27)
    assert hot.shape == (4, 27)
    assert hot.sum(1).tolist() == [0, 1, 1, 1]
    assert hot[1:].argmax(1).tolist() == corpus.vocab.encode("rex")


def test_glued_and_strange_names_are_found(found):
    joined = {s.name: s.parts for s in found if s.kind == "joined"}
    assert joined["aetonyxafromimus"] == ("aetonyx", "afromimus")
    assert joined["hylosaurushypacrosaurus"] == ("hylosaurus", "hypacrosaurus")
    assert "illustration" in {s.name for s in found if s.kind == "odd"}
    assert len(found) < 100  # few enough to read
    assert len({s.name for s in found}) == len(found)


def test_names_that_i_glue_are_found(corpus):
    rng = random.Random(5)
    long = [name for name in corpus.names if len(name) > 7]
    glued = ["".join(rng.sample(long, 2)) for _ in range(20)]
    names = [*corpus.names, *glued]
    joined = {s.name for s in last(survey.find_suspects(names, corpus.vocab)) if s.kind == "joined"}
    assert len(joined & set(glued)) >= 12


def test_the_rules_are_the_ones_that_are_stated(corpus, found):
    assert f"{math.exp(survey.JOINED_THRESHOLD):.1f}" in survey.JOINED_RULE
    shuffled = sorted(corpus.names)
    random.Random(0).shuffle(shuffled)
    where = shuffled.index("aetonyxafromimus") % survey.FOLDS
    others = [n for i, n in enumerate(shuffled) if i % survey.FOLDS != where]
    sixes = NGram(6, others, corpus.vocab)

    def total(name):
        return sixes.loss([name]) * (len(name) + 1)

    one, two = total("aetonyxafromimus"), total("aetonyx") + total("afromimus")
    suspect = next(s for s in found if s.name == "aetonyxafromimus")
    assert suspect.score == pytest.approx(one - two) and suspect.score >= survey.JOINED_THRESHOLD
    odd = [s.score for s in found if s.kind == "odd"]
    assert min(odd) > survey.ODD_THRESHOLD and odd == sorted(odd, reverse=True)


def test_a_list_without_anything_strange_has_few_suspects():
    # every name is equally likely, so none can be odd
    names = [
        "".join(x)
        for x in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz", strict=True)
    ]
    vocab = Vocab("".join(names))
    assert last(survey.find_suspects(names, vocab)) == []


def test_foreign_lists_are_judged_too():
    towns = load_bundled("colombian-towns")
    found = {s.name: s.kind for s in last(survey.find_suspects(towns.names, towns.vocab))}
    assert found["kennedy"] == found["the mountain"] == "odd"
    assert np.all([name in towns.names for name in found])
