"""Displays and windows by SDL 2, as thin as what the display sink asks of them. One thread, the process's main one.

https://wiki.libsdl.org/SDL2; the library comes with pysdl2-dll.
"""

import ctypes
import os
import sys
import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from engine.errors import OutputError
from engine.output.settings import WireImage
from engine.output.sinks.x11 import keeping_focus
from engine.output.sinks.x11_pictures import X11Pictures, reach

REMEDY: Final = "Install the packages pysdl2 and pysdl2-dll."
SOFTWARE_GL: Final = ("llvmpipe", "softpipe", "swrast", "software rasterizer")
"""Names of OpenGL drivers that draw on the processor: there a plain copy costs a fraction."""

_GL_RENDERER: Final = 0x1F01
"""glGetString's name for the driver; OpenGL 4.6 core profile, 22.2."""

_NO_ACTIVATE: Final = 0x08000000
_EXTENDED_STYLE: Final = -20
"""winuser.h: WS_EX_NOACTIVATE, GWL_EXSTYLE."""


@dataclass(frozen=True, slots=True)
class Display:
    """A display that is connected.

    Attributes:
        number: from 1, in the system's order; the primary one comes first.
        x, y, width, height: its place on the desktop in pixels; hertz: its refresh rate, 0 if unknown.
    """

    number: int
    name: str
    x: int
    y: int
    width: int
    height: int
    hertz: int


def load() -> Any:
    """Return pysdl2's module.

    Raises:
        OutputError: it or its library is missing.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it tells where it has found its library
            import sdl2
    except (ImportError, OSError) as error:
        raise OutputError(f"SDL cannot be loaded: {error}", remedy=REMEDY) from error
    return sdl2


def hindrance() -> str:
    """Return why nothing can be shown on a display from here, as a sentence; "" where it can."""
    try:
        load()
    except OutputError as error:
        return str(error)
    if not _driver() and sys.platform == "linux":
        return "There is no display server: neither DISPLAY nor WAYLAND_DISPLAY is set."
    return ""


def _driver() -> str:
    """Return the video driver to use on Linux, "" for SDL's own choice: never one that draws into nothing."""
    if sys.platform != "linux":
        return ""
    if os.environ.get("DISPLAY"):
        return "x11"
    return "wayland" if os.environ.get("WAYLAND_DISPLAY") else ""


class Sdl:
    """The video part of SDL.

    Raises:
        OutputError: there is no display server, or SDL is missing.
    """

    def __init__(self) -> None:
        self._sdl = sdl = load()
        for name, value in (
            (b"SDL_NO_SIGNAL_HANDLERS", b"1"),
            (b"SDL_WINDOW_NO_ACTIVATION_WHEN_SHOWN", b"1"),
            (b"SDL_X11_FORCE_OVERRIDE_REDIRECT", b"1"),  # past the window manager: over panels, never focused
            (b"SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS", b"0"),
            (b"SDL_RENDER_SCALE_QUALITY", b"1"),
            (b"SDL_FRAMEBUFFER_ACCELERATION", b"0"),  # a copy is a copy, not a texture of a processor's OpenGL
        ):
            sdl.SDL_SetHint(name, value)
        if driver := _driver():
            os.environ["SDL_VIDEODRIVER"] = driver
        elif sys.platform == "linux":
            os.environ.setdefault("SDL_VIDEODRIVER", "KMSDRM")
        if sdl.SDL_InitSubSystem(sdl.SDL_INIT_VIDEO) != 0:
            raise OutputError(f"There is no display to show on: {self.fault()}")
        sdl.SDL_ShowCursor(sdl.SDL_DISABLE)

    def fault(self) -> str:
        """Return SDL's last error."""
        text: bytes = self._sdl.SDL_GetError()
        return text.decode(errors="replace")

    def displays(self) -> tuple[Display, ...]:
        """Return the connected displays."""
        sdl, found = self._sdl, []
        for index in range(max(sdl.SDL_GetNumVideoDisplays(), 0)):
            bounds, mode = sdl.SDL_Rect(), sdl.SDL_DisplayMode()
            if sdl.SDL_GetDisplayBounds(index, ctypes.byref(bounds)) != 0:
                continue
            hertz = mode.refresh_rate if sdl.SDL_GetCurrentDisplayMode(index, ctypes.byref(mode)) == 0 else 0
            name = (sdl.SDL_GetDisplayName(index) or b"").decode(errors="replace")
            found.append(
                Display(index + 1, name or f"Display {index + 1}", bounds.x, bounds.y, bounds.w, bounds.h, hertz)
            )
        return tuple(found)

    def pump(self) -> bool:
        """Take every event; return whether a window has to be drawn again."""
        sdl, event, exposed = self._sdl, self._sdl.SDL_Event(), False
        while sdl.SDL_PollEvent(ctypes.byref(event)):
            exposed |= event.type == sdl.SDL_WINDOWEVENT
        return exposed

    def open(self, display: Display) -> "SdlWindow":
        """Cover a display with a black window.

        Raises:
            OutputError: that does not go.
        """
        return SdlWindow(self._sdl, display)

    def close(self) -> None:
        """Let go of the displays."""
        self._sdl.SDL_QuitSubSystem(self._sdl.SDL_INIT_VIDEO)


