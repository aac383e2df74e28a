"""PageRank of the nodes of graphs."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from transforms.values import evaluate_once

DAMPING = 0.85
# 0.85 ** 150 is 3e-11: by then every graph has converged.
TOLERANCE, MAX_ITERATIONS = 1e-9, 150
_STATE = "struct<ranks: array<double>, change: double>"


def pagerank(nodes: DataFrame, edges: DataFrame) -> DataFrame:
    """The `pagerank` of the `nodes` (graph, node) with the `edges` (graph, source, target, weight).

    *Grain:* one row per graph and node; the ranks of a graph add up to 1. The weight of an edge is divided by the sum
    of its source's. A node without edges to others gives its rank to all nodes evenly. Edges from a node to itself are
    left out, and parallel edges add up. A graph is one row while its ranks are computed: it must fit in the memory of a
    task, about 100 bytes for a node or an edge.
    """
    in_order = Window.partitionBy("graph").orderBy("node")  # total: one row per node
    numbered = nodes.select("graph", "node").distinct().withColumn("number", F.row_number().over(in_order) - 1)
    graphs = _adjacency(numbered, edges)
    count = F.size("nodes")
    start = F.struct(F.array_repeat(1 / count.cast("double"), count).alias("ranks"), F.lit(1.0).alias("change"))
    state = F.aggregate(
        F.sequence(F.lit(1), F.lit(MAX_ITERATIONS)),
        start.cast(_STATE),
        lambda state, _: F.when(state["change"] < TOLERANCE, state).otherwise(_step(state["ranks"])),
    )
    ranked = graphs.select("graph", "nodes", state["ranks"].alias("ranks"))
    pairs = F.arrays_zip(F.col("nodes.node").alias("node"), F.col("ranks").alias("pagerank"))
    return ranked.select("graph", F.inline(pairs))


def _adjacency(numbered: DataFrame, edges: DataFrame) -> DataFrame:
    """`nodes` of each graph in order, each with its incoming edges. *Grain:* one row per graph."""
    others = edges.filter(F.col("source") != F.col("target"))
    single = others.groupBy("graph", "source", "target").agg(F.sum("weight").cast("double").alias("weight"))
    of_source = Window.partitionBy("graph", "source")
    shared = single.withColumn("share", F.col("weight") / F.sum("weight").over(of_source))
    ends = {
        end: numbered.select("graph", F.col("node").alias(end), F.col("number").alias(f"{end}_number"))
        for end in ("source", "target")
    }
    # numbered: one row per graph and node
    placed = shared.join(ends["source"], on=["graph", "source"]).join(ends["target"], on=["graph", "target"])
    incoming = placed.groupBy("graph", F.col("target_number").alias("number")).agg(
        F.sort_array(F.collect_list(F.struct(F.col("source_number").alias("number"), "share"))).alias("incoming")
    )
    sources = placed.select("graph", F.col("source_number").alias("number")).distinct()
    joined = numbered.join(incoming, on=["graph", "number"], how="left").join(
        sources.withColumn("is_source", F.lit(True)), on=["graph", "number"], how="left"
    )
    node = F.struct(
        "number",
        "node",
        F.coalesce("incoming", F.array().cast("array<struct<number: int, share: double>>")).alias("incoming"),
        F.col("is_source").isNull().alias("is_dangling"),
    )
    return joined.groupBy("graph").agg(F.sort_array(F.collect_list(node)).alias("nodes"))


def _step(ranks: Column) -> Column:
    """The state after another iteration."""
    count = F.size("nodes").cast("double")
    dangling = F.aggregate(
        "nodes",
        F.lit(0.0),
        lambda total, node: total + F.when(node["is_dangling"], F.get(ranks, node["number"])).otherwise(F.lit(0.0)),
    )
    base = (F.lit(1 - DAMPING) + F.lit(DAMPING) * dangling) / count

    def received(node: Column) -> Column:
        return F.aggregate(
            node["incoming"], F.lit(0.0), lambda total, edge: total + F.get(ranks, edge["number"]) * edge["share"]
        )

    def with_base(value: Column) -> Column:
        return F.transform("nodes", lambda node: value + F.lit(DAMPING) * received(node))

    def with_change(following: Column) -> Column:
        change = F.aggregate(
            F.zip_with(following, ranks, lambda new, old: F.abs(new - old)), F.lit(0.0), lambda total, one: total + one
        )
        return F.struct(following.alias("ranks"), change.alias("change")).cast(_STATE)

    return evaluate_once(evaluate_once(base, with_base), with_change)
