"""The headings and comments of the code that a visitor takes home."""

from __future__ import annotations

from dino.locale.sentences import Text, sentence

HEADINGS = {
    "title": sentence("Names from a recurrent network"),
    "recipe": sentence("The recipe"),
    "list": sentence("The names"),
    "network": sentence("The network"),
    "training": sentence("Training"),
    "result": sentence("The held-out loss"),
    "writing": sentence("Ten names"),
}

ABOUT = {
    "recipe": sentence("The settings of the run, and the loss that it reached."),
    "list": sentence("The names are cleaned and split as in the app."),
    "network": sentence("All weights are one vector; each matrix is a part of it."),
    "training": sentence("Each step looks at one batch of names and changes all weights."),
    "result": sentence("The mean over all symbols of names that the network has not seen."),
    "writing": sentence(
        "One random number for each letter chooses the symbol in whose part of [0, 1) it falls. "
        "The page Lab has the same numbers for ten names at “Draws” 0."
    ),
}

COMMENTS: dict[str, Text] = {
    "threads": sentence("One thread, as in the app: sums then round alike."),
    "rates": sentence("From each of these steps on, this learning rate."),
    "context": sentence("How many of the last letters a prediction may see."),
    "expected": sentence("The run's held-out loss after these steps, in nats per symbol."),
    "removed": sentence("Names that were removed from the list after its split."),
    "removed_places": sentence(
        "Names that were removed from the list after its split: their places in its sorted names, "
        "from 0 on, so that no name of a private list is in the code."
    ),
    "invisible": sentence("Invisible characters are left out."),
    "long": sentence("Names that are too long are left out."),
    "rare": sentence("Names with rare symbols are left out."),
    "split": sentence(
        "Each name counts once. A shuffle by the split seed decides which are held out."
    ),
    "exam": sentence("The next names of the shuffle are the final exam; training leaves them out."),
    "vocabulary": sentence("Symbol 0 ends a name; index V means that there is no letter."),
    "encoded": sentence(
        "x has the letter before each symbol, y the symbol itself; -1 where there is no target."
    ),
    "scores": sentence("The scores (logits) after each letter: (B, T) becomes (B, T, V)."),
    "no_letter": sentence(
        "Each letter has a row of weights; where there is no letter, the row is zeros."
    ),
    "windows": sentence(
        "Every position starts from zeros: round j gives its state over the last j + 1 letters."
    ),
    "dropped": sentence("0 for this share of the numbers; the others are scaled up."),
    "loss": sentence("The mean of -ln p over all real targets, in nats per symbol."),
    "forget": sentence("The bias of the forget gate starts at 1, so that the cell remembers."),
    "batch": sentence("All names in random order, then again in another order."),
    "sorted_batch": sentence("All names sorted, then again from the first one on."),
    "other_list": sentence("This stops where the list is not that of the run."),
    "found": sentence("Held-out loss:"),
    "expected_loss": sentence("Expected:"),
    "difference": sentence("Difference:"),
    "rounding": sentence("A difference of at most this is rounding."),
    "met": sentence("The loss is as expected."),
}

KERAS_ABOUT = {
    **ABOUT,
    "network": sentence(
        "A cell and a layer of Keras. Their first weights are of the same distributions as the "
        "app's."
    ),
}

KERAS_COMMENTS: dict[str, Text] = {
    "one_hot": sentence("Row k is the one-hot vector of symbol k; the last row is zeros."),
    "seen": sentence("Where a letter is; a position without one leaves the state as it was."),
    "windows_of_letters": sentence(
        "Each prediction starts from a zero state and reads its last letters: one row for each."
    ),
    "second_bias": sentence(
        "A GRU of Keras has two biases, that of the app has one: the second stays at zero, though "
        "Keras counts it."
    ),
    "keras_rule": sentence(
        "The rule is that of the app; Keras's own constants are others, and so is where it adds "
        "epsilon."
    ),
    "keras_average": sentence(
        "The average of the weights: Keras's own (use_ema) has no smaller decay in the first steps."
    ),
    "velocity": sentence("Momentum in Keras has the learning rate in it."),
}
