"""No term before its meaning: in the lessons' path, and in each plan of the teacher's sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from terms import Early, forms, panel_words, terms_in, too_early

from dino.lessons.lesson import Lesson
from dino.lessons.panels import PANELS
from dino.lessons.reading import lessons, parse_lesson
from dino.lessons.teaching import ClassPlan, teachers_sheet
from dino.locale.sentences import languages

# Exceptions: terms that a lesson uses before their meaning, each with a reason beside it.
# writing: its panel of stretches says the temperature only where a later lesson lets one set it.
ALLOWED: Mapping[str, frozenset[str]] = {"writing": frozenset({"temperature"})}
WORDLESS = {"compare", "arrangements"}  # a link; pictures that another module labels
FIRST_OF = lessons("en")
PLANS = [pytest.param(plan, id=str(plan.minutes)) for plan in teachers_sheet("en").plans]
each_language = pytest.mark.parametrize("code", languages())


@each_language
def test_the_path_uses_no_term_before_its_meaning(code: str) -> None:
    path = list(lessons(code).values())
    assert not too_early(path, code, {it.key for it in path}, ALLOWED, True)


@each_language
@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_uses_no_term_before_its_meaning(plan: ClassPlan, code: str) -> None:
    """What the teacher tells of a lesson that is left out has its terms explained."""
    path, known = list[Lesson](), lessons(code)
    for part in plan.parts:
        path += [replace(known[key], key=f"told {key}") for key in part.tells]
        path += [known[part.lesson]] if part.lesson else []
    assert not too_early(path, code, set(plan.lessons), ALLOWED, True)


def test_an_exception_is_of_a_lesson_and_of_a_term_that_it_uses() -> None:
    for key, terms in ALLOWED.items():
        path = [replace(FIRST_OF[key], defines=())]
        used = {it.term for it in too_early(path, "en", [key], {}, True)}
        assert terms <= used, key


# ---- how terms are found


@pytest.mark.parametrize(
    ("code", "text", "found"),
    [
        ("en", "The **cell states** pass two gates.", {"cell_state", "gate"}),
        ("en", "A forget gate's bias", {"forget_gate", "bias"}),
        ("en", "Gradients vanish. The vanishing gradient", {"vanishing_gradient"}),
        ("en", "greatest agate unbiased", set()),
        ("en", "Its learning rates", {"learning_rate"}),
        ("en", "$h_0$ and {loss:.2f} nats", {"initial_state_h_0", "loss", "nat"}),
        ("es", "Las **compuertas de olvido** de las celdas", {"forget_gate", "cell"}),
        ("es", "Tasas de aprendizaje y pérdidas", {"learning_rate", "loss"}),
        ("es", "una lossa con pesos", {"weight"}),
    ],
)
def test_a_term_is_found_in_each_of_its_forms_and_in_no_other_word(
    code: str, text: str, found: set[str]
) -> None:
    assert set(terms_in(text, code)) == found


@each_language
def test_every_form_is_found_as_its_own_term(code: str) -> None:
    for form, key in forms(code).items():
        assert key in terms_in(f"the {form} of it", code), form


def made(key: str, text: str, *defines: str) -> Lesson:
    step = f'[[step]]\nkind = "read"\ntext = "{text}"\n'
    found = parse_lesson(f"01-{key}.toml", f'title = "T"\nquestion = "Q?"\n{step}')
    return replace(found, defines=defines)


def test_a_term_that_only_a_later_lesson_defines_is_found() -> None:
    first, second = made("a", "Its gates"), made("b", "A gate is", "gate")
    assert too_early([first, second], "en", "ab", {}, False) == [Early("a", "gate", "gates")]
    assert not too_early([second, first], "en", "ab", {}, False)
    assert not too_early([first, second], "en", "b", {}, False)
    assert not too_early([first, second], "en", "ab", {"a": {"gate"}}, False)
    assert not too_early([first], "en", "a", {}, False)  # not while others may still define it
    assert too_early([first], "en", "a", {}, True) == [Early("a", "gate", "gates")]


@each_language
def test_what_panels_say_is_read_as_well(code: str) -> None:
    for panel in PANELS:
        assert panel in WORDLESS or panel_words(panel, code), panel
    assert panel_words("run", "en") != panel_words("run", "es")
