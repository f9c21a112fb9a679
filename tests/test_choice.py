"""How an address names a list, and how letters of every script are shown beside others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_lists import NASTY, SCRIPTS

from dino.choice import OWN, Choice
from dino.lists import BUNDLED
from dino.ui.text import isolate


@pytest.mark.parametrize("key", [*BUNDLED, OWN])
@pytest.mark.parametrize("case", [False, True])
def test_an_address_names_every_list(key, case):
    chosen = Choice(key, case)
    assert Choice.from_url(chosen.to_url()) == (key, case, [])
    assert (chosen.to_url() == {}) == (chosen == Choice())


@pytest.mark.parametrize("value", [*NASTY, "DINOS", "own ", ""])
@pytest.mark.parametrize("name", ["list", "keep_case"])
def test_nonsense_gives_one_sentence_and_a_list(name, value):
    key, case, refused = Choice.from_url({name: value})
    assert (key, case) == ("dinos", False)
    (sentence,) = map(str, refused)
    assert sentence.startswith(name) and sentence.isprintable()


def test_titles_tell_lists_apart_and_quote_nobody():
    every = [
        Choice(key, case, removed, number)
        for key in BUNDLED
        for case in (False, True)
        for removed in (frozenset(), frozenset(["<b>"]))
        for number in (0,)
    ]
    every += [
        Choice(OWN, False, removed, number)
        for number in (1, 2)
        for removed in (frozenset(), frozenset(["<b>"]))
    ]
    titles = [str(choice.title) for choice in every]
    assert len(set(titles)) == len(titles)
    assert not any("<" in title for title in titles)


@given(st.text())
def test_isolating_only_adds_isolates(text):
    shown = isolate(text)
    assert shown.replace("\u2068", "").replace("\u2069", "") == text.replace("\u2068", "").replace(
        "\u2069", ""
    )
    assert shown.count("\u2068") - text.count("\u2068") == (
        shown.count("\u2069") - text.count("\u2069")
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_only_words_from_right_to_left_are_isolated(script):
    for name in SCRIPTS[script].split():
        shown = isolate(f"{name} (0.3), x")
        assert shown == (
            f"\u2068{name}\u2069 (0.3), x" if script == "Arabic" else f"{name} (0.3), x"
        )
