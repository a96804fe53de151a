"""Runs the Python on standard input and prints the findings that it raises or leaves in `found`: no command line leads there."""

import sys
from typing import Any

from reign.model.errors import InvalidSpec, ReignError
from reign.model.finding import Finding
from reign.render.finding import full

names: dict[str, Any] = {"found": ()}
try:
    exec(sys.stdin.read(), names)
except ReignError as error:
    names["found"] = error.findings
except InvalidSpec as error:
    names["found"] = [
        Finding(problem.code, problem.summary, problem.detail, fix=problem.fix) for problem in error.problems
    ]
for finding in names["found"]:
    print(*full(finding), sep="\n")
