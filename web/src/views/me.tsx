import { useState } from 'preact/hooks';
import type { Language } from '../i18n/index.js';
import { pathOf } from '../model/router.js';
import { type TextSize, textSizes } from '../model/settings.js';
import { useModel } from './context.js';
import { InstallButton } from './install.js';
import { Choice, Field, PageTitle } from './parts.js';

/** Longest name in letters: a profile's limit, and what fits a line at the largest text. */
export const LONGEST_NAME = 60;

export function MePage() {
  const { t } = useModel();
  return (
    <main id="main" class="page">
      <PageTitle>{t('me.title')}</PageTitle>
      <NameCard />
      <OfficesCard />
      <DisplayCard />
      <NodeCard />
      <InstallButton />
      <section class="card" aria-labelledby="about-title">
        <h2 id="about-title">{t('me.about')}</h2>
        <ul class="plain-list">
          <li>{t('me.about1')}</li>
          <li>{t('me.about2')}</li>
          <li>{t('me.about3')}</li>
        </ul>
      </section>
    </main>
  );
}

function NameCard() {
  const { t, state, core, attempt, notice } = useModel();
  const me = state.value.me;
  const [typed, setTyped] = useState<string | null>(null);
  if (me === null)
    return (
      <section class="card">
        <p>{t('me.noAccount')}</p>
        <a class="button button-quiet" href={pathOf.join}>
          {t('groups.howTo')}
        </a>
      </section>
    );
  const name = typed ?? me.name;
  const clean = name.normalize('NFC').trim();
  const save = async () => {
    const done = await attempt(core.setName(clean).then(() => true));
    if (done) notice.value = t('me.saved');
  };
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field
        id="me-name"
        label={t('me.name')}
        hint={t('me.nameHint')}
        {...(clean === '' ? { error: t('join.nameMissing') } : {})}
      >
        <input
          id="me-name"
          aria-invalid={clean === ''}
          aria-describedby={clean === '' ? 'me-name-hint me-name-error' : 'me-name-hint'}
          value={name}
          maxLength={LONGEST_NAME}
          autocomplete="name"
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </Field>
      {clean !== '' && clean !== me.name && (
        <button type="submit" class="button button-quiet">
          {t('me.save')}
        </button>
      )}
    </form>
  );
}

function OfficesCard() {
  const { t, state } = useModel();
  const offices = state.value.me?.offices ?? [];
  if (offices.length === 0) return null;
  const publishes = offices.some((office) => office.office === 'publisher');
  return (
    <section class="card" aria-labelledby="offices-title">
      <h2 id="offices-title">{t('me.offices')}</h2>
      <ul class="plain-list">
        {offices.map((office) => (
          <li key={`${office.office} ${office.units.join()}`}>
            {t(`office.task.${office.office}`)}, {office.nodeName}
          </li>
        ))}
      </ul>
      <a class="button button-quiet" href={pathOf.staff}>
        {t('me.openStaff')}
      </a>
      {publishes && (
        <a class="button button-quiet" href={pathOf.publish}>
          {t('me.openPublish')}
        </a>
      )}
    </section>
  );
}

function DisplayCard() {
  const { t, settings } = useModel();
  const sizeKey = { 18: 'me.size18', 22: 'me.size22', 26: 'me.size26' } as const;
  return (
    <section class="card">
      <Choice<TextSize>
        name="text-size"
        legend={t('me.textSize')}
        options={textSizes.map((size) => ({ value: size, label: t(sizeKey[size]) }))}
        value={settings.textSize.value}
        onPick={(size) => {
          settings.textSize.value = size;
        }}
      />
      <p class="hint">{t('me.sample')}</p>
      <Choice<Language>
        name="language"
        legend={t('me.language')}
        options={[
          { value: 'vi', label: 'Tiếng Việt' },
          { value: 'en', label: 'English' },
        ]}
        value={settings.language.value}
        onPick={(language) => {
          settings.language.value = language;
        }}
      />
    </section>
  );
}

function NodeCard() {
  const { t, state } = useModel();
  const node = state.value.node;
  if (node === null) return null;
  return (
    <section class="card" aria-labelledby="node-title">
      <h2 id="node-title">{t('me.node')}</h2>
      <p>{node.path.length > 0 ? node.path.join(' › ') : node.name}</p>
      <p class="hint">{t(node.verified ? 'me.nodeVerified' : 'me.nodeChecking')}</p>
    </section>
  );
}
