// States of the place of the story, for screenshots and tests of views. Nothing here is part of the client.
import type { AlertView, Badge, GroupView, Member, Message, State, Unit } from '../../src/api/boundary.js';
import { emptyState } from '../../src/api/boundary.js';

/** Tuesday 24 November 2026, 22:47 in Ho Chi Minh City. */
export const NOW = Date.UTC(2026, 10, 24, 15, 47);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const hex = (letter: string) => letter.repeat(64);

const parent = 'Công an Quận 12';
const ward = 'Công an phường Tân Chánh Hiệp';
const publisher: Badge = { office: 'publisher', name: 'Thiếu tá Trần Quốc Bảo', unitName: parent, nodeName: parent };
export const officer: Badge = {
  office: 'area-officer',
  name: 'Đại úy Nguyễn Văn Hùng',
  unitName: 'Khu phố 1, tổ 3 đến tổ 9',
  nodeName: ward,
  phone: '028 3715 0000',
};
export const leaderBadge: Badge = {
  office: 'cell-leader',
  name: 'Lê Thị Mai',
  unitName: 'Tổ dân phố 5',
  nodeName: ward,
};

export function alertOf(change: Partial<AlertView> = {}): AlertView {
  return {
    id: 'a1',
    verified: 'verified',
    level: 'CẢNH BÁO',
    issuerName: parent,
    signers: [publisher],
    headline: 'Có kẻ giả danh công an phường gọi điện đòi nộp phạt',
    description:
      'Người này nói bạn có tranh chấp nhà đất và phải chuyển tiền phạt ngay trong đêm. Công an KHÔNG thu tiền phạt qua điện thoại.',
    instructions: ['Không chuyển tiền, không đọc mã OTP.', 'Tắt máy ngay.', 'Báo bảo vệ khu phố hoặc công an phường.'],
    contact: '028 3715 0000',
    areas: [],
    sent: NOW - MINUTE,
    expires: NOW + 24 * HOUR,
    expired: false,
    cancelled: false,
    updated: false,
    read: false,
    ...change,
  };
}

const member = (account: string, name: string, change: Partial<Member> = {}): Member => ({
  account: hex(account),
  name,
  lookalike: false,
  isMe: false,
  devices: 1,
  ...change,
});
export const members: readonly Member[] = [
  member('1', 'Cô Mai tổ trưởng', { badge: leaderBadge }),
  member('2', 'Anh Hùng', { badge: officer }),
  member('3', 'Bà Sáu nhà số 12', { isMe: true }),
  member('4', 'Chú Phước', { devices: 2 }),
  member('5', 'C.ô.n.g A.n phường', { lookalike: true }),
];

export const groupOf = (change: Partial<GroupView> = {}): GroupView => ({
  id: hex('a'),
  title: 'Tổ dân phố 5',
  unit: 'kp1/to5',
  members,
  lastMessage: { text: 'Dạ, con vừa gọi bảo vệ khu phố rồi cô.', senderName: 'Chú Phước', time: NOW - 2 * MINUTE },
  unread: 0,
  draft: '',
  canInvite: false,
  ...change,
});

let serial = 0;
const said = (account: string, senderName: string, minutesAgo: number, text: string, change: Partial<Message> = {}) => {
  serial += 1;
  return {
    id: `${hex(account)}:${serial}`,
    sender: hex(account),
    senderName,
    text,
    time: NOW - minutesAgo * MINUTE,
    order: serial,
    state: 'sent' as const,
    isMe: account === '3',
    ...change,
  };
};
export const messages: readonly Message[] = [
  said('1', 'Cô Mai tổ trưởng', 1600, '', { event: 'created' }),
  said('3', 'Bà Sáu nhà số 12', 1500, '', { event: 'joined' }),
  said('1', 'Cô Mai tổ trưởng', 1490, 'Chào bà con, từ nay tổ mình nhắn ở đây nhé 🙂'),
  said('4', 'Chú Phước', 20, 'Nãy có số lạ gọi cho má tôi, xưng công an phường, đòi nộp phạt 15 triệu.'),
  said('3', 'Bà Sáu nhà số 12', 18, 'Tôi cũng bị gọi. Nó nói nhà tôi tranh chấp đất!'),
  said('5', 'C.ô.n.g A.n phường', 15, 'Bà con liên hệ số này để được hướng dẫn nộp phạt.'),
  said('2', 'Anh Hùng', 10, 'Bà con tắt máy, đừng chuyển tiền. Công an không thu tiền phạt qua điện thoại.'),
  said('2', 'Anh Hùng', 9, 'Tôi đang báo trực ban phường.'),
  said('4', 'Chú Phước', 2, 'Dạ, con vừa gọi bảo vệ khu phố rồi cô.'),
  said('3', 'Bà Sáu nhà số 12', 1, 'Cảm ơn anh Hùng, cả nhà tắt máy hết rồi.'),
  said('3', 'Bà Sáu nhà số 12', 0, 'Để tôi qua nói bà Năm.', { state: 'waiting' }),
];

