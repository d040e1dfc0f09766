"""What the chips of the chain say."""

from app.models.window_models import WindowModels
from app.views.labels import generator_face
from app.widgets.chip import Tone
from engine.messages.stats import GpuShared, SharedGpu
from tests.window.fake_engine import FakeEngine, library


def test_a_shared_gpu_is_told_at_the_generator() -> None:
    engine = FakeEngine(library(5))
    show = WindowModels(engine.front, engine.scenes)
    show.take(engine.generator())
    assert generator_face(show.chain, None).remark == ""
    show.take(GpuShared(at_ns=1, gpus=(SharedGpu("H200", 1, 2 << 30, 0.3),)))
    assert (generator_face(show.chain, None).remark, generator_face(show.chain, None).tone) == (
        "GPU SHARED",
        Tone.WAITING,
    )
    assert show.log.entries[-1].text == "The GPU is shared. H200: another program (2.0 GiB, 30 % of its time)."
    show.take(GpuShared(at_ns=2, gpus=()))
    assert (generator_face(show.chain, None).remark, generator_face(show.chain, None).tone) == ("", Tone.LIVE)
    assert show.log.entries[-1].text == "No other program uses the GPU any more."
