// One room: its guarantee, its messages, its composer.
import { useComputed } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { GroupView, Member } from '../api/boundary.js';
import { openRoom } from '../model/room.js';
import { pathOf } from '../model/router.js';
import { ComposerBar } from './composer.js';
import { useModel } from './context.js';
import { BackIcon, PersonIcon } from './icons.js';
import { MessageList } from './messages.js';
import { Guarantee } from './parts.js';

/** Closer to the end than this, the room follows new messages; farther up, the reader is left where they read. */
const FOLLOW_PX = 120;

export function RoomPage({ group }: { group: GroupView }) {
  const { t, core, titleOf } = useModel();
  const room = useMemo(() => openRoom(core, group.id), [core, group.id]);
  useEffect(() => room.close, [room]);
  const members = useMemo(
    () => new Map(group.members.map((member: Member) => [member.account, member])),
    [group.members],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const messages = room.messages.value;
  const newest = useComputed(() => room.messages.value.at(-1)?.id ?? '').value;

  useLayoutEffect(() => {
    const box = scroller.current;
    const last = messages.at(-1);
    if (box && newest !== '' && (following.current || last?.isMe)) {
      box.scrollTop = box.scrollHeight;
      if (box.parentElement) box.parentElement.scrollTop = box.parentElement.scrollHeight;
    }
  }, [newest, messages]);
  useEffect(() => {
    const read = () => {
      if (group.unread > 0 && document.visibilityState === 'visible') core.markRead(group.id).catch(() => undefined);
    };
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, [core, group.id, group.unread]);

  const older = async () => {
    const box = scroller.current;
    const fromEnd = box ? box.scrollHeight - box.scrollTop : 0;
    following.current = false;
    await room.older();
    requestAnimationFrame(() => {
      if (box) box.scrollTop = box.scrollHeight - fromEnd;
    });
  };
  return (
    <section class="room" aria-labelledby="room-title">
      <header class="room-head">
        <a class="icon-button room-back" href={pathOf.groups}>
          <BackIcon />
          <span>{t('tab.groups')}</span>
        </a>
        <div class="room-names">
          <h1 id="room-title">{titleOf(group)}</h1>
          <p class="hint">{t('groups.members', { count: group.members.length })}</p>
        </div>
        <a class="icon-button" href={pathOf.members(group.id)}>
          <PersonIcon />
          <span>{t('room.members')}</span>
        </a>
      </header>
      <Guarantee of="group" />
      <div
        class="room-scroll"
        ref={scroller}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label={t('room.messages')}
        onScroll={(event) => {
          const box = event.currentTarget;
          following.current = box.scrollHeight - box.scrollTop - box.clientHeight < FOLLOW_PX;
        }}
      >
        {room.more.value && (
          <button type="button" class="button button-quiet" onClick={() => void older()}>
            {t('room.older')}
          </button>
        )}
        {room.loaded.value && messages.length === 0 && <p class="room-empty">{t('room.empty')}</p>}
        <MessageList messages={messages} members={members} />
      </div>
      <ComposerBar key={group.id} group={group} />
    </section>
  );
}
