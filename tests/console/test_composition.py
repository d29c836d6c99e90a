"""Putting a run together: platforms by key, credentials that stay where they are, settings of a connection."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.composition import PLATFORMS, actor, connector_for, open_session, route_of, worker_name
from console.vault import open_vault
from console.wire.surface import Connector
from local_db import connections
from local_db.connections import ConnectionRow
from local_db.store import Store

SECRET = "tvc-7f3a-not-for-anybody"
NETSUITE = {"consumer_key": "ck", "consumer_secret": SECRET, "token_id": "ti", "token_secret": SECRET}


def netsuite(**fields: str) -> ConnectionRow:
    return ConnectionRow(
        "netsuite",
        "netsuite",
        "NetSuite",
        base_url="http://127.0.0.1:9",
        sign_in="token_based",
        fields={"account": "TSTDRV1", **fields},
        credential="credential of netsuite",
    )


def kept(store: Store, folder: Path, row: ConnectionRow) -> Connector:
    vault = open_vault(folder / "work.tieout", practice=True, ask=str)
    vault.keep(row.credential, NETSUITE)
    with store.writing() as db:
        connections.replace(db, row)
    session, _calls = open_session(store, vault)
    assert session.connectors.keys() == session.rows.keys() == {"netsuite"}
    assert session.settling("netsuite") == float(row.fields.get("settling_seconds", 120))
    return session.connectors["netsuite"]


@pytest.mark.parametrize("fields", [{}, {"settling_seconds": "2.5"}])
def test_a_session_opens_every_connection_with_its_own_settings(
    store: Store, tmp_path: Path, fields: dict[str, str]
) -> None:
    assert kept(store, tmp_path, netsuite(**fields)).card.key == "netsuite"


def test_a_secret_is_in_no_store_and_in_no_words_about_a_connection(store: Store, tmp_path: Path) -> None:
    connector = kept(store, tmp_path, netsuite())
    assert SECRET not in repr(connector)
    store.close()
    assert SECRET.encode() not in b"".join(
        each.read_bytes() for each in tmp_path.glob("work.tieout*") if each.suffix != ".practice"
    )


def test_every_platform_has_a_name_of_its_own() -> None:
    assert {key: platform.CARD.key for key, platform in PLATFORMS.items()} == {key: key for key in PLATFORMS}


def test_who_acts_is_the_account_and_the_platform_user() -> None:
    assert "@" in actor()
    assert actor("bo@norrvik.example") == f"{actor()} as bo@norrvik.example"
    assert worker_name().endswith(f"-{os.getpid()}")


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/record/v1/timebill/4711?expand=1", "/record/v1/timebill/{id}"),
        ("/api/v1/workspaces.json", "/api/v1/workspaces.json"),
        ("/services/data/v62.0/query", "/services/data/v62.0/query"),
    ],
)
def test_calls_of_one_sort_share_a_route(path: str, route: str) -> None:
    assert route_of(path) == route


def test_an_unknown_platform_opens_nothing(store: Store, tmp_path: Path) -> None:
    with store.writing() as db:
        connections.replace(db, ConnectionRow("sap", "sap", "SAP"))
    session, _calls = open_session(store, open_vault(tmp_path / "work.tieout", practice=True, ask=str))
    assert session.connectors == {}
    assert connector_for(netsuite(), NETSUITE).card.title
