"""Inside, memory and units: what the network still knows if a part of it is taken away."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dino import probe
from dino.charts import base as charts
from dino.charts import inside as charts_inside
from dino.data import Encoded, encode
from dino.ngram import ORDERS
from dino.pages.inside.frame import LATEST, View, in_parts
from dino.ui import session
from dino.ui.plot import plot
from dino.ui.table import table, twin
from dino.ui.text import counted, said

FURTHEST = 12  # letters of memory that the dial goes to
LISTED = 1500  # names that a unit's habits are looked up in
PLACES = 8


def memory(view: View) -> None:
    """The held-out loss against how many letters a prediction may see."""
    run = view.kept.run
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.slider("Let its memory reach back (0: as trained)", 0, FURTHEST,
                  key="reach", persist_state="session",
                  help="At evaluation only: names, pictures and losses on this page are computed "
                       "as if it saw just so many letters. The weights stay.")
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _dial(view, run.config.context)
    with right:
        _window(view)


def _dial(view: View, trained: int) -> None:
    study = session.study((*view.key, "dial", view.silent), lambda: probe.dial(
        view.model, view.held_out, FURTHEST))
    if study.result is None:
        st.progress(study.share, "Measuring the memory…")
        return
    if len(view.silent) == view.whole.hidden_size:
        st.markdown("With all units silent, it uses no letter at all.")
        return
    losses, chosen = study.result, int(st.session_state.get("reach") or 0)
    whole = session.study((*view.key, "whole", view.silent), lambda: in_parts(
        probe.losing(view.model, view.held_out, trained))).result
    whole = float(whole) if whole is not None else view.moment.val_loss
    baselines = view.kept.baselines
    counting = {name: (n - 1, baselines[name]) for name, n in ORDERS.items()}
    plot(charts_inside.dial(losses, counting, whole, chosen), "dial",
         "Held-out loss against the letters a prediction may see")
    if not study.done:
        st.progress(study.share, "Measuring on more names…")
    else:  # not before: of some names only it would say something else
        st.markdown(f"**{_used(losses, whole, trained)}**")
    st.caption(f"Held-out loss if every prediction starts from a zero state over "
               "its last k letters. Grey: counting that sees as many (sixes count six symbols at "
               "a time: five seen, and the next). Enough is the first k within "
               f"{probe.USED} nats per symbol of its own memory.")
    seen = {k: f"{name} {loss:.3f}" for name, (k, loss) in counting.items()}
    rows = [[str(k), f"{loss:.4f}", f"{loss - whole:+.4f}", seen.get(k, "")]
            for k, loss in enumerate(losses.tolist(), 1)]
    twin(["k", "held-out loss", "above its own", "counting"], rows, "dial_twin",
         "Held-out loss by letters seen", numeric=(0, 1, 2))


def _used(losses: np.ndarray, whole: float, trained: int) -> str:
    """The measured answer, in one sentence."""
    used, best = probe.letters_used(losses, whole), int(losses.argmin()) + 1
    if trained:
        longer = losses[trained:].min(initial=np.inf) < whole
        more = "a longer memory improves it" if longer else "a longer memory does not improve it"
        if trained >= len(losses):
            more = f"this picture ends at {len(losses)} letters"
        return (f"It was trained with a memory of {counted(trained, 'letter')}. Its loss is "
                f"{whole:.3f}, and {more}.")
    if losses[best - 1] < whole - probe.USED:
        return (f"This network does better with less memory: seeing its last "
                f"{counted(best, 'letter')} alone it loses {losses[best - 1]:.3f}, with its own "
                f"memory {whole:.3f}.")
    if used is None:
        return f"This network uses more than {len(losses)} letters."
    return (f"This network uses about {counted(used, 'letter')}: seeing so much it loses "
            f"{losses[used - 1]:.3f}, with its own memory {whole:.3f}.")


def _window(view: View) -> None:
    """The same place of a name, seen through 1, 2, … letters."""
    name = view.traces[view.picked].name
    if name:
        wanted = int(st.session_state.get("place") or len(name))
        st.session_state["place"] = min(wanted, len(name))
        st.slider("After how many letters of the picked name", 0, len(name),
                  key="place", persist_state="session")
        name = name[: st.session_state["place"]]
    probs = probe.windows(view.model, view.vocab, name, FURTHEST)
    chosen = int(st.session_state.get("reach") or 0)
    plot(charts_inside.windows(probs, name, view.vocab.labels, chosen or None), "window",
         "What comes next if only the last letters are seen",
         charts_inside.window_width(name, len(view.vocab)))
    last, one = probs[-1], probs[0]
    most = ("all of them and the start" if name and len(probs) > len(name) else
            f"{len(probs)} letters")
    said("Each row sees one letter more; dots stand for letters cut off. With one letter the "
         f"likeliest next is {view.vocab.labels[int(one.argmax())]} ({one.max():.2f}), with "
         f"{most} it is {view.vocab.labels[int(last.argmax())]} ({last.max():.2f}).")
    rows = [[str(k), view.vocab.labels[int(p.argmax())], f"{p.max():.3f}"]
            for k, p in enumerate(probs, 1)]
    twin(["k", "likeliest next", "p"], rows, "window_twin", "The likeliest next symbol by memory",
         numeric=(0, 2))


def units(view: View) -> None:
    """What each unit is worth, switches for them, and where one of them is on and off."""
    H = view.whole.hidden_size
    context = view.kept.run.config.context
    study = session.study((*view.key, "worth"), lambda: probe.worth(
        view.whole, view.held_out, context))
    if study.result is None:
        st.progress(study.share, "Silencing one unit after another…")
        return
    rises = study.result
    known = np.where(np.isfinite(rises), rises, -np.inf)
    order = np.argsort(-known, kind="stable").tolist()
    unit = min(max(int(st.session_state.get("unit") or 0), 0), H - 1)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _switches(view, unit, H)
        _ranking(view, order, rises, unit)
        if not study.done:
            measured = int(np.isfinite(rises).sum())
            st.progress(measured / H, f"{measured} of {H} units measured…")
            job = session.current()
            if job is not None and job.running and st.session_state["moment"] == LATEST:
                st.caption("It begins anew as training goes on; move the slider to a moment to "
                           "let it end.")
    with right:
        _habits(view, unit)


def _switches(view: View, unit: int, H: int) -> None:
    silent = view.silent
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state["unit"] = unit
        st.number_input("Unit", 0, H - 1, key="unit", persist_state="session", width=130)
        on = unit not in silent
        st.button(f"Silence unit {unit}" if on else f"Switch unit {unit} on", key="switch",
                  icon=":material/volume_off:" if on else ":material/volume_up:",
                  on_click=_silence, args=((*silent, unit) if on else
                                           tuple(u for u in silent if u != unit),))
        st.button("Silence all", key="all_off", on_click=_silence, args=(tuple(range(H)),),
                  disabled=len(silent) == H)
        st.button("All on", key="all_on", on_click=_silence, args=((),), disabled=not silent)
    if len(silent) == H:
        st.caption("With all units silent only the output's bias b_y is left: the same "
                   "probabilities at every letter.")


@session.whole
def _silence(units: tuple[int, ...]) -> None:
    st.session_state["silent"] = tuple(sorted(units))


@session.whole
def _select(unit: int) -> None:
    st.session_state["unit"] = unit


def _ranking(view: View, order: list[int], rises: np.ndarray, unit: int) -> None:
    there = [u for u in order if np.isfinite(rises[u])]
    plot(charts_inside.worth(there, rises, unit, view.silent), "worth",
         "What every unit is worth", on_point=lambda x, _: _select(there[int(x)])
         if 0 <= x < len(there) else None)
    top, known = order[0], rises[np.isfinite(rises)]
    idle, harm = int((np.abs(known) < 0.001).sum()), int((known <= -0.001).sum())
    of = "" if len(known) == len(rises) else f" measured so far ({len(rises)} in all)"
    better = f", and without any one of {harm} of them it would be better" if harm else ""
    st.caption("What a unit is worth: by how much the held-out loss rises if it alone is silenced. "
               f"Of {counted(len(known), 'unit')}{of}, unit {top} is worth most "
               f"({rises[top]:+.3f} nats per symbol); {idle} "
               f"{'changes' if idle == 1 else 'change'} the loss by less than 0.001{better}.")
    rows = [[str(u), f"{rises[u]:+.4f}" if np.isfinite(rises[u]) else "…",
             "silent" if u in view.silent else "on"] for u in order]
    table(["unit", "worth", "is"], rows, "worth_table", "Units by what they are worth; click one",
          numeric=(0, 1), max_height=260, selected=order.index(unit),
          on_row=lambda row: _select(order[row]))


def _habits(view: View, unit: int) -> None:
    """For one unit: its mean after each letter, and where it is most on and most off."""
    every = max(1, -(-len(view.corpus.names) // LISTED))
    names = view.corpus.names[::every]
    data: Encoded = encode(names, view.vocab)
    study = session.study((*view.key, "values", unit, view.context), lambda: (
        probe.unit_values_in_parts(view.whole, data, unit, view.context)))
    if not study.done or study.result is None:
        st.progress(study.share, "Reading the list…")
        return
    values = study.result
    means = probe.by_letter(values, data, view.vocab)
    labels = [*view.vocab.labels, "start"]
    width = charts.LEAST_COLUMN * len(labels) if len(labels) > 40 else 0
    plot(charts_inside.by_letter(means, labels), "by_letter",
         f"Mean state of unit {unit} after each letter", width)
    there = [i for i in range(len(means)) if np.isfinite(means[i])]
    high, low = max(there, key=lambda i: means[i]), min(there, key=lambda i: means[i])
    reached = np.isfinite(values).sum(0)
    enough = max(5, len(names) // 20)
    whole = np.nanmean(values[:, reached >= enough], axis=0)
    place_high, place_low = int(whole.argmax()), int(whole.argmin())
    some = f" (one in {every})" if every > 1 else ""
    said(f"Unit {unit} over {len(names):,} names of the list{some}: highest after {labels[high]} "
         f"({means[high]:+.2f} on average), lowest after {labels[low]} ({means[low]:+.2f}). By "
         f"place, as far as {enough} names reach, it is highest after "
         f"{counted(place_high, 'letter')} ({whole[place_high]:+.2f}), lowest after {place_low} "
         f"({whole[place_low]:+.2f}).")
    for column, most in zip(st.columns(2, gap="small"), (True, False), strict=True):
        with column:
            rows = [[f"{names[n][:t]}▏{names[n][t:]}", f"{value:+.2f}"]
                    for n, t, value in probe.extremes(values, PLACES, most)]
            table(["most on after" if most else "most off after", "state"], rows,
                  "most_on" if most else "most_off",
                  f"Where unit {unit} is most {'on' if most else 'off'}", numeric=(1,), names=(0,),
                  fluid=True)
    rows = [[labels[i], f"{means[i]:+.3f}"] for i in sorted(there, key=lambda i: -means[i])]
    twin(["after", "mean state"], rows, "by_letter_twin", "A unit's mean state after each letter",
         numeric=(1,))
