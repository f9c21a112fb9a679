"""The strip: the cell unrolled over the start of a name, what flows along it, and its code."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from dino.config import Config
from dino.data import Vocab
from dino.locale.sentences import Sentence, plural_sentence, sentence
from dino.model import CharRNN
from dino.source import place_of
from dino.ui import state
from dino.ui.component import component
from dino.ui.language import put, say, say_number, say_part
from dino.ui.strip_code import BACKWARD, FORWARD, UPDATE, as_data, parts, rule_sentence, sources
from dino.ui.strip_lines import PART_NAMES, Parts
from dino.ui.table import draw_twin
from dino.ui.text import isolate, show_text
from dino.ui.widgets import run_to_end
from dino.unrolled import NONE, Backward, Unrolled, flow_back, unroll

UNITS = 30  # of a state that a cell shows
HTML = (
    '<div class="dino-strip"><div class="bar"></div><p class="status" aria-live="polite"></p>'
    '<div class="picture"></div><div class="code" hidden></div></div>'
)
WRITING = "writing"  # a way that has no lines of code
SHOWN = 4  # symbols above a step
BOTH_WAYS = {  # of a gated cell, whose state also reaches the next step without W_hh
    "gru": sentence(
        "In a GRU, the state reaches the next step through W_hh and also directly, times z. The "
        "arrow shows both paths."
    ),
    "lstm": sentence(
        "In an LSTM, h reaches the next step through W_hh, and c reaches it directly, times f. "
        "The arrow shows both paths."
    ),
}


class Walk(NamedTuple):
    """What a strip shows: a network over the start of a name.

    key: identifies the network; config: the recipe of its run; ended: whether the end mark came
    after the text; context: how many inputs a prediction sees, 0 for all.
    """

    key: object
    model: CharRNN
    config: Config
    vocab: Vocab
    text: str
    ended: bool = False
    context: int = 0


def draw_strip(walk: Walk, key: str = "strip", below: str = "", *, is_forward: bool = False) -> str:
    """Draw the strip, and say in words what it shows.

    Returns the text up to the step that the visitor chose, or else all of it. key: unique on the
    page; below: what the page says of a chosen step, '' for nothing; is_forward: whether it shows
    only the way forward, without gradients.
    """
    text, config = walk.text, walk.config
    unrolled = unroll(walk.model, walk.vocab, text, walk.ended, walk.context)
    back = None if is_forward else flow_back(walk.model, unrolled)

    @run_to_end
    def choose() -> None:
        step = _sent_step(state.sent_value(key, "part"), len(unrolled.ids))
        state.STRIP.set(("", 0) if step is None else (text, step))

    code = {way: it for way, it in parts(config).items() if way == FORWARD or not is_forward}
    data = {
        "key": f"{walk.key} {text} {walk.ended}",
        "steps": [_step(walk.vocab, unrolled, back, t) for t in range(len(unrolled.ids))],
        "code": as_data(code, put),
        "sources": sources(code),
        "words": {**_words(unrolled), **_update_words(config, back), "below": below},
        "ways": [FORWARD] if is_forward else [FORWARD, BACKWARD, UPDATE, WRITING],
        "flows": back is not None,
        "writes": len(unrolled.ids) > 1 and not unrolled.left_out,
    }
    component("strip", HTML, parts=("strip_code",))(key=key, data=[data], on_part_change=choose)
    lines = strip_sentences(unrolled, back, config.hidden_size, config.cell)
    show_text("\n".join(put(line) for line in lines))
    _draw_twin(walk.vocab, unrolled, back, key, is_forward)
    _draw_code_twin(code, key)
    of, t = state.STRIP.get()
    return text[: unrolled.left_out + t] if text and of == text else text


def _sent_step(sent: object, steps: int) -> int | None:
    """The step that a browser sent for a part; None if it is not a part of the strip."""
    if not isinstance(sent, list) or len(sent) != 2:
        return None
    kind, t = sent
    is_part = isinstance(kind, str) and kind in PART_NAMES
    return t if is_part and isinstance(t, int) and 0 <= t < steps else None


def _words(unrolled: Unrolled) -> dict[str, Any]:
    no_loss = say("There is no loss yet. Type a letter.")
    no_symbol = say("Nothing is written yet. Type a letter, or let the network finish.")
    if unrolled.left_out:
        no_loss = no_symbol = say("With a bounded memory, each prediction has its own strip.")
    return {
        "parts": {name: put(words) for name, words in PART_NAMES.items()},
        **say_part("strip", "words"),
        "no_backward": no_loss,
        "no_update": no_loss,
        "no_writing": no_symbol,
    }


def _update_words(config: Config, back: Backward | None) -> dict[str, Any]:
    """The sentences at each stage of an update, and at its end."""
    length = float(back.collected[0]) if back else 0.0
    return {
        "update_stages": [
            say("The gradient of the shared W_hh, ∂L/∂W_hh, has norm {sum:.3g}.", sum=length),
            say(
                "{rule}. The rule moves each matrix once. The numbers in the picture are those "
                "before the update.",
                rule=rule_sentence(config.optimizer),
            ),
        ]
    }


def _step(vocab: Vocab, unrolled: Unrolled, back: Backward | None, t: int) -> dict[str, Any]:
    """What the picture shows of step t."""
    labels, target, i = vocab.labels, int(unrolled.targets[t]), int(unrolled.ids[t])
    letter = "–" if i == vocab.start else isolate(labels[i])
    flow = 0.0 if back is None else float(back.states[t] / max(back.states.max(), 1e-30))
    loss = float(unrolled.losses[t])
    return {
        "input": letter,
        "top": [] if np.isnan(unrolled.probs[t]).any() else _top(labels, unrolled.probs[t], target),
        "loss": "" if target == NONE else say("loss {loss:.2f}", loss=loss),
        "units": [round(float(value), 3) for value in unrolled.hidden[t + 1][:UNITS]],
        "flow": round(flow, 4),
        "forward": put(_forward_sentence(letter if i != vocab.start else "", t)),
        "backward": "" if back is None else put(backward_sentence(back, t)),
        "writing": put(_writing_sentence(labels, target)),
    }


def _top(labels: list[str], probs: np.ndarray, target: int) -> list[list[Any]]:
    """The most likely symbols and the one that came next.

    For each: its probability in words and as a number, and whether it came next.
    """
    shown = [int(v) for v in np.argsort(-probs, kind="stable")[:SHOWN]]
    if target not in (NONE, *shown):
        shown[-1] = target
    return [
        [isolate(labels[v]), say_number(float(probs[v]), ".2f"), float(probs[v]), v == target]
        for v in shown
    ]


def _forward_sentence(letter: str, t: int) -> Sentence:
    """Say what a step reads. letter: '' for none; t: from 0.

    The words count steps from 1. So h_t is the state after step t, and h_0 the state before step 1.
    """
    if t:
        return sentence(
            "Step {t} reads {letter} and the state of step {before}.",
            t=t + 1,
            letter=letter,
            before=t,
        )
    if letter:
        return sentence("Step 1 reads {letter} and starts from h_0.", letter=letter)
    return sentence("Step 1 reads no letter and starts from h_0.")


def backward_sentence(back: Backward, t: int) -> Sentence:
    """Say what flows back to step t, and what this step adds to the shared matrix's gradient."""
    return sentence(
        "Step {t}: ∂L/∂{name}_{t} has norm {state:.3g}. This step adds a part of norm {part:.3g} "
        "to ∂L/∂W_hh. The sum so far has norm {sum:.3g}.",
        t=t + 1,
        name=back.of,
        state=float(back.states[t]),
        part=float(back.parts[t]),
        sum=float(back.collected[t]),
    )


