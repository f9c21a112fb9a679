"""The network: a character RNN with a vanilla, GRU or LSTM cell.

Letters used for shapes: B batch, T steps, V symbols, H hidden units, G blocks (the gates and the
candidate: 1, 3 or 4).

    vanilla  h' = tanh(a)                      a = x W_xh + h W_hh + b_h
    GRU      r, z = σ(a_r), σ(a_z)             n = tanh(x W_xn + b_n + r ⊙ (h W_hn))
             h' = (1 − z) ⊙ n + z ⊙ h
    LSTM     i, f, o = σ(a_i), σ(a_f), σ(a_o)  g = tanh(a_g)
             c' = f ⊙ c + i ⊙ g,  h' = o ⊙ tanh(c')
    output   logits = h' W_hy + b_y,  p = softmax(logits)

Vectors are rows, as in the code: `h @ W_hh`. Textbooks that write W h store the transpose.

The GRU is the one of `torch.nn.GRU` and Keras, with its second bias fixed at zero: the reset gate
acts after the product, as in the first version of Cho et al. 2014 (arXiv:1406.1078v1; the third has
it before). The blocks are in torch's order: r, z, n and i, f, g, o.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from dino.config import DEFAULT, GATES, Config, quoted
from dino.locale.sentences import Refusal, comma_list, sentence

torch.set_num_threads(1)  # dino/__init__.py says why

State = tuple[Tensor, ...]  # (h,) or, for the LSTM, (h, c)


class CharRNN(nn.Module):
    """Predicts the next symbol of a name from the symbols before it.

    Weights have the shapes of `x @ W`, inputs first: W_xh (V, G·H), W_hh (H, G·H), b_h (G·H),
    W_hy (H, V), b_y (V). Input index V means 'no letter': a zero vector.
    """

    def __init__(
        self,
        cell: str,
        hidden_size: int,
        vocab_size: int,
        generator: torch.Generator | None = None,
        forget_bias: float = DEFAULT.forget_bias,
    ) -> None:
        """Initialize as Keras does (Glorot uniform, orthogonal W_hh, zero biases, forget bias 1).

        forget_bias: another first value of an LSTM's b_f. Without a generator all weights are zero,
        for the caller to fill.
        """
        super().__init__()
        if cell not in GATES:
            raise Refusal(
                sentence(
                    "cell must be one of {cells}, not {cell}.",
                    cells=comma_list(list(GATES)),
                    cell=quoted(cell),
                )
            )
        self.cell, self.hidden_size, self.vocab_size = cell, hidden_size, vocab_size
        H, V, GH = hidden_size, vocab_size, GATES[cell] * hidden_size
        self.W_xh = nn.Parameter(torch.zeros(V, GH))
        self.W_hh = nn.Parameter(torch.zeros(H, GH))
        self.b_h = nn.Parameter(torch.zeros(GH))
        self.W_hy = nn.Parameter(torch.zeros(H, V))
        self.b_y = nn.Parameter(torch.zeros(V))
        if generator is not None:
            self._start(generator, forget_bias)

    @torch.no_grad()
    def _start(self, generator: torch.Generator, forget_bias: float) -> None:
        H, V, GH = self.hidden_size, self.vocab_size, len(self.b_h)
        self.W_xh.copy_(glorot(V, GH, generator))
        self.W_hh.copy_(orthogonal(H, GH, generator))
        self.W_hy.copy_(glorot(H, V, generator))
        if self.cell == "lstm":
            # 1: remember at first (Gers et al. 2000, Jozefowicz et al. 2015)
            self.b_h[H : 2 * H] = forget_bias

    def input_table(self) -> Tensor:
        """x W_xh + b_h for every input: row k for letter k, the last for none. (V + 1, G·H)

        A one-hot vector times a matrix is one of its rows, so the product is a look-up.
        """
        return torch.cat([self.W_xh, torch.zeros_like(self.W_xh[:1])]) + self.b_h

    def initial_state(self, batch_size: int) -> State:
        """A state that remembers nothing: zeros, (B, H) each."""
        zeros = torch.zeros(batch_size, self.hidden_size)
        return (zeros, zeros) if self.cell == "lstm" else (zeros,)

    def step(self, a_x: Tensor, state: State, W_hh: Tensor | None = None) -> State:
        """The next state from the input's part a_x = x W_xh + b_h (…, G·H) and the previous state.

        W_hh (H, G·H): replaces the model's; weight drop uses it.
        """
        a_h = state[0] @ (self.W_hh if W_hh is None else W_hh)  # (…, G·H)
        if self.cell == "rnn":
            return (torch.tanh(a_x + a_h),)
        if self.cell == "gru":
            H = self.hidden_size
            r, z = torch.sigmoid(a_x[..., : 2 * H] + a_h[..., : 2 * H]).chunk(2, dim=-1)
            n = torch.tanh(a_x[..., 2 * H :] + r * a_h[..., 2 * H :])
            return (n + z * (state[0] - n),)  # (1 − z) ⊙ n + z ⊙ h
        i, f, g, o = (a_x + a_h).chunk(4, dim=-1)
        c = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c

    def hidden_states(
        self,
        inputs: Tensor,
        context: int = 0,
        letter_scale: Tensor | None = None,
        places: slice | None = None,
        W_hh: Tensor | None = None,
    ) -> Tensor:
        """h after each of the inputs. (B, T) indices -> (B, T, H)

        context: how many last inputs a state may depend on; 0 for all of them.
        letter_scale (B, T): factor on each input vector; letter dropout uses it.
        places: the positions wanted, by default all; a selection only if context bounds them. W_hh:
        as in `step`.
        """
        if letter_scale is None:
            a_x = self.input_table()[inputs]  # (B, T, G·H)
        else:
            rows = torch.cat([self.W_xh, torch.zeros_like(self.W_xh[:1])])[inputs]
            a_x = rows * letter_scale[..., None] + self.b_h
        steps = inputs.shape[1]
        if places is not None and (places.start, places.stop) != (0, steps):
            return self.window_ends(a_x, min(context, steps), places, W_hh)
        if 0 < context < steps:
            (last,) = deque(self.windows(a_x, context, W_hh), maxlen=1)
            return last
        state, states = self.initial_state(len(inputs)), []
        for a_t in a_x.unbind(1):
            state = self.step(a_t, state, W_hh)
            states.append(state[0])
        return torch.stack(states, dim=1)

    def windows(self, a_x: Tensor, context: int, W_hh: Tensor | None = None) -> Iterator[Tensor]:
        """Every state from a zero state over its last 1, 2, … `context` inputs. (B, T, H) each

        a_x (B, T, G·H): the inputs' parts. Round j gives, at all positions at once, the state over
        the last j inputs: one step from round j - 1 at the position before.
        """
        zeros = a_x.new_zeros(*a_x.shape[:2], self.hidden_size)
        state: State = (zeros, zeros) if self.cell == "lstm" else (zeros,)
        for j in range(context):
            if j:
                state = tuple(torch.cat([zeros[:, :1], s[:, :-1]], dim=1) for s in state)
            state = self.step(a_x, state, W_hh)
            yield state[0]

    def window_ends(
        self, a_x: Tensor, context: int, places: slice, W_hh: Tensor | None = None
    ) -> Tensor:
        """The last of `windows`, at some positions p only: (B, T, G·H) -> (B, p, H).

        Each position reads its window of inputs from the window's first input. Near the start
        windows are shorter, so those positions join in later, at the front.
        """
        state = self.initial_state(len(a_x))
        state = tuple(s[:, None][:, :0] for s in state)  # no position has begun
        there = places.stop
        for back in range(context - 1, -1, -1):  # each position reads the input this far before it
            first = max(places.start, back)
            if first >= places.stop:
                continue
            fresh = a_x.new_zeros(len(a_x), there - first, self.hidden_size)
            state = tuple(torch.cat([fresh, s], dim=1) for s in state) if there > first else state
            there = first
            state = self.step(a_x[:, first - back : places.stop - back], state, W_hh)
        return state[0]

    def logits(self, h: Tensor) -> Tensor:
        """The scores of all symbols, before softmax. (…, H) -> (…, V)"""
        return h @ self.W_hy + self.b_y

    def forward(self, inputs: Tensor, context: int = 0) -> Tensor:
        """Logits after each of the inputs. (B, T) -> (B, T, V)"""
        return self.logits(self.hidden_states(inputs, context))

    def summary(self) -> list[tuple[str, str, int]]:
        """Each weight: its name, its shape, its count of numbers; read from the model itself."""
        return [
            (name, " × ".join(str(n) for n in p.shape), p.numel())
            for name, p in self.named_parameters()
        ]

    def parameter_count(self) -> int:
        """The number of trainable weights."""
        return sum(p.numel() for p in self.parameters())


def flatten(model: CharRNN) -> Tensor:
    """Lay all weights of `model` in one vector (P,).

    The model's parameters become views of it: a change in one place changes both.
    """
    weights = torch.cat([p.detach().reshape(-1) for p in model.parameters()])
    for p, part in zip(model.parameters(), _parts(model, weights), strict=True):
        p.data = part
    return weights


def flatten_gradient(model: CharRNN) -> Tensor:
    """Give `model` gradients that lie in one vector (P,), in the order of `flatten`."""
    gradient = torch.zeros(sum(p.numel() for p in model.parameters()))
    for p, part in zip(model.parameters(), _parts(model, gradient), strict=True):
        p.grad = part
    return gradient


def _parts(model: CharRNN, vector: Tensor) -> Iterator[Tensor]:
    """The parts of a vector (P,) that belong to the model's parameters, in their shapes."""
    start = 0
    for p in model.parameters():
        yield vector[start : start + p.numel()].view_as(p)
        start += p.numel()


