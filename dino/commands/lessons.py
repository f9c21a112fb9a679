"""`python -m dino lessons`: reads all lessons, prints the mistakes in each, lists their figures."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from dino.lessons import teaching
from dino.lessons.reading import HERE, lessons, read_lesson
from dino.locale.sentences import Refusal


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `lessons`."""
    parser.add_argument(
        "--figures",
        action="store_true",
        help="list what a lesson can name, without reading lessons",
    )
    parser.set_defaults(command=_run)


def _run(args: argparse.Namespace) -> int:
    if args.figures:
        _print_names()
        return 0
    files = sorted(HERE.glob("*/*.toml"))
    found = [(path, list(mistakes_in(path))) for path in files]
    for path, mistakes in found:
        for mistake in mistakes:
            print(f"{path.parent.name}/{path.name}: {mistake}")
    wrong = sum(bool(mistakes) for _, mistakes in found)
    print(f"{len(files)} lesson files read, {wrong} with mistakes.")
    return 1 if wrong else 0


def _print_names() -> None:
    """Print each figure with its value, and each panel with its options and the figures
    that it gives.
    """
    from dino.lessons.figures import FIGURES, figure
    from dino.lessons.panels import PANELS

    for name in sorted(FIGURES):
        value = figure(name)
        print(f"{name} = {value if isinstance(value, str) else format(value, '.6g')}")
    for name, panel in PANELS.items():
        print(f"\npanel {name}: {panel.about}")
        for what, names in (("options", panel.options), ("figures", panel.figures)):
            if names:
                print(f"  {what}: {', '.join(names)}")


def mistakes_in(path: Path) -> Iterator[str]:
    """The mistakes in a lesson's file, each in one sentence."""
    from dino.lessons.checking import mistakes, path_mistakes
    from dino.lessons.concept_test import FOLDER, read_test
    from dino.lessons.teaching_mistakes import sheet_mistakes

    try:
        if path.parent == teaching.FOLDER:
            sheet = teaching.read_sheet(path)
            yield from map(str, sheet_mistakes(sheet, lessons("en")))
            return
        is_test = path.parent == FOLDER
        lesson = read_test(path) if is_test else read_lesson(path)
        yield from map(str, mistakes(lesson))
        if not is_test:
            before = {it.key: it for it in lessons("en").values() if it.number < lesson.number}
            yield from map(str, path_mistakes({**before, lesson.key: lesson}))
    except Refusal as refusal:
        yield str(refusal).removeprefix(f"{path.name}: ")
