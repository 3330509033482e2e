"""What is listened for, as a table: each feature with its meaning, its unit and who found that it matters.

No feature knows which instrument plays, and none counts a note twice that is doubled at the unison. Octaves count
in the register features only: a bass doubled below is a lower bass. So a score says the same whoever plays it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing that a listener hears in a stretch of music."""

    #: as it stands in `coefficients.json`, before the length of its window
    name: str
    #: what is measured
    meaning: str
    unit: str
    #: keys of REFERENCES
    references: tuple[str, ...]


#: where the tie between a feature and perceived emotion was found or reviewed
REFERENCES = {
    "hevner1935": "K. Hevner, The affective character of the major and minor modes in music, "
    "American Journal of Psychology 47, 1935",
    "hevner1936": "K. Hevner, Experimental studies of the elements of expression in music, "
    "American Journal of Psychology 48, 1936",
    "hevner1937": "K. Hevner, The affective value of pitch and tempo in music, "
    "American Journal of Psychology 49, 1937",
    "scherer1977": "K. R. Scherer & J. S. Oshinsky, Cue utilization in emotion attribution from auditory stimuli, "
    "Motivation and Emotion 1, 1977",
    "hutchinson1978": "W. Hutchinson & L. Knopoff, The acoustic component of Western consonance, Interface 7, 1978",
    "krumhansl1982": "C. L. Krumhansl & E. J. Kessler, Tracing the dynamic changes in perceived tonal organization "
    "in a spatial representation of musical keys, Psychological Review 89, 1982",
    "huron1994": "D. Huron, Interval-class content in equally tempered pitch-class sets: common scales exhibit "
    "optimum tonal consonance, Music Perception 11, 1994",
    "costa2000": "M. Costa, P. E. Ricci Bitti & L. Bonfiglioli, Psychological connotations of harmonic musical "
    "intervals, Psychology of Music 28, 2000",
    "juslin2003": "P. N. Juslin & P. Laukka, Communication of emotions in vocal expression and music performance: "
    "different channels, same code?, Psychological Bulletin 129, 2003",
    "schubert2004": "E. Schubert, Modeling perceived emotion with continuous musical features, "
    "Music Perception 21, 2004",
    "webster2005": "G. D. Webster & C. G. Weir, Emotional responses to music: interactive effects of mode, texture, "
    "and tempo, Motivation and Emotion 29, 2005",
    "ilie2006": "G. Ilie & W. F. Thompson, A comparison of acoustic cues in music and speech for three dimensions "
    "of affect, Music Perception 23, 2006",
    "gabrielsson2010": "A. Gabrielsson & E. Lindström, The role of structure in the musical expression of emotions, "
    "in Handbook of Music and Emotion, Oxford University Press, 2010",
    "juslin2010": "P. N. Juslin & E. Lindström, Musical expression of emotions: modelling listeners' judgements of "
    "composed and performed features, Music Analysis 29, 2010",
    "livingstone2010": "S. R. Livingstone, R. Muhlberger, A. R. Brown & W. F. Thompson, Changing musical emotion: "
    "a computational rule system for modifying score and performance, Computer Music Journal 34:1, 2010",
    "eerola2013": "T. Eerola, A. Friberg & R. Bresin, Emotional expression in music: contribution, linearity, and "
    "additivity of primary musical cues, Frontiers in Psychology 4, 2013",
}

