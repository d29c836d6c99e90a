"""What every practice platform offers: an ASGI app, credentials, a past, and the people who work inside it."""

from __future__ import annotations

import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from console.sandbox.clock import Clock
from console.sandbox.faults import FaultPlan
from console.sandbox.firm.model import Firm, Sale, Sheet, Spend, Work
from console.sandbox.journal import API, Entry, Journal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HELLO_KEY = b"tieout practice platforms"


class Tenant(ABC):
    """One tenant of one platform, on a port of its own at the root path.

    `key` is `netsuite` or, for a further tenant of the same platform, `netsuite:eu`. Each platform package exports
    `tenant(key, journal, faults, clock) -> Tenant`; the server then sets `base_url` (no trailing slash), calls
    `seed(firm)` once and serves `app()` with `faults` and the `/-/` paths laid around it, so a tenant need do
    neither. All runs in one event loop: handle a request without awaiting between look-up and commit.

    A tenant itself asks `faults.wants("rate_storm" | "token_expiry" | "drift" | "half_role", kind)`, because there
    the vendor's form matters; the faults of the wire happen around it.
    """

    platform: ClassVar[str]
    reading_posts: ClassVar[Sequence[str]] = ("token", "suiteql", "authorize", "query")
    """Path segments under which a POST reads or signs in, so that it is not a write to the faults of the wire."""

    def __init__(self, key: str, journal: Journal, faults: FaultPlan, clock: Clock) -> None:
        self.key = key
        self.journal = journal
        self.faults = faults
        self.clock = clock
        self.base_url = ""

    @property
    @abstractmethod
    def tenant_id(self) -> str:
        """The vendor's own name for the tenant (organisation id, account number); differs between tenants."""

    @property
    @abstractmethod
    def people(self) -> Any:
        """Those who work inside this platform: a `SalesforcePeople`, `KantataPeople` or `NetsuitePeople`."""

    @property
    @abstractmethod
    def expired_token(self) -> str:
        """A token of the right shape that is no longer valid."""

    @property
    @abstractmethod
    def closed_date(self) -> date | None:
        """A day in a closed or locked period; None where the platform knows none."""

    @abstractmethod
    def app(self) -> App:
        """The vendor's API as an ASGI app (http scopes only)."""

    @abstractmethod
    def sign_ins(self) -> Sequence[Mapping[str, Any]]:
        """Each accepted way to sign in: `sign_in`, `token_url` (absolute, "" if none) and its credentials under
        the vendor's own field names. Asked once `base_url` is set."""

    @abstractmethod
    def seed(self, firm: Firm) -> None:
        """Take over the firm as it stands. What is seeded is not journalled."""

    def is_write(self, method: str, path: str) -> bool:
        """Whether the request may change something (what an answer can be lost after)."""
        if method in ("GET", "HEAD", "OPTIONS"):
            return False
        return not set(path.lower().split("/")) & set(self.reading_posts)

    def commit(
        self,
        kind: str,
        verb: str,
        key: str,
        remote_id: str,
        body: Any,
        by: str = API,
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Journal a change of this tenant, see `journal.Entry`: after it is stored, before the answer is sent."""
        stamp = self.clock.now().isoformat(timespec="microseconds")
        entry = Entry(stamp, self.platform, self.key, kind, verb, key, remote_id, body, by, facts or {})
        self.journal.commit(entry)

    def hello(self, nonce: str) -> dict[str, Any]:
        """Who this is, signed so that no real platform is taken for a practice one (an accident guard, no secret)."""
        words = f"{self.platform}\n{self.tenant_id}\n{nonce}".encode()
        return {
            "practice": "tieout",
            "version": 1,
            "platform": self.platform,
            "tenant": self.tenant_id,
            "key": self.key,
            "nonce": nonce,
            "signature": hmac.new(HELLO_KEY, words, hashlib.sha256).hexdigest(),
        }


class SalesforcePeople(Protocol):
    """What sellers do in the CRM. Everything is journalled with by="people" and gets a fresh stamp.

    Here and below: an act on a record that this tenant does not hold raises LookupError and changes nothing."""

    def win(self, sale: str, on: date) -> str:
        """The open opportunity of this Sale key becomes Closed Won on that day; answers its id."""
        ...

    def add(self, sale: Sale) -> str:
        """A new opportunity with its lines, whatever its stage (an amendment names the one it amends); its id."""
        ...

    def edit(self, kind: str, key: str, fields: Mapping[str, Any]) -> None:
        """Change vendor `fields` of a `customer` (Company key) or `deal` (Sale key)."""
        ...


class KantataPeople(Protocol):
    """What consultants and their managers do in the PSA, by="people"."""

    def project(self, title: str) -> str:
        """The id of the workspace with this exact title that is not archived, whoever made it; "" if none."""
        ...

    def log_time(self, project_id: str, works: Sequence[Work]) -> None:
        """Time on the story whose title is `Work.task` (without a story when the workspace has none such). The
        work keys are remembered for `change_time` and `settle`; nothing is approved yet."""
        ...

    def settle(self, project_id: str, sheet: Sheet, works: Sequence[str]) -> None:
        """Hand in (and decide, per `sheet.status`) a timesheet with these work keys; the entries and the
        submission both get a fresh stamp. A sheet key known already changes its status."""
        ...

    def reopen(self, sheet: str) -> None:
        """Cancel an approved timesheet (Sheet key): its entries are no longer approved and may change."""
        ...

    def change_time(self, work: str, minutes: int, notes: str) -> None:
        """Change an entry (Work key)."""
        ...

    def spend(self, project_id: str, spends: Sequence[Spend]) -> None:
        """Expenses with their approval as `Spend.status` says."""
        ...

    def complete_milestone(self, project_id: str, title: str, on: date) -> bool:
        """Complete the billing milestone with this title; False when the workspace has none such."""
        ...


@dataclass(frozen=True, slots=True)
class PostedLine:
    """A billing line as the ERP holds it. `person` is an email, `on` the line's day, `invoice` an id or empty."""

    id: str
    key: str
    line_type: str
    project: str
    person: str
    task: str
    on: date
    minutes: int
    rate: Decimal
    amount: Decimal
    currency: str
    invoice: str


@dataclass(frozen=True, slots=True)
class Share:
    """What an invoice takes of one line (by its id)."""

    line: str
    minutes: int
    amount: Decimal


class NetsuitePeople(Protocol):
    """What the finance department does in the ERP, by="people"."""

    def project(self, name: str) -> str:
        """The id of the job with this name, whoever made it; "" if none."""
        ...

    def lines(self, project_id: str) -> Sequence[PostedLine]:
        """All time and charge lines of a job, in the order they were made."""
        ...

    def edit_line(self, line_id: str, minutes: int | None = None, rate: Decimal | None = None) -> None:
        """Change the hours or the price of a line."""
        ...

    def delete_line(self, line_id: str) -> None:
        """Delete a line: it is gone and shows up among deleted records."""
        ...

    def bill(self, project_id: str, on: date, shares: Sequence[Share], draft: bool = False) -> str:
        """A billing run: one invoice (a draft waits for approval) covering these shares; its id."""
        ...

    def credit(self, invoice_id: str, on: date, amount: Decimal, memo: str) -> str:
        """A credit note (net amount) against an invoice; its id."""
        ...

    def pay(self, invoice_id: str, on: date, amount: Decimal) -> str:
        """A customer payment applied to an invoice; its id."""
        ...

    def close_period(self, name: str, closed: bool = True) -> None:
        """Close (or open again) the accounting period with this name (`Period.name`)."""
        ...

    def set_active(self, kind: str, name: str, active: bool, project: str = "") -> None:
        """Activate or inactivate a `tax_code`, `task` (with its project's name), `resource` (email) or
        `billing_item` by name."""
        ...
