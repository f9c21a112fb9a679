"""What a visitor reads: each sentence is one template, and each catalogue is complete."""

from __future__ import annotations

import gettext
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from babel.messages.catalog import Message
from catalogues import (
    CATALOGUES,
    DOMAIN,
    TEMPLATE,
    compiled,
    extracted,
    po_files,
    read_po,
    untranslated,
    written,
)
from sources import FILES, short
from wording import MARKS, SCRIPTS, TEMPLATES, fields, texts_of, unconverted

from dino.locale.numbers import read_number
from dino.locale.sentences import (
    ENGLISH,
    Language,
    Refusal,
    error_sentence,
    find_language,
    languages,
    number_list,
    number_sentence,
    plural_sentence,
    refusal_sentence,
    sentence,
)

SPANISH = Language("es", "Español", comma=True)


@pytest.mark.parametrize("path", [*FILES, *SCRIPTS, *TEMPLATES], ids=short)
def test_what_a_visitor_reads_is_written_as_templates(path: Path) -> None:
    found = unconverted(path)
    assert not found, "\n".join(found)


def test_a_template_of_a_report_is_read_as_a_source_is(tmp_path: Path) -> None:
    path = tmp_path / "x.jinja"
    path.write_text(
        '<p>{{ say("A loss of {loss:.2f}.", loss=x) }} {{ put(said) }} {{ say("One") }}</p>\n'
        '{{ say_plural("{count} try", "{count} tries", n) }} {{ say("A " "b.") }}'
    )
    assert [*texts_of(path)] == [
        "A loss of {loss:.2f}.",
        "One",
        ("{count} try", "{count} tries"),
        "A b.",
    ]
    assert not unconverted(path)
    path = tmp_path / "y.jinja"
    path.write_text('<p>Bare words</p>{{ say(words) }}{{ say("A {loss}") }}{{ say("B", loss=1) }}')
    found = " ".join(unconverted(path))
    for fault in ("no literal", "without a value", "without a field", "not translated: 'Bare"):
        assert fault in found


# ---- the catalogues


def messages(path: Path) -> list[Message]:
    """The texts of a catalogue, without its header."""
    return [message for message in read_po(path) if message.id]


def forms(text: object) -> tuple[str, ...]:
    """A text with its plural forms, if it has any."""
    return text if isinstance(text, tuple) else (str(text),)


each_po = pytest.mark.parametrize("path", po_files(), ids=lambda path: path.parent.parent.name)


def test_the_template_has_the_texts_of_the_source() -> None:
    assert TEMPLATE.read_bytes() == written(extracted()), "run python tests/catalogues.py"


@each_po
def test_a_catalogue_has_the_texts_of_the_source(path: Path) -> None:
    wanted = {message.id for message in extracted() if message.id}
    assert {message.id for message in messages(path)} == wanted
    assert path.read_bytes() == written(read_po(path)), "run python tests/catalogues.py"


@each_po
def test_a_catalogue_is_complete(path: Path) -> None:
    assert not untranslated(read_po(path))
    assert not [message.id for message in messages(path) if message.fuzzy]


@each_po
def test_a_translation_has_the_fields_and_the_marks_of_its_text(path: Path) -> None:
    plurals = read_po(path).num_plurals
    for message in messages(path):
        text, words = forms(message.id), forms(message.string)
        assert len(words) == (plurals if len(text) > 1 else 1), message.id
        for number, form in enumerate(words):
            source = text[min(number, len(text) - 1)]
            assert form == form.strip(), message.id
            given, wanted = fields(form), fields(source)
            if len(text) > 1:  # a form for one need not say how many, nor how it is written
                given["count"] = wanted["count"] = ""
            assert given == wanted, message.id
            for mark in MARKS:
                assert form.count(mark) == source.count(mark), (mark, message.id)


@each_po
def test_the_file_that_the_app_reads_is_made_from_the_catalogue(path: Path) -> None:
    made = path.with_suffix(".mo")
    assert made.read_bytes() == compiled(read_po(path)), "run python tests/catalogues.py compile"
    read = gettext.translation(DOMAIN, CATALOGUES, [path.parent.parent.name])
    for message in messages(path):
        one, *many = forms(message.id)
        words = forms(message.string)
        if not many:
            assert read.gettext(one) == words[0]
        for count in (0, 1, 2, 1_000_000) if many else ():
            assert read.ngettext(one, many[0], count) == words[count != 1]


def test_english_and_each_catalogue_are_the_languages() -> None:
    folders = {path.parent.parent.name for path in po_files()}
    assert set(languages()) == {"en"} | folders
    assert languages()["es"].title == "Español"


@pytest.mark.parametrize(
    "codes, found",
    [
        (("es-CO",), "es"),
        (("", "es"), "es"),
        (("en", "es-ES"), "en"),
        (("es", "en-US"), "es"),
        ((None,), "en"),
        (("", "fr-FR"), "en"),
        (("ES_MX",), "es"),
    ],
)
def test_what_was_chosen_comes_before_the_browser_s_language(codes, found) -> None:
    assert find_language(codes).code == found


