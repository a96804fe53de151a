"""`python -m tests.docs`: write the parts of the pages that come from the code and from the cases."""

from tests.docs.reference import write

if __name__ == "__main__":
    for name in write():
        print(f"Wrote docs/{name}.md")
