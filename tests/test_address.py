"""What the address names, for whom, and where Back and Forward lead."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from addresses import said, shown
from pressing import job_of, part, press, send
from sampling import one_in
from streamlit.runtime.scriptrunner import RerunData, RerunException
from streamlit.testing.v1 import AppTest
from waiting import PATIENCE, wait_for

from dino.config import Config
from dino.jobs import limits
from dino.ui import address, server, session, settings, workarounds

NET = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=30)
RECIPE = {"hidden_size": "4", "batch_size": "2", "max_steps": "30", "engine": "torch"}
KEY = "k" * 43


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    yield
    server.renew()


def lab(query: dict[str, str] | None = None, rest: bool = True) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(query or {})
    page.run()
    if rest:
        page.run()
    assert not page.exception
    return page


def trained(query: dict[str, str] | None = None) -> AppTest:
    """A page whose run has come to its end."""
    page = lab({**RECIPE, **(query or {})})
    press(page, "play")
    job = job_of(page)
    wait_for(lambda: job.done and job.settled and job.entry(), "the run")
    page.run()
    assert not page.exception
    return page


def again(page: AppTest, number: int) -> AppTest:
    """A new run on the same page, to its end."""
    press(page, "reset")
    press(page, "play")
    job = job_of(page)
    assert job.number == number
    wait_for(lambda: job.done and job.settled and job.entry(), "the run")
    page.run()
    return page


def go_back(page: AppTest, monkeypatch: pytest.MonkeyPatch, query: dict[str, str]) -> AppTest:
    """Run the page as Streamlit does after Back or Forward."""
    steps = [True]
    with monkeypatch.context() as patched:
        patched.setattr(workarounds, "is_history_step", lambda: bool(steps) and steps.pop())
        patched.setattr(workarounds, "sent_query", lambda: urlencode(query))
        page.run()
    assert not page.exception
    return page


def sentences(page: AppTest) -> list[str]:
    """The notices that the page shows; other sentences that quote letters are texts, too."""
    asked = [str(sentence) for sentence in page.session_state["notices"]]
    shown = [text.value for text in page.text]
    assert set(asked) <= set(shown)
    return asked


def test_an_untrained_network_has_no_number_and_a_run_has_one_at_the_click(
    browser: list[str],
) -> None:
    page = lab(RECIPE)
    assert "run" not in said(page) and shown(page)["place"]["run"] == ""
    press(page, "play")
    assert part(page, "address_live")[1]["place"]["run"] == page.session_state["run"]
    page.run()
    assert said(page)["run"] == "1" and len(said(page)["by"]) == 8


def test_a_reload_finds_the_run_by_its_number(browser: list[str]) -> None:
    first = again(trained(), 2)
    query = said(first)
    reloaded = lab(query)
    assert job_of(reloaded) is job_of(first) and said(reloaded) == query
    older = lab({**query, "run": "1"})
    assert job_of(older).number == 1 and job_of(older).phase == "done"
    assert sentences(older) == [] and said(older) == {**query, "run": "1"}


def test_in_another_browser_a_number_means_nothing_and_the_settings_are_there(
    browser: list[str],
) -> None:
    query = said(trained())
    browser[0] = "another"
    page = lab(query)
    assert page.session_state["hidden_size"] == 4 and sentences(page) == []
    assert not {"run", "by"} & said(page).keys()
    press(page, "play")
    page.run()
    assert said(page)["run"] == "1" != query["by"]  # it has runs of its own now, and a run 1
    assert job_of(lab(query)).number == 0


def test_a_server_that_has_started_again_says_that_a_run_is_gone(browser: list[str]) -> None:
    page = trained()
    query = said(page)
    server.renew()
    page = lab(query)
    assert sentences(page) == [
        "Run 1 is gone, because its server has stopped. Its settings are here. Press Train to run "
        "it again."
    ]
    assert page.session_state["hidden_size"] == 4 and "run" not in said(page)
    press(page, "play")
    page.run()
    assert said(page)["run"] == "1" and said(page)["by"] != query["by"]
    late = lab(query)  # this server has a run 1, but another one
    assert job_of(late) is not job_of(page) and len(sentences(late)) == 1
    earlier = lab({**query, "by": query["by"][:4]})  # as versions before this one wrote it
    assert len(sentences(earlier)) == 1


def test_a_number_that_somebody_types_is_this_browser_s(browser: list[str]) -> None:
    job = job_of(trained())
    assert job_of(lab({"run": "1"})) is job


NEVER = ["0", "2", "999999999", "1" * 40, "-1", "1.5", "²", "🦕", ""]


@pytest.mark.parametrize("name", one_in(3, NEVER))
def test_a_run_that_never_was_gives_a_working_page(browser: list[str], name: str) -> None:
    trained()
    page = lab({**RECIPE, "run": name})
    assert job_of(page).number == 0 and "run" not in said(page)
    assert len(sentences(page)) == (0 if name in ("0", "2", "999999999", "") else 1)


def test_a_run_of_this_browser_that_is_gone_is_said_to_be_gone(
    browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = again(trained(), 2)
    server.jobs().delete(job_of(page).owner, 1)
    (sentence,) = sentences(lab({**said(page), "run": "1"}))
    assert "Run 1 is no longer kept" in sentence and "Press Train" in sentence
    go_back(page, monkeypatch, {**said(page), "run": "1"})
    assert any("Run 1 is no longer kept" in sentence for sentence in sentences(page))
    assert said(page)["run"] == "2"


def test_a_run_that_was_dropped_and_kept_comes_back_by_itself(browser: list[str]) -> None:
    page = trained()
    server.jobs().drop(job_of(page))
    page.run()
    assert job_of(page).number == 1 and sentences(page) == []


def test_a_watch_link_names_the_run_by_its_token_and_has_its_settings(browser: list[str]) -> None:
    page = again(trained(), 2)
    runs = server.jobs().runs_of(job_of(page).owner)
    rows = part(page, "runs")[1]["groups"][0]["rows"]
    assert [row["number"] for row in rows] == [2, 1]
    browser[0] = "another"
    for row, entry in zip(rows, runs, strict=True):
        query = dict(parse_qsl(urlsplit(row["link"]).query))
        assert query == {**NET.to_url(), "run": entry.token}
        watching = lab(query)
        assert job_of(watching).token == entry.token and job_of(watching).owner != "another"
        assert said(watching)["run"] == entry.token
        press(watching, "extend")
        assert job_of(watching).done


def test_a_run_is_opened_with_its_recipe(browser: list[str]) -> None:
    page = trained()
    page.session_state["cell"] = "gru"
    page.run()
    again(page, 2)
    send(page, part(page, "runs")[0].id, "open", 1)
    assert job_of(page).number == 1 and page.session_state["cell"] == "rnn"
    page.run()
    assert said(page)["run"] == "1" and "cell" not in said(page)


@pytest.mark.parametrize("sent", one_in(3, [None, "1", 7, [1], {"a": 1}, -1, 10**30]))
def test_nonsense_opens_nothing(browser: list[str], sent: object) -> None:
    page = trained()
    send(page, part(page, "runs")[0].id, "open", sent)
    assert not page.exception and job_of(page).number == 1


# Back and Forward


def test_a_step_back_keeps_what_was_set_unless_it_leads_to_another_run(
    browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = again(trained(), 2)
    before = {**said(page), "run": "1"}
    page.session_state["cell"] = "lstm"
    page.run()
    go_back(page, monkeypatch, said(page) | {"cell": "gru"})
    assert page.session_state["cell"] == "lstm" and shown(page)["steps"] == 1
    go_back(page, monkeypatch, before)
    assert page.session_state["cell"] == "rnn" and job_of(page).number == 1
    assert shown(page)["steps"] == 2 and shown(page)["followed"] == urlencode(before)


def test_a_step_to_an_address_without_a_run_stays_with_the_run(
    browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = trained()
    go_back(page, monkeypatch, RECIPE)
    assert said(page)["run"] == "1" and job_of(page).number == 1


def test_a_step_that_is_broken_off_is_not_counted(
    browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page, interruptions = trained(), [RerunException(RerunData())]

    def interrupted(*_: object) -> str:
        raise interruptions.pop()

    monkeypatch.setattr(address, "show_place", interrupted)
    monkeypatch.setattr(workarounds, "is_history_step", lambda: bool(interruptions))
    page.run()
    assert not interruptions and not page.exception and shown(page)["steps"] == 0


def test_a_step_that_is_broken_off_half_way_still_brings_the_recipe(
    browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = again(trained(), 2)
    show_recipe, interruptions = settings.show_recipe, [RerunException(RerunData())]

    def interrupted(config: Config) -> None:
        if interruptions:
            raise interruptions.pop()
        show_recipe(config)

    monkeypatch.setattr(settings, "show_recipe", interrupted)
    before = {**RECIPE, "cell": "gru", "run": "1", "by": said(page)["by"]}
    go_back(page, monkeypatch, before)
    assert shown(page)["steps"] == 0
    go_back(page, monkeypatch, before)
    assert job_of(page).number == 1 and page.session_state["cell"] == "gru"
    assert shown(page)["steps"] == 1


@pytest.mark.parametrize("tab", ["letters", "no such tab", "", "🦕"])
def test_an_address_names_a_tab(
    browser: list[str], monkeypatch: pytest.MonkeyPatch, tab: str
) -> None:
    page = lab(rest=False)
    page.switch_page("dino/pages/data/page.py").run()
    assert said(page)["tab"] == "names"
    go_back(page, monkeypatch, {"tab": tab})
    assert said(page)["tab"] == ("letters" if tab == "letters" else "names")


def test_inside_says_which_run_it_looks_at_and_finds_it_again(
    browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = again(trained(), 2)
    page.switch_page("dino/pages/inside/page.py").run()
    assert said(page)["run"] == "2" and "look" not in said(page)
    entries = server.jobs().runs_of(job_of(page).owner)
    page.session_state["inside_run"] = entries[1].token
    page.run()
    assert said(page)["look"] == "1"
    go_back(page, monkeypatch, {name: said(page)[name] for name in ("run", "by", "tab")})
    assert page.session_state["inside_run"] == entries[0].token and "look" not in said(page)
    go_back(page, monkeypatch, {**said(page), "look": "1"})
    assert page.session_state["inside_run"] == entries[1].token


@pytest.mark.long
def test_the_pace_that_was_chosen_stays_after_a_reload_and_whatever_is_set(
    browser: list[str],
) -> None:
    def shown(page: AppTest) -> str:
        return str(part(page, "run_buttons")[1]["frame"]["pace"])

    page = lab()
    assert shown(page) == "watch"
    page.segmented_control(key="cell").set_value("lstm").run()
    assert shown(page) == "watch"  # what fits the preset, until another one is chosen
    page.selectbox(key="preset").set_value("best-rnn").run()
    assert shown(page) == "full"
    assert shown(lab({"hidden_size": "8"})) == "full"
    press(page, "watch")
    assert (
        shown(page)
        == "watch"
        == shown(lab({"hidden_size": "8"}))
        == shown(lab({"max_steps": "100"}))
    )
    press(page, "full")
    page.selectbox(key="preset").set_value("first-success").run()
    assert shown(page) == "full" == shown(lab())
    browser[0] = "another browser"
    assert shown(lab({"hidden_size": "8"})) == "full" and shown(lab()) == "watch"


def test_a_reload_shows_the_pace_at_which_its_run_trains(browser: list[str]) -> None:
    page = lab()
    page.segmented_control(key="cell").set_value("gru").run()
    press(page, "play")
    job = job_of(page)
    wait_for(lambda: job.trained, "the first update")
    page.run()
    after = lab(said(page))
    shown_pace = part(after, "run_buttons")[1]["frame"]["pace"]
    assert job_of(after) is job and shown_pace == job.pace == "watch"
    page.selectbox(key="preset").set_value("best-rnn").run()
    of_preset = part(lab(said(page)), "run_buttons")[1]["frame"]["pace"]
    assert of_preset == "full"  # that of the recipe shown, which is another one
    browser[0] = "another browser"
    assert part(lab({"cell": "gru"}), "run_buttons")[1]["frame"]["pace"] == "full"


# Where cookies are blocked


def arrive(page: AppTest, **sent: object) -> AppTest:
    """Have the browser say who it is."""
    send(page, part(page, address.ASKER)[0].id, "here", sent)
    assert not page.exception
    return page


def test_with_a_cookie_no_key_is_asked_for_and_none_is_believed(browser: list[str]) -> None:
    page = trained()
    assert shown(page)["key"] == ""
    owner = page.session_state["visit"].browser
    arrive(page, key=KEY, query=urlencode(said(page)))
    assert page.session_state["visit"].browser == owner and job_of(page).number == 1


@pytest.fixture
def unknown(asking: None) -> AppTest:
    """A page that a browser without cookies has just opened."""
    return lab(rest=False)


def known(query: dict[str, str] | None = None, key: str = KEY, **more: object) -> AppTest:
    """A page whose browser has no cookie, and has said its key."""
    page = arrive(lab(query, rest=False), key=key, query=urlencode(query or {}), **more)
    page.run()
    assert not page.exception
    return page


@pytest.mark.parametrize("name", ["lab", "data", "inside", "compare", "learn"])
def test_nothing_begins_until_a_browser_without_cookies_has_said_its_key(
    unknown: AppTest, name: str
) -> None:
    page = unknown
    if name != "lab":
        page.switch_page(f"dino/pages/{name}/page.py").run()
    page.run()
    visit = page.session_state["visit"]
    assert [it.value for it in page.caption] == ["…"] and not page.button
    assert server.jobs().all_jobs() == [] and not visit.lists and "begun" not in page.session_state
    assert shown(page)["waits"] and len(shown(page)["key"]) >= 40 and "query" not in shown(page)
    arrive(page, key=KEY, query="hidden_size=4")
    page.run()
    assert said(page)["hidden_size"] == "4" and page.session_state["visit"].is_known


def test_a_browser_is_known_by_its_key_and_its_runs_are_found(asking: None) -> None:
    first = known(RECIPE)
    press(first, "play")
    job = job_of(first)
    first.run()
    query = said(first)
    assert query["run"] == "1" and KEY not in urlencode(query)
    again_here = known(query)
    assert job_of(again_here) is job and said(again_here) == query
    assert shown(again_here)["read"] == urlencode(query)
    new_tab = known()
    assert new_tab.session_state["visit"].browser == first.session_state["visit"].browser
    assert job_of(known({"run": "1"})) is job  # and its numbers are the same
    assert "run" not in said(known(query, "s" * 43))


def test_a_repeated_answer_reads_no_address_again(asking: None) -> None:
    page = known(RECIPE, at=12.5)
    press(page, "play")
    page.run()
    query = said(page)
    arrive(page, key=KEY, query=urlencode(RECIPE), at=12.5)
    page.run()
    assert said(page) == query and query["run"] == "1"
    arrive(page, key=KEY, query="hidden_size=8", at=15.0)
    page.run()
    assert said(page)["hidden_size"] == "8"


@pytest.mark.parametrize(
    "language, words",
    [("en", "In this frame of another page"), ("es", "En este marco de otra página")],
)
def test_where_nothing_is_stored_a_sentence_says_that_a_reload_loses_the_runs(
    asking: None, language: str, words: str
) -> None:
    for forgets in (True, False):
        page = known({"lang": language}, forgets=forgets)
        assert any(it.value.startswith(words) for it in page.text) == forgets


def test_no_part_writes_an_address_over_one_that_is_yet_to_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here, drawn = SimpleNamespace(arrival="run=2"), list[str]()
    monkeypatch.setattr(session, "this_visit", lambda: here)
    monkeypatch.setattr(session, "draw_heard", lambda part: None)
    monkeypatch.setattr(address, "draw", drawn.append)

    def rerun() -> NoReturn:
        raise RerunException(RerunData())

    monkeypatch.setattr("streamlit.rerun", rerun)
    with pytest.raises(RerunException):
        session.update_address("live")
    assert not drawn
    here.arrival = None
    session.update_address("live")
    assert drawn == ["live"]


@pytest.mark.parametrize("key", [None, "", "short", 7, ["k" * 40], "k" * 1000])
def test_a_key_that_is_none_is_not_taken(unknown: AppTest, key: object) -> None:
    before = shown(unknown)["key"]
    arrive(unknown, key=key, query=None)
    unknown.run()
    assert shown(unknown)["key"] == before and shown(unknown)["waits"]


def test_an_erased_key_identifies_nobody_and_all_pages_get_the_same_new_one(asking: None) -> None:
    page, other = known(RECIPE), known()
    press(page, "play")
    page.run()
    pool, old = server.jobs(), page.session_state["visit"].browser
    query = said(page)
    page.button(key="erase_lab_now").click().run()
    for each in (page, other):
        each.run()
        each.run()
    new = shown(page)["key"]
    assert pool.runs_of(old) == [] and new not in ("", KEY) and "run" not in said(page)
    assert shown(other)["key"] == new and shown(other)["refused"] == shown(page)["refused"] == KEY
    mine = page.session_state["visit"].browser
    assert mine == other.session_state["visit"].browser != old
    late = arrive(lab(query, rest=False), key=KEY, query=urlencode(query))
    late.run()
    assert shown(late)["waits"] and shown(late)["refused"] == KEY
    offered = shown(late)["key"]
    assert offered not in (KEY, new) and not late.session_state["visit"].is_known
    arrive(late, key=offered, query=urlencode(query))
    late.run()
    assert late.session_state["visit"].browser not in (old, mine) and "run" not in said(late)
    assert known({}, new).session_state["visit"].browser == mine
    arrive(other, key=KEY, query="")  # a page that slept while another one erased
    other.run()
    assert other.session_state["visit"].browser == mine and shown(other)["key"] == new


def test_a_new_session_of_the_same_page_reads_the_address_that_the_browser_shows(
    browser: list[str],
) -> None:
    query = said(trained())
    page = lab({"cell": "lstm"})  # as it was when the page was opened
    arrive(page, key="", query=urlencode(query))
    page.run()
    assert page.session_state["cell"] == "rnn" and said(page) == query


@pytest.mark.parametrize(
    "page, query, words",
    [
        ("inside", {"tab": "zzz"}, "This page has no part “zzz”, so it shows the first one."),
        ("learn", {"tab": "13"}, "This page has no part “13”, so it shows the list of lessons."),
        ("lab", {"preset": "best-lstm"}, "An address cannot name a preset"),
        ("lab", {"hiden_size": "3"}, "The nearest setting is hidden_size."),
        ("lab", {"learning-rate": "1"}, "The nearest setting is learning_rate."),
    ],
)
def test_what_an_address_names_and_is_not_there_is_said(
    page: str, query: dict[str, str], words: str
) -> None:
    opened = lab({})
    if page != "lab":
        opened.switch_page(f"dino/pages/{page}/page.py")
    visit = opened.session_state["visit"]
    visit.arrival = urlencode(query)
    opened.run()
    assert not opened.exception and any(words in it for it in sentences(opened))


def test_what_a_page_writes_and_what_a_host_adds_is_no_doubt(browser: list[str]) -> None:
    said_before = said(trained())
    of_hosts = dict.fromkeys(("utm_source", "utm_campaign", "embed", "fbclid", "ref", "draws"), "1")
    assert sentences(lab({**said_before, **of_hosts, "tab": ""})) == []


def test_a_page_for_which_there_is_no_memory_says_so_and_begins_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "CLASS_PAGES", 1)
    monkeypatch.setattr(limits, "LEAST_CAPACITY", 0)
    first = lab()
    memory = server.jobs().memory
    enough = memory.limit
    memory.limit = 0
    refused = lab({"lang": "es"}, rest=False)
    assert [it.value for it in refused.text] == [
        "Este servidor no tiene memoria para una página más: hay 1 abiertas. Cierra las páginas "
        "de Dino que no necesites. Después recarga esta página."
    ]
    assert not refused.button and len(refused.main) == 1 and len(server.jobs().all_jobs()) == 1
    first.run()  # a page that is open stays so
    assert first.button and job_of(first)
    server.server().make_round()
    assert memory.pages == 1
    memory.limit = enough
    refused.run()
    refused.run()  # the rest of the page
    assert refused.button and len(server.jobs().all_jobs()) == 2
