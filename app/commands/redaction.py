"""Replaces what is private in the texts of a report. Where it cannot tell what is private, it takes away too much.

What gives a name away in one place (`ndi:MACHINE (…)`, `screen:TITLE`, an address with its key, a source that came
live) is learnt, and replaced in all the others, where nothing marks it.
"""

import getpass
import ipaddress
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

ACCOUNT: Final = "<account>"
MACHINE: Final = "<machine>"
ADDRESS: Final = "<address>"
WINDOW: Final = "<window>"
NAMES: Final = "<names>"
SECRET: Final = "<secret>"

_COMMON: Final = frozenset(
    ("root", "localhost", "hardcut", "user", "source", "screen", "window", "camera", "live", "lost", "error", "info")
)
"""Words that tell nothing of anybody, and without which a log could not be read."""

_SHORTEST: Final = 4
"""Letters of a name that is learnt: shorter ones are parts of words."""

_STATES: Final = "opening|live|lost|failed"
_SIZE: Final = re.compile(r", \d+×\d+(?:, .*)?$")

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://([^\s\"“”<>|\\^`]*)")
_AFTER_URL: Final = ".,;:!?)]}'’"

_SOURCE_LINE: Final = re.compile(
    rf"^(?P<begin>.*?\bsource )(?P<scheme>ndi|screen|spout|syphon|camera)(?P<address>:.*)?: (?P<state>{_STATES})\."
    r"(?P<detail>.*)$",
    re.MULTILINE,
)
"""As app.log_file writes it."""

_CAPTURE_THREAD: Final = re.compile(
    r"(hardcut-capture )(?:ndi|screen|spout|syphon|camera):.*?(?=: source |$)", re.MULTILINE
)
_REGION: Final = r"\s*-?\d+\s*,\s*-?\d+\s*,\s*\d+\s*x\s*\d+\b"
_SCREEN: Final = re.compile(rf"\bscreen:(?!{_REGION})(?!<)(?=\S)[^\n]+")
_NDI: Final = re.compile(r"\b(ndi|spout|syphon):(?![<\s])([^(\n,;\"']*?)( ?\(|(?=[\n,;\"']|\.\s|\.?$))", re.MULTILINE)
_TOLD_WHERE: Final = re.compile(
    r"((?:NDI (?:source|cannot)|such window|[Ss]creen or the window is|The screen |picture of the screen"
    r"|part of the screen|region does not|One window|Spout (?:sender|server)|Syphon (?:sender|server))[^(\n]*)\(.*\)"
)
_SEVERAL: Final = re.compile(r"(\d+ [\w ]{1,30} have )[^\n]{0,2000}? in their name \(.*\)")
_LISTED: Final = re.compile(r"\b(Found|Seen are|There are): .*")
_SENDER: Final = re.compile(r"\b(?=[A-Z0-9.]{0,62}-)[A-Z0-9][A-Z0-9.-]{4,62}(?= \()")
"""How NDI writes a machine before the name of its sender."""

_LOCAL: Final = re.compile(
    r"(?<![\w.-])[\w-]+(?:\.[\w-]+)*\.(?:local|lan|localdomain|home\.arpa|fritz\.box)\b", re.IGNORECASE
)
_HOMES: Final = re.compile(
    r"(?P<begin>(?<![\w.])/(?:var/|export/|mnt/[a-z]/)?(?:home|Users)/|/run/media/|(?<![\w.])/media/)[^\s/\\\"'“”()<>:;,]+"
    r"|(?P<drive>\b[A-Za-z]:[\\/]+(?:Users|Documents and Settings)[\\/]+)"
    r"(?:[^\\/\n\"'“”<>|:*?]+(?=[\\/])|[^\s\\/\"'“”()<>:;,]+)"
)
_E_MAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]+)+")
_TOKEN: Final = re.compile(
    r"\b((?:access_?|auth_?|api_?|stream_?)?(?:token|passw(?:or)?d|secret|api_?key|stream_?key|streamid|signature)"
    r"[\"']?[ \t]*[=:][ \t]*[\"']?)[^\s\"'&,;<]+",
    re.IGNORECASE,
)
_KNOWN_TOKEN: Final = re.compile(r"\b(?:hf|gh[opsu]|github_pat|sk)[_-][A-Za-z0-9_-]{16,}")
_MAC: Final = re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b(?![:-])")
_IPV4: Final = re.compile(r"(?<![\d.])(?!127\.0\.0\.1\b|0\.0\.0\.0\b)\d{1,3}(?:\.\d{1,3}){3}(?![\d]|\.\d)")
_IPV6: Final = re.compile(r"(?<![\w:.])[0-9A-Fa-f:][0-9A-Fa-f:.]{1,60}(?:%[\w-]+)?")

