"""The game Real or made: ten names to tell apart, and the score beside that of chance."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from dino.choice import Choice
from dino.jobs.name_writing import sample_run
from dino.lessons.figures import Figures
from dino.lessons.lesson import Lesson, Step
from dino.lessons.real_or_made import (
    CARDS,
    KEY,
    MOST_GAMES,
    Card,
    all_games_sentence,
    are_full,
    chance_sentence,
    deal,
    games_in,
    made_names,
    rare_sentence,
    score_of,
    with_game,
)
from dino.locale.sentences import Refusal, mark
from dino.pages.learn.network import draw_run
from dino.pages.learn.stage import Stage
from dino.presets import PRESETS
from dino.ui import current_run, learner, measurements, run_titles, state
from dino.ui.example_runs import example_words, examples
from dino.ui.language import put, say
from dino.ui.server import jobs
from dino.ui.table import draw_table
from dino.ui.text import show_text
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import RunEntry

REAL, MADE = "real", "made"
GUESSES = {REAL: mark("real"), MADE: mark("made up")}
NAME_WIDTH = 230  # pixels; a name of twenty letters fits
DRAWS = 0  # the seed of the network's sample, the same in all its games


class Dealt(NamedTuple):
    """The names of a game, and the title of the run that made some of them up.

    run: '' for a prepared run, which is used if the visitor has none.
    """

    run: str
    cards: tuple[Card, ...]


def draw_real_or_made() -> None:
    """Draw the game with the visitor's best trained network; without one, with a prepared one."""
    st.subheader(say("Real or made?"), anchor=False)
    st.markdown(
        say(
            "For each of these ten names, chance decided whether it is a real dinosaur's, which "
            "was not used in training, or one that the network made up. Which is which?"
        )
    )
    dealt: Dealt | None = state.GAME_CARDS.get() or _deal()
    if dealt is None:
        return
    if state.GAME_SHOWN.get():
        _draw_result(dealt)
    else:
        if dealt.run:
            _draw_own_run(dealt.run)
        else:
            st.caption(say("You have no trained network yet, so a prepared one made up the names."))
        _draw_guesses(dealt.cards)


def _deal() -> Dealt | None:
    """Deal the names of a game; None until a network at rest has written enough of them."""
    own, job = trained_run(), current_run.current_job()
    if own is None and job is not None and job.running:
        st.markdown(say("The game opens when your network has been trained."))
        _draw_training()
        return None
    entry = own or examples()[0]
    written = measurements.measure(
        ("sample", entry.token, entry.run.kept_step, DRAWS), partial(sample_run, entry, DRAWS)
    )
    if not written.done or not written.result:
        st.progress(written.share, say("The network is writing names…"))
        return None
    try:
        number = number_of_game()
        cards = deal(entry.corpus, made_names(written.result, entry.corpus), number)
    except Refusal as refusal:
        show_text(put(refusal.sentence))
        _draw_training()
        return None
    dealt = Dealt(run_titles.titles([entry])[entry.token] if own else "", cards)
    state.GAME_CARDS.set(dealt)
    return dealt


def number_of_game() -> int:
    """The number of the next game: the number of games that the browser kept.

    So after a reload no name returns whose kind the visitor knows. If no more games can be kept,
    the games of this visit are added.
    """
    kept = games_in(learner.progress())[1] // CARDS
    return kept + state.GAME.get() if are_full(learner.progress()) else kept


def _draw_training() -> None:
    """Draw the button that trains First success on the dinosaurs, and its curve."""
    recipe = PRESETS["first-success"].config.as_dict()
    lesson = Lesson(0, KEY, "", "", (), recipe, {})
    draw_run(Stage(lesson, Step("read", panel="run"), 1, Figures(lesson)))


def trained_run() -> RunEntry | None:
    """The visitor's trained run at rest on all dinosaurs with the lowest held-out loss.

    The newest run would not do, because lessons and the zoo also train short and bad ones.
    """
    found = [entry for entry in current_run.runs() if _may_write(entry)]
    return min(found, key=lambda entry: entry.run.val_loss, default=None)


def _may_write(entry: RunEntry) -> bool:
    job, run = jobs().find(entry.token), entry.run
    is_at_rest = job is None or not job.running
    has_learned = run.step > 0 and run.val_loss == run.val_loss  # not NaN
    return is_at_rest and has_learned and entry.corpus.source == Choice()


