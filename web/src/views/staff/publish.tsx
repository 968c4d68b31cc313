// The publisher's page: write, preview as the resident sees it, sign and send.
import { useState } from 'preact/hooks';
import type { AlertFields, MyOffice } from '../../api/boundary.js';
import { clockTime } from '../../model/format.js';
import { type Form, fieldsOf, fromAlert, fromTemplate, previewOf, templates } from '../../model/publish.js';
import { pathOf } from '../../model/router.js';
import { AlertCard } from '../alert-card.js';
import { useModel } from '../context.js';
import { CheckIcon } from '../icons.js';
import { Guarantee, PageTitle } from '../parts.js';
import { useUnits } from '../units.js';
import { PublishForm } from './publish-form.js';

type Step =
  | { readonly at: 'form' }
  | { readonly at: 'preview'; readonly fields: AlertFields }
  | { readonly at: 'sent'; readonly time: number };

const firstTemplate = templates[0] as (typeof templates)[number];

export function PublishPage() {
  const { t, state } = useModel();
  const office = state.value.me?.offices.find((candidate) => candidate.office === 'publisher');
  return (
    <main id="main" class="page page-publish">
      <PageTitle back={pathOf.staff}>{t('publish.title')}</PageTitle>
      {office === undefined ? (
        <section class="card">
          <p>{t('publish.notPublisher')}</p>
          <p class="hint">{t('staff.noneHint')}</p>
        </section>
      ) : (
        <Publisher office={office} />
      )}
    </main>
  );
}

function Publisher({ office }: { office: MyOffice }) {
  const model = useModel();
  const { t, core, attempt, env } = model;
  const units = useUnits();
  const [form, setForm] = useState<Form>(() => fromTemplate(firstTemplate, ''));
  const [step, setStep] = useState<Step>({ at: 'form' });
  const [busy, setBusy] = useState(false);

  const show = (next: Step) => {
    setStep(next);
    scrollTo(0, 0);
  };
  const send = async (fields: AlertFields) => {
    if (busy) return;
    setBusy(true);
    // The clock of the act counts, not of the preview.
    const sent = await attempt(core.publishAlert({ ...fields, expires: fieldsOf(form, env.now()).expires }));
    setBusy(false);
    if (sent) show({ at: 'sent', time: sent.sent });
  };
  if (step.at === 'sent')
    return (
      <section class="card progress" role="status">
        <CheckIcon />
        <div>
          <h2>{t('publish.sent', { time: clockTime(step.time, true) })}</h2>
          <p>{t('publish.sentText')}</p>
          <button
            type="button"
            class="button button-quiet"
            onClick={() => {
              setForm(fromTemplate(firstTemplate, form.contact));
              show({ at: 'form' });
            }}
          >
            {t('publish.new')}
          </button>
        </div>
      </section>
    );
  if (step.at === 'preview')
    return (
      <section class="preview" aria-labelledby="preview-title">
        <h2 id="preview-title">{t('publish.previewTitle')}</h2>
        <div class="phone">
          <Guarantee of="official" />
          <AlertCard preview alert={previewOf(step.fields, office, units, model.now.value)} />
        </div>
        <p class="hint">{t('publish.as', { name: office.name, node: office.nodeName })}</p>
        <button
          type="button"
          class="button button-primary button-full"
          disabled={busy}
          onClick={() => void send(step.fields)}
        >
          {t(busy ? 'publish.sending' : 'publish.send')}
        </button>
        <button
          type="button"
          class="button button-quiet button-full"
          disabled={busy}
          onClick={() => show({ at: 'form' })}
        >
          {t('publish.edit')}
        </button>
      </section>
    );
  return (
    <div class="publish-columns">
      <PublishForm
        form={form}
        office={office}
        units={units}
        onChange={setForm}
        onPreview={() => show({ at: 'preview', fields: fieldsOf(form, env.now()) })}
      />
      <LiveAlerts
        office={office}
        onChange={(next) => {
          setForm(next);
          scrollTo(0, 0);
        }}
      />
    </div>
  );
}

/** What this node has in force, to be updated or cancelled. */
function LiveAlerts({ office, onChange }: { office: MyOffice; onChange: (form: Form) => void }) {
  const { t, alerts } = useModel();
  const mine = alerts.value.live.filter(
    (alert) => alert.issuerName === office.nodeName && alert.verified === 'verified' && !alert.cancelled,
  );
  if (mine.length === 0) return null;
  return (
    <section class="live-alerts" aria-labelledby="live-title">
      <h2 id="live-title">{t('publish.live')}</h2>
      {mine.map((alert) => (
        <div key={alert.id} class="live-alert">
          <AlertCard preview alert={alert} />
          <div class="button-row">
            <button type="button" class="button button-quiet" onClick={() => onChange(fromAlert(alert, 'update'))}>
              {t('publish.update')}
            </button>
            <button type="button" class="button button-quiet" onClick={() => onChange(fromAlert(alert, 'cancel'))}>
              {t('publish.cancel')}
            </button>
          </div>
        </div>
      ))}
    </section>
  );
}
