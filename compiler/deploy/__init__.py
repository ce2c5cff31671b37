"""What a graph needs where it runs: permissions, mounts, ports, variables; and the workload and manifests made of it.

    Graph ──► Needs ──► Workload ──► objects
                 Settings ──┘

Nothing is imported here: who renders a configuration needs `settings` only.
"""
