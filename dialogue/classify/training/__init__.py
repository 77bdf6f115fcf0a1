"""Recipes of the mind's text models. Needs the ``train`` extra; nothing here runs in a call."""
