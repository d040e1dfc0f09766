"""What a report takes out of its texts: secrets made up in each shape are in none of them afterwards."""

import ipaddress
import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.commands.redaction import Redaction
from app.log_file import LogFile
from engine.errors import SourceError
from engine.messages.events import SourceChanged, SourceState
from engine.sources.names import match_name


def redact(*texts: str) -> str:
    """The texts as in one report."""
    one = Redaction("/home/anna", "anna", "anna-laptop.lan", "Anna Schmidt")
    for text in texts:
        one.learn(text)
    return "\n".join(one(text) for text in texts)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("file:/home/anna/clips/a.mp4", "file:~/clips/a.mp4"),
        ("file:/home/annabel/clips/a.mp4", "file:/home/<account>/clips/a.mp4"),
        ("ndi:STUDIO-PC (OBS)", "ndi:<machine> (OBS)"),
        ("Sending as “ANNA-LAPTOP (Hardcut)”", "Sending as “<machine> (Hardcut)”"),
        ("camera:rtsp://anna:secret@192.168.7.9/live", "camera:rtsp://<address>"),
        ("It is there (rtsp://h.de/KEY?token=a).", "It is there (rtsp://<address>)."),
        ("listens on 192.168.7.9:9000 and 127.0.0.1:9000", "listens on <address>:9000 and 127.0.0.1:9000"),
        ("listens on [fe80::1%eth0]:9000 and [::1]:9000", "listens on [<address>]:9000 and [::1]:9000"),
        ("of Anna Schmidt", "of <account>"),
        (r"C:\Users\Eva Maria\a.mp4 is gone", r"C:\Users\<account>\a.mp4 is gone"),
        ("The sound comes from “Anna’s iPhone”.", "The sound comes from “<account>’s iPhone”."),
        ("source screen:0,0,640x480: live. screen, 640×480, 30 fps", None),
        ("source stage:: live. The stage, 448×448", None),
        ("Savanna and Joanna dance", None),
        ("2026-12-01T00:04:14.120+0000 INFO    MainThread: Hardcut 0.9.0, Python 3.11.2 on linux", None),
        (
            "painter: compiled loops (no GPU). The generator's time is 00:04:14. It's Wan 2.1 at 16 FPS (30 wanted).",
            None,
        ),
        ("No camera: camera:0 (HD Pro Webcam C920, 640×480).", None),
        ('[corner]\nkey = 36\nname = "Launchpad X"', None),
    ],
)
def test_what_is_private_is_replaced_and_the_rest_stays(text: str, clean: str | None) -> None:
    assert redact(text) == (text if clean is None else clean)


few = settings(max_examples=50)
letters = string.ascii_letters + string.digits
keys = st.text(letters + "-_~", min_size=8, max_size=24).filter(lambda key: any(one.isdigit() for one in key))
hosts = st.from_regex(r"[a-z]{3,9}\.[a-z]{3,9}\.(com|tv)", fullmatch=True)
schemes = st.sampled_from(("rtsp", "rtmp", "srt", "http", "https", "udp"))
wraps = st.sampled_from(
    ("{}", "camera:{}", "It is gone ({}).", 'source = "{}"', "“{}” does not answer", "{}, and more")
)
machines = st.from_regex(r"[A-Z][A-Z0-9-]{3,10}[A-Z0-9]", fullmatch=True).filter(lambda one: one not in _OURS)
channels = st.from_regex(r"[A-Z][a-z]{2,8}( [0-9])?", fullmatch=True)
titles = st.text(letters + " –:.,()!", min_size=4, max_size=40).map(lambda text: f"Zq{text.strip()}9")
names = st.sampled_from(("Anna", "jürgen", "Éloïse", "Zoe-Marie", "O.Neal", "Jonas"))
things = st.sampled_from(("iPhone", "iPad", "MacBook Pro", "AirPods Pro", "Galaxy S23", "Pixel 8", "PC", "Launchpad"))
_OURS = ("FOUND", "SOURCE")


@few
@given(scheme=schemes, host=hosts, key=keys, token=keys, wrap=wraps)
def test_an_address_keeps_neither_host_nor_key(scheme: str, host: str, key: str, token: str, wrap: str) -> None:
    url = f"{scheme}://me:{token}@{host}:8554/app/{key}?token={token}#x"
    spoken = f"Camera {host}:8554/app/{key}?token={token}#x is lost"  # as the window names it
    clean = redact(wrap.format(url), spoken, f"the key {key} was refused", f"by {host}")
    assert not any(secret in clean for secret in (host, key, token))
    assert f"{scheme}://<address>" in clean


