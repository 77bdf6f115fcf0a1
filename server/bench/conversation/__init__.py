"""Whole conversations held: in text, or aloud through the real audio path; and the pages about them."""
