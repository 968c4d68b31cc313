// Small parts that many pages use.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { colourOf, initials } from '../model/format.js';
import { useModel } from './context.js';
import { BackIcon } from './icons.js';

const AVATAR_COLOURS = 8;

/** Initials on a colour of the person's own. Nothing official is ever drawn here. */
export function Avatar({ name, id }: { name: string; id: string }) {
  return (
    <span class={`avatar avatar-${colourOf(id, AVATAR_COLOURS)}`} aria-hidden="true">
      {initials(name) || '?'}
    </span>
  );
}

/** A page's own title, focused when the page opens, so that a screen reader starts there. */
export function PageTitle({ children, back }: { children: ComponentChildren; back?: string }) {
  const { t } = useModel();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  return (
    <header class="page-title">
      {back !== undefined && (
        <a class="icon-button" href={back}>
          <BackIcon />
          <span>{t('app.back')}</span>
        </a>
      )}
      <h1 ref={title} tabIndex={-1}>
        {children}
      </h1>
    </header>
  );
}

export function Field(props: {
  id: string;
  label: string;
  hint?: string;
  error?: string;
  children: ComponentChildren;
}) {
  return (
    <div class="field">
      <label for={props.id}>{props.label}</label>
      {props.hint !== undefined && (
        <p class="hint" id={`${props.id}-hint`}>
          {props.hint}
        </p>
      )}
      {props.children}
      {props.error !== undefined && (
        <p class="field-error" id={`${props.id}-error`} role="alert">
          {props.error}
        </p>
      )}
    </div>
  );
}

/** A choice of a few, as large radio buttons. */
export function Choice<T extends string | number>(props: {
  name: string;
  legend: string;
  options: readonly { readonly value: T; readonly label: string; readonly hint?: string; readonly mark?: string }[];
  value: T;
  onPick: (value: T) => void;
  /** `column`: one below the other, for options with a hint. `wide`: room for several words. */
  layout?: 'column' | 'wide';
}) {
  return (
    <fieldset class="choice">
      <legend>{props.legend}</legend>
      <div class={props.layout ? `choice-options choice-${props.layout}` : 'choice-options'}>
        {props.options.map((option) => (
          <label key={option.value} class={`choice-option ${option.mark ?? ''}`}>
            <input
              type="radio"
              name={props.name}
              checked={option.value === props.value}
              onChange={() => props.onPick(option.value)}
            />
            <span>
              <span class="choice-label">{option.label}</span>
              {option.hint !== undefined && <span class="hint">{option.hint}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The one grey line that says who can read what stands below. */
export function Guarantee({ of }: { of: 'official' | 'group' }) {
  const { t } = useModel();
  return <p class="guarantee">{t(of === 'official' ? 'guarantee.official' : 'guarantee.group')}</p>;
}
