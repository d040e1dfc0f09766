"""Wan as a generator of the program: built from a model card, warmed up, and asked for chunks."""

import gc
from collections import deque
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import torch

from engine.device_turn import device_turn
from engine.errors import GeneratorError
from engine.folders import models_folder
from engine.generators.base import (
    Chunk,
    ChunkAbortedError,
    ChunkNote,
    ChunkRequest,
    GeneratorSnapshot,
    GeneratorSpec,
    Opening,
)
from engine.generators.ranks import Ranks
from engine.generators.torch_settings import use_threads
from engine.generators.wan.acceleration.execution import Eager, Execution, Watch
from engine.generators.wan.acceleration.plan import Tools, without_pushes
from engine.generators.wan.assembly import WanParts, assemble, assemble_again, assemble_at_once, bare
from engine.generators.wan.cards import ModelCard
from engine.generators.wan.device.run_ahead import RunAheadLimiter
from engine.generators.wan.device.side_stream import SideStream
from engine.generators.wan.left_parts import LeftParts
from engine.generators.wan.memory import model_dtype, room_beside, unplayed_bytes
from engine.generators.wan.memory_refusal import no_room
from engine.generators.wan.parallel.crew import Crew
from engine.generators.wan.parallel.hand import Hand
from engine.generators.wan.parallel.led import Lead
from engine.generators.wan.parallel.muster import join, muster
from engine.generators.wan.recipes import Recipe
from engine.generators.wan.reference import ReferencePicture
from engine.generators.wan.rehearsal import rehearsal
from engine.generators.wan.sampling.context import opening_recipe
from engine.generators.wan.sampling.sampler import BlockSampler
from engine.generators.wan.spec import spec_of
from engine.generators.wan.text.prompt_morph import find_text
from engine.generators.wan.video import DecodedChunk, ShowState, WanVideo
from engine.messages.events import BackendChoice, Level
from engine.messages.picture_format import PictureFormat
from engine.messages.reference import Reference
from engine.steps import Work, at_pauses, drive, scaled, under

_JOINING: Final = 0.65
_LOADED: Final = 0.75
_RECORDED: Final = 0.87
"""Shares of the warm-up: until the model is there and fast, until those who share its passes are, and until passes are
recorded; then it rehearses."""


