// Words by key. Vietnamese is the source of truth: its keys are the type that every other table must fill.
import { en } from './en.js';
import { vi } from './vi.js';

export type Language = 'vi' | 'en';
export type Key = keyof typeof vi;
export type Table = Readonly<Record<Key, string>>;

type Places<S extends string> = S extends `${string}{${infer P}}${infer Rest}` ? P | Places<Rest> : never;
/** What a key's text wants filled in; no argument where it wants nothing. */
export type Arguments<K extends Key> = [Places<(typeof vi)[K]>] extends [never]
  ? []
  : [values: Readonly<Record<Places<(typeof vi)[K]>, string | number>>];

export const tables: Readonly<Record<Language, Table>> = { vi, en };

/** The text of `key`, its places filled. Values are put in as they are: the caller renders text, never HTML. */
export function translate<K extends Key>(language: Language, key: K, ...args: Arguments<K>): string {
  const values = args[0] as Readonly<Record<string, string | number>> | undefined;
  const text = tables[language][key];
  return values === undefined ? text : text.replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all));
}
