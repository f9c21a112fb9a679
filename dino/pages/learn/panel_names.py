"""Names in lessons: what networks wrote before they were trained, and what they write now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dino.config import SETTINGS
from dino.jobs.kept_runs import RunEntry
from dino.lessons.item import Value
from dino.pages.learn.stage import Stage
from dino.ui.experiment_parts import Shown, level_rows
from dino.ui.language import put, say, say_plural
from dino.ui.table import draw_table
from dino.ui.text import in_a_line, show_text

SHOWN = 20  # letters of a name; an untrained network ends few names sooner


def draw_names_of_levels(stage: Stage, experiment: Shown) -> None:
    """Draw what the first network of each recipe wrote, and what it wrote before its training.

    Its option: names, how many of each.
    """
    count, rows = stage.step.options.get("names", 0), list(_level_names(experiment))
    if not count or not rows:
        return
    from dino.lessons.figures_writing import names_before

    has_rates = len(experiment.plan.rates[0]) > 1
    before = [say("before training"), "", in_words(names_before(experiment.plan.config, count))]
    shown = [row if has_rates else [row[0], row[2]] for row in (before, *rows)]
    rate_head = [in_a_line(put(SETTINGS["learning_rate"].label))] if has_rates else []
    draw_table(
        [say("level"), *rate_head, say("names")],
        shown,
        stage.key("names"),
        say("Names that the networks wrote"),
    )
    words = say(
        "All networks write with the same random numbers, and carry the state from letter to "
        "letter. A name longer than {most} letters is cut.",
        most=SHOWN,
    )
    show_text(words)


def _level_names(experiment: Shown) -> Iterator[list[str]]:
    """A row for each recipe that has written names: its level, its rate, the names."""
    done = zip(experiment.members, experiment.written, strict=False)
    first = {it.place[:2]: written.names for it, written in reversed(list(done)) if written.names}
    for row in level_rows(experiment):
        if (row.level, row.rate) in first:
            yield [row.name, row.rate_text, in_words(first[row.level, row.rate])]


def draw_names_of_run(stage: Stage, entry: RunEntry) -> None:
    """Draw what a run wrote before its first update, and what it wrote last.

    Its option: names, how many of each.
    """
    count, moments = stage.step.options.get("names", 0), entry.run.named_moments
    if not count or not moments:
        return
    rows = [
        [_after_words(it.step), in_words(it.names[:count])]
        for it in dict.fromkeys((moments[0], moments[-1]))
    ]
    caption = say("Names that the network wrote, before its training and now")
    draw_table([say("updates"), say("names")], rows, stage.key("names"), caption)


def _after_words(step: int) -> str:
    return say_plural("after {count:,} update", "after {count:,} updates", step)


def in_words(names: Sequence[str]) -> str:
    """Names in one cell of a table."""
    short = [it if len(it) <= SHOWN else f"{it[:SHOWN]}…" for it in names]
    return ", ".join(it or say("(the empty name)") for it in short)


def carried_figures(experiment: Shown) -> dict[str, Value]:
    """carried_1, carried_2, …: the mean loss of each recipe with a bounded memory if the state is
    carried all the same, by its number in the plan's order.
    """
    found: dict[tuple[int, int], list[float]] = {}
    for member, written in zip(experiment.members, experiment.written, strict=False):
        if written.carried_loss is not None:
            found.setdefault(member.place[:2], []).append(written.carried_loss)
    places = [(row.level, row.rate) for row in level_rows(experiment)]
    return {
        f"carried_{places.index(place) + 1}": sum(losses) / len(losses)
        for place, losses in found.items()
    }
