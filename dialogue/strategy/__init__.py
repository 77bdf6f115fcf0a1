"""Which kind of help comes next, and why."""

from warmline.dialogue.strategy.planner import Planner, PlanningState

__all__ = ["Planner", "PlanningState"]