def start_network(config: Config, vocab_size: int, generator: torch.Generator) -> CharRNN:
    """A recipe's network before its first update, with weights from the generator."""
    return CharRNN(config.cell, config.hidden_size, vocab_size, generator, config.forget_bias)


def rebuild(config: Config, vocab_size: int, weights: np.ndarray | None) -> CharRNN:
    """The model of a run or snapshot, from its weights (P,).

    Raises ValueError if the weights were dropped to save memory.
    """
    if weights is None:
        raise Refusal(
            sentence("The weights of this run were discarded to free memory. Train it again.")
        )
    model = CharRNN(config.cell, config.hidden_size, vocab_size)
    flatten(model).copy_(torch.from_numpy(weights))
    return model


def glorot(rows: int, columns: int, generator: torch.Generator) -> Tensor:
    """Uniform in ±√(6 / (rows + columns)) (Glorot & Bengio 2010), as Keras counts them."""
    limit = math.sqrt(6 / (rows + columns))
    return torch.empty(rows, columns).uniform_(-limit, limit, generator=generator)


def orthogonal(rows: int, columns: int, generator: torch.Generator) -> Tensor:
    """A matrix with orthonormal rows: it turns a state and keeps its length (Saxe et al. 2014)."""
    normal = torch.randn(columns, rows, generator=generator)
    q, r = torch.linalg.qr(normal)  # (columns, rows)
    turned: Tensor = q * r.diagonal().sign()
    return turned.T.contiguous()


def nll(logits: Tensor, targets: Tensor, reduction: str = "mean") -> Tensor:
    """Mean (or sum) of −ln p(target) over all real targets (those ≥ 0). Nats per symbol.

    logits (…, V), targets (…).
    """
    return nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]),
        targets.reshape(-1),
        ignore_index=-1,
        reduction=reduction,
    )
