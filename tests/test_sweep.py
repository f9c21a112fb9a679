"""A sweep from a shell: 12 small members, killed, continued, on a cluster; the same table."""

from __future__ import annotations

import csv
import json
import math
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sources import ROOT
from waiting import PATIENCE, TOTAL

from dino.__main__ import main
from dino.commands import sweep
from dino.commands.sweep_committees import MISSING
from dino.config import DEFAULT, Config
from dino.data import load_bundled
from dino.exam import measure_in_parts
from dino.experiments.folder import Folder
from dino.experiments.member import (
    FAILED,
    Outcome,
    TrainedMember,
    on_one_engine,
    train_and_save,
    train_member,
)
from dino.experiments.parallel import MemberWorkers
from dino.experiments.plan import Factor, Plan, make_plan
from dino.experiments.verdict import judge, limits
from dino.locale.sentences import Refusal
from dino.model import rebuild
from dino.parts import last_result
from dino.saved.on_disk import read_file

TINY = ["--hidden-size", "3", "--max-steps", "5", "--engine", "torch"]
TWELVE = ["sweep", *TINY, "--vary", "optimizer=SGD,adam", "--vary", "Learning rate=0.01,0.1"]
TWELVE += ["--seeds", "1", "--splits", "3"]
WAIT = 120  # seconds


def swept(out, *more, status=0):
    """Run the sweep of twelve; its table as text."""
    assert main([*TWELVE, "--jobs", "1", *more, "--out", str(out)]) == status
    return table(out)


def table(out):
    return (Path(out) / "sweep.csv").read_text(encoding="utf-8")


def rows(text):
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture(scope="module")
def twelve(tmp_path_factory):
    """The folder of a sweep of twelve that was never interrupted."""
    out = tmp_path_factory.mktemp("twelve")
    swept(out)
    return out


def test_the_table_has_a_row_for_each_member_in_order(twelve):
    found = rows(table(twelve))
    assert len(found) == 12 and {row["status"] for row in found} == {"done"}
    keys = [(row["optimizer"], row["learning_rate"], row["split_seed"]) for row in found]
    order = [(o, r, s) for o in ("sgd", "adam") for r in ("0.01", "0.1") for s in "012"]
    assert keys == order
    assert {row["engine"] for row in found} == {"torch"} and {row["steps"] for row in found} == {
        "5"
    }
    timed = rows((twelve / "seconds.csv").read_text())
    assert len(timed) == 12 and all(float(row["seconds"]) > 0 for row in timed)
    config = DEFAULT.replace(
        hidden_size=3, max_steps=5, engine="torch", optimizer="adam", learning_rate=0.1, exam=True
    )
    assert float(found[-3]["val_loss"]) == train_member(config, load_bundled().cleaned).val_loss


def said_in_time(arguments):
    """What a command prints. One that hangs is ended with its workers, and says where it hung."""
    process = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-m", "dino", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=TOTAL)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)  # Python then prints what each thread was doing
        process.wait(PATIENCE)
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail(f"{arguments} hung:\n{process.communicate()[1]}")


@pytest.mark.long
def test_in_several_processes_it_is_the_same_table(twelve, tmp_path):
    out, err = said_in_time([*TWELVE, "--jobs", "2", "--out", str(tmp_path)])
    assert table(tmp_path) == table(twelve)
    assert "12/12" in err and "Traceback" not in err
    assert out.startswith("12 done\n") and "All members share Dinosaurs; RNN, Hidden" in out


@pytest.mark.long
def test_killed_in_the_middle_it_goes_on_and_ends_with_the_same_table(twelve, tmp_path, capsys):
    command = [sys.executable, "-m", "dino", *TWELVE, "--jobs", "1", "--out", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    assert process.stderr is not None
    for _ in range(3):
        process.stderr.readline()  # a line a member
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=WAIT)
    there = len(list((tmp_path / "members").glob("*.json")))
    assert 3 <= there < 12
    left = table(tmp_path).splitlines()  # of a moment before
    assert len(left) > 1 and set(left) <= set(table(twelve).splitlines())
    assert swept(tmp_path) == table(twelve)
    assert f"Members already there: {there}." in capsys.readouterr().err


