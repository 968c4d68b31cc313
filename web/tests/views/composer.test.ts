import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createComposer, DRAFT_DELAY_MS, enterSends, LONGEST_TEXT } from '../../src/model/composer.js';

const enter = { key: 'Enter', shiftKey: false, isComposing: false, keyCode: 13 };

describe('Enter', () => {
  it('sends from a keyboard', () => expect(enterSends(enter, false)).toBe(true));
  it('never sends while an input method composes', () => {
    expect(enterSends({ ...enter, isComposing: true }, false)).toBe(false);
    expect(enterSends({ ...enter, keyCode: 229 }, false)).toBe(false);
  });
  it('makes a line with Shift, and on a touch screen', () => {
    expect(enterSends({ ...enter, shiftKey: true }, false)).toBe(false);
    expect(enterSends(enter, true)).toBe(false);
  });
  it('is the only key that sends', () => expect(enterSends({ ...enter, key: 'a', keyCode: 65 }, false)).toBe(false));
});

describe('composer', () => {
  const port = { send: vi.fn<(text: string) => Promise<void>>(), saveDraft: vi.fn<(text: string) => Promise<void>>() };
  beforeEach(() => {
    vi.useFakeTimers();
    port.send.mockReset().mockResolvedValue();
    port.saveDraft.mockReset().mockResolvedValue();
  });
  afterEach(() => vi.useRealTimers());

  it('starts with the draft and stores the last words after a pause', () => {
    const composer = createComposer('Tối nay', port);
    expect(composer.text.value).toBe('Tối nay');
    composer.type('Tối nay h');
    composer.type('Tối nay họp');
    vi.advanceTimersByTime(DRAFT_DELAY_MS);
    expect(port.saveDraft.mock.calls).toEqual([['Tối nay họp']]);
  });
  it('stores at once when the page goes away, and only what is new', () => {
    const composer = createComposer('', port);
    composer.type('a');
    composer.flush();
    composer.flush();
    expect(port.saveDraft.mock.calls).toEqual([['a']]);
  });
  it('stores again what could not be stored', async () => {
    const composer = createComposer('', port);
    port.saveDraft.mockRejectedValueOnce(new Error('full'));
    composer.type('a');
    composer.flush();
    await vi.advanceTimersByTimeAsync(0);
    composer.flush();
    expect(port.saveDraft).toHaveBeenCalledTimes(2);
  });
  it('sends NFC without outer blanks, and empties itself and the draft', async () => {
    const composer = createComposer('', port);
    composer.type(' Chào bà con \n'.normalize('NFD'));
    await composer.submit();
    expect(port.send.mock.calls).toEqual([['Chào bà con']]);
    expect(composer.text.value).toBe('');
    vi.advanceTimersByTime(DRAFT_DELAY_MS);
    expect(port.saveDraft.mock.lastCall ?? ['']).toEqual(['']);
  });
  it('sends once however often it is pressed', async () => {
    const composer = createComposer('chào', port);
    await Promise.all([composer.submit(), composer.submit(), composer.submit()]);
    await composer.submit();
    expect(port.send).toHaveBeenCalledTimes(1);
  });
  it('keeps what is typed while it sends', async () => {
    const composer = createComposer('một', port);
    const sending = composer.submit();
    composer.type('một hai');
    await sending;
    expect(composer.text.value).toBe(' hai');
  });
  it('keeps the text and says so when it could not be stored', async () => {
    const composer = createComposer('chào', port);
    port.send.mockRejectedValueOnce({ code: 'internal' });
    await composer.submit();
    expect(composer.text.value).toBe('chào');
    expect(composer.failed.value).toBe(true);
    await composer.submit();
    expect(port.send).toHaveBeenCalledTimes(2);
    expect(composer.failed.value).toBe(false);
  });
  it('sends neither blanks nor what is too long, and cuts nothing off', async () => {
    const composer = createComposer(' \n ', port);
    await composer.submit();
    expect(port.send).not.toHaveBeenCalled();
    composer.type('x'.repeat(LONGEST_TEXT + 5));
    expect(composer.text.value).toHaveLength(LONGEST_TEXT + 5);
    expect(composer.tooLong.value).toBe(true);
    await composer.submit();
    expect(port.send).not.toHaveBeenCalled();
    composer.type('x'.repeat(LONGEST_TEXT));
    expect(composer.tooLong.value).toBe(false);
    await composer.submit();
    expect(port.send).toHaveBeenCalledTimes(1);
  });
});
