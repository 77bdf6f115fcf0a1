"""Weights of the guard's model, with their card."""
