"""The weights of the classifiers, and their card."""
