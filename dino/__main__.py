"""Headless: `python -m dino train`, `sweep`, `check`, `data`, `bench`, `compile`."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from dino.config import SETTINGS, Config, quoted, usual_rate
from dino.data import Corpus, load, load_bundled
from dino.experiments import sweep
from dino.lists import BUNDLED
from dino.ngram import baselines
from dino.presets import PRESETS
from dino.share import options as share_options

if TYPE_CHECKING:  # PyTorch loads once the options are known to be right
    from dino.sample import Trace
    from dino.train import Trainer


START = "first-success"  # the preset that options change
_LIST_HELP = f"a text file of names, or one of {', '.join(BUNDLED)}"
_JSON_HELP, _CASE_HELP = "print one JSON object", "keep capital letters"


class Refused(Exception):
    """The request cannot be carried out; the message says why, and what would work."""


@contextmanager
def _reading_input() -> Iterator[None]:
    """Turn a ValueError raised inside into Refused: there it means bad input, not a bug."""
    try:
        yield
    except ValueError as error:
        raise Refused(str(error)) from error


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        line = " ".join(message.split())
        self.exit(2, f"dino: {line if len(line) <= 300 else line[:300] + '…'}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status. A refusal prints one line on stderr: status 2."""
    parser = _make_parser()
    args = parser.parse_args(arguments)
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


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m dino", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command", parser_class=_Parser)
    _add_train_options(commands.add_parser("train", help="train a network and write names"))
    swept = commands.add_parser("sweep", help="an experiment: levels, seeds, splits")
    swept.set_defaults(command=_sweep)
    _add_recipe_options(swept)
    sweep.add_options(swept)
    data = commands.add_parser("data", help="figures of a list of names")
    data.set_defaults(command=_data)
    data.add_argument("file", nargs="?", default="dinos", help=_LIST_HELP)
    data.add_argument("--keep-case", action="store_true", help=_CASE_HELP)
    data.add_argument("--json", action="store_true", help=_JSON_HELP)
    bench = commands.add_parser("bench", help="speed against peers, in one interleaved run")
    bench.set_defaults(command=_bench)
    bench.add_argument("--quick", action="store_true", help="about a minute")
    bench.add_argument("--json", action="store_true", help=_JSON_HELP)
    compiling = commands.add_parser(
        "compile", help="compile the kernels beforehand, for a server that is to start quickly"
    )
    compiling.set_defaults(command=_compile)
    checking = commands.add_parser("check", help="which figures of reports hold: a grader")
    checking.set_defaults(command=_check)
    share_options.add_check_options(checking)
    return parser


def _add_train_options(train: argparse.ArgumentParser) -> None:
    train.set_defaults(command=_train)
    _add_recipe_options(train)
    train.add_argument(
        "--kernels-from",
        metavar="STEP",
        help="repeat a run that began on PyTorch and moved to the kernels there",
    )
    train.add_argument("--names", default="10", metavar="N", help="how many to write in the end")
    train.add_argument("--json", action="store_true", help=_JSON_HELP)
    share_options.add_saved_run_options(train)
    share_options.add_report_options(train)


def _add_recipe_options(command: argparse.ArgumentParser) -> None:
    """A preset, every setting, and a list of names."""
    command.add_argument(
        "--preset",
        metavar="NAME",
        help=f"where to start from, by default {START}: {', '.join(PRESETS)}",
    )
    for name, setting in SETTINGS.items():
        rule = ", ".join(setting.choices) or str(setting.rule())
        if name == "learning_rate":
            rule += "; with --optimizer alone, the one usual for that optimizer and batch size"
        command.add_argument(
            f"--{name.replace('_', '-')}",
            dest=name,
            **setting.option,
            help=f"{setting.help} ({rule})".replace("%", "%%"),
        )
    command.add_argument("--data", metavar="FILE", help=f"{_LIST_HELP}; by default dinos")
    command.add_argument("--keep-case", action="store_true", help=_CASE_HELP)


def _config(args: argparse.Namespace) -> Config:
    """The preset, with what the options change."""
    preset = START if args.preset is None else args.preset
    if preset not in PRESETS:
        raise ValueError(f"preset is one of {', '.join(PRESETS)}; {quoted(preset)} is not.")
    given = {name: getattr(args, name) for name in SETTINGS if getattr(args, name) is not None}
    config = PRESETS[preset].config.replace(**given)
    if "optimizer" in given and "learning_rate" not in given:
        config = config.replace(learning_rate=usual_rate(config))
    return config


def _train(args: argparse.Namespace) -> int:
    with _reading_input():
        count = _count(args.names)
        report = share_options.report_of(args)
        if args.save is not None:
            from dino.share.on_disk import check_writable, save

            check_writable(Path(args.save))
    trainer = _new_trainer(args) if args.load is None else _loaded_trainer(args)
    _train_to_the_end(trainer)
    from dino.sample import draws, write

    config, vocab = trainer.config, trainer.corpus.vocab
    traces = write(trainer.eval_model, vocab, draws(count, config.seed), context=config.context)
    if report is not None:
        with _reading_input():
            report.write(trainer, traces)
    result = _summarize(trainer, traces)
    if args.save is not None:
        with _reading_input():
            word = save(trainer, Path(args.save), args.with_names)
        print(f"dino: saved in {args.save}. {word}".rstrip(), file=sys.stderr)
    if args.json:
        _print_json(result)
    else:
        _print_report(result)
    return 0


