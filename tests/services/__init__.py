"""Real services for the tests, on this machine alone: a Docker Engine, and a registry with a password.

`python -m tests.services COMMAND` runs a command beside them, and tests that need them start them where nobody has. Who
uses them holds a lease; with the last one they end. Their data and sockets stand in a folder outside of the checkout.
"""
