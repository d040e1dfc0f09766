"""`hardcut bench --generator wan-…`: the causal Wan generator on this machine, stage by stage, against its floor.

Needs torch, numpy, safetensors and tomli-w only, so that `python -m bench.wan` runs in a bare checkout on
any machine that has them; `--audit` needs all that the generator needs.
"""
