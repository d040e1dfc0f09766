"""Prompts that may be asked for soon are named to a generator that wants to know."""

from collections.abc import Sequence

from engine.loop.ports import RunnerProgress
from engine.loop.runner import Runner
from engine.messages.commands import ArmBank, Command, Origin
from engine.messages.cue_lists import Cue, CueList
from engine.messages.list_commands import StepPlaylist, UseCues, UsePlaylist
from engine.messages.playlists import Playlist
from engine.scheduling.chunk_pacing import ChunkPacing
from engine.scheduling.commit_scheduler import CommitScheduler
from tests.engine.fakes import SCENES, TABLE, Bench, ToyGenerator


class ForeseeingToy(ToyGenerator):
    def prefetch_prompts(self, prompts: Sequence[str]) -> None:
        self.log.append(f"prefetch_prompts {', '.join(prompts)}")


def test_what_comes_next_is_named_when_it_changes() -> None:
    bench = Bench()
    toy = bench.generator = ForeseeingToy(bench.clock)
    scheduler = CommitScheduler(TABLE, SCENES, "One", first_epoch=1)
    runner = Runner(bench.rooms, toy, scheduler, ChunkPacing(2, 33_333_333, 32), 7, RunnerProgress())
    stamp = {"stamp_ns": 0, "origin": Origin.CLI}
    boundaries: list[list[Command]] = [
        [],
        [ArmBank(**stamp, scenes=("One", "Two"))],
        [UsePlaylist(**stamp, playlist=Playlist("list", ("fog", "rain")))],
        [],
        [StepPlaylist(**stamp)],
        [UseCues(**stamp, cues=CueList("cues", (Cue(scene="Two"),)))],
        [ArmBank(**stamp, scenes=()), StepPlaylist(**stamp)],
    ]
    for commands in boundaries:
        for command in commands:
            bench.commands.put(command)
        runner.step(lambda _: False)
    assert [line for line in toy.log if "prefetch_prompts" in line] == [
        "prefetch_prompts red, blue",
        "prefetch_prompts fog, red, blue",
        "prefetch_prompts rain, red, blue",
        "prefetch_prompts rain, blue, red",
        "prefetch_prompts blue",
    ]
