"""Weights of the checker of drafts."""
