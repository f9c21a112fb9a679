"""What holds the notebook back: which runs fill its table, and what may be said of them."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from pressing import press
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.config import Config
from dino.data import encode, load, make_corpus
from dino.difference import Side
from dino.jobs import RunEntry
from dino.lists import clean
from dino.model import CharRNN
from dino.pages.lab import notebook_runs, notebook_table
from dino.pages.lab.notebook_runs import ADAM, LARGE, NOTEBOOK, SMALL, Variant
from dino.presets import PRESETS
from dino.train import Trainer
from dino.ui import server

CORNERS = [Variant(context, stepping) for stepping in (SMALL, LARGE) for context in (1, 0)]
SHORT = NOTEBOOK.replace(max_steps=3, hidden_size=4)


def entry_of(config, corpus, number=1):
    """A run of this recipe, complete, as it is in a browser's list."""
    trainer = Trainer(config, corpus)
    trainer.advance()
    return RunEntry(number, f"token{number}", trainer.run(), corpus, {"pairs": 2.17})


@pytest.fixture(scope="module")
def short_runs(corpus):
    """A run of each variant of a short recipe. Tests read them and change nothing."""
    variants = [*CORNERS, *(Variant(context, ADAM) for context in (1, 0))]
    return {
        variant: entry_of(variant.recipe(SHORT), corpus, number)
        for number, variant in enumerate(variants, 1)
    }


# ---- which runs fill the table


@pytest.mark.parametrize("name", ["notebook-as-written", "notebook-through-time"])
def test_both_notebook_presets_are_variants_of_the_notebook(name):
    config = PRESETS[name].config
    assert notebook_runs.is_of_notebook(config)
    assert Variant(config.context, SMALL).recipe(config) == config


@pytest.mark.parametrize(
    "change",
    [{"cell": "gru"}, {"batch_size": 2}, {"clip_norm": 1}, {"average": 0.9}, {"context": 2}],
    ids=str,
)
def test_a_recipe_that_changes_something_else_is_not_the_notebooks(change):
    assert not notebook_runs.is_of_notebook(NOTEBOOK.replace(**change))


def test_a_variant_changes_its_memory_and_its_steps_and_nothing_else():
    for variant in CORNERS:
        recipe = variant.recipe(SHORT)
        assert set(SHORT.changes(recipe)) <= {"context", "learning_rate"}
    assert set(SHORT.changes(Variant(1, ADAM).recipe(SHORT))) == {"optimizer", "learning_rate"}


def test_each_run_fills_the_place_of_its_own_recipe(short_runs):
    assert notebook_runs.runs_by_variant(short_runs.values(), SHORT) == short_runs
    assert (
        notebook_runs.runs_by_variant(short_runs.values(), SHORT.replace(context=0)) == short_runs
    )


@pytest.mark.parametrize("change", [{"seed": 3}, {"max_steps": 4}, {"hidden_size": 5}], ids=str)
def test_a_run_of_another_recipe_fills_no_place(change, short_runs):
    assert notebook_runs.runs_by_variant(short_runs.values(), SHORT.replace(**change)) == {}


def test_a_run_that_stopped_is_on_its_way_or_had_two_rates_fills_no_place(short_runs):
    entry = short_runs[CORNERS[0]]
    run = entry.run
    for other in (
        replace(run, stopped="It diverged."),
        replace(run, losses=run.losses[:2]),
        replace(run, losses=np.append(run.losses, 1.0)),  # trained further
        replace(run, learning_rates=((0, 0.0005), (2, 0.05))),
    ):
        assert notebook_runs.runs_by_variant([replace(entry, run=other)], SHORT) == {}


def test_of_two_runs_of_one_variant_the_first_listed_counts(short_runs):
    entry = short_runs[CORNERS[0]]
    again = replace(entry, number=9)
    assert notebook_runs.runs_by_variant([again, entry], SHORT) == {CORNERS[0]: again}


# ---- what is said of them


def losses_of(runs):
    return list(notebook_runs.name_losses_in_parts(runs))[-1][1]


def test_the_losses_of_names_add_up_to_the_loss_that_the_table_shows(short_runs):
    losses = losses_of(short_runs)
    for variant, entry in short_runs.items():
        symbols = entry.corpus.val_arrays.lengths.sum()
        assert losses[variant].sum() / symbols == pytest.approx(entry.run.val_loss, abs=1e-5)


def test_losses_come_in_parts_that_end_at_the_whole(short_runs):
    shares = [share for share, _ in notebook_runs.name_losses_in_parts(short_runs)]
    assert shares == sorted(shares) and shares[-1] == 1 and len(shares) > len(short_runs)


