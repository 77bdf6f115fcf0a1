"""A call in a terminal: what is shown, what is typed, and a call that a server holds."""
