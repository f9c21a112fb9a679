"""The load test itself, `python -m tests.load`, on a small app whose delays are known.

A measured time is at least the delay; there is no upper bound that a busy machine could break.
"""

import asyncio
import itertools
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from browser import app, site_of
from load.browser_tab import NETWORK, Tab
from load.clicks import Took
from load.events import Event, NotAStream, Stream, connect, parse
from load.experiments import time_due
from load.learning import BACK, FAST
from load.lessons import wrote_older
from load.measures import Clicks, Traffic, frames_per_second, pace, quantiles, shares
from load.report import Report
from load.scenarios import SCENARIOS, play, stage_of
from load.server import ROOT, Site, family, served, vitals
from load.stage import Form, Stage
from load.stranger import ACTIONS
from load.tiny_state import PACE, QUICK, SLOW, STUCK, UNITS
from load.visitors import some_at_a_time
from load.web import HOST, ask
from load.widgets import pressed
from waiting import PATIENCE, TOTAL, run_async, wait_for

from dino.lessons.reading import lessons

pytestmark = pytest.mark.xdist_group("server")  # as all tests that start one
HERE = Path(__file__).parent / "load"
APP, PAGE = HERE / "tiny_app.py", HERE / "tiny_page.py"


@pytest.fixture
def site(shared_app):
    """The small test app with its routes."""
    return shared_app.start(site_of, APP)


def visit(site, what, query="", **how):
    """Open a tab, wait until it is whole, do something there, close it."""

    async def go():
        tab = Tab(site.port, query, base=site.base)
        try:
            await tab.open(**how)
            assert await tab.until(lambda: tab.whole, PATIENCE)
            return await what(tab)
        finally:
            await tab.close()

    return run_async(go())


def test_a_click_takes_as_long_as_the_run_that_answers_it(site):
    async def click(tab):
        return [await tab.press("slow"), await tab.press("quick"), await tab.press("again")]

    slow, quick, again = visit(site, click)
    assert slow.done >= 1000 * SLOW and slow.first <= slow.done
    assert quick.done >= 1000 * QUICK
    assert again.done >= 1000 * QUICK  # cut short by st.rerun(); the run after it answers


def test_a_run_that_began_before_a_click_does_not_answer_it(site):
    async def click(tab):
        quick, began = tab.find("quick"), time.perf_counter()
        await tab.send(quick.fragment, [pressed(quick.id)])  # no click waits for this one
        took = await tab.press("quick")
        return 1000 * (time.perf_counter() - began), took

    passed, took = visit(site, click)
    assert passed >= 2 * 1000 * QUICK and took.done >= 1000 * QUICK


@pytest.mark.long
def test_an_answer_that_does_not_come_is_an_error(site):
    async def click(tab):
        clicks = Clicks()
        assert not await clicks.time("stuck", tab.press("stuck", wait=0.5))
        assert not await clicks.time("none", tab.press("no_such_button"))
        await tab.until(lambda: tab.idle, PATIENCE)
        tab.drop()
        assert not await clicks.time("gone", tab.press("slow"))
        return clicks

    assert STUCK > 0.5
    clicks = visit(site, click)
    assert [error.split(":")[0] for error in clicks.errors] == ["stuck", "none", "gone"]
    assert not clicks.done and clicks.figures()["done_ms"] == {"n": 0}


def test_exceptions_on_the_page_are_counted(site):
    async def click(tab):
        await tab.press("raise")
        return tab.errors

    (error,) = visit(site, click)  # without its words where the host hides them
    assert error.startswith("ValueError: ")
    assert any("as it should" in line for line in site.faults())


def test_the_rest_of_the_lab_is_asked_for_and_values_arrive(site):
    async def look(tab):
        await tab.set("hidden_size", "100")
        before = tab.find("hidden_size").id
        await tab.set("temperature", 0.5)
        return before, tab.has("hidden_size"), tab.has("nothing"), tab.token

    before, shown, absent, token = visit(site, look)
    assert before.endswith("-hidden_size") and shown and not absent and token


