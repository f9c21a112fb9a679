"""Headless: `python -m dino train`, `data`, `bench`, `compile`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from dino.config import OPTIMIZERS, PRESETS, SETTINGS, Config, shown
from dino.data import Corpus, bundled, load
from dino.lists import BUNDLED
from dino.ngram import baselines


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        line = " ".join(message.split())
        self.exit(2, f"dino: {line if len(line) <= 300 else line[:300] + '…'}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status. Errors: one line on stderr, exit status 2."""
    parser = _parser()
    args = parser.parse_args(arguments)
    try:
        return args.command(args)
    except ValueError as error:
        parser.error(str(error))
    except BrokenPipeError:  # the reader, say `head`, has had enough
        sys.stderr.close()
        return 0
    except KeyboardInterrupt:
        print("\ndino: stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m dino", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command", parser_class=_Parser)
    train = commands.add_parser("train", help="train a network and write names")
    train.set_defaults(command=_train)
    train.add_argument("--preset", default="first-success", metavar="NAME",
                       help=f"where to start from: {', '.join(PRESETS)}")
    for name, setting in SETTINGS.items():
        rule = ", ".join(setting.choices) or setting.rule()
        train.add_argument(f"--{name.replace('_', '-')}", dest=name, metavar="X",
                           help=f"{setting.help} ({rule})".replace("%", "%%"))
    train.add_argument("--data", default="dinos", metavar="FILE",
                       help=f"a text file of names, or one of {', '.join(BUNDLED)}")
    train.add_argument("--keep-case", action="store_true", help="keep capital letters")
    train.add_argument("--kernels-from", metavar="STEP",
                       help="repeat a run that began on PyTorch and moved to the kernels there")
    train.add_argument("--names", default="10", metavar="N", help="how many to write in the end")
    train.add_argument("--json", action="store_true", help="print one JSON object")
    data = commands.add_parser("data", help="figures of a list of names")
    data.set_defaults(command=_data)
    data.add_argument("file", nargs="?", default="dinos",
                      help=f"a text file of names, or one of {', '.join(BUNDLED)}")
    data.add_argument("--keep-case", action="store_true", help="keep capital letters")
    data.add_argument("--json", action="store_true", help="print one JSON object")
    bench = commands.add_parser("bench", help="speed against peers, in one interleaved run")
    bench.set_defaults(command=_bench)
    bench.add_argument("--quick", action="store_true", help="about a minute")
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    compiling = commands.add_parser(
        "compile", help="compile the kernels beforehand, for a server that is to start quickly")
    compiling.set_defaults(command=_compile)
    return parser


def _config(args: argparse.Namespace) -> Config:
    """The preset, with what the options change."""
    if args.preset not in PRESETS:
        raise ValueError(f"preset is one of {', '.join(PRESETS)}; {shown(args.preset)} is not.")
    given = {name: getattr(args, name) for name in SETTINGS if getattr(args, name) is not None}
    config = PRESETS[args.preset].config.replace(**given)
    if "optimizer" in given and "learning_rate" not in given:
        config = config.replace(learning_rate=OPTIMIZERS[config.optimizer].learning_rate)
    return config


def _train(args: argparse.Namespace) -> int:
    config = _config(args)
    count = _count(args.names)
    corpus = _corpus(args.data, config.split_seed, args.keep_case)
    kernels_from = _step(args.kernels_from)
    from dino.compiled import compiling, engine
    from dino.sample import draws, write  # PyTorch loads once the options are known to be right
    from dino.train import Trainer

    if config.engine == "auto" and (compiling.kept() or kernels_from is not None):
        engine.prepare()  # from disk, in half a second; a compiler would take longer than the run
    trainer = Trainer(config, corpus, kernels_from=kernels_from)
    pause = 0.1 if sys.stderr.isatty() else 5.0  # seconds between two pictures of the bar
    while not trainer.done:
        trainer.advance(seconds=pause)
        if trainer.stopped:
            print(f"dino: {trainer.stopped}", file=sys.stderr)
        _progress(trainer.step_count, trainer.max_steps, trainer.val_losses[-1])
    run = trainer.run()
    traces = write(trainer.judged, corpus.vocab, draws(count, config.seed), context=config.context)
    result = {
        "steps": run.step, "train_loss": run.train_loss, "val_loss": run.val_loss,
        "best_val_loss": run.best[1], "best_step": run.best[0],
        "parameters": trainer.model.parameter_count(), "seconds": run.seconds,
        "names_per_second": run.names_per_second, "baselines": baselines(corpus),
        "names": [trace.name for trace in traces], "stopped": run.stopped, "engine": trainer.engine,
        "engines": run.engines,
        "config": config.as_dict(),
    }
    _print(result) if args.json else _report(result)
    return 0


def _corpus(name: str, split_seed: int, keep_case: bool) -> Corpus:
    """A list of the app's by its key, or a file's."""
    if name in BUNDLED:
        return bundled(name, split_seed, keep_case)
    return load(Path(name), split_seed, keep_case)


def _step(text: str | None) -> int | None:
    """The step at which the kernels are to take over; None for as soon as they are ready."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= 100_000):
        raise ValueError(f"kernels-from is a step from 0 to 100000; {shown(text)} is not.")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1000):
        raise ValueError(f"names is a whole number from 1 to 1000; {shown(text)} is not.")
    return int(text)


def _progress(step: int, steps: int, val_loss: float) -> None:
    """A bar on stderr: one line that fills where somebody is looking, a few lines in a log."""
    bar = f"{'█' * (30 * step // steps):░<30} {step:,}/{steps:,}  held out {val_loss:.3f} "
    if sys.stderr.isatty():
        print(f"\r{bar}", end="\n" if step == steps else "", file=sys.stderr, flush=True)
    else:
        print(bar, file=sys.stderr, flush=True)


def _report(result: dict[str, Any]) -> None:
    print(f"{result['parameters']:,} parameters, {result['steps']:,} steps in "
          f"{result['seconds']:.1f} s, {result['names_per_second']:,.0f} names a second")
    print(f"held out {result['val_loss']:.3f} nats per symbol "
          f"(best {result['best_val_loss']:.3f} at step {result['best_step']:,})")
    print("counting: " + ", ".join(f"{k} {v:.3f}" for k, v in result["baselines"].items()))
    print("\n".join(result["names"]))


def _data(args: argparse.Namespace) -> int:
    figures = _corpus(args.file, 0, args.keep_case).figures()
    if args.json:
        _print(figures)
    else:
        for key, value in figures.items():
            print(f"{key}: {value}")
    return 0


def _bench(args: argparse.Namespace) -> int:
    from dino.bench import rounds as bench

    result = bench.run(args.quick)
    _print(result) if args.json else print(bench.table(result))
    return 0


def _compile(args: argparse.Namespace) -> int:
    from dino.compiled import compiling, engine

    if not engine.available():
        raise ValueError("The kernels need numba and scipy; install requirements.txt.")
    compiling.prepare()
    print("compiled" if compiling.kept() else "compiled, but no folder keeps them")
    return 0


def _print(result: dict[str, Any]) -> None:
    """Standard JSON: no NaN, no infinity; null instead."""
    finite = {k: None if isinstance(v, float) and not abs(v) < float("inf") else v
              for k, v in result.items()}
    print(json.dumps(finite, ensure_ascii=False, allow_nan=False))


if __name__ == "__main__":
    sys.exit(main())