@pytest.mark.long
def test_ctrl_c_leaves_a_table_of_what_is_there(tmp_path, monkeypatch, twelve, capsys):
    count = 0

    def interrupt(config, names, save):
        nonlocal count
        count += 1
        if count > 4:
            raise KeyboardInterrupt
        return train_and_save(config, names, save)

    monkeypatch.setattr(sweep, "train_and_save", interrupt)
    text = swept(tmp_path, status=130)
    assert len(rows(text)) == 4 and set(text.splitlines()) < set(table(twelve).splitlines())
    assert "continues from here" in capsys.readouterr().err
    monkeypatch.undo()
    assert swept(tmp_path) == table(twelve)


def test_a_member_that_fails_or_diverges_is_reported_and_the_others_finish(
    tmp_path, monkeypatch, twelve, capsys
):
    from dino.train import Trainer

    wild = {"optimizer": "momentum", "learning_rate": 10, "clip_norm": 0, "max_steps": 200}

    def trainer(config, corpus):
        if (config.optimizer, config.learning_rate) == ("sgd", 0.1):
            if config.split_seed == 1:
                raise MemoryError("no room\nat all")
            if config.split_seed == 2:
                config = config.replace(**wild, hidden_size=32)
        return Trainer(config, corpus)

    monkeypatch.setattr("dino.train.Trainer", trainer)
    found = rows(swept(tmp_path, status=1))
    assert [row["status"] for row in found[:6]] == ["done"] * 4 + ["failed", "diverged"]
    assert found[4]["message"] == "MemoryError: no room at all" and found[4]["val_loss"] == ""
    assert found[5]["message"].startswith("Stopped at update")
    out = capsys.readouterr().out
    assert out.startswith("10 done, 1 diverged, 1 failed\n")
    assert "SGD, Learning rate 0.1, Seed 0, Split seed 1: failed. MemoryError" in out
    assert "mean loss: SGD 0.01, Adam 0.1" in out  # the other rate of SGD is not whole
    monkeypatch.undo()
    assert rows(swept(tmp_path, status=0))[4]["status"] == "done"  # tried again


def test_a_process_that_ends_fails_its_member_alone():
    plan = make_plan(DEFAULT.replace(hidden_size=3, max_steps=1), ["cell=rnn,gru"], 1, 3)
    configs = {i: member.config for i, member in enumerate(plan.members())}

    def train(config, names):  # pickled by value, as it is in no module that a worker has
        if config.cell == "gru" and config.split_seed == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return TrainedMember(Outcome(config.as_dict(), "done", val_loss=1.0))

    trained = MemberWorkers(train, load_bundled().cleaned, 2).train_members(configs)
    found = {number: it.outcome for number, it in trained}
    assert sorted(found) == list(range(6))
    assert [it.status for _, it in sorted(found.items())].count(FAILED) == 1
    assert found[3].status == FAILED and "its process ended" in found[3].message


def by_hand(text):
    """The verdict on two optimizers at two rates on three splits with one seed, from the table."""
    found = rows(text)
    losses = {
        (row["optimizer"], row["learning_rate"], row["split_seed"]): float(row["val_loss"])
        for row in found
    }
    means = {
        (o, r): np.mean([losses[o, r, s] for s in "012"])
        for o in ("sgd", "adam")
        for r in ("0.01", "0.1")
    }
    best = {o: min(("0.01", "0.1"), key=lambda r: means[o, r]) for o in ("sgd", "adam")}
    gaps = [losses["sgd", best["sgd"], s] - losses["adam", best["adam"], s] for s in "012"]
    error = np.std(gaps, ddof=1) / math.sqrt(3)
    return best, np.mean(gaps), error, abs(np.mean(gaps)) > limits(2, 2, 3, 1).splits * error


