"""The folder of a sweep: its plan, one file for each member, and the tables of all of them.

`sweep.json` identifies the plan; `members/0001.json` is a member, `members/0001.safetensors` its
saved run; `sweep.csv` has the results, which do not depend on where and in which order members were
trained; `seconds.csv` has how long each took; `committees.csv` has the committees of the levels. A
file is written beside its place and then moved there, so that no interruption leaves half a file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dino import __version__
from dino.committee import CommitteeResult
from dino.config import DEFAULT, SETTINGS, Config
from dino.experiments.member import DIVERGED, DONE, FAILED, Outcome, TrainedMember
from dino.experiments.plan import Member, Plan
from dino.experiments.verdict import Verdict
from dino.lists import CleanNames
from dino.locale.sentences import Refusal, sentence
from dino.outside import (
    TABLE,
    TEXT,
    Document,
    Fields,
    list_of,
    one_of,
    or_none,
    read_json,
    read_recipe,
    real,
    whole,
)
from dino.run import MOST_STEPS
from dino.setting import quoted

MOST_BYTES = 1_000_000  # of a file that is read; a member's has at most some 100,000
MEMBER = Document(sentence("A member's file"), MOST_BYTES)
STEP, LOSS = whole(MOST_STEPS), or_none(real(-1e9, 1e9))
RESULTS = ("val_loss", "best_val_loss", "best_step", "steps", "engine", "status", "message")
COMMITTEE = ("members", "splits", "loss", "mean_of_members", "lower_by", "error")


class Folder:
    """What a sweep keeps on disk. Raises Refusal for a folder with another sweep."""

    def __init__(self, path: Path, plan: Plan, names: CleanNames) -> None:
        self.path, self.plan, self.members = path, plan, list(plan.members())
        self._mark = _describe(plan, names)
        found = _read(path / "sweep.json")
        if found is not None and _completed(found) != self._mark:
            raise Refusal(
                sentence(
                    "{folder} contains the results of another sweep. Choose another folder "
                    "with --out, or give the options of that sweep.",
                    folder=quoted(path.name or str(path)),
                )
            )
        try:
            (path / "members").mkdir(parents=True, exist_ok=True)
            _write(path / "sweep.json", json.dumps(self._mark, indent=1).encode())
        except OSError as error:
            raise Refusal(
                sentence(
                    "The results need a writable folder, but {folder} cannot be written to "
                    "({reason}). Choose another one with --out.",
                    folder=quoted(path.name or str(path)),
                    reason=error.strerror or type(error).__name__,
                )
            ) from None

    def read(self) -> dict[int, Outcome]:
        """The members that are there, by number. A file that does not fit its member is ignored."""
        found = {i: self._read_member(i) for i in range(len(self.members))}
        return {i: outcome for i, outcome in found.items() if outcome is not None}

    def keep(self, number: int, trained: TrainedMember) -> None:
        """Write one member. Its saved run is written first, so that each member that
        exists has one.
        """
        if trained.file:
            _write(self.saved_run(number), trained.file)
        text = json.dumps(asdict(trained.outcome), allow_nan=False)
        _write(self._place(number), text.encode())

    def saved_run(self, number: int) -> Path:
        """The path of a member's saved run, if it has one."""
        return self._place(number).with_suffix(".safetensors")

    def write_tables(self, outcomes: Mapping[int, Outcome]) -> None:
        """Write both tables, a row for each of these members, in the order of levels."""
        _write(self.path / "sweep.csv", results_table(self.plan, outcomes).encode())
        _write(self.path / "seconds.csv", _table(self.plan, outcomes, ("seconds",)).encode())

    def write_committees(self, verdict: Verdict, found: Sequence[CommitteeResult | None]) -> None:
        """Write the table of committees, if there is one."""
        if any(found):
            _write(
                self.path / "committees.csv", committees_table(self.plan, verdict, found).encode()
            )

    def _place(self, number: int) -> Path:
        return self.path / "members" / f"{member_name(number)}.json"

    def _read_member(self, number: int) -> Outcome | None:
        found, config = _read(self._place(number)), self.members[number].config
        return None if found is None else _outcome(found, config)


def member_name(number: int) -> str:
    """A member's name in the table, and of its files: '0001' for number 0."""
    return f"{number + 1:04}"


