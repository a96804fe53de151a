"""The command line: what users type, what they read, and which code a process ends with. It decides nothing else."""
