"""The org over TLS through simple-salesforce, a client that knows only the vendor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def client(opened, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Salesforce]:
    folder: Path = tmp_path_factory.mktemp("tls")
    with opened(tls=folder) as org, requests.Session() as session:
        session.trust_env = False
        session.verify = str(folder / "ca.pem")
        app = org.sign_in("client_credentials")
        told = session.post(
            app["token_url"],
            data={"grant_type": "client_credentials"},
            auth=(app["client_id"], app["client_secret"]),
            timeout=10,
        ).json()
        assert told["instance_url"].startswith("https://127.0.0.1:")
        yield Salesforce(
            instance_url=told["instance_url"], session_id=told["access_token"], session=session, version="62.0"
        )


def test_the_life_of_a_record(client):
    made = client.Account.create({"Name": "Client", "Website": "https://client.example"})
    assert made["success"] is True
    assert client.Account.update(made["id"], {"Phone": "1"}) == 204
    assert client.Account.get(made["id"])["Phone"] == "1"
    assert client.Account.upsert("Tieout_Key__c/client-key", {"Name": "Upserted"}) == 201
    assert client.Account.upsert("Tieout_Key__c/client-key", {"Name": "Upserted again"}) == 200
    assert client.Account.get_by_custom_id("Tieout_Key__c", "client-key")["Name"] == "Upserted again"
    assert client.Account.delete(made["id"]) == 204
    end = datetime.now(UTC) + timedelta(minutes=2)
    gone = client.Account.deleted(end - timedelta(minutes=10), end)
    assert made["id"] in {each["id"] for each in gone["deletedRecords"]}


def test_queries(client):
    assert client.is_sandbox() is True
    assert client.limits()["DailyApiRequests"]["Max"] > 0
    every = client.query_all("SELECT Id, Name, Account.Name FROM Opportunity WHERE IsWon = true ORDER BY Name")
    assert every["totalSize"] == len(every["records"]) > 20
    assert every["records"][0]["Account"]["Name"]
    assert client.api_usage["api-usage"].used > 0


def test_descriptions(client):
    assert {"Account", "Opportunity"} <= {each["name"] for each in client.describe()["sobjects"]}
    assert client.Opportunity.describe()["fields"][0]["name"] == "Id"
    assert client.Opportunity.metadata()["objectDescribe"]["keyPrefix"] == "006"


def test_refusals(client):
    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD"):
        client.query("SELECT Nothing FROM Account")
    with pytest.raises(SalesforceResourceNotFound):
        client.Account.get("0018d00000zzzzz")


def test_bulk(client):
    rows = [{"Name": f"Bulk {n:03}", "Tieout_Key__c": f"bulk-{n:03}"} for n in range(250)]
    (told,) = client.bulk2.Account.upsert(records=rows, external_id_field="Tieout_Key__c", wait=0)
    assert (told["numberRecordsProcessed"], told["numberRecordsFailed"]) == (250, 0)
    soql = "SELECT Id, Name FROM Account WHERE Name LIKE 'Bulk %'"
    parts = list(client.bulk2.Account.query(soql, max_records=100, wait=0))
    assert sum(len(each.splitlines()) - 1 for each in parts) == 250
