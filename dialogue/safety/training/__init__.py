"""The recipe of the safety models, and the sentences of our own writing that they learn from."""
