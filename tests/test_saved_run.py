"""A saved run: the same run from its file, bit for bit, and one sentence for any other file."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import re
import sys
import tracemalloc
import warnings
from dataclasses import fields, replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trainers import same_run

from dino.__main__ import main
from dino.choice import OWN, Choice, bundled_corpus
from dino.config import CELLS, OPTIMIZERS, Config
from dino.data import load_bundled, make_corpus
from dino.lists import clean
from dino.locale.sentences import THIN_SPACE, Refusal, languages
from dino.parts import finish
from dino.run import Run
from dino.sample import LONGEST
from dino.saved import run_writer, saved_list
from dino.saved.list_search import BrowserLists, find_list
from dino.saved.on_disk import write_file
from dino.saved.run_note import CUT
from dino.saved.saved_run import from_bytes, to_bytes
from dino.saved.tensors import HEADER_BYTES, LENGTH_BYTES, MOST_BYTES
from dino.train import Trainer

TINY = Config(hidden_size=6, batch_size=5, max_steps=60, engine="torch")
OWN_NAMES = [f"{a}{b}x{c}{b}" for a in "kmn" for b in "aeiou" for c in "rst"]


@pytest.fixture(scope="module")
def own():
    """A private list."""
    return make_corpus(clean("\n".join(OWN_NAMES)), "my people", 3)


def rested(config, corpus, steps=37):
    """A trainer that rests after some steps, in the middle of a pass over the names."""
    trainer = Trainer(config, corpus)
    trainer.advance(steps)
    trainer.settle()
    return trainer


def saved(trainer, **how):
    return to_bytes(trainer.run(), trainer.pack(), trainer.corpus, **how)


def trained_on(trainer, steps=23):
    trainer.advance(steps)
    trainer.settle()
    return trainer


def same_packed(one, other):
    """Assert that two paused trainers are the same, in every number."""
    for a, b in ((one.now, other.now), (one.guard.good, other.guard.good)):
        assert (a.step, a.evaluation) == (b.step, b.evaluation)
        assert torch.equal(a.weights, b.weights)
        assert (a.average is None) == (b.average is None)
        assert a.average is None or torch.equal(a.average, b.average)
        assert a.optimizer_state.keys() == b.optimizer_state.keys()
        assert all(map(torch.equal, a.optimizer_state.values(), b.optimizer_state.values()))
    assert one.guard.first_loss == other.guard.first_loss
    assert one.guard.watch_from == other.guard.watch_from
    assert (one.max_steps, one.kernels_from) == (other.max_steps, other.kernels_from)
    assert torch.equal(one.generator_state, other.generator_state)
    assert torch.equal(one.rest_of_round, other.rest_of_round)
    assert np.array_equal(one.kernels_random_state, other.kernels_random_state)
    for name in ("losses", "symbols", "val_steps", "val_losses", "train_eval_losses"):
        a, b = (np.asarray(getattr(packed.history, name)) for packed in (one, other))
        assert a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


def same_fields(one: Run, other: Run):
    """Assert that every field of two runs is the same, but for what is computed again."""
    for field in fields(Run):
        if field.name == "written":
            continue
        a, b = getattr(one, field.name), getattr(other, field.name)
        if isinstance(a, np.ndarray):
            assert np.array_equal(a, b, equal_nan=True) and a.dtype == b.dtype, field.name
        elif field.name in ("snapshots", "kept_best", "latest") and a is not None:
            pairs = zip(a, b, strict=True) if field.name == "snapshots" else [(a, b)]
            for s, t in pairs:
                assert (s.step, s.val_loss, s.names) == (t.step, t.val_loss, t.names)
                assert np.array_equal(s.weights, t.weights)
        else:
            assert a == b, field.name


@pytest.mark.parametrize("engine", ["torch", "compiled"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_saved_run_trains_on_as_if_it_had_never_stopped(cell, engine, own, kernels):
    config = TINY.replace(
        cell=cell, engine=engine, letter_dropout=0.2, hidden_dropout=0.3, average=0.95
    )
    trainer = rested(config, own)
    found = from_bytes(saved(trainer, with_names=True))
    again = found.trainer(found.corpus())
    assert len(trainer.pack().rest_of_round) not in (0, len(own.train))
    same_run(trained_on(trainer), trained_on(again))
    assert again.engine == engine


@pytest.mark.parametrize("engine", ["torch", "compiled"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_so_it_does_with_each_optimizer(optimizer, engine, own, kernels):
    config = TINY.replace(optimizer=optimizer, engine=engine, average=0.0, learning_rate=0.01)
    trainer = rested(config, own)
    found = from_bytes(saved(trainer, with_names=True))
    same_packed(found.packed, trainer.pack())
    again = found.trainer(own)
    same_run(trained_on(trainer), trained_on(again))
    same_packed(again.pack(), trainer.pack())


@pytest.mark.parametrize("engine", ["torch", "compiled"])
def test_so_does_one_that_does_not_shuffle(engine, own, kernels):
    trainer = rested(TINY.replace(shuffle=False, engine=engine), own)
    rest = [own.train[row] for row in trainer.pack().rest_of_round]
    assert rest and rest == sorted(own.train)[-len(rest) :]
    again = from_bytes(saved(trainer, with_names=True)).trainer(own)
    assert not again.config.shuffle
    same_run(trained_on(trainer), trained_on(again))
    same_packed(again.pack(), trainer.pack())


@pytest.mark.parametrize("steps", [10, 30])
def test_it_moves_to_the_kernels_where_it_would_have_without_the_break(steps, own, kernels):
    trainer = Trainer(TINY.replace(engine="auto"), own, kernels_from=20)
    trainer.advance(steps)
    trainer.settle()
    again = from_bytes(saved(trainer, with_names=True)).trainer(own)
    same_run(trained_on(trainer, 25), trained_on(again, 25))
    assert again.history.engines == [(0, "torch"), (20, "compiled")]


def test_the_state_of_a_used_generator_is_one_that_is_read(corpus):
    found = from_bytes(saved(rested(TINY, corpus, 2)))
    generator = torch.Generator().manual_seed(5)
    for numbers in (0, 1, 2, 3, 620, 621, 622, 623, 624, 625, 1248, 5000):
        for draw in (torch.rand, torch.randn, torch.randperm):
            draw(numbers, generator=generator)
            packed = replace(found.packed, generator_state=generator.get_state())
            again = from_bytes(to_bytes(found.run, packed, corpus)).packed
            assert torch.equal(again.generator_state, generator.get_state())


@pytest.mark.parametrize("steps", [0, 1, 60])
def test_every_field_is_there_again(steps, corpus):
    trainer = rested(TINY.replace(context=3), corpus, steps)
    trainer.learning_rate = 0.02
    run, packed = trainer.run(), trainer.pack()
    found = from_bytes(to_bytes(run, packed, corpus))
    same_fields(found.run, run)
    same_packed(found.packed, packed)
    assert found.vocab.symbols == corpus.vocab.symbols
    assert found.versions["torch"] == torch.__version__
    assert found.word == ""
    assert saved(found.trainer(corpus)) == to_bytes(found.run, found.packed, corpus)


def test_a_run_that_diverged_says_so_again_and_trains_on_from_its_last_good_weights(own):
    trainer = Trainer(TINY.replace(optimizer="sgd", learning_rate=10.0, clip_norm=0.0), own)
    trainer.advance()
    trainer.settle()
    assert trainer.stopped
    found = from_bytes(saved(trainer, with_names=True))
    same_fields(found.run, trainer.run())
    again = found.trainer(found.corpus())
    for each in (trainer, again):
        each.extend(20)
        each.learning_rate = 0.01
    same_run(trained_on(trainer), trained_on(again))


def test_a_kept_run_without_what_training_needs_can_be_looked_at(own):
    trainer = rested(TINY.replace(max_steps=300), own, 300)
    for run in (
        trainer.run(),
        trainer.run().with_fewer_points(100),
        trainer.run().without_weights(),
    ):
        found = from_bytes(to_bytes(run, None, own, with_names=True))
        same_fields(found.run, replace(run, val_steps=run.val_steps.astype(np.int64)))
        with pytest.raises(Refusal, match="only what is needed to look at it"):
            found.trainer(own)


def test_a_list_is_known_by_its_names_however_it_was_cleaned(own):
    for key, keep_case in (("dinos", False), ("colombian-towns", True)):
        corpus = load_bundled(key, 5, keep_case).without([])
        corpus = corpus.without([corpus.train[3], corpus.val[0]])
        trainer = rested(TINY.replace(split_seed=5), corpus, 2)
        found = from_bytes(saved(trainer))
        assert (found.listed.key, found.listed.keep_case) == (key, keep_case)
        there = found.corpus()
        assert (there.train, there.val) == (corpus.train, corpus.val)
        assert there.removed == corpus.removed
        assert all(snapshot.names for snapshot in found.run.snapshots)


def test_no_name_of_a_private_list_travels_without_its_owners_word(own):
    trainer = rested(TINY.replace(max_steps=400, learning_rate=0.02), own, 400)
    written = {name for snapshot in trainer.run().snapshots for name in snapshot.names}
    assert written & set(OWN_NAMES)  # it has learnt some by heart
    data = saved(trainer)
    for name in {*written, *OWN_NAMES, "my people"} - {""}:
        assert len(name) < 5 or name.encode() not in data
    found = from_bytes(data)
    assert (found.listed.key, found.listed.rows, found.listed.title) == ("", None, "")
    with pytest.raises(Refusal, match="Use the same list"):
        found.corpus()
    same_run(trained_on(found.trainer(own)), trained_on(found.trainer(own)))


def test_with_the_owners_word_the_list_is_in_the_file(own):
    removed = own.without(OWN_NAMES[4:6])
    names = clean("\n".join([*OWN_NAMES, "Kaxar"]), keep_case=True)
    for corpus in (own, removed, make_corpus(names, "my people", 3)):
        found = from_bytes(saved(rested(TINY, corpus), with_names=True))
        assert found.listed.keep_case == ("Kaxar" in corpus.names)
        there = found.corpus(owner="somebody")
        assert (there.rows, there.train, there.val) == (corpus.rows, corpus.train, corpus.val)
        assert (there.owner, there.title, there.removed) == (
            "somebody",
            "my people",
            corpus.removed,
        )


def test_a_file_has_as_many_names_as_a_list_may_have(own, monkeypatch):
    data, count = saved(rested(TINY, own, 2), with_names=True), len(own.rows)
    monkeypatch.setattr(saved_list, "MAX_NAMES", count)
    assert from_bytes(data).corpus().rows == own.rows
    monkeypatch.setattr(saved_list, "MAX_NAMES", count - 1)
    with pytest.raises(Refusal):
        from_bytes(data)


def list_of(run_of, split=(), brought=(), **how):
    """The list that a browser gives a run of this one. split, brought: those that it has"""
    file = from_bytes(saved(rested(TINY, run_of, 2), **how))
    return finish(find_list(file, BrowserLists("me", split, brought, 7)))


def test_a_run_gets_the_list_that_is_here_and_split_as_its_own_is(own):
    other, less = make_corpus(own.cleaned, "my people", 4), own.without(OWN_NAMES[:1])
    assert list_of(own, (other, less, own)) is own and list_of(less, (own, less)) is less
    assert list_of(own, (other, less)) is None and list_of(own) is None


@pytest.mark.parametrize("removed", [frozenset(), frozenset(OWN_NAMES[:1])])
def test_a_list_that_its_visitor_brought_is_split_as_the_run_has_it(removed, own):
    run_of, strange = own.without(removed), (clean("\n".join(OWN_NAMES[1:])), Choice(OWN))
    choice = Choice(OWN, number=5, removed=removed)
    now = choice._replace(removed=frozenset(OWN_NAMES[7:9]))  # a file with names says more
    for there, source in (
        (list_of(run_of, brought=[strange, (own.cleaned, choice)]), choice),
        (list_of(run_of, brought=[(own.cleaned, now)], with_names=True), choice),
        (list_of(run_of, brought=[strange], with_names=True), choice._replace(number=7)),
    ):
        assert (there.train, there.val, there.removed) == (run_of.train, run_of.val, removed)
        assert (there.owner, there.title, there.source) == ("me", source.title, source)
    assert list_of(run_of, brought=[strange]) is None
    with pytest.raises(Refusal, match="remove the same"):
        list_of(run_of, brought=[(own.cleaned, now)])


def test_a_run_of_one_of_the_apps_lists_gets_the_one_that_all_visitors_share(corpus):
    shared = bundled_corpus("dinos", False, corpus.split_seed, False)
    assert list_of(corpus) is shared
    less = corpus.without([corpus.train[0]])
    there = list_of(less)
    assert (there.train, there.val, there.owner) == (less.train, less.val, "")
    assert there.source == Choice("dinos", removed=less.removed)


def test_another_list_is_refused(own):
    found = from_bytes(saved(rested(TINY, own)))
    others = {
        "fingerprint": make_corpus(clean("\n".join([*OWN_NAMES, "other"])), "", 3),
        "split seed 3": make_corpus(clean("\n".join(OWN_NAMES)), "", 4),
        "remove the same": own.without(OWN_NAMES[:1]),
    }
    for word, other in others.items():
        with pytest.raises(Refusal, match=word):
            found.trainer(other)


def test_what_is_not_at_rest_or_not_finite_is_not_saved(own):
    trainer = Trainer(TINY, own)
    trainer.advance(47)
    with pytest.raises(Refusal, match="Pause it"):
        saved(trainer)
    trainer.settle()
    trainer.state.weights[0] = math.nan
    with pytest.raises(Refusal, match="finite weights"):
        saved(trainer)
    with pytest.raises(Refusal, match="at most 1,000,000 updates"):
        to_bytes(replace(trainer.run(), max_steps=1_000_001), None, own)
    rates = tuple((step, 0.01) for step in range(1_001))
    with pytest.raises(Refusal, match="at most 1,000 learning rates, but this one has 1,001"):
        to_bytes(replace(trainer.run(), learning_rates=rates), None, own)


# ---- size


def test_what_does_not_fit_is_left_out_in_order_and_said(own, monkeypatch):
    trainer = rested(TINY.replace(hidden_size=40), own)  # its last good weights are older
    run, packed = trainer.run(), trainer.pack()
    assert packed.guard.good.step < packed.now.step
    one, complete = run.weights.nbytes, len(to_bytes(run, packed, own))
    held = len([s for s in run.snapshots if s.weights is not None])

    def fitted(size):
        monkeypatch.setattr(run_writer, "MOST_BYTES", HEADER_BYTES + size)
        data = to_bytes(run, packed, own)
        assert len(data) - HEADER_BYTES <= size
        return from_bytes(data)

    assert fitted(complete).word == ""
    some = fitted(complete - 3 * one)
    assert f"out the weights of {some.left_out.moments} moments." in str(some.word)
    steps = [s.step for s in some.run.snapshots if s.weights is not None]
    assert steps[0] == 0 and steps[-1] == run.snapshots[-1].step and 2 <= len(steps) < held
    none = fitted(complete - (held - 1) * one)  # all that training needs, and the best moment
    assert none.left_out.moments >= held - 2 and none.packed and none.run.best_moment is not None
    shared = fitted(8 * one)
    assert shared.left_out.good and "the earlier good weights" in str(shared.word)
    assert torch.equal(shared.packed.guard.good.weights, packed.now.weights)
    bare = fitted(5 * one)
    assert bare.left_out.training and "the data needed to train further" in str(bare.word)
    assert bare.packed is None and np.array_equal(bare.run.weights, run.weights)
    for found in (some, none, shared):
        same_run(trained_on(found.trainer(own)), trained_on(none.trainer(own)))


@pytest.mark.long
def test_the_largest_network_with_adam_fits(corpus):
    config = Config(cell="lstm", hidden_size=512, batch_size=1, max_steps=3, engine="torch")
    data = saved(rested(config, corpus, 3))
    assert 17_000_000 < len(data) <= MOST_BYTES
    found = read_watched(data)
    assert found.packed is not None and "the weights of" in str(found.word)


# ---- files from strangers

ACTIVE, SEEN = [False], []
WATCHED = ("exec", "compile", "import", "open", "os.system", "subprocess.Popen", "marshal.loads")


def _note_event(event, _):
    if ACTIVE[0] and (event in WATCHED or event.startswith("pickle")):
        SEEN.append(event)


@pytest.fixture(scope="module")
def watched():
    """From now on, what Python executes or opens while a file is read is noted in SEEN."""
    sys.addaudithook(_note_event)


def read_watched(data):
    """The run in a file or its refusal; reading takes less than 200 MB and executes nothing."""
    SEEN.clear()
    tracemalloc.start()
    ACTIVE[0] = True
    try:
        return from_bytes(data)
    except Refusal as refused:
        return refused
    finally:
        ACTIVE[0] = False
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 200_000_000
        assert not SEEN


def use(found, corpus):
    """Look at a run that was read, and train it on."""
    run = found.run
    assert run.step >= 0 and run.best and run.moments and str(found.word) is not None
    assert len(run.val_curve()[0]) <= len(run.val_steps)
    assert run.with_fewer_points(20).nbytes and run.stretches(run.stride()) is not None
    assert str(run.stopped) is not None and math.isfinite(run.learning_rate)
    try:
        trainer = found.trainer(corpus)
    except Refusal:
        return
    trainer.advance(2)
    trainer.settle()


def parts(data):
    """A file's header, as two JSON objects, and the bytes after it."""
    length = int.from_bytes(data[:LENGTH_BYTES], "little")
    table = json.loads(data[LENGTH_BYTES : LENGTH_BYTES + length])
    return table, json.loads(table["__metadata__"]["dino"]), data[LENGTH_BYTES + length :]


