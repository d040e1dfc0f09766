"""Whether there is memory for a generator, before anything of it is loaded."""

from dataclasses import dataclass

from engine.generators.wan.card_library import load_cards


@dataclass(frozen=True, slots=True)
class Headroom:
    """Bytes.

    Attributes:
        place: the device in words; needs: at least so much, with the least of the model that plays; free: there now.
        smaller: generators that need less and whose files are there, the best first.
    """

    place: str
    needs: int
    free: int
    smaller: tuple[str, ...] = ()


def headroom(generator: str) -> Headroom | None:
    """Return what a generator needs and what is free; None for one that needs little, or does not say.

    Imports torch, and opens the device's driver.
    """
    card = load_cards().cards.get(generator)
    if card is None:
        return None
    import torch

    from engine.folders import models_folder
    from engine.generators.wan.memory import free_bytes, model_dtype, model_need
    from engine.generators.wan.memory_plan import has_fp8, least, planned_need
    from engine.generators.wan.memory_refusal import smaller_cards

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    dtype = model_dtype(device)
    place = torch.cuda.get_device_name(device) if device.type == "cuda" else "the processor"
    smaller = tuple(one.name for one in smaller_cards(card, models_folder(), dtype))
    if device.type == "cuda":
        host = free_bytes(torch.device("cpu"))
        need, _ = least(card, planned_need(card, host, fp8=has_fp8(card, torch.cuda.get_device_capability(device))))
    else:
        need = model_need(card, dtype)
    return Headroom(place, need.bytes, free_bytes(device), smaller)
