"""Files from outside: bytes, tables and .csv, each read right or refused with one sentence."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dino.files import (
    DELIMITERS,
    MAX_BYTES,
    check_pasted,
    column_text,
    decode,
    has_heading,
    likely_column,
    looks_like_table,
    parse_table,
    parted_names,
    to_csv,
    without_numbers,
)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_without_its_mark(encoding):
    text = "\n".join("x" * i + "ñ" for i in range(30))
    assert decode(text.encode(encoding)) == (text, "UTF-16", True)


def test_latin_1_is_offered_not_taken_for_granted():
    decoded = decode("Ibagué\nPeñol\nGüepsa".encode("cp1252"))
    assert decoded == ("Ibagué\nPeñol\nGüepsa", "Latin-1 (Windows-1252)", False)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1",
        b"PK\x03\x04\x14\0\x08\0\0\0",
        b"\0" * 50,
        b"\xff\xfea",
        b"\xef\xbb\xbf\xff",
        b"\0\0\xfe\xff\x7f\xff\xff\xff",
        b"a" * (MAX_BYTES + 1),
    ],
)
def test_what_is_no_text_is_refused(raw):
    with pytest.raises(ValueError) as caught:
        decode(raw, "x.txt")
    assert "x.txt" in str(caught.value) and str(caught.value).isprintable()


@pytest.mark.parametrize("letter", ["a", "ñ", "日", "🦕"])
def test_what_is_pasted_is_measured_in_bytes_as_a_file_is(letter):
    most = letter * (MAX_BYTES // len(letter.encode()))
    assert check_pasted(most) == most
    with pytest.raises(ValueError) as caught:
        check_pasted(most + letter)
    assert f"{MAX_BYTES:,}" in str(caught.value) and str(caught.value).isprintable()


def test_half_a_surrogate_pair_can_be_pasted():
    assert check_pasted("rex\n\ud83e") == "rex\n\ud83e"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("name,year\nrex,1905\nmei,2004\n", True),
        ("rex\t1\nmei\t2", True),
        ("rex;mei\n\nyi;ai", True),
        ("rex\nmei\n", False),
        ("rex, the king\nmei\nyi\n", False),
        ("a,b", False),
        ("", False),
        ("name,1\n" * 3000, True),
    ],
)
def test_a_table_is_known_by_as_many_marks_in_every_line(text, is_one):
    assert looks_like_table(text) == is_one


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_one_column_of_a_table_is_a_list(delimiter):
    text = (
        delimiter.join(["name", "length"])
        + "\r\n"
        + "\r\n".join(
            delimiter.join([f'"{name}"', str(len(name))]) for name in ["a b", "c", "Peñol"]
        )
    )
    rows = parse_table(text)
    assert has_heading(rows)
    assert column_text(rows, 0, heading=True) == "a b\nc\nPeñol"
    assert column_text(rows, 1, heading=False) == "length\n3\n1\n5"
    assert column_text([["x", "y"], ["z"]], 1) == "y\n"
    assert not has_heading(parse_table("rex\nmei\n"))


def test_the_column_of_names_is_found_by_its_heading_or_by_not_being_numbers():
    rows = parse_table("year,note,Name\n1905,big,rex\n2004,small,mei\n")
    assert likely_column(rows, has_heading(rows)) == 2
    assert likely_column(rows[1:]) == 1
    assert likely_column(parse_table("1,2\n3,4\n")) == likely_column([]) == 0


@pytest.mark.parametrize(
    ("text", "names", "marks"),
    [
        ("rex, mei,yi", ["rex", "mei", "yi"], "commas"),
        ("\n  rex,mei, \n\n", ["rex", "mei"], "commas"),
        ("Rex, the king; Mei; Yi", ["Rex, the king", "Mei", "Yi"], "semicolons"),
        (
            "\"rex\", 'mei', “yi”, «ai», d'arc, O'",
            ["rex", "mei", "yi", "ai", "d'arc", "O'"],
            "commas",
        ),
        ("شلم، تنوخ، ذرطث", ["شلم", "تنوخ", "ذرطث"], "commas"),
        ("恐龙、迅猛龙，霸王龙", ["恐龙", "迅猛龙", "霸王龙"], "commas"),
        ("rex, mei, yi,\nai, alwalkeria, \nbagaceratops, haya", 7, "commas"),
        ("a," * 50_000, 50_000, "commas"),
    ],
)
def test_names_in_one_line_are_parted_at_its_commas(text, names, marks):
    parted = parted_names(text)
    found = len(parted.names) if isinstance(names, int) else list(parted.names)
    assert (found, parted.marks) == (names, marks)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rex",
        "rex,",
        " , ; ",
        "rex\nmei\nyi",
        "rex, the king\nmei\nyi",
        "name,year\nrex,1905\nmei,2004\n",
        "rex;mei;yi\nai;haya;x",
    ],
)
def test_one_name_a_line_and_a_table_are_not_parted(text):
    assert parted_names(text) is None


@pytest.mark.parametrize("delimiter", DELIMITERS)
@given(st.lists(st.lists(st.text("aé,;|\t\"' 1", max_size=6), min_size=2, max_size=2), min_size=5))
def test_what_parts_the_cells_is_found_whatever_quoted_cells_hold(delimiter, rows):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    assert parse_table(out.getvalue()) == rows


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_what_parts_the_cells_of_most_rows_parts_them_where_one_has_fewer(delimiter):
    text = "\n".join([delimiter.join("ab"), delimiter.join("cd"), "e"])
    assert parse_table(text) == [["a", "b"], ["c", "d"], ["e"]]


def test_a_few_hundred_quotation_marks_are_a_table_like_any_other():
    assert len(parse_table('"a",\n' + '"' * 20_000 + "a")) == 2


def test_a_cell_with_a_line_break_is_one_name():
    assert column_text(parse_table('"a\nb",1\nc,2'), 0) == "a b\nc"


@pytest.mark.parametrize("text", ["," * 200, '"' + "a" * 200_000])
def test_what_is_no_table_is_refused(text):
    with pytest.raises(ValueError) as caught:
        parse_table(text, "x.csv")
    assert "x.csv" in str(caught.value) and str(caught.value).isprintable()


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝cmd|' /C calc'!A0", "  =2", "|x", "%x"]


def test_a_csv_holds_no_formulas_and_numbers_stay_numbers():
    raw = to_csv(["name", "n"], [[name, -1.5] for name in [*FORMULAS, "rex", "a=b", 'q"r, s']])
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows[1:]] == [
        *(f"'{name}" for name in FORMULAS),
        "rex",
        "a=b",
        'q"r, s',
    ]
    assert {row[1] for row in rows[1:]} == {"-1.5"}


@pytest.mark.parametrize("mark", [". ", ") ", ": ", ".", "\t"])
@pytest.mark.parametrize("first", [0, 1, 8])
def test_numbers_that_count_the_lines_are_left_out(mark, first):
    names = ["ana", "bo. b", "3rd"]
    lines = [f" {first + i}{mark}{name}" for i, name in enumerate(names)]
    assert without_numbers("\n".join(lines) + "\n\n") == "\n".join(names)


@pytest.mark.parametrize(
    "text", ["", "1. a\n2. b", "1. a\n2. b\n4. c", "ana\nbo\ncy", "1.\n2.\n3.", "1. a\n2) b\n3. c"]
)
def test_lines_that_do_not_count_up_keep_what_they_have(text):
    assert without_numbers(text) is None
