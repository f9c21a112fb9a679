"""Reports of tiny runs, which the tests of reports and of `check` share."""

import json

from dino.config import Config
from dino.grader.claims import read_claims, run_claims
from dino.mix import Mix
from dino.model import rebuild
from dino.ngram import NGram, baseline_name_losses_in_parts
from dino.parts import finish, last_result
from dino.reports.facts import CLOSING, ESCAPES, OPENING, Words
from dino.reports.run_report import make_report
from dino.together import read_in_parts
from dino.train import Trainer

TINY = Config(engine="torch", hidden_size=4, batch_size=8, max_steps=12, learning_rate=0.02)
_COUNTED = {}


def counted(corpus):
    """The baselines of a list, name by name."""
    if corpus not in _COUNTED:
        _COUNTED[corpus] = last_result(baseline_name_losses_in_parts(corpus))[1]
    return _COUNTED[corpus]


def trained(config, corpus):
    """A run of this recipe, at rest."""
    trainer = Trainer(config, corpus)
    trainer.advance()
    trainer.settle()
    return trainer.run()


def read_with(run, corpus, mix, with_exam=False):
    """What the held-out names show of a run together with counting; mix: as 'sixes:0.5'."""
    how, size = Mix.from_text(mix), len(corpus.vocab)
    counts = NGram(how.n, corpus.train, corpus.vocab)
    model = rebuild(run.config, size, run.weights)
    return finish(read_in_parts(model, counts, corpus, how, run.config.context, with_exam))


def report(config, corpus, mix="", **words):
    """A report of a run of this recipe; words: a visitor's own."""
    run = trained(config, corpus)
    reading = read_with(run, corpus, mix) if mix else None
    return make_report(run, corpus, counted(corpus), Words(**words), reading=reading)


def facts_in(raw):
    """The JSON in a report."""
    return json.loads(raw.decode().split(OPENING)[1].split(CLOSING)[0])


def claims_in(raw):
    """What the report of a run claims, as a grader reads it."""
    return run_claims(read_claims(raw))


def forged(raw, **changes):
    """The same report with other facts."""
    return rewritten(raw, {**facts_in(raw), **changes})


def rewritten(raw, facts):
    """The same report with these facts alone."""
    before, _, rest = raw.decode().partition(OPENING)
    text = json.dumps(facts).translate(ESCAPES)
    return (before + OPENING + text + CLOSING + rest.partition(CLOSING)[2]).encode()
