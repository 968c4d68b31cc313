import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/api/boundary.js';
import { mergeMessages, openRoom, PAGE } from '../../src/model/room.js';
import { createFakeCore } from './fake-core.js';
import { hex, states } from './fixtures.js';

const say = (id: number, time = id, state: Message['state'] = 'sent'): Message => ({
  id: `d:${id}`,
  sender: hex('4'),
  senderName: 'Chú Phước',
  text: `tin ${id}`,
  time,
  state,
  isMe: false,
});
const ids = (messages: readonly Message[]) => messages.map((message) => message.id.slice(2)).join(' ');

describe('mergeMessages', () => {
  it('replaces what it knows where it stands', () => {
    const merged = mergeMessages([say(1), say(2, 2, 'waiting'), say(3)], [say(2, 9)]);
    expect(ids(merged)).toBe('1 2 3');
    expect(merged[1]?.state).toBe('sent');
  });
  it('puts new ones by time, and one of the same time behind', () => {
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
