"""What pages say of a list, a recipe, a run and a name: true where it holds, silent or reversed
where it does not; what presets show, over seeds, and how often chance alone is called a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pytest
from experiments import last
from pressing import part, press
from sampling import one_in
from streamlit.testing.v1 import AppTest
from test_data_page import TWENTY, again, data, is_at_rest, look_at, sentences, use
from test_memory_and_gradient import measured
from waiting import PATIENCE

from dino import anatomy, probe, survey
from dino.config import Config, Writing
from dino.data import END, load
from dino.difference import Difference, Side
from dino.metrics import overfitting
from dino.model import rebuild
from dino.pages.data.letters import OFTEN
from dino.pages.inside.letter_map import map_sentences
from dino.pages.inside.memory_sentences import bounded_sentences
from dino.pages.inside.units import importance_sentences
from dino.pages.lab import offers
from dino.pages.lab.explain import network_sentence
from dino.pages.lab.name_picture import hidden_sentence, how_chosen
from dino.pages.lab.notebook_runs import LARGE, NOTEBOOK, SMALL, Variant
from dino.presets import PRESETS
from dino.train import Trainer
from dino.ui import server, state

SHORT = {"engine": "torch", "hidden_size": "4", "batch_size": "2", "max_steps": "5"}


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    yield
    server.renew()


def joined(lines) -> str:
    return " ".join(map(str, lines))


# ---- a list


def test_the_most_frequent_and_the_most_certain_symbols_are_those_of_a_count(corpus) -> None:
    words = sentences(look_at(data(), "letters"))
    text = "".join(name + END for name in corpus.names)
    (symbol, count), *_ = Counter(text).most_common(1)
    assert f"Most frequent symbols: {symbol} ({100 * count / len(text):.1f} %)" in words
    (first, count), *_ = Counter(name[0] for name in corpus.names).most_common(1)
    share = 100 * count / len(corpus.names)
    assert f"Most frequent first letters: {first} ({share:.1f} %)" in words
    names = [name + END for name in corpus.names]
    pairs = Counter(pair for name in names for pair in zip(name, name[1:], strict=False))
    totals = Counter(before for before, _ in pairs.elements())
    often = {pair: n for pair, n in pairs.items() if totals[pair[0]] >= OFTEN}
    (before, after), count = max(often.items(), key=lambda it: it[1] / totals[it[0][0]])
    assert (
        f"{before} has the most predictable next symbol. {after} follows it in {count:,} of "
        f"{totals[before]:,} cases."
    ) in words


def test_of_rare_symbols_none_is_called_the_most_predictable() -> None:
    rare = [chr(0x4E00 + i) + chr(0x5E00 + i) for i in range(24)]
    assert "most predictable" not in sentences(look_at(use(data(), rare), "letters"))


def test_lengths_are_a_range_only_where_they_differ(corpus) -> None:
    words = sentences(look_at(data(), "letters"))
    lengths = [len(name) for name in corpus.names]
    assert f"Letters per name: from {min(lengths)} (such as " in words
    assert f"to {max(lengths)} (such as " in words and f"{np.mean(lengths):.1f} on average" in words
    same = sentences(look_at(use(data(), TWENTY), "letters"))
    assert "All names have 2 letters." in same and "Letters per name" not in same


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_names_that_a_split_of_rows_would_leak_are_named(seed, corpus) -> None:
    words = sentences(look_at(data(split_seed=str(seed)), "split"))
    both = survey.names_on_both_sides(corpus.rows, seed)
    assert "In this list 11 names are repeated." in words
    if both:
        count = len(both)
        assert f"{count} name{'s' if count > 1 else ''} would be in both sets" in words
        assert f"with this seed: {both[0]}" in words
    assert ("none of them would be in both sets with this seed" in words) == (not both)


def test_a_list_without_repeats_and_suspects_is_said_to_have_none() -> None:
    page = use(data(), TWENTY)
    assert "No name in this list is repeated" in sentences(look_at(page, "split"))
    look_at(page, "suspects")
    again(page, lambda: "by these rules" in sentences(page))
    assert "None of the 20 names is a suspect by these rules." in sentences(page)
    assert "No name occurs more than once." in sentences(page)
    repeated = look_at(use(data(), [*TWENTY, TWENTY[0]]), "suspects")
    assert "1 name occurs more than once (extra rows: 1). It counts once." in sentences(repeated)


def test_a_search_says_how_many_names_it_found(corpus) -> None:
    page = look_at(data(), "names")
    assert "The list has 1,524 distinct names." in sentences(page)
    page.text_input(key="find").set_value("RAPTOR").run()
    found = sum("raptor" in name for name in corpus.names)
    assert f"{found} of 1,524 distinct names contain “raptor”." in sentences(page)


def markdown(page: AppTest) -> str:
    return " ".join(element.value for element in page.markdown)


def test_what_becomes_of_the_run_is_said_in_every_state() -> None:
    page = data(**SHORT)
    assert "The next run uses Dinosaurs." in markdown(page)
    page.switch_page("dino/pages/lab/page.py").run()
    press(page, "play")
    again(page, lambda: is_at_rest(page))
    page.switch_page("dino/pages/data/page.py").run()
    assert "Your current run was trained on this list." in markdown(page)
    page.session_state["list"] = "colombian-towns"
    page.run()
    assert "was trained on Dinosaurs and keeps that list" in markdown(page)


# ---- a recipe, a run, a name


@pytest.mark.parametrize(
    "cell, reach, words",
    [
        ("rnn", 0, "The state passes from letter to letter."),
        ("gru", 3, "The state passes only through the last 3 letters."),
        ("gru", 1, "The state starts at zero before every letter."),
        ("lstm", 0, "The state and the cell state pass from letter to letter."),
        ("lstm", 2, "The state and the cell state pass only through the last 2 letters."),
        ("lstm", 1, "The state and the cell state start at zero before every letter."),
    ],
)
def test_the_network_s_sentence_says_what_goes_back_into_the_units(cell, reach, words) -> None:
    said = str(network_sentence(Config(cell=cell, hidden_size=8, context=reach), 27))
    assert said == f"{cell.upper()}: 27 symbols in, 8 hidden units, 27 probabilities out. {words}"


def test_how_a_name_was_chosen_is_what_its_settings_did() -> None:
    plain = Writing(temperature=0.7)
    assert joined(how_chosen(plain, plain, 0)) == (
        "Each letter was drawn at random (sampling) at temperature 0.7."
    )
    assert "shows the probabilities at temperature 0.5." in joined(
        how_chosen(Writing(temperature=0.5), plain, 0)
    )
    top = Writing(top_k=3)
    assert "from the 3 most probable symbols" in joined(how_chosen(top, top, 0))
    assert "from the single most probable symbol" in joined(how_chosen(top, Writing(top_k=1), 0))
    greedy = Writing(greedy=True, top_k=3, temperature=2)
    said = joined(how_chosen(greedy, greedy, 2))
    assert said.startswith(
        "The first 2 letters were given. After that, the most probable symbol was taken each time "
        "(greedy decoding)."
    )
    assert "probabilities at temperature 1." in said
    assert "given" not in joined(how_chosen(plain, plain, 0))
    assert joined(how_chosen(plain, plain, 1)) == (
        "The first letter was given. Each of the other letters was drawn at random (sampling) at "
        "temperature 0.7."
    )
    assert (
        "Each of the other letters was drawn at temperature 1 from the 3 most probable symbols"
        in (joined(how_chosen(top, top, 2)))
    )


@pytest.mark.parametrize("cell, is_all", [("rnn", True), ("gru", True), ("lstm", False)])
def test_the_hidden_units_are_all_that_is_remembered_but_in_an_lstm(cell, is_all) -> None:
    for units in (1, 8):
        said = str(hidden_sentence(cell, units))
        assert ("with the cell state c" in said) == (not is_all)


def test_the_map_is_said_to_leave_dimensions_out_only_where_it_does() -> None:
    assert "The map shows 2 of 64 dimensions" in joined(map_sentences(64))
    for size in (1, 2):
        assert "dimensions" not in joined(map_sentences(size))


def job_that_overfits(names: int = 152, rise: float = 0.1):
    """As much of a run at rest as offers ask for: its best moment was step 100 of 400."""
    steps = np.arange(0, 401, 25)
    val = 1.7 + rise * np.abs(steps - 100) / 100
    run = SimpleNamespace(
        val_losses=val,
        train_eval_losses=3 - steps / 200,
        stopped="",
        cure=None,
        names_seen=9999,
        train_names=100,
        val_loss=float(val[-1]),
        best=(100, float(val.min())),
        best_moment=SimpleNamespace(step=100),
        kept_step=400,
    )
    config = Config(max_steps=400)
    corpus = SimpleNamespace(val=["x"] * names)
    return SimpleNamespace(
        run=run,
        config=config,
        corpus=corpus,
        trained=True,
        failed=False,
        running=False,
        phase="done",
        done=True,
        learning_rate=config.learning_rate,
    )


def test_the_best_moment_is_offered_where_a_run_overfits_and_the_latest_once_it_was_taken(
    monkeypatch,
) -> None:
    job = job_that_overfits()
    (found,) = offers.offers(job, job.config, [])
    assert found.action == "best" and found.label == "Use the best moment (update 100)"
    assert "early stopping" in found.words and "a little higher" in found.words
    for other in (job_that_overfits(rise=0.0), job_that_overfits(names=15)):
        assert offers.offers(other, other.config, []) == []
    monkeypatch.setattr(state.USE_BEST, "get", lambda: True)
    (found,) = offers.offers(job, job.config, [])
    assert found.action == "latest" and "update 400" in found.label
    assert "best moment, update 100." in found.words


@pytest.mark.parametrize(
    "cell, word", one_in(2, [("rnn", "radius"), ("gru", "z, mean"), ("lstm", "f, mean")])
)
def test_the_factors_of_a_gradient_are_those_of_the_weights_on_this_name(cell, word) -> None:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update({**SHORT, "cell": cell, "clip_norm": "0.5"})
    page.run()
    page.run()
    press(page, "play")
    again(page, lambda: is_at_rest(page))
    page.switch_page("dino/pages/inside/page.py")
    page.session_state["tool"] = "gradient"
    again(page, lambda: page.run() and "…" not in part(page, "radii")[1]["rows"][0][1])
    job = server.jobs().find(page.session_state["run"])
    model = rebuild(job.config, len(job.corpus.vocab), job.run.weights)
    name = page.session_state["grad_name"]
    if cell == "rnn":
        value = anatomy.spectral_radius(model)
    else:
        value = anatomy.mean_gate(model, job.corpus.vocab, name)[1]
    _, direct, factor, clipped = part(page, "radii")[1]["rows"][0]
    assert direct == f"{word} {value:.2f}"
    norms = anatomy.gradient_through_time(model, job.corpus.vocab, name, len(name))
    decay = anatomy.gradient_decay(norms["c" if cell == "lstm" else "h"])
    assert factor == f"{decay.factor:.2f}"
    assert clipped == f"{100 * job.run.clipped / job.run.step:.0f} %"


# ---- over seeds, and by chance alone


def run_of(config: Config, corpus):
    trainer = Trainer(config, corpus)
    trainer.advance()
    return trainer


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    "preset, change, is_called",
    [
        ("first-success", {}, False),
        ("notebook-as-written", {}, False),
        ("notebook-through-time", {}, False),
        ("first-success", {"hidden_size": 128, "max_steps": 2400}, True),
    ],
)
def test_a_large_network_that_trains_for_long_is_said_to_overfit_and_no_simple_preset_is(
    preset, change, is_called, seed, corpus
) -> None:
    config = PRESETS[preset].config.replace(seed=seed, engine="torch", **change)
    run = run_of(config, corpus).run()
    found = overfitting(run, len(corpus.val))
    print(f"\n{preset} {change} seed {seed}: {found}")
    assert (found is not None) == is_called


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_most_units_of_first_success_are_clearly_worth_something_and_a_silent_one_is_not(
    seed, corpus
) -> None:
    config = PRESETS["first-success"].config.replace(seed=seed, hidden_size=16)
    model, names = run_of(config, corpus).eval_model, corpus.val_arrays
    quiet = probe.silence_units(model, [3])
    rises = last(probe.unit_importance(quiet, names))
    clear = rises[:, 0] > 2 * rises[:, 1]
    assert not clear[3] and clear.sum() >= 8
    assert f"{clear.sum()} units are clearly worth something" in joined(
        importance_sentences(rises, len(names.lengths))
    )


@pytest.mark.long
def test_of_two_variants_that_change_places_by_chance_none_is_called_better(corpus) -> None:
    """Calibration: for each name it is drawn which loss is whose."""
    runs = [
        run_of(Variant(1, stepping).recipe(NOTEBOOK.replace(max_steps=400)), corpus)
        for stepping in (SMALL, LARGE)
    ]
    one, other = (probe.name_losses(run.eval_model, corpus.val_arrays, 1) for run in runs)
    symbols, random, called = corpus.val_arrays.lengths, np.random.default_rng(0), []
    for _ in range(2000):
        swapped = random.random(len(symbols)) < 0.5
        before, after = np.where(swapped, [one, other], [other, one])
        lower_by, error = probe.loss_difference(before, after, symbols)
        called.append(Difference(lower_by, error, len(symbols)).is_clear)
    print(f"\n{np.mean(called):.4f} of 2,000 called clear")
    assert 0.03 <= np.mean(called) <= 0.065


@pytest.mark.long
@pytest.mark.parametrize("names", [16, 150])
def test_chance_alone_is_seldom_taken_for_the_worth_of_a_longer_memory(names) -> None:
    """Calibration: the signs of each name's differences are turned at random, one for all k."""
    random, found = np.random.default_rng(names), []
    losses = measured((), 3, noise=1.0, names=names)
    gaps = losses.restarted - losses.own
    for _ in range(2000):
        losses.restarted[:] = losses.own + gaps * random.choice([-1, 1], names)
        found.append("A longer memory helps. With" in joined(bounded_sentences(losses)))
    print(f"\n{names} names: {np.mean(found):.4f} of 2,000 called an improvement")
    assert np.mean(found) <= 0.04  # at most one of 40 cases, give or take


@pytest.mark.long
def test_on_other_splits_too_larger_steps_are_said_to_be_the_larger_change() -> None:
    for split in (1, 2):
        names = load(split_seed=split)
        config = NOTEBOOK.replace(split_seed=split)
        pair = Variant(0, SMALL), Variant(1, LARGE)
        losses = []
        for variant in pair:
            model = run_of(variant.recipe(config), names).eval_model
            losses.append(probe.name_losses(model, names.val_arrays, variant.context))
        symbols = names.val_arrays.lengths
        lower_by, error = probe.loss_difference(losses[0], losses[1], symbols)
        assert Difference(lower_by, error, len(symbols)).side is Side.LOWER