def test_the_verdict_is_the_one_computed_by_hand_from_the_table(twelve, capsys):
    text = swept(twelve)  # all is there; it only says the verdict
    out = capsys.readouterr().out
    best, gap, error, is_clear = by_hand(text)
    lower, higher = ("Adam", "SGD") if gap > 0 else ("SGD", "Adam")
    words = f"{abs(gap):.3f} ± {error:.3f} nats lower"
    if is_clear:
        assert f"loss of {lower} is {words} than that of {higher}." in out
    else:
        assert f"{lower} and {higher} are too close to call. The first is {words}." in out
    assert f"mean loss: SGD {best['sgd']}, Adam {best['adam']}." in out
    assert f"1 comparison, {int(is_clear)} clear, over 3 splits with 1 seed each" in out


def test_a_folder_of_another_sweep_is_refused(twelve, capsys):
    with pytest.raises(SystemExit) as caught:
        main([*TWELVE, "--seeds", "2", "--out", str(twelve)])
    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert "contains the results of another sweep" in err and err.count("\n") == 1


def test_a_file_that_does_not_fit_its_member_is_trained_again(tmp_path, twelve):
    names = load_bundled().cleaned
    plan = make_plan(DEFAULT.replace(max_steps=5, hidden_size=3), ["cell=rnn,gru"], 1, 2)
    folder = Folder(tmp_path, plan, names)
    good = Outcome(folder.members[1].config.as_dict(), "done", val_loss=1.5, val_steps=(1,))
    folder.keep(1, TrainedMember(good))
    assert folder.read() == {1: good}
    place = tmp_path / "members" / "0002.json"
    whole = json.loads(place.read_text())
    bad = [
        "",
        "[" * 100_000,
        json.dumps(whole)[:-9],
        json.dumps({**whole, "val_loss": None}),
        json.dumps({**whole, "val_loss": math.nan}),
        json.dumps({**whole, "status": "won"}),
        json.dumps({**whole, "val_steps": ["x"]}),
        json.dumps({**whole, "extra": 1}),
        json.dumps({**whole, "config": {**whole["config"], "seed": 9}}),
        (twelve / "members" / "0002.json").read_text(),
    ]
    for text in bad:
        place.write_text(text)
        assert folder.read() == {}


# ---- saved runs


def saved(out, number):
    """The saved run of a member, as the app reads it; and its row in the table."""
    row = rows(table(out))[number]
    return read_file(out / "members" / f"{row['member']}.safetensors"), row


def test_each_member_is_a_saved_run_that_the_app_reads(twelve):
    assert len(list((twelve / "members").glob("*.safetensors"))) == 12
    for number in (0, 7, 11):
        found, row = saved(twelve, number)
        config, run = found.config, found.run
        assert (config.optimizer, str(config.learning_rate)) == (
            row["optimizer"],
            row["learning_rate"],
        )
        assert str(config.split_seed) == row["split_seed"] and str(run.val_loss) == row["val_loss"]
        assert run.best == (int(row["best_step"]), float(row["best_val_loss"]))
        corpus = found.corpus()
        assert len(run.val_name_losses) == len(corpus.val) and run.weights is not None
        assert (
            config.exam and corpus.exam == load_bundled("dinos", config.split_seed, exam=True).exam
        )
        model = rebuild(config, len(corpus.vocab), run.weights)
        assert last_result(measure_in_parts(model, corpus))[1].held_out == pytest.approx(
            run.val_loss
        )
        assert run.best_moment.names and all(s.weights is None for s in run.snapshots)
        with pytest.raises(Refusal, match="only what is needed to look at it"):
            found.check_training(corpus)


def test_a_whole_saved_run_trains_on_and_with_none_there_are_no_files(tmp_path, twelve):
    whole, none = tmp_path / "whole", tmp_path / "none"
    assert swept(whole, "--runs", "whole") == swept(none, "--runs", "none") == table(twelve)
    assert not list((none / "members").glob("*.safetensors"))
    found, _ = saved(whole, 3)
    trainer = found.trainer(found.corpus())
    assert trainer.done and trainer.step_count == 5
    assert found.run.snapshots[0].weights is not None


