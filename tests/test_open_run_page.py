"""A saved run opened in the app: trained on bit for bit, looked at, or refused in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pressing import job_of, kind, part, press
from streamlit.testing.v1 import AppTest
from test_saved_run import MUTATIONS
from waiting import PATIENCE, wait_for

from dino.__main__ import main
from dino.config import Config
from dino.data import Corpus, load_bundled, make_corpus
from dino.lists import clean
from dino.live.status_text import name_rows
from dino.model import rebuild
from dino.ngram import NGram
from dino.sample import draws, write
from dino.saved import shipped_runs
from dino.saved.saved_run import to_bytes
from dino.train import Trainer
from dino.ui import server

TINY = Config(hidden_size=5, batch_size=4, max_steps=60, engine="torch", letter_dropout=0.2)
NAMES = [f"{a}{b}x{c}{b}" for a in "kmn" for b in "aeiou" for c in "rst"]


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    yield
    server.renew()


def trainer(config: Config = TINY, corpus: Corpus | None = None, steps: int = 37) -> Trainer:
    """One that rests, in the middle of a pass over the names."""
    made = Trainer(config, corpus or load_bundled())
    made.advance(steps)
    made.settle()
    return made


def saved(made: Trainer, **how: bool) -> bytes:
    return to_bytes(made.run(), made.pack(), made.corpus, **how)


def opened_page(query: dict[str, str] | None = None, script: str = "../app.py") -> AppTest:
    """A page of a new visitor, whose box for saved runs is open."""
    page = AppTest.from_file(script, default_timeout=PATIENCE)
    page.query_params.update({"hidden_size": "4", "batch_size": "2", "engine": "torch"})
    page.query_params.update(query or {})
    page.run()
    page.session_state["open_box"] = True
    page.run()
    assert not page.exception
    return page


def upload(page: AppTest, data: bytes, name: str = "mine.safetensors") -> AppTest:
    """Upload a file, and wait until the page is done with it."""
    page.file_uploader[0].set_value((name, data, "application/octet-stream")).run()
    return read(page)


def read(page: AppTest) -> AppTest:
    def is_done() -> bool:
        assert not page.exception
        if page.session_state["reading"]:
            page.run()
        return not page.session_state["reading"]

    wait_for(is_done, "the file")
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    return "\n".join(it.value for it in page.text)


@pytest.mark.parametrize("engine", ["torch", "compiled"])
def test_opened_in_another_visit_it_trains_on_as_if_it_had_never_stopped(
    engine: str, browser: list[str], kernels: None
) -> None:
    config = TINY.replace(engine=engine, hidden_dropout=0.2)
    unbroken = trainer(config)
    page = opened_page()
    browser[0] = "yours"
    page = opened_page()
    upload(page, saved(unbroken), "a run.safetensors")
    job = job_of(page)
    assert (job.owner, job.number, job.title, job.opened) == (job.owner, 1, "a run", True)
    assert job.run is not None and job.run.step == 37 and job.can_continue
    assert "Run 1 was opened from the file “a run”." in texts(page)
    assert kind(page) == "on"
    press(page, "play")
    wait_for(lambda: job.done and job.settled, "the rest of its steps")
    unbroken.advance()
    unbroken.settle()
    one, other = job.run, unbroken.run()
    for name in ("losses", "val_steps", "val_losses", "train_eval_losses", "weights"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert one.engines == other.engines == ((0, engine),)


def test_an_opened_run_on_a_list_that_is_here_is_counted_again_for_its_mixture() -> None:
    """Its file has no counts: they are made from the list."""
    page = upload(opened_page({"mix": "sixes:0.5"}), saved(trainer()))
    job = job_of(page)
    wait_for(lambda: page.run() and part(page, "written"), "the names")
    names = part(page, "written")
    assert job.opened and names is not None and not page.exception
    assert server.jobs().counts.nbytes > 0
    corpus, run = job.corpus, job.run
    assert run is not None and run.weights is not None
    model = rebuild(run.config, len(corpus.vocab), run.weights)
    counts = NGram(6, corpus.train, corpus.vocab)
    wanted = write(model, corpus.vocab, draws(10, 0), counts=counts, share=0.5)
    shown = [row[0].removesuffix("…") for row in names[1]["rows"]]
    assert shown == [trace.name or "(empty)" for trace in wanted]


def test_an_opened_run_is_one_of_the_browser_s_with_curve_names_and_moments() -> None:
    made = trainer()
    page = upload(opened_page(), saved(made))
    job = job_of(page)
    assert page.session_state["hidden_size"] == 5 and page.session_state["max_steps"] == 60
    (entry,) = server.jobs().runs_of(job.owner)
    assert entry.opened and entry.run.losses.tolist() == made.run().losses.tolist()
    assert [s.names for s in entry.run.snapshots] == [s.names for s in made.run().snapshots]
    assert all(s.weights is not None for s in entry.run.snapshots)
    assert entry.baselines and entry.corpus.title and page.session_state["list"] == "dinos"
    again = upload(page, saved(made), "twice.safetensors")
    assert [it.title for it in server.jobs().runs_of(job.owner)] == ["twice", "mine"]
    assert job_of(again).corpus is job.corpus  # of one list there is one copy


def test_a_file_is_read_once_and_nothing_of_it_is_held_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dino.ui import workarounds

    forgotten: list[str] = []
    monkeypatch.setattr(workarounds, "forget_upload", forgotten.append)
    page = upload(opened_page(), saved(trainer()))
    assert len(forgotten) == 1
    (visit,) = server.server().visits.all()
    assert not any("upload" in str(key) for key in visit.measurements)
    assert page.file_uploader[0].value is None


def test_a_title_from_outside_is_plain_short_and_in_one_line() -> None:
    name = "../../**bold** <b>\n" + "x" * 300 + ".safetensors"
    page = upload(opened_page(), saved(trainer()), name)
    job = job_of(page)
    assert job.title.startswith("**bold** <b> x") and len(job.title) <= 40
    assert not any("**bold**" in it.value for it in page.markdown)


def test_a_private_list_travels_in_a_file_with_names_and_is_its_opener_s_then() -> None:
    own = make_corpus(clean("\n".join(NAMES)), "my people", 3)
    page = upload(opened_page(), saved(trainer(corpus=own.without(own.train[:2])), with_names=True))
    job = job_of(page)
    assert job.can_continue and job.corpus.owner == job.owner != ""
    assert (job.corpus.train, job.corpus.val) == (own.train[2:], own.val)
    assert page.session_state["list"] == "own"
    assert page.session_state["own"].rows == own.rows


def test_without_its_names_it_opens_once_the_same_list_is_chosen() -> None:
    own = make_corpus(clean("\n".join(NAMES)), "my people", 3)
    data = saved(trainer(corpus=own))
    page = upload(opened_page(), data)
    visit = page.session_state["visit"]
    assert "choose the same list on the Data page" in texts(page)
    assert visit.nameless is not None and not job_of(page).opened
    page.switch_page("dino/pages/data/page.py").run()
    page.session_state["data_list"] = "own"
    page.run()
    page.text_area(key="own_text").set_value("\n".join(NAMES)).run()
    wait_for(lambda: not page.run().get("progress"), "the cleaned list")
    page.button(key="own_use").click().run()
    page.switch_page("dino/pages/lab/page.py").run()
    page.session_state["open_box"] = True
    upload(page.run(), data)
    job = job_of(page)
    assert job.opened and job.can_continue and visit.nameless is None
    assert (job.corpus.train, job.corpus.val, job.corpus.split_seed) == (own.train, own.val, 3)
    rows = name_rows(job.run, job.baselines)
    assert len(rows) > 1
    assert {tuple(row[1:3]) for row in rows} == {("–", "–")}  # those it wrote stayed at home, too
    for name in ("compare", "inside", "data"):
        page.switch_page(f"dino/pages/{name}/page.py").run()
        assert not page.exception


def test_what_a_file_lacks_for_training_is_said_and_it_is_looked_at() -> None:
    made = trainer()
    page = upload(opened_page(), to_bytes(made.run(), None, made.corpus))
    assert not job_of(page).can_continue and "only what is needed to look at it" in texts(page)
    for name in ("inside", "compare"):
        page.switch_page(f"dino/pages/{name}/page.py").run()
        assert not page.exception


def test_on_compare_it_is_laid_beside_the_runs_of_the_visit() -> None:
    page = opened_page()
    press(page, "play", typed={})
    first = job_of(page)
    wait_for(lambda: first.run is not None and first.run.step, "a step")
    first.pause()
    wait_for(lambda: first.settled and first.entry(), "rest")
    page.switch_page("dino/pages/compare/page.py").run()
    page.session_state["open_box"] = True
    upload(page.run(), saved(trainer()))
    table = part(page, "compared_runs")
    assert table is not None
    (group,) = table[1]["groups"]
    assert [row["title"] for row in group["rows"]] == ["mine", ""]
    assert all(row["color"] for row in group["rows"])


@pytest.mark.long
def test_changed_files_are_refused_in_one_sentence_or_opened() -> None:
    page, data = opened_page(), saved(trainer(steps=20))
    started = page.session_state["run"]

    @settings(max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(seed=st.integers(0, 10**9))
    def check(seed: int) -> None:
        random = Random(seed)
        before = page.session_state["run"]
        upload(page, random.choice(MUTATIONS)(data, random))
        refused = page.session_state["file_refusal"]
        assert bool(refused) != (page.session_state["run"] != before)
        assert not refused or str(refused) in texts(page)

    check()
    assert started  # the page was there all the time


def test_there_is_no_room_for_a_run_beyond_the_bound_of_a_browser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dino.jobs import limits

    monkeypatch.setattr(limits, "OPENED_BYTES", 1000)
    page = upload(opened_page(), saved(trainer()))
    assert "no room" in texts(page) and not job_of(page).opened


def test_prepared_runs_are_listed_and_opened_by_name_or_link(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setattr(shipped_runs, "FOLDER", tmp_path)
    (tmp_path / "lesson 3.safetensors").write_bytes(saved(trainer()))
    (tmp_path / "broken.safetensors").write_bytes(b"x" * 100)
    (tmp_path / ".hidden.safetensors").write_bytes(b"x")
    page = opened_page()
    box = next(it for it in page.selectbox if "prepared" in str(it.key))
    assert box.options == ["broken", "lesson 3"]
    box.set_value("lesson 3").run()
    assert job_of(read(page)).title == "lesson 3"
    linked = read(opened_page({"run_file": "lesson 3"}))
    assert job_of(linked).title == "lesson 3" and job_of(linked).opened
    refused = read(opened_page({"run_file": "broken"}))
    assert refused.session_state["file_refusal"] and not job_of(refused).opened


@pytest.mark.parametrize("name", ["../lesson 3", "..", "nothing", "x" * 900, "", "a\0b"])
@pytest.mark.parametrize(
    "lang, words", [("en", "must name a file"), ("es", "debe nombrar un arch")]
)
def test_a_link_to_a_file_that_is_not_there_is_refused_at_the_top_of_the_page(
    name, lang, words
) -> None:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update({"run_file": name, "lang": lang})
    page.run()
    assert not page.exception and not page.session_state["reading"]
    (said,) = [it.value for it in page.text if "run_file" in it.value]
    assert said.startswith(f"run_file {words}") and "\n" not in said


def test_a_member_of_a_sweep_opens_as_a_run_with_its_exam(tmp_path) -> None:
    net = ["--hidden-size", "3", "--max-steps", "4", "--engine", "torch", "--jobs", "1"]
    counts = ["--vary", "cell=rnn,gru", "--seeds", "1", "--splits", "1"]
    assert main(["sweep", *net, *counts, "--out", str(tmp_path)]) == 0
    path = tmp_path / "members" / "0002.safetensors"
    page = upload(opened_page(), path.read_bytes(), path.name)
    job = job_of(page)
    assert (job.title, job.config.cell, job.config.exam) == ("0002", "gru", True)
    assert job.run is not None and job.run.step == 4 and not job.can_continue
    assert "only what is needed to look at it" in texts(page)
    page.switch_page("dino/pages/compare/page.py").run()
    assert not page.exception
    page.button(key="open_exam").click().run()
    wait_for(lambda: part(page.run(), "exam_losses"), "the exam's loss")
