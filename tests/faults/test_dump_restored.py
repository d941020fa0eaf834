"""A logical dump that is restored into another cluster is the same desk, and goes on from there."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.access import Role
from tests.faults.machines import Cluster, cluster
from tests.http.world import A_COMPLAINT, World


@pytest.fixture(scope="module", name="clusters")
def two_clusters():
    with cluster() as first, cluster() as second:
        yield first, second


def test_a_dump_restored_into_another_cluster_reads_the_same_and_goes_on(
    clusters: tuple[Cluster, Cluster], tmp_path: Path
):
    first, second = clusters
    world = World(tmp_path / "data", first.url)
    token = world.token(Role.HANDLER, "complaints")
    world.settle()
    made = [world.client.post("/v1/complaints", json=A_COMPLAINT, headers=token).json() for _ in range(5)]
    world.settle()
    paths = [f"/v1/complaints/{each['id']}" for each in made]
    before = [world.client.get(path, headers=token).json() for path in paths]
    listed = world.client.get("/v1/complaints", headers=token).json()
    ends, events = world.plaint.store.ends(), list(world.plaint.store.everything())
    dump = first.folder / "data" / "dump"
    first.run("pg_dump", "-Fc", "-f", dump, "postgres")
    world.close()

    second.run("pg_restore", "-d", "postgres", dump)
    again = World(tmp_path / "data", second.url)

    assert (again.plaint.store.ends(), list(again.plaint.store.everything())) == (ends, events)
    assert [again.client.get(path, headers=token).json() for path in paths] == before
    assert again.client.get("/v1/complaints", headers=token).json() == listed
    etag = {"If-Match": f'"{before[0]["version"]}"'}
    noted = again.client.post(paths[0] + "/note", json={"text": "Restored."}, headers=token | etag).json()
    log, number = noted["position"].split(":")
    assert (noted["version"], int(number)) == (before[0]["version"] + 1, ends[int(log, 16)] + 1)
    again.close()
