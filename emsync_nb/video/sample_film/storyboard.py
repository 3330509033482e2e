"""What happens when: shots, transitions and subtitles of the sample film, in frames at 25 a second."""

from __future__ import annotations

from dataclasses import dataclass

FPS = 25
FRAME_COUNT = 750


@dataclass(frozen=True, slots=True)
class Shot:
    """One camera position."""

    #: the mood it belongs to; consecutive shots of one name make a scene
    scene: str
    #: class in calm_scenes or wild_scenes that paints it
    painter: str
    start_frame: int
    #: first frame after the shot
    end_frame: int
    #: seconds of the painter's own time at `start_frame`
    offset_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Line:
    """One subtitle."""

    start_frame: int
    end_frame: int
    text: str


SHOTS = (
    Shot("dawn", "Dawn", 0, 125),
    Shot("meadow", "Meadow", 125, 225),
    Shot("storm", "Storm", 225, 350),
    Shot("chase", "Road", 350, 390),
    Shot("chase", "Forest", 390, 415),
    Shot("chase", "Tunnel", 415, 440),
    Shot("chase", "Road", 440, 475, offset_s=1.6),
    Shot("stillness", "Stillness", 475, 600),
    Shot("reunion", "Reunion", 600, 690),
    Shot("finale", "Finale", 690, 750),
)
#: [first, end) of the change; its middle is where one shot ends and the next begins
DISSOLVE = (113, 137)
FADE = (463, 487)
#: first frames of new shots that nothing softens
CUTS = (225, 350, 390, 415, 440, 600, 690)

LINES = (
    Line(20, 70, "A new morning. Everything is waking, soft and golden."),
    Line(140, 205, "What a lovely day! Look how high it flies!"),
    Line(245, 320, "The storm is terrible. I am afraid, and all alone."),
    Line(358, 412, "Faster! They are right behind us, run!"),
    Line(418, 460, "Hold on! Don't stop now!"),
    Line(515, 575, "It is quiet here. Only the lake and the moon."),
    Line(622, 680, "You came back. I have missed you so much, my love."),
    Line(700, 745, "Happy at last, together, under a sky full of light."),
)


def scenes() -> list[tuple[str, int, int]]:
    """(name, first frame, frame after the last) of each scene."""
    merged: list[tuple[str, int, int]] = []
    for shot in SHOTS:
        if merged and merged[-1][0] == shot.scene:
            merged[-1] = (shot.scene, merged[-1][1], shot.end_frame)
        else:
            merged.append((shot.scene, shot.start_frame, shot.end_frame))
    return merged
