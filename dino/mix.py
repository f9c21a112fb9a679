"""What a network is read together with (`Mix`), as a link, a file and a command carry it.

Counts hold the names of a list, so nothing carries them: 'sixes:0.5' says how to count again.
"""

from __future__ import annotations

from dataclasses import dataclass

from dino.locale.sentences import Refusal, Text, mark, sentence
from dino.setting import number_text, quoted

# How many letters are counted at a time, by name
ORDERS = {mark("letters"): 1, mark("pairs"): 2, mark("triples"): 3, mark("fours"): 4}
ORDERS |= {mark("sixes"): 6}
PARTNERS = tuple(name for name, n in ORDERS.items() if n > 1)  # what a network can be read with
LONGEST_SHARE = 20  # characters of a share that are read
SHARE = 0.5  # λ if nobody chooses one: fixed before any loss was seen


@dataclass(frozen=True)
class Mix:
    """What a network is read with, and how much of each probability is the network's.

    partner: one of `PARTNERS`. share: λ in [0, 1]; at 1 the network is read without counting.
    """

    partner: str = PARTNERS[-1]
    share: float = SHARE

    @property
    def n(self) -> int:
        """How many letters are counted at a time."""
        return ORDERS[self.partner]

    @property
    def text(self) -> str:
        """Its form in a link, a file and a command: 'sixes:0.5'."""
        return f"{self.partner}:{number_text(self.share)}"

    @property
    def is_chosen(self) -> bool:
        """Whether λ was chosen. The losses of the held-out names then no longer judge it fairly."""
        return self.share != SHARE

    @classmethod
    def from_text(cls, text: str, name: Text = "mix") -> Mix:
        """'sixes:0.5', or 'sixes' with the usual λ. Raises Refusal for anything else.

        name: what its source calls the setting
        """
        partner, colon, share = text.strip().partition(":")
        if partner not in PARTNERS:
            raise _refuse(text, name)
        return cls(partner, _read_share(share, text, name)) if colon else cls(partner)


def _read_share(share: str, text: str, name: Text) -> float:
    try:
        plain = share.isascii() and "_" not in share and len(share) <= LONGEST_SHARE
        number = float(share) if plain else -1.0
    except ValueError:
        raise _refuse(text, name) from None
    if not 0 <= number <= 1:  # NaN too
        raise _refuse(text, name)
    return round(number, 3) + 0.0  # turns −0.0 into 0.0


def _refuse(text: str, name: Text) -> Refusal:
    return Refusal(
        sentence(
            "{name} must be one of {partners}, with a share from 0 to 1, not {text}. Write for "
            "example sixes:0.5.",
            name=name,
            partners=", ".join(PARTNERS),
            text=quoted(text),
        )
    )


MIX_LABEL = mark("Together with counting")
MIX_HELP = mark("The network and counting write together. Each probability is a mixture of both.")
MIX_FORM = mark(
    "pairs, triples, fours or sixes with the share of the network, such as sixes:0.5, or nothing"
)


def read_mix(text: object, name: Text = "mix") -> str:
    """The usual form of a mixture's text; '' for the network without counting.

    name: what its source calls the setting. Raises Refusal for anything else.
    """
    return "" if text == "" else Mix.from_text(str(text), name).text


def mix_beside(text: str) -> Mix | None:
    """What to read a network with beside its own loss: as a text says, without one half sixes; None
    if it is all network.
    """
    return mix_of(text) if text else Mix()


def mix_of(text: str) -> Mix | None:
    """The mixture that a text names, if counting has a part in it."""
    mix = Mix.from_text(text) if text else None
    return None if mix is None or mix.share == 1 else mix
