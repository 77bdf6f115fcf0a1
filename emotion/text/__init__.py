"""A small text encoder inside the house: WordPiece, six layers, heads on top; what the words say is read with it."""
