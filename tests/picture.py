"""Draws the README's picture: the Lab while it trains. `python -m tests.picture`"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # as pytest does for the tests beside this file

from browser import ROOT, app, browser, button, metric, new_page, open_lab
from playwright.sync_api import expect
from waiting import wait_for

TARGET = ROOT / "tests" / "pictures" / "lab.png"


def main() -> None:
    """Train 'First success' at a lower rate for a while, and take the picture."""
    with app() as (address, _), browser() as chrome:
        page = new_page(chrome)
        open_lab(page, address + "?learning_rate=0.002&max_steps=2400")
        button(page, "Train").click()
        wait_for(lambda: "1" < metric(page, "Held out") < "1.77")  # "–" until it is measured
        expect(button(page, "Pause")).to_be_visible()
        TARGET.parent.mkdir(exist_ok=True)
        page.mouse.move(0, 0)
        page.screenshot(path=TARGET)


if __name__ == "__main__":
    main()
