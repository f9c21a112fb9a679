"""The recipe refuses nonsense in one sentence, and is unchanged after a round trip in a URL."""

import dataclasses
import random
import re

import pytest

from dino.config import DEFAULT, OPTIMIZERS, SETTINGS, Config, Writing
from dino.locale.sentences import languages
from dino.presets import PRESETS, preset_of
from dino.setting import decimal_of

NONSENSE = {
    "NaN": float("nan"),
    "nan as text": "nan",
    "1e400": 1e400,
    "1e400 as text": "1e400",
    "minus infinity": float("-inf"),
    "-6": -6,  # below every setting's limits
    "-6 as text": "-6",
    "emoji": "🦕",
    "10,000 letters": "x" * 10_000,
    "10,000 digits": "9" * 10_000,
    "10**400": 10**400,
    "empty": "",
    "blanks": "  ",
    "None": None,
    "True": True,
    "False": False,
    "list": [1],
    "control characters": "\x00\n\x1b[31m",
    "half a surrogate pair": "\ud800",
    "word": "many",
}
NUMBERS = [name for name, setting in SETTINGS.items() if setting.kind in (int, float)]
FLAGS = [name for name, setting in SETTINGS.items() if setting.kind is bool]
WHOLE = [name for name in NUMBERS if SETTINGS[name].kind is int]


def is_one_short_sentence(text):
    return text.isprintable() and len(text) < 250 and text[-1] == "." and ". " not in text


@pytest.mark.parametrize("field", SETTINGS)
@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE)
def test_every_field_refuses_nonsense_in_one_sentence_that_names_it(field, value):
    if isinstance(value, bool) and field in FLAGS:
        assert getattr(Config(**{field: value}), field) is value
        return
    with pytest.raises(ValueError) as caught:
        Config(**{field: value})
    assert field in str(caught.value)
    assert is_one_short_sentence(str(caught.value))


@pytest.mark.parametrize("field", WHOLE)
def test_a_whole_number_is_not_rounded(field):
    with pytest.raises(ValueError, match=f"{field} must be a whole number"):
        Config(**{field: 1.5})


@pytest.mark.parametrize("field", NUMBERS)
def test_limits_are_inclusive_and_nothing_beyond_them_passes(field):
    low, high = SETTINGS[field].low, SETTINGS[field].high
    for limit in (low, high):
        assert getattr(Config(**{field: limit}), field) == limit
        assert getattr(Config(**{field: str(limit)}), field) == limit
    for beyond in (low - abs(low) * 1e-9 - 1e-12, high * (1 + 1e-9)):
        with pytest.raises(ValueError, match=field):
            Config(**{field: beyond})


@pytest.mark.parametrize("field", WHOLE)
def test_a_whole_number_is_an_int_whatever_it_came_as(field):
    value = SETTINGS[field].low + 1
    for form in (value, float(value), str(value), f" {value} "):
        parsed = getattr(Config(**{field: form}), field)
        assert type(parsed) is int
        assert parsed == value


def test_the_word_for_off_means_zero_and_only_where_there_is_one():
    for field in NUMBERS:
        word = SETTINGS[field].off
        if word:
            assert getattr(Config(**{field: word.upper()}), field) == 0
            assert SETTINGS[field].text(0) == word
        else:
            with pytest.raises(ValueError, match=field):
                Config(**{field: "off"})


@pytest.mark.parametrize("text", ["all", "ALL", "All", " aLL "])
def test_an_address_may_have_the_word_for_all_in_any_letters(text):
    assert Writing.from_url({"top_k": text}) == (Writing(), [])
    assert Config.from_url({"context": text}) == (Config(), [])
    assert Config.from_url({"clip_norm": "OFF"}) == (Config(clip_norm=0), [])
    assert len(Writing.from_url({"top_k": "everything"})[1]) == 1


def test_a_recipe_cannot_be_changed_only_replaced():
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULT.seed = 1
    changed = DEFAULT.replace(seed=1)
    assert (changed.seed, DEFAULT.seed) == (1, 0)
    assert DEFAULT.changes(changed) == ["seed"]
    with pytest.raises(ValueError, match="seed"):
        DEFAULT.replace(seed=-1)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_survives_its_url(name):
    config = PRESETS[name].config
    url = config.to_url()
    assert all(isinstance(text, str) for text in url.values())
    assert Config.from_url(url) == (config, [])
    assert preset_of(config) == name


def random_config(generator):
    """Any recipe: choices at random, numbers spread over their limits (small ones too)."""
    values = {}
    for name, setting in SETTINGS.items():
        if setting.choices:
            values[name] = generator.choice(setting.choices)
        elif setting.kind is bool:
            values[name] = generator.random() < 0.5
        else:
            share = 10 ** generator.uniform(-6, 0)
            value = setting.low + share * (setting.high - setting.low)
            values[name] = int(value) if setting.kind is int else value
    return Config(**values)


def test_any_recipe_survives_its_url_to_the_last_digit():
    generator = random.Random(0)
    for config in [random_config(generator) for _ in range(300)]:
        assert Config.from_url(config.to_url()) == (config, [])


def test_the_default_has_an_empty_url():
    assert DEFAULT.to_url() == {}
    assert Config.from_url({}) == (DEFAULT, [])


def in_address(refusal):
    """The name that a setting has in the address, which a refusal has behind its label."""
    return re.search(r"\((\w+) in the address\)", str(refusal))[1]


