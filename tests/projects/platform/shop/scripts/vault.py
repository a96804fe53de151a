"""Stands in for a vault's command line: python3 vault.py NAME."""

import sys

print(f"{sys.argv[1]}-from-the-vault-9f2c")
