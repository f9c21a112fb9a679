"""Pages in the language of their visitor: nothing stays English, and two watch one run in two."""

from __future__ import annotations

import ast
import json
import re
import threading
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from addresses import said
from pressing import press, type_in
from sampling import one_in
from sources import FILES, ROOT, dotted, parsed
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for
from wording import MARKUP, NO_WORDS, PROSE, WORD

from dino.config import SETTINGS, Config
from dino.lessons.reading import lessons
from dino.locale import sentences
from dino.locale.sentences import Language, Sentence, Text
from dino.pages.data.tabs import TABS as DATA_TABS
from dino.pages.lab import training
from dino.pages.lab.controls import STOPS
from dino.ui import language, page_top, server, state, visit

NET = {"engine": "torch", "hidden_size": "4", "batch_size": "2", "max_steps": "30"}
INSIDE_TABS = ("name", "letters", "memory", "units", "gradient", "weights", "two")
OPEN, CLOSE = "⟦", "⟧"
# What components are given besides words.
FOR_SCRIPTS = {"source", "sources", "query", "visit", "place", "key", "address", "font", "picture"}


class Marked(Language):
    """A language that shows what went through a catalogue: ⟦Held out⟧."""

    def __init__(self) -> None:
        super().__init__("xx", "Marked")
        self._depth = 0

    def put(self, text: Text) -> str:
        if not text:
            return ""
        self._depth += 1
        try:
            words = super().put(text)
        finally:
            self._depth -= 1
        return words if self._depth else f"{OPEN}{words}{CLOSE}"


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    yield
    server.renew()


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """All pages are shown in the marked language."""
    monkeypatch.setattr(sentences, "languages", lambda: {"xx": MARKED})
    monkeypatch.setattr(language, "languages", lambda: {"xx": MARKED})
    monkeypatch.setattr(page_top, "languages", lambda: {"xx": MARKED})
    speak(monkeypatch, MARKED)


MARKED, SPANISH = Marked(), Language("es", "Español", comma=True)


def speak(monkeypatch: pytest.MonkeyPatch, spoken: Language) -> None:
    """Where no script runs, too: a page test asks a box there for the words of its choices."""
    monkeypatch.setattr(sentences, "ENGLISH", spoken)
    monkeypatch.setattr(language, "ENGLISH", spoken)


