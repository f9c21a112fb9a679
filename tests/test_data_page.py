"""The page Data as a script: every list under every tool, lists from outside, the run's list."""

from urllib.parse import parse_qsl

import numpy as np
import pytest
from addresses import said
from pressing import kind, offers, part, press, send, send_late, shown_values, type_in
from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx
from streamlit.testing.v1 import AppTest
from test_lists import SCRIPTS
from waiting import PATIENCE, wait_for

from dino.choice import Choice, bundled_corpus
from dino.files import MAX_BYTES
from dino.jobs import limits
from dino.lists import BUNDLED
from dino.pages.compare import same_names
from dino.pages.data.tabs import TABS
from dino.ui import server, session

# Letters that would act as markup if they were not shown as plain text.
MARKUP = [
    "<b>",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "**bold**",
    "__x__",
    "[link](http://a.b)",
    "![i](http://a.b/c.png)",
    "$x^2$",
    "\\alpha",
    ":red[x]",
    ":material/home:",
    "`code`",
    "# head",
    "- item",
    "> quote",
    "1. one",
    "| a | b |",
    "=1+1",
    "+2",
    "@sum",
    "~~no~~",
    "&lt;i&gt;",
    "{{x}}",
    "%s",
    "http://a.b",
    "a_b_c",
]
TELLING = [m for m in MARKUP if len(m) > 3 and m not in ("1. one",)]


@pytest.fixture(autouse=True)
def empty():
    yield
    server.renew()


def data(**params: str) -> AppTest:
    page = AppTest.from_file("../app.py", default_timeout=PATIENCE)
    page.query_params.update(params)
    page.run()
    page.switch_page("dino/pages/data/page.py").run()
    assert not page.exception
    return page


TWENTY = [a + b for a in "abcd" for b in "efghi"]


def in_address(page: AppTest) -> str:
    """The list that the address names."""
    return said(page).get("list", "dinos")


def look_at(page: AppTest, tool: str) -> AppTest:
    page.session_state["data_tool"] = tool
    page.run()
    assert not page.exception
    return page


def paste(page: AppTest, names) -> AppTest:
    """Choose 'Your own' and paste some names."""
    page.session_state["data_list"] = "own"
    page.run()
    page.text_area(key="own_text").set_value("\n".join(names)).run()
    assert not page.exception
    return again(page, lambda: not page.get("progress"))  # it is cleaned in the background


def use(page: AppTest, names) -> AppTest:
    """The same, and use them."""
    paste(page, names).button(key="own_use").click().run()
    assert not page.exception
    return page


def sentences(page: AppTest) -> str:
    return "\n".join(text.value for text in page.text)


def marked_up(page: AppTest) -> list[str]:
    """Everything on a page that may be read as markup."""
    found = [
        e.value
        for kind in ("markdown", "caption", "latex", "info", "subheader")
        for e in page.get(kind)
    ]
    widgets = [
        w
        for kind in ("button", "selectbox", "toggle", "text_input", "text_area", "select_slider")
        for w in page.get(kind)
    ]
    found += [text for w in widgets for text in (w.label, w.help or "")]
    return found + [o for box in page.selectbox for o in box.options]


def again(page: AppTest, ready) -> AppTest:
    """Run the script again, as polling does, until `ready()` holds."""

    def run_again() -> bool:
        page.run()
        assert not page.exception
        return ready()

    if not ready():
        wait_for(run_again, "what the page waits for")
    return page


def trained(page: AppTest) -> AppTest:
    """Go to the Lab and train there until it is done, and measured."""
    page.switch_page("dino/pages/lab/page.py").run()
    press(page, "play")
    return again(page, lambda: is_at_rest(page) and kind(page) == "extend")


def is_at_rest(page: AppTest) -> bool:
    """Whether nothing trains, and nothing more is to come of the page's run."""
    job = server.jobs().find(page.session_state["run"])
    return not server.jobs().count_running() and job is not None and job.settled


@pytest.mark.parametrize("key", BUNDLED)
@pytest.mark.parametrize("tool", TABS)
def test_every_tool_shows_every_list(key, tool):
    page = look_at(data(list=key), tool)
    assert str(BUNDLED[key].source) in "\n".join(c.value for c in page.caption)
    assert in_address(page) == key


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_under_every_tool(script):
    page = use(data(), SCRIPTS[script].split())
    assert page.metric[0].value == "21"
    for tool in TABS:
        look_at(page, tool)


