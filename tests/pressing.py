"""Pressing the run's buttons in a page test, as `clicks.js` does in a browser."""

import dataclasses
import json
from types import SimpleNamespace

from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.state.common import user_key_from_element_id
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from dino.jobs import RunHandle
from dino.ui import server
from dino.ui.workarounds import messages

PARTS = ("run_line", "run_buttons")  # the one that sends first, if it is there


def job_of(page) -> RunHandle:
    """The run that a page shows."""
    found = server.jobs().find(page.session_state["run"])
    assert found is not None
    return found


def part(page, key):
    """The component of this key and its data; None where it is not on the page."""
    for node in _components(page):
        component = node.proto
        if component.id.endswith(f"-{key}"):
            return component, json.loads(component.json or component.mixed.json)[0]
    return None


def press(page, action, times=1, typed=None):
    """Send so many clicks on a button, named by its action, and run the script once.

    The clicks are counted from what the script says is done. typed: texts that come with them, by
    the ids of their boxes.
    """
    component, data = next(filter(None, (part(page, key) for key in PARTS)))
    sent = [{"n": data["done"] + times, "action": action, "times": times}]
    return send(page, component.id, "act", sent, typed)


def send(page, component, event, value, typed=None):
    """Send a component's trigger, as Streamlit's front end does, and run the script."""
    states = page._tree.get_widget_states()
    for state in states.widgets:
        if state.id in (typed or {}):
            state.string_value = typed[state.id]
    states.widgets.append(
        WidgetState(
            id=f"$$STREAMLIT_INTERNAL_KEY_{component}__events",
            json_trigger_value=json.dumps([{"event": event, "value": value}]),
        )
    )
    return page._run(states)


def shown_values(page):
    """What a browser that shows this page sends of its widgets with every message."""
    return page._tree.get_widget_states()


def send_late(page, before, *chosen, pressed="", **typed):
    """A message of a browser that has not heard of what the page set since it showed `before`.

    chosen: keys of widgets whose values its visitor has chosen since, and which it sends so. typed:
    texts that it sends for others. pressed: the key of a button.
    """
    now = {state.id: state for state in shown_values(page).widgets}
    late = WidgetStates(widgets=[it for it in before.widgets if not it.HasField("trigger_value")])
    for state in late.widgets:  # a browser sends a button only when it is pressed
        key = user_key_from_element_id(state.id)
        if key in chosen:
            state.CopyFrom(now[state.id])
        elif key in typed:
            state.string_value = typed[key]
    if pressed:
        late.widgets.append(WidgetState(id=page.button(key=pressed).proto.id, trigger_value=True))
    page._run(late)
    assert not page.exception
    return page


def send_states(page, states):
    """Send the values of widgets, as a browser does with every message, and run the script."""
    return page._run(states)


def redraws_the_page(page, sent, part):
    """Whether a message that asks for one part of a page has the whole page drawn."""
    state = page.session_state._state._state
    widgets = state._new_widget_state.widget_metadata
    fragment = next(it.fragment_id for key, it in widgets.items() if key.endswith(f"-heard_{part}"))
    message = SimpleNamespace(widget_states=sent, fragment_id=fragment)
    return messages._changes_another_part(SimpleNamespace(session_state=state), message)


def draw_part_alone(page, key, monkeypatch):
    """Press the button of this key, which is in a part of a page, and draw that part alone."""
    with monkeypatch.context() as patched:
        patched.setattr(LocalScriptRunner, "request_rerun", _asking_for_part(page, key))
        return page.button(key=key).click().run()


def _asking_for_part(page, key):
    """What asks for the part with this key in place of the page."""
    widgets = page.session_state._state._state._new_widget_state.widget_metadata
    fragment = next(it.fragment_id for name, it in widgets.items() if name.endswith(f"-{key}"))
    ask = LocalScriptRunner.request_rerun

    def ask_for_part(runner, wanted):
        runner._requests = ScriptRequests()  # without a request for the page
        return ask(runner, dataclasses.replace(wanted, fragment_id_queue=[fragment]))

    return ask_for_part


def draw_part_then_page(page, key, monkeypatch):
    """Press the button of this key, which is in a part of a page, and ask for the page as the
    part's script ends: when it has looked for another message for the last time. Return the places
    in which each of the two scripts has drawn.
    """
    ask, end = LocalScriptRunner.request_rerun, LocalScriptRunner._on_script_finished
    drawn = []

    def end_and_ask(runner, *about, **named):
        end(runner, *about, **named)
        drawn.append([list(it.metadata.delta_path) for it in runner.forward_msgs()])
        if len(drawn) == 1:
            ask(runner, RerunData())

    with monkeypatch.context() as patched:
        patched.setattr(LocalScriptRunner, "request_rerun", _asking_for_part(page, key))
        patched.setattr(LocalScriptRunner, "_on_script_finished", end_and_ask)
        page.button(key=key).click().run()
    return drawn


def state_in(states, key):
    """What the box of this key holds, among those that a browser sends."""
    return next(it for it in states.widgets if user_key_from_element_id(it.id) == key)


def type_in(page, key, value):
    """Type into a box, or choose there what is read, and run the script."""
    states = page._tree.get_widget_states()
    box = state_in(states, key)
    if box.HasField("string_array_value"):
        box.string_array_value.data[:] = [value]
    else:
        box.string_value = str(value)
    return page._run(states)


def numbers(page):
    """The number boxes of a page and what is in them, by the keys of their values."""
    parts = ((node.proto.id.rpartition("-number_")[2], node) for node in _components(page))
    return {key: json.loads(node.proto.json)[0] for key, node in parts if key != node.proto.id}


def type_numbers(page, texts, ends=None):
    """Type a text into each of these number boxes, by the keys of their values, and leave it; as
    the browser sends it: in one message, and with a click on the button `ends`, if that is given.
    """
    boxes = numbers(page)
    if ends:
        page.button(key=ends).click()
    states = page._tree.get_widget_states()
    for key, text in texts.items():
        data = boxes[key]
        typed = {"of": data["of"], "n": data["done"] + 1, "text": str(text)}
        states.widgets.append(_state(page, f"number_{key}", {"typed": typed}))
    return page._run(states)


def send_state(page, key, held):
    """Send what the component of this key holds, and run the script."""
    states = page._tree.get_widget_states()
    states.widgets.append(_state(page, key, held))
    return page._run(states)


def _state(page, key, held):
    return WidgetState(id=part(page, key)[0].id, json_value=json.dumps(held))


def _components(page):
    return page.get("bidi_component")


def kind(page):
    """Which main button the page has: 'play' for Train, 'pause', 'on', 'extend' or 'none'."""
    return part(page, "run_buttons")[1]["frame"]["kind"]


def may_press(page):
    """Whether the buttons of this page may be used."""
    return not part(page, "run_buttons")[1]["frame"]["watching"]


def offers(page):
    """What the page offers to do next: buttons with their actions, labels and words."""
    found = part(page, "run_line")
    return found[1]["offers"] if found else []


def set_by_page(page):
    """The keys of the enabled widgets whose values the last run of the script sent to the browser,
    over what it shows."""
    return {
        node.key
        for block in (page.main, page.sidebar)
        for node in _nodes(block)
        if getattr(getattr(node, "proto", None), "set_value", False) and not node.proto.disabled
    }


def _nodes(block):
    for child in getattr(block, "children", {}).values():
        yield child
        yield from _nodes(child)
