"""Examples of our own writing, by what the reply does: what a caller says, how it sounds, and our reply."""
