// From an opened link to membership: what is offered, a name, one tap.
import { useEffect, useState } from 'preact/hooks';
import type { JoinState } from '../api/boundary.js';
import { looksOfficial } from '../model/fold.js';
import { dateTime } from '../model/format.js';
import { chromeIntent, fragmentOf, isAndroid, isWebView } from '../model/links.js';
import { pathOf } from '../model/router.js';
import { useModel } from './context.js';
import { CheckIcon, ClockIcon, FlagIcon } from './icons.js';
import { LONGEST_NAME } from './me.js';
import { Field, Guarantee, PageTitle } from './parts.js';
import { useUnits } from './units.js';

export function JoinPage() {
  const { t, state, link } = useModel();
  const join = state.value.join;
  return (
    <main id="main" class="page page-join">
      <PageTitle back={pathOf.home}>{t('join.title')}</PageTitle>
      {join.step === 'none' && (link.value?.reading ? <p role="status">{t('join.reading')}</p> : <HowTo />)}
      {join.step === 'preview' && <Preview join={join} />}
      {join.step === 'registering' && <Progress title={t('join.registering')} />}
      {join.step === 'waiting' && <Progress title={t('join.waiting')} text={t('join.waitingText')} />}
      {join.step === 'waiting-appointment' && (
        <Progress title={t('join.waitingOffice')} text={t('join.waitingOfficeText')} />
      )}
      {join.step === 'joined' && <Joined group={join.group} />}
      {join.step === 'appointed' && <Appointed />}
      {join.step === 'failed' && <Failed reason={join.reason} />}
    </main>
  );
}

function HowTo() {
  const { t, openLink } = useModel();
  const [pasted, setPasted] = useState('');
  const [bad, setBad] = useState(false);
  const open = () => {
    const fragment = fragmentOf(pasted);
    setBad(fragment === null);
    if (fragment !== null) void openLink(fragment);
  };
  return (
    <>
      <section class="card" aria-labelledby="how-title">
        <h2 id="how-title">{t('join.how')}</h2>
        <ol class="steps">
          <li>{t('join.how1')}</li>
          <li>{t('join.how2')}</li>
          <li>{t('join.how3')}</li>
        </ol>
      </section>
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          open();
        }}
      >
        <Field id="join-link" label={t('join.paste')} {...(bad ? { error: t('join.badPaste') } : {})}>
          <input
            id="join-link"
            type="url"
            inputMode="url"
            autocomplete="off"
            value={pasted}
            aria-invalid={bad}
            aria-describedby={bad ? 'join-link-error' : undefined}
            onInput={(event) => setPasted(event.currentTarget.value)}
          />
        </Field>
        <button type="submit" class="button button-quiet">
          {t('join.open')}
        </button>
      </form>
    </>
  );
}

function Preview({ join }: { join: Extract<JoinState, { step: 'preview' }> }) {
  const model = useModel();
  const { t, env, link } = model;
  const group = join.kind === 'group';
  const office = join.office === undefined ? '' : t(`office.task.${join.office}`);
  const unit = useUnits(!group).find((candidate) => candidate.id === join.unitName)?.name ?? join.unitName;
  const title = group ? unit || t('join.group') : [office, unit].filter(Boolean).join(', ');
  return (
    <>
      <section class="card invitation">
        <p class="hint">{t(group ? 'join.invitedTo' : 'join.office')}</p>
        <h2>{title}</h2>
        {join.nodeName !== '' && <p class="invitation-node">{join.nodeName}</p>}
        {join.personName && <p>{t('join.for', { name: join.personName })}</p>}
        {join.expires > 0 && (
          <p class="hint">
            {t('join.validUntil', { time: dateTime(model.language(), join.expires, model.now.value) })}
          </p>
        )}
        {group && <Guarantee of="group" />}
      </section>
      {isWebView(env.userAgent) && link.value !== null ? (
        <OpenElsewhere fragment={link.value.fragment} />
      ) : (
        <NameForm join={join} />
      )}
    </>
  );
}

