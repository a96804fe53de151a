"""Addresses in the one way that they are written in a spec, each refused where an engine would not take it."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from reign.providers.spec import refuse

_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
_EXAMPLES = {4: "172.28.0.9", 6: "fd00:1::9"}


def ip(value: Any, version: int = 0) -> Any:
    """An IP address; of this version, where one is meant. What is not known yet passes through."""
    if not isinstance(value, str):
        return value
    try:
        found = ipaddress.ip_address(value.strip("[]"))
    except ValueError:
        raise _not_one(value, version) from None
    if version and found.version != version:
        raise _not_one(value, version)
    return str(found)


def _not_one(text: str, version: int) -> PydanticCustomError:
    example = "127.0.0.1" if text == "localhost" else _EXAMPLES.get(version, _EXAMPLES[4])
    what = f"no address of IPv{version}" if version else "no IP address"
    return refuse("docker/address", "Not an address", f"{text!r} is {what}.", f"Write it like {example}.")


def mac(value: Any) -> Any:
    """The address of an interface, in small letters."""
    if not isinstance(value, str):
        return value
    text = value.lower().replace("-", ":")
    if not _MAC.fullmatch(text):
        raise refuse(
            "docker/address",
            "Not an address",
            f"{value!r} is no address of an interface.",
            "Write it like 02:42:ac:11:00:55.",
        )
    return text


Ip = Annotated[str, AfterValidator(ip)]
IpV4 = Annotated[str, AfterValidator(lambda value: ip(value, 4))]
IpV6 = Annotated[str, AfterValidator(lambda value: ip(value, 6))]
Mac = Annotated[str, AfterValidator(mac)]
