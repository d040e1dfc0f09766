"""What stood on the command line holds for one run: what lies beneath it, and what a hand has changed since. Pure."""

from dataclasses import replace
from typing import Any, Final

from app.arguments import Options
from app.show.document import Beneath, Show
from engine.messages.parameters import OUTPUT_FADE
from engine.messages.picture_format import canvas_after
from engine.messages.scenes import folded

_PLAYING: Final = ("source", "depth", "seed", "format", "quality", "reference")
_SENT: Final = {
    "fps": "fps",
    "fit": "fit",
    "upscale": "upscale",
    "interpolate": "interpolation",
    "alpha": "alpha",
    "emergency": "emergency",
}
"""Options by the fields that they set alone."""


def lying_beneath(show: Show, options: Options) -> Beneath:
    """Return what a run's command line lies over.

    Args:
        show: as it would begin without one.
    """
    return Beneath(
        playing=show.playing,
        front=show.front,
        playlist=show.playlist,
        cues=show.cues,
        beat=show.beat,
        sent=show.sent,
        asked_sinks=options.sink if "sink" in options.given else (),
        asked_shapes=options.shape if "shape" in options.given else {},
    )


def still_given(show: Show, began: Show) -> tuple[str, ...]:
    """Return what of the command line a hand has not changed since the show began.

    Sinks and shapes stay: what a hand changes of them is found one by one, see without_given.
    """

    def held(one: Show) -> dict[str, object]:
        playing, sent = one.playing, one.sent
        return {
            "source": playing.source,
            "scene": folded(playing.scene),
            "generator": playing.generator,
            "format": playing.format,
            "reference": playing.reference,
            "depth": playing.depth,
            "canvas": (sent.width, sent.height),
            "fps": sent.fps,
            "fit": sent.fit,
            "upscale": sent.upscale,
            "interpolate": sent.interpolation,
            "alpha": sent.alpha,
            "emergency": sent.emergency,
            "link": one.beat.source,
            "logo": sent.logo,
            "fade": sent.values.get(OUTPUT_FADE),
            "playlist": one.playlist.path,
            "cues": one.cues.path,
        }

    before, now = held(began), held(show)
    return tuple(key for key in show.given if before.get(key) == now.get(key))


def without_given(show: Show) -> Show:
    """Return a show as it would be had nothing stood on its command line: with what lies beneath in its place."""
    given, beneath = set(show.given), show.beneath
    if not given:
        return replace(show, beneath=Beneath())
    playing: dict[str, Any] = {key: getattr(beneath.playing, key) for key in _PLAYING if key in given}
    front = show.front
    if "source" in given:
        playing["framing"] = beneath.playing.framing
    if "scene" in given or "generator" in given:  # values belong to a scene, and a scene to a generator
        of_scene = ("generator", "scene", "prompt", "values", "modulation")
        playing |= {key: getattr(beneath.playing, key) for key in of_scene}
        if beneath.playing.generator != show.playing.generator:  # and so do pads, steps of quality, and modulators
            playing |= {key: getattr(beneath.playing, key) for key in ("quality", "everywhere", "reference")}
            front = replace(front, pads=beneath.front.pads, scenes=beneath.front.scenes)
    sent: dict[str, Any] = {field: getattr(beneath.sent, field) for key, field in _SENT.items() if key in given}
    if "sink" in given:
        sent["sinks"] = _sinks(show)
    if "shape" in given:
        sent["shapes"] = _shapes(show)
    if "logo" in given:
        sent |= {"logo": beneath.sent.logo, "logo_on": beneath.sent.logo_on}
    if "fade" in given:
        fade = {key: value for key, value in beneath.sent.values.items() if key == OUTPUT_FADE}
        sent["values"] = {key: value for key, value in show.sent.values.items() if key != OUTPUT_FADE} | fade
    if "canvas" in given:
        sent |= {"width": beneath.sent.width, "height": beneath.sent.height}
    elif "format" in given:
        sent["width"], sent["height"] = _canvas(show)
    return replace(
        show,
        playing=replace(show.playing, **playing),
        front=front,
        beat=replace(show.beat, source=beneath.beat.source) if "link" in given else show.beat,
        sent=replace(show.sent, **sent),
        playlist=beneath.playlist if "playlist" in given else show.playlist,
        cues=beneath.cues if "cues" in given else show.cues,
        given=(),
        beneath=Beneath(),
    )


def _sinks(show: Show) -> tuple[str, ...]:
    """Return the sinks without those of the command line, but with what a hand has switched on or off since."""
    asked, before, now = show.beneath.asked_sinks, show.beneath.sent.sinks, show.sent.sinks
    off = set(asked) - set(now)
    kept = tuple(one for one in before if one not in off)
    return (*kept, *(one for one in now if one not in asked and one not in kept))


def _shapes(show: Show) -> dict[str, str]:
    """Return the shapes of displays without those of the command line that nobody has changed since."""
    before, found = show.beneath.sent.shapes, dict(show.sent.shapes)
    for sink, text in show.beneath.asked_shapes.items():
        if found.get(sink, "") == text:
            found.pop(sink, None)
            found |= {key: one for key, one in before.items() if key == sink}
    return found


def _canvas(show: Show) -> tuple[int, int]:
    """Return the canvas under the format that lies beneath: where it only followed the format, the one before it."""
    before, now = show.beneath.sent, (show.sent.width, show.sent.height)
    formats = show.beneath.playing.format, show.playing.format
    if now == canvas_after((before.width, before.height), *formats):
        return before.width, before.height
    return canvas_after(now, *reversed(formats))
