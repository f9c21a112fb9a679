"""The notebook's homework done by its letter in a real browser, and the Lab from the keyboard."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache

import pytest
from browser import IN_A_BROWSER, adapt, button, metric, open_lab, settled
from playwright.sync_api import Locator, Page, expect
from sources import ROOT
from waiting import wait_for

from dino.__main__ import main
from dino.config import OPTIMIZERS
from dino.presets import PRESETS
from dino.ui.settings import MARK

pytestmark = IN_A_BROWSER
LAPTOP = (1280, 720)
# A page shows two digits after the point; two engines agree to 1e-4 (`tests/test_engine.py`).
ROUNDED = 0.005 + 1e-4
STEADY = """() => ['.st-key-settings_row', '.dino-run-buttons .main', '.st-key-live']
    .map((part) => document.querySelector(part))
    .map((part) => Math.round(part.getBoundingClientRect().y
        - document.querySelector('.st-key-page_top').getBoundingClientRect().y))"""


@dataclass(frozen=True)
class Homework:
    """What is to be tried from a preset: each optimizer with its rates, each rate at all sizes."""

    preset: str
    label: str
    steps: int
    rates: dict[str, tuple[str, ...]]
    sizes: tuple[int, ...]

    def recipes(self) -> Iterator[Recipe]:
        """All of them, in the order in which they are trained."""
        for optimizer, rates in self.rates.items():
            for rate in rates:
                for size in self.sizes:
                    yield Recipe(self.preset, optimizer, rate, size, self.steps)


@dataclass(frozen=True)
class Recipe:
    """A preset, and what was changed in it."""

    preset: str
    optimizer: str
    rate: str
    size: int
    steps: int

    @property
    def options(self) -> list[str]:
        """The same on the command line."""
        return [
            *("train", "--json", "--names", "1", "--preset", self.preset),
            *("--optimizer", self.optimizer, "--learning-rate", self.rate),
            *("--hidden-size", str(self.size), "--max-steps", str(self.steps)),
        ]

    @property
    def title(self) -> str:
        """What its run is to be called, after its number."""
        label = OPTIMIZERS[self.optimizer].label
        return f"RNN {self.size} · {label} {self.rate} · {self.steps} updates"


HOMEWORK = [
    Homework(
        "notebook-through-time",
        "The notebook, through time",
        100,
        {"sgd": ("0.01", "0.05", "0.1"), "momentum": ("0.04", "0.01", "0.002")},
        (12, 25, 50),
    ),
    Homework(
        "first-success",
        "First success",
        60,
        {"adam": ("0.02", "0.05", "0.005"), "sgd": ("0.1", "0.5", "1")},
        (16, 64, 100),
    ),
]


@cache
def alone(recipe: Recipe) -> float:
    """The held-out loss at the end of this recipe's own run: `python -m dino train --json`."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(io.StringIO()):
        assert main(recipe.options) == 0
    return json.loads(printed.getvalue())["val_loss"]


def in_its_own_process(recipe: Recipe) -> float:
    """The same as a command of its own."""
    command = [sys.executable, "-m", "dino", *recipe.options]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(printed.stdout)["val_loss"]


def choose(page: Page, key: str, label: str) -> None:
    """Choose from a box that lists all it takes."""
    page.locator(f".st-key-{key} [aria-haspopup]").click()
    page.get_by_role("option", name=label, exact=True).click()
    settled(page)


def type_in(page: Page, key: str, text: str) -> None:
    """Type into a box of the recipe letter by letter, as a student does."""
    box = page.locator(f".st-key-{key} input")
    box.click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(box).to_have_value(text + MARK)
    settled(page)


def shown(page: Page, key: str) -> str:
    """What a box of the recipe holds."""
    return page.locator(f".st-key-{key} input").first.input_value().rstrip(MARK)


def offered(page: Page) -> list[Locator]:
    """The buttons beside the line that says where the run is."""
    return page.locator(".dino-run-line .offer button:visible").all()


def rows(page: Page) -> dict[int, list[str]]:
    """The table of runs: the cells of each by its number."""
    found = page.locator(".dino-runs tbody tr[data-number]").evaluate_all(
        "(rows) => rows.map((row) => [Number(row.dataset.number),"
        " [...row.cells].map((cell) => cell.innerText.trim())])"
    )
    return dict(found)


def start(page: Page, recipe: Recipe, before: Recipe | None) -> None:
    """Press what the page offers to train a recipe, and check what it says of it."""
    if before is None:
        button(page, "Train").click()
        return
    own = f"RNN {before.size}, {before.rate}"
    wanted = ["New run", f"Continue the last run ({own})"]
    if (before.optimizer, before.size) == (recipe.optimizer, recipe.size):
        wanted = [f"New run at rate {recipe.rate}", f"Continue at rate {recipe.rate}"]
    expect(button(page, wanted[1])).to_be_visible()
    assert [it.inner_text() for it in offered(page)] == wanted
    button(page, wanted[0]).click()


