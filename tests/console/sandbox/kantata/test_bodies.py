"""Request bodies: JSON, and forms whose names nest."""

from pathlib import Path

import pytest
import yaml

from console.sandbox.answering import Request
from console.sandbox.kantata.bodies import body_of, rails
from console.sandbox.kantata.refusal import Refusal


def request(body: bytes, content_type: str) -> Request:
    return Request("POST", (), "", {"content-type": content_type}, body, "http://x")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a=1", {"a": "1"}),
        ("w[title]=x+y&w[archived]=false", {"w": {"title": "x y", "archived": "false"}}),
        ("ids[]=1&ids[]=2", {"ids": ["1", "2"]}),
        ("w[ids][]=1&w[ids][]=", {"w": {"ids": ["1", ""]}}),
        ("w[ref][name]=a&w[ref][id]=2", {"w": {"ref": {"name": "a", "id": "2"}}}),
        ("t[][a]=1&t[][b]=2&t[][a]=3", {"t": [{"a": "1", "b": "2"}, {"a": "3"}]}),
        ("", {}),
    ],
)
def test_forms(text, found):
    assert rails(text) == found
    assert body_of(request(text.encode(), "application/x-www-form-urlencoded; charset=UTF-8")) == found


def test_json():
    assert body_of(request(b'{"a": {"b": [1]}}', "application/json")) == {"a": {"b": [1]}}


@pytest.mark.parametrize(("body", "content_type"), [
    (b"{", "application/json"),
    (b"[]", "application/json"),
    (b"<a/>", "text/xml"),
])  # fmt: skip
def test_what_cannot_be_read(body, content_type):
    with pytest.raises(Refusal) as refusal:
        body_of(request(body, content_type))
    assert refusal.value.status == 400


@pytest.mark.shared
def test_recorded_bodies(shared: Path):
    found = []
    for file in sorted((shared / "platforms/kantata/fixtures").glob("*.yml")):
        for each in yaml.safe_load(file.read_text())["http_interactions"]:
            text = each["request"]["body"]["string"]
            if text:
                ((singular, fields),) = rails(text).items()
                found.append(singular)
                assert isinstance(fields, dict)
    assert {"workspace", "time_entry", "expense"} == set(found)
