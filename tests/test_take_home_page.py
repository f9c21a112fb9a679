"""The files that a visitor may take home from the Lab, as its buttons make them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from pressing import press
from reports import claims_in
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, run_async, wait_for

from dino.config import Config
from dino.data import load_bundled, make_corpus
from dino.exam import ExamLosses
from dino.jobs import RunHandle
from dino.lists import clean
from dino.locale.sentences import ENGLISH, Refusal, languages
from dino.mix import Mix
from dino.pages.lab import take_home
from dino.reports.facts import Words
from dino.run import Run
from dino.saved.saved_run import from_bytes
from dino.train import Trainer
from dino.ui import server
from dino.ui.workarounds import downloads

RECIPE = {"hidden_size": "4", "batch_size": "2", "max_steps": "30", "engine": "torch"}


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    yield
    server.renew()


def trained(**settings: str) -> tuple[AppTest, RunHandle]:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update({**RECIPE, **settings})
    page.run()
    page.run()
    assert not page.exception
    assert "take_home" not in [it.proto.id.rsplit("-", 1)[-1] for it in page.expander]
    press(page, "play")
    job = server.jobs().find(page.session_state["run"])
    assert job is not None
    wait_for(lambda: job.done and job.settled and job.entry(), "the run")
    page.run()
    assert not page.exception
    return page, job


def wish(job: RunHandle | Training, **changed: object) -> take_home.Wish:
    return take_home.Wish(job, ENGLISH, Words(), False)._replace(**changed)


def made(job: RunHandle, **changed: object) -> dict[str, bytes]:
    """Each file by the end of its name."""
    asked = wish(job, **changed)
    found = {}
    for file in take_home.FILES:
        try:
            data = take_home.contents(file, asked)
        except Refusal:
            continue
        found[file.end or take_home.name_of(file, job)] = (
            data.encode() if isinstance(data, str) else data
        )
    return found


def refused(job: RunHandle, end: str, **changed: object) -> str:
    """Why there is no such file."""
    file = next(it for it in take_home.FILES if it.end == end)
    with pytest.raises(Refusal) as caught:
        take_home.contents(file, wish(job, **changed))
    return str(caught.value)


def test_each_button_gives_the_file_that_it_names() -> None:
    page, job = trained()
    page.session_state["take_home"] = True
    page.run()
    assert not page.exception
    labels = [button.proto.label for button in page.get("download_button")]
    assert labels[0] == "Report" and labels[-1] == "Saved run" and len(labels) == 8
    files = made(job)
    run = job.run
    assert run is not None
    facts = claims_in(files["-report.html"])
    assert facts.config == run.config and re.fullmatch("20[-0-9]{8}", facts.date)
    for notebook in (files[".ipynb"], files["-keras.ipynb"]):
        assert json.loads(notebook)["nbformat"] == 4
    compile(files[".py"], "script", "exec")
    assert files["dinos.txt"].decode().splitlines() == list(job.corpus.rows)
    assert files["-curve.csv"].decode("utf-8-sig").startswith("step,")
    assert files["-names.csv"].decode("utf-8-sig").startswith("step,")


def test_a_recipe_that_keras_has_no_layer_for_has_no_such_button_but_a_reason() -> None:
    page, job = trained(weight_drop="0.4")
    page.session_state["take_home"] = True
    page.run()
    labels = [button.proto.label for button in page.get("download_button")]
    assert len(labels) == 7 and "Keras notebook" not in labels
    assert any("no layer of Keras" in it.value for it in page.caption)
    assert refused(job, "-keras.ipynb") and "-keras.ipynb" not in made(job)
    assert b"WEIGHT_DROP = 0.4" in made(job)[".py"]


def test_a_saved_run_trains_on_as_the_run_itself_would() -> None:
    _, job = trained()
    saved = from_bytes(made(job)[".safetensors"])
    assert saved.packed is not None
    corpus = load_bundled()
    trainer = saved.trainer(corpus)
    trainer.extend(10)
    trainer.advance()
    unbroken = Trainer(Config.from_url(RECIPE)[0], corpus)
    unbroken.advance()
    unbroken.extend(10)
    unbroken.advance()
    assert trainer.run().losses.tolist() == unbroken.run().losses.tolist()


def test_no_run_in_training_is_saved_and_the_sentence_says_why() -> None:
    _, job = trained()
    for _ in range(20):  # on a slow machine it must not end meanwhile
        job.extend(100_000)
    wait_for(lambda: job.running, "training")
    assert "Pause it before you save it." in refused(job, ".safetensors")
    spanish = refused(job, ".safetensors", language=languages()["es"])
    assert spanish.endswith("Páusalo antes de guardarlo.")
    assert ".safetensors" not in made(job)
    job.pause()


def test_a_run_that_cannot_be_packed_in_time_is_not_saved_without_what_training_on_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, job = trained()
    wait_for(lambda: job.settled, "a run at rest")
    monkeypatch.setattr(take_home, "MOST_SECONDS", 0.0)
    monkeypatch.setattr(type(job), "early_entry", lambda _: None)
    assert "too busy" in refused(job, ".safetensors")


def test_the_page_says_why_there_is_no_file_and_none_is_sent() -> None:
    """As the browser gets it: a reason in place of an address."""

    class Files:
        def execute_deferred(self, file_id: str) -> str:
            raise ValueError(file_id) from Refusal("Pause it before you save it.")

    class Handler:
        async def handle(self, request: object, session_id: str) -> BackendOperationResponse:
            url = downloads.without_a_file(Files.execute_deferred)(Files(), "a")
            response = BackendOperationResponse(request_id="1")
            response.deferred_file.url = url
            return response

    response = run_async(downloads.with_the_reason(Handler.handle)(Handler(), None, ""))
    assert response.error_msg == "Pause it before you save it." and not response.HasField(
        "deferred_file"
    )
    with pytest.raises(KeyError):
        downloads.without_a_file(lambda *_: {}["another error"])(None, "a")


def test_a_file_that_is_asked_for_is_made_though_its_page_is_drawn_again_before() -> None:
    manager = MediaFileManager(MemoryMediaFileStorage("/media"))
    request = BackendOperationRequest()
    add = downloads.with_its_button(MediaFileManager.add_deferred)
    request.deferred_file.file_id = add(manager, lambda: "a", None, "0", element_id="button")

    def draw_without_it() -> None:
        manager.clear_session_refs()
        manager.remove_orphaned_files()

    class Handler:
        def _get_media_file_mgr(self) -> MediaFileManager:
            return manager

        async def handle(self, request: BackendOperationRequest, session_id: str) -> str:
            draw_without_it()
            return manager.execute_deferred(request.deferred_file.file_id)

    handle = downloads.by_its_newest_id(Handler.handle)
    assert run_async(handle(Handler(), request, "")).startswith("/media/")
    draw_without_it()
    with pytest.raises(MediaFileStorageError):
        run_async(handle(Handler(), request, ""))


def test_a_file_that_no_page_shows_is_deleted_when_its_browser_has_had_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class File:
        marked = False

        def mark_for_delete(self) -> None:
            self.marked = True

    file, mark = File(), downloads.not_at_once(File.mark_for_delete)
    for lasts, marked in ((PATIENCE, False), (0.0, True)):
        monkeypatch.setattr(downloads, "LASTS", lasts)
        mark(file)
        assert file.marked == marked


def test_files_speak_the_language_of_the_page_and_hold_the_visitor_s_words() -> None:
    _, job = trained()
    spanish = languages()["es"]
    words = Words("</pre><script>alert(1)</script>", "=1+1", "*My* own")
    report = made(job, language=spanish, words=words)["-report.html"].decode()
    assert 'lang="es"' in report and "<script>alert" not in report and "*My* own" in report


def test_names_of_a_private_list_travel_only_where_their_owner_says_so() -> None:
    _, job = trained()
    text = "\n".join(f"{row}x" for row in job.corpus.rows)
    job.corpus = make_corpus(clean(text, False, "mine"), "Mine", owner=job.owner)
    run = job.run
    assert run is not None
    for with_names in (False, True):
        report = made(job, with_names=with_names)["-report.html"].decode()
        written = [name for it in run.snapshots for name in it.names if len(name) > 6]
        assert written and any(name in report for name in written) == with_names


def test_too_long_a_title_is_refused_in_one_sentence() -> None:
    page, _ = trained()
    page.session_state["take_home"] = True
    page.run()
    page.text_input(key="report_title").set_value("x" * 300).run()
    assert any("at most 200 letters" in it.value for it in page.text)
    assert not page.get("download_button") and not page.exception


def test_of_a_private_list_it_is_said_what_weights_can_tell() -> None:
    page, job = trained()
    page.session_state["take_home"] = True
    page.run()
    assert not any("memorised" in it.value for it in page.caption)
    text = "\n".join(f"{row}x" for row in job.corpus.rows)
    job.corpus = make_corpus(clean(text, False, "mine"), "Mine", owner=job.owner)
    page.run()
    assert any("names that it has memorised" in it.value for it in page.caption)


# ---- a network that is read together with counting

MIX = Mix("sixes", 0.25)


def captions(page: AppTest) -> str:
    return "\n".join(it.value for it in page.caption)


def asked_for(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> take_home.Wish:
    """What the page's buttons would put into the files."""
    found: list[take_home.Wish] = []

    def button(_: str, data: partial[bytes], **__: object) -> None:
        found.append(next(it for it in data.args if isinstance(it, take_home.Wish)))

    with monkeypatch.context() as patched:
        patched.setattr(take_home.st, "download_button", button)
        page.session_state["take_home"] = True
        page.run()
        assert not page.exception
    return found[0]


