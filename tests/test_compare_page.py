"""The page Compare: groups, places of colours, curves, and sentences that are true of any runs."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from figures import check_colors, check_plotly_accepts
from hypothesis import given
from hypothesis import strategies as st
from pressing import part, press, send
from sources import ROOT
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.charts.base import RUNS
from dino.charts.compare import WINDOW, X_TITLES, RunCurves, overlaid_losses, smooth
from dino.charts.factors import band
from dino.choice import Choice
from dino.config import DEFAULT, told
from dino.data import load_bundled
from dino.jobs import RunEntry
from dino.locale.sentences import languages
from dino.name_measures import share
from dino.pages.compare import runs_table
from dino.pages.compare.curves import axis_sentences, best_sentences, in_unit
from dino.pages.compare.runs_view import MOST, RunsView, choose, compare, newest_runs, places
from dino.pages.compare.same_names import runs_on_parts
from dino.pages.compare.samples import copied_sentences
from dino.ui import run_groups, server, state

NET = {"engine": "torch", "hidden_size": "4", "batch_size": "2", "max_steps": "30"}


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def entry(number: int, corpus: Any = None, run: Any = None) -> Any:
    """A run of the browser, as far as it is asked for here."""
    return SimpleNamespace(
        number=number, token=f"t{number}", corpus=corpus, run=run, title="", pinned=False
    )


# ---- which runs, in which colour


def groups_of(*sizes: int) -> list[list[Any]]:
    numbers = itertools.count(1)
    return [[entry(next(numbers)) for _ in range(size)] for size in sizes]


def test_without_a_choice_the_newest_few_of_the_first_group_are_in_the_chart() -> None:
    groups = groups_of(7, 2)
    assert places(groups, None) == tuple(f"t{n}" for n in range(1, MOST + 1))
    assert places(groups_of(2), None) == ("t1", "t2", "", "", "")
    assert places([], None) == ("",) * MOST == places([], ["t1"])


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=30))
def test_whatever_is_ticked_the_chart_has_one_to_five_runs_of_one_group_each_in_its_colour(
    clicks: list[tuple[int, bool]],
) -> None:
    groups = groups_of(7, 3, 1)
    now = places(groups, None)
    for number, wanted in clicks:
        after = choose(RunsView(groups, {}, {}, now), f"t{number}", wanted)
        assert places(groups, after) == after
        shown = [token for token in after if token]
        assert 1 <= len(shown) == len({*shown}) <= MOST == len(after)
        (home,) = [g for g in groups if {*shown} & {e.token for e in g}]
        assert {*shown} <= {e.token for e in home}
        if {*shown} & {*now}:  # the group is as before: nobody changes its colour
            assert all(a == b for a, b in zip(now, after, strict=True) if a and b)
        now = after


def test_a_run_that_is_gone_leaves_its_place_and_nothing_left_is_as_at_first() -> None:
    groups = groups_of(3)
    assert places(groups, ("t9", "t2", "", "t1", "")) == newest_runs(groups[0])  # the first is gone
    assert places(groups, ("t2", "t9", "", "t1", "")) == ("t2", "", "", "t1", "")
    assert places(groups, ("t8", "t9", "", "", "")) == newest_runs(groups[0])


def lightness(color: str) -> np.ndarray:
    """A colour '#rrggbb' as linear light. (3,)"""
    share = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])
EYES = {  # Machado et al. 2009, severity 1: what eyes without one kind of cone see
    "all cones": np.eye(3),
    "protanopia": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranopia": [
        [0.3673, 0.8606, -0.2280],
        [0.2801, 0.6725, 0.0474],
        [-0.0118, 0.0429, 0.9689],
    ],
    "tritanopia": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}


def lab(light: np.ndarray) -> np.ndarray:
    """Linear light in CIE L*a*b*, in which distances are about as large as they look. (3,)"""
    x = XYZ @ np.clip(light, 0, 1) / (0.9505, 1, 1.0888)
    f = np.where(x > 0.008856, np.cbrt(x), 7.787 * x + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_runs_differ_for_colour_blind_eyes_and_are_seen_on_the_page(
    theme: str,
) -> None:
    text = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    block = text.split(f"[theme.{theme}]")[1]
    line = block.split("chartCategoricalColors = ")[1].split("\n")[0]
    ground = block.split('backgroundColor = "')[1][:7]
    colors = [line.strip("[]").split(", ")[int(token[1:])].strip('"') for token in RUNS]
    for eyes in EYES.values():
        seen = [lab(np.array(eyes) @ lightness(color)) for color in colors]
        apart = [np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)]
        assert min(apart) > 2 * 2.3  # twice what is just noticed (Mahy et al. 1994)
    for color in colors:
        light = sorted(float(XYZ[1] @ lightness(it)) for it in (color, ground))
        assert (light[1] + 0.05) / (light[0] + 0.05) >= 3  # WCAG 2.1, 1.4.11


# ---- why groups are apart


def test_why_runs_are_apart_is_said_of_list_case_split_and_removed_names(corpus) -> None:
    def of(found: Any, **source: Any) -> Any:
        return replace(found, source=Choice(**source))

    here = of(corpus)
    others = {
        "from another list": of(load_bundled("us-first-names"), key="us-first-names"),
        "its capitals treated differently": of(load_bundled(keep_case=True), keep_case=True),
        "(split seed 1)": of(load_bundled(split_seed=1)),
        "other names removed": of(
            corpus.without(corpus.val[:1]), removed=frozenset(corpus.val[:1])
        ),
        "from other names": replace(corpus, source=None),
    }
    said = {words: str(run_groups.why_apart(other, here)) for words, other in others.items()}
    assert all(words in text for words, text in said.items()) and len({*said.values()}) == 5
    title = str(run_groups.group_title(here))
    assert title == "dinos · split seed 0 · 1,372 names trained on, 152 held out"


# ---- curves


@given(st.lists(st.floats(-1e3, 1e3) | st.just(float("nan")), min_size=1, max_size=40))
def test_a_smoothed_line_stays_within_its_neighbours_and_keeps_its_ends(
    values: list[float],
) -> None:
    line = np.array(values)
    found = smooth(line)
    assert found.shape == line.shape and (np.isnan(found) == np.isnan(line)).all()
    assert np.array_equal(found[[0, -1]], line[[0, -1]], equal_nan=True)
    for i in np.flatnonzero(~np.isnan(line)):
        near = line[max(0, i - WINDOW // 2) : i + WINDOW // 2 + 1]
        assert np.nanmin(near) - 1e-9 <= found[i] <= np.nanmax(near) + 1e-9


def test_a_straight_line_is_smoothed_into_itself() -> None:
    line = np.arange(30.0)
    assert smooth(line) == pytest.approx(line)


def figure(**how: Any) -> dict[str, Any]:
    x, y = np.array([0.0, 1, 10, 100]), np.array([3.3, 2.5, np.nan, 1.7])
    runs = [
        RunCurves("<b>one</b>", RUNS[0], (x, y), (x[1:], y[1:])),
        RunCurves("two", RUNS[1], (x, y + 0.1), (np.empty(0), np.empty(0))),
    ]
    return overlaid_losses(runs, by="step", put=str, **how)


@pytest.mark.parametrize("log_x", [False, True])
@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize("smoothed", [False, True])
def test_the_chart_is_accepted_whichever_way_it_is_drawn(log_x, log_y, smoothed) -> None:
    found = figure(log_x=log_x, log_y=log_y, smoothed=smoothed)
    check_plotly_accepts(found)
    check_colors(found)
    x, y = found["layout"]["xaxis"], found["layout"]["yaxis"]
    assert x["range"] == pytest.approx([0, 2] if log_x else [0, 100])
    ends = [10**end for end in y["range"]] if log_y else y["range"]
    assert ends == pytest.approx([0.97 * 1.7, 1.02 * (2.6 if log_x else 3.4)])
    assert (x.get("type") == "log", y.get("type") == "log") == (log_x, log_y)
    named = [line["name"] for line in found["data"] if line.get("showlegend", True)]
    assert named == ["&lt;b>one&lt;/b>", "two"]
    assert len(found["data"]) == (6 if smoothed else 3)
    assert all((line["x"][0] > 0) for line in found["data"]) or not log_x
    assert found["layout"]["hovermode"] == "x unified"


@pytest.mark.parametrize(
    "code, steps, form", [("en", 1200, ",d"), ("es", 1200, "d"), ("en", 60, None)]
)
def test_the_step_axis_writes_thousands_as_the_lab_does(code, steps, form):
    curve = np.array([0.0, steps]), np.array([3.0, 2.0])
    run = RunCurves("a", "#000000", curve, curve)
    x = overlaid_losses([run], by="step", put=languages()[code].put)["layout"]["xaxis"]
    assert x.get("tickformat") == form


def test_curves_over_steps_share_their_pointer_with_an_experiments_over_steps_alone() -> None:
    run = RunCurves("one", RUNS[0], (np.arange(2), np.ones(2)), (np.arange(2), np.ones(2)))
    by = {key: overlaid_losses([run], by=key, put=str)["layout"]["meta"] for key in X_TITLES}
    bands = band([], str)["layout"]["meta"]
    assert [key for key, unit in by.items() if unit == bands] == ["step"]
    assert len({*by.values()}) == 3


def test_one_run_that_diverged_does_not_flatten_the_others() -> None:
    x = np.arange(3.0)
    run = RunCurves("one", RUNS[0], (x, np.array([3.3, 2, 900])), (x, x + 1))
    assert overlaid_losses([run], by="step", put=str)["layout"]["yaxis"]["range"][1] < 10
    none = RunCurves("one", RUNS[0], (x, x * np.nan), (np.empty(0), np.empty(0)))
    check_plotly_accepts(overlaid_losses([none], by="step", log_x=True, log_y=True, put=str))


def test_names_seen_are_batches_and_seconds_are_spread_evenly(trained) -> None:
    run = replace(trained.run(), seconds=6.0)
    curve = run.val_curve()
    assert in_unit(run, curve, "step")[0] == pytest.approx(curve[0])
    names, losses = in_unit(run, curve, "names")
    assert names == pytest.approx(curve[0] * run.config.batch_size) and losses is curve[1]
    assert in_unit(run, curve, "seconds")[0][-1] == pytest.approx(6)


# ---- what the curves show


def ended(trained, number: int, *losses: float, **changes: Any) -> Any:
    run = trained.run()
    steps = np.linspace(0, run.step, len(losses)).round().astype(int)
    config = run.config.replace(**changes)
    made = replace(run, config=config, val_steps=steps, val_losses=np.array(losses))
    return entry(number, run=made)


def said_of(*entries: Any) -> str:
    return " ".join(
        map(str, best_sentences(entries, {e.token: f"Run {e.number}" for e in entries}))
    )


def test_of_one_run_its_lowest_loss_is_said_and_its_last_where_that_is_another(trained) -> None:
    assert said_of(ended(trained, 1, 3.3, 1.7)) == (
        "Run 1 has its lowest held-out loss after its last update, 300: 1.700."
    )
    assert said_of(ended(trained, 1, 3.3, 1.7, 1.8)) == (
        "Run 1 has its lowest held-out loss at update 150: 1.700. After update 300 it is 1.800."
    )
    stopped = ended(trained, 1, 3.3, 1.7, 1.9)
    stopped.run = replace(stopped.run, stopped="It diverged.")
    assert said_of(stopped) == "Run 1 has its lowest held-out loss at update 150: 1.700."


@given(losses=st.lists(st.floats(0.5, 4), min_size=2, max_size=5))
def test_of_several_runs_the_lowest_is_named_and_what_it_does_not_decide(trained, losses) -> None:
    runs = [ended(trained, i, 3.3, loss, hidden_size=4 + i) for i, loss in enumerate(losses, 1)]
    bests = [round(min(3.3, loss), 3) for loss in losses]
    said = said_of(*runs)
    lowest = [f"Run {i}" for i, best in enumerate(bests, 1) if best == min(bests)]
    assert f"{', '.join(lowest)} ha{'s' if len(lowest) == 1 else 've'} the" in said
    assert f": {min(bests):.3f}" in said
    others = [best for best in bests if best > min(bests)]
    assert all(f"{best:.3f}" in said for best in (min(others), max(others))) if others else True
    assert "Another seed or split would also change its loss" in said
    assert "better than" not in said and "because" not in said


def test_where_nothing_but_chance_differs_no_recipe_is_spoken_of(trained) -> None:
    same = ended(trained, 1, 3.3, 1.7), ended(trained, 2, 3.3, 1.7)
    assert said_of(*same) == (
        "Of these 2 runs, Run 1, Run 2 have the same lowest held-out loss to three decimals: 1.700."
    )
    further = ended(trained, 2, 3.3, 1.6)
    further.run = replace(further.run, learning_rates=((0, 0.02), (9, 0.1)))
    assert "does not show which is better" in said_of(same[0], further)


def test_losses_that_are_no_numbers_are_not_ranked(trained) -> None:
    finite, nan = ended(trained, 1, 3.3, 1.7), ended(trained, 2, 3.3, 1.7)
    nan.run = replace(nan.run, val_losses=np.array([np.inf, np.inf]))
    assert said_of(nan) == "None of these runs has a finite held-out loss."
    assert said_of(finite, nan).startswith("Run 1 has its lowest")
    assert runs_table.figure_cells(nan)[0] == ("–", None)


def test_what_is_estimated_left_out_or_averaged_is_said() -> None:
    plain = " ".join(map(str, axis_sentences("step", False, False, False)))
    assert plain == "Solid: held-out loss (validation set)."
    every = " ".join(map(str, axis_sentences("seconds", True, True, True)))
    for words in ("Dotted: training loss", "are estimates", "has no 0", f"up to {WINDOW}"):
        assert words in every


def test_the_table_has_the_settings_that_differ_within_a_group_or_all(trained, corpus) -> None:
    one, two = ended(trained, 1, 3.3, 1.7), ended(trained, 2, 3.3, 1.8, hidden_size=9)
    one.corpus = two.corpus = corpus
    compared = compare([two, one])
    assert runs_table.shown_settings(compared, False) == ["hidden_size"]
    assert {"cell", "seed", "hidden_size"} < {*runs_table.shown_settings(compared, True)}
    assert runs_table.shown_settings(compared, True) == told(DEFAULT)
    assert runs_table.setting_cell(two, "hidden_size") == ("9", 9.0)
    assert runs_table.setting_cell(two, "cell") == ("RNN", "RNN")
    assert runs_table.setting_cell(two, "learning_rate") == ("0.02", 0.02)


# ---- the page


def open_page(**params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    page.run()
    page.run()
    assert not page.exception
    return page


def train(page: AppTest, number: int) -> None:
    press(page, "play" if number == 1 else "new")
    job = server.jobs().find(page.session_state["run"])
    assert job is not None
    wait_for(lambda: job.done and job.settled and job.entry(), "the run")
    page.run()


def with_two_runs() -> AppTest:
    page = open_page(**NET)
    train(page, 1)
    page.session_state["cell"] = "gru"
    page.run()
    train(page, 2)
    return look(page)


def look(page: AppTest) -> AppTest:
    page.switch_page("dino/pages/compare/page.py").run()
    assert not page.exception
    return page


def table(page: AppTest) -> dict[str, Any]:
    found = part(page, runs_table.KEY)
    assert found is not None
    return dict(found[1])


def tell(page: AppTest, event: str, value: Any) -> AppTest:
    component, _ = part(page, runs_table.KEY)
    send(page, component.id, event, value)
    assert not page.exception
    return page


def shown(page: AppTest) -> list[int]:
    return [
        run["number"] for group in table(page)["groups"] for run in group["rows"] if run["color"]
    ]


def words(page: AppTest) -> str:
    return " ".join(it.value for it in [*page.text, *page.caption, *page.markdown])


def test_without_a_run_the_page_offers_to_train_one() -> None:
    page = look(open_page(**NET))
    assert "You have not trained one in this visit yet." in words(page)
    page.button(key="offer").click().run()
    wait_for(lambda: part(page.run(), runs_table.KEY), "the table")


def test_two_runs_are_in_the_table_and_in_the_chart() -> None:
    page = with_two_runs()
    (group,) = table(page)["groups"]
    assert [run["number"] for run in group["rows"]] == [2, 1] and shown(page) == [2, 1]
    assert table(page)["settings"] == [["cell", "cell"]]
    assert group["rows"][0]["changed"] == "cell RNN → GRU" and not group["why"]
    assert "Of these 2 runs," in words(page) and "Another seed or split" in words(page)
    assert "**Of 2 runs on the same names, run" in words(page)
    tell(page, "choose", ["t", True])
    tell(page, "choose", "nonsense")
    first = group["rows"][1]["token"]
    tell(page, "choose", [first, False])
    assert shown(page) == [2] and "has its lowest held-out loss" in words(page)
    tell(page, "choose", [first, True])
    assert shown(page) == [2, 1]
    page.toggle(key=state.ALL_SETTINGS.key).set_value(True).run()
    assert len(table(page)["settings"]) > 10


def test_the_chart_has_the_axes_that_are_chosen() -> None:
    page = with_two_runs()
    page.session_state[state.COMPARE_BY.key] = "seconds"
    for value in (state.LOG_X, state.LOG_Y, state.SMOOTH):
        page.toggle(key=value.key).set_value(True)
    page.run()
    _, data = part(page, "overlaid")
    layout = data["figure"]["layout"]
    assert layout["xaxis"]["type"] == layout["yaxis"]["type"] == "log"
    assert layout["xaxis"]["title"]["text"] == "seconds of training (estimated)"
    assert "Seconds are estimates" in words(page) and "has no 0" in words(page)


@pytest.mark.long
def test_a_run_on_another_split_forms_a_group_that_takes_the_chart_when_it_is_ticked() -> None:
    page = with_two_runs().switch_page("dino/pages/lab/page.py").run()
    page.session_state["split_seed"] = 1
    page.run()
    train(page, 3)
    look(page)
    first, second = table(page)["groups"]
    assert [run["number"] for run in first["rows"]] == [3] and shown(page) == [3]
    assert "hold out other names of the same list (split seed 0)" in second["why"]
    assert "The chart shows runs of only one group." in words(page)
    tell(page, "choose", [second["rows"][1]["token"], True])
    assert shown(page) == [2, 1]


def test_a_row_opens_its_run_in_the_lab() -> None:
    page = with_two_runs()
    token = table(page)["groups"][0]["rows"][1]["token"]
    assert page.session_state["run"] != token
    tell(page, "open", 1)
    assert page.session_state["run"] == token and page.session_state["visit"].page == "lab"


# ---- names


def sample_of(copied: int, count: int = 400) -> Any:
    return SimpleNamespace(copied=share(copied, count))


@given(st.lists(st.integers(0, 400), min_size=1, max_size=5), st.integers(0, 400))
def test_who_copies_more_than_counting_sixes_is_said_only_where_chance_does_not_explain_it(
    copied: list[int], sixes: int
) -> None:
    runs = [(f"Run {i}", sample_of(found)) for i, found in enumerate(copied)]
    said = [str(it) for it in copied_sentences(runs, sample_of(sixes))]
    for title, it in runs:
        (mine,) = [text for text in said if title in text]
        gap = it.copied.share - sixes / 400
        if "too close to call" not in mine:
            assert (" more " if gap > 0 else " fewer ") in mine and " or " not in mine
            assert abs(gap) > 1.9 * it.copied.error
        else:
            assert abs(gap) < 5 * max(it.copied.error, sample_of(sixes).copied.error)
    assert copied_sentences([], sample_of(sixes)) == []


def test_of_equal_samples_one_in_twenty_comparisons_is_called_different_at_most() -> None:
    draws = np.random.default_rng(0)
    called = 0
    for _ in range(1000):
        runs = [(str(i), sample_of(int(draws.binomial(400, 0.06)))) for i in range(5)]
        said = copied_sentences(runs, sample_of(int(draws.binomial(400, 0.06))))
        called += any("too close to call" not in str(it) for it in said)
    assert called <= 50 + 3 * np.sqrt(50 * 0.95)


@pytest.mark.long
def test_names_of_all_runs_are_beside_counting_and_real_ones() -> None:
    page = with_two_runs()
    wait_for(lambda: part(page.run(), "name_measures"), "the samples")
    _, names = part(page, "compare_names")
    assert names["columns"] == ["Run 2 · GRU 4", "Run 1 · RNN 4"] and len(names["rows"]) == 10
    _, measures = part(page, "name_measures")
    titles = [row[0] for row in measures["rows"]]
    assert titles[2:] == ["counting fours", "counting sixes", "held-out names"]
    assert all(" ± " in cell for row in measures["rows"][:-1] for cell in row[1:])
    assert measures["rows"][-1][1:5] == ["0 %", "0 %", "100 %", "0 %"]
    page.button(key="compare_other_draws").click().run()
    wait_for(lambda: part(page.run(), "compare_names")[1]["rows"] != names["rows"], "other names")


@pytest.mark.long
def test_a_run_without_weights_says_so_and_the_others_write() -> None:
    page = with_two_runs()
    kept = server.jobs().kept_of(page.session_state["visit"].browser)
    kept.change(kept.entries[0].token, RunEntry.without_weights)
    wait_for(lambda: part(page.run(), "compare_names"), "the samples")
    assert part(page, "compare_names")[1]["columns"] == ["Run 2 · GRU 4"]
    assert "discarded for lack of memory: Run 1 · RNN 4." in words(page)


# ---- titles, pins, deleted runs


@pytest.mark.long
def test_a_title_is_shown_as_it_was_typed_everywhere_and_too_long_a_one_is_refused() -> None:
    page = with_two_runs()
    tell(page, "rename", [1, "**bold** <b>x</b> {y} $z$"])
    (group,) = table(page)["groups"]
    name = "Run 1 · **bold** <b>x</b> {y} $z$"
    assert group["rows"][1]["name"] == name
    assert name not in " ".join(it.value for it in [*page.markdown, *page.caption])
    lines = [line["name"] for line in part(page, "overlaid")[1]["figure"]["data"]]
    assert "Run 1 · **bold** &lt;b>x&lt;/b> {y} $z$" in lines
    page.switch_page("dino/pages/lab/page.py").run()
    (group,) = part(page, "runs")[1]["groups"]
    assert group["rows"][1]["name"].startswith(f"{name} · RNN 4 · ")
    page.switch_page("dino/pages/inside/page.py").run()
    page.session_state["tool"] = "two"
    page.run()
    assert any(option.startswith(f"{name} · RNN 4 · ") for option in page.selectbox[0].options)
    assert name in [it.value for it in page.text]
    assert name not in " ".join(it.value for it in [*page.markdown, *page.caption])
    page.switch_page("dino/pages/compare/page.py").run()
    tell(page, "rename", [1, "x" * 500])
    assert "at most 40 characters. This one has 400." in words(page)
    for nonsense in ([1], "x", [1, 7], ["1", "x"], None, [[], "x"]):
        tell(page, "rename", nonsense)
        tell(page, "pin", nonsense)
        tell(page, "remove", nonsense if not isinstance(nonsense, int) else "x")
    assert table(page)["groups"][0]["rows"][1]["name"] == name
    tell(page, "rename", [1, " "])
    assert table(page)["groups"][0]["rows"][1]["name"] == "Run 1 · RNN 4"


def test_a_run_is_pinned_and_a_deleted_one_comes_back() -> None:
    page = with_two_runs()
    tell(page, "pin", [1, True])
    assert [run["pinned"] for run in table(page)["groups"][0]["rows"]] == [False, True]
    tell(page, "remove", 2)  # the one that is on the page of the Lab
    assert [run["number"] for run in table(page)["groups"][0]["rows"]] == [1]
    assert "Deleted: Run 2 · GRU 4." in words(page) and not page.session_state["run"]
    tell(page, "remove", 1)
    assert part(page, runs_table.KEY) is None and "Deleted: Run 1 · RNN 4." in words(page)
    for _ in range(2):
        page.button(key="undo_delete").click().run()
    assert [run["number"] for run in table(page)["groups"][0]["rows"]] == [2, 1]
    assert "Deleted" not in words(page) and not page.exception


def test_a_link_to_the_tab_that_was_on_data_leads_to_the_page() -> None:
    page = open_page(**NET)
    page.switch_page("dino/pages/data/page.py").run()
    page.session_state["visit"].arrival = "tab=compare"  # as a browser says what it shows
    page.run()
    assert page.session_state["visit"].page == "compare" and not page.exception


def test_only_runs_that_differ_in_removed_names_alone_are_measured_on_the_same_ones(
    trained, corpus
) -> None:
    whole = replace(corpus, source=Choice())
    removed = frozenset(corpus.val[:2])
    part_of_it = replace(corpus.without(removed), source=Choice(removed=removed))
    other_split = replace(load_bundled(split_seed=1), source=Choice())
    entries = [entry(n, c, trained.run()) for n, c in ((4, part_of_it), (3, other_split))]
    entries += [entry(n, whole, trained.run()) for n in (2, 1)]
    assert [e.number for e in runs_on_parts(compare(entries))] == [4, 2, 1]
    assert runs_on_parts(compare(entries[1:])) == [] == runs_on_parts(compare([]))
    entries[0].run = trained.run().without_weights()
    assert runs_on_parts(compare(entries)) == []