def joined(table, note, rest):
    """A file of these parts; note: an object, or text that may be no JSON."""
    text = note if isinstance(note, str) else json.dumps(note)
    head = json.dumps({**table, "__metadata__": {"dino": text}}).encode()
    return len(head).to_bytes(LENGTH_BYTES, "little") + head + rest


KINDS = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8", "U64": "<u8", "U8": "u1"}
JUNK = (
    None, True, -1, 0, 1, 2**63, 10**30, 0.5, -0.5, 1e308, math.nan, math.inf, "", "x", "nan", "\n",
    "\ud800", "x" * 10_000, [], [[]], {}, {"a": 1}, [0] * 1000, ["torch"], [[0, "torch"]] * 50,
)  # fmt: skip  # as a table


def places(found, way=()):
    """The ways to every value in JSON."""
    yield way
    if isinstance(found, dict | list):
        for key, value in found.items() if isinstance(found, dict) else enumerate(found):
            yield from places(value, (*way, key))


def put(found, way, value):
    """Another value at a place of JSON."""
    for key in way[:-1]:
        found = found[key]
    found[way[-1]] = value


def with_other_field(data, random):
    table, note, rest = parts(data)
    there = random.choice([note, table])
    put(there, random.choice([way for way in places(there) if way]), random.choice(JUNK))
    if "__metadata__" in table:
        table.pop("__metadata__")
    return joined(table, note, rest)


