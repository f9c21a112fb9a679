"""The field's terms: what each means, where this app shows it, and its words in each language."""

from __future__ import annotations

from typing import NamedTuple

from dino.locale.sentences import Sentence, prose


class TermPlace(NamedTuple):
    """Where a term is shown: a page, its tab ('' if it has none), and both in words."""

    page: str
    tab: str
    label: Sentence


class Term(NamedTuple):
    """A term of the field. key: its part of the table `glossary`; place: a key of `PLACES`."""

    key: str
    place: str

    @property
    def words(self) -> Sentence:
        """The term, and after commas other words for it."""
        return prose("glossary", f"{self.key}.term")

    @property
    def meaning(self) -> Sentence:
        """Its meaning in one or two short sentences."""
        return prose("glossary", f"{self.key}.meaning")


# Each place: its page, its tab if it has one, and the terms that it shows.
_SEEN = {
    "recipe": (
        "lab",
        "",
        """adagrad adam adamw cell dropout engine epoch forget_bias gradient_clipping learning_rate
        mini-batch moment momentum notebook optimizer preset recipe rmsprop run seed sgd soft_target
        split_seed teacher_forcing update weight_averaging weight_drop""".split(),
    ),
    "chart": (
        "lab",
        "",
        """baseline cross-entropy divergence early_stopping evaluated kneser_ney loss n-gram nat
        negative_log-likelihood overfitting perplexity smoothing trigram uniform_guess""".split(),
    ),
    "write": (
        "lab",
        "",
        """autoregressive bit draw edit_distance greedy_decoding hidden_state mixture
        moment_of_a_run sampling surprise temperature top-k_sampling""".split(),
    ),
    "network": (
        "lab",
        "",
        "bias gru initial_state_h_0 lstm parameter recurrent_network vanilla_rnn".split(),
    ),
    "counts": ("data", "letters", "bigram".split()),
    "dictionary": ("data", "dictionary", "end_mark vocabulary".split()),
    "encoding": ("data", "encoding", "one-hot_encoding padding".split()),
    "split": ("data", "split", "held_out split test_set training_set validation_set".split()),
    "compare": ("compare", "", "committee level member standard_error".split()),
    "letters": (
        "inside",
        "letters",
        """candidate cell_state forget_gate gate input_gate logit output_gate reset_gate sigmoid
        softmax step tanh unrolled update_gate""".split(),
    ),
    "units": ("inside", "units", "hidden_unit saturation".split()),
    "gradient": (
        "inside",
        "gradient",
        """backpropagation_through_time exploding_gradient geometric_mean gradient norm
        spectral_radius vanishing_gradient""".split(),
    ),
    "weights": (
        "inside",
        "weights",
        "embedding_row permutation_test principal_components weight".split(),
    ),
    "two": ("inside", "two", "total_variation_distance".split()),
}
PLACES = {
    place: TermPlace(page, tab, prose("glossary", f"places.{place}"))
    for place, (page, tab, _) in _SEEN.items()
}
TERMS = tuple(Term(key, place) for place, (*_, keys) in _SEEN.items() for key in keys)
