"""The report of an experiment: what it shows, and what `check` finds in it."""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from markupsafe import escape
from reports import TINY, claims_in, facts_in, forged
from test_report import is_harmless

from dino.__main__ import main
from dino.charts.factors import MOST_LEVELS
from dino.config import Writing
from dino.data import load_bundled, make_corpus
from dino.exam import ExamResult, measure_in_parts
from dino.experiments.bet import Bet
from dino.experiments.committees import Committees, committee_sentences
from dino.experiments.estimate import work_of
from dino.experiments.member import DIVERGED, DONE, FAILED, Outcome, train_member
from dino.experiments.picture_arrays import bands, curves_of
from dino.experiments.picture_sentences import band_sentences
from dino.experiments.plan import Factor, Plan, make_plan
from dino.experiments.verdict import judge
from dino.experiments.words import STOPPED, verdict_sentences
from dino.grader import members_again
from dino.grader.experiment_claims import ExperimentClaims
from dino.grader.judge import Grade
from dino.grader.kinds import read_report
from dino.grader.marks import COLUMNS
from dino.grader.members_again import draw_order
from dino.grader.repeat import OutOfTime, ignore_progress
from dino.grader.report_check import Lists, check_report
from dino.lists import clean
from dino.locale.sentences import ENGLISH, Refusal, languages
from dino.parts import finish, last_result
from dino.reports.experiment_facts import BestNames, FinishedExperiment, MemberExam, losses_of
from dino.reports.experiment_report import make_experiment_report
from dino.reports.facts import Words
from dino.reports.report_frame import MOST_BYTES, NO_NAMES
from dino.together import letter_losses
from dino.train import Trainer

PLAN = Plan(TINY, (Factor("cell", ("rnn", "gru")),), seeds=2, splits=2)
BET = Bet(1, 0, 0.02, 0.01)
WORDS = Words("Cells", "Ana", "I expected more.")


@pytest.fixture(scope="module")
def trained(corpus):
    """A small experiment, trained to its end."""
    found = [train_member(member.config, corpus.cleaned) for member in PLAN.members()]
    assert {it.status for it in found} == {DONE}
    return FinishedExperiment(PLAN, corpus, tuple(found), BET)


@pytest.fixture(scope="module")
def honest(trained):
    return make_experiment_report(trained, WORDS)


@pytest.fixture
def check(tmp_path):
    """A function that checks one report."""

    def checked(raw, members=None, minutes=10, files=()):
        path = tmp_path / "one.html"
        path.write_bytes(raw)
        return check_report(path, Lists(files), minutes, ignore_progress, members)

    return checked


def invented(plan, corpus, bet=None, count=None, clear=0.1, status=DONE):
    """An experiment with invented losses: each level is `clear` nats above the one before."""
    random = np.random.default_rng(0)
    outcomes = [
        Outcome({}, status, val_loss=2 + clear * m.place.level + random.normal(0, 0.005), steps=12)
        for m in itertools.islice(plan.members(), count)
    ]
    return FinishedExperiment(plan, corpus, tuple(outcomes), bet)


def said(row):
    return {item: finding.grade for item, finding in row.findings.items()}


def test_it_has_the_plan_the_losses_the_bet_and_the_pages_own_verdict(trained, honest):
    text = re.sub("<[^>]+>", "\n", honest.decode().split('<pre id="dino-facts">')[0])
    verdict = judge(losses_of(PLAN, trained.outcomes))
    for words in verdict_sentences(verdict, PLAN.level_sentences(), PLAN.rates):
        assert ENGLISH.put(words) in text
    assert "1 comparison" in text and "±" in text and "You bet that" in text
    assert "nats off" in text and "All members share" in text and "I expected more." in text
    for outcome in trained.outcomes:
        assert f"{outcome.val_loss:.4f}" in text
    assert len(honest) <= MOST_BYTES
    is_harmless(honest)


def test_it_says_why_a_paired_test_of_ones_own_has_another_error(honest):
    assert "A paired t test of two levels" in honest.decode()


