"""Who is signed in: the identity address, `userinfo`, and the OpenID configuration."""

from __future__ import annotations

from typing import Any

from console.sandbox.answering import Answer, Request, as_json
from console.sandbox.salesforce.store import Org, Row

_VERSIONED = {
    "rest": "/services/data/v{version}/",
    "sobjects": "/services/data/v{version}/sobjects/",
    "search": "/services/data/v{version}/search/",
    "query": "/services/data/v{version}/query/",
    "recent": "/services/data/v{version}/recent/",
}


def identity(org: Org, request: Request) -> Answer:
    """`GET /id/<org id>/<user id>`."""
    user = org.tables["User"].rows[org.user_id]
    place = request.origin
    answer: dict[str, Any] = _common(org, user, place) | {
        "id": f"{place}/id/{org.id}/{org.user_id}",
        "asserted_user": True,
        "username": user["Username"],
        "nick_name": user["Username"].partition("@")[0],
        "display_name": user["Name"],
        "first_name": user["FirstName"],
        "last_name": user["LastName"],
        "active": user["IsActive"],
        "last_modified_date": user["LastModifiedDate"],
        "is_app_installed": True,
    }
    return as_json(200, answer)


def userinfo(org: Org, request: Request) -> Answer:
    """`GET /services/oauth2/userinfo`."""
    user = org.tables["User"].rows[org.user_id]
    answer: dict[str, Any] = _common(org, user, request.origin) | {
        "sub": f"{request.origin}/id/{org.id}/{org.user_id}",
        "preferred_username": user["Username"],
        "nickname": user["Username"].partition("@")[0],
        "name": user["Name"],
        "given_name": user["FirstName"],
        "family_name": user["LastName"],
        "zoneinfo": user["TimeZoneSidKey"],
        "active": user["IsActive"],
        "updated_at": user["LastModifiedDate"],
    }
    return as_json(200, answer)


def _common(org: Org, user: Row, place: str) -> dict[str, Any]:
    urls = {name: place + path for name, path in _VERSIONED.items()}
    return {
        "user_id": org.user_id,
        "organization_id": org.id,
        "email": user["Email"],
        "email_verified": True,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "timezone": user["TimeZoneSidKey"],
        "urls": {"enterprise": f"{place}/services/Soap/c/{{version}}/{org.id[:15]}", **urls},
    }


def discovery(request: Request) -> Answer:
    """`GET /.well-known/openid-configuration`."""
    place = f"{request.origin}/services/oauth2"
    return as_json(
        200,
        {
            "issuer": request.origin,
            "authorization_endpoint": f"{place}/authorize",
            "token_endpoint": f"{place}/token",
            "revocation_endpoint": f"{place}/revoke",
            "introspection_endpoint": f"{place}/introspect",
            "userinfo_endpoint": f"{place}/userinfo",
            "scopes_supported": ["api", "id", "openid", "refresh_token"],
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
        },
    )
