"""The README's picture: at its top, small, and it moves. `python -m tests.picture` makes it."""

import itertools
import re

from load.server import ROOT
from PIL import Image, ImageChops

[(WORDS, PATH)] = re.findall(r"!\[(.+)\]\((.+)\)", (ROOT / "README.md").read_text()[:600])


def test_it_is_in_the_repository_and_small_and_its_words_say_what_it_shows():
    assert not PATH.startswith(("/", "http")) and (ROOT / PATH).is_file()
    assert (ROOT / PATH).stat().st_size < 1_000_000
    assert len(WORDS.split()) >= 10


def test_it_moves_and_begins_again():
    with Image.open(ROOT / PATH) as picture:
        frames = []
        for number in range(picture.n_frames):
            picture.seek(number)
            frames.append(picture.convert("RGB"))
        assert len(frames) > 10 and picture.info["loop"] == 0
    moves = [ImageChops.difference(*two).getbbox() for two in itertools.pairwise(frames)]
    assert sum(box is not None for box in moves) > 10
    assert 800 <= frames[0].width <= 1000
