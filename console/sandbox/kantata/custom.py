"""Custom fields and the values they have on projects, tasks, people and clients."""

from __future__ import annotations

from typing import Any

from console.sandbox.kantata.refusal import blank, invalid
from console.sandbox.kantata.saving import Draft, Rule
from console.sandbox.kantata.store import Account, Row

TYPES = ("string", "number", "date", "currency", "single", "multi")
SUBJECTS = {"workspace": "workspaces", "story": "stories", "user": "users", "workspace_group": "workspace_groups"}


def set_values(account: Account, subject_type: str, row: Row, given: Any) -> None:
    """`custom_fields: [{custom_field_id, value}]` in an object's own body."""
    for each in given if isinstance(given, list) else ():
        field = account.row("custom_fields", each.get("custom_field_id")) if isinstance(each, dict) else None
        if field is None:
            raise invalid("custom_fields", "Custom field does not exist")
        set_value(account, subject_type, row.id, field, each.get("value"))


def set_value(account: Account, subject_type: str, subject_id: str, field: Row, value: Any) -> Row:
    """One value: changed where it stands, else new."""
    known = next(
        (each for each in account.values_on(subject_type, subject_id) if each.links["custom_field_id"] == field.id),
        None,
    )
    if known is not None:
        known.shown |= {"value": value, "display_value": _display(value)}
        account["custom_field_values"].touched(known, account.now())
        return known
    values = {"subject_type": subject_type, "subject_id": int(subject_id), "value": value}
    made = account.build("custom_field_values", values | _about(account, field, value), {"custom_field_id": field.id})
    account.hang_value(made)
    return made


def _about(account: Account, field: Row, value: Any) -> dict[str, Any]:
    return {
        "display_value": _display(value),
        "can_edit": True,
        "type": field.shown["value_type"],
        "account_id": int(account.id),
        "custom_field_name": field.shown["name"],
    }


def _display(value: Any) -> str | None:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return None if value is None else str(value)


class FieldRule(Rule):
    def draft(self, draft: Draft) -> None:
        if draft.values["value_type"] not in TYPES:
            raise invalid("value_type", "Value type is not included in the list")
        draft.values = {"subject_type": "workspace", "unique_constraint": False, **draft.values}
        draft.values |= {"values_count": 0, "has_values": False}
        draft.links["creator_id"] = draft.sight.user_id

    def made(self, row: Row, draft: Draft) -> None:
        choices = draft.body.get("choices")
        for each in choices if isinstance(choices, list) else ():
            label = each.get("label") if isinstance(each, dict) else each
            self.account.build("custom_field_choices", {"label": str(label)}, {"custom_field_id": row.id})


class ValueRule(Rule):
    def draft(self, draft: Draft) -> None:
        subject_type, subject_id = draft.values["subject_type"], str(draft.values["subject_id"])
        if subject_type not in SUBJECTS:
            raise invalid("subject_type", "Subject type is not included in the list")
        if self.account.row(SUBJECTS[subject_type], subject_id) is None:
            raise blank("subject_id")
        field = self.account["custom_fields"].rows[draft.links["custom_field_id"]]
        known = self.account.values_on(subject_type, subject_id)
        if any(each.links["custom_field_id"] == field.id for each in known):
            raise invalid("custom_field_id", "Custom field has already been taken")
        draft.values |= _about(self.account, field, draft.values.get("value"))
        draft.links["setter_id"] = draft.sight.user_id

    def made(self, row: Row, draft: Draft) -> None:
        self.account.hang_value(row)

    def change(self, row: Row, draft: Draft) -> None:
        draft.values["display_value"] = _display(draft.values.get("value"))
