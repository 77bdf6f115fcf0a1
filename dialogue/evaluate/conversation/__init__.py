"""Whole conversations with simulated seekers: who they are, what moves them, what they say, and who judges the talk."""
