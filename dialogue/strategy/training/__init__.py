"""How the planner's weights are made. Needs the ``train`` extra; nothing here runs in a call."""
