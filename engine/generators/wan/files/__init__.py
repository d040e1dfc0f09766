"""Files of named tensors, and what their names mean.

tensor_file     opens safetensors, shards and torch's formats; reads one tensor at a time
tensor_writer   writes safetensors, one tensor at a time
key_names       how each family names the same tensors
checkpoint      which model a file holds
"""
