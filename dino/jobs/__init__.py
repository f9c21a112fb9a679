"""Many runs at once: a small pool of threads trains them in turn, in short slices.

    Jobs.create(config, corpus) -> Job      job.play(), job.pause(), job.play(steps=1), job.extend()
    Jobs.find(token)            -> Job      job.run: what there is to see, replaced as it grows
    Jobs.runs_of(browser)       -> entries  all its runs, those that are only kept, too
    Jobs.reopen(entry, page)    -> Job      one of them at work again
    Jobs.begin_experiment(…)    -> Experiment   many runs of a plan, one after another

Nothing here knows Streamlit; a page only reads `job.run` and sets wishes.
"""

from dino.jobs.experiment import Experiment
from dino.jobs.job import Job
from dino.jobs.kept_runs import KeptRuns, RunEntry
from dino.jobs.measurement import Measurement
from dino.jobs.pool import Jobs
from dino.jobs.written import WrittenNames, write_names

__all__ = [
    "Experiment",
    "Job",
    "Jobs",
    "KeptRuns",
    "Measurement",
    "RunEntry",
    "WrittenNames",
    "write_names",
]
