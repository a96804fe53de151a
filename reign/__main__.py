"""`python -m reign`, and the console script."""

import gc
import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # Python looks in the current folder first, which may be a project that nobody trusts: its `yaml.py` is not ours.
    del sys.path[0]

# What a command makes lives until it ends, and hardly any of it is garbage: looking for some at every 700 new objects
# takes a fifth of a plan of 10,000.
GARBAGE_AFTER = 500_000


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(GARBAGE_AFTER)
    # A plugin that some other package brings for pydantic would see every value, and to look for one takes 10 ms.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    try:
        from reign.cli.main import leave, run
    except KeyboardInterrupt:  # while it was still loading: nothing has begun
        sys.exit(130)
    leave(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
