"""Runs a command at a terminal and answers its question: `answering.py ANSWER COMMAND...`. Ends as the command does."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.cli.terminal import terminal

with terminal(sys.argv[2:], Path.cwd(), os.environ) as screen:
    screen.until("Enter a value: ")
    screen.type(f"{sys.argv[1]}\n")
    code = screen.end()
print(screen.text)
sys.exit(code)
