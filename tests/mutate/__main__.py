"""Whether a test notices a wrong comparison or sign: `python -m tests.mutate [--count 60]`

    python -m tests.mutate                        places of this tree, tried in this tree
    python -m tests.mutate --tree /tmp/older      places of an older tree, found again in this one

Places are drawn by a seed from the comparisons and signs of the core, the verdict, the readers and
the gate. Each is turned into another one (< into <=, == into !=, + into -) in a scratch copy, in
which the tests that import its module run to the first failure, 60 seconds at most. What no test
notices is listed: a case is missing, or the place makes no difference.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from .imports import Imports
from .places import Place, all_places, drawn, files_of, find_again
from .trials import KILLED, Outcome, Scratch

HERE = Path(__file__).resolve().parents[2]
AMONG = (
    "dino/*.py",
    "dino/experiments/*.py",
    *(f"dino/share/{name}.py" for name in ("*reading*", "fields", "run_note", "tensors")),
    *(f"dino/share/{name}.py" for name in ("run_reader", "json_depth", "expected", "saved_list")),
    *(f"dino/lessons/{name}.py" for name in ("reading", "toml_tables", "judging", "progress")),
    *(f"dino/saved/{name}.py" for name in ("*read*", "run_note", "tensors", "expected_arrays")),
    *("dino/saved/*list*.py", "dino/grader/*claims*.py"),
)


def options() -> argparse.Namespace:
    """What the command is given."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--count", type=int, default=60, help="places that are tried")
    parser.add_argument("--skip", type=int, default=0, help="of those drawn, the first so many not")
    parser.add_argument("--seed", type=int, default=0, help="decides which")
    parser.add_argument("--tree", type=Path, default=HERE, help="the tree that they are drawn from")
    parser.add_argument("--here", type=Path, default=HERE, help="the tree that they are tried in")
    parser.add_argument("--among", nargs="*", default=AMONG, metavar="GLOB", help="files")
    parser.add_argument("--package", default="dino", help="the folder that tests are of")
    parser.add_argument("--seconds", type=float, default=60.0, help="of tests, for each place")
    parser.add_argument("--workers", type=int, default=1, help="places at the same time")
    return parser.parse_args()


def found_again(
    old: Path, new: Path, chosen: Sequence[Place], package: str
) -> tuple[list[Place], list[Place]]:
    """Where the places are in the new tree, and those that are gone."""
    now = chosen if old == new else all_places(new, files_of(new, [f"{package}/**/*.py"]))
    pairs = [(place, find_again(place, now)) for place in chosen]
    there = [again for _, again in pairs if again is not None]
    return there, [place for place, again in pairs if again is None]


def try_all(
    new: Path, places: Sequence[Place], package: str, seconds: float, workers: int
) -> list[Outcome]:
    """What became of each, as it is known."""
    free = SimpleQueue[Scratch]()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(workers) as threads:
        for i in range(workers):
            free.put(Scratch(new, Path(folder) / str(i), seconds))
        imports = Imports(Path(folder) / "0", package)  # the tree itself may change meanwhile

        def judge(place: Place) -> Outcome:
            scratch = free.get()
            try:
                outcome = scratch.judge(place, imports.tests_of(place.file))
            finally:
                free.put(scratch)
            print(f"{outcome.state:9} {place}   {outcome.by}", flush=True)
            return outcome

        return list(threads.map(judge, places))


def report(outcomes: Sequence[Outcome], gone: Sequence[Place]) -> int:
    """Print what nothing has noticed; 1 where there is such a place."""
    for place in gone:
        print(f"gone      {place}")
    left = [it for it in outcomes if it.state != KILLED]
    print(f"\n{len(left)} that no test noticed:" if left else "\nA test noticed each of them.")
    for it in left:
        print(f"  {it.state}: {it.place}")
    counted = Counter(it.state for it in outcomes)
    words = ", ".join(f"{count} {state}" for state, count in counted.most_common())
    print(f"{len(outcomes) + len(gone)} places: {words}, {len(gone)} gone.")
    return int(bool(left))


def main() -> int:
    """Draw, try, report."""
    args = options()
    old, new = args.tree.resolve(), args.here.resolve()
    everything = all_places(old, files_of(old, args.among))
    chosen = drawn(everything, args.count, args.seed)[args.skip :]
    print(f"{len(everything)} places, {len(chosen)} of them are tried.", flush=True)
    there, gone = found_again(old, new, chosen, args.package)
    return report(try_all(new, there, args.package, args.seconds, args.workers), gone)


if __name__ == "__main__":
    raise SystemExit(main())