def written_together(page: AppTest) -> None:
    """Write names with the page's mixture."""
    page.session_state["mix"] = MIX.text
    page.run()
    page.button(key="write").click().run()
    assert not page.exception


def test_files_are_read_together_with_counting_where_the_names_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, job = trained()
    assert asked_for(page, monkeypatch).mix is None and "no counts" not in captions(page)
    written_together(page)
    wished = asked_for(page, monkeypatch)
    assert wished.mix == MIX and len(wished.written) == 10
    assert "0.25 network + 0.75 counting sixes" in captions(page)
    files = made(job, mix=wished.mix, written=wished.written)
    claims = claims_in(files["-report.html"])
    assert claims.mix == MIX and claims.claims["names"] == list(wished.written)
    loss = claims.together["loss"]
    assert loss is not None
    expected = f"EXPECTED_TOGETHER = {round(loss, 6)}"
    assert expected in files[".py"].decode()
    for name in (".ipynb", "-keras.ipynb"):
        assert expected in files[name].decode() and "COUNTED, SHARE = 6, 0.25" in str(files[name])
    plain = made(job)
    for name in ("-curve.csv", "-names.csv", ".safetensors", "dinos.txt"):
        assert files[name] == plain[name]


@pytest.mark.parametrize("text", ["pairs:0.5", MIX.text])
def test_the_exam_has_the_mixture_only_if_it_was_opened_with_it(text: str) -> None:
    _, job = trained(exam="true")
    entry, pool = job.entry(), server.jobs()
    assert entry is not None and entry.run.weights is not None
    pool.open_exam(job.owner, entry, text)
    opening = pool.kept_of(job.owner).exams.find(job.token, entry.run.kept_step)
    assert opening is not None
    pool.note_exam(job.owner, opening, ExamLosses(2.0, 0.1, 2.0, 0.1, 152, 152))
    assert job.opened_exam is not None and job.opened_exam.mix == text
    found = claims_in(made(job, mix=MIX)["-report.html"]).together
    assert ("exam_loss" in found) == (text == MIX.text)