@pytest.mark.parametrize("with_names", [True, False])
def test_names_of_a_list_of_ones_own_travel_only_where_that_is_asked_for(with_names, tmp_path):
    names = [f"{a}{b}{c}" for a in "bdfgk" for b in "aeiou" for c in "lmnrst"]
    (tmp_path / "mine.txt").write_text("\n".join(names))
    out = tmp_path / "out"
    more = ["--data", str(tmp_path / "mine.txt"), *(["--with-names"] if with_names else [])]
    swept(out, *more)
    found, _ = saved(out, 0)
    assert (found.listed.rows is not None) == with_names
    assert bool(found.run.snapshots[0].names) == with_names
    raw = (out / "members" / "0001.safetensors").read_bytes()
    assert (b"bal" in raw) == with_names


def test_a_run_that_no_file_can_have_is_no_failed_member(monkeypatch):
    def refuse(*_, **__):
        raise Refusal("A saved run has finite weights.")

    monkeypatch.setattr("dino.saved.saved_run.to_bytes", refuse)
    save = partial(sweep.save_member, whole=False, with_names=False)
    config = DEFAULT.replace(hidden_size=3, max_steps=2, engine="torch")
    found = train_and_save(config, load_bundled().cleaned, save)
    assert found.outcome.status == "done" and found.file == b""


def test_a_folder_from_before_a_setting_continues_with_its_default(tmp_path):
    names = load_bundled().cleaned
    plan = make_plan(DEFAULT.replace(max_steps=5, hidden_size=3), ["cell=rnn,gru"], 1, 2)
    folder = Folder(tmp_path, plan, names)
    good = Outcome(folder.members[1].config.as_dict(), "done", val_loss=1.5, val_steps=(1,))
    folder.keep(1, TrainedMember(good))
    for path in (tmp_path / "sweep.json", tmp_path / "members" / "0002.json"):
        found = json.loads(path.read_text())
        del found["config"]["shuffle"]
        path.write_text(json.dumps(found))
    assert [*Folder(tmp_path, plan, names).read()] == [1]
    (tmp_path / "sweep.json").write_text(json.dumps(found))
    other = make_plan(plan.config.replace(shuffle=False), ["cell=rnn,gru"], 1, 2)
    with pytest.raises(Refusal, match="another sweep"):
        Folder(tmp_path, other, names)


def test_a_setting_that_is_on_or_off_can_be_varied(tmp_path, capsys):
    sweep = ["sweep", *TINY, "--vary", "shuffle=true,false", "--seeds", "1", "--splits", "2"]
    assert main([*sweep, "--jobs", "1", "--out", str(tmp_path)]) == 0
    assert [row["shuffle"] for row in rows(table(tmp_path))] == ["true", "true", "false", "false"]
    assert len({row["val_loss"] for row in rows(table(tmp_path))}) == 4
    out = capsys.readouterr().out
    assert "Shuffled names" in out and "Sorted names" in out


def test_a_file_is_there_before_its_member_counts(tmp_path, monkeypatch):
    plan = make_plan(DEFAULT.replace(max_steps=5, hidden_size=3), ["cell=rnn,gru"], 1, 2)
    folder = Folder(tmp_path, plan, load_bundled().cleaned)
    outcome = Outcome(folder.members[0].config.as_dict(), "done", val_loss=1.5)
    replaced = []
    monkeypatch.setattr(Path, "replace", lambda one, other: replaced.append(other.suffix))
    folder.keep(0, TrainedMember(outcome, b"a run"))
    assert replaced == [".safetensors", ".json"]


# ---- the final exam


def read_plan(out):
    return json.loads((out / "sweep.json").read_text())


def test_a_sweep_has_a_final_exam_unless_it_is_told_otherwise(twelve, tmp_path, capsys):
    assert read_plan(twelve)["config"]["exam"] is True
    swept(twelve)
    out = capsys.readouterr().out
    assert "No member on that split learns from them" in out
    without = swept(tmp_path, "--no-exam")
    assert read_plan(tmp_path)["config"]["exam"] is False and without != table(twelve)
    assert "There is no final exam" in capsys.readouterr().out
    found, _ = saved(tmp_path, 0)
    assert not found.config.exam and not found.corpus().exam


