"""The optimisation kernel on torch tensors: blocks of candidates of many patterns at once, on a GPU."""
