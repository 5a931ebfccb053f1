"""The tree of RFC 6962: the published values of Certificate Transparency, and that every path proves what it says."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    consistency_holds,
    consistency_path,
    full_subtrees,
    inclusion_holds,
    inclusion_path,
    leaf_hash,
    node_hash,
    root_of,
)

LEAVES = [
    leaf_hash(bytes.fromhex(data))
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSIONS = [  # (leaf, size), then the path
    ((0, 1), []),
    (
        (0, 8),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        (5, 8),
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    ((2, 3), ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        (1, 5),
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCIES = [  # (old, new), then the path
    ((1, 1), []),
    (
        (1, 8),
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        (2, 5),
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        (6, 7),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        (6, 8),
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]


def tree(size):
    """So many leaves that all differ, and the subtrees over them."""
    leaves = [leaf_hash(str(number).encode()) for number in range(size)]
    return leaves, subtree_of(leaves)


def subtree_of(leaves):
    return lambda start, end: root_of(leaves[start:end])


def by_definition(hashes):
    """MTH exactly as RFC 6962 2.1 writes it."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(by_definition(hashes[:k]), by_definition(hashes[k:]))


def flipped(data, bit):
    """The bytes with one bit changed."""
    at = bit % (len(data) * 8)
    changed = bytearray(data)
    changed[at // 8] ^= 1 << at % 8
    return bytes(changed)


@pytest.mark.parametrize("size,root", list(enumerate(ROOTS)))
def test_the_published_roots(size, root):
    assert root_of(LEAVES[:size]).hex() == root


@pytest.mark.parametrize("place,path", INCLUSIONS)
def test_the_published_inclusion_paths(place, path):
    index, size = place

    assert [each.hex() for each in inclusion_path(index, size, subtree_of(LEAVES))] == path
    assert inclusion_holds(LEAVES[index], index, size, [bytes.fromhex(each) for each in path], root_of(LEAVES[:size]))


@pytest.mark.parametrize("sizes,path", CONSISTENCIES)
def test_the_published_consistency_paths(sizes, path):
    old, new = sizes

    assert [each.hex() for each in consistency_path(old, new, subtree_of(LEAVES))] == path
    roots = root_of(LEAVES[:old]), root_of(LEAVES[:new])
    assert consistency_holds(old, new, *roots, [bytes.fromhex(each) for each in path])


def test_every_root_is_that_of_the_definition_while_the_tree_grows():
    leaves, _ = tree(70)
    frontier = Frontier()

    for size in range(71):
        assert (frontier.size, frontier.root()) == (size, by_definition(leaves[:size]))
        if size < 70:
            frontier.add(leaves[size])


@given(st.integers(0, 600), st.integers(0, 40))
def test_a_frontier_picked_up_from_its_full_subtrees_goes_on_as_if_it_had_never_been_put_down(size, more):
    leaves, subtree = tree(size + more)

    frontier = Frontier.of(size, (subtree(start, end) for start, end in full_subtrees(0, size)))
    for leaf in leaves[size:]:
        frontier.add(leaf)

    assert frontier.root() == root_of(leaves)


def test_a_frontier_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="2 full subtrees"):
        Frontier.of(5, [EMPTY_ROOT])


@st.composite
def inclusions(draw):
    size = draw(st.integers(1, 300))
    return draw(st.integers(0, size - 1)), size


@given(inclusions(), st.integers(0))
def test_every_inclusion_path_holds_and_none_with_a_flipped_bit(place, bit):
    index, size = place
    leaves, subtree = tree(size)
    path, root = inclusion_path(index, size, subtree), root_of(leaves)

    assert inclusion_holds(leaves[index], index, size, path, root)
    assert not inclusion_holds(flipped(leaves[index], bit), index, size, path, root)
    assert not inclusion_holds(leaves[index], index, size, path, flipped(root, bit))
    assert not inclusion_holds(leaves[index], index, size, [*path, root], root)
    for number, each in enumerate(path):
        assert not inclusion_holds(
            leaves[index], index, size, [*path[:number], flipped(each, bit), *path[number + 1 :]], root
        )
        assert not inclusion_holds(leaves[index], index, size, [*path[:number], *path[number + 1 :]], root)


@given(inclusions(), st.integers(-2, 400))
def test_an_inclusion_path_holds_at_no_other_position(place, elsewhere):
    index, size = place
    leaves, subtree = tree(size)
    path, root = inclusion_path(index, size, subtree), root_of(leaves)

    assert inclusion_holds(leaves[index], elsewhere, size, path, root) is (elsewhere == index)


@st.composite
def growths(draw):
    new = draw(st.integers(1, 300))
    return draw(st.integers(1, new)), new


@given(growths(), st.integers(0))
def test_every_consistency_path_holds_and_none_with_a_flipped_bit(sizes, bit):
    old, new = sizes
    leaves, subtree = tree(new)
    path, before, after = consistency_path(old, new, subtree), root_of(leaves[:old]), root_of(leaves)

    assert consistency_holds(old, new, before, after, path)
    assert not consistency_holds(old, new, flipped(before, bit), after, path)
    assert not consistency_holds(old, new, before, flipped(after, bit), path)
    assert not consistency_holds(old, new, before, after, [*path, before])
    for number, each in enumerate(path):
        assert not consistency_holds(old, new, before, after, [*path[:number], flipped(each, bit), *path[number + 1 :]])
        assert not consistency_holds(old, new, before, after, [*path[:number], *path[number + 1 :]])


def test_everything_grows_out_of_the_empty_tree_and_nothing_shrinks():
    leaves, subtree = tree(5)

    assert consistency_path(0, 5, subtree) == []
    assert consistency_holds(0, 5, EMPTY_ROOT, root_of(leaves), [])
    assert not consistency_holds(0, 5, root_of(leaves), root_of(leaves), [])
    assert not consistency_holds(5, 4, root_of(leaves), root_of(leaves[:4]), [])
    with pytest.raises(ValueError, match="not the beginning"):
        consistency_path(6, 5, subtree)
    for outside in (-1, 5):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_path(outside, 5, subtree)
