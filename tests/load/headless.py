"""The same recipes on the pool alone, in a process of its own: what the pages cost training."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

CODE = """
import inspect, json, os, sys, time
sys.path.insert(0, sys.argv[1])
from dino.compiled import engine
from dino.config import Config
from dino.data import load
from dino.jobs import Jobs
count, units, steps, seconds = (int(a) for a in sys.argv[2:6])
getattr(engine, "prepare", lambda: None)()
pool, corpus = Jobs(), load()
watched = {"page": "headless"} if "page" in inspect.signature(pool.create).parameters else {}
def create(seed):
    return pool.create(Config(hidden_size=units, max_steps=steps, seed=seed), corpus, **watched)
jobs = [create(seed) for seed in range(count)]
def go(until, enough):
    while time.perf_counter() < until and not enough():
        for job in jobs:
            job.play()  # again and again: no page watches them
        time.sleep(0.25)
seen = lambda job: job.run.names_seen if job.run else 0
go(time.perf_counter() + 90, lambda: all(seen(job) >= 3200 for job in jobs))
before, began, cpu = [seen(job) for job in jobs], time.perf_counter(), time.process_time()
go(began + seconds, lambda: False)
took, cpu = time.perf_counter() - began, time.process_time() - cpu
each = [seen(job) - b for job, b in zip(jobs, before)]
mean = max(1, sum(each) / len(each))
print(json.dumps({"names_per_second": round(sum(each) / took), "cores": round(cpu / took, 2),
    "least": round(min(each) / mean, 3), "most": round(max(each) / mean, 3),
    "engine": jobs[0].run.engine if jobs[0].run else ""}))
sys.stdout.flush()
os._exit(0)
"""


async def headless(
    learners: int, seconds: int, code: Path, units: int = 128, steps: int = 100_000
) -> dict[str, Any]:
    """Names a second of all `learners` on the pool of the code in that folder; 'error' where it
    could not be measured.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CODE,
        str(code),
        *map(str, (learners, units, steps, seconds)),
        cwd=code,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        out, problems = await asyncio.wait_for(process.communicate(), 150 + seconds)
    except asyncio.TimeoutError:
        return {"error": "no answer in time"}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        return json.loads(out.decode().splitlines()[-1])
    except (ValueError, IndexError):
        return {"error": problems.decode(errors="replace")[-300:]}
