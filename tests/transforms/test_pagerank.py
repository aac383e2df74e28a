"""PageRank equals that of networkx."""

from collections.abc import Iterable
from random import Random

import networkx
import pytest
from pyspark.sql import DataFrame, SparkSession

from jobs.runtime.spark.small_frames import local_frame
from schemas.table import Column, Table
from tests.conftest import assert_rows
from transforms.pagerank import DAMPING, pagerank

NODES = Table("social.nodes", "one row per node", (Column("graph", "long", "."), Column("node", "string", ".")))
EDGES = Table(
    "social.edges",
    "one row per edge",
    (
        Column("graph", "long", "."),
        Column("source", "string", "."),
        Column("target", "string", "."),
        Column("weight", "double", "."),
    ),
)
Edge = tuple[str, str, float]


def random_graph(seed: int) -> tuple[list[str], list[Edge]]:
    """A graph with dangling nodes, edges of nodes to themselves, parallel edges, and parts that are not connected."""
    random = Random(seed)
    nodes = [f"n{number}" for number in range(random.randint(1, 40))]
    sources = [node for node in nodes if random.random() < 0.7]
    count = random.choice((0, len(nodes), 3 * len(nodes))) if sources else 0
    edges = [(random.choice(sources), random.choice(nodes), random.choice((0.5, 1.0, 2.5))) for _ in range(count)]
    star = [(node, nodes[0], 1.0) for node in nodes[1:]] + [(nodes[0], node, 1.0) for node in nodes[1:]]
    return nodes, star if seed % 10 == 0 else edges


def expected(nodes: Iterable[str], edges: Iterable[Edge]) -> dict[str, float]:
    graph = networkx.DiGraph()
    graph.add_nodes_from(nodes)
    for source, target, weight in edges:
        if source != target:
            before = graph.edges[source, target]["weight"] if graph.has_edge(source, target) else 0.0
            graph.add_edge(source, target, weight=before + weight)
    ranks: dict[str, float] = networkx.pagerank(graph, alpha=DAMPING, max_iter=1_000, tol=1e-14)
    return ranks


def ranked(spark: SparkSession, graphs: list[tuple[list[str], list[Edge]]]) -> DataFrame:
    nodes = [{"graph": number, "node": node} for number, (given, _) in enumerate(graphs) for node in given]
    edges = [
        {"graph": number, "source": source, "target": target, "weight": weight}
        for number, (_, given) in enumerate(graphs)
        for source, target, weight in given
    ]
    return pagerank(local_frame(spark, NODES, nodes), local_frame(spark, EDGES, edges))


def compare(spark: SparkSession, seeds: Iterable[int]) -> None:
    graphs = [random_graph(seed) for seed in seeds]
    found: dict[int, dict[str, float]] = {}
    for row in ranked(spark, graphs).collect():
        found.setdefault(row.graph, {})[row.node] = row.pagerank
    for number, (nodes, edges) in enumerate(graphs):
        assert found[number] == pytest.approx(expected(nodes, edges), abs=1e-6), number
        assert sum(found[number].values()) == pytest.approx(1, abs=1e-6)


def test_two_hundred_random_graphs_have_the_ranks_that_networkx_gives_them(
    spark: SparkSession, compiled: object
) -> None:
    compare(spark, range(200))


def test_nodes_without_edges_to_others_share_evenly(spark: SparkSession) -> None:
    assert_rows(ranked(spark, [(["a", "b"], [("a", "a", 1.0)])]), "node pagerank", [["a", 0.5], ["b", 0.5]])
