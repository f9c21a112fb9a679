"""All that the app says and shows, as text files: `python -m tests.dump FOLDER [SCENE ...]`

    python -m tests.dump /tmp/after                      of this tree
    python -m tests.dump /tmp/before --app /tmp/older    of another one, as of an older commit
    python -m tests.dump --compare /tmp/before /tmp/after

A file for each page, tab and state, in both languages: texts, labels, options, tables, the data of
components, the numbers of charts (to six digits); reports, scripts, notebooks, the note of a saved
run; what commands print. What differs from run to run has a placeholder, so that two dumps of a
tree are equal. Scenes dump a part; without any, all. `--compare` ends with 1 where something
differs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dino.machine import threads

from . import experiments, files, learn, scenes
from .acts import Stage, steady_tokens
from .compare import compare

LESSONS = 5  # shares of the lessons, which are the longest scenes
SCENES: dict[str, Callable[[Stage], None]] = {
    **{f"lessons-{i}": partial(learn.lessons, share=i, shares=LESSONS) for i in range(LESSONS)},
    "zoo": learn.zoo,
    "experiments": experiments.carried_out,
    "inside": scenes.inside,
    "compare": scenes.compare,
    "data": scenes.data,
    "lab-runs": scenes.lab_runs,
    "lab-new": scenes.lab_new,
    "planning": experiments.planning,
    "notebook": scenes.lab_notebook,
    "learn-parts": learn.parts,
    "learn-test": learn.concept_test,
    "learn-report": learn.handed_in,
    "challenge": learn.challenge,
    "files": files.downloads,
    "commands": files.commands,
}
HERE = Path(__file__).resolve().parents[2]


def options() -> argparse.Namespace:
    """What the command is given."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.dump",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="where the texts go; of --compare, the first")
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=", ".join(SCENES))
    parser.add_argument("--app", type=Path, default=HERE, help="the tree that is dumped")
    parser.add_argument("--processes", type=int, default=threads(), metavar="N")
    parser.add_argument("--compare", action="store_true", help="two folders are compared")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--most", type=int, default=12, help="of --compare: lines of each file")
    args = parser.parse_args()
    unknown = [] if args.compare else [it for it in args.scenes if it not in SCENES]
    if unknown:
        parser.error(f"no scene {unknown[0]}; there are: {', '.join(SCENES)}")
    return args


def use(app: Path) -> None:
    """Have everything that is imported from now on be of this tree, its tests' helpers included."""
    own = {str(HERE), str(HERE / "tests"), ""}
    sys.path[:] = [str(app), str(app / "tests"), *(it for it in sys.path if it not in own)]
    os.chdir(app)
    import dino

    assert Path(dino.__file__).parent == app / "dino", dino.__file__


def play(app: Path, folder: Path, name: str) -> None:
    """Dump one scene in this process."""
    steady_tokens()
    use(app)
    from dino.compiled import compiling
    from dino.ui.visit import Visits

    Visits.asks = False  # no browser would say who it is
    compiling.prepare()  # or a run would move to the kernels at a step that chance decides
    SCENES[name](Stage(app, folder))


def play_all(args: argparse.Namespace) -> int:
    """Dump the scenes, each in a process of its own; how many have failed."""
    app, folder = args.app.resolve(), args.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "dino", "compile"], cwd=app, check=True)
    waiting, running, failed = list(args.scenes or SCENES), dict[str, subprocess.Popen[bytes]](), 0
    while waiting or running:
        for name, process in list(running.items()):
            if process.poll() is not None:
                del running[name]
                failed += process.returncode != 0
                print(f"{name}: {'failed' if process.returncode else 'done'}", flush=True)
        while waiting and len(running) < args.processes:
            name = waiting.pop(0)
            running[name] = begin(app, folder, name)
        time.sleep(0.1)
    return failed


def begin(app: Path, folder: Path, name: str) -> subprocess.Popen[bytes]:
    """A process that dumps one scene; what it prints goes to a file beside the folder."""
    command = [sys.executable, "-m", "tests.dump", str(folder), name, "--alone", "--app", str(app)]
    env = {**os.environ, "PYTHONHASHSEED": "0"}  # the order of a set
    log = folder.parent / f"{folder.name}.{name}.log"
    with log.open("wb") as out:
        return subprocess.Popen(command, cwd=HERE, env=env, stdout=out, stderr=subprocess.STDOUT)


def main() -> int:
    """Dump, or compare."""
    args = options()
    if args.compare:
        return compare(args.folder, Path(args.scenes[0]), args.most)
    if args.alone:
        play(args.app, args.folder, args.scenes[0])
        return 0
    return min(1, play_all(args))


if __name__ == "__main__":
    raise SystemExit(main())
