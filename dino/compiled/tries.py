"""When the kernels may be compiled: after which break, and whether there is memory for it.

Everything in a process keeps to the same breaks: a server that tries by itself, and a run that asks
for the kernels.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from dino.config import ENGINES
from dino.locale.sentences import Refusal, Sentence, plural_sentence, sentence

BREAKS = (30.0, 120.0, 600.0, 3600.0)  # seconds between two tries; what is compiled stays on disk
# Of the compiling process, beside 105 MB of libraries' files, which the system can drop.
COMPILER_BYTES = 310_000_000
NO_ROOM = 30.0  # seconds until memory is asked for again


class NotCompiled(RuntimeError):
    """A try to compile the kernels in another process failed; the next one continues its work."""


class NotYet(NotCompiled):
    """The kernels may not be compiled now: it is the break after a failure."""


class NoRoom(NotCompiled):
    """There is no memory for the compiler now."""


class KernelsLater(Refusal):
    """The kernels are not there now. seconds: until a run can ask for them again."""

    def __init__(self, sentence: Sentence, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds


class KernelsFailed(KernelsLater):
    """They could not be compiled, so a run that has made no update trains on PyTorch."""


@contextmanager
def _no_bound(_: int) -> Iterator[bool]:
    yield True


class Tries:
    """The failed tries of a process, and the break until the next one.

    clock: gives the time in seconds. lend: reserves bytes as long as the compiler is at work; its
    context says whether there is room for them. A server sets it; without one, there is no bound.
    gives_way: whether the compiler at work has to end, because runs wait for its memory.
    is_hopeless: whether there will never be room, so that nobody may even try.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.lend: Callable[[int], AbstractContextManager[bool]] = _no_bound
        self.gives_way: Callable[[], bool] = lambda: False
        self.failed, self._not_before, self._lacks_room = 0, float("-inf"), False
        self._why, self._cannot_load, self.is_hopeless = "", False, False

    @property
    def may_go_on(self) -> bool:
        """Whether a server still tries by itself."""
        return self.failed <= len(BREAKS)

    def seconds_left(self) -> float:
        """How long the break still lasts; 0 if a try may begin."""
        return max(0.0, self._not_before - self.clock())

    @contextmanager
    def one(self, only_loads: bool = False) -> Iterator[None]:
        """Wrap a try. If it fails, a break begins, longer than the one before.

        only_loads: whether the kernels are on disk. Raises NotYet in such a break, unless another
        program has compiled them meanwhile.
        """
        left = self.seconds_left()
        if left and (self._cannot_load or not only_loads):
            raise NotYet(f"{self._why} (the next try can begin in {left:.0f} s)")
        self._lacks_room = False
        try:
            yield
        except NoRoom as error:
            self._not_before = self.clock() + NO_ROOM
            self._why, self._lacks_room = str(error), True
            raise
        except Exception as error:
            self._not_before = self.clock() + BREAKS[min(self.failed, len(BREAKS) - 1)]
            self.failed += 1
            self._why, self._cannot_load = str(error), only_loads
            raise

    @contextmanager
    def room(self) -> Iterator[None]:
        """Wrap the compiler in a try. Raises NoRoom if its memory is not there; then the break is
        short.
        """
        with self.lend(COMPILER_BYTES) as has_room:
            if not has_room:
                raise NoRoom(f"no room for the compiler, which takes {COMPILER_BYTES / 1e6:.0f} MB")
            yield

    def refusal(self) -> KernelsLater:
        """Why the kernels are not there, and when a run can ask for them again."""
        left = self.seconds_left()
        if self._lacks_room:
            words = sentence(
                "The server has no memory for compiling the kernels now, so the training waits. "
                "With the engine “{engine}”, new runs and experiments begin at once.",
                engine=ENGINES["torch"],
            )
            return KernelsLater(words, left)
        words = plural_sentence(
            "The kernels could not be compiled. The next try can begin in {count} minute. Until "
            "then, runs trained on the kernels wait, and new runs use PyTorch.",
            "The kernels could not be compiled. The next try can begin in {count} minutes. Until "
            "then, runs trained on the kernels wait, and new runs use PyTorch.",
            max(1, math.ceil(left / 60)),
        )
        return KernelsFailed(words, min(max(1.0, left), NO_ROOM))
