"""Every keyed value of a visitor's session: its key, its type, its initial value.

`st.session_state` belongs to one page of one browser, and a widget keeps its value there under its
key. All values that other functions read, and all values without a widget, are listed and read
here. None is large: the pool holds runs, a `Visit` holds a visitor's lists and measurements.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import streamlit as st

from dino.config import Config
from dino.locale.sentences import Text
from dino.mix import SHARE
from dino.ui import workarounds

T = TypeVar("T")


class Value(Generic[T]):
    """One value of the session: `key` names it; it is `first` until it is set.

    With another version of Streamlit, any read or write may stop a script if another click waits.
    """

    def __init__(self, key: str, first: T) -> None:
        self.key, self.first = key, first

    def get(self) -> T:
        """The present value."""
        found: T = get_all({self.key: self.first})[self.key]
        return found

    def set(self, value: T) -> None:
        """Replace it."""
        st.session_state[self.key] = value

    def correct(self, value: T) -> None:
        """Replace it if it differs; see `correct_all`."""
        correct_all({self.key: value})

    def is_set(self) -> bool:
        """Whether it was ever set. A widget sets its value when it is first drawn."""
        return self.key in st.session_state

    def take(self) -> T:
        """Return the value and forget it."""
        return st.session_state.pop(self.key, self.first)


class Passing(Value[T]):
    """A value that is forgotten once a page was drawn to its end without reading it."""

    def get(self) -> T:
        """The present value, which this page keeps."""
        st.session_state[f"{self.key}_read"] = True
        return super().get()

    def end_page(self) -> None:
        """At the end of a page: forget it if no part has read it."""
        if not st.session_state.pop(f"{self.key}_read", False):
            st.session_state.pop(self.key, None)


class Selection(NamedTuple):
    """The controls when they were last read: the chosen preset, and the recipe."""

    preset: str
    recipe: Config


# The session
VISIT: Value[Any] = Value("visit", None)  # a `Visit`; the only value that `erase` keeps
BEGUN = Value("begun", False)  # whether the address was read
WHOLE_CODE = Value("whole_code", False)  # whether messages carry the components' code
LANGUAGE = Value("language", "")  # the chosen language's code; '' for the browser's
NOTICES: Value[tuple[Text, ...]] = Value("notices", ())
RUN_TOKEN = Value("run", "")  # the token of the run that the page shows
WANTED_PAGE = Value("wanted_page", "")  # the page of a glossary link; '' for none
NUMBER_BOXES: Value[dict[str, Any] | None] = Value("number_boxes", None)  # `NumberBox`es, by key

# The recipe. Its settings are widgets, whose keys are the names of `Config`'s fields.
PRESET = Value("preset", "first-success")
LEARNING_RATE = Value("learning_rate", 0.0)
SELECTION: Value[Selection | None] = Value("selection", None)
# The learning rates that the visitor chose, by optimizer, the latest last
CHOSEN_RATES: Value[Mapping[str, tuple[float, ...]]] = Value("chosen_rates", {})
# Why a value was refused, and what that is about: the recipe that stays, and the list
REFUSED_SETTING: Value[tuple[Text, Any]] = Value("refused_setting", ("", None))

# The visitor's pace, '' until it is chosen; and the pace that fits the preset
PACE, FITTING_PACE = Value("pace", ""), Value("fitting_pace", "full")
LEVEL = Value("level", "all")  # how many settings the page shows
HIDDEN: Value[tuple[str, ...]] = Value("hidden", ())  # settings that a link hides
SHOWN: Value[tuple[str, ...]] = Value("shown", ())  # settings that a lesson names
QR_OF = Value("qr_of", "")  # which link's QR code was asked for
USE_BEST = Value("use_best", False)  # whether names and pictures are of the run's best moment

# The list that the next run learns from
LIST, KEEP_CASE = Value("list", "dinos"), Value("keep_case", False)
OWN_LIST: Value[Any] = Value("own", None)  # a `CleanNames`, once the visitor brought a list
OWN_NUMBER = Value("own_number", 0)  # how many lists the visitor has brought
REMOVED: Value[Mapping[Any, frozenset[str]]] = Value("removed", {})  # by the complete list

# The Lab
WHOLE_PAGE = Value("whole_page", True)  # whether the live part is drawn with the page
REDRAW = Value("redraw", False)  # whether a click changed what other parts of the page show
PAGE_IS_THERE = Value("page_is_there", False)  # whether the browser shows the first buttons
EARLIER_SHOWN = Value("earlier_shown", True)  # whether earlier runs are in the loss chart
PICKED_NAME = Value("picked", 0)  # the row of the written names that is drawn
PICKED_LETTER: Value[int | None] = Value("picked_letter", None)  # of it, counted from 1
DRAW_EXPLAINED: Value[Any] = Value("draw_explained", None)  # which letter says it
TAKE_HOME = Value("take_home", False)  # whether its box is open
EXPERIMENT_HOME = Value("experiment_home", False)  # and that of an experiment
OPEN_BOX = Value("open_box", False)  # whether the box for saved runs is open, on any page
RUN_FILES = Value("run_files", 0)  # how many file boxes there were; a new one is empty
READING = Value("reading", "")  # the saved run that is being read; '' for none
FILE_REFUSAL: Value[Text] = Value("file_refusal", "")  # why the last file was not opened
READING_FILE = Value("reading_file", "")  # the file's name for a sentence
FILE_OPENED: Value[tuple[Text, ...]] = Value("file_opened", ())  # that it was opened, and how
REFUSAL: Value[Text] = Value("refusal", "")  # why no names were written
DRAW = Value("draw", 0)
MIX_WITH, MIX_SHARE = Value("mix_with", ""), Value("mix_share", SHARE)
MIX_SHOWN = Value("mix_shown", "")  # the value of `mix` that these two controls show

# The Data page
DATA_LIST: Value[str | None] = Value("data_list", None)
DATA_TAB = Value("data_tool", "names")
OWN_HOW, OWN_CASE = Value("own_how", "paste"), Value("own_case", False)
OWN_TEXT = Value("own_text", "")  # what is pasted
OWN_LOOKED = Passing("own_looked", False)  # whether the empty box was checked
OWN_FILES = Value("own_files", 0)  # how many file boxes there were; a new one is empty
OWN_AGREED: Value[Any] = Value("own_agreed", None)  # the file that the visitor agreed to read
ENCODED_NAME: Value[str | None] = Value("encoded", None)
ENCODED_LIST: Value[Any] = Value("encoded_of", None)  # the `Choice` of that moment

# The Inside page
INSIDE_RUN, SHOWN_RUN = Value("inside_run", ""), Value("shown_run", "")
NEWEST_RUN = Value("newest_run", "")  # the newest run at the last drawing
OTHER_RUN = Value("other_run", "")  # the second one of 'Two models'
MOMENT = Value("moment", -1)  # a step; -1 is the latest, whichever that is
ASKED_MOMENT = Value("asked_moment", -1)  # the step that a link asks for; -1 for none
# The step that the slider was set to for that; None until the run has reached it
ANSWERED_MOMENT: Value[int | None] = Value("answered_moment", None)
SHOWN_BEST = Value("shown_best", False)  # `USE_BEST` when the page went to its moment
PLAYING = Value("playing", False)
PLAYED = Value("played", -1)  # the moment that playing showed last
PLAYED_AT = Value("played_at", 0.0)  # when that was, in seconds of the monotonic clock
INSIDE_TAB = Value("tool", "name")
INSIDE_NAME = Value("inside_name", 0)  # the row of the names that is looked into
OTHER_DRAWS = Value("other_draws", 0)  # how often the visitor asked for other draws
SILENT: Value[tuple[int, ...]] = Value("silent", ())
REACH: Value[int | None] = Value("reach", 0)  # letters that memory is cut to; 0 for as trained
UNIT: Value[int | None] = Value("unit", 0)
PLACE: Value[int | None] = Value("place", None)  # letters of the picked name
WALK: Value[str | None] = Value("walk", None)  # the start of a name
WALK_ENDED = Value("walk_ended", False)
STRIP: Value[tuple[str, int]] = Value("strip_step", ("", 0))  # a start, and a step looked at
FINISHES = Value("finishes", 0)  # how often a name was written to its end
GRADIENT_NAME: Value[str | None] = Value("grad_name", None)
GRADIENT_PLACE: Value[int | None] = Value("grad_place", None)
MATRIX = Value("matrix", "W_hh")

# The Compare page
ALL_SETTINGS = Value("compare_all", False)  # whether its table has equal settings also
LIST_REFUSAL: Value[Text] = Value("list_refusal", "")  # why a title or pin was refused
# The tokens of the runs in its chart, each at the index of its colour, '' at a free one; None for
# the newest runs
COMPARED: Value[tuple[str, ...] | None] = Value("compared", None)
COMPARE_BY = Value("compare_by", "step")  # what its curves are drawn against
LOG_X, LOG_Y = Value("compare_log_x", False), Value("compare_log_y", False)
COMPARE_DRAWS = Value("compare_draws", 0)  # which draws its names are written from
COMPARE_NAMES: Value[Any] = Value("compare_names_shown", None)  # the `Samples` that are drawn
EXAM_RUN = Value("exam_run", "")  # the token of the run whose final exam is shown
SMOOTH, TRAIN_SHOWN = Value("compare_smooth", False), Value("compare_train", True)

# Its experiments: what to vary, how often to train each level, and the bet
FACTOR: Value[str | None] = Value("experiment_factor", None)
SECOND_FACTOR: Value[str | None] = Value("experiment_second", None)
SEEDS: Value[int | None] = Value("experiment_seeds", 3)
SPLITS: Value[int | None] = Value("experiment_splits", 3)
EXPERIMENT_EXAM = Value("experiment_exam", True)  # whether its members have a final exam
BET_LOWER: Value[int | None] = Value("bet_lower", 0)
BET_HIGHER: Value[int | None] = Value("bet_higher", 1)
BET_DIFFERENCE: Value[float | None] = Value("bet_difference", 0.03)
BET_SPREAD: Value[float | None] = Value("bet_spread", 0.03)
BET: Value[Any] = Value("bet", None)  # a plan with the bet on it, or with None if it was skipped
AGREED_TO_WAIT: Value[Any] = Value("agreed_to_wait", None)  # the plan that may take long
EXPERIMENT_REFUSAL: Value[Text] = Value("experiment_refusal", "")
EXPERIMENT = Value("experiment", "")  # the token of the shown experiment; '' for the newest
OPENED_BEST = Value("opened_best", "")  # the experiment whose best run is being opened
BROUGHT_UP: Value[tuple[str, int]] = Value("brought_up", ("", 0))  # a part, and how often
BEST_REFUSAL: Value[Text] = Value("best_refusal", "")  # why the last one was not opened
NEW_EXPERIMENT = Value("new_experiment", False)  # whether another experiment is being planned

# The Learn page
LESSON = Value("learn_part", "")  # the key of the part that is shown; '' for the list of all
LAST_PART = Value("last_part", "")  # the key of the one that was shown last; '' before any was
PROGRESS: Value[Any] = Value("progress", None)  # a `Progress`, once there is any
# The lessons that a link calls done, by number, until the learner says whether they are theirs
LINK_TICKS: Value[frozenset[str]] = Value("link_ticks", frozenset())
CHALLENGE_RUN = Value("challenge_run", "")  # the token of the run in the box of the challenge
CHALLENGE_CHOSEN = Value("challenge_chosen", False)  # whether the learner chose it in that box
CHALLENGE_ASKED = Value("challenge_asked", "")  # the entry to hand in; the page asks again first
LAB_BEFORE: Value[Any] = Value("lab_before", None)  # a `LabSettings`; None if nothing was put
DIAGNOSED = Value("diagnosed_run", "")  # the token of the run in the box of the diagnosis
ASKED_DIAGNOSIS: Value[Any] = Value("asked_diagnosis", None)  # a run's token and step
EXHIBIT: Value[str | None] = Value("exhibit_shown", None)  # of the failure zoo
PROJECTOR = Value("projector_mode", False)  # whether a lesson is shown on a projector
TEACHER_PART = Value("teacher_part", "")  # the part of the teacher's sheet; '' for the first
TEACHER_LESSON = Value("teacher_lesson", "")  # the lesson of the shown note; '' for the first
PAPER_LESSON = Value("paper_lesson", "")  # the lesson that is shown to be printed
SOLUTION = Value("solution", False)  # whether the exercise on paper has its solution
KEPT_HERE = Value("kept_here", False)  # whether the browser has said what it kept before
UNREAD = Value("unread", False)  # whether that was too long to read
AGAIN_ASKED = Value("again_asked", "")  # the lesson to answer again; the page asks first
# A lesson, and the `Progress` in it that was removed so that the learner can answer it again
ANSWERED_BEFORE: Value[tuple[str, Any]] = Value("answered_before", ("", None))
ROUND_KEPT = Value("round_kept", False)  # whether the test's first round has just been kept
MODELS_SHOWN: Value[frozenset[str]] = Value("models_shown", frozenset())  # keys of own words
LEARN_REFUSAL: Value[tuple[str, Text]] = Value("learn_refusal", ("", ""))  # a box, and the reason
LEARN_HOME = Value("learn_home", False)  # whether the box with its report is open
# Its game: which one is played, its names (a token and the `Card`s), whether they are shown
GAME, GAME_SHOWN = Value("game", 0), Value("game_shown", False)
GAME_CARDS: Value[Any] = Value("game_cards", None)
GAME_ASKED = Value("game_asked", False)  # whether the player asked for the answers

TABS = {"data": DATA_TAB, "inside": INSIDE_TAB, "learn": LESSON}  # by page

# Boxes whose choice a browser knows by its words, which another language changes: by key, or by how
# the key begins
WORDED = (
    *("hidden_size", "max_steps", "learning_rate", "optimizer", "engine", "preset", "without"),
    *(each.key for each in (LIST, DATA_LIST, DATA_TAB, OWN_HOW, USE_BEST, MIX_WITH, PAPER_LESSON)),
    *(each.key for each in (INSIDE_RUN, OTHER_RUN, MOMENT, INSIDE_TAB, COMPARE_BY, EXAM_RUN)),
    *(each.key for each in (DIAGNOSED, EXHIBIT, CHALLENGE_RUN, TEACHER_PART, TEACHER_LESSON)),
    *(each.key for each in (FACTOR, SECOND_FACTOR, BET_LOWER, BET_HIGHER, EXPERIMENT)),
)
WORDED_BEGINNINGS = ("weights_", "gate_", "own_column_", "levels_", "ask_", "guess_")


def symbols_of(box: str) -> Value[frozenset[str] | None]:
    """The symbols that a start box, named by its key, offered when it was last drawn."""
    return Value(f"{box}_symbols", None)


def words_of(box: str) -> Value[str]:
    """The words that a box of runs, named by its key, last showed for its choice."""
    return Value(f"{box}_words", "")


def typed_in(box: str) -> Value[Any]:
    """The `TypedWords` of the boxes for a report, named by what their keys begin with."""
    return Value(f"{box}_typed", None)


def typed_number(box: str) -> Value[Any]:
    """What a number box, by its key, has received: a `TypedNumber`; None before it was drawn."""
    return Value(f"{box}_typed_number", None)


def levels_of(setting: str) -> Value[Any]:
    """The levels of a setting that an experiment varies: a text, or keys of a choice."""
    return Value(f"levels_{setting}", None)


def answer_of(lesson: str, step: str, item: int) -> Value[Any]:
    """The box of an answer to a lesson's question: a choice's name, or a number."""
    return Value(f"ask_{lesson}_{step}_{item}", None)


def cause_of(exhibit: str) -> Value[Any]:
    """The box of the cause that a learner chooses for an exhibit of the failure zoo."""
    return Value(f"ask_zoo_{exhibit}", None)


def guess_of(game: int, card: int) -> Value[str | None]:
    """The box of a guess in the game of Learn: 'real' or 'made'."""
    return Value(f"guess_{game}_{card}", None)


def words_in(lesson: str, step: str) -> Value[str]:
    """The box of a learner's own sentence in a lesson."""
    return Value(f"own_words_{lesson}_{step}", "")


