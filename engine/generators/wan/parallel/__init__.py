"""Several GPUs for one model: processes that share every pass. See `model.share` for how a pass is split.

orders      what the leading process tells the others, and what they answer: frozen, on their standard streams
wire        what a pass is given, from rank 0 to the others
group       how numbers move between the processes: which way is taken; NCCL between GPUs, gloo between CPUs
peers       the way through each other's GPU memory, which goes into graphs
device_memory  GPU memory that other processes may open
follower    a process that follows: its model, its heads of every window, and nothing decided
crew        the leading process's end: starts the others, tells them what to do, ends them
watch       the thread that finds out which of them keeps the others waiting
hand        one of the others: its streams, and what it has answered; goes from one crew to the next
led         the windows and passes of the leading process, which tell the others what is done
standstill  who keeps the others waiting
turns       how many exchanges a process has come to
muster      how many dream together, and whether they may
proof       a pass shared against the same pass alone, before a show is trusted to it

The engine's process leads: it is rank 0, makes its own share of each pass, and alone draws noise, encodes and decodes
pictures, knows prompts and decides. Each other rank, a process a GPU, holds the whole weights, its heads of the
windows, and what is kept of them for snapshots and armed scenes. For everything that changes a window or makes a pass
the leading process writes an order to each (`orders`), does the same itself, and both meet in the exchanges of the
pass: latents and time go out from rank 0, tokens and heads change places twice a block, pixels come back. A chunk that
is given up is told to nobody: the next pass overwrites its slots, there as here.

An order is answered once it is done. A follower that ends, or keeps the others waiting for too long, is a fault of
the generator as any other. One that hangs makes all hang, in the exchange to which it does not come; so when an order
stays unanswered, all are asked how many exchanges they have come to, and answer from a thread of their own. Who does
not answer, or has come to the fewest, is killed, which also frees the leading process from the collective it may wait
in; the rank is left out (`engine.generators.ranks`), and the generator is built again on what is left. If that is the
leading process itself, the others wait for it, and it is `engine.loop.watchdog` that acts. Those that are left keep
their weights, through this and through a change of format: what they did together breaks off for all of them, each lets
go of its windows and waits to be told its share in another crew (`Regroup`). One that does not come round is started
anew. Followers end with the program: their standard input does.

Nothing is listened to from elsewhere: processes meet by a file in a folder of their own, and speak over loopback or
NVLink. Bits are the same from run to run with the same number of processes; another number rounds differently.
"""
