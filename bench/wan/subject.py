"""What is measured: the transformer, its sampler and a codec, with random weights, put together as for a show."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import torch
from torch import Tensor

from bench.wan.options import WanBenchOptions
from bench.wan.timing import Mark, fastest_ms, mark
from bench.wan.work import Work, pass_work
from engine.errors import GeneratorError
from engine.generators.base import ChunkKey
from engine.generators.wan.acceleration.compile_stages import compile_blocks, uncompiled
from engine.generators.wan.acceleration.graphed_pass import GraphedPass
from engine.generators.wan.acceleration.graphed_stream import GraphedStream
from engine.generators.wan.acceleration.quantise import quantise
from engine.generators.wan.attention.base import AttentionBackend
from engine.generators.wan.attention.choose import choose_attention
from engine.generators.wan.cards import Compilation
from engine.generators.wan.codecs.base import SPATIAL_STRIDE, TEMPORAL_STRIDE, CodecStream
from engine.generators.wan.codecs.codec import CodecConfig, VideoCodec, random_codec
from engine.generators.wan.codecs.taehv import TAEW2_1
from engine.generators.wan.codecs.wan_vae import LIGHT_VAE, WAN_VAE
from engine.generators.wan.device.graph_capture import CallAgain, CudaRecorder, Recorder
from engine.generators.wan.device.numerics import relative_error
from engine.generators.wan.device.side_stream import SideStream
from engine.generators.wan.dims import CONTROL_CHANNELS, LATENT_CHANNELS
from engine.generators.wan.kernels.matmul_fp8 import CANDIDATES, TORCH_PRODUCT, choose_product
from engine.generators.wan.kernels.rows import RowKernels, TorchRows, choose_rows
from engine.generators.wan.loading.random_weights import fill_random
from engine.generators.wan.model.blocks import AttentionBias, KeyValues
from engine.generators.wan.model.transformer import CausalWan
from engine.generators.wan.model.vace import Control, depth_control
from engine.generators.wan.recipes import ContextKind
from engine.generators.wan.sampling.kv_cache import KVCache
from engine.generators.wan.sampling.sampler import BlockRequest, BlockSampler, DenoisePass, EagerPass, schedule
from engine.messages.events import BackendChoice

SEED: Final = 0
_PAST: Final = 0.5
"""Weight of the past in a biased pass; what it costs does not depend on it."""

CODECS: Final[Mapping[str, CodecConfig]] = {"taehv": TAEW2_1, "light": LIGHT_VAE, "wan": WAN_VAE}

Stage = tuple[str, Mark, Mark]


class TimedPass:
    """A pass with a mark before and behind it."""

    def __init__(self, inner: DenoisePass, device: torch.device) -> None:
        self._inner = inner
        self._device = device
        self.marks: list[tuple[Mark, Mark]] = []

    def __call__(
        self, latents: Tensor, timesteps: Tensor, control: Control | None, bias: AttentionBias | None
    ) -> Tensor:
        start = mark(self._device)
        velocity = self._inner(latents, timesteps, control, bias)
        self.marks.append((start, mark(self._device)))
        return velocity

    def forward_kv(self, latents: Tensor, timesteps: Tensor, bias: AttentionBias | None) -> None:
        start = mark(self._device)
        self._inner.forward_kv(latents, timesteps, bias)
        self.marks.append((start, mark(self._device)))


@dataclass(slots=True)
class Chunk:
    """One chunk under way.

    Attributes:
        stages: name, begin and end of each, in order.
        images: on the host, pinned where there is a GPU, uint8 [T, H, W, 3]; valid once `end` is reached.
    """

    start: Mark
    end: Mark
    stages: list[Stage] = field(default_factory=list)
    frames: int = 0


class Subject:
    """Builds it all. See `make_chunk`.

    Args:
        dtype: of weights and activations; None: what the device computes fastest.
    """

    def __init__(
        self,
        options: WanBenchOptions,
        device: torch.device,
        tell: Callable[[str], None],
        dtype: torch.dtype | None = None,
    ) -> None:
        self.options: Final = options
        self.device: Final = device
        self.dtype: Final = dtype or (torch.bfloat16 if device.type == "cuda" else torch.float32)
        self.choices: Final[list[BackendChoice]] = []
        dims, recipe, grid = options.dims, options.recipe, options.grid
        backend, choice = choose_attention(device, self.dtype, dims)
        self.attention: Final[AttentionBackend] = backend
        self.choices.append(choice)
        tell(f"Filling {dims.parameters(vace=options.vace) / 1e6:,.0f} million weights at random.")
        self.model: Final = CausalWan.empty(dims, self.attention, device=device, dtype=self.dtype, vace=options.vace)
        fill_random(self.model, SEED)
        draw = torch.Generator(device).manual_seed(SEED)

        def normal(*shape: int) -> Tensor:
            return torch.randn(shape, generator=draw, device=device)

        shape = (1, LATENT_CHANNELS, recipe.block_frames, grid.height, grid.width)
        self._latents: Final = normal(*shape)
        self._embedding: Final = normal(1, dims.text_len, dims.text_dim)
        self.precision_error: float | None = None
        self.cache: Final = KVCache(dims, recipe, grid, device=device, dtype=self.dtype)
        rows: RowKernels = TorchRows()
        if options.kernels:
            rows, choice = choose_rows(device, self.dtype, dims)
            self.choices.append(choice)
        self.model.use_rows(rows)
        if options.fp8:
            before = self._one_pass()
            product = choose_product(
                device,
                self.dtype,
                dims,
                recipe.block_frames * grid.tokens,
                CANDIDATES if options.kernels else (TORCH_PRODUCT,),
            )
            self.choices.append(product.told)
            if product.product is None:
                raise GeneratorError(f"There is no fp8 here: {product.why_not}", remedy="Choose --precision bf16.")
            report = quantise(self.model, product.product, rows)
            self.choices.append(report.choice())
            self.precision_error = relative_error(self._one_pass(), before)
        if options.compilation is Compilation.REGIONAL:
            compile_blocks(self.model)
        self._recorder: Final = self._make_recorder()
        self._runner: DenoisePass | None = None
        self._timed: TimedPass | None = None
        self.sampler: Final = BlockSampler(self.model, recipe, grid, cache=self.cache, denoise=self._make_pass)
        self.sampler.set_prompt(self._embedding)
        self.codec: Final = random_codec(CODECS[options.decoder], SEED, device, self.dtype)
        # The decoder overlaps the passes of the next block, so its graphs must not share their memory.
        self._lane: Final = SideStream(device if options.overlap else torch.device("cpu"))
        beside = self._make_recorder() if options.overlap else self._recorder
        self._decoder: Final = self._stream(self.codec.open_decoder(), self.codec.decoder.compile, beside)
        pixels = (grid.height * SPATIAL_STRIDE, grid.width * SPATIAL_STRIDE)
        depth = normal(1, 3, TEMPORAL_STRIDE * recipe.block_frames, *pixels).sigmoid()
        self._depth: Final = depth.to(self.dtype, memory_format=torch.channels_last_3d)
        self._depth_encoder: Final = (
            self._stream(self.codec.open_encoder(), self.codec.encoder.compile, self._recorder)
            if options.vace
            else None
        )
        control = normal(1, CONTROL_CHANNELS, recipe.block_frames, grid.height, grid.width)
        self._control_in: Final = control.to(self.dtype)
        self._hosts: dict[int, Tensor] = {}
        self._made = 0

    def _make_pass(self, model: CausalWan, cache: KVCache, text: KeyValues) -> DenoisePass:
        if self.options.graphs:
            self._runner = GraphedPass(model, cache, text, self._recorder)
        else:
            self._runner = EagerPass(model, cache, text)
        self._timed = TimedPass(self._runner, self.device)
        return self._timed

    def _make_recorder(self) -> Recorder:
        return CudaRecorder(self.device) if self.options.graphs and self.device.type == "cuda" else CallAgain()

    def _stream(self, stream: CodecStream, compile_network: Callable[..., None], recorder: Recorder) -> CodecStream:
        if self.options.compilation is not Compilation.OFF:
            compile_network(dynamic=False)
        return GraphedStream(stream, recorder) if self.options.graphs else stream

    def warm_up(self) -> Iterator[float]:
        """Compile and record everything; yields progress."""
        if isinstance(self._runner, GraphedPass):
            options, recipe = self.options, self.options.recipe
            yield from self._runner.warm_up(
                self._latents,
                options.grid.tokens * recipe.block_frames,
                depth=options.vace,
                biased=options.bias,
                remembers=recipe.context is not ContextKind.LAST_PASS,
            )

    @property
    def chunks_to_steady(self) -> int:
        """Chunks until the window is full and every stream steady, and one more."""
        recipe = self.options.recipe
        return recipe.window // recipe.block_frames + 2

    @torch.inference_mode()
    def make_chunk(self) -> Chunk:
        """Launch one chunk, from conditioning to the copy into host memory, and wait for nothing."""
        assert self._timed is not None
        device = self.device
        start = mark(device)
        stages: list[Stage] = []
        control, anchor = None, None
        if self._depth_encoder is not None and self.model.vace is not None:
            depth = self._depth_encoder.push(self._depth)
            if depth.shape[2] == self.options.recipe.block_frames:
                depth_control(depth, depth, self._control_in)
            control = Control(self.model.vace.embed(self._control_in), torch.ones((), device=device))
        stages.append(("conditioning", start, mark(device)))
        if self.options.recipe.context is ContextKind.RECOMPUTE:
            anchor = self._anchor
        self._timed.marks.clear()
        source = self._latents if schedule(self.options.recipe)[0] < 1.0 else None  # some start from a picture
        clean = self.sampler.generate(
            BlockRequest(
                key=ChunkKey(SEED, 0, self._made),
                source=source,
                past=_PAST if self.options.bias else 1.0,
                control=control,
                anchor=anchor,
            ),
            _never,
        )
        stages += [(name, *marks) for name, marks in zip(self.pass_names(), self._timed.marks, strict=False)]
        coded = clean.to(self.dtype, memory_format=torch.channels_last_3d)
        begun, decoded, end, frames = self._lane.launch(self._show, coded)
        stages += [("decode", begun, decoded), ("transfer", decoded, end)]
        self._made += 1
        return Chunk(start, end, stages, frames)

    def _show(self, latents: Tensor) -> tuple[Mark, Mark, Mark, int]:
        """Latents to pictures to the host: when it began, when they were decoded and when they were there, and how
        many there are. Two chunks are under way at a time, so their pictures take turns in two places."""
        begun = mark(self.device)
        pictures = self._decoder.push(latents)
        decoded = mark(self.device)
        images = pictures[0].movedim(0, -1).mul(255).round_().to(torch.uint8)
        host = self._hosts.get(self._made % 2)
        if host is None or host.shape != images.shape:
            host = torch.empty(images.shape, dtype=torch.uint8, pin_memory=self.device.type == "cuda")
            self._hosts[self._made % 2] = host
        host.copy_(images, non_blocking=True)
        return begun, decoded, mark(self.device), images.shape[0]

    def pass_names(self) -> list[str]:
        """The passes of a steady chunk, in order."""
        recipe = self.options.recipe
        names = [f"denoise {index + 1}" for index in range(len(recipe.steps))]
        match recipe.context:
            case ContextKind.CLEAN_PASS:
                return [*names, "clean pass"]
            case ContextKind.RECOMPUTE:
                blocks = recipe.past_frames // recipe.block_frames
                return [*(f"context {index + 1}" for index in range(blocks)), *names]
            case ContextKind.LAST_PASS:
                return names

    def work(self) -> dict[str, Work]:
        """What each stage of a steady chunk has to do; the stages left out have next to nothing."""
        options, recipe = self.options, self.options.recipe
        weight_bytes = 1 if options.fp8 else self.dtype.itemsize
        found = {}
        for name in self.pass_names():
            context = name.startswith("context")
            found[name] = pass_work(
                options.dims,
                recipe,
                options.grid,
                window=int(name.split()[1]) * recipe.block_frames if context else recipe.window,
                vace=options.vace and name.startswith("denoise"),
                weight_bytes=weight_bytes,
            )
        pixels = (options.grid.height * SPATIAL_STRIDE, options.grid.width * SPATIAL_STRIDE)
        found["decode"] = Work(other=recipe.block_frames * float(self._stream_flops(self.codec, "decoder", pixels)))
        if options.vace:
            found["conditioning"] = Work(
                other=recipe.block_frames * float(self._stream_flops(self.codec, "encoder", pixels))
            )
        return found

    @staticmethod
    def _stream_flops(codec: VideoCodec, direction: str, pixels: tuple[int, int]) -> int:
        stream = codec.open_decoder() if direction == "decoder" else codec.open_encoder()
        return stream.flops(*pixels)

    @property
    def late(self) -> int:
        """Shapes of passes recorded after the warm-up."""
        return self._runner.late if isinstance(self._runner, GraphedPass) else 0

    @torch.inference_mode()
    def error_against_plain(self) -> float:
        """Relative error of a pass as it runs in the show against the stages as written, over the same window."""
        assert self._runner is not None
        times = torch.full((1, self._latents.shape[2]), 500.0, device=self.device)
        fast = self._runner(self._latents, times, None, None)
        with uncompiled(self.model):
            plain = EagerPass(self.model, self.cache, self.sampler.text)(self._latents, times, None, None)
        return relative_error(fast, plain)

    @torch.inference_mode()
    def plain_pass_ms(self) -> float:
        """One pass with nothing accelerated, over the window as it is."""
        times = torch.full((1, self._latents.shape[2]), 500.0, device=self.device)
        plain = EagerPass(self.model, self.cache, self.sampler.text)
        with uncompiled(self.model):
            return fastest_ms(lambda: plain(self._latents, times, None, None), self.device, calls=2, rounds=2)

    @torch.inference_mode()
    def _one_pass(self) -> Tensor:
        """A velocity to compare precisions by: one block with no past."""
        text = self.model.text_buffers()
        self.model.encode_text(self._embedding, text)
        times = torch.full((1, self._latents.shape[2]), 900.0, device=self.device)
        velocity: Tensor = self.model(self._latents, times, self.cache.rotation, text, self.cache.window())
        return velocity

    def _anchor(self) -> Tensor:
        """The oldest frame of the context, encoded anew as a single image."""
        return self.codec.open_encoder().push(self._depth[:, :, : 4 if self.options.decoder == "taehv" else 1])


def _never() -> bool:
    return False
