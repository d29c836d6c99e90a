"""What the signed-in user can see: the org's objects without the fields and records that are hidden from him."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from console.sandbox.salesforce.schema import Field, SObject, own
from console.sandbox.salesforce.store import Org, Row, Table

HIDDEN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "Account": ("Tax_Number__c", "Payment_Terms__c"),
    "Opportunity": ("Cap__c", "Purchase_Order__c"),
    "OpportunityLineItem": ("ServiceDate",),
    "Contact": ("Email",),
    "Tieout_Invoice__c": ("Due_Date__c",),
}
"""Fields that a half-blind role does not see, by object (fault `half_role`)."""

DRIFT_FIELD = own(Field("Region__c", "string", "Region", 80))
DRIFT_LOST: Mapping[str, str] = {"Opportunity": "Service_Line__c", "Account": "Industry"}
"""Under the fault `drift` every object gains `Region__c`, and these objects lose a field."""


def half_visible(record_id: str) -> bool:
    """Whether a half-blind role sees a record: the same half every time."""
    return zlib.crc32(record_id[:15].encode()) % 2 == 0


@dataclass
class View:
    """One request's sight of the org. `half` and `drift` say whether those faults hold for an object."""

    org: Org
    half: Callable[[str], bool] = lambda _: False
    drift: Callable[[str], bool] = lambda _: False
    _shapes: dict[str, SObject] = field(default_factory=dict)

    def table(self, name: str) -> Table | None:
        return self.org.table(name)

    def shape(self, table: Table) -> SObject:
        """The object's fields as this user sees them now."""
        known = self._shapes.get(table.shape.name)
        if known is None:
            known = self._shapes[table.shape.name] = self._seen(table.shape)
        return known

    def _seen(self, shape: SObject) -> SObject:
        if self.half(shape.name):
            shape = shape.without(HIDDEN_FIELDS.get(shape.name, ()))
        if self.drift(shape.name) and shape.writable:
            shape = shape.without((DRIFT_LOST.get(shape.name, ""),)).with_fields(DRIFT_FIELD)
        return shape

    def sees(self, name: str, row: Row) -> bool:
        return not self.half(name) or half_visible(row["Id"])

    def sees_all(self, name: str) -> bool:
        return not self.half(name)