def test_every_event_is_a_frame_and_a_new_state_is_answered_once(site):
    async def watch(tab):
        assert tab.heard == "" or tab.heard == "stream"
        await tab.press("play")
        await tab.until(lambda: tab.trains(), PATIENCE)
        since = time.perf_counter()
        await asyncio.sleep(1.5)
        until = time.perf_counter()
        await tab.until(lambda: tab.has("pause"), PATIENCE)
        frames = [f for f in tab.frames if since <= f.at <= until]
        return tab, frames, frames_per_second(tab, since, until), pace(tab, since, until)

    tab, frames, rate, names = visit(site, watch)
    assert tab.heard == "stream" and tab.polls == 0 and not tab.errors
    steps = [frame.step for frame in frames]
    assert steps == sorted(steps)  # in their order
    assert all(a[1:] != b[1:] for a, b in itertools.pairwise(frames))  # and none twice
    assert steps[-1] - steps[0] + 1 - len(steps) <= len(steps) / 2  # a busy machine skips some
    assert 0 < rate <= 1.2 * PACE and 0.5 * 32 * PACE < names < 2 * 32 * PACE
    assert tab.frame.engine == "compiled" and tab.trains(engine="compiled")
    sent = run_async(ask(site.port, "/dino/triggers"))
    told = [value for event, value in json.loads(sent.body) if event == "changed"]
    mine = [value for value in told if value.startswith(tab.token)]
    assert len(mine) == len(set(mine)) <= 2


def test_a_hidden_tab_has_no_stream_and_hears_again_when_it_is_back(site):
    async def hide(tab):
        await tab.press("play")
        await tab.until(tab.trains, PATIENCE)
        tab.hide()
        await asyncio.sleep(0.3)
        hidden = tab.events
        await asyncio.sleep(0.5)
        assert tab.events == hidden and not tab.closed
        tab.hide(False)
        assert await tab.until(lambda: tab.events > hidden, PATIENCE)

    visit(site, hide)


def test_a_unit_of_the_picture_that_is_pointed_at_has_its_weights(site):
    async def point(tab):
        await tab.press("play")
        assert await tab.until(lambda: tab.shows_units and tab.trains(), PATIENCE)
        took = [await tab.point(share) for share in (0.0, 0.9, 1.0)]
        return tab, took, tab.parts[NETWORK]

    tab, took, part = visit(site, point)
    assert all(it.done > 0 for it in took) and part.draws >= 4 and tab.polls == 0
    assert part.data["unit"]["unit"] == UNITS - 1
    assert {it["run"] for it in tab.written} == {tab.token} and wrote_older([tab]) == 0


def test_an_older_name_after_a_newer_one_is_seen():
    def tab(*written):
        return SimpleNamespace(written=[{"run": run, "step": step} for run, step in written])

    assert wrote_older([tab(("a", 1), ("a", 1), ("a", 5), ("b", 0), ("a", 9))]) == 0
    assert wrote_older([tab(("a", 5), ("a", 1)), tab(("b", 2), ("b", 1))]) == 2


def test_what_a_visitor_receives_is_counted_by_its_way(site):
    async def receive(tab):
        traffic, opening = Traffic([tab, tab]), tab.bytes + tab.stream_bytes
        await tab.press("play")
        assert await tab.until(lambda: tab.events > 5, PATIENCE)
        tab.hide()
        streamed, socket = tab.stream_bytes, tab.bytes  # of a stream that has ended
        tab.hide(False)
        assert await tab.until(lambda: tab.stream_bytes > streamed, PATIENCE)
        traffic.stop()
        stopped = traffic.figures()
        assert tab.bytes >= socket and await tab.until(lambda: tab.events > 20, PATIENCE)
        assert traffic.figures() == stopped
        return stopped, opening, streamed

    found, opening, streamed = visit(site, receive)
    assert found["before"] == round(opening / 1000, 1) and streamed > 0
    assert min(found["events"], found["websocket"], found["code"]) > 0
    apart = found["events"] + found["websocket"] + found["code"]
    assert found["all"] == pytest.approx(apart, abs=0.3)