def open_page(name: str = "lab", **params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    page.run()
    if name != "lab":
        page.switch_page(f"dino/pages/{name}/page.py").run()
    assert not page.exception
    return page


def words(page: AppTest) -> Iterator[str]:
    """All texts that a page gives to the browser."""
    for node in [*page.main, *page.sidebar]:
        proto = getattr(node, "proto", None)
        for field in ("body", "label", "help", "caption", "placeholder"):
            if isinstance(text := getattr(proto, field, ""), str):
                yield text
        yield from (it for it in getattr(proto, "options", []) if isinstance(it, str))
        data = getattr(proto, "json", "") or getattr(getattr(proto, "mixed", None), "json", "")
        if isinstance(data, str) and data.startswith(("[", "{")):
            yield from texts_of(json.loads(data))


def texts_of(value: Any) -> Iterator[str]:
    """The words in a component's data; not those that are meant for its script."""
    if isinstance(value, dict) and "other_lang" in value:  # a term, in both languages
        yield from (value["meaning"], value["where"])
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == "labels":  # each after the key of its figure
                yield from texts_of([row[1:] for row in inner])
            elif name not in FOR_SCRIPTS:
                yield from texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_of(inner)
    elif isinstance(value, str):
        yield value


def english(page: AppTest) -> list[str]:
    """The texts of a page that no catalogue could have translated; lines of code are in none."""
    found, code = dict.fromkeys(words(page)), lines_of_code()
    return [
        text
        for text in found
        if not {OPEN, CLOSE} & {*text} and is_prose(text) and text.strip() not in code
    ]


@cache
def lines_of_code() -> frozenset[str]:
    """The lines of the program, as the strip shows them."""
    texts = (path.read_text(encoding="utf-8") for path in FILES)
    return frozenset(line.strip() for text in texts for line in text.splitlines())


def is_prose(text: str) -> bool:
    """Whether a text has two words, or begins as a label does; formulas and names do not count."""
    bare = re.sub(r"\$[^$]*\$|:material/\w+:|<[^>]*>|<style>.*</style>", "", text, flags=re.DOTALL)
    looks_so = bool(PROSE.search(bare) or WORD.match(bare)) and not MARKUP.search(bare)
    return looks_so and text not in NO_WORDS


def trained() -> AppTest:
    """The Lab with a run that has come to its end."""
    page = open_page(**NET)
    press(page, "play")
    job = server.jobs().find(page.session_state["run"])
    assert job is not None
    wait_for(lambda: job.done and job.settled and job.entry(), "the run")
    page.run()
    return page


def test_a_text_that_no_catalogue_has_is_found(marked: None) -> None:
    assert language.put("Held out") == "⟦Held out⟧"
    assert str(Sentence("{a} of {b}", {"a": Sentence("one"), "b": 2})) == "⟦one of 2⟧"
    assert is_prose("Its loss is 1.72.") and is_prose("Names") and not is_prose("$h_t = x$")


def test_nothing_in_the_lab_stays_english(marked: None) -> None:
    assert not english(open_page(**NET))
    assert not english(trained())


@pytest.mark.parametrize("tab", DATA_TABS)
def test_nothing_on_the_page_data_stays_english(marked: None, tab: str) -> None:
    page = open_page("data", **NET)
    page.session_state[state.DATA_TAB.key] = tab
    assert not english(page.run())


@pytest.mark.parametrize("tab", one_in(3, INSIDE_TABS))
def test_nothing_on_the_page_inside_stays_english(marked: None, tab: str) -> None:
    page = trained().switch_page("dino/pages/inside/page.py")
    page.session_state[state.INSIDE_TAB.key] = tab
    page.run()
    wait_for(lambda: all_measured(page), "the measurements")
    assert not english(page)


@pytest.mark.parametrize("part", ("", *one_in(4, tuple(lessons("en")))))
def test_nothing_on_the_page_learn_stays_english(marked: None, part: str) -> None:
    page = open_page("learn", **NET)
    page.session_state[state.LESSON.key] = part
    page.run()
    assert not page.exception and not english(page)
    for button in [it.key for it in page.button if str(it.key).endswith("_skip")]:
        page.button(key=button).click().run()  # what waits for a bet is shown
    wait_for(lambda: all_measured(page), "the measurements")
    assert not page.exception and not english(page)


def test_nothing_on_the_page_compare_stays_english(marked: None) -> None:
    assert not english(open_page("compare", **NET))  # which has no run to show
    page = trained()
    page.session_state["split_seed"] = 1
    page.run()
    press(page, "new")
    job = server.jobs().find(page.session_state["run"])
    assert job is not None
    wait_for(lambda: job.done and job.settled and job.entry(), "the second run")
    page.switch_page("dino/pages/compare/page.py").run()
    wait_for(lambda: all_measured(page), "the measurements")
    assert not english(page)


def all_measured(page: AppTest) -> bool:
    """Whether nothing is being measured for a page any more, after it was drawn again."""
    page.run()
    assert not page.exception
    return all(it.done for it in page.session_state[state.VISIT.key].measurements.values())


# ---- two languages at once


def test_a_link_names_the_language_and_two_pages_watch_one_run_in_two(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(visit, "hashed_secret", lambda: "one browser")
    page = trained()
    assert "lang" not in said(page)
    spanish = open_page(**{**said(page), "lang": "es"})
    assert said(spanish)["lang"] == "es" and spanish.session_state["run"]
    for _ in range(2):  # each again in its own
        wait_for(lambda: "Names as it learns" in " ".join(words(page.run())), "the names")
        with monkeypatch.context() as patched:
            speak(patched, SPANISH)
            wait_for(lambda: "Nombres mientras" in " ".join(words(spanish.run())), "the names")
        shown = [" ".join(words(it)) for it in (page, spanish)]
        assert ["Names as it learns" in it for it in shown] == [True, False]
        assert ["Nombres mientras aprende" in it for it in shown] == [False, True]


def test_a_language_that_there_is_not_is_refused_in_a_sentence() -> None:
    page = open_page(lang="xx")
    (sentence,) = [text.value for text in page.text]
    assert "lang must be one of en, es, not “xx”." in sentence
    assert "lang" not in said(page)


def test_the_other_language_is_one_click_away_and_stays_on_every_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = open_page(hidden_size="12")
    page.button(key="language_es").click().run()
    assert said(page)["lang"] == "es" and page.session_state["hidden_size"] == 12
    with monkeypatch.context() as patched:
        speak(patched, SPANISH)
        page.switch_page("dino/pages/data/page.py").run()
        assert said(page)["lang"] == "es" and "Nombres" in " ".join(words(page))
        page.button(key="language_en").click().run()
    assert said(page)["lang"] == "en" and "Nombres" not in " ".join(words(page))


def test_a_typed_rate_has_a_comma_or_a_point_and_what_could_mean_two_is_asked_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = open_page(lang="es")
    speak(monkeypatch, SPANISH)
    page.run()
    for typed, rate in (("0,02", 0.02), ("0.03", 0.03), ("1.234", 0.03), ("1,234", 1.234)):
        type_in(page, "learning_rate", typed)
        assert page.session_state["learning_rate"] == rate
        asks = "podría ser 1,234 o 1234" in " ".join(words(page))
        assert asks == (typed == "1.234")
    type_in(page, "max_steps", "2.400")  # a whole number means one
    assert page.session_state["max_steps"] == 2400
    assert said(page)["learning_rate"] == "1.234" and said(page)["max_steps"] == "2400"


# ---- what another language changes


def keys_of_worded_boxes() -> Iterator[str]:
    """The keys of all boxes whose choices have words of their own, or how these keys begin."""
    for path in sorted(ROOT.glob("dino/**/*.py")):
        for call in (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)):
            given = {word.arg: word.value for word in call.keywords}
            if "format_func" in given and dotted(call.func).startswith("st."):
                yield from key_of(given["key"])


def key_of(key: ast.expr) -> list[str]:
    if isinstance(key, ast.Constant):
        return [key.value]
    if isinstance(key, ast.JoinedStr):
        return [ast.literal_eval(key.values[0])]
    words = ast.unparse(key)
    if words == "name":  # of a setting of the recipe
        return [*STOPS, *(name for name, it in SETTINGS.items() if it.choices and name != "cell")]
    if words == "value.key":  # of a box of runs
        found = (
            state.INSIDE_RUN,
            state.OTHER_RUN,
            state.EXAM_RUN,
            state.DIAGNOSED,
            state.CHALLENGE_RUN,
        )
        return [it.key for it in found]
    if words == "chosen.key":  # of a lesson of the teacher's
        return [state.TEACHER_LESSON.key, state.PAPER_LESSON.key]
    if words == "varied.key":  # of an experiment's settings
        return [state.FACTOR.key, state.SECOND_FACTOR.key]
    if words == "bet_level.key":
        return [state.BET_LOWER.key, state.BET_HIGHER.key]
    if words.startswith("state.guess_of"):
        return ["guess_"]
    if words == "box.key":  # of an answer to a lesson's question
        return ["ask_"]
    return [getattr(state, words.split(".")[1]).key]


def test_the_language_is_that_of_the_session_whose_script_runs_in_the_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Not `languages()["en"]`: other tests of this file mark that one.
    english, spanish = language.ENGLISH, sentences.languages()["es"]
    visits = {"a": SimpleNamespace(language=english), "b": SimpleNamespace(language=spanish)}
    here = [""]
    monkeypatch.setattr(language.workarounds, "session_id", lambda: here[0])
    monkeypatch.setattr(state.VISIT, "get", lambda: visits.get(here[0]), raising=False)
    found: list[Language] = []

    def look(*sessions: str) -> None:
        for here[0] in sessions:
            found.append(language.language())

    def run() -> None:
        look("a", "b", "a", "new", "")
        visits["new"] = SimpleNamespace(language=spanish)
        visits["a"].language = spanish
        look("new", "a")

    thread = threading.Thread(target=run)  # one of its own, as a script has
    thread.start()
    thread.join(PATIENCE)
    assert found == [english, spanish, english, english, english, spanish, spanish]


def test_every_box_that_a_browser_knows_by_its_words_is_set_again_in_another_language() -> None:
    known = {*state.WORDED, *state.WORDED_BEGINNINGS}
    assert {*keys_of_worded_boxes()} - {"cell"} == known  # RNN is RNN everywhere


def test_another_language_sets_nothing_again_but_the_boxes_that_need_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Session(dict[str, Any]):
        def __setitem__(self, key: str, value: Any) -> None:
            written.append(key)
            super().__setitem__(key, value)

    written: list[str] = []
    values = {"preset": "best-rnn", "use_best": True, "gate_gru": "z", "optimizer": "adam"}
    others = {"own_text": "rex\n" * 1000, "$$ID-1": "x", "walk": "tri", "seed": 3, "run": "abc"}
    session = Session({**values, **others})
    monkeypatch.setattr(state, "st", SimpleNamespace(session_state=session))
    state.set_again()
    assert sorted(written) == sorted(values)


def test_a_page_opened_in_a_new_tab_is_in_the_language_that_was_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def links(page: AppTest) -> list[str]:
        return [node.proto.query_string for node in page.get("page_link")]

    page = open_page()
    assert len(links(page)) >= 3 and not any(links(page))  # the browser decides there, too
    page.button(key="language_es").click().run()
    speak(monkeypatch, SPANISH)
    for name in ("lab", "data", "inside", "compare", "learn"):
        page.switch_page(f"dino/pages/{name}/page.py").run()
        assert set(links(page)) == {"lang=es"} and len(links(page)) >= 3
    assert "page_link" not in "".join(
        path.read_text(encoding="utf-8") for path in ROOT.glob("dino/pages/**/*.py")
    )


@pytest.mark.parametrize(
    "rate, words", [("0.00001", "far below"), ("1", "far above"), ("0.02", "")]
)
def test_a_rate_far_from_its_usual_one_is_said_in_a_sentence_of_its_own(
    rate: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = SimpleNamespace(config=Config(), learning_rate=float(rate))
    monkeypatch.setattr(state.CHOSEN_RATES, "get", dict)
    said = training.rate_sentence(job)
    assert said == (
        f"Its learning rate, {rate}, is {words} the usual rate of Adam (0.01)." if words else ""
    )
