"""How far one result is from another."""

from torch import Tensor


def relative_error(value: Tensor, reference: Tensor) -> float:
    """‖value − reference‖ / ‖reference‖ in float64; infinite where value is not finite or of another shape."""
    if value.shape != reference.shape:
        return float("inf")
    value, reference = value.double(), reference.double()
    error = float((value - reference).norm() / reference.norm().clamp_min(1e-30))
    return error if error == error else float("inf")
