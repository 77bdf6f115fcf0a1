"""What a reply of ours does: a small model, one set of weights to check drafts, another to judge what was said."""
