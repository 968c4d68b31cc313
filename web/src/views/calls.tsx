import type { Key } from '../i18n/index.js';
import { useModel } from './context.js';
import { PhoneIcon } from './icons.js';

const services: readonly { readonly number: string; readonly key: Key & `call.${'police' | 'fire' | 'medical'}` }[] = [
  { number: '113', key: 'call.police' },
  { number: '114', key: 'call.fire' },
  { number: '115', key: 'call.medical' },
];

/** The row "Gọi 113 / 114 / 115", and the sentence that the app does not replace them. */
export function EmergencyCalls() {
  const { t } = useModel();
  return (
    <section class="card calls" aria-labelledby="calls-title">
      <h2 id="calls-title">{t('call.title')}</h2>
      <div class="call-row">
        {services.map(({ number, key }) => (
          <a key={number} class="call" href={`tel:${number}`}>
            <PhoneIcon />
            <span class="visually-hidden">{t('call.verb')}</span>
            <strong>{number}</strong>
            <span>{t(key)}</span>
          </a>
        ))}
      </div>
      <p class="hint">{t('call.note')}</p>
    </section>
  );
}
