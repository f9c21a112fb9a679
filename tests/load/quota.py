"""A share of a core for a server, as a small host gives it.

By a control group of its own where one can be made (the server can then see its share), else by
`cpulimit` (Debian has it), which stops and continues the server's processes.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
PERIOD = 100_000  # microseconds
JOIN = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
NEEDED = "a control group that may be written, or cpulimit (apt-get install cpulimit)"


@dataclass
class Quota:
    """How a server is bounded. group: the folder of its control group, if there is one."""

    cores: float
    how: str  # "", "cgroup" or "cpulimit"
    group: Path | None = None
    limiter: subprocess.Popen[bytes] | None = None

    def command(self, command: list[str]) -> list[str]:
        """The command that runs this one within the bounds."""
        return ["sh", "-c", JOIN, str(self.group), *command] if self.group else command

    def watch(self, pid: int) -> None:
        """The server runs as this process."""
        if self.how == "cpulimit":
            percent = str(max(1, round(100 * self.cores)))
            self.limiter = subprocess.Popen(
                ["cpulimit", "-q", "-z", "-m", "-l", percent, "-p", str(pid)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def release(self) -> None:
        """No bounds any more: the server is to end quickly."""
        if self.limiter is not None:
            self.limiter.send_signal(signal.SIGINT)  # it continues what it has stopped
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.limiter.wait(5)
            if self.limiter.poll() is None:
                self.limiter.kill()
                self.limiter.wait()
            self.limiter = None
        if self.group is not None:
            _set(self.group, None)

    def remove(self) -> None:
        """Remove the group, once its processes have ended."""
        end = time.monotonic() + 10
        while self.group is not None and time.monotonic() < end:
            try:
                self.group.rmdir()
            except FileNotFoundError:
                return
            except OSError:  # a process is still ending
                time.sleep(0.05)


def way() -> str:
    """How this machine can bound a server: "cgroup", "cpulimit", or "" if it cannot."""
    if (group := new_group("way")) is not None:
        group.rmdir()
        return "cgroup"
    return "cpulimit" if shutil.which("cpulimit") else ""


@contextmanager
def bounded(cores: float | None) -> Iterator[Quota]:
    """A bound for one server; None: no bound. Raises RuntimeError if this machine has none."""
    if cores is None:
        yield Quota(0.0, "")
        return
    group = new_group("quota")
    if group is None and not shutil.which("cpulimit"):
        raise RuntimeError(f"no way to bound a server's share of a core: it takes {NEEDED}")
    quota = Quota(cores, "cgroup" if group else "cpulimit", group)
    try:
        if group:
            _set(group, cores)
        yield quota
    finally:
        quota.release()
        quota.remove()


def new_group(name: str) -> Path | None:
    """A new group below this process's own; None if none can be made with a quota."""
    for top in _tops():
        group = top / f"dino-load-{name}-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        if any((group / file).exists() for file in ("cpu.max", "cpu.cfs_quota_us")):
            with contextlib.suppress(OSError):
                _set(group, None)
                return group
        group.rmdir()
    return None


def _tops() -> Iterator[Path]:
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if not names:
            yield from (GROUPS / path.strip("/"), GROUPS / "unified" / path.strip("/"))
        elif "cpu" in names.split(","):
            yield GROUPS / names / path.strip("/")


def _set(group: Path, cores: float | None) -> None:
    quota = -1 if cores is None else max(1000, round(cores * PERIOD))
    if (group / "cpu.max").exists():
        (group / "cpu.max").write_text(f"{'max' if quota < 0 else quota} {PERIOD}")
    else:
        (group / "cpu.cfs_period_us").write_text(str(PERIOD))
        (group / "cpu.cfs_quota_us").write_text(str(quota))
