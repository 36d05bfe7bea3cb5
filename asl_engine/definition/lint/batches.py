"""ItemBatcher of a Distributed Map."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asl_engine.definition.lint.rule import Mistake, Site

_SIZES: Final = frozenset(
    ("MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")
)


def item_batcher_needs_size(site: Site) -> Iterator[Mistake]:
    """ItemBatcher names a size (developer guide). AWS does not refuse it."""
    batcher = site.node.node.get("ItemBatcher")
    if site.node.type == "Map" and isinstance(batcher, dict) and not _SIZES & batcher.keys():
        hint = "write MaxItemsPerBatch or MaxInputBytesPerBatch"
        yield Mistake("ItemBatcher says nothing of the size of a batch", hint, at=("ItemBatcher",))
