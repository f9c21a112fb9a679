"""The reading screens: what they say of other libraries' names, shapes and GRUs is so."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dino.config import Config
from dino.cost import weights_count
from dino.data import load
from dino.lessons.dinosaur_list import dinosaurs
from dino.lessons.figures import (
    LAYERS,
    WIDER,
    WIDTH,
    figure,
    longest_input,
    torch_parameters,
    transformer_parameters,
)
from dino.lessons.lesson import Lesson
from dino.lessons.reading import lessons
from dino.locale.sentences import languages
from dino.model import CharRNN
from dino.presets import PRESETS
from dino.seed_losses import seed_losses

V, H = 5, 4
KEYS = ("dialects", "a-small-transformer", "what-came-after")
KERAS = Path(__file__).parent / "reference" / "keras_simple_rnn.npz"
EACH = [
    pytest.param(lessons(code)[key], id=f"{code}-{key}") for code in languages() for key in KEYS
]
each_screen = pytest.mark.parametrize("lesson", EACH)


def text_of(lesson: Lesson) -> str:
    """Its words; they have no figures but in braces of their own, which stay."""
    return "\n".join(step.text for step in lesson.steps).replace("{{", "{").replace("}}", "}")


def random_model(cell: str) -> CharRNN:
    model = CharRNN(cell, H, V, torch.Generator().manual_seed(1)).double()
    with torch.no_grad():
        model.b_h.uniform_(-1, 1, generator=torch.Generator().manual_seed(2))
    return model


def table_rows(lesson: Lesson) -> list[list[str]]:
    rows = [line.split("|")[1:-1] for line in text_of(lesson).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows]


@each_screen
def test_a_reading_screen_asks_nothing(lesson: Lesson) -> None:
    assert not list(lesson.questions.values())
    assert {step.kind for step in lesson.steps} == {"read", "code"}


@each_screen
def test_each_row_of_a_table_has_as_many_cells_as_its_head(lesson: Lesson) -> None:
    for step in lesson.steps:
        rows = [line.count("|") for line in step.text.splitlines() if line.startswith("|")]
        assert len(set(rows)) <= 1


# ---- dialects


def named_shapes(column: int) -> dict[str, str]:
    """The shape that the first table gives for a name of a library."""
    found = {}
    for row in table_rows(lessons("en")["dialects"]):
        for cell in row[column : column + 1]:
            match = re.match(r"`(\w+)`.*(\(\w+, \w+\))", cell)
            if match is not None:
                found[match[1]] = match[2]
    return found


def shape_of(text: str) -> tuple[int, ...]:
    return tuple({"V": V, "H": H}[letter] for letter in re.findall(r"\w", text))


@pytest.mark.parametrize("layer", [nn.RNN, nn.GRU, nn.LSTM])
def test_the_names_of_pytorch_are_those_of_its_layers(layer: type[nn.RNNBase]) -> None:
    names = layer(V, H).state_dict()
    text = text_of(lessons("en")["dialects"])
    assert len(names) == 4 and all(f"`{name}`" in text for name in names)


def test_the_shapes_of_the_first_table_are_those_of_pytorch_and_keras() -> None:
    shapes = named_shapes(1)
    assert set(shapes) == {"weight_ih_l0", "weight_hh_l0", "weight"}
    theirs = {**nn.RNN(V, H).state_dict(), **nn.Linear(H, V).state_dict()}
    assert all(theirs[name].shape == shape_of(shape) for name, shape in shapes.items())
    with np.load(KERAS) as file:
        hidden, symbols = file["init/kernel"].shape[::-1]
        keras = {name: file[f"init/{name}"].shape for name in ("kernel", "recurrent_kernel")}
        assert file["init/dense_kernel"].shape == (hidden, symbols)
    assert keras == {"kernel": (symbols, hidden), "recurrent_kernel": (hidden, hidden)}
    first, second = [row[2] for row in table_rows(lessons("en")["dialects"])[2:4]]
    assert first == "`kernel` (V, H)" and second == "`recurrent_kernel` (H, H)"
    ours = {name: tuple(weights.shape) for name, weights in CharRNN("rnn", H, V).named_parameters()}
    for row in table_rows(lessons("en")["dialects"])[2:7]:
        match = re.match(r"\$(\w)_\{?(\w+)\}?\$ \((.*)\)", row[0])
        assert match is not None
        assert ours[f"{match[1]}_{match[2]}"] == shape_of(match[3])


def test_a_second_bias_counts_in_the_gru_alone() -> None:
    for cell in ("rnn", "lstm", "gru"):
        layer = getattr(nn, cell.upper())(V, H).double()
        x = torch.randn(3, 1, V, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        with torch.no_grad():
            before = layer(x)[0].clone()
            moved = layer.bias_hh_l0.clone()
            layer.bias_ih_l0.add_(moved)  # the sum of both stays
            layer.bias_hh_l0.zero_()
            same = torch.allclose(before, layer(x)[0], atol=1e-12)
        assert same == (cell != "gru")


def test_the_parameters_of_both_are_counted_as_they_are() -> None:
    assert torch_parameters(25) == figure("parameters_25") + 25 == 2052


def gru_step(model: CharRNN, x: Tensor, h: Tensor, after: bool) -> Tensor:
    """One step of a GRU, its reset gate after the product or before it."""
    a_x, a_h = x @ model.W_xh + model.b_h, h @ model.W_hh
    r, z = torch.sigmoid(a_x[:, : 2 * H] + a_h[:, : 2 * H]).chunk(2, -1)
    inner = r * a_h[:, 2 * H :] if after else (r * h) @ model.W_hh[:, 2 * H :]
    n = torch.tanh(a_x[:, 2 * H :] + inner)
    return (1 - z) * n + z * h


@torch.no_grad()
def test_the_gru_of_pytorch_has_its_reset_gate_after_the_product_and_z_keeps_the_state() -> None:
    model, layer = random_model("gru"), nn.GRUCell(V, H).double()
    layer.weight_ih.copy_(model.W_xh.T)
    layer.weight_hh.copy_(model.W_hh.T)
    layer.bias_ih.copy_(model.b_h)
    layer.bias_hh.zero_()
    random = torch.Generator().manual_seed(3)
    x = torch.randn(6, V, dtype=torch.float64, generator=random)
    h = torch.randn(6, H, dtype=torch.float64, generator=random)
    theirs = layer(x, h)
    torch.testing.assert_close(theirs, gru_step(model, x, h, after=True))
    torch.testing.assert_close(theirs, model.step(x @ model.W_xh + model.b_h, (h,))[0])
    assert (theirs - gru_step(model, x, h, after=False)).abs().max() > 0.01  # another network


@torch.no_grad()
def test_a_gate_that_takes_the_new_state_is_the_same_network_with_the_sign_turned() -> None:
    model, turned = random_model("gru"), random_model("gru")
    for weights in (turned.W_xh, turned.W_hh, turned.b_h):
        weights[..., H : 2 * H] *= -1
    random = torch.Generator().manual_seed(4)
    x = torch.randn(6, V, dtype=torch.float64, generator=random)
    h = torch.randn(6, H, dtype=torch.float64, generator=random)
    a_x, a_h = x @ turned.W_xh + turned.b_h, h @ turned.W_hh
    r, z = torch.sigmoid(a_x[:, : 2 * H] + a_h[:, : 2 * H]).chunk(2, -1)
    n = torch.tanh(a_x[:, 2 * H :] + r * a_h[:, 2 * H :])
    new_first = z * n + (1 - z) * h  # z = 1 takes the new one
    torch.testing.assert_close(new_first, model.step(x @ model.W_xh + model.b_h, (h,))[0])


# ---- a small transformer


class Layer(nn.Module):
    """One of makemore's layers: its modules alone."""

    def __init__(self) -> None:
        super().__init__()
        C = WIDTH
        self.norms = nn.ModuleList([nn.LayerNorm(C), nn.LayerNorm(C)])
        self.attention = nn.MultiheadAttention(C, 4)
        self.inner = nn.Sequential(nn.Linear(C, WIDER * C), nn.Linear(WIDER * C, C))