def with_another_key(data, random):
    table, note, rest = parts(data)
    way = random.choice([way for way in places(note) if way])
    owner = note
    for key in way[:-1]:
        owner = owner[key]
    if isinstance(owner, dict):
        if random.random() < 0.5:
            owner["__reduce__"] = "os.system('true')"
        else:
            del owner[way[-1]]
    return joined(table, note, rest)


def with_repeated_key(data, random):
    table, note, rest = parts(data)
    key = random.choice(list(note))
    text = json.dumps(note)[:-1] + f', "{key}": {json.dumps(note[key])}}}'
    return joined(table, text, rest)


def with_deep_json(data, random):
    table, _, rest = parts(data)
    depth = random.choice([10, 1000, 50_000])
    opened, closed = random.choice([("[", "]"), ('{"a":', "}")])
    return joined(table, opened * depth + "1" + closed * depth, rest)


def with_other_numbers(data, random):
    table, note, rest = parts(data)
    name = random.choice([key for key in table if key != "__metadata__"])
    first, end = table[name]["data_offsets"]
    array = np.frombuffer(rest[first:end], KINDS[table[name]["dtype"]]).copy()
    if len(array):
        value = random.choice([math.nan, math.inf, -1, 0, 1, 1e30, 255])
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array[random.randrange(len(array))] = np.array([value]).astype(array.dtype)[0]
    return joined(table, note, rest[:first] + array.tobytes() + rest[end:])


