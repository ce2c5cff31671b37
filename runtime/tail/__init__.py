"""Reading growing files: which files there are, what is new in them, what was acknowledged of it.

glob, match    patterns to paths, targets with patterns to targets with paths
encoding       where lines end, and bytes to UTF-8
decompress     compressed files as if they were plain
identity       what makes a file the same file, whatever its name
opened         one open file: its read offset, its acknowledged offset (acks)
siblings       rotated files beside a file
resume         finds a file again after a restart or a rotation, and the one that comes after it
tailer         one target through rotations: which file is read now
tailers        all targets of a component
lines          chunks of many files to one batch of logs
positions      the offsets on disk; legacy reads those of Promtail and Alloy
bookkeeper     writes them when something is acknowledged
metrics        what an operator sees of it
"""
