"""Conditions over facts, of which some may be unknown: parsed once, evaluated often."""

from callingcard.kit.conditions.trees import (
    Condition,
    Facts,
    Leaf,
    Said,
    Verdict,
    evaluate,
    parse_condition,
)

__all__ = [
    "Condition",
    "Facts",
    "Leaf",
    "Said",
    "Verdict",
    "evaluate",
    "parse_condition",
]
