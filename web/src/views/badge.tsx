// The official mark: a shield, the office in words and the unit. It is drawn only from what the core verified, and only
// in a place of its own, never inside a name or an avatar.
import type { Badge } from '../api/boundary.js';
import type { Key } from '../i18n/index.js';
import { telHref } from '../model/format.js';
import { useModel } from './context.js';
import { FlagIcon, PhoneIcon, ShieldIcon } from './icons.js';
import { Avatar } from './parts.js';

export const officeKey = (badge: Pick<Badge, 'office'>) =>
  `office.${badge.office}` as Key & `office.${Badge['office']}`;

export function BadgeMark({ badge, withUnit = true }: { badge: Badge; withUnit?: boolean }) {
  const { t } = useModel();
  return (
    <span class="badge">
      <ShieldIcon />
      <span>
        <strong>{t('badge.verified', { office: t(officeKey(badge)) })}</strong>
        {withUnit && <span class="badge-unit">{badge.unitName || badge.nodeName}</span>}
      </span>
    </span>
  );
}

/** Beside a typed name that looks like an official's and has no chain behind it. */
export function LookalikeFlag() {
  const { t } = useModel();
  return (
    <span class="lookalike">
      <FlagIcon />
      <span>{t('badge.lookalike')}</span>
    </span>
  );
}

/** The card of a verified official. */
export function OfficialCard({ official, id }: { official: Badge; id: string }) {
  const { t } = useModel();
  const href = official.phone === undefined ? null : telHref(official.phone);
  return (
    <li class="official">
      <Avatar name={official.name} id={id} />
      <div class="official-words">
        <span class="person-name">{official.name}</span>
        <BadgeMark badge={official} />
      </div>
      {href !== null && (
        <a class="button button-quiet" href={href}>
          <PhoneIcon />
          <span>{t('badge.call', { phone: official.phone ?? '' })}</span>
        </a>
      )}
    </li>
  );
}
