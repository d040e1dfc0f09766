"""Attention: one interface, a reference, and every fast kernel that this machine computes correctly."""

from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.attention.choose import ATTENTION_TOLERANCE, choose_attention
from engine.generators.wan.attention.merge import attend_biased, merge
from engine.generators.wan.attention.reference import MathAttention
from engine.generators.wan.device.numerics import relative_error

__all__ = [
    "ATTENTION_TOLERANCE",
    "AttentionBackend",
    "MathAttention",
    "attend_biased",
    "choose_attention",
    "merge",
    "relative_error",
]
