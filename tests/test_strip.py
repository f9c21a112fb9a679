"""The strip on the Inside page: its numbers, its code, what a choice of a step shows."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from pressing import job_of, part, send
from sources import ROOT, functions
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino import anatomy
from dino.compiled.compiling import is_available
from dino.config import CELLS, GATES, OPTIMIZERS, Config
from dino.data import Corpus
from dino.engines import GRADIENT_ERROR
from dino.lists import END
from dino.model import CharRNN, flatten
from dino.source import Kernel, place_of, source_of
from dino.ui import server
from dino.ui.strip import UNITS, backward_sentence, strip_sentences
from dino.ui.strip_code import (
    BACKWARD,
    FORWARD,
    GRADIENTS_AGREE,
    UPDATE,
    UPDATES_AGREE,
    WAYS,
    WEIGHTS,
    parts,
    update_sentences,
)
from dino.ui.strip_lines import PART_NAMES
from dino.unrolled import flow_back, unroll


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


def marked(part) -> list[tuple[str, str]]:
    """The lines that compute a part: where they are, and their text."""
    return [
        (place_of(it.code), source_of(it.code)[number].strip())
        for it in part.lines
        for number in it.numbers
    ]


@pytest.mark.parametrize("cell", CELLS)
def test_every_part_has_its_lines_of_source_on_each_way(cell):
    found = parts(Config(cell=cell))
    assert tuple(found) == WAYS and all(list(it) == list(PART_NAMES) for it in found.values())
    for way, each in found.items():
        for name, it in each.items():
            assert bool(it.lines) == (way != UPDATE or name in WEIGHTS), (way, name)
            for each_of in it.lines:
                texts = [source_of(each_of.code)[n] for n in each_of.numbers]
                assert all(m in text for m, text in zip(each_of.markers, texts, strict=True))
                is_compiled = isinstance(each_of.code, Kernel)
                assert is_compiled if way == BACKWARD else way == UPDATE or not is_compiled
    ((place, line),) = marked(found[FORWARD]["cell"])
    branch = {"rnn": "torch.tanh(a_x", "gru": "z * (state[0]", "lstm": "torch.tanh(c)"}[cell]
    assert place == "dino/model.py · CharRNN.step" and branch in line and line[:6] == "return"


@pytest.mark.parametrize("cell", CELLS)
def test_the_way_back_is_that_of_its_cell_in_the_compiled_engine(cell):
    found = parts(Config(cell=cell))[BACKWARD]
    own = f"dino/compiled/cells.py · backward_{cell}"
    for name in ("cell", "W_hh", "h0"):
        assert {place for place, _ in marked(found[name])} == {own}, name
    lines = [line for _, line in marked(found["W_hh"])]
    assert sum("multiply(" in line and "W_hh_T" in line for line in lines) == 1
    directly = {"rnn": set(), "gru": {"dh[b, k] = d * z", "dh[j : j + n] += dh[i : i + n]"}}
    directly["lstm"] = {"dc[b, k] = d_c * gate_f"}
    whole = [line.partition("  #")[0] for line in lines]
    assert {line for line in whole if "multiply(" not in line} == directly[cell]
    gradients = [line for _, line in marked(found["cell"])]
    assert len(gradients) == {"rnn": 1, "gru": 3, "lstm": 5}[cell]  # of an LSTM d_c, too
    ((place, line),) = marked(found["shared"])
    assert place.startswith("dino/compiled/kernels.py") and line.endswith("gradient.W_hh)")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_update_shows_the_rule_of_the_run_in_both_engines(optimizer):
    found = parts(Config(optimizer=optimizer))[UPDATE]
    assert len({found[name] for name in WEIGHTS}) == 1
    lines = marked(found["shared"])
    ours = [(p.split(" · ")[1], line) for p, line in lines if p.startswith("dino/optim.py")]
    assert ours[0][0] == optimizer and ours[-1][1].startswith("w.")
    place, line = lines[-1]
    kernel = "update_adam" if optimizer in ("adam", "adamw") else "update"
    assert place == f"dino/compiled/updates.py · {kernel}" and line.startswith("w[i] ")
    if kernel == "update":  # the line is in the branch of this rule
        code = [row.strip() for row in source_of(found["shared"].lines[-1].code)]
        branch = f"if rule == {optimizer.upper()}:"
        first = next(n for n, row in enumerate(code) if row in (branch, f"el{branch}"))
        assert "if " not in " ".join(code[first + 1 : code.index(line, first)])


def test_what_is_said_of_an_update_is_that_of_the_recipe():
    plain = {"clip_norm": 0, "average": 0}
    said = [
        " ".join(map(str, update_sentences(Config(**{"batch_size": n, **plain, **more}))))
        for n, more in ((1, {}), (32, {"clip_norm": 2.5}), (32, {"average": 0.9}))
    ]
    assert "for 1 name." in said[0] and "clipping" not in said[0] and "moving" not in said[0]
    assert (
        "for 32 names at once." in said[1] and "If the norm of g is above 2.5, clipping" in said[1]
    )
    assert "uses the moving average of w." in said[2] and "clipping" not in said[2]


@pytest.mark.parametrize("test", [GRADIENTS_AGREE, UPDATES_AGREE])
def test_a_test_that_is_named_is_there_and_bounds_the_error_that_is_said(test):
    file, _, name = test.partition(" · ")
    (found,) = (it for it in functions(ROOT / file) if it.name == name)
    bound = {GRADIENTS_AGREE: "GRADIENT_ERROR", UPDATES_AGREE: "UPDATE_ERROR"}[test]
    asserted = [ast.unparse(it.test) for it in ast.walk(found) if isinstance(it, ast.Assert)]
    assert [it for it in asserted if it.endswith(f".max() < {bound}")]


def test_the_lines_are_read_without_loading_the_compiler():
    code = (
        "import sys; from dino.ui.strip_code import *; from dino.config import Config\n"
        "from dino.pages.inside import letter_by_letter\n"
        "for cell in ('rnn', 'gru', 'lstm'): found = sources(parts(Config(cell=cell)))\n"
        "print(len(found), 'dino.ui.strip' in sys.modules, 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    count, is_loaded, has_numba = done.stdout.split()
    assert int(count) > 10 and is_loaded == "True" and has_numba == "False"


@pytest.mark.usefixtures("kernels")
@pytest.mark.skipif(not is_available(), reason="numba and scipy are not installed")
@pytest.mark.parametrize("cell", CELLS)
def test_the_lines_of_the_way_back_give_the_gradient_of_the_strip(cell, corpus):
    from dino.compiled import kernels

    model, vocab = small(corpus, cell), corpus.vocab
    back = flow_back(model, unroll(model, vocab, "tri", ended=True))
    letters = vocab.encode("tri")
    inputs = np.array([[vocab.start, *letters]])
    targets, lengths = np.array([[*letters, vocab.index[END]]]), np.array([4])
    weights = flatten(model).numpy().copy()
    memory = kernels.Weights(weights, *np.zeros((4, len(weights)), np.float32))
    kernels.train(
        kernels.Shape(GATES[cell], model.hidden_size, len(vocab)),
        kernels.Recipe(0, *[0.0] * 6),
        memory,
        kernels.Data(inputs, targets, lengths),
        kernels.NO_TEACHER,
        np.zeros((1, 1), np.int64),
        0,
        0,
        np.ones(1, np.uint64),
    )
    first = model.W_xh.numel()
    found = memory.g[first : first + model.W_hh.numel()].reshape(model.W_hh.shape)
    assert np.abs(back.gradient).max() > 100 * GRADIENT_ERROR
    assert np.abs(found - back.gradient).max() < GRADIENT_ERROR


def test_the_pictures_numbers_are_the_networks(page):
    _, data = part(page, "strip")
    assert [step["input"] for step in data["steps"]] == ["–", "t", "r", "i"]
    assert len(data["steps"][0]["units"]) == 4 and data["flows"]
    assert data["ways"] == ["forward", "backward", "update", "writing"]
    for step, comes in zip(data["steps"], ["t", "r", "i", None], strict=True):
        chosen = [symbol for symbol, _, _, is_next in step["top"] if is_next]
        assert chosen == ([comes] if comes else []) and len(step["top"]) == 4
        assert bool(step["loss"]) == (comes is not None)
        for _, text, share, is_next in step["top"]:
            assert float(text) == pytest.approx(share, abs=0.005) and 0 < share < 1
            if is_next:
                assert float(step["loss"].split()[1]) == pytest.approx(-math.log(share), abs=0.005)
    assert max(step["flow"] for step in data["steps"]) == 1


def test_writing_says_what_a_draw_would_give_and_update_which_numbers_are_shown(page):
    _, data = part(page, "strip")
    written = [step["writing"] for step in data["steps"][:-1]]
    assert written == [f"If {it} is drawn, it becomes the next input." for it in "tri"]
    assert "those before the update" in data["words"]["update_stages"][-1]


def test_the_code_of_the_picture_is_that_of_the_runs_cell_and_optimizer(page):
    _, data = part(page, "strip")
    found = parts(job_of(page).run.config)
    for way, each in data["code"].items():
        assert list(each) == list(PART_NAMES)
        for name, it in each.items():
            assert [block["place"] for block in it["blocks"]] == [
                place_of(lines.code) for lines in found[way][name].lines
            ]
            for block in it["blocks"]:
                lines = data["sources"][block["place"]]
                assert 0 <= max(block["numbers"]) < len(lines)
                compiled = block["place"].startswith("dino/compiled/")
                assert bool(block["engine"]) == compiled
                assert block["engine"].startswith("Compiled engine") == compiled
    assert "within 0.000001" in data["code"]["update"]["shared"]["blocks"][-1]["engine"]
    assert "within 0.00001:" in data["code"]["backward"]["cell"]["blocks"][0]["engine"]
    _, twin = part(page, "strip_code_twin")
    lines = [line for each in found.values() for it in each.values() for _, line in marked(it)]
    assert [row[3] for row in twin["rows"]] == lines and len(lines) > 20


def test_a_chosen_step_is_the_one_of_the_formulas(page):
    component, _ = part(page, "strip")
    assert "x_t is the last letter read: i" in words_of(page)
    send(page, component.id, "part", ["cell", 1])
    assert not page.exception and "x_t is the last letter read: t" in words_of(page)
    page.run()
    assert "x_t is the last letter read: t" in words_of(page)  # until another is chosen
    send(page, component.id, "part", ["W_xh", 0])
    assert "no letter has been read yet" in words_of(page)
    send(page, component.id, "part", ["", 0])
    assert "x_t is the last letter read: i" in words_of(page)
    send(page, component.id, "part", ["cell", 1])
    page.text_input(key="walk").set_value("ky").run()  # another start has other steps
    assert "x_t is the last letter read: y" in words_of(page)


def test_what_no_picture_sends_changes_nothing(page):
    component, _ = part(page, "strip")
    for sent in (None, 3, "x", [], ["cell"], ["cell", 99], ["cell", -1], ["x", 0], [["cell"], 1]):
        send(page, component.id, "part", sent)
        assert not page.exception and "x_t is the last letter read: i" in words_of(page), sent


def test_an_empty_start_has_one_step_and_no_loss(page):
    page.text_input(key="walk").set_value("").run()
    _, data = part(page, "strip")
    assert not page.exception and len(data["steps"]) == 1
    assert not (data["flows"] or data["writes"]) and "no loss" in data["words"]["no_backward"]
    assert "unrolled over 1 step." in words_of(page)


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
    assert data["steps"][0]["forward"] == "Step 1 reads r and starts from h_0."
    assert data["words"]["no_backward"] == data["words"]["no_writing"]
    assert "its own strip" in data["words"]["no_writing"] and not data["writes"]
    assert "does not depend on 2 earlier inputs." in words_of(page)


@pytest.mark.parametrize("cell", CELLS)
def test_what_flows_back_is_named_for_its_state(corpus, cell):
    model = small(corpus, cell)
    back = flow_back(model, unroll(model, corpus.vocab, "tri", ended=True))
    words = backward_sentence(back, 2)
    assert words.fields["name"] == ("c" if cell == "lstm" else "h")
    norms = anatomy.gradient_through_time(model, corpus.vocab, "tri", 3)
    said = " ".join(map(str, strip_sentences(unroll(model, corpus.vocab, "tri"), None, 5, cell)))
    directly = {"rnn": "", "gru": "directly, times z", "lstm": "directly, times f"}[cell]
    assert directly in said and ("both paths" in said) == bool(directly)
    assert words.fields["name"] in norms and back.gradient.shape == (5, 5 * GATES[cell])
