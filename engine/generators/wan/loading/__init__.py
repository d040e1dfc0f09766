"""From files into a model.

weights          every tensor of a checkpoint to its place in the model
lora             adapters of a file, held against a model, and merged into it
lora_names       how trainers spell their parts
live_lora        adapters beside the weights, each file with a scale that is turned
random_weights   weights from a seed, for tests and benchmarks
staging         large layers on the host until they are quantised
"""