class WanGenerator:
    """A causal Wan model. Owned by one thread; see VideoGenerator.

    Args:
        folder: where weights lie; None: the user's models folder.
        device: "cpu", "cuda" or "cuda:N"; None: the first CUDA device if there is one, else the CPU.
        threads: torch's threads on a CPU; None: one, which leaves the other cores to the output and the window.
        tools: what to make the model fast by; None: what the device offers.
        dtype: of weights and activations; None: what the device computes fastest.
        ranks: the processes that may share its passes; None: this one alone.

    Raises:
        GeneratorError: a file of the card is missing, or the device is not there.
    """

    def __init__(
        self,
        card: ModelCard,
        *,
        folder: Path | None = None,
        device: str | None = None,
        threads: int | None = None,
        tools: Tools | None = None,
        dtype: torch.dtype | None = None,
        ranks: Ranks | None = None,
    ) -> None:
        name = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if name.startswith("cuda") and not torch.cuda.is_available():
            raise GeneratorError("There is no CUDA device", where=name, remedy="Choose cpu, or install the driver.")
        self._card = card
        self._folder = folder or models_folder()
        self._spec = spec_of(card, self._folder)
        self._device = torch.device(name)
        self._threads = threads or 1
        self._tools = tools
        self._dtype = dtype
        self._ranks = ranks or Ranks()
        self._key: Final[Hashable] = replace(card, format=PictureFormat.SQUARE), self._spec.weights, name, dtype
        """Of generators that can use each other's weights: those of other formats too."""
        self._crew: Crew | None = None
        self._lead: Lead | None = None
        self._told: tuple[BackendChoice, ...] = ()
        self._parts: WanParts | None = None
        self._show: WanVideo | None = None
        self._aside: WanVideo | None = None
        self._watch: Watch | None = None
        self._run_ahead = RunAheadLimiter(self._device)
        self._untold: tuple[str, ...] = ()
        self._left_out = self._in_part = ""
        self._foreseen: deque[str] = deque()
        self._room_bytes = 0
        self._reference: ReferencePicture | None = None
        self._referred: Reference | None = None
        card.require_files(self._folder)

    @property
    def spec(self) -> GeneratorSpec:
        return self._spec

    @property
    def parts(self) -> WanParts:
        """What the warm-up loaded and made fast, for who measures it.

        Raises:
            GeneratorError: there was no warm-up yet.
        """
        if self._parts is None:
            raise _not_warmed_up(self._card)
        return self._parts

    @property
    def video(self) -> WanVideo:
        """The running video, for who measures it.

        Raises:
            GeneratorError: there was no warm-up yet.
        """
        return self._running()

    @property
    def lead(self) -> Lead | None:
        """Of the processes that share its passes, for who measures it; None: it is on its own."""
        return self._lead

    def warm_up(self) -> Iterator[float]:
        use_threads(self._device, self._threads)
        # Not inference mode: what is allocated here is written to in either mode, and compiled.
        prepared = under(torch.no_grad, under(self._within_memory, self._preparations()))
        # What is raced and tried there waits for the whole device.
        yield from under(device_turn, prepared) if self._device.type == "cuda" else prepared

    def _preparations(self) -> Generator[float, None, None]:
        """All of the warm-up."""
        dtype = self._dtype or model_dtype(self._device)
        left = self._ranks.take(self._key)
        at_once = False
        mustered = muster(self._card, self._folder, self._device, dtype, self._ranks, threads=self._threads)
        crew = self._crew = mustered.crew
        share = None if crew is None else crew.share
        if isinstance(left, LeftParts):
            card = replace(left.parts.card, format=self._card.format)
            if crew is not None:
                crew.start(card, left.hands)
            else:
                left.dismiss()
            held, at_once = replace(left.parts, card=card), left.in_haste and crew is None
            if at_once:
                self._parts = parts = assemble_at_once(held, self._tools, replays=left.replays)
            else:
                self._parts = parts = assemble_again(held, self._tools, share)
        else:
            loading = assemble(
                self._card,
                self._folder,
                self._device,
                self._tools,
                dtype,
                share,
                mustered.free,
                (lambda _: None) if crew is None else crew.start,  # they load while we do
            )
            self._parts = parts = yield from scaled(0.0, _LOADED if crew is None else _JOINING, loading)
        self._card = parts.card  # where memory is short it plays with less
        self._told, warnings = () if mustered.told is None else (mustered.told,), (*mustered.warnings, *parts.warnings)
        if crew is not None and mustered.told is not None:
            joined = yield from scaled(_JOINING, _LOADED, join(crew, parts, self._ranks, mustered.told))
            self._lead, self._told, warnings = joined.lead, (joined.told,), (*warnings, *joined.warnings)
        lead = self._lead
        execution, recipe, grid = parts.execution, self._card.recipe, self._card.grid

        def sampled(recipe: Recipe) -> BlockSampler:
            if lead is not None:
                return lead.sampler(parts.model, recipe, grid)
            return BlockSampler(parts.model, recipe, grid, denoise=execution.denoise)

        sampler = sampled(recipe)
        codec = replace(parts.codec, wrap_encoder=execution.stream, wrap_decoder=execution.stream_beside)
        self._reference = reference = ReferencePicture(parts.codec, self._card)
        self._show = WanVideo(replace(parts, codec=codec), sampler, SideStream(self._device), reference)
        # Openings are prepared in a video of their own, beside the running one; it never gets further than those.
        if self._card.prepares:
            aside = sampled(opening_recipe(recipe))
            self._aside = WanVideo(parts, aside, SideStream(torch.device("cpu")), reference)
        promised = parts.promised
        if at_once:  # what its passes take is still free
            promised += unplayed_bytes(self._card, parts.codec, dtype, self._device)
        else:
            yield from self._ready(execution, sampler)
            self._watch = Watch(execution)
        self._room_bytes = room_beside(self._device, promised)
        self._untold, self._left_out, self._in_part = warnings, "", ""
        if crew is not None:
            crew.play()
        yield 1.0

    def _ready(self, execution: Execution, sampler: BlockSampler) -> Iterator[float]:
        """Record passes, and rehearse: nothing is held up by that in the show then."""
        lead = self._lead
        for progress in execution.warm_up(self._card, self._device) if lead is None else lead.record(self._card):
            yield _LOADED + (_RECORDED - _LOADED) * progress
        settles = self._device.type == "cuda" or execution.recorded > 0
        chunks = len(sampler.cache.lengths) + 1 if settles else 1
        for progress in self._rehearse(chunks, again=settles):
            yield _RECORDED + (1.0 - _RECORDED) * progress
        self.reset()

    def _rehearse(self, chunks: int, *, again: bool) -> Iterator[float]:
        """Play through all that a show does, unseen.

        Args:
            chunks: where kernels are chosen and pushes recorded as they are met, one at every length of the window and
                one more at the last: from then on no shape is new. On a plain CPU nothing is gained by more than one.
            again: also the openings that come after others, whose streams have their buffers already.
        """
        openings = 0 if self._aside is None else 2 if again else 1
        steps = chunks + int(again) + openings
        for index in range(chunks):
            self.generate(self._rehearsal(index), lambda: False)
            yield (index + 1) / steps
        if again:
            self.reset()
            self.generate(self._rehearsal(0), lambda: False)
            yield (chunks + 1) / steps
        for opening in range(openings):
            for _ in self.prepare(self._rehearsal(0)):
                """One more step of it."""
            yield (chunks + int(again) + opening + 1) / steps

    def _rehearsal(self, index: int) -> ChunkRequest:
        return rehearsal(self._spec.chunk_frames, index, self._card.format)

    def reset(self) -> None:
        if self._show is not None:
            with torch.inference_mode():
                self._show.reset()

    def generate(self, request: ChunkRequest, aborted: Callable[[], bool]) -> Chunk:
        def pause() -> None:
            self._run_ahead.step()
            if aborted():
                raise ChunkAbortedError

        made = drive(self._inferring(self._running().chunk(request)), pause)
        if self._crew is not None:
            self._crew.check()  # what came out of an exchange that was broken off is no picture
        self._encode_ahead()
        return Chunk(request.key, made.images, self._notes(made, self._refer(request.reference)))

    def prefetch_prompts(self, prompts: Sequence[str]) -> None:
        self._foreseen = deque(prompts)
        self._encode_ahead()

    def prepare(self, request: ChunkRequest) -> Work[Opening]:
        if self._show is not None and not self._card.prepares:
            raise GeneratorError("There is no memory to make openings ahead", where=self._card.name)
        if self._aside is None:
            raise _not_warmed_up(self._card)

        def wait(_: None) -> None:
            self._run_ahead.wait()  # by how long a step takes the loop decides when there is time for one

        made = yield from at_pauses(wait, self._inferring(self._aside.opening(request)))
        if self._crew is not None:
            self._crew.check()
        return Opening(request, Chunk(request.key, made.images), self._kept(self._aside))

    @property
    def room_bytes(self) -> int:
        return self._room_bytes

    def snapshot(self) -> GeneratorSnapshot:
        return self._kept(self._running())

    def restore(self, snapshot: GeneratorSnapshot) -> None:
        if snapshot.generator != self._spec.name or not isinstance(snapshot.state, ShowState):
            raise GeneratorError("These caches are another generator's", where=snapshot.generator)
        with self._within_memory(), torch.inference_mode():
            self._running().restore(snapshot.state)

    def backends(self) -> tuple[BackendChoice, ...]:
        if (parts := self._parts) is None:
            return ()
        return (*without_pushes(parts.choices, parts.execution.refused), *self._told, parts.texts.describe())

    def close(self) -> None:
        self._end(leaves=self._crew is not None and self._crew.failed)  # what took longest is still there

    def leave(self) -> None:
        self._end(leaves=True)

    def _end(self, *, leaves: bool) -> None:
        self._run_ahead.wait()  # nothing is taken from under what still runs
        hands: tuple[Hand, ...] = ()
        in_haste = self._crew is not None and self._crew.failed and self._crew.plays
        if self._crew is not None and leaves and self._parts is not None:
            hands = self._crew.disband()
        elif self._crew is not None:
            self._crew.close()
        if self._parts is not None:
            replays = not isinstance(self._parts.execution, Eager)
            estate = LeftParts(bare(self._parts), hands, in_haste, replays)
            if leaves:
                self._ranks.leave(self._key, estate)
            else:
                estate.close()
        self._parts = self._show = self._aside = self._watch = self._crew = self._lead = self._reference = None
        if self._device.type == "cuda":
            gc.collect()  # graphs and what they are recorded of know each other
            with device_turn():
                torch.cuda.empty_cache()

    def _running(self) -> WanVideo:
        if self._show is None:
            raise _not_warmed_up(self._card)
        return self._show

    def _kept(self, show: WanVideo) -> GeneratorSnapshot:
        with self._within_memory(), torch.inference_mode():
            state = show.state()
        return GeneratorSnapshot(self._spec.name, state.bytes, state)

    def _inferring(self, work: Work[DecodedChunk]) -> Work[DecodedChunk]:
        """The same work under inference mode, but not across a pause: the mode belongs to the thread."""
        return under(torch.inference_mode, under(self._within_memory, work))

    def _refer(self, reference: Reference | None) -> str:
        """Do a step of encoding the picture that the next cut begins with, if it is new; what there is to tell of it.

        A step a chunk, so that none is late; a cut that comes before the last waits for the rest.
        """
        if reference is None or reference == self._referred or self._reference is None:
            self._referred = reference
            return ""
        told = ""
        try:
            if not self._reference.usable:
                told = (
                    f"{self._card.label} cannot begin with a picture: it has no depth branch, nor goes frame by frame."
                )
            else:
                with self._within_memory(), torch.inference_mode():
                    if not self._reference.advance(reference):
                        return ""
        except GeneratorError as error:
            told = str(error)
        self._referred = reference
        return told

    def _notes(self, made: DecodedChunk, of_reference: str) -> tuple[ChunkNote, ...]:
        """What there is to tell with a chunk: each thing once."""
        told = list(self._untold)
        if of_reference:
            told.append(of_reference)
        if made.left_out and made.left_out != self._left_out:
            told.append(made.left_out)
        if made.in_part and made.in_part != self._in_part:
            told.append(made.in_part)
        if self._watch is not None and (news := self._watch.news()):
            told.append(news)
        self._untold, self._left_out, self._in_part = (), made.left_out, made.in_part
        return tuple(ChunkNote(Level.WARNING, text) for text in told)

    def _encode_ahead(self) -> None:
        """Have the first of the foreseen prompts encoded: one at a time, so that no other has to queue for long."""
        texts = self._parts.texts if self._parts is not None else None
        while self._foreseen and texts is not None:
            try:
                if find_text(self._foreseen[0], texts) is None:
                    return
            except GeneratorError:
                """It is told when the prompt is asked for."""
            self._foreseen.popleft()

    @contextmanager
    def _within_memory(self) -> Iterator[None]:
        try:
            yield
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise no_room("There was not enough memory", self._card, self._device, self._folder) from error


def _not_warmed_up(card: ModelCard) -> GeneratorError:
    return GeneratorError("Wan was asked for pictures before its warm-up", where=card.name)
