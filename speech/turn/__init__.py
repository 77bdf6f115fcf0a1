"""Turns: pauses, end-of-turn scores, and how long to wait."""
