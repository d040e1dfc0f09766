"""The key layouts as published, spelled out independently of the code under test."""

Shape = tuple[int, ...]


def _residual(prefix: str, inputs: int, outputs: int) -> dict[str, Shape]:
    layout: dict[str, Shape] = {
        f"{prefix}.residual.0.gamma": (inputs, 1, 1, 1),
        f"{prefix}.residual.2.weight": (outputs, inputs, 3, 3, 3),
        f"{prefix}.residual.2.bias": (outputs,),
        f"{prefix}.residual.3.gamma": (outputs, 1, 1, 1),
        f"{prefix}.residual.6.weight": (outputs, outputs, 3, 3, 3),
        f"{prefix}.residual.6.bias": (outputs,),
    }
    if inputs != outputs:
        layout |= _conv(f"{prefix}.shortcut", (outputs, inputs, 1, 1, 1))
    return layout


def _conv(prefix: str, shape: Shape, bias: bool = True) -> dict[str, Shape]:
    layout: dict[str, Shape] = {f"{prefix}.weight": shape}
    return layout | {f"{prefix}.bias": shape[:1]} if bias else layout


def _middle(prefix: str, width: int) -> dict[str, Shape]:
    return {
        **_residual(f"{prefix}.middle.0", width, width),
        f"{prefix}.middle.1.norm.gamma": (width, 1, 1),
        **_conv(f"{prefix}.middle.1.to_qkv", (3 * width, width, 1, 1)),
        **_conv(f"{prefix}.middle.1.proj", (width, width, 1, 1)),
        **_residual(f"{prefix}.middle.2", width, width),
        f"{prefix}.head.0.gamma": (0, 1, 1, 1),  # replaced by the caller: its width differs
    }


def wan_layout(w: int) -> dict[str, Shape]:
    """Wan2.1_VAE.pth at base width w."""
    down = [
        *[("res", w, w), ("res", w, w), ("down", w, 2)],
        *[("res", w, 2 * w), ("res", 2 * w, 2 * w), ("down", 2 * w, 3)],
        *[("res", 2 * w, 4 * w), ("res", 4 * w, 4 * w), ("down", 4 * w, 3)],
        *[("res", 4 * w, 4 * w), ("res", 4 * w, 4 * w)],
    ]
    up = [
        *[("res", 4 * w, 4 * w), ("res", 4 * w, 4 * w), ("res", 4 * w, 4 * w), ("up", 4 * w, 3)],
        *[("res", 2 * w, 4 * w), ("res", 4 * w, 4 * w), ("res", 4 * w, 4 * w), ("up", 4 * w, 3)],
        *[("res", 2 * w, 2 * w), ("res", 2 * w, 2 * w), ("res", 2 * w, 2 * w), ("up", 2 * w, 2)],
        *[("res", w, w), ("res", w, w), ("res", w, w)],
    ]
    layout = {
        **_conv("encoder.conv1", (w, 3, 3, 3, 3)),
        **_middle("encoder", 4 * w),
        "encoder.head.0.gamma": (4 * w, 1, 1, 1),
        **_conv("encoder.head.2", (32, 4 * w, 3, 3, 3)),
        **_conv("conv1", (32, 32, 1, 1, 1)),
        **_conv("conv2", (16, 16, 1, 1, 1)),
        **_conv("decoder.conv1", (4 * w, 16, 3, 3, 3)),
        **_middle("decoder", 4 * w),
        "decoder.head.0.gamma": (w, 1, 1, 1),
        **_conv("decoder.head.2", (3, w, 3, 3, 3)),
    }
    for place, blocks in (("encoder.downsamples", down), ("decoder.upsamples", up)):
        for index, (kind, first, second) in enumerate(blocks):
            prefix = f"{place}.{index}"
            if kind == "res":
                layout |= _residual(prefix, first, second)
                continue
            layout |= _conv(f"{prefix}.resample.1", (first if kind == "down" else first // 2, first, 3, 3))
            if second == 3:
                layout |= _conv(f"{prefix}.time_conv", (first if kind == "down" else 2 * first, first, 3, 1, 1))
    return layout


def taehv_layout(width: int, widths: tuple[int, int, int, int]) -> dict[str, Shape]:
    """taew2_1.pth at these widths."""
    layout = _conv("encoder.0", (width, 3, 3, 3)) | _conv("encoder.17", (16, width, 3, 3))
    for start, frames in ((2, 2), (7, 2), (12, 1)):
        layout |= _conv(f"encoder.{start}.conv", (width, frames * width, 1, 1), bias=False)
        layout |= _conv(f"encoder.{start + 1}", (width, width, 3, 3), bias=False)
        for index in range(start + 2, start + 5):
            layout |= _memory(f"encoder.{index}", width)
    layout |= _conv("decoder.1", (widths[0], 16, 3, 3)) | _conv("decoder.22", (3, widths[3], 3, 3))
    for stage, (start, frames) in enumerate(((3, 1), (9, 2), (15, 2))):
        inputs, outputs = widths[stage], widths[stage + 1]
        for index in range(start, start + 3):
            layout |= _memory(f"decoder.{index}", inputs)
        layout |= _conv(f"decoder.{start + 4}.conv", (frames * inputs, inputs, 1, 1), bias=False)
        layout |= _conv(f"decoder.{start + 5}", (outputs, inputs, 3, 3), bias=False)
    return layout


def _memory(prefix: str, width: int) -> dict[str, Shape]:
    return {
        **_conv(f"{prefix}.conv.0", (width, 2 * width, 3, 3)),
        **_conv(f"{prefix}.conv.2", (width, width, 3, 3)),
        **_conv(f"{prefix}.conv.4", (width, width, 3, 3)),
    }
