"""Small models on one thread: on a busy machine two of them wait for each other."""

from collections.abc import Iterator

import pytest


@pytest.fixture(name="one_thread")
def _one_thread() -> Iterator[None]:
    import torch  # only where it is asked for

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
