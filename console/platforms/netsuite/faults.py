"""Turns NetSuite's error answers into the five faults and the Problems a controller can act on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from console.platforms.netsuite.meanings import BROKEN, BY_STATUS, MEANINGS, NOT_ALLOWED, REFUSED, Detail, Meaning
from console.records.problem import Problem
from console.wire.answer import Answer
from console.wire.faults import Fault, Unexpected
from console.words import _

_NAMED_FIELD = re.compile(r"for the following field: *([\w.\[\]]+)", re.IGNORECASE)
_OUR_FIELD: Mapping[str, str] = {
    "casetaskevent": "task",
    "projecttask": "task",
    "employee": "resource",
    "customer": "project",
    "billto": "project",
    "entity": "customer",
    "parent": "customer",
    "trandate": "on",
    "chargedate": "on",
    "postingperiod": "on",
    "subsidiary": "legal_entity",
    "item": "item",
    "billingitem": "item",
    "companyname": "name",
    "title": "name",
    "hours": "minutes",
    "taxcode": "tax_code",
    "taxitem": "tax_code",
    "terms": "payment_terms",
}


def details_of(answer: Answer) -> Sequence[Detail]:
    """What an nsError says, one entry per detail; also the flat form of older releases, and no JSON at all."""
    try:
        body = answer.json()
    except Unexpected:
        body = None
    if not isinstance(body, Mapping):
        return (Detail("", answer.body[:200].decode("utf-8", "replace").strip(), ""),)
    listed = body.get("o:errorDetails")
    entries = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    return tuple(_detail(each) for each in entries) or (_detail(body),)


def _detail(entry: Mapping[str, Any]) -> Detail:
    code = str(entry.get("o:errorCode") or entry.get("error") or "")
    text = str(entry.get("detail") or entry.get("error_description") or entry.get("title") or "")
    return Detail(code.upper(), text.strip(), our_field(str(entry.get("o:errorPath") or ""), text))


def our_field(path: str, text: str = "") -> str:
    """The field of ours behind `item.items[0].item` or 'the following field: item'; NetSuite's own name otherwise."""
    named = _NAMED_FIELD.search(text)
    name = path or (named.group(1) if named else "")
    last = re.sub(r"\[\d+\]", "", name).rpartition(".")[2]
    return _OUR_FIELD.get(last.lower(), last)


def fault_of(answer: Answer, kind: str = "", ref: str = "") -> Fault:
    """The fault behind a refusal: the first row of the table any of its details meets, else by status."""
    details = details_of(answer)
    for meaning in MEANINGS:
        for detail in details:
            if meaning.met_by(detail, kind):
                return _fault(meaning, detail, answer, ref)
    return _by_status(answer, details[0], ref)


def _fault(meaning: Meaning, detail: Detail, answer: Answer, ref: str) -> Fault:
    facts = {
        "text": detail.text or detail.code or str(answer.status),
        "field": detail.field or _("a field"),
        "missing": detail.missing,
        "status": str(answer.status),
    }
    sentence, remedy = _(meaning.sentence, **facts), _(meaning.remedy)
    trouble = None
    if meaning.problem:
        trouble = Problem(meaning.problem, sentence, remedy, meaning.who, "erp", field=detail.field, ref=ref)
    return meaning.fault(
        sentence,
        remedy,
        vendor_code=detail.code,
        vendor_text=detail.text[:500],
        trace_id=answer.trace_id,
        problem=trouble,
        facts={"permission": True} if meaning is NOT_ALLOWED else {},
    )


def is_permission(fault: Fault) -> bool:
    """Whether the role lacks a permission, so that nothing follows from the refusal about the record itself."""
    return bool(fault.facts.get("permission"))


def _by_status(answer: Answer, detail: Detail, ref: str) -> Fault:
    refusal = 400 <= answer.status < 500 and answer.status != 408 and detail.code != "UNEXPECTED_ERROR"
    meaning = BY_STATUS.get(answer.status) or (REFUSED if refusal else BROKEN)
    return _fault(meaning, detail, answer, ref)
