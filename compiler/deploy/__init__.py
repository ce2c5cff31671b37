"""What a graph needs where it runs: permissions, mounts, ports, variables; and the workload and manifests made of it."""
