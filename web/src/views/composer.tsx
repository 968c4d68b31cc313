import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { GroupView } from '../api/boundary.js';
import { createComposer, enterSends, LONGEST_TEXT } from '../model/composer.js';
import { useModel } from './context.js';
import { SendIcon } from './icons.js';

export function ComposerBar({ group }: { group: GroupView }) {
  const { t, core, env } = useModel();
  const box = useRef<HTMLTextAreaElement>(null);
  // The draft is read once: what is typed here is newer than what the core tells back.
  const composer = useMemo(
    () =>
      createComposer(group.draft, {
        send: (text) => core.sendText(group.id, text),
        saveDraft: (text) => core.saveDraft(group.id, text),
      }),
    [core, group.id],
  );
  useEffect(() => {
    const flush = () => composer.flush();
    document.addEventListener('visibilitychange', flush);
    addEventListener('pagehide', flush);
    return () => {
      document.removeEventListener('visibilitychange', flush);
      removeEventListener('pagehide', flush);
      composer.flush();
    };
  }, [composer]);

  const submit = () => {
    void composer.submit();
    box.current?.focus();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {composer.failed.value && (
        <p class="field-error" role="alert">
          {t('composer.failed')}
        </p>
      )}
      {composer.tooLong.value && (
        <p class="field-error" role="alert">
          {t('composer.tooLong', { count: LONGEST_TEXT })}
        </p>
      )}
      <label class="visually-hidden" for="composer-text">
        {t('composer.label')}
      </label>
      <textarea
        id="composer-text"
        ref={box}
        rows={1}
        placeholder={t('composer.label')}
        autocomplete="off"
        value={composer.text.value}
        onInput={(event) => composer.type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (!enterSends(event, env.touch)) return;
          event.preventDefault();
          submit();
        }}
      />
      <button
        type="submit"
        class="button button-primary composer-send"
        disabled={composer.text.value.trim() === '' || composer.tooLong.value}
      >
        <SendIcon />
        <span>{t('composer.send')}</span>
      </button>
    </form>
  );
}
