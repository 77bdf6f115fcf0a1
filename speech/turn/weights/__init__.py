"""The weights of the end-of-turn head and of the reading of words, and their card."""
