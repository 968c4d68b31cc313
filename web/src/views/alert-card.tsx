// One alert, in a fixed order: what happened, what to do, where, until when, who says so, phone.
import { useEffect, useState } from 'preact/hooks';
import type { AlertView } from '../api/boundary.js';
import { headlineOf, levels, MOST_INSTRUCTIONS, spokenText } from '../model/alerts.js';
import { dateTime, telHref } from '../model/format.js';
import { useModel } from './context.js';
import { CheckIcon, ClockIcon, LevelIcon, PhoneIcon, PlaceIcon, ShieldIcon, SpeakerIcon } from './icons.js';

/** `preview`: nothing in the card acts. */
export function AlertCard({ alert, preview = false }: { alert: AlertView; preview?: boolean }) {
  const { t, core, attempt } = useModel();
  const style = levels[alert.level];
  const checking = alert.verified === 'checking';
  const id = `alert-${alert.id}`;
  // While the signature is being checked the card wears no official colour: only the word of its level.
  const look = checking ? 'checking' : alert.expired ? 'expired' : style.id;
  return (
    <article
      class={`alert alert-${look}`}
      aria-labelledby={`${id}-title`}
      data-level={style.id}
      data-verdict={alert.verified}
    >
      <header class="alert-head">
        <p class="alert-level">
          <LevelIcon level={style.id} />
          <span>{t(style.word)}</span>
          {alert.cancelled && <span class="alert-mark">{t('alert.cancelled')}</span>}
          {alert.updated && !alert.cancelled && <span class="alert-mark">{t('alert.updated')}</span>}
          {alert.expired && <span class="alert-mark">{t('alert.expired')}</span>}
          {checking && <span class="alert-mark">{t('alert.checking')}</span>}
        </p>
        <h3 id={`${id}-title`}>{headlineOf(alert)}</h3>
      </header>
      <div class="alert-body">
        {checking && <p class="alert-note">{t('alert.checkingText')}</p>}
        {alert.level === 'DIỄN TẬP' && <p class="alert-note">{t('alert.drillText')}</p>}
        {alert.cancelled && <p class="alert-note">{t('alert.cancelledText')}</p>}
        {alert.description !== '' && <p class="alert-text">{alert.description}</p>}
        {!alert.cancelled && alert.instructions.length > 0 && (
          <section class="alert-todo">
            <h4>{t('alert.todo')}</h4>
            <ol>
              {alert.instructions.slice(0, MOST_INSTRUCTIONS).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ol>
          </section>
        )}
        <Facts alert={alert} />
        <Issuer alert={alert} />
        <div class="alert-acts">
          {/* A number is offered only by whom this device knows. */}
          {!checking && <CallButton phone={alert.contact} preview={preview} />}
          {!preview && <ListenButton alert={alert} />}
          {!preview && !alert.read && !checking && !alert.expired && (
            <button
              type="button"
              class="button button-quiet"
              onClick={() => void attempt(core.markAlertRead(alert.id))}
            >
              <CheckIcon />
              <span>{t('alert.read')}</span>
            </button>
          )}
        </div>
      </div>
    </article>
  );
}

function Facts({ alert }: { alert: AlertView }) {
  const model = useModel();
  const { t } = model;
  const time = (at: number) => dateTime(model.language(), at, model.now.value);
  // Before the core has judged, neither the issuer nor the places are known by name.
  const where = alert.areas.join(', ') || (alert.issuerName && t('alert.whole', { node: alert.issuerName }));
  return (
    <dl class="facts">
      {where !== '' && (
        <div>
          <dt>
            <PlaceIcon />
            <span>{t('alert.where')}</span>
          </dt>
          <dd>{where}</dd>
        </div>
      )}
      <div>
        <dt>
          <ClockIcon />
          <span>{t('alert.until')}</span>
        </dt>
        <dd>{alert.expired ? t('alert.expiredAt', { time: time(alert.expires) }) : time(alert.expires)}</dd>
      </div>
    </dl>
  );
}

/** Who says so. The shield appears only when this device has followed the chain itself. */
function Issuer({ alert }: { alert: AlertView }) {
  const model = useModel();
  const { t } = model;
  const verified = alert.verified === 'verified';
  const names = alert.signers.map((signer) => signer.name).filter((name) => name !== '');
  return (
    <div class={verified ? 'issuer issuer-verified' : 'issuer'}>
      {verified ? <ShieldIcon /> : <ClockIcon />}
      <div>
        <span class="visually-hidden">{t('alert.who')}: </span>
        <strong>
          {alert.issuerName !== '' && `${alert.issuerName} – `}
          {verified ? t('alert.verified') : t('alert.checking')}
        </strong>
        {verified && names.length > 0 && (
          <span class="issuer-line">{t('alert.signedBy', { names: names.join(', ') })}</span>
        )}
        <span class="issuer-line">
          {t('alert.sent', { time: dateTime(model.language(), alert.sent, model.now.value) })}
        </span>
      </div>
    </div>
  );
}

function CallButton({ phone, preview }: { phone: string; preview: boolean }) {
  const { t } = useModel();
  if (phone === '') return null;
  const href = preview ? null : telHref(phone);
  const words = (
    <>
      <PhoneIcon />
      <span>{href === null ? `${t('alert.phone')}: ${phone}` : t('alert.call', { phone })}</span>
    </>
  );
  if (href === null) return <p class="alert-phone">{words}</p>;
  return (
    <a class="button button-primary" href={href}>
      {words}
    </a>
  );
}

function ListenButton({ alert }: { alert: AlertView }) {
  const { t } = useModel();
  const [speaking, setSpeaking] = useState(false);
  const speech = typeof speechSynthesis === 'undefined' ? null : speechSynthesis;
  useEffect(() => () => (speaking ? speech?.cancel() : undefined), [speaking, speech]);
  if (speech === null) return null;
  const toggle = () => {
    speech.cancel();
    if (speaking) return setSpeaking(false);
    const words = new SpeechSynthesisUtterance(spokenText(alert));
    words.lang = 'vi-VN';
    words.onend = () => setSpeaking(false);
    words.onerror = () => setSpeaking(false);
    speech.speak(words);
    setSpeaking(true);
  };
  return (
    <button type="button" class="button button-quiet" onClick={toggle} aria-pressed={speaking}>
      <SpeakerIcon />
      <span>{t(speaking ? 'alert.stop' : 'alert.listen')}</span>
    </button>
  );
}
