"""From an ASGI request to an answer."""

import asyncio

import pytest

from console.sandbox.answering import Answer, Request, app_of, as_json


def served(handle, method="GET", path="/a/b", query=b"", chunks=(b"",)):
    """What an app sends for one request: status, headers, body."""
    sent, waiting = [], list(chunks)

    async def receive():
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)}

    async def send(message):
        sent.append(message)

    scope = {
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(b"host", b"127.0.0.1:1"), (b"content-type", b"Text/CSV; charset=x")],
        "scheme": "https",
    }
    asyncio.run(app_of(handle)(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def test_a_request_is_read_to_its_end():
    seen = []

    def handle(request: Request) -> Answer:
        seen.append(request)
        return as_json(200, {"a": 1})

    status, headers, body = served(handle, "POST", "/s/a%2Fb/%C3%BC/", b"q=1&q=2&empty=", (b"x=1&", b"y=+"))
    (request,) = seen
    assert (status, body, headers[b"content-length"]) == (200, b'{"a":1}', b"7")
    assert request.segments == ["s", "a/b", "ü"]
    assert request.query == {"q": "2", "empty": ""}
    assert request.form == {"x": "1", "y": " "}
    assert request.content_type == "text/csv"
    assert request.origin == "https://127.0.0.1:1"


@pytest.mark.parametrize(("method", "answer", "length", "body"), [
    ("DELETE", Answer(204), None, b""),
    ("HEAD", Answer(200, b"abc"), b"3", b""),
    ("GET", Answer(404, b"abc"), b"3", b"abc"),
])  # fmt: skip
def test_bodies_that_do_not_leave(method, answer, length, body):
    _, headers, sent = served(lambda _: answer, method)
    assert headers.get(b"content-length") == length
    assert sent == body
