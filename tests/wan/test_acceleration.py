"""What makes a model fast: chosen by what the device offers, proved, told; and the generator runs by it."""

import dataclasses
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from engine.errors import GeneratorError, NotEnoughMemoryError
from engine.generators.graph_capture import CallAgain, Recorder, Replay
from engine.generators.wan.acceleration.execution import Eager, Replayed
from engine.generators.wan.acceleration.graphed_stream import GraphedStream
from engine.generators.wan.acceleration.plan import Accelerated, Tools, accelerate, tools_of
from engine.generators.wan.acceleration.quantise import Float8Linear
from engine.generators.wan.cards import Compilation, Graphs, ModelCard, Pace, Precision
from engine.generators.wan.codecs.codec import VideoCodec, random_codec
from engine.generators.wan.codecs.network import AnyNetwork
from engine.generators.wan.codecs.taehv import TaehvConfig
from engine.generators.wan.codecs.wan_vae import WanVaeConfig
from engine.generators.wan.components import DECODE_PATH
from engine.generators.wan.generator import WanGenerator
from engine.generators.wan.kernels.matmul_fp8 import ProductCandidate, emulated_product
from engine.generators.wan.model.blocks import Block, BlockStages
from engine.generators.wan.model.transformer import CausalWan
from engine.messages.events import BackendChoice
from tests.wan.cards import small_card
from tests.wan.models import CPU, make_model, noise
from tests.wan.shows import REPLAYING, ask, never, same

NOTHING = tools_of(CPU)
EMULATED = (ProductCandidate("emulated", lambda: emulated_product),)
TAEHV = TaehvConfig(encoder_width=8, decoder_widths=(16, 8, 8, 8))


def accelerated(tools: Tools, pace: Pace | None = None) -> tuple[Accelerated, CausalWan, dict[str, BackendChoice]]:
    card = small_card(pace=pace or Pace())
    model, codec = make_model(card.dims, vace=True), random_codec(TAEHV, 1, CPU, torch.float32)
    work = accelerate(model, codec, card, tools)
    progress = []
    while True:
        try:
            progress.append(next(work))
        except StopIteration as done:
            made: Accelerated = done.value
            break
    assert progress == sorted(progress) and progress[-1] < 1.0
    return made, model, {choice.component: choice for choice in made.choices}


def test_a_plain_cpu_has_nothing_and_says_so() -> None:
    made, _, choices = accelerated(NOTHING)
    assert isinstance(made.execution, Eager)
    assert (choices["wan compiler"].chosen, choices["wan compiler"].reason) == ("off", "no CUDA device")
    assert (choices["wan graphs"].chosen, choices["wan graphs"].reason) == ("off", "no CUDA device")
    assert choices["wan linear layers"].chosen == "float32"
    assert choices["wan linear layers"].rejected == (("fp8 per row", "the cpu has no fp8 matrix units"),)
    assert choices["wan decode path"].chosen == "plain pushes, not compiled"
    assert choices["wan row kernels"].chosen == "torch"


@pytest.mark.parametrize(
    ("pace", "said"),
    [
        (Pace(precision=Precision.FP8), "demands fp8, and that is not to be had here: the cpu has no fp8"),
        (Pace(compilation=Compilation.REGIONAL), "demands compiled stages, .*: no CUDA device"),
        (Pace(graphs=Graphs.ON), "demands graphs, .*: no CUDA device"),
    ],
)
def test_what_a_card_demands_must_be_had(pace: Pace, said: str) -> None:
    with pytest.raises(GeneratorError, match=said):
        accelerated(NOTHING, pace)


def test_what_a_card_turns_off_stays_off() -> None:
    everything = Tools(EMULATED, scaled(1.0), nudged(1.0), lambda _: CallAgain())
    off = Pace(Precision.BF16, Compilation.OFF, Graphs.OFF)
    made, model, choices = accelerated(everything, off)
    assert isinstance(made.execution, Eager)
    assert not any(isinstance(module, Float8Linear) for module in model.modules())
    assert {choice.reason for choice in made.choices[1:]} == {"the card asks for it"}
    assert "turns" in choices["wan graphs"].rejected[0][1]


def scaled(factor: float) -> Callable[[CausalWan], None]:
    """A compiler whose stages come out larger than they should."""

    def compile_model(model: CausalWan) -> None:
        for block in model.all_blocks():
            block.stages = _scaled_stages(block, factor)

    return compile_model


def _scaled_stages(block: Block, factor: float) -> BlockStages:
    plain = block.plain_stages()
    return plain._replace(leave=lambda *inputs: tuple(factor * one for one in plain.leave(*inputs)))