def test_its_date_is_shown_and_read_and_changes_no_order(trained, honest):
    dated = make_experiment_report(trained, WORDS, date="2026-11-29")
    assert "Made on 2026-11-29" in dated.decode() and "Made on" not in honest.decode()
    claims, older = read_report(dated), read_report(honest)
    assert (claims.date, older.date) == ("2026-11-29", "")
    assert draw_order(claims) == draw_order(older)
    for wrong in (7, "yesterday", "2026-11-29\n"):
        with pytest.raises(ValueError, match="date must be year-month-day"):
            read_report(forged(honest, date=wrong))


def test_its_facts_are_read_back_as_they_were(trained, honest):
    claims = read_report(honest)
    assert isinstance(claims, ExperimentClaims)
    assert claims.plan == PLAN and claims.bet == BET and claims.words == WORDS
    assert facts_in(honest)["list"]["key"] == "dinos"
    assert [it.loss for it in claims.outcomes] == [it.loss for it in trained.outcomes]
    with pytest.raises(ValueError, match="not from a report of Dino"):
        claims_in(honest)


def test_what_is_typed_or_private_stays_text_and_outside(trained):
    raw = make_experiment_report(trained, Words("</pre><script>x</script>", "=1+1", "<b>"))
    is_harmless(raw)
    assert read_report(raw).words == Words("</pre><script>x</script>", "=1+1", "<b>")
    names = [f"{a}{b}{c}ora" for a in "bdfgk" for b in "aeiou" for c in "lmnrs"]
    own = make_corpus(clean("\n".join(names)), "own.txt", owner="somebody")
    text = make_experiment_report(replace(trained, corpus=own)).decode()
    assert not [name for name in names if name in text]


def test_without_a_bet_and_without_a_verdict_it_says_so(corpus):
    text = make_experiment_report(invented(PLAN, corpus)).decode()
    assert "No bet was placed" in text and "nats off" not in text
    text = make_experiment_report(invented(PLAN, corpus, BET, count=1)).decode()
    assert "There is no verdict" in text and "<svg" not in text and "You bet that" in text
    one = replace(PLAN, splits=1)
    text = make_experiment_report(invented(one, corpus)).decode()
    assert "there is only one" in text and "<svg" not in text


def test_one_that_was_stopped_says_what_that_does(corpus):
    whole = make_experiment_report(invented(PLAN, corpus)).decode()
    stopped = make_experiment_report(invented(PLAN, corpus, count=5)).decode()
    assert ENGLISH.put(STOPPED) not in whole and ENGLISH.put(STOPPED) in stopped
    assert "8, of which 5 were trained" in stopped


def test_it_is_in_the_language_of_the_page_and_its_facts_are_not(trained):
    english = make_experiment_report(trained, WORDS)
    spanish = make_experiment_report(trained, WORDS, languages()["es"])
    assert facts_in(english) == facts_in(spanish)
    text = spanish.decode()
    assert '<html lang="es">' in text and "Apostaste" in text
    assert f"{trained.outcomes[0].val_loss:.4f}".replace(".", ",") in text
    for words in ("Losses of all", "No bet", "standard error", "comparison", "Facts for"):
        assert words not in text.split('<pre id="dino-facts">')[0]


@pytest.mark.long
def test_the_largest_is_small(corpus):
    levels = tuple(range(1, 501))
    plan = Plan(TINY, (Factor("hidden_size", levels),), seeds=1, splits=2)
    made, random = invented(plan, corpus), np.random.default_rng(0)
    steps = tuple(range(0, 20_000, 1000))  # as many points as a page keeps of 1,000 members
    outcomes = tuple(
        replace(it, val_steps=steps, val_losses=tuple(2 + random.random(20)))
        for it in made.outcomes
    )
    written = BestNames(0, 12, Writing(count=20), [("龍" * 50, "new")] * 20)
    made = replace(made, outcomes=outcomes, written=written)
    raw = make_experiment_report(made, Words("龍" * 200, "龍" * 100, "龍" * 4000))
    assert plan.count == 1000 and len(raw) <= MOST_BYTES
    assert raw.decode().count("<polygon ") == 2 * MOST_LEVELS
    assert "Of 124,750 comparisons, 40 are listed" in raw.decode()
    assert "The picture shows the first 12 of 124,750 comparisons." in raw.decode()
    assert isinstance(read_report(raw), ExperimentClaims)


