// The stored database of an earlier client: what can be kept is kept, and what cannot is told.
import 'fake-indexeddb/auto';
import { openDB } from 'idb';
import { describe, expect, it } from 'vitest';
import { Batch, nextOf, Store } from '../../src/core/store.js';

/** As the first version of the client made it. */
async function first(name: string) {
  return openDB(name, 1, {
    upgrade(db) {
      db.createObjectStore('meta');
      db.createObjectStore('logs');
      db.createObjectStore('groups', { keyPath: 'id' });
      db.createObjectStore('messages', { keyPath: ['group', 'id'] }).createIndex('order', ['group', 'order']);
      db.createObjectStore('outbox', { keyPath: 'number', autoIncrement: true });
      db.createObjectStore('entries', { keyPath: ['log', 'seq'] });
      db.createObjectStore('joinRequests', { keyPath: ['group', 'seq'] });
      db.createObjectStore('profiles', { keyPath: 'account' });
    },
  });
}

describe('a database of the first version', () => {
  it('loses its groups, which cannot be opened any more, keeps who we are and what is official, and says so', async () => {
    const old = await first('old-groups');
    await old.put('meta', { name: 'Bà Tư' }, 'identity');
    await old.put('meta', { kind: 'group', fragment: 'x' }, 'join');
    await old.put('groups', { id: 'aa', state: new Uint8Array([1]) });
    await old.put('messages', { group: 'aa', id: 'm', order: 1 });
    await old.put('outbox', { number: 1, group: 'aa' });
    await old.put('joinRequests', { group: 'aa', seq: 1 });
    await old.put('entries', { log: 'aa', seq: 1, bytes: new Uint8Array() });
    await old.put('entries', { log: 'official', seq: 1, bytes: new Uint8Array() });
    old.close();
    const store = await Store.open('old-groups');
    expect(await store.meta('identity')).toEqual({ name: 'Bà Tư' });
    expect(await store.meta('join')).toBeUndefined();
    expect(await store.meta('groupsDropped')).toBe(true);
    expect(await store.groups()).toEqual([]);
    expect(await store.outbox()).toEqual([]);
    expect(await store.joinRequests()).toEqual([]);
    expect(await store.messages('aa', 9, 99)).toEqual([]);
    expect(await store.entries('aa', 0, 9)).toEqual([]);
    expect(await store.entries('official', 0, 9)).toHaveLength(1);
  });

  it('without groups keeps everything, also an invitation that was accepted, and says nothing', async () => {
    const old = await first('old-empty');
    const join = { kind: 'invitation', fragment: 'x' };
    await old.put('meta', join, 'join');
    old.close();
    const store = await Store.open('old-empty');
    expect(await store.meta('join')).toEqual(join);
    expect(await store.meta('groupsDropped')).toBeUndefined();
  });
});

describe('records of a state', () => {
  it('are written, replaced and removed one by one; a state after a pending commit lies apart', async () => {
    const store = await Store.open('records');
    const record = (kind: number, index: number, value: number[]) => ({ kind, index, value: Uint8Array.from(value) });
    await store.write(
      new Batch().mls('aa', [record(1, 0, [1]), record(5, 2, [2])]).mls(nextOf('aa'), [record(1, 0, [9])]),
    );
    await store.write(new Batch().mls('aa', [record(1, 0, [3]), record(5, 2, [])]));
    expect((await store.mls('aa')).map((r) => [r.kind, r.index, ...r.value])).toEqual([[1, 0, 3]]);
    await store.write(new Batch().removeMls(nextOf('aa')));
    expect(await store.mls(nextOf('aa'))).toEqual([]);
    expect(await store.mls('aa')).toHaveLength(1);
  });
});
