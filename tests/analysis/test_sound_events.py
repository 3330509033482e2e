"""What is heard: YAMNet on sound of known making, and the bookkeeping around it with an ear of our own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import mido
import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.analysis.circumplex import EKMAN
from emsync_nb.analysis.expert import Opinion, Unavailable
from emsync_nb.analysis.sound_events import SoundEventExpert
from emsync_nb.analysis.sound_places import PLACES, Place
from emsync_nb.analysis.timeline import grid
from emsync_nb.analysis.yamnet import LABELS, Tagger
from emsync_nb.domain import AudioClip
from emsync_nb.errors import CheckpointError
from emsync_nb.rendering import render

RATE = 44_100
Samples = NDArray[np.float32]
MOODS = ("Happy music", "Sad music", "Tender music", "Exciting music", "Scary music")
#: 8-bit levels of the ear below are half nats
STEP = 0.5


class Told:
    """An ear that hears the same in every window, and remembers the windows."""

    def __init__(self, **odds: float) -> None:
        names = {place.label.replace(" ", "_").replace(",", ""): place.label for place in PLACES}
        self.labels = (*(place.label for place in PLACES), *MOODS, "Music", "Speech")
        self._levels = np.full(len(self.labels), -20 / STEP, dtype=np.int8)
        for name, value in odds.items():
            self._levels[self.labels.index(names.get(name, name.replace("_", " ")))] = value / STEP
        self.windows: list[Samples] = []

    def levels(self, window: Samples) -> NDArray[np.int8]:
        assert window.shape == (15_600,)
        assert window.dtype == np.float32
        self.windows.append(window)
        return self._levels

    def log_odds(self, levels: NDArray[np.int8]) -> NDArray[np.float64]:
        return levels.astype(np.float64) * STEP


def noise(seconds: float, level: float = 0.1, rate: int = RATE) -> Samples:
    return (level * np.random.default_rng(5).standard_normal(round(seconds * rate))).astype(np.float32)


def judge(*blocks: Samples, rate: int = RATE, ear: Told | None = None) -> Opinion:
    expert = SoundEventExpert(lambda: ear) if ear else SoundEventExpert()
    for block in blocks:
        expert.hear(AudioClip(np.atleast_2d(block), rate))
    return expert.judge(grid(sum(block.shape[-1] for block in blocks) / rate), ())


def test_places_lie_on_the_plane_and_name_each_kind_once() -> None:
    labels = [place.label for place in PLACES]
    assert len(set(labels)) == len(labels)
    for place in PLACES:
        assert max(abs(place.valence), abs(place.arousal)) <= 1
        assert 0 < place.says <= 1
        assert place.emotion is None or place.emotion in EKMAN


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.label)
def test_what_is_plainly_heard_stands_in_its_place(place: Place) -> None:
    ear = Told(Music=-8)
    ear._levels[ear.labels.index(place.label)] = 4 / STEP
    opinion = judge(noise(3), ear=ear)
    assert opinion.valence[4] == pytest.approx(place.valence, abs=0.02)
    assert opinion.arousal[4] == pytest.approx(place.arousal, abs=0.02)
    assert opinion.ekman is not None
    if place.emotion is not None and place.says > 0.5:
        assert EKMAN[int(opinion.ekman[4].argmax())] == place.emotion


def test_speech_and_music_as_such_say_little() -> None:
    speech, music = judge(noise(3), ear=Told(Speech=5)), judge(noise(3), ear=Told(Music=5))
    scream = judge(noise(3), ear=Told(Screaming=5))
    assert speech.arousal_confidence.max() < 0.01
    assert music.arousal_confidence.max() < scream.arousal_confidence.min() < 0.81


def test_unlikely_kinds_count_little_but_count() -> None:
    faint, plain = (judge(noise(3), ear=Told(Laughter=odds)).valence_confidence[4] for odds in (-4, 2))
    assert 0.02 < faint < plain / 3


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 48_000, 96_000])
@pytest.mark.parametrize("length", [1, 977, 100_000], ids=str)
def test_blocks_of_any_length_make_the_same_windows(rate: int, length: int) -> None:
    if length == 1:
        rate = 8000  # a block a sample is slow
    whole, parted = Told(), Told()
    sound = noise(2.2, rate=rate)
    judge(sound, rate=rate, ear=whole)
    judge(*(sound[first : first + length] for first in range(0, sound.size, length)), rate=rate, ear=parted)
    assert len(parted.windows) == len(whole.windows) == 3
    np.testing.assert_allclose(np.array(parted.windows), np.array(whole.windows), atol=1e-3)


def test_windows_follow_each_other_by_half_a_second() -> None:
    ear = Told()
    sine = 0.1 * np.sin(2 * np.pi * 100 * np.arange(3 * 16_000) / 16_000).astype(np.float32)
    judge(sine.astype(np.float32), rate=16_000, ear=ear)
    # 8000 samples are 50 periods of 100 Hz: all windows are alike, at −20 dB
    for window in ear.windows[1:]:
        np.testing.assert_allclose(window, ear.windows[1], atol=5e-3)
    assert float(np.sqrt(np.mean(ear.windows[1] ** 2))) == pytest.approx(0.1, rel=0.01)


def test_a_rate_that_changes_and_many_channels_are_borne() -> None:
    ear = Told(Laughter=3)
    expert = SoundEventExpert(lambda: ear)
    expert.hear(AudioClip(np.stack([noise(2)] * 6), RATE))
    expert.hear(AudioClip(np.stack([noise(2, rate=48_000)]), 48_000))
    assert len(expert.judge(grid(4), ()).evidence) >= 1
    assert len(ear.windows) == 7


def test_less_than_a_window_is_heard_too() -> None:
    ear = Told(Laughter=3)
    assert judge(noise(0.2), ear=ear).valence[0] > 0.5
    assert len(ear.windows) == 1


def test_numbers_that_are_none_do_no_harm() -> None:
    bad = noise(2)
    bad[500:600] = np.nan
    bad[900] = np.inf
    ear = Told()
    assert np.isfinite(judge(bad, ear=ear).arousal).all()
    assert np.isfinite(np.array(ear.windows)).all()


def test_beyond_the_sound_nothing_is_said() -> None:
    expert = SoundEventExpert(lambda: Told(Laughter=3))
    expert.hear(AudioClip(noise(3)[None], RATE))
    opinion = expert.judge(grid(6), ())
    assert opinion.valence_confidence[11] > 0
    assert not opinion.valence_confidence[12:].any()
    assert all(item.time_s < 3 for item in opinion.evidence)


@pytest.mark.parametrize("blocks", [(), (np.zeros(0, np.float32),)], ids=["none", "empty"])
def test_no_sound_is_no_opinion(blocks: Sequence[Samples]) -> None:
    expert = SoundEventExpert(Told)
    for block in blocks:
        expert.hear(AudioClip(block[None], RATE))
    with pytest.raises(Unavailable, match="no sound"):
        expert.judge(grid(2), ())


@pytest.mark.parametrize("level", [0.0, 1e-5])
def test_silence_is_no_opinion(level: float) -> None:
    with pytest.raises(Unavailable, match="silence"):
        judge(noise(3, level), ear=Told(Silence=2))


def test_evidence_holds_what_is_likely_in_words() -> None:
    (first, *_) = judge(noise(3), ear=Told(Crying_sobbing=2, Laughter=0, Siren=-5)).evidence
    assert first.words == "crying 0.88, laughter 0.50"


@pytest.mark.usefixtures("no_weights")
def test_a_missing_model_is_told_with_its_remedy() -> None:
    with pytest.raises(Unavailable, match=r"yamnet.*Run: emsync weights fetch yamnet"):
        judge(noise(3))


def _saved(path: Path, bpm: float, *parts: tuple[int, int, int, Sequence[tuple[float, float, int]]]) -> Path:
    """A MIDI file of (program, channel, velocity, (beat, beats, pitch) …)."""
    midi = mido.MidiFile(ticks_per_beat=480)
    midi.add_track().append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm)))
    for program, channel, velocity, notes in parts:
        events = [
            (round(480 * at), mido.Message(kind, channel=channel, note=pitch, velocity=velocity))
            for beat, beats, pitch in notes
            for kind, at in (("note_on", beat), ("note_off", beat + 0.9 * beats))
        ]
        track, last = midi.add_track(), 0
        track.append(mido.Message("program_change", channel=channel, program=program))
        for tick, message in sorted(events, key=lambda event: event[0]):
            track.append(message.copy(time=tick - last))
            last = tick
    midi.save(path)
    return path


def _march(path: Path, key: int) -> Path:
    tune = (67, 67, 72, 72, 74, 74, 76, 72)
    beats = range(16)
    chords = [(b, 0.5, p + key) for b in beats for p in ((48,) if b % 2 == 0 else (55, 60, 64))]
    drums = [(b / 2, 0.25, 36 if b % 4 == 0 else 38) for b in range(32)]
    trumpets = [(b, 0.9, tune[b % 8] + key) for b in beats]
    return _saved(path, 126, (56, 0, 110, trumpets), (58, 1, 100, chords), (0, 9, 110, drums))


def _dirge(path: Path, key: int) -> Path:
    line = (60, 62, 63, 60, 58, 56, 55, 55)
    chords = ((36, 48, 51, 55), (32, 44, 48, 51), (41, 48, 53, 56), (43, 47, 50, 55))
    strings = [(4.0 * b, 4.0, p + key) for b, chord in enumerate(chords) for p in chord]
    cello = [(2.0 * b, 2.0, pitch - 12 + key) for b, pitch in enumerate(line)]
    return _saved(path, 46, (48, 0, 55, strings), (42, 1, 60, cello))


def _first_seconds(path: Path) -> Opinion:
    clip = render(path, rate=48_000)
    expert = SoundEventExpert()
    # blocks as films have them
    for first in range(0, 8 * 48_000, 1024):
        expert.hear(AudioClip(clip.samples[:, first : first + 1024], 48_000))
    return expert.judge(grid(7), ())


@pytest.mark.data
@pytest.mark.usefixtures("expert_weights")
@pytest.mark.parametrize("key", [-3, 0, 4])
def test_a_march_pleases_and_excites_more_than_a_dirge(tmp_path: Path, key: int) -> None:
    pytest.importorskip("ai_edge_litert")
    march, dirge = (_first_seconds(write(tmp_path / "a.mid", key)) for write in (_march, _dirge))
    assert march.valence.mean() > 0.3 > -0.3 > dirge.valence.mean()
    assert march.arousal.mean() > 0.3 > -0.3 > dirge.arousal.mean()
    assert march.ekman is not None
    assert dirge.ekman is not None
    assert (
        march.ekman.mean(axis=0)[EKMAN.index("joy")] > 0.5 < dirge.ekman.mean(axis=0)[EKMAN.index("sadness")]
    )
    assert any("music" in item.words for item in march.evidence)
    # it is music, and nothing else: not much is claimed
    assert max(march.valence_confidence.max(), dirge.valence_confidence.max()) < 0.5


def _made() -> Iterator[tuple[str, Samples]]:
    time_s = np.arange(4 * RATE) / RATE
    yield "white noise", noise(4)
    yield "sine wave", (0.1 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)


@pytest.mark.data
@pytest.mark.usefixtures("expert_weights")
@pytest.mark.parametrize(
    ("name", "sound"), list(_made()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_made_sounds_are_named_and_say_little(name: str, sound: Samples) -> None:
    pytest.importorskip("ai_edge_litert")
    opinion = judge(sound)
    assert name in opinion.evidence[0].words
    assert max(opinion.valence_confidence.max(), opinion.arousal_confidence.max()) < 0.5


@pytest.mark.data
def test_every_place_and_mood_is_a_class_of_yamnet(expert_weights: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    tagger = Tagger(expert_weights / "yamnet_audio_classifier_with_metadata.tflite")
    assert len(tagger.labels) == LABELS
    assert not {place.label for place in PLACES} - set(tagger.labels)
    assert not {*MOODS, "Music"} - set(tagger.labels)


def test_a_list_of_labels_that_cannot_be_unpacked_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("yamnet_label_list.txt", "Speech\n" * LABELS)
    content = bytearray(packed.getvalue())
    content[30 + len("yamnet_label_list.txt")] ^= 255  # of the packed text, which lies behind its head
    path = tmp_path / "ear.tflite"
    path.write_bytes(b"\x1c\0\0\0TFL3" + content)
    with pytest.raises(CheckpointError, match=r"holds no yamnet_label_list\.txt"):
        Tagger(path)


@pytest.mark.data
def test_another_network_is_refused(expert_weights: Path, tmp_path: Path) -> None:
    pytest.importorskip("ai_edge_litert")
    with pytest.raises(CheckpointError, match=r"holds no yamnet_label_list\.txt"):
        Tagger(expert_weights / "mobilenet_v2_1.0_224_quant.tflite")
    path = tmp_path / "ear.tflite"
    path.write_bytes((expert_weights / "yamnet_audio_classifier_with_metadata.tflite").read_bytes()[:9000])
    with pytest.raises(CheckpointError, match="holds no"):
        Tagger(path)
