import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/api/boundary.js';
import { mergeMessages, openRoom, PAGE } from '../../src/model/room.js';
import { createFakeCore } from './fake-core.js';
import { hex, states } from './fixtures.js';

const say = (id: number, order = id, state: Message['state'] = 'sent'): Message => ({
  id: `d:${id}`,
  sender: hex('4'),
  senderName: 'Chú Phước',
  text: `tin ${id}`,
  time: 1000 - order,
  order,
  state,
  isMe: false,
});
const ids = (messages: readonly Message[]) => messages.map((message) => message.id.slice(2)).join(' ');

describe('mergeMessages', () => {
  it('keeps the order of the log: what waited comes behind what others wrote meanwhile', () => {
    const waiting = mergeMessages([say(1)], [say(2, 1e9, 'waiting'), say(3, 1e9 + 1, 'waiting')]);
    const merged = mergeMessages(mergeMessages(waiting, [say(4, 2)]), [say(3, 4), say(2, 3)]);
    expect(ids(merged)).toBe('1 4 2 3');
    expect(merged[2]?.state).toBe('sent');
  });
  it('puts one of the same place behind', () => {
    expect(ids(mergeMessages([say(1), say(5)], [say(3), say(6), say(4, 3)]))).toBe('1 3 4 5 6');
  });
  it('takes the same message twice in one batch once', () => {
    expect(ids(mergeMessages([say(5)], [say(1), say(1), say(2), say(5)]))).toBe('1 2 5');
  });
  it('leaves what it was given', () => {
    const given = [say(1)];
    mergeMessages(given, [say(0), say(1, 1, 'waiting')]);
    expect(given).toEqual([say(1)]);
  });
});

describe('openRoom', () => {
  const room = Array.from({ length: PAGE + 10 }, (_, i) => say(i + 1));
  const opened = async () => {
    const core = createFakeCore(states.resident, room);
    const view = openRoom(core, hex('a'));
    await new Promise((resolve) => setTimeout(resolve));
    return { core, view };
  };
  it('loads the newest page, then what lies before', async () => {
    const { view } = await opened();
    expect(view.messages.value[0]?.id).toBe('d:11');
    expect(view.more.value).toBe(true);
    await view.older();
    expect(ids(view.messages.value)).toBe(ids(room));
    expect(view.more.value).toBe(false);
  });
  it('hears its own room only, and nothing after it was closed', async () => {
    const { core, view } = await opened();
    core.emit({ type: 'messages', group: hex('b'), messages: [say(900)] });
    core.emit({ type: 'messages', group: hex('a'), messages: [say(901)] });
    view.close();
    core.emit({ type: 'messages', group: hex('a'), messages: [say(902)] });
    expect(view.messages.value.at(-1)?.id).toBe('d:901');
    expect(view.messages.value.some((message) => message.id === 'd:900')).toBe(false);
  });
});
