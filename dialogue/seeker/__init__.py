"""What is known about the person who speaks, each with the words that show it: facts by rules of ours, and causes."""
