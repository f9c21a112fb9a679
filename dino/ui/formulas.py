"""The network's formulas as a page shows them, in LaTeX.

Row vectors, as in dino/model.py; a test reads the weights' names and shapes off the model.
"""

FORMULAS = {
    "rnn": r"h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)",
    "gru": r"""\begin{aligned} r, z &= \sigma(x_t W_{xh} + h_{t-1} W_{hh} + b_h)_{r,z} \\
        n &= \tanh(x_t W_{xn} + b_n + r \odot h_{t-1} W_{hn}) \\
        h_t &= (1 - z) \odot n + z \odot h_{t-1} \end{aligned}""",
    "lstm": r"""\begin{aligned} i, f, o &= \sigma(x_t W_{xh} + h_{t-1} W_{hh} + b_h)_{i,f,o} \\
        g &= \tanh(x_t W_{xg} + h_{t-1} W_{hg} + b_g) \\
        c_t &= f \odot c_{t-1} + i \odot g, \quad h_t = o \odot \tanh(c_t) \end{aligned}""",
}
OUTPUT = r"p_t = \mathrm{softmax}(h_t W_{hy} + b_y)"
# How the blocks of a cell's matrices are to be read.
BLOCKS = {
    "rnn": "",
    "gru": " ⊙ multiplies number by number. W_xh holds three blocks side by side, for r, z and "
    "n; so do W_hh and b_h.",
    "lstm": " ⊙ multiplies number by number. W_xh holds four blocks side by side, for i, f, g and "
    "o; so do W_hh and b_h.",
}