@pytest.mark.parametrize("varied", [["learning_rate"], ["hidden_size", "hidden_dropout"]], ids=len)
def test_the_longest_tables_are_cut_where_the_file_would_be_too_large(corpus, varied):
    levels = {
        "learning_rate": [round(0.001 + i / 1e6, 6) for i in range(1000)],
        "hidden_size": range(101, 126),
        "hidden_dropout": [round(0.001 + i / 1e5, 5) for i in range(40)],
    }
    factors = tuple(Factor(it, tuple(levels[it])) for it in varied)
    plan = Plan(TINY, factors, seeds=1, splits=1)
    raw = make_experiment_report(invented(plan, corpus), Words(text="🦕" * 4000))
    assert plan.count == 1000 and len(raw) <= MOST_BYTES
    assert "the table has the first 500 of 1,000 rows" in raw.decode()
    assert len(read_report(raw).outcomes) == 1000


# ---- check


def test_an_honest_one_holds_and_says_how_many_members_were_trained(honest, check):
    row = check(honest)
    assert set(said(row).values()) == {Grade.HOLDS} and row.result is Grade.HOLDS
    assert row.reason == "members: 8 of 8 members trained again"
    assert check(honest, members=8).reason == "members: 8 of 8 members trained again"


def test_members_that_were_not_trained_are_not_said_to_hold(honest, check):
    row = check(honest, members=3)
    assert row.result is said(row)["members"] is Grade.UNCHECKED
    assert "3 of 8 members trained again" in row.reason and row.reason.endswith("(--members)")
    assert {said(row)[item] for item in ("verdict", "bet")} == {Grade.HOLDS}


def test_as_many_are_trained_as_there_is_time_for_by_the_last_one(
    honest, corpus, check, monkeypatch
):
    """On a clock on which a GRU takes 110 seconds, and an RNN as its work is."""
    clock, trained, work = [0.0], members_again.repeat, work_of(PLAN, corpus)[:, 0]
    seconds = dict(zip(("rnn", "gru"), 110 * work / work[1], strict=True))

    def slow(facts, *args, **options):
        clock[0] += seconds[facts.config.cell]
        return trained(facts, *args, **{**options, "until": np.inf})

    monkeypatch.setattr(members_again, "repeat", slow)
    monkeypatch.setattr(members_again.time, "monotonic", lambda: clock[0])
    members, order = list(PLAN.members()), members_again.draw_order(read_report(honest))
    ends = np.cumsum([seconds[members[number].config.cell] for number in order])
    fit = int((ends <= 600).sum())
    row = check(honest)
    assert 5 <= fit < 8 and clock[0] == pytest.approx(ends[fit - 1])
    assert said(row)["members"] is Grade.UNCHECKED
    assert f"{fit} of 8 members trained again" in row.reason and row.reason.endswith("(--minutes)")
    clock[0] = 0.0
    assert "1 of 8 members" in check(honest, minutes=1).reason  # one in any case


def test_a_forged_loss_is_found_where_the_verdict_is_forged_with_it(trained, corpus, check):
    """Whoever forges losses well lets the verdict follow from them."""
    outcomes = [
        replace(it, val_loss=it.val_loss + 0.1 * (i % 2)) for i, it in enumerate(trained.outcomes)
    ]
    raw = make_experiment_report(FinishedExperiment(PLAN, corpus, tuple(outcomes), BET))
    row = check(raw, members=8)
    assert row.result is Grade.FAILS and "GRU, seed" in row.reason
    failing = [item for item, grade in said(row).items() if grade is not Grade.HOLDS]
    assert failing == ["members"] and {"verdict", "bet", "exam_loss"} < said(row).keys()
    assert "training again gives" in row.reason


