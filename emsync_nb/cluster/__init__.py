"""One function on many jobs: here, in several processes, or on a Dask cluster that is there already."""

from __future__ import annotations

from emsync_nb.cluster.sharing import results

__all__ = ["results"]