def _writing_sentence(labels: list[str], target: int) -> Sentence:
    if target == NONE:
        return sentence("The next symbol is not written yet.")
    return sentence("If {symbol} is drawn, it becomes the next input.", symbol=labels[target])


def strip_sentences(
    unrolled: Unrolled, back: Backward | None, hidden_size: int, cell: str
) -> list[Sentence]:
    """Say in words what the strip shows."""
    steps = len(unrolled.ids)
    found = [
        plural_sentence(
            "The strip is the cell on its left, unrolled over {count} step.",
            "The strip is the cell on its left, unrolled over {count} steps. All use the same "
            "matrices W_xh, W_hh and W_hy.",
            steps,
        ),
        sentence(
            "Below each step is the letter that it reads. Above it are the most likely next "
            "symbols, with the one that came next in bold."
        ),
    ]
    if hidden_size > UNITS:
        units = sentence(
            "A cell shows the first {shown} of its {units} units. Green is above 0, orange below.",
            shown=UNITS,
            units=hidden_size,
        )
    else:
        units = sentence("A cell shows its units. Green is above 0, orange below.")
    found += [units, *([BOTH_WAYS[cell]] if cell in BOTH_WAYS else [])]
    if unrolled.left_out:
        found.append(
            plural_sentence(
                "The memory is bounded, so each prediction starts from h_0 and reads its own "
                "inputs. The strip shows the last prediction, which does not depend on {count} "
                "earlier input.",
                "The memory is bounded, so each prediction starts from h_0 and reads its own "
                "inputs. The strip shows the last prediction, which does not depend on {count} "
                "earlier inputs.",
                unrolled.left_out,
            )
        )
    return [*found, *_flow_sentences(unrolled, back)]


