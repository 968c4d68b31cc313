// SecretTree as records (state_records.h). Numbers are big-endian.
//   kSecrets: number of unexpanded nodes (4 bytes, so that the record is never empty), and of each,
//             ascending: index (4), secret (32).
//   kSender:  the handshake ratchet, then the application ratchet, each: generation (4),
//             secret (32), number of kept keys (4), and of each, ascending: generation (4),
//             key (32), nonce (12).
#include <algorithm>

#include "protocol/base/sort.h"
#include "protocol/mls/limits.h"
#include "protocol/mls/secret_tree_nodes.h"

namespace xom::mls {

namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kNodeBytes = 4 + kSecretBytes;
constexpr std::size_t kRatchetBytes = 4 + kSecretBytes + 4;
constexpr std::size_t kKeptBytes = 4 + kSecretBytes + 12;

// Fills secret bytes of a size known before: nothing is ever moved to another place in memory.
class Filler {
 public:
  explicit Filler(std::span<std::uint8_t> out) : rest_(out) {}
  void u32(std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) rest_[i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
    rest_ = rest_.subspan(4);
  }
  void bytes(ByteView bytes) {
    std::ranges::copy(bytes, rest_.begin());
    rest_ = rest_.subspan(bytes.size());
  }

 private:
  std::span<std::uint8_t> rest_;
};

ByteView fixed(Input& in, std::size_t size) {
  const ByteView bytes = in.rest();
  for (std::size_t i = 0; i < size; ++i) (void)in.u8();
  return in.ok() ? bytes.first(size) : ByteView();
}

template <std::size_t N>
void read_secret(Input& in, crypto::Secret<N>& out) {
  const ByteView bytes = fixed(in, N);
  if (bytes.size() == N) std::ranges::copy(bytes, out.mutable_view().begin());
}

// An unexpanded secret and its node.
struct Hidden {
  std::uint32_t node;
  const std::shared_ptr<const Secret>& secret;
};

}  // namespace

struct SecretTree::Records {
  static void hidden(const NodePtr& node, std::uint32_t index, std::uint32_t leaves,
                     std::vector<Hidden>& out) {
    if (!node) return;
    if (leaves > 1) hidden(node->left, index - leaves / 2, leaves / 2, out);
    if (node->secret) out.push_back({index, node->secret});
    if (leaves > 1) hidden(node->right, index + leaves / 2, leaves / 2, out);
  }

  // `entries`: ascending and all below or at `index`. Null and an error unless they are disjoint.
  static NodePtr build(
      std::span<const std::pair<std::uint32_t, std::shared_ptr<const Secret>>> part,
      std::uint32_t index, std::uint32_t leaves, bool& overlap) {
    if (part.empty()) return nullptr;
    auto node = std::make_shared<Node>();
    const auto at =
        std::ranges::lower_bound(part, index, {}, [](const auto& e) { return e.first; });
    const auto below = static_cast<std::size_t>(at - part.begin());
    if (at != part.end() && at->first == index) {
      overlap = overlap || part.size() != 1;
      node->secret = at->second;
      return node;
    }
    node->left = build(part.first(below), index - leaves / 2, leaves / 2, overlap);
    node->right = build(part.subspan(below), index + leaves / 2, leaves / 2, overlap);
    return node;
  }

  static std::size_t size(const Ratchet& ratchet) {
    return kRatchetBytes + ratchet.kept.size() * kKeptBytes;
  }
  static void write(const Ratchet& ratchet, Filler& out) {
    out.u32(ratchet.generation);
    out.bytes(ratchet.secret.view());
    out.u32(static_cast<std::uint32_t>(ratchet.kept.size()));
    for (const auto& key : ratchet.kept) {
      out.u32(key->generation);
      out.bytes(key->key.view());
      out.bytes(key->nonce.view());
    }
  }
  static std::shared_ptr<const Ratchet> read(Input& in) {
    auto ratchet = std::make_shared<Ratchet>();
    ratchet->generation = in.u32();
    read_secret(in, ratchet->secret);
    const std::uint32_t count = in.u32();
    if (count > kMaxSkippedGenerations || count * kKeptBytes > in.rest().size()) {
      in.refuse(ErrorCode::kMalformed, "state: number of kept keys");
      return ratchet;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      auto key = std::make_shared<MessageKey>();
      key->generation = in.u32();
      read_secret(in, key->key);
      read_secret(in, key->nonce);
      const bool ascending =
          ratchet->kept.empty() || ratchet->kept.back()->generation < key->generation;
      if (!ascending || key->generation >= ratchet->generation) {
        in.refuse(ErrorCode::kMalformed, "state: kept keys out of order");
      }
      ratchet->kept.push_back(std::move(key));
    }
    return ratchet;
  }

