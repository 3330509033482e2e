"""YAMNet's ear: what it refuses, what it bears, and that it tells a lullaby from a march."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import mido
import numpy as np
import pytest

from emsync_nb import tflite
from emsync_nb.analysis.yamnet import RATE, WINDOW
from emsync_nb.domain import AudioClip
from emsync_nb.errors import AudioError, CheckpointError
from emsync_nb.evaluation.mood import AROUSAL_WEIGHTS, CLASSES, VALENCE_WEIGHTS, MoodListener
from emsync_nb.rendering import render

pytest.importorskip("ai_edge_litert", reason="LiteRT is not installed")

Heard = Callable[[tuple[int, ...], float, int, int, int], float]
PIANO, STRINGS, TRUMPET, TIMPANI = 0, 48, 56, 47
MINOR, MAJOR = 3, 4


@pytest.fixture(scope="session")
def yamnet(data_folder: Path) -> Path:
    return data_folder / "models" / "yamnet_audio_classifier_with_metadata.tflite"


@pytest.fixture(scope="session")
def listener(yamnet: Path) -> MoodListener:
    return MoodListener(yamnet)


def _with_labels(network: bytes, labels: list[str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("yamnet_label_list.txt", "\n".join(labels))
    return network + stream.getvalue()


JUNK = b"\x1c\0\0\0TFL3" + bytes(200)
LABELS = [*CLASSES, *(f"class {n}" for n in range(515))]
REFUSED = {
    "empty": (b"", "is not a TensorFlow Lite file"),
    "text": (b"not a network at all", "is not a TensorFlow Lite file"),
    "no labels": (JUNK, r"holds no yamnet_label_list\.txt"),
    "few labels": (_with_labels(JUNK, LABELS[:9]), "names 9 classes where YAMNet has 521"),
    "no network": (_with_labels(JUNK, LABELS), "cannot be loaded"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_yamnet_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "ear.tflite"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=message) as caught:
        MoodListener(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith("Give the path of yamnet_audio_classifier_with_metadata.tflite")


@pytest.mark.parametrize("name", ["gone.tflite", "."])
def test_a_path_without_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match="cannot be read"):
        MoodListener(tmp_path / name)


def test_a_file_of_any_size_is_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ear.tflite"
    path.write_bytes(JUNK)
    monkeypatch.setattr(tflite, "MAX_BYTES", 100)
    with pytest.raises(CheckpointError, match="has more than"):
        MoodListener(path)


@pytest.mark.data
def test_a_network_for_pictures_is_refused(data_folder: Path, tmp_path: Path) -> None:
    pictures = (data_folder / "models" / "mobilenet_v2_1.0_224_quant.tflite").read_bytes()
    path = tmp_path / "eye.tflite"
    path.write_bytes(_with_labels(pictures, LABELS))
    with pytest.raises(CheckpointError, match=r"takes \[1, 224, 224, 3\] uint8 where YAMNet takes \[15600\]"):
        MoodListener(path)


@pytest.mark.data
def test_a_network_that_knows_no_moods_is_refused(yamnet: Path, tmp_path: Path) -> None:
    path = tmp_path / "ear.tflite"
    path.write_bytes(_with_labels(yamnet.read_bytes(), LABELS[::-1][:515] + ["?"] * 6))
    with pytest.raises(CheckpointError, match="no class Happy music"):
        MoodListener(path)


@pytest.mark.data
def test_half_a_file_is_refused(yamnet: Path, tmp_path: Path) -> None:
    path = tmp_path / "ear.tflite"
    path.write_bytes(_with_labels(yamnet.read_bytes()[:2_000_000], LABELS))
    with pytest.raises(CheckpointError, match="cannot be loaded"):
        MoodListener(path)


@pytest.mark.data
def test_scores_are_the_log_odds_of_what_the_network_gives(listener: MoodListener, yamnet: Path) -> None:
    """The same frame through LiteRT's default kernels; its labels stand at 271 … 276 of YAMNet's class map."""
    from ai_edge_litert.interpreter import Interpreter

    chord = sum(np.sin(2 * np.pi * hz * np.arange(WINDOW) / RATE) for hz in (220.0, 261.6, 329.6))
    frame = (chord * 0.1 / np.sqrt(np.mean(chord**2))).astype(np.float32)
    network = Interpreter(model_content=yamnet.read_bytes())
    network.allocate_tensors()
    network.set_tensor(network.get_input_details()[0]["index"], frame)
    network.invoke()
    given = network.get_tensor(network.get_output_details()[0]["index"])[0, 271:277]
    (scores,) = listener.listen(AudioClip(frame[np.newaxis], RATE)).scores
    # kernels may differ by two steps of 0.35 at an edge of rounding, the output has steps of 1/256
    np.testing.assert_allclose(given, 1 / (1 + np.exp(-scores)), atol=1 / 256, rtol=0.7)


SOUNDS = {
    "silence": np.zeros((2, 96_000)),
    "noise": np.random.default_rng(1).normal(0, 0.3, (2, 96_000)),
    "one sample": np.ones((1, 1)),
    "clipped": np.sign(np.random.default_rng(2).normal(0, 1, (1, 48_000))),
    "six channels": np.random.default_rng(3).normal(0, 1e-4, (6, 30_000)),
}


@pytest.mark.data
@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
@pytest.mark.parametrize("samples", SOUNDS.values(), ids=SOUNDS)
def test_any_sound_has_a_finite_mood(listener: MoodListener, samples: np.ndarray, rate: int) -> None:
    heard = listener.listen(AudioClip(samples.astype(np.float32), rate))
    assert heard.scores.shape == (max(1, int(samples.shape[1] / rate / 0.975)), 6)
    assert np.isfinite([heard.valence, heard.arousal, *heard.scores.flat]).all()


@pytest.mark.data
@pytest.mark.parametrize("samples", [np.zeros((2, 0)), np.zeros((0, 9)), np.full((1, 9), np.nan)])
def test_what_is_no_sound_is_refused(listener: MoodListener, samples: np.ndarray) -> None:
    with pytest.raises(AudioError, match="empty or has samples that are not finite"):
        listener.listen(AudioClip(samples.astype(np.float32), RATE))


def test_what_raises_all_classes_alike_changes_nothing() -> None:
    assert sum(VALENCE_WEIGHTS) == sum(AROUSAL_WEIGHTS) == 0
    assert len(VALENCE_WEIGHTS) == len(AROUSAL_WEIGHTS) == len(CLASSES)


def _chords(key: int, third: int) -> list[tuple[int, int, int]]:
    """i – iv – V – i over C3, in minor or major."""
    sixth = third + 5
    return [(key, key + third, key + 7), (key + 5, key + sixth, key + 12), (key + 7, key + 11, key + 14)]


def _strikes(key: int, third: int, *, busy: bool) -> Iterator[tuple[float, float, int]]:
    """(beat, beats, pitch) of eight bars: held chords below; above, an arpeggio in quarters or in eighths."""
    chords = _chords(key, third)
    step = 0.5 if busy else 1.0
    for bar in range(8):
        chord = chords[(0, 1, 2, 0)[bar % 4]]
        yield from ((4.0 * bar, 4.0, 48 + pitch) for pitch in chord)
        yield from ((4 * bar + n * step, step, 60 + chord[n * 2 % 3]) for n in range(round(4 / step)))


def _saved(
    path: Path, programs: tuple[int, ...], bpm: float, velocity: int, key: int, third: int, *, busy: bool
) -> Path:
    midi = mido.MidiFile(ticks_per_beat=480)
    midi.add_track().append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm)))
    for channel, program in enumerate(programs):
        events = [
            (round(480 * at), mido.Message(kind, channel=channel, note=pitch, velocity=velocity))
            for beat, beats, pitch in _strikes(key, third, busy=busy)
            for kind, at in (("note_on", beat), ("note_off", beat + 0.95 * beats))
        ]
        track, last = midi.add_track(), 0
        track.append(mido.Message("program_change", channel=channel, program=program))
        for tick, message in sorted(events, key=lambda event: event[0]):
            track.append(message.copy(time=tick - last))
            last = tick
    midi.save(path)
    return path


@pytest.fixture
def heard(listener: MoodListener, tmp_path: Path) -> Heard:
    """The arousal of a rendering: instruments, beats a minute, velocity, key, third; busy where fast."""

    def arousal(programs: tuple[int, ...], bpm: float, velocity: int, key: int, third: int) -> float:
        path = _saved(tmp_path / "a.mid", programs, bpm, velocity, key, third, busy=bpm > 100)
        return listener.listen(render(path, rate=RATE)).arousal

    return arousal


@pytest.mark.data
def test_a_slow_piano_in_minor_is_calmer_than_a_fast_orchestra_in_major(
    heard: Heard,
) -> None:
    calm = [heard((PIANO,), bpm, 45, key, MINOR) for bpm in (50, 66) for key in (-3, 0, 4)]
    orchestra = (STRINGS, TRUMPET, TIMPANI)
    fast = [heard(orchestra, bpm, 110, key, MAJOR) for bpm in (132, 160) for key in (-3, 0, 4)]
    assert max(calm) < min(fast)


@pytest.mark.data
@pytest.mark.parametrize("program", [PIANO, STRINGS])
@pytest.mark.parametrize("third", [MINOR, MAJOR])
@pytest.mark.parametrize("key", [-3, 0, 4])
def test_the_same_instrument_excites_more_when_fast_and_busy(
    heard: Heard, program: int, third: int, key: int
) -> None:
    assert heard((program,), 55, 80, key, third) < heard((program,), 150, 80, key, third)


@pytest.mark.data
def test_level_channels_and_rate_change_little(listener: MoodListener, tmp_path: Path) -> None:
    path = _saved(tmp_path / "a.mid", (STRINGS,), 90, 80, 0, MAJOR, busy=False)
    clip = render(path, rate=48_000)
    softer = AudioClip(clip.samples * 0.01, clip.rate)
    mono = AudioClip(clip.samples.mean(axis=0, keepdims=True), clip.rate)
    known = listener.listen(clip)
    for other in (softer, mono, render(path, rate=32_000)):
        heard = listener.listen(other)
        assert heard.valence == pytest.approx(known.valence, abs=0.2)
        assert heard.arousal == pytest.approx(known.arousal, abs=0.2)
