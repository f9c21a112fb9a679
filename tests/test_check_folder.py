"""`python -m dino check` on whole folders: which files it reads, what it says, what it counts."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import class_of_reports
import pytest
from hypothesis import given
from hypothesis import strategies as st
from learn_reports import MIXED, WRONG, made
from reports import TINY, claims_in, facts_in, forged, report

from dino.__main__ import main
from dino.grader import judge as judging
from dino.grader import report_check as checking
from dino.grader.copies import CopyNote
from dino.grader.judge import LABELS, Grade
from dino.grader.kinds import recipe_words
from dino.grader.marks import COLUMNS, NOT_READ, WIDTH, ReportRow, count_words, with_notes
from dino.grader.report_check import Lists, check_report
from dino.grader.report_files import MOST_FILES, find_reports, natural_order
from dino.locale.sentences import Refusal
from dino.presets import PRESETS

Checked = tuple[int, list[str], list[dict[str, str]]]


@pytest.fixture(scope="module")
def honest(corpus: Any) -> bytes:
    return report(TINY, corpus, author="Ana", text="More steps lower the loss.")


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Checked]:
    """A function that checks a folder: status, lines, rows of the table."""

    def run(folder: Path, *options: str) -> Checked:
        table = tmp_path / "marks.csv"
        status = main(["check", str(folder), "--csv", str(table), *options])
        rows = list(csv.DictReader(io.StringIO(table.read_bytes().decode("utf-8-sig"))))
        return status, capsys.readouterr().out.splitlines(), rows

    return run


@pytest.fixture
def class_folder(tmp_path: Path, honest: bytes) -> Path:
    """A folder as a course platform unzips it."""
    root = tmp_path / "hand-ins"
    files: dict[str, bytes] = {
        "s10/dino.html": honest,
        "s2_assignsubmission_file/deep/er/dino.HTM": honest,
        "s1/dino.html": forged(honest, val_loss=1.0, author="Bea"),
        "s1/notes.pdf": b"",
        "s3/photo.jpg": b"",
        "__MACOSX/s1/._dino.html": b"",
        ".git/config.html": b"",
        "s1/.hidden.html": b"",
        "s4/broken.html": b"<p>",
    }
    for name, raw in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(raw)
    (root / "empty").mkdir()
    return root


# ---- which files


def test_a_report_for_each_student_is_found_and_what_is_skipped_is_said(
    class_folder: Path, check: Callable[..., Checked]
) -> None:
    status, lines, rows = check(class_folder)
    names = ["s1/dino.html", "s2_assignsubmission_file/deep/er/dino.HTM", "s4/broken.html"]
    assert [row["file"] for row in rows] == [*names, "s10/dino.html"] and status == 1
    assert [line for line in lines if line.startswith(("skipped", "no report"))] == [
        "skipped: .git: hidden",
        "skipped: __MACOSX: left over from an archive",
        "skipped: s1/.hidden.html: hidden",
        "skipped: s1/notes.pdf: not an .html file",
        "skipped: s3/photo.jpg: not an .html file",
        "no report in: empty",
        "no report in: s3",
    ]
    assert lines[-1] == "2 hold, 1 does not hold, 1 could not be read, 3 files skipped."


def test_nothing_outside_of_the_folder_is_read(
    class_folder: Path, tmp_path: Path, honest: bytes
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.html").write_bytes(honest)
    (class_folder / "s1" / "link.html").symlink_to(outside / "secret.html")
    (class_folder / "linked").symlink_to(outside)
    (class_folder / "round").symlink_to(class_folder)
    (class_folder / "s1" / "gone.html").symlink_to(tmp_path / "nowhere")
    before = [it for it in find_reports(class_folder).reports if "link" in it.name]
    links = [it.name for it in find_reports(class_folder).skipped if "symbolic" in it.why]
    assert not before and links == ["linked", "round", "s1/gone.html", "s1/link.html"]


def test_a_folder_that_cannot_be_opened_is_said(
    class_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.walk

    def walk(place: Path, onerror: Callable[[OSError], None]) -> Iterator[Any]:
        onerror(PermissionError(13, "Permission denied", str(place / "s9")))
        return real(place)

    monkeypatch.setattr(os, "walk", walk)
    said = {it.name: it.why for it in find_reports(class_folder).skipped}
    assert said["s9"] == "cannot be opened (Permission denied)"


def test_a_folder_without_reports_or_with_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(Refusal, match="and its subfolders have none"):
        find_reports(tmp_path)
    monkeypatch.setattr(f"{find_reports.__module__}.MOST_FILES", 2)
    for number in range(3):
        (tmp_path / f"{number}.html").write_bytes(b"")
    with pytest.raises(Refusal, match="at most 2 files"):
        find_reports(tmp_path)
    monkeypatch.setattr(f"{find_reports.__module__}.MOST_FILES", 3)
    assert len(find_reports(tmp_path).reports) == 3
    assert MOST_FILES >= 10_000


@given(st.lists(st.text("sS129é ./", max_size=6)))
def test_files_have_one_order_in_which_numbers_count(names: list[str]) -> None:
    ordered = sorted(names, key=natural_order)
    assert sorted(reversed(names), key=natural_order) == ordered
    assert sorted(["s10", "s2", "S1", "s1"], key=natural_order) == ["S1", "s1", "s2", "s10"]


# ---- a file that ends nothing


def test_whatever_one_file_does_the_others_are_checked(
    class_folder: Path, check: Callable[..., Checked], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = judging.judge_report

    def breaks(facts: Any, *others: Any) -> Any:
        if facts.words.author == "Bea":
            raise TypeError("unknown")
        return real(facts, *others)

    monkeypatch.setattr(judging, "judge_report", breaks)
    _, lines, rows = check(class_folder)
    assert [row["result"] for row in rows].count("holds") == 2
    assert rows[0]["reason"].startswith("its facts cannot be judged (TypeError)")
    assert lines[-1].startswith("2 hold, 2 could not be read")


def test_letters_that_a_terminal_lacks_stop_nothing(
    tmp_path: Path, honest: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Зоя\x1b[2J.html").write_bytes(honest)
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    monkeypatch.setattr("sys.stdout", out)
    assert main(["check", str(tmp_path)]) == 0
    out.flush()
    assert raw.getvalue().startswith(b"???" + b"?[2J.html: holds\n")


# ---- copies


def row(name: str, raw: bytes) -> ReportRow:
    return ReportRow(name, Grade.HOLDS, facts=claims_in(raw))


def test_a_group_is_named_once_and_equal_recipes_are_no_copies(honest: bytes) -> None:
    copies = [row(f"c{i}.html", forged(honest, author=f"A{i}")) for i in range(4)]
    fair = [row(f"f{i}.html", forged(honest, seconds=1.5 + i, text=f"{i}")) for i in range(30)]
    noted, groups = with_notes([*copies, *fair, ReportRow("broken.html", Grade.BROKEN)])
    assert groups == ["The same report: c0.html, c1.html, c2.html, c3.html"]
    assert noted[0].note == CopyNote(("the same report as c1.html and 2 others",))
    assert noted[3].note == CopyNote(("the same report as c0.html and 2 others",))
    same = "the same recipe and figures as 33 others, as expected on one engine"
    assert {it.note for it in noted[4:-1]} == {CopyNote((), same)} and noted[-1].note == CopyNote()
    assert [it.file for it in noted] == [it.file for it in [*copies, *fair]] + ["broken.html"]
    assert [len(with_notes(copies[:count])[1]) for count in (1, 2, 3)] == [0, 0, 1]


def test_a_copy_is_told_by_its_time_and_by_its_sentences(honest: bytes) -> None:
    config = facts_in(honest)["config"] | {"seed": 9}
    rows = [
        row("a.html", honest),
        row("time.html", forged(honest, text="Other.", val_loss=1.0)),
        row("words.html", forged(honest, seconds=9.9, config=config)),
        row("dated.html", forged(honest, date="2026-11-29")),
    ]
    noted, _ = with_notes(rows)
    assert noted[0].note.copy_of == (
        "the same report as dated.html",
        "the same run as time.html, because it took the same time",
        "the same sentences as words.html",
    )
    assert noted[1].note.copy_of == (
        "the same run as a.html and 1 other, because it took the same time",
    )
    assert noted[2].note.copy_of == ("the same sentences as a.html and 1 other",)


def test_each_report_is_read_once_to_compare_all(
    honest: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests: list[Any] = []
    real = checking.with_notes.__globals__["find_copies"].__globals__["hashlib"].sha256
    monkeypatch.setattr("hashlib.sha256", lambda raw: digests.append(raw) or real(raw))
    for count in (10, 40):
        digests.clear()
        with_notes([row(f"{i}", forged(honest, seconds=i + 1.0)) for i in range(count)])
        assert len(digests) == 2 * count


# ---- the table


def test_the_marks_have_recipe_list_date_and_what_was_not_read(
    tmp_path: Path, corpus: Any, honest: bytes, check: Callable[..., Checked]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "run.html").write_bytes(forged(honest, date="2026-11-29", val_loss=1.23456789))
    (folder / "learn.html").write_bytes(made(WRONG, MIXED))
    (folder / "none.html").write_bytes(b"")
    _, _, (learn, none, run) = check(folder)
    assert tuple(run) == COLUMNS
    assert run["list"] == "dinos" and run["steps"] == "12" and run["date"] == "2026-11-29"
    assert run["recipe"] == "RNN 4, Adam 0.02, Batch size 8"
    assert run[f"says {LABELS['val_loss']}"] == "1.2346"
    assert run["not read"] == NOT_READ and learn["not read"] == none["not read"] == ""
    assert learn["questions answered"].isdigit() and learn["questions skipped"].isdigit()
    assert run["questions answered"] == none["recipe"] == ""


def test_every_recipe_is_told_in_one_line() -> None:
    found = {recipe_words(preset.config) for preset in PRESETS.values()}
    assert len(found) == len(PRESETS)
    assert all(words.isprintable() and 5 < len(words) < 300 for words in found)


def test_lines_are_as_wide_as_a_terminal(honest: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(forged(honest, val_loss=1.0, best_val_loss=1.0, train_loss=1.0))
    lines = str(check_report(path, Lists(), 10)).splitlines()
    assert max(map(len, lines)) <= WIDTH and lines[0] == "a.html: does not hold"
    heads = [line for line in lines[1:] if not line.startswith(" " * 5)]
    assert len(heads) == 3 and all(line.startswith("    ") for line in heads)


def test_the_last_line_counts() -> None:
    results = [Grade.HOLDS] * 15 + [Grade.FAILS] * 8 + [Grade.BROKEN] * 2
    rows = [ReportRow(f"{i}", it) for i, it in enumerate(results)]
    assert count_words(rows, 3) == ("15 hold, 8 do not hold, 2 could not be read, 3 files skipped.")
    assert count_words(rows[:1], 0) == "1 holds."
    assert count_words([ReportRow("a", Grade.UNCHECKED)], 1) == (
        "0 hold, 1 was not checked, 1 file skipped."
    )


# ---- the words


def reasons(honest: bytes, tmp_path: Path, **changes: Any) -> dict[str, str]:
    path = tmp_path / "one.html"
    path.write_bytes(forged(honest, **changes))
    found = check_report(path, Lists(), 10).findings
    return {item: finding.reason for item, finding in found.items() if finding.reason}


def test_a_forged_lowest_loss_is_beside_the_loss_of_its_step_and_the_lowest(
    honest: bytes, tmp_path: Path
) -> None:
    curve = facts_in(honest)["curve"]
    losses = dict(zip(curve["steps"], curve["val_losses"], strict=True))
    best = min(losses, key=losses.__getitem__)
    said = reasons(honest, tmp_path, best_val_loss=1.2, best_step=1)
    lowest = f"and the lowest is {losses[best]:.4f}, after step {best:,}"
    assert said["best_val_loss"].startswith(
        "it says 1.2000 after step 1, but after training again the loss there is "
        f"{losses[1]:.4f}, {lowest}"
    )
    assert said["best_step"] == (
        f"it says step 1, but after training again the loss there is {losses[1]:.4f}, {lowest}"
    )


def test_a_baseline_has_its_label(honest: bytes, tmp_path: Path) -> None:
    said = reasons(honest, tmp_path, baselines={"sixes": 9.0})
    words = "it says 9.0000 for counting sixes (a 6-gram model), but counting again gives"
    assert said["counting"].startswith(words)


# ---- a large class


@pytest.mark.parametrize("count", [12, pytest.param(300, marks=pytest.mark.long)])
def test_in_a_class_exactly_the_crafted_and_the_copies_are_named(
    count: int, tmp_path: Path, check: Callable[..., Checked]
) -> None:
    folder = tmp_path / "class"
    class_of_reports.write(folder, count)
    status, lines, rows = check(folder)
    assert [row["file"] for row in rows] == [class_of_reports.name_of(i) for i in range(count)]
    bad = {i: row["result"] for i, row in enumerate(rows) if row["result"] != "holds"}
    assert bad == {
        class_of_reports.BETTER: "does not hold",
        class_of_reports.FASTER: "does not hold",
        class_of_reports.HUGE: "could not be read",
    }
    time, words = class_of_reports.SAME_RUN, class_of_reports.SAME_WORDS
    name = class_of_reports.name_of
    assert {i: row["equal to"] for i, row in enumerate(rows) if row["equal to"]} == {
        time: f"the same run as {name(8)}, because it took the same time",
        8: f"the same run as {name(time)}, because it took the same time",
        words: f"the same sentences as {name(9)}",
        9: f"the same sentences as {name(words)}",
    }
    same = [row["same recipe"] for row in rows if row["same recipe"]]
    assert bool(same) == (count > class_of_reports.SEEDS)
    assert all("as expected on one engine" in said for said in same)
    assert lines[-1] == f"{count - 3} hold, 2 do not hold, 1 could not be read." and status == 1
