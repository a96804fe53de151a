"""The one table of errors: what an engine says, and what it means here."""

from dataclasses import dataclass

import pytest

from reign.model.errors import ErrorKind
from reign.providers.docker.errors import from_message, from_vendor


@dataclass(frozen=True)
class At:
    address: str = "unix:///run/docker.sock"


SAID = [
    (500, "write /var/lib/docker/tmp/x: no space left on device", ErrorKind.EXHAUSTED),
    (
        500,
        "driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated",
        ErrorKind.CONFLICT,
    ),
    (403, "error while removing network: network x id y has active endpoints", ErrorKind.CONFLICT),
    (409, "remove x: volume is in use - [abc]", ErrorKind.CONFLICT),
    (409, 'Conflict. The container name "/x" is already in use by container "abc".', ErrorKind.CONFLICT),
    (409, "network with name x already exists", ErrorKind.CONFLICT),
    (403, "Pool overlaps with other one on this address space", ErrorKind.CONFLICT),
    (500, "could not find an available, non-overlapping IPv4 address pool among the defaults", ErrorKind.EXHAUSTED),
    (403, "operation is not permitted on predefined host network ", ErrorKind.INVALID),
    (500, "Get https://r.example/v2/: unauthorized: authentication required", ErrorKind.DENIED),
    (404, "pull access denied for x, repository does not exist or may require 'docker login'", ErrorKind.MISSING),
    (404, "No such image: x:latest", ErrorKind.MISSING),
    (500, "failed to get digest sha256:0: open /data/0: no such file or directory", ErrorKind.TRANSIENT),
    (
        500,
        "unrecognized image ID sha256:2cae8541972987912050fc9d9a0122e249afb513ede7170a580d2c76b71e6b78",
        ErrorKind.TRANSIENT,
    ),
    (500, "toomanyrequests: You have reached your pull rate limit.", ErrorKind.THROTTLED),
    (500, "Get https://r.example/v2/: dial tcp: lookup r.example: no such host", ErrorKind.TRANSIENT),
    (404, 'create x: error looking up volume plugin nope: plugin "nope" not found', ErrorKind.INVALID),
    (500, "task 3f2a9c: already exists", ErrorKind.FAULT),
    (400, "invalid reference format", ErrorKind.INVALID),
    (401, "", ErrorKind.DENIED),
    (404, "no such thing", ErrorKind.MISSING),
    (409, "something else", ErrorKind.CONFLICT),
    (503, "starting", ErrorKind.TRANSIENT),
    (500, "filesystem layer verification failed for digest sha256:e32cc9", ErrorKind.FAULT),
    (500, "something else", ErrorKind.FAULT),
    (418, "a teapot", ErrorKind.INVALID),
]


@pytest.mark.parametrize(("status", "message", "kind"), SAID)
def test_what_the_engine_says(status: int, message: str, kind: ErrorKind) -> None:
    error = from_message(message, At(), "creating it", status)
    assert error.kind is kind
    assert error.summary
    assert error.fix
    assert error.detail.startswith("The Docker Engine at unix:///run/docker.sock said ")
    assert error.detail.endswith(" while creating it.")


RAISED = [
    (PermissionError(13, "Permission denied"), ErrorKind.DENIED, "No permission on the engine's socket"),
    (FileNotFoundError(2, "No such file or directory"), ErrorKind.TRANSIENT, "Docker Engine not reached"),
    (ConnectionRefusedError(111, "Connection refused"), ErrorKind.TRANSIENT, "Docker Engine not reached"),
    (ConnectionResetError(104, "Connection reset by peer"), ErrorKind.TRANSIENT, "Connection to the engine cut"),
    (TimeoutError("timed out"), ErrorKind.TIMEOUT, "No answer in time"),
    (KeyError("ApiVersion"), ErrorKind.INVALID, "No Docker Engine at this address"),
]


@pytest.mark.parametrize(("raised", "kind", "summary"), RAISED)
def test_what_a_connection_fails_of(raised: Exception, kind: ErrorKind, summary: str) -> None:
    from docker.errors import DockerException

    wrapped = DockerException("Error while fetching server API version")
    wrapped.__cause__ = raised
    for error in (raised, wrapped) if not isinstance(raised, KeyError) else (raised,):
        found = from_vendor(error, At(), "listing the networks")
        assert (found.kind, found.summary) == (kind, summary)
        assert found.fix