def with_other_sizes(data, random):
    table, note, rest = parts(data)
    entry = table[random.choice([key for key in table if key != "__metadata__"])]
    change = random.choice([-1, 1, 4, -4, 10**9, 2**62])
    if random.random() < 0.5:
        entry["shape"][0] += change
    if random.random() < 0.7:
        entry["data_offsets"][random.randrange(2)] += change
    return joined(table, note, rest)


def with_other_bytes(data, random):
    changed = bytearray(data)
    most = len(changed) if random.random() < 0.3 else min(len(changed), 9000)
    for _ in range(random.choice([1, 1, 3, 20])):
        changed[random.randrange(most)] = random.randrange(256)
    return bytes(changed)


def cut(data, random):
    end = random.randrange(len(data))
    return data[:end] if random.random() < 0.5 else data[end:]


def with_more_bytes(data, random):
    at = random.randrange(len(data))
    return data[:at] + random.randbytes(random.choice([1, 8, 1000])) + data[at:]


def with_other_length(data, random):
    length = random.choice([0, 1, 2**63, 2**64 - 1, 10**8, len(data), random.randrange(10_000)])
    return length.to_bytes(LENGTH_BYTES, "little") + data[LENGTH_BYTES:]


MUTATIONS = (
    with_other_field, with_another_key, with_repeated_key, with_deep_json, with_other_numbers,
    with_other_sizes, with_other_bytes, cut, with_more_bytes, with_other_length,
)  # fmt: skip  # as a table


