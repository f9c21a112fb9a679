"""Experiments of lessons with more seeds, wider ladders and their parts left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dino.config import DEFAULT, Config
from dino.experiments.member import on_one_engine, train_member
from dino.experiments.plan import Plan, make_plan
from dino.experiments.verdict import judge
from dino.lessons.dinosaur_list import dinosaurs
from dino.presets import PRESETS

from . import Ablation, Finding, Seeds, finding

FIRST = PRESETS["first-success"].config
FAST = DEFAULT.replace(hidden_size=32, max_steps=300, average=0.0)  # of the lesson on rates
COMPARED = DEFAULT.replace(max_steps=600, exam=True)  # of the lesson on comparing
SPLITS = 3


def sgd_ladder(seeds: Seeds) -> Iterator[Finding]:
    """SGD at rates from 0.03 to 10, clipped at norm 1 and not clipped."""
    rates = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
    for clip in (1.0, 0.0):
        config = FAST.replace(optimizer="sgd", clip_norm=clip)
        losses = _losses(_plan(config, [_ladder(rates)], seeds, 1))
        for rate, of_rate in zip(rates, losses[:, 0, 0], strict=True):
            claim = f"SGD, {f'clipped at {clip:g}' if clip else 'not clipped'}, rate {rate:g}"
            yield finding(f"{claim}: has a loss", np.isfinite(of_rate))
            if np.isfinite(of_rate).any():
                yield finding(f"{claim}: held-out loss", of_rate[np.isfinite(of_rate)], 3)


def optimizers(seeds: Seeds) -> Iterator[Finding]:
    """SGD, momentum and Adam, each at its best rate of one wide ladder, over three splits."""
    rates = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
    plan = _plan(FAST, ["optimizer=sgd,momentum,adam", _ladder(rates)], seeds, SPLITS)
    yield from _compared(plan, ("SGD", "SGD + momentum", "Adam"))


def cells(seeds: Seeds) -> Iterator[Finding]:
    """RNN, GRU and LSTM of 32 units, each at its best rate, over three splits."""
    rates = (0.0025, 0.005, 0.01, 0.02, 0.04)
    config = COMPARED.replace(hidden_size=32)
    plan = _plan(config, ["cell=rnn,gru,lstm", _ladder(rates)], seeds, SPLITS)
    yield from _compared(plan, ("RNN", "GRU", "LSTM"))


def dropout(seeds: Seeds) -> Iterator[Finding]:
    """64 units without and with letter dropout, over three splits."""
    plan = _plan(COMPARED, ["letter_dropout=0,0.1"], seeds, SPLITS)
    yield from _compared(plan, ("no dropout", "letter dropout 0.1"))


def shuffle(seeds: Seeds) -> Iterator[Finding]:
    """200 updates on sorted and on shuffled names, over three splits."""
    plan = _plan(FIRST.replace(max_steps=200), ["shuffle=false,true"], seeds, SPLITS)
    yield from _compared(plan, ("sorted", "shuffled"))


def sizes(seeds: Seeds) -> Iterator[Finding]:
    """16, 64 and 256 units at rates of 0.001 and 0.005, after 400 updates."""
    units, rates = (16, 64, 256), (0.001, 0.005)
    factors = ["hidden_size=16,64,256", _ladder(rates)]
    losses = _losses(_plan(DEFAULT.replace(max_steps=400), factors, seeds, 1))[:, :, 0]
    for H, of_size in zip(units, losses, strict=True):
        for rate, of_rate in zip(rates, of_size, strict=True):
            yield finding(f"{H} units, rate {rate:g}: held-out loss", of_rate, 3)
    yield finding("64 units at 0.005 are below 256 at 0.001", losses[1, 1] < losses[2, 0])


def _compared(plan: Plan, names: Sequence[str]) -> Iterator[Finding]:
    """Each level at its best rate: its losses, and how far each level is above each other one."""
    losses = _losses(plan)
    verdict = judge(losses)
    own = []
    for level, name in enumerate(names):
        best = verdict.rates[level]
        assert best is not None
        at = f", best at {plan.rates[level][best]:g}" if len(plan.rates[level]) > 1 else ""
        own.append(losses[level, best])
        yield finding(f"{name}{at}: held-out loss", own[-1].ravel(), 3)
    for pair in verdict.comparisons:
        high, low = names[pair.higher], names[pair.lower]
        gaps = own[pair.higher] - own[pair.lower]
        said = "clear" if pair.is_clear else "too close to call"
        size = f"{pair.difference.lower_by:.3f} ± {pair.difference.error:.3f}"
        yield finding(f"{high} − {low} = {size}, {said}; by split", gaps.mean(-1), 3)
        yield finding(f"{low} below {high}, by seed and split", (gaps > 0).ravel())


def _plan(config: Config, factors: Sequence[str], seeds: Seeds, splits: int) -> Plan:
    return on_one_engine(make_plan(config, factors, len(seeds), splits), dinosaurs())


def _losses(plan: Plan) -> np.ndarray:
    """The losses of all members. (L, R, S, K)"""
    names = dinosaurs().cleaned
    return plan.losses({m.place: train_member(m.config, names).loss for m in plan.members()})


def _ladder(rates: Sequence[float]) -> str:
    return "learning_rate=" + ",".join(f"{rate:g}" for rate in rates)


ABLATIONS = {
    "sgd_ladder": Ablation(sgd_ladder, 6),
    "optimizers": Ablation(optimizers, 5),
    "cells": Ablation(cells, 5),
    "dropout": Ablation(dropout, 5),
    "shuffle": Ablation(shuffle, 5),
    "sizes": Ablation(sizes, 6),
}
