"""A run as one plain PyTorch script. It needs only its list of names."""

from __future__ import annotations

from dino.data import Corpus
from dino.locale.sentences import ENGLISH, Language, prose, prose_part
from dino.reports.code_facts import draws_are_same, filling, list_file
from dino.reports.spreads import Spread
from dino.reports.template import comment, fill
from dino.run import Run
from dino.together import Reading

SCRIPT = "torch_script.txt"


def script(
    run: Run,
    corpus: Corpus,
    *,
    language: Language = ENGLISH,
    file: str = "",
    spread: Spread | None = None,
    reading: Reading | None = None,
) -> str:
    """The text of a script that trains the recipe of `run` again and compares the held-out loss.

    language: of its comments; file: the list's file, by default from `list_file`; spread: how far
    seeds move this recipe's loss, by default as measured for the presets; reading: of its network
    together with counting, if the script is to count too. Raises Refusal for a run that diverged
    and trained on.
    """
    same_draws = draws_are_same(run, corpus)
    filled = filling(run, corpus, file or list_file(corpus), spread, same_draws, reading)
    about = {**prose_part("code", "about"), "title": prose("code", "titles.script")}
    parts = []
    for key, code in fill(SCRIPT, filled, language):
        heading = comment(f"---- {language.put(prose('code', f'headings.{key}'))}")
        parts.append("\n".join([*heading, *comment(language.put(about[key])), "", code]))
    return "\n\n\n".join(parts) + "\n"