function NameForm({ join }: { join: Extract<JoinState, { step: 'preview' }> }) {
  const { t, state, core, link, attempt } = useModel();
  const [name, setName] = useState(state.value.me?.name || join.personName || '');
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const group = join.kind === 'group';
  const go = async () => {
    const clean = name.normalize('NFC').trim();
    setMissing(clean === '');
    if (clean === '' || busy) return;
    setBusy(true);
    // Asked for at the moment that keys are made: a browser grants it more readily after an act.
    void navigator.storage?.persist?.().catch(() => false);
    await attempt(group ? core.join(clean) : core.acceptInvitation(link.value?.fragment ?? '', clean));
    setBusy(false);
  };
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void go();
      }}
    >
      <Field
        id="join-name"
        label={t('join.name')}
        hint={t('join.nameHint')}
        {...(missing ? { error: t('join.nameMissing') } : {})}
      >
        <input
          id="join-name"
          autocomplete="name"
          maxLength={LONGEST_NAME}
          value={name}
          aria-invalid={missing}
          aria-describedby={missing ? 'join-name-hint join-name-error' : 'join-name-hint'}
          onInput={(event) => {
            setName(event.currentTarget.value);
            setMissing(false);
          }}
        />
      </Field>
      {group && looksOfficial(name) && (
        <p class="lookalike" role="status">
          <FlagIcon />
          <span>{t('join.lookalike')}</span>
        </p>
      )}
      <button type="submit" class="button button-primary button-full" disabled={busy}>
        {t(group ? 'join.go' : 'join.accept')}
      </button>
    </form>
  );
}

/** Inside another app's browser nothing is spent: the link is carried to the browser that will keep the identity. */
function OpenElsewhere({ fragment }: { fragment: string }) {
  const { t, env, attempt, notice } = useModel();
  const copy = async () => {
    const done = await attempt(env.copy(`${env.origin}${pathOf.join}#${fragment}`).then(() => true));
    if (done) notice.value = t('join.copied');
  };
  return (
    <section class="card">
      <h2>{t('join.webview')}</h2>
      <p>{t('join.webviewText')}</p>
      {isAndroid(env.userAgent) && (
        <a class="button button-primary button-full" href={chromeIntent(env.origin, pathOf.join, fragment)}>
          {t('join.chrome')}
        </a>
      )}
      <button type="button" class="button button-quiet button-full" onClick={() => void copy()}>
        {t('join.copy')}
      </button>
    </section>
  );
}

function Progress({ title, text }: { title: string; text?: string }) {
  return (
    <section class="card progress" role="status">
      <ClockIcon />
      <div>
        <h2>{title}</h2>
        {text !== undefined && <p>{text}</p>}
      </div>
    </section>
  );
}

function Joined({ group }: { group: string }) {
  const { t, state, router, link, titleOf } = useModel();
  const known = state.value.groups.find((candidate) => candidate.id === group);
  // The link led here: once in, the room opens by itself.
  useEffect(() => {
    if (known !== undefined && link.value !== null) router.go(pathOf.room(group), 'replace');
  }, [known !== undefined]);
  return (
    <section class="card progress" role="status">
      <CheckIcon />
      <div>
        <h2>{t('join.done')}</h2>
        {known && <p>{titleOf(known)}</p>}
        <a class="button button-primary button-full" href={pathOf.room(group)}>
          {t('join.openRoom')}
        </a>
      </div>
    </section>
  );
}

function Appointed() {
  const { t } = useModel();
  return (
    <section class="card progress" role="status">
      <CheckIcon />
      <div>
        <h2>{t('join.appointed')}</h2>
        <a class="button button-primary button-full" href={pathOf.staff}>
          {t('join.openStaff')}
        </a>
      </div>
    </section>
  );
}

function Failed({ reason }: { reason: Extract<JoinState, { step: 'failed' }>['reason'] }) {
  const { t, link, openLink } = useModel();
  const again = link.value?.fragment;
  return (
    <>
      <section class="card progress" role="alert">
        <FlagIcon />
        <div>
          <h2>{t('join.fail')}</h2>
          <p>{t(`join.fail.${reason}`)}</p>
          {reason === 'unavailable' && again !== undefined && (
            <button type="button" class="button button-quiet" onClick={() => void openLink(again)}>
              {t('app.retry')}
            </button>
          )}
        </div>
      </section>
      <HowTo />
    </>
  );
}
