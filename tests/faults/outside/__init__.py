"""The outside system: HTTP over SQLite in a process of its own, which makes another thing at each request to."""
