"""The list as a lesson: counts against counting by hand, suspects by the rules that are stated."""

import random
from collections import Counter

import numpy as np
import pytest

from dino import survey
from dino.data import END, Vocab, encode, load_bundled
from dino.ngram import NGram


def last(parts):
    shares, results = zip(*parts, strict=True)
    assert list(shares) == sorted(shares) and shares[-1] == 1
    return results[-1]


@pytest.fixture(scope="module")
def found(corpus):
    return last(survey.find_suspects(corpus.rows, corpus.vocab))


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


# Two genera in one row, found by eye: both stand next to it in the alphabet.
GLUED = {
    "aetonyxafromimus": ("aetonyx", "afromimus"),
    "diceratusdiclonius": ("diceratus", "diclonius"),
    "didanodondilong": ("didanodon", "dilong"),
    "hylosaurushypacrosaurus": ("hylosaurus", "hypacrosaurus"),
    "kemkemiakentrosaurus": ("kemkemia", "kentrosaurus"),
    "klamelisauruskol": ("klamelisaurus", "kol"),
    "lisboasaurusliubangosaurus": ("lisboasaurus", "liubangosaurus"),
    "orinosaurusorkoraptor": ("orinosaurus", "orkoraptor"),
    "ornatotholusornithodesmus": ("ornatotholus", "ornithodesmus"),
    "zatomuszby": ("zatomus", "zby"),
}


def joined_names(found):
    return {s.name: s.parts for s in found if s.kind == "joined"}


def test_glued_names_are_found_and_hardly_any_real_one(found):
    joined = joined_names(found)
    assert joined.items() >= GLUED.items()
    assert joined.keys() - GLUED.keys() == {"illustration"}  # no genus either
    assert "ugrunaaluk" in {s.name for s in found if s.kind == "odd"}
    assert len(found) < 100  # few enough to read
    assert len({s.name for s in found}) == len(found)


@pytest.mark.parametrize("key", ["colombian-towns", "us-first-names"])
def test_real_names_of_two_words_are_not_called_joined(key):
    # annemarie, jeanmarie, montelíbano, villanueva: both parts are names or words of the list
    names = load_bundled(key)
    assert not joined_names(last(survey.find_suspects(names.rows, names.vocab)))


def test_neighbours_that_i_glue_are_found(corpus):
    rows = sorted(set(corpus.rows))
    rng, glued = random.Random(5), {}
    for i in sorted(rng.sample(range(0, len(rows) - 1, 2), 40), reverse=True):
        one, two = rows[i : i + 2]
        rows[i : i + 2] = [one + two]
        glued[one + two] = (one, two)
    joined = joined_names(last(survey.find_suspects(rows, corpus.vocab)))
    assert len(joined.items() & glued.items()) >= 30
    assert len(joined.keys() - glued.keys() - GLUED.keys()) <= 2


def test_without_alphabetical_order_no_name_is_called_joined(corpus):
    rows = list(corpus.rows)
    assert survey.is_alphabetical(rows)
    random.Random(0).shuffle(rows)
    assert not survey.is_alphabetical(rows)
    found = last(survey.find_suspects(rows, corpus.vocab))
    assert not joined_names(found) and found


def counts_without(name, corpus, n):
    """The model of n-grams that judges a name: counted on the nine tenths that it is not in."""
    shuffled = sorted(corpus.names)
    random.Random(0).shuffle(shuffled)
    where = shuffled.index(name) % survey.FOLDS
    others = [n for i, n in enumerate(shuffled) if i % survey.FOLDS != where]
    return NGram(n, others, corpus.vocab)


def test_joined_names_are_those_of_the_rule_that_is_stated(corpus, found):
    sixes = counts_without("aetonyxafromimus", corpus, 6)

    def total(name):
        return sixes.loss([name]) * (len(name) + 1)

    one, two = total("aetonyxafromimus"), total("aetonyx") + total("afromimus")
    suspect = next(s for s in found if s.name == "aetonyxafromimus")
    assert suspect.score == pytest.approx(one - two)
    assert str(survey.SHORTEST_HALF) in str(survey.JOINED_RULE)
    for name, (first, second) in joined_names(found).items():
        following = corpus.rows[corpus.rows.index(name) + 1]
        assert first + second == name and first < second <= following
        assert min(len(first), len(second)) >= survey.SHORTEST_HALF
    scores = [s.score for s in found if s.kind == "joined"]
    assert min(scores) > 0 and scores == sorted(scores, reverse=True)


def test_odd_names_are_those_of_the_rule_that_is_stated(corpus, found):
    odd = [s for s in found if s.kind == "odd"]
    assert f"{100 * survey.ODD_SHARE:g} %" in str(survey.ODD_RULE)
    shares = [s.rank / s.group for s in odd]
    assert max(shares) <= survey.ODD_SHARE and shares == sorted(shares)
    first = odd[0]
    assert first.score == pytest.approx(counts_without(first.name, corpus, 4).loss([first.name]))
    for suspect in odd:
        more = [s for s in odd if len(s.name) == len(suspect.name) and s.score > suspect.score]
        assert len(more) < suspect.rank
    assert min(s.group for s in odd) >= survey.ODD_GROUP


def names_drawn(count, corpus, rng):
    """Distinct names drawn from counts of four letters of the dinosaurs, in alphabetical order."""
    fours, probs, names = NGram(4, corpus.names, corpus.vocab), {}, set()
    while len(names) < count:
        name = ""
        while not name.endswith(END) and len(name) < 40:
            context = name[-3:] if len(name) >= 3 else "^" + name
            if context not in probs:
                probs[context] = fours.next_probs(name)
            name += rng.choices(corpus.vocab.symbols, probs[context])[0]
        if len(name) > 1 and name.endswith(END):
            names.add(name.removesuffix(END))
    return sorted(names)


@pytest.mark.long
def test_of_names_from_the_counting_model_as_many_are_odd_as_the_rule_says(corpus):
    lists = [names_drawn(1500, corpus, random.Random(seed)) for seed in range(12)]
    odd, every, joined = Counter(), Counter(), 0
    for names in lists:
        found = last(survey.find_suspects(names, corpus.vocab))
        joined += len(joined_names(found))
        every.update("short" if len(n) < 10 else "long" if len(n) > 13 else "middle" for n in names)
        odd.update(
            "short" if len(s.name) < 10 else "long" if len(s.name) > 13 else "middle"
            for s in found
            if s.kind == "odd"
        )
    assert odd.total() / every.total() == pytest.approx(survey.ODD_SHARE, abs=0.005)
    for length in every:  # short and long names alike
        assert odd[length] / every[length] == pytest.approx(survey.ODD_SHARE, abs=0.015), length
    assert joined / every.total() < 0.005


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
    found = {s.name: s.kind for s in last(survey.find_suspects(towns.rows, towns.vocab))}
    assert found["kennedy"] == found["the mountain"] == "odd"
    assert np.all([name in towns.names for name in found])