def in_order(members: Sequence[Member], outcomes: Mapping[int, Outcome]) -> list[int]:
    """The numbers of these members in the order of the table: by level, rate, split and seed."""
    return sorted(outcomes, key=lambda number: members[number].place)


def results_table(plan: Plan, outcomes: Mapping[int, Outcome]) -> str:
    """The text of `sweep.csv`: a row for each of these members, in the order of levels.

    outcomes: by the member's number, which `plan.members()` counts from 0
    """
    return _table(plan, outcomes, RESULTS)


def _table(plan: Plan, outcomes: Mapping[int, Outcome], columns: Sequence[str]) -> str:
    """What distinguishes the members, and these fields of their outcomes, as .csv."""
    members, varied = list(plan.members()), (*plan.names, "seed", "split_seed")
    rows = []
    for number in in_order(members, outcomes):
        config = members[number].config
        settings = [SETTINGS[name].text(getattr(config, name)) for name in varied]
        results = [_cell(getattr(outcomes[number], name)) for name in columns]
        rows.append((member_name(number), *settings, *results))
    return _csv(("member", *varied, *columns), rows)


def committees_table(plan: Plan, verdict: Verdict, found: Sequence[CommitteeResult | None]) -> str:
    """The text of `committees.csv`: a row for each level that has one, at the rate at which it is
    compared.
    """
    rows = []
    for recipes, rate, it in zip(plan.recipes, verdict.rates, found, strict=True):
        if it is not None and rate is not None:
            config = recipes[rate]
            settings = [SETTINGS[name].text(getattr(config, name)) for name in plan.names]
            lower_by, error, *_ = it.difference
            results = it.members, it.splits, it.loss, it.alone, lower_by, error
            rows.append((*settings, *map(_cell, results)))
    return _csv((*plan.names, *COMMITTEE), rows)


def _describe(plan: Plan, names: CleanNames) -> dict[str, Any]:
    """What two sweeps must have in common, so that one can continue with the other's members."""
    return {
        "dino": __version__,
        "config": plan.config.as_dict(),
        "factors": [[factor.name, list(factor.levels)] for factor in plan.factors],
        "seeds": plan.seeds,
        "splits": plan.splits,
        "names": hashlib.sha256("\n".join(names.rows).encode()).hexdigest(),
    }


def _completed(found: Any) -> Any:
    """The contents of a file. Settings that an older version did not have get their defaults."""
    if not isinstance(found, dict) or not isinstance(found.get("config"), dict):
        return found
    return {**found, "config": {**DEFAULT.as_dict(), **found["config"]}}


def _outcome(found: Any, config: Config) -> Outcome | None:
    """A member from its file; None if it is not one of this recipe."""
    try:
        table = Fields(found, MEMBER)
        outcome = Outcome(
            config=table.take("config", TABLE),
            status=table.take("status", one_of((DONE, DIVERGED, FAILED))),
            message=table.take("message", TEXT),
            val_loss=table.take("val_loss", LOSS),
            best_val_loss=table.take("best_val_loss", LOSS),
            best_step=table.take("best_step", or_none(STEP)),
            steps=table.take("steps", STEP),
            engine=table.take("engine", TEXT),
            seconds=table.take("seconds", real()),
            val_steps=tuple(table.take("val_steps", list_of(STEP, MOST_BYTES))),
            val_losses=tuple(table.take("val_losses", list_of(LOSS, MOST_BYTES))),
        )
        table.end()
        is_its_own = read_recipe(table.fields("config")) == config
    except Refusal:
        return None
    has_loss = outcome.status != DONE or outcome.val_loss is not None
    return outcome if is_its_own and has_loss else None


def _read(path: Path) -> Any:
    """The contents of a JSON file; None if there is none, or if it is incomplete."""
    try:
        with path.open("rb") as file:
            return read_json(file.read(MOST_BYTES), MEMBER)
    except (OSError, Refusal):
        return None


def _write(path: Path, data: bytes) -> None:
    """Write a whole file, or nothing."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        # On disk before its name is: a crash must not leave an empty file under it.
        os.fsync(file.fileno())
    beside.replace(path)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def _csv(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return file.getvalue()
