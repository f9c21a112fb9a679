"""A Dask cluster: what a sweep checks first, and what joblib's backend does not report."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import dino
from dino.locale.sentences import Refusal, sentence
from dino.setting import quoted

CONNECT = 10  # seconds to wait for a scheduler, and for its first worker
DESERTED = 120  # seconds without the scheduler's answer or any worker; then a sweep ends
CHECK_EVERY = 1.0  # seconds


def connect(address: str) -> Any:
    """A client of the cluster at this address, if its workers have this dino. Raises Refusal."""
    try:
        from distributed import Client
    except ImportError:
        raise Refusal(
            "A Dask cluster takes the package distributed: pip install distributed, here and on "
            "the cluster."
        ) from None
    try:
        client = Client(address, timeout=CONNECT)
    except (OSError, ValueError) as error:
        raise Refusal(
            sentence(
                "The address of a Dask scheduler is tcp://host:port, but none answers at "
                "{address} ({reason}).",
                address=quoted(address),
                reason=type(error).__name__,
            )
        ) from None
    try:
        _check(client, address)
    except BaseException:
        client.close()
        raise
    return client


def _check(client: Any, address: str) -> None:
    """Refuse a cluster without workers, and one with a computer that has no dino or
    another version.
    """
    from distributed import TimeoutError as DaskTimeout  # not Python's before Python 3.11

    probe = client.submit(int, pure=False)  # some clusters start workers only for work
    try:
        client.wait_for_workers(1, timeout=CONNECT)
    except DaskTimeout:
        raise Refusal(
            f"A cluster has at least one worker; the one at {address} has none. Start one: dask "
            f"worker {address}"
        ) from None
    finally:
        probe.release()
    ours = code_version()
    for place, found in _versions(client, address).items():
        if isinstance(found, Exception):
            raise Refusal(
                f"The scheduler and its workers have this dino; {place} cannot load it ({found}): "
                "install it there, and start what runs there again."
            )
        if found != ours:
            raise Refusal(
                f"The scheduler and its workers have this dino; {place} has another version of its "
                "code: install this one there, and start what runs there again."
            )


def _versions(client: Any, address: str) -> dict[str, str | Exception]:
    """The code of each worker, and of the scheduler, which reads each task first; or why
    there is none.
    """
    try:
        first: str | Exception = client.run_on_scheduler(code_version)
    except Exception as error:
        first = error
    return {address: first, **client.run(code_version, on_error="return")}


def code_version() -> str:
    """A fingerprint of dino's code on the computer that runs this."""
    folder = Path(dino.__file__).parent
    code = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.py")
    }
    return hashlib.sha256(repr(sorted(code.items())).encode()).hexdigest()


class Calls:
    """The calls that joblib's backend for Dask hands out. Each of them ends, also if Dask ends it.

    joblib 1.6 tells its `Parallel` only of calls that return. It waits for ever for a call whose
    workers were killed, or that no worker can read. Here such a call ends with its first argument
    and Dask's exception, and the other calls continue.
    """

    def __init__(self, backend: Any) -> None:
        self.client = backend.client
        self.address = self.client.scheduler.address
        self.waiting: set[Callable[[Any], None]] = set()  # ends each unfinished call
        self.hand_out = backend.submit
        backend.submit, backend.effective_n_jobs = self.submit, self.effective_n_jobs
        self.client.loop.add_callback(self._watch)

    def effective_n_jobs(self, n_jobs: int) -> int:
        """How many calls run at once: at least 2, because joblib would run a single one
        in this process.
        """
        cores: dict[str, int] = self.client.ncores()
        return max(2, sum(cores.values()))

    def submit(self, func: Any, callback: Callable[[Any], None]) -> Any:
        """Hand out a batch of one call; `callback` gets a list of its one result."""
        ((_, (first, *_), _),) = func.items

        def end(result: Any) -> None:
            self.waiting.discard(end)
            if isinstance(result, BaseException) and not isinstance(result, Refusal):
                alive = self.client.status == "running"
                result = [(first, result)] if alive else self._lost()
            callback(result)  # an exception ends all calls, because `Parallel` raises it

        def tell(over: Any) -> None:
            if error := over.exception():
                end(error)

        self.waiting.add(end)
        future = self.hand_out(func, end)
        future.add_done_callback(tell)
        return future

    async def _watch(self) -> None:
        """End all calls if the scheduler or every worker is gone; Dask would wait for them."""
        seen = time.monotonic()
        while time.monotonic() - seen < DESERTED:
            await asyncio.sleep(CHECK_EVERY)
            if self.client.status != "running":
                break
            with suppress(OSError, asyncio.TimeoutError):  # no answer; the next one may come
                if await self.client.ncores() or not self.waiting:
                    seen = time.monotonic()
        for end in list(self.waiting):
            end(self._lost())

    def _lost(self) -> Refusal:
        return Refusal(
            f"A sweep needs a scheduler and a worker to its end; the scheduler at {self.address} "
            "answers no longer, or has no worker: start them again, and then this command."
        )
