import { useState } from 'preact/hooks';
import type { AlertLevel, MyOffice, Unit } from '../../api/boundary.js';
import { levels } from '../../model/alerts.js';
import {
  expiryHours,
  type Form,
  fromTemplate,
  LONGEST,
  offeredLevels,
  type Problem,
  problemsOf,
  templates,
} from '../../model/publish.js';
import { useModel } from '../context.js';
import { Choice, Field } from '../parts.js';
import { AreaPicker } from './area-picker.js';

export function PublishForm(props: {
  form: Form;
  office: MyOffice;
  units: readonly Unit[];
  onChange: (form: Form) => void;
  onPreview: () => void;
}) {
  const { t } = useModel();
  const { form, onChange } = props;
  const [tried, setTried] = useState(false);
  const problems = problemsOf(form);
  const errorOf = (field: Problem['field']): { error?: string } => {
    const problem = tried ? problems.find((candidate) => candidate.field === field) : undefined;
    return problem === undefined ? {} : { error: t(problem.key as 'publish.tooLong', { count: problem.count ?? 0 }) };
  };
  const set = (change: Partial<Form>) => onChange({ ...form, ...change });
  return (
    <form
      class="publish-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        const first = problems[0];
        if (first === undefined) props.onPreview();
        else document.getElementById(`publish-${first.field}`)?.focus();
      }}
    >
      <p class="hint">{t('publish.as', { name: props.office.name, node: props.office.nodeName })}</p>
      {form.replaces === undefined ? (
        <Templates form={form} onChange={onChange} />
      ) : (
        <Replacing form={form} onChange={onChange} />
      )}
      {form.replaces?.as !== 'cancel' && <Level form={form} set={set} />}
      <section class="card">
        <Field id="publish-headline" label={t('publish.headline')} {...errorOf('headline')}>
          <textarea
            id="publish-headline"
            rows={2}
            value={form.headline}
            onInput={(event) => set({ headline: event.currentTarget.value.replace(/\n/g, ' ') })}
          />
        </Field>
        <Field id="publish-description" label={t('publish.description')} {...errorOf('description')}>
          <textarea
            id="publish-description"
            rows={3}
            value={form.description}
            onInput={(event) => set({ description: event.currentTarget.value })}
          />
        </Field>
        <Instructions form={form} set={set} {...errorOf('instructions')} />
        <Field id="publish-contact" label={t('publish.contact')} {...errorOf('contact')}>
          <input
            id="publish-contact"
            type="tel"
            autocomplete="off"
            maxLength={LONGEST.contact}
            value={form.contact}
            onInput={(event) => set({ contact: event.currentTarget.value })}
          />
        </Field>
      </section>
      <AreaPicker form={form} office={props.office} units={props.units} set={set} {...errorOf('area')} />
      <section class="card">
        <Choice<number>
          name="publish-hours"
          legend={t('publish.expiry')}
          options={expiryHours.map((hours) => ({
            value: hours,
            label: hours < 48 ? t('publish.hours', { count: hours }) : t('publish.daysCount', { count: hours / 24 }),
          }))}
          value={form.hours}
          onPick={(hours) => set({ hours })}
        />
      </section>
      <button type="submit" class="button button-primary button-full">
        {t('publish.preview')}
      </button>
    </form>
  );
}

function Templates({ form, onChange }: { form: Form; onChange: (form: Form) => void }) {
  const { t } = useModel();
  const [picked, setPicked] = useState<string>(templates[0]?.id ?? '');
  return (
    <section class="card">
      <Choice<string>
        layout="wide"
        name="publish-template"
        legend={t('publish.template')}
        options={templates.map((template) => ({ value: template.id, label: template.name }))}
        value={picked}
        onPick={(id) => {
          const template = templates.find((candidate) => candidate.id === id);
          if (template === undefined) return;
          setPicked(id);
          const { everywhere, units, drill } = form;
          onChange({ ...fromTemplate(template, form.contact), everywhere, units, drill });
        }}
      />
    </section>
  );
}

function Replacing({ form, onChange }: { form: Form; onChange: (form: Form) => void }) {
  const { t } = useModel();
  if (form.replaces === undefined) return null;
  const { as, headline } = form.replaces;
  const first = templates[0];
  return (
    <section class="card">
      <p>
        <strong>{t(as === 'update' ? 'publish.updating' : 'publish.cancelling', { headline })}</strong>
      </p>
      {first !== undefined && (
        <button type="button" class="button button-quiet" onClick={() => onChange(fromTemplate(first, form.contact))}>
          {t('publish.keep')}
        </button>
      )}
    </section>
  );
}

function Level({ form, set }: { form: Form; set: (change: Partial<Form>) => void }) {
  const { t } = useModel();
  const hints = {
    'CẢNH BÁO': 'publish.level.warning',
    'LƯU Ý': 'publish.level.notice',
    TIN: 'publish.level.info',
  } as const;
  return (
    <section class="card">
      <Choice<AlertLevel>
        layout="column"
        name="publish-level"
        legend={t('publish.level')}
        options={offeredLevels.map((level) => ({
          value: level,
          label: t(levels[level].word),
          hint: t(hints[level as keyof typeof hints]),
          mark: `mark-${levels[level].id}`,
        }))}
        value={form.level}
        onPick={(level) => set({ level })}
      />
      <p class="hint">{t('publish.extremeNote')}</p>
      <label class="choice-option mark-drill">
        <input type="checkbox" checked={form.drill} onChange={(event) => set({ drill: event.currentTarget.checked })} />
        <span>
          <span class="choice-label">{t('publish.drill')}</span>
          <span class="hint">{t('publish.drillHint')}</span>
        </span>
      </label>
    </section>
  );
}

function Instructions(props: { form: Form; set: (change: Partial<Form>) => void; error?: string }) {
  const { t } = useModel();
  const lines = props.form.instructions;
  const change = (index: number, text: string) => {
    const next: [string, string, string] = [...lines];
    next[index] = text.replace(/\n/g, ' ');
    props.set({ instructions: next });
  };
  return (
    <fieldset class="field">
      <legend>{t('publish.instructions')}</legend>
      {lines.map((line, index) => (
        <div class="numbered" key={index}>
          <span aria-hidden="true">{index + 1}</span>
          <textarea
            id={index === 0 ? 'publish-instructions' : `publish-instructions-${index}`}
            aria-label={t('publish.instruction', { number: index + 1 })}
            rows={2}
            value={line}
            onInput={(event) => change(index, event.currentTarget.value)}
          />
        </div>
      ))}
      {props.error !== undefined && (
        <p class="field-error" role="alert">
          {props.error}
        </p>
      )}
    </fieldset>
  );
}
