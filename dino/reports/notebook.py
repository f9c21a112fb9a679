"""A run as a Jupyter notebook, on PyTorch or on Keras. It needs only its list of names."""

from __future__ import annotations

import json
from typing import Any

from dino.config import Config
from dino.data import Corpus
from dino.locale.sentences import ENGLISH, Language, Refusal, Sentence, prose, prose_part, sentence
from dino.reports.code_facts import draws_are_same, filling, list_file
from dino.reports.script import SCRIPT
from dino.reports.spreads import Spread
from dino.reports.template import Cell, fill
from dino.run import Run
from dino.together import Reading

KERAS = "keras_notebook.txt"
LAYERS = {"rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}


def notebook(
    run: Run,
    corpus: Corpus,
    *,
    language: Language = ENGLISH,
    file: str = "",
    spread: Spread | None = None,
    reading: Reading | None = None,
) -> bytes:
    """The script of a run (`script.py`) as a notebook, in cells; the arguments are the same."""
    same_draws = draws_are_same(run, corpus)
    filled = filling(run, corpus, file or list_file(corpus), spread, same_draws, reading)
    about = {**prose_part("code", "about"), "title": prose("code", "titles.notebook")}
    return _to_json(fill(SCRIPT, filled, language), about, language)


def keras_notebook(
    run: Run,
    corpus: Corpus,
    *,
    language: Language = ENGLISH,
    file: str = "",
    spread: Spread | None = None,
    reading: Reading | None = None,
) -> bytes:
    """The recipe of a run as a notebook for Keras 3. Its random draws are Keras's own.

    The arguments are those of `script.script`. Raises Refusal also for a recipe with weight drop.
    """
    if refused := keras_refusal(run.config):
        raise Refusal(refused)
    filled = filling(run, corpus, file or list_file(corpus), spread, False, reading)
    first_rate = "LEARNING_RATE" if "one_rate" in filled.flags else "LEARNING_RATES[0]"
    own = {"layer": LAYERS[run.config.cell], "first_rate": first_rate}
    comments = {**filled.words, **prose_part("code", "keras_comments")}
    filled = filled._replace(values={**filled.values, **own}, words=comments)
    about = {**prose_part("code", "about"), **prose_part("code", "keras_about")}
    about["title"] = prose("code", "titles.keras")
    return _to_json(fill(KERAS, filled, language), about, language)


def keras_refusal(config: Config) -> Sentence | None:
    """Why there is no Keras notebook of a recipe; None if there is one."""
    if not config.weight_drop:
        return None
    return sentence(
        "A recipe with weight drop has no Keras notebook, because no layer of Keras sets single "
        "entries of W_hh to zero."
    )


def _to_json(cells: list[Cell], about: dict[str, Sentence], language: Language) -> bytes:
    """A notebook (nbformat 4.5). Each cell of code has its heading and a sentence above it."""
    found: list[dict[str, Any]] = []
    for key, code in cells:
        heading = (
            f"{'#' if key == 'title' else '##'} {language.put(prose('code', f'headings.{key}'))}"
        )
        words = language.put(about[key])
        found.append(_cell("markdown", f"{key}-words", f"{heading}\n\n{words}"))
        found.append({**_cell("code", key, code), "execution_count": None, "outputs": []})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {
        "cells": found,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(whole, ensure_ascii=True, indent=1) + "\n").encode()


def _cell(kind: str, name: str, text: str) -> dict[str, Any]:
    return {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}
