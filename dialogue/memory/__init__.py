"""What is remembered of a person from call to call, with their consent; recalled by meaning and mood; forgotten."""
