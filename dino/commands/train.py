"""`python -m dino train`: one run without a browser, new or from a file, and what it prints."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dino.commands import train_files
from dino.commands.recipe import (
    JSON_HELP,
    Refused,
    add_recipe_options,
    config_of,
    print_json,
    read_list,
    reading_input,
    refuse_idle,
)
from dino.config import Config, quoted
from dino.cost import COMPILING, seconds_saved
from dino.count_teacher import check
from dino.difference import Difference, Side
from dino.long_lists import LONG_FROM, recipe_for
from dino.mix import Mix
from dino.ngram import NGram, baselines
from dino.parts import finish

if TYPE_CHECKING:  # PyTorch is loaded once the options are known to be right
    from dino.data import Corpus
    from dino.sample import Trace
    from dino.together import Reading
    from dino.train import Trainer

UNCLEAR = {Side.CLOSE: " (too close to call)", Side.UNJUDGED: " (too few names to tell)"}


def add_options(train: argparse.ArgumentParser) -> None:
    """The options of `train`."""
    train.set_defaults(command=_run)
    add_recipe_options(train)
    train.add_argument(
        "--kernels-from",
        metavar="STEP",
        help="repeat a run that moved from PyTorch to the kernels at this step",
    )
    train.add_argument(
        "--names", default="10", metavar="N", help="how many names to write at the end"
    )
    train.add_argument(
        "--mix",
        metavar="PARTNER[:SHARE]",
        help="read the network together with counting, for example sixes:0.5",
    )
    train.add_argument("--json", action="store_true", help=JSON_HELP)
    train_files.add_saved_run_options(train)
    train_files.add_report_options(train)


def _run(args: argparse.Namespace) -> int:
    with reading_input():
        count = _count(args.names)
        mix = None if args.mix is None else Mix.from_text(args.mix)
        report = train_files.run_report(args)
        if args.save is not None:
            from dino.saved.on_disk import check_writable, save

            check_writable(Path(args.save))
    trainer = _new_trainer(args) if args.load is None else _loaded_trainer(args)
    _train_to_the_end(trainer)
    from dino.sample import draws, write

    config, vocab = trainer.config, trainer.corpus.vocab
    counts = NGram(mix.n, trainer.corpus.train, vocab) if mix else None
    traces = write(
        trainer.eval_model,
        vocab,
        draws(count, config.seed),
        context=config.context,
        counts=counts,
        share=mix.share if mix else 1.0,
    )
    reading = _read_together(trainer, mix, counts) if mix and counts else None
    if report is not None:
        with reading_input():
            report.write(trainer, traces, reading)
    result = _summarize(trainer, traces)
    if reading is not None:
        result["mix"] = _mix_figures(reading)
    if args.save is not None:
        with reading_input():
            word = save(trainer, Path(args.save), args.with_names)
        print(f"dino: saved in {args.save}. {word}".rstrip(), file=sys.stderr)
    if args.json:
        print_json(result)
    else:
        _print_report(result)
    return 0


def _new_trainer(args: argparse.Namespace) -> Trainer:
    """The trainer of the recipe and list that the options name."""
    with reading_input():
        config = config_of(args)
        refuse_idle(args, [config])
        corpus = read_list(args.data or "dinos", config.split_seed, args.keep_case, config.exam)
        kernels_from = _step(args.kernels_from)
        check(config, corpus)
    _say_what_fits(config, corpus)
    from dino.train import Trainer

    _prepare_kernels(config, corpus, config.max_steps, kernels_from is not None)
    return Trainer(config, corpus, kernels_from=kernels_from)


def _say_what_fits(config: Config, corpus: Corpus) -> None:
    """For the preset Best LSTM on a long list: say which options ended lower on a list as long."""
    recipe = recipe_for(corpus, config)
    if recipe is not None:
        given = (f"--{it.replace('_', '-')} {getattr(recipe, it)}" for it in config.changes(recipe))
        print(
            f"dino: this list is long. With {LONG_FROM:,} or more US first names to learn from, "
            f"{' '.join(given)} ended lower.",
            file=sys.stderr,
        )


def _prepare_kernels(config: Config, corpus: Corpus, updates: int, wanted: bool = False) -> None:
    """Load the kernels from disk, in half a second.

    If they are not there, compile them if the recipe asks for them, or if that takes less time than
    they save in these updates. wanted: whether the run must have them. Raises Refused then.
    """
    from dino.compiled import compiling, engine

    longest = 1 + max(map(len, corpus.names))
    if config.engine == "torch" or not engine.covers(config, longest, len(corpus.vocab)):
        return
    if not compiling.is_available():
        if wanted:
            raise Refused("The kernels need numba and scipy. Install requirements.txt.")
        return
    if config.engine == "auto" and not wanted and not compiling.is_on_disk():
        saved = seconds_saved(config, len(corpus.vocab), longest, updates)
        if saved <= COMPILING:
            return
        print(
            f"dino: compiling the kernels first, once for all runs, in about {COMPILING:.0f} s. "
            f"Without them, this run would take about {saved:.0f} s longer.",
            file=sys.stderr,
        )
    why = engine.why_not_prepared()
    if why and wanted:
        raise Refused(f"The kernels could not be compiled, and this run needs them: {why}")
    if why:
        words = "The kernels could not be compiled, so this run uses PyTorch"
        print(f"dino: {words}: {why}", file=sys.stderr)


def _loaded_trainer(args: argparse.Namespace) -> Trainer:
    """The trainer of a saved run, continued from there, with the steps that it may make."""
    with reading_input():
        trainer = train_files.loaded_trainer(args, read_list)
    left = trainer.max_steps - trainer.step_count
    _prepare_kernels(trainer.config, trainer.corpus, left)
    return trainer


def _train_to_the_end(trainer: Trainer) -> None:
    """Train with a bar on stderr. If the run diverged, say there why it stopped."""
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


def _read_together(trainer: Trainer, mix: Mix, counts: NGram) -> Reading:
    """What the held-out names show of network and counting together."""
    from dino.together import read_in_parts

    context = trainer.config.context
    return finish(read_in_parts(trainer.eval_model, counts, trainer.corpus, mix, context))


def _mix_figures(reading: Reading) -> dict[str, Any]:
    """The held-out loss of network and counting together, and how far it is below each alone."""
    below = reading.below
    return {
        "mix": reading.mix.text,
        "val_loss": below.loss,
        "below_network": [below.network.lower_by, below.network.error],
        "below_counting": [below.counting.lower_by, below.counting.error],
        "names": below.network.over,
        "share_was_chosen": reading.mix.is_chosen,
    }


def _step(text: str | None) -> int | None:
    """The step at which the kernels take over; None for as soon as they are ready."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= 100_000):
        raise ValueError(f"kernels-from must be a step from 0 to 100000, not {quoted(text)}.")
    return int(text)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1000):
        raise ValueError(f"names must be a whole number from 1 to 1000, not {quoted(text)}.")
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
    if mix := result.get("mix"):
        print("together with {mix}: {val_loss:.3f}, ".format(**mix) + _below_words(mix))
    print("\n".join(result["names"]))


def _below_words(mix: dict[str, Any]) -> str:
    """How far network and counting together are below each side, ± the error over names."""
    sides = {
        "the network without counting": mix["below_network"],
        "counting without the network": mix["below_counting"],
    }
    words = " and ".join(
        f"{_size_words(Difference(by, error, mix['names']))} {side}"
        for side, (by, error) in sides.items()
    )
    return words + (" (you chose the share on these names)" if mix["share_was_chosen"] else "")


def _size_words(below: Difference) -> str:
    """A difference with its error, and why it may decide nothing."""
    size = f"{abs(below.lower_by):.3f} ± {below.error:.3f}"
    side = "above" if below.lower_by < 0 else "below"
    return f"{size}{UNCLEAR.get(below.side, '')} {side}"
