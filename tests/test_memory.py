"""Memory: what counts, and who gives way for whom."""

from dino.config import Config

SHORT = Config(engine="torch", hidden_size=4, batch_size=2, max_steps=30)


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
