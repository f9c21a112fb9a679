"""The list as the notebook counts it, the split as it is defined, bad lists refused."""

import hashlib
import random

import numpy as np
import pytest

from dino import data, files, lists
from dino.data import BUNDLED, DINOS, END, PAD, Vocab, encode, load, load_bundled, split

SHA256 = "ad6465621cf56c08f71d4fbb40cf7eab763f9df42c54cc460d6c4d86e9c927fb"


def write_list(path, names):
    path.write_text("\n".join(names), encoding="utf-8")
    return path


def many(count, letters="ab"):
    """`count` distinct names of few letters."""
    digits = str.maketrans("01", letters)
    return [f"{i:b}".translate(digits) for i in range(1, count + 1)]


def test_the_file_is_the_one_the_figures_are_of():
    assert hashlib.sha256(DINOS.read_bytes()).hexdigest() == SHA256


def test_the_figures_are_the_notebooks(corpus):
    figures = corpus.figures()
    dictionary = figures.pop("dictionary")
    assert figures == {
        "names": 1536,
        "characters": 19_909,
        "symbols": 27,
        "distinct": 1524,
        "longest": 26,
    }
    assert dictionary == {"\n": 0, **{chr(ord("a") + i): i + 1 for i in range(26)}}


def test_the_dictionary_goes_both_ways(corpus):
    vocab = corpus.vocab
    assert [vocab.index[symbol] for symbol in vocab.symbols] == list(range(27))
    assert vocab.symbols[0] == END
    assert vocab.decode(vocab.encode("jinzhousaurus")) == "jinzhousaurus"


def test_a_name_goes_in_one_step_behind_what_comes_out(corpus):
    encoded = encode(["jinzhousaurus"], corpus.vocab)
    ids = [10, 9, 14, 26, 8, 15, 21, 19, 1, 21, 18, 21, 19]
    assert encoded.inputs.tolist() == [[corpus.vocab.start, *ids]]
    assert encoded.targets.tolist() == [[*ids, 0]]
    assert encoded.lengths.tolist() == [14]


def test_names_of_a_batch_are_padded_behind_their_end_mark(corpus):
    encoded = encode(["ab", "abcd"], corpus.vocab)
    assert encoded.targets.tolist() == [[1, 2, 0, PAD, PAD], [1, 2, 3, 4, 0]]
    assert encoded.lengths.tolist() == [3, 5]
    assert np.array_equal((encoded.targets != PAD).sum(1), encoded.lengths)
    assert encoded.inputs[0, :3].tolist() == [corpus.vocab.start, 1, 2]


def test_what_is_encoded_can_be_read_back(corpus):
    arrays = corpus.train_arrays
    names = [
        corpus.vocab.decode(row[: n - 1])
        for row, n in zip(arrays.targets, arrays.lengths, strict=True)
    ]
    assert tuple(names) == corpus.train


@pytest.mark.parametrize("split_seed", [0, 1, 2])
def test_the_split_is_the_shuffled_distinct_names_first_tenth_held_out(split_seed):
    corpus = load(split_seed=split_seed)
    rows = [row.strip() for row in DINOS.read_text().lower().split("\n") if row.strip()]
    shuffled = sorted(set(rows))
    random.Random(split_seed).shuffle(shuffled)
    assert list(corpus.val) == shuffled[:152]
    assert list(corpus.train) == shuffled[152:]


def test_a_repeated_name_stands_on_one_side_only_and_once(corpus):
    assert len(corpus.rows) > len(set(corpus.rows))
    assert not corpus.train_set & corpus.val_set
    assert len(corpus.train) + len(corpus.val) == len(corpus.names) == 1524
    train, val = split(["rex", "rex", "mei", "rex"])
    assert sorted(train + val) == ["mei", "rex"]


def test_case_blanks_and_line_ends_make_no_difference(tmp_path, corpus):
    text = DINOS.read_text()
    path = tmp_path / "dinos.txt"
    messy = "\n\n".join(f"  {row.upper()}\t" for row in text.split("\n"))
    path.write_bytes(b"\xef\xbb\xbf" + messy.replace("\n", "\r\n").encode())
    assert load(path).rows == corpus.rows
    assert load(path).train == corpus.train


def test_an_unknown_letter_is_refused_by_name(corpus):
    with pytest.raises(ValueError, match="“7” does not occur") as caught:
        corpus.vocab.encode("rex7")
    assert "\n" not in str(caught.value)


def test_a_vocabulary_knows_any_alphabet():
    vocab = Vocab("ñandú 恐")
    assert vocab.symbols == (END, *sorted("ñandú 恐"))
    assert len(vocab.labels) == len(vocab)
    assert all(label.isprintable() and label.strip() for label in vocab.labels)


BAD_LISTS = {
    "too few": lambda p: write_list(p, many(19)),
    "too few distinct": lambda p: write_list(p, many(19) * 3),
    "empty": lambda p: write_list(p, []),
    "only blanks": lambda p: write_list(p, ["  "] * 50),
    "too many": lambda p: write_list(p, many(lists.MAX_NAMES + 1)[::-1]),
    "all in one line": lambda p: write_list(p, [",".join(many(1000))]),
    "one letter": lambda p: write_list(p, ["a" * n for n in range(1, 31)]),
    "too large": lambda p: write_list(p, ["a" * 50] * 20_000),
    "not UTF-8": lambda p: p.write_bytes("\n".join([*many(30), "é"]).encode("latin-1")),
    "a picture": lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00" * 100),
    "a directory": lambda p: p.mkdir(),
    "missing": lambda p: None,
}


