"""Every registry at once: for listing what there is, what cannot run here, and what was left out."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.generators.registry import GENERATORS, card_faults
from engine.generators.wan.attention.registry import ATTENTION
from engine.generators.wan.families import FAMILIES
from engine.output.sinks.registry import SINKS
from engine.preprocess.registry import DEPTH, depth_card_faults
from engine.registry import Entry, Registry
from engine.sources.registry import SOURCES

REGISTRIES: Final[Mapping[str, Registry[Entry]]] = MappingProxyType(
    {
        "Generators": GENERATORS,
        "Sources": SOURCES,
        "Sinks": SINKS,
        "Depth estimators": DEPTH,
        "Attention kernels": ATTENTION,
        "Model families": FAMILIES,
    }
)
"""Every registry by what its entries are called."""


def extension_faults() -> tuple[str, ...]:
    """Return a sentence for every plug-in and every model card that is left out."""
    plugins = (str(fault) for registry in REGISTRIES.values() for fault in registry.faults())
    return (*plugins, *(str(fault) for fault in (*card_faults(), *depth_card_faults())))
