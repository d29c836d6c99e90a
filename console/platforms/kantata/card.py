"""What Kantata is, before anyone signs in."""

from __future__ import annotations

from console.platforms.kantata.resources import RESOURCES
from console.platforms.kantata.sign_in import API_URL, REDIRECT_URI
from console.records.intent import Verb
from console.wire.surface import Capability, Card, ConnectField, SignIn, WriteAbility

API_VERSION = "v1"

_PROJECT = ("name", "customer", "starts_on", "ends_on", "budget", "rate_card")
_TASK = ("name", "parent", "billable", "estimate_minutes", "active")
_MILESTONE = ("title", "due_on", "amount")


def _findable(kind: str, verb: Verb, batch: int, editable: tuple[str, ...] = ()) -> WriteAbility:
    return WriteAbility(kind, verb, Capability.FINDABLE, batch, editable)


CARD = Card(
    key="kantata",
    title="Kantata OX",
    roles=("psa",),
    fields=(
        ConnectField(
            "base_url",
            "The root of Kantata's API; another one only for accounts that have their own.",
            required=False,
            default=API_URL,
        ),
        ConnectField(
            "app_url",
            "Where people sign in to Kantata; needed only when it is not app.mavenlink.com.",
            required=False,
        ),
        ConnectField(
            "ca",
            "A PEM file with the authority that signed the server's certificate, if not a public one.",
            required=False,
        ),
    ),
    sign_ins=(
        SignIn(
            "access_token",
            "A token copied from Kantata",
            (
                ConnectField(
                    "access_token",
                    "The token from Kantata, Settings, Integrations, OAuth applications, on the page of your "
                    "application. It sees what its owner sees: best an administrator made for Tieout.",
                    secret=True,
                ),
            ),
        ),
        SignIn(
            "authorization_code",
            "Sign in through the browser",
            (
                ConnectField("client_id", "The application's ID on its page in Kantata."),
                ConnectField("client_secret", "The application's secret on the same page.", secret=True),
                ConnectField(
                    "redirect_uri",
                    "The callback address registered there, to the letter; Kantata sends the browser back to it.",
                    required=False,
                    default=REDIRECT_URI,
                ),
            ),
        ),
    ),
    reads=tuple(RESOURCES),
    writes=(
        _findable("project", Verb.CREATE, 25),
        _findable("project", Verb.UPDATE, 25, _PROJECT),
        _findable("project", Verb.CLOSE, 25),
        _findable("task", Verb.CREATE, 100),
        _findable("task", Verb.UPDATE, 25, _TASK),
        _findable("task", Verb.CLOSE, 25),
        _findable("milestone", Verb.CREATE, 100),
        _findable("milestone", Verb.UPDATE, 25, _MILESTONE),
    ),
    deletions="Told by the event feed for nine days where the account has it, and then only believed when the record "
    "cannot be found either; else noticed by comparing ids, never assumed.",
    period_lock="Kantata locks time and expenses before a Saturday it names; a lock does not stop invoicing.",
    drift="Fields a user may not see are left out of answers instead of refused; the check names them.",
    limits="200 rows a page, 100 records a bulk create, 3 minutes a request; call limits are not told, so Tieout slows "
    "down when Kantata says so.",
    api_version=API_VERSION,
    key_limit=64,
    freshness=900.0,
    settling=200.0,
    in_flight=6,
)