def _flow_sentences(unrolled: Unrolled, back: Backward | None) -> list[Sentence]:
    """The sentences on the loss and its gradient."""
    if back is None:
        return []
    known = int((unrolled.targets != NONE).sum())
    return [
        plural_sentence(
            "The loss L of the symbol that came next is {loss:.2f} nats.",
            "The loss L, the mean over the {count} symbols that came next, is {loss:.2f} nats.",
            known,
            loss=float(np.nanmean(unrolled.losses)),
        ),
        sentence(
            "W_hh is in every step, so its gradient is the sum of what the steps add. Its norm is "
            "{sum:.3g}.",
            sum=float(back.collected[0]),
        ),
    ]


def _draw_twin(
    vocab: Vocab, unrolled: Unrolled, back: Backward | None, key: str, is_forward: bool
) -> None:
    labels = vocab.labels
    rows = []
    for t, (i, target) in enumerate(zip(unrolled.ids, unrolled.targets, strict=True)):
        known = target != NONE
        p = float(unrolled.probs[t, target])
        rows.append(
            [
                say_number(t + 1),
                say("none") if i == vocab.start else labels[i],
                labels[target] if known else "–",
                say_number(p, ".4f") if known else "–",
                say_number(float(unrolled.losses[t]), ".3f") if known else "–",
                say_number(float(back.states[t]), ".3g") if back else "–",
                say_number(float(back.parts[t]), ".3g") if back else "–",
            ]
        )
    columns = [say("step"), say("input"), say("next symbol"), "p", say("loss, nats")]
    if is_forward:
        rows = [row[: len(columns)] for row in rows]
    else:
        columns += [say("norm of ∂L/∂h or ∂L/∂c"), say("adds to ∂L/∂W_hh")]
    numeric = (0, *range(3, len(columns)))
    draw_twin(columns, rows, f"{key}_twin", say("The strip step by step"), numeric=numeric)


def _draw_code_twin(code: dict[str, Parts], key: str) -> None:
    ways = {FORWARD: say("Forward"), BACKWARD: say("Backward"), UPDATE: say("Update")}
    texts = sources(code)
    rows = [
        [ways[way], put(PART_NAMES[name]), place_of(it.code), texts[place_of(it.code)][n].strip()]
        for way, each in code.items()
        for name, part in each.items()
        for it in part.lines
        for n in it.numbers
    ]
    columns = [say("way"), say("part"), say("function"), say("line of code")]
    title, caption = say("The lines of code as a table"), say("The lines of code of each part")
    draw_twin(columns, rows, f"{key}_code_twin", caption, names=(3,), title=title)
