"""Hears how: audio and words in; paralinguistic tags out."""
