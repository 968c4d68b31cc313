// The sessions of a node that are there now. Each stands in it by itself, from its beginning to its
// end.
#pragma once

#include <cstddef>
#include <vector>

namespace xom::server {

class Session;

// One executor; outlives its sessions.
class SessionList {
 public:
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }
  // For whom it is called may end meanwhile.
  template <class Call>
  void for_each(Call call) {
    for (std::size_t i = sessions_.size(); i > 0; --i)
      if (i <= sessions_.size()) call(*sessions_[i - 1]);
  }

 private:
  friend class Session;
  std::vector<Session*> sessions_;
};

}  // namespace xom::server
