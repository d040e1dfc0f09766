"""The keys of what the Wan generator decides about. Sessions hold them: they never change."""

from typing import Final

from engine.messages.events import Component

MODEL: Final = Component("wan model")
ATTENTION: Final = Component("wan attention")
ROW_KERNELS: Final = Component("wan row kernels")
FP8_PRODUCTS: Final = Component("wan fp8 products")
LINEAR_LAYERS: Final = Component("wan linear layers")
COMPILER: Final = Component("wan compiler")
CODEC_COMPILER: Final = Component("wan codec compiler")
GRAPHS: Final = Component("wan graphs")
DECODE_PATH: Final = Component("wan decode path")
LORA: Final = Component("wan LoRA")
CODEC: Final = Component("wan codec")
TEXT: Final = Component("wan text")
PROCESSES: Final = Component("wan processes")
