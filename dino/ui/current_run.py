"""The run of this page: which one it is, who may change it, how a new one takes its place.

Every change of a run goes through `act`, which checks who owns it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dino.config import Config, differences
from dino.jobs import RunHandle
from dino.locale.sentences import Sentence, sentence
from dino.ui import chosen_list, settings, state
from dino.ui.notices import notify
from dino.ui.server import jobs, this_visit
from dino.ui.widgets import run_to_end

if TYPE_CHECKING:
    from dino.jobs import RunEntry

GONE = sentence(
    "The run that this page showed is gone, because its owner deleted it or it expired. Its "
    "settings are here. Press Train to run it again."
)

NO_LONGER_SHOWN = sentence("The owner of this run no longer shows it.")


def current_job() -> RunHandle | None:
    """The run of this session, if it is still kept and this browser may see it."""
    token = state.RUN_TOKEN.get()
    found = jobs().find(token) if token else None
    return found if found is not None and _may_watch(found) else None


def _may_watch(found: RunHandle | RunEntry) -> bool:
    """Whether this browser may see a run: its own, or one that its owner shows to others."""
    return jobs().may_watch(this_visit().browser, found)


def find_lost_run() -> None:
    """Find the run of this page again, if it is no longer at work but kept. Else say that it is
    gone.
    """
    token = state.RUN_TOKEN.get()
    if token and current_job() is None and not show_token(token):
        notify(NO_LONGER_SHOWN if jobs().find(token) or jobs().find_kept(token) else GONE)
        state.RUN_TOKEN.set("")


def show_number(number: int) -> bool:
    """Show a run of this browser. Return whether the run is at work or kept."""
    pool, browser = jobs(), this_visit().browser
    return _show(pool.at_work(browser, number) or pool.find_number(browser, number))


def show_token(token: str) -> bool:
    """Show the run with this token, of any browser. Return whether it may be seen here."""
    return _show(jobs().find(token) or jobs().find_kept(token))


def _show(found: RunHandle | RunEntry | None) -> bool:
    if found is None or not _may_watch(found):
        return False
    watch(found if isinstance(found, RunHandle) else jobs().reopen(found, this_visit().id))
    _set_token(found.token)
    return True


def _set_token(token: str) -> None:
    """Have the page show this run. Drop the refusal to write names, which was about another run."""
    if token != state.RUN_TOKEN.get():
        state.REFUSAL.set("")
    state.RUN_TOKEN.set(token)


def gone_sentence(number: int) -> Sentence:
    """That a run of this browser is gone."""
    return sentence("Run {number} is no longer kept.", number=number)


@run_to_end
def open_run(number: int) -> None:
    """Callback: show a run of this browser, with its recipe and its list on the controls."""
    job = current_job() if show_number(number) else None
    if job is None:
        notify(gone_sentence(number))
        return
    settings.show_recipe(job.config.replace(learning_rate=job.learning_rate))
    chosen_list.choose_list_of(job.corpus)


def runs() -> list[RunEntry]:
    """The runs that this visitor may look into: the present one first, then the others, newest
    first.
    """
    job = current_job()
    now = job.entry() if job is not None else None
    others: list[RunEntry] = []
    if job is None or may_act(job):
        others = [
            entry
            for entry in jobs().runs_of(this_visit().browser)
            if job is None or entry.token != job.token
        ]
    found = [*([now] if now is not None else []), *others]
    return [it for it in found if it.run.weights is not None and chosen_list.may_see(it.corpus)]


def may_act(job: RunHandle) -> bool:
    """Whether this browser owns the run, and so may change it."""
    return job.may_act(this_visit().browser)


def has_trained() -> bool:
    """Whether this browser ever trained a run, as far as the server remembers."""
    return jobs().knew(this_visit().browser, 1)


def is_untouched(job: RunHandle) -> bool:
    """Whether nothing is lost if the run is dropped."""
    return not job.trained and not job.failed


def changed_settings(job: RunHandle, wanted: Config) -> list[str]:
    """The settings, 'names' among them, in which a recipe differs from a run's; not the learning
    rate.
    """
    changed = [it for it in differences(job.config, wanted) if it != state.LEARNING_RATE.key]
    if job.run is not None and wanted.max_steps == job.run.max_steps:  # its steps were raised
        changed = [name for name in changed if name != "max_steps"]
    if job.corpus.source != chosen_list.choice():
        changed.insert(0, "names")
    return changed


def act(action: Callable[[RunHandle], object]) -> bool:
    """Apply an action to this page's run if this browser owns it; return whether it did."""
    job = current_job()
    if job is None:
        return False
    if not may_act(job):
        notify(
            sentence(
                "Only the browser that started this run can change it. Press Reset to start your "
                "own run."
            )
        )
        return False
    action(job)
    return True


def ensure_run(wanted: Config) -> RunHandle:
    """This page's run. A new untrained one replaces a missing run, or an untouched one with other
    settings.
    """
    job = current_job()
    if job is None:
        job = replace_run(wanted)
    elif (
        is_untouched(job)
        and may_act(job)
        and (job.config != wanted or job.corpus.source != chosen_list.choice())
    ):
        job = replace_run(wanted)
    watch(job)
    return job


def replace_run(wanted: Config) -> RunHandle:
    """Give this page a new untrained run in place of its old one."""
    old, here = current_job(), this_visit()
    mine = old if old is not None and may_act(old) else None
    state.USE_BEST.set(False)  # it was chosen for the old run
    wanted = chosen_list.make_splittable(wanted)
    new = jobs().create(
        wanted,
        chosen_list.corpus(wanted.split_seed, wanted.exam),
        here.browser,
        here.id,
        build=False,
        after=mine,
    )
    here.watch(new)
    _set_token(new.token)
    return new


def start_building(job: RunHandle) -> None:
    """Build a new run's network. Call it last, because it loads PyTorch, which delays a page."""
    if job.run is None:
        jobs().enqueue(job)


def watch(job: RunHandle) -> None:
    """Note that this page shows the run."""
    this_visit().watch(job)


def apply_learning_rate(wanted: Config) -> None:
    """Give the current run another learning rate. It is the only setting that a run may change.

    If another setting differs too, the controls are for the next run, and this run keeps its rate.
    """
    job = current_job()
    if (
        job is not None
        and job.running  # else a finished run would get a second rate without being asked
        and not job.stepping  # it rests at once
        and job.learning_rate != wanted.learning_rate
        and not changed_settings(job, wanted)
        and may_act(job)
    ):
        act(lambda job: job.set_learning_rate(wanted.learning_rate))
