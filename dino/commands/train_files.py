"""The files of `python -m dino train`: the report and the saved run that its options name."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from dino.config import SETTINGS, quoted
from dino.data import Corpus
from dino.locale.sentences import ENGLISH, Language, Refusal, languages
from dino.ngram import baseline_name_losses_in_parts
from dino.parts import last_result
from dino.reports.facts import Words

if TYPE_CHECKING:  # PyTorch is loaded once the options are known to be right
    from dino.sample import Trace
    from dino.together import Reading
    from dino.train import Trainer

CUT = "…"  # after a name without an end mark


@dataclass(frozen=True)
class ReportFile:
    """A report that `train` writes when it is done."""

    path: Path
    words: Words
    language: Language = ENGLISH
    with_names: bool = False

    def write(
        self, trainer: Trainer, traces: Sequence[Trace], reading: Reading | None = None
    ) -> None:
        """Write it. reading: of the network together with counting, which then wrote `traces`
        too. Raises Refusal if that is impossible.
        """
        from dino.reports.run_report import make_report

        trainer.settle()
        counted = last_result(baseline_name_losses_in_parts(trainer.corpus))[1]
        raw = make_report(
            trainer.run(),
            trainer.corpus,
            counted,
            self.words,
            self.language,
            [trace.name + ("" if trace.finished else CUT) for trace in traces],
            self.with_names,
            date=date.today().isoformat(),
            reading=reading,
        )
        try:
            self.path.write_bytes(raw)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Refusal(f"The report {quoted(self.path)} cannot be written ({reason}).") from None


def add_report_options(train: argparse.ArgumentParser) -> None:
    """The options of `train` that write a report."""
    train.add_argument("--report", metavar="FILE", help="write a report, one .html file")
    train.add_argument("--title", default="", metavar="TEXT", help="the report's title")
    train.add_argument("--author", default="", metavar="NAME", help="who hands it in")
    train.add_argument("--text", default="", metavar="TEXT", help="your own sentences in it")
    train.add_argument("--lang", default="en", metavar="CODE", help="its language, en or es")
    train.add_argument(
        "--with-names", action="store_true", help="let files contain names of your own list"
    )


def run_report(args: argparse.Namespace) -> ReportFile | None:
    """The report that was asked for, or None. Raises Refusal for texts that it cannot contain."""
    if args.report is None:
        return None
    if args.lang not in languages():
        known = ", ".join(languages())
        raise Refusal(f"lang must be one of {known}, not {quoted(args.lang)}.")
    path = Path(args.report)
    if not path.absolute().parent.is_dir():
        raise Refusal(f"The report {quoted(path)} needs a folder that exists.")
    words = Words(args.title, args.author, args.text)
    return ReportFile(path, words, languages()[args.lang], args.with_names)


def add_saved_run_options(train: argparse.ArgumentParser) -> None:
    """The options of `train` that save a run, and train a saved one further."""
    train.add_argument("--save", metavar="FILE", help="save the run at the end")
    train.add_argument(
        "--load", metavar="FILE", help="train a saved run further, up to --max-steps if given"
    )


def loaded_trainer(
    args: argparse.Namespace, read_list: Callable[[str, int, bool, bool], Corpus]
) -> Trainer:
    """The trainer of a saved run, continued from there, with the steps that it may make.
    Raises Refusal.

    read_list: reads a list by its name, its split seed, whether its capitals are kept, and whether
    it has a final exam
    """
    from dino.saved.on_disk import load_trainer, read_file

    for name in (*SETTINGS, "preset", "kernels_from", "keep_case"):
        if name != "max_steps" and getattr(args, name) not in (None, False):
            option = f"--{name.replace('_', '-')}"
            raise Refusal(f"load takes the recipe from the file. Leave out {option}.")
    saved, corpus = read_file(Path(args.load)), None
    if args.data is not None:
        listed = saved.listed
        corpus = read_list(args.data, listed.split_seed, listed.keep_case, saved.config.exam)
    return load_trainer(saved, corpus, args.max_steps)
