"""The demo: a small node whose pods log, the graph that collects their lines, and a count of what arrives."""
