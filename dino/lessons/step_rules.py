"""Rules for the parts of a lesson that no single field shows: names, claims, evidence, order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from dino.lessons.item import AnswerChoice
from dino.lessons.lesson import EVIDENCE, QUESTIONS, Evidence, Question, Step
from dino.lessons.panels import PANELS
from dino.locale.sentences import Refusal, Text, sentence
from dino.outside import TEXT, Fields, Rule, one_of, real
from dino.setting import quoted

NAME = re.compile(r"[a-z][a-z0-9_]*")
NUMBER = real(-1e9, 1e9)


def read_claims(table: Mapping[str, Any]) -> dict[str, tuple[float, float] | str]:
    """What a lesson claims of runs with any seed. Raises Refusal."""
    found: dict[str, tuple[float, float] | str] = {}
    for name, claim in table.items():
        if isinstance(claim, str):
            found[name] = claim
            continue
        is_pair = isinstance(claim, list) and len(claim) == 2 and all(map(NUMBER.fits, claim))
        if not is_pair or claim[0] > claim[1]:
            raise Refusal(
                sentence(
                    "The claim {name} must be a lowest and a highest value, such as [1.5, 1.7], "
                    "not {value}. Correct it.",
                    name=quoted(name),
                    value=quoted(str(claim)),
                )
            )
        found[name] = (float(claim[0]), float(claim[1]))
    return found


def check_step(place: Text, step: Step) -> None:
    """Raise Refusal if a step lacks what its kind needs."""
    items = step.items if isinstance(step, Question) else ()
    if step.kind in (*QUESTIONS, "words") and not NAME.fullmatch(step.name):
        raise Refusal(
            sentence(
                "In {place}, name is missing. A task, a bet and words need one, in lower case.",
                place=place,
            )
        )
    panel_asks = step.panel in PANELS and PANELS[step.panel].asks
    if panel_asks and (step.kind != "bet" or items):
        raise Refusal(
            sentence(
                "In {place}, the panel {name} itself asks the question. Set kind to bet, and "
                "leave answer out.",
                place=place,
                name=quoted(step.panel),
            )
        )
    if step.kind in QUESTIONS and not items and not panel_asks:
        raise Refusal(sentence("In {place}, answer is missing. Give the right one.", place=place))
    if step.kind == "reveal" and not step.of:
        raise Refusal(
            sentence("In {place}, of is missing. A reveal names its bets there.", place=place)
        )
    if step.kind == "code" and not (step.source and step.marker):
        raise Refusal(
            sentence(
                "In {place}, source and marker are missing. Give a function, and words of its "
                "line.",
                place=place,
            )
        )


def check_names(steps: Sequence[Step]) -> None:
    """Raise Refusal for a name that two steps have, or a step that does not wait for
    an earlier bet.
    """
    seen, bets = set[str](), set[str]()
    for number, step in enumerate(steps, 1):
        if step.name and step.name in seen:
            raise Refusal(
                sentence("Two steps are called {name}. Rename one.", name=quoted(step.name))
            )
        for name in step.of:
            if name not in bets:
                raise Refusal(
                    sentence(
                        "Step {number} waits for {name}, which is not a bet above it. Name one "
                        "that is.",
                        number=number,
                        name=quoted(name),
                    )
                )
        seen.add(step.name)
        bets |= {step.name} if step.kind in QUESTIONS else set()


def read_evidence(tables: Sequence[Fields], template: Rule[str]) -> dict[str, Evidence]:
    """What a lesson's reasons rest on, by its names. Raises Refusal."""
    found: dict[str, Evidence] = {}
    for it in tables:
        name, kind = it.take("name", TEXT), it.take("kind", one_of(EVIDENCE))
        if name in found:
            raise Refusal(
                sentence("Two evidences are called {name}. Rename one.", name=quoted(name))
            )
        command = it.take("command", TEXT) if kind == "ablation" else ""
        found[name] = Evidence(name, kind, it.take("text", template), command)
    return found


def with_drawn_choices(key: str, step: Step) -> Step:
    """The step, its choices in an order drawn from its name and its lesson's key, unless they
    are a scale.
    """
    if not isinstance(step, Question):
        return step
    seed = f"{key}/{step.name}"
    items = (
        it if it.ordered else replace(it, choices=_drawn(it.choices, seed)) for it in step.items
    )
    return replace(step, items=tuple(items))


def _drawn(choices: Sequence[AnswerChoice], seed: str) -> tuple[AnswerChoice, ...]:
    order = sorted(choices, key=lambda it: it.name)
    Random(seed).shuffle(order)
    return tuple(order)
