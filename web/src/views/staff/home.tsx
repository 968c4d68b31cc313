// A leader's or officer's own page: offices, the groups in their charge, a new group for a cell.
import { useEffect, useState } from 'preact/hooks';
import type { MyOffice, Unit } from '../../api/boundary.js';
import { pathOf } from '../../model/router.js';
import { isBelow } from '../../model/units.js';
import { useModel } from '../context.js';
import { MegaphoneIcon, NextIcon } from '../icons.js';
import { Field, PageTitle } from '../parts.js';
import { useUnits } from '../units.js';

export function StaffHome() {
  const { t, state } = useModel();
  const offices = state.value.me?.offices ?? [];
  const units = useUnits();
  return (
    <main id="main" class="page">
      <PageTitle back={pathOf.me}>{t('staff.title')}</PageTitle>
      {offices.length === 0 ? (
        <section class="card">
          <p>{t('staff.none')}</p>
          <p class="hint">{t('staff.noneHint')}</p>
        </section>
      ) : (
        <Offices offices={offices} units={units} />
      )}
      {offices.some((office) => office.office === 'publisher') && (
        <a class="big-button" href={pathOf.publish}>
          <MegaphoneIcon />
          <span class="big-words">
            <span class="big-title">{t('staff.publish')}</span>
            <span class="big-hint">{t('staff.publishHint')}</span>
          </span>
        </a>
      )}
      <MyGroups />
      <CreateGroup offices={offices} units={units} />
    </main>
  );
}

function Offices({ offices, units }: { offices: readonly MyOffice[]; units: readonly Unit[] }) {
  const { t } = useModel();
  const nameOf = (id: string) => units.find((unit) => unit.id === id)?.name ?? id;
  return (
    <section class="card" aria-labelledby="my-offices">
      <h2 id="my-offices">{t('staff.mine')}</h2>
      <ul class="plain-list">
        {offices.map((office) => (
          <li key={`${office.office} ${office.units.join()}`}>
            <strong>{t(`office.task.${office.office}`)}</strong>
            <br />
            {office.units.length === 0 ? t('staff.wholeNode') : office.units.map(nameOf).join(', ')} – {office.nodeName}
          </li>
        ))}
      </ul>
    </section>
  );
}

function MyGroups() {
  const { t, state, titleOf } = useModel();
  const groups = state.value.groups.filter((group) => group.canInvite);
  if (groups.length === 0) return null;
  return (
    <section class="card" aria-labelledby="my-groups">
      <h2 id="my-groups">{t('staff.groups')}</h2>
      <ul class="row-list">
        {groups.map((group) => (
          <li key={group.id}>
            <a class="row" href={pathOf.voucher(group.id)}>
              <span>
                <span class="row-title">{titleOf(group)}</span>
                <span class="hint">
                  {t('groups.members', { count: group.members.length })} · {t('staff.invite')}
                </span>
              </span>
              <NextIcon />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Cells that a leader or officer may found a group for: their own units, or all cells below them. */
export function foundable(offices: readonly MyOffice[], units: readonly Unit[], taken: ReadonlySet<string>): Unit[] {
  const inviting = offices.filter((office) => office.office === 'cell-leader' || office.office === 'area-officer');
  const parents = new Set(units.map((unit) => unit.parent));
  const covers = (office: MyOffice, unit: Unit): boolean =>
    office.units.length === 0 || office.units.some((id) => unit.id === id || isBelow(units, unit.id, id));
  return units.filter(
    (unit) => !parents.has(unit.id) && !taken.has(unit.id) && inviting.some((office) => covers(office, unit)),
  );
}

function CreateGroup({ offices, units }: { offices: readonly MyOffice[]; units: readonly Unit[] }) {
  const { t, state, core, attempt, router } = useModel();
  const choices = foundable(offices, units, new Set(state.value.groups.map((group) => group.unit)));
  const [unit, setUnit] = useState('');
  const [busy, setBusy] = useState(false);
  const chosen = choices.find((choice) => choice.id === unit) ?? choices[0];
  useEffect(() => setUnit(chosen?.id ?? ''), [chosen?.id]);
  if (chosen === undefined) return null;
  const create = async () => {
    if (busy) return;
    setBusy(true);
    const made = await attempt(core.createGroup(chosen.id));
    setBusy(false);
    if (made) router.go(pathOf.voucher(made.group));
  };
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <h2>{t('staff.createTitle')}</h2>
      <p class="hint">{t('staff.createText')}</p>
      <Field id="staff-unit" label={t('staff.unit')}>
        <select id="staff-unit" value={chosen.id} onChange={(event) => setUnit(event.currentTarget.value)}>
          {choices.map((choice) => (
            <option key={choice.id} value={choice.id}>
              {choice.name}
            </option>
          ))}
        </select>
      </Field>
      <button type="submit" class="button button-primary button-full" disabled={busy}>
        {t('staff.create')}
      </button>
    </form>
  );
}
