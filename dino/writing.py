"""How names are written (`Writing`): its settings, their limits, their form in a URL."""

from __future__ import annotations

from dataclasses import dataclass

from dino.locale.sentences import mark
from dino.mix import MIX_FORM, MIX_HELP, MIX_LABEL, read_mix
from dino.setting import Settings, setting


@dataclass(frozen=True, kw_only=True)
class Writing(Settings):
    """How names are written. It validates itself, as `Config` does."""

    count: int = setting(10, mark("How many"), mark("How many names to write."), low=1, high=100)
    temperature: float = setting(
        1.0,
        mark("Temperature"),
        mark(
            "Divides the logits (scores) before softmax. Below 1 the letters are safer, above 1 "
            "wilder."
        ),
        low=0.05,
        high=5.0,
    )
    greedy: bool = setting(
        False,
        mark("Greedy"),
        mark(
            "Always take the most likely letter (greedy decoding). This gives the same name each "
            "time, so only one is written."
        ),
    )
    top_k: int = setting(
        0,
        mark("Only the top"),
        mark("Draw only from this many of the most likely symbols (top-k sampling)."),
        low=0,
        high=200,
        off=mark("all"),
    )
    prefix: str = setting(
        "", mark("First letters"), mark("The letters that every name begins with."), high=50
    )
    longest: int = setting(
        50, mark("Longest length"), mark("Names are cut off at this length."), low=1, high=50
    )
    carry: bool = setting(
        False,
        mark("Carry the state on"),
        mark(
            "Write as the notebook does. The state goes from letter to letter, although the "
            "network was trained from a zero state each time."
        ),
    )
    draw: int = setting(
        0,
        mark("Seed for writing"),
        mark(
            "The seed of the random draws that write names. With the same seed, the same weights "
            "write the same names."
        ),
        low=0,
        high=999_999,
    )
    mix: str = setting("", MIX_LABEL, MIX_HELP, form=MIX_FORM, read=read_mix)
