"""The load test of issue 'Thirty at once': real sessions as visitors, against a real server.

`python -m tests.load [SCENARIO ...]` plays scenarios and prints their figures; see `__main__`.

    web.py, events.py     plain HTTP and event streams, to this machine only
    clicks.py             a click, and how long it takes
    widgets.py            widgets and their values
    page.py               a Streamlit session: its messages, elements, widgets
    browser_tab.py        what a browser does on our pages; only this file knows its protocol
    server.py             the app as a server of its own; memory, threads, files, processor time
    measures.py           clicks by kind, percentiles, steps and frames by visitor
    quota.py              a share of a core for a server
    headless.py           the same recipes on the pool alone
    report.py             figures as they come, and the bounds that they break
    stage.py              the input of a scenario: a form, a report, servers
    visitors.py           what visitors do: come, train, click, look around
    lessons.py, leavers.py, hostile.py, attacks.py, nonsense.py, stranger.py, hosts.py,
    experiments.py, learning.py, small_hosts.py: scenarios
    table.py              small hosts against visitors, as a table
    scenarios.py          their names, short and full forms
    tiny_*.py             a small app with known delays, on which the load test is tested
"""
