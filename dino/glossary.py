"""The field's terms: what each means, where it is seen in this app, its Spanish term."""

from __future__ import annotations

from typing import NamedTuple

from dino.locale.sentences import mark
from dino.term_meanings import MEANINGS


class Place(NamedTuple):
    """Where a term is seen: a page, its tab if it has any ('' for none), and both in words."""

    page: str
    tab: str
    label: str


class Term(NamedTuple):
    """A term of the field. key: its name in `MEANINGS`; also: other words for it, by commas;
    meaning: one sentence, marked for the catalogues; place: a key of `PLACES`.
    """

    key: str
    english: str
    also: str
    spanish: str
    place: str
    meaning: str


PLACES = {
    "recipe": Place("lab", "", mark("Lab, the recipe")),
    "chart": Place("lab", "", mark("Lab, the loss chart")),
    "write": Place("lab", "", mark("Lab, Write names")),
    "network": Place("lab", "", mark("Lab, The network")),
    "counts": Place("data", "letters", mark("Data, Letters")),
    "dictionary": Place("data", "dictionary", mark("Data, Dictionary")),
    "encoding": Place("data", "encoding", mark("Data, One name, encoded")),
    "split": Place("data", "split", mark("Data, Split")),
    "compare": Place("compare", "", mark("Compare")),
    "letters": Place("inside", "letters", mark("Inside, Letter by letter")),
    "units": Place("inside", "units", mark("Inside, Units")),
    "gradient": Place("inside", "gradient", mark("Inside, Gradient")),
    "weights": Place("inside", "weights", mark("Inside, Weights")),
    "two": Place("inside", "two", mark("Inside, Two models")),
}

# term | other words | in Spanish | where it is seen
_TABLE = """
Adagrad || Adagrad | recipe
Adam || Adam | recipe
AdamW | weight decay | AdamW, decaimiento de pesos | recipe
backpropagation through time | BPTT | retropropagación a través del tiempo | gradient
baseline || línea base, modelo de referencia | chart
bias || sesgo | network
bigram | bigram model, pair | bigrama, par | counts
bit || bit | write
candidate || estado candidato | letters
cell || celda | recipe
cell state || estado de la celda | letters
cross-entropy || entropía cruzada | chart
divergence || divergencia | chart
draw | random draw | sorteo, número aleatorio | write
dropout || dropout, abandono | recipe
early stopping || parada temprana | chart
edit distance | Levenshtein distance | distancia de edición | write
embedding row | embedding, row of W_xh | vector de embedding, fila de W_xh | weights
end mark | end-of-sequence token | marca de fin | dictionary
engine | compiled, compiled engine | motor, compilado | recipe
epoch || época | recipe
evaluated | evaluation | evaluado, evaluación | chart
exploding gradient || explosión del gradiente | gradient
forget gate || compuerta de olvido | letters
gate || compuerta | letters
gradient || gradiente | gradient
gradient clipping | clipping | recorte del gradiente | recipe
greedy decoding | greedy | decodificación voraz | write
GRU | gated recurrent unit | GRU, unidad recurrente con compuertas | network
hidden state || estado oculto | write
hidden unit || unidad oculta | units
initial state h_0 | initial state, h_0 | estado inicial h_0 | network
input gate || compuerta de entrada | letters
Kneser–Ney | Kneser-Ney, interpolated Kneser–Ney smoothing | suavizado de Kneser–Ney | chart
learning rate || tasa de aprendizaje | recipe
logit | score | logit | letters
loss || pérdida, función de pérdida | chart
LSTM | long short-term memory | LSTM, memoria larga a corto plazo | network
mini-batch | batch | minilote | recipe
moment | first moment, second moment | momento | recipe
moment of a run | best moment | momento de una ejecución, mejor momento | write
momentum | SGD + momentum | momentum, inercia, SGD + momentum | recipe
n-gram | n-gram model, unigram model, quadgram, sixes | n-grama, cuartetos, sextetos | chart
nat || nat | chart
negative log-likelihood || log-verosimilitud negativa | chart
notebook | Jupyter notebook | cuaderno, notebook de Jupyter | recipe
one-hot encoding | one-hot | codificación one-hot | encoding
optimizer || optimizador | recipe
output gate || compuerta de salida | letters
overfitting || sobreajuste | chart
padding || relleno | encoding
parameter || parámetro | network
permutation test || prueba de permutación | weights
perplexity || perplejidad | chart
preset || preajuste | recipe
principal components | PCA | componentes principales | weights
recurrent network | RNN, recurrent neural network | red recurrente | network
reset gate || compuerta de reinicio | letters
RMSprop || RMSprop | recipe
sampling | sampled | muestreo | write
saturation | saturated | saturación | units
seed || semilla | recipe
SGD | stochastic gradient descent | descenso de gradiente estocástico, SGD | recipe
sigmoid || sigmoide | letters
smoothing || suavizado | chart
softmax || softmax | letters
spectral radius || radio espectral | gradient
split seed || semilla de división | recipe
standard error || error estándar | compare
step | update, training step | paso, actualización | recipe
surprise | information content | sorpresa, contenido de información | write
tanh | hyperbolic tangent | tanh, tangente hiperbólica | letters
temperature || temperatura | write
test set || conjunto de prueba | split
top-k sampling | top-k | muestreo top-k | write
total variation distance | total variation | distancia de variación total | two
training set || conjunto de entrenamiento | split
trigram | trigram model, triples | trigrama, tríos | chart
uniform guess | uniform distribution | adivinar al azar, distribución uniforme | chart
update gate || compuerta de actualización | letters
validation set | held out, held-out names, validation loss | conjunto de validación | split
vanilla RNN | Elman network | RNN simple, red de Elman | network
vanishing gradient || desvanecimiento del gradiente | gradient
vocabulary | dictionary | vocabulario | dictionary
weight || peso | weights
weight averaging | EMA, exponential moving average | promedio móvil de los pesos | recipe
weight drop | DropConnect | DropConnect, abandono de pesos | recipe
""".strip().split("\n")


def _term(row: str) -> Term:
    """A row of the table, with its meaning. Raises KeyError for a term without one."""
    english, also, spanish, place = (cell.strip() for cell in row.split("|"))
    key = english.lower().replace(" ", "_")
    return Term(key, english, also, spanish, place, MEANINGS[key])


TERMS = tuple(_term(row) for row in _TABLE)
