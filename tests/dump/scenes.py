"""The pages Lab, Data, Inside and Compare, tab by tab: before a run, with runs, after nonsense."""

from __future__ import annotations

from typing import Any

from .acts import Stage, hold, look, press, set_value

SMALL = {
    "engine": "torch",
    "hidden_size": "8",
    "batch_size": "8",
    "max_steps": "60",
    "learning_rate": "0.02",
    "seed": "3",
}
DATA_TABS = ("names", "letters", "suspects", "dictionary", "encoding", "split")
INSIDE_TABS = ("name", "letters", "memory", "units", "gradient", "weights", "two")
OWN = "\n".join(f"{a}{b}ra" for a in ("tri", "ste", "bra", "al", "ig") for b in "bdfgklmn")
TABLE = "name,age\nrex,3\nsue,4\n=1+1,5\n"
NONSENSE = ("nan", "-1", "1e400", "<b>1</b>", "x" * 250)
WITH_PICTURE: dict[str, Any] = {"picked": 0, "picked_letter": 2}


def trained(stage: Stage, cell: str = "rnn", **settings: str) -> Any:
    """The Lab with a short run of this cell that is over."""
    page = stage.open(**{**SMALL, "cell": cell, **settings})
    train(page)
    return page


def train(page: Any, action: str = "play") -> None:
    """Press the run's main button, and wait until the run is over."""
    import pressing

    pressing.press(page, action)
    look(page)


def lab_new(stage: Stage) -> None:
    """The Lab before a run: each preset, cell and optimizer, and what nonsense is told."""
    from dino.config import CELLS, OPTIMIZERS, SETTINGS
    from dino.presets import PRESETS

    stage.say(stage.open(), "lab-new")
    for name, preset in PRESETS.items():
        stage.say(stage.open(**preset.config.to_url()), f"lab-new-preset-{name}")
    for name in CELLS:
        stage.say(stage.open(cell=name), f"lab-new-cell-{name}")
    for name in OPTIMIZERS:
        page = stage.open()
        set_value(page, "selectbox", "optimizer", name)
        stage.say(page, f"lab-new-optimizer-{name}")
    for i, value in enumerate(NONSENSE):
        stage.say(stage.open(**dict.fromkeys(SETTINGS, value)), f"lab-new-nonsense-{i}")
    stage.say(stage.open(run="gone", lang="xx", cel="lstm", tab="none"), "lab-new-no-such-run")
    stage.say(hold(stage.open(), open_box=True), "lab-new-open-box")


def lab_runs(stage: Stage) -> None:
    """The Lab with a run of each cell, with names, a picture of one, and each box open."""
    import pressing

    for cell in ("rnn", "gru", "lstm"):
        page = trained(stage, cell)
        stage.say(page, f"lab-{cell}")
        stage.say(hold(page, **WITH_PICTURE), f"lab-{cell}-picture")
        stage.say(hold(page, use_best=True), f"lab-{cell}-best")
        page.text_input(key="prefix").set_value("tri")
        press(page, "write")
        stage.say(page, f"lab-{cell}-written")
        page.text_input(key="prefix").set_value("ñ")
        press(page, "write")
        stage.say(page, f"lab-{cell}-refused")
        stage.say(hold(page, take_home=True, open_box=True), f"lab-{cell}-boxes")
    page = trained(stage, optimizer="sgd", learning_rate="10", clip_norm="0", hidden_size="32")
    stage.say(page, "lab-diverged")
    page = trained(stage, context="3", letter_dropout="0.1", weight_drop="0.4", exam="true")
    stage.say(hold(page, take_home=True), "lab-bounded")
    pressing.type_in(page, "hidden_size", 12)
    stage.say(page, "lab-bounded-changed")
    train(page, "new")
    stage.say(page, "lab-second-run")


def lab_notebook(stage: Stage) -> None:
    """What holds the notebook back, as its places fill; and the changes from recipe to recipe."""
    from dino.presets import PRESETS, single_changes

    short = {"engine": "torch", "max_steps": "40", "hidden_size": "8"}
    page = stage.open(**{**PRESETS["notebook-as-written"].config.to_url(), **short})
    train(page)
    stage.say(page, "lab-notebook-1")
    for i, key in enumerate(sorted(k for k in set_ups(page)), 2):
        press(page, key)
        train(page, "new")
        stage.say(page, f"lab-notebook-{i}")
    recipes = single_changes()
    for i in (1, 5, len(recipes) - 1):
        stage.say(stage.open(**recipes[i].to_url()), f"lab-change-{i}")


