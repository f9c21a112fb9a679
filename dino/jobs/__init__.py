"""Many runs at once: a small pool of threads trains them in turn, in short slices.

    Jobs.create(config, corpus) -> RunHandle   job.play(), job.pause(), job.play(steps=1), …
    Jobs.find(token)            -> RunHandle   job.run: what there is to see, replaced as it grows
    Jobs.runs_of(browser)       -> entries     all its runs, those that are only kept, too
    Jobs.reopen(entry, page)    -> RunHandle   one of them at work again
    Jobs.begin_experiment(…)    -> Experiment  many runs of a plan, one after another

A page sees and asks through a `RunHandle`; what a worker does with the same run is `RunWork`.
Nothing here knows Streamlit.
"""

from dino.jobs.experiment import Experiment
from dino.jobs.kept_runs import KeptRuns, RunEntry
from dino.jobs.measurement import Measurement
from dino.jobs.name_writing import WrittenNames, write_names
from dino.jobs.pool import Jobs
from dino.jobs.run_handle import RunHandle

__all__ = [
    "Experiment",
    "Jobs",
    "KeptRuns",
    "Measurement",
    "RunEntry",
    "RunHandle",
    "WrittenNames",
    "write_names",
]
