"""The table of full-length rounds: `python -m tests.load.rounds`."""

import json

from load.results import add, read
from load.rounds import FIGURES, figure, left, main, table
from load.scenarios import SCENARIOS


def row(**found):
    return {"scenario": "alone", "broken": [], **found}


def test_the_table_has_the_median_and_the_worst_and_marks_what_misses_its_aim():
    rows = [
        row(
            first_curve_ms=time,
            frames_per_second=frames,
            names_per_second=names,
            headless={"names_per_second": 1000},
        )
        for time, frames, names in ((900, 12.0, 990), (1500, 9.5, 970), (2600, 11.0, 900))
    ]
    lines = table(rows).splitlines()[2:]
    assert lines == [
        "| alone | first curve | 3 | 1.5 s | **2.6 s** | 2.0 s |",
        "| alone | frames a second | 3 | 11.0 | **9.5** | 10.0 |",
        "| alone | training speed, compared with no page | 3 | 97 % | **90 %** | 95 % |",
    ]


def test_a_figure_that_a_round_lacks_is_left_out():
    assert figure(row(first_curve_ms=5), "names_per_second/headless.names_per_second") is None
    assert figure(row(after={"rss": "none"}), "after.rss") is None
    assert figure(row(after={"rss": 6.0}, before={"rss": 4.0}), "after.rss/before.rss") == 1.5
    assert len(table([row(first_curve_ms=5), row()]).splitlines()) == 3


def test_rounds_are_played_in_turn_and_go_on_where_they_ended(tmp_path, capsys):
    assert [*left([], ["cold", "alone"], 2)] == ["cold", "alone", "cold", "alone"]
    done = [{"scenario": "cold"}, {"scenario": "alone"}, {"scenario": "cold"}]
    assert [*left(done, ["cold", "alone"], 2)] == ["alone"]
    results = tmp_path / "results"
    add(results, [row(first_curve_ms=1000)])
    with results.open("a") as out:
        out.write(json.dumps(row(first_curve_ms=9000))[:-5])  # it was cut off here
    add(results, [row(first_curve_ms=3000)])
    assert [it["first_curve_ms"] for it in read(results)] == [1000, 3000]
    assert main(["--print", "--results", str(results)]) == 1  # 3.0 s missed its aim
    assert "| alone | first curve | 2 | 2.0 s | **3.0 s** | 2.0 s |" in capsys.readouterr().out


def test_a_missed_aim_is_a_failure_even_if_all_bounds_held(tmp_path, capsys):
    for number, (found, ends) in enumerate(
        [
            (row(first_curve_ms=1999, frames_per_second=10.0), 0),
            (row(first_curve_ms=2001, frames_per_second=10.0), 1),
            (row(first_curve_ms=1999, frames_per_second=9.9), 1),
            (row(names_per_second=949, headless={"names_per_second": 1000}), 1),
            (row(first_curve_ms=1999) | {"broken": ["a bound"]}, 1),
        ]
    ):
        results = tmp_path / str(number)
        add(results, [found])
        assert main(["--print", "--results", str(results)]) == ends
        assert ("**" in capsys.readouterr().out) is (ends == 1 and not found["broken"])


def test_each_scenario_of_the_table_is_one_that_there_is():
    assert {*FIGURES} <= {*SCENARIOS}
