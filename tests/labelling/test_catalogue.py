"""The table of features: whole, cited, and the one that the coefficients were fitted on."""

from __future__ import annotations

import re

from emsync_nb.labelling import FEATURES, NAMES, REFERENCES


def test_every_feature_says_what_it_is_and_who_found_it() -> None:
    names = [feature.name for feature in FEATURES]
    assert len(set(names)) == len(names)
    for feature in FEATURES:
        assert feature.meaning, feature.name
        assert feature.unit, feature.name
        assert feature.references, feature.name
        assert set(feature.references) <= set(REFERENCES), feature.name


def test_every_reference_is_used_and_dated() -> None:
    used = {key for feature in FEATURES for key in feature.references}
    assert used == set(REFERENCES)
    for key, text in REFERENCES.items():
        assert text.endswith(re.sub(r"\D", "", key)), key


def test_columns_are_features_by_window() -> None:
    assert len(NAMES) == len(set(NAMES)) == 2 * len(FEATURES)
    assert NAMES[0] == "pace_16"
    assert NAMES[len(FEATURES)] == "pace_64"
