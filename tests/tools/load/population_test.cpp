#include "tools/load/population.h"

#include <gtest/gtest.h>

#include <map>

namespace xom::load {
namespace {

// As seed and the generator see it: who is in which group.
std::map<std::uint32_t, std::uint32_t> groups_of_each(const Population& people) {
  std::map<std::uint32_t, std::uint32_t> count;
  for (std::uint32_t group = 0; group < people.groups; ++group)
    for (std::uint32_t i = 0; i < people.members; ++i) ++count[people.first_member(group) + i];
  return count;
}

TEST(Population, EveryDeviceIsInAsManyGroups) {
  for (const Population people :
       {Population{100, 10, 1}, Population{60, 100, 3}, Population{1000, 8, 125}}) {
    const auto count = groups_of_each(people);
    EXPECT_EQ(count.size(), people.devices());
    EXPECT_EQ(count.rbegin()->first, people.devices() - 1);
    for (const auto& [device, groups] : count) EXPECT_EQ(groups, people.places) << device;
  }
}

TEST(Population, TheGroupsOfADeviceFollowItsFirst) {
  const Population people{60, 100, 3};
  for (const std::uint32_t device : {0u, 99u, 100u, 1999u}) {
    for (std::uint32_t place = 0; place < people.places; ++place) {
      const std::uint32_t first = people.first_member(people.group_of(device) + place);
      EXPECT_LE(first, device);
      EXPECT_LT(device, first + people.members);
    }
  }
}

}  // namespace
}  // namespace xom::load
