// The fragments of printed links, which browsers never send:
//   group:       j.<root fingerprint>.<voucher's one-time seed>.<Statement(VOUCHER)>
//   invitation:  i.<root fingerprint>.<invitation's one-time seed>.<Statement(INVITATION)>
// each part base64url without padding; fingerprint (SHA-256 of the root's authority key) and seed have 32 bytes. The group's
// id stands in the voucher. Opening a link spends nothing.
import { fromBase64Url, toBase64Url } from './bytes.js';

/** Characters; a voucher with its device list is some 800. */
const longest = 8192;

export interface Link {
  readonly kind: 'group' | 'invitation';
  readonly root: Uint8Array;
  readonly seed: Uint8Array;
  /** Not verified yet. */
  readonly statement: Uint8Array;
}

export function makeLink(link: Link): string {
  const parts = [link.root, link.seed, link.statement].map(toBase64Url);
  return [link.kind === 'group' ? 'j' : 'i', ...parts].join('.');
}

/** Undefined if it is not such a link. */
export function readLink(fragment: string): Link | undefined {
  const text = fragment.startsWith('#') ? fragment.slice(1) : fragment;
  if (text.length > longest) return undefined;
  const [kind, ...parts] = text.split('.');
  const [root, seed, statement] = parts.map(fromBase64Url);
  if (parts.length !== 3 || root?.length !== 32 || seed?.length !== 32 || !statement) return undefined;
  if (kind !== 'j' && kind !== 'i') return undefined;
  return { kind: kind === 'j' ? 'group' : 'invitation', root, seed, statement };
}
