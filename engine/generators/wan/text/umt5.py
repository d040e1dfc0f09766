"""UMT5-XXL as the text encoder, through transformers, on a thread of its own; embeddings are kept on disk.

Wan reads the last hidden states of 512 tokens; behind the prompt's own they are zero (Wan2.1, wan/modules/t5.py).
The encoder is loaded when the first text comes that is not on disk: a show whose prompts are known never loads it.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from engine.errors import GeneratorError
from engine.files import FileKind, save_file
from engine.generators.wan.cards import Precision
from engine.generators.wan.components import TEXT
from engine.generators.wan.dims import ModelDims
from engine.generators.wan.files.ends import add_ends
from engine.generators.wan.memory import GIB, free_bytes
from engine.generators.wan.text.cleaning import MENDS, WITHOUT, cleaned
from engine.generators.wan.text.embeddings import check_embedding
from engine.generators.wan.text.encoder import KEPT_TEXTS, PromptTexts
from engine.generators.wan.text.placement import TextPlace
from engine.generators.wan.text.umt5_weights import load_encoder
from engine.messages.events import BackendChoice

_log: Final = logging.getLogger(__name__)

_SAMPLE: Final = 1 << 20
"""Bytes from each end of a weight file that its fingerprint looks at: 11 GB are too many to read at every start."""

_KEY: Final = "embedding"
_TOKENS: Final = "tokens"
_PROMPT_FILE: Final = FileKind("encoded prompt", GeneratorError)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text as the transformer reads it.

    Attributes:
        embedding: [1, text_len, text_dim] on the host, zero behind its last token.
        tokens: how many the whole text has, its end mark among them; what is past text_len was left out.
    """

    embedding: Tensor
    tokens: int


Encode = Callable[[str], Encoded]
"""May take seconds."""


@dataclass(frozen=True, slots=True)
class OpenedEncoder:
    """An encoder that has been loaded, and what is to be told of it now."""

    encode: Encode
    described: BackendChoice


class BackgroundTexts:
    """Encodes on a side thread, so that a new prompt never keeps a chunk waiting.

    Args:
        open_encoder: called once, on the side thread, when a text is first needed that is not on disk.
        folder: where embeddings of this very encoder are kept.
    """

    def __init__(
        self, dims: ModelDims, open_encoder: Callable[[], OpenedEncoder], folder: Path, described: BackendChoice
    ) -> None:
        self._dims = dims
        self._open_encoder = open_encoder
        self._folder = folder
        self._described = described
        self._encode: Encode | None = None
        self._change = threading.Condition()
        self._wanted: OrderedDict[str, None] = OrderedDict()
        self._done: OrderedDict[str, Encoded | GeneratorError] = OrderedDict()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="hardcut-text")
        self._thread.start()

    def find(self, text: str) -> Tensor | None:
        with self._change:
            return self._ask(text)

    def wait_for(self, text: str) -> Tensor:
        with self._change:
            while (found := self._ask(text)) is None:
                self._change.wait()
            return found

    def tokens(self, text: str) -> int:
        with self._change:
            found = self._done.get(text)
        return found.tokens if isinstance(found, Encoded) else 0

    def describe(self) -> BackendChoice:
        return self._described

    def close(self) -> None:
        with self._change:
            self._closed = True
            self._change.notify_all()
        self._thread.join()

    def _ask(self, text: str) -> Tensor | None:
        found = self._done.get(text)
        if found is None:
            if self._closed:
                raise GeneratorError("The text encoder was closed")
            if text not in self._wanted:
                self._wanted[text] = None
                self._change.notify_all()
            return None
        if isinstance(found, GeneratorError):
            raise found
        self._done.move_to_end(text)
        return found.embedding

    def _work(self) -> None:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._closed or bool(self._wanted))
                if self._closed:
                    return
                text = next(iter(self._wanted))
            result = self._make(text)
            with self._change:
                del self._wanted[text]
                self._done[text] = result
                if len(self._done) > KEPT_TEXTS:
                    self._done.popitem(last=False)
                self._change.notify_all()

    def _make(self, text: str) -> Encoded | GeneratorError:
        try:
            kept = self._kept(text)
            if kept is not None:
                return kept
            if self._encode is None:
                opened = self._open_encoder()
                self._encode, self._described = opened.encode, opened.described
                _log.info("%s: %s", self._described.chosen, self._described.reason)
            made = self._encode(text)
            check_embedding(made.embedding, self._dims)
            self._keep(text, made)
            return made
        except GeneratorError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the top of the side thread; who asks for the text is told
            return GeneratorError(
                f"A prompt could not be encoded: {type(error).__name__}: {' '.join(str(error).split())[:200]}",
                where=text[:60],
                remedy="The picture stays with the prompt it had.",
            )

    def _path(self, text: str) -> Path:
        return self._folder / f"{blake2b(cleaned(text).encode(), digest_size=16).hexdigest()}.safetensors"

    def _kept(self, text: str) -> Encoded | None:
        """What an earlier show has encoded; a file that cannot be used is made anew."""
        try:
            found = load_file(self._path(text))
            rows, tokens = found[_KEY], int(found[_TOKENS].sum())
        except (OSError, SafetensorError, KeyError):
            return None
        if rows.ndim != 2 or rows.shape[0] > self._dims.text_len or rows.shape[1] != self._dims.text_dim:
            return None
        embedding = torch.zeros(1, self._dims.text_len, self._dims.text_dim, dtype=rows.dtype)
        embedding[0, : rows.shape[0]] = rows
        return Encoded(embedding, tokens) if bool(torch.isfinite(embedding).all()) else None

    def _keep(self, text: str, made: Encoded) -> None:
        embedding = made.embedding
        used = int(embedding[0].abs().amax(dim=1).nonzero().max()) + 1 if bool(embedding.any()) else 0
        kept = save({_KEY: embedding[0, :used].contiguous(), _TOKENS: torch.tensor([made.tokens])})
        with suppress(GeneratorError):  # a full disk costs the next show the time, and this one nothing
            save_file(self._path(text), kept, _PROMPT_FILE)


