"""How one pass is split over several processes: which tokens, and which heads, are whose. Pure arithmetic.

Sequence parallelism after DeepSpeed-Ulysses (Jacobs et al. 2023, arXiv 2309.14509): every process works out the
products of a share of the tokens, with all heads; attention works on all tokens, with a share of the heads. Tokens are
split within each latent frame, since a frame is what time modulates; shares may differ by one token.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Share:
    """One process's part.

    Attributes:
        rank: of this process, 0 for the one that leads; size: how many processes there are.
        tokens: of a latent frame; heads: of the model, a multiple of size.
    """

    rank: int
    size: int
    tokens: int
    heads: int

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.size or self.heads % self.size or self.size > self.tokens:
            raise ValueError(f"{self.heads} heads and {self.tokens} tokens are not split for rank {self.rank}: {self}")

    @property
    def own_heads(self) -> int:
        """Heads of one process."""
        return self.heads // self.size

    @property
    def own_tokens(self) -> int:
        """Tokens of a latent frame that are this process's."""
        return self.count(self.rank)

    def start(self, rank: int) -> int:
        """The first token of a frame that is a process's."""
        return rank * (self.tokens // self.size) + min(rank, self.tokens % self.size)

    def count(self, rank: int) -> int:
        """How many tokens of a frame are a process's."""
        return self.start(rank + 1) - self.start(rank)

    def counts(self) -> tuple[int, ...]:
        """The same of each process."""
        return tuple(self.count(rank) for rank in range(self.size))

    def sentence(self) -> str:
        """For people: "392+392 of 784 tokens a frame, 20 of 40 heads each"."""
        tokens = "+".join(str(count) for count in self.counts())
        return f"{tokens} of {self.tokens} tokens a frame, {self.own_heads} of {self.heads} heads each"


def largest_size(heads: int, tokens: int, wanted: int) -> int:
    """The most processes, up to as many as are wanted, that the heads can be split over evenly; at least 1."""
    return max(size for size in range(1, max(wanted, 1) + 1) if heads % size == 0 and size <= max(tokens, 1))
