"""Files of weights as `hardcut models` handles them.

hub          repositories on huggingface.co or a mirror
fetching     downloads, resumed and checked
inspection   which files a card needs, which are there, what a file is
converting   from one layout, container or dtype to another
"""
