"""Files of named tensors, and what their names mean.

tensor_file       opens safetensors, shards and torch's formats; reads one tensor at a time
containers        which of them a file is, by how it begins; others are named
safetensors_file  the first two
torch_file        the last: the state inside that holds the weights
scaled_fp8        fp8 with scales read as the weights that it stands for; other packings are named
entries           what a file says of one tensor
faults            the sentences about files that cannot be taken
tensor_writer     writes safetensors, one tensor at a time
key_names         how each family names the same tensors
checkpoint        which model a file holds
ends              a file told from another by its name, its size and both ends

`tensor_file` opens every kind of file (safetensors, shards, torch's two formats) and reads it one tensor at a time,
straight to the device; `key_names` and the codecs' `layouts` tell by the keys what it is, `loading.weights` holds
names, shapes and kinds of numbers against the model before the first byte is written, and every value is looked at
once. `library.converting` streams the other way through `tensor_writer`. `library.hub` reads repositories and ranges
of their files; `library.fetching` stages them under a name made of their checksums, so that what was broken off is
only ever continued with the same contents, and puts a file or folder in place by one rename. `text.placement` decides
where the text encoder goes by what is free; in fp8 each of its blocks is held against bfloat16 while it is loaded.
"""
