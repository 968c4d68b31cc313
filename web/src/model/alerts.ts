// What the views know about alerts: how a level looks, and in which order they stand.
import type { AlertLevel, AlertView } from '../api/boundary.js';
import type { Key } from '../i18n/index.js';

export type LevelId = 'extreme' | 'warning' | 'notice' | 'info' | 'drill';

export interface LevelStyle {
  /** Names the class of its colours and its icon. */
  readonly id: LevelId;
  readonly word: Extract<Key, `level.${LevelId}`>;
  /** Higher stands first. */
  readonly rank: number;
  /** Stays open until "Đã đọc" is pressed. */
  readonly mustRead: boolean;
}

export const levels: Readonly<Record<AlertLevel, LevelStyle>> = {
  'KHẨN CẤP': { id: 'extreme', word: 'level.extreme', rank: 4, mustRead: true },
  'CẢNH BÁO': { id: 'warning', word: 'level.warning', rank: 3, mustRead: false },
  'LƯU Ý': { id: 'notice', word: 'level.notice', rank: 2, mustRead: false },
  TIN: { id: 'info', word: 'level.info', rank: 1, mustRead: false },
  // Below every real alert, whatever it rehearses.
  'DIỄN TẬP': { id: 'drill', word: 'level.drill', rank: 0, mustRead: false },
};

export interface AlertLists {
  readonly live: readonly AlertView[];
  readonly past: readonly AlertView[];
}

/**
 * Live ones by level, then newest first; past ones newest first. What the core refused is in neither list: it is
 * never drawn as official. A cancelled alert stays among the live ones until it expires: a cancel is as loud as the alert.
 */
export function arrangeAlerts(alerts: readonly AlertView[]): AlertLists {
  const shown = alerts.filter((alert) => alert.verified !== 'unverified');
  const newest = (a: AlertView, b: AlertView) => b.sent - a.sent;
  return {
    live: shown
      .filter((alert) => !alert.expired)
      .sort((a, b) => levels[b.level].rank - levels[a.level].rank || newest(a, b)),
    past: shown.filter((alert) => alert.expired).sort(newest),
  };
}

/** Most lines of what to do that a card shows. */
export const MOST_INSTRUCTIONS = 3;

/** The headline as drawn: a drill carries the word in its title, in Vietnamese, whatever the language of the client. */
export function headlineOf(alert: Pick<AlertView, 'level' | 'headline'>): string {
  if (alert.level !== 'DIỄN TẬP') return alert.headline;
  return /^\s*\[?DIỄN TẬP/i.test(alert.headline.normalize('NFC')) ? alert.headline : `DIỄN TẬP – ${alert.headline}`;
}

/** The card's text in the order of the card, for speech. */
export function spokenText(alert: AlertView): string {
  const parts = [alert.level, headlineOf(alert), alert.description, ...alert.instructions.slice(0, MOST_INSTRUCTIONS)];
  return [...parts, alert.issuerName].filter((part) => part !== '').join('. ');
}
