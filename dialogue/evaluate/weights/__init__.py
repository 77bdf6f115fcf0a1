"""The judge of our own replies: see CARD.md."""
