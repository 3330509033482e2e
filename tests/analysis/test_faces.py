"""Faces: drawn ones, photographs that people named, none at all, and what the tracks make of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from emsync_nb.analysis.expert import Opinion, Unavailable
from emsync_nb.analysis.face_detection import Face, FaceDetector, cropped
from emsync_nb.analysis.face_expression import EXPRESSIONS
from emsync_nb.analysis.faces import LOOK_S, FaceExpert
from emsync_nb.analysis.glance import Glance
from emsync_nb.analysis.timeline import grid
from emsync_nb.domain import Boundary, Frame
from emsync_nb.errors import CheckpointError, WeightsError
from tests.analysis.drawn_face import drawn_face

if TYPE_CHECKING:
    from tests.analysis.conftest import Picture, Studio

FPS = 6
BLACK = np.zeros((144, 256, 3), dtype=np.uint8)
FILES_MISSING = (
    r"^The model files yunet, face-expression-manifest and face-expression-shard are not here\. "
    "Run: emsync weights fetch, or set EMSYNC_WEIGHTS to a folder that holds them$"
)


def judge(
    pictures: Sequence[Picture], cuts: Sequence[Boundary] = (), expert: FaceExpert | None = None
) -> Opinion:
    expert = expert or FaceExpert()
    for number, picture in enumerate(pictures):
        expert.see(Glance.of(Frame(number, Fraction(number, FPS), picture)))
    return expert.judge(grid(len(pictures) / FPS), cuts)


class Scripted:
    """Eyes that find what a script says, look by look, and read what it says."""

    def __init__(self, *looks: Sequence[tuple[float, str]]) -> None:
        self._looks = list(looks)
        self._next: list[str] = []
        self.count = 0

    def find(self, rgb: NDArray[np.uint8], most: int) -> list[Face]:
        look = self._looks[min(self.count, len(self._looks) - 1)]
        self.count += 1
        self._next = [name for _, name in look]
        return [Face(left, 40, 50, 60, 0.95) for left, _ in look][:most]

    def read(self, faces: NDArray[np.uint8]) -> NDArray[np.float64]:
        assert faces.shape == (len(self._next), 112, 112, 3)
        return np.array([np.eye(len(EXPRESSIONS))[EXPRESSIONS.index(name)] for name in self._next])


def scripted(
    *looks: Sequence[tuple[float, str]], cuts: Sequence[Boundary] = (), pictures: int = 48
) -> Opinion:
    eyes = Scripted(*looks)
    return judge([BLACK] * pictures, cuts, FaceExpert(lambda: eyes))


def test_a_happy_face_pleases_and_a_sad_one_does_not() -> None:
    happy, sad = scripted([(100, "happy")]), scripted([(100, "sad")])
    assert happy.valence.min() > 0.5 > -0.3 > sad.valence.max()
    assert happy.ekman is not None
    assert happy.ekman[:, 3].min() > 0.8
    assert happy.valence_confidence.min() > 0.4


def test_a_neutral_face_is_in_the_middle_and_says_little() -> None:
    neutral, happy = scripted([(100, "neutral")]), scripted([(100, "happy")])
    assert np.abs(neutral.valence).max() < 0.1
    assert neutral.valence_confidence.max() < happy.valence_confidence.min() * 0.6


def test_a_cut_ends_a_track_and_nothing_is_averaged_across_it() -> None:
    # 12 looks of 1/3 s each, then the same place, another expression
    cut = Boundary(Fraction(4), "cut", 0.9)
    looks = [[(100.0, "happy")]] * 12 + [[(100.0, "sad")]] * 12
    hard, soft = scripted(*looks, cuts=(cut,)), scripted(*looks)
    assert hard.valence[15] == pytest.approx(hard.valence[0], abs=1e-6)
    assert hard.valence[16] == pytest.approx(hard.valence[-1], abs=1e-6)
    assert soft.valence[15] < hard.valence[15] - 0.1


def test_one_wrong_reading_among_many_is_outvoted() -> None:
    looks = [[(100.0, "happy")]] * 24
    looks[12] = [(100.0, "angry")]
    assert scripted(*looks).valence.min() > 0


def test_where_the_face_has_gone_nothing_is_said() -> None:
    opinion = scripted(*[[(100.0, "happy")]] * 6, [])
    assert opinion.valence_confidence[4] > 0.4
    assert not opinion.valence_confidence[12:].any()
    assert opinion.ekman is not None
    assert opinion.ekman[-1] == pytest.approx(np.full(6, 1 / 6))


def test_evidence_says_where_what_and_how_sure() -> None:
    opinion = scripted([(10, "happy"), (190, "angry")])
    assert [item.words for item in opinion.evidence][:2] == [
        "face left, happy 0.87",
        "face right, angry 0.87",
    ]
    assert opinion.evidence[0].time_s == 0


def test_it_looks_three_times_a_second_whatever_the_frame_rate() -> None:
    eyes = Scripted([(100, "happy")])
    expert = FaceExpert(lambda: eyes)
    for number in range(241):
        expert.see(Glance.of(Frame(number, Fraction(number, 120), BLACK)))
    assert eyes.count == round(2 / LOOK_S) + 1


@pytest.mark.parametrize("change", [{"score": 0.8}, {"aside": 0.5}, {"height": 12}], ids=str)
def test_doubtful_hidden_and_tiny_faces_are_not_trusted(change: dict[str, float]) -> None:
    class One(Scripted):
        def find(self, rgb: NDArray[np.uint8], most: int) -> list[Face]:
            return [replace(face, **change) for face in super().find(rgb, most)]

    opinion = judge([BLACK] * 12, (), FaceExpert(lambda: One([(100, "happy")])))
    assert not opinion.valence_confidence.any()
    assert opinion.evidence == ()


def test_films_without_frames_or_faces_are_no_opinion() -> None:
    with pytest.raises(Unavailable, match="no face was found in 0 looks"):
        FaceExpert().judge(grid(2), ())
    with pytest.raises(Unavailable, match="no face was found in 24 looks"):
        scripted([])


@pytest.mark.usefixtures("no_weights")
def test_a_missing_model_is_told_with_its_remedy(studio: Studio) -> None:
    with pytest.raises(Unavailable, match=FILES_MISSING):
        judge([studio.scene(1)] * 6)


def test_a_missing_file_is_looked_for_once() -> None:
    calls: list[int] = []

    def none() -> Scripted:
        calls.append(1)
        raise WeightsError("The model file yunet is not here. Fetch it")

    with pytest.raises(Unavailable, match="Fetch it"):
        judge([BLACK] * 12, (), FaceExpert(none))
    assert len(calls) == 1


@pytest.mark.data
@pytest.mark.usefixtures("expert_weights")
@pytest.mark.parametrize("size", [60, 110])
def test_a_drawn_smile_pleases_more_than_a_drawn_frown(size: int) -> None:
    smile, frown = (judge([drawn_face(mood, size)] * 6) for mood in (1, -1))
    assert smile.valence.mean() > 0.5
    assert smile.valence.mean() > frown.valence.mean() + 0.5


@pytest.mark.data
@pytest.mark.usefixtures("expert_weights")
def test_black_noise_and_scenes_hold_no_face(studio: Studio) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (144, 256, 3)).astype(np.uint8)
    with pytest.raises(Unavailable, match="no face was found"):
        judge([BLACK, BLACK, noise, noise, studio.scene(0), studio.scene(0)])


@pytest.mark.data
@pytest.mark.usefixtures("expert_weights")
def test_of_forty_faces_the_two_largest_are_read() -> None:
    crowd = np.vstack([np.hstack([drawn_face(1, 34, shape=(48, 48))] * 10)] * 3)
    crowd = np.vstack(
        [crowd, np.hstack([drawn_face(1, 70, shape=(96, 240)), drawn_face(1, 60, shape=(96, 240))])]
    )
    expert = FaceExpert()
    opinion = judge([crowd] * 6, (), expert)
    assert expert.note == "6 faces in 3 looks"
    assert {item.words[:10] for item in opinion.evidence} == {"face left,", "face right"}


#: photographs of OASIS, and what people see in them: plain cases, some of each kind
NAMED = {
    "Happy_face_2": {"happy"},
    "Excited_face_3": {"happy"},
    "Excited_face_5": {"happy"},
    "Mother_8": {"happy"},
    "Sad_face_1": {"sad"},
    "Sad_face_2": {"sad"},
    "Baby_7": {"sad", "angry"},
    "Neutral_face_5": {"neutral"},
    "Scared_face_2": {"fearful", "surprised"},
    "Surprise_2": {"surprised", "happy", "fearful"},
}


@pytest.mark.data
@pytest.mark.usefixtures("expert_weights")
def test_photographs_are_read_as_people_name_them(data_file: Callable[[str], Path]) -> None:
    right = 0
    for name, seen in NAMED.items():
        picture = cv2.imread(str(data_file(f"images/oasis_pixabay/{name}.jpg")))
        opinion = judge([cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)] * 2)
        right += any(word in item.words for item in opinion.evidence for word in seen)
    assert right >= 8


def _aslant(picture: Picture, face: Face, degrees: float) -> Picture:
    """The picture turned clockwise around the middle of a face."""
    middle = (face.left + face.width / 2, face.top + face.height / 2)
    turn = cv2.getRotationMatrix2D(middle, -degrees, 1)
    turned = cv2.warpAffine(picture, turn, picture.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, dtype=np.uint8)


@pytest.mark.parametrize("degrees", [-40, 15, 90])
def test_a_face_that_is_known_to_be_aslant_is_cut_out_upright(degrees: int) -> None:
    picture, face = drawn_face(1, 90, shape=(240, 320)), Face(125, 70, 70, 95, 0.9)
    upright = cropped(picture, face, 112).astype(float)
    other = cropped(_aslant(picture, face, degrees), replace(face, roll=float(np.radians(degrees))), 112)
    assert np.abs(upright - other).mean() < 4
    assert np.abs(upright - cropped(_aslant(picture, face, degrees), face, 112)).mean() > 8


@pytest.mark.data
@pytest.mark.parametrize("degrees", [-20, 20])
def test_the_detector_sees_which_way_a_head_is_held(
    expert_weights: Path, data_file: Callable[[str], Path], degrees: int
) -> None:
    # it tells about two thirds of the angle
    detector = FaceDetector(expert_weights / "yunet_n_dynamic.onnx")
    picture = cv2.cvtColor(
        cv2.imread(str(data_file("images/oasis_pixabay/Neutral_face_3.jpg"))), cv2.COLOR_BGR2RGB
    )
    (straight,) = detector.find(picture, 1)
    (held,) = detector.find(_aslant(picture, straight, degrees), 1)
    assert 0.3 < np.degrees(held.roll - straight.roll) / degrees < 1.3
    assert max(straight.aside, held.aside) < 0.2


@pytest.mark.data
def test_one_who_looks_aside_is_told_from_one_who_does_not(
    expert_weights: Path, data_file: Callable[[str], Path]
) -> None:
    detector = FaceDetector(expert_weights / "yunet_n_dynamic.onnx")
    path = data_file("images/oasis_pixabay/Mother_6.jpg")
    mother, baby = detector.find(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), 2)
    assert max(mother.aside, baby.aside) > 0.4
    assert min(mother.aside, baby.aside) < 0.15


@pytest.mark.data
def test_pictures_of_any_size_are_searched(expert_weights: Path) -> None:
    detector = FaceDetector(expert_weights / "yunet_n_dynamic.onnx")
    for shape in ((1, 1), (2, 700), (1080, 1920)):
        assert detector.find(np.zeros((*shape, 3), np.uint8), 2) == []
    (large,) = detector.find(cv2.resize(drawn_face(1, 110), (1536, 864)), 2)
    (small,) = detector.find(drawn_face(1, 110), 2)
    assert large.width == pytest.approx(6 * small.width, rel=0.2)
    assert large.left == pytest.approx(6 * small.left, rel=0.2)


@pytest.mark.parametrize("content", [b"", b"not a network", bytes(5000)], ids=["empty", "text", "zeros"])
def test_what_is_no_detector_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "face.onnx"
    path.write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        FaceDetector(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(CheckpointError, match="cannot be read"):
        FaceDetector(tmp_path / "gone.onnx")


@pytest.mark.data
def test_half_a_detector_and_another_network_are_refused(expert_weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "face.onnx"
    path.write_bytes((expert_weights / "yunet_n_dynamic.onnx").read_bytes()[:150_000])
    with pytest.raises(CheckpointError, match="not a face detector that OpenCV can run"):
        FaceDetector(path)