@pytest.fixture(scope="module")
def files(own, kernels):
    """Saved runs of several kinds."""
    busy = TINY.replace(engine="compiled", letter_dropout=0.1, hidden_size=3, cell="gru")
    diverged = TINY.replace(optimizer="sgd", learning_rate=10.0, clip_norm=0.0)
    trainers = [rested(config, own, 60) for config in (TINY, busy, diverged)]
    trainers.append(rested(TINY.replace(context=2, optimizer="adamw"), own.without(own.train[:2])))
    kept = trainers[0].run().with_fewer_points(20)
    return [*(saved(each, with_names=True) for each in trainers), to_bytes(kept, None, own)]


def check_mutated(files, own, count, **how):
    """Change files in this many ways, and read each."""

    @settings(max_examples=count, suppress_health_check=list(HealthCheck), **how)
    @given(seed=st.integers(0, 10**9))
    def check(seed):
        random = Random(seed)
        found = read_watched(random.choice(MUTATIONS)(random.choice(files), random))
        if not isinstance(found, Refusal):
            return use(found, own)
        for language in languages().values():
            words = language.put(found.sentence)
            assert words.replace(THIN_SPACE, "").isprintable()
            assert words.endswith(".") and len(words) < 700

    check()


def test_a_changed_file_is_refused_in_a_sentence_or_gives_a_run(files, own, watched):
    check_mutated(files, own, 60, derandomize=True)


