"""The session: a question changes nothing, an action is done once, keys are distinct."""

import threading

import pytest
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE

from dino.config import SETTINGS, Writing
from dino.ui import server, state
from dino.ui.workarounds import wrapping

NONSENSE = {
    "list": "no such list",
    "hidden_size": 10**9,
    "learning_rate": -1.0,
    "count": 0,
    "run": "no such run",
}


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()
    for thread in threading.enumerate():  # Python must not end while a server still loads PyTorch
        if thread.name == "warm-up":
            thread.join(PATIENCE)


def ask():
    """A page that calls every question, and returns its session's values before and after."""
    import streamlit as st

    from dino.ui import address, chosen_list, current_run, notices, session, settings

    def held():
        return {key: st.session_state[key] for key in st.session_state if key != "visit"}

    def too_few():
        try:
            chosen_list.corpus(0)
        except ValueError as error:
            return str(error)

    before = held()
    answers = [
        settings.config(),
        settings.writing_settings(),
        settings.preset(),
        chosen_list.choice(),
        chosen_list.complete_corpus(0).title,
        too_few(),
        current_run.current_job(),
        current_run.runs(),
        notices.sentences(),
        address.params(),
        session.is_erased(),
    ]
    assert held() == before
    st.text(repr(answers))


def remove_all_but_nine():
    """A prepared page on which too few names are left."""
    import streamlit as st

    from dino.ui import chosen_list, session, state

    complete = chosen_list.complete_corpus(0)
    if session.start("data"):
        state.REMOVED.set({chosen_list.choice(): frozenset(complete.names[9:])})
    session.prepare()
    st.text(chosen_list.corpus(0).title)


def read_in_two_ways():
    """A page that reads its values one by one and together, before and after they change."""
    import streamlit as st

    from dino.config import SETTINGS
    from dino.ui import settings, state

    wanted = {"hidden_size": 0, "learning_rate": 0.0, "typed": 7, "own": None, "missing": "first"}

    def compare():
        one_by_one = {key: st.session_state.get(key, first) for key, first in wanted.items()}
        assert state.get_all(wanted) == one_by_one
        assert state.LEARNING_RATE.get() == one_by_one["learning_rate"]
        recipe = settings.config()
        assert {name: settings.value_of(name) for name in SETTINGS} == recipe.as_dict()
        return one_by_one

    before = compare()
    st.number_input("a widget of this key", value=3, key="typed")
    between = compare()
    st.session_state["own"] = ("new",)
    st.session_state["learning_rate"] = 0.5
    after = compare()
    st.text(repr([before["typed"], between["typed"], after["own"], after["learning_rate"]]))


def read_after_each_change():
    """A page that reads its recipe again and again, while a value or the language changes."""
    import streamlit as st

    from dino.config import SETTINGS
    from dino.locale.sentences import find_language
    from dino.ui import settings
    from dino.ui.server import this_visit

    def told():
        assert settings.config() is settings.config()
        return [(type(value), value) for value in settings.config().as_dict().values()]

    for value in (1, True, 1.0, "1", "1,500", "1.5", float("nan"), 2):
        for key in ("hidden_size", "learning_rate", "exam"):
            st.session_state[key] = value
            for code in ("en", "es", "en"):  # 1,500 is not the same number in both
                this_visit().language = find_language((code,))
                read = [settings.value_of(name) for name in SETTINGS]
                assert told() == [(type(it), it) for it in read], (code, key, value)
    st.text("to the end")


def test_a_recipe_that_is_read_once_follows_every_change():
    page = AppTest.from_function(read_after_each_change, default_timeout=PATIENCE).run()
    assert not page.exception and [it.value for it in page.text] == ["to the end"]


@pytest.mark.parametrize("sent", [{}, {"hidden_size": 32, "cell": "gru"}, NONSENSE])
def test_values_that_are_read_together_are_those_that_are_read_one_by_one(sent):
    page = AppTest.from_function(read_in_two_ways, default_timeout=PATIENCE)
    for key, value in sent.items():
        page.session_state[key] = value
    page.run()
    assert not page.exception
    assert page.text[0].value == "[7, 3, ('new',), 0.5]"


def test_where_streamlit_lacks_the_parts_values_are_read_one_by_one(monkeypatch):
    monkeypatch.setattr("streamlit.runtime.state.get_session_state", lambda: object())
    monkeypatch.setattr(wrapping, "reported", set())
    page = AppTest.from_function(read_in_two_ways, default_timeout=PATIENCE).run()
    assert not page.exception and page.text[0].value == "[7, 3, ('new',), 0.5]"
    assert wrapping.reported == {"SafeSessionState"}


def test_a_question_changes_nothing_whatever_a_browser_sent():
    page = AppTest.from_function(ask, default_timeout=PATIENCE)
    for key, value in NONSENSE.items():
        page.session_state[key] = value
    page.run()
    assert not page.exception
    assert "hidden_size=64" in page.text[0].value and "key='dinos'" in page.text[0].value


def test_names_are_put_back_once_where_too_few_are_left():
    page = AppTest.from_function(remove_all_but_nine, default_timeout=PATIENCE).run()
    assert not page.exception and page.text[0].value == "Dinosaurs"
    (notice,) = page.session_state["notices"]
    assert str(notice).endswith("All names are back.")
    page.run()
    assert page.session_state["notices"] == (notice,)


def test_every_value_of_a_session_has_a_key_of_its_own():
    values = [value for value in vars(state).values() if isinstance(value, state.Value)]
    keys = [value.key for value in values]
    assert len(set(keys)) == len(keys)
    settings = {"learning_rate", "draw"}  # widgets of settings that others read, too
    assert {*keys} & {*SETTINGS, *Writing.settings()} == settings
