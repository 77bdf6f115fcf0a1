"""Measurements of the whole."""
