"""Lists from outside: each becomes usable or is refused with one sentence, whatever it holds."""

import csv
import io
import os
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dino.data import encode, make_corpus
from dino.files import (
    MAX_BYTES,
    column_text,
    decode,
    has_heading,
    likely_column,
    parse_table,
    to_csv,
)
from dino.lists import (
    FINDINGS,
    JOINERS,
    MAX_LETTERS,
    MAX_NAMES,
    MAX_SYMBOLS,
    clean,
    clean_in_parts,
    normalize,
)

EXAMPLES = 4000 if os.environ.get("DINO_LONG") == "1" else 1000
SCRIPTS = {
    "Greek": "Αθήνα Θεσσαλονίκη Πάτρα Ηράκλειο Λάρισα Βόλος Ιωάννινα Τρίκαλα Χαλκίδα Σέρρες Δράμα "
    "Κατερίνη Καλαμάτα Καβάλα Χανιά Λαμία Κομοτηνή Ρόδος Κέρκυρα Μυτιλήνη Χίος",
    "Cyrillic": "Москва Казань Омск Самара Уфа Пермь Воронеж Волгоград Тюмень Ижевск Барнаул "
    "Иркутск Хабаровск Ярославль Владивосток Томск Кемерово Рязань Пенза Липецк Тула",
    "Devanagari": "दिल्ली मुंबई कोलकाता चेन्नई पुणे जयपुर लखनऊ कानपुर नागपुर इंदौर भोपाल पटना "
    "वडोदरा आगरा नासिक मेरठ राजकोट वाराणसी श्रीनगर औरंगाबाद अमृतसर",
    "Chinese": "北京 上海 广州 深圳 天津 重庆 成都 武汉 西安 南京 杭州 苏州 长沙 沈阳 青岛 大连 "
    "厦门 福州 昆明 合肥 郑州",
    "Arabic": "القاهرة الرياض بغداد دمشق عمان بيروت الدوحة الكويت مسقط صنعاء تونس الجزائر الرباط "
    "طرابلس الخرطوم القدس غزة حلب الموصل البصرة جدة",
    "emoji": "🦕🦖 🐢🐍 🦎🐊 👩‍🚀🚀 👨‍👩‍👧 🏳️‍🌈 🐉 🐲🐸 🐳🐋 🐬🐟 🐠🐡 🦈🐙 🐚🦀 🦞🦐 🦑🐌 🦋🐛 "
    "🐜🐝 🪲🐞 🦗🪳 🕷️🕸️ 🦂🦟",
}


def found(cleaned):
    """The report as a mapping."""
    return {finding.what: finding.count for finding in cleaned.report}


def many(count, letters="ab"):
    digits = str.maketrans("01", letters)
    return [f"{i:b}".translate(digits) for i in range(1, count + 1)]


@pytest.mark.parametrize("script", SCRIPTS)
def test_any_script_goes_in_and_comes_out(script):
    names = SCRIPTS[script].split()
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        decoded = decode("\n".join(names).encode(encoding))
        assert decoded.sure
        cleaned = clean(decoded.text, keep_case=True)
        assert cleaned.rows == tuple(unicodedata.normalize("NFC", name) for name in names)
    found_ = make_corpus(cleaned, "a list")
    assert set(found_.names) == set(cleaned.rows)
    assert len(found_.vocab.labels) == len(found_.vocab)
    for name in found_.names:
        assert found_.vocab.decode(found_.vocab.encode(name)) == name


def test_the_report_counts_what_was_done():
    text = "\r\n".join(
        [*many(25), "", "  ", "A", "bb", "bb", "x" * 61, "\u202ebabab\u200b", "c\u0301a", "d  e\tf"]
    )
    cleaned = clean(text)
    assert found(cleaned) == {
        "read": 34,
        "empty": 2,
        "long": 1,
        "controls": 2,
        "rare": 0,
        "repeated": 3,
        "lonely": 5,
        "used": 28,
        "symbols": 8,
    }
    assert list(found(cleaned)) == list(FINDINGS)
    assert {"ća", "d e f"} <= set(cleaned.rows)  # "babab" was there already
    examples = {f.what: f.examples for f in cleaned.report}
    assert examples["long"] == ("x" * 29 + "…",)
    assert examples["controls"] == ("U+200B zero width space", "U+202E right-to-left override")


