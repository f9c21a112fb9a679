"""`python -m dino check`: it names exactly the reports whose figures do not hold."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import (
    TINY,
    claims_in,
    counted,
    facts_in,
    forged,
    read_with,
    report,
    rewritten,
    trained,
)
from sampling import one_in

from dino.__main__ import main
from dino.config import Config
from dino.data import load
from dino.difference import CLEAR, ENOUGH_NAMES, Difference, Side
from dino.files import to_csv
from dino.grader.claims import CURVES, FIGURES, MOST_BYTES, TOGETHER
from dino.grader.judge import (
    FACTOR,
    ITEMS,
    LABELS,
    LEAST,
    PERTURBED,
    Grade,
    error_tolerance,
    judge_number,
    judge_report,
    tolerance,
)
from dino.grader.kinds import recipe_words
from dino.grader.marks import COLUMNS, WIDTH, ReportRow
from dino.grader.repeat import Repetition, distances, ignore_progress, repeat
from dino.grader.report_check import Bar, Lists, check_report
from dino.grader.report_files import find_reports
from dino.locale.sentences import Refusal
from dino.metrics import loss_difference
from dino.reports.facts import CLOSING, OPENING, Words
from dino.reports.run_report import make_report
from dino.train import Trainer

DIVERGES = TINY.replace(
    hidden_size=32, optimizer="sgd", learning_rate=10.0, clip_norm=0.0, max_steps=200
)
OWN = "\n".join(f"{a}{b}{c}ora" for a in "bdfgk" for b in "aeiou" for c in "lmnrs")


@pytest.fixture(scope="module")
def honest(corpus):
    return report(TINY, corpus, author="Ana", text="More steps lower the loss.")


@pytest.fixture
def check(tmp_path, capsys):
    """A function that checks reports, {file: bytes}: status, rows of the table by file, lines."""

    def run(files, *options):
        folder = tmp_path / "reports"
        folder.mkdir(exist_ok=True)
        for name, raw in files.items():
            (folder / name).write_bytes(raw)
        table = tmp_path / "marks.csv"
        status = main(["check", str(folder), "--csv", str(table), *options])
        rows = list(csv.DictReader(io.StringIO(table.read_bytes().decode("utf-8-sig"))))
        assert [row["file"] for row in rows] == sorted(files)
        *out, not_read, count = capsys.readouterr().out.splitlines()
        heads = [line for line in out if ".html: " in line and not line.startswith(" ")]
        assert len(heads) == len(rows) and max(map(len, out)) <= WIDTH
        assert not_read.startswith("What the page shows is not read") and count.endswith(".")
        return status, {row["file"]: row for row in rows}, out

    return run


@pytest.fixture
def verdict(tmp_path):
    """A function that checks one report: what is said of it."""

    def judged(raw, minutes=10, files=()):
        path = tmp_path / "one.html"
        path.write_bytes(raw)
        return check_report(path, Lists(files), minutes, ignore_progress)

    return judged


def fails(row):
    """The items of a report that do not hold."""
    return [item for item, it in row.findings.items() if it.grade is Grade.FAILS]


def a_class(corpus, count):
    """Reports of a class, {file: bytes}: two are forged, one is broken, two are equal."""
    files = {}
    for i in range(count - 1):
        config = TINY.replace(seed=i, hidden_size=3 + i % 3)
        files[f"r{i:02}.html"] = report(config, corpus, author=f"Student {i}", text=f"Text {i}.")
    better = facts_in(files["r00.html"])["val_loss"] - 0.02
    files["r00.html"] = forged(files["r00.html"], val_loss=better)
    config = facts_in(files["r01.html"])["config"] | {"learning_rate": 0.05}
    files["r01.html"] = forged(files["r01.html"], config=config, learning_rates=[[0, 0.05]])
    files["r02.html"] = files["r02.html"][:-2500]
    files["r99.html"] = forged(files["r03.html"], author="Another")
    return files


def test_exactly_the_forged_and_the_broken_do_not_hold_and_equal_ones_are_named(corpus, check):
    status, rows, lines = check(a_class(corpus, 6))
    assert_named(status, rows, lines)


def test_a_recipe_that_does_not_shuffle_is_trained_again_in_its_order(corpus, verdict):
    raw = report(TINY.replace(shuffle=False), corpus)
    assert "Shuffle" in raw.decode() and "Shuffle" not in report(TINY, corpus).decode()
    assert fails(verdict(raw)) == []
    config = facts_in(raw)["config"]
    assert "val_loss" in fails(verdict(forged(raw, config=config | {"shuffle": True})))
    del config["shuffle"]  # as before there was the setting: it was shuffled
    assert "val_loss" in fails(verdict(forged(raw, config=config)))


@pytest.mark.long
def test_so_it_is_in_a_class_of_thirty(corpus, check):
    files = a_class(corpus, 30)
    assert len(files) == 30
    assert_named(*check(files))


def assert_named(status, rows, lines):
    assert status == 1
    results = {name: row["result"] for name, row in rows.items() if row["result"] != "holds"}
    forged = {"r00.html": "does not hold", "r01.html": "does not hold"}
    assert results == forged | {"r02.html": "could not be read"}
    failed = [item for item in ITEMS if rows["r00.html"][LABELS[item]] == "does not hold"]
    assert failed == ["val_loss"]
    assert rows["r01.html"]["curve"] == rows["r01.html"][LABELS["val_loss"]] == "does not hold"
    equal = {name: row["equal to"] for name, row in rows.items() if row["equal to"]}
    assert equal == {
        "r03.html": "the same report as r99.html",
        "r99.html": "the same report as r03.html",
    }
    assert "held out, at the end: it says" in rows["r00.html"]["reason"]
    assert lines[0] == "r00.html: does not hold"
    assert lines[1].startswith("    held out, at the end: it says")


def test_one_report_is_checked_as_in_the_folder(honest, check, tmp_path, capsys):
    status, rows, (line,) = check({"a.html": honest})
    assert status == 0 and rows["a.html"]["result"] == "holds" and line == "a.html: holds"
    assert main(["check", str(tmp_path / "reports" / "a.html")]) == 0
    out, err = capsys.readouterr()
    assert out == "a.html: holds\n" and "1/1  a.html" in err
    assert re.fullmatch(
        r"reading [\d.]+ s, training [\d.]+ s, comparing [\d.]+ s", err.split("\n")[-2]
    )


FORGERIES = {
    "best_val_loss": {"best_val_loss": 1.0},
    "train_eval_loss": {"train_eval_loss": 1.0},
    "train_loss": {"train_loss": 1.0},
    "best_step": {"best_step": 1},
    "counting": {"baselines": {"sixes": 9.0}},
}


@pytest.mark.parametrize("item", FORGERIES)
def test_each_forged_figure_is_found(honest, verdict, item):
    row = verdict(forged(honest, **FORGERIES[item]))
    assert row.result is Grade.FAILS and item in fails(row)
    assert set(fails(row)) <= {item, "best_val_loss"}  # a loss is looked up at the step it names


def test_a_training_loss_that_is_a_little_off_or_taken_back_is_found(honest, verdict):
    loss = facts_in(honest)["train_loss"]
    row = verdict(forged(honest, train_loss=loss - 0.002))
    assert fails(row) == ["train_loss"]
    assert f"it says {loss - 0.002:.4f}, but training again gives {loss:.4f}" in row.reason
    assert fails(verdict(forged(honest, train_loss=None))) == ["train_loss"]


def test_a_report_without_a_training_loss_is_read_and_holds(honest, verdict):
    before, block = honest.decode().split(OPENING)
    facts = {name: value for name, value in facts_in(honest).items() if name != "train_loss"}
    rest = block.partition(CLOSING)[2]
    row = verdict((before + OPENING + json.dumps(facts) + CLOSING + rest).encode())
    assert row.result is Grade.HOLDS, row.reason
    assert row.cells()[COLUMNS.index(f"says {LABELS['train_loss']}")] is None


def test_a_forged_point_of_the_curve_is_found(honest, verdict):
    curve = facts_in(honest)["curve"]
    curve["val_losses"][3] -= 0.01
    row = verdict(forged(honest, curve=curve))
    assert fails(row) == ["curve"] and "after step 3 it says" in row.reason


@pytest.mark.parametrize(
    "change",
    one_in(
        3,
        [
            {"seed": 5},
            {"hidden_size": 5},
            {"cell": "gru"},
            {"optimizer": "rmsprop"},
            {"batch_size": 9},
            {"split_seed": 1},
            {"letter_dropout": 0.5},
            {"average": 0.5},
            {"clip_norm": 0.05},
            {"context": 1},
        ],
    ),
    ids=str,
)
def test_a_changed_recipe_is_found(honest, verdict, change):
    config = facts_in(honest)["config"] | change
    row = verdict(forged(honest, config=config))
    assert row.result is Grade.FAILS and "curve" in fails(row)


def test_a_tolerance_of_the_reports_own_is_ignored(honest, verdict):
    better = facts_in(honest)["val_loss"] - 0.002
    row = verdict(forged(honest, val_loss=better, tolerance=10.0, LEAST=10.0))
    assert fails(row) == ["val_loss"]


def test_a_difference_within_a_thousandth_is_none(honest, verdict):
    near = facts_in(honest)["val_loss"] - 0.0009
    assert verdict(forged(honest, val_loss=near)).result is Grade.HOLDS


@pytest.mark.parametrize(
    "change",
    [
        {"hidden_size": 100_000},
        {"hidden_size": "many"},
        {"learning_rate": 1e9},
        {"max_steps": 10**9},
        {"batch_size": -1},
        {"cell": "transformer"},
        {"unknown": 1},
    ],
    ids=str,
)
def test_recipes_beyond_the_limits_are_refused(honest, verdict, change):
    row = verdict(forged(honest, config=facts_in(honest)["config"] | change))
    assert row.result is Grade.BROKEN and row.reason


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 10**9},
        {"steps": -1},
        {"steps": True},
        {"learning_rates": [[0, 1e9]]},
        {"learning_rates": []},
        {"learning_rates": [[0, 0.1], [0, 0.2]]},
        {"learning_rates": [[i, 0.1] for i in range(5000)]},
        {"engines": [[0, "gpu"]]},
        {"engines": [[3, "torch"]]},
        {"engines": [[0, "compiled"], [1, "torch"]]},
        {"curve": {"steps": [1, 0], "val_losses": [1, 1], "train_eval_losses": [1, 1]}},
        {"curve": {"steps": [0], "val_losses": [], "train_eval_losses": [1]}},
        {"curve": {"steps": list(range(9999)), "val_losses": [], "train_eval_losses": []}},
        {"val_loss": "low"},
        {"val_loss": 1e300},
        {"best_step": 13},
        {"version": 2},
        {"format": "other"},
        {"title": "x" * 201},
        {"title": 1},
        {"list": {"fingerprint": "", "removed": "zz"}},
        {"baselines": {str(i): 1.0 for i in range(21)}},
        {"baselines": {"pairs": "low"}},
    ],
    ids=lambda change: str(change)[:40],
)
def test_facts_of_other_kinds_are_refused_in_one_sentence(honest, change):
    with pytest.raises(ValueError) as caught:
        claims_in(forged(honest, **change))
    words = str(caught.value)
    assert words.endswith(".") and words.isprintable() and len(words) < 220


def test_facts_at_their_limits_are_read(honest):
    most = {str(i): 1.0 for i in range(20)}
    assert claims_in(forged(honest, baselines=most)).baselines == most
    at_most = claims_in(forged(honest, best_step=facts_in(honest)["steps"], val_loss=1e9))
    assert at_most.best_step == at_most.steps and at_most.figures["val_loss"] == 1e9


@pytest.mark.parametrize(
    ("change", "label"),
    [
        *(({name: "low"}, f"The loss “{label}”") for name, label in FIGURES.items()),
        *(
            (
                {"curve": {"steps": [0], **dict.fromkeys(CURVES, [1]), name: ["low"]}},
                f"The curve “{label}”",
            )
            for name, label in CURVES.items()
        ),
        ({"exam": {"loss": "low"}}, "The loss on the final exam"),
    ],
)
def test_a_refused_loss_is_called_what_the_report_calls_it(honest, change, label):
    with pytest.raises(Refusal) as caught:
        claims_in(forged(honest, **change))
    assert str(caught.value).startswith(f"{label} must be ")


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "block",
    [
        "",
        "{",
        "[]",
        "1",
        DEEP,
        f'{{"a": {DEEP}}}',
        "{}",
        '{"a": NaN}',
        '{"a": 1, "a": 1}',
        "é",
        '{"format": ' + "9" * 10_000 + "}",
        '"' + "\\" * 9999,
        '"' + '\\"' * 150_000,  # each quotation mark may begin a string
    ],
    ids=lambda block: block[:8],
)
def test_hostile_facts_are_refused(block):
    with pytest.raises(ValueError) as caught:
        claims_in(f"<p>{OPENING}{block}{CLOSING}".encode())
    assert len(str(caught.value)) < 200


def test_a_file_is_read_only_as_far_as_a_report_may_be_long(honest, verdict):
    assert verdict(honest + b" " * MOST_BYTES).result is Grade.BROKEN
    assert verdict(honest + honest).result is Grade.BROKEN
    assert verdict(b"").result is Grade.BROKEN


@settings(max_examples=150)
@given(data=st.data())
def test_a_changed_file_is_read_or_refused(honest, data):
    first = honest.index(OPENING.encode())
    raw = bytearray(honest[first:])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    try:
        facts = claims_in(bytes(raw))
    except ValueError as refusal:
        assert str(refusal)
    else:
        assert 1 <= facts.config.hidden_size <= 512 and facts.steps <= 1_000_000


def test_half_a_letter_stops_nothing(corpus, check):
    row = check({"a.html": report(TINY, corpus, title="a\udc80b")})[1]["a.html"]
    assert row["result"] == "holds" and row["title"] == "a?b"


def test_texts_that_a_spreadsheet_would_run_are_text(corpus, check):
    raw = report(TINY, corpus, title='=HYPERLINK("a")', author="@SUM(1)")
    row = check({"a.html": raw, "b.html": b""})[1]["a.html"]
    assert row["title"] == '\'=HYPERLINK("a")' and row["author"] == "'@SUM(1)"
    table = to_csv(COLUMNS, [ReportRow("+a.html", Grade.BROKEN, "-1").cells()]).decode()
    assert "'+a.html" in table and "'-1" in table


# ---- lists


def test_a_list_of_ones_own_needs_its_file(tmp_path, verdict):
    path = tmp_path / "own.txt"
    path.write_text(OWN)
    own = load(path)
    raw = report(TINY, own)
    row = verdict(raw)
    assert row.result is Grade.UNCHECKED and "--data" in row.reason
    assert {it.grade for it in row.findings.values()} == {Grade.UNCHECKED}
    assert verdict(raw, files=[path]).result is Grade.HOLDS


def test_a_list_with_capitals_and_without_some_names_is_found(corpus, tmp_path, verdict):
    path = tmp_path / "own.txt"
    path.write_text(OWN.title())
    fewer = load(path, keep_case=True)
    assert verdict(report(TINY, fewer), files=[path]).result is Grade.HOLDS
    assert verdict(report(TINY, corpus.without(corpus.names[:40]))).result is Grade.HOLDS
    other = facts_in(report(TINY, corpus))
    beyond = other["list"] | {"removed": format(1 << 40_000, "x")}
    row = verdict(forged(report(TINY, corpus), list=beyond))
    assert row.result is Grade.UNCHECKED


# ---- how a run went


def result_of(trainer, corpus, verdict):
    trainer.settle()
    row = verdict(make_report(trainer.run(), corpus, counted(corpus), Words()))
    assert row.result is Grade.HOLDS, row.reason


def test_changed_rates_pauses_and_added_steps_are_repeated(corpus, verdict):
    trainer = Trainer(TINY.replace(max_steps=230, engine="torch"), corpus)
    trainer.learning_rate = 0.03
    trainer.advance(117)
    trainer.settle()  # a pause, at which the loss is measured
    assert 117 in trainer.history.val_steps[:]
    trainer.learning_rate = 0.3
    trainer.advance(16)
    trainer.learning_rate = 0.001
    trainer.advance()
    trainer.extend(103)
    trainer.advance(50)
    result_of(trainer, corpus, verdict)


def test_a_run_that_diverged_is_repeated_and_so_is_what_came_after(corpus, verdict):
    trainer = Trainer(DIVERGES, corpus)
    trainer.advance()
    assert trainer.stopped
    result_of(trainer, corpus, verdict)
    trainer.extend(40)
    trainer.learning_rate = 0.01
    trainer.advance()
    result_of(trainer, corpus, verdict)


def test_a_kept_run_has_the_same_facts(corpus, verdict):
    trainer = Trainer(TINY.replace(max_steps=300), corpus)
    trainer.advance()
    trainer.settle()
    run = trainer.run()
    kept = run.with_fewer_points(20).without_weights()
    whole, thin = (make_report(it, corpus, counted(corpus), Words()) for it in (run, kept))
    assert len(facts_in(thin)["curve"]["steps"]) <= 21 < len(facts_in(whole)["curve"]["steps"])
    same = set(facts_in(whole)) - {"curve"}
    assert all(facts_in(whole)[name] == facts_in(thin)[name] for name in same)
    assert verdict(thin).result is Grade.HOLDS


def test_an_lstm_is_repeated_from_its_forget_bias(corpus, verdict):
    config = TINY.replace(cell="lstm", forget_bias=3, engine="torch", max_steps=30)
    raw = report(config, corpus)
    assert verdict(raw).result is Grade.HOLDS
    assert recipe_words(config).endswith(", Forget bias 3")
    before = {name: it for name, it in facts_in(raw)["config"].items() if name != "forget_bias"}
    assert "curve" in fails(verdict(forged(raw, config=before)))  # without it, it is 1


def test_a_run_that_counting_teaches_is_repeated(corpus, verdict):
    config = TINY.replace(count_teacher=0.5, engine="torch", max_steps=30)
    raw = report(config, corpus)
    assert verdict(raw).result is Grade.HOLDS
    assert "Taught by counting 0.5" in recipe_words(config)
    without = facts_in(raw)["config"] | {"count_teacher": 0.0}
    assert "curve" in fails(verdict(forged(raw, config=without)))


def test_a_run_that_has_not_trained_is_repeated(corpus, verdict):
    result_of(Trainer(TINY, corpus), corpus, verdict)


@pytest.mark.long
def test_engines_and_takeover_are_those_of_the_report(corpus, verdict, kernels):
    config = TINY.replace(engine="auto", hidden_dropout=0.2, max_steps=30)
    trainer = Trainer(config, corpus, kernels_from=11)
    trainer.advance()
    assert trainer.run().engines == ((0, "torch"), (11, "compiled"))
    result_of(trainer, corpus, verdict)
    raw = make_report(trainer.run(), corpus, counted(corpus), Words())
    other = forged(raw, engines=[[0, "torch"]])  # with dropout each engine has its own draws
    assert verdict(other).result is Grade.FAILS
    bounded = forged(raw, config=facts_in(raw)["config"] | {"context": 2})
    assert "engines" in fails(verdict(bounded))  # the kernels do not cover a bounded memory


def test_a_recipe_that_takes_too_long_is_not_checked(corpus, verdict):
    raw = report(TINY, corpus)
    long = forged(raw, steps=500_000)
    row = verdict(long, minutes=0.01)
    assert row.result is Grade.UNCHECKED and "more than 0.01 minutes" in row.reason


# ---- together with counting


@pytest.fixture(scope="module")
def mixed(corpus):
    return report(TINY, corpus, "sixes:0.5", author="Ana")


def test_the_figures_of_a_mixture_are_made_again_and_hold(mixed, verdict):
    row = verdict(mixed)
    assert row.result is Grade.HOLDS, row.reason
    said = dict(zip(COLUMNS, row.cells(), strict=True))
    assert said["mix"] == "sixes:0.5" and said[LABELS["together"]] == "holds"
    loss = facts_in(mixed)["together"]["loss"]
    assert said[f"says {LABELS['together']}"] == round(loss, 4)


@pytest.mark.parametrize("stated", ["sixes:0.4", "sixes:0.501", "sixes:0", "fours:0.5", "pairs:1"])
def test_a_loss_that_belongs_to_another_share_or_partner_is_found(stated, mixed, verdict):
    row = verdict(forged(mixed, mix=stated))
    assert fails(row) == ["together"] and f"together with counting: {stated}, " in row.reason


@pytest.mark.parametrize("figure", [name for name in TOGETHER if name != "exam_loss"])
def test_each_forged_figure_of_a_mixture_is_found(figure, mixed, verdict):
    figures = facts_in(mixed)["together"]
    for value in (figures[figure] - 0.002, None):
        row = verdict(forged(mixed, together=figures | {figure: value}))
        assert fails(row) == ["together"] and TOGETHER[figure] in row.reason


def test_a_standard_error_that_would_make_a_close_call_clear_is_found(mixed, verdict):
    """An error over names moves far less than a loss does."""
    figures = facts_in(mixed)["together"]
    for side in ("below_network_error", "below_counting_error"):
        own = figures[side]
        assert 0.0009 < own
        for value in (own - 0.0009, own + 0.0009):
            row = verdict(forged(mixed, together=figures | {side: value}))
            assert fails(row) == ["together"] and TOGETHER[side] in row.reason


def test_a_difference_that_is_too_close_to_call_cannot_be_claimed_to_be_clear():
    """0.0045 ± 0.0028 is close, ± 0.0019 would be clear."""
    assert Difference(0.0045, 0.0028, 152).side is Side.CLOSE
    assert Difference(0.0045, 0.0019, 152).is_clear
    assert judge_number(0.0019, 0.0028, error_tolerance(LEAST, 152)).grade is Grade.FAILS


@given(st.integers(2, 40), st.integers(0, 99), st.floats(1e-4, 1.0))
def test_losses_that_move_by_so_much_move_their_error_by_less_than_the_tolerance(over, seed, most):
    random = np.random.default_rng(seed)
    losses, one = random.normal(0, 0.1, over), np.ones(over)
    moved = losses + most * random.choice([-1, 1], over)
    errors = [loss_difference(it, 0 * one, one)[1] for it in (losses, moved)]
    assert abs(errors[0] - errors[1]) <= error_tolerance(most, over) * (1 + 1e-9)


@pytest.mark.long
@pytest.mark.parametrize("rate", [0.005, 0.02])
def test_an_honest_mixture_is_nearly_always_within_the_tolerance(corpus, kernels, rate):
    """Each of six trainings is the report of the others, as if another machine had made it."""
    config = Config(learning_rate=rate, letter_dropout=0.1, average=0.995, max_steps=1000)
    trainer = Trainer(config, corpus, kernels_from=0)
    trainer.advance()
    trainer.settle()
    reading = read_with(trainer.run(), corpus, "sixes:0.5")
    facts = claims_in(make_report(trainer.run(), corpus, {}, Words(), reading=reading))
    runs = [repeat(facts, corpus, perturbed=seed) for seed in range(1, 7)]
    found = []
    for again, reported in permutations(runs, 2):
        others = [run for run in runs if run is not again and run is not reported]
        for some in combinations(others, PERTURBED):
            claims = replace(facts, together=reported.together)
            graded = judge_report(claims, again, some, facts.baselines)["together"]
            found.append(graded.grade is Grade.HOLDS)
    assert np.mean(found) > 0.98


def test_the_exam_of_a_mixture_is_made_again_where_the_report_has_it(verdict):
    listed = load(exam=True)
    run = trained(TINY.replace(exam=True), listed)
    reading = read_with(run, listed, "fours:0.3", with_exam=True)
    raw = make_report(run, listed, counted(listed), reading=reading)
    assert "the network and counting together, on the final exam" in raw.decode()
    loss = facts_in(raw)["together"]["exam_loss"]
    assert loss == reading.exam.loss != reading.below.loss
    assert verdict(raw).result is Grade.HOLDS
    together = facts_in(raw)["together"]
    row = verdict(forged(raw, together=together | {"exam_loss": loss - 0.002}))
    assert fails(row) == ["together"] and "its loss on the final exam" in row.reason
    config = facts_in(raw)["config"] | {"exam": False}  # then there is none
    assert "together" in fails(verdict(forged(raw, config=config)))


def test_a_report_from_before_there_were_mixtures_is_read_and_holds(honest, check):
    facts = {name: it for name, it in facts_in(honest).items() if name not in ("mix", "together")}
    older = rewritten(honest, facts)
    status, rows, _ = check({"a.html": older, "b.html": forged(honest, author="B", seconds=9.0)})
    assert status == 0 and [row["mix"] for row in rows.values()] == ["", ""]
    assert {row[f"says {LABELS['together']}"] for row in rows.values()} == {""}


@pytest.mark.parametrize(
    "mix", ["sixes", "fives:0.5", "sixes:1.1", "sixes:nan", "sixes:0.50", "<b>", 6, ["sixes"], ""]
)
def test_a_malformed_mixture_is_refused_in_one_sentence(mix, mixed):
    with pytest.raises(Refusal) as caught:
        claims_in(forged(mixed, mix=mix))
    words = str(caught.value)
    assert words.startswith("mix must be one of pairs, triples, fours, sixes, with a share ")
    assert "(such as sixes:0.5)" in words and words.isprintable() and len(words) < 220


@pytest.mark.parametrize(
    "together", [None, {}, [], {"loss": "low"}, {"loss": 1e300}, {"loss": True}], ids=str
)
def test_a_mixture_without_its_figures_is_refused_in_one_sentence(together, mixed):
    with pytest.raises(Refusal) as caught:
        claims_in(forged(mixed, together=together))
    words = str(caught.value)
    assert "together" in words and words.endswith(".") and len(words) < 220


# ---- the tolerance


def made_up(*losses):
    curve = np.array(losses)
    return Repetition(np.arange(len(losses)), curve, curve, ((0, "torch"),), False)


def test_the_tolerance_is_how_far_rounding_moves_a_figure_by_then():
    moved = [{"val_losses": {0: 0.0, 10: 0.02, 20: 0.01, 30: np.nan}}]
    assert tolerance([], "val_losses", 20) == LEAST
    assert tolerance(moved, "val_losses", 5) == LEAST
    assert tolerance(moved, "val_losses", 20) == FACTOR * 0.02


def test_a_figure_that_rounding_moves_far_may_differ_far(honest):
    facts = claims_in(honest)
    losses = [loss for loss in facts.curve.val_losses]
    again = Repetition(
        np.array(facts.curve.steps),
        np.array(losses),
        np.array(facts.curve.train_eval_losses),
        facts.engines,
        False,
    )
    off = replace(facts, figures={**facts.figures, "val_loss": losses[-1] - 0.03})
    other = again._replace(val_losses=np.array(losses) + 0.02)
    assert judge_report(off, again, [], facts.baselines)["val_loss"].grade is Grade.FAILS
    assert judge_report(off, again, [other], facts.baselines)["val_loss"].grade is Grade.HOLDS


@pytest.mark.long
def test_honest_figures_are_nearly_always_within_the_tolerance(corpus, kernels):
    """On a recipe whose losses rounding moves far, each of eight trainings is the report of the
    others, as if another machine had made it.
    """
    config = Config(learning_rate=0.02, letter_dropout=0.1, average=0.995, max_steps=1000)
    trainer = Trainer(config, corpus, kernels_from=0)
    trainer.advance()
    trainer.settle()
    facts = claims_in(make_report(trainer.run(), corpus, {}, Words()))
    runs = [repeat(facts, corpus, perturbed=seed) for seed in range(1, 9)]
    assert np.std([run.last["val_losses"] for run in runs]) > LEAST
    found = []
    for again, reported in permutations(runs, 2):
        off = abs(reported.last["val_losses"] - again.last["val_losses"])
        apart = [distances(again, run) for run in runs if run is not again and run is not reported]
        found += [
            off <= tolerance(moved, "val_losses", 1000) for moved in combinations(apart, PERTURBED)
        ]
    assert np.mean(found) > 0.98


def test_changing_the_last_bits_changes_a_run_a_little(honest, corpus):
    facts = claims_in(honest)
    again, other = repeat(facts, corpus), repeat(facts, corpus, perturbed=1)
    assert tuple(again.val_losses) == facts.curve.val_losses  # the same, bit for bit
    apart = np.abs(again.val_losses[1:] - other.val_losses[1:])
    assert 0 < apart.max() < 1e-4
    others = [repeat(facts, corpus, perturbed=seed) for seed in range(2, 7)]
    assert any((each.val_losses != other.val_losses).any() for each in others)  # by their draws


# ---- the command


@pytest.mark.parametrize("minutes", ["0", "-1", "x", "nan", "9999"])
def test_wrong_options_are_refused_in_one_line(tmp_path, capsys, minutes):
    with pytest.raises(SystemExit) as caught:
        main(["check", str(tmp_path), "--minutes", minutes])
    assert caught.value.code == 2 and "minutes must be a number" in capsys.readouterr().err


def test_folders_and_files_that_are_not_there_are_refused(tmp_path, capsys, honest):
    for arguments in (
        [str(tmp_path / "none")],
        [str(tmp_path)],
        [str(tmp_path), "--data", str(tmp_path / "none.txt")],
    ):
        with pytest.raises(SystemExit) as caught:
            main(["check", *arguments])
        err = capsys.readouterr().err
        assert caught.value.code == 2 and err.count("\n") == 1
    (tmp_path / "a.html").write_bytes(honest)
    (tmp_path / "B.HTM").write_bytes(honest)
    (tmp_path / "c.txt").write_bytes(honest)
    found = find_reports(tmp_path)
    assert [report.name for report in found.reports] == ["a.html", "B.HTM"]
    assert [(it.name, it.why) for it in found.skipped] == [("c.txt", "not an .html file")]
    with pytest.raises(SystemExit):
        main(["check", str(tmp_path), "--csv", str(tmp_path / "no" / "marks.csv")])
    assert "cannot be written" in capsys.readouterr().err


def test_equal_words_and_equal_runs_are_told_apart(corpus, check):
    one = report(TINY, corpus, author="A", text="The loss  FELL.")
    same_run = forged(one, author="B", text="Other words.")
    same_words = report(TINY, corpus, author="C", text="the loss fell.")
    honest = report(TINY, corpus, author="D", text="My words.")
    better = forged(one, author="E", text="", val_loss=1.0)  # a copy that was changed
    files = {"a": one, "b": same_run, "c": same_words, "d": honest, "e": better}
    status, rows, _ = check({f"{name}.html": raw for name, raw in files.items()})
    assert status == 1 and rows["e.html"]["result"] == "does not hold"
    assert "the same run as a.html" in rows["e.html"]["equal to"]
    assert rows["b.html"]["equal to"].startswith("the same run as a.html and 1 other, because")
    assert rows["c.html"]["equal to"] == "the same sentences as a.html"
    assert rows["d.html"]["equal to"] == ""  # one recipe and seed have one curve
    same = "the same recipe and figures as 3 others, as expected on one engine"
    assert rows["d.html"]["same recipe"] == same
    assert {rows[f"{name}.html"]["same recipe"] for name in "abce"} == {""}


def test_train_writes_a_report_that_holds(tmp_path, capsys):
    path = tmp_path / "my.html"
    recipe = ["--max-steps", "3", "--hidden-size", "3", "--engine", "torch"]
    words = ["--title", "Mi <b>", "--author", "Ana", "--text", "Uno.", "--lang", "es"]
    assert main(["train", *recipe, "--report", str(path), *words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    facts = claims_in(path.read_bytes())
    assert facts.figures["val_loss"] == result["val_loss"]
    assert facts.words == Words("Mi <b>", "Ana", "Uno.")
    assert len(facts.claims["names"]) == 10
    days = {(date.today() - timedelta(days)).isoformat() for days in (0, 1)}  # it may be midnight
    assert facts.date in days and facts.date in path.read_text(encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 0


@pytest.mark.parametrize("mix", ["sixes", "pairs:0.25"])
def test_train_prints_and_reports_the_same_mixture_and_it_holds(mix, tmp_path, capsys):
    recipe = ["--max-steps", "3", "--hidden-size", "3", "--engine", "torch", "--mix", mix]
    path = tmp_path / "my.html"
    assert main(["train", *recipe, "--report", str(path), "--json"]) == 0
    result, facts = json.loads(capsys.readouterr().out), claims_in(path.read_bytes())
    told, figures = result["mix"], facts.together
    assert facts.mix.text == told["mix"] and figures["loss"] == told["val_loss"]
    for side in ("below_network", "below_counting"):
        assert [figures[side], figures[f"{side}_error"]] == told[side]
    assert facts.claims["names"] == result["names"] or "…" in str(facts.claims["names"])
    assert main(["train", *recipe]) == 0
    (line,) = [it for it in capsys.readouterr().out.splitlines() if it.startswith("together")]
    assert line.startswith(f"together with {facts.mix.text}: {figures['loss']:.3f}, ")
    for side, name in (("network", "the network"), ("counting", "counting")):
        by, error = figures[f"below_{side}"], figures[f"below_{side}_error"]
        way = "below" if by >= 0 else "above"
        size, close = f"{abs(by):.3f} ± {error:.3f}", abs(by) <= CLEAR * error
        caveat = " (too close to call)" if close else ""
        assert f"{size}{caveat} {way} {name} without" in line
    assert ("you chose the share" in line) == facts.mix.is_chosen
    assert main(["check", str(path)]) == 0


@pytest.mark.parametrize("held_out", [ENOUGH_NAMES - 1, ENOUGH_NAMES])
def test_train_says_of_a_mixture_when_the_held_out_names_are_too_few_to_tell(
    held_out, tmp_path, capsys
):
    path = tmp_path / "names.txt"
    names = (f"{a}{b}{c}na" for a, b, c in product("bcdfglmnst", "aeiou", "rstx"))
    path.write_text("\n".join(list(names)[: 10 * held_out]), encoding="utf-8")
    recipe = ["--max-steps", "1", "--hidden-size", "3", "--engine", "torch", "--mix", "sixes"]
    assert main(["train", *recipe, "--data", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["mix"]["names"] == held_out
    assert main(["train", *recipe, "--data", str(path)]) == 0
    (line,) = [it for it in capsys.readouterr().out.splitlines() if it.startswith("together")]
    assert line.count("(too few names to tell)") == 2 * (held_out < ENOUGH_NAMES)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--report", "no/folder/a.html"], "needs a folder"),
        (["--report", "a.html", "--lang", "xx"], "lang must be one of en, es, not “xx”"),
        (["--report", "a.html", "--title", "x" * 201], "at most 200 letters"),
    ],
)
def test_a_report_that_cannot_be_written_is_refused_before_training(capsys, options, words):
    with pytest.raises(SystemExit) as caught:
        main(["train", *options])
    assert caught.value.code == 2 and words in capsys.readouterr().err


def test_the_table_has_a_column_for_every_item():
    assert set(LABELS.values()) < set(COLUMNS) and COLUMNS[0] == "file"
    assert len(set(COLUMNS)) == len(COLUMNS) == len(ReportRow("a", Grade.BROKEN).cells())


@pytest.mark.parametrize("letters", [1, 39, 40, 41, 300])
def test_a_long_name_is_shortened_in_its_middle_where_progress_is_shown(letters, capsys):
    name = f"{'a' * (letters - 1)}z"
    Bar(2).begin(f"\x1b{name}\n")
    (shown,) = re.findall(r"1/2  (\S+)", capsys.readouterr().err)
    assert len(shown) == min(letters, 40) and shown[-1] == "z" and shown[0] == name[0]
    assert (shown == name) == (letters <= 40) != ("…" in shown)