@pytest.mark.long
def test_a_forged_member_is_found_by_default_however_its_loss_draws_the_order(honest, check):
    """The order follows from the content: one draws it as one likes by a loss's last digits."""
    members = facts_in(honest)["members"]
    loss = members[0][1] - 0.1
    places = {}
    for change in np.linspace(0, 1e-5, 100):
        members[0][1] = loss + float(change)
        raw = forged(honest, members=members)
        places[members_again.draw_order(read_report(raw)).index(0)] = raw
    for place in (0, 7):
        row = check(places[place])
        assert said(row)["members"] is Grade.FAILS and "RNN, seed 0" in row.reason
        assert said(row)["verdict"] is Grade.FAILS  # it no longer follows from the losses
        assert said(check(places[7], members=1))["members"] is Grade.UNCHECKED


FORGED_ENDS = {
    (FAILED, 0): "it says that it failed, but trained again it trains to its end",
    (DIVERGED, 12): "it says that it diverges, but it trains to its end",
}


@pytest.mark.parametrize(("status", "steps"), FORGED_ENDS)
def test_a_forged_failure_is_found_where_the_verdict_is_forged_with_it(
    status, steps, trained, corpus, check
):
    """Whoever forges well has the worst losses of a level count as none."""
    worst = int(np.argmax([it.loss for it in trained.outcomes]))
    made = list(trained.outcomes)
    made[worst] = replace(made[worst], status=status, val_loss=None, steps=steps)
    raw = make_experiment_report(FinishedExperiment(PLAN, corpus, tuple(made), BET))
    assert facts_in(raw)["members"][worst] == [status, None, steps]
    row = check(raw)
    assert [item for item, it in said(row).items() if it is not Grade.HOLDS] == ["members"]
    assert said(row)["members"] is Grade.FAILS
    assert FORGED_ENDS[status, steps] in row.reason


def test_a_member_that_fails_again_holds_and_one_that_cannot_train_is_not_checked(
    trained, corpus, check, monkeypatch
):
    outcomes = (replace(trained.outcomes[0], status=FAILED, val_loss=None, steps=0),)
    raw = make_experiment_report(FinishedExperiment(PLAN, corpus, outcomes))
    for error, grade in ((MemoryError(), Grade.HOLDS), (Refusal("No."), Grade.UNCHECKED)):

        def ends(*args, error=error, **options):
            raise error

        monkeypatch.setattr(members_again, "repeat", ends)
        assert said(check(raw))["members"] is grade


def test_where_rounding_is_not_known_a_loss_that_is_off_is_named(honest, check, monkeypatch):
    repeated = members_again.repeat

    def once(*args, perturbed=0, **options):
        if perturbed:
            raise OutOfTime
        return repeated(*args, **options)

    monkeypatch.setattr(members_again, "repeat", once)
    members = facts_in(honest)["members"]
    members[0][1] -= 0.1
    row = check(forged(honest, members=members))
    assert said(row)["members"] is Grade.UNCHECKED
    assert "RNN, seed 0, split 0: it says" in row.reason
    assert "How far rounding moves it is not known, because time ran out" in row.reason