def nudged(factor: float) -> Callable[[AnyNetwork], None]:
    """The same of a codec."""

    def compile_network(network: AnyNetwork) -> None:
        forward = network.forward
        network._compiled_call_impl = lambda x, history: forward(x, history) * factor

    return compile_network


def broken(_: object) -> None:
    raise RuntimeError("the compiler broke\nwith a page of text")


def test_what_is_compiled_right_is_kept() -> None:
    tools = dataclasses.replace(NOTHING, compile_blocks=scaled(1.0 + 1e-5), compile_network=nudged(1.0))
    _, model, choices = accelerated(tools)
    assert all(block.stages != block.plain_stages() for block in model.all_blocks())
    assert choices["wan compiler"].chosen.startswith("regional")
    assert "against plain (limit 0.001); 0 of 0 graphs were in" in choices["wan compiler"].reason
    assert choices["wan decode path"].chosen == "plain pushes, compiled"


@pytest.mark.parametrize(
    ("tool", "network", "why"),
    [
        (scaled(1.05), nudged(1.05), "wrong: relative error"),
        (broken, broken, "failed: RuntimeError: the compiler broke"),
    ],
    ids=["wrong", "broken"],
)
def test_what_is_not_compiled_right_is_undone_and_told(
    tool: Callable[[CausalWan], None], network: Callable[[AnyNetwork], None], why: str
) -> None:
    tools = dataclasses.replace(NOTHING, compile_blocks=tool, compile_network=network)
    _, model, choices = accelerated(tools)
    assert all(block.stages == block.plain_stages() for block in model.all_blocks())
    assert choices["wan compiler"].chosen == "off" and choices["wan compiler"].rejected[0][1].startswith(why)
    assert choices["wan decode path"].chosen == "plain pushes, not compiled"
    assert choices["wan decode path"].rejected[0][1].startswith(why)
    with pytest.raises(GeneratorError, match="demands compiled stages"):
        accelerated(tools, Pace(compilation=Compilation.REGIONAL))


class Forgetful(CallAgain):
    """Its replays leave what was there when it recorded."""

    def record(self, work: Callable[[], None]) -> Replay:
        work()
        return lambda: None


class Failing(CallAgain):
    def record(self, work: Callable[[], None]) -> Replay:
        raise RuntimeError(f"operation not permitted while {work} is captured")


@pytest.mark.parametrize(("recorder", "why"), [(Forgetful, "wrong: relative error"), (Failing, "failed: RuntimeError")])
def test_graphs_that_do_not_replay_right_are_left(recorder: type[CallAgain], why: str) -> None:
    made, _, choices = accelerated(dataclasses.replace(NOTHING, recorder=lambda _: recorder()))
    assert isinstance(made.execution, Eager)
    assert choices["wan graphs"].chosen == "off" and choices["wan graphs"].rejected[0][1].startswith(why)


def test_fp8_is_guarded_layer_by_layer() -> None:
    _, model, choices = accelerated(dataclasses.replace(NOTHING, products=EMULATED))
    assert choices["wan linear layers"].chosen == "fp8 per row in 36 of 36"
    assert sum(isinstance(module, Float8Linear) for module in model.modules()) == 36


def warmed(card: ModelCard, tools: Tools) -> WanGenerator:
    generator = WanGenerator(card, device="cpu", tools=tools)
    for _ in generator.warm_up():
        """On."""
    return generator


def test_replayed_the_show_is_the_same_and_nothing_is_recorded_late() -> None:
    card = small_card()
    plain, replayed = warmed(card, NOTHING), warmed(card, REPLAYING)
    assert isinstance(replayed._running()._parts.execution, Replayed)
    for index in range(4):
        request = ask(card, index, past=0.5 if index == 2 else 1.0, depth=0.0 if index == 3 else 1.0)
        chunks = [one.generate(request, never) for one in (plain, replayed)]
        assert same(*([chunk] for chunk in chunks))
        assert not any(chunk.notes for chunk in chunks)
    for one in (plain, replayed):
        one.close()


def test_what_comes_after_the_warm_up_is_told_once() -> None:
    card = small_card()
    generator = warmed(card, REPLAYING)
    decoder = generator._running()._decoder
    assert isinstance(decoder, GraphedStream)
    generator.generate(ask(card, 0), never)
    decoder.push(noise(1, 16, 1, 8, 8))  # a push of a shape that no chunk has
    notes = [generator.generate(ask(card, index), never).notes for index in (1, 2)]
    assert [[note.text for note in told] for told in notes] == [
        ["The show was held up by work that belongs into the warm-up: 1 recorded late."],
        [],
    ]
    generator.close()


