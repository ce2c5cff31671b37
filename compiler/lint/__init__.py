"""Lint: what Alloy accepts in silence and a rollout pays for, found in the text, with the line to change.

Two kinds of knowledge stand behind the rules: `flow` (which labels can exist where, what reaches what) and `place` (in
which workload the text runs). A rule is one file of `rules/`; `engine` runs them.
"""

from compiler.lint.engine import Selection, lint
from compiler.lint.place import Cluster, Place
from compiler.lint.registry import Rule, rules

__all__ = ["Cluster", "Place", "Rule", "Selection", "lint", "rules"]