def test_the_figures_are_the_notebooks():
    page = data()
    assert [m.value for m in page.metric] == ["1,536", "1,524", "19,909", "27", "26", "12.0"]


@pytest.mark.parametrize(
    "names, is_short, is_too_short", [(150, True, True), (160, True, False), (200, False, False)]
)
def test_a_short_list_says_what_its_held_out_names_can_tell(names, is_short, is_too_short):
    letters = "abcdefghijklmnop"
    page = paste(data(), [a + b + "us" for a in letters for b in letters][:names])
    said, held = sentences(page), names // 10
    assert ("This list is short" in said) == is_short
    few = f"{held} held-out names are too few to tell a difference. At least 16 are needed."
    assert (few in said) == is_too_short
    assert ("too few to tell" in said) == is_too_short


def test_a_paste_of_too_many_bytes_is_refused_and_shown_as_a_sentence():
    # Few enough letters for the box, which counts letters.
    page = paste(data(), ["ñ" * 40] * (MAX_BYTES // 80))
    assert "at most 1,000,000 bytes, but the pasted text" in sentences(page)
    assert not any(b.key == "own_use" for b in page.button)


@pytest.mark.parametrize(
    "params, sentence",
    [
        ({"list": "<b>x</b>"}, "list must be one of dinos, us-first-names"),
        ({"list": "own"}, "The private list in this link is not on this server"),
        ({"keep_case": "maybe"}, "keep_case must be true or false"),
    ],
)
def test_a_list_that_an_address_cannot_name_gives_one_sentence(params, sentence):
    page = data(**params)
    assert sentence in sentences(page)
    assert in_address(page) == "dinos"


def test_a_reload_finds_the_list_though_no_run_was_trained_on_it(browser: list[str]) -> None:
    page = use(use(data(), TWENTY), [*TWENTY, "zoe"])  # kept: it knows the list as long as it lives
    found = data(list="own")
    assert in_address(found) == "own" and found.subheader[0].value == "Your list 2"
    assert found.session_state["own"].rows[-1] == "zoe"
    assert "private list" not in sentences(found)
    browser[0] = "another"
    other = data(list="own")
    assert in_address(other) == "dinos" and "own" not in other.session_state
    assert in_address(page) == "own"
    assert "The private list in this link is not on this server" in sentences(other)


def test_case_is_kept_where_it_is_wanted():
    page = data(list="colombian-towns", keep_case="true")
    assert page.subheader[0].value == "Colombian towns with capitals"
    assert int(page.metric[3].value) > int(data(list="colombian-towns").metric[3].value)


def test_nothing_of_a_visitors_list_is_ever_markup():
    page = use(data(max_steps="60"), [f"{m}{i}" for i, m in enumerate(MARKUP)])
    seen = []
    for tool in TABS:
        look_at(page, tool)
        page.session_state["encoded"] = MARKUP[1] + "1"
        seen += marked_up(page)
    trained(page)
    seen += marked_up(page)
    page.switch_page("dino/pages/inside/page.py").run()
    for tool in ("name", "letters", "memory", "units", "gradient", "weights", "two"):
        page.session_state["tool"] = tool
        page.session_state["walk"] = MARKUP[5][:9]
        page.run()
        assert not page.exception
        seen += marked_up(page)
    assert len(seen) > 100
    for words in seen:
        assert not [m for m in TELLING if m in words], words


def test_a_changed_list_never_mixes_and_says_what_becomes_of_the_run():
    page = trained(data(max_steps="60"))
    run = server.jobs().find(page.session_state["run"]).run
    page.selectbox(key="list").set_value("colombian-towns").run()
    job = server.jobs().find(page.session_state["run"])
    assert str(job.corpus.title) == "Dinosaurs" and job.run is run  # it continues unchanged
    assert any("names Dinosaurs → Colombian towns" in offer["words"] for offer in offers(page))
    page.switch_page("dino/pages/data/page.py").run()
    assert any("was trained on Dinosaurs and keeps that list" in m.value for m in page.markdown)
    page.button(key="data_train").click().run()
    job = server.jobs().find(page.session_state["run"])
    assert str(job.corpus.title) == "Colombian towns" and job.trained
    (kept,) = server.jobs().kept_of(job.owner).entries
    assert str(kept.corpus.title) == "Dinosaurs"
    assert len(job.corpus.vocab) != len(kept.corpus.vocab)
    job.pause()


def test_a_press_on_train_is_not_lost_where_the_next_click_breaks_its_script_off(monkeypatch):
    page, start, breaks = data(max_steps="60"), session.start, [RerunData]

    def broken_off(*what):
        if breaks:
            context = get_script_run_ctx()
            raise RerunException(breaks.pop()(page_script_hash=context.page_script_hash))
        return start(*what)

    monkeypatch.setattr(session, "start", broken_off)
    page.button(key="data_train").click().run()
    job = server.jobs().find(page.session_state["run"])
    assert not breaks and not page.exception and job.trained
    assert page.selectbox(key="preset")  # it leads to the Lab
    job.pause()


def test_an_empty_box_is_refused_until_something_is_in_it():
    page = data()
    page.session_state["data_list"] = "own"
    page.run()
    assert "but this box is empty" not in sentences(page)
    page.button(key="own_look").click().run()
    assert "but this box is empty" in sentences(page)
    assert "but this box is empty" not in sentences(paste(page, TWENTY))


@pytest.mark.parametrize("away", ["own_how", "data_list", "page"])
def test_that_an_empty_box_was_checked_is_forgotten_when_it_is_opened_again(away):
    page = data()
    page.session_state["data_list"] = "own"
    page.run()
    page.button(key="own_look").click().run()
    page.run()
    assert "but this box is empty" in sentences(page), "whatever draws the page again"
    if away == "page":
        page.switch_page("dino/pages/compare/page.py").run()
        page.switch_page("dino/pages/data/page.py").run()
    else:
        before = page.session_state[away]
        for choice in ({"own_how": "upload", "data_list": "us-first-names"}[away], before):
            page.segmented_control(key=away).set_value(choice).run()
    assert page.button(key="own_look") and not page.exception
    assert "but this box is empty" not in sentences(page)


@pytest.mark.long
def test_a_run_that_is_opened_brings_its_list_and_takes_the_other_ones_notice_away():
    page = trained(data(max_steps="60"))
    page.switch_page("dino/pages/data/page.py").run()
    use(page, SCRIPTS["Greek"].split())
    page.button(key="data_train").click().run()
    page = trained(page)
    page.text_input(key="prefix").set_value("ty").run()
    assert [text for text in page.text if "does not occur" in text.value]
    for number, key in ((1, "dinos"), (2, "own"), (1, "dinos"), (2, "own")):
        shown_before = shown_values(page)
        send(page, part(page, "runs")[0].id, "open", number)
        send_late(page, shown_before)
        assert page.selectbox(key="list").value == key
        assert said(page).get("list", "dinos") == key and not offers(page)
        if number == 1:
            assert not [text for text in page.text if "does not occur" in text.value]
    assert not page.exception


def test_a_link_to_a_run_on_ones_own_list_is_said_to_have_its_settings_only():
    page = use(data(max_steps="60"), SCRIPTS["Greek"].split())
    page.button(key="data_train").click().run()
    page = trained(page)
    runs = part(page, "runs")[1]
    row = runs["groups"][0]["rows"][0]
    assert row["private"] and row["copy"].startswith("Copy the link to the settings of Run 1")
    assert "Nobody else can watch" in runs["words"]["copy_settings_help"]
    other = data(**dict(parse_qsl(row["link"].partition("?")[2])))
    said_there = " ".join(text.value for text in other.text)
    assert "trained on a private list, and its owner does not show it." in said_there
    assert "Its settings are here, but its list is not." in said_there
    assert in_address(other) == "dinos"


def test_an_untouched_run_follows_the_list():
    page = data(list="us-first-names")
    page.switch_page("dino/pages/lab/page.py").run()
    assert str(trained_on(page).title) == "US first names"
    page.selectbox(key="list").set_value("dinos").run()
    assert str(trained_on(page).title) == "Dinosaurs"


def test_a_name_that_another_list_cannot_spell_gives_way_to_one_that_it_can():
    page = look_at(use(data(), TWENTY), "encoding")
    page.text_input(key="encoded").set_value("zzz").run()
    assert "“z” does not occur" in sentences(page)  # the visitor's own mistake stays in its box
    page.session_state["list"] = "colombian-towns"
    page.run()
    assert page.text_input(key="encoded").value == "zzz"
    page.text_input(key="encoded").set_value("peñol").run()
    page.session_state["list"] = "dinos"
    page.run()
    assert page.text_input(key="encoded").value == "jinzhousaurus"


def suspects(page: AppTest) -> AppTest:
    look_at(page, "suspects")
    return again(page, lambda: "are suspects" in sentences(page))


@pytest.mark.long
def test_suspects_are_removed_and_the_runs_compared():
    page = trained(data(max_steps="60"))
    page.switch_page("dino/pages/data/page.py").run()
    suspects(page)
    assert "A suspect need not be a mistake" in sentences(page)
    assert "aetonyxafromimus = aetonyx + afromimus" in sentences(page)  # to check before a click
    assert page.button(key="remove_joined").label == "I checked them. Remove 11 suspects"
    page.button(key="remove_joined").click().run()
    assert page.subheader[0].value == "Dinosaurs, 11 removed"
    assert page.metric[1].value == "1,513"
    page.button(key="data_train").click().run()
    again(page, lambda: not server.jobs().count_running())
    page.switch_page("dino/pages/compare/page.py").run()
    again(page, lambda: "that all these runs hold out" in sentences(page))
    page.switch_page("dino/pages/data/page.py").run()
    look_at(page, "suspects").button(key="put_back").click().run()
    assert page.metric[1].value == "1,524"


def test_too_much_is_not_removed():
    page = data()
    names = frozenset(bundled_corpus("dinos", False, 0).names[:1515])
    page.session_state["removed"] = {Choice(): names}
    page.run()
    assert not page.exception
    assert "All names are back" in sentences(page)
    assert page.metric[1].value == "1,524"


LONG = [
    f"{a}{b}{c}{'m' * 50}"
    for a in "abcdefghijklm"
    for b in "abcdefghijklm"
    for c in "abcdefghijklm"
]


def test_long_lists_of_all_visitors_share_the_memory_and_short_ones_always_have_room(monkeypatch):
    monkeypatch.setattr(limits, "LISTS_SHARE", 0.0)  # so one long list alone, which always fits
    first, second = paste(data(), LONG), data()
    assert first.button(key="own_use")
    paste(second, LONG)
    assert "The long lists of all visitors together may take 0.0 MB" in sentences(second)
    assert "own_use" not in {button.key for button in second.button}
    assert second.text_area(key="own_text").value == "\n".join(LONG)  # nothing is lost
    assert use(second, TWENTY).session_state["own"].rows == tuple(TWENTY)
    first.button(key="own_use").click().run()  # it stays counted once it is used
    assert "The long lists of all visitors" in sentences(paste(second, LONG))
    use(first, TWENTY)
    visit = first.session_state["visit"]
    assert [key[0] for key in visit.measurements].count("clean") == 0  # the box is empty
    first.session_state["visit"].forget()
    assert paste(second, LONG).button(key="own_use")


def test_a_long_list_waits_for_memory_with_a_sentence(monkeypatch):
    page = data()
    memory = server.jobs().memory
    enough, memory.limit = memory.limit, 0
    monkeypatch.setattr(limits, "LEAST_CAPACITY", 0)
    paste(page, LONG)
    assert "the server has no room for it now. Use a list of at most 100,000" in sentences(page)
    assert paste(page, TWENTY).button(key="own_use")
    memory.limit = enough
    assert paste(page, LONG).button(key="own_use")


def test_a_pasted_table_gives_one_column_or_its_lines_as_they_are():
    page = paste(data(), ["name,year", *(f"{name},19{i}" for i, name in enumerate(TWENTY, 10))])
    assert page.toggle(key="own_as_table").value is True
    page.button(key="own_use").click().run()
    assert not page.exception
    assert set(page.session_state["own"].rows) == set(TWENTY)
    page = paste(data(), [f"{name},x" for name in TWENTY])
    page.toggle(key="own_as_table").set_value(False).run()
    page.button(key="own_use").click().run()
    assert set(page.session_state["own"].rows) == {f"{name},x" for name in TWENTY}


def test_numbered_lines_give_their_names_or_stay_as_they_are():
    page = paste(data(), [f"{i}. {name}" for i, name in enumerate(TWENTY, 1)])
    assert page.toggle(key="own_without_numbers").value is True
    page.button(key="own_use").click().run()
    assert not page.exception
    assert set(page.session_state["own"].rows) == set(TWENTY)
    page = paste(data(), [f"{i}. {name}" for i, name in enumerate(TWENTY, 1)])
    page.toggle(key="own_without_numbers").set_value(False).run()
    page.button(key="own_use").click().run()
    assert f"1. {TWENTY[0]}" in page.session_state["own"].rows


def test_while_a_list_is_checked_one_green_button_says_what_comes_next():
    page = use(data(), TWENTY)
    assert page.button(key="data_train").proto.type == "primary"
    paste(page, [f"{name}us" for name in TWENTY])
    assert page.button(key="own_use").proto.type == "primary"
    assert page.button(key="data_train").proto.type == "secondary"


def test_names_in_one_line_are_split_by_a_button_that_says_how_many():
    page = paste(data(), [", ".join(TWENTY)])
    assert "own_use" not in {button.key for button in page.button}
    assert page.button(key="own_split").label == "Split at the commas: 20 names"
    page.button(key="own_split").click().run()
    assert page.text_area(key="own_text").value == "\n".join(TWENTY)
    page.button(key="own_use").click().run()
    assert not page.exception
    assert set(page.session_state["own"].rows) == set(TWENTY)


def test_lines_with_commas_may_be_split_or_taken_as_they_are():
    lines = [f"{name}, {name}x, {name}y{', z' * (i % 2)}" for i, name in enumerate(TWENTY)]
    page = paste(data(), lines)
    assert page.button(key="own_split").label == "Split at the commas: 70 names"
    page.button(key="own_use").click().run()
    assert set(page.session_state["own"].rows) == set(lines)


def trained_on(page: AppTest):
    """The list of the page's run."""
    return server.jobs().find(page.session_state["run"]).corpus


def test_only_the_lowest_loss_is_called_the_lowest_though_one_name_gives_no_error(monkeypatch):
    tables = {}
    monkeypatch.setattr(
        same_names,
        "draw_table",
        lambda columns, rows, key, *args, **options: tables.update({key: rows}),
    )
    page = trained(use(data(max_steps="5"), [*TWENTY, "rex"]))
    removed, _ = trained_on(page).val  # one of the two that are held out
    page.session_state["removed"] = {trained_on(page).source: frozenset([removed])}
    type_in(page, "max_steps", 40)
    press(page, "new")
    again(page, lambda: trained_on(page).removed and not server.jobs().count_running())
    page.switch_page("dino/pages/compare/page.py").run()
    again(page, lambda: "same_names" in tables)
    gap, lowest = sorted(row[-1] for row in tables["same_names"])
    assert lowest == "lowest" and float(gap) > 0
    assert "With fewer than 20 names, no run is called better." in sentences(page)


def test_a_gap_has_an_error_where_there_are_names_enough_and_equal_runs_are_both_the_lowest():
    one, two = np.array([[10.0], [12.0]]), np.array([[10.0, 9.0], [12.0, 9.0], [10.0, 9.0]])
    assert gaps(one, np.array([5])) == ["lowest", "+0.4000"]
    lowest, gap, equal = gaps(two, np.array([5, 5]))
    assert lowest == equal == "lowest" and gap.startswith("+0.2000 ± ")


def gaps(losses, symbols):
    return [str(sentence) for sentence in same_names.gap_sentences(losses, symbols)]


def test_a_difference_is_called_where_it_is_clear_and_of_names_enough():
    symbols, noise = np.full(100, 10), np.random.default_rng(0).normal(0, 1, 100)
    close, clear = [np.array([20 + noise, 20 + gap - noise]) for gap in (0.1, 3.0)]
    assert sum(gap.endswith(", too close to call") for gap in gaps(close, symbols)) == 1
    assert gaps(clear, symbols)[0] == "lowest" and "too close" not in gaps(clear, symbols)[1]
    few = same_names.FEWEST - 1
    assert not any("too close" in gap for gap in gaps(close[:, :few], symbols[:few]))
    assert same_names.clear_factor(2) == pytest.approx(1.96, abs=0.005)
    assert same_names.clear_factor(5) > same_names.clear_factor(3) > same_names.clear_factor(2)


@pytest.mark.long
@pytest.mark.parametrize("runs", [2, 3, 6])
def test_equally_good_runs_are_rarely_called_different(runs):
    # Runs of one list err alike on a name, and each a little in its own way.
    rng, tries, called = np.random.default_rng(runs), 2000, 0
    for _ in range(tries):
        symbols = rng.integers(4, 20, 150)
        names = rng.normal(17, 5, 150)
        losses = names + rng.normal(0, 1, (runs, 150)) * np.sqrt(symbols)
        called += any("too close" not in gap and gap != "lowest" for gap in gaps(losses, symbols))
    assert called / tries <= 0.065