def set_ups(page: Any) -> list[str]:
    """The keys of the places in the notebook's table that are empty."""
    return [str(it.key) for it in page.button if str(it.key).startswith("set_up_")]


def data(stage: Stage) -> None:
    """Every tab of each bundled list, of one with removed names, and of lists from outside."""
    from dino.lists import BUNDLED

    for name in BUNDLED:
        page = stage.open("data", list=name)
        for tab in DATA_TABS:
            stage.say(hold(page, data_tool=tab), f"data-{name}-{tab}")
    page = stage.open("data")
    page.text_input(key="find").set_value("saur").run()
    stage.say(page, "data-find")
    hold(page, data_tool="suspects")
    press(page, "remove_joined")
    stage.say(page, "data-removed")
    for name, text in {"own": OWN, "table": TABLE, "short": "a\nb", "empty": "  "}.items():
        page = hold(stage.open("data"), data_list="own")
        page.text_area(key="own_text").set_value(text).run()
        stage.say(page, f"data-{name}")
        if press(page, "own_use"):
            for tab in DATA_TABS:
                stage.say(hold(page, data_tool=tab), f"data-{name}-{tab}")
            stage.say(stage.go(page, "lab"), f"data-{name}-lab")


def inside(stage: Stage) -> None:
    """Every tab of Inside, without a run and with one of each cell, from two of its moments."""
    page = stage.open("inside")
    for tab in INSIDE_TABS:
        stage.say(hold(page, tool=tab), f"inside-none-{tab}")
    for cell in ("rnn", "gru", "lstm"):
        page = stage.go(trained(stage, cell), "inside")
        for tab in INSIDE_TABS:
            stage.say(hold(page, tool=tab), f"inside-{cell}-{tab}")
        for tab in ("name", "letters", "units"):
            stage.say(hold(page, tool=tab, moment=0), f"inside-{cell}-{tab}-begin")
        hold(page, tool="units", moment=-1)
        press(page, "switch")
        stage.say(page, f"inside-{cell}-silenced")
        stage.say(hold(page, tool="memory", reach=2), f"inside-{cell}-memory-2")
        stage.say(hold(page, tool="letters", walk="tri"), f"inside-{cell}-walk")
        stage.say(hold(page, tool="letters", walk="ñ"), f"inside-{cell}-walk-refused")
        for matrix in ("W_xh", "W_hy"):
            stage.say(hold(page, tool="weights", matrix=matrix), f"inside-{cell}-{matrix}")


def two_runs(stage: Stage) -> Any:
    """The Lab with a run of an RNN and one of a GRU."""
    page = trained(stage, "rnn", exam="true")
    hold(page, cell="gru")
    train(page, "new")
    return page


def compare(stage: Stage) -> None:
    """Compare without runs, with two, with its switches, and with an exam opened twice."""
    stage.say(stage.open("compare"), "compare-none")
    page = two_runs(stage)
    stage.say(hold(stage.go(page, "inside"), tool="two"), "inside-two-runs")
    stage.go(page, "compare")
    stage.say(page, "compare-two")
    switches = {"compare_all": True, "compare_smooth": True, "compare_log_y": True}
    stage.say(hold(page, **switches, compare_log_x=True), "compare-two-switched")
    press(page, "open_exam")
    stage.say(page, "compare-two-exam")
    tokens = [it.run.val_loss for it in runs_of(page)], [it.token for it in runs_of(page)]
    worse = max(zip(*tokens, strict=True))[1]
    set_value(page, "selectbox", "exam_run", worse)
    press(page, "open_exam")
    stage.say(page, "compare-two-exam-twice")
    hold(stage.go(page, "lab"), split_seed=1)
    train(page, "new")
    stage.say(page, "lab-three-runs")
    stage.say(stage.go(page, "compare"), "compare-three")


def runs_of(page: Any) -> Any:
    """The runs of the page's visitor."""
    from dino.ui import server

    return server.jobs().runs_of(page.session_state["visit"].browser)
