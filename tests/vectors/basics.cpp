// tree-math, deserialization, crypto-basics.
#include "protocol/mls/tree_math.h"
#include "tests/vectors/formats.h"

namespace xom::vectors {

namespace {

// optional<uint32> of every node against what the core computes.
template <class Compute>
void check_nodes(Check& check, const char* field, std::uint32_t nodes, const Compute& compute) {
  const Json& given = check.list(field);
  if (given.size() != nodes) return check.refuse(std::string(field) + ": length");
  for (std::uint32_t i = 0; i < nodes; ++i) {
    const std::optional<mls::NodeIndex> node = compute(mls::NodeIndex{i});
    check.expect(node ? given[i] == raw(*node) : given[i].is_null(),
                 std::string(field) + " of node " + std::to_string(i));
  }
}

}  // namespace

void tree_math(Check& check) {
  using mls::NodeIndex;
  using Maybe = std::optional<NodeIndex>;
  const auto leaves = static_cast<std::uint32_t>(check.number("n_leaves"));
  if (leaves == 0 || leaves > 1U << 20) return check.refuse("n_leaves");
  const auto size = mls::TreeSize::for_leaves(leaves);
  check.expect(size.nodes() == check.number("n_nodes"), "n_nodes");
  check.expect(raw(size.root()) == check.number("root"), "root");
  const auto below = [](NodeIndex node, NodeIndex (*child)(NodeIndex)) {
    return is_leaf(node) ? Maybe() : Maybe(child(node));
  };
  const auto above = [&](NodeIndex node, NodeIndex (*other)(NodeIndex, mls::TreeSize)) {
    return node == size.root() ? Maybe() : Maybe(other(node, size));
  };
  check_nodes(check, "left", size.nodes(), [&](NodeIndex n) { return below(n, mls::left); });
  check_nodes(check, "right", size.nodes(), [&](NodeIndex n) { return below(n, mls::right); });
  check_nodes(check, "parent", size.nodes(), [&](NodeIndex n) { return above(n, mls::parent); });
  check_nodes(check, "sibling", size.nodes(), [&](NodeIndex n) { return above(n, mls::sibling); });
}

void deserialization(Check& check) {
  // A header alone says its length by how an input that lacks the bytes and one whose limit is just
  // below are refused; short vectors are read whole.
  const Bytes header = check.bytes("vlbytes_header");
  const auto length = static_cast<std::size_t>(check.number("length"));
  constexpr std::size_t kReadWhole = 1 << 20;
  if (length > 0) {
    mls::Input below(header);
    (void)below.vector(length - 1);
    const auto done = below.finish();
    check.expect(!done && done.error().code == ErrorCode::kTooLarge, "length is smaller");
    mls::Input exact(header);
    (void)exact.vector(length);
    const auto cut = exact.finish();
    check.expect(!cut && cut.error().code == ErrorCode::kMalformed, "length is greater");
  }
  if (length <= kReadWhole) {
    Bytes whole = header;
    whole.resize(header.size() + length);
    mls::Input in(whole);
    check.expect(in.vector(length).size() == length, "length");
    (void)check.good(in.finish(), "vector");
  }
}

void crypto_basics(Check& check) {
  const auto expanded = [](Check& c, std::size_t length, const auto& expand) {
    if (length > 255 * 32) return c.refuse("length");
    Bytes out(length);
    expand(out);
    c.same(out, "out");
  };
  Check ref = check.inside("ref_hash");
  ref.same(mls::ref_hash(ref.text("label"), ref.bytes("value")).view(), "out");

  Check expand = check.inside("expand_with_label");
  expanded(expand, expand.number("length"), [&](Bytes& out) {
    mls::expand_with_label(expand.bytes("secret"), expand.text("label"), expand.bytes("context"),
                           out);
  });

  Check derive = check.inside("derive_secret");
  derive.same(mls::derive_secret(derive.bytes("secret"), derive.text("label")).view(), "out");

  Check tree = check.inside("derive_tree_secret");
  expanded(tree, tree.number("length"), [&](Bytes& out) {
    mls::derive_tree_secret(tree.bytes("secret"), tree.text("label"),
                            static_cast<std::uint32_t>(tree.number("generation")), out);
  });

  Check sign = check.inside("sign_with_label");
  const Bytes content = sign.bytes("content");
  const auto verify = [&](ByteView signature) {
    (void)sign.good(
        mls::verify_with_label(sign.bytes("pub"), sign.text("label"), content, signature),
        "sign_with_label");
  };
  verify(sign.bytes("signature"));
  if (const auto key = crypto::SigningKey::from_seed(sign.bytes("priv")); sign.good(key, "priv")) {
    verify(mls::sign_with_label(*key, sign.text("label"), content));
  }

  Check seal = check.inside("encrypt_with_label");
  const Bytes plaintext = seal.bytes("plaintext");
  const auto opens = [&](const mls::HpkeCiphertext& sealed) {
    const auto opened = mls::decrypt_with_label(seal.bytes("priv"), seal.text("label"),
                                                seal.bytes("context"), sealed);
    if (seal.good(opened, "decrypt_with_label")) seal.same(opened->view(), plaintext, "plaintext");
  };
  opens({seal.bytes("kem_output"), seal.bytes("ciphertext")});
  const auto sealed =
      mls::encrypt_with_label(seal.bytes("pub"), seal.text("label"), seal.bytes("context"),
                              plaintext, crypto::system_random());
  if (seal.good(sealed, "encrypt_with_label")) opens(*sealed);
}

}  // namespace xom::vectors