FEATURES = (
    # tempo: felt, by what happens, for one piece may be written in crotchets or in quavers
    Feature("pace", "time from one event to the next, mean", "log2 s", ("hevner1937", "eerola2013")),
    Feature(
        "density", "events; what begins within 70 ms is one", "log2 1/s", ("schubert2004", "livingstone2010")
    ),
    Feature(
        "rapid", "share of events within 0.18 s of the one before", "0 … 1", ("juslin2003", "gabrielsson2010")
    ),
    # rhythm
    Feature(
        "steadiness", "share of events as far apart as the two before", "0 … 1", ("hevner1936", "juslin2003")
    ),
    Feature("offbeat", "share of onsets off the eighths", "0 … 1", ("hevner1936", "gabrielsson2010")),
    Feature("triplets", "share of onsets on a third of a beat", "0 … 1", ("hevner1936", "gabrielsson2010")),
    # loudness
    Feature(
        "loudness", "velocity of the loudest note of each onset, mean", "0 … 1", ("schubert2004", "ilie2006")
    ),
    Feature("power", "pitch classes begun, by velocity squared", "log2 1/s", ("ilie2006", "eerola2013")),
    Feature("accents", "onsets louder by 12 than the one before", "1/s", ("juslin2003", "gabrielsson2010")),
    # articulation
    Feature(
        "legato", "length of a note against the next onset, at most 2", "0 … 2", ("juslin2003", "eerola2013")
    ),
    Feature("staccato", "share of notes shorter than 0.2 s", "0 … 1", ("juslin2003", "livingstone2010")),
    # texture
    Feature("chords", "share of onsets with three pitch classes or more", "0 … 1", ("webster2005",)),
    Feature("single", "share of onsets with one pitch class", "0 … 1", ("webster2005",)),
    # melody
    Feature("steps", "share of whole tones in the upper line", "0 … 1", ("gabrielsson2010",)),
    Feature("contour", "rises less falls of the upper line", "−1 … 1", ("scherer1977", "gabrielsson2010")),
    Feature("repeated", "share of repeated notes in the upper line", "0 … 1", ("gabrielsson2010",)),
    Feature("tune", "onsets of the highest sounding note", "log2 1/s", ("juslin2010", "schubert2004")),
    # repetition
    Feature(
        "repetition", "pitch classes begun that began one beat before, too", "0 … 1", ("gabrielsson2010",)
    ),
    # register
    Feature("register", "mean of the pitches that sound", "MIDI", ("hevner1937", "eerola2013")),
    Feature("low_attacks", "onsets in the bass, whole below A2", "0 … 1", ("hevner1937", "ilie2006")),
    Feature(
        "low_thickness", "time with two pitches or more below E3", "0 … 1", ("hutchinson1978", "ilie2006")
    ),
    Feature("low_presence", "time with a bass, whole below F#2", "0 … 1", ("hevner1937", "ilie2006")),
    # harmony
    Feature(
        "major_chords", "time within a beat of a major triad", "0 … 1", ("hevner1935", "livingstone2010")
    ),
    Feature("diminished_chords", "of a diminished triad", "0 … 1", ("hevner1936", "costa2000")),
    Feature("dominant_chords", "of the root, third and seventh of a dominant", "0 … 1", ("gabrielsson2010",)),
    Feature("suspended_chords", "of a chord with a fourth and no third", "0 … 1", ("gabrielsson2010",)),
    Feature("chord_mode", "major triads less minor triads", "−1 … 1", ("hevner1935", "eerola2013")),
    Feature(
        "harmonic_rhythm", "new among the pitch classes against a beat before", "0 … 1", ("gabrielsson2010",)
    ),
    # key
    Feature("key_clarity", "correlation with the best key", "−1 … 1", ("krumhansl1982", "gabrielsson2010")),
    Feature("mode", "belief in the major keys against the minor", "0 … 1", ("krumhansl1982", "hevner1935")),
    Feature(
        "leading_tone", "seventh degree, raised less lowered", "−1 … 1", ("livingstone2010", "krumhansl1982")
    ),
    Feature(
        "diatonic", "share of time in the best diatonic scale", "0 … 1", ("gabrielsson2010", "krumhansl1982")
    ),
    # dissonance
    Feature(
        "roughness", "of the pitch classes that sound together", "0 … 1", ("huron1994", "hutchinson1978")
    ),
    Feature("semitones", "share of semitones among all intervals", "0 … 1", ("huron1994", "costa2000")),
    Feature("tritones", "share of tritones among all intervals", "0 … 1", ("costa2000", "huron1994")),
)
