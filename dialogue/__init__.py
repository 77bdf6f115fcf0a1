"""Decides: utterance, tags and memory in; reply segments out."""
