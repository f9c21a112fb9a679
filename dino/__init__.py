"""Dino: a laboratory where you watch a recurrent network learn to name dinosaurs.

The core, in the order in which it reads best:

1 What goes in
    setting.py       a setting: its limits, what it refuses, its form in a URL
    mix.py           what a network is read together with, as a link and a file carry it (Mix)
    writing.py       how names are written (Writing): its settings and their limits
    config.py        the recipe of a run (Config), its limits, its form in a URL
    outside.py       input from outside: JSON and TOML within bounds, and the fields in it
    presets.py       recipes to begin with
    places.py        where the data lie, in a clone and in an installed package
    files.py         files from outside: bytes to text, text to a table, a table to .csv
    lists.py         lists of names: the bundled ones, and text to clean names with a report
    split.py         which names are trained on, held out, and set aside for the final exam
    data.py          from a list of names to padded arrays (Corpus)
    choice.py        a chosen list of names, and its form in an address

2 The network
    model.py         CharRNN: vanilla, GRU, LSTM, as equations
    optim.py         six optimizers, a few lines each

3 Training
    train.py         Trainer.step() is one update; the caller owns the loop
    torch_engine.py  the update: forward, backward, clip, step, average
    count_teacher.py  soft targets: what counting expects in the training names
    batches.py       batches of names, in random order or sorted
    training_state.py  what an update changes: weights, gradient, average, the optimizer's state
    engines.py       chooses the engine of the next update, PyTorch or the compiled one
    evaluation.py    the held-out loss
    divergence.py    detects a diverged run, and restores its last good weights
    recorder.py      records losses and snapshots while a run trains
    packed_trace.py  how the newest name was written, in few bytes
    run.py           the results of a run: losses, and snapshots with their weights and names
    history.py       the results so far of a run that trains
    step_report.py   what one update did: letters' losses, the gradient, how far each matrix moved
    packing.py       a paused trainer, in little memory
    apart.py         arrays in memory apart, which the system has back once they are dropped
    parts.py         work in parts, so that a server can do other work in between
    cost.py          how much work and memory a recipe takes

4 Writing
    sample.py        writes names, and keeps every logit and hidden state (Trace)
    mixture.py       reads a network together with counting: mixed probabilities, their losses

5 Judging and looking
    ngram.py         counting letters: the baselines
    difference.py    how much lower one loss is than another, and what may be said of it
    metrics.py       perplexity, nearest names, a network beside the baselines
    together.py      the loss of a network and counting together, beside each alone
    committee.py     the mean of several networks' probabilities, beside the mean of their losses
    standing.py      which of several runs ends with the lowest loss, and which are too close
    name_measures.py what a sample of names is like: new, repeated, how long, how they end
    probe.py         experiments on a trained network, over many names: its losses, silenced units
    context.py       how many of its last letters a network uses
    exam.py          the final exam (test set): what opening it shows, and its sentences
    trials.py        what a run's next updates would do: at other rates, with more units
    diagnosis.py     what holds a run back, measured by such trials
    diagnosis_words.py  the figures of a diagnosis in sentences
    findings.py      what holds a run back: what is seen, why, the cure
    zoo.py           the failure zoo: six runs that fail, as puzzles
    trained_contexts.py  losses, measured in advance, of networks with a bounded memory
    regularised_contexts.py  the same of regularised networks, beside counting
    seed_losses.py   losses of every preset with eight seeds, measured in advance
    long_lists.py    what fits a long list: a recipe, and from which length on, measured
    echo.py          how far back each cell learns to look, on made-up words
    echo_biases.py   how far LSTMs with two forget biases learned to, measured in advance
    anatomy.py       one name inside the network: each step, the gradient through time, the
                     matrices, the map of the symbols
    unit_weights.py  the strongest weights of one hidden unit
    unrolled.py      the strip: a name through the unrolled network, the gradient back along it
    source.py        the lines of code that compute something, found in the source that runs
    clustering.py    whether the vowels' vectors cluster: a permutation test
    survey.py        statistics of a list, and suspicious names
    glossary.py      the field's terms: other words, the Spanish term, where each is shown
    machine.py       how many cores and how much memory this process may use
    python_lock.py   how soon a waiting thread gets Python's lock
    __main__.py      all of this without a browser: python -m dino train, sweep, check,
                     lessons, data, bench, compile, map; and run, which opens the app

`python -m dino map` prints the other files, each with its first sentence.
"""

import os

# One thread per operation: at these sizes a second one costs more than it gains, and many runs
# share the machine. The libraries read these when they load, so set them here, first.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

__version__ = "0.1.0"
