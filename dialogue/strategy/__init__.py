"""Which kind of help comes next, and why."""
