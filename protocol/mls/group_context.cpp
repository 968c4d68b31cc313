#include "protocol/mls/group_context.h"

#include "protocol/mls/fields.h"

namespace xom::mls {

// 8.1
void GroupContext::write(Output& out) const {
  out.u16(version);
  out.u16(cipher_suite);
  out.vector(group_id);
  out.u64(raw(epoch));
  out.vector(tree_hash);
  out.vector(confirmed_transcript_hash);
  out.list(extensions);
}

GroupContext GroupContext::read(Input& in) {
  GroupContext context;
  context.version = in.u16();
  context.cipher_suite = in.u16();
  context.group_id = read_field(in);
  context.epoch = Epoch{in.u64()};
  context.tree_hash = read_field(in);
  context.confirmed_transcript_hash = read_field(in);
  context.extensions = read_extensions(in);
  return context;
}

}  // namespace xom::mls
