"""Prompts: rendered from files, fixed prefix first, the turn's plan last."""
