"""The network's formulas as a page shows them, in LaTeX.

Row vectors, as in dino/model.py. A test evaluates these very strings, from left to right as they
are read, and compares with the model.
"""

FORMULAS = {
    "rnn": r"h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)",
    "gru": r"""\begin{aligned} r &= \sigma(x_t W_{xr} + h_{t-1} W_{hr} + b_r) \\
        z &= \sigma(x_t W_{xz} + h_{t-1} W_{hz} + b_z) \\
        n &= \tanh(x_t W_{xn} + b_n + r \odot (h_{t-1} W_{hn})) \\
        h_t &= (1 - z) \odot n + z \odot h_{t-1} \end{aligned}""",
    "lstm": r"""\begin{aligned} i &= \sigma(x_t W_{xi} + h_{t-1} W_{hi} + b_i) \\
        f &= \sigma(x_t W_{xf} + h_{t-1} W_{hf} + b_f) \\
        g &= \tanh(x_t W_{xg} + h_{t-1} W_{hg} + b_g) \\
        o &= \sigma(x_t W_{xo} + h_{t-1} W_{ho} + b_o) \\
        c_t &= f \odot c_{t-1} + i \odot g \\
        h_t &= o \odot \tanh(c_t) \end{aligned}""",
}
OUTPUT = r"p_t = \mathrm{softmax}(h_t W_{hy} + b_y)"
# What the names of a cell's gates mean, and where their weights are.
BLOCKS = {
    "rnn": "",
    "gru": " ⊙ multiplies number by number. r is the reset gate, z the update gate, n the "
    "candidate. W_xh holds W_xr, W_xz and W_xn side by side; so do W_hh and b_h. As in PyTorch and "
    "Keras, r acts after the product with W_hn; many books put it before: another network.",
    "lstm": " ⊙ multiplies number by number. i is the input gate, f the forget gate, o the output "
    "gate, g the candidate, c_t the cell state. W_xh holds W_xi, W_xf, W_xg and W_xo side by side; "
    "so do W_hh and b_h.",
}
