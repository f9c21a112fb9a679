"""Writing names in the Lab: what is set and what is written never part without a word."""

import pytest
from streamlit.testing.v1 import AppTest
from waiting import wait_for

from dino.config import Writing
from dino.jobs.written import in_effect
from dino.pages.lab import name_picture, writing
from dino.ui import server

OTHER = {"temperature": 0.5, "count": 3, "top_k": 2, "prefix": "ty", "longest": 5, "draw": 9}


@pytest.fixture
def seen(monkeypatch):
    """What the page drew last: its tables and the figures of a name, by their keys."""
    drawn = {}
    monkeypatch.setattr(
        writing, "draw_table", lambda columns, rows, key, *_, **how: drawn.update({key: rows})
    )
    monkeypatch.setattr(
        name_picture, "plot", lambda figure, key, *_, **how: drawn.update({key: figure})
    )
    return drawn


def lab(**params: str) -> AppTest:
    """The Lab with a run that has trained and come to rest, its names written."""
    page = AppTest.from_file("../app.py", default_timeout=60)
    page.query_params.update({"max_steps": "60", "hidden_size": "8", **params})
    page.run()
    page.run()
    job = server.jobs().find(page.session_state["run"])
    job.play()
    wait_for(lambda: job.done and job.run.step == 60, "the run")
    return again(page)


def again(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.text, *page.caption, *page.markdown])


def names(seen) -> list[str]:
    return [row[0] for row in seen["written"]]


def test_what_changes_no_name_counts_as_unchanged():
    first = Writing()
    greedy = first.replace(greedy=True)
    for change in ({"temperature": 2.0}, {"count": 3}, {"draw": 3}, {"top_k": 3}):
        assert in_effect(greedy.replace(**change)) == greedy
        assert in_effect(first.replace(**change)) == first.replace(**change)
    for change in ({"prefix": "ty"}, {"longest": 9}):
        assert in_effect(greedy.replace(**change)) == greedy.replace(**change)
    carried = first.replace(carry=True)
    assert in_effect(carried) == first and in_effect(carried, context=2) == carried


def test_every_change_writes_at_once_or_marks_the_names(seen):
    page = lab()
    for name, value in {**OTHER, "greedy": True}.items():
        before = names(seen)
        page.session_state[name] = value  # as a browser whose callback was dropped
        again(page)
        assert "Written with other settings" in words(page) and names(seen) == before, name
        page.session_state[name] = getattr(Writing(), name)
        again(page)
        assert "Written with other settings" not in words(page), name
    page.toggle(key="greedy").set_value(True).run()
    assert len(names(seen)) == 1 and "Written with other settings" not in words(page)
    page.toggle(key="greedy").set_value(False).run()
    page.number_input(key="top_k").set_value(1).run()
    assert len(set(names(seen))) == 1 and "Written with other settings" not in words(page)
    page.text_input(key="prefix").set_value("ty").run()
    assert all(name.startswith("ty") for name in names(seen))
    page.number_input(key="count").set_value(3).run()
    assert len(names(seen)) == 3 and "Written with other settings" not in words(page)
    page.slider(key="temperature").set_value(0.5).run()
    assert "Written with other settings: temperature 1, not 0.5." in words(page)
    page.button(key="write").click().run()
    assert "Written with other settings" not in words(page)


def test_what_is_on_is_seen_and_taken_back_by_a_click(seen):
    page = lab(greedy="true", longest="7", draw="3", top_k="4", carry="true")
    on = {button.key: button.label for button in page.button if str(button.key).startswith("off_")}
    assert on == {"off_greedy": "greedy", "off_longest": "at most 7 letters"}  # all that counts
    page.button(key="off_greedy").click().run()
    on = {button.key: button.label for button in page.button if str(button.key).startswith("off_")}
    assert on == {
        "off_top_k": "only the top 4",
        "off_longest": "at most 7 letters",
        "off_draw": "draws 3",
    }
    assert len(names(seen)) == 10 and page.toggle(key="greedy").value is False
    for key in on:
        page.button(key=key).click().run()
    assert not [button for button in page.button if str(button.key).startswith("off_")]
    assert page.session_state["top_k"] == 0 and page.session_state["longest"] == 50


def test_with_greedy_the_temperature_has_no_effect_and_the_pictures_show_it_so(seen):
    page = lab(greedy="true", temperature="3")
    slider = page.slider(key="temperature")
    assert slider.disabled and slider.label == "Temperature: no effect" and slider.value == 3.0
    cold = seen["probabilities"]
    assert "shown at temperature 1" in words(page)
    assert lab(greedy="true") and seen["probabilities"] == cold
    assert lab(greedy="true", top_k="2") and seen["probabilities"] == cold
    page = lab(temperature="3")
    assert not page.slider(key="temperature").disabled
    page.slider(key="temperature").set_value(1.0).run()
    assert "shown at temperature 1" in words(page)


def test_names_are_written_by_the_weights_that_are_chosen(seen):
    page = lab(learning_rate="0.05")
    job = server.jobs().find(page.session_state["run"])
    latest = names(seen)
    page.session_state["use_best"] = True  # as a button elsewhere does
    again(page)
    best = job.run.best_moment
    assert f"Written with the weights of step {best.step}, the best moment." in words(page)
    if best.step < 60:
        assert names(seen) != latest
    page.session_state["use_best"] = False
    again(page)
    assert names(seen) == latest and "Written with the weights of step 60." in words(page)