def set_all(values: Mapping[str, Any]) -> None:
    """Set several values at once, by their keys."""
    st.session_state.update(values)


def correct_all(values: Mapping[str, Any]) -> None:
    """Replace the values that differ, before their widgets are drawn.

    A value that a page sets also overwrites what a visitor has begun to type or to move in the
    browser. So a page that only checks a value must not set it if it is right already.
    """
    held = get_all(dict.fromkeys(values))
    wrong = {
        key: value
        for key, value in values.items()
        if held[key] != value or type(held[key]) is not type(value)
    }
    set_all(wrong)


def set_again() -> None:
    """Set the choice of each box of `WORDED` again, so that browsers show it in its new words."""
    for key, value in list(st.session_state.items()):
        if key in WORDED or str(key).startswith(WORDED_BEGINNINGS):
            st.session_state[key] = value


def get_all(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The values of these keys; for a key that was never set, the given value."""
    found = workarounds.read_values(keys)
    if found is None:
        return {key: st.session_state.get(key, first) for key, first in keys.items()}
    return found


def set_first(*values: Value[Any]) -> None:
    """Set each value that was never set, so that its widget begins with it."""
    for value in values:
        st.session_state.setdefault(value.key, value.first)


def sent_value(component: str, trigger: str) -> Any:
    """What our component with this key sent with a trigger; None if the page has left it since."""
    return sent_state(component, trigger)


def sent_state(component: str, name: str) -> Any:
    """The state that our component with this key holds under a name; None if it has sent none."""
    held = st.session_state.get(component)
    return held.get(name) if isinstance(held, Mapping) else None


def erase() -> None:
    """Delete everything except the visit."""
    for key in list(st.session_state):
        if key != VISIT.key:
            del st.session_state[key]
