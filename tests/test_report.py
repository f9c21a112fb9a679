"""The report of a run: one file without scripts, whose facts are read back as they were."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reports import TINY, counted, facts_in, report, trained

from dino.config import Config, told
from dino.data import make_corpus
from dino.lists import clean
from dino.locale.sentences import Refusal, languages
from dino.run import Run, Snapshot, is_evaluation, snapshot_steps
from dino.share.curve import LINE, NARROW, WIDE, LossCurves, loss_svg, ticks
from dino.share.facts import LIMITS, Words
from dino.share.reading import read_facts
from dino.share.report import MOST_BYTES, make_report
from dino.share.saved_list import fingerprint

OWN_NAMES = [f"{a}{b}{c}ora" for a in "bdfgk" for b in "aeiou" for c in "lmnrs"]
ATTRIBUTES = set(
    "anchor aria-label charset class content cx cy height href http-equiv id lang name points r "
    "role text-anchor viewbox x x1 x2 y y1 y2".split()
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


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=200),
    st.text(max_size=100),
    st.text(max_size=300),
    st.lists(st.text(max_size=50), max_size=4),
)
def test_what_somebody_typed_is_only_text(run, corpus, title, author, text, names):
    raw = make_report(run, corpus, counted(corpus), Words(title, author, text), names=names)
    is_harmless(raw)
    assert read_facts(raw).words == Words(title, author, text)
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
    assert read_facts(raw).words == words


def test_a_typed_text_has_limits():
    with pytest.raises(Refusal, match="The title has at most 200 letters in a report; it has 201"):
        Words("x" * 201)
    assert Words(*("x" * most for most in LIMITS.values()))


def test_the_facts_are_read_back_as_they_were(run, corpus):
    facts = read_facts(make_report(run, corpus, counted(corpus)))
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
    facts = read_facts(raw)
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
    rows = text.split("<tbody>")[1].split("</tbody>")[0].split("<tr ")[1:]
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
    facts = read_facts(report(TINY, fewer))
    assert facts.fingerprint == fingerprint(corpus.names) and facts.removed == (5, 6, 7, 8)


def test_a_run_that_has_not_trained_and_one_that_diverged_have_reports(corpus):
    from dino.train import Trainer

    new = Trainer(TINY, corpus)
    new.settle()
    facts = read_facts(make_report(new.run(), corpus, counted(corpus)))
    assert facts.steps == 0 and facts.engines == ()
    wild = TINY.replace(hidden_size=32, optimizer="sgd", learning_rate=10.0, clip_norm=0.0)
    done = trained(wild.replace(max_steps=200), corpus)
    assert done.stopped
    raw = make_report(done, corpus, counted(corpus))
    assert b"Stopped at step" in raw and read_facts(raw).steps == done.step


def test_without_counted_letters_a_report_says_less(run, corpus):
    facts = read_facts(make_report(run, corpus, {}))
    assert facts.baselines == {}


# ---- the curve


def curves(losses):
    steps = np.arange(len(losses)) * 10
    return LossCurves((steps, losses), (steps, losses + 0.2), (steps, losses - 0.1))


def attributes(svg, tag, style):
    """The attributes of all elements of a kind in a drawing."""
    found = [part.split("/>")[0] for part in svg.split(f"<{tag} ")[1:]]
    cut = [part.split(">")[0] for part in found]
    return [
        dict(pair.split('="') for pair in part.strip().rstrip('"').split('" '))
        for part in cut
        if f'class="{style}"' in part
    ]


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_curve_is_drawn_where_its_axes_say(size):
    losses = np.linspace(3.0, 2.0, 11)
    svg = loss_svg(curves(losses), {"nothing": 3.3, "sixes": 1.5}, 100, size, str)
    points = [
        tuple(map(float, p.split(",")))
        for p in attributes(svg, "polyline", "val")[0]["points"].split()
    ]
    axes = attributes(svg, "line", "axis")
    across = next(a for a in axes if a["y1"] == a["y2"])
    assert points[0][0] == float(across["x1"]) and points[-1][0] == float(across["x2"])
    assert np.allclose(
        np.diff([x for x, _ in points]), np.diff([x for x, _ in points])[0], atol=0.2
    )
    grid = [float(a["y1"]) for a in attributes(svg, "line", "grid")]
    assert len(set(np.round(np.diff(grid), 0))) == 1 and 3 <= len(grid) <= 9
    # The held-out curve ends at 2.2, so 2.2 − 2.0 of a tick's distance above the line of 2.0.
    labels = [t.split(">")[1].split("<")[0] for t in svg.split("<text ")[1:]]
    two = grid[labels[: len(grid)].index("2.0")]
    half = labels.index("2.5") if "2.5" in labels else labels.index("3.0")
    scale = (two - grid[half]) / (float(labels[half]) - 2.0)
    assert points[-1][1] == pytest.approx(two - 0.2 * scale, abs=0.3)


def test_a_training_loss_has_no_figure_because_it_is_that_of_a_few_batches():
    """The table has the mean of the last 50 steps, which would be another figure."""
    svg = loss_svg(curves(np.linspace(3.0, 2.0, 11)), {"sixes": 1.5}, 100, WIDE, str)
    labels = [text.split(">")[1].split("<")[0] for text in svg.split("<text ")[1:]]
    assert {"train", "held out 2.20", "train, evaluated 1.90", "sixes 1.50"} < set(labels)


def test_labels_at_the_right_end_never_overlap():
    levels = {f"k{i}": 1.5 + 0.001 * i for i in range(8)}
    svg = loss_svg(curves(np.linspace(3, 1.6, 20)), levels, 190, WIDE, str)
    places = sorted(
        float(a["y"])
        for style in ("train", "val", "evaluated", "counting")
        for a in attributes(svg, "text", style)
    )
    assert len(places) == 11 and min(np.diff(places)) >= LINE - 0.11
    assert 0 < places[0] and places[-1] < WIDE.height


def test_what_is_no_number_leaves_a_gap():
    losses = np.array([3.0, 2.5, np.nan, 2.4, np.nan, 2.2, 2.1])
    svg = loss_svg(curves(losses), {}, 60, WIDE, str)
    assert len(attributes(svg, "polyline", "val")) == 2
    assert len(attributes(svg, "circle", "val dot")) == 1
    assert "nan" not in svg


def test_a_changed_rate_is_marked():
    rates = [(0, 0.1), (30, 0.01)]
    svg = loss_svg(curves(np.linspace(3, 2, 11)), {}, 100, WIDE, str, rates)
    assert len(attributes(svg, "line", "rate")) == 1 and "rate 0.01" in svg


@given(st.floats(0, 5), st.floats(0.01, 1e5), st.integers(2, 9))
def test_ticks_are_round_and_within(low, length, most):
    found = ticks(low, low + length, most)
    assert all(low - 1e-6 * length <= tick <= low + length * (1 + 1e-6) for tick in found)
    assert 3 <= len(found) <= max(most + 3, 7)  # of two or three wanted, the next finer ones
    gaps = np.diff(found)
    assert np.allclose(gaps, gaps[0], rtol=1e-6)
    found = ticks(0, 10, 20, integers=True)
    assert found == list(range(11))
    assert ticks(0, 450, 2, integers=True) == [0, 200, 400] and ticks(0, 1, 4, integers=True) == [
        0,
        1,
    ]
