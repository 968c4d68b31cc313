import { useState } from 'preact/hooks';
import type { GroupView, Member } from '../api/boundary.js';
import { pathOf } from '../model/router.js';
import { BadgeMark, LookalikeFlag } from './badge.js';
import { useModel } from './context.js';
import { isLookalike } from './messages.js';
import { Avatar, Guarantee, PageTitle } from './parts.js';

export function MembersPage({ group }: { group: GroupView }) {
  const { t, titleOf } = useModel();
  return (
    <section class="page">
      <PageTitle back={pathOf.room(group.id)}>{t('members.title')}</PageTitle>
      <p class="page-sub">{titleOf(group)}</p>
      <Guarantee of="group" />
      <MemberList members={group.members} />
      <SafetyCode group={group.id} />
    </section>
  );
}

/** Officials first, then by name; myself where I stand. */
export function MemberList({ members }: { members: readonly Member[] }) {
  const { t } = useModel();
  const sorted = [...members].sort(
    (a, b) => Number(b.badge !== undefined) - Number(a.badge !== undefined) || a.name.localeCompare(b.name, 'vi'),
  );
  return (
    <ul class="member-list">
      {sorted.map((member) => {
        const name = member.name || t('room.unknown');
        return (
          <li key={member.account} class="member">
            <Avatar name={name} id={member.account} />
            <span class="member-words">
              <span class="person-name">
                {name}
                {member.isMe && <span class="hint"> ({t('members.me')})</span>}
              </span>
              {member.badge && member.badge.name !== name && <span class="hint">{member.badge.name}</span>}
              {member.badge && <BadgeMark badge={member.badge} />}
              {isLookalike(member.name, member) && <LookalikeFlag />}
              {member.devices > 1 && <span class="hint">{t('members.devices', { count: member.devices })}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function SafetyCode({ group }: { group: string }) {
  const { t, core, attempt } = useModel();
  const [code, setCode] = useState<string | null>(null);
  return (
    <section class="card">
      <h2>{t('members.safety')}</h2>
      <p class="hint">{t('members.safetyHint')}</p>
      {code === null ? (
        <button
          type="button"
          class="button button-quiet"
          onClick={async () => setCode((await attempt(core.safetyCode(group))) ?? null)}
        >
          {t('members.safetyShow')}
        </button>
      ) : (
        <p class="safety-code">{code}</p>
      )}
    </section>
  );
}
