"""Document → plan → Alloy text: decisions in Python, shape in the presets' templates."""

from compiler.expand.assemble import assemble
from compiler.expand.explain import carry_origins
from compiler.expand.plan import CollectorPlan, Plan
from compiler.expand.planner import make_plan
from compiler.expand.snippets import check_snippets
from compiler.expand.template import RenderedLine

__all__ = ["CollectorPlan", "Plan", "RenderedLine", "assemble", "carry_origins", "check_snippets", "make_plan"]
