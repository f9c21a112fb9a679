"""The committees of a sweep: the saved runs of its members read the held-out names again."""

from __future__ import annotations

import math
from collections.abc import Mapping

from dino.committee import CommitteeResult
from dino.data import Corpus, make_corpus
from dino.experiments.committees import Committees, committee_sentences
from dino.experiments.folder import Folder, in_order
from dino.experiments.member import DONE, Outcome
from dino.experiments.verdict import Verdict
from dino.lists import CleanNames

Found = tuple[CommitteeResult | None, ...]
MISSING = "No committee is shown, because it needs the saved run of each member (--runs light)."


def committees_of(
    folder: Folder, names: CleanNames, outcomes: Mapping[int, Outcome], verdict: Verdict
) -> Found:
    """The committee of each level at the rate at which it is compared, None without all its saved
    runs; empty with one seed, or if no level is compared.
    """
    from dino.saved.on_disk import saved_letter_losses

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
        corpus = corpora[config.split_seed]
        losses = saved_letter_losses(folder.saved_run(number), config, corpus)
        if losses is not None:
            found.add(place, corpus.val, losses)
    return found.results(verdict)


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
