// A command's refusal, as it crosses the boundary.
import type { CommandError, CommandErrorCode } from '../api/boundary.js';
import { code, type WireError } from './connection.js';

export class CommandFailure extends Error implements CommandError {
  constructor(
    readonly code: CommandErrorCode,
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`);
  }
}

const codes: Readonly<Record<number, CommandErrorCode>> = {
  [code.lost]: 'offline',
  [code.unavailable]: 'unavailable',
  [code.rateLimited]: 'unavailable',
  [code.notPermitted]: 'not-permitted',
  [code.unauthenticated]: 'not-permitted',
  [code.untrusted]: 'not-permitted',
  [code.notFound]: 'not-found',
  [code.expired]: 'expired',
  [code.spent]: 'spent',
  [code.internal]: 'internal',
};
export function failureOf(error: WireError): CommandFailure {
  return new CommandFailure(codes[error.code] ?? 'invalid', error.message);
}
