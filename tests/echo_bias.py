"""The networks of `dino/echo_biases.py`: LSTMs with a forget bias of 1 and 3 on made-up words.

`python -m tests.echo_bias` trains what the file does not have yet, some ten seconds of one core for
each network, and prints how many learned their list. `--again` starts over. On another machine a
loss may differ, because BLAS libraries add in different orders and training enlarges that.
"""

import json
import re
import sys

from dino import echo_biases
from dino.echo import Echo, echo_recipe, train_in_parts
from dino.echo_biases import BIASES, DISTANCES, FILE, SEEDS
from dino.parts import last_result


def main() -> None:
    """Train what is missing, write the file after every network, and print the table."""
    found = begin()
    for seed in SEEDS:
        for k in DISTANCES:
            for bias in BIASES:
                of_bias = found["networks"][str(k)][f"{bias:g}"]
                if str(seed) not in of_bias:
                    network = train(k, bias, seed)
                    measured = (round(network.loss, 5), round(network.error, 5))
                    of_bias[str(seed)] = [*measured, network.right, network.words]
                    FILE.write_text(text_of(found), encoding="utf-8")
                    print(k, bias, seed, of_bias[str(seed)], flush=True)
    print_table()


def text_of(found: dict) -> str:
    """The file's text: a line for each network, so that a change can be read."""
    text = json.dumps(found, indent=1) + "\n"
    return re.sub(r"\[[^]]*\]", lambda it: json.dumps(json.loads(it[0])), text)


def begin() -> dict:
    """What the file has already, if it is of the same recipe."""
    recipe = echo_biases.recipe_values(echo_recipe("lstm"))
    networks = {str(k): {f"{bias:g}": {} for bias in BIASES} for k in DISTANCES}
    if "--again" not in sys.argv and FILE.exists():
        found = json.loads(FILE.read_text(encoding="utf-8"))
        if found["recipe"] == recipe:
            return found
    return {"recipe": recipe, "networks": networks}


def train(k: int, bias: float, seed: int) -> Echo:
    """One network, trained on its list and measured."""
    _, (network,) = last_result(train_in_parts(k, seed, ("lstm",), bias))
    return network


def print_table() -> None:
    """How many networks learned, for each distance and bias."""
    for k in DISTANCES:
        for bias in BIASES:
            learned, networks = echo_biases.learned(k, bias)
            print(f"k = {k}, forget bias {bias:g}: {learned} of {networks} seeds")


if __name__ == "__main__":
    main()
