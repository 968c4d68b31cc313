import type { MyOffice, Unit } from '../../api/boundary.js';
import type { Form } from '../../model/publish.js';
import { isBelow } from '../../model/units.js';
import { useModel } from '../context.js';

/** The whole node, or units of its tree. A ticked unit holds everything below it. */
export function AreaPicker(props: {
  form: Form;
  office: MyOffice;
  units: readonly Unit[];
  set: (change: Partial<Form>) => void;
  error?: string;
}) {
  const { t } = useModel();
  const { form, set, units } = props;
  const top = units.filter((unit) => !units.some((other) => other.id === unit.parent));
  return (
    <fieldset class="card choice">
      <legend>{t('publish.area')}</legend>
      <div class="choice-options">
        <label class="choice-option">
          <input
            type="radio"
            id="publish-area"
            name="publish-area"
            checked={form.everywhere}
            onChange={() => set({ everywhere: true })}
          />
          <span class="choice-label">{t('publish.areaAll', { node: props.office.nodeName })}</span>
        </label>
        {units.length > 0 && (
          <label class="choice-option">
            <input
              type="radio"
              name="publish-area"
              checked={!form.everywhere}
              onChange={() => set({ everywhere: false })}
            />
            <span class="choice-label">{t('publish.areaSome')}</span>
          </label>
        )}
      </div>
      {!form.everywhere && (
        <>
          <p class="hint" role="status">
            {t('publish.areaPicked', { count: form.units.length })}
          </p>
          <ul class="unit-tree">
            {top.map((unit) => (
              <Branch key={unit.id} unit={unit} form={form} units={units} set={set} />
            ))}
          </ul>
        </>
      )}
      {props.error !== undefined && (
        <p class="field-error" role="alert">
          {props.error}
        </p>
      )}
    </fieldset>
  );
}

function Branch(props: { unit: Unit; form: Form; units: readonly Unit[]; set: (change: Partial<Form>) => void }) {
  const { unit, form, units, set } = props;
  const below = units.filter((other) => other.parent === unit.id);
  const ticked = form.units.includes(unit.id);
  const toggle = () => {
    const inside = (id: string) => isBelow(units, id, unit.id);
    const rest = form.units.filter((id) => id !== unit.id && (ticked || !inside(id)));
    set({ units: ticked ? rest : [...rest, unit.id] });
  };
  return (
    <li>
      <label class="unit-tick">
        <input type="checkbox" checked={ticked} onChange={toggle} />
        <span>{unit.name}</span>
      </label>
      {below.length > 0 && !ticked && (
        <details>
          <summary>
            {below[0]?.level} ({below.length})
          </summary>
          <ul class="unit-tree">
            {below.map((child) => (
              <Branch key={child.id} unit={child} form={form} units={units} set={set} />
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}