def _new_trainer(args: argparse.Namespace) -> Trainer:
    """The trainer of the recipe and list that the options name."""
    with _reading_input():
        config = _config(args)
        corpus = _corpus(args.data or "dinos", config.split_seed, args.keep_case, config.exam)
        kernels_from = _step(args.kernels_from)
    from dino.train import Trainer

    _prepare_kernels(config, kernels_from is not None)
    return Trainer(config, corpus, kernels_from=kernels_from)


def _prepare_kernels(config: Config, wanted: bool) -> None:
    """Load the kernels from disk, in half a second; a compiler would take longer than the run."""
    from dino.compiled import compiling, engine

    if config.engine == "auto" and (compiling.is_on_disk() or wanted):
        engine.prepare()


def _loaded_trainer(args: argparse.Namespace) -> Trainer:
    """The trainer of a saved run, where it was, with the steps that it may make."""
    with _reading_input():
        return share_options.loaded_trainer(args, _corpus, _prepare_kernels)


def _train_to_the_end(trainer: Trainer) -> None:
    """Train with a bar on stderr, and say there why the run stopped if it diverged."""
    pause = 0.1 if sys.stderr.isatty() else 5.0  # seconds between two redraws of the bar
    while not trainer.done:
        trainer.advance(seconds=pause)
        if trainer.stopped:
            print(f"dino: {trainer.stopped}", file=sys.stderr)
        _show_progress(trainer.step_count, trainer.max_steps, trainer.history.val_losses[-1])


def _summarize(trainer: Trainer, traces: Sequence[Trace]) -> dict[str, Any]:
    """The figures of a run, as `--json` prints them."""
    run = trainer.run()
    best_step, best_val_loss = run.best
    return {
        "steps": run.step,
        "train_loss": run.train_loss,
        "train_eval_loss": run.train_eval_loss,
        "val_loss": run.val_loss,
        "best_val_loss": best_val_loss,
        "best_step": best_step,
        "parameters": trainer.model.parameter_count(),
        "seconds": run.seconds,
        "names_per_second": run.names_per_second,
        "baselines": baselines(trainer.corpus),
        "names": [trace.name for trace in traces],
        "stopped": str(run.stopped),
        "engine": run.engine,
        "engines": run.engines,
        "config": run.config.as_dict(),
    }


def _corpus(name: str, split_seed: int, keep_case: bool, exam: bool = False) -> Corpus:
    """A bundled list by its key, or the names in a file."""
    how = split_seed, keep_case, exam
    return load_bundled(name, *how) if name in BUNDLED else load(Path(name), *how)


def _step(text: str | None) -> int | None:
    """The step at which the kernels take over; None means as soon as they are ready."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= 100_000):
        raise ValueError(f"kernels-from is a step from 0 to 100000; {quoted(text)} is not.")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1000):
        raise ValueError(f"names is a whole number from 1 to 1000; {quoted(text)} is not.")
    return int(text)


def _show_progress(step: int, steps: int, val_loss: float) -> None:
    """A progress bar on stderr: one line redrawn in place on a terminal, a few lines in a log."""
    bar = f"{'█' * (30 * step // steps):░<30} {step:,}/{steps:,}  held out {val_loss:.3f} "
    if sys.stderr.isatty():
        print(f"\r{bar}", end="\n" if step == steps else "", file=sys.stderr, flush=True)
    else:
        print(bar, file=sys.stderr, flush=True)


def _print_report(result: dict[str, Any]) -> None:
    print(
        f"{result['parameters']:,} parameters, {result['steps']:,} steps in "
        f"{result['seconds']:.1f} s, {result['names_per_second']:,.0f} names a second"
    )
    print(
        f"held out {result['val_loss']:.3f} nats per symbol "
        f"(best {result['best_val_loss']:.3f} at step {result['best_step']:,})"
    )
    print(f"train {result['train_eval_loss']:.3f}, measured like held out")
    print("counting: " + ", ".join(f"{k} {v:.3f}" for k, v in result["baselines"].items()))
    print("\n".join(result["names"]))


def _sweep(args: argparse.Namespace) -> int:
    with _reading_input():
        config = _config(args)
        corpus = _corpus(args.data or "dinos", 0, args.keep_case, config.exam)
        prepared = sweep.prepare(args, config, corpus)
    return sweep.run(prepared)


def _data(args: argparse.Namespace) -> int:
    with _reading_input():
        corpus = _corpus(args.file, 0, args.keep_case)
    figures = corpus.figures()
    if args.json:
        _print_json(figures)
    else:
        for key, value in figures.items():
            print(f"{key}: {value}")
    return 0


def _check(args: argparse.Namespace) -> int:
    from dino.share import check

    with _reading_input():
        return check.command(args)


def _bench(args: argparse.Namespace) -> int:
    from dino.bench import report, rounds

    _require_numba()
    result = rounds.run(args.quick)
    if args.json:
        _print_json(result)
    else:
        print(report.format_table(result))
    return 0


def _compile(args: argparse.Namespace) -> int:
    from dino.compiled import compiling

    _require_numba()
    compiling.prepare()
    print("compiled" if compiling.is_on_disk() else "compiled, but no folder keeps them")
    return 0


def _require_numba() -> None:
    """Raises Refused where the kernels cannot be compiled."""
    from dino.compiled import compiling

    if not compiling.is_available():
        raise Refused("The kernels need numba and scipy; install requirements.txt.")


def _print_json(result: dict[str, Any]) -> None:
    """Standard JSON: no NaN, no infinity; null instead, at every depth."""
    print(json.dumps(_without_infinities(result), ensure_ascii=False, allow_nan=False))


def _without_infinities(value: Any) -> Any:
    """The same object with None for every number that JSON does not know."""
    if isinstance(value, dict):
        return {key: _without_infinities(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_infinities(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


if __name__ == "__main__":
    sys.exit(main())