def open_umt5(weights: Path, tokenizer: Path, dims: ModelDims, place: TextPlace, cache: Path) -> PromptTexts:
    """The encoder in a folder of the transformers layout, or in a file; nothing is loaded before it is needed.

    Raises:
        GeneratorError: transformers is not installed, or there is no model.
    """
    try:
        import transformers  # noqa: F401 - said now rather than at the first prompt
    except ImportError as error:
        raise GeneratorError(
            "Prompts are encoded by UMT5 through transformers, which is not installed",
            where=str(weights),
            remedy="Install it with: pip install 'hardcut[wan]'.",
        ) from error
    # What fp8 makes of a text is kept apart from what bfloat16 makes of it.
    identity = fingerprint(weights, tokenizer) + ("-fp8" if place.precision is Precision.FP8 else "")
    described = BackendChoice(
        component=TEXT,
        chosen=f"UMT5-XXL, {place.name}, on a thread of its own",
        reason=f"{place.bytes / GIB:.1f} GiB once a text comes that is not kept in {cache / identity}; "
        f"{max(place.free, 0) / GIB:.1f} GiB are free",
        shapes=f"[1, {dims.text_len}, {dims.text_dim}] bfloat16",
        rejected=(*place.rejected, *(() if MENDS else (("ftfy", f"not installed: {WITHOUT}"),))),
    )

    def open_encoder() -> OpenedEncoder:
        return load_umt5(weights, tokenizer, dims.text_len, place, described)

    return BackgroundTexts(dims, open_encoder, cache / identity, described)


def load_umt5(
    weights: Path, tokenizer: Path, text_len: int, place: TextPlace, described: BackendChoice
) -> OpenedEncoder:
    """Load the encoder; it reads text_len tokens, and what is longer is cut off: `Encoded.tokens` says so.

    Args:
        described: what was decided; it comes back with what fp8 has cost, layer by layer.

    Raises:
        GeneratorError: there is no room for it, or its files are not whole.
    """
    from transformers import AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # it would write over the status line
    device = place.device
    if (free := free_bytes(device)) < place.bytes:
        raise GeneratorError(
            f"The text encoder needs {place.bytes / GIB:.1f} GiB on {device} and {free / GIB:.1f} GiB are free",
            where=str(weights),
            remedy="Close other programs, or play prompts that were encoded before.",
        )
    words: Any = AutoTokenizer.from_pretrained(tokenizer, local_files_only=True)
    model, packed = load_encoder(weights, device, place.precision)
    if packed is not None:
        described = replace(
            described,
            reason=f"{described.reason}; {packed.sentence()}",
            rejected=(*described.rejected, *((f"fp8 in {name}", why) for name, why in packed.kept)),
        )
    stream = torch.cuda.Stream(device) if device.type == "cuda" else None  # type: ignore[no-untyped-call]

    @torch.inference_mode()
    def encode(text: str) -> Encoded:
        text = cleaned(text)
        count = len(words(text, verbose=False).input_ids)  # verbose: it would warn of what the performer is told
        tokens = words(text, max_length=text_len, truncation=True, return_tensors="pt")
        with torch.cuda.stream(stream):  # its own: the chunk under way does not queue behind it
            hidden = model(tokens.input_ids.to(device), tokens.attention_mask.to(device)).last_hidden_state.cpu()
        embedding: Tensor = hidden.new_zeros(1, text_len, hidden.shape[-1])
        embedding[:, : hidden.shape[1]] = hidden
        return Encoded(embedding, count)

    return OpenedEncoder(encode, described)


def fingerprint(*places: Path) -> str:
    """Tells one encoder from another by its files' names and sizes and the ends of each.

    Args:
        places: folders, or files.

    Raises:
        GeneratorError: a folder holds no files, or there is nothing.
    """
    digest = blake2b(digest_size=16)
    for place in places:
        files = [place] if place.is_file() else sorted(path for path in place.glob("*") if path.is_file())
        if not files:
            raise GeneratorError("There is no model in this folder", where=str(place))
        for path in files:
            add_ends(digest, path, _SAMPLE)
    return digest.hexdigest()
