import type { Member, Message } from '../api/boundary.js';
import { looksOfficial } from '../model/fold.js';
import { clockTime, dayTitle, sameDay } from '../model/format.js';
import { BadgeMark, LookalikeFlag } from './badge.js';
import { useModel } from './context.js';
import { Avatar } from './parts.js';

/** Messages of one person within this time stand under one name. */
const SAME_TURN_MS = 5 * 60_000;

export function MessageList(props: { messages: readonly Message[]; members: ReadonlyMap<string, Member> }) {
  const model = useModel();
  return (
    <ol class="messages">
      {props.messages.map((message, index) => {
        const before = props.messages[index - 1];
        const newDay = before === undefined || !sameDay(before.time, message.time);
        const sameTurn =
          !newDay &&
          before !== undefined &&
          before.event === undefined &&
          before.sender === message.sender &&
          message.time - before.time < SAME_TURN_MS;
        return (
          <li key={message.id}>
            {newDay && <p class="day">{dayTitle(model.language(), message.time, model.now.value)}</p>}
            {message.event === undefined ? (
              <Bubble message={message} member={props.members.get(message.sender)} first={!sameTurn} />
            ) : (
              <EventLine message={message} member={props.members.get(message.sender)} />
            )}
          </li>
        );
      })}
    </ol>
  );
}

function EventLine({ message, member }: { message: Message; member: Member | undefined }) {
  const { t } = useModel();
  const name = message.isMe ? t('room.you') : message.senderName || member?.name || t('room.unknown');
  return <p class="room-event">{t(`room.${message.event ?? 'joined'}`, { name })}</p>;
}

/** A typed name is flagged wherever it is drawn, unless a verified office stands behind it. */
export function isLookalike(name: string, member: Member | undefined): boolean {
  if (member?.badge !== undefined) return false;
  return member?.lookalike === true || looksOfficial(name);
}

function Bubble(props: { message: Message; member: Member | undefined; first: boolean }) {
  const { t, env, attempt } = useModel();
  const { message, member, first } = props;
  const name = message.senderName || member?.name || t('room.unknown');
  const unreadable = message.state === 'unreadable';
  return (
    <div class={`message ${message.isMe ? 'message-mine' : 'message-theirs'}${first ? ' message-first' : ''}`}>
      {!message.isMe && (first ? <Avatar name={name} id={message.sender} /> : <span class="avatar-space" />)}
      <div class="message-column">
        {first && !message.isMe && (
          <p class="message-sender">
            <span class="person-name">{name}</span>
            {member?.badge && <BadgeMark badge={member.badge} />}
            {isLookalike(name, member) && <LookalikeFlag />}
          </p>
        )}
        <div class={unreadable ? 'bubble bubble-unreadable' : 'bubble'}>
          {first && message.isMe && <span class="visually-hidden">{t('room.you')}: </span>}
          <p class="bubble-text">{unreadable ? t('room.unreadable') : message.text}</p>
          <p class="bubble-foot">
            <time>{clockTime(message.time)}</time>
            {message.isMe && message.state !== 'unreadable' && <span>{t(`state.${message.state}`)}</span>}
          </p>
        </div>
        {message.state === 'failed' && (
          <button type="button" class="button button-quiet" onClick={() => void attempt(env.copy(message.text))}>
            {t('state.copy')}
          </button>
        )}
      </div>
    </div>
  );
}
