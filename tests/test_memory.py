"""Memory: what counts, and who gives way for whom."""

import pytest

from dino.config import Config
from dino.jobs import Jobs

SHORT = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=30)


@pytest.fixture
def jobs():
    """A pool whose workers have ended: nothing changes but by the test."""
    jobs = Jobs(1, memory=2_000_000_000, resident=lambda: 0)
    jobs.close()
    return jobs


def test_a_bundled_list_that_a_visitor_has_changed_counts_once(jobs, corpus):
    def counted():
        return jobs.memory.counted_bytes(jobs.all_jobs())

    jobs.create(SHORT, corpus)
    before, changed = counted(), corpus.without(corpus.names[:3])
    assert changed.owner == ""
    jobs.create(SHORT, changed, "me", "tab")
    assert counted() == before + changed.nbytes > before + 100_000
    jobs.create(SHORT, changed, "you", "another")
    assert counted() == before + changed.nbytes
