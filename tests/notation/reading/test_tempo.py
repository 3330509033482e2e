"""Metronome marks, numbers for playback and words become the mean tempo of every bar."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("lxml")

from emsync_nb.notation.reading.musicxml_table import read_musicxml
from emsync_nb.notation.reading.tempo import DEFAULT_BPM, FASTEST_BPM, SLOWEST_BPM
from emsync_nb.notation.reading.tempo_words import MOOD_WORDS, TEMPO_WORDS, tempo_word
from tests.written_scores import ATTRIBUTES, measure, metronome, note, words

WriteScore = Callable[..., Path]
BAR = note("C", 4, 4)


def tempi(write_score: WriteScore, *bars: str, meter: tuple[int, int] = (4, 4)) -> list[float]:
    """Mean tempi of bars, one after the other, each with what is given at its beginning."""
    length = 16 * meter[0] // meter[1]
    music = [
        measure(i + 1, ATTRIBUTES.format(4, *meter) if i == 0 else "", signs, note("C", 4, length))
        for i, signs in enumerate(bars)
    ]
    return read_musicxml(write_score({"Piano": "".join(music)})).bar_bpm.tolist()


@pytest.mark.parametrize(
    ("sign", "bpm"),
    [
        (metronome("quarter", "72"), 72),
        (metronome("half", "60"), 120),
        (metronome("eighth", "144"), 72),
        (metronome("quarter", "60", dots=1), 90),
        (metronome("half", "40", dots=1), 120),
        (metronome("quarter", "40", dots=2), 70),
        (metronome("quarter", "ca. 66"), 66),
        (metronome("quarter", "60-66"), 63),
        (metronome("quarter", "69,5"), 69.5),
        (metronome("quarter", "120"), 120),
        (metronome("quarter", "72", sound='tempo="100"'), 72),
        (metronome("quarter", "", sound='tempo="100"'), 100),
        (metronome("", "84", sound='tempo="100"'), 100),
        (metronome("quarter", "fast"), DEFAULT_BPM),
        (words("Adagio", sound='tempo="58"'), 58),
        (words("Allegro") + metronome("half", "80"), 160),
        (metronome("quarter", "9999"), FASTEST_BPM),
        (metronome("quarter", "1"), SLOWEST_BPM),
        ('<sound tempo="88"/>', 88),
        ('<sound tempo="0"/>', DEFAULT_BPM),
    ],
)
def test_numbers_beat_words(write_score: WriteScore, sign: str, bpm: float) -> None:
    assert tempi(write_score, sign) == pytest.approx([bpm])


def test_a_default_that_nobody_wrote_is_no_tempo(write_score: WriteScore) -> None:
    assert tempi(write_score, words("Adagio", sound='tempo="120"')) == [68]
    assert tempi(write_score, '<sound tempo="120"/>') == [DEFAULT_BPM]


#: in 4/4, in quarters a minute
WORDS = {
    "Grave": 41, "Largo": 50, "Larghetto": 63, "Adagio": 68, "Lento": 57, "Andante": 92, "Andantino": 96,
    "Moderato": 110, "Allegretto": 110, "Allegro": 136, "Vivace": 146, "Presto": 184, "Prestissimo": 204,
    "Langsam": 57, "Mäßig": 110, "Mässig.": 110, "Lebhaft": 146, "Schnell": 146, "Lent": 57, "Vite": 146,
    "Slowly": 57, "Lively": 146, "Quick": 146, "Ruhig": 67, "Innig": 67, "Bewegt": 111,
}  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_words_have_the_middle_of_their_range(write_score: WriteScore, word: str) -> None:
    assert tempi(write_score, words(word)) == [WORDS[word]]


@pytest.mark.parametrize(
    ("slower", "faster"),
    [
        ("Allegro ma non troppo", "Allegro"),
        ("Allegro", "Allegro assai"),
        ("Un poco allegro", "Allegro"),
        ("Nicht zu schnell", "Schnell"),
        ("Schnell", "Sehr schnell"),
        ("Sehr langsam", "Langsam"),
        ("Adagio assai", "Adagio"),
        ("Adagio", "Adagio ma non troppo"),
        ("Langsam", "Etwas langsam"),
        ("Très lent", "Lent"),
        ("Pas trop vite", "Vite"),
        ("Andante", "Andante con moto"),
    ],
)
def test_modifiers_move_a_word_within_its_kind(slower: str, faster: str) -> None:
    low, high = tempo_word(slower), tempo_word(faster)
    assert low is not None
    assert high is not None
    assert low.value < high.value


def test_the_beat_is_what_the_meter_counts(write_score: WriteScore) -> None:
    common = tempi(write_score, words("Allegro"))[0]
    assert tempi(write_score, words("Allegro"), meter=(6, 8)) == pytest.approx([common * math.sqrt(1.5)])
    assert tempi(write_score, words("Allegro"), meter=(2, 2)) == pytest.approx([common * math.sqrt(2)])
    assert tempi(write_score, words("Allegro"), meter=(3, 8)) == pytest.approx([common * math.sqrt(0.5)])


@pytest.mark.parametrize("word", ["dolce", "con sordino", "Trio", "senza rit.", "sans presser", "pizz."])
def test_other_words_are_no_tempo(word: str) -> None:
    assert tempo_word(word) is None


def test_relative_words_compare_with_the_tempo_before(write_score: WriteScore) -> None:
    quicker = tempi(write_score, metronome("quarter", "100"), words("più mosso"), words("meno mosso"))
    assert quicker == pytest.approx([100, 115, 115 * 0.85])
    assert tempi(write_score, metronome("quarter", "100"), words("poco più mosso"))[1] == pytest.approx(107.5)


def test_tempo_primo_is_the_first_and_a_tempo_the_one_before(write_score: WriteScore) -> None:
    first, second = metronome("quarter", "100"), metronome("quarter", "60")
    played = tempi(write_score, first, second, words("rit."), words("a tempo"), words("Tempo I"))
    assert played[3:] == [60, 100]
    assert 45 < played[2] < 60


@pytest.mark.parametrize(
    "word", ["rit.", "ritardando", "rall.", "rallentando", "ritenuto", "allargando", "zögernd", "cédez"]
)
def test_a_ritardando_falls_by_and_by_to_the_next_mark(write_score: WriteScore, word: str) -> None:
    played = tempi(write_score, metronome("quarter", "80"), words(word), "", metronome("quarter", "80"))
    # straight from 80 to 60 over eight quarters: the mean of a bar is its span over a logarithm
    assert played == pytest.approx([80, 10 / math.log(80 / 70), 10 / math.log(70 / 60), 80])


@pytest.mark.parametrize(
    "word", ["accel.", "accelerando", "stringendo", "string.", "animez", "beschleunigend"]
)
def test_an_accelerando_leads_to_the_next_tempo(write_score: WriteScore, word: str) -> None:
    played = tempi(write_score, metronome("quarter", "80"), words(word), "", metronome("quarter", "160"))
    assert played == pytest.approx([80, 40 / math.log(120 / 80), 40 / math.log(160 / 120), 160])


def test_a_ritardando_that_nothing_ends_is_over_after_four_bars(write_score: WriteScore) -> None:
    played = tempi(write_score, metronome("quarter", "80"), words("rit."), *[""] * 5)
    assert played[1:5] == sorted(played[1:5], reverse=True)
    assert played[5:] == [80, 80]


def test_ritardandi_in_a_row_do_not_stop_the_music(write_score: WriteScore) -> None:
    played = tempi(write_score, metronome("quarter", "80"), *[words("molto rit.")] * 12)
    assert min(played) >= 40


def test_a_mood_is_a_tempo_only_at_the_beginning(write_score: WriteScore) -> None:
    assert tempi(write_score, words("Ruhig"), words("innig")) == [67, 67]
    assert tempi(write_score, metronome("quarter", "100"), words("grazioso")) == [100, 100]


@given(st.text(max_size=40))
def test_any_words_can_be_asked(text: str) -> None:
    found = tempo_word(text)
    assert found is None or 0 <= found.value <= 210


def test_ranges_are_ranges() -> None:
    for _, slowest, fastest in (*TEMPO_WORDS, *MOOD_WORDS):
        assert SLOWEST_BPM < slowest < fastest < FASTEST_BPM
