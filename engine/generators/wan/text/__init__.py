"""From prompts to embeddings.

encoder        who encodes a text, and when the result is there
umt5           UMT5-XXL on a thread of its own, with a cache on disk
umt5_weights   its weights, in bfloat16 or fp8
umt5_names     how files name them: folders of transformers, Wan's own file, ComfyUI's; others by what they are
cleaning       prompts as Wan's own tokenizer cleans them
placement      on the device or on the host
embeddings     mixing the embeddings of several texts
prompt_morph   which blend a chunk shows while texts are still being encoded
"""
