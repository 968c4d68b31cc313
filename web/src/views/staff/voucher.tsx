// Inviting a household: a one-time code as QR, link and paper; and who is in the group already.
import { useState } from 'preact/hooks';
import type { GroupView } from '../../api/boundary.js';
import { dateTime } from '../../model/format.js';
import { pathOf } from '../../model/router.js';
import { useModel } from '../context.js';
import { MemberList } from '../members.js';
import { Choice, Field, PageTitle } from '../parts.js';
import { QrCode } from './qr.js';

const dayChoices = [1, 7, 30] as const;
/** Longest label of a household in letters. */
const LONGEST_HOUSEHOLD = 40;

interface Made {
  readonly link: string;
  readonly expires: number;
  readonly household: string;
}

export function VoucherPage({ group: id }: { group: string }) {
  const { t, state, titleOf } = useModel();
  const [made, setMade] = useState<Made | null>(null);
  const group = state.value.groups.find((candidate) => candidate.id === id);
  if (group === undefined)
    return (
      <main id="main" class="page">
        <PageTitle back={pathOf.staff}>{t('staff.title')}</PageTitle>
        <p>{state.value.connection === 'starting' ? t('app.loading') : t('room.gone')}</p>
      </main>
    );
  return (
    <main id="main" class="page page-voucher">
      <PageTitle back={pathOf.staff}>{t('voucher.title', { group: titleOf(group) })}</PageTitle>
      {made === null ? (
        group.canInvite && <VoucherForm group={group} onMade={setMade} />
      ) : (
        <Invitation group={group} made={made} onAnother={() => setMade(null)} />
      )}
      <section class="card no-print" aria-labelledby="members-title">
        <h2 id="members-title">{t('members.title')}</h2>
        <p class="hint">{t('groups.members', { count: group.members.length })}</p>
        <MemberList members={group.members} />
        <a class="button button-quiet" href={pathOf.room(group.id)}>
          {t('staff.openRoom')}
        </a>
      </section>
    </main>
  );
}

function VoucherForm({ group, onMade }: { group: GroupView; onMade: (made: Made) => void }) {
  const { t, core, attempt } = useModel();
  const [household, setHousehold] = useState('');
  const [days, setDays] = useState<number>(7);
  const [busy, setBusy] = useState(false);
  const make = async () => {
    if (busy) return;
    setBusy(true);
    const label = household.normalize('NFC').trim();
    const voucher = await attempt(core.makeVoucher(group.id, label, days));
    setBusy(false);
    if (voucher) onMade({ ...voucher, household: label });
  };
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <Field id="voucher-household" label={t('voucher.household')} hint={t('voucher.householdHint')}>
        <input
          id="voucher-household"
          aria-describedby="voucher-household-hint"
          autocomplete="off"
          maxLength={LONGEST_HOUSEHOLD}
          value={household}
          onInput={(event) => setHousehold(event.currentTarget.value)}
        />
      </Field>
      <Choice<number>
        name="voucher-days"
        legend={t('voucher.days')}
        options={dayChoices.map((count) => ({ value: count, label: t('voucher.dayCount', { count }) }))}
        value={days}
        onPick={setDays}
      />
      <button type="submit" class="button button-primary button-full" disabled={busy}>
        {t('voucher.make')}
      </button>
    </form>
  );
}

function Invitation(props: { group: GroupView; made: Made; onAnother: () => void }) {
  const model = useModel();
  const { t, env, attempt, notice, state, titleOf } = model;
  const { group, made } = props;
  const copy = async () => {
    const done = await attempt(env.copy(made.link).then(() => true));
    if (done) notice.value = t('voucher.copied');
  };
  return (
    <section class="card invitation-paper" aria-labelledby="invitation-title">
      <h2 id="invitation-title">{t('voucher.ready')}</h2>
      <p class="paper-group">
        {titleOf(group)}
        {state.value.node && <span class="paper-node">{state.value.node.name}</span>}
      </p>
      {made.household !== '' && <p>{t('voucher.for', { household: made.household })}</p>}
      <QrCode text={made.link} label={t('voucher.qr', { group: titleOf(group) })} />
      <p>{t('voucher.scan')}</p>
      <p class="hint">{t('voucher.until', { time: dateTime(model.language(), made.expires, model.now.value) })}</p>
      <p class="hint">{t('voucher.once')}</p>
      <div class="no-print stack">
        <Field id="voucher-link" label={t('voucher.link')}>
          <input
            id="voucher-link"
            class="mono"
            readOnly
            value={made.link}
            onFocus={(event) => event.currentTarget.select()}
          />
        </Field>
        <div class="button-row">
          <button type="button" class="button button-quiet" onClick={() => void copy()}>
            {t('voucher.copy')}
          </button>
          <button type="button" class="button button-quiet" onClick={() => window.print()}>
            {t('voucher.print')}
          </button>
        </div>
        <button type="button" class="button button-primary button-full" onClick={props.onAnother}>
          {t('voucher.another')}
        </button>
      </div>
    </section>
  );
}
