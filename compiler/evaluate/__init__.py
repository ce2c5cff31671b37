"""Values: what expressions evaluate to, and how bodies decode into arguments."""

from compiler.evaluate.decode import decode
from compiler.evaluate.encode import encode
from compiler.evaluate.errors import EvaluationError
from compiler.evaluate.evaluator import evaluate
from compiler.evaluate.scope import Scope
from compiler.evaluate.types import ByteSize, Capsule, Duration, OptionalSecret, Secret, Target

__all__ = [
    "ByteSize", "Capsule", "Duration", "EvaluationError", "OptionalSecret", "Scope", "Secret", "Target", "decode",
    "encode", "evaluate",
]  # fmt: skip
