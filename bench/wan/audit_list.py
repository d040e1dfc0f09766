"""What a chunk may move, wait for, convert and copy, function by function, and why. Anything else fails the audit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.wan.audit_watch import Kind, Move

ANY_NUMBER: Final = 1 << 30
"""Of what grows with layers and passes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One kind of thing that one function may do.

    Attributes:
        module: e.g. "engine/generators/wan/video.py"; function: qualified by its class, "" for all of the module.
        most: times in a chunk.
    """

    kind: Kind
    module: str
    function: str
    reason: str
    most: int = ANY_NUMBER

    def covers(self, move: Move) -> bool:
        """Return whether this allows a move, however often."""
        place = move.place
        here = self.module == place.module and self.function in ("", place.function)
        return here and self.kind is move.kind


_WAN: Final = "engine/generators/wan/"
_GENERATORS: Final = "engine/generators/"


def _of(
    module: str, *entries: tuple[Kind, str, str] | tuple[Kind, str, str, int], room: str = _WAN
) -> Iterator[Allowance]:
    for kind, function, reason, *most in entries:
        limit = most[0] if most else ANY_NUMBER
        yield Allowance(kind=kind, module=f"{room}{module}", function=function, reason=reason, most=limit)


_TRANSFER, _WAIT, _CONVERSION, _COPY = Kind.TRANSFER, Kind.WAIT, Kind.CONVERSION, Kind.COPY
_FLOAT32: Final = "norms, gates and angles in float32; compiled, it happens in registers"

ALLOWED: Final = (
    *_of(
        "transfers.py",
        (_TRANSFER, "on_device", "the input's pictures and two depth maps go up, and a prompt that is new", 3),
        (_COPY, "on_device", "into page-locked memory, which the GPU reads by itself", 3),
        (_TRANSFER, "OnHost.__init__", "the pictures come down, with one word on whether they are numbers", 2),
        (_WAIT, "OnHost.wait", "the pictures are there; the GPU still makes the block the past", 1),
        room=_GENERATORS,
    ),
    *_of(
        "device/run_ahead.py",
        (
            _WAIT,
            "RunAheadLimiter.step",
            "the host runs one step ahead of the GPU and no further, or an abort would come too late",
        ),
    ),
    *_of(
        "sampling/noise.py",
        (_TRANSFER, "NoiseBuffer.draw", "noise is drawn on the host, to be the same on every machine; not waited for"),
        (_WAIT, "NoiseBuffer.draw", "for the upload of the chunk before, long done, before its memory is filled again"),
    ),
    *_of(
        "sampling/sampler.py",
        (_CONVERSION, "BlockSampler.steps", "the encoded input joins latents in float32", 1),
    ),
    *_of(
        "sampling/context.py",
        (
            _COPY,
            "RecachedPass.finish",
            "latents that the past is made anew from: a few kilobytes, kept beyond the chunk",
        ),
    ),
    *_of(
        "video.py",
        (_CONVERSION, "_rgbx", "pictures are bytes"),
        (_CONVERSION, "WanVideo._decode", "latents are float32, the decoder's type is its own", 1),
        (_COPY, "WanVideo._decode", "latents laid out for the decoder; Krea's context keeps the first picture", 2),
        (_WAIT, "WanVideo.chunk", "reads a word that is on the host by then", 1),
    ),
    *_of(
        "conditioning.py",
        (_CONVERSION, "InputVideo._encode", "pictures are bytes", 1),
        (_CONVERSION, "DepthVideo.control", "maps travel in float32", 1),
    ),
    *_of(
        "text/encoder.py",
        (_COPY, "StandInTexts._embed", "on the host, the first time that a text is seen"),
    ),
    *_of(
        "text/embeddings.py",
        (_WAIT, "check_embedding", "when the prompt changes, and of host memory", 1),
        (_COPY, "blend_embeddings", "on the host, when the prompt changes: the caller's text is not to be written", 1),
        (_CONVERSION, "blend_embeddings", "on the host, when the prompt changes: texts are mixed in float32"),
    ),
    *_of(
        "model/vace.py",
        (_CONVERSION, "Hints.__init__", "one number a pass"),
        (_COPY, "depth_control", "both halves of the branch's input into its buffer", 2),
        (_COPY, "patches", "pixels gathered into tokens: the input of a matrix product"),
    ),
    *_of(
        "model/transformer.py",
        (_CONVERSION, "CausalWan._sinusoid", "angles of a few timesteps, in float64 as in Wan 2.1"),
        (_CONVERSION, "CausalWan.encode_text", "when the prompt changes: its embedding", 1),
        (_CONVERSION, "CausalWan._begin", "latents stay float32 between passes, and time is worked out in float32"),
        (_CONVERSION, "CausalWan.forward", "the head works in float32"),
        (_COPY, "CausalWan.forward", "tokens scattered back into pixels, and the next pass reads them whole"),
    ),
    *_of(
        "model/blocks.py",
        (_CONVERSION, "RmsNorm.forward", _FLOAT32),
        (_COPY, "CrossAttention.project", "when the prompt changes: its keys and values to their place"),
    ),
    *_of(
        "model/linear.py",
        (_COPY, "Linear.after_modulation", "values to their place in the window"),
    ),
    *_of(
        "kernels/matmul_fp8.py",
        (_COPY, "PlainProduct.into", "the same, of a library's product in fp8; ours writes them there"),
    ),
    *_of(
        "kernels/rows.py",
        (_CONVERSION, "", _FLOAT32 + "; fp8 is written for the product behind it"),
        (_COPY, "", "queries and keys to their place; compiled, by the kernel that makes them"),
    ),
    *_of(
        "kernels/rope.py",
        (_CONVERSION, "rotate", _FLOAT32),
        (_CONVERSION, "turn", "the sink is turned in float32, once a block"),
        (
            _CONVERSION,
            "RotaryTables.move_to",
            "once a block: angles are worked out in float64, so that time never ends",
        ),
        (_CONVERSION, "RotaryTables.shift", "the same for the sink"),
        (_COPY, "RotaryTables.shift", "some twenty angles, once a block"),
    ),
    *_of(
        "attention/merge.py",
        (_CONVERSION, "merge", "two softmaxes are put together in float32, while the past is played down"),
    ),
    *_of(
        "sampling/kv_cache.py",
        (_COPY, "KVCache._copy_block", "the finished block becomes the past: keys and values of all layers"),
        (_COPY, "KVCache._order_ring", "a past that is made anew is put in order, once each block of it"),
        (_COPY, "KVCache._pin", "the sink's keys are kept as they were made, in the first chunks of a scene", 1),
        (_COPY, "KVCache._turn_sink", "the sink's keys, turned to where the window is now"),
        (_CONVERSION, "KVCache._turn_sink", "the same: they are turned in float32"),
    ),
    *_of(
        "sampling/context.py",
        (_COPY, "Recompute.finish", "the clean latents outlive the chunk"),
        (_CONVERSION, "Recompute.prepare", "the encoded picture joins latents in float32", 1),
    ),
    *_of(
        "codecs/history.py",
        (_COPY, "History.extend", "what each layer remembers, to its place"),
        (_COPY, "History.copies", "what the encoders remember, so that an abandoned chunk leaves no trace"),
    ),
    *_of(
        "codecs/layers.py",
        (_COPY, "unfold_time", "frames that came out as channels are put in their order"),
    ),
    *_of(
        "codecs/stream.py",
        (_COPY, "NetworkStream._groups", "laid out for convolutions: depth's channel thrice, Krea's first picture", 4),
        (_COPY, "NetworkStream._hold", "frames that wait for the rest of their group"),
    ),
    *_of(
        "codecs/wan_blocks.py",
        (_COPY, "Downsample.forward", "the first frame of a video is remembered"),
    ),
)
"""Everything that a chunk does besides computing."""
