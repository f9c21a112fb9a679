"""The recipe of a run (`Config`): its settings, their limits and choices, its form in a URL.

A setting is declared once, in `Config`. The controls, the URL, the command line and saved files
all read that declaration.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from dino.locale.sentences import Sentence, mark, sentence
from dino.setting import Settings, setting
from dino.setting import number_text as number_text  # for modules that import only the recipe
from dino.setting import quoted as quoted
from dino.writing import Writing as Writing


class Optimizer(NamedTuple):
    """An optimizer's name on the page, its learning rate, and its update in one line.

    learning_rate: for a batch of `USUAL_BATCH` names. plain: a step is proportional to g.
    """

    label: str
    learning_rate: float
    formula: Sentence
    plain: bool = False


CELLS = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
GATES = {"rnn": 1, "gru": 3, "lstm": 4}  # vectors that a cell computes: gates and candidate

# The optimizers' constants. Formulas, the page's legend and `dino/optim.py` read them.
MEAN_DECAY = 0.9  # of momentum's sum and of Adam's mean gradient
SQUARE_DECAY = 0.99  # of the mean squared gradient
EPSILON, ADAGRAD_EPSILON = 1e-8, 1e-10  # added to a divisor, so that it is never zero
WEIGHT_DECAY = 0.01  # AdamW's, as a share of the learning rate

USUAL_BATCH = 32  # names in a batch, for which the optimizers' learning rates are meant
# g: the gradient, w: the weights, η: the learning rate. `dino/optim.py` runs these formulas.
OPTIMIZERS = {
    "sgd": Optimizer("SGD", 1.0, sentence("w ← w − η·g"), plain=True),
    "momentum": Optimizer(
        mark("SGD + momentum"),
        0.2,
        sentence("v ← {decay:g}·v + g;  w ← w − η·v", decay=MEAN_DECAY),
        plain=True,
    ),
    "rmsprop": Optimizer(
        "RMSprop",
        0.005,
        sentence(
            "s ← {decay:g}·s + {share:g}·g²;  w ← w − η·g/(√s + ε)",
            decay=SQUARE_DECAY,
            share=1 - SQUARE_DECAY,
        ),
    ),
    "adagrad": Optimizer(mark("Adagrad"), 0.1, sentence("s ← s + g²;  w ← w − η·g/(√s + ε)")),
    "adam": Optimizer(
        mark("Adam"),
        0.01,
        sentence(
            "m ← {decay:g}·m + {share:g}·g;  s ← {square_decay:g}·s + {square_share:g}·g²;  "
            "w ← w − η·m̂/(√ŝ + ε)",
            decay=MEAN_DECAY,
            share=1 - MEAN_DECAY,
            square_decay=SQUARE_DECAY,
            square_share=1 - SQUARE_DECAY,
        ),
    ),
    "adamw": Optimizer(
        "AdamW", 0.01, sentence("w ← w − {decay:g}·η·w, then Adam's step", decay=WEIGHT_DECAY)
    ),
}

ENGINES = {"auto": mark("the fastest available"), "torch": "PyTorch", "compiled": mark("compiled")}
PACES = {"watch": mark("Watch"), "full": mark("Full speed")}


@dataclass(frozen=True, kw_only=True)
class Config(Settings):
    """A recipe: everything that determines a run except the list of names. It validates itself.

    Raises ValueError with one sentence that names the rule, the value and what to do.
    """

    cell: str = setting(
        "rnn",
        mark("Cell"),
        mark("Computes the next hidden state from the previous one and a letter (recurrent cell)."),
        choices=tuple(CELLS),
    )
    hidden_size: int = setting(
        64,
        mark("Hidden size"),
        mark("How many units the hidden state has. An LSTM has the same number in its cell state."),
        low=1,
        high=512,
    )
    optimizer: str = setting(
        "adam",
        mark("Optimizer"),
        mark("The rule that turns a gradient into a change of the weights."),
        choices=tuple(OPTIMIZERS),
    )
    learning_rate: float = setting(
        0.005,
        mark("Learning rate"),
        mark("The factor that scales each update. You can change it while the run trains."),
        low=1e-5,
        high=10.0,
    )
    batch_size: int = setting(
        32,
        mark("Batch size"),
        mark(
            "How many names one update uses (a mini-batch). Its loss is the mean over all their "
            "symbols."
        ),
        low=1,
        high=512,
    )
    max_steps: int = setting(
        1200,
        mark("Updates"),
        mark("How many times the run may update its weights. You can train it further later."),
        low=1,
        high=100_000,
    )
    clip_norm: float = setting(
        1.0,
        mark("Clip gradient at norm"),
        mark("A gradient with a larger norm is scaled down to this norm before the update."),
        low=0.0,
        high=100.0,
        off=mark("off"),
    )
    average: float = setting(
        0.99,
        mark("Average the weights"),
        mark(
            "Evaluation and writing use a moving average of the weights with this decay, which is "
            "smaller in the first updates."
        ),
        low=0.0,
        high=0.9999,
        off=mark("off"),
    )
    letter_dropout: float = setting(
        0.0,
        mark("Letter dropout"),
        mark("During training, this share of input letters is blanked at random."),
        low=0.0,
        high=0.9,
        off=mark("off"),
    )
    hidden_dropout: float = setting(
        0.0,
        mark("Hidden dropout"),
        mark(
            "During training, this share of hidden units, drawn at random, is hidden from the "
            "output."
        ),
        low=0.0,
        high=0.9,
        off=mark("off"),
    )
    weight_drop: float = setting(
        0.0,
        mark("Weight drop"),
        mark(
            "During training, this share of the entries of W_hh is zero, a different "
            "random choice in each update (DropConnect)."
        ),
        low=0.0,
        high=0.9,
        off=mark("off"),
    )
    count_teacher: float = setting(
        0.0,
        mark("Taught by counting"),
        mark(
            "This share of each target is the prediction of counting sixes on other names (soft "
            "target)."
        ),
        low=0.0,
        high=0.9,
        off=mark("off"),
    )
    shuffle: bool = setting(
        True,
        mark("Shuffle"),
        mark(
            "Each pass over the training names (epoch) takes them in a new random order. If off, "
            "they come in the same sorted order each time."
        ),
    )
    context: int = setting(
        0,
        mark("Memory reaches back"),
        mark(
            "How many of the last letters a prediction can use. With 1, it uses only the last "
            "letter, as in the notebook."
        ),
        low=0,
        high=60,
        off=mark("all"),
    )
    forget_bias: float = setting(
        1.0,
        mark("Forget bias"),
        mark(
            "The first b_f of an LSTM, in f = σ(… + b_f). A larger one keeps more of the cell "
            "state at the start of training."
        ),
        # σ(−5) keeps below 1 % of the cell state in one step, σ(10) over 99 % in the longest name.
        low=-5.0,
        high=10.0,
    )
    seed: int = setting(
        0,
        mark("Seed"),
        mark(
            "Sets the initial weights, the batches and the random draws. The same seed on the "
            "same engine gives the same run."
        ),
        low=0,
        high=999_999,
    )
    split_seed: int = setting(
        0,
        mark("Split seed"),
        mark("Sets which tenth of the names, at most 1,000, is held out (validation set)."),
        low=0,
        high=999_999,
    )
    exam: bool = setting(
        False,
        mark("Final exam"),
        mark(
            "Sets aside as many training names as are held out (test set). No chart shows their "
            "loss."
        ),
    )
    engine: str = setting(
        "auto",
        mark("Engine"),
        mark("Does the arithmetic, either in PyTorch or in compiled code with the same formulas."),
        choices=tuple(ENGINES),
    )

    @property
    def drops(self) -> bool:
        """Whether training leaves out letters, units or weights at random."""
        return self.letter_dropout > 0 or self.hidden_dropout > 0 or self.weight_drop > 0


SETTINGS = Config.settings()
DEFAULT = Config()
# Settings that show an error which nobody makes by accident here. A page has one only if a lesson's
# link shows it, or if a run has another value than the default.
LESSONS_ONLY = ("shuffle",)
LSTM_ONLY = ("forget_bias",)  # settings that change nothing in a recipe with another cell


def acts(config: Config, name: str) -> bool:
    """Whether a setting is one of this recipe's cell. If not, its value changes nothing."""
    return name not in LSTM_ONLY or config.cell == "lstm"


def differences(config: Config, other: Config) -> list[str]:
    """The settings in which the runs of two recipes differ: those that change something in one."""
    return [name for name in config.changes(other) if acts(config, name) or acts(other, name)]


def told(config: Config) -> list[str]:
    """The settings of a recipe that are shown: all that act, but not `LESSONS_ONLY` at defaults."""
    untold = [n for n in LESSONS_ONLY if getattr(config, n) == getattr(DEFAULT, n)]
    return [name for name in SETTINGS if name not in untold and acts(config, name)]


def usual_rate(config: Config) -> float:
    """The usual learning rate for a recipe's optimizer and batch, to one digit.

    Fewer names make a noisier gradient: its error grows as 1/√batch (Krizhevsky 2014). So for plain
    rules the rate shrinks with the root of the batch. Above `USUAL_BATCH` it stays: there curvature
    makes a run diverge. Other rules divide by the gradient's size (`tests/test_usual_rates.py`).
    """
    optimizer = OPTIMIZERS[config.optimizer]
    share = min(1.0, math.sqrt(config.batch_size / USUAL_BATCH)) if optimizer.plain else 1.0
    return float(format(optimizer.learning_rate * share, ".0e"))
