"""Executes graphs of Alloy components."""

import os

# numpy's linear algebra starts a thread for each core of a node, and nothing here uses it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
