"""The runs that Inside and Compare show to who has none: their files, and what is drawn of them."""

from __future__ import annotations

import numpy as np
import pytest
from example_runs import trained
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE

from dino import probe
from dino.charts.compare import RunCurves
from dino.model import rebuild
from dino.pages.compare import curves as compare_example
from dino.pages.inside import picked_name
from dino.pages.inside.moment_tabs import draw_example, example_view
from dino.presets import PRESETS
from dino.saved import shipped_runs
from dino.ui.example_runs import examples

each_example = pytest.mark.parametrize("place", range(len(shipped_runs.EXAMPLE_NAMES)))


@each_example
def test_an_example_is_what_its_preset_trains_on_the_dinosaurs(place, corpus):
    name, entry = shipped_runs.EXAMPLE_NAMES[place], examples()[place]
    run = entry.run
    assert run.config == PRESETS[name].config and run.step == run.config.max_steps
    assert entry.corpus.train == corpus.train and entry.corpus.val == corpus.val
    model = rebuild(run.config, len(corpus.vocab), run.weights)
    assert probe.mean_loss(model, corpus.val_arrays) == pytest.approx(run.val_loss, abs=1e-4)
    assert (shipped_runs.EXAMPLES / f"{name}{shipped_runs.END}").stat().st_size < 100_000


@pytest.mark.long
@each_example
def test_trained_again_it_is_the_same_run(place, kernels):
    """Its first half. Then rounding counts: BLAS libraries add in different orders.

    What they differ by grows from measurement to measurement: with three settings of one library at
    most 0.000002 in the first half, and up to 0.01 later. In the end it is as another seed: those
    of 0, 1 and 2 end up to 0.025 apart.
    """
    again, run = trained(shipped_runs.EXAMPLE_NAMES[place]).run(), examples()[place].run
    half = len(run.val_losses) // 2
    assert again.config == run.config and again.engines == run.engines
    for name in ("val_losses", "train_eval_losses"):
        mine, its = getattr(again, name), getattr(run, name)
        assert len(mine) == len(its) and half > 30
        assert mine[:half] == pytest.approx(its[:half], abs=1e-4)
    assert again.val_loss == pytest.approx(run.val_loss, abs=0.03)


def test_all_visitors_share_what_was_read_once():
    assert examples() is examples() and example_view() is example_view()


def test_inside_draws_the_probabilities_and_states_of_the_example(monkeypatch):
    drawn = {}
    monkeypatch.setattr(
        picked_name, "plot", lambda figure, key, alt, *_, **__: drawn.update({key: (figure, alt)})
    )
    draw_example()
    view = example_view()
    trace = view.picked_trace
    assert trace.finished and view.moment.step == view.entry.run.best_moment.step
    probs, states = (drawn[key][0]["data"][0]["z"] for key in ("inside_probs", "inside_hidden"))
    assert np.allclose(np.array(probs, dtype=float), trace.probs().T, atol=1e-3)
    assert np.allclose(np.array(states, dtype=float), trace.hidden.T, atol=1e-2)
    assert all(alt for _, alt in drawn.values())


def test_compare_draws_the_losses_of_the_examples_and_says_what_holds(monkeypatch):
    drawn: list[RunCurves] = []
    build = compare_example.overlaid_losses
    monkeypatch.setattr(
        compare_example, "overlaid_losses", lambda r, **how: drawn.extend(r) or build(r, **how)
    )
    monkeypatch.setattr(compare_example, "plot", lambda figure, key, alt, **_: alts.append(alt))
    alts: list[str] = []
    compare_example.draw_example()
    for curves, entry in zip(drawn, examples(), strict=True):
        assert np.array_equal(curves.val[1], entry.run.val_curve()[1])
    lowest = min(examples(), key=lambda entry: entry.run.val_loss)
    assert f"run {lowest.number} ends with the lowest held-out loss" in alts[0]
    assert f"{lowest.run.val_loss:.3f}" in alts[0]


@pytest.mark.parametrize("page", ["inside", "compare"])
def test_a_page_without_a_run_says_whose_picture_it_shows(page):
    lab = AppTest.from_file("../app.py", default_timeout=PATIENCE).run()
    shown = lab.switch_page(f"dino/pages/{page}/page.py").run()
    assert not shown.exception and shown.button(key="offer")
    words = "\n".join(it.value for kind in ("text", "markdown") for it in shown.get(kind))
    assert "This example shows " in words and "First success: RNN 64" in words
    assert page == "compare" or example_view().picked_trace.name in words
