"""Where code of the app fails, its page shows one sentence, and everything else as usual."""

import ast
import importlib
from pathlib import Path

import pytest
from pressing import draw_part_alone, press
from sources import ROOT
from streamlit import config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import app_session
from streamlit.runtime.runtime_util import get_max_message_size_bytes, serialize_forward_msg
from streamlit.testing.v1 import AppTest
from test_pages import lab, sentences
from waiting import PATIENCE, wait_for

from dino.locale.sentences import languages
from dino.ui.failures import CALLBACK

PAGES = sorted((ROOT / "dino" / "pages").glob("*/page.py"))
SECRET = "line 12 of a secret"
ENGLISH = "An error in the app keeps a part of this page from being shown."
SPANISH = "Un error de la aplicación impide mostrar una parte de esta página."
EACH_HOST = pytest.mark.parametrize(
    "details", ["none", "false", "type", "stacktrace", "full", "true"]
)


def parts(page: Path) -> list[tuple[str, str]]:
    """What a page draws: module and name of each function that its script imports for that."""
    found = []
    for node in ast.parse(page.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [alias.name for alias in node.names]
            found += [(node.module, name) for name in names if name.startswith(("draw_", "open_"))]
    return found


DRAWN = [(page.parent.name, *part) for page in PAGES for part in parts(page)]


@pytest.fixture(autouse=True)
def broken(monkeypatch, failures):
    """A function that breaks another one of the app; what is logged of that is no defect then."""

    def fail(*_, **__):
        raise ValueError(SECRET)

    def break_(module, name):
        importlib.import_module(module)
        monkeypatch.setattr(f"{module}.{name}", fail)

    yield break_
    assert all(SECRET in line or "ValueError" in line for line in failures)
    failures.clear()


@pytest.fixture
def host(monkeypatch):
    """A function that sets what a host forces on its pages' errors."""
    before = config.get_option("client.showErrorDetails")
    yield lambda details: config.set_option("client.showErrorDetails", details)
    config.set_option("client.showErrorDetails", before)


def shown(page: AppTest) -> list[str]:
    """The sentences on failures; nothing else tells of one."""
    assert not page.exception
    assert SECRET not in str(page) and "Traceback" not in str(page)
    return [error.value for error in page.error]


def opened(folder: str, **params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    page.run()
    page.switch_page(f"dino/pages/{folder}/page.py").run() if folder != "lab" else page.run()
    return page


def test_every_page_imports_what_it_draws():
    assert {page for page, *_ in DRAWN} == {"lab", "data", "inside", "compare", "learn"}
    assert len(DRAWN) > 20


@pytest.mark.parametrize("folder, module, name", DRAWN)
def test_a_page_whose_part_fails_says_so_in_one_sentence(broken, host, folder, module, name):
    host("full")
    broken(module, name)
    said = shown(opened(folder))
    assert len(said) <= 1 and all(ENGLISH in text for text in said)


@EACH_HOST
def test_a_part_that_fails_leaves_the_others(broken, host, failures, details):
    host(details)
    page = lab()
    press(page, "step")
    broken("dino.pages.lab.writing", "draw_controls")
    page.run()
    assert len(shown(page)) == 1 and ENGLISH in page.error[0].value
    assert page.selectbox(key="hidden_size").value and page.get("expander")
    page.selectbox(key="preset").set_value("best-lstm").run()  # which still works
    assert page.session_state["cell"] == "lstm"
    assert len(failures) >= 2 and all("Traceback" in line and SECRET in line for line in failures)


@EACH_HOST
def test_a_part_that_fails_when_it_is_drawn_again_says_so(broken, host, details, monkeypatch):
    host(details)
    page = lab()
    press(page, "step")
    wait_for(lambda: any(it.key == "write" for it in page.run().button), "the button Write")
    assert not shown(page)
    broken("dino.pages.lab.writing", "draw_controls")
    draw_part_alone(page, "write", monkeypatch)
    assert len(shown(page)) == 1 and ENGLISH in page.error[0].value
    assert not page.selectbox  # the settings are not in this part


@EACH_HOST
def test_a_script_that_fails_before_its_page_says_so_too(broken, host, details):
    host(details)
    opened("lab")  # the server has started
    broken("dino.pages.router", "_page")
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE).run()
    assert len(shown(page)) == 1 and ENGLISH in page.error[0].value


def test_the_sentence_is_in_the_page_s_language(broken):
    broken("dino.ui.open_box", "draw_open_box")
    said = shown(opened("compare", lang="es"))
    assert len(said) == 1 and SPANISH in said[0]


@EACH_HOST
def test_a_callback_that_fails_leaves_the_page_and_a_notice(broken, host, failures, details):
    host(details)
    page = lab()
    press(page, "step")
    broken("dino.ui.page_top", "choose_language")
    page.run()
    page.button(key="language_es").click().run()
    assert not shown(page)
    told = languages()["en"].put(CALLBACK)
    assert sentences(page).count(told) == 1
    assert page.selectbox(key="hidden_size").value
    assert any(SECRET in line and "Traceback" in line for line in failures)
    page.button(key="dismiss").click().run()
    assert not shown(page) and told not in sentences(page)


@EACH_HOST
def test_an_error_that_reaches_streamlit_itself_is_a_sentence_too(broken, host, failures, details):
    host(details)
    opened("lab")  # the server has started
    failures.clear()
    too_large = ForwardMsg()
    too_large.delta.new_element.markdown.body = SECRET * (get_max_message_size_bytes() // 10)
    sent = ForwardMsg.FromString(serialize_forward_msg(too_large))
    boxes = [sent.delta.new_element.exception]
    for how in ({}, {"apply_show_error_details": True}):  # as `AppSession` does both
        boxes.append(ForwardMsg().session_event.script_compilation_exception)
        app_session.exception_utils.marshall(boxes[-1], ValueError(SECRET), **how)
    for box in boxes:
        assert ENGLISH in box.message
        assert not (box.type or box.stack_trace or box.message_is_markdown or SECRET in str(box))
    assert [SECRET in line for line in failures] == [False, True, True]
    failures[:] = [SECRET]


@pytest.mark.parametrize("counts", [True, False])
def test_the_box_that_erases_says_whether_this_host_counts_visits(counts):
    before = config.get_option("browser.gatherUsageStats")
    config.set_option("browser.gatherUsageStats", counts)
    try:
        said = " ".join(each.value for each in opened("compare").markdown)
    finally:
        config.set_option("browser.gatherUsageStats", before)
    assert ("counts visits" in said) == counts and "treats this browser as a new one" in said
