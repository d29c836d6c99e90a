"""The tables SuiteQL sees: their columns, and the rows that a record makes in them.

Most record types are one table with a column per field (lower case). Beside them: `transaction` and `transactionline`
for all transactions, `item` for service items, `entity` for everybody, `deletedrecord`, the address tables and the
line link tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from console.sandbox.netsuite import days, sale_rows
from console.sandbox.netsuite.books import Books
from console.sandbox.netsuite.catalogue import TRANSACTIONS, TYPES
from console.sandbox.netsuite.fields import Field, Kind
from console.sandbox.netsuite.store import Record, name_of

Row = tuple[Any, ...]
Rows = Callable[[Books, Record], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `sources` are the record types that make its rows, `owner` the column with the record's id."""

    name: str
    columns: tuple[str, ...]
    sources: tuple[str, ...]
    rows: Rows
    owner: str = "id"
    dates: frozenset[str] = frozenset()
    halved: bool = False
    """Whether a role that sees half sees half of this one."""

    def declaration(self) -> str:
        kinds = {"id": "INTEGER", self.owner: "INTEGER"}
        columns = ", ".join(f"[{name}] {kinds.get(name, '')}" for name in self.columns)
        return f"CREATE TABLE [all_{self.name}] ({columns})"


def _told(books: Books, field: Field, value: Any) -> Any:
    if value is None or value == "":
        return "F" if field.kind is Kind.BOOL else None
    match field.kind:
        case Kind.BOOL:
            return "T" if value else "F"
        case Kind.DATE:
            return days.of_day(value)
        case Kind.STAMP:
            return days.of_stamp(value, books.zone)
        case Kind.HOURS:
            return value / 60
        case _:
            return value


_OWN = ("id", "externalid", "lastmodifieddate", "createddate")
_SKIPPED = frozenset({"id", "externalId", "lastModifiedDate", "createdDate", "dateCreated", "customForm"})
_DATED = (Kind.DATE, Kind.STAMP)


def _own(books: Books, record: Record) -> Row:
    zone = books.zone
    return (
        record.id,
        record.external_id or None,
        days.of_stamp(record.modified, zone),
        days.of_stamp(record.created, zone),
    )


def _plain(
    kind: str, name: str = "", *, halved: bool = False, more: Mapping[str, Callable[[Books, Record], Any]] | None = None
) -> Table:
    """A table with a column per field of a record type, and `more` columns with what makes them."""
    added = dict(more or {})
    left_out = _SKIPPED | {each.name for each in TYPES[kind].fields.values() if each.name.lower() in added}
    fields = [
        each for each in TYPES[kind].fields.values() if each.name not in left_out and each.kind is not Kind.SUBRECORD
    ]
    columns = (*_OWN, *(each.name.lower() for each in fields), *added)
    dates = {"lastmodifieddate", "createddate", "datecreated"} | {
        each.name.lower() for each in fields if each.kind in _DATED
    }

    def rows(books: Books, record: Record) -> Iterable[Row]:
        told = (_told(books, each, record.values.get(each.name)) for each in fields)
        yield (*_own(books, record), *told, *(make(books, record) for make in added.values()))

    return Table(name or kind.lower(), columns, (kind,), rows, dates=frozenset(dates & set(columns)), halved=halved)


def _created(books: Books, record: Record) -> float:
    return days.of_stamp(record.created, books.zone)


def _shown(books: Books, record: Record) -> str:
    return name_of(books.store, record)


def _value(name: str) -> Callable[[Books, Record], Any]:
    return lambda books, record: record.values.get(name)


def _always(text: str) -> Callable[[Books, Record], Any]:
    return lambda books, record: text


_ENTITY_MORE = {"datecreated": _created, "fullname": _shown, "altname": _value("companyName")}


def _told_table(
    name: str,
    columns: str,
    sources: tuple[str, ...],
    told: Callable[[Books, Record], Iterable[Mapping[str, Any]]],
    *,
    owner: str = "id",
    dates: str = "",
    halved: bool = False,
) -> Table:
    """A table whose rows are told column by column; a column that a row does not name is null."""
    names = tuple(columns.split())

    def rows(books: Books, record: Record) -> Iterable[Row]:
        return (tuple(map(row.get, names)) for row in told(books, record))

    return Table(name, names, sources, rows, owner, frozenset(dates.split()), halved)


def _entity_rows(books: Books, record: Record) -> Iterable[Mapping[str, Any]]:
    values = record.values
    yield {
        **dict(zip(_OWN, _own(books, record), strict=True)),
        "entityid": values.get("entityId"),
        "type": record.type.lower(),
        "entitytitle": name_of(books.store, record),
        "email": values.get("email"),
        "isinactive": "T" if values.get("isInactive") else "F",
        "parent": values.get("parent"),
    }


