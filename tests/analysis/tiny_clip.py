"""CLIP as sentence-transformers keeps it, as wide as clip-ViT-B-32 where it answers and tiny elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def write_tiny_clip(folder: Path) -> None:
    """A layer of random weights each for pictures and for words, which it knows by their letters."""
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("sentence_transformers")
    inner = folder / "0_CLIPModel"
    inner.mkdir(parents=True)
    letters = [chr(code) for code in range(ord("!"), ord("~") + 1)]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    small = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {"vocab_size": len(tokens), "bos_token_id": len(tokens) - 2, "eos_token_id": len(tokens) - 1}
    config = transformers.CLIPConfig(
        text_config=small | text | {"projection_dim": 512},
        vision_config=small | {"image_size": 224, "patch_size": 32, "projection_dim": 512},
        projection_dim=512,
    )
    transformers.CLIPModel(config).save_pretrained(inner)
    words = transformers.CLIPTokenizerFast(
        vocab={token: index for index, token in enumerate(tokens)}, merges=[]
    )
    transformers.CLIPProcessor(transformers.CLIPImageProcessor(), words).save_pretrained(inner)
    module = {"idx": 0, "name": "0", "path": inner.name, "type": "sentence_transformers.models.CLIPModel"}
    (folder / "modules.json").write_text(json.dumps([module]), encoding="utf-8")
