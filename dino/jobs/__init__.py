"""Many runs at once: a small pool of threads trains them in turn, in short slices.

    Jobs.create(config, corpus) -> RunHandle   job.play(), job.pause(), job.play(steps=1), …
    Jobs.find(token)            -> RunHandle   job.run: what there is to see, replaced as it grows
    Jobs.runs_of(browser)       -> entries     all its runs, at work or only kept
    Jobs.reopen(entry, page)    -> RunHandle   one of them at work again
    Jobs.begin_experiment(…)    -> Experiment  many runs of a plan, one after another

A page reads a run, and asks for things, through a `RunHandle`. A worker trains the same run through
`RunWork`. Nothing here knows Streamlit.

From a click on Train to the first update, each of these waits for the one before it:

     1  pages/lab/run_buttons.js             the button
     2  ui/clicks.js                         numbers the click, and sends it until it is done
     3  Streamlit, ui/workarounds/           the message, its callback
     4  ui/widgets.py run                    to its end, though another message waits
     5  pages/lab/run_buttons.py _carry_out  each click once
     6  pages/lab/run_buttons.py _play       of the settings as shown: a new run where they differ
     7  ui/current_run.py act                only a run of this browser
     8  jobs/run_handle.py play              a wish
     9  jobs/workers.py enqueue              a place in the queue
    10  jobs/workers.py _run                 a worker whose turn it is
    11  jobs/run_work.py work                a slice
    12  jobs/run_work.py _slice              room and a trainer, where it has none
    13  jobs/run_work.py _train              as far as the pace lets it
    14  train.py advance

From an update to the chart. `run.py` thins the training curve and `training.js` the measured ones;
no curve is thinned twice:

     1  compiled/engine.py or torch_engine.py, train.py, recorder.py, history.py: its loss is noted
     2  jobs/run_work.py _publish            `Trainer.run`, `History.make_run`: an immutable `Run`
     3  live/routes.py run                   asks each open page which run it shows (`Listener`)
     4  live/frames.py next                  what is new to it: `Run.stretches`, charts/loss.py
     5  ui/stream.js, pages/lab/training.js, ui/chart.js
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