# ---- numbers, as typed and as shown


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("0.005", "0.005"),
        ("0,005", "0.005"),
        (",5", ".5"),
        ("5,", "5."),
        (" 1,5 ", "1.5"),
        ("-2,25", "-2.25"),
        ("−2,25", "-2.25"),
        ("1,5e-3", "1.5e-3"),
        ("0,125", "0.125"),
        ("0.125", "0.125"),
        ("1234,567", "1234.567"),
        ("12,3456", "12.3456"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("12 345", "12345"),
        ("12\u202f345,5", "12345.5"),
        ("1e-3", "1e-3"),
        ("64", "64"),
    ],
)
@pytest.mark.parametrize("language", [ENGLISH, SPANISH], ids=["en", "es"])
def test_a_typed_comma_and_a_typed_point_are_read_alike(typed, meant, language) -> None:
    assert read_number(typed, language) == meant
    assert float(meant) == float(read_number(typed, language))


@pytest.mark.parametrize("text", ["", "all", "a,b", "1,2,3", "1.2.3", "1,23.456,7", "١,٥", "1_0"])
def test_what_is_no_number_comes_back_as_it_is(text) -> None:
    assert read_number(text, ENGLISH) == read_number(text, SPANISH) == text


@pytest.mark.parametrize("digits", [20_000, 400_000])
def test_a_text_too_long_for_a_number_is_refused_before_it_is_read(digits) -> None:
    assert read_number("0." + "1" * 38, ENGLISH) == "0." + "1" * 38
    with pytest.raises(Refusal) as refused:
        read_number("1" * digits + "x", ENGLISH)
    assert f"{digits + 1:,}" in str(refused.value) and len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "language, typed, own", [(ENGLISH, "1,234", "1.234"), (SPANISH, "1.234", "1,234")]
)
def test_what_could_mean_two_numbers_is_asked_back(language, typed, own) -> None:
    assert read_number(own, language) == "1.234"
    with pytest.raises(Refusal) as refused:
        read_number(typed, language)
    words = language.put(refused.value.sentence)
    assert typed in words and f" {own} " in words and "1234" in words
    assert read_number(typed, language, integer=True) == "1234"  # then it means one
    assert read_number("0.234", language) == read_number("0,234", language) == "0.234"


def test_spanish_writes_a_decimal_comma_and_parts_five_digits_and_more() -> None:
    words = sentence("{a:.2f} {b:,} {c:,} {d:+.1f} {e}", a=1.5, b=1200, c=12345, d=-0.5, e="1.5")
    assert SPANISH.put(words) == "1,50 1200 12\u202f345 −0,5 1.5"
    assert str(words) == "1.50 1,200 12,345 −0.5 1.5"
    assert SPANISH.put(number_sentence(np.float32(0.25), ".2f")) == "0,25"
    assert SPANISH.put(number_sentence(np.int64(1234567))) == "1\u202f234\u202f567"
    assert SPANISH.put(number_list([0.5, 2], "g")) == "0,5; 2" and str(number_list([1])) == "1"
    assert SPANISH.put(number_list([1, 2, 30])) == str(number_list([1, 2, 30])) == "1, 2, 30"


@pytest.mark.parametrize(
    "error, digits, words",
    [
        (0.012, 2, "+0.06 ± 0.01"),
        (0.005001, 2, "+0.06 ± 0.01"),
        (0.004, 2, "+0.062 ± 0.004"),
        (0.0004, 2, "+0.0625 ± 0.0004"),
        (0.0004, 3, "+0.0625 ± 0.0004"),
        (1e-9, 4, "+0.062500 ± 0.000000"),  # no more than single precision has
        (0.0, 2, "+0.06 ± 0.00"),
        (np.nan, 2, "+0.06 ± nan"),
    ],
)
def test_an_error_that_is_not_0_does_not_look_like_0(error, digits, words) -> None:
    found = error_sentence(0.0625, error, digits, "+")
    assert str(found) == words
    assert SPANISH.put(found) == words.replace(".", ",")


def test_every_error_has_its_digits_from_the_same_function() -> None:
    beside = re.compile(r"± ?\{\w+:")
    found = [text for message in messages(TEMPLATE) for text in forms(message.id)]
    assert not [text for text in found if beside.search(text)]


def test_a_field_that_is_a_sentence_is_put_into_the_same_language() -> None:
    inner = sentence("{step:,} of {steps:,} updates", step=5, steps=1200)
    outer = sentence("Below the line for counting {what} ({loss:.2f})", what=inner, loss=1.5)
    assert str(outer) == "Below the line for counting 5 of 1,200 updates (1.50)"
    assert SPANISH.put(outer) == "Bajo la línea de contar 5 de 1200 actualizaciones (1,50)"
    assert str(Refusal(outer)) == str(outer) and refusal_sentence(Refusal(outer)) is outer


def test_equal_sentences_are_one_in_a_set_whatever_the_order_of_their_fields() -> None:
    inner = number_sentence(Decimal("0.5"))
    one, other = sentence("{a} {b}", a=1, b=inner), sentence("{a} {b}", b=inner, a=1)
    assert one == other and len({one, other, sentence("{a} {b}", a=1, b=2)}) == 2
    assert hash(plural_sentence("{count} name", "{count} names", 2)) == hash(
        plural_sentence("{count} name", "{count} names", 2)
    )
