"""What a run is called: told from all others that are listed, and what was changed for it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from dino.config import CELLS, ENGINES, LSTM_ONLY, OPTIMIZERS, SETTINGS, Config
from dino.run import Run
from dino.ui.run_titles import (
    SAME,
    change_line,
    chart_name,
    menu,
    progress_title,
    recipe_title,
    run_label,
    setting_differences,
    short_title,
    short_titles,
    telling_titles,
    titles,
)


@dataclass(frozen=True)
class Names:
    """A list by its title."""

    title: str = "Dinosaurs"
    source: object = "dinos"


@dataclass(frozen=True)
class Entry:
    """What a title needs of an entry of a list of runs."""

    number: int
    run: Run
    corpus: Names = Names()
    title: str = ""
    opened: bool = False

    @property
    def token(self):
        return f"token {self.number}"


def entry(number=1, *, made=None, budget=None, rates=(), stopped="", corpus=None, **settings):
    """A run of a recipe that made some steps (all of them), its rates as (step, rate)."""
    config = Config(**settings)
    budget = config.max_steps if budget is None else budget
    steps = budget if made is None else made
    run = Run(
        config=config,
        max_steps=budget,
        weights=np.zeros(3, np.float32),
        losses=np.ones(steps, np.float32),
        symbols=np.ones(steps, np.int32),
        val_steps=np.array([steps]),
        val_losses=np.array([1.234]),
        train_eval_losses=np.array([1.123]),
        learning_rates=rates or ((0, config.learning_rate),),
        stopped=stopped,
    )
    return Entry(number, run, corpus or Names())


def title(*entries, **how):
    """The title of the first of these runs, its rate not doubted."""
    return titles(entries, **{"doubt": lambda config: "", **how})[entries[0].token]


@pytest.mark.parametrize("text", ["my best", "**x**", "<b>x</b>", "$x$", "[a](b)", "# x"])
def test_what_its_browser_calls_a_run_is_in_every_title_letter_by_letter(text):
    mine, other = replace(entry(1), title=text), entry(2, cell="gru")
    assert titles([mine, other])[mine.token].startswith(f"Run 1 · {text} · RNN 64")
    assert menu([mine, other])[mine.token].startswith(f"Run 1 · {text} · RNN 64")
    assert run_label(mine) == short_titles([mine, other])[mine.token] == f"Run 1 · {text}"
    assert run_label(other) == short_title(other) and text not in titles([mine, other])[other.token]


OTHER = {
    "cell": "gru",
    "optimizer": "sgd",
    "engine": "torch",
    "learning_rate": 0.0123,
    "max_steps": 60,
    "clip_norm": 0.0,
    "average": 0.5,
    "letter_dropout": 0.25,
    "hidden_dropout": 0.25,
    "weight_drop": 0.25,
    "count_teacher": 0.25,
    "shuffle": False,
    "exam": True,
}


def test_a_title_says_cell_size_optimizer_rate_and_steps():
    assert title(entry(3)) == "Run 3 · RNN 64 · Adam 0.005 · 1,200 updates"
    changed = entry(3, budget=2400, rates=((0, 0.005), (1200, 0.05)))
    assert title(changed) == "Run 3 · RNN 64 · Adam 0.005 → 0.05 · 2,400 updates"
    back = entry(3, rates=((0, 0.005), (10, 0.05), (20, 0.05), (30, 0.005)))
    assert "Adam 0.005 → 0.05 → 0.005 ·" in title(back)
    assert "Adam 0.00001 ·" in title(entry(learning_rate=1e-5))
    assert short_title(entry(3)) == "Run 3 · RNN 64"


@pytest.mark.parametrize("name", SETTINGS)
def test_runs_that_differ_in_one_setting_differ_in_their_titles_and_say_what_changed(name):
    value = OTHER.get(name, 7)
    cell = {"cell": "lstm"} if name in LSTM_ONLY else {}
    one, same = entry(1, **cell), entry(3, **cell)
    other = entry(2, **cell | {name: value})
    assert setting_differences((one, other)) == [name]
    first, second, third = (t.partition(" · ")[2] for t in titles((one, other, same)).values())
    assert first == third != second
    line = change_line(other, one)
    assert SETTINGS[name].label.lower() in line and line.count("→") == 1 and ";" not in line
    assert change_line(one, other) != line and change_line(same, one) == SAME


def test_a_setting_that_changes_nothing_in_a_run_is_no_difference_and_in_no_title():
    for cell in ("rnn", "gru"):
        one, other = entry(1, cell=cell), entry(2, cell=cell, forget_bias=3)
        assert setting_differences((one, other)) == [] and change_line(other, one) == SAME
        assert "forget" not in " ".join([title(other, one), recipe_title(other.run)])
    lstms = entry(1, cell="lstm"), entry(2, cell="lstm", forget_bias=3)
    assert [recipe_title(it.run).count("forget bias 3") for it in lstms] == [0, 1]
    assert change_line(lstms[1], lstms[0]) == "forget bias 1 → 3"
    assert setting_differences((entry(1), entry(2, cell="lstm"))) == ["cell"]


def test_a_bounded_memory_is_told_wherever_a_run_is_named_also_of_one_alone():
    bounded = entry(1, context=1)
    assert title(bounded).startswith("Run 1 · RNN 64 (memory 1) · ")
    assert title(bounded, entry(2)) == title(bounded)
    assert "memory" not in title(entry(2), bounded)
    assert short_title(bounded) == "Run 1 · RNN 64 (memory 1)"
    assert recipe_title(bounded.run).count("memory") == 1


def test_only_what_differs_among_those_listed_is_told():
    assert "seed" not in title(entry(1, seed=4), entry(2, seed=4))
    batches = title(entry(1, batch_size=4), entry(2, seed=1), entry(3))
    assert batches == "Run 1 · RNN 64 · Adam 0.005 · 1,200 updates · batch size 4"
    assert title(entry(3), entry(2, seed=1), entry(1)).endswith("1,200 updates")  # as most are
    best = entry(2, exam=True, engine="compiled")
    assert "exam" not in title(entry(1), best) and "engine" not in title(entry(1), best)
    assert title(best, entry(1)).endswith("· final exam on · engine compiled")


def test_of_many_differing_settings_a_title_has_the_three_that_the_fewest_share() -> None:
    same = [entry(i) for i in (1, 2, 3)]
    drops = {"letter_dropout": 0.1, "hidden_dropout": 0.2, "weight_drop": 0.3}
    lstm = entry(4, cell="lstm", clip_norm=0.5, average=0.5, batch_size=8, **drops)
    seeded = entry(5, seed=7, average=0.5, clip_norm=0.5)
    found = titles([*same, lstm, seeded], doubt=lambda config: "")
    assert found["token 5"].endswith(
        "1,200 updates · seed 7 · clip gradient at norm 0.5 · average the weights 0.5"
    )
    assert found["token 4"].endswith("· hidden dropout 0.2 · + 3 more")
    assert found["token 1"].endswith("1,200 updates")
    assert all(words.count("·") <= 7 and len(words) < 140 for words in found.values())
    towns = entry(6, seed=9, corpus=Names("Colombian towns", "towns"))
    assert title(towns, *same, lstm).endswith("updates · Colombian towns · seed 9")


def test_a_menu_tells_the_loss_before_the_steps_and_the_settings() -> None:
    one = menu([entry(1, batch_size=4), entry(2)])["token 1"]
    assert one == "Run 1 · RNN 64 · Adam 0.005 · 1.23 held out · 1,200 updates · batch size 4"


def test_a_name_for_a_chart_has_room_beside_its_curve() -> None:
    assert chart_name(entry(13)) == "Run 13"
    assert chart_name(replace(entry(2), title="mine")) == "Run 2 · mine"
    assert len(chart_name(replace(entry(2), title="m" * 40))) <= 24


def test_a_list_is_told_where_runs_learned_from_different_ones():
    towns = Names("Colombian towns", "towns")
    one, two = entry(1), entry(2, corpus=towns)
    assert [t.split(" · ")[4] for t in titles([one, two]).values()] == [
        "Dinosaurs",
        "Colombian towns",
    ]
    assert change_line(two, one) == "names Dinosaurs → Colombian towns"
    other_part = entry(3, corpus=Names("Colombian towns", "other towns"))
    assert change_line(other_part, two) == "other names"


@pytest.mark.parametrize(
    "run, words",
    [
        (entry(made=0), "untrained"),
        (entry(made=2, stopped="It diverged."), "stopped at update 2"),
        (entry(made=500), "500 of 1,200 updates"),
        (entry(max_steps=1), "1 update"),
        (entry(budget=1500), "1,500 updates"),
    ],
)
def test_a_title_says_how_far_the_run_is(run, words):
    assert progress_title(run.run) == words
    assert title(run).endswith(f" · {words}")


def test_a_run_that_never_trained_has_no_number():
    assert title(entry(0, made=0)) == "New run · RNN 64 · Adam 0.005 · untrained"


def test_a_rate_changed_at_another_step_is_told():
    early, late = (entry(i, rates=((0, 0.005), (10**i, 0.05))) for i in (1, 2))
    assert "Adam 0.005 → 0.05, from update 10 ·" in title(early, late)
    assert "Adam 0.005 → 0.05 ·" in title(early, entry(3))
    assert change_line(late, early) == (
        "learning rate 0.005, then 0.05 from update 10 → 0.005, then 0.05 from update 100"
    )


def test_a_doubtful_rate_is_told_of_the_rate_that_the_run_had_last():
    def doubt(config):
        return "far below its usual rate (1)" if config.learning_rate < 0.1 else ""

    run = entry(optimizer="sgd", rates=((0, 1.0), (9, 0.005)))
    assert "SGD 1 → 0.005, far below its usual rate (1) ·" in title(run, doubt=doubt)
    assert "usual" not in title(entry(optimizer="sgd", learning_rate=1.0), doubt=doubt)
    unasked = titles([entry(optimizer="sgd", learning_rate=1e-5)])["token 1"]
    assert "SGD 0.00001, far below its usual rate (" in unasked


def test_what_changed_is_told_in_the_order_of_the_settings():
    before, after = entry(1), entry(2, hidden_size=128, learning_rate=0.05)
    assert change_line(after, before) == "hidden size 64 → 128; learning rate 0.005 → 0.05"
    assert change_line(entry(2, seed=1), entry(1)) == "only the seed 0 → 1"
    assert change_line(entry(1), None) == ""
    further = entry(2, budget=2400, rates=((0, 0.005), (1200, 0.05)))
    assert change_line(further, before) == (
        "learning rate 0.005 → 0.005, then 0.05 from update 1,200; updates 1,200 → 2,400"
    )


def test_a_menu_tells_losses_but_not_of_what_still_changes():
    words = menu([entry(2, made=500), entry(1), entry(3, made=0)], present="token 2")
    assert words["token 2"] == "Run 2 · RNN 64 · Adam 0.005 · the current run"
    assert words["token 1"].endswith("· 1.23 held out · 1,200 updates")
    assert words["token 3"].endswith("· untrained")
    later = menu([entry(2, made=501), entry(1), entry(3, made=0)], present="token 2")
    assert later == words


def test_every_cell_optimizer_and_engine_has_a_word():
    for name, choices in (("cell", CELLS), ("optimizer", OPTIMIZERS), ("engine", ENGINES)):
        runs = [entry(i, **{name: key}) for i, key in enumerate(choices, 1)]
        assert len({t.partition(" · ")[2] for t in titles(runs).values()}) == len(choices)


def test_runs_of_one_network_are_told_apart_by_their_optimizers_and_rates():
    adam, sgd, gru = entry(1), entry(2, optimizer="sgd", learning_rate=0.2), entry(3, cell="gru")
    assert list(telling_titles([adam, sgd, gru]).values()) == [
        "Run 1 · RNN 64 · Adam 0.005",
        "Run 2 · RNN 64 · SGD 0.2",
        "Run 3 · GRU 64",
    ]
    mine = replace(sgd, title="mine")
    assert telling_titles([adam, mine])[mine.token] == "Run 2 · mine"
    again = entry(4, seed=5)
    assert list(telling_titles([adam, again]).values()) == [short_title(adam), short_title(again)]


def test_runs_on_several_lists_are_called_with_their_lists_where_they_are_drawn_together():
    one, two = entry(1), entry(2, corpus=Names("Your list", "own"))
    assert list(short_titles([one, entry(3)]).values()) == [short_title(one), short_title(entry(3))]
    assert short_titles([one, two]) == {
        "token 1": f"{short_title(one)} · Dinosaurs",
        "token 2": f"{short_title(two)} · Your list",
    }


def test_a_run_from_outside_with_many_rates_has_a_short_title():
    rates = tuple((i, 0.001 + i % 2 / 1000) for i in range(1000))
    many, one = entry(1, rates=rates), entry(2)
    found = title(many, one)
    assert "0.001 → … → 0.002" in found and len(found) < 100
    assert len(change_line(one, many)) < 200 and "…" in change_line(one, many)
