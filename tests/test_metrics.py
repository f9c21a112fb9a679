"""Figures and words about losses and names."""

import math
import random

import pytest

from dino.metrics import (
    BASELINE_NAMES,
    bits,
    compare_with_baselines,
    nearest_name,
    novelty,
    perplexity,
)

BASELINES = {
    "nothing": 3.3,
    "letters": 2.8,
    "pairs": 2.2,
    "triples": 1.8,
    "fours": 1.6,
    "sixes": 1.5,
}


@pytest.mark.parametrize("V", [2, 27, 200])
def test_a_uniform_guess_among_V_has_perplexity_V_and_log2_V_bits(V):
    assert perplexity(math.log(V)) == pytest.approx(V)
    assert bits(math.log(V)) == pytest.approx(math.log2(V))


def test_certainty_has_perplexity_one_and_no_bits():
    assert perplexity(0.0) == 1
    assert bits(0.0) == 0


def test_perplexity_of_a_loss_gone_wild_does_not_raise():
    assert perplexity(1e6) == math.inf
    assert perplexity(math.inf) == math.inf


def test_the_sentence_passes_every_baseline_as_the_loss_falls():
    names = list(BASELINES)
    for better, worse in zip(names, names[1:], strict=False):
        between = (BASELINES[better] + BASELINES[worse]) / 2
        sentence = compare_with_baselines(between, BASELINES)
        assert sentence.startswith(f"Now better than {BASELINE_NAMES[better]} ")
        assert f"still worse than {BASELINE_NAMES[worse]} " in sentence
    assert compare_with_baselines(3.4, BASELINES).startswith(
        f"Still worse than {BASELINE_NAMES['nothing']} "
    )
    for name, loss in BASELINES.items():
        assert compare_with_baselines(loss + 0.0001, BASELINES).startswith(
            f"Now level with {BASELINE_NAMES[name]} "
        )
    assert BASELINE_NAMES["sixes"] in compare_with_baselines(1.4, BASELINES)
    assert "still worse" not in compare_with_baselines(1.4, BASELINES)


def test_the_sentence_does_not_depend_on_the_order_of_baselines_of_other_lists():
    # on a small list counting sixes may be worse than counting pairs
    crossed = {"nothing": 3.3, "letters": 2.8, "pairs": 2.2, "triples": 2.4, "sixes": 2.6}
    assert compare_with_baselines(2.5, crossed).startswith(
        f"Now better than {BASELINE_NAMES['sixes']} "
    )
    assert f"still worse than {BASELINE_NAMES['triples']} " in compare_with_baselines(2.5, crossed)


@pytest.mark.parametrize("loss", [3.4, 3.3, 3.0, 2.0, 1.5, 1.0, math.nan, math.inf])
def test_every_loss_gets_one_sentence(loss):
    sentence = compare_with_baselines(loss, BASELINES)
    assert sentence.isprintable()
    assert sentence.endswith(".") and ". " not in sentence


def test_no_number_is_called_so():
    assert compare_with_baselines(math.nan, BASELINES) == compare_with_baselines(
        math.inf, BASELINES
    )
    assert "no number" in compare_with_baselines(math.nan, BASELINES)


def test_a_name_is_copied_held_out_or_new(corpus):
    assert {novelty(name, corpus) for name in corpus.train} == {"copied"}
    assert {novelty(name, corpus) for name in corpus.val} == {"held out"}
    assert novelty("streamlitosaurus", corpus) == "new"
    assert novelty("", corpus) == "new"


def levenshtein(a, b):
    """Letters to insert, delete or replace, by the table."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (x != y)))
    return row[-1]


def test_the_nearest_name_is_the_first_with_the_fewest_changes(corpus):
    generator = random.Random(0)
    names = corpus.names[::7]
    for _ in range(20):
        letters = list(generator.choice(corpus.names))
        letters[generator.randrange(len(letters))] = generator.choice("abcxyz")
        name = "".join(letters) + generator.choice(["", "s", "us"])
        distances = [levenshtein(name, other) for other in names]
        least = min(distances)
        assert nearest_name(name, names) == (names[distances.index(least)], least)


def test_a_name_of_the_list_is_nearest_to_itself(corpus):
    assert nearest_name("velociraptor", corpus.names) == ("velociraptor", 0)
    assert nearest_name("", ["abc", "de"]) == ("de", 2)


def test_the_nearest_name_is_the_first_of_the_whole_list_in_parts(corpus, monkeypatch):
    wanted = ["tyranosaurus", "q", "zzz", corpus.names[700], corpus.names[3][:-2]]
    whole = [nearest_name(name, corpus.names) for name in wanted]
    monkeypatch.setattr("dino.metrics.NAMES_PER_CALL", 7)
    assert [nearest_name(name, corpus.names) for name in wanted] == whole
