"""Rates, quantiles, memory and the machine: figures as pure functions of their input.

rates        how often something happens
quantiles    medians and tails of the last measurements
memory       the memory of a process
machine      processor, memory, system, versions
gpus         what NVIDIA's management library reports
neighbours   other programs on our GPU; the one regular poll of the driver during a show
load         what else runs on the machine
busiest      which other program keeps it busy, during a show
"""
