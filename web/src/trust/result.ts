// What a refusal of the trusted core looks like here. Codes are those of protocol/base/result.h; they are stable.

const names = [
  'internal',
  'malformed',
  'too_large',
  'unknown_kind',
  'unsupported_version',
  'bad_signature',
  'not_permitted',
  'unauthenticated',
  'not_found',
  'already_exists',
  'expired',
  'revoked',
  'spent',
  'stale_epoch',
  'entry_gap',
  'rewound',
  'forked',
  'trimmed',
  'rate_limited',
  'unavailable',
  'conflict',
  'untrusted',
  'wrong_node',
  'io',
  'bad_configuration',
] as const;
export type ErrorName = (typeof names)[number] | 'unknown';

/** Name of a code, for both the core's errors and the node's (`wire.Error.code`). */
export function nameOfError(code: number): ErrorName {
  return names[code - 1] ?? 'unknown';
}

export interface TrustError {
  readonly code: number;
  readonly name: ErrorName;
  /** English, for reports; never shown as it is. */
  readonly message: string;
  /** Meaning depends on the code, see result.h. */
  readonly detail: bigint;
}
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: TrustError };

/** Thrown by `must` only. */
export class TrustException extends Error {
  constructor(readonly error: TrustError) {
    super(`${error.name}: ${error.message}`);
  }
}

/** The value, where a refusal would be a bug of the caller. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new TrustException(result.error);
  return result.value;
}
