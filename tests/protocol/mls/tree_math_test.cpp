#include "protocol/mls/tree_math.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/protocol/mls/vectors.h"

namespace xom::mls {
namespace {

std::optional<NodeIndex> node_at(const boost::json::value& list, std::uint32_t index) {
  const auto& entry = list.as_array()[index];
  if (entry.is_null()) return std::nullopt;
  return NodeIndex{entry.to_number<std::uint32_t>()};
}

TEST(TreeMath, TheWorkingGroupsRelationsHold) {
  XOM_VECTORS_OR_SKIP(cases, vector_cases, "tree-math.json");
  for (const auto& test : cases) {
    const TreeSize size{test.at("n_leaves").to_number<std::uint32_t>()};
    EXPECT_EQ(size.nodes(), testing::number(test, "n_nodes"));
    EXPECT_EQ(raw(size.root()), testing::number(test, "root"));
    for (std::uint32_t i = 0; i < size.nodes(); ++i) {
      const NodeIndex node{i};
      EXPECT_EQ(is_leaf(node), !node_at(test.at("left"), i).has_value());
      if (!is_leaf(node)) {
        EXPECT_EQ(left(node), node_at(test.at("left"), i));
        EXPECT_EQ(right(node), node_at(test.at("right"), i));
      }
      if (node != size.root()) {
        EXPECT_EQ(parent(node, size), node_at(test.at("parent"), i));
        EXPECT_EQ(sibling(node, size), node_at(test.at("sibling"), i));
      } else {
        EXPECT_FALSE(node_at(test.at("parent"), i).has_value());
      }
    }
  }
}

TEST(TreeMath, PathsOfEveryNodeEndAtTheRootAndItsSide) {
  for (std::uint32_t leaves : {1U, 2U, 4U, 8U, 64U, 1024U}) {
    const TreeSize size{leaves};
    for (std::uint32_t i = 0; i < size.nodes(); ++i) {
      const NodeIndex node{i};
      const auto path = direct_path(node, size);
      const auto aside = copath(node, size);
      ASSERT_EQ(path.size(), level(size.root()) - level(node));
      ASSERT_EQ(aside.size(), path.size());
      NodeIndex below = node;
      for (std::size_t step = 0; step < path.size(); ++step) {
        EXPECT_TRUE((left(path[step]) == below && right(path[step]) == aside[step]) ||
                    (right(path[step]) == below && left(path[step]) == aside[step]));
        below = path[step];
      }
      EXPECT_EQ(below, size.root());
    }
  }
}

TEST(TreeMath, ASubtreeHoldsExactlyTheNodesWhosePathMeetsItsRoot) {
  const TreeSize size{16};
  for (std::uint32_t i = 0; i < size.nodes(); ++i) {
    const auto path = direct_path(NodeIndex{i}, size);
    for (std::uint32_t top = 0; top < size.nodes(); ++top) {
      const bool below = i == top || std::ranges::find(path, NodeIndex{top}) != path.end();
      EXPECT_EQ(is_in_subtree(NodeIndex{i}, NodeIndex{top}), below) << i << " under " << top;
    }
  }
}

TEST(TreeMath, TheSmallestPowerOfTwoHoldsTheLeaves) {
  EXPECT_EQ(TreeSize::for_leaves(0).leaves, 1U);
  EXPECT_EQ(TreeSize::for_leaves(1).leaves, 1U);
  EXPECT_EQ(TreeSize::for_leaves(2).leaves, 2U);
  EXPECT_EQ(TreeSize::for_leaves(3).leaves, 4U);
  EXPECT_EQ(TreeSize::for_leaves(1000).leaves, 1024U);
  EXPECT_EQ(TreeSize::for_leaves(1024).leaves, 1024U);
  EXPECT_EQ(TreeSize::for_leaves(1025).leaves, 2048U);
}

}  // namespace
}  // namespace xom::mls