def test_a_run_without_weights_has_no_error_and_nothing_is_judged_of_it(short_runs):
    bare = {v: replace(e, run=e.run.without_weights()) for v, e in short_runs.items()}
    assert losses_of(bare) == {}
    unknown = notebook_runs.compare_variants(*CORNERS[:2], bare, {})
    assert unknown.difference.side is Side.UNJUDGED
    for said in notebook_runs.findings(bare, {}):
        assert "±" not in str(said) and not re.search("lower|higher|better|close", str(said))


def test_nothing_is_said_of_a_pair_that_lacks_one(short_runs):
    assert notebook_runs.findings({}, {}) == []
    for variant in short_runs:
        assert notebook_runs.findings({variant: short_runs[variant]}, {}) == []
    diagonal = {v: short_runs[v] for v in (Variant(1, SMALL), Variant(0, LARGE))}
    assert notebook_runs.findings(diagonal, {}) == []  # two things at once


@pytest.mark.parametrize("missing", CORNERS, ids=str)
def test_with_three_runs_only_their_pairs_are_spoken_of(missing, short_runs):
    three = {v: short_runs[v] for v in CORNERS if v != missing}
    said = [str(found) for found in notebook_runs.findings(three, {})]
    assert sum(found.startswith("Step size") for found in said) == 1
    assert sum(found.startswith("Memory") for found in said) == 1
    both_alone = missing == Variant(0, LARGE)
    assert sum("only larger steps" in found for found in said) == both_alone


def test_the_step_size_is_spoken_of_first_and_adam_only_for_its_memory(short_runs):
    said = [str(found) for found in notebook_runs.findings(short_runs, losses_of(short_runs))]
    kinds = [found.partition(",")[0] for found in said[:-1]]
    assert kinds == ["Step size"] * 2 + ["Memory"] * 3
    assert "only larger steps" in said[-1] and "only more memory" in said[-1]
    assert ["Adam" in found for found in said] == [False] * 4 + [True, False]


def test_on_a_short_list_it_is_said_once_that_there_are_too_few_names_to_tell(corpus):
    short = make_corpus(clean("\n".join(corpus.names[:80])), "short")
    runs = {v: entry_of(v.recipe(SHORT), short, i) for i, v in enumerate(CORNERS, 1)}
    *said, last = map(str, notebook_runs.findings(runs, losses_of(runs)))
    assert last.startswith("8 held-out names are too few to tell") and len(said) == 5
    assert not any(re.search("±|too few", found) for found in said)
    assert len(notebook_runs.findings(runs, {})) == 5  # before their losses are known


def test_an_error_is_that_of_the_same_names_compared(short_runs):
    from dino.metrics import loss_difference

    losses = losses_of(short_runs)
    found = notebook_runs.compare_variants(*CORNERS[:2], short_runs, losses)
    symbols = short_runs[CORNERS[0]].corpus.val_arrays.lengths
    gap, error = loss_difference(losses[CORNERS[1]], losses[CORNERS[0]], symbols)
    assert found.difference[1:3] == (error, len(symbols))
    assert found.difference.lower_by == found.before - found.after
    assert found.after - found.before == pytest.approx(gap, abs=1e-5)


# ---- facts about one run


class AtRest:
    """As much of a run as the facts ask for."""

    def __init__(self, entry, running=False, baselines=True):
        self.run, self.config, self.running = entry.run, entry.run.config, running
        self.baselines = entry.baselines if baselines else None


def facts(*args, **how):
    return [str(fact) for fact in notebook_table.run_facts(AtRest(*args, **how))]


def test_the_notebook_as_written_says_what_it_sees_and_that_W_hh_did_not_move(short_runs):
    moved, sees, still, most, carried = facts(short_runs[Variant(1, SMALL)])
    assert moved.startswith("In 3 updates its weights changed by ")
    assert moved.endswith("(learning rate: 0.0005).")
    assert "only the last letter" in sees
    assert "their gradient is zero, and they have moved by 0." in still
    assert "a held-out loss of 2.17" in most
    run = short_runs[Variant(1, SMALL)].run
    assert f"{run.val_loss:.2f} as trained. It is {run.carried_loss:.2f} if" in carried


def test_through_time_only_says_how_far_the_weights_moved(short_runs):
    (moved,) = facts(short_runs[Variant(0, LARGE)])
    assert moved.endswith("learning rate: 0.05).")


def test_nothing_is_said_while_a_run_trains_or_before_its_baselines_are_counted(short_runs):
    entry = short_runs[Variant(1, SMALL)]
    assert facts(entry, running=True) == facts(entry, baselines=False) == []


def test_other_recipes_are_spoken_of_only_where_their_memory_is_cut(corpus):
    small = Config(hidden_size=4, batch_size=2, max_steps=2)
    assert facts(entry_of(small, corpus)) == []
    moved, sees, *_ = facts(entry_of(small.replace(context=3), corpus))
    assert "the last 3 letters" in sees