_THINGS: Final = (
    "iPhone|iPad|iPod|iMac|Mac|MacBook|AirPods|AirPod|HomePod|Apple|Beats|Galaxy|Pixel|Phone|Handy|Tablet|Laptop|Computer"
    "|PC|Camera|Kamera|Webcam|Headphones|Earbuds|Buds|Speaker|Microphone|Mic|Xperia|OnePlus|Surface|ThinkPad|Launchpad"
)
_NAME: Final = r"[^\W\d_][\w.-]{0,40}"
_LARGE: Final = r"(?!(?:" + _THINGS + r")\b)[A-ZÀ-ÖØ-ÞĀ-Ž][\w.-]{0,40}"
_NOT_A_NAME: Final = r"(?!(?:Hardcut|Python|[Ii]t|[Tt]hat|[Ww]hat|[Tt]here|[Hh]ere|[Ww]ho|[Ll]et)\b)"
_OWNER: Final = re.compile(
    rf"(?:\b{_LARGE} ){{0,2}}\b{_NOT_A_NAME}{_NAME}"
    rf"(?=['’`]s (?:(?i:{_THINGS})\b|[A-Z]|i[A-Z])|(?<=s)['’`] (?i:{_THINGS})\b)"
)
_OWNED: Final = re.compile(
    rf"(\b(?:{_THINGS})\b(?: (?!von|de|di|do|da|van|af|av)\w+){{0,2}} (?:von|de|di|do|da|van|af|av|d['’]) ?)"
    rf"{_NAME}(?: {_LARGE}){{0,2}}"
)
_GENITIVE: Final = re.compile(
    rf"(?<![\w<])(?!Hardcuts){_LARGE}s(?= (?:iPhone|iPad|iMac|MacBook|AirPods|Mac|Galaxy|Pixel)\b)"
)


class Redaction:
    """Replaces what is private in texts.

    Args:
        home, user, host: of this account and machine; too short names are left, as they are parts of words.
        full_name: of who the account belongs to, or "".
    """

    def __init__(self, home: str, user: str, host: str, full_name: str = "") -> None:
        self._home = home.rstrip("/\\")
        names = {user: ACCOUNT, host: MACHINE, host.partition(".")[0]: MACHINE, full_name: ACCOUNT}
        self._names = [
            (re.compile(rf"(?<![A-Za-z0-9<]){re.escape(name)}(?![A-Za-z0-9])", re.IGNORECASE), word)
            for name, word in sorted(names.items(), key=lambda pair: -len(pair[0]))
            if len(name) > 1 and name.casefold() not in _COMMON
        ]
        self._learnt: dict[str, str] = {}

    @classmethod
    def here(cls) -> "Redaction":
        """That of this account on this machine."""
        user = ""
        with suppress(OSError, KeyError):
            user = getpass.getuser()
        return cls(str(Path.home()), user, socket.gethostname(), _full_name())

    def learn(self, text: str) -> None:
        """Remember the names that a text gives away, for this text and those that come."""
        for name, word in _given_away(text):
            name = name.strip(" .,)")
            if len(name) >= _SHORTEST and name.casefold() not in _COMMON and "<" not in name:
                self._learnt[name.lower()] = word

    def __call__(self, text: str) -> str:
        """Return the text without what is private in it, and without what was learnt."""
        self.learn(text)
        if len(self._home) > 1:
            text = re.sub(rf"{re.escape(self._home)}(?![\w-])", "~", text)
        text = _HOMES.sub(lambda found: f"{found['begin'] or found['drive']}{ACCOUNT}", text)
        text = _SOURCE_LINE.sub(_source_line, text)
        text = _CAPTURE_THREAD.sub(r"\1<source>", text)
        text = _URL.sub(_without_address, text)
        text = _SEVERAL.sub(rf"\1that in their name ({NAMES})", text)
        text = _LISTED.sub(rf"\1: {NAMES}.", text)
        text = _TOLD_WHERE.sub(rf"\1({NAMES})", text)
        text = _SCREEN.sub(f"screen:{WINDOW}", text)
        text = _NDI.sub(rf"\1:{MACHINE}\3", text)
        if self._learnt:
            names = "|".join(map(re.escape, sorted(self._learnt, key=len, reverse=True)))
            learnt = re.compile(rf"(?<![\w<])(?:{names})(?![\w>])", re.IGNORECASE)
            text = learnt.sub(lambda found: self._learnt.get(found[0].lower(), NAMES), text)
        for pattern, word in _SHAPES:
            text = pattern.sub(word, text)
        text = _IPV6.sub(_without_ipv6, text)
        for pattern, word in self._names:
            text = pattern.sub(word, text)
        return text


