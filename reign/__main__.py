"""`python -m reign`, and the console script."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from reign.cli.main import leave, run

    leave(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