def finished(page: Page, number: int, steps: int, written: bool = True) -> list[str]:
    """Wait until a run has used up its steps; its row. written: names are written by itself, which
    a run that goes on does not do again.
    """
    row = page.locator(f".dino-runs .present[data-number='{number}']")
    expect(row.locator("td").nth(1)).to_have_text(str(steps))
    expect(page.locator(".dino-run-line .words")).to_contain_text(f"Finished {steps} updates")
    if written:
        expect(page.get_by_text(f"Written with the weights of update {steps}")).to_be_visible()
    settled(page)
    return rows(page)[number]


def change(page: Page, recipe: Recipe, before: Recipe | None) -> None:
    """Put a recipe on the controls as a student would: only what differs from the one before."""
    if before is not None and before.optimizer != recipe.optimizer:
        choose(page, "optimizer", OPTIMIZERS[recipe.optimizer].label)
        assert shown(page, "learning_rate") == before.rate  # offered, not imposed
        use = page.get_by_role("button", name=re.compile("^Use .*, usual for "))
        rate = re.findall("Use (.*), usual", use.inner_text())[0]
        take = use if rate == recipe.rate else button(page, f"Keep {before.rate}")
        take.click()
        expect(use).to_have_count(0)
        settled(page)
    for key, text in (("learning_rate", recipe.rate), ("hidden_size", str(recipe.size))):
        if shown(page, key) != text:
            type_in(page, key, text)


@pytest.mark.long
@pytest.mark.parametrize("homework", HOMEWORK, ids=lambda it: it.preset)
def test_every_number_of_the_homework_is_that_of_its_recipe_alone(
    page: Page, address: str, homework: Homework
) -> None:
    adapt(page, LAPTOP)
    open_lab(page, address)
    if homework.preset != "first-success":
        choose(page, "preset", homework.label)
        steps = PRESETS[homework.preset].config.max_steps
        expect(page.locator(".st-key-max_steps input")).to_have_value(f"{steps}{MARK}")
    type_in(page, "max_steps", str(homework.steps))
    button(page, "Full speed").click()
    expect(button(page, "Full speed")).to_have_attribute("aria-pressed", "true")
    stood, before = page.evaluate(STEADY), None
    noted: dict[int, tuple[Recipe, list[str]]] = {}
    for number, recipe in enumerate(homework.recipes(), 1):
        change(page, recipe, before)
        assert page.evaluate(STEADY) == stood
        start(page, recipe, before)
        row = finished(page, number, recipe.steps)
        assert metric(page, "held_out") == row[2]
        assert float(row[2]) == pytest.approx(alone(recipe), abs=ROUNDED), recipe
        noted[number], before = (recipe, row), recipe
    check_table(page, noted)
    listed = {run: cells[1:5] for run, cells in rows(page).items()}
    page.reload()
    expect(page.locator(".dino-runs tbody tr")).to_have_count(len(noted))
    settled(page)
    assert {run: cells[1:5] for run, cells in rows(page).items()} == listed
    check_opened(page, noted, 1)
    for recipe, row in (noted[2], noted[len(noted)]):
        assert float(row[2]) == pytest.approx(in_its_own_process(recipe), abs=ROUNDED)


def check_table(page: Page, noted: dict[int, tuple[Recipe, list[str]]]) -> None:
    """Nothing is lost: every run is listed with its figures, under a name that tells its recipe."""
    listed = rows(page)
    assert sorted(listed) == sorted(noted) and len(noted) == 18
    titles = {row[0].partition(" · ")[2] for row in listed.values()}
    assert len(titles) == 18
    present = max(noted)
    for number, (recipe, row) in noted.items():
        title = recipe.title if number != present else recipe.title.rpartition(" · ")[0]
        assert listed[number][0].startswith(f"Run {number} · {title}")
        assert "usual" not in listed[number][0]  # each rate was chosen
        assert listed[number][1:4] == row[1:4]
    for number in range(2, present + 1):
        (old, _), (new, _) = noted[number - 1], noted[number]
        changed = listed[number][4]
        assert (f"hidden size {old.size} → {new.size}" in changed) == (old.size != new.size)
        assert (f"learning rate {old.rate} → {new.rate}" in changed) == (old.rate != new.rate)
        assert ("optimizer" in changed) == (old.optimizer != new.optimizer)


