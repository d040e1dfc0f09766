"""What the chips of the chain say."""

from app.models.window_models import WindowModels
from app.views.labels import generator_face, lamp, programme_frame
from app.widgets.chip import Tone
from engine.messages.parameters import OUTPUT_FADE
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


def test_the_lamp_tells_a_blackout_and_a_freeze_as_far_as_they_are_so() -> None:
    engine = FakeEngine(library(5))
    show = WindowModels(engine.front, engine.scenes)
    transport, chain = show.transport, show.chain

    def told(**changes: object) -> tuple[str, str]:
        show.take(engine.output(values={OUTPUT_FADE: 2.0}, **changes))
        return lamp(transport, chain.output)[0], programme_frame(transport, chain)[1]

    assert told(blackout=True, blackout_fades=True) == ("FADING OUT", "")
    assert told(blackout=True) == ("BLACKOUT", "BLACKOUT")
    assert told(blackout_fades=True)[0] == "FADING IN"
    assert told(freeze=True, freeze_fades=True)[0] == "FREEZING"
    assert told(freeze=True)[0] == "FROZEN"
    assert told(freeze_fades=True)[0] == "RELEASING"
    assert told()[0] == "1 RECEIVER"


def test_the_lamp_waits_for_the_fade_and_not_where_there_is_none() -> None:
    for fade, word in ((2.0, "FADING OUT"), (0.0, "BLACKOUT")):
        engine = FakeEngine(library(5))
        show = WindowModels(engine.front, engine.scenes)
        show.take(engine.output(values={OUTPUT_FADE: fade}))
        show.transport.blackout.want(True, engine.time_ns)  # asked for, and not told of yet
        assert lamp(show.transport, show.chain.output)[0] == word