def test_kilobytes_a_minute_are_those_of_one_visitor(monkeypatch):
    times = iter([0.0, 30.0])
    monkeypatch.setattr("load.measures.time.perf_counter", lambda: next(times))
    tabs = [SimpleNamespace(stream_bytes=1000, bytes=2000, code_bytes=1500) for _ in range(2)]
    traffic = Traffic(tabs)
    tabs[0].stream_bytes, tabs[1].bytes, tabs[1].code_bytes = 5000, 22_000, 16_500
    traffic.stop()
    expected = {"before": 3.0, "events": 4.0, "code": 15.0, "websocket": 5.0, "all": 24.0}
    assert traffic.figures() == expected


def test_other_pages_have_a_live_part_of_their_own(site):
    async def look(tab):
        await tab.press("play")
        await tab.go("inside")
        inside = tab.shows("stop_offer"), tab.shows("hidden_size")
        assert await tab.until(lambda: tab.trains(tab.visits[-1][0]), PATIENCE)
        await tab.go("")
        return (
            inside,
            await tab.until(lambda: tab.whole, PATIENCE),
            [page for _, page in tab.visits],
        )

    assert visit(site, look) == ((True, False), True, ["", "inside", ""])


def test_a_tab_that_closes_while_it_asks_for_a_stream_ends(site, monkeypatch):
    """Python 3.11 may drop the cancellation of a wait whose answer comes in the same moment."""
    asked = asyncio.Event()

    async def answer_when_cancelled(*args, **how):
        answer = await ask(*args, **how)
        asked.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return answer

    async def go():
        tab = Tab(site.port, base=site.base)
        await tab.open()
        assert await tab.until(asked.is_set, PATIENCE)
        await asyncio.wait_for(tab.close(), PATIENCE)
        return tab

    monkeypatch.setattr("load.browser_tab.ask", answer_when_cancelled)
    assert run_async(go()).heard == ""


def test_a_tab_that_closes_waits_for_what_it_has_ended_before():
    async def catches_one():
        try:
            await asyncio.sleep(TOTAL)
        except asyncio.CancelledError:  # as `asyncio.wait_for` of Python 3.11 may
            await asyncio.sleep(TOTAL)

    async def close():
        tab = Tab(1)
        tab.start("live", catches_one())
        await asyncio.sleep(0)
        tab.start("live", asyncio.sleep(0))
        await asyncio.sleep(0)
        await tab.close()
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert not run_async(close())


def test_streams_are_believed_only_by_their_type(site):
    async def wrong(path, headers=()):
        with pytest.raises(NotAStream):
            await connect(site.port, path, dict(headers))

    async def go():
        await wrong("/dino/events")
        await wrong("/no/such/address")  # Streamlit answers 200 with its own page
        await wrong("/dino/events", {"X-Dino-Key": "nobody's"})

    run_async(go())
    assert parse(": 1\nid: 7\ndata: a\ndata: b") == Event("7", "a\nb")
    assert parse(": only words").data == "" and parse("event: end\ndata: {}").name == "end"


def test_events_come_whole_from_pieces_and_comments_are_left_out():
    async def go():
        reader = asyncio.StreamReader()
        stream = Stream(reader, None, chunked=False)
        reader.feed_data(b": hello\n\nid: 1\nda")
        first = asyncio.create_task(stream.next_event())
        await asyncio.sleep(0)
        reader.feed_data(b"ta: a\n\nid: 2\r\ndata: b\r\n\r\n")
        reader.feed_eof()
        return [await first, await stream.next_event(), await stream.next_event()]

    assert run_async(go()) == [Event("1", "a"), Event("2", "b"), None]


def test_who_waits_for_an_event_can_be_ended_at_any_moment():
    """An event loop does that to its remaining tasks when it is closed."""

    async def go():
        waiting = Stream(asyncio.StreamReader(), None, chunked=True).next_event()
        waiting.send(None)  # now it waits for bytes
        waiting.close()

    run_async(go())


def test_percentiles_shares_and_errors():
    assert quantiles([]) == {"n": 0}
    assert quantiles(range(1, 101)) == {"n": 100, "p50": 51, "p95": 96, "p99": 100, "max": 100}
    clicks = Clicks()

    async def answered(ms):
        return Took(ms / 2, ms)

    async def go():
        for ms in (10, 20, 3000):
            await clicks.time("write", answered(ms))

    run_async(go())
    assert clicks.figures()["over_2_s"] == 1 and clicks.ms("write") == [10, 20, 3000]
    assert shares([], 0, 1)["learners"] == 0


