"""Measures the ablations that are named, or all of them, and prints what they find."""

import argparse

from . import Ablation, experiments, memory, names, notebook, together, words

ABLATIONS: dict[str, Ablation] = {
    **names.ABLATIONS,
    **notebook.ABLATIONS,
    **words.ABLATIONS,
    **memory.ABLATIONS,
    **experiments.ABLATIONS,
    **together.ABLATIONS,
}


def main() -> None:
    """Print each finding as soon as it is known."""
    asked = options()
    for name in asked.name or ABLATIONS:
        ablation = ABLATIONS[name]
        print(f"{name}: {ablation.about}", flush=True)
        for found in ablation.measure(range(asked.seeds or ablation.seeds)):
            print(f"  {found}", flush=True)


def options() -> argparse.Namespace:
    """What the command line asks for. A name or a number that cannot be ends the program."""
    listed = "\n".join(f"  {name:12} {it.about}" for name, it in ABLATIONS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.ablations",
        description="Measures claims of lessons over seeds.\n\n" + listed,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="*", metavar="NAME", help="which; by default all of them")
    parser.add_argument("--seeds", type=int, metavar="N", help="how many seeds, from 0 on")
    asked = parser.parse_args()
    unknown = [name for name in asked.name if name not in ABLATIONS]
    if unknown:
        parser.error(f"NAME must be one of {', '.join(ABLATIONS)}, not “{unknown[0]}”.")
    if asked.seeds is not None and asked.seeds < 1:
        parser.error(f"N must be a whole number from 1 on, not “{asked.seeds}”.")
    return asked


if __name__ == "__main__":
    main()
