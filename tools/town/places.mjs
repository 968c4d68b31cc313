// The real place that the demo shows, as it was in 2021.

export const parent = { id: 'q12', name: 'Công an Quận 12', level: 'Quận' };

/** The eleven wards of the district; the demo runs the two that have an id. */
export const wards = [
  { name: 'An Phú Đông' },
  { id: 'dht', name: 'Đông Hưng Thuận', units: 'dong-hung-thuan.toml' },
  { name: 'Hiệp Thành' },
  { id: 'tch', name: 'Tân Chánh Hiệp', units: 'tan-chanh-hiep.toml' },
  { name: 'Tân Hưng Thuận' },
  { name: 'Tân Thới Hiệp' },
  { name: 'Tân Thới Nhất' },
  { name: 'Thạnh Lộc' },
  { name: 'Thạnh Xuân' },
  { name: 'Thới An' },
  { name: 'Trung Mỹ Tây' },
];

export const wardOffice = (ward) => ({ id: ward.id, name: `Công an phường ${ward.name}`, level: 'Phường', units: ward.units });

/** Who is invited to an office, in the order in which the links are printed. Cell 5 lies in quarter 1 of either ward. */
export const officials = [
  { id: 'leader', node: 'tch', office: 'cell-leader', units: ['kp1/to5'], name: 'Nguyễn Thị Tư' },
  { id: 'leader-dht', node: 'dht', office: 'cell-leader', units: ['kp1/to5'], name: 'Trần Văn Bảy' },
  { id: 'publisher', node: 'q12', office: 'publisher', units: [], name: 'Thiếu tá Lê Minh Đức' },
];