def test_some_at_a_time_ends_in_time():
    async def one(number):
        if not number:
            await asyncio.Event().wait()  # for ever
        return number

    def some():
        return some_at_a_time([lambda n=n: one(n) for n in range(4)], 2, time.perf_counter() + 1)

    async def go():
        return await asyncio.wait_for(some(), PATIENCE)

    found = run_async(go())
    assert [it for it in found if isinstance(it, int)] == [1, 2, 3] and len(found) == 4


def test_a_report_has_what_is_known_and_names_what_is_broken():
    report = Report("x", short=False)
    report["now"] = lambda: 3
    report["never"] = lambda: {}["nothing"]
    report.must("three", lambda: report["now"] == 3)
    report.want("four", lambda: report["now"] == 4)
    report.want("no figure for this", lambda: report["never"] == 4)
    figures = report.figures()
    assert figures["now"] == 3 and figures["never"].startswith("not known") and not figures["ok"]
    assert [words.split(":")[0] for words in figures["broken"]] == ["four", "no figure for this"]
    short = Report("x", short=True)
    short.want("four", False)
    assert short.ok
    assert "now: 3" in report.text()


def test_a_scenario_that_runs_out_of_time_shows_what_it_has():
    async def endless(stage):
        stage.report["so_far"] = lambda: 7
        await asyncio.sleep(60)

    stage = Stage(Form(1, 1, 1, 0.2), Report("endless", True))
    figures = run_async(play(stage, endless)).figures()
    assert figures["so_far"] == 7 and figures["broken"] == ["cut short: its 0.2 s were over"]


@pytest.mark.long
def test_the_class_is_played_and_judged(site):
    stage = stage_of("class", True, APP, site).resized(3, 4, 0.0)  # the tiny app cannot mix
    figures = run_async(play(stage)).figures()
    assert figures["broken"] == [], figures
    assert figures["clicks"]["done_ms"]["n"] >= 3 and figures["heard"] == {"stream": 3}
    assert figures["shares"]["learners"] == 3 and figures["warm"]
    assert figures["server"]["memory_mb"]["most"] > 10


@pytest.mark.long
def test_a_stranger_is_refused(site):
    stage = stage_of("stranger", True, APP, site)
    figures = run_async(play(stage)).figures()
    assert figures["broken"] == [] and len(figures["tried"]) == 13, figures
    assert figures["buttons_known"] == sorted(key for _, key in ACTIONS)


def test_beside_a_server_no_second_one_starts(site):
    with pytest.raises(RuntimeError, match="a server runs already"), app():
        pass


