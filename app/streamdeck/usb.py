"""May this account use the decks? On Linux the files of the USB devices tell; elsewhere everybody may."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

MAKER: Final = "0fd9"
"""Elgato's USB vendor id."""

RULE: Final = f'SUBSYSTEMS=="usb", ATTRS{{idVendor}}=="{MAKER}", TAG+="uaccess"'
"""Lets whoever sits at the machine use the maker's devices."""

RULE_FILE: Final = "/etc/udev/rules.d/60-streamdeck.rules"
"""Its number lies below 73, where udev hands out what is tagged so."""

_DEVICES: Final = Path("/sys/bus/usb/devices")
_NODES: Final = Path("/dev/bus/usb")


def may_use(node: Path) -> bool:
    """This account may read and write a file."""
    return os.access(node, os.R_OK | os.W_OK)


def plugged(devices: Path = _DEVICES, nodes: Path = _NODES) -> tuple[Path, ...]:
    """The files of the maker's devices; none where the system is not Linux.

    Args:
        devices: the kernel's list of USB devices; nodes: where their files are.
    """
    found: list[Path] = []
    for device in sorted(devices.glob("*")):
        try:
            if (device / "idVendor").read_text(encoding="ascii").strip() != MAKER:
                continue
            bus, number = (int((device / name).read_text(encoding="ascii")) for name in ("busnum", "devnum"))
        except (OSError, ValueError):  # it was just pulled out, or is a hub's port without a device
            continue
        found.append(nodes / f"{bus:03}" / f"{number:03}")
    return tuple(found)


def denied(devices: Path = _DEVICES, nodes: Path = _NODES, may: Callable[[Path], bool] = may_use) -> tuple[str, ...]:
    """Those of them that this account may not use."""
    return tuple(str(node) for node in plugged(devices, nodes) if node.exists() and not may(node))


def remedy() -> str:
    """What to do about it."""
    return (
        f"Put the line  {RULE}  into {RULE_FILE}, run 'udevadm control --reload' and 'udevadm trigger' as root,"
        " and plug the deck in again."
    )