def test_names_of_the_commonest_symbols_stay_where_there_are_too_many():
    rare = [chr(0x4E00 + i) for i in range(300)]
    common = ["".join(pair) for pair in zip(rare[:150], rare[1:151], strict=True)]
    cleaned = clean("\n".join(rare + common))
    assert found(cleaned)["rare"] == 300 - 199
    assert found(cleaned)["symbols"] == MAX_SYMBOLS
    assert FINDINGS["rare"].fields["most"] == len(set("".join(cleaned.rows)))
    assert set(common) <= set(cleaned.rows)


def test_case_is_kept_where_it_is_wanted():
    names = many(25, "aB")
    assert clean("\n".join(names), keep_case=True).rows == tuple(names)
    assert clean("\n".join(names)).rows == tuple(name.lower() for name in names)


def test_joiners_stay_where_a_script_needs_them_only():
    assert normalize("a\u200db") == "ab"
    assert normalize("\u200dक\u094d\u200d\u200dष\u200c") == "क\u094d\u200dष"
    assert normalize("👩\u200d🚀") == "👩\u200d🚀"


def test_a_long_run_of_accents_takes_no_time():
    # Ordering accents takes quadratic time; lines that are too long are never ordered.
    text = "\n".join([*many(25), "a" + "\u0301\u0323" * 200_000])
    assert found(clean(text))["long"] == 1


