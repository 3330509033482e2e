"""Where kinds of sound stand on the plane of valence and arousal: one table, set by hand.

The signs and the order are those that listeners gave natural sounds in the International Affective Digitized Sounds
(Bradley & Lang 2007, "IADS-2", and 2000, "Affective reactions to acoustic stimuli", Psychophysiology 37, 204–215):
laughter, applause and birds please; cries, screams, growls, crashes, shots and alarms do not; and what warns or
attacks excites most. Pitch, roughness and sudden onset are why screams and alarms do (Arnal, Flinker, Kleinschmidt,
Giraud & Poeppel 2015, "Human screams occupy a privileged niche in the communication soundscape", Current Biology 25);
water, wind and birdsong calm (Alvarsson, Wiens & Nilsson 2010, International Journal of Environmental Research and
Public Health 7). Kinds of music stand by tempo, loudness and mode (Gabrielsson & Lindström 2010). The papers' tables
were not at hand: values are rounded to 0.1 and quote none of them.

Speech, music as such, instruments, doors, engines and rooms have no place: they say what there is, not how it feels.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """A kind of sound."""

    #: as YAMNet's label list spells it
    label: str
    #: in [-1, 1]
    valence: float
    #: in [-1, 1]
    arousal: float
    #: how much the kind says when it is plainly heard, in (0, 1]; it may belong to any mood where this is small
    says: float
    #: the class of `EKMAN` that it speaks of; None: of none
    emotion: str | None = None


_VOICES = (
    Place("Laughter", 0.7, 0.4, 1.0, "joy"),
    Place("Baby laughter", 0.8, 0.4, 1.0, "joy"),
    Place("Giggle", 0.7, 0.3, 0.9, "joy"),
    Place("Belly laugh", 0.7, 0.5, 1.0, "joy"),
    Place("Chuckle, chortle", 0.6, 0.2, 0.8, "joy"),
    Place("Snicker", 0.3, 0.2, 0.5, "joy"),
    Place("Crying, sobbing", -0.7, 0.3, 1.0, "sadness"),
    Place("Baby cry, infant cry", -0.6, 0.6, 0.9, "sadness"),
    Place("Whimper", -0.6, 0.1, 0.8, "sadness"),
    Place("Wail, moan", -0.6, 0.3, 0.8, "sadness"),
    Place("Sigh", -0.2, -0.4, 0.4, "sadness"),
    Place("Groan", -0.5, 0.1, 0.6, "disgust"),
    Place("Screaming", -0.8, 0.9, 1.0, "fear"),
    Place("Yell", -0.3, 0.7, 0.8, "anger"),
    Place("Shout", -0.3, 0.6, 0.7, "anger"),
    Place("Bellow", -0.4, 0.6, 0.6, "anger"),
    Place("Gasp", -0.2, 0.5, 0.6, "surprise"),
    Place("Whispering", 0.0, -0.3, 0.4),
    Place("Whoop", 0.6, 0.7, 0.8, "joy"),
    Place("Children playing", 0.5, 0.4, 0.7, "joy"),
    Place("Children shouting", 0.2, 0.6, 0.6),
    Place("Cheering", 0.6, 0.7, 0.9, "joy"),
    Place("Applause", 0.6, 0.5, 0.8, "joy"),
    Place("Burping, eructation", -0.4, 0.1, 0.5, "disgust"),
    Place("Fart", -0.4, 0.2, 0.5, "disgust"),
    Place("Heart sounds, heartbeat", -0.2, 0.5, 0.6, "fear"),
)
_ANIMALS = (
    Place("Growling", -0.6, 0.6, 0.8, "fear"),
    Place("Roar", -0.5, 0.7, 0.7, "fear"),
    Place("Howl", -0.4, 0.3, 0.6, "fear"),
    Place("Hiss", -0.5, 0.5, 0.5, "fear"),
    Place("Snake", -0.6, 0.5, 0.6, "fear"),
    Place("Bark", -0.1, 0.4, 0.4),
    Place("Purr", 0.5, -0.4, 0.6, "joy"),
    Place("Bird vocalization, bird call, bird song", 0.4, -0.2, 0.5, "joy"),
    Place("Chirp, tweet", 0.4, -0.1, 0.4, "joy"),
    Place("Crow", -0.3, 0.1, 0.4),
    Place("Owl", -0.1, -0.3, 0.4),
    Place("Cricket", 0.1, -0.5, 0.5),
    Place("Fly, housefly", -0.5, 0.3, 0.5, "disgust"),
    Place("Bee, wasp, etc.", -0.4, 0.5, 0.5, "fear"),
)
_NATURE = (
    Place("Wind", -0.1, -0.1, 0.3),
    Place("Rustling leaves", 0.2, -0.4, 0.3),
    Place("Rain", 0.1, -0.4, 0.4),
    Place("Stream", 0.5, -0.5, 0.5),
    Place("Waves, surf", 0.4, -0.4, 0.5),
    Place("Ocean", 0.3, -0.3, 0.4),
    Place("Thunder", -0.3, 0.5, 0.6, "fear"),
    Place("Thunderstorm", -0.2, 0.4, 0.5, "fear"),
    Place("Fire", -0.1, 0.2, 0.3),
    Place("Wind chime", 0.4, -0.4, 0.5),
    Place("Silence", 0.0, -0.5, 0.4),
)
_VIOLENCE = (
    Place("Explosion", -0.6, 0.9, 1.0, "fear"),
    Place("Gunshot, gunfire", -0.7, 0.9, 1.0, "fear"),
    Place("Machine gun", -0.7, 0.9, 1.0, "fear"),
    Place("Fusillade", -0.7, 0.9, 0.9, "fear"),
    Place("Artillery fire", -0.7, 0.9, 0.9, "fear"),
    Place("Eruption", -0.5, 0.8, 0.7, "fear"),
    Place("Boom", -0.4, 0.7, 0.6, "fear"),
    Place("Bang", -0.4, 0.7, 0.6, "surprise"),
    Place("Smash, crash", -0.5, 0.8, 0.8, "surprise"),
    Place("Shatter", -0.5, 0.7, 0.7, "surprise"),
    Place("Breaking", -0.5, 0.6, 0.6, "surprise"),
    Place("Slap, smack", -0.4, 0.5, 0.5, "anger"),
    Place("Whip", -0.5, 0.6, 0.6, "anger"),
    Place("Fireworks", 0.4, 0.7, 0.6, "joy"),
)
_ALARMS = (
    Place("Siren", -0.6, 0.8, 0.9, "fear"),
    Place("Police car (siren)", -0.5, 0.8, 0.9, "fear"),
    Place("Ambulance (siren)", -0.6, 0.8, 0.9, "fear"),
    Place("Fire engine, fire truck (siren)", -0.5, 0.8, 0.9, "fear"),
    Place("Civil defense siren", -0.8, 0.8, 1.0, "fear"),
    Place("Fire alarm", -0.6, 0.8, 0.8, "fear"),
    Place("Smoke detector, smoke alarm", -0.6, 0.7, 0.7, "fear"),
    Place("Car alarm", -0.5, 0.6, 0.6),
    Place("Alarm clock", -0.4, 0.5, 0.5),
    Place("Tire squeal", -0.5, 0.8, 0.8, "fear"),
    Place("Skidding", -0.4, 0.7, 0.7, "fear"),
    Place("Race car, auto racing", 0.1, 0.7, 0.6),
    Place("Accelerating, revving, vroom", 0.0, 0.6, 0.5),
    Place("Dental drill, dentist's drill", -0.6, 0.5, 0.6, "fear"),
    Place("Chainsaw", -0.5, 0.6, 0.6, "fear"),
    Place("Jackhammer", -0.5, 0.5, 0.5),
    Place("Creak", -0.3, 0.2, 0.4, "fear"),
    Place("Tick-tock", -0.1, 0.1, 0.3),
    Place("Static", -0.3, 0.1, 0.3),
    Place("White noise", -0.3, 0.1, 0.3),
)
_MUSIC = (
    Place("Lullaby", 0.4, -0.7, 0.6),
    Place("Ambient music", 0.1, -0.6, 0.4),
    Place("New-age music", 0.3, -0.5, 0.4),
    Place("Christmas music", 0.6, 0.1, 0.5, "joy"),
    Place("Wedding music", 0.5, 0.0, 0.4, "joy"),
    Place("Music for children", 0.5, 0.2, 0.5, "joy"),
    Place("Dance music", 0.4, 0.6, 0.5, "joy"),
    Place("Techno", 0.2, 0.7, 0.4),
    Place("Drum and bass", 0.1, 0.7, 0.4),
    Place("Heavy metal", -0.3, 0.8, 0.6, "anger"),
    Place("Punk rock", -0.1, 0.8, 0.5),
    Place("Drum roll", 0.0, 0.6, 0.5, "surprise"),
    Place("Church bell", -0.1, -0.1, 0.3),
)
#: all of them
PLACES = (*_VOICES, *_ANIMALS, *_NATURE, *_VIOLENCE, *_ALARMS, *_MUSIC)
