// Dates and times as people here write them: "22:47", "22:47 hôm nay", "22:47, 24/11".
import type { Language } from '../i18n/index.js';

const locales: Readonly<Record<Language, string>> = { vi: 'vi-VN', en: 'en-GB' };
const today: Readonly<Record<Language, string>> = { vi: 'hôm nay', en: 'today' };
const yesterday: Readonly<Record<Language, string>> = { vi: 'hôm qua', en: 'yesterday' };
const tomorrow: Readonly<Record<Language, string>> = { vi: 'ngày mai', en: 'tomorrow' };

/** "22:47", with seconds "22:47:03". */
export function clockTime(time: number, withSeconds = false): string {
  const date = new Date(time);
  const parts = [date.getHours(), date.getMinutes(), ...(withSeconds ? [date.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** Whole local days from `now` to `time`; negative in the past. */
function dayDistance(time: number, now: number): number {
  const day = (at: number) => {
    const date = new Date(at);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000;
  };
  return day(time) - day(now);
}

/** "24/11", by hand: browsers differ between "24/11" and "24-11". */
function dayMonth(time: number): string {
  const date = new Date(time);
  return [date.getDate(), date.getMonth() + 1].map((part) => String(part).padStart(2, '0')).join('/');
}

/** Clock time with its day: "22:47 hôm nay", "22:47 hôm qua", "22:47, 24/11" (with the year if it is another). */
export function dateTime(language: Language, time: number, now: number): string {
  const near = { '-1': yesterday, '0': today, '1': tomorrow }[String(dayDistance(time, now))];
  if (near) return `${clockTime(time)} ${near[language]}`;
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return `${clockTime(time)}, ${dayMonth(time)}${sameYear ? '' : `/${new Date(time).getFullYear()}`}`;
}

/** For lists: the clock today, else the day. */
export function shortTime(language: Language, time: number, now: number): string {
  const distance = dayDistance(time, now);
  if (distance === 0) return clockTime(time);
  if (distance === -1) return yesterday[language];
  return dayMonth(time);
}

/** Heading of a day in a room: "Hôm nay", "Hôm qua", "Thứ Ba, 24/11". */
export function dayTitle(language: Language, time: number, now: number): string {
  const distance = dayDistance(time, now);
  const word = distance === 0 ? today[language] : distance === -1 ? yesterday[language] : '';
  const weekday = new Date(time).toLocaleDateString(locales[language], { weekday: 'long' });
  const text = word || `${weekday}, ${dayMonth(time)}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function sameDay(a: number, b: number): boolean {
  return dayDistance(a, b) === 0;
}

/** From here on a name says where somebody lives: "Cô Ba nhà số 5". */
const address = /^(nhà|hẻm|ngõ|đường|số|căn|tổ)$/iu;

/** One or two letters for an avatar: a Vietnamese name is known by its last word. */
export function initials(name: string): string {
  const all = name.normalize('NFC').split(/[\s.,\-–_]+/);
  const end = all.findIndex((word, i) => i > 0 && address.test(word));
  const words = all.slice(0, end < 0 ? all.length : end).filter((word) => /^\p{L}/u.test(word));
  const first = words.length > 1 ? words[0] : undefined;
  const last = words.at(-1);
  return [first, last].map((word) => (word === undefined ? '' : ([...word][0] ?? '').toLocaleUpperCase('vi'))).join('');
}

/** A stable number below `count` for a key, to give each person a colour. */
export function colourOf(key: string, count: number): number {
  let hash = 0x811c9dc5; // FNV-1a
  for (const letter of key) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return (hash >>> 16) % count;
}

/** "tel:" address of a written number; null if it holds no number that can be dialled. */
export function telHref(phone: string): string | null {
  const digits = phone.replace(/[^\d+]/g, '');
  return /^\+?\d{3,15}$/.test(digits) ? `tel:${digits}` : null;
}
