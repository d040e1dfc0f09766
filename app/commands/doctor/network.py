"""`hardcut doctor` on what comes over the network: whether the ports of OSC and DMX are free, and who may speak."""

from collections.abc import Iterator

from app.commands.doctor.finding import Finding, State
from app.dmx.bindings import load_settings
from app.dmx.sockets import listen as listen_dmx
from app.options.controllers import NOT_AT_ALL, OSC_DEFAULT
from app.osc.settings import load_allowed
from app.osc.sockets import Place, listen, place_text
from engine.folders import user_folder


def check_osc(place: Place | None = OSC_DEFAULT) -> Iterator[Finding]:
    """Check the port of OSC, and who on the network may speak; None: it is off."""
    if place is None:
        yield Finding(State.OK, "OSC is off.")
        return
    found = listen(place)
    found.close()
    allowed = load_allowed(user_folder() / "osc.toml")
    who = f"; from the network: {allowed}" if allowed.networks else ""
    if found.fault:
        yield Finding(
            State.NOTE,
            f"The port of OSC is taken: {found.fault}.",
            "Another Hardcut may run; otherwise close the other program, or choose another port with --osc.",
        )
    else:
        yield Finding(State.OK, f"The port of OSC is free, {place_text(place)}{who}.")


def check_dmx(host: str | None = None) -> Iterator[Finding]:
    """Check the ports of Art-Net and sACN, and how many channels are bound; host: as --dmx has it."""
    if host == NOT_AT_ALL:
        yield Finding(State.OK, "DMX is off.")
        return
    settings = load_settings(user_folder() / "dmx.toml")
    found = listen_dmx(host or settings.listen or "127.0.0.1", ())
    found.close()
    count = len(settings.bindings)
    bound = f"{count} channel{'s' * (count != 1)} bound"
    if settings.allowed.networks:
        bound += f"; from the network: {settings.allowed}"
    if found.fault:
        yield Finding(State.NOTE, f"A port of DMX is taken: {found.fault}; {bound}.", "Close the other program.")
    else:
        yield Finding(State.OK, f"The ports of Art-Net and sACN are free; {bound}.")
