"""What every stream promises, whichever the codec and direction."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from engine.generators.wan.codecs.codec import random_codec
from engine.generators.wan.codecs.stream import stream_cost
from tests.wan.codecs.videos import CPU, SMALL, frames, latents, opened, pushed, small_codec, video

codecs = pytest.mark.parametrize("name", SMALL)
directions = pytest.mark.parametrize("direction", ["encode", "decode"])
SIZES = st.lists(st.integers(1, 6), max_size=8)


@codecs
@directions
@settings(max_examples=6)
@given(sizes=SIZES)
def test_one_push_and_many_give_the_same_bits(name: str, direction: str, sizes: list[int]) -> None:
    x = video(direction, 10)
    whole = opened(small_codec(name), direction).push(x)
    assert torch.equal(pushed(opened(small_codec(name), direction), x, sizes), whole)


@codecs
@directions
def test_interleaved_streams_do_not_disturb_each_other(name: str, direction: str) -> None:
    codec = small_codec(name)
    videos = [video(direction, 9, seed) for seed in (11, 12)]
    alone = [opened(codec, direction).push(x) for x in videos]
    streams = [opened(codec, direction) for _ in videos]
    woven: list[list[Tensor]] = [[], []]
    for at in range(9):
        for stream, x, seen in zip(streams, videos, woven, strict=True):
            seen.append(stream.push(x[:, :, at : at + 1]))
    for seen, expected in zip(woven, alone, strict=True):
        assert torch.equal(torch.cat(seen, 2), expected)


@codecs
@directions
def test_a_reset_stream_is_a_fresh_one(name: str, direction: str) -> None:
    codec = small_codec(name)
    x = video(direction, 6)
    used = opened(codec, direction)
    used.push(video(direction, 7, 99))
    held = used.state_bytes()
    used.reset()
    assert torch.equal(used.push(x), opened(codec, direction).push(x))
    assert used.state_bytes() <= held


@codecs
@directions
@settings(max_examples=5)
@given(before=st.integers(1, 7))
def test_a_restored_stream_goes_on_as_if_nothing_had_happened(name: str, direction: str, before: int) -> None:
    codec = small_codec(name)
    x = video(direction, 12)
    stream = opened(codec, direction)
    stream.push(x[:, :, :before])
    snapshot = stream.snapshot()
    expected = stream.push(x[:, :, before:])
    stream.push(video(direction, 3, 77))
    stream.restore(snapshot)
    assert torch.equal(stream.push(x[:, :, before:]), expected)
    fresh = opened(codec, direction)
    fresh.restore(snapshot)
    assert torch.equal(fresh.push(x[:, :, before:]), expected)


@codecs
@directions
def test_a_snapshot_before_the_first_push_is_the_beginning(name: str, direction: str) -> None:
    codec = small_codec(name)
    stream = opened(codec, direction)
    snapshot = stream.snapshot()
    assert snapshot.nbytes() == 0
    x = video(direction, 5)
    expected = stream.push(x)
    stream.restore(snapshot)
    assert torch.equal(stream.push(x), expected)


@codecs
@directions
def test_what_was_pushed_may_be_overwritten(name: str, direction: str) -> None:
    codec = small_codec(name)
    x = video(direction, 10)
    expected = opened(codec, direction).push(x)
    stream, reused, seen = opened(codec, direction), torch.empty_like(x[:, :, :2]), []
    for at in range(0, 10, 2):
        reused.copy_(x[:, :, at : at + 2])
        seen.append(stream.push(reused))
        reused.fill_(float("nan"))
    assert torch.equal(torch.cat(seen, 2), expected)


@codecs
def test_what_came_out_is_never_written_again(name: str) -> None:
    for direction in ("encode", "decode"):
        stream = opened(small_codec(name), direction)
        first = stream.push(video(direction, 4))
        kept = first.clone()
        for seed in range(3):
            stream.push(video(direction, 4, seed))
        stream.reset()
        assert torch.equal(first, kept)


@codecs
def test_frames_per_push(name: str) -> None:
    decoder = small_codec(name).open_decoder()
    assert [decoder.push(latents(count)).shape[2] for count in (1, 1, 3)] == [1, 4, 12]
    encoder = small_codec(name).open_encoder()
    counts = [encoder.push(frames(count)).shape for count in (12, 12, 3)]
    made = [shape[2] for shape in counts]
    assert made == ([3, 3, 1] if name == "wan" else [3, 3, 0])
    assert all(shape[3:] == (4, 4) for shape in counts)
    assert encoder.flush().shape == (1, 16, 1, 4, 4)
    assert encoder.flush().shape == (1, 16, 0, 4, 4)


@codecs
def test_frames_lie_in_memory_as_pictures(name: str) -> None:
    decoder = small_codec(name).open_decoder()
    for count in (1, 1, 3):
        made = decoder.push(latents(count))
        assert made[0].movedim(0, -1).is_contiguous()
        assert made.min() >= 0
        assert made.max() <= 1


@codecs
@directions
def test_a_flushed_stream_begins_anew(name: str, direction: str) -> None:
    codec = small_codec(name)
    stream = opened(codec, direction)
    x = video(direction, 6)
    expected = stream.push(x)
    stream.flush()
    assert torch.equal(stream.push(x), expected)


@codecs
@directions
def test_state_is_as_large_as_foretold_and_stays_in_place(name: str, direction: str) -> None:
    codec = small_codec(name)
    network = codec.encoder if direction == "encode" else codec.decoder
    stream = opened(codec, direction)
    stream.push(video(direction, sum(network.groups)))
    assert stream.state_bytes() == stream_cost(network, 32, 32).state_bytes > 0
    addresses = [past.data_ptr() for past in stream._history._past.values()]
    snapshot = stream.snapshot()
    stream.push(video(direction, 8))
    stream.restore(snapshot)
    stream.push(video(direction, 8))
    stream.reset()
    stream.push(video(direction, sum(network.groups)))
    assert [past.data_ptr() for past in stream._history._past.values()] == addresses
    assert stream.state_bytes() == stream_cost(network, 32, 32).state_bytes


@codecs
@directions
def test_work_grows_with_the_picture(name: str, direction: str) -> None:
    stream = opened(small_codec(name), direction)
    small, large = stream.flops(64, 64), stream.flops(64, 128)
    assert 2 * small <= large < 2.2 * small  # attention among pixels grows faster than the picture


@codecs
def test_half_precision_stays_close(name: str) -> None:
    exact = small_codec(name)
    coarse = random_codec(SMALL[name], 7, CPU, torch.bfloat16)
    z, pixels = latents(3), frames(9)
    decoded = coarse.open_decoder().push(z.bfloat16())
    encoded = coarse.open_encoder().push(pixels.bfloat16())
    assert decoded.dtype == encoded.dtype == torch.bfloat16
    assert (decoded.float() - exact.open_decoder().push(z)).abs().mean() < 0.02
    assert (encoded.float() - exact.open_encoder().push(pixels)).abs().mean() < 0.05


@codecs
def test_a_bad_latent_is_forgotten(name: str) -> None:
    """Not-a-number spoils the picture as long as a layer remembers it, and no longer."""
    stream = small_codec(name).open_decoder()
    stream.push(latents(1, edge=2).fill_(float("nan")))
    for _ in range(48):
        made = stream.push(latents(1, edge=2))
    assert made.isfinite().all()


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (torch.zeros(1, 16, 1, 4), "takes [B, 16, T, H, W]"),
        (torch.zeros(1, 4, 1, 4, 4), "not [1, 4, 1, 4, 4]"),
        (torch.zeros(1, 16, 0, 4, 4), "not [1, 16, 0, 4, 4]"),
        (torch.zeros(1, 16, 1, 4, 4, dtype=torch.float64), "takes torch.float32 on cpu, not torch.float64"),
        (torch.zeros(1, 16, 1, 4, 4, device="meta"), "not torch.float32 on meta"),
        (torch.zeros(1, 16, 1, 4, 5), "reset it first"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(x: Tensor, sentence: str) -> None:
    stream = small_codec("wan").open_decoder()
    stream.push(latents(2))
    snapshot = stream.snapshot()
    with pytest.raises(ValueError, match=re.escape(sentence)):
        stream.push(x)
    assert stream.snapshot().past.keys() == snapshot.past.keys()
    expected = small_codec("wan").open_decoder()
    expected.restore(snapshot)
    assert torch.equal(stream.push(latents(1)), expected.push(latents(1)))


def test_an_encoder_refuses_pictures_that_are_no_multiple_of_the_stride() -> None:
    with pytest.raises(ValueError, match="multiples of 8"):
        small_codec("wan").open_encoder().push(torch.zeros(1, 3, 1, 30, 32))


def test_a_reset_stream_takes_another_size() -> None:
    stream = small_codec("wan").open_decoder()
    stream.push(latents(2))
    stream.reset()
    z = latents(2, edge=3)
    assert torch.equal(stream.push(z), small_codec("wan").open_decoder().push(z))


class _Moves(TorchDispatchMode):
    """Counts the conversions, copies and reads back to the host that are asked for, by name."""

    ALWAYS = ("_to_copy", "clone", "copy_", "cat", "constant_pad_nd", "pad", "item", "_local_scalar_dense")
    AT_TIMES = ("to", "contiguous", "reshape", "flatten")

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, int] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        name = func.overloadpacket.__name__
        result = func(*args, **(kwargs or {}))
        if name in self.ALWAYS or (name in self.AT_TIMES and result.data_ptr() != args[0].data_ptr()):
            self.seen[name] = self.seen.get(name, 0) + 1
        return result


@pytest.mark.parametrize(
    ("name", "direction", "allowed"),
    [
        # 32 layers remember: joined, kept. 2 more copies put doubled frames in order.
        ("wan", "decode", {"cat": 32, "copy_": 32, "contiguous": 2}),
        # 24 layers remember; 3 picture halvings are padded at one side.
        ("wan", "encode", {"cat": 24, "copy_": 24, "pad": 3}),
        # 9 memory blocks put the past before the present, and both side by side.
        ("taehv", "decode", {"cat": 18, "copy_": 9, "contiguous": 2}),
        # The same, and 2 foldings of frames.
        ("taehv", "encode", {"cat": 20, "copy_": 9}),
    ],
)
def test_nothing_is_copied_behind_the_scenes(name: str, direction: str, allowed: dict[str, int]) -> None:
    codec = small_codec(name)
    stream = opened(codec, direction)
    first, later = (codec.encoder if direction == "encode" else codec.decoder).groups
    stream.push(video(direction, first))
    x = video(direction, later).contiguous(memory_format=torch.channels_last_3d)
    with _Moves() as moves:
        stream.push(x)
    assert moves.seen == allowed