def test_a_list_too_short_for_an_exam_is_swept_without_one_unless_it_is_asked_for(tmp_path, capsys):
    short = tmp_path / "short.txt"
    short.write_text("\n".join(f"{a}{b}" for a in "bdfgklmn" for b in "aeiou"))
    out = tmp_path / "out"
    swept(out, "--data", str(short))
    assert read_plan(out)["config"]["exam"] is False
    assert "needs 100 distinct names, and this list has 40." in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*TWELVE, "--data", str(short), "--exam", "--out", str(tmp_path / "other")])
    assert "at least 100 distinct names" in capsys.readouterr().err


# ---- JSON


def test_as_json_it_prints_the_results_and_the_verdict_of_the_table(twelve, capsys):
    text = swept(twelve, "--json")
    out = capsys.readouterr().out
    result, (best, gap, error, is_clear) = json.loads(out), by_hand(text)
    assert out.count("\n") == 1 and result["counts"] == {"done": 12}
    found = rows(text)
    assert [str(it["val_loss"]) for it in result["members"]] == [r["val_loss"] for r in found]
    assert [it["member"] for it in result["members"]] == [r["member"] for r in found]
    lowest = min(found, key=lambda row: float(row["val_loss"]))
    assert result["best_member"] == lowest["member"]
    by_name = {it["member"]: it for it in result["members"]}
    assert Path(by_name[lowest["member"]]["saved_run"]).is_file()
    rates = {it["name"]: it["learning_rate"] for it in result["levels"]}
    assert rates == {"SGD": float(best["sgd"]), "Adam": float(best["adam"])}
    (comparison,) = result["verdict"]["comparisons"]
    assert comparison["lower"] == ("Adam" if gap > 0 else "SGD")
    assert comparison["lower_by"] == pytest.approx(abs(gap))
    assert comparison["error"] == pytest.approx(error) and comparison["is_clear"] == is_clear
    assert result["verdict"]["winner"] == (comparison["lower"] if is_clear else None)


