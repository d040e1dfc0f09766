"""`hardcut osc`: the list of addresses, and how the socket stands up to hostile datagrams."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence

from app.osc.addresses import listing
from engine.command_line import SentenceParser
from engine.generators.registry import DEFAULT_GENERATOR, find_generator, generator_names
from engine.messages.parameters import OUTPUT_PARAMETERS, ParameterTable


def run_osc(arguments: Sequence[str]) -> int:
    """Run `hardcut osc …`; return the exit status."""
    parser = SentenceParser(prog="hardcut osc", description="Open Sound Control.")
    tasks = parser.add_subparsers(dest="task", required=True, metavar="addresses|bench")
    addresses = tasks.add_parser("addresses", help="every address with its types and range")
    addresses.add_argument("--generator", default=DEFAULT_GENERATOR, choices=generator_names(), metavar="NAME")
    bench = tasks.add_parser("bench", help="send hostile datagrams over loopback and watch memory")
    bench.add_argument("--datagrams", type=_count, default=100_000, metavar="N", help="how many (100000)")
    found = parser.parse_args(arguments)
    if found.task == "bench":
        from bench.osc import run_bench

        return run_bench(found.datagrams, _table(DEFAULT_GENERATOR))
    sys.stdout.write(f"{listing(_table(found.generator))}\n")
    return 0


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text!r} is not a number of datagrams; write 100000.")
    return int(text)


def _table(generator: str) -> ParameterTable:
    return find_generator(generator).describe().parameters.joined(OUTPUT_PARAMETERS)
