"""Thoughts of our own writing, and the wordings of each; read by ``thoughts.py`` beside this folder."""
