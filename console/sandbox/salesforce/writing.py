"""Saves records: checks a request as the vendor does, keeps its rows, and leaves a journal line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.sandbox.salesforce import derived
from console.sandbox.salesforce.ids import to18
from console.sandbox.salesforce.refusal import Refusal, no_such_record, not_found
from console.sandbox.salesforce.schema import Field, SObject
from console.sandbox.salesforce.store import Entry, Org, Row, Table, Unit
from console.sandbox.salesforce.values import kept
from console.sandbox.salesforce.view import View

_KEY_FIELDS = ("Tieout_Key__c",)


def table_of(view: View, name: str) -> Table:
    """The table behind an object name in a path. Raises NOT_FOUND."""
    table = view.table(name)
    if table is None:
        raise not_found()
    return table


def living(table: Table, record_id: str, view: View) -> Row:
    """A record by its 15- or 18-character id. Raises NOT_FOUND, or ENTITY_IS_DELETED for what was deleted."""
    row = table.rows.get(to18(record_id) or "")
    if row is None or not view.sees(table.shape.name, row):
        raise no_such_record(record_id)
    if row.get("IsDeleted"):
        raise Refusal(404, "ENTITY_IS_DELETED", "entity is deleted", ())
    return row


@dataclass(frozen=True, slots=True)
class Writer:
    """Creates, updates, upserts and deletes within one unit of work."""

    view: View
    unit: Unit

    @property
    def org(self) -> Org:
        return self.view.org

    def create(self, table: Table, body: Mapping[str, Any]) -> str:
        """Save a new record; answers its id."""
        shape = self.writable(table)
        values = self.checked(shape, body, creating=True)
        row: Row = {**table.shape.blank, **values, "Id": table.next_id()}
        self.stamped(row, new=True)
        if "OwnerId" in row and row["OwnerId"] is None:
            row["OwnerId"] = self.org.user_id
        if "CurrencyIsoCode" in row and row["CurrencyIsoCode"] is None:
            row["CurrencyIsoCode"] = "USD"
        self.required(shape, row)
        self.save(table, row, set(values), "create", body)
        return str(row["Id"])

    def update(self, table: Table, record_id: str, body: Mapping[str, Any]) -> None:
        """Change some fields of a record; a null clears one."""
        shape = self.writable(table)
        before = living(table, record_id, self.view)
        values = self.checked(shape, body, creating=False)
        row = {**before, **values}
        self.stamped(row, new=False)
        self.required(shape, {name: row[name] for name in values})
        if table.shape.name == "Opportunity" and before["HasOpportunityLineItem"]:
            row["Amount"] = before["Amount"]
        if table.shape.name == "OpportunityLineItem" and "UnitPrice" in values and "TotalPrice" not in values:
            row["TotalPrice"] = None
        self.save(table, row, set(values), "update", body)

    def upsert(self, table: Table, name: str, value: str, body: Mapping[str, Any], only: bool) -> tuple[str, bool]:
        """Create or update by an external id: the record's id, and whether it is new.

        `only` forbids creation. Raises NOT_FOUND when the field is no external id, and a 300 whose `fields` are the
        ids of the records that share the value.
        """
        field = self.view.shape(table).by_name.get(name.lower())
        if field is None or not (field.external or field.kind == "id"):
            raise no_such_record(name)
        found = [to18(value) or value] if field.kind == "id" else table.by_key(field.name, value)
        if len(found) > 1:
            raise Refusal(300, "MULTIPLE_CHOICES", "several records have this external id", tuple(found))
        if found:
            self.update(table, found[0], body)
            return found[0], False
        if only:
            raise no_such_record(name)
        return self.create(table, {**body, field.name: value}), True

    def delete(self, table: Table, record_id: str) -> None:
        """Put a record, and what hangs on it, into the recycle bin."""
        self.writable(table)
        row = living(table, record_id, self.view)
        self.bin(table, row)

    def bin(self, table: Table, row: Row) -> None:
        gone = {**row, "IsDeleted": True}
        self.stamped(gone, new=False)
        for there in self.org.tables.values():
            for field in there.shape.fields:
                if field.to == table.shape.name and not field.custom and field.children:
                    for child in there.children(field.name, row["Id"]):
                        self.bin(there, there.rows[child])
        self.org.put(self.unit, table, gone)
        self.unit.entries.append(Entry(table.shape.name, "delete", _key(row), row["Id"], {}))
        self.roll_up(table, gone)

    def writable(self, table: Table) -> SObject:
        shape = self.view.shape(table)
        if not shape.writable:
            raise Refusal(
                400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", f"entity type cannot be inserted: {shape.label}", ()
            )
        return shape

    def checked(self, shape: SObject, body: Mapping[str, Any], creating: bool) -> Row:
        """The request's fields as the org keeps them, under their true names."""
        values: Row = {}
        barred: list[str] = []
        for name, given in body.items():
            if name == "attributes":
                continue
            plain = shape.by_name.get(name.lower())
            field, value = (plain, given) if plain else self.through_parent(shape, name, given)
            if field.create if creating else field.update:
                values[field.name] = kept(field, value)
                self.points_right(field, values[field.name])
            else:
                barred.append(field.name)
        if barred:
            raise _barred(barred)
        return values

    def through_parent(self, shape: SObject, name: str, value: Any) -> tuple[Field, str]:
        """`"Account": {"Ext__c": "A-1"}`: the lookup behind a relationship, and the id its external id names."""
        field = shape.by_relation.get(name.lower())
        there = self.view.table(field.to) if field else None
        named = [each for each in value if each != "attributes"] if isinstance(value, dict) else []
        if field is None or there is None or len(named) != 1:
            raise Refusal(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {shape.name}")
        key = there.shape.by_name.get(named[0].lower())
        if key is None or not (key.external or key.kind == "id"):
            raise Refusal(400, "INVALID_FIELD", f"{named[0]} is not an external id or indexed field of {field.to}")
        found = [str(value[named[0]])] if key.kind == "id" else there.by_key(key.name, value[named[0]])
        if not found:
            raise Refusal(
                400,
                "INVALID_FIELD",
                f"Foreign key external ID: {value[named[0]]} not found for field {key.name} in entity {field.to}",
            )
        return field, found[0]

    def points_right(self, field: Field, record_id: Any) -> None:
        there = self.org.tables.get(field.to)
        if field.kind != "reference" or record_id is None or there is None:
            return
        if not record_id.startswith(there.shape.prefix):
            raise Refusal(400, "MALFORMED_ID", f"{field.label}: id value of incorrect type: {record_id}", (field.name,))
        row = there.rows.get(record_id)
        if row is None:
            raise Refusal(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (field.name,))
        if row.get("IsDeleted"):
            raise Refusal(400, "ENTITY_IS_DELETED", "entity is deleted", (field.name,))

    def required(self, shape: SObject, row: Row) -> None:
        missing = [each for each in shape.required if each in row and row[each] is None]
        if missing:
            raise Refusal(
                400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing
            )

    def stamped(self, row: Row, new: bool) -> None:
        stamp = self.org.stamp()
        row["SystemModstamp"] = row["LastModifiedDate"] = stamp
        row["LastModifiedById"] = self.org.user_id
        if new:
            row["CreatedDate"], row["CreatedById"] = stamp, self.org.user_id

    def save(self, table: Table, row: Row, sent: set[str], verb: str, body: Mapping[str, Any]) -> None:
        derived.fill(self.org, table.shape.name, row, sent)
        self.unshared(table, row)
        self.org.put(self.unit, table, row)
        self.unit.entries.append(Entry(table.shape.name, verb, _key(row), row["Id"], dict(body)))
        self.roll_up(table, row)

    def unshared(self, table: Table, row: Row) -> None:
        for field in table.shape.fields:
            if field.unique and row[field.name] is not None:
                others = [each for each in table.by_key(field.name, row[field.name]) if each != row["Id"]]
                if others:
                    raise Refusal(
                        400,
                        "DUPLICATE_VALUE",
                        f"duplicate value found: {field.name} duplicates value on record with id: {others[0][:15]}",
                        (),
                    )

    def roll_up(self, table: Table, row: Row) -> None:
        if table.shape.name != "OpportunityLineItem":
            return
        deal = derived.rolled_up(self.org, row)
        if deal is not None:
            self.stamped(deal, new=False)
            self.org.put(self.unit, self.org.tables["Opportunity"], deal)


def _key(row: Row) -> str:
    return next((str(row[each]) for each in _KEY_FIELDS if row.get(each)), "")


def _barred(names: list[str]) -> Refusal:
    return Refusal(
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set.",
        names,
    )
