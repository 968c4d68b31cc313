// The line in which a message is written. Nothing typed is lost, and nothing is sent twice.
import { computed, type ReadonlySignal, signal } from '@preact/signals';

/** Longest text of one message, in UTF-16 units: about three screens, and well below the wire's limit. */
export const LONGEST_TEXT = 4000;
/** Waiting time after the last key before a draft is stored: short enough that a killed tab loses a word at most. */
export const DRAFT_DELAY_MS = 300;

export interface EnterKey {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey?: boolean;
  readonly isComposing: boolean;
  readonly keyCode: number;
}

/**
 * Whether a key press sends: Enter on a keyboard with a mouse beside it, never on a touch screen (there it makes a
 * line), never while an input method composes (Telex, VNI; Safari says so only by key code 229).
 */
export function enterSends(event: EnterKey, touch: boolean): boolean {
  if (event.key !== 'Enter' || event.shiftKey) return false;
  if (event.isComposing || event.keyCode === 229) return false;
  return !touch;
}

export interface ComposerPort {
  send(text: string): Promise<unknown>;
  saveDraft(text: string): Promise<unknown>;
}

export interface Composer {
  readonly text: ReadonlySignal<string>;
  readonly sending: ReadonlySignal<boolean>;
  readonly failed: ReadonlySignal<boolean>;
  /** Longer than a message may be: nothing is cut off, and nothing sent. */
  readonly tooLong: ReadonlySignal<boolean>;
  type(text: string): void;
  /** Sends what is there, unless it is blank or already on its way. The text goes only once the core has stored it. */
  submit(): Promise<void>;
  /** Stores the draft now: the page is being hidden or the room left. */
  flush(): void;
}

export function createComposer(draft: string, port: ComposerPort): Composer {
  const text = signal(draft);
  const sending = signal(false);
  const failed = signal(false);
  const tooLong = computed(() => text.value.normalize('NFC').trim().length > LONGEST_TEXT);
  let saved = draft;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (text.value === saved) return;
    const now = text.value;
    saved = now;
    port.saveDraft(now).catch(() => {
      // Not stored: the next key or the next flush tries again.
      if (saved === now) saved = '\u0000';
    });
  };
  const type = (value: string) => {
    text.value = value;
    failed.value = false;
    clearTimeout(timer);
    timer = setTimeout(flush, DRAFT_DELAY_MS);
  };
  const submit = async () => {
    const typed = text.value;
    const message = typed.normalize('NFC').trim();
    if (message === '' || tooLong.value || sending.value) return;
    sending.value = true;
    failed.value = false;
    try {
      await port.send(message);
      // What was typed meanwhile stays.
      text.value = text.value.startsWith(typed) ? text.value.slice(typed.length) : text.value;
      flush();
    } catch {
      failed.value = true;
    } finally {
      sending.value = false;
    }
  };
  return { text, sending, failed, tooLong, type, submit, flush };
}