def check_opened(page: Page, noted: dict[int, tuple[Recipe, list[str]]], number: int) -> None:
    """A run of the table opens with its figures and its recipe."""
    recipe, row = noted[number]
    page.locator(f".dino-runs [data-number='{number}'] button.open").click()
    expect(page.locator(f".dino-runs .present[data-number='{number}']")).to_be_visible()
    settled(page)
    wait_for(lambda: metric(page, "held_out") == row[2], "the figures of the opened run")
    assert shown(page, "hidden_size") == str(recipe.size)
    assert shown(page, "learning_rate") == recipe.rate
    assert shown(page, "max_steps") == str(recipe.steps)


# ---- the traps in the settings, each tried once


@pytest.mark.long
def test_each_trap_of_the_settings_is_closed(page: Page, address: str) -> None:
    adapt(page, LAPTOP)
    open_lab(page, address)
    button(page, "Full speed").click()
    try_typing_and_training_at_once(page)
    try_another_rate_after_a_run(page)
    try_the_usual_rate(page)
    try_going_back_to_an_optimizer(page)
    try_another_rate_while_it_trains(page)
    try_the_way_back_to_the_preset(page)


def try_typing_and_training_at_once(page: Page) -> None:
    """What is typed counts without Enter, also where a stop begins with the same digits."""
    type_in(page, "max_steps", "60")
    page.locator(".st-key-hidden_size input").click()
    page.keyboard.type("12")
    page.locator(".dino-run-buttons .main").click()
    row = finished(page, 1, 60)
    recipe = Recipe("first-success", "adam", "0.005", 12, 60)
    assert row[0].startswith("Run 1 · RNN 12 · Adam 0.005 · ")
    assert float(row[2]) == pytest.approx(alone(recipe), abs=ROUNDED)


def try_another_rate_after_a_run(page: Page) -> None:
    """A mixed run is one only where somebody asks for it, and its name says so."""
    type_in(page, "learning_rate", "0.05")
    new, further = button(page, "New run at rate 0.05"), button(page, "Continue at rate 0.05")
    expect(further).to_be_visible()
    boxes = [it.bounding_box() for it in (new, further)]
    assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])
    expect(new).to_have_accessible_description("A new network that learns at rate 0.05.")
    expect(further).to_have_accessible_description(re.compile("more than one rate"))
    new.click()
    row = finished(page, 2, 60)
    recipe = Recipe("first-success", "adam", "0.05", 12, 60)
    assert float(row[2]) == pytest.approx(alone(recipe), abs=ROUNDED)
    type_in(page, "learning_rate", "0.02")
    button(page, "Continue at rate 0.02").click()
    finished(page, 2, 120, written=False)
    name = page.locator(".dino-runs .present")
    expect(name).to_contain_text("Run 2 · RNN 12 · Adam 0.05 → 0.02 · ")
    assert rows(page)[1][0] == "Run 1 · RNN 12 · Adam 0.005 · 60 updates"


def try_the_usual_rate(page: Page) -> None:
    """It is offered, and until one of the two is chosen all say that the rate is far from it."""
    choose(page, "optimizer", "SGD")
    assert shown(page, "learning_rate") == "0.02"
    expect(button(page, "Use 1, usual for SGD")).to_be_visible()
    last = button(page, "Continue the last run (RNN 12, 0.02)")
    letters = [
        it.evaluate("(part) => parseFloat(getComputedStyle(part).fontSize)")
        for it in (last, button(page, "New run"))
    ]
    assert letters[0] < letters[1]
    button(page, "New run").click()
    row, doubt = finished(page, 3, 60), "far below its usual rate (1)"
    assert row[0].startswith(f"Run 3 · RNN 12 · SGD 0.02, {doubt} · ")
    assert "optimizer Adam → SGD" in row[4]
    sentence = page.locator(".dino-live .sentence")
    expect(sentence).to_contain_text(
        "Its learning rate, 0.02, is far below the usual rate of SGD (1)."
    )
    recipe = Recipe("first-success", "sgd", "0.02", 12, 60)
    assert float(row[2]) == pytest.approx(alone(recipe), abs=ROUNDED)
    button(page, "Keep 0.02").click()
    expect(sentence).not_to_contain_text("usual")
    settled(page)
    assert rows(page)[3][0].startswith("Run 3 · RNN 12 · SGD 0.02 · ")


def try_going_back_to_an_optimizer(page: Page) -> None:
    """Each optimizer comes back with one's own rate for it."""
    type_in(page, "learning_rate", "0.5")
    for label, rate in (("Adam", "0.02"), ("SGD", "0.5")):
        choose(page, "optimizer", label)
        expect(page.locator(".st-key-learning_rate input")).to_have_value(rate + MARK)
        expect(page.get_by_role("button", name=re.compile("^Use .*usual"))).to_have_count(0)
    assert [it.inner_text() for it in offered(page)] == [
        "New run at rate 0.5",
        "Continue at rate 0.5",
    ]