_SHAPES: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (_E_MAIL, f"{ACCOUNT}@{ADDRESS}"),
    (_TOKEN, rf"\1{SECRET}"),
    (_KNOWN_TOKEN, SECRET),
    (_MAC, ADDRESS),
    (_IPV4, ADDRESS),
    (_LOCAL, MACHINE),
    (_SENDER, MACHINE),
    (_OWNER, ACCOUNT),
    (_OWNED, rf"\1{ACCOUNT}"),
    (_GENITIVE, f"{ACCOUNT}s"),
)


def _given_away(text: str) -> Iterator[tuple[str, str]]:
    """Yield each name that a text marks as one, and what takes its place."""
    for found in _URL.finditer(text):
        address = found[2].rstrip(_AFTER_URL)
        authority = re.split(r"[/?#]", address, maxsplit=1)[0]
        account, _, server = authority.rpartition("@")
        host = re.sub(r":\d*$", "", server)
        path = address[len(authority) :]
        yield from ((one, SECRET) for one in (account, account.partition(":")[2]))
        yield server + path if path else "", ADDRESS
        yield "" if host.startswith("127.") else host, ADDRESS
        yield from ((one, SECRET) for one in re.split(r"[/?&=#;]", path) if len(one) >= 2 * _SHORTEST)
    for found in _SOURCE_LINE.finditer(text):
        address = (found["address"] or ":")[1:]
        label = _SIZE.sub("", found["detail"].strip())
        if found["scheme"] == "screen" and not re.match(_REGION, address):
            yield address, WINDOW
            if found["state"] == "live":
                yield label, WINDOW
        if found["scheme"] == "ndi":
            for name in (address, label if found["state"] == "live" else ""):
                yield name.partition(" (")[0], MACHINE
    for found in _NDI.finditer(text):
        yield found[2], MACHINE


def _source_line(found: re.Match[str]) -> str:
    """The line of a source, without its name."""
    scheme, detail = found["scheme"], found["detail"]
    address = found["address"] or ""
    if scheme == "screen":
        if not address or re.match(_REGION, address[1:]):
            return found[0]
        address = f":{WINDOW}"
    elif scheme in ("ndi", "spout", "syphon") and address:
        address = f":{MACHINE}{_channel(address)}"
    if found["state"] == "live" and scheme != "camera":
        size = _SIZE.search(detail)
        detail = f" {WINDOW if scheme == 'screen' else MACHINE}{_channel(detail) if scheme == 'ndi' else ''}"
        detail += size[0] if size else ""
    return f"{found['begin']}{scheme}{address}: {found['state']}.{detail}"


def _channel(name: str) -> str:
    """What a machine calls its sender: " (Channel)", or ""."""
    channel = re.search(r" \([^()]*\)", name)
    return channel[0] if channel else ""


def _without_address(found: re.Match[str]) -> str:
    rest = found[2][len(found[2].rstrip(_AFTER_URL)) :]
    return f"{found[1]}://{ADDRESS}{rest}"


def _without_ipv6(found: re.Match[str]) -> str:
    """An address, if it is one, and not that of the machine itself."""
    whole = found[0]
    if whole.count(":") < 2:
        return whole
    for end in range(len(whole), 1, -1):
        with suppress(ValueError):
            address = ipaddress.ip_address(whole[:end])
            if address.version == 6 and not (address.is_loopback or address.is_unspecified):
                return ADDRESS + whole[end:]
            return whole
    return whole


def _full_name() -> str:
    """The name of who this account belongs to, where the system keeps one in its list of accounts."""
    if sys.platform == "win32":
        return ""
    import pwd

    with suppress(KeyError, OSError):
        return pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0].strip()
    return ""