@pytest.mark.parametrize("make", BAD_LISTS.values(), ids=BAD_LISTS)
def test_a_bad_list_is_refused_in_one_line_with_its_name(make, tmp_path, monkeypatch):
    path = tmp_path / "mylist.txt"
    if make is BAD_LISTS["too many"]:  # the bytes would be refused first
        monkeypatch.setattr(data, "MAX_BYTES", 10**7)
        monkeypatch.setattr(files, "MAX_BYTES", 10**7)
    make(path)
    with pytest.raises(ValueError) as caught:
        load(path)
    message = str(caught.value)
    assert "mylist" in message
    assert message.isprintable() and len(message) < 250 and message.endswith(".")


def test_the_limits_of_a_list_are_inclusive(tmp_path):
    assert len(load(write_list(tmp_path / "few.txt", many(20))).names) == 20
    long = load(write_list(tmp_path / "long.txt", [*many(30), "a" * 60]))
    assert long.figures()["longest"] == 60
    symbols = [chr(0x4E00 + i) for i in range(199)]
    assert len(load(write_list(tmp_path / "symbols.txt", symbols)).vocab) == 200


def test_a_list_is_read_to_the_last_byte_that_it_may_have(tmp_path):
    text = "\n".join(many(30)).encode()
    path, last = tmp_path / "full.txt", b"last"
    path.write_bytes(text + b"\n" * (files.MAX_BYTES - len(text + last)) + last)
    assert "last" in load(path).names
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(ValueError, match=f"{files.MAX_BYTES:,} bytes"):
        load(path)


def test_a_held_out_letter_is_known_to_the_network(tmp_path):
    names = [chr(ord("a") + i) * 3 for i in range(26)]
    corpus = load(write_list(tmp_path / "alphabet.txt", names))
    unseen = set("".join(corpus.val)) - set("".join(corpus.train))
    assert unseen
    assert (corpus.val_arrays.targets < len(corpus.vocab)).all()


def test_at_most_a_thousand_names_are_held_out():
    train, val = split(many(15_000))
    assert len(val) == 1000 and len(train) == 14_000
    assert not set(train) & set(val)


def test_a_list_without_some_names_keeps_the_side_of_every_other(corpus):
    gone = {corpus.val[3], corpus.train[5], "no name of it"}
    rest = corpus.without(gone)
    assert rest.val == tuple(n for n in corpus.val if n not in gone)
    assert rest.train == tuple(n for n in corpus.train if n not in gone)
    assert len(rest.rows) == len(corpus.rows) - 2
    assert rest.removed == gone
    lost = sum(len(name) + 1 for name in gone & set(corpus.rows))
    assert rest.characters == corpus.characters - lost


def test_a_list_is_not_emptied(corpus):
    with pytest.raises(ValueError, match="Remove fewer"):
        corpus.without(corpus.names[:-10])
    with pytest.raises(ValueError, match="Remove fewer"):
        corpus.without(corpus.val)


def test_a_mark_that_has_no_place_of_its_own_gets_one():
    labels = Vocab("न\u093f\u200d").labels
    assert labels == ["⏎", "न", "◌\u093f", "ZWJ"]


@pytest.mark.parametrize("key", BUNDLED)
@pytest.mark.parametrize("keep_case", [False, True])
def test_every_list_that_comes_with_the_app_can_be_used(key, keep_case):
    found = load_bundled(key, keep_case=keep_case)
    assert found.title == BUNDLED[key].title
    assert found.vocab.has_capitals == keep_case
    assert len(found.vocab) <= 200 and min(len(found.train), len(found.val)) > 90


def test_the_towns_keep_their_letters():
    towns = load_bundled("colombian-towns")
    assert set("ñáéíóúü -") <= set(towns.vocab.symbols)
    assert any("ñ" in name for name in towns.val)
    assert len(towns.rows) == 1044
    assert load_bundled("us-first-names").rows[:2] == ("aaron", "abbey")
    assert len(load_bundled("us-first-names").rows) == 5163


def test_what_is_typed_is_spelt_as_the_list_is():
    assert load_bundled("dinos").vocab.normalize("  TyRan") == "tyran"
    towns = load_bundled("colombian-towns", keep_case=True).vocab
    assert towns.normalize("San n\u0303") == "San ñ"
    assert towns.normalize("San ") == "San "


def test_a_corpus_encodes_in_parts_what_it_encodes_at_once(monkeypatch):
    monkeypatch.setattr("dino.data.NAMES_PER_PART", 10)
    corpus, whole = load(), load()
    assert len(list(corpus.encode_in_parts())) > 100
    for arrays in ("train_arrays", "val_arrays"):
        assert arrays in corpus.__dict__
        for one, other in zip(getattr(corpus, arrays), getattr(whole, arrays), strict=True):
            assert np.array_equal(one, other)
    assert list(corpus.encode_in_parts()) == []
