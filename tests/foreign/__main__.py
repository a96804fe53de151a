"""`python -m tests.foreign [NAME...]`: build the readers, with Go where it is not installed, and say how long each took.

Without names, all that tests need; `docker-compose` is what the benchmark runs beside.
"""

import sys
import time

from tests.foreign.building import BUILDERS, ON_DEMAND


def main() -> None:
    for name in sys.argv[1:] or [name for name in BUILDERS if name not in ON_DEMAND]:
        started = time.perf_counter()
        print(f"{name}: {BUILDERS[name]()} ({time.perf_counter() - started:.0f}s)", flush=True)


if __name__ == "__main__":
    main()
