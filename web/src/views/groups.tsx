// The list of groups; on a desktop it stands beside the open room.
import type { GroupView } from '../api/boundary.js';
import { shortTime } from '../model/format.js';
import { pathOf } from '../model/router.js';
import { useModel } from './context.js';
import { MembersPage } from './members.js';
import { Avatar, PageTitle } from './parts.js';
import { RoomPage } from './room.js';

export function GroupsPage({ group, page }: { group?: string; page?: 'room' | 'members' }) {
  const { t, state } = useModel();
  const open = group === undefined ? undefined : state.value.groups.find((candidate) => candidate.id === group);
  return (
    <main id="main" class={group === undefined ? 'split split-list' : 'split split-room'}>
      <div class="split-side">
        <GroupList current={group} />
      </div>
      <div class="split-main">
        {group === undefined && <p class="split-empty">{t('groups.pick')}</p>}
        {group !== undefined && open === undefined && <Missing />}
        {open !== undefined && page === 'room' && <RoomPage key={open.id} group={open} />}
        {open !== undefined && page === 'members' && <MembersPage key={open.id} group={open} />}
      </div>
    </main>
  );
}

function Missing() {
  const { t, state } = useModel();
  return (
    <div class="page">
      <p>{state.value.connection === 'starting' ? t('app.loading') : t('room.gone')}</p>
      <a class="button button-quiet" href={pathOf.groups}>
        {t('room.back')}
      </a>
    </div>
  );
}

function GroupList({ current }: { current: string | undefined }) {
  const { t, state } = useModel();
  const groups = state.value.groups;
  return (
    <div class="page page-groups">
      {current === undefined ? (
        <PageTitle>{t('groups.title')}</PageTitle>
      ) : (
        <h2 class="side-title">{t('groups.title')}</h2>
      )}
      {groups.length === 0 ? (
        <div class="card">
          <p>{t(state.value.groupsDropped ? 'groups.dropped' : 'groups.none')}</p>
          <p class="hint">{t('groups.noneHint')}</p>
          <a class="button button-primary" href={pathOf.join}>
            {t('groups.howTo')}
          </a>
        </div>
      ) : (
        <ul class="group-list">
          {groups.map((group) => (
            <GroupRow key={group.id} group={group} current={group.id === current} />
          ))}
        </ul>
      )}
    </div>
  );
}

function GroupRow({ group, current }: { group: GroupView; current: boolean }) {
  const model = useModel();
  const { t } = model;
  const last = group.lastMessage;
  return (
    <li>
      <a class="group-row" href={pathOf.room(group.id)} aria-current={current ? 'page' : undefined}>
        <Avatar name={model.titleOf(group)} id={group.id} />
        <span class="group-words">
          <span class="group-line">
            <span class="group-title">{model.titleOf(group)}</span>
            {last && <time class="group-time">{shortTime(model.language(), last.time, model.now.value)}</time>}
          </span>
          <span class="group-line">
            <span class="group-last">
              {group.draft !== ''
                ? t('groups.draft', { text: group.draft })
                : last
                  ? `${last.senderName || t('room.unknown')}: ${last.text}`
                  : t('groups.noMessage')}
            </span>
            {group.unread > 0 && (
              <span class="unread">
                <span aria-hidden="true">{group.unread > 99 ? '99+' : group.unread}</span>
                <span class="visually-hidden">{t('tab.unread', { count: group.unread })}</span>
              </span>
            )}
          </span>
        </span>
      </a>
    </li>
  );
}
