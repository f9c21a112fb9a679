"""The committees of a sweep: the saved runs of its members read the held-out names again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from dino.committee import CommitteeResult
from dino.data import Corpus, make_corpus
from dino.experiments.committees import Committees, committee_sentences
from dino.experiments.folder import Folder, in_order
from dino.experiments.member import DONE, Outcome
from dino.experiments.verdict import Verdict
from dino.lists import CleanNames
from dino.locale.sentences import Refusal
from dino.setting import quoted


class Found(NamedTuple):
    """The committee of each level, None for none; empty with one seed, or if no level is compared.

    refusal: why a saved run that is there was not read, the first of them; '' if all were
    """

    results: tuple[CommitteeResult | None, ...] = ()
    refusal: str = ""


MISSING = "No committee is shown, because it needs the saved run of each member (--runs light)."
NOT_READ = (
    "The saved run {file} is not read, so its level has no committee. {why} The same command "
    "trains the member again if you delete its files from the folder members."
)


def committees_of(
    folder: Folder, names: CleanNames, outcomes: Mapping[int, Outcome], verdict: Verdict
) -> Found:
    """Those at the rate at which each level is compared, which need all saved runs of a level."""
    from dino.saved.on_disk import saved_letter_losses

    plan = folder.plan
    if verdict.seeds < 2 or not any(mean is not None for mean in verdict.means):
        return Found()
    corpora = dict[int, Corpus]()
    found, refusal = Committees(plan, (), math.inf), ""
    for number in in_order(folder.members, outcomes):
        place, config = folder.members[number]
        is_counted = place.rate == verdict.rates[place.level] and place.seed < verdict.seeds
        if not is_counted or outcomes[number].status != DONE:
            continue
        if config.split_seed not in corpora:
            seed, exam = config.split_seed, config.exam
            corpora[seed] = make_corpus(names, "", seed, exam=exam)
        corpus = corpora[config.split_seed]
        path = folder.saved_run(number)
        try:
            losses = saved_letter_losses(path, config, corpus)
        except Refusal as why:
            refusal = refusal or NOT_READ.format(file=quoted(path.name), why=why)
            continue
        if losses is not None:
            found.add(place, corpus.val, losses)
    return Found(found.results(verdict), refusal)


def committee_lines(folder: Folder, found: Found) -> list[str]:
    """What the command prints of its committees."""
    levels = folder.plan.level_sentences()
    if found.refusal:
        return [*map(str, committee_sentences(found.results, levels)), found.refusal]
    if found.results and not any(found.results):
        return [MISSING]
    return [str(it) for it in committee_sentences(found.results, levels)]


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
        for level, it in zip(levels, found.results, strict=False)
        if it is not None
    ]