  // What differs between two subtrees; null: nothing there.
  static void changed(const Node* a, const Node* b, std::uint32_t leaf, std::uint32_t leaves,
                      std::vector<LeafIndex>& out) {
    if (a == b) return;
    if (leaves > 1) {
      changed(a ? a->left.get() : nullptr, b ? b->left.get() : nullptr, leaf, leaves / 2, out);
      changed(a ? a->right.get() : nullptr, b ? b->right.get() : nullptr, leaf + leaves / 2,
              leaves / 2, out);
    } else if ((a ? a->handshake : nullptr) != (b ? b->handshake : nullptr) ||
               (a ? a->application : nullptr) != (b ? b->application : nullptr)) {
      out.push_back(LeafIndex{leaf});
    }
  }
  static bool nodes_changed(const Node* a, const Node* b) {
    if (a == b) return false;
    if ((a ? a->secret : nullptr) != (b ? b->secret : nullptr)) return true;
    return nodes_changed(a ? a->left.get() : nullptr, b ? b->left.get() : nullptr) ||
           nodes_changed(a ? a->right.get() : nullptr, b ? b->right.get() : nullptr);
  }
};

void SecretTree::write_sender(LeafIndex sender, crypto::SecretBytes& out) const {
  const Node* leaf = Node::find(root_, size_, sender);
  if (leaf == nullptr || !leaf->handshake) {
    out = crypto::SecretBytes();
    return;
  }
  out = crypto::SecretBytes(Records::size(*leaf->handshake) + Records::size(*leaf->application));
  Filler filler(out.mutable_view());
  Records::write(*leaf->handshake, filler);
  Records::write(*leaf->application, filler);
}

Result<void> SecretTree::read_sender(LeafIndex sender, ByteView bytes) {
  if (raw(sender) >= size_.leaves) {
    return fail(ErrorCode::kMalformed, "state: a sender outside the tree");
  }
  // A secret above the leaf, or in it, would give the sender's used keys anew.
  const Node* node = root_.get();
  for (std::uint32_t half = size_.leaves / 2; node != nullptr; half /= 2) {
    if (node->secret) return fail(ErrorCode::kMalformed, "state: a sender is not expanded");
    if (half == 0) break;
    node = ((raw(sender) & half) != 0 ? node->right : node->left).get();
  }
  Input in(bytes);
  auto leaf = std::make_shared<Node>();
  leaf->handshake = Records::read(in);
  leaf->application = Records::read(in);
  if (auto done = in.finish(); !done) return std::unexpected(done.error().during("state"));
  root_ = Node::with_leaf(root_, size_.leaves, raw(sender), std::move(leaf));
  return {};
}

crypto::SecretBytes SecretTree::write_nodes() const {
  std::vector<Hidden> nodes;
  Records::hidden(root_, raw(size_.root()), size_.leaves, nodes);
  crypto::SecretBytes out(4 + nodes.size() * kNodeBytes);
  Filler filler(out.mutable_view());
  filler.u32(static_cast<std::uint32_t>(nodes.size()));
  for (const Hidden& hidden : nodes) {
    filler.u32(hidden.node);
    filler.bytes(hidden.secret->view());
  }
  return out;
}

Result<SecretTree> SecretTree::read_nodes(TreeSize size, ByteView bytes) {
  std::vector<std::pair<std::uint32_t, std::shared_ptr<const Secret>>> entries;
  Input in(bytes);
  const std::uint32_t count = in.u32();
  if (!in.ok() || count > size.leaves || in.rest().size() != count * kNodeBytes) {
    return fail(ErrorCode::kMalformed, "state: number of node secrets");
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t node = in.u32();
    if (node >= size.nodes() || (!entries.empty() && entries.back().first >= node)) {
      return fail(ErrorCode::kMalformed, "state: node secrets out of order");
    }
    auto secret = std::make_shared<Secret>();
    read_secret(in, *secret);
    entries.emplace_back(node, std::move(secret));
  }
  bool overlap = false;
  SecretTree tree;
  tree.size_ = size;
  tree.root_ = Records::build(entries, raw(size.root()), size.leaves, overlap);
  if (overlap) return fail(ErrorCode::kMalformed, "state: a node secret below another");
  return tree;
}

std::vector<LeafIndex> SecretTree::changed_since(const SecretTree& before) const {
  std::vector<LeafIndex> out;
  if (size_ == before.size_) {
    Records::changed(root_.get(), before.root_.get(), 0, size_.leaves, out);
    return out;
  }
  Records::changed(root_.get(), nullptr, 0, size_.leaves, out);
  Records::changed(before.root_.get(), nullptr, 0, before.size_.leaves, out);
  std::erase_if(out, [&](LeafIndex leaf) { return raw(leaf) >= size_.leaves; });
  sort(out);
  const auto twice = std::ranges::unique(out);
  out.erase(twice.begin(), twice.end());
  return out;
}

bool SecretTree::nodes_changed_since(const SecretTree& before) const {
  return size_ != before.size_ || Records::nodes_changed(root_.get(), before.root_.get());
}

}  // namespace xom::mls
