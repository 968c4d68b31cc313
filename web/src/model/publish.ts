// The publisher's form: templates, checks, and the alert as a resident will see it.
import type { AlertFields, AlertLevel, AlertView, MyOffice, Unit } from '../api/boundary.js';
import type { Key } from '../i18n/index.js';
import { telHref } from './format.js';

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly level: AlertLevel;
  readonly event: string;
  /** CAP 1.2 category. */
  readonly category: string;
  readonly headline: string;
  readonly description: string;
  readonly instructions: readonly string[];
}

// What residents will read, so Vietnamese whatever the publisher's language.
export const templates: readonly Template[] = [
  {
    id: 'impostor',
    name: 'Giả danh công an',
    level: 'CẢNH BÁO',
    event: 'Giả danh công an',
    category: 'Security',
    headline: 'Có kẻ giả danh công an phường gọi điện đòi nộp phạt',
    description:
      'Người này nói bạn có tranh chấp nhà đất và phải chuyển tiền phạt ngay. Công an KHÔNG thu tiền phạt qua điện thoại.',
    instructions: ['Không chuyển tiền, không đọc mã OTP.', 'Tắt máy ngay.', 'Báo bảo vệ khu phố hoặc công an phường.'],
  },
  {
    id: 'fire',
    name: 'Cháy nổ',
    level: 'CẢNH BÁO',
    event: 'Cháy',
    category: 'Fire',
    headline: 'Cháy tại ',
    description: '',
    instructions: [
      'Ra khỏi nhà, đi cầu thang bộ.',
      'Gọi 114 nếu thấy lửa hoặc có người mắc kẹt.',
      'Nhường đường cho xe cứu hỏa.',
    ],
  },
  {
    id: 'missing',
    name: 'Tìm người',
    level: 'LƯU Ý',
    event: 'Tìm người',
    category: 'Safety',
    headline: 'Tìm người đi lạc: ',
    description: '',
    instructions: ['Thấy người giống mô tả, ở lại gần và gọi số bên dưới.'],
  },
  {
    id: 'flood',
    name: 'Ngập, mưa lớn',
    level: 'LƯU Ý',
    event: 'Ngập',
    category: 'Met',
    headline: 'Triều cường, ngập đường ',
    description: '',
    instructions: ['Kê đồ điện lên cao, ngắt cầu dao nếu nước vào nhà.', 'Không đi xe qua chỗ nước sâu.'],
  },
  {
    id: 'blank',
    name: 'Tin khác',
    level: 'TIN',
    event: 'Thông báo',
    category: 'Other',
    headline: '',
    description: '',
    instructions: [],
  },
];

/** Longest texts in letters: a headline is read at a glance, all of it fits a statement with room to spare. */
export const LONGEST = { headline: 120, description: 600, instruction: 160, contact: 40 } as const;
/** EXTREME needs a second person's signature, which this page cannot ask for. */
export const offeredLevels: readonly AlertLevel[] = ['CẢNH BÁO', 'LƯU Ý', 'TIN'];
export const expiryHours: readonly number[] = [3, 12, 24, 72, 168];

export interface Form {
  readonly level: AlertLevel;
  readonly drill: boolean;
  readonly event: string;
  readonly category: string;
  readonly headline: string;
  readonly description: string;
  readonly instructions: readonly [string, string, string];
  readonly contact: string;
  readonly hours: number;
  readonly everywhere: boolean;
  readonly units: readonly string[];
  readonly replaces?: { readonly id: string; readonly as: 'update' | 'cancel'; readonly headline: string } | undefined;
}

const three = (lines: readonly string[]): Form['instructions'] => [lines[0] ?? '', lines[1] ?? '', lines[2] ?? ''];

/** A form filled from a template; the phone number and the place are the publisher's and stay. */
export function fromTemplate(template: Template, contact: string): Form {
  const { level, event, category, headline, description, instructions } = template;
  const shared = { level, event, category, headline, description, contact };
  return { ...shared, drill: false, instructions: three(instructions), hours: 24, everywhere: true, units: [] };
}

/** A form that updates or cancels an alert of this publisher's own node. */
export function fromAlert(alert: AlertView, as: 'update' | 'cancel'): Form {
  const drill = alert.level === 'DIỄN TẬP';
  return {
    level: offeredLevels.includes(alert.level) ? alert.level : 'CẢNH BÁO',
    drill,
    event: '',
    category: 'Security',
    headline: alert.headline,
    description: alert.description,
    instructions: three(alert.instructions),
    contact: alert.contact,
    hours: 24,
    everywhere: true,
    units: [],
    replaces: { id: alert.id, as, headline: alert.headline },
  };
}

export interface Problem {
  readonly field: 'headline' | 'description' | 'instructions' | 'contact' | 'area';
  readonly key: Key;
  readonly count?: number;
}

/** What must be mended before the form may be previewed, in the order of the form. */
export function problemsOf(form: Form): readonly Problem[] {
  const found: Problem[] = [];
  const tooLong = (field: Problem['field'], text: string, count: number) => {
    if (text.trim().normalize('NFC').length > count) found.push({ field, key: 'publish.tooLong', count });
  };
  if (form.headline.trim() === '') found.push({ field: 'headline', key: 'publish.headlineMissing' });
  tooLong('headline', form.headline, LONGEST.headline);
  tooLong('description', form.description, LONGEST.description);
  const urgent = form.level !== 'TIN' && form.replaces?.as !== 'cancel';
  if (urgent && form.instructions.every((line) => line.trim() === ''))
    found.push({ field: 'instructions', key: 'publish.todoMissing' });
  for (const line of form.instructions) tooLong('instructions', line, LONGEST.instruction);
  tooLong('contact', form.contact, LONGEST.contact);
  if (form.contact.trim() !== '' && telHref(form.contact) === null)
    found.push({ field: 'contact', key: 'publish.contactBad' });
  if (!form.everywhere && form.units.length === 0) found.push({ field: 'area', key: 'publish.areaMissing' });
  return found;
}

/** What is signed: NFC, trimmed, empty lines gone. */
export function fieldsOf(form: Form, now: number): AlertFields {
  const clean = (text: string) => text.normalize('NFC').trim();
  return {
    level: form.drill ? 'DIỄN TẬP' : form.level,
    headline: clean(form.headline),
    description: clean(form.description),
    instructions: form.instructions.map(clean).filter((line) => line !== ''),
    contact: clean(form.contact),
    event: clean(form.event) || clean(form.headline).slice(0, 60),
    category: form.category,
    expires: now + form.hours * 3_600_000,
    units: form.everywhere ? [] : form.units,
    ...(form.replaces ? { replaces: { id: form.replaces.id, as: form.replaces.as } } : {}),
  };
}

/** The card that a resident's device will draw once it has verified the signature. */
export function previewOf(fields: AlertFields, office: MyOffice, units: readonly Unit[], now: number): AlertView {
  const badge = { office: office.office, name: office.name, unitName: office.nodeName, nodeName: office.nodeName };
  return {
    id: 'preview',
    verified: 'verified',
    level: fields.level,
    issuerName: office.nodeName,
    signers: [badge],
    headline: fields.headline,
    description: fields.description,
    instructions: fields.instructions,
    contact: fields.contact,
    areas: fields.units.map((id) => units.find((unit) => unit.id === id)?.name ?? id),
    sent: now,
    expires: fields.expires,
    expired: false,
    cancelled: fields.replaces?.as === 'cancel',
    updated: fields.replaces?.as === 'update',
    read: false,
  };
}
