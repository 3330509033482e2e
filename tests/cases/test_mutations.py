"""Sound files with random damage: every reader either succeeds or says in one line what is wrong.

Fifty of each a run; two thousand where EMSYNC_PROOF is set.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridge.music import piece_of_file
from emsync_nb.analysis.words import read_sidecar
from emsync_nb.errors import UserError
from emsync_nb.generation import load
from emsync_nb.notation import midi_facts, read_midi
from emsync_nb.preset_library import load_ensemble
from emsync_nb.rendering import load_mastering, render
from emsync_nb.session.scoring import _noted
from emsync_nb.video import probe
from tests.cases import damaged_music as music
from tests.cases.hostile_text import ENSEMBLE, MASTERING, session_of
from tests.cases.worlds import Grounds, lay_grounds

EXAMPLES = 2000 if os.environ.get("EMSYNC_PROOF") else 50
#: whoever takes longer waits for something that will not come
HANGS_AFTER_S = 120
MOST_MEMORY = 2 << 30
STYLED = "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,Hello {\\i1}there\\N, you\n"
SUBTITLES = "1\n00:00:01,000 --> 00:00:02,000\nHello <i>there</i>\n\n2\n00:00:03,000 --> 00:00:04,500\nBye\n"

#: (place, what is done there, value): flip a byte, cut off, repeat or leave out a piece
Damage = list[tuple[float, str, int]]
DAMAGES = st.lists(
    st.tuples(
        st.floats(0, 1), st.sampled_from(("set", "cut", "repeat", "drop", "huge")), st.integers(0, 255)
    ),
    min_size=1,
    max_size=6,
)


def damaged(data: bytes, damage: Damage) -> bytes:
    """`data` with its damage; the front, where headers stand, is hit as often as all the rest."""
    out = bytearray(data)
    for share, what, value in damage:
        at = round(share * 2 * 64) if share < 0.5 else round((share - 0.5) * 2 * len(out))
        at = min(at, len(out))
        if what == "set":
            out[at : at + 1] = bytes((value,))
        elif what == "cut":
            del out[at:]
        elif what == "repeat":
            out[at:at] = out[at : at + 1 + value]
        elif what == "drop":
            del out[at : at + 1 + value]
        else:
            out[at : at + 4] = b"\xff\xff\xff\x7f"
    return bytes(out)


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return lay_grounds(tmp_path_factory.mktemp("grounds"))


@pytest.fixture(autouse=True)
def bounds() -> Iterator[None]:
    """Nobody waits for ever, and nobody takes all the memory."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError("this waits for ever")

    before = signal.signal(signal.SIGALRM, give_up)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.alarm(HANGS_AFTER_S if EXAMPLES == 50 else 0)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
    unit = 1 if sys.platform == "darwin" else 1024
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - used) * unit < MOST_MEMORY


def survives(read: Callable[[Path], object], path: Path, data: bytes) -> None:
    """A reader says in one line what is wrong, or nothing at all."""
    path.write_bytes(data)
    try:
        read(path)
    except UserError as error:
        assert "\n" not in str(error)
        assert 10 < len(str(error)) < 1500


fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _session(path: Path) -> None:
    _noted(path.parent, Path(__file__))


def _sound(path: Path) -> None:
    render(path, rate=8000, duration_s=0.5)


#: file name → sound bytes, and who reads it
READERS: dict[str, tuple[bytes, Callable[[Path], object]]] = {
    "to render.mid": (music.TUNE, _sound),
    "to read.mid": (music.TUNE, read_midi),
    "to play.mid": (music.TUNE, piece_of_file),
    "ensemble.toml": (ENSEMBLE.encode(), load_ensemble),
    "mastering.toml": (MASTERING.encode(), load_mastering),
    "session.json": (session_of("0" * 64).encode(), _session),
    "film.srt": (SUBTITLES.encode(), read_sidecar),
    "film.ass": (STYLED.encode(), read_sidecar),
}


@pytest.mark.parametrize("name", READERS)
@given(damage=DAMAGES)
@example(damage=[(0.0, "cut", 0)])
@example(damage=[(0.01, "huge", 0)])
@fuzz
def test_damaged_files_are_read_or_refused(name: str, tmp_path: Path, damage: Damage) -> None:
    data, read = READERS[name]
    survives(read, tmp_path / name, damaged(data, damage))


@pytest.mark.parametrize("name", READERS)
@given(data=st.binary(max_size=400))
@fuzz
def test_any_bytes_are_read_or_refused(name: str, tmp_path: Path, data: bytes) -> None:
    survives(READERS[name][1], tmp_path / name, data)


@given(damage=DAMAGES)
@fuzz
def test_a_damaged_soundfont_sounds_or_is_refused(tmp_path: Path, damage: Damage) -> None:
    (tmp_path / "tune.mid").write_bytes(music.TUNE)
    survives(
        lambda path: render(tmp_path / "tune.mid", soundfont=path, rate=8000, duration_s=0.5),
        tmp_path / "a.sf2",
        damaged(music.TONE, damage),
    )


@given(damage=DAMAGES)
@fuzz
def test_a_damaged_network_composes_or_is_refused(grounds: Grounds, tmp_path: Path, damage: Damage) -> None:
    survives(load, tmp_path / "a.safetensors", damaged(grounds.checkpoint.read_bytes(), damage))


@given(damage=DAMAGES)
@fuzz
def test_a_damaged_film_is_probed_or_refused(grounds: Grounds, tmp_path: Path, damage: Damage) -> None:
    survives(probe, tmp_path / "film.mp4", damaged(grounds.film.read_bytes(), damage))


def test_the_sound_files_are_sound(grounds: Grounds, tmp_path: Path) -> None:
    """Else every damage would be refused for a reason that has nothing to do with it."""
    for name, (data, read) in READERS.items():
        (tmp_path / name).write_bytes(data)
        if name != "session.json":  # of another film, which is its point
            read(tmp_path / name)
    facts = midi_facts(tmp_path / "to read.mid")
    assert json.loads(json.dumps(facts))["tracks"][0]["notes"] == 4
    assert probe(grounds.film).duration_s > 8
    assert load(grounds.checkpoint).settings.layers == 1
