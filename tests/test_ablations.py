"""The ablations: their findings in words, and the fast ones with three seeds on one split."""

from __future__ import annotations

import pytest
from ablations import __main__ as command
from ablations import finding
from ablations.names import one_update, thirds, untrained
from ablations.notebook import carried, notebook

from dino.lessons.reading import lessons


def by_claim(ablation, seeds: int) -> dict:
    return {found.claim: found.values for found in ablation(range(seeds))}


def test_a_finding_says_how_many_or_from_where_to_where() -> None:
    assert str(finding("it holds", [True, False, True])) == "it holds: 2 of 3"
    assert str(finding("a loss", [1.5, 1.25], 2)) == "a loss: 1.25 to 1.50 (mean of 2: 1.38)"
    assert str(finding("weights", [3, 5], 0)) == "weights: 3 to 5 (mean of 2: 4)"


def test_every_ablation_says_what_it_measures_with_at_least_five_seeds() -> None:
    for ablation in command.ABLATIONS.values():
        assert ablation.about.endswith((".", "?")) and ablation.seeds >= 5


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_command_of_a_lesson_is_one_that_the_program_takes(language, monkeypatch) -> None:
    for lesson in lessons(language).values():
        for evidence in lesson.evidence.values():
            if evidence.kind == "ablation":
                monkeypatch.setattr("sys.argv", evidence.command.split()[2:])
                assert command.options().name, (lesson.key, evidence.command)


@pytest.mark.parametrize("words", [["nothing"], ["untrained", "--seeds", "0"]])
def test_what_cannot_be_measured_is_refused(words, monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.argv", ["tests.ablations", *words])
    with pytest.raises(SystemExit):
        command.main()
    assert f"not “{words[-1]}”." in capsys.readouterr().err


def test_the_command_prints_each_finding(monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.argv", ["tests.ablations", "untrained", "--seeds", "2"])
    command.main()
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("untrained: The held-out loss") and len(lines) == 2
    assert "of 2" in lines[0] and "mean of 2" in lines[1]


def test_few_networks_begin_below_a_uniform_guess() -> None:
    below, losses = by_claim(untrained, 60).values()
    assert 1 <= sum(below) <= 8  # about 1 in 20
    assert 3.25 < min(losses) and max(losses) < 3.45


def test_more_weights_make_it_easier_that_all_losses_fall() -> None:
    found = by_claim(one_update, 12)
    of_size = [sum(found[claim]) for claim in found if "all 12" in claim]
    assert of_size == sorted(of_size) and of_size[0] < 12 == of_size[-1]


def test_the_last_third_weighs_most_and_the_middle_third_adds_most_to_the_recurrent_weights() -> (
    None
):
    found = by_claim(thirds, 3)
    assert all(found["triceratops: the middle third adds most to ∂L/∂W_hh"])
    assert all(found["triceratops: the symbol with the largest share of ∂L is in the last third"])


@pytest.mark.long
def test_the_rate_is_the_stronger_cause_and_without_memory_the_recurrent_weights_never_move() -> (
    None
):
    found = by_claim(notebook, 3)
    assert all(found["the rate is the stronger cause"])
    assert all(found["one letter, rate 0.1: W_hh is exactly as it began"])
    carrying = by_claim(carried, 3)
    assert all(carrying["one letter, rate 0.1: carrying the state raises the loss"])
