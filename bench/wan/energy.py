"""The energy that a GPU has used, by NVIDIA's management library: a counter of the driver's, in millijoules."""

from typing import Any, Final

import torch

from engine.metrics.gpus import import_library

_MJ_PER_J: Final = 1e3


class EnergyMeter:
    """The counter of one GPU.

    Args:
        device: what is computed on.

    Attributes:
        why: why there is none, a clause; "" where there is.
    """

    def __init__(self, device: torch.device) -> None:
        self.why = ""
        self._nvml: Any = None
        self._handle: Any = None
        if device.type != "cuda":
            self.why = "no GPU computes"
            return
        try:
            self._nvml = import_library()
        except ImportError:
            self.why = "nvidia-ml-py is not installed"
            return
        try:
            self._nvml.nvmlInit()
            # By its number in the driver, which CUDA_VISIBLE_DEVICES does not change.
            number = f"GPU-{torch.cuda.get_device_properties(device).uuid}"
            self._handle = self._nvml.nvmlDeviceGetHandleByUUID(number)
            self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._handle)
        except self._nvml.NVMLError as error:
            self._handle, self.why = None, f"the driver does not tell: {error}"

    def joules(self) -> float | None:
        """Return the joules used since the driver was loaded; None where there is no counter."""
        if self._handle is None:
            return None
        return float(self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._handle)) / _MJ_PER_J
