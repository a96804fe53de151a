"""Known sensitive values are masked however a message writes them."""

from __future__ import annotations

import base64
import json
import pickle
from urllib.parse import quote

from hypothesis import assume, given
from hypothesis import strategies as st

from reign.model.redact import MASK, SHORTEST, Masks
from reign.model.values import Sensitive

VALUES = st.text(min_size=SHORTEST)
AROUND = st.binary(max_size=7)


@given(value=VALUES, before=AROUND, after=AROUND)
def test_a_value_inside_base64_leaves_no_more_than_its_edges(value: str, before: bytes, after: bytes) -> None:
    raw = value.encode("utf-8", "surrogatepass")
    assume(len(raw) >= SHORTEST + 2)
    for coder in (base64.b64encode, base64.urlsafe_b64encode):
        told = Masks([value])(coder(before + raw + after).decode())
        inner = coder(bytes(len(before) % 3) + raw).decode().rstrip("=")[4:-4]
        assert MASK in told
        assert len(inner) < SHORTEST or inner not in told or set(inner) <= {"A"}


@given(value=VALUES)
def test_a_value_is_masked_as_others_escape_it(value: str) -> None:
    raw = value.encode("utf-8", "surrogatepass")
    masks = Masks([value])
    for form in (value, json.dumps(value)[1:-1], quote(raw), quote(raw, safe=""), base64.b64encode(raw).decode()):
        told = masks(f"[{form}]")
        assert MASK in told
        assert form in MASK or form not in told.replace(MASK, "")
    assert pickle.loads(pickle.dumps(masks))(f"[{value}]") == masks(f"[{value}]")


def test_lines_of_a_longer_value_are_masked_where_they_are_indented() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\nshort\n-----END KEY-----"
    told = Masks([key])("Its last lines:\n" + "\n".join(f"  {line}" for line in key.splitlines()))
    assert "MIIEvQ" not in told


def test_what_is_short_is_not_masked() -> None:
    masks = Masks()
    masks.learn("abcde", 12345, True, None, Sensitive({"a": "x"}))
    assert not masks
    assert masks("abcde 12345 true x") == "abcde 12345 true x"
    masks.learn({"a": [123456]})
    assert masks("id 123456") == "id (sensitive)"