@few
@given(
    bits=st.integers(2**64, 2**128 - 1), compressed=st.booleans(), wrap=st.sampled_from(("[{}]:9000", "at {}.", "{}"))
)
def test_no_address_of_a_network_is_left(bits: int, compressed: bool, wrap: str) -> None:
    address = ipaddress.IPv6Address(bits)
    text = address.compressed if compressed else address.exploded
    assert redact(wrap.format(text)) == wrap.format("<address>")
    assert redact(wrap.format(text.upper())) == wrap.format("<address>")


@few
@given(
    name=st.from_regex(r"[A-Za-z][a-zA-Z0-9-]{2,12}", fullmatch=True), end=st.sampled_from((".local", ".LOCAL", ".lan"))
)
def test_no_name_of_a_local_network_is_left(name: str, end: str) -> None:
    assert redact(f"It waits for {name}{end}:5960 there.") == "It waits for <machine>:5960 there."


def live(spec: str, label: str) -> str:
    """What the log says of a source that came live, with the thread that said it."""
    event = SourceChanged(at_ns=0, spec=spec, state=SourceState.LIVE, detail=f"{label}, 1920×1080, 59.94 fps")
    _, text = LogFile._sentence(LogFile.__new__(LogFile), event)
    return f"2026-12-01T00:04:14.120+0000 INFO    hardcut-capture {spec}: {text}"


@few
@given(machine=machines, other=machines, channel=channels)
def test_no_machine_that_sends_is_left(machine: str, other: str, channel: str) -> None:
    name = f"{machine} ({channel})"
    absent = SourceError("There is no such NDI source", where=channel, remedy=f"Found: {name}, {other} (X).")
    with pytest.raises(SourceError) as several:
        match_name("(", [name, f"{other} (X)"], "NDI sources")
    gone = SourceError("The NDI source is gone", where=name)
    for lines in (
        (live(f"ndi:{channel}", name), f"{machine} does not answer"),
        (live(f"ndi:{name}", name),),
        (f"2 NDI sources: ndi:{name} (NDI), ndi:{other} (X) (NDI).", f"It comes from {other} (X)"),
        (str(absent), str(several.value), str(gone)),
        (json.dumps({"source": f"ndi:{name}"}), f'source = "ndi:{other}"'),
    ):
        clean = redact(*lines)
        assert machine not in clean
        assert other not in clean or other in channel


@few
@given(title=titles)
def test_no_title_of_a_window_is_left(title: str) -> None:
    absent = SourceError("There is no such window", where=title, remedy=f"Seen are: {title}, Mail.")
    for text in (
        live(f"screen:{title}", title),
        f"2 screen sources: screen (The whole screen), screen:{title} (Window).",
        str(absent),
        str(SourceError("The screen or the window is gone", where=title)),
        str(SourceError("The screen cannot be read: it broke", where=title, remedy="Allow it.")),
        f"source = 'screen:{title}'",
    ):
        assert title not in redact(text)


@few
@given(
    name=st.from_regex(r"[a-z][a-z0-9_.-]{2,12}[a-z0-9]", fullmatch=True),
    home=st.sampled_from(
        ("/home/{}", "/Users/{}", "/var/home/{}", "/media/{}", "/run/media/{}", r"C:\Users\{}", r"D:\\Users\\{}")
    ),
    after=st.sampled_from(("", "/clips/a.mp4", r"\clips\a.mp4", ")", '"', " is full")),
)
def test_no_home_of_another_account_is_left(name: str, home: str, after: str) -> None:
    text = f"It lies in {home.format(name)}{after}"
    assert redact(text) == f"It lies in {home.format('<account>')}{after}"


@few
@given(
    name=names,
    thing=things,
    form=st.sampled_from(("{n}'s {t}", "{n}’s {t}", "{t} von {n}", "{t} de {n}", "{t} di {n}")),
)
def test_no_owner_of_a_device_is_left(name: str, thing: str, form: str) -> None:
    device = form.format(n=name, t=thing)
    for text in (
        device,
        f"Sound: {device}: no signal.",
        f"1 camera: camera:1 ({device} Camera, 640×480).",
        f'"{device}"',
    ):
        assert name not in redact(text)
        assert thing in redact(text)


@few
@given(text=st.text(string.printable, max_size=300))
def test_what_was_replaced_stays_as_it_is(text: str) -> None:
    once = redact(text)
    assert Redaction("/home/anna", "anna", "anna-laptop.lan", "Anna Schmidt")(once) == once
