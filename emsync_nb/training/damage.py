"""What numpy raises where a file of arrays is damaged: there is no one error for it."""

from __future__ import annotations

import tokenize
import zipfile
import zlib

#: all that a damaged .npy or .npz file, or what is made of its arrays, may raise in numpy, its reader of headers
#: (which tries to mend old ones with Python's tokenizer) and zipfile
DAMAGES = (
    *(OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, ArithmeticError),
    *(MemoryError, zipfile.BadZipFile, zlib.error, tokenize.TokenError),
)