def test_weights_that_only_decay_moves_are_said_to_have_moved_by_it(corpus):
    decayed = SHORT.replace(optimizer="adamw", learning_rate=0.01)
    assert "only through the optimizer's weight decay" in " ".join(facts(entry_of(decayed, corpus)))


def test_every_rate_of_a_run_is_named(short_runs):
    run = replace(
        short_runs[Variant(0, SMALL)].run, learning_rates=((0, 0.0005), (2, 0.05), (3, 1.0))
    )
    said = str(notebook_table.how_far_it_moved(run))
    assert said.endswith("learning rate: 0.0005, 0.05).")  # nothing was done at the last one


# ---- the cause


def test_the_shapes_are_those_of_a_name_of_the_list(corpus):
    name = notebook_table.example_name(corpus)
    assert name == "jinzhousaurus"
    assert notebook_table.input_shapes(name, len(corpus.vocab)) == ((14, 1, 27), (1, 14, 27))
    rest = corpus.without([name])
    assert notebook_table.example_name(rest) in rest.train_set


def test_letters_on_the_batch_axis_have_no_memory_and_the_fix_gives_it(corpus):
    """A layer of PyTorch that reads (batch, steps, symbols) as Keras does."""
    model, name = CharRNN("rnn", 25, len(corpus.vocab)), "jinzhousaurus"
    layer = torch.nn.RNN(len(corpus.vocab), 25, batch_first=True)
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=random))
        weights = dict(model.named_parameters())
        layer.weight_ih_l0.copy_(weights["W_xh"].T)
        layer.weight_hh_l0.copy_(weights["W_hh"].T)
        layer.bias_ih_l0.copy_(weights["b_h"])
        layer.bias_hh_l0.zero_()
        inputs = torch.from_numpy(encode([name], corpus.vocab).inputs)
        fed, right = notebook_table.input_shapes(name, len(corpus.vocab))
        table = torch.zeros(*fed)
        for step, letter in enumerate(inputs[0].tolist()):
            if letter != corpus.vocab.start:
                table[step, 0, letter] = 1
        alone = layer(table)[0].reshape(1, fed[0], 25)
        together = layer(table.reshape(right))[0]
        torch.testing.assert_close(alone, model.hidden_states(inputs, 1))
        torch.testing.assert_close(together, model.hidden_states(inputs, 0))
    assert not torch.allclose(alone, together)


# ---- on the page


@pytest.fixture
def empty():
    yield
    server.renew()


def lab(**params):
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    page.run()
    page.run()
    assert not page.exception
    return page


def words(page):
    return "\n".join(part.value for part in (*page.markdown, *page.caption, *page.text))


def test_an_empty_place_sets_its_recipe_up_and_a_run_fills_it(empty):
    short = {"engine": "torch", "max_steps": "2", "hidden_size": "4"}
    page = lab(**{**NOTEBOOK.to_url(), **short})
    assert "What holds the notebook back" in words(page) and "(14, 1, 27)" in words(page)
    places = [button.key for button in page.button if str(button.key).startswith("set_up_")]
    assert len(places) == 5  # the sixth is on the controls
    page.button(key="set_up_1_1").click().run()
    assert page.session_state["learning_rate"] == 0.05 and page.session_state["context"] == 1
    for _ in range(2):
        press(page, "step")
    job = server.jobs().find(page.session_state["run"])
    wait_for(lambda: job.settled and job.run.step == 2 and job.baselines, "the run")
    page.run()
    assert not page.exception
    assert f"{job.run.val_loss:.2f}" in [part.value for part in page.markdown]
    assert "comes from one run" not in words(page)  # nothing is compared yet


def test_other_recipes_have_no_such_table(empty):
    assert "What holds the notebook back" not in words(lab())


# ---- over seeds


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_on_each_seed_larger_steps_are_better_than_memory_and_both_are_best(seed, capsys):
    """With `-n 0 -k each_seed` and DINO_LONG=1 it prints the table and what is said of it."""
    config = NOTEBOOK.replace(seed=seed)
    corpus = load(split_seed=config.split_seed)
    variants = [*CORNERS, *(Variant(context, ADAM) for context in (1, 0))]
    runs = {variant: entry_of(variant.recipe(config), corpus) for variant in variants}
    said = [str(found) for found in notebook_runs.findings(runs, losses_of(runs))]
    with capsys.disabled():
        print(f"\nseed {seed}:", *(f"{runs[v].run.val_loss:.3f}" for v in variants))
        print(*said, sep="\n")
    assert sum("lower" in found for found in said[:-1]) == 5  # two of step size, three of memory
    assert "With larger steps it is" in said[-1]
    for context in (1, 0):
        assert runs[Variant(context, SMALL)].run.val_loss > 3
    assert all(runs[Variant(1, stepping)].run.recurrent_moved == 0 for stepping in (SMALL, LARGE))
