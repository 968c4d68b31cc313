// The fragments of printed links, which browsers never send:
//   group:       j.<root fingerprint>.<voucher's one-time seed>.<Statement(VOUCHER)>
//   invitation:  i.<root fingerprint>.<invitation's one-time seed>.<Statement(INVITATION)>
// each part base64url without padding; fingerprint (SHA-256 of the root's authority key) and seed have 32 bytes. The group's
// id stands in the voucher. Opening a link spends nothing.
import { fromBinary } from '@bufbuild/protobuf';
import * as st from '../schema/statement';
import { fromBase64Url, toBase64Url } from './bytes.js';

/** Characters; a voucher with its device list is some 800. */
const longest = 8192;

interface Common {
  readonly root: Uint8Array;
  readonly seed: Uint8Array;
  /** The statement as it was signed; `voucher` or `invitation` is its body, not verified yet. */
  readonly statement: Uint8Array;
}
export type Link =
  | (Common & { readonly kind: 'group'; readonly voucher: st.Voucher })
  | (Common & { readonly kind: 'invitation'; readonly invitation: st.Invitation });

export function makeLink(kind: Link['kind'], root: Uint8Array, seed: Uint8Array, statement: Uint8Array): string {
  return [kind === 'group' ? 'j' : 'i', ...[root, seed, statement].map(toBase64Url)].join('.');
}

/** Undefined if it is not such a link. */
export function readLink(fragment: string): Link | undefined {
  const text = fragment.startsWith('#') ? fragment.slice(1) : fragment;
  if (text.length > longest) return undefined;
  const [kind, ...parts] = text.split('.');
  const [root, seed, statement] = parts.map(fromBase64Url);
  if (parts.length !== 3 || root?.length !== 32 || seed?.length !== 32 || !statement) return undefined;
  try {
    const envelope = fromBinary(st.StatementSchema, statement);
    const common = { root, seed, statement };
    if (kind === 'j' && envelope.kind === st.Kind.VOUCHER)
      return { kind: 'group', ...common, voucher: fromBinary(st.VoucherSchema, envelope.body) };
    if (kind === 'i' && envelope.kind === st.Kind.INVITATION)
      return { kind: 'invitation', ...common, invitation: fromBinary(st.InvitationSchema, envelope.body) };
  } catch {
    return undefined;
  }
  return undefined;
}
