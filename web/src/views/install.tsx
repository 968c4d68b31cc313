import { signal } from '@preact/signals';
import { useModel } from './context.js';

interface InstallEvent extends Event {
  prompt(): Promise<void>;
}

/** The browser's offer to install, kept until it is taken; made by `listenForInstall`. */
const offer = signal<InstallEvent | null>(null);

/** Keeps the browser's offer to install the client, so that a button of ours can make it later. */
export function listenForInstall(window: Window): void {
  window.addEventListener('beforeinstallprompt', (event) => {
    event.preventDefault();
    offer.value = event as InstallEvent;
  });
}

export function InstallButton() {
  const { t } = useModel();
  const event = offer.value;
  if (event === null) return null;
  return (
    <section class="card">
      <p class="hint">{t('me.installHint')}</p>
      <button
        type="button"
        class="button button-quiet"
        onClick={() => {
          offer.value = null;
          void event.prompt();
        }}
      >
        {t('me.install')}
      </button>
    </section>
  );
}