FORGERIES = {
    "is_clear": lambda verdict: verdict["pairs"][0].__setitem__(4, not verdict["pairs"][0][4]),
    "difference": lambda verdict: verdict["pairs"][0].__setitem__(2, 0.5),
    "error": lambda verdict: verdict["pairs"][0].__setitem__(3, 1e-4),
    "order": lambda verdict: verdict["pairs"][0].__setitem__(0, 7),
    "count": lambda verdict: verdict.update(comparisons=2),
    "seeds": lambda verdict: verdict.update(seeds=9),
    "left out": lambda verdict: verdict.pop("means"),
    "more": lambda verdict: verdict["pairs"].append([0, 1, 1.0, 0.1, True]),
    "a shorter pair": lambda verdict: verdict["pairs"][0].pop(),
    "a pair that is none": lambda verdict: verdict["pairs"].__setitem__(0, "both"),
    "words": lambda verdict: verdict.update(clear="many"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_verdict_is_found(honest, check, name):
    verdict = facts_in(honest)["verdict"]
    FORGERIES[name](verdict)
    row = check(forged(honest, verdict=verdict), members=1)
    assert said(row)["verdict"] is Grade.FAILS and row.result is Grade.FAILS
    assert said(row)["bet"] is Grade.HOLDS and row.reason.startswith("verdict: ")


def test_a_forged_bet_and_one_that_is_taken_back_are_found(honest, check):
    bet = facts_in(honest)["bet"] | {"difference": 0.2}
    assert said(check(forged(honest, bet=bet), members=1))["bet"] is Grade.FAILS
    assert said(check(forged(honest, bet=None), members=1))["bet"] is Grade.FAILS
    result = facts_in(honest)["result"] | {"off": 0.0}
    assert said(check(forged(honest, result=result), members=1))["bet"] is Grade.FAILS
    assert said(check(forged(honest, verdict=None), members=1))["verdict"] is Grade.FAILS


def test_a_changed_recipe_is_found(honest, check):
    config = facts_in(honest)["config"] | {"learning_rate": 0.05}
    assert said(check(forged(honest, config=config)))["members"] is Grade.FAILS


def test_what_cannot_be_trained_is_not_checked_with_the_reason(honest, trained, check):
    row = check(honest, minutes=1e-9)
    assert row.result is Grade.UNCHECKED and said(row)["verdict"] is Grade.HOLDS
    assert "0 of 8 members trained again. The others were not checked: time ran out" in row.reason
    names = [f"{a}{b}{c}ora" for a in "bdfgk" for b in "aeiou" for c in "lmnrs"]
    own = make_corpus(clean("\n".join(names)), "own.txt")
    row = check(make_experiment_report(replace(trained, corpus=own)))
    assert row.result is Grade.UNCHECKED and "Give the file of its names" in row.reason
    row = check(make_experiment_report(replace(trained, outcomes=())))
    assert row.result is Grade.UNCHECKED and "0 of 0 members" in row.reason


def test_a_forged_verdict_fails_though_no_member_can_be_trained(honest, check):
    verdict = facts_in(honest)["verdict"] | {"clear": 1 - facts_in(honest)["verdict"]["clear"]}
    row = check(forged(honest, verdict=verdict), minutes=1e-9)
    assert row.result is Grade.FAILS


@pytest.mark.long
def test_one_that_diverged_is_trained_as_far_and_a_lie_about_it_is_found(corpus, check):
    config = TINY.replace(hidden_size=32, optimizer="sgd", clip_norm=0.0, max_steps=200)
    plan = Plan(config, (Factor("learning_rate", (10.0, 0.01)),), seeds=1, splits=1)
    outcomes = tuple(train_member(m.config, corpus.cleaned) for m in plan.members())
    assert [it.status for it in outcomes] == [DIVERGED, DONE]
    made = FinishedExperiment(plan, corpus, outcomes)
    raw = make_experiment_report(made)
    assert check(raw, members=2).result is Grade.HOLDS and b"diverged" in raw
    lie = (replace(outcomes[0], status=DONE, val_loss=2.0, steps=200), outcomes[1])
    row = check(make_experiment_report(replace(made, outcomes=lie)), members=2)
    assert said(row)["members"] is Grade.FAILS and "diverges" in row.reason
    short = (outcomes[0], replace(outcomes[1], steps=100))
    row = check(make_experiment_report(replace(made, outcomes=short)), members=2)
    assert said(row)["members"] is Grade.FAILS and "100 of 200 steps" in row.reason


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"factors": []},
        {"factors": [["cell", "rnn"]]},
        {"factors": [["cell", ["rnn"]]]},
        {"factors": [["cell", ["rnn", []]]]},
        {"factors": [["seed", [1, 2]]]},
        {"factors": [["cell", ["rnn", "transformer"]]]},
        {"factors": [["hidden_size", [1, 10**9]]]},
        {"seeds": 0},
        {"seeds": 10**6},
        {"splits": "2"},
        {"members": [["done", 1.0, 12]] * 9},
        {"members": [["done", "low", 12]]},
        {"members": [["done", 1.0, -1]]},
        {"members": [["good", 1.0, 12]]},
        {"members": [3]},
        {"bet": {"lower": 0, "higher": 9, "difference": 0.1, "spread": 0.1}},
        {"bet": {"lower": 0, "higher": 1, "difference": "x", "spread": 0.1}},
        {"bet": 3},
        {"title": "x" * 201},
        {"config": {"hidden_size": 10**9}},
    ],
    ids=lambda change: str(change)[:40],
)
def test_facts_of_other_kinds_are_refused_in_one_sentence(honest, check, change):
    row = check(forged(honest, **change))
    assert row.result is Grade.BROKEN
    assert row.reason.endswith(".") and row.reason.isprintable() and len(row.reason) < 300