@pytest.mark.long
def test_a_thousand_changed_files_are_refused_or_give_a_run(files, own, watched):
    check_mutated(files, own, 1000)


def test_what_is_not_known_is_refused_by_name(files):
    table, note, rest = parts(files[0])
    assert isinstance(from_bytes(joined(table, note, rest)).run, Run)
    for word, change in {
        "file has format 2": {"format": 2},
        "“colour” is not an allowed name": {"colour": 1},
        "hidden_size must be a whole number": {
            "settings": {**note["settings"], "hidden_size": "6"}
        },
        "In settings, “depth” is not": {"settings": {**note["settings"], "depth": 3}},
        "sorted": {"list": {**note["list"], "symbols": "ab\n"}},
        "in the order of their updates": {"moments": note["moments"][::-1]},
        "“moment.0” does not": {"settings": {**note["settings"], "hidden_size": 7}},
        "letters of the vocabulary": {"best": {**note["best"], "names": ["<script>"]}},
        "kernels_generator": {"engines": [[0, "compiled"]]},
        "engines must be empty only before the first update": {"engines": []},
    }.items():
        with pytest.raises(Refusal, match=word):
            from_bytes(joined(table, {**note, **change}, rest))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_refused_but_in_a_curve(value, files):
    curves = {"losses", "val_losses", "train_eval_losses", "val_name_losses"}
    for file in (files[0], files[3]):
        table, note, rest = parts(file)
        kinds = {name: KINDS.get(it["dtype"], "") for name, it in table.items() if "dtype" in it}
        names = {name for name, kind in kinds.items() if "f" in kind} - curves
        assert {"rates", "now.weights"} < names
        for name in names:
            first = table[name]["data_offsets"][0]
            number = np.array([value], kinds[name]).tobytes()
            changed = rest[:first] + number + rest[first + len(number) :]
            with pytest.raises(Refusal, match=f"“{re.escape(name)}”"):
                from_bytes(joined(table, note, changed))


