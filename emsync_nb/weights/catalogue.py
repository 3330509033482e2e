"""The one table of model files.

Those that ship lie in `emsync_nb/models`. Those of others are frozen experts: their owners' terms stand in the table,
none is part of the package, and none is needed, for the built-in experts answer without them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from emsync_nb.errors import WeightsError

#: names a checkpoint to use in place of the shipped one
CHECKPOINT_VARIABLE = "EMSYNC_CHECKPOINT"
_SHIPPED_FOLDER = Path(__file__).parents[1] / "models"
_OUR_LICENCE = "GPL-3.0-or-later"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file and its terms."""

    #: what it is called on the command line and in code
    name: str
    purpose: str
    #: what it is called on disk, wherever it lies; of a folder, the folder
    file_name: str
    licence: str
    #: the paper or the project to cite
    citation: str
    #: 64 hexadecimal digits; empty for folders, of whose files none was to be had where this was written down
    sha256: str = ""
    #: bytes; 0 where the hash is not known
    size: int = 0
    #: where it is fetched from; empty for what ships
    address: str = ""
    #: whether the address has been fetched from and gave this very file
    verified: bool = False
    #: whether it is a folder of several files, which its own library fetches
    is_folder: bool = False

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with the package."""
        return not self.address

    @property
    def is_checked(self) -> bool:
        """Whether its size and SHA-256 are known, so that another file is told from it."""
        return bool(self.sha256)

    @property
    def path(self) -> Path:
        """Where it lies if it ships."""
        return _SHIPPED_FOLDER / self.file_name

    @property
    def is_present(self) -> bool:
        """Whether what ships is there."""
        return self.path.is_file()


GENERATOR = ModelFile(
    name="generator",
    purpose="composes the music",
    file_name="generator.safetensors",
    licence=f"{_OUR_LICENCE}; trained only on CC0, BSD-3, CC BY 4.0 and public-domain music (docs/model-card.md)",
    citation="docs/model-card.md",
    sha256="9ea9b528a16b0d2739572bc753f0cbb3ec9ab0908af2439e2a956fc2a915ead1",
    size=26_572_012,
)

WORDS = ModelFile(
    name="words",
    purpose="reads emotion from sentences that MiniLM has embedded; the words expert's trained layer",
    file_name="words.safetensors",
    licence=f"{_OUR_LICENCE}; trained on GoEmotions, Apache-2.0 (docs/words-card.md)",
    citation="docs/words-card.md",
    sha256="9584866f21c845959407f4c1306d147e32e50458d58668037d4b15553f0de621",
    size=514_050,
)

SCENE_HEAD = ModelFile(
    name="scene-head",
    purpose="says what people feel at what MobileNet v1 and v2 see",
    file_name="scene.safetensors",
    licence=f"{_OUR_LICENCE}; trained on OASIS's norms and its photographs from Pixabay (docs/scene-card.md)",
    citation="Kurdi, Lozano & Banaji 2017, OASIS, Behavior Research Methods 49, 457-470",
    sha256="1ae406ab0ae6abcbc26c30f5cd1d1681738313ea2c12e23c734ea0abcc2b0340",
    size=2_000_756,
)

FUSION = ModelFile(
    name="fusion",
    purpose="joins what the experts of emotion say",
    file_name="fusion.safetensors",
    licence=f"{_OUR_LICENCE}; trained on OASIS's norms, GoEmotions and music of our own (docs/fusion-card.md)",
    citation="docs/fusion-card.md",
    sha256="6fd905abd0f1859ff10a2becd686d08cff11dd76c6cdf7d3ec757c3461ed4301",
    size=32_244,
)

SHIPPED = (GENERATOR, WORDS, SCENE_HEAD, FUSION)

_MOBILENET_V1 = ModelFile(
    name="mobilenet-v1-embedding",
    purpose="describes a picture in 1,024 numbers; the scene expert's first eye",
    file_name="mobilenet_v1_1.0_224_quant_embedding_extractor.tflite",
    licence="Apache-2.0",
    citation="Howard et al. 2017, MobileNets, arXiv:1704.04861; google-coral/test_data",
    sha256="f409ef4f73fcbb9667841965623c5c8524aac33d41b9bf5f3667161fb4a76319",
    size=3_251_736,
    address="https://raw.githubusercontent.com/google-coral/test_data/master/"
    "mobilenet_v1_1.0_224_quant_embedding_extractor.tflite",
)
_MOBILENET_V2 = ModelFile(
    name="mobilenet-v2",
    purpose="names what a picture shows, of 1,000 ImageNet classes; the scene expert's second eye",
    file_name="mobilenet_v2_1.0_224_quant.tflite",
    licence="Apache-2.0",
    citation="Sandler et al. 2018, MobileNetV2, arXiv:1801.04381; tensorflow/tflite-support",
    sha256="f08d447cde49b4e0446428aa921aff0a14ea589fa9c5817b31f83128e9a43c1d",
    size=3_577_760,
    address="https://raw.githubusercontent.com/tensorflow/tflite-support/master/tensorflow_lite_support/"
    "metadata/python/tests/testdata/image_classifier/mobilenet_v2_1.0_224_quant.tflite",
)
_YAMNET = ModelFile(
    name="yamnet",
    purpose="tags sound with 521 AudioSet classes",
    file_name="yamnet_audio_classifier_with_metadata.tflite",
    licence="Apache-2.0",
    citation="Gemmeke et al. 2017, Audio Set, ICASSP; tensorflow/models, research/audioset/yamnet",
    sha256="10c95ea3eb9a7bb4cb8bddf6feb023250381008177ac162ce169694d05c317de",
    size=4_126_810,
    address="https://storage.googleapis.com/mediapipe-assets/tasks/testdata/audio/"
    "yamnet_audio_classifier_with_metadata.tflite",
)
_YUNET = ModelFile(
    name="yunet",
    purpose="finds faces",
    file_name="yunet_n_dynamic.onnx",
    licence="Apache-2.0",
    citation="Wu et al. 2023, YuNet, Machine Intelligence Research 20; ShiqiYu/libfacedetection.train",
    sha256="104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12",
    size=322_906,
    address="https://raw.githubusercontent.com/ShiqiYu/libfacedetection.train/master/onnx/yunet_n_dynamic.onnx",
)
_FACE_API = "https://raw.githubusercontent.com/justadudewhohacks/face-api.js/master/weights"
_FACE_MANIFEST = ModelFile(
    name="face-expression-manifest",
    purpose="says how the weights of the face-expression net lie in its shard",
    file_name="face_expression_model-weights_manifest.json",
    licence="MIT",
    citation="V. Mühler, justadudewhohacks/face-api.js",
    sha256="960cbe959fe0328965dd18662d839f197df6e27607da4f726cd0c826e47fc936",
    size=6_384,
    address=f"{_FACE_API}/face_expression_model-weights_manifest.json",
)
_FACE_SHARD = ModelFile(
    name="face-expression-shard",
    purpose="reads seven expressions from a face",
    file_name="face_expression_model-shard1",
    licence="MIT",
    citation="V. Mühler, justadudewhohacks/face-api.js",
    sha256="9a9840f2cf1f4c7eab95f197512569345c00d2426754d4608b92af30e0300f3d",
    size=329_468,
    address=f"{_FACE_API}/face_expression_model-shard1",
)
_CLIP = ModelFile(
    name="clip-ViT-B-32",
    purpose="describes a picture in 512 numbers; in MobileNet's place once a head has been trained for it",
    file_name="clip-ViT-B-32",
    licence="MIT (openai/CLIP)",
    citation="Radford et al. 2021, Learning transferable visual models, arXiv:2103.00020; sentence-transformers",
    address="https://huggingface.co/sentence-transformers/clip-ViT-B-32",
    is_folder=True,
)

_WHISPER = ModelFile(
    name="whisper-base",
    purpose="recognises speech, in the form that faster-whisper reads",
    file_name="faster-whisper-base",
    licence="MIT",
    citation="Radford et al. 2022, Robust speech recognition via large-scale weak supervision, arXiv:2212.04356; "
    "Systran",
    address="https://huggingface.co/Systran/faster-whisper-base",
    is_folder=True,
)

#: all of them. No address here has been tried: there was no internet where they were written down. The hashes are
#: of files that came from the projects named, and what does not match them is refused. Of CLIP and Whisper no file was
#: there to be hashed, and none is made up: these two folders are told to be unchecked wherever they are listed.
CATALOGUE = (
    *SHIPPED,
    _MOBILENET_V1,
    _MOBILENET_V2,
    _YAMNET,
    _YUNET,
    _FACE_MANIFEST,
    _FACE_SHARD,
    _CLIP,
    _WHISPER,
)


def entry(name: str) -> ModelFile:
    """The row of the table with this name.

    Raises:
        WeightsError: there is none.
    """
    for model in CATALOGUE:
        if model.name == name:
            return model
    names = ", ".join(model.name for model in CATALOGUE)
    raise WeightsError(f"No model file is called {name!r:.60}; there are {names}")


def generator_checkpoint() -> Path:
    """The checkpoint to compose with: `EMSYNC_CHECKPOINT` if set, else the shipped one."""
    chosen = os.environ.get(CHECKPOINT_VARIABLE)
    return Path(chosen) if chosen else GENERATOR.path