def test_the_command_checks_both_kinds_in_one_folder(honest, corpus, tmp_path, capsys):
    from reports import report

    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "a.html").write_bytes(honest)
    (folder / "b.html").write_bytes(report(TINY, corpus))
    (folder / "c.html").write_bytes(forged(honest, author="Another"))
    table = tmp_path / "marks.csv"
    assert main(["check", str(folder), "--csv", str(table), "--members", "2"]) == 1
    rows = list(csv.DictReader(io.StringIO(table.read_bytes().decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["verdict"] for row in rows] == ["holds", "", "holds"]
    assert [row["held out, at the end"] for row in rows] == ["", "holds", ""]
    assert rows[0]["members"] == "not checked" and "2 of 8 members" in rows[0]["reason"]
    assert rows[0]["equal to"] == "the same report as c.html"
    with pytest.raises(SystemExit):
        main(["check", str(folder), "--members", "0"])
    assert "members must be a whole number from 1" in capsys.readouterr().err


# ---- the pictures


def test_it_has_the_mean_curves_and_says_what_they_show(trained, honest):
    html = honest.decode()
    assert html.count('class="bands ') == 2 and html.count("<polygon ") == 4
    verdict = judge(losses_of(PLAN, trained.outcomes))
    found = bands(PLAN, curves_of(PLAN, PLAN.members(), trained.outcomes, verdict))
    assert [it.members for it in found] == [4, 4]
    for level, it in enumerate(found):
        assert it.mean[-1] == pytest.approx(verdict.means[level])
    for words in band_sentences(found, 2):
        assert escape(ENGLISH.put(words)) in html


@pytest.mark.parametrize(
    ("factors", "has_rates"), [(["learning_rate=0.01,0.02"], False), (["optimizer=sgd,adam"], True)]
)
def test_curves_are_those_at_the_best_rate_only_where_there_are_several(corpus, factors, has_rates):
    plan = make_plan(TINY, factors, seeds=1, splits=2)
    made = invented(plan, corpus)
    curve = dict(val_steps=(0, 12), val_losses=(3.0, 2.0))
    made = replace(made, outcomes=tuple(replace(it, **curve) for it in made.outcomes))
    html = make_experiment_report(made).decode()
    assert ("best learning rate." in html.split(">Loss</h2>")[1]) == has_rates


# ---- the names


@pytest.fixture(scope="module")
def named(trained):
    """The same with names, one of which holds markup."""
    names = [("brachyx", "new"), ("aardonyx", "copied"), ("<b>zz", "cut off")]
    return replace(trained, written=BestNames(5, 12, Writing(count=3), names))


def test_names_are_in_it_with_who_wrote_them_and_how(named, check):
    raw = make_experiment_report(named)
    html, written = raw.decode(), facts_in(raw)["written"]
    assert "<li><bdi>brachyx</bdi></li>" in html and "<bdi>aardonyx</bdi> (copied)" in html
    assert "(GRU, Split seed 0, Seed 1) wrote these names" in html and "seed 0)." in html
    assert "after update 12 (temperature 1, at most 50 letters" in html
    assert (written["member"], written["step"], written["writing"]["draw"]) == (5, 12, 0)
    assert written["names"] == ["brachyx", "aardonyx", "<b>zz"]
    is_harmless(raw)
    assert check(raw).result is Grade.HOLDS


def test_written_names_do_not_change_the_order_in_which_members_are_trained_again(named, honest):
    with_names = members_again.draw_order(read_report(make_experiment_report(named, WORDS)))
    assert with_names == members_again.draw_order(read_report(honest))


def test_names_of_a_list_of_ones_own_need_the_owners_word(named):
    names = [f"{a}{b}{c}ora" for a in "bdfgk" for b in "aeiou" for c in "lmnrs"]
    own = replace(named, corpus=make_corpus(clean("\n".join(names)), "own.txt", owner="somebody"))
    quiet = make_experiment_report(own)
    assert b"brachyx" not in quiet and facts_in(quiet)["written"] is None
    assert escape(ENGLISH.put(NO_NAMES)) in quiet.decode()
    loud = make_experiment_report(own, with_names=True)
    assert b"brachyx" in loud and facts_in(loud)["written"]["names"]


def test_without_weights_there_is_no_word_of_names(honest):
    assert ">Names</h2>" not in honest.decode() and facts_in(honest)["written"] is None


@pytest.fixture(scope="module")
def examined():
    """A small experiment with a final exam, which was opened with its best member's run."""
    corpus, plan = load_bundled(exam=True), replace(PLAN, config=TINY.replace(exam=True))
    found = [train_member(member.config, corpus.cleaned) for member in plan.members()]
    best = int(np.argmin([it.loss for it in found]))
    config = list(plan.members())[best].config
    split = load_bundled(split_seed=config.split_seed, exam=True)
    trainer = Trainer(config, split)
    trainer.advance()
    _, losses = last_result(measure_in_parts(trainer.eval_model, split, config.context))
    return FinishedExperiment(
        plan, corpus, tuple(found), BET, MemberExam(best, ExamResult(losses, 1, 2))
    )


def test_an_opened_exam_is_in_it_and_checked(examined, check):
    raw = make_experiment_report(examined)
    member, opened = examined.exam
    exam = facts_in(raw)["exam"]
    assert exam == {"member": member, "loss": opened.losses.exam, "number": 1, "times": 2}
    html = raw.decode()
    assert "Opened with the run of the best member: " in html
    assert "You have opened this exam 2 times" in html and f"{opened.losses.exam:.3f}" in html
    assert said(check(raw, members=1))["exam_loss"] is Grade.HOLDS
    lower = forged(raw, exam={**exam, "loss": exam["loss"] - 0.01})
    row = check(lower, members=1)
    assert said(row)["exam_loss"] is Grade.FAILS
    drawn = {member, members_again.draw_order(read_report(lower))[0]}
    assert f"{len(drawn)} of 8 members" in row.reason  # the best one counts, and trains once
    other = {**exam, "member": (member + 1) % 8}
    assert said(check(forged(raw, exam=other), members=1))["exam_loss"] is Grade.FAILS
    assert said(check(raw, minutes=1e-9))["exam_loss"] is Grade.UNCHECKED
    for wrong in (8, -1, True, "0"):
        row = check(forged(raw, exam={**exam, "member": wrong}))
        assert row.result is Grade.BROKEN and row.reason


def test_an_exam_that_was_not_opened_is_said_to_be_closed(examined, honest, check):
    raw = make_experiment_report(replace(examined, exam=None))
    assert "No run of this experiment opened the exam" in raw.decode()
    assert facts_in(raw)["exam"] is None
    assert said(check(raw, members=1))["exam_loss"] is Grade.HOLDS
    assert "Final exam</h2>" in raw.decode() and "Final exam</h2>" not in honest.decode()
    exam = {"member": 0, "loss": 1.5, "number": 1, "times": 1}  # of an experiment that has none
    assert said(check(forged(honest, exam=exam), members=1))["exam_loss"] is Grade.FAILS


@pytest.fixture(scope="module")
def with_committees(trained, corpus):
    """The same experiment, with the committees of its members."""
    return replace(trained, committees=committees_of(PLAN))


def committees_of(plan):
    """Those of a plan whose members are trained here."""
    found = Committees(plan, (), math.inf)
    for member in plan.members():
        own = load_bundled("dinos", member.config.split_seed)
        trainer = Trainer(member.config, own)
        trainer.advance()
        letters = finish(letter_losses(trainer.eval_model, own.vocab, own.val))
        found.add(member.place, own.val, np.concatenate(letters))
    return found


@pytest.fixture(scope="module")
def committee_report(with_committees):
    return make_experiment_report(with_committees, WORDS)


def test_it_has_the_committee_of_each_level_and_check_computes_it_again(
    with_committees, committee_report, honest, check
):
    text = committee_report.decode()
    first, second = with_committees.of_committees
    for words in committee_sentences([first, second], PLAN.level_sentences()):
        assert ENGLISH.put(words) in text
    assert "<h2>Committees</h2>" in text and "<h2>Committees</h2>" not in honest.decode()
    assert facts_in(honest)["committees"] is None
    claimed = read_report(committee_report).committees
    assert [it.loss for it in claimed] == [first.loss, second.loss]
    assert check(committee_report).result is Grade.HOLDS
    assert said(check(committee_report, members=3))["committees"] is Grade.UNCHECKED
    assert said(check(honest, members=0))["committees"] is Grade.HOLDS
    is_harmless(committee_report)


def test_a_committee_that_its_members_do_not_give_is_found(committee_report, check):
    first, second = facts_in(committee_report)["committees"]
    members, loss, lower_by, error = second
    false = {
        "committee of 3, but its losses give one of 2": [3, loss, lower_by, error],
        "mean loss of the members of": [2, loss - 0.01, lower_by, error],
        "which no committee has": [2, loss + lower_by + 0.01, -0.01, error],
    }
    for words, row in false.items():
        finding = check(forged(committee_report, committees=[first, row]), members=0)
        finding = finding.findings["committees"]
        assert finding.grade is Grade.FAILS and words in finding.reason and "GRU" in finding.reason
    better = [members, loss - 0.01, lower_by + 0.01, error]
    raw = forged(committee_report, committees=[first, better])
    assert said(check(raw, members=0))["committees"] is Grade.UNCHECKED
    finding = check(raw).findings["committees"]
    assert finding.grade is Grade.FAILS and "but training again gives" in finding.reason
    alone = forged(committee_report, committees=[first, None])
    assert said(check(alone))["committees"] is Grade.HOLDS


def test_a_false_standard_error_of_a_committee_is_found(corpus, check):
    """On one split it is over the names, and moves far less than a loss does."""
    plan = replace(PLAN, splits=1)
    outcomes = tuple(train_member(member.config, corpus.cleaned) for member in plan.members())
    made = FinishedExperiment(plan, corpus, outcomes, committees=committees_of(plan))
    raw = make_experiment_report(made)
    first, (*figures, error) = facts_in(raw)["committees"]
    assert check(raw).result is Grade.HOLDS
    for value in (error - 0.0009, error + 0.0009):
        finding = check(forged(raw, committees=[first, [*figures, value]])).findings["committees"]
        assert finding.grade is Grade.FAILS and "its standard error: " in finding.reason


@pytest.mark.long
def test_a_committee_that_rounding_moves_may_differ_as_far(committee_report, check, monkeypatch):
    """As if other last bits had moved the letters of the members, but not their mean losses."""
    first, (*figures, error) = facts_in(committee_report)["committees"]
    raw = forged(committee_report, committees=[first, [*figures, error + 0.01]])
    assert said(check(raw))["committees"] is Grade.FAILS
    train = members_again.repeat

    def moved(facts, *args, perturbed=0, **how):
        found = train(facts, *args, perturbed=perturbed, **how)
        if not perturbed or facts.config.split_seed:
            return found
        random = np.random.default_rng([perturbed, facts.config.seed])
        return found._replace(letters=found.letters + random.normal(0, 0.3, len(found.letters)))

    monkeypatch.setattr(members_again, "repeat", moved)
    assert said(check(raw))["committees"] is Grade.HOLDS


@pytest.mark.parametrize("wrong", [7, [[2, 1.5]], [None], [[2, "a", 0, 0], None], [{}, {}]])
def test_committees_of_another_form_are_refused_in_a_sentence(committee_report, wrong):
    with pytest.raises(Refusal):
        read_report(forged(committee_report, committees=wrong))


def test_a_committee_where_one_seed_gives_none_does_not_hold(corpus, check):
    plan = replace(PLAN, seeds=1)
    raw = make_experiment_report(invented(plan, corpus))
    raw = forged(raw, committees=[[2, 1.9, 0.1, 0.01], None])
    finding = check(raw, members=0).findings["committees"]
    assert finding.grade is Grade.FAILS and "its losses give none" in finding.reason