export const units: readonly Unit[] = [1, 2, 3].flatMap((quarter) => [
  { id: `kp${quarter}`, parent: '', level: 'Khu phố', name: `Khu phố ${quarter}` },
  ...[1, 2, 3, 4, 5].map((cell) => ({
    id: `kp${quarter}/to${cell + (quarter - 1) * 5}`,
    parent: `kp${quarter}`,
    level: 'Tổ dân phố',
    name: `Tổ dân phố ${cell + (quarter - 1) * 5}`,
  })),
]);

const base: State = {
  ...emptyState,
  connection: 'online',
  cryptoReady: true,
  pinnedRoot: hex('f'),
  node: { id: hex('e'), name: ward, level: 'Phường', path: [parent, ward], verified: true },
  officials: [
    { ...officer, account: hex('2') },
    { ...leaderBadge, account: hex('1') },
  ],
  lastHeard: NOW - 5 * MINUTE,
};
const me = { name: 'Bà Sáu nhà số 12', account: hex('3'), device: hex('d'), offices: [] };

const leader = {
  ...me,
  name: 'Cô Mai',
  offices: [{ office: 'cell-leader' as const, units: ['kp1/to5', 'kp1/to4'], name: 'Lê Thị Mai', nodeName: ward }],
};

export const states = {
  newcomer: { ...base, pinnedRoot: null, node: null, officials: [], lastHeard: 0 },
  invited: {
    ...base,
    join: {
      step: 'preview' as const,
      kind: 'group' as const,
      nodeName: ward,
      unitName: 'Tổ dân phố 5',
      expires: NOW + 7 * 24 * HOUR,
    },
  },
  resident: {
    ...base,
    me,
    alerts: [
      alertOf(),
      alertOf({
        id: 'a2',
        level: 'LƯU Ý',
        headline: 'Triều cường, ngập đường Tô Ký',
        issuerName: ward,
        areas: ['Khu phố 1', 'Khu phố 2'],
        sent: NOW - 5 * HOUR,
        description: '',
        instructions: ['Không đi xe qua chỗ nước sâu.'],
        contact: '',
        read: true,
      }),
      alertOf({
        id: 'a3',
        level: 'TIN',
        headline: 'Lịch tiếp dân tuần này',
        expired: true,
        expires: NOW - HOUR,
        sent: NOW - 90 * HOUR,
        instructions: [],
        description: 'Thứ Ba và thứ Năm, 7 giờ 30 đến 11 giờ 30.',
      }),
    ],
    groups: [groupOf({ unread: 2 })],
  },
  levels: {
    ...base,
    me,
    alerts: (['KHẨN CẤP', 'CẢNH BÁO', 'LƯU Ý', 'TIN', 'DIỄN TẬP'] as const)
      .map((level, i) => alertOf({ id: `l${i}`, level, updated: level === 'LƯU Ý', cancelled: level === 'TIN' }))
      .concat(
        alertOf({ id: 'l9', verified: 'checking', issuerName: '', signers: [] }),
        alertOf({ id: 'l10', verified: 'unverified', headline: 'GIẢ MẠO' }),
      ),
    groups: [groupOf()],
  },
  offline: {
    ...base,
    me,
    connection: 'offline' as const,
    lastHeard: NOW - 3 * HOUR,
    groups: [groupOf({ draft: 'Tối nay' })],
  },
  leader: { ...base, me: leader, groups: [groupOf({ canInvite: true })] },
  publisher: {
    ...base,
    node: { id: hex('c'), name: parent, level: 'Quận', path: [parent], verified: true },
    me: {
      ...me,
      name: 'Anh Bảo',
      offices: [{ office: 'publisher' as const, units: [], name: 'Thiếu tá Trần Quốc Bảo', nodeName: parent }],
    },
    alerts: [alertOf()],
  },
  secondTab: { ...emptyState, connection: 'waiting-tab' as const },
  forked: { ...base, me, warning: { kind: 'forked' as const, detail: 'two headers with seq 41 in official' } },
} satisfies Record<string, State>;
export type Scene = keyof typeof states;
