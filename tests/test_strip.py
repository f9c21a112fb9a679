"""The strip on the page Inside: its numbers, its code, what a choice of a step shows."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
import torch
from pressing import job_of, part, send
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino import anatomy
from dino.config import CELLS, GATES
from dino.data import Corpus
from dino.model import CharRNN
from dino.pages.inside.strip import PART_NAMES, UNITS, backward_sentence, parts, strip_sentences
from dino.ui import server
from dino.unrolled import flow_back, source_line, unroll


@pytest.fixture
def page() -> Iterator[AppTest]:
    """Letter by letter, on a small network that has trained for two steps."""
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update({"hidden_size": "4", "max_steps": "2", "engine": "torch"})
    page.run()
    page.run()
    job = job_of(page)
    job.play()
    wait_for(lambda: job.done and job.settled, "the run")
    page.switch_page("dino/pages/inside/page.py")
    page.session_state["tool"] = "letters"
    page.session_state["walk"] = "tri"
    page.run()
    assert not page.exception
    yield page
    server.renew()


def small(corpus: Corpus, cell: str, hidden_size: int = 5) -> CharRNN:
    generator = torch.Generator().manual_seed(1)
    return CharRNN(cell, hidden_size, len(corpus.vocab), generator)


def words_of(page: AppTest) -> str:
    return "\n".join(it.value for kind in ("text", "caption") for it in page.get(kind))


@pytest.mark.parametrize("cell", CELLS)
def test_every_part_has_its_line_of_source(cell):
    assert list(parts(cell)) == list(PART_NAMES)
    for name, it in parts(cell).items():
        found = source_line(it.function, it.marker)
        assert it.where.endswith(it.function.__name__), name
        assert it.marker in found.lines[found.number]
    line = source_line(*parts(cell)["cell"][:2])
    branch = {"rnn": "torch.tanh(a_x", "gru": "z * (state[0]", "lstm": "torch.tanh(c)"}[cell]
    assert branch in line.lines[line.number] and line.lines[line.number].strip()[:6] == "return"


def test_the_pictures_numbers_are_the_networks(page):
    _, data = part(page, "strip")
    assert [step["input"] for step in data["steps"]] == ["–", "t", "r", "i"]
    assert len(data["steps"][0]["units"]) == 4 and data["flows"]
    for step, comes in zip(data["steps"], ["t", "r", "i", None], strict=True):
        chosen = [symbol for symbol, _, _, is_next in step["top"] if is_next]
        assert chosen == ([comes] if comes else []) and len(step["top"]) == 4
        assert bool(step["loss"]) == (comes is not None)
        for _, text, share, is_next in step["top"]:
            assert float(text) == pytest.approx(share, abs=0.005) and 0 < share < 1
            if is_next:
                assert float(step["loss"].split()[1]) == pytest.approx(-math.log(share), abs=0.005)
    assert max(step["flow"] for step in data["steps"]) == 1


def test_a_chosen_step_is_the_one_of_the_formulas(page):
    component, _ = part(page, "strip")
    assert "x_t is the letter read last: i" in words_of(page)
    send(page, component.id, "part", ["cell", 1])
    assert not page.exception and "x_t is the letter read last: t" in words_of(page)
    page.run()
    assert "x_t is the letter read last: t" in words_of(page)  # until another is chosen
    send(page, component.id, "part", ["W_xh", 0])
    assert "no letter has been read yet" in words_of(page)
    send(page, component.id, "part", ["", 0])
    assert "x_t is the letter read last: i" in words_of(page)
    send(page, component.id, "part", ["cell", 1])
    page.text_input(key="walk").set_value("ky").run()  # another start has other steps
    assert "x_t is the letter read last: y" in words_of(page)


def test_what_no_picture_sends_changes_nothing(page):
    component, _ = part(page, "strip")
    for sent in (None, 3, "x", [], ["cell"], ["cell", 99], ["cell", -1], ["x", 0], [["cell"], 1]):
        send(page, component.id, "part", sent)
        assert not page.exception and "x_t is the letter read last: i" in words_of(page), sent


def test_an_empty_start_has_one_step_and_no_loss(page):
    page.text_input(key="walk").set_value("").run()
    _, data = part(page, "strip")
    assert not page.exception and len(data["steps"]) == 1
    assert not (data["flows"] or data["writes"]) and "No loss" in data["words"]["no_backward"]
    assert "The strip is the cell at its left, unrolled: 1 step." in words_of(page)


def test_the_sentences_say_what_there_is(corpus):
    model = small(corpus, "rnn", UNITS + 2)
    found = unroll(model, corpus.vocab, "tri", ended=True)
    back = flow_back(model, found)
    first, _, units, loss, total = map(str, strip_sentences(found, back, UNITS + 2, "rnn"))
    assert "unrolled" in first and f"the first {UNITS} of its {UNITS + 2} units" in units
    assert f"{found.losses.mean():.2f} nats" in loss and f"{back.collected[0]:.3g}" in total
    bounded = unroll(model, corpus.vocab, "tri", ended=True, context=2)
    *_, last = strip_sentences(bounded, flow_back(model, bounded), 4, "rnn")
    assert "does not depend on 2 earlier inputs" in str(last)


def test_with_a_bounded_memory_only_the_last_prediction_is_shown(page):
    page.session_state["reach"] = 2
    page.run()
    _, data = part(page, "strip")
    assert not page.exception and not data["flows"]
    assert [len(step["top"]) for step in data["steps"]] == [0, 4]
    assert [step["loss"] for step in data["steps"]] == ["", ""]
    assert data["steps"][0]["forward"] == "Step 0 reads r, and begins with h_0."
    assert data["words"]["no_backward"] == data["words"]["no_writing"]
    assert "a strip of its own" in data["words"]["no_writing"] and not data["writes"]
    assert "does not depend on 2 earlier inputs." in words_of(page)


@pytest.mark.parametrize("cell", CELLS)
def test_what_flows_back_is_named_for_its_state(corpus, cell):
    model = small(corpus, cell)
    back = flow_back(model, unroll(model, corpus.vocab, "tri", ended=True))
    words = backward_sentence(back, 2)
    assert words.fields["name"] == ("c" if cell == "lstm" else "h")
    norms = anatomy.gradient_through_time(model, corpus.vocab, "tri", 3)
    said = " ".join(map(str, strip_sentences(unroll(model, corpus.vocab, "tri"), None, 5, cell)))
    directly = {"rnn": "", "gru": "directly, times z", "lstm": "c directly, times f"}[cell]
    assert directly in said and ("both ways" in said) == bool(directly)
    assert words.fields["name"] in norms and back.gradient.shape == (5, 5 * GATES[cell])
