"""The mix, as the chunk loop and the desk know it; and the same for a film of a session."""

from collections.abc import Callable, Sequence

from engine.clock import Clock
from engine.messages.commands import SetParameter
from engine.messages.events import Notice
from engine.messages.frame import AlphaImage, ControlMap, InputFrame, RgbxImage
from engine.messages.mix import MixTrack
from engine.mixing.blend import mixed
from engine.mixing.faders import MixFaders
from engine.mixing.mattes import Mattes, as_bytes, person_matter, whole


class Mixer:
    """Mixes chunks with their input. Any thread turns it and offers frames; the engine thread mixes.

    Args:
        newest_map: returns the newest control map.
        tell: hears why there is no matte.
    """

    def __init__(
        self, clock: Clock, newest_map: Callable[[], ControlMap | None], tell: Callable[[Notice], None]
    ) -> None:
        self._faders = MixFaders()
        self._mattes = Mattes(clock, newest_map, tell)
        self.turn: Callable[[SetParameter], None] = self._faders.turn
        self.reset: Callable[[], None] = self._faders.reset
        self.carry_alpha: Callable[[bool], None] = self._faders.carry_alpha
        self.track: Callable[[int, int, int], MixTrack] = self._faders.track

    def offer(self, frame: InputFrame) -> None:
        """Take the newest input frame; nothing is done with it while no matte is needed."""
        if self._faders.keyed:
            self._mattes.offer(frame, by_map=self._faders.by_map)

    def mix(
        self, images: tuple[RgbxImage, ...], frames: Sequence[InputFrame], track: MixTrack
    ) -> tuple[RgbxImage, ...]:
        """Return a chunk's pictures mixed with its input frames; the pictures themselves where nothing is mixed."""
        return mix_chunk(images, frames, track, lambda frame: self._mattes.matte(frame, by_map=track.by_map))

    def close(self) -> None:
        """End the thread that looks for the person."""
        self._mattes.close()


class FilmMixer:
    """Mixes the chunks of a session that is made again, one after the other; the person is looked for anew."""

    def __init__(self) -> None:
        self._estimator = person_matter()
        self._known: tuple[int, AlphaImage] | None = None

    def mix(
        self,
        images: tuple[RgbxImage, ...],
        frames: Sequence[InputFrame],
        control: ControlMap | None,
        track: MixTrack,
    ) -> tuple[RgbxImage, ...]:
        """Return the pictures as they went out; see Mixer.mix."""
        by_map = as_bytes(control) if control is not None and track.by_map else None

        def matte_of(frame: InputFrame) -> AlphaImage | None:
            if not track.by_map:
                return self._matte(frame)
            return whole(by_map, frame) if by_map is not None else None

        return mix_chunk(images, frames, track, matte_of)

    def _matte(self, frame: InputFrame) -> AlphaImage | None:
        if self._known is None or self._known[0] != frame.frame_id:
            found = self._estimator.push(frame, frame.capture_ns)
            if found is None:
                return None
            self._known = frame.frame_id, whole(as_bytes(found), frame)
        return self._known[1]


def mix_chunk(
    images: tuple[RgbxImage, ...],
    frames: Sequence[InputFrame],
    track: MixTrack,
    matte_of: Callable[[InputFrame], AlphaImage | None],
) -> tuple[RgbxImage, ...]:
    """Return a chunk's pictures mixed with the input frames that shaped them, in their order."""
    if track.plain or not frames:
        return images
    found = []
    for position, image in enumerate(images):
        shares, frame = track.shares(position), frames[min(position, len(frames) - 1)]
        if frame.image.shape[:2] != image.shape[:2]:  # the format changes: nothing of the old one is mixed in
            found.append(image)
            continue
        needed = track.alpha or shares[0] != shares[1]
        matte = matte_of(frame) if needed else None
        found.append(mixed(image, frame.image, matte, shares, alpha=track.alpha))
    return tuple(found)
