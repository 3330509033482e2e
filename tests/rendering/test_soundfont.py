"""Finding a SoundFont, reading one made by hand, and refusing damaged ones."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import lfilter

from emsync_nb.errors import SoundFontError
from emsync_nb.rendering import find_soundfont
from emsync_nb.rendering.regions import SoundFont
from emsync_nb.rendering.soundfont import SoundFontTables
from emsync_nb.rendering.tones import PIECE, ToneCache, held_envelope

RATE = 48_000
LENGTH = 480


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def tiny_soundfont(
    wave: bytes, *, end: int, vorbis: bool = False, generators: tuple[tuple[int, int], ...] = ()
) -> bytes:
    """One preset, one instrument, one looped sample at 48 kHz recorded on A4; after sections 5 to 7."""
    zone = [*generators, (54, 1), (53, 0)]  # sampleModes: loop; sampleID
    pdta = chunk(
        b"phdr",
        b"".join(struct.pack("<20s3H3I", n, 0, 0, b, 0, 0, 0) for n, b in ((b"Tone", 0), (b"EOP", 1))),
    )
    pdta += chunk(b"pbag", struct.pack("<4H", 0, 0, 1, 0)) + chunk(b"pmod", bytes(10))
    pdta += chunk(b"pgen", struct.pack("<4H", 41, 0, 0, 0))
    pdta += chunk(b"inst", struct.pack("<20sH20sH", b"Tone", 0, b"EOI", 1))
    pdta += chunk(b"ibag", struct.pack("<4H", 0, 0, len(zone), 0)) + chunk(b"imod", bytes(10))
    pdta += chunk(b"igen", b"".join(struct.pack("<Hh", *g) for g in zone) + bytes(4))
    header = struct.pack("<20s5IBbHH", b"Sine", 0, end, 0, LENGTH, RATE, 69, 0, 0, 0x11 if vorbis else 1)
    pdta += chunk(b"shdr", header + bytes(46))
    body = b"sfbk" + chunk(b"LIST", b"INFO" + chunk(b"ifil", struct.pack("<2H", 2, 1)))
    body += chunk(b"LIST", b"sdta" + chunk(b"smpl", wave)) + chunk(b"LIST", b"pdta" + pdta)
    return chunk(b"RIFF", body)


def sine() -> NDArray[np.float64]:
    """Ten periods of 1000 Hz."""
    return np.asarray(0.5 * np.sin(2 * np.pi * 1000 * np.arange(LENGTH) / RATE))


def pcm() -> bytes:
    return (sine() * 32768).astype("<i2").tobytes()


def written(folder: Path, data: bytes) -> Path:
    path = folder / "tiny.sf2"
    path.write_bytes(data)
    return path


def played(path: Path, key: int, length: int = RATE) -> NDArray[np.float32]:
    font = SoundFont(path)
    (voice,) = font.voices(0, 0, key, 100)
    return ToneCache(font, RATE).tone(voice, 0, length)


def frequency_hz(tone: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(tone * np.hanning(len(tone))))
    return float(np.argmax(spectrum) * RATE / len(tone))


def test_the_recording_loops_at_its_pitch(tmp_path: Path) -> None:
    path = written(tmp_path, tiny_soundfont(pcm(), end=LENGTH))
    tone = played(path, 69)
    expected = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE)
    np.testing.assert_allclose(tone, expected, atol=2e-3)


@pytest.mark.parametrize(("key", "hz"), [(81, 2000), (57, 500), (70, 1059), (62, 667)])
def test_other_keys_are_transposed(tmp_path: Path, key: int, hz: float) -> None:
    assert frequency_hz(played(written(tmp_path, tiny_soundfont(pcm(), end=LENGTH)), key)) == pytest.approx(
        hz, abs=1
    )


@pytest.mark.parametrize(
    ("generators", "key", "hz"),
    [
        (((58, 57),), 57, 1000),
        (((51, 12),), 69, 2000),
        (((52, 50),), 69, 1029),
        (((56, 50),), 81, 1414),
        (((46, 69),), 20, 1000),
    ],
)
def test_tuning_generators(
    tmp_path: Path, generators: tuple[tuple[int, int], ...], key: int, hz: float
) -> None:
    path = written(tmp_path, tiny_soundfont(pcm(), end=LENGTH, generators=generators))
    assert frequency_hz(played(path, key)) == pytest.approx(hz, abs=1)


def test_the_filter_takes_highs_away(tmp_path: Path) -> None:
    # 6900 cents above 8.176 Hz are 440 Hz; a two-pole filter falls 12 dB an octave: 14.2 dB at 1000 Hz
    path = written(tmp_path, tiny_soundfont(pcm(), end=LENGTH, generators=((8, 6900),)))
    fall = np.abs(played(path, 69)[RATE // 2 :]).max() / 0.5
    assert 20 * np.log10(fall) == pytest.approx(-14.2, abs=0.5)


@pytest.mark.parametrize("generators", [(), ((8, 6900),), ((34, -1200), (36, 1200), (37, 200))])
def test_a_tone_is_the_same_in_parts(tmp_path: Path, generators: tuple[tuple[int, int], ...]) -> None:
    font = SoundFont(written(tmp_path, tiny_soundfont(pcm(), end=LENGTH, generators=generators)))
    (voice,) = font.voices(0, 0, 62, 100)
    whole = ToneCache(font, RATE).tone(voice, 0, 5 * PIECE)
    assert whole.shape == (5 * PIECE,)
    # no jump where a piece, and with it the filter and the envelope, goes on
    steps = np.abs(np.diff(whole))
    for border in range(PIECE, 5 * PIECE, PIECE):
        assert steps[border - 2 : border + 2].max() <= 1.01 * steps[border - 200 : border + 200].max()
    forgetful = ToneCache(font, RATE, kept_pieces=1)
    for begin, end in ((0, 10), (10, PIECE), (0, 5 * PIECE), (PIECE - 1, PIECE + 1), (7, 4 * PIECE + 7)):
        np.testing.assert_array_equal(forgetful.tone(voice, begin, end), whole[begin:end])


def test_the_filter_goes_on_from_piece_to_piece(tmp_path: Path) -> None:
    path = written(tmp_path, tiny_soundfont(pcm(), end=LENGTH, generators=((8, 6900), (9, 120))))
    (tmp_path / "open").mkdir()
    open_path = written(tmp_path / "open", tiny_soundfont(pcm(), end=LENGTH))
    font, unfiltered = SoundFont(path), played(open_path, 69, 3 * PIECE)
    (voice,) = font.voices(0, 0, 69, 100)
    angle, quality = 2 * np.pi * voice.cutoff_hz / RATE, 10 ** (12 / 20) / np.sqrt(2)
    alpha, cosine = np.sin(angle) / (2 * quality), np.cos(angle)
    expected = lfilter(
        [(1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2], [1 + alpha, -2 * cosine, 1 - alpha], unfiltered
    )
    np.testing.assert_allclose(ToneCache(font, RATE).tone(voice, 0, 3 * PIECE), expected, atol=1e-5)


def test_a_recording_without_a_loop_ends(tmp_path: Path) -> None:
    font = SoundFont(written(tmp_path, tiny_soundfont(pcm(), end=LENGTH)))
    (voice,) = font.voices(0, 0, 69, 100)
    cache, once = ToneCache(font, RATE), replace(voice, loops=False)
    assert cache.longest(once) == LENGTH - 1
    assert cache.tone(once, 100, 10_000).shape == (LENGTH - 101,)
    assert cache.tone(once, 500, 600).shape == (0,)


def test_key_and_velocity_ranges_choose(tmp_path: Path) -> None:
    generators = ((43, 60 | 72 << 8), (44, 64 | 127 << 8))
    font = SoundFont(written(tmp_path, tiny_soundfont(pcm(), end=LENGTH, generators=generators)))
    assert len(font.voices(0, 0, 60, 64)) == len(font.voices(0, 0, 72, 127)) == 1
    assert not font.voices(0, 0, 59, 100) and not font.voices(0, 0, 73, 100) and not font.voices(0, 0, 60, 63)


def test_the_envelope_follows_its_generators(tmp_path: Path) -> None:
    # delay 0.25 s, attack 0.5 s, hold 1 s, decay 100 dB in 2 s, sustain −20 dB: 8.1.2's timecents and centibels
    generators = ((33, -2400), (34, -1200), (35, 0), (36, 1200), (37, 200))
    font = SoundFont(written(tmp_path, tiny_soundfont(pcm(), end=LENGTH, generators=generators)))
    (voice,) = font.voices(0, 0, 69, 100)
    gain = held_envelope(voice.envelope, 0, 4000, 1000)
    assert gain[[0, 249, 500, 749, 1000, 1740]] == pytest.approx([0, 0, 0.5, 1, 1, 1], abs=3e-3)
    assert 20 * np.log10(gain[[1950, 2150, 3999]]) == pytest.approx([-10, -20, -20], abs=0.1)


def test_vorbis_samples_are_read(tmp_path: Path) -> None:
    encoded = io.BytesIO()
    soundfile.write(encoded, sine(), RATE, format="OGG", subtype="VORBIS")
    data = encoded.getvalue()
    path = written(tmp_path, tiny_soundfont(data, end=len(data), vorbis=True))
    assert frequency_hz(played(path, 69)) == pytest.approx(1000, abs=1)


def test_the_one_that_comes_with_pretty_midi_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMSYNC_SOUNDFONT", raising=False)
    assert find_soundfont().name == "TimGM6mb.sf2"


def test_explicit_goes_before_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = written(tmp_path, tiny_soundfont(pcm(), end=LENGTH))
    monkeypatch.setenv("EMSYNC_SOUNDFONT", str(tiny))
    assert find_soundfont() == tiny
    other = tmp_path / "other.sf2"
    other.write_bytes(tiny.read_bytes())
    assert find_soundfont(other) == other


def test_a_missing_one_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMSYNC_SOUNDFONT", str(tmp_path / "none.sf2"))
    with pytest.raises(SoundFontError, match=r"no SoundFont at .*none\.sf2.*apt install"):
        find_soundfont()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"MThd" + bytes(100), "not a SoundFont"),
        (tiny_soundfont(pcm(), end=LENGTH)[:-50], "ends after"),
        (tiny_soundfont(pcm(), end=LENGTH).replace(b"shdr", b"xxxx"), "lacks the chunk 'shdr'"),
    ],
)
def test_damaged_files_are_refused_at_once(tmp_path: Path, data: bytes, words: str) -> None:
    path = written(tmp_path, data)
    with pytest.raises(SoundFontError, match=words):
        find_soundfont(path)


def test_a_sample_outside_the_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, tiny_soundfont(pcm(), end=LENGTH + 1))
    with pytest.raises(SoundFontError, match="outside its sample chunk"):
        SoundFontTables(path).sample(0)


def test_a_missing_instrument_is_named(tmp_path: Path) -> None:
    font = SoundFont(written(tmp_path, tiny_soundfont(pcm(), end=LENGTH)))
    with pytest.raises(SoundFontError, match="no General MIDI program 40"):
        font.voices(0, 40, 60, 100)
    with pytest.raises(SoundFontError, match="no drum kit"):
        font.voices(128, 0, 60, 100)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_is_a_soundfont_error_or_sound(tmp_path: Path, damage: list[tuple[int, int]]) -> None:
    data = bytearray(tiny_soundfont(pcm(), end=LENGTH))
    for place, value in damage:
        # the tables stand at the end
        data[len(data) - 1 - place % len(data)] = value
    path = written(tmp_path, bytes(data))
    try:
        font = SoundFont(path)
        cache = ToneCache(font, RATE)
        tones = [cache.tone(voice, 0, 1000) for voice in font.voices(0, 0, 69, 100)]
    except SoundFontError as error:
        assert "\n" not in str(error)
    else:
        assert all(np.all(np.isfinite(tone)) for tone in tones)
