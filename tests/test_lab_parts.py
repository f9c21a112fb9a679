"""A change of a setting redraws only parts of the Lab, and they show what the whole page would."""

from urllib.parse import urlencode

import pytest
from load.browser_tab import Tab
from load.measures import Clicks
from load.run_buttons import BUTTONS
from load.server import ROOT, served
from load.visitors import come, recipe, train
from load.widgets import pressed, state_of
from storm import seen, settings_of
from waiting import PATIENCE, run_async

from dino.presets import PRESETS

pytestmark = pytest.mark.xdist_group("server")  # as all tests that start one
NOTEBOOK = PRESETS["notebook-as-written"].config
# What the page also shows: another language, and links that hide settings.
WAYS = ("&lang=es", "&hide=cell,seed", "&level=lesson&show=hidden_size,max_steps")


class Watched(Tab):
    """A tab that notes how many parts each run of the script draws; 0 is the whole page. Runs that
    a live part asks for, when the server tells it of the run, are not of a visitor's change.
    """

    def __init__(self, *about, **more):
        self.runs = []
        super().__init__(*about, **more)

    def _begun(self, msg):
        drawn = [*msg.metadata.run.fragment_ids]
        if drawn not in [[part.fragment] for part in self.parts.values()]:
            self.runs.append(len(drawn))
        super()._begun(msg)


async def changed(tab, key, value):
    """Change a setting. How many parts each run of the script drew, and what the page shows."""
    await tab.until(lambda: tab.idle)
    tab.runs.clear()
    await tab.set(key, value)
    await tab.until(lambda: tab.idle)
    return list(tab.runs), seen(tab)


async def redrawn(tab):
    """What the page shows once all of it is drawn again."""
    await tab.ask()
    await tab.until(lambda: tab.idle)
    return seen(tab)


async def opened(site, query, cookies=None):
    tab = Watched(site.port, query, cookies, site.base)
    assert await come(tab, Clicks())
    return tab


async def at_rest(site, query, steps=300):
    """A visitor whose run has ended, with its names."""
    tab = await opened(site, query)
    assert await train(tab, Clicks(), PATIENCE) is not None
    assert await tab.until(lambda: tab.has("write") and tab.shows("probabilities"), PATIENCE)
    assert await tab.until(lambda: tab.frame.step == steps and tab.idle, PATIENCE)
    await redrawn(tab)
    return tab


async def shows_all(tab, changes):
    """Each change redraws some parts, and then the page shows what it would as a whole."""
    for key, value in changes:
        runs, shown = await changed(tab, key, value)
        assert len(runs) == 1 and runs[0] > 1, (key, value, runs)
        assert shown == await redrawn(tab), (key, value)


async def play(site):
    tab = await at_rest(site, recipe(1, units=8, steps=300))
    sizes, steps = ("64", "77", "8"), ("5000", "300", "200")
    for size, step, temperature in zip(sizes, steps, (0.5, 1.0, 1.5), strict=True):
        some = ("hidden_size", size), ("max_steps", step), ("temperature", temperature)
        await shows_all(tab, some)
    await changed(tab, "hidden_size", "128")
    runs, shown = await changed(tab, "hidden_size", "none at all")
    assert runs[-1] == 0 and tab.says("Hidden size must be", "none at all", "uses 128")
    runs, shown = await changed(tab, "hidden_size", "16")  # the sentence has to go
    assert runs[-1] == 0 and not tab.says("Hidden size must be")
    assert shown == await redrawn(tab)
    await watches(site, tab.token)
    tab.runs.clear()
    await tab.press("next")  # another recipe: all controls change
    assert tab.runs[-1] == 0
    return [tab]


async def watches(site, token):
    """Another visitor sees the run, and changes the settings of one of their own."""
    tab = await opened(site, f"run={token}")
    await redrawn(tab)
    await shows_all(tab, [("hidden_size", "32"), ("max_steps", "500")])
    await tab.close()


async def moves(tab):
    """A choice is sent while the page is drawn with more controls, and its part moves."""
    box, button = tab.find("max_steps"), tab.find("show_all_settings")
    await tab.send(button.fragment, [pressed(button.id)])
    tab.values[box.id] = state_of(box.id, "string_value", "2000")
    await tab.send(box.fragment)
    await tab.ask(tab.find(BUTTONS).fragment)
    assert tab.shows("cell") and tab.find("max_steps").fragment != box.fragment
    assert seen(tab) == await redrawn(tab) and settings_of(tab)["max_steps"] == "2000"


def test_parts_show_what_the_whole_page_would(shared_app):
    shared_app.end()

    async def work():
        async with served(ROOT / "app.py") as site:
            (tab,) = await play(site)
            assert not tab.errors and not site.faults()
            await tab.close()

    run_async(work())


@pytest.mark.long
def test_parts_show_it_in_another_language_and_where_a_link_hides_settings(shared_app):
    shared_app.end()

    async def work():
        async with served(ROOT / "app.py") as site:
            for way in WAYS:
                tab = await at_rest(site, recipe(1, units=8, steps=300, more=way))
                await shows_all(tab, [("hidden_size", "64"), ("max_steps", "500")])
                await shows_all(tab, [("temperature", 0.5)])
                if "level" in way:
                    await moves(tab)
                assert not tab.errors, way
                await tab.close()
            tab = await at_rest(site, urlencode(NOTEBOOK.replace(max_steps=100).to_url()), 100)
            runs, shown = await changed(tab, "max_steps", "200")  # a table has the chosen recipe
            assert runs[-1] == 0 and shown == await redrawn(tab)
            await tab.close()
            assert not site.faults()

    run_async(work())