class SdlWindow:
    """A window that covers a display: no frame, no cursor, no focus.

    Attributes:
        vsync: pictures change between two refreshes.
        driver: how it draws: SDL's name of the driver; without a graphics card "shared memory" where the X server reads
            the pictures itself, or "copy".
    """

    def __init__(self, sdl: Any, display: Display) -> None:
        self._sdl = sdl
        self._display = display
        self._texture: Any = None
        self._texture_size = (0, 0)
        self._copied_to = (0, 0, 0, 0)
        placed = sys.platform == "win32" or os.environ.get("SDL_VIDEODRIVER") == "x11"
        flags = sdl.SDL_WINDOW_BORDERLESS | sdl.SDL_WINDOW_SKIP_TASKBAR | sdl.SDL_WINDOW_HIDDEN
        flags |= sdl.SDL_WINDOW_ALWAYS_ON_TOP if placed else sdl.SDL_WINDOW_FULLSCREEN_DESKTOP
        self._window = sdl.SDL_CreateWindow(
            b"Hardcut output", display.x, display.y, display.width, display.height, flags
        )
        if not self._window:
            raise OutputError(f"No window can be opened: {sdl.SDL_GetError().decode()}", where=display.name)
        if sys.platform == "win32":
            self._never_activate()
        self._renderer, self._driver, self.vsync = self._make_renderer()
        if os.environ.get("SDL_VIDEODRIVER") == "x11":
            with keeping_focus():
                sdl.SDL_ShowWindow(self._window)
                sdl.SDL_PumpEvents()
        else:
            sdl.SDL_ShowWindow(self._window)
        self._shared = self._reach_server() if self._renderer is None else None
        self._last_shared = self._shared is not None

    @property
    def driver(self) -> str:
        """Return how it draws."""
        return self._driver or ("shared memory" if self._last_shared else "copy")

    def show(self, image: WireImage) -> None:
        """Show a picture, uint8 [height, width, 4], B G R X, as large as it fits; waits for the refresh with vsync."""
        if self._renderer is not None:
            self._render(image)
            return
        self._last_shared = self._shared is not None and self._shared.show(image)
        if not self._last_shared:
            self._copy(image)

    def close(self) -> None:
        """Let go of the display."""
        sdl = self._sdl
        if self._shared is not None:
            self._shared.close()
        if self._texture is not None:
            sdl.SDL_DestroyTexture(self._texture)
        if self._renderer is not None:
            sdl.SDL_DestroyRenderer(self._renderer)
        sdl.SDL_DestroyWindow(self._window)

    def _make_renderer(self) -> tuple[Any, str, bool]:
        """Return a graphics card's renderer, its driver and whether it waits for the refresh; or none, and ""."""
        sdl = self._sdl
        renderer = sdl.SDL_CreateRenderer(
            self._window, -1, sdl.SDL_RENDERER_ACCELERATED | sdl.SDL_RENDERER_PRESENTVSYNC
        )
        if renderer:
            info = sdl.SDL_RendererInfo()
            sdl.SDL_GetRendererInfo(renderer, ctypes.byref(info))
            if not self._draws_on_processor():
                return renderer, info.name.decode(), bool(info.flags & sdl.SDL_RENDERER_PRESENTVSYNC)
            sdl.SDL_DestroyRenderer(renderer)
        return None, "", False

    def _reach_server(self) -> X11Pictures | None:
        """Return what lets the X server read the pictures; None where it has other pixels, or is far away."""
        sdl, info = self._sdl, self._sdl.SDL_SysWMinfo()
        if os.environ.get("SDL_VIDEODRIVER") != "x11":
            return None
        if sdl.SDL_GetWindowPixelFormat(self._window) != sdl.SDL_PIXELFORMAT_RGB888:
            return None
        sdl.SDL_VERSION(info.version)
        if not sdl.SDL_GetWindowWMInfo(self._window, ctypes.byref(info)):
            return None
        return reach(info.info.x11.window, self._display.width, self._display.height)

    def _draws_on_processor(self) -> bool:
        address = self._sdl.SDL_GL_GetProcAddress(b"glGetString")
        if not address or not self._sdl.SDL_GL_GetCurrentContext():
            return False
        get = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_uint)(address)
        name = (get(_GL_RENDERER) or b"").decode(errors="replace").lower()
        return any(one in name for one in SOFTWARE_GL)

    def _render(self, image: WireImage) -> None:
        sdl = self._sdl
        height, width = image.shape[:2]
        if self._texture_size != (width, height):
            if self._texture is not None:
                sdl.SDL_DestroyTexture(self._texture)
            self._texture = sdl.SDL_CreateTexture(
                self._renderer, sdl.SDL_PIXELFORMAT_RGB888, sdl.SDL_TEXTUREACCESS_STREAMING, width, height
            )
            if not self._texture:
                raise OutputError(f"A picture of this size cannot be shown: {sdl.SDL_GetError().decode()}")
            self._texture_size = (width, height)
        sdl.SDL_UpdateTexture(self._texture, None, image.ctypes.data_as(ctypes.c_void_p), width * 4)
        size = (ctypes.c_int(), ctypes.c_int())
        sdl.SDL_GetRendererOutputSize(self._renderer, ctypes.byref(size[0]), ctypes.byref(size[1]))
        left, top, wide, high = fitted(width, height, size[0].value, size[1].value)
        sdl.SDL_RenderClear(self._renderer)
        sdl.SDL_RenderCopy(self._renderer, self._texture, None, ctypes.byref(sdl.SDL_Rect(left, top, wide, high)))
        sdl.SDL_RenderPresent(self._renderer)

    def _copy(self, image: WireImage) -> None:
        sdl = self._sdl
        surface = sdl.SDL_GetWindowSurface(self._window)
        if not surface:
            raise OutputError(f"The window has no picture: {sdl.SDL_GetError().decode()}", where=self._display.name)
        whole = surface.contents
        pixels = ctypes.cast(whole.pixels, ctypes.POINTER(ctypes.c_uint8))
        rows = np.ctypeslib.as_array(pixels, (whole.h, whole.pitch))[:, : 4 * whole.w].reshape(whole.h, whole.w, 4)
        height, width = image.shape[:2]
        left, top, wide, high = fitted(width, height, whole.w, whole.h)
        if (left, top, wide, high) != self._copied_to:  # beside it another one may have been
            self._copied_to = (left, top, wide, high)
            rows[...] = 0
        target = rows[top : top + high, left : left + wide]
        if (wide, high) == (width, height):
            np.copyto(target, image)
        else:
            import cv2

            cv2.setNumThreads(1)
            cv2.resize(image, (wide, high), dst=target, interpolation=cv2.INTER_LINEAR)
        sdl.SDL_UpdateWindowSurface(self._window)

    def _never_activate(self) -> None:
        """Keep a click on the window from giving it the keyboard (Windows)."""
        sdl = self._sdl
        info = sdl.SDL_SysWMinfo()
        sdl.SDL_VERSION(info.version)
        if sdl.SDL_GetWindowWMInfo(self._window, ctypes.byref(info)):
            user = getattr(ctypes, "windll").user32  # noqa: B009 - other systems' types do not know it
            handle = info.info.win.window
            style = user.GetWindowLongPtrW(handle, _EXTENDED_STYLE)
            user.SetWindowLongPtrW(handle, _EXTENDED_STYLE, style | _NO_ACTIVATE)


def fitted(width: int, height: int, room_width: int, room_height: int) -> tuple[int, int, int, int]:
    """Return left, top, width and height of a picture that is as large as it fits, in the middle."""
    scale = min(room_width / width, room_height / height)
    wide, high = min(round(width * scale), room_width), min(round(height * scale), room_height)
    return (room_width - wide) // 2, (room_height - high) // 2, wide, high
