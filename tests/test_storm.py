"""Sixty rapid clicks on the Lab end as the same clicks made slowly: see `storm.py`."""

import pytest
import storm
from browser import ONE_SERVER
from waiting import run_async

pytestmark = ONE_SERVER


@pytest.mark.parametrize("seed", [100, pytest.param(101, marks=pytest.mark.long)])
def test_sixty_rapid_messages_end_as_if_sent_slowly(monkeypatch, shared_app, seed):
    shared_app.end()
    monkeypatch.setenv("DINO_HOST", "1" if seed % 2 else "")
    assert run_async(storm.play_all(1, first=seed)) == []
