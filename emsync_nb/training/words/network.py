"""`emsync_nb.analysis.words.head` once more, in torch, to be trained."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from emsync_nb.analysis.words.features import TONES, Features, Hashes
from emsync_nb.analysis.words.head import WordsHead
from emsync_nb.analysis.words.labels import FINE, SEVEN
from emsync_nb.text_embedding import DIMENSIONS
from emsync_nb.training.words.settings import WordsSettings

_LABELS = len(SEVEN) + len(FINE)
_DECAY = (1e-4, 1e-5)


class WordsNetwork(nn.Module):
    """A hidden layer, and a weight for each term and label; mirrors `WordsHead.__call__` (tested to agree)."""

    def __init__(self, settings: WordsSettings, terms: int) -> None:
        super().__init__()
        self.settings = settings
        self.hidden = nn.Linear(DIMENSIONS + len(TONES), settings.hidden)
        self.out = nn.Linear(settings.hidden, _LABELS)
        # the last row stands for words that tell nothing
        self.words = nn.EmbeddingBag(terms + 1, _LABELS, mode="sum", padding_idx=terms)
        nn.init.zeros_(self.words.weight)

    def known(self, told: Features, terms: Hashes) -> tuple[Tensor, Tensor]:
        """(n, 388) numbers for the hidden layer, and (n, MAX_TERMS) rows of the known terms."""
        places = np.minimum(np.searchsorted(terms, told.terms), terms.size - 1)
        is_known = (terms[places] == told.terms) & (told.terms > 0)
        deep = np.hstack([told.vectors * self.settings.scale, told.tone]).astype(np.float32)
        return torch.from_numpy(deep), torch.from_numpy(np.where(is_known, places, terms.size))

    def forward(self, deep: Tensor, words: Tensor) -> Tensor:
        """(n, 7 + 28) logits."""
        if self.training:
            dropped = torch.rand(words.shape) < self.settings.word_dropout
            words = torch.where(dropped, self.words.num_embeddings - 1, words)
        heard = functional.dropout(torch.relu(self.hidden(deep)), self.settings.dropout, self.training)
        logits: Tensor = self.out(heard) + self.words(words)
        return logits

    def optimiser(self, steps: int) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
        """AdamW, with rates that rise and fall once (Smith & Topin 2019)."""
        deep = [*self.hidden.parameters(), *self.out.parameters()]
        rates = [self.settings.rate, self.settings.word_rate]
        groups = [
            {"params": params, "lr": rate, "weight_decay": decay}
            for params, rate, decay in zip((deep, self.words.parameters()), rates, _DECAY, strict=True)
        ]
        optimiser = torch.optim.AdamW(groups)
        return optimiser, torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, total_steps=steps + 1)

    def head(self, terms: Hashes) -> WordsHead:
        """The layers for numpy, with temperatures of 1 and thresholds of a half."""
        hidden = self.hidden.weight.detach().numpy().T.copy()
        hidden[:DIMENSIONS] *= self.settings.scale
        return WordsHead(
            hidden,
            self.hidden.bias.detach().numpy().copy(),
            self.out.weight.detach().numpy().T.copy(),
            self.out.bias.detach().numpy().copy(),
            terms,
            self.words.weight.detach().numpy()[:-1].copy(),
            np.ones(2, dtype=np.float32),
            np.full(len(FINE), 0.5, dtype=np.float32),
        )
