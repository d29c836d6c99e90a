"""How the practice NetSuite says no: the vendor's error envelope, its codes and its words."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

_SECTION = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html"
_SECTIONS = {400: "#sec10.4.1", 401: "#sec10.4.2", 403: "#sec10.4.4", 404: "#sec10.4.5", 405: "#sec10.4.6", 429: ""}
_TITLES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}


@dataclass(slots=True)
class Refusal(ValueError):
    """An answer outside 2xx; what people do inside the platform ends in the same one.

    `code` is the vendor's `o:errorCode`; `path`, `query`, `header` and `url` name the part of the request at fault.
    """

    status: int
    code: str
    detail: str
    path: str = ""
    query: str = ""
    header: str = ""
    url: str = ""
    title: str = ""
    location: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"

    def body(self) -> bytes:
        """The nsError document."""
        detail = {"detail": self.detail}
        named = {
            "o:errorPath": self.path,
            "o:errorQueryParam": self.query,
            "o:errorHeader": self.header,
            "o:errorUrl": self.url,
        }
        detail.update({name: value for name, value in named.items() if value})
        detail["o:errorCode"] = self.code
        return orjson.dumps(
            {
                "type": _SECTION + _SECTIONS.get(self.status, ""),
                "title": self.title or _TITLES.get(self.status, "Bad Request"),
                "status": self.status,
                "o:errorDetails": [detail],
            }
        )


def user_error(words: str, path: str = "") -> Refusal:
    """A business rule said no: the platform folds nearly all of them into this one code."""
    return Refusal(400, "USER_ERROR", f"Error while accessing a resource. {words}", path=path)


def bad_value(value: object, name: str, path: str = "", code: str = "USER_ERROR") -> Refusal:
    """A field holds something that may not be there; `code` is INVALID_CONTENT when there is no such record."""
    words = f"You have entered an Invalid Field Value {value} for the following field: {name}"
    return Refusal(400, code, f"Error while accessing a resource. {words}", path=path or name)


def missing(label: str, path: str = "") -> Refusal:
    return user_error(f"You must enter a value for {label}.", path)


def unreadable(words: str, path: str = "") -> Refusal:
    """The request body cannot be understood."""
    return Refusal(400, "INVALID_CONTENT", f"Error while accessing a resource. {words}", path=path)


def outside_period() -> Refusal:
    return user_error(
        "The transaction date you specified is not within the date range of your accounting period.", "tranDate"
    )


def not_found() -> Refusal:
    return Refusal(404, "NONEXISTENT_ID", "The record instance does not exist.")


def bad_id(text: str, url: str) -> Refusal:
    words = f"Invalid record instance identifier '{text}'. Provide a valid record instance ID."
    return Refusal(400, "INVALID_ID", words, url=url)


def no_permission(status: int = 403) -> Refusal:
    words = "Your current role does not have permission to perform this action."
    return Refusal(status, "INSUFFICIENT_PERMISSION", words)


def not_signed_in() -> Refusal:
    return Refusal(
        401,
        "INVALID_LOGIN",
        "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI at Setup > "
        "Users/Roles > User Management > View Login Audit Trail.",
    )


def too_many() -> Refusal:
    return Refusal(
        429, "CONCURRENCY_LIMIT_EXCEEDED", "Concurrent request limit exceeded. Request blocked.", title="Bad Request"
    )


def bad_parameter(words: str, name: str) -> Refusal:
    return Refusal(400, "INVALID_PARAMETER", words, query=name)
