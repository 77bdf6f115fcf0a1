"""Weights of the safety models, with their card."""
