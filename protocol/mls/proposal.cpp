#include "protocol/mls/proposal.h"

#include "protocol/mls/fields.h"

namespace xom::mls {

// 8.4
void PreSharedKeyId::write(Output& out) const {
  out.u8(raw(type));
  if (type == PskType::kExternal) {
    out.vector(id);
  } else {
    out.u8(raw(usage));
    out.vector(group_id);
    out.u64(raw(epoch));
  }
  out.vector(nonce);
}

PreSharedKeyId PreSharedKeyId::read(Input& in) {
  PreSharedKeyId psk;
  psk.type = PskType{in.u8()};
  if (psk.type == PskType::kExternal) {
    psk.id = read_field(in);
  } else if (psk.type == PskType::kResumption) {
    psk.usage = ResumptionUsage{in.u8()};
    if (psk.usage < ResumptionUsage::kApplication || psk.usage > ResumptionUsage::kBranch) {
      in.refuse(ErrorCode::kMalformed, "8.4: unknown usage of a resumption key");
    }
    psk.group_id = read_field(in);
    psk.epoch = Epoch{in.u64()};
  } else {
    in.refuse(ErrorCode::kMalformed, "8.4: unknown type of pre-shared key");
  }
  psk.nonce = read_field(in);
  return psk;
}

namespace {

struct Writer {
  Output& out;
  void operator()(const Add& add) const { add.key_package.write(out); }          // 12.1.1
  void operator()(const Update& update) const { update.leaf_node.write(out); }   // 12.1.2
  void operator()(const Remove& remove) const { out.u32(raw(remove.removed)); }  // 12.1.3
  void operator()(const PreSharedKey& psk) const { psk.psk.write(out); }         // 12.1.4
  void operator()(const ReInit& reinit) const {                                  // 12.1.5
    out.vector(reinit.group_id);
    out.u16(reinit.version);
    out.u16(reinit.cipher_suite);
    out.list(reinit.extensions);
  }
  void operator()(const ExternalInit& init) const { out.vector(init.kem_output); }  // 12.1.6
  void operator()(const GroupContextExtensions& context) const {                    // 12.1.7
    out.list(context.extensions);
  }
};

}  // namespace

// 12.1
void Proposal::write(Output& out) const {
  out.u16(raw(type()));
  std::visit(Writer{out}, value);
}

Proposal Proposal::read(Input& in) {
  switch (ProposalType{in.u16()}) {
    case ProposalType::kAdd:
      return {Add{KeyPackage::read(in)}};
    case ProposalType::kUpdate:
      return {Update{LeafNode::read(in)}};
    case ProposalType::kRemove:
      return {Remove{LeafIndex{in.u32()}}};
    case ProposalType::kPreSharedKey:
      return {PreSharedKey{PreSharedKeyId::read(in)}};
    case ProposalType::kReInit: {
      ReInit reinit;
      reinit.group_id = read_field(in);
      reinit.version = in.u16();
      reinit.cipher_suite = in.u16();
      reinit.extensions = read_extensions(in);
      return {std::move(reinit)};
    }
    case ProposalType::kExternalInit:
      return {ExternalInit{read_field(in)}};
    case ProposalType::kGroupContextExtensions:
      return {GroupContextExtensions{read_extensions(in)}};
    default:
      in.refuse(ErrorCode::kUnknownKind, "12.1: unknown type of proposal");
      return {Remove{}};
  }
}

}  // namespace xom::mls
