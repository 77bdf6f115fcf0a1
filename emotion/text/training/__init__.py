"""Recipes of the text encoder. Needs the ``text-training`` extra (torch, transformers); nothing here runs in a call."""
