"""The committees of a sweep: the saved runs of its members read the held-out names again."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from dino.committee import CommitteeResult
from dino.data import Corpus, make_corpus
from dino.experiments.committees import Committees, committee_sentences
from dino.experiments.folder import Folder, in_order
from dino.experiments.member import DONE, Outcome
from dino.experiments.verdict import Verdict
from dino.lists import CleanNames
from dino.locale.sentences import Refusal

Found = tuple[CommitteeResult | None, ...]
MISSING = "No committee is shown, because it needs the saved run of each member (--runs light)."


def committees_of(
    folder: Folder, names: CleanNames, outcomes: Mapping[int, Outcome], verdict: Verdict
) -> Found:
    """The committee of each level at the rate at which it is compared, None without all its saved
    runs; empty with one seed, or if no level is compared.
    """
    plan = folder.plan
    if verdict.seeds < 2 or not any(mean is not None for mean in verdict.means):
        return ()
    corpora = dict[int, Corpus]()
    found = Committees(plan, (), math.inf)
    for number in in_order(folder.members, outcomes):
        place, config = folder.members[number]
        is_counted = place.rate == verdict.rates[place.level] and place.seed < verdict.seeds
        if not is_counted or outcomes[number].status != DONE:
            continue
        if config.split_seed not in corpora:
            seed, exam = config.split_seed, config.exam
            corpora[seed] = make_corpus(names, "", seed, exam=exam)
        losses = _losses(folder, number, corpora[config.split_seed])
        if losses is not None:
            found.add(place, corpora[config.split_seed].val, losses)
    return found.results(verdict)


def _losses(folder: Folder, number: int, corpus: Corpus) -> np.ndarray | None:
    """−ln p of every letter of the held-out names, by a member's saved run. (T,) nats

    None if there is no file, or if it is not of this member.
    """
    from dino.model import rebuild
    from dino.parts import finish
    from dino.saved.on_disk import read_file
    from dino.together import letter_losses

    config = folder.members[number].config
    try:
        saved = read_file(folder.saved_run(number))
        saved.listed.check(corpus)
    except Refusal:
        return None
    if saved.config != config or saved.run.weights is None:
        return None
    model = rebuild(config, len(corpus.vocab), saved.run.weights)
    return np.concatenate(finish(letter_losses(model, corpus.vocab, corpus.val, config.context)))


def committee_lines(folder: Folder, found: Found) -> list[str]:
    """What the command prints of its committees."""
    if found and not any(found):
        return [MISSING]
    return [str(it) for it in committee_sentences(found, folder.plan.level_sentences())]


def committee_fields(folder: Folder, found: Found) -> list[dict[str, object]]:
    """Those of all levels that have one, as `--json` prints them. Losses in nats per symbol."""
    levels = folder.plan.level_sentences()
    return [
        {
            "level": str(level),
            "members": it.members,
            "loss": it.loss,
            "mean_of_members": it.alone,
            "lower_by": it.difference.lower_by,
            "error": it.difference.error,
        }
        for level, it in zip(levels, found, strict=False)
        if it is not None
    ]
