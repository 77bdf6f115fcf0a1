"""A recording laid out in time: words, how they were said, and what was heard between them."""
