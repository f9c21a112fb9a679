"""Files in pieces over the websocket: whole, or refused in a sentence, whatever a browser sends."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_uploads import App, request, sent
from waiting import run_async

from dino.locale.sentences import ENGLISH
from dino.ui import workarounds
from dino.ui.component import component_source
from dino.ui.workarounds import UploadGate, transfers, uploads, values
from dino.ui.workarounds.transfers import IDLE, PIECE, Answer, Takes, Transfers

ANY = Takes(24 * 2**20)
LARGE = uploads.SMALL + 1
Kept = dict[tuple[str, str], tuple[str, bytes]]


@pytest.fixture(autouse=True)
def no_places() -> Iterator[None]:
    yield
    assert not uploads.places_taken(), "a place was left behind"


def made() -> tuple[Transfers, Kept]:
    """The transfers of a server, and the files that it keeps."""
    kept: Kept = {}
    return (
        Transfers(
            lambda session, box, name, data: kept.update({(session, box): (name, data)}),
            lambda session, box: kept.pop((session, box), None),
        ),
        kept,
    )


def piece(data: bytes = b"", at: int = 0, size: int = 10, **other: Any) -> dict[str, Any]:
    """A message, as the component sends it."""
    text = base64.b64encode(data).decode()
    return {"id": "a", "name": "x.txt", "size": size, "at": at, "data": text, **other}


def send(server: Transfers, data: bytes, step: int = PIECE, session: str = "me") -> Answer:
    """A whole file, each piece after the answer to the one before."""
    answer = server.take(session, "box", piece(size=len(data)), ANY, 0)
    while not (answer.done or answer.why or answer.waits):
        part = data[answer.got : answer.got + step]
        answer = server.take(session, "box", piece(part, answer.got, len(data)), ANY, 0)
    return answer


def test_a_piece_is_shorter_than_what_a_component_may_send() -> None:
    letters = len(base64.b64encode(bytes(PIECE)))
    assert letters + 10_000 < values.JSON_LETTERS


@given(st.binary(max_size=300), st.integers(1, 40), st.lists(st.integers(0, 60), max_size=8))
def test_a_file_arrives_as_it_was_sent_also_if_pieces_are_repeated(
    data: bytes, step: int, repeats: list[int]
) -> None:
    server, kept = made()
    messages = [piece(data[at : at + step], at, len(data)) for at in range(0, len(data), step)]
    messages = [piece(size=len(data)), *messages]
    for number in sorted(repeats, reverse=True):
        messages[number + 1 : number + 1] = messages[number : number + 1]
    answers = [server.take("me", "box", message, ANY, 0) for message in messages]
    assert kept[("me", "box")] == ("x.txt", data)
    assert answers[-1].done and not any(answer.why for answer in answers)
    assert [answer.got for answer in answers] == sorted(answer.got for answer in answers)
    assert not server.arrived(), "nothing is held twice"


DATA = bytes(range(60))
MESSAGES = st.one_of(
    st.builds(
        lambda at, length, **other: piece(DATA[at : at + length], at, **other),
        st.integers(0, 60),
        st.integers(0, 60),
        size=st.sampled_from([60, 60, 60, 59, 0]),
        id=st.sampled_from(["a", "a", "b"]),
        stops=st.sampled_from([False, False, False, True]),
    ),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.fixed_dictionaries(
        {"id": st.text() | st.just("a"), "size": st.integers() | st.booleans() | st.floats()},
        optional={"at": st.integers(), "data": st.text() | st.binary(), "name": st.text()},
    ),
)


@settings(max_examples=300)
@given(st.lists(st.tuples(MESSAGES, st.floats(0, 30)), max_size=25))
def test_any_messages_in_any_order_give_the_file_or_a_refusal(
    messages: list[tuple[Any, float]],
) -> None:
    server, kept = made()
    now = 0.0
    for message, later in messages:
        now += later
        server.tidy(now)
        answer = server.take("me", "box", message, Takes(60), now)
        ENGLISH.put(answer.why).encode()  # a sentence that can be shown
        assert server.small_bytes() <= 60
        assert all(0 <= bytes_ < 60 for bytes_ in server.arrived().values())
        for name, data in kept.values():
            assert data in (DATA, DATA[:59], b"") or name != "x.txt"
            assert len(name.encode().decode()) <= 300
    server.forget("me")
    assert not server.arrived() and server.answer("me", "box") == Answer()


@pytest.mark.parametrize(
    "messages",
    [
        [piece(b"ab", 5)],  # after nothing
        [piece(), piece(b"ab", 5)],  # a gap
        [piece(), piece(b"abcd"), piece(b"cdef", 2)],  # it begins within what has come
        [piece(), piece(b"ab", size=9)],  # another size
        [piece(), piece(b"ab", name="y.txt")],
        [piece(), piece(b"a" * 11)],  # too much
        [piece(size=PIECE * 3), piece(bytes(PIECE + 1), size=PIECE * 3)],
    ],
)
def test_what_does_not_fit_drops_the_file_in_a_sentence(messages: list[dict[str, Any]]) -> None:
    server, kept = made()
    for message in messages:
        answer = server.take("me", "box", message, ANY, 0)
    assert str(answer.why).endswith("Choose it again.")
    assert not kept and not server.arrived()
    again = piece(b"0123456789", id="b")
    assert server.take("me", "box", {**again, "data": ""}, ANY, 0) == Answer("b")
    assert server.take("me", "box", again, ANY, 0).done


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (
            piece(size=101),
            "This file may have at most 100 bytes, but it has 101. Choose a smaller one.",
        ),
        (
            piece(name="a.pdf"),
            "The name of this file must end in one of .txt, .csv, not “a.pdf”. Choose another "
            "file.",
        ),
        (
            piece(name="\ud83d.pdf"),
            "The name of this file must end in one of .txt, .csv, not “?.pdf”. Choose another "
            "file.",
        ),
    ],
)
def test_a_size_or_a_kind_is_refused_before_anything_is_sent(
    message: dict[str, Any], why: str
) -> None:
    server, _ = made()
    takes = Takes(100, (".txt", ".csv"))
    assert ENGLISH.put(server.take("me", "box", message, takes, 0).why) == why
    assert not server.arrived()


def test_a_transfer_that_stops_or_does_not_end_is_dropped() -> None:
    server, _ = made()
    for step in (IDLE + 1, IDLE - 1):
        now, got = 0.0, 0
        server.take("me", "box", piece(size=LARGE), ANY, now)
        while "me" in server.arrived() and now < 200:
            now += step
            server.tidy(now)
            if "me" in server.arrived():
                got = server.take("me", "box", piece(b"a", got, LARGE), ANY, now).got
        assert now <= uploads.SLOWEST + IDLE and not uploads.places_taken()
        late = server.take("me", "box", piece(b"a", got + 1, LARGE), ANY, now)
        assert "too long" in str(late.why)
        server.forget("me")


def test_a_file_may_take_longer_than_others_while_much_of_it_comes() -> None:
    size, step = ANY.most, 5.0

    def share_that_comes(pace: int) -> float:
        server, _ = made()
        now, got = 0.0, 0
        answer = server.take("me", "box", piece(size=size), ANY, now)
        while not (answer.done or answer.why):
            now += step
            server.tidy(now)
            until = min(size, got + int(step * pace))
            while got < until and not answer.why:
                data = bytes(min(PIECE, until - got))
                answer = server.take("me", "box", piece(data, got, size), ANY, now)
                got = max(got, answer.got)
        server.forget("me")
        return got / size

    assert share_that_comes(150_000) == 1, "an honest file on a slow line"
    assert share_that_comes(1) < 0.01, "one that only keeps a place"


def test_a_message_is_repeated_twice_before_its_transfer_ends() -> None:
    code = component_source("file_box.js")
    (most,) = re.findall(r"SELDOM = (\d+)", code)
    assert 2 * int(most) / 1000 < IDLE


def test_large_files_of_both_ways_take_the_same_places() -> None:
    server, _ = made()

    async def play() -> None:
        app = App()
        task = asyncio.create_task(sent(UploadGate(app), request("by http")))
        while not app.now:
            await asyncio.sleep(0)
        first = [server.take(name, "box", piece(size=LARGE), ANY, 0) for name in "abc"]
        assert [answer.waits for answer in first] == [False, True, True]
        server.drop("a")
        assert not server.take("c", "box", piece(size=LARGE), ANY, 1).waits
        assert server.take("b", "box", piece(size=LARGE), ANY, 1).waits
        small = server.take("d", "box", piece(size=uploads.SMALL), ANY, 1)
        assert not small.waits  # a list waits for nobody
        app.end.set()
        await task
        assert not server.take("b", "box", piece(size=LARGE), ANY, 2).waits

    run_async(play())
    for session in "abcd":
        server.forget(session)


def test_only_so_many_wait_and_small_ones_arrive_only_while_there_is_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "WAITING", 2)
    server, _ = made()
    count = int(transfers.SHARE * uploads.small_room() // uploads.SMALL)
    answers = [
        server.take(str(number), "box", piece(size=uploads.SMALL), ANY, 0)
        for number in range(count + 3)
    ]
    assert [answer.waits for answer in answers] == [False] * count + [True] * 2 + [False]
    assert "in a minute" in str(answers[-1].why)
    server.forget("0")
    assert not server.take(str(count), "box", piece(size=uploads.SMALL), ANY, 1).waits


def test_a_session_sends_one_file_at_once_and_stop_empties_its_box() -> None:
    server, kept = made()
    send(server, b"first", 2)
    assert kept == {("me", "box"): ("x.txt", b"first")}
    other = piece(id="b", size=4)
    assert server.take("me", "box", other, ANY, 0) == Answer("b")
    assert not kept, "the new file takes the place of the old one"
    assert server.take("me", "another box", piece(id="c", size=4), ANY, 0) == Answer("c")
    assert server.answer("me", "box") == Answer() and len(server.arrived()) == 1
    server.take("me", "another box", piece(id="c", stops=True), ANY, 0)
    assert not server.arrived()
    send(server, b"first", 2, "you")
    server.take("you", "box", {"id": "none", "stops": True}, ANY, 0)
    assert not kept


def test_without_a_server_nothing_is_kept_and_nothing_fails() -> None:
    workarounds.take_piece("box", piece(b"0123456789"), ANY)
    assert workarounds.sent_file("box") is None
    assert workarounds.sends_cookie()
    workarounds.end_transfers()
    workarounds.forget_uploads("nobody")
