"""The app as a server of its own, and the resources that it uses (Linux: /proc)."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .quota import bounded
from .web import HOST, ask

ROOT = Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
KIB = 1024 / 1e6  # one KiB in MB, the unit of the server's limits
SETTINGS = ("--server.headless=true", f"--server.address={HOST}")
# What Community Cloud forces on every app, by flags that override the app's own configuration.
FORCED = {
    "runner.fastReruns": "true",
    "browser.gatherUsageStats": "true",
    "server.runOnSave": "true",
    "server.enableXsrfProtection": "true",
    "client.showErrorDetails": "false",
}
# One exception with its whole traceback; the group is its last line.
TRACEBACKS = re.compile(
    r"Traceback \(most recent call last\):\n(?:(?:[ |+].*)?\n)*?(\w[^\n]*)(?:\n|\Z)"
    r"(?!\n*(?:During handling of|The above exception))"
)
CLOSED_UNDER_IT = (
    "starlette.websockets.WebSocketDisconnect",
    "RuntimeError: Cannot call",
    "RuntimeError: Unexpected ASGI message 'websocket.",
)
PLAIN = """import sys
from streamlit.web import bootstrap
options = {"server_port": int(sys.argv[2]), "server_address": sys.argv[3], "server_headless": True}
for flag in sys.argv[4:]:
    name, _, value = flag.removeprefix("--").partition("=")
    options[name.replace(".", "_")] = value == "true"
bootstrap.load_config_options(options)
bootstrap.run(sys.argv[1], False, [], options)
"""
HELD = "Python's lock was held"
_running: set[str] = set()  # what runs of which there may be only one


@contextmanager
def only_one(what: str) -> Iterator[None]:
    """Something that has this process to itself: "server", "browser". A second one at the same time
    is an error, because two make each other slow.
    """
    if what in _running:
        raise RuntimeError(f"a {what} runs already: end it before another one starts")
    _running.add(what)
    try:
        yield
    finally:
        _running.remove(what)


@dataclass
class Site:
    """A server: where it listens, its process (0: unknown), its log, the prefix of its pages."""

    port: int
    pid: int = 0
    log: Path | None = None
    base: str = ""
    started: float = 0.0

    def logged(self) -> str:
        """What it wrote."""
        return self.log.read_text(errors="replace") if self.log else ""

    def errors(self) -> dict[str, int]:
        """The exceptions in its log, by their last lines, and how often."""
        found: dict[str, int] = {}
        for match in TRACEBACKS.finditer(self.logged()):
            found[match[1][:200]] = found.get(match[1][:200], 0) + 1
        return found

    def held(self) -> list[str]:
        """Where Python's lock was held for over a second, by its log."""
        return [line for line in self.logged().splitlines() if line.startswith(HELD)]

    def faults(self) -> dict[str, int]:
        """Those that are not Streamlit's own words about a socket which was closed under it."""
        return {
            line: count
            for line, count in self.errors().items()
            if not line.startswith(CLOSED_UNDER_IT)
        }


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def forced() -> list[str]:
    """The flags of Community Cloud where DINO_HOST=1 is set, as in CI; else none."""
    is_host = os.environ.get("DINO_HOST") == "1"
    return [f"--{name}={value}" for name, value in FORCED.items()] if is_host else []


def command(app: Path, port: int, plain: bool, base: str) -> list[str]:
    """How the server is started; plain: by a host that does not look for st.App."""
    if plain:
        return [sys.executable, "-c", PLAIN, str(app), str(port), HOST, *forced()]
    more = [f"--server.baseUrlPath={base.strip('/')}"] if base else []
    return [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app),
        f"--server.port={port}",
        *SETTINGS,
        *forced(),
        *more,
    ]


@asynccontextmanager
async def served(
    app: Path,
    *,
    env: Mapping[str, str] | None = None,
    plain: bool = False,
    base: str = "",
    wait: float = 180.0,
    flags: Mapping[str, str] | None = None,
    cores: float | None = None,
) -> AsyncIterator[Site]:
    """The app on a free port; it is stopped in the end, with all processes that it started.

    flags: further settings of Streamlit; cores: how much processor it may use.
    """
    more = [f"--{name}={value}" for name, value in (flags or {}).items()]
    with only_one("server"), tempfile.TemporaryDirectory() as folder, bounded(cores) as quota:
        port, log = free_port(), Path(folder, "log.txt")
        with log.open("wb") as out:
            process = subprocess.Popen(
                quota.command([*command(app, port, plain, base), *more]),
                cwd=app.parent,
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env={**os.environ, **(env or {})},
            )
        site = Site(port, process.pid, log, base, time.perf_counter())
        quota.watch(process.pid)
        try:
            await _answers(site, process, wait)
            yield site
        finally:
            quota.release()
            process.terminate()
            await _ended(process)


async def _answers(site: Site, process: subprocess.Popen[bytes], wait: float) -> None:
    end = time.perf_counter() + wait
    while (await ask(site.port, f"{site.base}/_stcore/health", wait=5)).status != 200:
        if process.poll() is not None or time.perf_counter() > end:
            raise RuntimeError(f"the app did not start: {site.logged()[-2000:]}")
        await asyncio.sleep(0.05)


async def _ended(process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        if process.poll() is not None:
            break
        await asyncio.sleep(0.1)
    else:
        process.kill()
        process.wait()
    for pid, (_, session) in _processes().items():
        if session == process.pid:  # what the server started, in the session that we gave it
            os.kill(pid, signal.SIGTERM)


def _stat(pid: int) -> list[str]:
    """The fields of a process after its name: state, parent, group, session, …"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _processes() -> dict[int, tuple[int, int]]:
    """Parent and session of each process."""
    found = {}
    for entry in os.listdir("/proc") if os.path.isdir("/proc") else ():
        if entry.isdigit() and (fields := _stat(int(entry))):
            found[int(entry)] = int(fields[1]), int(fields[3])
    return found


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    processes, found, size = _processes(), {pid}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, (parent, _) in processes.items() if parent in found}
    return sorted(found)


def vitals(pid: int) -> dict[str, float]:
    """Memory (MB), threads, open files and processor seconds of a server, its children's added.

    rss: all together; own: the server's process alone, and peak its highest.
    """
    found = {"rss": 0.0, "own": 0.0, "peak": 0.0, "threads": 0.0, "files": 0.0, "cpu": 0.0}
    for one in family(pid) if pid else ():
        try:
            _add(found, one, own=one == pid)
        except (OSError, ValueError, IndexError):
            continue  # it has just ended
    return {name: round(value, 2) for name, value in found.items()}


def _add(found: dict[str, float], pid: int, own: bool) -> None:
    status = dict(
        line.split(":", 1)
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if ":" in line
    )
    rss = int(status["VmRSS"].split()[0]) * KIB if "VmRSS" in status else 0.0
    fields = _stat(pid)
    found["rss"] += rss
    found["cpu"] += sum(map(int, fields[11:13])) / TICKS
    found["threads"] += int(status["Threads"])
    found["files"] += len(os.listdir(f"/proc/{pid}/fd"))
    if own:
        found["own"] = rss
        found["peak"] = int(status["VmHWM"].split()[0]) * KIB
        found["cpu"] += sum(map(int, fields[13:15])) / TICKS  # of children that have ended


def machine_busy() -> float:
    """Processor seconds that all processes of this machine took; 0 where it does not say."""
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        return sum(map(int, (*fields[:3], *fields[5:8]))) / TICKS
    except (OSError, ValueError):
        return 0.0
