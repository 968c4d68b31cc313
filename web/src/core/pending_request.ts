// A pending append as the request that carries it.
import type { PendingRecord } from './store.js';

export function requestOf(log: Uint8Array, pending: PendingRecord) {
  const entryId = BigInt(pending.entryId);
  const epoch = BigInt(pending.epoch);
  const began = pending.kind === 'refusal' || pending.began === undefined ? undefined : BigInt(pending.began);
  switch (pending.kind) {
    case 'message':
      return { case: 'append' as const, value: { log, entryId, epoch, began, payload: pending.payload } };
    case 'refusal':
      return { case: 'refuse' as const, value: { group: log, entryId, refusal: pending.refusal } };
    case 'commit': {
      const { commit, groupInfo, device, account, welcome } = pending;
      const welcomes = welcome.length > 0 ? [{ device, account, welcome }] : [];
      return { case: 'commit' as const, value: { group: log, entryId, began, commit, groupInfo, welcomes } };
    }
  }
}
