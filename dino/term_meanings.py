"""What each term of the glossary means, in one sentence."""

from __future__ import annotations

from dino.locale.sentences import mark

MEANINGS = {  # by the term in lower case, with _ for a space
    "adagrad": mark(
        "An optimizer that divides the gradient by the root of the sum of all its squares so far, "
        "number by number."
    ),
    "adam": mark(
        "An optimizer that divides a moving average of the gradient by the root of a moving "
        "average of its square, number by number."
    ),
    "adamw": mark("Adam, after every weight was made a little smaller (weight decay)."),
    "backpropagation_through_time": mark(
        "It computes the gradient by going back through a name from its last letter to its first, "
        "and adds up what every letter contributes to the shared weights."
    ),
    "baseline": mark("A simple method whose loss the network should beat; here, counting letters."),
    "bias": mark("A number that is added to a weighted sum, whatever the input is."),
    "bigram": mark(
        "Two symbols in a row; a bigram model predicts the next symbol from the latest one alone, "
        "by counting pairs."
    ),
    "bit": mark(
        "The unit of information with logarithms to base 2: the surprise of a fair coin is 1 bit."
    ),
    "candidate": mark(
        "What a GRU or an LSTM could write into its state, computed by tanh; the gates decide how "
        "much of it is written."
    ),
    "cell": mark(
        "The equations that turn the previous state and a letter into the next state: vanilla RNN, "
        "GRU or LSTM."
    ),
    "cell_state": mark(
        "The second state of an LSTM, c, which its forget gate keeps and its input gate fills."
    ),
    "cross-entropy": mark(
        "The mean of −ln p over all symbols, where p is the probability that the network gave to "
        "the symbol that really came next."
    ),
    "divergence": mark(
        "Training diverges when the loss rises far above its start or is no longer a finite "
        "number; the run then stops and returns to its last good weights."
    ),
    "draw": mark(
        "A random number between 0 and 1; each symbol owns a stretch as long as its probability, "
        "and the one it falls on is written."
    ),
    "dropout": mark(
        "In each training step a random share of the input letters, the hidden units or the "
        "recurrent weights is set to zero, against overfitting."
    ),
    "early_stopping": mark(
        "Using the weights of the step with the lowest held-out loss instead of the latest ones."
    ),
    "edit_distance": mark(
        "How many letters must be inserted, deleted or replaced to turn one name into another."
    ),
    "embedding_row": mark(
        "The row of W_xh that belongs to a symbol: it is all that the symbol adds to the sums of "
        "the hidden units."
    ),
    "end_mark": mark(
        "The symbol ⏎, number 0 of the dictionary, which follows the last letter of every name."
    ),
    "engine": mark(
        "What does the arithmetic of training: PyTorch, or the same formulas compiled to machine "
        "code."
    ),
    "epoch": mark(
        "One pass over the training set, which uses every name once, in random order unless the "
        "recipe sorts them."
    ),
    "evaluated": mark(
        "Measured at one moment, without dropout, and with the averaged weights where the recipe "
        "averages them."
    ),
    "exploding_gradient": mark(
        "A gradient that grows from letter to letter going back, so that a step may be too long."
    ),
    "forget_gate": mark(
        "Numbers between 0 and 1 that multiply the cell state of an LSTM: near 1 it is kept, near "
        "0 it is erased."
    ),
    "gate": mark(
        "Numbers between 0 and 1 that multiply others, and so decide how much of each passes."
    ),
    "gradient": mark(
        "The derivatives of the loss with respect to all parameters: how the loss changes when "
        "each of them changes a little."
    ),
    "gradient_clipping": mark("A gradient longer than a limit is shortened to it before the step."),
    "greedy_decoding": mark(
        "Writing that takes the most probable symbol at every step, so that nothing is random."
    ),
    "gru": mark("A recurrent cell with two gates, reset and update, and no cell state."),
    "hidden_state": mark(
        "The numbers h that the network carries from one letter to the next; besides the cell "
        "state of an LSTM they are all that it remembers."
    ),
    "hidden_unit": mark("One number of the hidden state; its use is learned, not designed."),
    "initial_state_h_0": mark("The state before the first letter of a name: all zeros here."),
    "input_gate": mark(
        "Numbers between 0 and 1 that multiply the candidate of an LSTM before it is added to the "
        "cell state."
    ),
    "kneser–ney": mark(
        "Smoothing that takes a discount from every count and gives it to a shorter context, where "
        "a letter counts by how many different letters come before it."
    ),
    "learning_rate": mark("The factor that scales every step of the optimizer."),
    "logit": mark("The score of a symbol before softmax; it can be any number."),
    "loss": mark("The number that training makes small: here the cross-entropy, in nats."),
    "lstm": mark("A recurrent cell with three gates, input, forget and output, and a cell state."),
    "mini-batch": mark(
        "The names that one step looks at; its loss is the mean over all their symbols."
    ),
    "moment": mark(
        "A moving average that an optimizer such as Adam keeps: of the gradient (first moment) or "
        "of its square (second moment)."
    ),
    "moment_of_a_run": mark(
        "A step of a run with the weights that it had then, which can write names and be looked at."
    ),
    "momentum": mark(
        "An optimizer that steps against a sum of the gradients so far, in which older ones fade."
    ),
    "n-gram": mark("n symbols in a row; an n-gram model predicts the last of them by counting."),
    "nat": mark("The unit of information with natural logarithms: 1 nat is about 1.44 bits."),
    "negative_log-likelihood": mark(
        "The sum of −ln p over the symbols that really came; divided by their number, it is the "
        "cross-entropy."
    ),
    "notebook": mark(
        "A document of text and code in cells; the one meant here teaches this network, and its "
        "recipe is a preset."
    ),
    "one-hot_encoding": mark("A symbol as a row of zeros with a single 1 at its number."),
    "optimizer": mark("The rule that turns a gradient into a change of the parameters."),
    "output_gate": mark(
        "Numbers between 0 and 1 that multiply tanh of an LSTM's cell state; the product is the "
        "hidden state."
    ),
    "overfitting": mark(
        "The network memorises its training names: their loss still falls while the loss of the "
        "held-out names rises."
    ),
    "padding": mark(
        "Places after the end of shorter names, so that all names of a mini-batch have one length; "
        "they count in no loss."
    ),
    "parameter": mark("A number that training changes: a weight or a bias."),
    "permutation_test": mark(
        "It compares a measured value with the values that random relabellings give: chance "
        "explains it if many of these are as extreme."
    ),
    "perplexity": mark(
        "e to the power of the loss in nats: the network is as unsure as when choosing among this "
        "many equally likely symbols."
    ),
    "preset": mark("A recipe to begin with: a value for every setting, which you may change."),
    "principal_components": mark(
        "The directions in which points differ most, used to draw many dimensions on a flat map."
    ),
    "recurrent_network": mark(
        "A network that reads a sequence step by step with the same weights, and carries a state "
        "from each step to the next."
    ),
    "reset_gate": mark(
        "Numbers between 0 and 1 that multiply what the previous state of a GRU contributes to "
        "the candidate."
    ),
    "rmsprop": mark(
        "An optimizer that divides the gradient by the root of a moving average of its square, "
        "number by number."
    ),
    "sampling": mark(
        "Choosing the next symbol at random, each with the probability that the network gives it."
    ),
    "saturation": mark(
        "A value close to an end of its range, where it hardly reacts to the input any more."
    ),
    "seed": mark(
        "The number that a series of random numbers starts from: the same seed gives the same ones."
    ),
    "sgd": mark(
        "The optimizer that subtracts the learning rate times the gradient of a random mini-batch."
    ),
    "sigmoid": mark(
        "The function 1 / (1 + e⁻ˣ), which maps any number to one between 0 and 1; gates use it."
    ),
    "smoothing": mark(
        "Giving some probability to what was never counted, so that no name has an infinite loss."
    ),
    "softmax": mark(
        "The function that turns scores into probabilities: e to the power of each, divided by the "
        "sum of all."
    ),
    "spectral_radius": mark(
        "The largest absolute value of a matrix's eigenvalues: in the long run, the factor by "
        "which repeated multiplication stretches a vector."
    ),
    "split_seed": mark("The number that sets which names are held out of training."),
    "standard_error": mark(
        "How far a mean over some names typically is from the mean over all names of their kind."
    ),
    "step": mark("One change of all parameters, from the gradient of one mini-batch."),
    "surprise": mark(
        "−log₂ p, where p is the probability of the symbol that was taken; its unit is the bit."
    ),
    "tanh": mark("A function that maps any number to one between −1 and 1."),
    "temperature": mark(
        "The logits are divided by it before softmax: below 1 probable symbols gain, above 1 they "
        "lose."
    ),
    "test_set": mark(
        "Names used once, after all choices are made (“Final exam” here): a loss by which "
        "something was chosen tends to be a little lower than on new names."
    ),
    "top-k_sampling": mark(
        "Sampling among the k most probable symbols alone; their probabilities are scaled to sum "
        "to 1."
    ),
    "total_variation_distance": mark(
        "Half the sum of the absolute differences between the probabilities of two distributions: "
        "0 if they are equal, 1 if they share nothing."
    ),
    "training_set": mark(
        "The names that the network learns from: all distinct names but the held-out ones and "
        "those of a final exam."
    ),
    "trigram": mark(
        "Three symbols in a row; a trigram model predicts the next symbol from the latest two, by "
        "counting triples."
    ),
    "uniform_guess": mark(
        "Giving every symbol the same probability, which is what one does who knows nothing."
    ),
    "update_gate": mark(
        "Numbers between 0 and 1 in a GRU: near 1 the previous state is kept, near 0 the "
        "candidate replaces it."
    ),
    "validation_set": mark(
        "Names that are held out of training, to measure the loss on new names and to choose by it."
    ),
    "vanilla_rnn": mark(
        "The simplest recurrent cell: h_t is tanh of a weighted sum of the letter, the previous "
        "state and a bias."
    ),
    "vanishing_gradient": mark(
        "A gradient that shrinks from letter to letter going back, so that the influence of early "
        "letters is hardly learned."
    ),
    "vocabulary": mark("All symbols that the network knows: the letters of the list and ⏎."),
    "weight": mark("A number that multiplies an input of a sum; the matrices W consist of them."),
    "weight_averaging": mark(
        "A moving average of the weights over the latest steps, which is evaluated and writes the "
        "names."
    ),
    "weight_drop": mark(
        "Dropout of the entries of W_hh: in each training step a random share of them is zero, the "
        "same ones for all letters and names of the batch."
    ),
}
