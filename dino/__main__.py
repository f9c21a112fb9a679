"""`python -m dino`: run opens the app; train, sweep, check, data, bench, compile, lessons, map."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from dino.commands import check, lessons, run, sweep, train
from dino.commands import map as source_map
from dino.commands.recipe import (
    CASE_HELP,
    JSON_HELP,
    LIST_HELP,
    Refused,
    print_json,
    read_list,
    reading_input,
)


class _Parser(argparse.ArgumentParser):
    """An argument parser that reports an error in one line."""

    def error(self, message: str) -> NoReturn:
        line = " ".join(message.split())
        self.exit(2, f"dino: {line if len(line) <= 300 else line[:300] + '…'}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status. A refusal is one line on stderr, and status 2."""
    parser = make_parser()
    args, rest = parser.parse_known_args(arguments)
    if rest and not hasattr(args, "streamlit"):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    args.streamlit = rest
    try:
        status: int = args.command(args)
        return status
    except Refused as refusal:
        parser.error(str(refusal))
    except BrokenPipeError:  # the reader, for example `head`, closed the pipe
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print("\ndino: stopped.", file=sys.stderr)
        return 130


def make_parser() -> argparse.ArgumentParser:
    """The parser of `python -m dino`: its commands, each with its options."""
    # Installed by pip, it is a program of its own; else it was called as a module.
    called = "dino" if Path(sys.argv[0]).stem == "dino" else "python -m dino"
    parser = _Parser(prog=called, description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command", parser_class=_Parser)
    run.add_options(commands.add_parser("run", help="open the app in a browser"))
    train.add_options(commands.add_parser("train", help="train a network and write names"))
    sweep.add_options(commands.add_parser("sweep", help="an experiment: levels, seeds, splits"))
    data = commands.add_parser("data", help="figures of a list of names")
    data.set_defaults(command=_data)
    data.add_argument("file", nargs="?", default="dinos", help=LIST_HELP)
    data.add_argument("--keep-case", action="store_true", help=CASE_HELP)
    data.add_argument("--json", action="store_true", help=JSON_HELP)
    bench = commands.add_parser("bench", help="speed against peers, in one interleaved run")
    bench.set_defaults(command=_bench)
    bench.add_argument("--quick", action="store_true", help="take about a minute")
    bench.add_argument("--json", action="store_true", help=JSON_HELP)
    compiling = commands.add_parser(
        "compile", help="compile the kernels beforehand, so that a server starts quickly"
    )
    compiling.set_defaults(command=_compile)
    lessons.add_options(commands.add_parser("lessons", help="mistakes in the lessons' files"))
    check.add_options(
        commands.add_parser("check", help="grade reports: which of their figures hold")
    )
    listing = commands.add_parser("map", help="every source file, with its first sentence")
    listing.set_defaults(command=_map)
    source_map.add_options(listing)
    return parser


def _data(args: argparse.Namespace) -> int:
    with reading_input():
        corpus = read_list(args.file, 0, args.keep_case)
    figures = corpus.figures()
    if args.json:
        print_json(figures)
    else:
        for key, value in figures.items():
            print(f"{key}: {value}")
    return 0


def _map(args: argparse.Namespace) -> int:
    with reading_input():
        source_map.print_map(args.folder, args.figures)
    return 0


def _bench(args: argparse.Namespace) -> int:
    from dino.bench import report, rounds

    _require_numba()
    result = rounds.run(args.quick)
    if args.json:
        print_json(result)
    else:
        print(report.format_table(result))
    return 0


def _compile(args: argparse.Namespace) -> int:
    from dino.compiled import compiling

    _require_numba()
    compiling.prepare()
    print("compiled" if compiling.is_on_disk() else "compiled, but not kept in any folder")
    return 0


def _require_numba() -> None:
    """Raise Refused if the kernels cannot be compiled."""
    from dino.compiled import compiling

    if not compiling.is_available():
        raise Refused("The kernels need numba and scipy. Install requirements.txt.")


if __name__ == "__main__":
    sys.exit(main())
