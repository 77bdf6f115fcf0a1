"""Hears: audio in; words, pauses and ends of turns out."""