def test_the_log_is_read(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text(
        'Traceback (most recent call last):\n  File "a.py", line 1\n    x\nKeyError: 1\n\n'
        "During handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "b.py", line 1\nValueError: no\nwords\n'
        'Traceback (most recent call last):\n  File "c.py", line 1\n'
        "starlette.websockets.WebSocketDisconnected: Cannot call\n"
    )
    site = Site(1, log=log)
    assert site.faults() == {"ValueError: no": 1}
    assert len(site.errors()) == 2


@pytest.mark.parametrize(
    ("key", "panel", "panels", "bets"), [(FAST, "experiment", 2, 2), (BACK, "echo", 1, 3)]
)
def test_the_lessons_of_a_class_have_what_it_clicks(key, panel, panels, bets):
    steps = lessons("en")[key].steps
    assert sum(step.panel == panel for step in steps) == panels
    assert sum(step.kind == "bet" for step in steps) == bets
    assert sum(step.kind == "words" for step in steps) == 1


def test_vitals_and_options(site):
    assert vitals(site.pid)["rss"] > 10 and vitals(0)["rss"] == 0
    assert all(s.short.limit <= 120 and s.about for s in SCENARIOS.values())
    from load.__main__ import options, stages

    [stage] = stages(options().parse_args([]))
    assert stage.report.name == "class" and stage.report.short
    [stage] = stages(options().parse_args(["crowd", "--full", "--visitors", "50"]))
    assert (stage.form.visitors, stage.form.training) == (50, 15)
    for wrong in (["nobody"], ["cold", "--port", "1"], ["--short", "--full"]):
        with pytest.raises(SystemExit):
            stages(options().parse_args(wrong))


def test_those_at_work_at_one_moment_have_equal_shares_and_nobody_more_than_a_worker():
    assert time_due([[(0.0, 10.0)]], 2) == [10.0]
    assert time_due([[(0.0, 10.0)]] * 4, 2) == [5.0] * 4
    waves = [[(0.0, 10.0)], [(0.0, 10.0)], [(0.0, 5.0)], [(5.0, 15.0)], []]
    due = time_due(waves, 2)
    assert due == pytest.approx([20 / 3, 20 / 3, 10 / 3, 10 / 3 + 5, 0])
    assert sum(due) == pytest.approx(10 * 2 + 5 * 1)  # all that the workers had to give


# Each of these starts a server of its own, so the shared one ends before.


@pytest.mark.long
def test_without_a_stream_a_page_polls_at_its_pace(shared_app):
    shared_app.end()

    async def go():
        async with served(PAGE, plain=True) as plain:
            tab = Tab(plain.port)
            await tab.open()
            await tab.until(lambda: tab.whole, PATIENCE)
            await tab.press("play")
            assert await tab.until(lambda: tab.trains() and tab.polls >= 2, PATIENCE)
            began, polls = time.perf_counter(), tab.polls
            await asyncio.sleep(1.5)
            counted = tab.polls - polls
            assert 1 <= counted <= 1 + (time.perf_counter() - began) / 0.3
            await tab.close()
            return tab

    tab = run_async(go())
    assert tab.heard == "poll" and tab.events == 0 and len(tab.frames) > 1


@pytest.mark.long
def test_a_stranger_who_is_not_refused_is_seen(shared_app, monkeypatch):
    shared_app.end()
    monkeypatch.setenv("TINY_OPEN", "1")  # everybody may do everything
    monkeypatch.setattr("load.stranger.ACTIONS", (("", "pause"), ("", "step")))
    monkeypatch.setattr("load.stranger.PATIENCE", 2.0)
    figures = run_async(play(stage_of("stranger", True, APP))).figures()
    assert figures["tried"]["pause, owner there"].startswith("HARM"), figures["tried"]
    assert not figures["tried"]["step, owner there"].startswith("HARM")
    assert "every action refused" in figures["broken"]


@pytest.mark.long
def test_a_prefix_is_followed(shared_app):
    shared_app.end()
    figures = run_async(play(stage_of("prefix", True, APP))).figures()
    assert figures["broken"] == [] and figures["heard"] == "stream"


@pytest.mark.long
def test_the_program_prints_what_it_has_when_it_is_told_to_stop(shared_app, tmp_path):
    shared_app.end()
    out = (tmp_path / "out.txt").open("w+")
    program = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.load",
            "alone",
            "--app",
            str(APP),
            "--json",
            "--seconds",
            "600",
        ],
        cwd=ROOT,
        stdout=out,
        stderr=subprocess.STDOUT,
    )
    try:
        wait_for(lambda: _is_pressed(program.pid), "a click on the program's server")
        program.send_signal(signal.SIGTERM)
        assert program.wait(PATIENCE) == 143
    finally:
        program.kill()
        program.wait()
    out.seek(0)
    figures = json.loads(out.read().splitlines()[-1])
    out.close()
    assert figures["scenario"] == "alone" and not figures["ok"]
    assert "cut short: it was told to stop" in figures["broken"]
    assert "page_errors" in figures and "log_errors" in figures


def _is_pressed(pid):
    """Whether somebody has pressed a button on the server that this program started."""
    for child in family(pid):
        try:
            options = Path(f"/proc/{child}/cmdline").read_text()
            if port := re.search(r"--server\.port=(\d+)", options):
                address = f"http://{HOST}:{port[1]}/dino/triggers"
                with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
                    return bool(json.load(answer))
        except (OSError, ValueError):  # it has ended, or does not listen yet
            continue
    return False
