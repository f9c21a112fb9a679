"""Dino: a laboratory where you watch a recurrent network learn to name dinosaurs.

The source, in the order in which it reads best:

1 What goes in
    setting.py       a setting: its limits, what it refuses, its form in a URL
    config.py        the recipe of a run (Config), its limits, its form in a URL
    presets.py       recipes to begin with
    files.py         files from outside: bytes to text, text to a table, a table to .csv
    lists.py         lists of names: the bundled ones, and text to clean names with a report
    split.py         which names are trained on, held out, and set aside for the final exam
    data.py          from a list of names to padded arrays (Corpus)

2 The network
    model.py         CharRNN: vanilla, GRU, LSTM, as equations
    optim.py         six optimizers, a few lines each

3 Training
    train.py         Trainer.step() is one update; the caller owns the loop
    torch_engine.py  the update: forward, backward, clip, step, average
    batches.py       batches of names, in random order or sorted
    state.py         what an update changes: weights, gradient, average, the optimizer's state
    engines.py       chooses the engine of the next update, PyTorch or the compiled one
    evaluation.py    the held-out loss
    divergence.py    detects a diverged run, and restores its last good weights
    recorder.py      records losses and snapshots while a run trains
    packed_trace.py  how the newest name was written, in few bytes
    run.py           the results of a run: losses, and snapshots with their weights and names
    history.py       the results so far of a run that trains
    step_report.py   what one update did: letters' losses, the gradient, how far each matrix moved
    packing.py       a paused trainer, in little memory
    parts.py         work in parts, so that a server can do other work in between
    cost.py          how much work and memory a recipe takes

4 Writing
    sample.py        writes names, and keeps every logit and hidden state (Trace)

5 Judging and looking
    ngram.py         counting letters: the baselines
    metrics.py       perplexity, nearest names, the verdict against the baselines
    standing.py      which of several runs ends with the lowest loss, and which are too close
    name_measures.py what a sample of names is like: new, repeated, how long, how they end
    probe.py         experiments on a trained network, over many names: its losses, silenced units
    context.py       how many of its last letters a network uses
    exam.py          the final exam (test set): what opening it shows, and what is said of it
    trials.py        what a run's next updates would do: at other rates, with more units
    diagnosis.py     what holds a run back, measured by such trials
    diagnosis_words.py  its figures in sentences
    findings.py      what was found: what is seen, why, the cure
    zoo.py           the failure zoo: six runs that fail, as puzzles
    prepared.py      results measured beforehand: networks trained with a bounded memory
    echo.py          how far back each cell learns to look, on made-up words
    anatomy.py       one name inside the network: each step, the gradient through time, the
                     matrices, the map of the symbols
    unit_weights.py  the strongest weights of one hidden unit
    unrolled.py      the strip: a name through the unrolled network, the gradient back along it
    source.py        the lines of code that compute something, found in the source that runs
    clustering.py    whether the vowels' vectors cluster: a permutation test
    survey.py        statistics of a list, and suspicious names
    term_meanings.py what each term of the glossary means, in one sentence
    glossary.py      the field's terms: other words, the Spanish term, where each is seen
    __main__.py      all of this without a browser: python -m dino train, sweep, check,
                     lessons, data, bench, compile

Around it
    compiled/        the same mathematics, compiled
        engine.py  kernels.py  cells.py  layers.py  updates.py  writing.py  matrices.py
        elementwise.py  blas.py  layout.py  jit.py  compiling.py
    locale/          the sentences that visitors read, in their language
        sentences.py  numbers.py
    charts/          figures from arrays
        base.py  ends.py  loss.py  compare.py  experiment.py  bet.py  guess.py  name.py  data.py
        inside.py  memory.py  weights.py  draw.py  ruler.py  echo.py
        arrangements.py  axis.py  state_length.py  steps.py  likely.py  cells.py  heard.py
    jobs/            many runs at once
        job.py  controls.py  wishes.py  pacing.py  pool.py  workers.py  line.py  memory.py
        limits.py  browsers.py  kept_runs.py  baselines.py  measurement.py  written.py
        sampled.py  exams.py  run_lists.py  experiment.py  experiment_lists.py  timing.py
    experiments/     fair experiments: what is compared, and what the losses show
        verdict.py  plan.py  words.py  bet.py  pictured.py  picture_sentences.py  member.py
        folder.py  cluster.py  parallel.py  command.py  estimate.py
    live/            what the server sends without a script
        frames.py  words.py  figures.py  loss_words.py  step_report.py  routes.py
        compressed.py  plotly_file.py  warm_up.py  heap.py  watchdog.py
    share/           what leaves the app with a visitor, and comes back
        saved_run.py  run_note.py  run_writer.py  run_reader.py  saved_list.py  expected.py
        fields.py  json_depth.py  tensors.py  on_disk.py  prepared_runs.py  nameless_run.py
        facts.py  curve.py  markup.py  report_frame.py  report.py  experiment_facts.py  pairs.py
        bands.py  experiment_report.py  reading.py  experiment_reading.py  repeat.py
        judge.py  claim_differences.py  members_again.py  experiment_judge.py  copies.py  marks.py
        report_files.py  check_progress.py  check.py  options.py  template.py  words.py  spreads.py
        code_facts.py  script.py  notebook.py  tables.py  learn_facts.py  learn_report.py
        learn_reading.py  learn_table.py
    lessons/         the lessons of the page Learn: text files in each language (README.md), and
                     what reads them
        lesson.py  toml_tables.py  reading.py  figures.py  figures_reading.py  panels.py
        run_figures.py  experiment_figures.py  judging.py  progress.py  whereabouts.py
        checking.py  teaching.py  expected.py
        concept_test.py  real_or_made.py  zoo_answers.py  handed_in.py  names.py  chips.py
        figures_first.py
        figures_sample.py  figures_axis.py  figures_cell.py  grids.py  figures_step.py
        figures_writing.py  figures_memory.py
    commands/        the commands of a shell that have more than a few lines
        recipe.py  train.py  sweep_results.py  sweep.py  lessons.py
    bench/           CPU time per name, ours and other implementations'
        rounds.py  rows.py  ours.py  peers.py  peers_batched.py  peers_writing.py  processes.py
        worker.py  report.py
    ui/workarounds/  all that touches private parts of Streamlit, each with its reason
        wrapping.py  sessions.py  callbacks.py  cookies.py  echoes.py  history.py  pages.py
        doors.py  downloads.py  uploads.py  values.py  speed.py  first_look.py
    ui/              what all pages share, from the visitor up to the page
        state.py  language.py  visit.py  server.py  serve.py  typed_numbers.py  widgets.py
        notices.py  settings.py  shown_settings.py  choice.py  chosen_list.py  current_run.py
        looked_at.py  measurements.py  learnt.py  address.py  share.py  run_groups.py
        opening.py  session.py  glossary.py  page_top.py  run_titles.py  seeds.py  run_box.py
        run_offer.py  example_runs.py  settings_back.py  nameless_box.py  open_box.py
        diagnosis_box.py  exam_box.py  experiment_acts.py  report_words.py  formulas.py  text.py
        table.py
        component.py  number_box.py  clicks.py  plot.py  listening.py  pulse.py  bring_up.py
        printing.py  strip.py  strip_code.py  strip_lines.py
    pages/           the pages' addresses, titles and icons
        router.py
    pages/lab/       the page Lab
        page.py  controls.py  fold.py  ways_in.py  live_network.py  training.py
        earlier_runs.py  run_buttons.py  offers.py  writing.py  writing_controls.py
        name_picture.py  draw_picture.py  ruler.py  notebook.py  notebook_table.py
        single_changes.py  take_home.py  explain.py
    pages/data/      the page Data; each tab begins in one file
        page.py  choose.py  own_list.py  lesson.py  names_table.py  letters.py  suspects.py
        dictionary.py  encoding.py  split.py  list_view.py
    pages/inside/    the page Inside; each tab begins in one file
        page.py  frame.py  moments.py  view.py  picked_name.py  names.py  letters.py
        equations.py  start_box.py  memory_sentences.py  memory.py  units.py  unit_states.py
        gradient.py  weights.py  two_models.py  changes.py  example.py
    pages/compare/   the page Compare
        page.py  frame.py  compared.py  headline.py  runs_table.py  list_changes.py  exam.py
        curves.py  curve_sentences.py  names.py  name_sentences.py  same_names.py  experiments.py
        experiment_changes.py  experiment_bet.py  experiment_plan.py  experiment_result.py
        experiment_best.py  experiment_pictures.py  experiment_report.py  example.py
    pages/learn/     the page Learn
        page.py  frame.py  titles.py  contents.py  link_ticks.py  lesson_view.py  stage.py
        asking.py  reveal.py  own_words.py  code_view.py  drag.py  teacher.py  teacher_paper.py
        panels.py  panel_run.py  panel_experiment.py  projector.py  concept_test.py  parts.py
        real_or_made.py  training.py  zoo.py  handing_in.py  challenge.py  learn_report.py
        panel_chips.py  panel_arrangements.py  panel_one_hot.py  cells.py  panel_batch.py
        panel_axis.py  panel_cell.py  typed_name.py  panel_step.py  panel_strip.py  network.py
        panel_writing.py  panel_likelier.py  panel_memory.py
    app.py           the server, and the script that Streamlit runs for every page
"""

import os

# One thread per operation: at these sizes a second one costs more than it gains, and many runs
# share the machine. The libraries read these when they load, so set them here, first.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

__version__ = "0.1.0"