@pytest.mark.parametrize("sign", ["", CUT])
def test_a_written_name_has_no_more_letters_than_are_ever_written(sign, files):
    table, note, rest = parts(files[0])
    for letters in (LONGEST, LONGEST + 1):
        written = {**note["best"], "names": ["k" * letters + sign]}
        file = joined(table, {**note, "best": written}, rest)
        if letters > LONGEST:
            with pytest.raises(Refusal, match="letters of the vocabulary"):
                from_bytes(file)
        else:
            assert list(from_bytes(file).run.best_moment.names) == written["names"]


def test_the_best_moment_is_one_of_the_others_only_where_the_two_are_the_same(own):
    table, note, rest = parts(saved(rested(TINY, own, 1), with_names=True))
    place = [it["step"] for it in note["moments"]].index(note["best"]["step"])
    run = from_bytes(joined(table, note, rest)).run
    assert run.kept_best is run.snapshots[place]
    for change in ({"names": ["kak"]}, {"val_loss": 0.5}):
        noted = {**note["best"], **change}
        run = from_bytes(joined(table, {**note, "best": noted}, rest)).run
        best, same = run.kept_best, run.snapshots[place]
        assert (best.val_loss, list(best.names)) == (noted["val_loss"], noted["names"])
        assert np.array_equal(best.weights, same.weights) and best is not same


def test_a_recipe_from_before_a_setting_has_its_default(files):
    table, note, rest = parts(files[0])
    for name in ("letter_dropout", "weight_drop", "count_teacher", "shuffle", "forget_bias"):
        del note["settings"][name]
    config = from_bytes(joined(table, note, rest)).config
    assert config.letter_dropout == config.weight_drop == 0.0 and config.shuffle
    assert config.forget_bias == 1.0 and config.count_teacher == 0.0


def test_a_header_and_a_file_have_a_bound(files):
    with pytest.raises(Refusal, match="at most 24,000,000 bytes"):
        from_bytes(b"\0" * (MOST_BYTES + 1))
    table, note, rest = parts(files[0])
    note["moments"][0]["names"] = ["x" * HEADER_BYTES]
    with pytest.raises(Refusal, match="header of at most 256,000 bytes"):
        from_bytes(joined(table, note, rest))


