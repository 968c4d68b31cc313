// Text size and language: kept in the page's own storage, because they must be right before the core has started.
import { effect, type Signal, signal } from '@preact/signals';
import type { Language } from '../i18n/index.js';

export const textSizes = [18, 22, 26] as const;
export type TextSize = (typeof textSizes)[number];

export interface Settings {
  readonly language: Signal<Language>;
  readonly textSize: Signal<TextSize>;
}

/** Storage may be refused (private windows): then the choice lasts as long as the page. */
export function createSettings(storage: Pick<Storage, 'getItem' | 'setItem'> | null, root: HTMLElement): Settings {
  const read = (key: string): string | null => {
    try {
      return storage?.getItem(key) ?? null;
    } catch {
      return null;
    }
  };
  const write = (key: string, value: string) => {
    try {
      storage?.setItem(key, value);
    } catch {
      // full or refused
    }
  };
  const language = signal<Language>(read('xom.language') === 'en' ? 'en' : 'vi');
  const stored = Number(read('xom.textSize'));
  const textSize = signal<TextSize>(textSizes.find((size) => size === stored) ?? 18);
  effect(() => {
    root.lang = language.value;
    write('xom.language', language.value);
  });
  effect(() => {
    root.dataset.text = String(textSize.value);
    write('xom.textSize', String(textSize.value));
  });
  return { language, textSize };
}