def try_another_rate_while_it_trains(page: Page) -> None:
    """It acts at once, and the run's name has both rates."""
    type_in(page, "max_steps", "100000")
    expect(button(page, "New run at rate 0.5, 100,000 updates")).to_be_visible()
    type_in(page, "hidden_size", "200")
    button(page, "New run").click()
    present = page.locator(".dino-runs .present[data-number='4']")
    expect(present).to_contain_text("RNN 200 · SGD 0.5 · ")
    type_in(page, "learning_rate", "0.2")
    expect(page.locator(".st-key-live").get_by_text("rate 0.2")).to_be_visible()
    button(page, "Pause").click()
    expect(page.get_by_text("Paused at update", exact=False)).to_be_visible()
    expect(present).to_contain_text("SGD 0.5 → 0.2 · ")
    settled(page)
    assert re.fullmatch(r"[\d,]+ of 100,000", rows(page)[4][1])


def try_the_way_back_to_the_preset(page: Page) -> None:
    """Each control that has left its preset has an arrow back to it."""
    for key, value in (("hidden_size", "64"), ("max_steps", "1200"), ("learning_rate", "0.005")):
        page.locator(f".st-key-back_{key} button").first.click()
        expect(page.locator(f".st-key-{key} input")).to_have_value(value + MARK)
        expect(page.locator(f".st-key-back_{key} button")).to_have_count(0)
    expect(page.locator(".st-key-back_optimizer button").first).to_be_visible()


# ---- without a mouse

# From the first focus on: every moment of the screen at which nothing has it, with what had it
# before; and every press of a mouse.
WATCH_KEYS = """() => {
    window.lost = [];
    window.pressed = 0;
    let last = null;
    addEventListener("pointerdown", () => { window.pressed += 1; }, true);
    const look = () => {
        const now = document.activeElement;
        if (now && now !== document.body) last = now;
        else if (last) {
            window.lost.push(last.outerHTML.slice(0, 200));
            last = null;
        }
        requestAnimationFrame(look);
    };
    look();
}"""


def tab_to(page: Page, part: Locator, key: str = "Tab") -> None:
    """Press a key until a part has the focus."""
    for _ in range(80):
        if part.evaluate("(it) => it === it.getRootNode().activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not come to it")


@pytest.mark.long
def test_all_can_be_done_from_the_keyboard_and_no_focus_is_lost(page: Page, address: str) -> None:
    page.add_init_script(f"addEventListener('DOMContentLoaded', {WATCH_KEYS})")
    open_lab(page, f"{address}?max_steps=200")
    settled(page)
    train, step = (page.locator(f".dino-run-buttons .{name}") for name in ("main", "step"))
    tab_to(page, train)
    page.keyboard.press("Enter")
    tab_to(page, button(page, "Full speed"))
    page.keyboard.press("Space")
    expect(page.locator(".dino-run-line .words")).to_contain_text("Finished 200 updates")
    expect(page.get_by_text("Written with the weights of update 200")).to_be_visible()
    settled(page)
    tab_to(page, page.locator(".st-key-hidden_size input"), "Shift+Tab")
    page.keyboard.type("12")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-hidden_size input")).to_have_value("12" + MARK)
    settled(page)
    tab_to(page, button(page, "Reset"))
    page.keyboard.press("Enter")
    expect(train).to_have_text("Train")
    expect(page.locator(".dino-run-line .words")).to_contain_text("Untrained")
    settled(page)
    tab_to(page, step, "Shift+Tab")
    for number in range(10):
        page.keyboard.press(("Enter", "Space")[number % 2])
    expect(page.get_by_text("Paused at update 10 of", exact=False)).to_be_visible()
    expect(page.get_by_text("Written with the weights of update", exact=False)).to_be_visible()
    settled(page)
    expect(step).to_be_focused()
    open_a_name(page)
    assert page.evaluate("[window.lost, window.pressed]") == [[], 0]
    button(page, "Write").focus()
    button(page, "Write").blur()
    wait_for(lambda: page.evaluate("window.lost.length") == 1, "a lost focus that is counted")


def open_a_name(page: Page) -> None:
    """Jump to the written names, have those of the present weights written, and open one."""
    tab_to(page, button(page, "Written names ↓"))
    page.keyboard.press("Enter")
    names = page.locator(".st-key-written tbody tr")
    expect(names.first).to_be_focused()
    tab_to(page, button(page, "Write"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Written with the weights of update 10.")).to_be_visible()
    settled(page)
    expect(button(page, "Write")).to_be_focused()
    tab_to(page, names.first)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(names.nth(1)).to_have_attribute("aria-selected", "true")
    settled(page)
    expect(names.nth(1)).to_be_focused()
    expect(page.locator(".st-key-probabilities [role=application]").first).to_be_visible()