@pytest.mark.parametrize("missing", [1, 2, LENGTH_BYTES, LENGTH_BYTES + 1, 2 * LENGTH_BYTES])
def test_a_header_that_ends_early_is_cut_off_and_not_read(missing, files):
    table, note, _ = parts(files[0])
    with pytest.raises(Refusal, match="begins with this app's header"):
        from_bytes(joined(table, note, b"")[:-missing])


def test_a_header_of_quotation_marks_is_refused_at_once():
    header = b'\\"' * (HEADER_BYTES // 2)
    with pytest.raises(Refusal, match="JSON"):
        from_bytes(len(header).to_bytes(LENGTH_BYTES, "little") + header + bytes(64))


# ---- the command line


def command(*arguments):
    """Run a command; what it prints as JSON."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(["train", *arguments, "--json", "--names", "2"]) == 0
    return json.loads(out.getvalue())


def test_a_command_saves_a_run_and_another_one_trains_it_on(tmp_path, capsys):
    file, small = str(tmp_path / "one.dino"), ["--hidden-size", "5", "--engine", "torch"]
    first = command(*small, "--max-steps", "30", "--save", file)
    assert f"dino: saved in {file}." in capsys.readouterr().err
    assert command("--load", file)["names"] == first["names"]
    on = command("--load", file, "--max-steps", "50", "--save", str(tmp_path / "two.dino"))
    whole = command(*small, "--max-steps", "50")
    assert (on["steps"], on["val_loss"], on["names"]) == (50, whole["val_loss"], whole["names"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.dino", "two.dino"]


def test_a_command_needs_a_private_list_again_unless_its_names_were_saved(tmp_path):
    names, file = tmp_path / "own.txt", str(tmp_path / "run.dino")
    names.write_text("\n".join(OWN_NAMES))
    recipe = ["--data", str(names), "--max-steps", "4", "--hidden-size", "5", "--save", file]
    command(*recipe)
    with pytest.raises(SystemExit):
        main(["train", "--load", file])
    assert command("--load", file, "--data", str(names), "--max-steps", "6")["steps"] == 6
    command(*recipe, "--with-names")
    assert command("--load", file, "--max-steps", "6")["steps"] == 6


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--save", "{folder}"], "Choose another file"),
        (["--save", "{folder}/no/run.dino"], "Choose another file"),
        (["--save", "/dev/null"], "Choose another file"),
        (["--load", "{folder}/none"], "cannot be read"),
        (["--load", "{folder}/text"], "Save the run again, or choose another file"),
        (["--load", "{run}", "--seed", "3"], "Leave out --seed"),
        (["--load", "{run}", "--max-steps", "2"], "must be above the 2 "),
        (["--load", "{run}", "--data", "us-first-names"], "Use the same list"),
    ],
)
def test_a_command_that_cannot_be_done_says_why_in_one_line(arguments, words, tmp_path, capsys):
    (tmp_path / "text").write_text("Dino " * 100)
    run = tmp_path / "run.dino"
    if "{run}" in arguments:
        command("--max-steps", "2", "--hidden-size", "3", "--save", str(run))
    capsys.readouterr()
    with pytest.raises(SystemExit) as caught:
        main(["train", *(word.format(folder=tmp_path, run=run) for word in arguments)])
    out, err = capsys.readouterr()
    assert caught.value.code == 2 and not out
    assert err.startswith("dino: ") and err.count("\n") == 1 and words in err


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_file_is_written_whole_with_the_rights_of_new_files_here(tmp_path, monkeypatch, mask):
    path = tmp_path / "run.safetensors"
    before = os.umask(mask)
    try:
        monkeypatch.setattr(os, "umask", None)  # other threads write files, too
        write_file(path, b"one")
        write_file(path, b"two")
    finally:
        monkeypatch.undo()
        os.umask(before)
    assert path.read_bytes() == b"two" and [it.name for it in tmp_path.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_no_part(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    path.write_bytes(b"old")

    def fail(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(Refusal, match="No space left"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old" and [it.name for it in tmp_path.iterdir()] == [path.name]
