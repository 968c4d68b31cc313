#include "protocol/trust/device.h"

#include <algorithm>
#include <set>

#include "protocol/codec/reader.h"
#include "protocol/codec/writer.h"
#include "protocol/trust/limits.h"

namespace xom::trust {

bool DeviceList::contains(const DeviceKey& device) const {
  return std::ranges::find(devices, device) != devices.end();
}

Bytes DeviceList::encode_body() const {
  codec::Writer w;
  w.fixed(1, account).u64(2, version);
  for (const DeviceKey& device : devices) w.element(3, device.view());
  return w.take();
}

Result<DeviceList> DeviceList::decode_body(ByteView body) {
  codec::Reader r(body);
  DeviceList list;
  list.account = r.fixed<AccountKey>(1);
  list.version = r.u64(2);
  list.devices = r.fixed_list<DeviceKey>(3, kMaxDevices);
  if (list.version == 0 || list.devices.empty()) {
    r.refuse(ErrorCode::kMalformed, "a device list needs a version and a device");
  }
  if (std::set<DeviceKey>(list.devices.begin(), list.devices.end()).size() != list.devices.size()) {
    r.refuse(ErrorCode::kMalformed, "a device is listed twice");
  }
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("device list"));
  return list;
}

Bytes Profile::encode_body() const {
  codec::Writer w;
  w.fixed(1, account).u64(2, version).text(3, name);
  return w.take();
}

Result<Profile> Profile::decode_body(ByteView body) {
  codec::Reader r(body);
  Profile p;
  p.account = r.fixed<AccountKey>(1);
  p.version = r.u64(2);
  p.name = r.text(3, kMaxName);
  if (p.version == 0 || p.name.empty()) {
    r.refuse(ErrorCode::kMalformed, "a profile needs a version and a name");
  }
  if (auto ok = r.finish(); !ok) return std::unexpected(ok.error().during("profile"));
  return p;
}

Result<Verified<DeviceList>> verify_device_list(ByteView statement) {
  return open_self_signed<DeviceList>(statement);
}

Result<DeviceSigner> device_signer(const SignatureBy& signature) {
  if (signature.device_list.empty()) {
    return fail(ErrorCode::kUntrusted, "an account signs through a device and its list");
  }
  auto list = verify_device_list(signature.device_list);
  if (!list) return std::unexpected(list.error().during("signer's device list"));
  DeviceSigner signer{.device = DeviceKey{signature.key.bytes},
                      .account = list->value.account,
                      .list_version = list->value.version};
  if (!list->value.contains(signer.device)) {
    return fail(ErrorCode::kUntrusted, "the signing device is not in its account's list");
  }
  return signer;
}

}  // namespace xom::trust
