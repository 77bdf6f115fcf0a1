"""Weights of the planner, made by ``warmline train strategy``; CARD.md beside them says from what."""
