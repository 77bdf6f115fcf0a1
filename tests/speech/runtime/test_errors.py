"""The error tree is the drawn one, and each branch has an exit status of its own."""

from __future__ import annotations

import inspect

from warmline.speech.runtime import errors


def drawn() -> dict[str, str]:
    """Class name to parent's name, read from the drawing in the module's docstring."""
    parents: dict[str, str] = {}
    stack: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        words = line.strip("│├└─ ").split()
        if not words or not words[0].endswith(("Error", "Backend", "Extra", "Input", "Weights")):
            continue
        depth = len(line) - len(line.lstrip("│├└─ "))
        while stack and stack[-1][0] >= depth:
            stack.pop()
        if stack:
            parents[words[0]] = stack[-1][1]
        stack.append((depth, words[0]))
    return parents


def test_the_tree_is_as_drawn() -> None:
    classes = {
        name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and kind is not errors.WarmlineError
    }
    assert {name: kind.__bases__[0].__name__ for name, kind in classes.items()} == drawn()


def test_exit_statuses() -> None:
    branches = errors.WarmlineError.__subclasses__()
    statuses = [branch.exit_status for branch in branches]
    assert len(set(statuses)) == len(statuses)
    assert all(status > 1 for status in statuses)
    assert errors.UnreadableInput.exit_status == errors.UsageError.exit_status == 2
    assert errors.CorruptWeights.exit_status == errors.WeightsError.exit_status