@pytest.mark.parametrize(
    "names, rule",
    [
        (many(19), "at least 20 distinct"),
        (many(19) * 5, "at least 20 distinct"),
        ([], "at least 20"),
        (many(MAX_NAMES + 1), "at most 50,000 names"),
        (["a" * n for n in range(1, 31)], "at least 2 different letters"),
        (["x" * 100] * 100, "(rows: 100; of these, too long: 100)"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_with_the_rule_and_the_value(names, rule):
    with pytest.raises(ValueError) as caught:
        clean("\n".join(names))
    assert rule in str(caught.value) and str(caught.value).endswith(".")


def test_the_limits_are_inclusive():
    assert found(clean("\n".join(many(20))))["used"] == 20
    assert found(clean("\n".join(many(MAX_NAMES))))["used"] == MAX_NAMES
    assert found(clean("\n".join([*many(20), "a" * MAX_LETTERS])))["long"] == 0
    assert decode(b"a" * MAX_BYTES).sure


# Fuzzing: texts of every kind, in every encoding, whole and broken.

NASTY = [
    "<b>x</b>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "**x**",
    "[x](http://y)",
    "$x^2$",
    ":red[x]",
    ":material/home:",
    "# x",
    "`x`",
    "=1+1",
    "@x",
    "-x",
    "\u202e",
    "\u200f",
    "\u2066",
    "\ufeff",
    "\0",
    "\x1b[31m",
    "\x85",
    "\u2028",
    "a\u0301" * 30,
    "\ud800",
    "\udfff",
    "\ufffe",
    "\ufffd",
    "\U000e0041",
    "&lt;",
    "%x",
    "javascript:x",
    "👩‍🚀",
    "\u200d" * 9,
    " " * 70,
]
pieces = st.one_of(
    st.text(max_size=12),
    st.sampled_from(NASTY),
    st.text(alphabet="abcñ \u0301\u200d\u200e\t", max_size=70),
)
texts = st.lists(pieces, max_size=60).flatmap(
    lambda names: (
        st.sampled_from(["\n", "\r\n", "\r", ",", ";", "\x0b"]).map(
            lambda end: end.join([*names, *MANY])
        )
        | st.just("\n".join(names))
    )
)
MANY = many(21, "xy")
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7"]
raws = st.one_of(
    st.binary(max_size=400),
    st.tuples(texts, st.sampled_from(ENCODINGS)).map(
        lambda pair: pair[0].encode(pair[1], "ignore")
    ),
    st.tuples(texts, st.binary(min_size=1, max_size=4), st.integers(0, 500)).map(
        lambda it: (raw := it[0].encode("utf-8", "ignore"))[: it[2]] + it[1] + raw[it[2] :]
    ),
)


def is_one_sentence(error):
    message = str(error)
    return message.isprintable() and 30 < len(message) < 400 and message.endswith(".")


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(raws, st.booleans(), st.booleans())
def test_any_bytes_make_a_usable_list_or_one_sentence(raw, keep_case, as_table):
    try:
        decoded = decode(raw, "up\x00<b>load")
        text = decoded.text
        if as_table:
            rows = parse_table(text, "up\x00<b>load")
            heading = has_heading(rows)
            text = column_text(rows, likely_column(rows, heading), heading)
        cleaned = clean(text, keep_case, "your list")
    except ValueError as error:
        assert is_one_sentence(error)
        return
    assert_usable(cleaned, keep_case)


@settings(max_examples=EXAMPLES // 2, suppress_health_check=list(HealthCheck))
@given(texts, st.booleans())
def test_any_text_makes_a_usable_list_or_one_sentence(text, keep_case):
    try:
        cleaned = clean(text, keep_case, "your list")
    except ValueError as error:
        assert is_one_sentence(error)
        return
    assert_usable(cleaned, keep_case)


def assert_usable(cleaned, keep_case):
    """Check all that a page or a network relies on."""
    for name in cleaned.rows:
        assert 1 <= len(name) <= MAX_LETTERS
        assert name == name.strip() and "  " not in name
        assert unicodedata.is_normalized("NFC", name)
        for c in name:
            assert unicodedata.category(c) not in ("Cc", "Cs", "Co", "Zl", "Zp")
            assert unicodedata.category(c) != "Cf" or c in JOINERS
    counts = found(cleaned)
    assert counts["used"] == len(set(cleaned.rows)) >= 20
    assert counts["read"] == (counts["empty"] + counts["long"] + counts["rare"] + len(cleaned.rows))
    # cleaned once is clean
    assert clean("\n".join(cleaned.rows), keep_case).rows == cleaned.rows
    made = make_corpus(cleaned, "your list")
    assert 3 <= len(made.vocab) <= MAX_SYMBOLS
    assert not made.train_set & made.val_set and made.train and made.val
    arrays = encode(made.val, made.vocab)
    assert arrays.inputs.shape == arrays.targets.shape
    back = list(
        csv.reader(
            io.StringIO(
                to_csv(["name"], [[n] for n in cleaned.rows]).decode("utf-8-sig"), newline=""
            )
        )
    )
    for (cell,), name in zip(back[1:], cleaned.rows, strict=True):
        assert cell in (name, f"'{name}") and cell[0] not in "=+-@"


def test_cleaning_in_small_parts_gives_the_same_list(monkeypatch):
    text = "\r\n".join(
        ["Ana\u0301 ", "", "ΣΑΣ", "a\u200db", "👩\u200d👧x", "\tb\x07a"] * 40
        + [f"name{chr(0x100 + i)}" for i in range(0, 200, 2)]
    )
    whole = clean(text)
    monkeypatch.setattr("dino.lists.LINES_PER_PART", 3)
    monkeypatch.setattr("dino.lists.LETTERS_PER_PART", 7)
    parts = list(clean_in_parts(text))
    assert len(parts) > 200 and [found for _, found in parts[:-1]] == [None] * (len(parts) - 1)
    share, found = parts[-1]
    assert share == 1 and found.rows == whole.rows
    assert (found.characters, found.report) == (whole.characters, whole.report)
    assert found.rows[:3] == ("aná", "σας", "ab")


@pytest.mark.parametrize("first, last", [(0xFDD0, 0xFDEF), (0xFFFE, 0xFFFF), (0x10FFFE, 0x10FFFF)])
def test_what_unicode_says_is_no_character_is_removed_and_what_stands_beside_it_is_not(first, last):
    for code in range(first, last + 1):
        assert normalize(f"a{chr(code)}b") == "ab"
    assert all(len(normalize(f"a{chr(code)}b")) == 3 for code in (0xFDCF, 0xFDF0, 0xFFFD))
