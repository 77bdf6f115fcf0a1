"""Recipes for every weight that the emotion room ships."""
