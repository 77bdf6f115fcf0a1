"""Recipes that tune the language model: supervised with strategy control, then by preference."""
