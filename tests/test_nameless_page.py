"""A saved run of a private list that the visitor has not brought: looked at, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pressing import job_of, part
from streamlit.testing.v1 import AppTest
from test_languages import MARKED, all_measured, english, speak, words
from test_open_run_page import NAMES, opened_page, saved, texts, trainer, upload
from test_saved_run import joined, parts

from dino.config import Config
from dino.data import Corpus, make_corpus
from dino.lists import clean
from dino.locale import sentences
from dino.locale.sentences import Sentence
from dino.parts import finish
from dino.saved.nameless_run import NamelessRun, look_at
from dino.saved.saved_run import from_bytes
from dino.ui import language, page_top, server, state
from dino.ui.run_titles import recipe_title


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    yield
    server.renew()


@pytest.fixture(scope="module")
def own() -> Corpus:
    return make_corpus(clean("\n".join(NAMES)), "my people", 3)


@pytest.fixture(scope="module")
def data(own: Corpus) -> bytes:
    return saved(trainer(corpus=own))


@pytest.fixture
def found(data: bytes) -> NamelessRun:
    """What is seen of it."""
    return finish(look_at(from_bytes(data), "mine"))


def shown(page: AppTest) -> NamelessRun | None:
    """What the visit looks at, where the page shows it."""
    held: NamelessRun | None = page.session_state[state.VISIT.key].nameless
    assert (held is not None) == bool([it for it in page.button if it.key == "nameless_close"])
    return held


def showing(found: NamelessRun, name: str = "lab") -> AppTest:
    """A page that shows it, as after a file was read."""
    page = opened_page()
    page.session_state[state.VISIT.key].nameless = found
    if name != "lab":
        page.switch_page(f"dino/pages/{name}/page.py")
    page.run()
    assert not page.exception
    return page


def test_without_its_list_only_the_network_writes_and_the_page_says_so(found: NamelessRun) -> None:
    page = showing(found)
    own = part(page, "nameless_names")
    assert "because counting needs the list." in "\n".join(it.value for it in page.caption)
    assert "Counting needs the list, so" not in "\n".join(it.value for it in page.caption)
    page.session_state["mix"] = "sixes:0.5"
    page.run()
    assert "Counting needs the list, so" in "\n".join(it.value for it in page.caption)
    now = part(page, "nameless_names")
    assert own is not None and now is not None and now[1] == own[1]


def test_it_is_looked_at_and_is_none_of_the_visit_s_runs(data: bytes, own: Corpus) -> None:
    page = opened_page()
    before = page.session_state["run"]
    upload(page, data, "**theirs**.safetensors")
    held = shown(page)
    assert held is not None and page.session_state["file_refusal"] == ""
    said = texts(page)
    assert "File: “**theirs**”." in said and held.listed.fingerprint[:8] in said
    assert "RNN 5 · Adam 0.005 · batch size 4 · letter dropout 0.2 · engine PyTorch" in said
    assert "37 of 60 updates" in said
    assert f"names trained on: {len(own.train)} · held out: {len(own.val)}" in said
    assert not any("**theirs**" in it.value for it in page.markdown)
    losses, names = part(page, "nameless_losses"), part(page, "nameless_names")
    assert losses is not None and names is not None and part(page, "nameless_curves")
    assert f"{held.run.val_loss:.3f}" in [row[1] for row in losses[1]["rows"]]
    wanted = [[f"{name}{'' if is_whole else '…'}" or "(empty)"] for name, is_whole in held.names]
    assert names[1]["rows"] == wanted and len(wanted) == 10
    assert page.session_state["run"] == before and not job_of(page).opened
    assert not [it for it in server.jobs().runs_of(job_of(page).owner) if it.opened]
    page.switch_page("dino/pages/compare/page.py").run()
    assert shown(page) is held and part(page, "compared_runs") is None
    everything = "\n".join(words(page))
    assert not [name for name in (*NAMES, "my people") if name in everything]


def test_it_stays_until_it_is_closed(found: NamelessRun) -> None:
    page = showing(found, "compare")
    assert shown(page.run()) is found
    page.button(key="nameless_close").click().run()
    assert shown(page) is None and not page.exception


def test_it_is_forgotten_with_all_that_the_browser_has(found: NamelessRun) -> None:
    page = showing(found)
    visit = page.session_state[state.VISIT.key]
    server.server().visits.erase(visit.browser, visit.tab_key)  # as *Erase now* does, on any page
    assert visit.nameless is None and shown(page.run()) is None


def test_another_file_takes_its_place_and_a_forged_one_is_refused(data: bytes) -> None:
    table, note, rest = parts(data)
    listed = note["list"]
    forged = {
        "list.fingerprint": {**listed, "fingerprint": "no hash"},
        "list.names": {**listed, "train_names": listed["train_names"] + 1},
        "list.symbols": {**listed, "symbols": "ba\n"},
        "moment.0": {**listed, "symbols": listed["symbols"][:-1]},
    }
    page = upload(opened_page(), data)
    for word, other in forged.items():
        upload(page, joined(table, {**note, "list": other}, rest))
        assert shown(page) is None and not job_of(page).opened
        assert word in str(page.session_state["file_refusal"]) in texts(page)
    upload(page, data, "again.safetensors")
    held = shown(page)
    assert held is not None and held.title == "again"
    upload(page, saved(trainer()))  # of the app's list
    assert shown(page) is None and job_of(page).opened


def test_what_comes_from_a_file_is_never_markup(found: NamelessRun) -> None:
    hostile = "**b** <b> $x$ [a](b)"
    page = showing(replace(found, title=hostile, names=((hostile, True), ("", False))))
    assert hostile in texts(page)
    assert not any("<b>" in it.value for it in (*page.markdown, *page.caption))
    names = part(page, "nameless_names")
    assert names is not None and names[1]["rows"] == [[hostile], ["…"]]


def test_a_run_that_diverged_without_weights_or_with_many_rates_says_so(found: NamelessRun) -> None:
    stopped = Sentence("It diverged.")
    run = replace(found.run, stopped=stopped, learning_rates=((0, 0.1), (9, 0.2)))
    page = showing(replace(found, run=run, names=(), rates=1000))
    assert "It diverged." in texts(page) and "It had 1,000 learning rates" in texts(page)
    assert part(page, "nameless_names") is None
    assert any("no weights" in it.value for it in page.caption)


def test_nothing_of_it_stays_english(monkeypatch: pytest.MonkeyPatch, found: NamelessRun) -> None:
    for module in (sentences, language, page_top):
        monkeypatch.setattr(module, "languages", lambda: {"xx": MARKED})
    speak(monkeypatch, MARKED)
    page = showing(found)
    assert all_measured(page) and shown(page) is found
    assert not english(page)


def test_a_recipe_s_words_have_what_is_not_as_by_default(found: NamelessRun) -> None:
    run = replace(found.run, config=Config(cell="gru", clip_norm=0.0, seed=4, split_seed=2))
    assert recipe_title(run) == "GRU 64 · Adam 0.005 · clip gradient at norm off · 37 of 60 updates"