def test_the_transformers_parameters_are_those_of_its_modules() -> None:
    symbols = int(float(figure("symbols")))
    whole = nn.ModuleList(
        [
            nn.Embedding(symbols, WIDTH),
            nn.Embedding(longest_input(), WIDTH),
            *(Layer() for _ in range(LAYERS)),
            nn.LayerNorm(WIDTH),
            nn.Linear(WIDTH, symbols, bias=False),
        ]
    )
    assert transformer_parameters() == sum(it.numel() for it in whole.parameters()) == 205_248
    assert longest_input() == 27
    assert figure("parameters_64") == weights_count(Config(hidden_size=64), symbols)


@pytest.mark.parametrize("preset", ["best-rnn", "best-lstm"])
def test_the_best_losses_are_those_of_the_presets_seeds(preset: str) -> None:
    found = seed_losses(PRESETS[preset].config, dinosaurs())
    name = preset.replace("-", "_")
    assert figure("best_seeds") == len(found) == 8
    assert figure(f"{name}_lowest") == min(found) < figure(f"{name}_highest") == max(found)
    assert not seed_losses(PRESETS[preset].config.replace(clip_norm=7.0), dinosaurs())
    assert not seed_losses(PRESETS[preset].config, load(split_seed=1))


@pytest.mark.parametrize("code", languages())
def test_no_run_that_cannot_be_repeated_stands_without_these_words(code: str) -> None:
    for row in table_rows(lessons(code)["a-small-transformer"]):
        if len(row) == 4 and "makemore" in row[0]:
            assert row[1] == "1" and row[2] in ("not recorded", "no se anotaron")


# ---- what came after


@pytest.mark.parametrize("code", languages())
def test_each_source_has_authors_a_year_a_title_and_an_address(code: str) -> None:
    rows = table_rows(lessons(code)["what-came-after"])
    sources = [row for row in rows if row[0].isdigit()]
    assert len(sources) == 12
    assert [int(year) for year, *_ in sources] == sorted(int(year) for year, *_ in sources)
    for year, _, source in sources:
        number = re.search(r"\[arXiv:(\d\d)\d\d\.\d+\]\(https://arxiv\.org/abs/([\d.]+)\)", source)
        assert (number is None) == (int(year) <= 2000)
        if number is None:
            assert re.search(r"\*, [A-Z][A-Za-z ]+ \d+\(\d+\), \d+–\d+$", source)
        else:
            assert 2000 + int(number[1]) == int(year) and number[2] in source.split("]")[0]
        assert re.match(r"[A-Z].*: \*.+\*", source)