def test_no_nonsense_in_a_url_raises_and_each_is_answered_by_name():
    generator = random.Random(1)
    alphabet = "0123456789-+.eExX_, nanif\x00\n🦕٣\ud800{}"
    for _ in range(300):
        params = {
            name: "".join(generator.choices(alphabet, k=generator.randrange(12)))
            for name in SETTINGS
        }
        config, refusals = Config.from_url(params)
        refused = [in_address(refusal) for refusal in refusals]
        assert len(set(refused)) == len(refused)
        for name in refused:
            assert getattr(config, name) == getattr(DEFAULT, name)
        assert all(str(r).isprintable() and len(str(r)) < 250 for r in refusals)


@pytest.mark.parametrize(
    "value",
    [v for v in NONSENSE.values() if isinstance(v, str)],
    ids=[k for k, v in NONSENSE.items() if isinstance(v, str)],
)
def test_a_good_value_in_a_url_is_kept_beside_a_bad_one(value):
    for bad in SETTINGS:
        good = "seed" if bad != "seed" else "split_seed"
        config, refusals = Config.from_url({bad: value, good: "7", "utm_source": "🦕"})
        assert config == DEFAULT.replace(**{good: 7})
        assert len(refusals) == 1
        assert in_address(refusals[0]) == bad


OF_WRITING = [name for name in Writing.settings() if name != "mix"]


@pytest.mark.parametrize("field", OF_WRITING)
@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE)
def test_how_names_are_written_refuses_nonsense_too(field, value):
    kind = Writing.settings()[field].kind
    if kind is bool and isinstance(value, bool):
        assert getattr(Writing(**{field: value}), field) is value
    elif kind is str and isinstance(value, str) and len(value) <= 50 and "\n" not in value:
        assert getattr(Writing(**{field: value}), field) == value  # the list says which letters
    else:
        with pytest.raises(ValueError) as caught:
            Writing(**{field: value})
        assert field in str(caught.value)
        assert is_one_short_sentence(str(caught.value))
        if isinstance(value, str):
            writing, refusals = Writing.from_url({field: value, "draw" * (field != "draw"): "7"})
            assert writing == Writing(draw=7 * (field != "draw"))
            assert len(refusals) == 1 and field in str(refusals[0])


@pytest.mark.parametrize("value", [v for v in NONSENSE.values() if v != ""])
def test_a_mixture_refuses_nonsense_and_says_what_it_may_be(value):
    with pytest.raises(ValueError, match="^mix must be one of pairs, triples, fours, sixes, with"):
        Writing(mix=value)
    if isinstance(value, str):
        writing, (refusal,) = Writing.from_url({"mix": value, "draw": "7"})
        assert writing == Writing(draw=7) and str(refusal).endswith(" The page uses none.")


def test_a_mixture_has_one_form_in_a_link():
    for text in ("sixes", "sixes:0.5", "sixes:.50"):
        assert Writing(mix=text).to_url() == {"mix": "sixes:0.5"}
    assert Writing.from_url({"mix": ""}) == (Writing(), [])


@pytest.mark.parametrize(
    "writing",
    [
        Writing(),
        Writing(mix="pairs:0", greedy=True),
        Writing(greedy=True, carry=True, prefix="tyranno "),
        Writing(temperature=0.05),
        Writing(count=100, top_k=200, longest=1, draw=999_999, temperature=5.0),
    ],
    ids=str,
)
def test_how_names_are_written_survives_its_url(writing):
    assert Writing.from_url(writing.to_url()) == (writing, [])


def test_a_recipe_and_a_way_of_writing_share_no_name_in_the_url():
    assert not set(SETTINGS) & set(Writing.settings())


def test_a_preset_left_is_no_preset():
    assert preset_of(DEFAULT.replace(seed=5)) is None


def test_every_optimizer_has_its_own_rate_within_the_limits():
    for name, optimizer in OPTIMIZERS.items():
        config = Config(optimizer=name, learning_rate=optimizer.learning_rate)
        assert config.learning_rate == optimizer.learning_rate


@pytest.mark.parametrize("field", [*SETTINGS, *Writing.settings()])
def test_a_help_text_is_one_short_sentence_or_two(field):
    text = {**SETTINGS, **Writing.settings()}[field].help
    assert text.isprintable() and text[-1] == "." and len(text) < 150
    assert text.count(". ") <= 1


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_what_it_is_and_the_best_ones_how_they_were_chosen(name):
    about = PRESETS[name].about
    assert about.endswith(".") and ("held-out loss" in about) == name.startswith("best-")


@pytest.mark.parametrize(
    "number, text",
    [(0.0005, "0.0005"), (1e-5, "0.00001"), (1.0, "1"), (10.0, "10"), (1600, "1,600"), (0, "0")],
)
def test_a_number_in_a_sentence_has_all_its_digits_and_no_exponent(number, text):
    assert format(decimal_of(number), ",f") == text


def test_a_refused_value_is_answered_by_what_is_used_instead():
    for field, value, kept in (
        ("clip_norm", "x", "1"),
        ("context", "x", "all"),
        ("learning_rate", "0", "0.005"),
        ("cell", "x", "rnn"),
    ):
        (refusal,) = Config.from_url({field: value})[1]
        assert str(refusal).endswith(f" The page uses {kept}.")
    (refusal,) = Writing.from_url({"prefix": "x" * 51})[1]
    assert str(refusal).endswith(" The page uses none.")
    assert languages()["es"].put(refusal).endswith(" La página no usa ninguno.")
