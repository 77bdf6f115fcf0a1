"""Chinese (simplified): the system prompt, past exchanges, sentences of ours, and examples."""
