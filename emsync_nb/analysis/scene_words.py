"""ImageNet's thousand classes as a few dozen words, for people who ask what was seen.

The classes (Russakovsky et al. 2015, "ImageNet Large Scale Visual Recognition Challenge") stand in an order in which
kinds of animals, things in alphabetical order, food, landscapes and plants follow each other; a network that takes a
terrier for a spaniel still saw a dog. Probabilities of a group are summed.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

#: (first, last) numbers of classes, from 0 → words; what is named twice belongs to the later row
_GROUPS: tuple[tuple[int, int, str], ...] = (
    (0, 6, "a fish"), (7, 24, "a bird"), (25, 32, "a frog or salamander"), (33, 37, "a turtle"), (38, 51, "a lizard"),
    (52, 68, "a snake"), (69, 79, "a spider or scorpion"), (80, 100, "a bird"), (101, 106, "another animal"),
    (107, 126, "a sea animal"), (127, 146, "a bird"), (147, 150, "a sea animal"), (151, 268, "a dog"),
    (269, 280, "a wolf or fox"), (281, 285, "a cat"), (286, 293, "a big cat"), (294, 297, "a bear"),
    (298, 299, "another animal"), (300, 326, "an insect"), (327, 329, "a sea animal"), (330, 338, "a small animal"),
    (339, 355, "a horse, cow or other grazer"), (356, 364, "another animal"), (365, 384, "a monkey"),
    (385, 386, "an elephant"), (387, 388, "a bear"), (389, 397, "a fish"), (398, 923, "a thing"),
    (924, 969, "food"), (970, 970, "mountains"), (971, 971, "a thing"), (972, 972, "mountains"),
    (973, 973, "the sea"), (974, 974, "a landscape"), (975, 978, "the sea"), (979, 979, "mountains"),
    (980, 980, "a volcano"), (981, 983, "a person"), (984, 998, "a plant"), (999, 999, "a thing"),
)  # fmt: skip
#: words → single classes among the things
_THINGS: dict[str, tuple[int, ...]] = {
    "a weapon": (413, 471, 657, 744, 763, 764),
    "a car": (436, 468, 479, 511, 609, 627, 656, 661, 717, 751, 817),
    "a lorry or bus": (407, 555, 569, 654, 675, 734, 779, 864, 867, 874),
    "a train": (466, 547, 565, 705, 820, 829),
    "a bicycle or motorcycle": (444, 665, 670, 671, 880),
    "an aeroplane": (404, 405, 417, 895, 908),
    "a ship or boat": (403, 472, 484, 510, 554, 576, 625, 628, 724, 780, 814, 871, 914),
    "a building": (410, 425, 437, 449, 483, 497, 498, 538, 580, 624, 663, 668, 698, 727, 762, 832, 900),
}
#: so general that it says nothing
VAGUE = ("a thing", "another animal")


def most_likely(classes: NDArray[np.float32]) -> tuple[str, float]:
    """The words of the most probable group that says something, and its probability.

    Args:
        classes: (1000,) probabilities in ImageNet's order.
    """
    words, members = _groups()
    shares = members @ classes
    best = int(shares.argmax())
    return words[best], float(min(1.0, shares[best]))


@cache
def _groups() -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """(g,) words and (g, 1000) zeros and ones."""
    word_of = [""] * 1000
    for first, last, words in _GROUPS:
        word_of[first : last + 1] = [words] * (last + 1 - first)
    for words, numbers in _THINGS.items():
        for number in numbers:
            word_of[number] = words
    names = tuple(sorted({words for words in word_of if words not in VAGUE}))
    members = np.array([[words == name for words in word_of] for name in names], dtype=np.float32)
    return names, members
