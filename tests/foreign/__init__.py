"""Tools that were written for Terraform, reading what Reign writes. They are built by `python -m tests.foreign`."""
