"""What flows where: which labels can exist at each edge, which targets have a path, what reaches which destination."""

from compiler.lint.flow.flow import Flow, Logs, Targets
from compiler.lint.flow.names import ANYTHING, NOTHING, Names
from compiler.lint.flow.relabel import Rule, rules_of
from compiler.lint.flow.stages import StageState, interpret

__all__ = ["ANYTHING", "NOTHING", "Flow", "Logs", "Names", "Rule", "StageState", "Targets", "interpret", "rules_of"]