def _address_rows(books: Books, record: Record) -> Iterable[Mapping[str, Any]]:
    for line in record.lines.get("addressBook", ()):
        number = record.id * 100 + int(line["id"])
        yield {
            "entity": record.id,
            "internalid": number,
            "label": line.get("label"),
            "defaultbilling": "T" if line.get("defaultBilling") else "F",
            "defaultshipping": "T" if line.get("defaultShipping") else "F",
            "addressbookaddress": number,
        }


def _address_text_rows(books: Books, record: Record) -> Iterable[Mapping[str, Any]]:
    for line in record.lines.get("addressBook", ()):
        yield {"entity": record.id, "nkey": record.id * 100 + int(line["id"]), **line.get("addressBookAddress", {})}


def _relation_rows(books: Books, record: Record) -> Iterable[Mapping[str, Any]]:
    own = {"subsidiary": record.values.get("subsidiary"), "primarycurrency": record.values.get("currency")}
    yield {"id": record.id, "entity": record.id, "isprimarysub": "T", **own}


def _assignee_rows(books: Books, record: Record) -> Iterable[Mapping[str, Any]]:
    for line in record.lines.get("assignee", ()):
        yield {
            "id": record.id * 100 + int(line["id"]),
            "projecttask": record.id,
            "resource": line.get("resource"),
            "serviceitem": line.get("serviceItem"),
            "unitprice": line.get("unitPrice"),
        }


_EVERYBODY = ("customer", "job", "employee", "vendor", "contact")
_SALES = tuple(TRANSACTIONS)
_STAMPS = "lastmodifieddate createddate"
_LISTS = (
    "subsidiary",
    "currency",
    "accountingPeriod",
    "department",
    "classification",
    "location",
    "term",
    "account",
    "priceLevel",
    "billingClass",
    "billingRateCard",
    "expenseCategory",
    "billingSchedule",
    "vendor",
)
_ITEM_MORE = {"itemtype": _always("Service"), "subtype": _always("Sale"), "fullname": _value("itemId")}

_MADE = (
    *(_plain(kind) for kind in _LISTS),
    _plain("customerStatus", "entitystatus"),
    _plain("salesTaxItem", more={"name": _value("itemId"), "fullname": _value("itemId")}),
    _plain("serviceSaleItem", "item", more=_ITEM_MORE),
    _plain("customer", halved=True, more=_ENTITY_MORE),
    _plain("job", halved=True, more={**_ENTITY_MORE, "customer": _value("parent")}),
    _plain("contact", halved=True, more={"datecreated": _created}),
    _plain("employee", more={"datecreated": _created, "fullname": _shown}),
    _plain("projectTask", halved=True),
    _plain("timeBill", halved=True, more={"displayfield": _shown}),
    _plain("charge", halved=True),
    _told_table(
        "transaction",
        sale_rows.TRANSACTION_COLUMNS,
        _SALES,
        sale_rows.transaction_rows,
        dates=f"trandate duedate {_STAMPS}",
        halved=True,
    ),
    _told_table(
        "transactionline",
        sale_rows.LINE_COLUMNS,
        _SALES,
        sale_rows.line_rows,
        owner="transaction",
        dates="linecreateddate linelastmodifieddate",
        halved=True,
    ),
    *(
        _told_table(
            f"{direction}transactionlinelink",
            sale_rows.LINK_COLUMNS,
            _SALES,
            sale_rows.link_rows,
            owner="nextdoc",
            dates="lastmodifieddate",
            halved=True,
        )
        for direction in ("previous", "next")
    ),
    _told_table(
        "entity",
        "id externalid lastmodifieddate createddate entityid type entitytitle email isinactive parent",
        _EVERYBODY,
        _entity_rows,
        dates=_STAMPS,
    ),
    _told_table(
        "customeraddressbook",
        "entity internalid label defaultbilling defaultshipping addressbookaddress",
        ("customer",),
        _address_rows,
        owner="entity",
    ),
    _told_table(
        "customeraddressbookentityaddress",
        "entity nkey addressee addr1 addr2 city state zip country",
        ("customer",),
        _address_text_rows,
        owner="entity",
    ),
    _told_table(
        "customersubsidiaryrelationship",
        "id entity subsidiary isprimarysub primarycurrency",
        ("customer",),
        _relation_rows,
    ),
    _told_table(
        "projecttaskassignee",
        "id projecttask resource serviceitem unitprice",
        ("projectTask",),
        _assignee_rows,
        owner="projecttask",
    ),
)

TABLES: Mapping[str, Table] = {table.name: table for table in _MADE}

_DELETED = "type recordtypeid recordid name deleteddate deletedby context iscustomlist iscustomrecord"
DELETED_COLUMNS = tuple(_DELETED.split())

DATE_COLUMNS = frozenset({"deleteddate"}).union(*(table.dates for table in TABLES.values()))
"""Columns that a text in the account's date format may be compared with."""
