"""Order, cycles, optional edges and closures."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reign.graph import (
    CyclicGraph,
    build,
    closure,
    cycle_findings,
    cycles,
    dependencies,
    of_resources,
    settle,
)
from reign.model.address import parse_address
from reign.model.finding import Place
from reign.model.resource import Resource

PAIRS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


def resources(**needs: str) -> dict:
    found = {}
    for line, (name, waits_for) in enumerate(needs.items(), start=1):
        address = parse_address(f"value.{name}")
        depends_on = tuple(parse_address(f"value.{needed}") for needed in waits_for.split())
        found[address] = Resource(address, {}, "value", depends_on, place=Place("reign.yaml", line, 3))
    return found


def test_order_puts_each_node_after_what_it_waits_for_and_keeps_the_given_order_otherwise():
    graph = build("dcba", [("d", "a"), ("c", "a")])
    assert graph.order() == ("b", "a", "d", "c")


def test_a_repeated_edge_counts_once_and_an_edge_to_no_node_is_left_out():
    graph = build("ab", [("a", "b"), ("a", "b"), ("a", "z"), ("z", "a")])
    assert graph.needs == {"a": ("b",), "b": ()}
    assert graph.needed_by == {"a": (), "b": ("a",)}


@pytest.mark.parametrize(
    ("needs", "path"),
    [
        ({"a": "a"}, "value.a -> value.a"),
        ({"a": "b", "b": "a"}, "value.a -> value.b -> value.a"),
        (
            {"e": "a", "a": "b", "b": "c", "c": "d", "d": "e"},
            "value.a -> value.b -> value.c -> value.d -> value.e -> value.a",
        ),
        ({"a": "b c", "b": "c", "c": "a", "z": "a"}, "value.a -> value.c -> value.a"),
    ],
)
def test_a_cycle_is_told_as_the_whole_path_about_its_first_block(needs, path):
    desired = resources(**needs)
    (finding,) = cycle_findings(of_resources(desired), desired)
    assert finding.code == "graph/cycle"
    assert path in finding.detail
    assert path.startswith(finding.address)
    assert finding.related == tuple(desired[parse_address(name)].place for name in path.split(" -> ")[1:-1])


def test_two_cycles_are_two_findings_and_none_is_none():
    desired = resources(a="b", b="a", c="c", d="c")
    assert [finding.address for finding in cycle_findings(of_resources(desired), desired)] == ["value.a", "value.c"]
    desired = resources(a="b", b="")
    assert cycle_findings(of_resources(desired), desired) == ()


def test_closures_follow_any_number_of_steps():
    graph = build("abcdef", [("a", "b"), ("b", "c"), ("d", "c"), ("e", "f")])
    assert closure("c", graph.needed_by.__getitem__) == set("cbad")
    assert dependencies(graph, "ae") == set("abcef")
    assert dependencies(graph, "a", known={"b"}) == {"a"}


def test_optional_edges_are_kept_unless_they_make_a_cycle_and_the_first_group_goes_first():
    graph, dropped = settle("abc", [("a", "b")], [[("b", "c")], [("c", "a"), ("a", "c")]])
    assert dropped == (("c", "a"),)
    assert graph.needs == {"a": ("b", "c"), "b": ("c",), "c": ()}


def test_an_optional_edge_from_a_node_to_itself_is_dropped():
    graph, dropped = settle("ab", [], [[("a", "a"), ("b", "a")]])
    assert dropped == (("a", "a"),)
    assert graph.order() == ("a", "b")


@given(PAIRS)
def test_there_is_either_an_order_or_a_cycle_that_is_really_there(edges):
    graph = build(range(13), edges)
    found = cycles(graph)
    for path in found:
        assert path[0] == path[-1]
        assert all(needed in graph.needs[waiting] for waiting, needed in itertools.pairwise(path))
    if found:
        with pytest.raises(CyclicGraph):
            graph.order()
    else:
        place = {node: index for index, node in enumerate(graph.order())}
        assert sorted(place) == list(range(13))
        assert all(place[needed] < place[waiting] for waiting in graph.nodes for needed in graph.needs[waiting])


@given(PAIRS, PAIRS, PAIRS)
def test_settling_keeps_every_firm_edge_and_drops_only_edges_that_stand_on_a_cycle(pairs, first, second):
    firm = [(max(pair), min(pair)) for pair in pairs if pair[0] != pair[1]]
    second = [edge for edge in second if edge not in first]
    graph, dropped = settle(range(13), firm, [first, second])
    graph.order()
    assert all(needed in graph.needs[waiting] for waiting, needed in firm)
    assert not set(dropped) & {(waiting, needed) for waiting in graph.nodes for needed in graph.needs[waiting]}
    everything = build(range(13), [*firm, *first, *second])
    for waiting, needed in dropped:
        assert waiting in closure([needed], everything.needs.__getitem__)
