"""The command that trains an experiment on one's own machine: `python -m dino sweep …`."""

from __future__ import annotations

import shlex

from dino.config import SETTINGS
from dino.experiments.plan import Plan
from dino.presets import PRESETS

START = PRESETS["first-success"].config  # the recipe that the command changes


def sweep_command(plan: Plan, names: str = "", keep_case: bool = False) -> str:
    """The command of a plan, for a shell. It trains the same members as the plan.

    names: the key of a bundled list, or a file; '' for the dinosaurs
    """
    words = ["python", "-m", "dino", "sweep"]
    for factor in plan.factors:
        levels = ",".join(SETTINGS[factor.name].text(level) for level in factor.levels)
        words += ["--vary", f"{factor.name}={levels}"]
    words += ["--seeds", str(plan.seeds), "--splits", str(plan.splits)]
    words += [] if plan.config.exam else ["--no-exam"]
    for name in _changed(plan):
        words += [f"--{name.replace('_', '-')}", SETTINGS[name].text(getattr(plan.config, name))]
    words += ["--data", names] if names else []
    words += ["--keep-case"] if keep_case else []
    return shlex.join([*words, "--out", "runs"])


def _changed(plan: Plan) -> list[str]:
    """The settings that the command names, without those that it varies. An exam is its default.

    With another optimizer, the command would take that optimizer's usual rate. It chooses the
    kernels automatically if they cover the plan.
    """
    changed = START.changes(plan.config)
    if "optimizer" in changed and "learning_rate" not in changed:
        changed.append("learning_rate")
    varied = {"exam", *(factor.name for factor in plan.factors)}
    if plan.config.engine != "torch":
        varied.add("engine")
    return [name for name in changed if name not in varied]
