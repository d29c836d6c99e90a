"""The firm in the books: what it had before anybody connected, and that its figures agree with the firm's own."""

from __future__ import annotations

from decimal import Decimal

from console.sandbox.netsuite.store import Store


def store(account) -> Store:
    return account.tenant.books.store


def test_every_list_of_the_firm_is_there(account):
    firm = account.running.practice.firm
    assert [row["name"] for row in account.rows("SELECT name FROM subsidiary ORDER BY id")] == [
        e.name for e in firm.entities
    ]
    assert len(account.rows("SELECT id FROM employee")) == sum(person.in_erp for person in firm.people)
    assert not all(person.in_erp for person in firm.people)
    assert {row["itemid"] for row in account.rows("SELECT itemid FROM item")} == set(firm.items)
    copies = sum(each.erp_copies for each in firm.companies if each.in_erp)
    assert len(account.rows("SELECT id FROM customer")) == copies
    assert len(account.rows("SELECT id FROM job")) == len(firm.projects)


def test_periods_are_months_in_quarters_in_years_and_old_ones_are_closed(account):
    firm = account.running.practice.firm
    months = account.rows(
        "SELECT periodname, closed, BUILTIN.DF(parent) AS quarter FROM accountingperiod "
        "WHERE isquarter = 'F' AND isyear = 'F' ORDER BY startdate"
    )
    closed = [row["periodname"] for row in months if row["closed"] == "T"]
    assert closed == [period.name for period in firm.periods if period.closed]
    assert all(row["quarter"].startswith("Q") for row in months)
    assert account.tenant.closed_date < firm.cutover


def test_foreign_keys_lie_on_what_another_middleware_made(account):
    keys = [row["externalid"] for row in account.rows("SELECT externalid FROM timebill ORDER BY id")]
    assert all(key.startswith("relay-") for key in keys)
    assert account.call("GET", f"timeBill/eid:{keys[0]}").json()["externalId"] == keys[0]


def test_the_past_agrees_with_the_firm_to_the_coin(account):
    firm = account.running.practice.firm
    invoices = {each.values["tranId"]: each for each in store(account).all("invoice")}
    for invoice in firm.invoices:
        kept = invoices[invoice.number].values
        assert Decimal(str(kept["total"])) == invoice.net + invoice.tax
        if invoice.status == "paid":
            assert kept["status"] == "B"
    assert len(list(store(account).all("timeBill"))) == sum(line.line_type == "time" for line in firm.lines)
    assert len(list(store(account).all("charge"))) == sum(line.line_type != "time" for line in firm.lines)
    assert len(list(store(account).all("creditMemo"))) == len(firm.credits)


def test_some_lines_are_covered_partly_and_some_not_at_all(account):
    covered = {
        line["doc"]: line["minutes"] for invoice in store(account).all("invoice") for line in invoice.lines["time"]
    }
    whole = {each.id: each.values["hours"] for each in store(account).all("timeBill")}
    partly = [number for number, minutes in covered.items() if minutes < whole[number]]
    assert partly
    assert set(whole) - set(covered)


def test_nothing_seeded_is_journalled(account):
    assert account.running.practice.journal.since(0, tenant="netsuite") == []
