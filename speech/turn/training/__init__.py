"""How the end-of-turn head and the reading of words are learnt, from any speech and any text."""
