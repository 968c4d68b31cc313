# A bug for each target, to show that its fuzzer finds bugs: plant(TARGET FILE OLD NEW) puts a copy of FILE, changed,
# into build/…/planted, and builds xom_fuzz_TARGET_planted with it. The sources themselves never hold one.
function(plant target file old new)
  set(source ${CMAKE_SOURCE_DIR}/${file})
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/planted/${target}.cpp)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} text)
  string(REPLACE "${old}" "${new}" changed "${text}")
  if(changed STREQUAL text)
    message(FATAL_ERROR "The bug of the fuzz target ${target} has no place any more: ${file} does not hold\n${old}")
  endif()
  file(CONFIGURE OUTPUT ${copy} CONTENT "@changed@" @ONLY)
  xom_fuzzer(xom_fuzz_${target}_planted ${target} ${copy})
  add_dependencies(xom_fuzz_planted xom_fuzz_${target}_planted)
endfunction()

# A longer form of a smaller number is taken.
plant(statement protocol/codec/reader.cpp [[if (i > 0 && byte == 0) break;]] "")
# A message of an older version is read like one of ours.
plant(outline protocol/outline/outline.cpp [[version != mls::kProtocolMls10]] [[version > mls::kProtocolMls10]])
# The end of a leaf's lifetime loses its upper bytes.
plant(wire protocol/mls/leaf_node.cpp [[leaf.lifetime.not_after = in.u64();]]
  [[leaf.lifetime.not_after = in.u64() & 0xFFFFFFFFFFFF;]])
# Any presence but 1 means that there is no path secret.
plant(group_secrets protocol/mls/welcome.cpp [[if (presence > 1)]] [[if (presence > 99)]])
# What follows is overlooked.
plant(facts protocol/admission/facts.cpp
  [[if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("leaf facts"));]] "")
# Blank nodes after the last leaf are no reason to refuse a tree.
plant(tree protocol/mls/ratchet_tree_codec.cpp [[nodes.back() == nullptr || ]] "")
# A record that is too short is read beyond its end.
plant(records protocol/mls/group_records.cpp [[if (rest_.size() < size) {]] [[if (rest_.size() + 8 < size) {]])
# Nobody looks at the membership tag.
plant(group protocol/mls/message_protection.cpp [[if (enforced(Rule::kMembershipTag) && message]]
  [[if (enforced(Rule::kMembershipTag) && message.membership_tag.empty() && message]])