def test_its_committees_are_those_of_the_apps_experiment(tmp_path, capsys, jobs):
    command = ["sweep", *TINY, "--vary", "cell=rnn,gru", "--seeds", "2", "--splits", "2"]
    command += ["--jobs", "1", "--out", str(tmp_path)]
    assert main([*command, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    means = {it["name"]: it["mean_loss"] for it in result["levels"]}
    found = {it["level"]: it for it in result["committees"]}
    assert found.keys() == means.keys() == {"RNN", "GRU"}
    for name, it in found.items():
        assert it["members"] == 2 and it["mean_of_members"] == pytest.approx(means[name], abs=1e-5)
        assert it["lower_by"] == pytest.approx(it["mean_of_members"] - it["loss"]) and it["error"]
        assert it["lower_by"] > 0
    written = rows((tmp_path / "committees.csv").read_text())
    assert [(row["cell"], row["members"], row["splits"]) for row in written] == [
        ("rnn", "2", "2"),
        ("gru", "2", "2"),
    ]
    for row, it in zip(written, found.values(), strict=True):
        assert [float(row[key]) for key in ("loss", "mean_of_members", "lower_by", "error")] == [
            it[key] for key in ("loss", "mean_of_members", "lower_by", "error")
        ]
    experiment = jobs.begin_experiment(plan_in(tmp_path), split_with_exam, "mine")
    while not experiment.done:
        experiment.work()
    (rnn, gru) = experiment.committees.results(judge(experiment.losses))
    assert [rnn.loss, gru.loss] == pytest.approx([it["loss"] for it in found.values()], abs=1e-6)
    assert main(command) == 0
    words = "The committee of 2 members with RNN has a held-out loss of "
    assert words in capsys.readouterr().out
    for file in (tmp_path / "members").glob("*.safetensors"):
        file.unlink()
    assert main(command) == 0
    assert MISSING in capsys.readouterr().out


def test_a_saved_run_that_cannot_be_read_is_not_said_to_be_missing(tmp_path, capsys):
    command = ["sweep", *TINY, "--vary", "cell=rnn,gru", "--seeds", "2", "--jobs", "1"]
    command += ["--out", str(tmp_path)]
    assert main(command) == 0
    rnn, gru = "The committee of 2 members with RNN", "The committee of 2 members with GRU"
    out = capsys.readouterr().out
    assert rnn in out and gru in out
    first, other = (tmp_path / "members" / f"000{it}.safetensors" for it in (1, 2))
    for data, why in (
        (b"damaged", "A saved run"),
        (other.read_bytes(), "but “0001.safetensors” has another one"),
    ):
        first.write_bytes(data)
        assert main(command) == 0
        out = capsys.readouterr().out
        (line,) = [it for it in out.splitlines() if "“0001.safetensors” is not read" in it]
        assert why in line and "{" not in line and "delete its files" in line
        assert MISSING not in out and rnn not in out and gru in out
        assert main([*command, "--json"]) == 0
        told = capsys.readouterr()
        assert line in told.err
        assert [it["level"] for it in json.loads(told.out)["committees"]] == ["GRU"]
    for place in ("0001", "0002"):
        (tmp_path / "members" / f"{place}.safetensors").unlink()
        (tmp_path / "members" / f"{place}.json").unlink()
    assert main(command) == 0
    assert rnn in capsys.readouterr().out


def split_with_exam(seed):
    return load_bundled("dinos", seed, exam=True)


def plan_in(path):
    """The plan of the sweep in a folder."""
    head = json.loads((path / "sweep.json").read_text())
    factors = tuple(Factor(name, tuple(levels)) for name, levels in head["factors"])
    return Plan(Config(**head["config"]), factors, head["seeds"], head["splits"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--vary", "optimizer=SGD"], "at least 2 levels"),
        (["--vary", "colour=a,b"], "cannot vary “colour”"),
        (["--vary", "cell=rnn,gru", "--seeds", "none"], "seeds must be a whole number"),
        (["--vary", "cell=rnn,gru", "--jobs", "0"], "jobs must be a whole number"),
        (["--vary", "cell=rnn,gru", "--data", "nowhere.txt"], "nowhere.txt"),
        (["--vary", "cell=rnn,gru", "--preset", "nothing"], "preset must be one of"),
        ([], "--vary"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(options, words, tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["sweep", *options, "--out", str(tmp_path / "out")])
    assert caught.value.code == 2
    err = capsys.readouterr().err
    assert words in err and err.count("\n") == 1 and not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("x")
    with pytest.raises(SystemExit):
        main([*TWELVE, "--out", str(tmp_path / "file")])
    assert "cannot be written to" in capsys.readouterr().err


def test_without_distributed_a_scheduler_says_what_to_install(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SystemExit):
        main([*TWELVE, "--scheduler", "tcp://127.0.0.1:1", "--out", str(tmp_path)])
    assert "pip install distributed" in capsys.readouterr().err


def test_all_members_have_one_engine_which_every_recipe_can_run():
    corpus = load_bundled()
    small, large = "hidden_size=3,4", "hidden_size=3,512"
    lstm = DEFAULT.replace(cell="lstm", batch_size=512)
    assert on_one_engine(make_plan(DEFAULT, [small]), corpus).config.engine == "compiled"
    assert on_one_engine(make_plan(lstm, [large]), corpus).config.engine == "torch"
    bounded = make_plan(DEFAULT, ["context=0,3"])
    assert on_one_engine(bounded, corpus).config.engine == "torch"
    asked = make_plan(DEFAULT.replace(engine="torch"), [small])
    assert on_one_engine(asked, corpus).config.engine == "torch"


@pytest.mark.usefixtures("kernels")
@pytest.mark.long
def test_on_the_kernels_one_process_and_two_give_the_same_table(tmp_path):
    fast = ["--engine", "compiled"]
    one, two = (swept(tmp_path / jobs, *fast, "--jobs", jobs) for jobs in ("1", "2"))
    assert one == two and {row["engine"] for row in rows(one)} == {"compiled"}


@pytest.mark.long
@pytest.mark.filterwarnings("default")  # those of distributed are its own
def test_on_a_dask_cluster_it_is_the_same_table(tmp_path, twelve, capsys):
    import distributed

    began = time.perf_counter()
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        text = swept(tmp_path, "--scheduler", cluster.scheduler_address)
    assert text == table(twelve) and time.perf_counter() - began < WAIT
    assert len(list((tmp_path / "members").glob("*.safetensors"))) == 12  # made over there
    assert "12/12" in capsys.readouterr().err
