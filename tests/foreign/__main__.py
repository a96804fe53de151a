"""`python -m tests.foreign`: build the readers, with Go where it is not installed, and say how long each took."""

import time

from tests.foreign.building import BUILDERS


def main() -> None:
    for name, build in BUILDERS.items():
        started = time.perf_counter()
        print(f"{name}: {build()} ({time.perf_counter() - started:.0f}s)", flush=True)


if __name__ == "__main__":
    main()
