"""No text from outside takes more than linear time: one message can stop nobody.

`foreign_texts.py` lists all that reads such texts; `growth.py` searches for the worst ones.
"""

import csv
import re

import pytest
from foreign_texts import CELLS, EXAMPLES, JSON, OURS, READERS, uses
from growth import Reader, grows
from sampling import one_in

TRIES, MANY = 120, 1_500
USES = [use for use in uses() if (use.file, use.pattern) not in OURS]


def assert_linear(reader, tries, seed=0):
    found = grows(reader, tries, seed)
    assert found is None, f"{found.before:.3f} s, then {found.seconds:.3f} s: {found}"


@pytest.mark.parametrize("name", one_in(4, READERS))
def test_a_text_four_times_as_long_takes_four_times_as_long(name):
    assert_linear(READERS[name], TRIES)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", READERS)
def test_so_it_does_in_a_wide_search(name, seed):
    assert_linear(READERS[name], MANY, seed)


@pytest.mark.parametrize(
    "use", USES, ids=lambda use: f"{use.file} {use.method} {use.pattern[:20]!r}"
)
def test_a_regular_expression_reads_each_letter_once(use):
    pattern = use.pattern if use.is_literal else EXAMPLES.get((use.file, use.pattern))
    assert pattern is not None, (
        f"{use.file}: {use.pattern} is no literal. Give an example of it in EXAMPLES in "
        "tests/foreign_texts.py, or say in OURS why no text from outside reaches it."
    )
    assert_linear(use._replace(pattern=pattern).reader, 500)


def test_each_exception_is_of_an_expression_that_there_is():
    known = {(use.file, use.pattern) for use in uses()}
    assert {*OURS, *EXAMPLES} <= known and len(known) > 25


def sniff(text):
    return csv.Sniffer().sniff(text, delimiters=",;\t|")


@pytest.mark.long
@pytest.mark.parametrize(
    "reader",
    [
        Reader(
            re.compile(r"[+-]?[0-9]*[.,]?[0-9]*([eE][+-]?[0-9]+)?").fullmatch, 8_000, [*"01.,e- "]
        ),
        Reader(lambda it: re.sub(r'(?s)"(?:[^"\\]|\\.)*"', "", it), 32_000, JSON),
        Reader(lambda it: re.findall("a*b", it), 32_000, [*"ab "]),
        Reader(sniff, 480, CELLS, ('"a",\n', "a")),
    ],
    ids=["two ways to part digits", "a string without its end", "each start to the end", "sniffer"],
)
def test_the_search_finds_what_once_stopped_the_server(reader):
    assert grows(reader, 500, first=30) is not None
