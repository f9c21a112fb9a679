"""The report of a run: one file without scripts, whose facts are read back as they were."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import TINY, claims_in, counted, facts_in, read_with, report, trained

from dino.config import Config, told
from dino.data import make_corpus
from dino.lists import clean
from dino.locale.sentences import Refusal, languages
from dino.reports.facts import LIMITS, Words
from dino.reports.run_report import MOST_BYTES, make_report
from dino.run import Run, Snapshot, is_evaluation, snapshot_steps
from dino.saved.saved_list import fingerprint

OWN_NAMES = [f"{a}{b}{c}ora" for a in "bdfgk" for b in "aeiou" for c in "lmnrs"]
ATTRIBUTES = set(
    "anchor aria-label charset class content cx cy fill-opacity height href http-equiv id lang "
    "name points r role stroke-dasharray stroke-width text-anchor viewbox x x1 x2 y y1 y2".split()
)
TAGS = set(
    "html head meta title style body main h1 h2 p ul li bdi div table thead tbody tr th td svg "
    "line text circle polyline polygon details summary pre".split()
)


class Reader(HTMLParser):
    """What a browser makes of a file: its tags, its attributes, its texts."""

    def __init__(self, raw):
        super().__init__()
        self.tags, self.attributes, self.texts, self.inside = set(), set(), {}, ""
        self.feed(raw.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.inside = tag

    def handle_data(self, data):
        self.texts.setdefault(self.inside, []).append(data)


@pytest.fixture(scope="module")
def run(corpus):
    return trained(TINY, corpus)


@pytest.fixture(scope="module")
def own():
    return make_corpus(clean("\n".join(OWN_NAMES)), "own.txt")


def is_harmless(raw):
    """Whether a file has nothing but the tags and attributes of a report, and loads nothing."""
    read = Reader(raw)
    assert read.tags <= TAGS and read.attributes <= ATTRIBUTES
    assert b"<script" not in raw.lower() and b"://" not in raw
    return read


@settings(max_examples=40)
@given(
    st.text(max_size=200),
    st.text(max_size=100),
    st.text(max_size=300),
    st.lists(st.text(max_size=50), max_size=4),
)
def test_what_somebody_typed_is_only_text(run, corpus, title, author, text, names):
    raw = make_report(run, corpus, counted(corpus), Words(title, author, text), names=names)
    is_harmless(raw)
    assert claims_in(raw).words == Words(title, author, text)
    assert facts_in(raw)["names"] == names


@pytest.mark.parametrize(
    "typed",
    [
        "</script><script>alert(1)</script>",
        '</pre><pre id="dino-facts">{}',
        "\"'><img src=x>",
        "&lt;",
    ],
)
def test_a_name_cannot_break_out(run, corpus, typed):
    words = Words(typed, typed, typed)
    raw = make_report(run, corpus, counted(corpus), words, names=[typed])
    read = is_harmless(raw)
    assert read.texts["h1"][0] == typed and typed in "".join(read.texts["bdi"])
    assert claims_in(raw).words == words


def test_the_name_of_a_file_cannot_break_out(corpus):
    bad = "<script>alert(1)</script>"
    listed = make_corpus(clean("\n".join(OWN_NAMES)), f"{bad}.txt")
    read = is_harmless(make_report(trained(TINY, listed), listed, counted(listed)))
    assert any(bad in text for text in read.texts["p"])


def test_a_typed_text_has_limits():
    with pytest.raises(
        Refusal, match="The title can have at most 200 letters in a report. It has 201"
    ):
        Words("x" * 201)
    assert Words(*("x" * most for most in LIMITS.values()))


def test_the_facts_are_read_back_as_they_were(run, corpus):
    facts = claims_in(make_report(run, corpus, counted(corpus)))
    assert facts.config == run.config and facts.steps == run.step == 12
    assert facts.figures["val_loss"] == run.val_loss
    assert (facts.best_step, facts.figures["best_val_loss"]) == run.best
    assert facts.engines == run.engines == ((0, "torch"),) and facts.kernels_from is None
    assert facts.learning_rates == run.learning_rates
    assert facts.curve.steps == tuple(run.val_steps) and facts.curve.val_losses == tuple(
        run.val_losses
    )
    assert facts.fingerprint == fingerprint(corpus.names) and not facts.removed
    claims = facts.claims
    assert claims["list"]["key"] == "dinos" and claims["list"]["keep_case"] is False
    assert set(claims["versions"]) >= {"dino", "python", "torch", "numpy"}
    assert claims["baselines"]["sixes"] == pytest.approx(1.5256, abs=1e-3)


def longest_run(letter):
    """A run of 100,000 steps that wrote long names; invented figures."""
    steps = [0, *(s for s in range(1, 100_001) if is_evaluation(s))]
    rng = np.random.default_rng(0)
    names = tuple(letter * 50 for _ in range(4))
    moments = tuple(Snapshot(s, 2.0, names, None) for s in [0, *snapshot_steps(100_000)])
    return Run(
        config=Config(max_steps=100_000),
        max_steps=100_000,
        weights=None,
        losses=rng.random(100_000, np.float32) + 1,
        symbols=np.full(100_000, 400, np.int32),
        val_steps=np.array(steps),
        val_losses=rng.random(len(steps)) + 1,
        train_eval_losses=rng.random(len(steps)).astype(np.float32) + 1,
        learning_rates=((0, 0.005),),
        engines=((0, "compiled"),),
        snapshots=moments,
    )


@pytest.mark.parametrize("letter", ["a", "é", "龍", "🦕", "&"])
def test_the_longest_report_is_small(corpus, letter):
    words = Words(letter * 200, letter * 100, letter * 4000)
    raw = make_report(
        longest_run(letter), corpus, counted(corpus), words, names=[letter * 50] * 200
    )
    assert len(raw) <= MOST_BYTES == 300_000
    facts = claims_in(raw)
    assert facts.steps == 100_000 and facts.curve.steps[-1] == 100_000
    assert len(facts.claims["names"]) >= (200 if letter in "aé&" else 25)
    assert facts.best_step in facts.curve.steps


def test_a_report_is_in_the_language_of_the_page(run, corpus):
    raw = make_report(run, corpus, counted(corpus), Words(), languages()["es"])
    text = raw.decode()
    assert '<html lang="es">' in text
    read = Reader(raw)
    assert "Ajustes" in read.texts["h2"] and "Settings" not in text
    assert f"{run.val_loss:.3f}".replace(".", ",") in text
    english = make_report(run, corpus, counted(corpus))
    assert facts_in(raw) == facts_in(english)  # JSON is the same in every language


def test_settings_that_differ_come_first(run, corpus):
    text = make_report(run, corpus, counted(corpus)).decode()
    rows = text.split("<tbody>")[1].split("</tbody>")[0].split("<tr")[1:]
    changed = ['class="changed"' in row for row in rows]
    assert changed == sorted(changed, reverse=True)
    assert sum(changed) == len(TINY.to_url()) and len(rows) == len(told(TINY))


def test_the_losses_stand_beside_counting_with_their_errors(run, corpus):
    text = make_report(run, corpus, counted(corpus)).decode()
    assert "counting sixes (a 6-gram model)" in text and "1.525 ± " not in text
    assert f"{run.val_loss:.3f} ± 0.0" in text
    assert "± is one standard error over the held-out names" in text


def test_a_name_without_letters_is_called_empty_and_stays_empty_in_the_facts(run, corpus):
    silent = replace(run, snapshots=(Snapshot(0, 3.3, ("", "bala"), None),), latest=None)
    raw = make_report(silent, corpus, counted(corpus), names=["", "dora"])
    assert facts_in(raw)["names"] == ["", "dora"]
    text = raw.decode()
    assert re.findall(r">([^<>]*)</bdi>", text) == ["(empty)", "bala", "(empty)", "dora"]


def test_a_list_of_ones_own_has_no_names_in_a_report_unless_its_owner_says_so(own):
    done = trained(TINY, own)
    written = {name for s in done.snapshots for name in s.names if len(name) > 3}
    args = done, own, counted(own)
    quiet = make_report(*args, names=["bala", "dora"]).decode()
    assert not [name for name in (*OWN_NAMES, *written, "bala", "dora") if name in quiet]
    assert "so the report has no names" in quiet
    loud = make_report(*args, names=["bala", "dora"], with_names=True).decode()
    assert "dora" in loud and all(
        name in loud for name in json.loads(json.dumps(sorted(written)))[:3]
    )


def test_a_list_with_names_removed_is_still_known(corpus):
    fewer = corpus.without(corpus.names[5:9])
    facts = claims_in(report(TINY, fewer))
    assert facts.fingerprint == fingerprint(corpus.names) and facts.removed == (5, 6, 7, 8)


def test_a_run_that_has_not_trained_and_one_that_diverged_have_reports(corpus):
    from dino.train import Trainer

    new = Trainer(TINY, corpus)
    new.settle()
    facts = claims_in(make_report(new.run(), corpus, counted(corpus)))
    assert facts.steps == 0 and facts.engines == ()
    wild = TINY.replace(hidden_size=32, optimizer="sgd", learning_rate=10.0, clip_norm=0.0)
    done = trained(wild.replace(max_steps=200), corpus)
    assert done.stopped
    raw = make_report(done, corpus, counted(corpus))
    assert b"Stopped at update" in raw and claims_in(raw).steps == done.step


def test_without_counted_letters_a_report_says_less(run, corpus):
    facts = claims_in(make_report(run, corpus, {}))
    assert facts.baselines == {}


# ---- together with counting


@pytest.mark.parametrize("mix", ["sixes:0.5", "pairs:0.3", "fours:0"])
def test_a_network_read_together_with_counting_has_its_mixture_and_figures_in_the_report(
    mix, run, corpus
):
    reading = read_with(run, corpus, mix)
    raw = make_report(run, corpus, counted(corpus), names=["bala"], reading=reading)
    read = is_harmless(raw)
    claims, below = claims_in(raw), reading.below
    assert claims.mix == reading.mix and facts_in(raw)["mix"] == mix
    assert claims.together == reading.figures == facts_in(raw)["together"]
    sides = claims.figures["val_loss"], claims.baselines[reading.mix.partner]
    for name, alone in zip(("below_network", "below_counting"), sides, strict=True):
        assert claims.together[name] == pytest.approx(alone - below.loss, abs=1e-5)
    assert "Together with counting" in read.texts["h2"]
    cells = read.texts["td"]
    assert any(it.startswith(f"{below.loss:.3f} ± 0.0") for it in cells)
    assert sum("±" in it for it in cells) >= 3
    assert any("on request together with counting. Their other" in it for it in read.texts["p"])
    is_chosen = any("was chosen on these names" in it for it in read.texts["p"])
    assert is_chosen == (mix != "sixes:0.5")


def test_a_report_without_a_mixture_says_nothing_of_one(run, corpus):
    raw = make_report(run, corpus, counted(corpus), names=["bala"])
    facts = facts_in(raw)
    assert facts["mix"] is None and facts["together"] is None and claims_in(raw).mix is None
    assert "together with counting" not in raw.decode().lower()


def test_the_mixture_is_in_the_language_of_the_page(run, corpus):
    args, reading = (run, corpus, counted(corpus), Words()), read_with(run, corpus, "sixes:0.25")
    raw = make_report(*args, languages()["es"], reading=reading)
    english = make_report(*args, reading=reading)
    assert "Junto con el conteo" in Reader(raw).texts["h2"] and facts_in(raw) == facts_in(english)
    for words in ("counting", "the network", "chosen"):
        assert words in english.decode() and words not in raw.decode().split("<pre")[0]


def test_the_counts_of_a_private_list_are_in_no_report(own):
    done = trained(TINY, own)
    raw = make_report(done, own, counted(own), reading=read_with(done, own, "sixes:0.5"))
    plain = make_report(done, own, counted(own))
    assert not [name for name in OWN_NAMES if name in raw.decode()]
    told, before = facts_in(raw), facts_in(plain)
    assert {name for name in told if told[name] != before[name]} == {"mix", "together"}
    assert len(told["together"]) == 5


def test_a_run_that_diverged_has_a_report_of_its_mixture(corpus):
    wild = TINY.replace(hidden_size=32, optimizer="sgd", learning_rate=10.0, clip_norm=0.0)
    done = trained(wild.replace(max_steps=200), corpus)
    raw = make_report(done, corpus, {}, reading=read_with(done, corpus, "sixes:0.5"))
    assert claims_in(raw).together["loss"] is not None