class Full(CallAgain):
    """Memory ends: while recording, or after so many replays."""

    def __init__(self, replays: int = 0) -> None:
        self.left = replays

    def record(self, work: Callable[[], None]) -> Replay:
        if not self.left:
            raise torch.OutOfMemoryError("CUDA out of memory")

        def replay() -> None:
            self.left -= 1
            if not self.left:
                raise torch.OutOfMemoryError("CUDA out of memory")
            work()

        return replay


def test_no_memory_is_said_while_warming_up_and_in_a_chunk() -> None:
    card = small_card()
    early = WanGenerator(card, device="cpu", tools=dataclasses.replace(NOTHING, recorder=lambda _: Full()))
    with pytest.raises(NotEnoughMemoryError, match=r"not enough memory \(wan-tiny, cpu\)\. Close other programs"):
        list(early.warm_up())
    early.close()
    recorder = Full(10_000)
    late = warmed(card, dataclasses.replace(NOTHING, recorder=lambda _: recorder))
    recorder.left = 2
    with pytest.raises(NotEnoughMemoryError, match="not enough memory"):
        late.generate(ask(card, 0), never)
    late.close()


REFUSAL = "operation not permitted when stream is capturing"


class Refuses:
    """Records nothing that has to do with codecs."""

    def record(self, work: Callable[[], None]) -> Replay:  # noqa: ARG002 - the interface's
        raise RuntimeError(REFUSAL)


class Stale:
    """A recording that leaves its output as it was."""

    def record(self, work: Callable[[], None]) -> Replay:
        work()
        return lambda: None


@pytest.mark.parametrize(("recorder", "why"), [(Refuses(), "failed: RuntimeError: operation"), (Stale(), "wrong: ")])
def test_a_push_that_cannot_be_replayed_is_pushed_as_it_stands(recorder: Recorder, why: str) -> None:
    codec = random_codec(TAEHV, 1, CPU, torch.float32)
    plain, replayed = codec.open_decoder(), GraphedStream(codec.open_decoder(), recorder)
    for seed in range(4):
        x = noise(1, 16, 3, 2, 2, seed=seed)
        assert torch.equal(plain.push(x), replayed.push(x))
    assert replayed.refused.startswith(why)


def test_refused_pushes_are_told_where_backends_are_seen() -> None:
    card = small_card()
    recorders = iter(
        (*(CallAgain() for _ in range(3)), Refuses())
    )  # of two trials, of passes, of what runs beside them
    generator = warmed(card, dataclasses.replace(NOTHING, recorder=lambda _: next(recorders)))
    path = next(one for one in generator.backends() if one.component == DECODE_PATH)
    assert path.chosen.startswith("plain pushes")
    assert path.rejected[-1] == ("replayed pushes", f"failed: RuntimeError: {REFUSAL}")
    generator.generate(ask(card, 0), never)
    generator.close()


@pytest.mark.parametrize("config", [TAEHV, WanVaeConfig(8)], ids=["tiny autoencoder", "Wan VAE"])
@pytest.mark.parametrize("direction", ["encoder", "decoder"])
def test_a_replayed_stream_is_a_stream(config: TaehvConfig | WanVaeConfig, direction: str) -> None:
    """Steady, reset, snapshots of any moment put back, odd pushes between: the pixels are those of a plain stream."""
    codec: VideoCodec = random_codec(config, 1, CPU, torch.float32)
    plain, inner = (codec.open_encoder() if direction == "encoder" else codec.open_decoder() for _ in range(2))
    replayed = GraphedStream(inner, CallAgain())
    drawn = iter(range(100))

    def both(frames: int) -> tuple[Tensor, Tensor]:
        shape = (1, 16, frames, 2, 2) if direction == "decoder" else (1, 3, 4 * frames, 16, 16)
        x = noise(*shape, seed=next(drawn)).sigmoid()
        return plain.push(x), replayed.push(x)

    pairs = [both(3)]
    opening = plain.snapshot(), replayed.snapshot()
    pairs += [both(3) for _ in range(3)]
    recorded = replayed.recorded
    steady = plain.snapshot(), replayed.snapshot()
    for kept in (opening, steady):
        for stream in (plain, replayed):
            stream.reset()
        pairs += [both(3), both(2), both(3)]
        plain.restore(kept[0])
        replayed.restore(kept[1])
        pairs += [both(3), both(3)]
    assert all(torch.equal(expected, value) for expected, value in pairs)
    assert torch.equal(plain.flush(), replayed.flush())
    pairs = [both(3), both(3)]
    assert all(torch.equal(expected, value) for expected, value in pairs)
    assert replayed.recorded - recorded <= 1  # the pushes of two