def _draw_guesses(cards: Sequence[Card]) -> None:
    game = state.GAME.get()
    with st.container(key="game_cards_box", gap="xsmall"):
        for i, card in enumerate(cards):
            _draw_card(game, i, card)
    st.button(
        say("Show the answers"),
        key="game_show",
        type="primary",
        icon=":material/visibility:",
        on_click=_show,
        args=(game,),
    )
    missing = _missing(len(cards))
    if missing and state.GAME_ASKED.get():
        st.markdown(
            say(
                "Guess every name first. These have no guess yet: {numbers}.",
                numbers=", ".join(map(str, missing)),
            )
        )


def _draw_card(game: int, number: int, card: Card) -> None:
    """Draw a name, as plain text, and the box for the guess."""
    key = f"game_card_{number}"
    # On a phone, a name and its guess take two lines, closer to each other than two names are.
    with st.container(horizontal=True, vertical_alignment="center", key=key, gap="xxsmall"):
        with st.container(width=NAME_WIDTH):
            show_text(say("{number} · {name}", number=number + 1, name=card.name))
        st.radio(
            say("Name {number}", number=number + 1),
            list(GUESSES),
            index=None,
            format_func=lambda guess: put(GUESSES[guess]),
            key=state.guess_of(game, number).key,
            horizontal=True,
            label_visibility="collapsed",
            persist_state="session",
            width="content",
        )


def _guesses(count: int) -> list[str | None]:
    game = state.GAME.get()
    return [state.guess_of(game, i).get() for i in range(count)]


def _missing(count: int) -> list[int]:
    """The numbers, from 1, of the names without a guess."""
    return [i for i, guess in enumerate(_guesses(count), 1) if guess not in GUESSES]


@run_to_end
def _show(game: int) -> None:
    """Callback: once each name has a guess, show which are real, and count the game."""
    dealt: Dealt | None = state.GAME_CARDS.get()
    if dealt is None or game != state.GAME.get() or state.GAME_SHOWN.get():
        return
    guesses = _guesses(len(dealt.cards))
    state.GAME_ASKED.set(True)
    if _missing(len(guesses)):
        return
    score = score_of(dealt.cards, [guess == REAL for guess in guesses])
    played = with_game(learner.progress(), score, len(guesses))
    learner.keep_with(played, state.GAME_SHOWN, True)


def _draw_result(dealt: Dealt) -> None:
    """Draw the score beside that of chance, what each name is, and a button for another game."""
    guesses = _guesses(len(dealt.cards))
    score, count = score_of(dealt.cards, [it == REAL for it in guesses]), len(guesses)
    st.markdown(f"**{put(chance_sentence(score, count))}**")
    st.markdown(put(rare_sentence(score, count)))
    draw_table(
        [say("name"), say("it is"), say("your guess")],
        [_row(card, guess) for card, guess in zip(dealt.cards, guesses, strict=True)],
        "game_result",
        say("The ten names"),
        names=(0,),
    )
    _draw_author(dealt)
    right, all_guesses = games_in(learner.progress())
    if all_guesses > count:
        st.caption(put(all_games_sentence(right, all_guesses)))
    if are_full(learner.progress()):
        st.caption(
            say(
                "Your score already counts {most:,} games, the maximum. You can keep playing, but "
                "more games do not change it.",
                most=MOST_GAMES,
            )
        )
    st.button(
        say("Play again with ten others"),
        key="game_next",
        icon=":material/replay:",
        on_click=_next,
        args=(state.GAME.get(),),
    )


def _draw_own_run(run: str) -> None:
    """Say which of the visitor's runs made names up. Its title is plain text."""
    show_text(say("This run of yours made up the other names: {run}.", run=run))


def _draw_author(dealt: Dealt) -> None:
    """Say which network made names up. If it is a prepared one, offer to train one."""
    if dealt.run:
        _draw_own_run(dealt.run)
        return
    prepared = example_words(examples()[0])
    show_text(say("A prepared network made up the other names: {run}.", run=prepared))
    if trained_run() is None:
        st.markdown(say("Train your own network for a few seconds, and play with its names:"))
        _draw_training()


def _row(card: Card, guess: str | None) -> list[str]:
    is_right = guess == (REAL if card.is_real else MADE)
    truth = put(GUESSES[REAL if card.is_real else MADE])
    own = put(GUESSES[guess]) if guess in GUESSES else "–"
    return [card.name, truth, f"{own} {'✓' if is_right else '✗'}"]


@run_to_end
def _next(game: int) -> None:
    """Callback: begin another game."""
    if game == state.GAME.get():
        state.set_all(
            {state.GAME.key: game + 1, state.GAME_SHOWN.key: False, state.GAME_CARDS.key: None}
        )
