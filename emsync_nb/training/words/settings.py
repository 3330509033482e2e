"""How the layer that reads emotion from words is learnt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WordsSettings:
    """How the layer is learnt."""

    hidden: int = 256
    epochs: int = 10
    batch: int = 256
    #: highest learning rates of the hidden layer and of the words
    rate: float = 1e-3
    word_rate: float = 5e-3
    #: shares of hidden units and of words left out at random
    dropout: float = 0.4
    word_dropout: float = 0.3
    #: how much more rare classes count: their rarity to this power
    balance: float = 0.5
    #: how much the 28 labels count beside the seven
    fine_weight: float = 10.0
    #: MiniLM's numbers are near 0.05; times this they are near 1
    scale: float = 20.0
    seed: int = 0
