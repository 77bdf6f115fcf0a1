"""The weights of the text encoder, and their card."""
