"""Reading growing files: which files there are, what is new in them, what was acknowledged of it.

glob        patterns to paths
encoding    bytes of a file to UTF-8 lines
identity    what makes a file the same file, whatever its name
siblings    rotated files beside a file
opened      one open file: its read offset, its acknowledged offset
tailer      one target through rotations: which open file comes next
tailers     all targets of a component
positions   the offsets on disk
lines       chunks of many files to one batch of logs
metrics     what an operator sees of it
"""
