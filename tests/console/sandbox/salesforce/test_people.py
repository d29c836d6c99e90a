"""The firm inside the org: how its sales were seeded, and what its sellers do next."""

from dataclasses import replace

from console.sandbox.journal import PEOPLE


def firm_of(org):
    return org.running.practice.firm


def test_every_sale_and_company_is_there(org):
    firm = firm_of(org)
    deals = {each["Name"]: each for each in org.rows(
        "SELECT Name, Amount, IsWon, CurrencyIsoCode, Legal_Entity__c, Billing_Type__c, Rate_Card__c, CloseDate, "
        "Amends__r.Name, Amendment_Number__c, Account.Name, (SELECT TotalPrice FROM OpportunityLineItems) "
        "FROM Opportunity"
    )}  # fmt: skip
    entities = {each.key: each.name for each in firm.entities}
    companies = {each.key: each.name for each in firm.companies}
    names = {each.key: each.name for each in firm.sales}
    assert len(deals) == len(firm.sales)
    for sale in firm.sales:
        deal = deals[sale.name]
        assert deal["Amount"] == float(sale.amount)
        assert deal["IsWon"] is (sale.stage == "won")
        assert deal["Legal_Entity__c"] == entities[sale.entity]
        assert deal["Account"]["Name"] == companies[sale.company]
        assert (deal["Amends__r"] or {}).get("Name") == names.get(sale.amends)
        lines = (deal["OpportunityLineItems"] or {"records": []})["records"]
        assert [each["TotalPrice"] for each in lines] == [float(each.amount) for each in sale.lines]
    accounts = org.rows("SELECT Name, Relay_Id__c, Tieout_Key__c, Parent.Name FROM Account")
    assert len(accounts) == len(firm.companies)
    assert {each["Tieout_Key__c"] for each in accounts} == {None}
    assert {each["Relay_Id__c"] for each in accounts} == {each.foreign_key or None for each in firm.companies}
    assert sum(1 for each in accounts if each["Parent"]) == sum(1 for each in firm.companies if each.parent)


def test_nothing_of_the_past_is_journalled(fresh):
    assert fresh.running.practice.journal.entries == []


def test_sellers_win_add_and_edit(fresh):
    firm, people = firm_of(fresh), fresh.tenant.people
    open_sale = next(each for each in firm.sales if each.stage == "open")
    won = people.win(open_sale.key, firm.today)
    row = fresh.call("GET", f"sobjects/Opportunity/{won}").json()
    assert (row["IsWon"], row["CloseDate"]) == (True, firm.today.isoformat())
    amendment = replace(open_sale, key="s-new", name="Amendment", amends=open_sale.key, amendment_number=1, stage="won")
    added = people.add(amendment)
    row = fresh.call("GET", f"sobjects/Opportunity/{added}").json()
    assert (row["Amends__c"], row["Amendment_Number__c"], row["IsWon"]) == (won, 1.0, True)
    people.edit("customer", open_sale.company, {"Phone": "77"})
    entries = fresh.running.practice.journal.entries
    assert {each.by for each in entries} == {PEOPLE}
    assert [(each.kind, each.verb) for each in entries if each.kind != "contract_line"] == [
        ("deal", "update"),
        ("deal", "create"),
        ("customer", "update"),
    ]


def test_two_orgs_are_two(opened):
    with opened() as first, opened() as second:
        assert first.sign_in("client_credentials")["client_id"] != second.sign_in("client_credentials")["client_id"]
        assert first.tenant.tenant_id == second.tenant.tenant_id