READ_TOGETHER = ("-report.html", ".py", ".ipynb", "-keras.ipynb")


class Training:
    """A job whose run has other weights each time that one looks at it."""

    def __init__(self, job: RunHandle) -> None:
        self.job, self.shift = job, np.float32(0)

    def __getattr__(self, name: str) -> object:
        return getattr(self.job, name)

    @property
    def run(self) -> Run:
        found = self.job.run
        assert found is not None and found.weights is not None
        weights, self.shift = found.weights + self.shift, self.shift + np.float32(0.5)
        return replace(found, weights=weights)


def test_all_figures_of_a_file_are_of_one_moment_of_the_run() -> None:
    _, job = trained()
    plain = made(job, mix=MIX)
    for file in take_home.FILES:
        if file.end in READ_TOGETHER:
            data = take_home.contents(file, wish(Training(job), mix=MIX))
            data = data.encode() if isinstance(data, str) else data
            assert data == plain[file.end], file.end


def test_between_two_measurements_no_file_is_read_together_and_the_sentence_says_why() -> None:
    _, job = trained()
    assert job.run is not None
    job.run = replace(job.run, kept_step=job.run.kept_step + 1)
    for end in READ_TOGETHER:
        said = refused(job, end, mix=MIX)
        assert said.endswith("Pause it before you take it home together with counting.")
        spanish = refused(job, end, mix=MIX, language=languages()["es"])
        assert spanish.startswith("Este entrenamiento está en marcha. Páusalo antes de ")
    assert not {*READ_TOGETHER} & {*made(job, mix=MIX)} and {*READ_TOGETHER} <= {*made(job)}


def test_without_its_weights_a_run_is_not_read_together_and_the_page_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page, job = trained()
    written_together(page)
    assert job.run is not None
    job.run = job.run.without_weights()
    wished = asked_for(page, monkeypatch)
    assert wished.mix is None and wished.written == ()
    assert "The weights of this run were discarded, so the files leave out" in captions(page)
    files = made(job, mix=MIX)  # as if they were discarded after the page was drawn
    assert claims_in(files["-report.html"]).mix is None and b"SHARE" not in files[".py"]


def test_nothing_of_a_private_list_is_in_any_file_of_a_run_that_is_read_so() -> None:
    page, job = trained()
    text = "\n".join(f"{row}xq" for row in job.corpus.rows)
    job.corpus = make_corpus(clean(text, False, "mine"), "Mine", owner=job.owner)
    files, plain = made(job, mix=MIX), made(job)
    lists = {take_home.name_of(file, job) for file in take_home.FILES if not file.end}
    for name, data in files.items():
        if name in lists or name == "-names.csv":
            continue  # the list itself, and what the network wrote
        assert not [it for it in job.corpus.names if it.encode() in data], name
    facts, before = (dict(claims_in(it["-report.html"]).claims) for it in (files, plain))
    assert {name for name in facts if facts[name] != before[name]} == {"mix", "together"}
    for name in (".safetensors", "-curve.csv", "-names.csv"):
        assert files[name] == plain[name]
